"""Measures of the Crown Court's hearings: how for-trial cases end, and the court time they take."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.measures.registry import TOTAL_ONLY, measure, share
from sim.measures.view import By, View


def ended(outcomes: tuple[str, ...], view: View, by: By) -> np.ndarray:
    """Share of the for-trial cases the Crown Court closed in the year that ended in one of *outcomes*."""
    year = view.year("crown_closed")
    part = view.count(by, view.for_trial & view.named("outcome", *outcomes), year)
    return share(part, view.count(by, view.for_trial, year))


for _name, _label, _outcomes in (
    ("guilty_share", "Ended in a guilty plea", ("guilty plea",)),
    ("tried_share", "Ended in a contested trial", ("convicted", "acquitted")),
    ("no_verdict_share", "Ended with neither plea nor verdict", ("no verdict",)),
):
    measure(f"crown.{_name}", f"{_label}, Crown Court", "share of for-trial cases closed", "neither", "share")(
        partial(ended, _outcomes)
    )


@measure("crown.hours_per_case", "Court time of a for-trial case, mean, Crown Court", "hours a case", "neither", "time")
def crown_hours_per_case(view: View, by: By) -> np.ndarray:
    """Mean hours the Crown Court spent on the for-trial cases it closed in the year, of those received in the run.

    Cases of the opening stock had some of their time before day 0, so they are left out; in the first years those
    closed are therefore the quicker ones. The first hearing in the
    magistrates' court is in the minutes of a case that was sent from there; it always takes its group's time.
    """
    first = np.rint(view.of_group("not_guilty_minutes", np.arange(len(view.for_trial))))
    minutes = view.cases["minutes"] - np.where(_sent(view), first, 0)
    return view.mean(by, minutes / 60, _received_in_run(view), view.year("crown_closed"))


@measure(
    "crown.hearings_per_case", "Hearings of a for-trial case, mean, Crown Court", "hearings a case", "neither", "share"
)
def crown_hearings_per_case(view: View, by: By) -> np.ndarray:
    """Mean hearings the Crown Court held of the same cases; a trial counts on each of its days.

    The first hearing in the magistrates' court does not count.
    """
    hearings = view.cases["hearings"] - _sent(view)
    return view.mean(by, hearings, _received_in_run(view), view.year("crown_closed"))


@measure(
    "crown.hours_per_disposal",
    "Court time for each case closed, Crown Court",
    "hours a case",
    "neither",
    "time",
    TOTAL_ONLY,
)
def crown_hours_per_disposal(view: View, by: By) -> np.ndarray:
    """Court time used in the year, on any case, over cases of every route closed in it."""
    closed = view.total(by, "weeks", _of_crown(view, "weeks"), "closed")
    return share(view.total(by, "sittings", _of_crown(view, "sittings"), "used") / 60, closed)


@measure(
    "crown.hours_per_sitting_day",
    "Court time used in a sitting day, Crown Court",
    "hours a sitting day",
    "higher",
    "time",
    TOTAL_ONLY,
)
def crown_hours_per_sitting_day(view: View, by: By) -> np.ndarray:
    """Court time used in the year over its sitting days."""
    used, room_days = (view.total(by, "sittings", _of_crown(view, "sittings"), name) for name in ("used", "room_days"))
    return share(used / 60, room_days)


def _sent(view: View) -> np.ndarray:
    """Which cases had a first hearing in the magistrates' court."""
    return view.named("route", "for trial")


def _received_in_run(view: View) -> np.ndarray:
    return view.for_trial & (view.cases["crown_received"] >= 0)


def _of_crown(view: View, table: str) -> np.ndarray:
    return (view.result.tables[table]["court"] == "crown").to_numpy()
