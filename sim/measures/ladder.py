"""Why it moved: counts from the police to the court door, from the first day to the last.

Each rung is a count of the whole run. For each court the rungs add up exactly:
opening + received + returned - closed - sent on - warrants out = closing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.measures import COLUMNS
from sim.measures.scheme import (
    charged,
    charged_after_all,
    disposed,
    diverted,
    in_progress,
    prosecution_avoided,
    upgraded,
    widened,
)
from sim.measures.view import View
from sim.run.result import Result

COURTS = {"magistrates": "Magistrates' courts", "crown": "Crown Court"}

_PEOPLE = {
    "contacts.found": "Contacts with the police",
    "contacts.in_scope": "Within the scheme's rules, admission apart",
    "contacts.eligible": "Eligible for the scheme",
    "contacts.offered": "Offered the intervention",
    "contacts.accepted": "Accepted",
    "contacts.started": "Started",
    "contacts.completed": "Completed",
    "contacts.breached": "Started and left",
    "contacts.charged_after_all": "Accepted and charged in the end",
    "contacts.fined": "Fined, in the scheme or for breach of another disposal",
    "contacts.diverted": "Accepted and not charged in the end, of whom",
    "contacts.kept_out_of_court": "- kept out of court: a prosecution avoided",
    "contacts.disposal_upgraded": "- would have had a disposal anyway",
    "contacts.net_widened": "- would have had no action taken",
    "contacts.stopped": "- already charged, stopped by the prosecution",
    "contacts.as_before": "- never attended, and got what they would have had",
    "contacts.in_progress": "- of them still waiting or on the course at the end",
    "contacts.disposed": "Given any out-of-court disposal",
    "contacts.charged": "Charged",
    "contacts.discontinued": "Already charged, stopped by the prosecution",
}
_FLOWS = {
    "received": "received",
    "returned": "returned from warrants",
    "closed": "closed",
    "sent_on": "sent on",
    "warrants_out": "taken out by warrants",
}

_OFFICERS = {"officers.freed": "Officer time the scheme frees", "officers.searching": "- of it, spent on more searches"}

LABELS: dict[str, str] = _PEOPLE | _OFFICERS
UNITS: dict[str, str] = dict.fromkeys(_PEOPLE, "contacts") | dict.fromkeys(_OFFICERS, "officer hours")
for _court, _name in COURTS.items():
    _rungs = {"opening": "open on the first day", **_FLOWS, "closing": "open on the last day"}
    LABELS |= {f"{_court}.{rung}": f"{_name}: {label}" for rung, label in _rungs.items()}
    UNITS |= {f"{_court}.{rung}": "cases" for rung in _rungs}
    LABELS[f"{_court}.hours_used"] = f"{_name}: court time used"
    UNITS[f"{_court}.hours_used"] = "court hours"


def ladder(result: Result) -> pd.DataFrame:
    """Return one row for each rung of *result*, in order, in the columns of a table of measures."""
    view = View(result)
    counts = _people(view) | _officers(view)
    for court in COURTS:
        counts |= _court_counts(view, court)
    rows = pd.DataFrame({"measure": list(LABELS), "unit": list(UNITS.values())})
    rows["value"] = [float(counts[name]) * view.scale for name in LABELS]
    return rows.assign(at=view.dates[-1], group="all", seed=result.seed)[list(COLUMNS)]


def _people(view: View) -> dict[str, float]:
    found = view.year("contact_day") >= 0
    chosen = {
        "found": found,
        "in_scope": view.cases["in_scope"],
        "eligible": view.cases["eligible"],
        "offered": view.cases["offered"],
        "accepted": view.cases["accepted"],
        "started": view.cases["started"],
        "completed": view.cases["completed"],
        "breached": view.cases["breached"],
        "charged_after_all": charged_after_all(view),
        "fined": view.cases["fined"],
        "diverted": diverted(view),
        "kept_out_of_court": prosecution_avoided(view),
        "disposal_upgraded": upgraded(view),
        "net_widened": widened(view),
        "stopped": diverted(view) & view.cases["discontinued"],
        "as_before": diverted(view)
        & ~(prosecution_avoided(view) | upgraded(view) | widened(view) | view.cases["discontinued"]),
        "in_progress": in_progress(view),
        "disposed": disposed(view),
        "charged": charged(view),
    }
    counts = {f"contacts.{rung}": float(np.sum(mask & found)) for rung, mask in chosen.items()}
    stopped = view.cases["discontinued"] & (view.year("closed") >= 0)  # of people met at any time
    return counts | {"contacts.discontinued": float(np.sum(stopped))}


def _officers(view: View) -> dict[str, float]:
    weeks = view.result.tables["officers"]
    weeks = weeks[weeks["day"] <= view.ends[-1]]
    return {rung: weeks[rung.split(".")[1]].sum() for rung in _OFFICERS}


def _court_counts(view: View, court: str) -> dict[str, float]:
    weeks, sittings = view.result.tables["weeks"], view.result.tables["sittings"]
    weeks = weeks[(weeks["court"] == court) & (weeks["day"] <= view.ends[-1])]
    used = sittings.loc[(sittings["court"] == court) & (sittings["day"] <= view.ends[-1]), "used"]
    return {
        f"{court}.opening": weeks.loc[weeks["day"] == weeks["day"].min(), "opening"].sum(),
        **{f"{court}.{flow}": weeks[flow].sum() for flow in _FLOWS},
        f"{court}.closing": weeks.loc[weeks["day"] == view.ends[-1], "closing"].sum(),
        f"{court}.hours_used": used.sum() / 60,
    }
