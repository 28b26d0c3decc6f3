"""Measures of the courts: stocks, flows, custody, and how long cases take."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np

from sim.base.clock import MONTHS_12
from sim.base.stats import survival
from sim.measures.registry import BY_GROUP, TOTAL_ONLY, measure, share
from sim.measures.view import By, View

Waiting = Literal["all", "first hearing", "trial"]
Average = Callable[[View, By, np.ndarray, np.ndarray, np.ndarray], np.ndarray]

_MONTHS = {6: 182, 12: MONTHS_12, 24: 730}  # in days


def stock(court: str, view: View, by: By) -> np.ndarray:
    """Cases open in *court* at each year end."""
    return _closing(court, view, by) * view.scale


def flow(court: str, column: str, view: View, by: By) -> np.ndarray:
    """Cases counted in *column* of the weeks table over each year."""
    return _counted(court, column, view, by) * view.scale


def sitting(court: str, column: str, divisor: int, view: View, by: By) -> np.ndarray:
    """A column of the sittings table over each year, divided by *divisor* to give the measure's unit."""
    return _sat(court, column, view, by) * view.scale / divisor


def time_share(court: str, column: str, view: View, by: By) -> np.ndarray:
    """Share of the court time supplied in the year that *column* of the sittings table counts."""
    return share(_sat(court, column, view, by), _sat(court, "supplied", view, by))


def waiting(court: str, kind: Waiting, view: View, by: By) -> np.ndarray:
    """Cases on the list that wait for court time at each year end: all, for a first hearing, or for a trial."""
    sittings = view.result.tables["sittings"]
    chosen = (sittings["court"] == court).to_numpy() & np.isin(sittings["day"], view.ends)
    everybody, first = (view.total(by, "sittings", chosen, name) for name in ("waiting", "waiting_first"))
    counted = {"all": everybody, "first hearing": first, "trial": everybody - first}[kind]
    return counted * view.scale


def listed_share(court: str, way: str, view: View, by: By) -> np.ndarray:
    """Share of the year's listed trials that went this *way*: effective, cracked or ineffective."""
    ways = {name: _sat(court, name, view, by) for name in ("effective", "cracked", "ineffective")}
    return share(ways[way], sum(ways.values(), np.zeros_like(ways[way])))


def months_to_clear(court: str, view: View, by: By) -> np.ndarray:
    """Months until no case is open if none came in and as many left as in the year: 12 x open / (closed + sent on).

    Cases that the magistrates' courts send or commit to the Crown Court leave them too; the Crown Court sends none on.
    """
    left = _counted(court, "closed", view, by) + _counted(court, "sent_on", view, by)
    return 12 * share(_closing(court, view, by), left)


for _court, _name in (("crown", "Crown Court"), ("magistrates", "Magistrates' courts")):
    measure(f"{_court}.open", f"Open cases, {_name}", "cases", "lower", "stock", BY_GROUP)(partial(stock, _court))
    measure(f"{_court}.received", f"Cases received, {_name}", "cases", "neither", "flow", BY_GROUP)(
        partial(flow, _court, "received")
    )
    measure(f"{_court}.closed", f"Cases closed, {_name}", "cases", "neither", "flow", BY_GROUP)(
        partial(flow, _court, "closed")
    )
    measure(
        f"{_court}.months_to_clear", f"Time to clear at the year's pace, {_name}", "months", "lower", "time", BY_GROUP
    )(partial(months_to_clear, _court))
    measure(f"{_court}.hours", f"Court time used, {_name}", "court hours", "neither", "flow", TOTAL_ONLY)(
        partial(sitting, _court, "used", 60)
    )
    measure(f"{_court}.sitting_days", f"Sitting days, {_name}", "sitting days", "neither", "flow", TOTAL_ONLY)(
        partial(sitting, _court, "room_days", 1)
    )
    measure(f"{_court}.idle_share", f"Idle court time, {_name}", "share of court time", "lower", "share", TOTAL_ONLY)(
        partial(time_share, _court, "idle")
    )
    measure(f"{_court}.waiting", f"Cases waiting for court time, {_name}", "cases", "lower", "stock", TOTAL_ONLY)(
        partial(waiting, _court, "all")
    )
    for _way, _label in (("effective", "heard"), ("cracked", "ended without being heard"), ("ineffective", "put off")):
        measure(
            f"{_court}.trials_{_way}_share",
            f"Listed trials {_label}, {_name}",
            "share of listed trials",
            "neither",
            "share",
            TOTAL_ONLY,
        )(partial(listed_share, _court, _way))

