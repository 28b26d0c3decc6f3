"""What commands share: exit codes, options and how their values are read, and printing rows."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from sim.compare.comparison import Comparison

BAD_INPUT, INTERNAL, SOME_FAILED, ENVIRONMENT, INTERRUPTED, TERMINATED = 2, 1, 3, 4, 130, 143
BREAKDOWNS = ("all", "group", "ethnicity", "sex", "age", "record")


class _OwnPath(click.Path):
    """A path in which ~ is the home folder, however the shell passed it on (--out=~/x)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return it with ~ expanded."""
        return super().convert(os.path.expanduser(value), param, ctx)


class Number(click.FloatRange):
    """A number in a range. Click's own range lets through what is no number (nan)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return it, if it is a number."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is not a number between {self.min:,} and {self.max:,}.", param, ctx)
        return number


PATH = _OwnPath(path_type=Path)
FILE = _OwnPath(path_type=Path, exists=True, dir_okay=False)
FOLDER = _OwnPath(path_type=Path, exists=True, file_okay=False)
SEEDS, YEARS, SHARE = click.IntRange(1, 10_000), click.IntRange(1, 20), Number(0, 1, min_open=True)


def print_json(table: pd.DataFrame) -> None:
    """Print the rows of *table*; what is not known is null."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    click.echo(json.dumps(rows, indent=1, allow_nan=False, default=str))


def read_results(folder: Path) -> Comparison:
    """Read a results folder; one that is none is bad input."""
    from sim.study.folder import load

    try:
        return load(folder)
    except FileNotFoundError as error:
        raise click.ClickException(f"{error.args[0]}; `sliproad compare ... --out DIR` makes them") from None


def scenario_names(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete the name of a scenario at the prompt."""
    from sim.scenario.reading import names

    return [name for name in names() if name.startswith(begun)]


def changed_levers(ctx: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, Any]:
    """Read LEVER=VALUE; the value is TOML, or text where it is not."""
    if not texts:
        return {}
    from sim.study.question import settings

    try:
        return settings(texts)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from None


def together(*options: Callable) -> Callable[[Callable], Callable]:
    """One decorator for several options, shown in this order."""

    def add(command: Callable) -> Callable:
        for option in reversed(options):
            command = option(command)
        return command

    return add


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON list of rows and nothing else.")
run_options = together(
    click.option("--seeds", type=SEEDS, help="Replications: seeds 1 to N.  [default: 8]"),
    click.option(
        "--evidence",
        is_flag=True,
        help="Draw every lever from its range in the evidence, anew in each replication.  [default seeds: 40]",
    ),
    click.option("--years", type=YEARS, default=5, show_default=True, help="Years to simulate."),
    click.option(
        "--share",
        type=SHARE,
        help="Fraction of people and courtrooms to simulate; counts are scaled back up.  [default: 1]",
    ),
    click.option("--quick", is_flag=True, help="A first look: --share 0.1 --seeds 1, unless they are given."),
    click.option(
        "--workers", type=click.IntRange(1, 1024), help="Processes to use; changes no figure.  [default: one a core]"
    ),
    click.option("--by", type=click.Choice(BREAKDOWNS), default="all", help="Also split measures by this."),
    click.option(
        "--set",
        "changes",
        multiple=True,
        callback=changed_levers,
        metavar="LEVER=VALUE",
        help="Change a lever of the scenarios, never of the baseline they are set against. Repeatable.",
    ),
    click.option("--out", type=PATH, help="Folder for the results."),
    click.option("--cases", is_flag=True, help="With --out, also write every case and person (large)."),
    click.option("--no-store", is_flag=True, help="Run everything anew and keep none of it for another time."),
    as_json_option,
    click.option("--quiet", is_flag=True, help="No progress bar and no notes, only the tables."),
)
