"""The command line: each command is a few lines over the functions that do the work.

Everything heavy is imported inside the commands, so that help comes at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import sim
from sim.cli.options import as_json_option, changed_levers, finite, run_options

if TYPE_CHECKING:
    import pandas as pd

    from sim.compare.comparison import Comparison
    from sim.run.result import Result
    from sim.scenario.draws import Range
    from sim.scenario.model import Scenario

BAD_INPUT, INTERNAL, ENVIRONMENT, INTERRUPTED, TERMINATED = 2, 1, 4, 130, 143


class Commands(click.Group):
    """Commands in the order they are written; every error becomes one message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order they are written."""
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run the command that was typed and end with its exit code."""
        try:
            code = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except Exception as error:
            code, message = explain(error)
            click.echo(message, err=True)
            if os.environ.get("SLIPROAD_DEBUG"):
                traceback.print_exception(error)
        sys.exit(code or 0)


def explain(error: Exception) -> tuple[int, str]:
    """Return the exit code and the message for an error that ended a command."""
    if isinstance(error, click.Abort):
        return INTERRUPTED, "Interrupted; nothing was written."
    if isinstance(error, click.ClickException):
        message = error.format_message()
        return BAD_INPUT, message if message.startswith("Usage:") else f"Error: {message}"
    from sim.scenario.evidence import EvidenceError
    from sim.scenario.reading import ScenarioError

    if isinstance(error, ScenarioError | EvidenceError | FileExistsError):
        return BAD_INPUT, str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return ENVIRONMENT, f"Error: {where}{error.strerror or error}"
    if isinstance(error, MemoryError):
        return ENVIRONMENT, "Error: memory ran out; try fewer workers or a smaller share"
    return INTERNAL, (
        f"Internal fault: {type(error).__name__}: {error}\n"
        "This is a fault of sliproad, not of your files. Please report it with the command you typed, "
        "the answer of `sliproad --version`, and what the command prints with SLIPROAD_DEBUG=1 set."
    )


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(sim.__version__, prog_name="sliproad")
def cli() -> None:
    """What diverting people from prosecution does to court backlogs and to reoffending.

    A SCENARIO is a name such as london/baseline, or the path of a TOML file.
    """


@cli.command()
@click.argument("scenario")
@run_options
def run(scenario: str, changes: dict[str, Any], **options: Any) -> None:
    """Simulate one SCENARIO and print its measures."""
    from sim.compare.paired import summarise
    from sim.report.terminal import report_run

    comparison = _study({_name(scenario, changes): (scenario, changes)}, **options)
    if options["as_json"]:
        _print_json(summarise(comparison.measures, comparison.baseline, evidence=options["evidence"]))
    else:
        click.echo(report_run(comparison, notes=not options["quiet"]))


@cli.command()
@click.argument("baseline")
@click.argument("scenarios", nargs=-1, metavar="SCENARIO...")
@run_options
@click.option(
    "--structures", is_flag=True, help="Also run both sides under each other structure: some ten times as long."
)
def compare(baseline: str, scenarios: tuple[str, ...], changes: dict[str, Any], **options: Any) -> None:
    """Set each SCENARIO against the BASELINE: what differs, and why.

    All have the same luck, seed by seed. With --set and no SCENARIO, the baseline is compared with itself so changed.
    """
    from sim.report.terminal import report_comparison

    if not scenarios and not changes:
        raise click.UsageError("Name a SCENARIO to compare with the BASELINE, or change a lever with --set.")
    chosen: dict[str, tuple[str, dict[str, Any]]] = {_name(baseline): (baseline, {})}
    for scenario in scenarios or (baseline,):
        name = _name(scenario, changes)
        chosen[name if name not in chosen else f"{name} ({len(chosen) + 1})"] = (scenario, changes)
    comparison = _study(chosen, **options)
    if options["as_json"]:
        _print_json(comparison.table)
    else:
        click.echo(report_comparison(comparison, notes=not options["quiet"]))


@cli.command()
@click.argument("scenario")
@click.argument("other", required=False)
@click.option("--person", type=click.IntRange(0), help="Number of the person under SCENARIO.  [default: one is chosen]")
@click.option("--seed", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Replication.")
@click.option("--years", type=click.IntRange(1, 20), default=5, show_default=True, help="Years to simulate.")
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    callback=finite,
    default=0.1,
    show_default=True,
    help="Fraction of people and courtrooms to simulate.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    callback=changed_levers,
    metavar="LEVER=VALUE",
    help="Change a lever of OTHER, or of SCENARIO if it stands alone. Repeatable.",
)
@as_json_option
def journey(
    scenario: str, other: str | None, changes: dict[str, Any], person: int | None, as_json: bool, **run: Any
) -> None:
    """Tell one person's life under SCENARIO in words, or side by side under SCENARIO and OTHER with the same luck.

    It shows how the rules work on a person; it measures nothing. A person's number holds for one seed, years and share.
    """
    from sim.report import journey as lives

    files = [(scenario, {}), (other, changes)] if other else [(scenario, changes)]
    results = _one_seed(files, as_json, **run)
    first, *others = results.values()
    people = len(first.tables["offenders"])
    if not people:
        raise click.UsageError("Nobody is met in so small a run; raise --share.")
    if person is not None and person >= people:
        raise click.BadParameter(f"{person}: this run has persons 0 to {people - 1}.", param_hint="--person")
    chosen = []
    if person is None:
        person, why = lives.choose(first, *others)
        chosen = [f"Person {person} was chosen: {why}.", ""]
    if as_json:
        _print_json(lives.table(results, person))
    else:
        click.echo("\n".join([*chosen, *lives.side_by_side(results, person)]))


