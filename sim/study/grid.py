"""Between computed points: an answer read at once from a grid of shares offered and attendances, until it is run.

Only uptake and attendance may differ from the baseline. The grid's lines are shares of eligible people offered the
course (uptake / (acceptance x attendance)) and attendances; a point between them is the mean of the four around it, by
how near each is. Ends of intervals are averaged as differences are, which is never narrower than the interval of the
mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from operator import add

import pandas as pd

from sim.compare.comparison import Comparison
from sim.scenario.model import Scenario
from sim.scenario.reading import differences

UPTAKE, ATTENDANCE = "diversion.uptake", "diversion.attendance"
OFFERS = (0.5, 1.0)  # beside 0, which is the baseline
ATTENDANCES = (0.3, 0.45, 0.6, 0.8, 1.0)
_KEYS = {
    "table": ["measure", "at", "group"],
    "steps": ["step", "at"],
    "balance": ["court", "period", "part"],
    "measures": ["measure", "at", "group", "seed"],
    "structures": ["structure", "measure", "at"],
}

Weights = Mapping[str, float]  # name of a point -> how much of it


def points(acceptance: float) -> list[dict[str, float]]:
    """Return the levers of every point to compute, where *acceptance* of those who are offered the course accept."""
    return [
        {UPTAKE: acceptance * attendance * offer, ATTENDANCE: attendance}
        for attendance in ATTENDANCES
        for offer in OFFERS
    ]


def read_between(grid: Comparison, name: str, scenario: Scenario) -> Comparison | None:
    """Return what the points of *grid* say of *scenario*; None where it lies outside or changes other levers too.

    Args:
        grid: the points, each set against the baseline, thinned as what ships is.
        name: to call it by.
        scenario: to read the answer for.
    """
    changed = differences(scenario, grid.scenarios[grid.baseline])
    if not changed or not changed.keys() <= {UPTAKE, ATTENDANCE}:
        return None
    weights = _weights(grid, scenario)
    return _mean(grid, name, scenario, weights) if weights else None


def _weights(grid: Comparison, scenario: Scenario) -> Weights:
    """How much of each point there is in *scenario*; nothing outside the grid. The baseline stands where none is
    offered the course."""
    named = {(_offer(one), one.diversion.attendance): name for name, one in grid.scenarios.items()}
    of_offer = _shares((0.0, *OFFERS), _offer(scenario))
    of_attendance = _shares(ATTENDANCES, scenario.diversion.attendance)
    weights: dict[str, float] = {}
    for offer, one in of_offer.items():
        for attendance, other in of_attendance.items():
            name = named[offer, attendance] if offer else grid.baseline
            weights[name] = weights.get(name, 0.0) + one * other
    return {name: weight for name, weight in weights.items() if weight > 0}


def _offer(scenario: Scenario) -> float:
    return round(scenario.diversion.offer, 9)


def _shares(lines: tuple[float, ...], value: float) -> dict[float, float]:
    """How near *value* is to the two lines around it, summing to 1; nothing outside."""
    for low, high in pairwise(lines):
        if low <= value <= high:
            share = (value - low) / (high - low)
            return {low: 1 - share, high: share}
    return {}


def _mean(grid: Comparison, name: str, scenario: Scenario, weights: Weights) -> Comparison:
    baseline = grid.baseline
    measures = _weighted(grid.measures, weights, "measures").assign(scenario=name)
    at_baseline = grid.measures[grid.measures["scenario"] == baseline]
    weeks = _sum([_weeks(grid.tables[one]["weeks"]) * weight for one, weight in weights.items()])
    return replace(
        grid,
        scenarios={baseline: grid.scenarios[baseline], name: scenario},
        measures=pd.concat([at_baseline, measures], ignore_index=True),
        tables={baseline: grid.tables[baseline], name: {"weeks": weeks.reset_index()}},
        table=_against(grid.table, grid.baseline, weights, "table").assign(scenario=name),
        steps=_against(grid.steps, grid.baseline, weights, "steps").assign(scenario=name),
        balance=_against(grid.balance, grid.baseline, weights, "balance").assign(scenario=name),
        structures=None
        if grid.structures is None
        else _against(grid.structures, grid.baseline, weights, "structures").assign(scenario=name),
    )


def _against(rows: pd.DataFrame, baseline: str, weights: Weights, table: str) -> pd.DataFrame:
    """The weighted mean of rows that set points against the baseline, which differs from itself by nothing."""
    first = rows[rows["scenario"] == rows["scenario"].iloc[0]]
    none = {"difference": 0.0, "low": 0.0, "high": 0.0, "chance_lower": 0.5}
    value = first.get("baseline", 0.0)
    same = first.assign(scenario=baseline, value=value).assign(**{name: none[name] for name in none if name in first})
    return _weighted(pd.concat([rows, same], ignore_index=True), weights, table)


def _weighted(rows: pd.DataFrame, weights: Weights, table: str) -> pd.DataFrame:
    """The mean over scenarios of every number in *rows*, row by row; in the order and with the text of the first."""
    keys = _KEYS[table]
    of = {name: rows[rows["scenario"] == name].set_index(keys) for name in weights}
    first = next(iter(of.values()))
    numbers = list(first.select_dtypes("number").columns)
    mean = _sum([of[name].reindex(first.index)[numbers] * weight for name, weight in weights.items()])
    return first.assign(**{column: mean[column] for column in numbers}).reset_index()[list(rows.columns)]


def _sum(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return reduce(add, frames)


def _weeks(weeks: pd.DataFrame) -> pd.DataFrame:
    return weeks.set_index(["seed", "day", "court"])
