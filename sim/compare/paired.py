"""Scenarios against a baseline: paired differences with intervals, and why they moved."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.base.stats import interval, mean
from sim.measures import ladder

FEWEST_PAIRS = 4  # seeds from which on an interval says something
KEYS = ["measure", "unit", "at", "group"]
VALUES = ["baseline", "value", "difference", "low", "high", "chance_lower"]
COLUMNS = ["scenario", *KEYS, *VALUES]
STEP_COLUMNS = ["scenario", "step", "label", "unit", "at", *VALUES]


def compare(
    baseline: pd.DataFrame,
    scenario: pd.DataFrame,
    name: str = "scenario",
    confidence: float = 0.95,
    evidence: bool = False,
) -> pd.DataFrame:
    """Return one row per measure, date and group: both means, the paired difference and its interval.

    Both tables must hold the same seeds; the shared luck cancels in the difference. The interval is
    Student's t for the mean of the paired differences: it holds chance only. It is NaN with one seed, or if two or
    three say one figure other than 0. A seed in which either side is NaN is left out of that row; where no seed has
    both, a known side is still given.

    Args:
        baseline: measures by seed, as sim.measures.take gives.
        scenario: the same, of the scenario.
        name: the scenario's name.
        confidence: of the interval.
        evidence: whether each seed has its own draw of the evidence; the interval is then the range of the draws.

    Raises:
        ValueError: the seeds differ.
    """
    if set(baseline["seed"]) != set(scenario["seed"]):
        raise ValueError(f"the seeds differ: {sorted(set(baseline['seed']))} and {sorted(set(scenario['seed']))}")
    order, *sides = _aligned(baseline, scenario)
    paired = ~(np.isnan(sides[0]) | np.isnan(sides[1]))
    both = [np.where(paired, side, np.nan) for side in sides]
    alone = ~paired.any(axis=1, keepdims=True)  # such as a share of nobody on the other side
    table = order.reset_index(drop=True).assign(
        scenario=name,
        baseline=mean(np.where(alone, sides[0], both[0])),
        value=mean(np.where(alone, sides[1], both[1])),
        **dict(zip(VALUES[2:5], of_seeds(both[1] - both[0], confidence, evidence), strict=True)),
        chance_lower=_chance_lower(both[1] - both[0]),
    )
    return table[COLUMNS]


def _aligned(baseline: pd.DataFrame, scenario: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Measure, date and group of every row of either table in its order, and both values by seed: (rows, seeds)."""
    before, after = _by_seed(baseline).align(_by_seed(scenario), join="outer")
    order = pd.concat([baseline[KEYS], scenario[KEYS]]).drop_duplicates()
    rows = pd.MultiIndex.from_frame(order)
    return order, before.reindex(rows).to_numpy(float), after.reindex(rows).to_numpy(float)


def steps(
    baseline: pd.DataFrame,
    scenario: pd.DataFrame,
    name: str = "scenario",
    confidence: float = 0.95,
    evidence: bool = False,
) -> pd.DataFrame:
    """Return why it moved: the rungs of sim.measures.ladder in order, compared like measures, with their labels.

    For each court the differences add up: those of opening, received and returned less those of
    closed, sent on and warrants out give that of closing.
    """
    table = compare(baseline, scenario, name, confidence, evidence)
    return table.rename(columns={"measure": "step"}).assign(label=table["measure"].map(ladder.LABELS))[STEP_COLUMNS]


def summarise(measures: pd.DataFrame, name: str, confidence: float = 0.95, evidence: bool = False) -> pd.DataFrame:
    """Return one row per measure, date and group of one scenario: its mean and interval over the seeds."""
    values = _by_seed(measures)
    order = pd.MultiIndex.from_frame(measures[KEYS].drop_duplicates())
    mean, low, high = of_seeds(values.reindex(order).to_numpy(float), confidence, evidence)
    table = order.to_frame(index=False).assign(scenario=name, value=mean, low=low, high=high)
    return table[["scenario", *KEYS, "value", "low", "high"]]


def _by_seed(measures: pd.DataFrame) -> pd.DataFrame:
    return measures.set_index([*KEYS, "seed"])["value"].unstack("seed")


def of_seeds(
    values: np.ndarray, confidence: float = 0.95, evidence: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, low and high of each row of *values*, array (rows, seeds), as sim.base.stats.interval does.

    But of few seeds that all give one figure other than 0 there is no interval: low and high are NaN.
    """
    middle, low, high = interval(values, confidence, evidence)
    number = np.sum(~np.isnan(values), axis=1)
    first = np.nanmax(np.where(np.isnan(values), -np.inf, values), axis=1)
    alike = np.all(np.isnan(values) | (values == first[:, None]), axis=1)
    nothing = alike & (first != 0) & (number > 1) & (number < FEWEST_PAIRS)
    return middle, np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)


def _chance_lower(differences: np.ndarray) -> np.ndarray:
    """Share of the paired seeds below zero: 0.5 where all are zero, NaN where there are none."""
    number = np.sum(~np.isnan(differences), axis=1)
    with np.errstate(invalid="ignore"):
        share = np.sum(differences < 0, axis=1) / number
    return np.where((number > 0) & np.all(np.isnan(differences) | (differences == 0), axis=1), 0.5, share)
