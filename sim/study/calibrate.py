"""Fit the Crown Court's constants to what was published, by history matching over an emulator.

Runs at points of a Latin hypercube, all with the same luck, give a quadratic emulator of each figure. Points that the
emulator puts near enough to every figure are plausible; the best of them is the fit, and real runs check it. Sources:
Craig et al. (1997); Andrianakis et al. (2015), PLoS Computational Biology 11(1), for implausibility.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
import tomli_w

from sim.run.pool import Event, Executor
from sim.run.run import Cell
from sim.scenario.faults import ScenarioError
from sim.scenario.model import Scenario
from sim.scenario.reading import find
from sim.study.cells import cell_key
from sim.study.hindcast import DEFENDANTS_A_CASE, MEASURES, Fit, Past, published, run, scenario_from
from sim.study.observed import after, before
from sim.study.plan import latin_hypercube
from sim.study.store import Store

RUNS, CHECKS = 48, 4
YEARS = 3  # of the longest window that ends with the quarters fitted to
LEVERS = {  # name -> lowest and highest tried: inside what is physically possible
    "scale of contested hours": (0.8, 1.1),
    "late plea share": (0.22, 0.32),
    "days to ready on bail": (110.0, 220.0),
    "list spread": (100.0, 300.0),
    "scale of remand": (0.75, 1.0),
}
TOLERANCES = {  # of each figure: what the model need not come nearer to than, as a ratio or in points
    "open": 0.03,
    "over 6 months": 0.02,
    "over 12 months": 0.015,
    "in custody": 0.02,
    "hours a case": 0.02,
    "pleas": 0.02,
}
PLEAS = 0.65  # guilty pleas of for-trial cases closed (scenarios/england_and_wales/evidence.toml)
CUTOFF = 3.0  # implausibility above which a point is ruled out
_ROBUST = 3  # the third-worst figure decides, as is usual, so that one bad figure does not rule out everything
_TRIED, _KEPT = 20_000, 40  # points of the emulator looked at, and plausible ones kept
_SHARES = ("over 6 months", "over 12 months", "in custody", "pleas")
_CUSTODY_TO_BAIL = 110 / 165  # days to ready
_ALIKE = 0.6  # correlation over plausible points beyond which two levers cannot be told apart
_AT_EDGE = 0.98


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a calibration found.

    Args:
        of: what it was fitted on.
        fit_to: the last quarter fitted to.
        best: value of each lever, in the order of LEVERS.
        plausible: values of points that are not ruled out: array (points, levers).
        share_plausible: of the points looked at.
        emulator_error: of the emulator, in tolerances, mean over figures.
        misses: name of a figure and a year end -> how far real runs at the best point are off, in tolerances.
    """

    of: Past
    fit_to: str
    best: np.ndarray
    plausible: np.ndarray
    share_plausible: float
    emulator_error: float
    misses: dict[str, float]

    @property
    def alike(self) -> list[tuple[str, str, float]]:
        """Pairs of levers that the data cannot tell apart, with their correlation over plausible points."""
        if len(self.plausible) < 3:
            return []
        found = np.corrcoef(self.plausible.T)
        names = list(LEVERS)
        pairs = combinations(range(len(names)), 2)
        return [(names[a], names[b], float(found[a, b])) for a, b in pairs if abs(found[a, b]) > _ALIKE]

    @property
    def at_edge(self) -> list[str]:
        """Levers whose best value lies at an end of what was tried."""
        low, high = np.array(list(LEVERS.values())).T
        place = np.abs(2 * (self.best - low) / (high - low) - 1)
        return [name for name, at in zip(LEVERS, place, strict=True) if at > _AT_EDGE]


def calibrate(
    of: Past,
    fit_to: str,
    executor: Executor,
    store: Store | None = None,
    watch: Callable[[Event], object] | None = None,
) -> Fitted:
    """Fit the constants of *of* to the years that end with *fit_to*.

    Raises:
        ScenarioError: figures are missing, or no point is plausible.
    """
    windows = [(before(fit_to, 4 * years), years) for years in range(YEARS, 0, -1)]
    low, high = np.array(list(LEVERS.values())).T
    unit = _hypercube(RUNS, "runs")
    runs = _off(of, windows, low + unit * (high - low), (1,), executor, store, watch)
    tried = _hypercube(_TRIED, "tried")
    emulated, error = _emulated(unit, runs, tried)
    implausible = np.sort(np.abs(emulated), axis=1)[:, -_ROBUST]
    fits = implausible < CUTOFF
    if not fits.any():
        raise ScenarioError([f"no point is plausible: the nearest is {implausible.min():.1f} tolerances off"])
    best = low + tried[np.argmin(np.where(fits, (emulated**2).mean(axis=1), np.inf))] * (high - low)
    check = _off(of, windows, best[None, :], tuple(range(2, 2 + CHECKS)), executor, store, watch)[0]
    names = [
        f"{name}, {after(origin, 4 * year)[:4]} from {origin[:4]}"
        for origin, years in windows
        for name in TOLERANCES
        for year in range(1, years + 1)
    ]
    kept = low + tried[fits][:_KEPT] * (high - low)
    return Fitted(of, fit_to, best, kept, float(fits.mean()), error, dict(zip(names, check.tolist(), strict=True)))


