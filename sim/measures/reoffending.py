"""Measures of reoffending: all that is detected, and what official statistics would prove."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.base.clock import MONTHS_12
from sim.base.stats import places, survival
from sim.measures.proven import MONTHS_18, cohort, proved_again
from sim.measures.registry import BY_GROUP, measure, share
from sim.measures.scheme import charged, disposed
from sim.measures.view import By, View
from sim.scenario.model import AGE_BANDS

_FIVE_YEARS = 1825  # days
_SPAN = 1e6  # more days than any run has: keeps people apart in one sorted key


@measure("reoffending.all_12_months", "Reoffending within 12 months, detected", "share of contacts", "lower", "share")
def all_12_months(view: View, by: By) -> np.ndarray:
    """Share of contacts of the year before whose person is detected offending again within 365 days."""
    return _again_within_12_months(view, by, np.ones(len(view.cases["contact_day"]), bool))


@measure(
    "reoffending.scheme_12_months",
    "Reoffending within 12 months, scheme's offences",
    "share of contacts",
    "lower",
    "share",
)
def scheme_12_months(view: View, by: By) -> np.ndarray:
    """The same share, of contacts for the scheme's offences, eligible or not.

    Where schemes differ, sim.compare.same_people takes both sides' over the offences of the scenario's.
    """
    return _again_within_12_months(view, by, view.named("group", *view.result.scenario.diversion.offences))


@measure(
    "reoffending.proven_12_months", "Adults' reoffending within 12 months, proven", "share of adults", "lower", "share"
)
def proven_12_months(view: View, by: By) -> np.ndarray:
    """Share of adults with a proven offence within 12 months of the start (see sim.measures.proven).

    Starts are those of the year that ends 18 months before.
    """
    return _of_starts(view, by, "proven", lambda: view.cases["proven_day"])


@measure(
    "reoffending.official_detected_12_months",
    "The same adults, detected again within 12 months",
    "share of adults",
    "lower",
    "share",
)
def official_detected_12_months(view: View, by: By) -> np.ndarray:
    """Share of the adults whom the proven rate counts that were detected again within 12 months, proved or not."""
    return _of_starts(view, by, "detected", lambda: view.cases["contact_day"])


@measure(
    "reoffending.official_provable_12_months",
    "The same adults, proved at some time or still in court",
    "share of adults",
    "lower",
    "share",
)
def official_provable_12_months(view: View, by: By) -> np.ndarray:
    """The same share, of offences that were proved whenever that was, or whose case is still in court at the end.

    Less the proven share it is what proof misses by coming too late; the rest of those detected again never counts:
    no charge, a community resolution, an offence that is not recordable, a case dropped or lost.
    """
    return _of_starts(view, by, "provable", lambda: _provable_day(view))


@measure("reoffending.begets", "Contacts that lead to another in five years", "share of contacts", "lower", "share")
def begets(view: View, by: By) -> np.ndarray:
    """Share of contacts so far whose person is met again within five years, or for as long as anybody was followed.

    Contacts not followed for so long are censored (Kaplan and Meier). Each contact leads to one later contact at most,
    and that to the next: a change of this share is multiplied by 1 / (1 - share) in the long run.
    """
    contact, again = view.cases["contact_day"], view.cases["next_day"]
    shares = []
    for end in view.ends:
        rows = np.flatnonzero((contact >= 0) & (contact <= end))
        met = again[rows] <= end
        days = (np.where(met, again[rows], end) - contact[rows]).astype(np.int64)
        parts = [survival(days, met, view.part(one)[rows], len(view.labels(one))) for one in by]
        shares.append(np.concatenate([1 - not_met[: _FIVE_YEARS + 1][-1] for not_met in parts]))
    return np.array(shares)


@measure(
    "reoffending.cases_12_months", "Further cases of a person within 12 months", "cases a person", "lower", "share"
)
def cases_12_months(view: View, by: By) -> np.ndarray:
    """Mean further cases, charged or disposed of, within 365 days of a person's first case of the year before."""
    first, further = view.once("further cases", lambda: _further_cases(view))
    means = view.mean(by, further, first, view.year("contact_day"))
    return np.vstack([np.full_like(means[:1], np.nan), means[:-1]])


