"""The command line: each command is a few lines over the functions that do the work.

Everything heavy is imported inside the commands, so that help comes at once.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import sim
from sim.cli import batch, files, past
from sim.cli.options import (
    BAD_INPUT,
    ENVIRONMENT,
    INTERNAL,
    INTERRUPTED,
    PATH,
    SEEDS,
    SHARE,
    SOME_FAILED,
    TERMINATED,
    YEARS,
    as_json_option,
    changed_levers,
    print_json,
    read_results,
    run_options,
    scenario_names,
)

if TYPE_CHECKING:
    from sim.compare.comparison import Comparison
    from sim.run.pool import Event
    from sim.run.result import Result
    from sim.study.question import Asked
    from sim.study.study import Study


_LOG = logging.getLogger("sliproad")  # sim.study.log says where it goes
_LOG.addHandler(logging.NullHandler())  # else errors are printed twice


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
            _LOG.error("ended with status %d: %s", code, message.replace("\n", " "), exc_info=code == INTERNAL)
            if os.environ.get("SLIPROAD_DEBUG"):
                traceback.print_exception(error)
        sys.exit(code or 0)


def explain(error: Exception) -> tuple[int, str]:
    """Return the exit code and the message for an error that ended a command."""
    if isinstance(error, click.Abort):
        return INTERRUPTED, "Interrupted; no results were written. Runs that were done are kept, and are not run again."
    if isinstance(error, click.ClickException):
        message = error.format_message()
        return BAD_INPUT, message if message.startswith("Usage:") else f"Error: {message}"
    from sim.scenario.evidence import EvidenceError
    from sim.scenario.reading import ScenarioError

    if isinstance(error, ScenarioError | EvidenceError | FileExistsError):
        return BAD_INPUT, str(error)
    if isinstance(error, ChildProcessError):
        return ENVIRONMENT, f"Error: {error}"
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
@click.option("--log", type=PATH, metavar="FILE", help="Append what is run, and what fails, to this file.")
@click.pass_context
def cli(ctx: click.Context, log: Path | None) -> None:
    """What diverting people from prosecution does to court backlogs and to reoffending.

    A SCENARIO is a name such as london/baseline, or the path of a TOML file.
    """
    if log is not None:
        from sim.study.log import log_to

        log_to(log, f"sliproad {sim.__version__} {ctx.invoked_subcommand}")


@cli.command()
@click.argument("scenario", shell_complete=scenario_names)
@run_options
def run(scenario: str, changes: dict[str, Any], as_json: bool, **options: Any) -> None:
    """Simulate one SCENARIO and print its measures."""
    from sim.compare.paired import summarise
    from sim.report.full import report_run
    from sim.study.question import Asked

    comparison = _answered([Asked(scenario, changes)], **options)
    if as_json:
        print_json(summarise(comparison.measures, comparison.baseline, evidence=options["evidence"]))
    else:
        click.echo(report_run(comparison, notes=not options["quiet"]))
    _name_failed(comparison)


@cli.command()
@click.argument("baseline", shell_complete=scenario_names)
@click.argument("scenarios", nargs=-1, metavar="SCENARIO...", shell_complete=scenario_names)
@run_options
@click.option("--full", is_flag=True, help="Print every measure, why it moved, and what is assumed.")
@click.option(
    "--structures", is_flag=True, help="Also run both sides under each other structure: some ten times as long."
)
def compare(
    baseline: str, scenarios: tuple[str, ...], changes: dict[str, Any], full: bool, as_json: bool, **options: Any
) -> None:
    """Set each SCENARIO against the BASELINE: the answer in words, then what differs.

    All have the same luck, seed by seed. With --set and no SCENARIO, the baseline is compared with itself so changed.
    """
    from sim.report.full import report_comparison
    from sim.report.terminal import report_answer
    from sim.study.question import Asked

    if not scenarios and not changes:
        raise click.UsageError("Name a SCENARIO to compare with the BASELINE, or change a lever with --set.")
    asked = [Asked(baseline, {}), *(Asked(scenario, changes) for scenario in scenarios or (baseline,))]
    comparison = _answered(asked, **options)
    if as_json:
        print_json(comparison.rows)
    else:
        report = report_comparison if full else report_answer
        click.echo(report(comparison, notes=not options["quiet"]))
    _name_failed(comparison)


@cli.command()
@click.argument("scenario", shell_complete=scenario_names)
@click.argument("other", required=False, shell_complete=scenario_names)
@click.option("--person", type=click.IntRange(0), help="Number of the person under SCENARIO.  [default: one is chosen]")
@click.option("--seed", type=SEEDS, default=1, show_default=True, help="Replication.")
@click.option("--years", type=YEARS, default=5, show_default=True, help="Years to simulate.")
@click.option(
    "--share",
    type=SHARE,
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
    from sim.study.question import Asked

    asked = [Asked(scenario, {}), Asked(other, changes)] if other else [Asked(scenario, changes)]
    results = _one_seed(asked, as_json, **run)
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
        print_json(lives.table(results, person))
    else:
        click.echo("\n".join([*chosen, *lives.side_by_side(results, person)]))


@cli.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...", shell_complete=scenario_names)
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
@click.argument("scenario", required=False, shell_complete=scenario_names)
@click.argument("word", required=False)
@as_json_option
def levers(scenario: str | None, word: str | None, as_json: bool) -> None:
    """List the levers of SCENARIO, or those that hold a WORD: value, unit, allowed range, source.

    Without a SCENARIO the levers are those of london/baseline: `sliproad levers uptake`.
    """
    from sim.report.levers import lever_rows, levers_of, report_levers
    from sim.scenario.reading import is_scenario

    if scenario and not word and not is_scenario(scenario):
        scenario, word = None, scenario
    found = levers_of(scenario or "london/baseline", word or "")
    width = min(shutil.get_terminal_size((100, 24)).columns, 140)
    click.echo(json.dumps(lever_rows(found), indent=1, default=str) if as_json else report_levers(found, width))


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file."""
    from sim.scenario.reading import schema as schema_of_a_scenario

    click.echo(json.dumps(schema_of_a_scenario(), indent=2))


