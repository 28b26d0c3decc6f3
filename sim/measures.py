"""Measures: what is counted in a result, at each year end. A measure is one function, registered by name.

Stocks are read at each year end, flows over the year that ends then. Counts are scaled to the whole
area. What cannot be known is NaN: a share of nobody, or of people not yet followed for long enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from sim.proven import MONTHS_12, MONTHS_18, cohort, proved_again
from sim.result import Result
from sim.view import BREAKDOWNS, View

COLUMNS = ("measure", "unit", "at", "group", "seed", "value")
TOTAL_ONLY = ("all",)
BY_GROUP = ("all", "group")

Better = Literal["lower", "higher", "neither"]
Kind = Literal["stock", "flow", "share", "time"]
Function = Callable[[View, str], pd.DataFrame]


@dataclass(frozen=True)
class Measure:
    """One measure: what it is called, its unit, which way is better, and how it is taken.

    Args:
        name: dotted id, for instance 'crown.open'.
        label: what it is in words.
        unit: of its values.
        better: which way is better for the public, if either is.
        kind: 'stock' at a moment, 'flow' over a year, 'share', or 'time'.
        function: (view, breakdown) -> rows of at, group, value.
        breakdowns: the breakdowns it can be split by.
    """

    name: str
    label: str
    unit: str
    better: Better
    kind: Kind
    function: Function
    breakdowns: tuple[str, ...] = BREAKDOWNS


MEASURES: dict[str, Measure] = {}


def measure(
    name: str, label: str, unit: str, better: Better, kind: Kind, breakdowns: tuple[str, ...] = BREAKDOWNS
) -> Callable[[Function], Function]:
    """Register the function below as the measure *name*."""

    def register(function: Function) -> Function:
        MEASURES[name] = Measure(name, label, unit, better, kind, function, breakdowns)
        return function

    return register


def take(result: Result, by: str | tuple[str, ...] = "all") -> pd.DataFrame:
    """Return every measure of *result* that can be split by *by*: one row per measure, date and group.

    Args:
        result: one seed of one scenario.
        by: a breakdown of sim.view.BREAKDOWNS, or several.
    """
    view = View(result)
    frames = [
        one.function(view, part).assign(measure=one.name, unit=one.unit)
        for part in ([by] if isinstance(by, str) else by)
        for one in MEASURES.values()
        if part in one.breakdowns
    ]
    return pd.concat(frames, ignore_index=True).assign(seed=result.seed)[list(COLUMNS)]


# Courts ---------------------------------------------------------------------------------------------


def stock(court: str, view: View, by: str) -> pd.DataFrame:
    """Cases open in *court* at each year end."""
    weeks = view.result.tables["weeks"]
    chosen = (weeks["court"] == court).to_numpy() & np.isin(weeks["day"], view.ends)
    return view.tidy(by, view.total(by, "weeks", chosen, "closing") * view.scale)


def flow(court: str, column: str, view: View, by: str) -> pd.DataFrame:
    """Cases counted in *column* of the weeks table over each year."""
    chosen = (view.result.tables["weeks"]["court"] == court).to_numpy()
    return view.tidy(by, view.total(by, "weeks", chosen, column) * view.scale)


def sitting(court: str, column: str, divisor: int, view: View, by: str) -> pd.DataFrame:
    """A column of the sittings table over each year, divided by *divisor* to give the measure's unit."""
    chosen = (view.result.tables["sittings"]["court"] == court).to_numpy()
    return view.tidy(by, view.total(by, "sittings", chosen, column) * view.scale / divisor)


for _court, _name in (("crown", "Crown Court"), ("magistrates", "Magistrates' courts")):
    measure(f"{_court}.open", f"Open cases, {_name}", "cases", "lower", "stock", BY_GROUP)(partial(stock, _court))
    measure(f"{_court}.received", f"Cases received, {_name}", "cases", "neither", "flow", BY_GROUP)(
        partial(flow, _court, "received")
    )
    measure(f"{_court}.closed", f"Cases closed, {_name}", "cases", "neither", "flow", BY_GROUP)(
        partial(flow, _court, "closed")
    )
    measure(f"{_court}.hours", f"Court time used, {_name}", "court hours", "neither", "flow", TOTAL_ONLY)(
        partial(sitting, _court, "used", 60)
    )
    measure(f"{_court}.sitting_days", f"Sitting days, {_name}", "sitting days", "neither", "flow", TOTAL_ONLY)(
        partial(sitting, _court, "room_days", 1)
    )


@measure("crown.open_over_12_months", "Open over 12 months, Crown Court", "cases", "lower", "stock")
def crown_open_over_12_months(view: View, by: str) -> pd.DataFrame:
    """Cases open more than 365 days after the Crown Court received them; those out on a warrant included."""
    return _open_over_12_months(view, by, view.cases["crown_received"], view.cases["crown_closed"])


@measure(
    "magistrates.open_over_12_months",
    "Heard in court, open over 12 months, Magistrates' courts",
    "cases",
    "lower",
    "stock",
)
def magistrates_open_over_12_months(view: View, by: str) -> pd.DataFrame:
    """Cases heard in court that are open more than 365 days after charge."""
    received = np.where(view.named("route", "for trial", "summary"), view.cases["received"], np.nan)
    return _open_over_12_months(view, by, received, view.cases["closed"])


@measure("crown.charge_to_close_median", "Charge to close, for trial, median, Crown Court", "days", "lower", "time")
def crown_charge_to_close_median(view: View, by: str) -> pd.DataFrame:
    """Days from charge to close of the for-trial cases the Crown Court closed in the year."""
    days = view.cases["crown_closed"] - view.cases["received"]
    return view.tidy(by, view.median(by, days, view.named("crown_route", "for trial"), view.year("crown_closed")))


