"""The commands for many runs at once: sweeps of a plan, on one machine or a cluster, and questions about them."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.base.words import counted
from sim.cli.options import (
    FOLDER,
    PATH,
    SEEDS,
    SHARE,
    SOME_FAILED,
    YEARS,
    Number,
    as_json_option,
    changed_levers,
    print_json,
    scenario_names,
    together,
)

if TYPE_CHECKING:
    from sim.run.pool import Executor
    from sim.study.plan import Plan
    from sim.study.sweep import Folder, Precision, Shard


def read_shard(ctx: click.Context, parameter: click.Parameter, text: str | None) -> tuple[int, int]:
    """Read k/n, the k-th of n parts."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text or "1/1")
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter(f"{text!r} must be k/n, such as 2/4, the second of four parts.", ctx, parameter)
    return int(found[1]), int(found[2])


def read_percent(ctx: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Read a percentage such as 2%, as a part of 1."""
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]+)?)%", text or "1%")
    if not found or not 0 < float(found[1]) <= 100:
        raise click.BadParameter(f"{text!r} must be a percentage above 0, such as 2%.", ctx, parameter)
    return float(found[1]) / 100 if text else None


size_options = together(
    click.option("--seeds", type=SEEDS, help="Replications of each point.  [default: the plan's]"),
    click.option("--years", type=YEARS, help="Years to simulate.  [default: the plan's]"),
    click.option(
        "--share",
        type=SHARE,
        help="Fraction of people and courtrooms.  [default: the plan's]",
    ),
)
engine_options = together(
    click.option(
        "--workers", type=click.IntRange(1, 1024), help="Processes to use; changes no figure.  [default: one a core]"
    ),
    click.option("--scheduler", metavar="tcp://HOST:PORT", help="Run on the Dask cluster that listens there."),
    click.option(
        "--time-limit",
        type=Number(1, 10**6),
        metavar="SECONDS",
        help="Of each run; one over it fails alone.",
    ),
    click.option(
        "--memory-limit",
        type=Number(0.01, 10**4),
        metavar="GB",
        help="Of each run; one over it fails alone.",
    ),
    click.option("--quiet", is_flag=True, help="No progress bar."),
)


@click.command()
@click.argument("plan")
@click.option("--out", type=PATH, help="Folder of the sweep; the same one again goes on with it.")
@size_options
@engine_options
@click.option("--shard", callback=read_shard, metavar="K/N", help="Run only the K-th of N parts of the points.")
@click.option(
    "--until-half-width", callback=read_percent, metavar="PERCENT", help="Add seeds until intervals are so narrow."
)
@click.option("--measure", help="With --until-half-width: whose intervals.  [default: the plan's first]")
@click.option("--most-seeds", type=click.IntRange(2, 10_000), default=64, show_default=True, help="At most so many.")
@click.option("--dry-run", is_flag=True, help="Only say how many runs it is, how long and how large.")
@as_json_option
def sweep(
    plan: str,
    out: Path | None,
    shard: tuple[int, int],
    dry_run: bool,
    as_json: bool,
    **how: Any,
) -> None:
    """Run every point of a PLAN, a TOML file that says which levers to vary, and set each against the baseline.

    It can be stopped at any time: the same command goes on where it ended.
    """
    from sim.report.sweeps import report_plan, report_sweep
    from sim.study import sweep as sweeps

    engine = _engine(how)
    chosen, part = read_plan(plan, how), sweeps.Shard(*shard)
    precision = _precision(chosen, part, how)
    if dry_run:
        click.echo(report_plan(chosen, out))
        return
    folder = _folder(out, chosen)
    with executor(**engine) as running, progress(folder, part, how["quiet"] or as_json) as watch:
        if precision:
            folder, done = sweeps.sweep_until(folder, precision, running, watch)
        else:
            done = sweeps.sweep(folder, running, watch, part)
    if as_json and done.table is not None:
        print_json(done.table)
    else:
        click.echo(report_sweep(folder, done, part, precision))
    _end_if_failed(done.failed)


def _precision(plan: Plan, shard: Shard, how: dict[str, Any]) -> Precision | None:
    """How narrow intervals are to be, if that was asked for.

    Raises:
        click.BadParameter: the measure is not one of the plan's.
        click.UsageError: there will be no intervals to look at.
    """
    from sim.study.sweep import Precision

    measure = how["measure"] or plan.measures[0]
    if measure not in plan.measures:
        raise click.BadParameter(f"{measure} is not among the measures of the plan.", param_hint="--measure")
    part = how["until_half_width"]
    if part is None:
        return None
    if not plan.is_against:
        why = f"{plan.name} only varies its baseline, so it has no differences and no intervals; ask for --seeds"
        raise click.UsageError(f"--until-half-width: {why}.")
    if shard.of > 1:
        raise click.UsageError("--until-half-width looks at all points after each turn: leave out --shard.")
    return Precision(measure, part, how["most_seeds"])


@click.command()
@click.argument("plan")
@click.argument("others", nargs=-1, type=FOLDER, metavar="FOLDER...")
@click.option("--out", type=PATH, required=True, help="Folder that the parts go to.")
@size_options
def merge(plan: str, others: tuple[Path, ...], out: Path, **how: Any) -> None:
    """Put the parts of the sweep of a PLAN together: those already in the folder, and those in other FOLDERs."""
    from sim.report.sweeps import report_sweep
    from sim.study import sweep as sweeps

    folder = _folder(out, read_plan(plan, how))
    with folder.held():
        taken = sum(sweeps.copy_in(folder, other) for other in others)
        done = sweeps.merged(folder)
    click.echo(f"{counted(taken, 'replication')} taken over.")
    click.echo(report_sweep(folder, done, sweeps.Shard()))


@click.command()
@click.argument("folder", type=FOLDER)
@click.argument("sql")
@as_json_option
def query(folder: Path, sql: str, as_json: bool) -> None:
    """Ask the tables in a FOLDER of results or of a sweep a question in SQL.

    Each Parquet file is a table of that name: `sliproad query DIR "select * from results limit 5"`.
    """
    from sim.report.layout import aligned
    from sim.study.query import QueryError
    from sim.study.query import query as asked

    try:
        table = asked(folder, sql)
    except (QueryError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(table)
    else:
        rows = zip(*(map(_cell, table[name]) for name in table), strict=True)
        click.echo(aligned([tuple(map(str, table.columns)), *rows]))


@click.command()
@click.argument("plan")
@click.option("--out", type=PATH, required=True, help="Folder for its sweeps and tables.")
@click.option("--measure", help="What the difference is of.  [default: the plan's first]")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="A year end.  [default: the last]")
@click.option("--trajectories", type=click.IntRange(2, 1_000), default=10, show_default=True, help="Of the screening.")
@click.option(
    "--base", type=click.IntRange(8, 65_536), default=64, show_default=True, help="Of the indices: 2, 4, 8 ..."
)
@size_options
@engine_options
@as_json_option
def sensitivity(plan: str, out: Path, measure: str | None, at: datetime | None, as_json: bool, **how: Any) -> None:
    """Say which levers of a PLAN decide what its scenario changes, and what it is worth to learn them.

    All are screened first (Morris); those that matter get shares of the variance (Sobol). All need ranges.
    """
    from sim.report.what_matters import report_sensitivity
    from sim.study import sensitivity as matters
    from sim.study.store import users_store

    engine, base, trajectories = _engine(how), how.pop("base"), how.pop("trajectories")
    if base & (base - 1):
        raise click.BadParameter(f"{base} is not a power of 2, such as 64.", param_hint="--base")
    chosen = read_plan(plan, how)
    measure = measure or chosen.measures[0]
    chosen = replace(chosen, measures=tuple(dict.fromkeys([measure, *chosen.measures])))
    look = matters.Look(measure, at.date().isoformat() if at else None, _better(measure), trajectories, base)
    with executor(**engine) as running:
        found = matters.sensitivity(out, chosen, look, running, users_store(), dots(how["quiet"] or as_json))
    if as_json:
        print_json(found.screening.merge(found.indices, on="lever", how="left"))
    else:
        click.echo(report_sensitivity(found))


def _better(measure: str) -> str:
    """Which difference of a measure is worth having.

    Raises:
        click.BadParameter: there is no such measure.
    """
    from sim.measures.registry import MEASURES
    from sim.scenario.faults import nearest

    if measure not in MEASURES:
        raise click.BadParameter(f"unknown measure {measure!r}{nearest(measure, MEASURES)}", param_hint="--measure")
    return "higher" if MEASURES[measure].better == "higher" else "lower"


@click.command()
@click.argument("scenario", shell_complete=scenario_names)
@click.option("--lever", required=True, help="The lever to move.")
@click.option("--target", required=True, help="'crown.open = 15000 at 2029-12-31', or 'difference crown.open = 0'.")
@click.option("--between", nargs=2, type=float, metavar="LOW HIGH", help="Where to look.  [default: all it may be]")
@click.option("--against", metavar="BASELINE", help="What a difference is taken against.")
@click.option("--seeds", type=SEEDS, default=8, show_default=True, help="Replications.")
@click.option("--years", type=YEARS, default=5, show_default=True, help="Years to simulate.")
@click.option(
    "--share",
    type=SHARE,
    default=1.0,
    show_default=True,
    help="Fraction of people and courtrooms.",
)
@click.option("--set", "changes", multiple=True, callback=changed_levers, metavar="LEVER=VALUE", help="Change a lever.")
@click.option("--out", type=PATH, help="Folder to keep what is found in, for a briefing.")
@engine_options
@as_json_option
def goal(
    scenario: str, lever: str, target: str, against: str | None, out: Path | None, as_json: bool, **how: Any
) -> None:
    """Find the value of a lever of SCENARIO at which a measure, or what it changes, reaches a target.

    A difference of 0 is the switching value: beyond it the scenario's effect has the other sign.
    """
    from sim.report.what_matters import report_goal
    from sim.scenario.reading import load
    from sim.study import goal as goals
    from sim.study import goal_folder
    from sim.study.store import users_store

    engine, seeds, between = _engine(how), how.pop("seeds"), how.pop("between")
    quiet = how.pop("quiet") or as_json
    try:
        wanted = goals.read_target(target)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--target") from None
    if wanted.is_difference != bool(against):
        raise click.UsageError("A difference needs --against, the baseline it is taken against; and only a difference.")
    chosen, baseline = load(scenario, how.pop("changes")), load(against) if against else None
    limits = goals.bounds(chosen, lever) if between is None else between
    if limits[0] >= limits[1]:
        raise click.BadParameter(f"{limits[0]:g} is not below {limits[1]:g}.", param_hint="--between")
    quest = goals.Quest(chosen, lever, wanted, limits, tuple(range(1, seeds + 1)), baseline=baseline, **how)
    with executor(**engine) as running:
        found = goals.goal(quest, running, users_store(), dots(quiet))
    if out:
        goal_folder.keep(out, found)
    if as_json:
        print_json(found.table)
    else:
        click.echo(report_goal(found))


def _engine(how: dict[str, Any]) -> dict[str, Any]:
    """What runs replications, taken out of the options."""
    return {name: how.pop(name) for name in ("workers", "scheduler", "time_limit", "memory_limit")}


def dots(quiet: bool) -> Callable[[Any], None] | None:
    """A dot on a terminal for each replication done; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        return None
    from sim.run.pool import Landed

    return lambda event: click.echo(".", nl=False, err=True) if isinstance(event, Landed) else None


def read_plan(name: str, how: dict[str, Any]) -> Plan:
    """Read a plan, with the seeds, years and share among the options instead of its own."""
    from sim.study import plan

    sizes = {key: how[key] for key in ("seeds", "years", "share") if how[key] is not None}
    return replace(plan.read(name), **sizes)


@contextmanager
def executor(
    workers: int | None, scheduler: str | None, time_limit: float | None, memory_limit: float | None
) -> Iterator[Executor]:
    """What runs replications: processes of this machine under limits, or a cluster."""
    is_limited = time_limit is not None or memory_limit is not None
    if scheduler:
        if is_limited:
            raise click.UsageError("A cluster sets limits of its own: leave out --time-limit and --memory-limit.")
        try:
            from sim.study.cluster import cluster
        except ImportError:
            raise click.UsageError("A cluster needs Dask: pip install 'sliproad[sweep]'.") from None
        with cluster(scheduler) as over:
            yield over
        return
    from sim.run.pool import processes

    many = workers or os.cpu_count() or 1
    if not is_limited:
        yield processes(many)
        return
    from sim.study.limits import Limits

    memory = None if memory_limit is None else round(memory_limit * 10**9)
    yield Limits(time_limit, memory).over(processes(many, apart=True))


@contextmanager
def progress(folder: Folder, shard: Shard, quiet: bool) -> Iterator[Callable[[Any], None] | None]:
    """A bar in replications on a terminal; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from sim.run.pool import Failed, Landed

    ahead = folder.left(shard)
    with click.progressbar(length=ahead, label=counted(ahead, "replication"), file=sys.stderr) as bar:
        yield lambda event: bar.update(isinstance(event, tuple | Landed | Failed))


def _folder(out: Path | None, plan: Plan) -> Folder:
    from sim.study.store import users_store
    from sim.study.sweep import Folder

    if out is None:
        raise click.UsageError("Name the folder of the sweep with --out; --dry-run needs none.")
    if out.exists() and not out.is_dir():
        raise click.UsageError(f"{out}: is a file; name a folder")
    return Folder(out, plan, behind=users_store())


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # not known
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _end_if_failed(failed: dict[Any, str]) -> None:
    """End with the exit code for replications that could not be done."""
    if failed:
        raise click.exceptions.Exit(SOME_FAILED)
