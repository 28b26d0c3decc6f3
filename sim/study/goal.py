"""What would it take: the value of one lever at which a measure, or what a scenario changes, reaches a target.

Every value is run with the same luck, so the curve over values is smooth for each seed, and each seed has a value of
its own at which it crosses the target: their mean and its interval are the answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from sim.compare.paired import of_seeds
from sim.measures.registry import MEASURES
from sim.run.pool import Event, Executor, Failed, Landed
from sim.scenario.faults import ScenarioError, nearest, need_of, printable
from sim.scenario.model import Scenario, levers
from sim.scenario.reading import change
from sim.study.cells import cell_key
from sim.study.store import Store
from sim.study.study import Study, events

_FIRST, _MOST = 5, 9  # values run at first, and in all
_CLOSE = 0.002  # of the curve's span: the mean is then at the target


@dataclass(frozen=True)
class Target:
    """What to reach: `[difference] MEASURE = NUMBER [at DATE]`."""

    measure: str
    value: float
    at: str | None = None
    is_difference: bool = False


@dataclass(frozen=True)
class Quest:
    """What is looked for, and under what.

    Args:
        scenario: whose lever is moved.
        lever: dotted.
        target: what to reach.
        between: the values to look between.
        seeds: which luck.
        years: to simulate.
        share: of people and courtrooms.
        baseline: what a difference is taken against.
    """

    scenario: Scenario
    lever: str
    target: Target
    between: tuple[float, float]
    seeds: tuple[int, ...]
    years: int = 5
    share: float = 1.0
    baseline: Scenario | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the lever takes whole numbers."""
        return isinstance({name: value for name, value, _ in levers(self.scenario)}[self.lever], int)

    def study(self, value: float) -> Study:
        """The study at one *value* of the lever.

        Raises:
            ScenarioError: the scenario's rules refuse it.
        """
        sides = {"baseline": self.baseline} if self.baseline else {}
        moved = change(self.scenario, {self.lever: round(value) if self.is_whole else value})
        return Study({**sides, "scenario": moved}, self.seeds, self.years, self.share)


@dataclass(frozen=True)
class Answer:
    """What it would take.

    Args:
        quest: what was looked for.
        values: of the lever that were run, ascending: array (values,).
        curve: the measure at each value by seed: array (values, seeds).
        at: the date, in the ISO format.
        found: mean over seeds of the value that reaches it, and its interval within what was looked at; None where
            none does in every seed.
        reached: seeds in which some value does.
        crossings: how often the mean curve crosses the target.
    """

    quest: Quest
    values: np.ndarray
    curve: np.ndarray
    at: str
    found: tuple[float, float, float] | None
    reached: int
    crossings: int

    @property
    def nearest(self) -> tuple[float, float]:
        """The value run whose mean comes nearest to the target, and that mean."""
        means = self.curve.mean(axis=1)
        near = int(np.argmin(np.abs(means - self.quest.target.value)))
        return float(self.values[near]), float(means[near])

    @property
    def table(self) -> pd.DataFrame:
        """A row for each value run: the measure's mean over seeds and its interval."""
        middle, low, high = of_seeds(self.curve)
        return pd.DataFrame({self.quest.lever: self.values, "value": middle, "low": low, "high": high})


def read_target(text: str) -> Target:
    """Read `crown.open = 15000 at 2029-12-31`, or `difference crown.open = 0`.

    Raises:
        ValueError: it is not that, or there is no such measure.
    """
    found = re.fullmatch(r"\s*(difference\s+)?([a-z0-9_.]+)\s*=\s*([-+0-9_.,eE]+)(?:\s+at\s+(\S+))?\s*", text)
    form = "must be MEASURE = NUMBER at DATE, such as 'crown.open = 15000 at 2029-12-31'"
    if not found:
        raise ValueError(f"{printable(text)!r} {form}")
    measure, number, day = found[2], found[3], found[4]
    if measure not in MEASURES:
        raise ValueError(f"unknown measure {measure!r}{nearest(measure, MEASURES)}")
    try:
        value = float(number.replace(",", ""))
        if not math.isfinite(value):
            raise ValueError
        return Target(measure, value, date.fromisoformat(day).isoformat() if day else None, bool(found[1]))
    except ValueError:
        raise ValueError(f"{printable(text)!r} {form}") from None


def bounds(scenario: Scenario, lever: str) -> tuple[float, float]:
    """Return the lowest and the highest value that *lever* may have.

    Raises:
        ScenarioError: there is no such lever, or it is no number with both bounds.
    """
    values = {name: value for name, value, _ in levers(scenario)}
    if lever not in values:
        raise ScenarioError([f"unknown lever {printable(lever)!r}{nearest(lever, values)}"])
    need = need_of(tuple(lever.split(".")))
    is_number = isinstance(values[lever], int | float) and not isinstance(values[lever], bool)
    if not is_number or need is None or need.low is None or need.high is None:
        raise ScenarioError([f"{lever}: has no lowest and highest value of its own; name them with --between"])
    return need.low, need.high


