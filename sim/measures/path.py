"""Measures of the path, step by step: of those who reached a step, how many went on. They show where gaps open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from sim.measures.registry import measure, share
from sim.measures.scheme import charged
from sim.measures.view import View

CONVICTED = ("guilty plea", "convicted", "decided")


def step(name: str, view: View, by: str) -> pd.DataFrame:
    """Share of those who reached the step *name* that took it: contacts of the year; sentences by the year they end."""
    reached, took, year = _STEPS[name](view)
    return view.tidy(by, share(view.count(by, reached & took, year), view.count(by, reached, year)))


def _searched(view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rate = view.of_group("find_rate", np.arange(len(view.for_trial)))
    return np.ones(len(rate), bool), rate > 0, view.year("contact_day")


def _of_scheme(column: str, view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = view.named("group", *view.result.scenario.diversion.offences)
    took = charged(view) if column == "charged" else view.cases[column]
    return found, took, view.year("contact_day")


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
    "started": partial(_after, "accepted", "started"),
    "completed": _completed,
    "charged": partial(_of_scheme, "charged"),
    "imprisoned": _imprisoned,
}

for _name, _label, _of in (
    ("searched", "Met by a search", "contacts"),
    ("in_scope", "Within the scheme's rules", "contacts for its offences"),
    ("eligible", "Admits, and no victim objects", "those within the rules"),
    ("offered", "Offered the course", "eligible people"),
    ("accepted", "Accepts", "people offered it"),
    ("started", "Attends and starts", "people who accept"),
    ("completed", "Completes", "people whose course has ended"),
    ("charged", "Charged in the end", "contacts for the scheme's offences"),
    ("imprisoned", "Sentenced to custody at once", "convictions"),
):
    measure(f"path.{_name}", _label, f"share of {_of}", "neither", "share")(partial(step, _name))
