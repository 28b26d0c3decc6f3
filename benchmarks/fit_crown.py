"""Fit the Crown Court's constants to 2016 to 2019 in England and Wales, and print them with the ranges that also fit.

    python benchmarks/fit_crown.py

Three windows, from the ends of 2016, 2017 and 2018 to the end of 2019, with receipts and capacity imposed. Runs at
points of a Latin hypercube, under one luck, give a quadratic emulator of each summary; weighted least squares finds
the best point, the points that fit nearly as well give the ranges, and real runs check it.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from itertools import combinations_with_replacement

import numpy as np
import past
from scipy import optimize
from scipy.stats import qmc

from sim.scenario.reading import load

WINDOWS, SHARE, RUNS = ((2016, 3), (2017, 2), (2018, 1)), 0.15, 48  # year end and years from it
LEVERS = {  # name -> lowest and highest tried
    "scale of contested hours": (0.8, 1.1),
    "late plea share": (0.22, 0.32),
    "days to ready on bail": (110.0, 220.0),
    "list spread": (100.0, 300.0),
    "scale of remand": (0.75, 1.0),
}
TOLERANCES = {  # of each summary: what the model need not come nearer to than
    "open": 0.03,
    "over 6 months": 0.02,
    "over 12 months": 0.015,
    "in custody": 0.02,
    "hours a case": 0.02,
    "pleas": 0.02,
}
PLEAS = 0.65  # guilty pleas of for-trial cases closed, "back to pre-COVID level" at the end of 2023
_SHARES = ("over 6 months", "over 12 months", "in custody", "pleas")
_CUSTODY_TO_BAIL = 110 / 165  # days to ready


def changes(point: np.ndarray) -> dict[str, object]:
    """The levers at a *point*, in the order of LEVERS."""
    hours, late, ready, spread, remand = (float(value) for value in point)
    scenario = load(past.SCENARIO)
    return {
        **{
            f"groups.{name}.crown_hours_contested": hours * group.crown_hours_contested
            for name, group in scenario.groups.items()
        },
        "courts.crown.late_plea_share": late,
        "courts.crown.trial_days_bail": ready,
        "courts.crown.trial_days_custody": ready * _CUSTODY_TO_BAIL,
        "courts.crown.list_spread": spread,
        "courts.crown.remand_either_way": remand * scenario.courts.crown.remand_either_way,
        "courts.crown.remand_indictable": remand * scenario.courts.crown.remand_indictable,
    }


def summaries(point: np.ndarray, seed: int = 1) -> np.ndarray:
    """How far the runs at a *point* are off each published figure, in its tolerances: array (figures x year ends,)."""
    known, off = past.Past.read(), []
    for origin, years in WINDOWS:
        found = past.simulate(past.scenario_from(origin, known, changes(point)), years, seed, SHARE)
        wanted = past.published(known, origin, years) | {"pleas": [PLEAS] * years}
        for name, tolerance in TOLERANCES.items():
            pairs = zip(found[name], wanted[name], strict=True)
            off += [(a - b if name in _SHARES else a / b - 1) / tolerance for a, b in pairs]
    return np.array(off)


def terms(points: np.ndarray) -> np.ndarray:
    """The terms of a quadratic in each row of *points*, which lie between -1 and 1."""
    width = points.shape[1]
    products = [points[:, a] * points[:, b] for a, b in combinations_with_replacement(range(width), 2)]
    return np.column_stack([np.ones(len(points)), points, *products])


def main() -> None:
    """Sample, emulate, fit, check and print."""
    low, high = np.array(list(LEVERS.values())).T
    unit = qmc.LatinHypercube(len(LEVERS), rng=1).random(RUNS)
    with ProcessPoolExecutor() as pool:
        runs = np.array(list(pool.map(summaries, low + unit * (high - low))))
        points = 2 * unit - 1
        weights, *_ = np.linalg.lstsq(terms(points), runs, rcond=None)
        error = (terms(points) @ weights - runs).std(axis=0) * np.sqrt(RUNS / (RUNS - weights.shape[0]))

        def off(point: np.ndarray) -> np.ndarray:
            return (terms(np.atleast_2d(point)) @ weights / np.sqrt(1 + error**2))[0]

        starts = [np.zeros(len(LEVERS)), *(2 * qmc.LatinHypercube(len(LEVERS), rng=2).random(8) - 1)]
        fits = [optimize.least_squares(off, start, bounds=(-1, 1)) for start in starts]
        best = min(fits, key=lambda fit: fit.cost).x
        tried = 2 * qmc.LatinHypercube(len(LEVERS), rng=3).random(20_000) - 1
        mean_off = np.abs(terms(tried) @ weights / np.sqrt(1 + error**2)).mean(axis=1)
        fitting = tried[mean_off < max(1.0, 1.25 * np.abs(off(best)).mean())]
        print(
            f"emulator off by {error.mean():.2f} tolerances on average; best point {np.abs(off(best)).mean():.2f} off"
        )
        for n, name in enumerate(LEVERS):
            value, *ends = (low[n] + (x + 1) / 2 * (high[n] - low[n]) for x in (best[n], *_ends(fitting[:, n])))
            print(f"  {name}: {value:.3g} ({ends[0]:.3g} to {ends[1]:.3g})")
        point = low + (best + 1) / 2 * (high - low)
        checks = np.array(list(pool.map(summaries, [point] * 6, range(1, 7))))
    print("real runs, off in tolerances: 2017, 2018 and 2019 from 2016; 2018 and 2019 from 2017; 2019 from 2018")
    ends = np.cumsum([years * len(TOLERANCES) for _, years in WINDOWS])[:-1]
    for n, name in enumerate(TOLERANCES):
        rows = (part.reshape(len(TOLERANCES), -1)[n] for part in np.split(checks.mean(axis=0), ends))
        print(f"  {name}: " + "; ".join("  ".join(f"{value:+.1f}" for value in row) for row in rows))


def _ends(values: np.ndarray) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.size else (-1.0, 1.0)


if __name__ == "__main__":
    main()
