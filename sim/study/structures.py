"""Structures: ways the world may work that no range of a number covers, run side by side and never averaged.

Each is a name and what it changes, in the baseline and the scenario alike. The three named baselines of the Crown Court
are scenario files of the area; an area without them is shown without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.compare.comparison import AS_STATED
from sim.compare.paired import compare
from sim.scenario.model import Scenario, levers
from sim.scenario.reading import change

COLUMNS = ["structure", "scenario", "measure", "unit", "at", "baseline", "value", "difference", "low", "high"]
MEASURES = (
    "crown.open",
    "magistrates.open",
    "diversion.prosecutions_avoided",
    "diversion.net_widened",
    "reoffending.scheme_12_months",
    "cost.total",
)
NAMED_BASELINES = ("2025-frozen", "level")  # beside recent pace, London's baseline itself


def structures(
    baseline: Scenario, scenario: Scenario, named: Mapping[str, Scenario] | None = None
) -> dict[str, dict[str, Any]]:
    """Return what each structure changes, by name; the first changes nothing, and none says what is so already.

    Args:
        baseline: the scenario that others are set against.
        scenario: one of those, whose scheme's disposal may act on other people.
        named: other baselines of the area, by name.
    """
    disposal = f"disposals.{scenario.diversion.disposal}.effect_reaches"
    courts = baseline.courts
    choices: dict[str, dict[str, Any]] = {
        f"magistrates' courts: sitting days limit {what}": {"courts.magistrates.binds": value}
        for value, what in (("nothing", "nothing"), ("trials", "trials"), ("everything", "first hearings too"))
        if courts.magistrates.binds != value
    }
    if courts.magistrates.binds != "nothing" and courts.magistrates.unused_time != "stays idle":
        choices["magistrates' courts: unused time stays idle"] = {"courts.magistrates.unused_time": "stays idle"}
    choices |= {
        f"Crown Court: late pleas come {when}": {"courts.crown.late_pleas": when}
        for when in ("as the trial nears", "at a time of their own")
        if courts.crown.late_pleas != when and courts.crown.late_plea_share
    }
    if courts.reuse:
        choices["time that diversion frees is left idle"] = {"courts.reuse": 0.0}
    if courts.refill < 1:
        choices["time that diversion frees is filled with new charges"] = {"courts.refill": 1.0}
    acts = scenario.disposals[scenario.diversion.disposal]
    if acts.hazard_ratio != 1 or scenario.diversion.effect_by:
        others = [who for who in ("everyone offered", "starters", "completers") if who != acts.effect_reaches]
        choices |= {f"the course acts on {who}": {disposal: who} for who in others}
    choices |= {f"Crown Court: {name}": _differences(baseline, other) for name, other in (named or {}).items()}
    return {AS_STATED: {}} | choices


def under(scenarios: Mapping[str, Scenario], changes: Mapping[str, Any]) -> dict[str, Scenario]:
    """Return the *scenarios* with one structure's changes in each."""
    return {name: change(scenario, dict(changes)) for name, scenario in scenarios.items()}


def side_by_side(
    measures: Mapping[str, Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]],
    confidence: float = 0.95,
    evidence: bool = False,
) -> pd.DataFrame:
    """Return the differences at the last year end under each structure, one below the other: COLUMNS.

    Args:
        measures: structure -> scenario -> measures by seed, of the baseline and of the scenario.
        confidence: of the intervals.
        evidence: whether each seed has its own draw of the evidence.
    """
    parts = []
    for structure, of in measures.items():
        for name, sides in of.items():
            before, after = (_headlines(rows) for rows in sides)
            parts.append(compare(before, after, name, confidence, evidence).assign(structure=structure))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _headlines(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["at"] == rows["at"].max()) & (rows["group"] == "all") & rows["measure"].isin(MEASURES)]


def _differences(baseline: Scenario, other: Scenario) -> dict[str, Any]:
    """The levers in which *other* differs from *baseline*, with its values."""
    before = {name: value for name, value, _ in levers(baseline)}
    return {name: _plain(value) for name, value, _ in levers(other) if before.get(name) != value}


def _plain(value: Any) -> Any:
    is_rows = isinstance(value, list) and value and hasattr(value[0], "model_dump")
    return [item.model_dump() for item in value] if is_rows else value