for _name, _label, _kind in (
    ("magistrates.waiting_first_hearing", "Of them, for a first hearing", "first hearing"),
    ("magistrates.waiting_trial", "Of them, for a trial", "trial"),
):
    measure(_name, f"{_label}, Magistrates' courts", "cases", "lower", "stock", TOTAL_ONLY)(
        partial(waiting, "magistrates", _kind)  # type: ignore[arg-type]
    )
measure(
    "magistrates.lost_share",
    "Court time left idle that avoided prosecutions free, Magistrates' courts",
    "share of court time",
    "lower",
    "share",
    TOTAL_ONLY,
)(partial(time_share, "magistrates", "lost"))


def crown_open_over(months: int, view: View, by: By) -> np.ndarray:
    """Cases open more than so many months after the Crown Court received them; those out on a warrant included."""
    return _open_over(months, view.open_in_crown, view.cases["crown_received"], view, by)


def magistrates_open_over(months: int, view: View, by: By) -> np.ndarray:
    """Cases heard in court that are open more than so many months after charge."""
    return _open_over(months, view.open_in_magistrates, view.cases["received"], view, by)


for _months in (6, 12, 24):
    measure(f"crown.open_over_{_months}_months", f"Open over {_months} months, Crown Court", "cases", "lower", "stock")(
        partial(crown_open_over, _months)
    )
for _months in (6, 12):
    measure(
        f"magistrates.open_over_{_months}_months",
        f"Heard in court, open over {_months} months, Magistrates' courts",
        "cases",
        "lower",
        "stock",
    )(partial(magistrates_open_over, _months))


@measure(
    "crown.custody_share",
    "Open for-trial cases in custody, Crown Court",
    "share of open for-trial cases",
    "neither",
    "share",
)
def crown_custody_share(view: View, by: By) -> np.ndarray:
    """Share of for-trial cases open at the year end, those out on a warrant included, whose defendant is held."""
    for_trial = [rows[view.for_trial[rows]] for rows in view.open_in_crown]
    return share(view.split(by, _held(view)), view.split(by, for_trial))


@measure("crown.remand_population", "Held on remand, Crown Court", "people", "lower", "stock")
def crown_remand_population(view: View, by: By) -> np.ndarray:
    """People held for an open Crown Court case at the year end, until it closes: for trial or for sentence after it.

    Who is held for several cases counts once, with the first of them. Held before being sent is not modelled.
    """
    offender = view.cases["offender"]
    once = [rows[np.unique(offender[rows], return_index=True)[1]] for rows in _held(view)]
    return view.split(by, once) * view.scale


def crown_charge_to_close(average: Average, view: View, by: By) -> np.ndarray:
    """Days from charge to close of the for-trial cases the Crown Court closed in the year."""
    days = view.cases["crown_closed"] - view.cases["received"]
    return average(view, by, days, view.for_trial, view.year("crown_closed"))


def crown_receipt_to_main_hearing(average: Average, view: View, by: By) -> np.ndarray:
    """Days from the Crown Court's receipt of a for-trial case to its main hearing, of main hearings in the year.

    That is the guilty plea, or the day the trial began or cracked. Cases dropped before one have none.
    """
    days = view.cases["main_hearing"] - view.cases["crown_received"]
    return average(view, by, days, view.for_trial, view.year("main_hearing"))


for _word, _average in (("median", View.median), ("mean", View.mean)):
    measure(
        f"crown.charge_to_close_{_word}",
        f"Charge to close, for trial, {_word}, Crown Court",
        "days",
        "neither",
        "time",
    )(partial(crown_charge_to_close, _average))
    measure(
        f"crown.receipt_to_main_hearing_{_word}",
        f"Receipt to main hearing, for trial, {_word}, Crown Court",
        "days",
        "neither",
        "time",
    )(partial(crown_receipt_to_main_hearing, _average))


