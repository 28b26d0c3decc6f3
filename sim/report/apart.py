"""How two things that were computed or published apart differ: two results folders, two vintages of statistics."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pandas as pd

from sim.base.words import counted, long_date, number
from sim.compare.comparison import Comparison
from sim.measures.registry import MEASURES
from sim.report.content import FIGURES
from sim.report.layout import aligned, wrapped
from sim.scenario.faults import ScenarioError
from sim.scenario.reading import differences
from sim.study import observed

_MOST_NAMED, _MOST_ROWS = 8, 30


def report_apart(first: Comparison, second: Comparison) -> str:
    """Say what differs between two saved results, without a run: figures, levers and how they were computed."""
    same = [name for name in list(first.scenarios)[1:] if name in list(second.scenarios)[1:]]
    if not same:
        names = (", ".join(list(one.scenarios)[1:]) or "a baseline alone" for one in (first, second))
        raise ValueError(f"the results have no scenario in common: {' against '.join(names)}")
    if first.last_date != second.last_date:
        raise ValueError(
            f"the results end on different days: {long_date(first.last_date)} and {long_date(second.last_date)}"
        )
    rows, moved = _rows(first, second, same)
    lines = [_answer(moved, len(rows)), *_made(first, second), *_levers(first, second)]
    head = (f"{long_date(first.last_date)}: difference from the baseline", "first", "second", "intervals")
    return "\n".join([*wrapped(lines), "", aligned([head, *rows], left=(0,))])


def _answer(moved: list[str], of: int) -> str:
    if not moved:
        return f"The {of} figures that lead are the same in both to within their intervals."
    return f"{len(moved)} of {of} figures have intervals of chance that do not meet: {', '.join(moved[:_MOST_NAMED])}."


def _rows(first: Comparison, second: Comparison, same: list[str]) -> tuple[list[tuple[str, ...]], list[str]]:
    rows: list[tuple[str, ...]] = []
    moved: list[str] = []
    for name in same:
        for measure, label in FIGURES.items():
            ends = [_end(one, name, measure) for one in (first, second)]
            unit = MEASURES[measure].unit
            one, other = (number(end["difference"], unit, sign=True) for end in ends)
            apart = ends[0]["low"] > ends[1]["high"] or ends[1]["low"] > ends[0]["high"]
            unknown = any(math.isnan(end["low"]) for end in ends)
            meets = "not known" if unknown else "do not meet" if apart else "meet"
            rows.append((f"{name}: {label}", one, other, meets))
            moved += [f"{name}: {label.lower()}"] if apart else []
    return rows, moved


def _end(comparison: Comparison, name: str, measure: str) -> dict[str, float]:
    end = comparison.at_the_end
    (row,) = end[(end["scenario"] == name) & (end["measure"] == measure)].to_dict("records")
    return {key: float(row[key]) for key in ("difference", "low", "high")}


def _made(first: Comparison, second: Comparison) -> list[str]:
    one, other = first.provenance, second.provenance
    told = [f"Run {one.run_id} ({one.made}) against run {other.run_id} ({other.made})."]
    if one.model != other.model:
        told.append(f"The model differs: {one.model} and {other.model}.")
    if (one.seeds, one.share) != (other.seeds, other.share):
        sizes = (f"{counted(len(of.seeds), 'seed')} at share {of.share:g}" for of in (one, other))
        told.append(f"Their sizes differ: {' and '.join(sizes)}.")
    return told


def _levers(first: Comparison, second: Comparison) -> list[str]:
    told = []
    for name, scenario in first.scenarios.items():
        if name in second.scenarios:
            changed = list(differences(scenario, second.scenarios[name]))
            if changed:
                more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
                told.append(f"Levers of {name} differ: {', '.join(changed[:_MOST_NAMED])}{more}.")
    return told or ["Their levers are the same."]


def report_vintages(old: Path, new: Path) -> str:
    """Say what a new file of published figures adds to an old one and what it revises, by area, court and measure.

    Raises:
        ScenarioError: a file cannot be used.
    """
    before, after = _published(old), _published(new)
    both = before.index.intersection(after.index)
    revised = pd.DataFrame({"old": before[both], "new": after[both]})
    revised = revised[revised["old"] != revised["new"]]
    added, gone = after.index.difference(before.index), before.index.difference(after.index)
    quarters = sorted({key[3] for key in added} - {key[3] for key in before.index})
    lines = [
        f"{len(added):,} figures are new, {len(revised):,} of {len(both):,} are revised and {len(gone):,} are gone.",
        f"New quarters: {', '.join(quarters)}." if quarters else "There is no new quarter.",
    ]
    if gone.size:
        lines.append(f"Gone: {', '.join(' '.join(key) for key in gone[:_MOST_NAMED])}.")
    if revised.empty:
        return "\n".join(wrapped(lines))
    share = (revised["new"] / revised["old"] - 1).abs()
    order = share.sort_values(ascending=False, kind="stable").index
    rows = [("area", "court", "measure", "quarter", "old", "new", "revised by")]
    for key in order[:_MOST_ROWS]:
        was, now = revised.loc[key, "old"], revised.loc[key, "new"]
        by = f"{100 * (now / was - 1):+.1f}%" if was else "-"
        rows.append((*key, f"{was:,.6g}", f"{now:,.6g}", by))
    if len(revised) > _MOST_ROWS:
        lines.append(f"The {_MOST_ROWS} largest revisions are shown.")
    return "\n".join([*wrapped(lines), "", aligned(rows, left=(0, 1, 2, 3))])


def _published(path: Path) -> pd.Series:
    """Every figure of a file: (area, court, measure, quarter) -> value."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            rows = list(csv.DictReader(file))
        except (UnicodeDecodeError, csv.Error):
            rows = []
    courts = {(str(row.get("area")), str(row.get("court"))) for row in rows} or {("", "crown")}
    found: dict[tuple[str, str, str, str], float] = {}
    for area, court in sorted(courts):
        of = observed.read(path, area, court)
        found |= {(area, court, measure, quarter): value for (measure, quarter), value in of.values.items()}
    if not found:
        raise ScenarioError([f"{path}: holds no figures"])
    return pd.Series(found)
