"""Uncertain evidence: levers drawn from the ranges that their ledger states.

In one replication a lever has one quantile, in the baseline and in every scenario alike; it belongs to the seed and the
lever's name, so another lever more or less moves nothing. The distribution is triangular: the ledger gives two ends and
the value thought best, and nothing about the shape between. Fitted levers keep their values: they were fitted together,
and drawn one by one they would no longer fit. A draw that the scenario's rules refuse is left at its value and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from sim.base import luck
from sim.scenario.evidence import Ledger, Line
from sim.scenario.model import Scenario, Sitting, Step, levers
from sim.scenario.reading import ScenarioError, change

FEWEST_SEEDS = 20  # so that 2.5% at either end is half a draw or more


@dataclass(frozen=True)
class Range:
    """What a lever may be: its value and two ends; of a list or table, the factors of all its numbers."""

    value: Any
    low: float
    high: float
    is_factor: bool


def ranges(scenario: Scenario, ledger: Ledger, name: str | None = None) -> dict[str, Range]:
    """Return the range of every lever of *scenario* that has one and is not fitted.

    Args:
        scenario: whose levers.
        ledger: of its folder, and of those it builds on.
        name: of the scenario's file, whose own lines come first.

    Raises:
        LookupError: no line of the ledger matches one of the levers.
    """
    lines = ledger.lines(scenario, name)
    found = {lever: _range(value, lines[lever]) for lever, value, _ in levers(scenario)}
    return {lever: one for lever, one in found.items() if one}


def draw(scenario: Scenario, seed: int, of: Mapping[str, Range]) -> tuple[Scenario, list[str]]:
    """Return the scenario with the levers *of* drawn for one seed, and the levers whose draw its rules refuse."""
    values = {lever: _drawn(one, _quantile(lever, seed)) for lever, one in of.items()}
    refused: list[str] = []
    for _, of_table in groupby(values, key=lambda lever: lever.rpartition(".")[0]):
        names = list(of_table)
        try:
            scenario = change(scenario, {name: values[name] for name in names})
        except ScenarioError:
            for name in names:
                try:
                    scenario = change(scenario, {name: values[name]})
                except ScenarioError:
                    refused.append(name)
    return scenario, refused


def _range(value: Any, line: Line) -> Range | None:
    if line.grade == "fitted" or line.low is None or line.high is None or isinstance(value, bool | str):
        return None
    if isinstance(value, int | float):
        return Range(value, line.low, line.high, is_factor=False)
    return Range(value, line.low, line.high, is_factor=True) if line.relative else None


def _quantile(lever: str, seed: int) -> float:
    return float(luck.uniform(luck.key(seed, luck.EVIDENCE, luck.key_of_name(lever)), "evidence")[0])


def _drawn(one: Range, quantile: float) -> Any:
    if one.is_factor:
        return _times(one.value, _triangular(quantile, one.low, 1.0, one.high))
    drawn = _triangular(quantile, one.low, one.value, one.high)
    return round(drawn) if isinstance(one.value, int) else drawn


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_times(item, factor) for item in value]
    if isinstance(value, dict):
        return {name: _times(item, factor) for name, item in value.items()}
    if isinstance(value, Sitting | Step):
        return {key: item * factor if isinstance(item, float) else item for key, item in value.model_dump().items()}
    return value * factor


def _triangular(quantile: float, low: float, mode: float, high: float) -> float:
    """Quantile of a triangular variable; the mode is moved to the nearer end where it lies outside."""
    mode = min(max(mode, low), high)
    if low == high:
        return low
    rise = (mode - low) / (high - low)
    if quantile < rise:
        return low + float(np.sqrt(quantile * (high - low) * (mode - low)))
    return high - float(np.sqrt((1 - quantile) * (high - low) * (high - mode)))
