"""Measures of reoffending: all that is detected, and what official statistics would prove."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.measures.registry import measure, share
from sim.proven import MONTHS_12, MONTHS_18, cohort, proved_again
from sim.view import View


@measure("reoffending.all_12_months", "Reoffending within 12 months, detected", "share of contacts", "lower", "share")
def all_12_months(view: View, by: str) -> pd.DataFrame:
    """Share of contacts of the year before whose person is detected offending again within 365 days."""
    return _again_within_12_months(view, by, np.ones(len(view.cases["contact_day"]), bool))


@measure(
    "reoffending.scheme_12_months",
    "Reoffending within 12 months, scheme's offences",
    "share of contacts",
    "lower",
    "share",
)
def scheme_12_months(view: View, by: str) -> pd.DataFrame:
    """The same share, of contacts for the scheme's offences, eligible or not: both sides hold the same people."""
    return _again_within_12_months(view, by, view.named("group", *view.result.scenario.diversion.offences))


@measure("reoffending.proven_12_months", "Reoffending within 12 months, proven", "share of offenders", "lower", "share")
def proven_12_months(view: View, by: str) -> pd.DataFrame:
    """Share of offenders with a proven offence within 12 months of the start (see sim.proven).

    Starts are those of the year that ends 18 months before.
    """
    person, start, found, proved = (
        view.cases[name].astype(float) for name in ("offender", "index_day", "contact_day", "proven_day")
    )
    year = np.where(start >= 0, view.year_of(start + MONTHS_18), -1)
    rows = cohort(person, start, year, view.ends)
    counted, again = np.zeros((2, len(year)), bool)
    counted[rows] = True
    again[rows] = proved_again(person, start, found, proved, rows)
    shares = share(view.count(by, again, year), view.count(by, counted, year))
    shares[np.append(-1, view.ends[:-1]) - MONTHS_18 < -1] = np.nan  # starts before the first day are not all there
    return view.tidy(by, shares)


def _again_within_12_months(view: View, by: str, chosen: np.ndarray) -> pd.DataFrame:
    year = view.year("contact_day")
    again = chosen & (view.cases["next_day"] - view.cases["contact_day"] <= MONTHS_12)
    shares = share(view.count(by, again, year), view.count(by, chosen, year))
    return view.tidy(by, np.vstack([np.full_like(shares[:1], np.nan), shares[:-1]]))
