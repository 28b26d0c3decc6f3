"""The commands that set the model beside the past: hindcast and calibrate."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.batch import dots
from sim.cli.options import FILE, PATH, SHARE, as_json_option, print_json, together

if TYPE_CHECKING:
    from sim.report.past import Told
    from sim.study.hindcast import Past

_SHARE = 0.1


def read_quarter(ctx: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    """Read a quarter such as 2019Q4."""
    if text is not None and not re.fullmatch(r"(19|20)[0-9]{2}Q[1-4]", text):
        raise click.BadParameter(f"{text!r} must be a quarter such as 2019Q4.", ctx, parameter)
    return text


run_options = together(
    click.option(
        "--observed",
        type=FILE,
        help="A CSV file of published figures, with the columns of observed.csv.  [default: the area's own]",
    ),
    click.option(
        "--share",
        type=SHARE,
        default=_SHARE,
        show_default=True,
        help="Fraction of cases and courtrooms.",
    ),
    click.option("--workers", type=click.IntRange(1, 1024), help="Processes to use.  [default: one a core]"),
    click.option("--quiet", is_flag=True, help="No dots while it runs."),
)


@click.command()
@click.argument("area")
@click.option("--from", "first", callback=read_quarter, default="2016Q1", show_default=True, help="First quarter.")
@click.option("--until", callback=read_quarter, help="Last quarter to start from.  [default: a year before the last]")
@click.option(
    "--fit-to", callback=read_quarter, default="2019Q4", show_default=True, help="Last quarter that was fitted to."
)
@click.option("--blind", is_flag=True, help="Freeze receipts and sitting days at what was known on the day.")
@click.option("--seeds", type=click.IntRange(1, 100), default=3, show_default=True, help="Replications.")
@run_options
@as_json_option
def hindcast(area: str, first: str, until: str | None, fit_to: str, blind: bool, as_json: bool, **how: Any) -> None:
    """Say how well the model would have foretold the Crown Court of an AREA, beside the obvious rivals.

    Runs start from the published state of every half year. Two folders have figures: england_and_wales and london.
    """
    from sim.report.past import report_hindcast
    from sim.study import hindcast as pasts
    from sim.study import scores

    of = pasts.past(area, how["observed"], blind, how["share"])
    starts = pasts.origins(of, first, until or pasts.last_origin(of))
    if not starts:
        raise click.UsageError(f"No half year since {first} has all that a run starts from.")
    told = _foretold(of, starts, fit_to, how["quiet"] or as_json, how)
    if as_json:
        print_json(scores.scores(told.rows))
    else:
        click.echo(report_hindcast(told))


def _foretold(of: Past, starts: list[str], fit_to: str, quiet: bool, how: dict[str, Any]) -> Told:
    """Run a hindcast, with the plausible fits that there are."""
    from sim.report.past import Told
    from sim.run.pool import processes
    from sim.study import calibrate as fitting
    from sim.study import hindcast as pasts
    from sim.study import scores
    from sim.study.store import users_store

    seeds, fits = tuple(range(1, how["seeds"] + 1)), fitting.plausible(of)[: pasts.MOST_FITS]
    executor, store = processes(how["workers"] or os.cpu_count() or 1), pasts.kept(users_store())
    rows, official = scores.foretell(of, starts, executor, seeds, fits, store, dots(quiet))
    return Told(of, rows, fit_to, official)


@click.command()
@click.argument("area")
@click.option(
    "--fit-to", callback=read_quarter, default="2019Q4", show_default=True, help="Last quarter to fit to: three years."
)
@click.option("--out", type=PATH, help="Where to write the layer, a .toml file.")
@run_options
def calibrate(area: str, fit_to: str, out: Path | None, observed: Path | None, share: float, **how: Any) -> None:
    """Fit the Crown Court's constants of an AREA to the three years up to a quarter, and say what is plausible.

    It writes a scenario file with the fitted levers, to be named in `based_on`, and the plausible points beside it.
    """
    from sim.report.past import report_calibration
    from sim.run.pool import processes
    from sim.study import calibrate as fitting
    from sim.study import hindcast as pasts
    from sim.study.store import users_store
    from sim.study.whole import write_whole

    made = date.today()
    path = out or Path(f"calibrated-{made.isoformat()}.toml")
    if path.suffix != ".toml":
        raise click.BadParameter(f"{path} must end in .toml.", param_hint="--out")
    of = pasts.past(area, observed, share=share)
    found = fitting.calibrate(
        of, fit_to, processes(how["workers"] or os.cpu_count() or 1), pasts.kept(users_store()), dots(how["quiet"])
    )
    write_whole(path, fitting.layer(found, f"{of.area}/baseline", made).encode())
    write_whole(path.with_suffix(".csv"), fitting.points_as_csv(found).encode())
    click.echo(report_calibration(found, path))
