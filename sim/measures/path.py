"""Measures of the path, step by step: of those who reached a step, how many went on. They show where gaps open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.measures.registry import BY_GROUP, measure, share
from sim.measures.scheme import charged, contacts, disposed, in_progress
from sim.measures.view import By, View

_TO_DECIDE = 183  # days after which all but a few contacts are decided
CONVICTED = ("guilty plea", "convicted", "decided")


def step(name: str, view: View, by: By) -> np.ndarray:
    """Share of those who reached the step *name* that took it: contacts of the year; sentences by the year they end."""
    reached, took, year = _STEPS[name](view)
    return share(view.count(by, reached & took, year), view.count(by, reached, year))


def _searched(view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rate = view.of_group("find_rate", np.arange(len(view.for_trial)))
    return np.ones(len(rate), bool), rate > 0, view.year("contact_day")


def _of_scheme(column: str, view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = view.named("group", *view.result.scenario.diversion.offences)
    return found, view.cases[column], view.year("contact_day")


def _charged(view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of contacts at least half a year before the run ends, and decided: later ones would count as not charged.

    Charging takes longer than other decisions, so leaving out only those not yet decided would still count too few.
    """
    found = view.named("group", *view.result.scenario.diversion.offences)
    return found & _settled(view), charged(view), view.year("contact_day")


def _settled(view: View) -> np.ndarray:
    decided = charged(view) | disposed(view) | view.named("police_outcome", "no action")
    return decided & (view.cases["contact_day"] <= view.ends[-1] - _TO_DECIDE)


def _started(view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of people who accepted and no longer wait for a place."""
    started = view.cases["started"]
    return view.cases["accepted"] & ~(in_progress(view) & ~started), started, view.year("contact_day")


def _after(before: str, column: str, view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return view.cases[before], view.cases[column], view.year("contact_day")


def _completed(view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ended = view.cases["completed"] | view.cases["breached"]
    return ended, view.cases["completed"], view.year("contact_day")


def _imprisoned(view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    closed = np.where(np.isnan(view.cases["crown_closed"]), view.cases["closed"], view.cases["crown_closed"])
    return view.named("outcome", *CONVICTED), view.cases["imprisoned"], view.year_of(closed)


_STEPS: dict[str, Callable[[View], tuple[np.ndarray, np.ndarray, np.ndarray]]] = {
    "searched": _searched,
    "in_scope": partial(_of_scheme, "in_scope"),
    "eligible": partial(_after, "in_scope", "eligible"),
    "offered": partial(_after, "eligible", "offered"),
    "accepted": partial(_after, "offered", "accepted"),
    "started": _started,
    "completed": _completed,
    "charged": _charged,
    "imprisoned": _imprisoned,
}

for _name, _label, _chosen in (
    ("police.settled", "Contacts decided and followed for half a year", _settled),
    ("police.settled_charged", "Of them, charged", lambda view: _settled(view) & charged(view)),
):
    measure(_name, _label, "contacts", "neither", "flow", BY_GROUP)(partial(contacts, _chosen, "contact_day"))

for _name, _label, _of in (
    ("searched", "Met by a search", "contacts"),
    ("in_scope", "Within the scheme's rules", "contacts for its offences"),
    ("eligible", "Admits, and no victim objects", "those within the rules"),
    ("offered", "Offered the course", "eligible people"),
    ("accepted", "Accepts", "people offered it"),
    ("started", "Attends and starts", "people who accept and wait no longer"),
    ("completed", "Completes", "people whose course has ended"),
    ("charged", "Charged in the end", "contacts for the scheme's offences, followed for half a year"),
    ("imprisoned", "Sentenced to custody at once", "convictions"),
):
    measure(f"path.{_name}", _label, f"share of {_of}", "neither", "share")(partial(step, _name))