for one in (files.new, files.apart, files.export, files.vintages):
    cli.add_command(one)
for one in (batch.sweep, batch.merge, batch.query, batch.sensitivity, batch.goal):
    cli.add_command(one)
cli.add_command(past.hindcast)
cli.add_command(past.calibrate)


@cli.command()
@click.argument("results", type=PATH)
@click.option("--out", type=PATH, required=True, help="The file: .pdf, .html or .docx.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date on it.  [default: the day the results were made]")
@click.option("--goal", "goals", type=PATH, multiple=True, help="A folder of `goal --out`.")
@click.option("--allow-stale", is_flag=True, help="Take results of another version of the model; every page says so.")
def brief(results: Path, out: Path, date: datetime | None, goals: tuple[Path, ...], allow_stale: bool) -> None:
    """Write a briefing of a few pages from the folder of RESULTS that `compare --out` made."""
    from sim.report.briefing import StaleError, briefing
    from sim.report.documents import write
    from sim.study import goal_folder

    compared = read_results(results)
    try:
        found = [goal_folder.read(folder) for folder in goals]
        write(briefing(compared, date.date() if date else None, allow_stale, found), out)
    except (StaleError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: run {compared.provenance.run_id}")


@cli.command()
@click.argument("document", type=PATH)
@click.argument("results", type=PATH, required=False)
def verify(document: Path, results: Path | None) -> None:
    """Say which run and version a briefing, the DOCUMENT, holds; and whether its figures are those of RESULTS."""
    from sim.report.documents import verified

    try:
        told, sound = verified(document, read_results(results) if results else None)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo("\n".join(told))
    if not sound:
        raise click.exceptions.Exit(BAD_INPUT)


@cli.command()
@click.option("--prune", is_flag=True, help="Remove what other versions of the model computed.")
@click.option("--clear", is_flag=True, help="Remove everything.")
def store(prune: bool, clear: bool) -> None:
    """Say where replications already done are kept and how much room they take; remove some."""
    from sim.report.store import report_store
    from sim.study.store import users_store

    kept = users_store()
    if kept is None:
        raise click.UsageError("SLIPROAD_STORE is empty, so nothing is kept.")
    freed = kept.prune(everything=clear) if prune or clear else None
    click.echo(report_store(kept, freed))


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="Where it listens.")
@click.option("--public-name", metavar="HOST", help="Answer to this name too, behind a web server on this machine.")
@click.option(
    "--sweeps", type=PATH, help="Show the sweeps in the folders of this one; those started here go there too."
)
def app(port: int, public_name: str | None, sweeps: Path | None) -> None:
    """Open the planner's page: it runs on this machine, for this machine alone, until it is interrupted."""
    from sim.cli.app import serve

    if sweeps is not None and sweeps.exists() and not sweeps.is_dir():
        raise click.BadParameter(f"{sweeps} is a file; name a folder.", param_hint="--sweeps")
    serve(port, public_name, sweeps)