def _further_cases(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Which cases are their person's first of a year, and how many further ones follow each within 12 months."""
    is_case = view.named("would_have", "charge") | charged(view) | disposed(view) | view.cases["discontinued"]
    rows = np.flatnonzero(is_case & (view.cases["contact_day"] >= 0))
    key = view.cases["offender"][rows].astype(float) * _SPAN + view.cases["contact_day"][rows]
    order = np.argsort(key, kind="stable")
    rows, key = rows[order], key[order]  # each person's cases, one after the other
    year = view.year("contact_day")
    first, further = np.zeros(len(year), bool), np.zeros(len(year))
    of_year = np.diff(view.cases["offender"][rows], prepend=-1) | np.diff(year[rows], prepend=-1)
    first[rows] = of_year != 0
    further[rows] = places(key, key + MONTHS_12) - places(key, key)
    return first, further


def _provable_day(view: View) -> np.ndarray:
    """Day of each contact that is proved at some time or still in court; NaN of others."""
    cases = view.cases
    in_court = view.named("police_outcome", "charge") & view.named("outcome", "") & cases["own_case"]
    return np.where(in_court | ~np.isnan(cases["proven_day"]), cases["contact_day"], np.nan)


def _of_starts(view: View, by: By, name: str, proved: Callable[[], np.ndarray]) -> np.ndarray:
    """Share of the official starts of adults that are followed by an offence within 12 months, *proved* within 18."""
    rows, year = view.once("starts", lambda: _starts(view))
    counted, again = view.once(("followed", name), lambda: _followed(view, rows, proved()))
    shares = share(view.count(by, again, year), view.count(by, counted, year))
    shares[np.append(-1, view.ends[:-1]) - MONTHS_18 < -1] = np.nan  # starts before the first day are not all there
    return shares


def _starts(view: View) -> tuple[np.ndarray, np.ndarray]:
    """The rows that start a period of the official statistics, and the year in which each row's 18 months end."""
    start = view.cases["index_day"].astype(float)
    adult = view.part("age") != AGE_BANDS.index("under 18")
    year = np.where((start >= 0) & adult, view.year_of(start + MONTHS_18), -1)
    return cohort(view.cases["offender"].astype(float), start, year, view.ends), year


def _followed(view: View, rows: np.ndarray, proved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which cases are starts, and which of them an offence *proved* in time follows: arrays (cases,) of bool."""
    person, start, found = (view.cases[name].astype(float) for name in ("offender", "index_day", "contact_day"))
    counted, again = np.zeros((2, len(person)), bool)
    counted[rows] = True
    again[rows] = proved_again(person, start, found, proved.astype(float), rows)
    return counted, again


def counted_12_months(again: bool, view: View, by: By) -> np.ndarray:
    """Contacts of the year before, which have been followed for 12 months, or those of them met again within these."""
    everybody = np.ones(len(view.cases["contact_day"]), bool)
    counts = view.count(by, _met_within_12_months(view) if again else everybody, view.year("contact_day"))
    return _a_year_later(counts * view.scale)


for _name, _label, _again in (
    ("reoffending.followed_12_months", "Contacts followed for 12 months", False),
    ("reoffending.again_12_months", "Of them, detected offending again", True),
):
    measure(_name, _label, "contacts", "neither", "flow", BY_GROUP)(partial(counted_12_months, _again))


def _again_within_12_months(view: View, by: By, chosen: np.ndarray) -> np.ndarray:
    year = view.year("contact_day")
    again = chosen & _met_within_12_months(view)
    return _a_year_later(share(view.count(by, again, year), view.count(by, chosen, year)))


def _met_within_12_months(view: View) -> np.ndarray:
    return view.cases["next_day"] - view.cases["contact_day"] <= MONTHS_12


def _a_year_later(values: np.ndarray) -> np.ndarray:
    """Values by year, array (years, parts), each given at the end of the year after."""
    return np.vstack([np.full_like(values[:1], np.nan), values[:-1]])
