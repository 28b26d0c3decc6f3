"""Measures of the police and the scheme: contacts of the year, by what came of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.measures.registry import TOTAL_ONLY, measure, share
from sim.measures.view import By, View
from sim.scenario.model import ETHNICITIES


def contacts(chosen: Callable[[View], np.ndarray], day: str, view: View, by: By) -> np.ndarray:
    """Contacts that are *chosen*, in the year their *day* falls in."""
    return view.count(by, chosen(view), view.year(day)) * view.scale


def charged(view: View) -> np.ndarray:
    """Contacts that ended in a charge, with or without a court case of its own."""
    return view.named("police_outcome", "charge")


def disposed(view: View) -> np.ndarray:
    """Contacts that ended in any out-of-court disposal."""
    return view.named("police_outcome", *view.result.scenario.disposals)


def diverted(view: View) -> np.ndarray:
    """People who accepted the intervention and were not charged in the end, or whose case the prosecution stopped."""
    return view.cases["accepted"] & (~charged(view) | view.cases["discontinued"])


def prosecution_avoided(view: View) -> np.ndarray:
    """People diverted who would have been charged, in a court case of its own. A case once begun is not avoided."""
    avoided = diverted(view) & view.named("would_have", "charge")
    return avoided & view.cases["own_case"] & ~view.cases["discontinued"]


def in_progress(view: View) -> np.ndarray:
    """People diverted who still wait for a place or are on the course."""
    decided = charged(view) | disposed(view) | view.named("police_outcome", "no action")
    return diverted(view) & ~decided


def upgraded(view: View) -> np.ndarray:
    """People diverted who would have had a disposal without the scheme, and get or may get the scheme's."""
    return _got_it(view) & view.named("would_have", *view.result.scenario.disposals)


def widened(view: View) -> np.ndarray:
    """People diverted against whom no action would have been taken without the scheme, and is or may be."""
    return _got_it(view) & view.named("would_have", "no action")


def _got_it(view: View) -> np.ndarray:
    return (diverted(view) & view.named("police_outcome", view.result.scenario.diversion.disposal)) | in_progress(view)


def charged_after_all(view: View) -> np.ndarray:
    """People who accepted and were charged in the end: after a breach, or because they never attended."""
    return view.cases["accepted"] & charged(view) & ~view.cases["discontinued"]


def _flag(column: str) -> Callable[[View], np.ndarray]:
    return lambda view: view.cases[column]


for _name, _label, _better, _chosen in (
    ("police.charged", "Charged, alone or with something graver", "neither", charged),
    ("police.disposed", "Given an out-of-court disposal", "neither", disposed),
    ("diversion.in_scope", "Within the scheme's rules, admission apart", "neither", _flag("in_scope")),
    ("diversion.eligible", "Eligible for the scheme", "neither", _flag("eligible")),
    ("diversion.offered", "Offered the intervention", "neither", _flag("offered")),
    ("diversion.accepted", "Accepted the intervention", "neither", _flag("accepted")),
    ("diversion.diverted", "Accepted and not charged in the end", "neither", diverted),
    ("diversion.started", "Started the intervention", "neither", _flag("started")),
    ("diversion.completed", "Completed the intervention", "neither", _flag("completed")),
    ("diversion.breached", "Started and left the intervention", "lower", _flag("breached")),
    ("diversion.charged_after_all", "Accepted and charged in the end", "lower", charged_after_all),
    ("diversion.prosecutions_avoided", "Prosecutions avoided", "neither", prosecution_avoided),
    ("diversion.disposals_upgraded", "Diverted instead of a disposal without the scheme", "neither", upgraded),
    ("diversion.net_widened", "Diverted where no action would have been taken", "lower", widened),
    ("diversion.discontinued", "Already charged, stopped by the prosecution", "neither", _flag("discontinued")),
):
    _day = {"police": "outcome_day"}.get(_name.split(".")[0], "contact_day")
    _day = "closed" if _name == "diversion.discontinued" else _day
    measure(_name, _label, "contacts", _better, "flow")(partial(contacts, _chosen, _day))  # type: ignore[arg-type]


def reach(only: str | None, view: View, by: By) -> np.ndarray:
    """Share of the contacts in scope that are diverted; a rule on admission shows here."""
    return _reach(only, view, by)


def reach_ratio(only: str | None, view: View, by: By) -> np.ndarray:
    """That share of Black people over that of White people; by ethnicity, of each group over that of White people."""
    shares = _reach(only, view, ("ethnicity",))
    ratios = share(shares, shares[:, [ETHNICITIES.index("White")]])
    return np.hstack([ratios if one == "ethnicity" else ratios[:, [ETHNICITIES.index("Black")]] for one in by])


for _name, _label, _only in (
    ("diversion.reach", "Diverted, within the scheme's rules", None),
    ("diversion.reach_if_charged", "Diverted, who would be charged", "charge"),
):
    measure(_name, _label, "share of contacts", "neither", "share")(partial(reach, _only))
    measure(f"{_name}_ratio", f"{_label}: Black to White", "ratio", "neither", "share", ("all", "ethnicity"))(
        partial(reach_ratio, _only)
    )


def avoided_path(path: str, view: View, by: By) -> np.ndarray:
    """Share of the prosecutions avoided that a first hearing would have led down *path*, of those decided by now."""
    avoided, year = prosecution_avoided(view), view.year("contact_day")
    known = avoided & view.named("path_avoided", "plea", "withdrawn", "trial list", "sent")
    return share(view.count(by, known & view.named("path_avoided", path), year), view.count(by, known, year))


for _name, _label, _path in (
    ("diversion.avoided_contested_share", "Prosecutions avoided that would have used the trial list", "trial list"),
    ("diversion.avoided_crown_share", "Prosecutions avoided that would have been sent to the Crown Court", "sent"),
):
    measure(_name, _label, "share of prosecutions avoided", "neither", "share")(partial(avoided_path, _path))


@measure(
    "diversion.break_even_finds",
    "Finds that would undo it, charged as without it",
    "contacts",
    "higher",
    "flow",
    TOTAL_ONLY,
)
def break_even_finds(view: View, by: By) -> np.ndarray:
    """Prosecutions avoided over the share of finds that would make a court case of its own without the scheme."""
    return _break_even(view, by, view.named("would_have", "charge"))


@measure(
    "diversion.break_even_finds_reduced",
    "Finds that would undo it, charged as with it",
    "contacts",
    "higher",
    "flow",
    TOTAL_ONLY,
)
def break_even_finds_reduced(view: View, by: By) -> np.ndarray:
    """Prosecutions avoided over the share of finds that make a court case of its own under the scheme."""
    return _break_even(view, by, charged(view))


def _reach(only: str | None, view: View, by: By) -> np.ndarray:
    year, chosen = view.year("contact_day"), view.cases["in_scope"]
    if only:
        chosen = chosen & view.named("would_have", only)
    return share(view.count(by, diverted(view) & chosen, year), view.count(by, chosen, year))


def _break_even(view: View, by: By, makes_a_case: np.ndarray) -> np.ndarray:
    """Of the offence groups the scheme is open to."""
    found = view.named("group", *view.result.scenario.diversion.offences)
    year = view.year("contact_day")
    avoided = view.count(by, prosecution_avoided(view), year) * view.scale
    cases = view.count(by, found & makes_a_case & view.cases["own_case"], year)
    return share(avoided, share(cases, view.count(by, found, year)))