def _answered(
    asked: list[Asked],
    out: Path | None,
    cases: bool,
    workers: int | None,
    no_store: bool,
    by: str,
    quiet: bool,
    **how: Any,
) -> Comparison:
    """Read every scenario, refuse what cannot work, then run what is not known yet."""
    if cases and not out:
        raise click.UsageError("--cases needs --out, the folder to write the cases to.")
    from sim.run.pool import processes
    from sim.study.at_once import with_structures
    from sim.study.folder import ResultsFolder
    from sim.study.question import ask, stamped
    from sim.study.store import users_store
    from sim.study.study import answer

    question, structures = ask(asked, **how), how.get("structures", False)
    with ResultsFolder(out) if out else nullcontext() as folder, _progress(question.study, structures, quiet) as watch:
        comparison = answer(
            question.study,
            processes(workers or os.cpu_count() or 1),
            None if no_store else users_store(),
            watch=watch,
            sink=folder.add if folder and cases else None,
            structures=structures,
            by=by,
        )
        comparison = with_structures(comparison, question)
        comparison = stamped(comparison, question, " ".join(["sliproad", *sys.argv[1:]]))
        if folder:
            folder.finish(comparison)
    return comparison


def _one_seed(asked: list[Asked], quiet: bool, seed: int, years: int, share: float) -> dict[str, Result]:
    """Run each scenario once with the same luck."""
    from sim.run.pool import here
    from sim.study.lives import results
    from sim.study.question import study_of

    study = study_of(asked, (seed,), years, share)
    with _progress(study, False, quiet) as watch:
        return results(study, here, watch)


@contextmanager
def _progress(study: Study, structures: bool, quiet: bool) -> Iterator[Callable[[Event], None] | None]:
    """What to tell of each event: a bar in weeks simulated on a terminal; nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from sim.study.progress import Progress

    progress = Progress(study, structures)
    steps = max(progress.weeks // 50, 1)  # the time left is a mean over steps, and the first weeks hold the start-up
    with click.progressbar(length=progress.weeks, label=progress.label, file=sys.stderr, update_min_steps=steps) as bar:
        yield lambda event: bar.update(progress.advance(event))


def _name_failed(comparison: Comparison) -> None:
    """End with the exit code for replications that could not be done, and name them."""
    failed = comparison.provenance.failed
    if failed:
        click.echo("\n".join(["Not done, and left out of every figure:", *(f"  {one}" for one in failed)]), err=True)
        raise click.exceptions.Exit(SOME_FAILED)


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit(TERMINATED)


def main() -> None:
    """Run the command that was typed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter ends no command
    signal.signal(signal.SIGTERM, _stop)
    cli.main(prog_name="sliproad")
