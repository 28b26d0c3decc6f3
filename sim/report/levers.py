"""Levers in words: what each allows, where its value comes from, and which of them a scenario changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from sim.report.layout import aligned
from sim.scenario.evidence import EvidenceError, Ledger
from sim.scenario.evidence import load as load_ledger
from sim.scenario.faults import shown
from sim.scenario.model import levers
from sim.scenario.reading import chain, differences, load


def report_check(name: str) -> str:
    """Say that the scenario *name* is sound, and in which levers it differs from its baseline.

    Raises:
        ScenarioError: it is not; the message lists every fault.
    """
    scenario, files = load(name), chain(name)
    changed = differences(scenario, load(files[0]))
    number = sum(1 for _ in levers(scenario))
    lines = [f"{name}: sound, {number} levers; {scenario.title}"]
    if len(files) > 1:
        lines.append(f"  changes {len(changed)} of the levers of {files[0].stem}:")
        lines += [f"  {lever}: {shown(before)} -> {shown(after)}" for lever, (before, after) in changed.items()]
    ledger = _ledger(files)
    outside = ledger.outside(scenario, files[-1].stem) if ledger and not ledger.unmatched(scenario) else []
    lines += [f"  {lever}: outside the range of its evidence" for lever in outside]
    return "\n".join(lines)


def lever_rows(name: str) -> list[dict[str, Any]]:
    """Return one row for each lever of the scenario *name*: value, unit, allowed range, grade and source.

    Raises:
        ScenarioError: the scenario cannot be used.
    """
    scenario, files = load(name), chain(name)
    ledger = _ledger(files)
    return [
        {
            "lever": lever,
            "label": field.description,
            "value": _plain(value),
            "unit": field.json_schema_extra["unit"],
            "allowed": _allowed(field),
            **_evidence(ledger, lever, files[-1].stem),
        }
        for lever, value, field in levers(scenario)
    ]


def report_levers(rows: list[dict[str, Any]]) -> str:
    """Return *rows* as a table."""
    names = ("lever", "value", "unit", "allowed", "grade", "source")
    cells = [tuple(shown(row[name]) if name == "value" else row[name] or "" for name in names) for row in rows]
    return aligned([names, *cells], left=(0, 1, 2, 3, 4, 5))


def _ledger(files: list[Path]) -> Ledger | None:
    try:
        return load_ledger(files)
    except EvidenceError:
        if any((file.parent / "evidence.toml").is_file() for file in files):
            raise
        return None


def _evidence(ledger: Ledger | None, lever: str, scenario_name: str) -> dict[str, Any]:
    if ledger is None:
        return {"grade": None, "source": None}
    try:
        line = ledger.line(lever, scenario_name)
    except LookupError:
        return {"grade": None, "source": None}
    return {"grade": line.grade, "source": line.source}


def _allowed(field: Any) -> str:
    """The values a lever may take, in words."""
    kind = field.annotation
    if get_origin(kind) in (Union, UnionType):
        return " | ".join(_kind_allowed(one) for one in get_args(kind))
    if get_origin(kind) is Literal or kind is bool:
        return _kind_allowed(kind)
    bounds = {end: getattr(one, end) for one in field.metadata for end in ("ge", "le") if hasattr(one, end)}
    if bounds:
        return f"{bounds.get('ge', -float('inf')):,.10g} to {bounds.get('le', float('inf')):,.10g}"
    return ""


def _kind_allowed(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    return {bool: "true | false", float: "0 to 1", date: "a date"}[kind]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.model_dump() if hasattr(value, "model_dump") else value
