"""Why the courts' balance of hours moved: how many cases came, which, how long each takes, and the time supplied.

The balance of a court is the hours of hearing expected of the cases it received, less the hours supplied to it, over
the whole run or its last year. Its change from the baseline is split in four parts that add up exactly:

volume    the change in the number of cases, at the baseline's mean hours a case
mix       which offence groups and routes they are and when they came, at the baseline's hours of each
duration  the change in the hours expected of a case of one group, route and week, by the levers and the law
capacity  the change in hours supplied; more of them lower the balance

Paper cases take no hearing and are left out. Hours expected are those of sim.scenario.hours: a case that the
prosecution stops before its first hearing counts with those it would have taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.base.clock import Clock
from sim.base.stats import interval
from sim.compare.comparison import COURTS
from sim.scenario.hours import KEYS, received_hours
from sim.scenario.model import Scenario

PARTS = ("volume", "mix", "duration", "capacity", "balance")
WHOLE_RUN, LAST_YEAR = PERIODS = ("whole run", "last year")
COLUMNS = ["scenario", "period", "court", "part", "unit", "value", "low", "high"]

DECIDE = ("starts", "groups", "courts")  # parts of a scenario that decide what hours a case is expected to take

Tables = dict[str, pd.DataFrame]  # of one scenario, with every seed


def decompose(
    parts: pd.DataFrame, name: str, share: float, confidence: float = 0.95, evidence: bool = False
) -> pd.DataFrame:
    """Return the parts of each court's change of balance and the change itself, in court hours of the whole area.

    Args:
        parts: by period and seed, as by_period gives; beside each other where seeds have levers of their own.
        name: the scenario's name.
        share: fraction of people and courtrooms simulated.
        confidence: of the intervals, which are those of sim.compare.paired.
        evidence: whether each seed has its own draw of the evidence.
    """
    seeds = parts / share
    value, low, high = interval(seeds.to_numpy(float), confidence, evidence)
    table = seeds.index.to_frame(index=False).assign(scenario=name, unit="court hours", value=value, low=low, high=high)
    return table[COLUMNS]


def by_period(baseline: tuple[Scenario, Tables], scenario: tuple[Scenario, Tables], years: int) -> pd.DataFrame:
    """Return the parts as simulated, over each of PERIODS: a row for each period, court and part, a column a seed.

    Args:
        baseline: its levers, and its weeks and sittings with every seed that has these levers.
        scenario: the same, of the scenario.
        years: simulated.
    """
    old = received_hours(baseline[0], years)
    is_alike = all(getattr(baseline[0], part) == getattr(scenario[0], part) for part in DECIDE)
    new = old if is_alike else received_hours(scenario[0], years)
    ends = [-1, *Clock(baseline[0].starts).year_ends(years)]
    begins = {WHOLE_RUN: -1, LAST_YEAR: ends[-2]}
    seeds = np.unique(np.concatenate([rows["seed"] for _, tables in (baseline, scenario) for rows in tables.values()]))
    before, after = _weighed(baseline[1]["weeks"], (old, old)), _weighed(scenario[1]["weeks"], (old, new))
    parts = [
        _parts(
            [
                (_by_court(tables["weeks"], weighed, seeds, day), _supplied(tables["sittings"], seeds, day))
                for tables, weighed in ((baseline[1], before), (scenario[1], after))
            ]
        )
        for day in begins.values()
    ]
    rows = pd.MultiIndex.from_product([PERIODS, list(COURTS), PARTS], names=["period", "court", "part"])
    return pd.DataFrame(np.reshape(parts, (len(rows), len(seeds))), rows, pd.Index(seeds, name="seed"))


def _parts(sides: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The parts over one period: array (courts, parts, seeds), of what came to and was supplied on both sides."""
    ((cases, hours, _), supplied), ((new_cases, at_old_hours, new_hours), new_supplied) = sides
    volume = (new_cases - cases) * np.divide(hours, cases, out=np.zeros_like(hours), where=cases > 0)
    parts = {
        "volume": volume,
        "mix": at_old_hours - hours - volume,
        "duration": new_hours - at_old_hours,
        "capacity": supplied - new_supplied,
        "balance": (new_hours - new_supplied) - (hours - supplied),
    }
    return np.stack([parts[name] for name in PARTS], axis=1)


def _weighed(weeks: pd.DataFrame, hours: tuple[pd.Series, pd.Series]) -> np.ndarray:
    """The cases of each row that are heard in court, and the hours expected of them by either of two scenarios' levers.

    Array (3, rows).
    """
    received = weeks["received"].to_numpy(float) * (weeks["route"] != "paper").to_numpy()
    keys = pd.MultiIndex.from_frame(weeks[KEYS].astype(dict.fromkeys(KEYS[1:], object)))
    first, second = hours
    places = first.index.get_indexer(keys)  # to look the keys up takes longer than all else
    others = places if second is first or second.index.equals(first.index) else second.index.get_indexer(keys)
    found = ((first, places), (second, others))
    return np.stack([received, *(received * np.where(at < 0, 0.0, of.to_numpy()[at]) for of, at in found)])


def _supplied(sittings: pd.DataFrame, seeds: np.ndarray, day: int) -> np.ndarray:
    """Hours of court time supplied after a *day*: array (courts, seeds)."""
    return _by_court(sittings, sittings["supplied"].to_numpy(float)[None, :], seeds, day)[0] / 60


def _by_court(rows: pd.DataFrame, values: np.ndarray, seeds: np.ndarray, day: int) -> np.ndarray:
    """Add up *values*, array (kinds, rows), over the rows after a *day*: array (kinds, courts, seeds)."""
    court = pd.Index(list(COURTS)).get_indexer(pd.Index(rows["court"].astype(object)))
    place = court * len(seeds) + np.searchsorted(seeds, rows["seed"])
    counted = (rows["day"].to_numpy() > day) & (court >= 0)
    size = len(COURTS) * len(seeds)
    sums = [np.bincount(place[counted], kind[counted], size) for kind in values]
    return np.reshape(sums, (len(values), len(COURTS), len(seeds)))