@measure(
    "magistrates.charge_to_close_median",
    "Charge to close, heard in court, median, Magistrates' courts",
    "days",
    "neither",
    "time",
)
def magistrates_charge_to_close_median(view: View, by: By) -> np.ndarray:
    """Days from charge to close of the cases heard in court that ended there; those sent on are left out."""
    days = view.cases["closed"] - view.cases["received"]
    ended_here = view.named("route", "for trial", "summary") & np.isnan(view.cases["crown_received"])
    return view.median(by, days, ended_here, view.year("closed"))


@measure(
    "crown.wait_of_received_median",
    "Receipt to main hearing, for trial, of cases received in the year, median, Crown Court",
    "days",
    "lower",
    "time",
)
def crown_wait_of_received(view: View, by: By) -> np.ndarray:
    """Days until half of the for-trial cases received in the year had their main hearing: it looks ahead, not back.

    Cases dropped before one count for as long as they waited.
    """
    return _half_over(
        view, by, view.for_trial, "crown_received", view.cases["main_hearing"], view.cases["crown_closed"]
    )


@measure(
    "magistrates.wait_of_charged_median",
    "Charge to close, heard in court, of cases charged in the year, median, Magistrates' courts",
    "days",
    "lower",
    "time",
)
def magistrates_wait_of_charged(view: View, by: By) -> np.ndarray:
    """Days until half of the cases charged in the year and heard in court were closed there: it looks ahead, not back.

    Cases sent on count until then.
    """
    here, closed = np.isnan(view.cases["crown_received"]), view.cases["closed"]
    heard = view.named("route", "for trial", "summary")
    return _half_over(view, by, heard, "received", np.where(here, closed, np.nan), closed)


def _half_over(view: View, by: By, chosen: np.ndarray, begun: str, over: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Days from the day *begun* until half of the *chosen* cases of the year were *over*: array (years, parts).

    Those that *left* first, or are not over when the run ends, count for as long as they were followed (Kaplan and
    Meier). NaN where half are never seen to be over, as may be in late years.
    """
    year, end, medians = view.year(begun), view.ends[-1], []
    for number in range(len(view.ends)):
        rows = np.flatnonzero(chosen & (year == number))
        ended = over[rows] <= end
        days = np.where(ended, over[rows], np.fmin(left[rows], end)) - view.cases[begun][rows]
        still = [survival(days.astype(np.int64), ended, view.part(one)[rows], len(view.labels(one))) for one in by]
        half = [np.where((each <= 0.5).any(axis=0), (each <= 0.5).argmax(axis=0), np.nan) for each in still]
        medians.append(np.concatenate(half))
    return np.array(medians)


def _closing(court: str, view: View, by: By) -> np.ndarray:
    weeks = view.result.tables["weeks"]
    chosen = (weeks["court"] == court).to_numpy() & np.isin(weeks["day"], view.ends)
    return view.total(by, "weeks", chosen, "closing")


def _counted(court: str, column: str, view: View, by: By) -> np.ndarray:
    return view.total(by, "weeks", (view.result.tables["weeks"]["court"] == court).to_numpy(), column)


def _sat(court: str, column: str, view: View, by: By) -> np.ndarray:
    return view.total(by, "sittings", (view.result.tables["sittings"]["court"] == court).to_numpy(), column)


def _open_over(months: int, rows: list[np.ndarray], received: np.ndarray, view: View, by: By) -> np.ndarray:
    old = [each[end - received[each] > _MONTHS[months]] for end, each in zip(view.ends, rows, strict=True)]
    return view.split(by, old) * view.scale


def _held(view: View) -> list[np.ndarray]:
    """The open Crown Court cases, by row, whose defendant is in custody at each year end, or was bailed later."""
    remanded, bailed = view.cases["remanded"], view.cases["bailed"]
    ends = zip(view.ends, view.open_in_crown, strict=True)
    return [rows[view.for_trial[rows] & (remanded[rows] | (bailed[rows] > end))] for end, rows in ends]
