"""What matters: Morris screening, then Sobol indices and the value of learning, all on what a scenario changes.

Both sides of a difference have the same luck, so what is left varies with the levers and hardly with chance. Sources:
Morris (1991), Technometrics 33(2); Saltelli et al. (2010), Computer Physics Communications 181(2); Strong, Oakley and
Brennan (2014), Medical Decision Making 34(3), for the value of learning one lever by regression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from sim.run.pool import Event, Executor
from sim.scenario.reading import ScenarioError
from sim.study.plan import Plan, scaled
from sim.study.store import Store
from sim.study.sweep import Done, Folder, Place, sweep

SCREENING, INDICES = "screening.parquet", "indices.parquet"
SCREENING_COLUMNS = ["lever", "mean", "mean_absolute", "spread", "matters"]
INDEX_COLUMNS = ["lever", "first", "first_half_width", "total", "total_half_width", "learning"]
_LEVELS = 4  # of the screening's grid, as Morris has it
_SEED = 20_260_102  # of the designs and of the resampling: any number will do, but always the same one
_MATTERS = 0.1  # of the largest mean absolute effect: a lever below it, its error included, is not looked at again

Evaluate = Callable[[np.ndarray], np.ndarray]  # points between 0 and 1, array (points, levers) -> values (points,)


@dataclass(frozen=True)
class Look:
    """What is looked at, and how hard.

    Args:
        measure: of what the difference is.
        at: a year end, in the ISO format; none takes the last.
        better: 'lower' or 'higher': which difference is worth having.
        trajectories: of the screening.
        base: points of the indices' design before it is crossed; a power of 2.
    """

    measure: str
    at: str | None = None
    better: str = "lower"
    trajectories: int = 10
    base: int = 64


@dataclass(frozen=True)
class Sensitivity:
    """What a difference depends on.

    Args:
        scenario: whose difference from the baseline.
        measure: of what.
        at: the date, in the ISO format.
        screening: a row for each lever: mean and mean absolute effect of moving it over its range, spread, and whether
            it was looked at again.
        indices: a row for each of those: first-order and total share of the variance with the half width of their 95%
            intervals, and the expected gain from learning it exactly before choosing.
        gain: expected gain from learning all of them.
        chosen: what is chosen as things stand: the scenario's name, or the baseline's.
        points: how many were run.
    """

    scenario: str
    measure: str
    at: str
    screening: pd.DataFrame
    indices: pd.DataFrame
    gain: float
    chosen: str
    points: int


def screening(levers: Sequence[str], evaluate: Evaluate, trajectories: int) -> pd.DataFrame:
    """Screen *levers* by Morris's elementary effects over so many *trajectories*: SCREENING_COLUMNS."""
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as design

    problem = _problem(levers)
    rows = design.sample(problem, trajectories, num_levels=_LEVELS, seed=_SEED)
    found = analysis.analyze(problem, rows, evaluate(rows), num_levels=_LEVELS, seed=_SEED)
    size, error = np.asarray(found["mu_star"], float), np.nan_to_num(np.asarray(found["mu_star_conf"], float))
    return pd.DataFrame(
        {
            "lever": list(levers),
            "mean": np.asarray(found["mu"], float),
            "mean_absolute": size,
            "spread": np.asarray(found["sigma"], float),
            "matters": size + error >= _MATTERS * size.max(),
        }
    )[SCREENING_COLUMNS]


