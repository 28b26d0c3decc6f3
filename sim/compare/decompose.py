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
    return pd.concat({period: by_seed(baseline, scenario, years, period) for period in PERIODS}, names=["period"])


def by_seed(
    baseline: tuple[Scenario, Tables], scenario: tuple[Scenario, Tables], years: int, period: str = WHOLE_RUN
) -> pd.DataFrame:
    """Return the parts as simulated, over one of PERIODS: a row for each court and part, a column for each seed."""
    levers, new_levers = baseline[0], scenario[0]
    before, after = (_within(period, years, *each) for each in (baseline, scenario))
    old, new = received_hours(levers, years), received_hours(new_levers, years)
    cases, hours = _heard(before), _heard(before, old)
    new_cases, at_old_hours, new_hours = _heard(after), _heard(after, old), _heard(after, new)
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


def _within(period: str, years: int, scenario: Scenario, tables: Tables) -> Tables:
    """The weeks and sittings of *period*."""
    ends = [-1, *Clock(scenario.starts).year_ends(years)]
    begins = ends[-2] if period == LAST_YEAR else -1
    return {name: tables[name][tables[name]["day"] > begins] for name in ("weeks", "sittings")}


def _heard(tables: Tables, hours: pd.Series | None = None) -> pd.DataFrame:
    """Cases received that are heard in court, or the *hours* expected of them: a row a court, a column a seed."""
    weeks = tables["weeks"]
    rows = weeks[weeks["route"] != "paper"]
    received = rows["received"].to_numpy(float)
    if hours is not None:
        keys = pd.MultiIndex.from_frame(rows[KEYS].astype(dict.fromkeys(KEYS[1:], object)))
        received = received * hours.reindex(keys, fill_value=0.0).to_numpy()
    return _by_court(tables, rows, received)


def _supplied(tables: Tables) -> pd.DataFrame:
    """Hours of court time supplied: a row for each court, a column for each seed."""
    sittings = tables["sittings"]
    return _by_court(tables, sittings, sittings["supplied"].to_numpy(float) / 60)


def _by_court(tables: Tables, rows: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    """Add up *values* over the rows of each court and seed; 0 where there are none."""
    totals = pd.Series(values).groupby([rows["court"].astype(object).to_numpy(), rows["seed"].to_numpy()]).sum()
    seeds = sorted({*tables["weeks"]["seed"], *tables["sittings"]["seed"]})
    everywhere = pd.MultiIndex.from_product([list(COURTS), seeds], names=["court", "seed"])
    return totals.reindex(everywhere, fill_value=0.0).unstack("seed")
