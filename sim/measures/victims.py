"""Measures of victims: whether they would be satisfied, how many wait for a court, and whose case is dropped.

They count offence groups with a direct victim, one victim a case. Where a group has none, a share is not known.
"""

from __future__ import annotations

import numpy as np

from sim.measures.registry import measure
from sim.measures.scheme import charged, disposed
from sim.measures.view import By, View


@measure(
    "victims.satisfied", "Victims satisfied with how their case was dealt with", "share of victims", "higher", "share"
)
def satisfied(view: View, by: By) -> np.ndarray:
    """Share of the victims of cases the police decided in the year who would be satisfied.

    By what came of the case: charged, given any disposal or stopped by the prosecution for the scheme's sake, or no
    action. The shares are those of the levers; how long a case takes or how it ends in court changes nothing.
    """
    lever = view.result.scenario.victims
    diverted = disposed(view) | view.cases["discontinued"]
    paths = (diverted, charged(view), view.named("police_outcome", "no action"))
    shares = np.select(paths, (lever.diverted, lever.prosecuted, lever.no_action), np.nan)
    decided = _has_victim(view) & ~np.isnan(shares)
    return view.mean(by, shares, decided, view.year("outcome_day"))


@measure("victims.waiting", "Victims whose case is open in a court", "victims", "lower", "stock")
def waiting(view: View, by: By) -> np.ndarray:
    """Victims of cases open at the year end in either court, until sentence; those out on a warrant included.

    Appeals and cases that began in the Crown Court for sentence, such as breaches of orders, have none who waits.
    """
    victim, committed = _has_victim(view), view.cases["first_hearing"] < np.inf
    for_sentence = view.named("crown_route", "for sentence") & committed
    chosen = victim & (view.for_trial | for_sentence)
    both = zip(view.open_in_magistrates, view.open_in_crown, strict=True)
    rows = [np.append(below[victim[below]], above[chosen[above]]) for below, above in both]
    return view.split(by, rows) * view.scale


@measure("victims.withdrawn", "Victims whose case ended without plea or verdict", "victims", "lower", "flow")
def withdrawn(view: View, by: By) -> np.ndarray:
    """Victims of cases withdrawn or dropped in the year; those stopped for the scheme's sake are left out."""
    dropped = view.named("outcome", "withdrawn", "no verdict") & ~view.cases["discontinued"]
    year = np.where(view.named("outcome", "no verdict"), view.year("crown_closed"), view.year("closed"))
    return view.count(by, dropped & _has_victim(view), year) * view.scale


def _has_victim(view: View) -> np.ndarray:
    """Which cases are of a group with a direct victim: array (cases,) of bool."""
    return view.of_group("victim", np.arange(len(view.for_trial))) == 1
