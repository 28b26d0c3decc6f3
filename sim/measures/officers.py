"""Measures of officers' time and of the provider."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.base.clock import WEEK
from sim.measures.registry import TOTAL_ONLY, measure, share
from sim.measures.view import By, View


def _of_year(table: str, column: str, view: View, by: By) -> np.ndarray:
    """The sum of a column over each year."""
    return _summed(table, column, view, by) * view.scale


def _summed(table: str, column: str, view: View, by: By) -> np.ndarray:
    return view.total(by, table, np.ones(len(view.result.tables[table]), bool), column)


def _at_year_end(table: str, column: str, view: View, by: By) -> np.ndarray:
    """The sum of a column on the last day of each year."""
    chosen = np.isin(view.result.tables[table]["day"], view.ends)
    return view.total(by, table, chosen, column) * view.scale


for _name, _label, _column, _better in (
    ("officers.hours", "Officer time on files", "booked", "lower"),
    ("officers.freed", "Officer time the scheme frees", "freed", "higher"),
    ("officers.searching", "Freed officer time spent on more searches", "searching", "neither"),
):
    measure(_name, _label, "officer hours", _better, "flow", TOTAL_ONLY)(  # type: ignore[arg-type]
        partial(_of_year, "officers", _column)
    )
measure("officers.files_waiting", "Files that wait for an officer", "files", "lower", "stock", TOTAL_ONLY)(
    partial(_at_year_end, "officers", "files_waiting")
)
measure("provider.waiting", "Waiting for a place on the course", "people", "lower", "stock", TOTAL_ONLY)(
    partial(_at_year_end, "providers", "waiting")
)
measure("provider.lapsed", "Referrals lapsed for want of a place", "people", "lower", "flow", TOTAL_ONLY)(
    partial(_of_year, "providers", "lapsed")
)


def idle_officers(view: View, by: By) -> np.ndarray:
    """Share of officers' time for files and searches in the year that neither needed."""
    return share(*(_summed("officers", column, view, by) for column in ("idle", "available")))


def idle_places(view: View, by: By) -> np.ndarray:
    """Share of the places offered in the year that nobody took."""
    used, places = (_summed("providers", column, view, by) for column in ("used", "places"))
    return share(places - used, places)


measure("officers.idle_share", "Idle officer time", "share of officer time", "neither", "share", TOTAL_ONLY)(
    idle_officers
)
measure("provider.idle_share", "Places nobody took", "share of places", "neither", "share", TOTAL_ONLY)(idle_places)


@measure(
    "provider.places_needed", "Places a week for the list not to grow", "places a week", "neither", "share", TOTAL_ONLY
)
def places_needed(view: View, by: By) -> np.ndarray:
    """Mean referrals a week."""
    days = np.diff(np.append(-1, view.ends))[:, None]
    return _of_year("providers", "referred", view, by) / days * WEEK


@measure(
    "provider.places_for_no_queue",
    "Places a week for nobody to wait beyond Monday",
    "places a week",
    "neither",
    "share",
    TOTAL_ONLY,
)
def places_for_no_queue(view: View, by: By) -> np.ndarray:
    """Most people who came up for a place on any one Monday of the year."""
    weeks = view.result.tables["providers"]
    year = view.year_of(weeks["day"].to_numpy())
    most = [weeks.loc[year == number, "came_up"].max() for number in range(len(view.ends))]
    return np.array(most, float)[:, None] * view.scale