@cli.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
def check(scenarios: tuple[str, ...]) -> None:
    """Check each SCENARIO, and say which levers it changes."""
    from sim.report.levers import report_check
    from sim.scenario.reading import ScenarioError

    reports, faults = [], []
    for scenario in scenarios:
        try:
            reports.append(report_check(scenario))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    click.echo("\n".join(reports))


@cli.command()
@click.argument("scenario", default="london/baseline")
@as_json_option
def levers(scenario: str, as_json: bool) -> None:
    """List the levers of SCENARIO: value, unit, allowed range, source."""
    from sim.report.levers import lever_rows, report_levers

    rows = lever_rows(scenario)
    click.echo(json.dumps(rows, indent=1, default=str) if as_json else report_levers(rows))


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file."""
    from sim.scenario.reading import schema as schema_of_a_scenario

    click.echo(json.dumps(schema_of_a_scenario(), indent=2))


def _name(scenario: str, changes: dict[str, Any] | None = None) -> str:
    """The file's own name, and what is changed in it."""
    stem = Path(scenario).name.removesuffix(".toml")
    return ", ".join([stem, *(f"{lever} = {value}" for lever, value in (changes or {}).items())])


def _study(
    chosen: dict[str, tuple[str, dict[str, Any]]],
    seeds: int | None,
    evidence: bool,
    years: int,
    share: float | None,
    quick: bool,
    workers: int | None,
    by: str,
    out: Path | None,
    cases: bool,
    as_json: bool,
    quiet: bool,
    structures: bool = False,
) -> Comparison:
    """Read every scenario, refuse what cannot work, then run."""
    from sim.scenario.reading import chain, load

    if cases and not out:
        raise click.UsageError("--cases needs --out, the folder to write the cases to.")
    scenarios: dict[str, Scenario] = {name: load(file, changes) for name, (file, changes) in chosen.items()}
    ledgers = {path.parent / "evidence.toml" for file, _ in chosen.values() for path in chain(file)}

    from sim.scenario.draws import FEWEST_SEEDS
    from sim.study.folder import ResultsFolder
    from sim.study.structures import AS_STATED, table
    from sim.study.study import check_comparable, run_comparison

    check_comparable(scenarios)
    seeds = seeds or (40 if evidence else 1 if quick else 8)
    ranges = {name: _ranges(file, scenarios[name]) for name, (file, _) in chosen.items()} if evidence else None
    if evidence and seeds < FEWEST_SEEDS:
        raise click.UsageError(f"--evidence needs --seeds {FEWEST_SEEDS} or more, to show how far the draws lie apart.")
    others = _structures(next(iter(chosen.values()))[0], scenarios) if structures else {}
    runs = len(chosen) * seeds * (1 + len(others))
    with ResultsFolder(out) if out else nullcontext() as folder, _progress(runs, quiet) as bar:
        run = partial(
            run_comparison,
            seeds=range(1, seeds + 1),
            years=years,
            share=share or (0.1 if quick else 1.0),
            workers=workers or os.cpu_count() or 1,
            progress=lambda: bar.update(1) if bar else None,
            ledgers=sorted(ledgers),
            evidence=ranges,
        )
        comparison = run(scenarios, by=by, cases=cases, sink=folder.add if folder else None)
        if others:
            compared = {AS_STATED: comparison} | {name: run(changed) for name, changed in others.items()}
            comparison = replace(comparison, structures=table(compared))
        if folder:
            folder.finish(comparison)
    return comparison


def _structures(file: str, scenarios: dict[str, Scenario]) -> dict[str, dict[str, Scenario]]:
    """The scenarios under each other structure, by its name; the area's own other baselines among them."""
    from sim.scenario.reading import ScenarioError, load
    from sim.study.structures import AS_STATED, NAMED_BASELINES, structures, under

    named = {}
    for name in NAMED_BASELINES:
        with suppress(ScenarioError):
            named[name] = load(str(Path(file).parent / name))
    baseline, first = list(scenarios.values())[:2]
    choices = structures(baseline, first, named)
    return {name: under(scenarios, changes) for name, changes in choices.items() if name != AS_STATED}


def _ranges(file: str, scenario: Scenario) -> dict[str, Range]:
    """What the ledgers of a scenario's files say its levers may be."""
    from sim.scenario.draws import ranges
    from sim.scenario.evidence import load as load_ledger
    from sim.scenario.reading import chain

    files = chain(file)
    return ranges(scenario, load_ledger(files), files[-1].stem)


def _one_seed(
    files: list[tuple[str, dict[str, Any]]], quiet: bool, seed: int, years: int, share: float
) -> dict[str, Result]:
    """Run each file, so changed, once with the same luck."""
    from sim.run.pool import Job, run_many
    from sim.scenario.reading import load
    from sim.study.study import check_comparable

    scenarios: dict[str, Scenario] = {}
    for file, changes in files:
        name = _name(file, changes)
        scenarios[name if name not in scenarios else f"{name} (2)"] = load(file, changes)
    check_comparable(scenarios)
    jobs = [Job(name, scenario, seed, years, share) for name, scenario in scenarios.items()]
    with _progress(len(jobs), quiet) as bar:
        done = run_many(jobs, lambda job, result: result, progress=lambda: bar.update(1) if bar else None)
        return dict(zip(scenarios, done, strict=True))


def _progress(runs: int, quiet: bool) -> Any:
    """A bar on a terminal; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        return nullcontext()
    return click.progressbar(length=runs, label=f"Simulating, {runs} runs", file=sys.stderr)


def _print_json(table: pd.DataFrame) -> None:
    """Print the rows of *table*; what is not known is null."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    click.echo(json.dumps(rows, indent=1, allow_nan=False))


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit(TERMINATED)


def main() -> None:
    """Run the command that was typed."""
    signal.signal(signal.SIGTERM, _stop)
    cli.main(prog_name="sliproad")
