"""Levers in words: what each allows, where its value comes from, and which of them a scenario changes."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.base.words import long_date
from sim.report.content import Table
from sim.report.layout import WIDTH
from sim.scenario.evidence import EvidenceError, Ledger
from sim.scenario.evidence import load as load_ledger
from sim.scenario.faults import shown
from sim.scenario.lever import Lever, levers
from sim.scenario.model import Scenario
from sim.scenario.reading import ScenarioError, chain, differences, load
from sim.study.reach import refuse_out_of_reach

COUNTS = {  # units of what an area has a number of its own of
    *("cases", "cases a year", "contacts a year", "searches a year", "sitting days a year, by date"),
    *("cases by quarter and route", "officers", "teams", "weeks and teams", "places a week", "officer hours a week"),
}
_INDENT = "  "


def report_check(name: str) -> str:
    """Say that the scenario *name* is sound, and in which levers it differs from its baseline.

    Of an area that builds on another, the counts and capacities that it takes over unchanged are named.

    Raises:
        ScenarioError: it is not; the message lists every fault.
    """
    scenario, files = load(name), chain(name)
    refuse_out_of_reach(name, scenario)
    base = load(files[0])
    changed = differences(scenario, base)
    of_scenario = levers(scenario)
    lines = [f"{name}: sound, {len(of_scenario)} levers; {scenario.title}"]
    if len(files) > 1:
        lines.append(f"  changes {len(changed)} of the levers of {files[0].stem}:")
        lines += [f"  {lever}: {shown(before)} -> {shown(after)}" for lever, (before, after) in changed.items()]
    if scenario.area != base.area:
        taken = [one.name for one in of_scenario if one.unit in COUNTS and one.name not in changed]
        lines += [f"  takes over from {base.area} {len(taken)} counts and capacities, as if they were its own:"]
        lines += textwrap.wrap(", ".join(taken), WIDTH, initial_indent=_INDENT * 2, subsequent_indent=_INDENT * 2)
    ledger = _ledger(files)
    outside = ledger.outside(scenario, files[-1].stem) if ledger and not ledger.unmatched(scenario) else []
    lines += [f"  {lever}: outside the range of its evidence" for lever in outside]
    return "\n".join(lines)


def levers_of(name: str, word: str = "") -> list[Lever]:
    """Return the levers of the scenario *name* with their evidence; those that hold *word* in name, label or unit.

    Raises:
        ScenarioError: the scenario cannot be used, or no lever holds the word; the nearest name is given.
    """
    scenario, files = load(name), chain(name)
    every = levers(scenario, _ledger(files), files[-1].stem)
    found = [one for one in every if word.lower() in f"{one.name} {one.label} {one.unit}".lower()]
    if found:
        return found
    parts = sorted({part for one in every for part in (one.name, *one.name.split("."))})
    near = difflib.get_close_matches(word, parts, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ScenarioError([f"no lever of {name} holds the word {shown(word)}{hint}"])


def lever_rows(found: list[Lever]) -> list[dict[str, Any]]:
    """Return one row for each lever: value, unit, allowed range, grade and source."""
    rows = ({"lever": one.name, **asdict(one), "allowed": one.allowed} for one in found)
    return [{key: value for key, value in row.items() if key != "name"} for row in rows]


def report_levers(found: list[Lever], width: int = WIDTH) -> str:
    """Return the levers in groups, each on lines no longer than *width*: name and value, then what it is."""
    lines: list[str] = []
    group = ""
    for one in found:
        above, _, last = one.name.rpartition(".")
        if above != group:
            group = above
            lines += ["", group]
        about = f"{one.label}: {one.unit}" + (f"; {one.allowed}" if one.allowed else "")
        evidence = f"{one.grade}: {one.source}" if one.grade else "no evidence"
        lines.append(_fit(f"{_INDENT}{last} = {shown(one.value)}", width))
        for text in (about, evidence):
            lines += textwrap.wrap(text, width, initial_indent=_INDENT * 3, subsequent_indent=_INDENT * 4)
    return "\n".join(lines).lstrip("\n")


def changed_table(scenario: Scenario, baseline: Scenario) -> Table:
    """The levers in which a scenario differs from its baseline."""
    labels = {one.name: one.label for one in (*levers(baseline), *levers(scenario))}
    rows = tuple(
        (labels[lever], lever, in_words(before), in_words(after))
        for lever, (before, after) in differences(scenario, baseline).items()
    )
    return Table("Changed from the baseline", ("", "lever", "baseline", "here"), rows, "")


def in_words(value: Any) -> str:
    """The value of a lever for reading: what is not there as a dash."""
    if is_by_date(value):
        return "; ".join(f"{row[number_of(row)]:,.10g} from {long_date(row['starts'])}" for row in value)
    return "-" if value is None else value if isinstance(value, str) else shown(value)


def is_by_date(value: Any) -> bool:
    """Whether the value of a lever is rows of one number each, from a date on."""
    rows = value if isinstance(value, list) else []
    return bool(rows) and all(isinstance(row, dict) and len(row) == 2 and "starts" in row for row in rows)


def number_of(row: Mapping[str, Any]) -> str:
    """The name of the number in a row that has a date beside it."""
    return next(name for name in row if name != "starts")


def _fit(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _ledger(files: list[Path]) -> Ledger | None:
    try:
        return load_ledger(files)
    except EvidenceError:
        if any((file.parent / "evidence.toml").is_file() for file in files):
            raise
        return None