def goal(
    quest: Quest, executor: Executor, store: Store | None = None, watch: Callable[[Event], object] | None = None
) -> Answer:
    """Find the value of the lever at which the target is reached.

    Args:
        quest: what is looked for.
        executor: what runs replications.
        store: where outcomes are kept.
        watch: called with every event.

    Raises:
        ScenarioError: a value is refused, the measure is not known at it, or the target's date is not a year end of
            the run.
    """
    curve: dict[float, np.ndarray] = {}
    ahead = np.linspace(*quest.between, _FIRST).tolist()
    day = ""
    while ahead:
        for value in map(round, ahead) if quest.is_whole else ahead:
            if value not in curve:
                day, curve[value] = _values(quest.study(value), quest.target, executor, store, watch)
                _refuse_unknown(quest, value, curve[value], day)
        ahead = _next(curve, quest) if len(curve) < _MOST else []
    values = np.array(sorted(curve))
    return answer_at(quest, values, np.array([curve[value] for value in values]), day)


def _refuse_unknown(quest: Quest, value: float, of_seeds: np.ndarray, day: str) -> None:
    """Refuse a value at which the measure is not known in some seed, such as a share of nobody."""
    if np.isnan(of_seeds).any():
        where = f"on {day} with {quest.lever} = {value:g}"
        words = f"{quest.target.measure} is not known {where}, such as a share of nobody"
        raise ScenarioError([f"{words}; look between other values (--between)"])


def _next(curve: dict[float, np.ndarray], quest: Quest) -> list[float]:
    """The value to run next: where the mean curve crosses the target, unless a value is there already."""
    values = np.array(sorted(curve))
    over = np.array([curve[value].mean() for value in values]) - quest.target.value
    at = crossing(values, over)
    is_there = at is None or np.abs(over).min() <= _CLOSE * np.ptp(over) or (quest.is_whole and round(at) in curve)
    return [] if at is None or is_there else [at]


def answer_at(quest: Quest, values: np.ndarray, curve: np.ndarray, day: str) -> Answer:
    """What the measure, or its difference, at the *values* that were run says: *curve* is of shape (values, seeds)."""
    target = quest.target
    above = np.sign(curve.mean(axis=1) - target.value)
    crossings = int((np.diff(above[above != 0]) != 0).sum()) or int((above == 0).any())
    own = [crossing(values, of_seed - target.value) for of_seed in curve.T]
    reached = [value for value in own if value is not None]
    found = None
    if len(reached) == len(own):
        middle, low, high = of_seeds(np.array([reached]))
        ends = np.clip([low[0], high[0]], *quest.between)  # no value beyond them was looked at
        found = (float(middle[0]), float(ends[0]), float(ends[1]))
    return Answer(quest, values, curve, day, found, len(reached), crossings)


def crossing(values: np.ndarray, over: np.ndarray) -> float | None:
    """Return the first of the *values* at which *over*, straight between them, is 0; None where it never is.

    Args:
        values: ascending, array (values,).
        over: of the same length.
    """
    if (over == 0).any():
        return float(values[np.flatnonzero(over == 0)[0]])
    turns = np.flatnonzero(np.sign(over[:-1]) != np.sign(over[1:]))
    if not turns.size:
        return None
    n = turns[0]
    return float(values[n] + (values[n + 1] - values[n]) * over[n] / (over[n] - over[n + 1]))


def _values(
    study: Study, target: Target, executor: Executor, store: Store | None, watch: Callable[[Event], object] | None
) -> tuple[str, np.ndarray]:
    """The date, and the measure, or its difference, in each seed."""
    found = {}
    for event in events(study, executor, store):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, Landed):
            found[cell_key(event.cell)] = _measure(event.outcome.measures, target)
        if watch:
            watch(event)
    rows = {(name, seed): found[key] for (_, name, seed), key in study.keys.items()}
    day = rows["scenario", study.seeds[0]][0]
    of = {name: np.array([rows[name, seed][1] for seed in study.seeds]) for name in study.scenarios}
    return day, of["scenario"] - (of["baseline"] if target.is_difference else 0.0)


def _measure(rows, target: Target) -> tuple[str, float]:  # type: ignore[no-untyped-def]
    rows = rows[(rows["measure"] == target.measure) & (rows["by"] == "all")]
    dates = rows["at"].astype(str).tolist()
    day = target.at or dates[-1]
    if day not in dates:
        raise ScenarioError([f"{target.measure} is not known at {day}; it is at {', '.join(dates)}"])
    return day, float(rows["value"].iloc[dates.index(day)])
