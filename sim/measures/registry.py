"""The register of measures, and how they are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sim.measures.view import BREAKDOWNS, View
from sim.run.result import Result

COLUMNS = ("measure", "unit", "at", "group", "seed", "value")
TOTAL_ONLY = ("all",)
BY_GROUP = ("all", "group")

Better = Literal["lower", "higher", "neither"]
Kind = Literal["stock", "flow", "share", "time"]
Function = Callable[[View, str], pd.DataFrame]


@dataclass(frozen=True)
class Measure:
    """One measure: what it is called, its unit, which way is better, and how it is taken.

    Args:
        name: dotted id, for instance 'crown.open'.
        label: what it is in words.
        unit: of its values.
        better: which way is better for the public, if either is.
        kind: 'stock' at a moment, 'flow' over a year, 'share', or 'time'.
        function: (view, breakdown) -> rows of at, group, value.
        breakdowns: the breakdowns it can be split by.
    """

    name: str
    label: str
    unit: str
    better: Better
    kind: Kind
    function: Function
    breakdowns: tuple[str, ...] = BREAKDOWNS


MEASURES: dict[str, Measure] = {}


def measure(
    name: str, label: str, unit: str, better: Better, kind: Kind, breakdowns: tuple[str, ...] = BREAKDOWNS
) -> Callable[[Function], Function]:
    """Register the function below as the measure *name*."""

    def register(function: Function) -> Function:
        MEASURES[name] = Measure(name, label, unit, better, kind, function, breakdowns)
        return function

    return register


def take(result: Result, by: str | tuple[str, ...] = "all") -> pd.DataFrame:
    """Return every measure of *result* that can be split by *by*: one row per measure, date and group.

    Args:
        result: one seed of one scenario.
        by: a breakdown of sim.measures.view.BREAKDOWNS, or several.
    """
    view = View(result)
    return pd.concat([_taken(view, part) for part in ([by] if isinstance(by, str) else by)], ignore_index=True)


def take_every(result: Result) -> pd.DataFrame:
    """Return every measure of *result* in every breakdown it has: the columns of `take`, and which breakdown, `by`."""
    view = View(result)
    return pd.concat([_taken(view, by).assign(by=by) for by in BREAKDOWNS], ignore_index=True)


def _taken(view: View, by: str) -> pd.DataFrame:
    frames = [
        one.function(view, by).assign(measure=one.name, unit=one.unit)
        for one in MEASURES.values()
        if by in one.breakdowns
    ]
    return pd.concat(frames, ignore_index=True).assign(seed=view.result.seed)[list(COLUMNS)]


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """*part* of *whole*; NaN where there is nothing to divide by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
