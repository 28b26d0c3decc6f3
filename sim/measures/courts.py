"""Measures of the courts: stocks, flows, time used and how long cases take."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from sim.measures.registry import BY_GROUP, TOTAL_ONLY, measure
from sim.proven import MONTHS_12
from sim.view import View


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
