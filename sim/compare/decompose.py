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
    old, new = received_hours(baseline[0], years), received_hours(scenario[0], years)
    before, after = _weighed(baseline[1], (old, old)), _weighed(scenario[1], (old, new))
    ends = [-1, *Clock(baseline[0].starts).year_ends(years)]
    begins = {WHOLE_RUN: -1, LAST_YEAR: ends[-2]}
    found = {period: _parts(_after(begins[period], before), _after(begins[period], after)) for period in PERIODS}
    return pd.concat(found, names=["period"])


def _parts(before: Tables, after: Tables) -> pd.DataFrame:
    """The parts over one period: a row for each court and part, a column for each seed."""
    cases, hours, _ = (_by_court(before, name) for name in _WEIGHED)
    new_cases, at_old_hours, new_hours = (_by_court(after, name) for name in _WEIGHED)
    supplied, new_supplied = _supplied(before), _supplied(after)
    volume = (new_cases - cases) * (hours / cases.where(cases > 0)).fillna(0)
    parts = {
        "volume": volume,
        "mix": at_old_hours - hours - volume,
        "duration": new_hours - at_old_hours,
        "capacity": supplied - new_supplied,
        "balance": (new_hours - new_supplied) - (hours - supplied),
    }
    table = pd.concat(parts, names=["part"]).swaplevel()
    return table.reindex(pd.MultiIndex.from_product([list(COURTS), PARTS], names=["court", "part"]))


_WEIGHED = ("cases", "at old hours", "at own hours")


def _weighed(tables: Tables, hours: tuple[pd.Series, pd.Series]) -> Tables:
    """The cases received that are heard in court, and the hours expected of them by either of two scenarios' levers."""
    rows = tables["weeks"]
    received = rows["received"].to_numpy(float) * (rows["route"] != "paper").to_numpy()
    keys = pd.MultiIndex.from_frame(rows[KEYS].astype(dict.fromkeys(KEYS[1:], object)))
    first, second = hours
    places = first.index.get_indexer(keys)  # to look the keys up takes longer than all else
    others = places if second.index.equals(first.index) else second.index.get_indexer(keys)
    found = ((first, places), (second, others))
    each = [received * np.where(at < 0, 0.0, of.to_numpy()[at]) for of, at in found]
    weighed = dict(zip(_WEIGHED, (received, *each), strict=True))
    return {"weeks": rows[["day", "court", "seed"]].assign(**weighed), "sittings": tables["sittings"]}


def _after(day: int, tables: Tables) -> Tables:
    return {name: table[table["day"] > day] for name, table in tables.items()}


def _supplied(tables: Tables) -> pd.DataFrame:
    """Hours of court time supplied: a row for each court, a column for each seed."""
    return _by_court(tables, "supplied", "sittings") / 60


def _by_court(tables: Tables, column: str, table: str = "weeks") -> pd.DataFrame:
    """Add up a *column* over the rows of each court and seed; 0 where there are none."""
    rows = tables[table]
    totals = rows[column].astype(float).groupby([rows["court"].astype(object), rows["seed"]]).sum()
    seeds = sorted({*tables["weeks"]["seed"], *tables["sittings"]["seed"]})
    everywhere = pd.MultiIndex.from_product([list(COURTS), seeds], names=["court", "seed"])
    return totals.reindex(everywhere, fill_value=0.0).unstack("seed")