@measure(
    "magistrates.charge_to_close_median",
    "Charge to close, heard in court, median, Magistrates' courts",
    "days",
    "lower",
    "time",
)
def magistrates_charge_to_close_median(view: View, by: str) -> pd.DataFrame:
    """Days from charge to close of the cases heard in court that ended there; those sent on are left out."""
    days = view.cases["closed"] - view.cases["received"]
    ended_here = view.named("route", "for trial", "summary") & np.isnan(view.cases["crown_received"])
    return view.tidy(by, view.median(by, days, ended_here, view.year("closed")))


def _open_over_12_months(view: View, by: str, received: np.ndarray, closed: np.ndarray) -> pd.DataFrame:
    rows = np.flatnonzero(~np.isnan(received))
    part, width = view.part(by)[rows], len(view.labels(by))
    values = np.zeros((len(view.ends), width))
    for year, end in enumerate(view.ends):
        old = (end - received[rows] > MONTHS_12) & ~(closed[rows] <= end) & (part >= 0)
        values[year] = np.bincount(part[old], minlength=width)
    return view.tidy(by, values * view.scale)


# Police and diversion: contacts of the year, by what came of them ------------------------------------


def contacts(chosen: Callable[[View], np.ndarray], day: str, view: View, by: str) -> pd.DataFrame:
    """Contacts that are *chosen*, in the year their *day* falls in."""
    return view.tidy(by, view.count(by, chosen(view), view.year(day)) * view.scale)


def charged(view: View) -> np.ndarray:
    """Contacts that ended in a charge, with or without a court case of its own."""
    return view.named("police_outcome", "charge")


def disposed(view: View) -> np.ndarray:
    """Contacts that ended in any out-of-court disposal."""
    return view.named("police_outcome", *view.result.scenario.disposals)


def diverted(view: View) -> np.ndarray:
    """People who accepted the intervention and were not charged in the end."""
    return view.cases["accepted"] & ~charged(view)


def prosecution_avoided(view: View) -> np.ndarray:
    """People diverted who would have been charged, in a court case of its own."""
    return diverted(view) & view.named("would_have", "charge") & view.cases["own_case"]


def upgraded(view: View) -> np.ndarray:
    """People diverted who would have had a disposal without the scheme."""
    return diverted(view) & view.named("would_have", "disposal")


def widened(view: View) -> np.ndarray:
    """People diverted against whom no action would have been taken without the scheme."""
    return diverted(view) & view.named("would_have", "no action")


def _flag(column: str) -> Callable[[View], np.ndarray]:
    return lambda view: view.cases[column]


for _measure_name, _label, _better, _chosen in (
    ("police.charged", "Charged, alone or with something graver", "neither", charged),
    ("police.disposed", "Given an out-of-court disposal", "neither", disposed),
    ("diversion.eligible", "Eligible for the scheme", "neither", _flag("eligible")),
    ("diversion.offered", "Offered the intervention", "neither", _flag("offered")),
    ("diversion.diverted", "Accepted and not charged in the end", "neither", diverted),
    ("diversion.started", "Started the intervention", "neither", _flag("started")),
    ("diversion.completed", "Completed the intervention", "neither", _flag("completed")),
    ("diversion.breached", "Started and left the intervention", "lower", _flag("breached")),
    ("diversion.prosecutions_avoided", "Prosecutions avoided", "neither", prosecution_avoided),
    ("diversion.disposals_upgraded", "Diverted instead of a disposal without the scheme", "neither", upgraded),
    ("diversion.net_widened", "Diverted where no action would have been taken", "lower", widened),
):
    _day = "outcome_day" if _measure_name.startswith("police.") else "contact_day"
    measure(_measure_name, _label, "contacts", _better, "flow")(partial(contacts, _chosen, _day))  # type: ignore[arg-type]


@measure("officers.hours", "Officer time spent on cases", "officer hours", "lower", "flow", TOTAL_ONLY)
def officer_hours(view: View, by: str) -> pd.DataFrame:
    """Officer hours over each year."""
    everybody = np.ones(len(view.result.tables["officers"]), bool)
    return view.tidy(by, view.total(by, "officers", everybody, "hours") * view.scale)


# Reoffending ----------------------------------------------------------------------------------------


@measure("reoffending.all_12_months", "Reoffending within 12 months, detected", "share of contacts", "lower", "share")
def all_12_months(view: View, by: str) -> pd.DataFrame:
    """Share of contacts of the year before whose person is detected offending again within 365 days."""
    return _again_within_12_months(view, by, np.ones(len(view.cases["contact_day"]), bool))


@measure(
    "reoffending.eligible_12_months",
    "Reoffending within 12 months, detected, eligible",
    "share of contacts",
    "lower",
    "share",
)
def eligible_12_months(view: View, by: str) -> pd.DataFrame:
    """The same share, of contacts for which the scheme was open to the person."""
    return _again_within_12_months(view, by, view.cases["eligible"])


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
    shares = _share(view.count(by, again, year), view.count(by, counted, year))
    shares[np.append(-1, view.ends[:-1]) - MONTHS_18 < -1] = np.nan  # starts before the first day are not all there
    return view.tidy(by, shares)


def _again_within_12_months(view: View, by: str, chosen: np.ndarray) -> pd.DataFrame:
    year = view.year("contact_day")
    again = chosen & (view.cases["next_day"] - view.cases["contact_day"] <= MONTHS_12)
    shares = _share(view.count(by, again, year), view.count(by, chosen, year))
    return view.tidy(by, np.vstack([np.full_like(shares[:1], np.nan), shares[:-1]]))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
