"""Proven reoffending by the official definition, for every case at once.

The clock starts at a caution, a non-custodial conviction or a release. A person counts once in each
quarter, by the first start in it, and has reoffended if an offence within 12 months is proved within
6 months more. Source: Ministry of Justice, Guide to proven reoffending statistics.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.base.clock import MONTHS_12
from sim.base.stats import places

MONTHS_18 = 548  # days
_QUARTER = 91.5  # days: four make a year, leap or not
_SPAN = 1e6  # more days than any run has: keeps people apart in one sorted key


def cohort(person: np.ndarray, index_day: np.ndarray, year: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the rows that count: each person's first start in each quarter.

    Args:
        person: who, by row.
        index_day: day the clock starts; NaN where it does not.
        year: position in *ends* of the date at which 18 months have passed; -1 where it is outside them.
        ends: last day of each year.
    """
    rows = np.flatnonzero(year >= 0)
    rows = rows[np.argsort(index_day[rows], kind="stable")]
    quarter = (ends[year[rows]] - MONTHS_18 - index_day[rows]) // _QUARTER
    starts = pd.DataFrame({"person": person[rows], "year": year[rows], "quarter": quarter})
    return rows[~starts.duplicated().to_numpy()]


def proved_again(
    person: np.ndarray, index_day: np.ndarray, found_day: np.ndarray, proven_day: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Return, for each of *rows*, whether its person was found offending within 12 months and it was proved within 18.

    Proved offences stand in order of person and day; each start looks at its next one, all starts at
    once, then at the one after, until none is left within 12 months.
    """
    offences = np.flatnonzero(~np.isnan(found_day) & ~np.isnan(proven_day))
    key = person[offences] * _SPAN + found_day[offences]
    order = np.argsort(key, kind="stable")
    key, proved = key[order], proven_day[offences[order]]
    start, limit = person[rows] * _SPAN + index_day[rows], index_day[rows] + MONTHS_18
    place = places(key, start)
    again = np.zeros(len(rows), bool)
    looking = np.arange(len(rows))
    while len(looking):
        looking = looking[place[looking] < len(key)]
        looking = looking[key[place[looking]] <= start[looking] + MONTHS_12]
        again[looking] = proved[place[looking]] <= limit[looking]
        looking = looking[~again[looking]]
        place[looking] += 1
    return again