def indices(levers: Sequence[str], evaluate: Evaluate, base: int, better: str) -> tuple[pd.DataFrame, float, bool]:
    """Return the Sobol indices of *levers* and the value of learning each: INDEX_COLUMNS.

    Besides: the value of learning all of them, and whether the scenario is chosen as things stand.

    Args:
        levers: names.
        evaluate: what the scenario changes at a point.
        base: points of the design before it is crossed; a power of 2.
        better: 'lower' or 'higher': which difference is worth having.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as design

    problem = _problem(levers)
    rows = design.sample(problem, base, calc_second_order=False, seed=_SEED)
    values = evaluate(rows)
    found = analysis.analyze(problem, values, calc_second_order=False, seed=_SEED)
    gains = values * (-1 if better == "lower" else 1)
    each = len(levers) + 2  # of the crossed design only the first and the last row of a block are drawn independently
    free = np.arange(len(rows)) % each % (each - 1) == 0
    learning = [_value_of_learning(rows[free, n], gains[free]) for n in range(len(levers))]
    table = pd.DataFrame(
        {
            "lever": list(levers),
            "first": found["S1"],
            "first_half_width": found["S1_conf"],
            "total": found["ST"],
            "total_half_width": found["ST_conf"],
            "learning": learning,
        }
    )[INDEX_COLUMNS]
    expected = float(gains[free].mean())
    return table, float(np.maximum(gains[free], 0).mean() - max(expected, 0)), expected > 0


def sensitivity(
    path: Path,
    plan: Plan,
    look: Look,
    executor: Executor,
    behind: Store | None = None,
    watch: Callable[[Event | Place], object] | None = None,
) -> Sensitivity:
    """Say which of the plan's levers decide what its first scenario changes, and what learning them is worth.

    Args:
        path: folder, in which the points of either stage are a sweep of their own.
        plan: whose levers, all with ranges.
        look: what is looked at.
        executor: what runs replications.
        behind: a store that is asked first.
        watch: called with every event.

    Raises:
        ScenarioError: a lever has no range, points are refused, or the date is not a year end of the run.
    """
    stages = _Stages(path, plan, look, partial(sweep, executor=executor, watch=watch), behind)
    first = screening(list(plan.varied), stages.of("screening", list(plan.varied)), look.trajectories)
    matter = list(first.loc[first["matters"], "lever"])
    table, gain, is_chosen = indices(matter, stages.of("indices", matter), look.base, look.better)
    first.to_parquet(path / SCREENING, index=False)
    table.to_parquet(path / INDICES, index=False)
    baseline, *others = plan.scenarios
    scenario = others[0] if others else baseline
    chosen = scenario if is_chosen else baseline
    return Sensitivity(scenario, look.measure, stages.day, first, table, gain, chosen, stages.points)


@dataclass
class _Stages:
    """Sweeps of the points that a design asks for; counts them, and notes the date they are looked at."""

    path: Path
    plan: Plan
    look: Look
    run: Callable[[Folder], Done]
    behind: Store | None
    points: int = 0
    day: str = ""

    def of(self, stage: str, chosen: Sequence[str]) -> Evaluate:
        """What evaluates points of the *chosen* levers; the others stay as they stand."""
        names = list(self.plan.varied)

        def values(rows: np.ndarray) -> np.ndarray:
            full = scaled(self.plan, _filled(rows, names, chosen))
            points = [{name: point[name] for name in chosen} for point in full]
            done = self.run(Folder(self.path / stage, self.plan, points, self.behind))
            self.points += len(points)
            self.day, found = _differences(done, self.look, len(points))
            return found

        return values


def _problem(levers: Sequence[str]) -> dict[str, object]:
    return {"num_vars": len(levers), "names": list(levers), "bounds": [[0.0, 1.0]] * len(levers)}


def _filled(rows: np.ndarray, names: Sequence[str], chosen: Sequence[str]) -> np.ndarray:
    """Rows with a place for every lever of the plan; those not *chosen* are left out again by name."""
    full = np.full((len(rows), len(names)), 0.5)
    full[:, [list(names).index(name) for name in chosen]] = rows
    return full


def _differences(done: Done, look: Look, points: int) -> tuple[str, np.ndarray]:
    """The date, and what the first scenario changes at each point."""
    if done.failed or done.table is None:
        words = next(iter(done.failed.values()), "points are missing")
        raise ScenarioError([f"{len(done.failed):,} replications could not be done, so nothing can be said: {words}"])
    rows = done.table[done.table["measure"] == look.measure].astype({"at": str})
    rows = rows[rows["scenario"] == rows["scenario"].iloc[0]] if len(rows) else rows
    dates = sorted(rows["at"].unique())
    day = look.at or (dates[-1] if dates else "")
    values = rows[rows["at"] == day].set_index("point")["difference"].reindex(range(points)).to_numpy(float)
    if np.isnan(values).any():
        raise ScenarioError(
            [f"{look.measure} is not known at {day or 'any date'}; it is at {', '.join(dates) or 'none'}"]
        )
    return day, values


def _value_of_learning(lever: np.ndarray, gains: np.ndarray) -> float:
    """Expected gain from choosing after the lever is known: of the gain expected at each of its values, smoothed."""
    smooth = np.polynomial.Polynomial.fit(lever, gains, deg=3)(lever)
    return max(float(np.maximum(smooth, 0).mean() - max(gains.mean(), 0)), 0.0)
