"""The commands that make and compare files and run nothing: new, apart, vintages, export."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import FILE, PATH, read_results


@click.group()
def new() -> None:
    """Begin a scenario or an area from a file that explains what can be filled in."""


@new.command("scenario")
@click.argument("file", type=PATH)
@click.option("--based-on", default="london/baseline", show_default=True, help="The scenario it changes.")
@click.option("--word", default="", help="Only levers that hold this word.  [default: those of a scheme]")
def new_scenario(file: Path, based_on: str, word: str) -> None:
    """Write a scenario FILE (.toml) to fill in: levers stand there as comments, with unit, range and grade."""
    from sim.report import new as files

    try:
        made = files.new_scenario(file, based_on, word)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{made[0]}: fill it in, then `sliproad check {made[0]}`")


@new.command("area")
@click.argument("folder", type=PATH)
@click.option("--based-on", default="london/baseline", show_default=True, help="The baseline it takes over.")
def new_area(folder: Path, based_on: str) -> None:
    """Write the FOLDER of an area to fill in: baseline with its counts, a scheme, a ledger and published figures."""
    from sim.report import new as files

    try:
        made = files.new_area(folder, based_on)
    except FileExistsError:
        raise click.ClickException(f"{folder}: is there already; name another") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo("\n".join([*map(str, made), f"Set the counts of {made[0]}, then `sliproad check {made[0]}`."]))


@click.command()
@click.argument("results", type=PATH)
@click.argument("other", type=PATH)
def apart(results: Path, other: Path) -> None:
    """Say how saved RESULTS differ from those in the folder OTHER, without running anything."""
    from sim.report.apart import report_apart

    try:
        click.echo(report_apart(read_results(results), read_results(other)))
    except ValueError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
def vintages(old: Path, new: Path) -> None:
    """Say what a NEW file of published figures adds to an OLD one, and what it revises."""
    from sim.report.apart import report_vintages

    click.echo(report_vintages(old, new))


@click.command()
@click.argument("results", type=PATH)
@click.option("--out", type=PATH, required=True, help="The file: .xlsx or .csv.")
def export(results: Path, out: Path) -> None:
    """Write a folder of RESULTS, or of a sweep, as an Excel workbook, or what differs as CSV."""
    from sim.study import export as exports
    from sim.study.swept import is_swept, read_swept

    try:
        if is_swept(results):
            swept = read_swept(results)
            exports.export_table(swept.table, swept.about, out)
            told = f"sweep {swept.title!r}, model {swept.model}"
        else:
            compared = read_results(results)
            exports.export(compared, out)
            told = f"run {compared.provenance.run_id}"
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: {told}")