def _emulated(unit: np.ndarray, runs: np.ndarray, tried: np.ndarray) -> tuple[np.ndarray, float]:
    """What a quadratic through the *runs* at points *unit* says at *tried*, in tolerances that hold its own error too.

    Besides, that error, mean over figures.
    """
    weights, *_ = np.linalg.lstsq(_terms(unit), runs, rcond=None)
    freedom = len(unit) / (len(unit) - weights.shape[0])
    error = (_terms(unit) @ weights - runs).std(axis=0) * np.sqrt(freedom)
    return _terms(tried) @ weights / np.sqrt(1 + error**2), float(error.mean())


def changes(scenario: Scenario, point: Sequence[float]) -> dict[str, Any]:
    """The levers of *scenario* at a *point*, in the order of LEVERS."""
    hours, late, ready, spread, remand = (round(float(value), 6) for value in point)
    crown = scenario.courts.crown
    return {
        **{
            f"groups.{name}.crown_hours_contested": round(hours * group.crown_hours_contested, 6)
            for name, group in scenario.groups.items()
        },
        "courts.crown.late_plea_share": late,
        "courts.crown.trial_days_bail": ready,
        "courts.crown.trial_days_custody": round(ready * _CUSTODY_TO_BAIL, 6),
        "courts.crown.list_spread": spread,
        "courts.crown.remand_either_way": round(remand * crown.remand_either_way, 6),
        "courts.crown.remand_indictable": round(remand * crown.remand_indictable, 6),
    }


def layer(found: Fitted, based_on: str, made: date) -> str:
    """Write the fit as a scenario file that changes only the fitted levers: name it in `based_on`."""
    values: dict[str, Any] = {
        "title": f"{found.of.observed.area}: Crown Court constants fitted to the quarters up to {found.fit_to}",
        "about": f"Crown Court constants that best fit what was published of the three years up to {found.fit_to}.\n"
        f"Made by `sliproad calibrate`, {made.isoformat()}; other plausible points are in the CSV of the same name.",
        "based_on": based_on,
    }
    for lever, value in changes(found.of.scenario, found.best.tolist()).items():
        *tables, leaf = lever.split(".")
        table = values
        for name in tables:
            table = table.setdefault(name, {})
        table[leaf] = value
    return tomli_w.dumps(values)


def points_as_csv(found: Fitted) -> str:
    """Write the plausible points, a row each, with the names of LEVERS as columns."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(LEVERS)
    rows.writerows([f"{value:.6g}" for value in point] for point in found.plausible)
    return written.getvalue()


def plausible(of: Past) -> list[Fit]:
    """The plausible fits that the area's newest calibration left beside it; none where there is no calibration."""
    folder = find(f"{of.area}/baseline").parent
    files = sorted(folder.glob("calibrated-*.csv"))
    if not files:
        return []
    with files[-1].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [changes(of.scenario, [float(row[name]) for name in LEVERS]) for row in rows]


def _off(
    of: Past,
    windows: Sequence[tuple[str, int]],
    points: np.ndarray,
    seeds: tuple[int, ...],
    executor: Executor,
    store: Store | None,
    watch: Callable[[Event], object] | None,
) -> np.ndarray:
    """How far runs at each point are off each published figure, in tolerances: array (points, figures x year ends)."""
    cells = {
        (n, origin, seed): Cell(scenario_from(of, origin, fit=changes(of.scenario, point)), seed, years, of.share)
        for n, point in enumerate(points)
        for origin, years in windows
        for seed in seeds
    }
    found = run(list(cells.values()), executor, store, watch)
    rows = []
    for n in range(len(points)):
        row: list[float] = []
        for origin, years in windows:
            each = [_at_year_ends(found[cell_key(cells[n, origin, seed])], years) for seed in seeds]
            for name, tolerance in TOLERANCES.items():
                for year in range(1, years + 1):
                    value = float(np.mean([one[name][year - 1] for one in each]))
                    wanted = _wanted(of, name, after(origin, 4 * year))
                    row.append((value - wanted if name in _SHARES else value / wanted - 1) / tolerance)
        rows.append(row)
    return np.array(rows)


def _at_year_ends(figures: Any, years: int) -> dict[str, list[float]]:
    """Stocks and shares at each year end, and means over the quarters of each year of hours and pleas."""
    found = {}
    for name in TOLERANCES:
        values = figures[figures["measure"] == name].set_index("ahead")["value"]
        spans = [values.loc[4 * year - 3 : 4 * year] for year in range(1, years + 1)]
        is_flow = name in ("hours a case", "pleas")
        found[name] = [float(of.mean() if is_flow else of.iloc[-1]) for of in spans]
    return found


def _wanted(of: Past, name: str, quarter: str) -> float:
    if name == "pleas":
        return PLEAS
    if name == "hours a case":
        return of.observed.over_year("hearing_time_mean_hours", quarter) / 4 * DEFENDANTS_A_CASE
    value = published(of.observed, name, quarter)
    if np.isnan(value):
        raise ScenarioError([f"{of.observed.area}: no figure for {MEASURES[name][0]} in {quarter} to fit to"])
    return value


def _hypercube(number: int, name: str) -> np.ndarray:
    """A Latin hypercube of the levers, of its own for each *name*: array (number, levers), between 0 and 1."""
    return latin_hypercube(number, [f"{name} {lever}" for lever in LEVERS])


def _terms(unit: np.ndarray) -> np.ndarray:
    """The terms of a quadratic in each row of *unit*, which lies between 0 and 1."""
    points = 2 * unit - 1
    products = [points[:, a] * points[:, b] for a, b in combinations_with_replacement(range(points.shape[1]), 2)]
    return np.column_stack([np.ones(len(points)), points, *products])
