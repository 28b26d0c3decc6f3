"""Why it moved: counts from the police to the court door, from the first day to the last.

Each rung is a count of the whole run. For each court the rungs add up exactly:
opening + received + returned - closed - sent on - warrants out = closing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.measures import COLUMNS, charged, disposed, diverted, prosecution_avoided, upgraded, widened
from sim.result import Result
from sim.view import View

COURTS = {"magistrates": "Magistrates' courts", "crown": "Crown Court"}

_PEOPLE = {
    "contacts.found": "Contacts with the police",
    "contacts.eligible": "Eligible for the scheme",
    "contacts.offered": "Offered the intervention",
    "contacts.accepted": "Accepted",
    "contacts.started": "Started",
    "contacts.completed": "Completed",
    "contacts.diverted": "Accepted and not charged in the end, of whom",
    "contacts.kept_out_of_court": "- kept out of court: a prosecution avoided",
    "contacts.charge_avoided": "- a charge avoided, no court case of its own",
    "contacts.disposal_upgraded": "- would have had a disposal anyway",
    "contacts.net_widened": "- would have had no action taken",
    "contacts.disposed": "Given any out-of-court disposal",
    "contacts.charged": "Charged",
}
_FLOWS = {
    "received": "received",
    "returned": "returned from warrants",
    "closed": "closed",
    "sent_on": "sent on",
    "warrants_out": "taken out by warrants",
}

LABELS: dict[str, str] = dict(_PEOPLE)
UNITS: dict[str, str] = dict.fromkeys(_PEOPLE, "contacts")
for _court, _name in COURTS.items():
    _rungs = {"opening": "open on the first day", **_FLOWS, "closing": "open on the last day"}
    LABELS |= {f"{_court}.{rung}": f"{_name}: {label}" for rung, label in _rungs.items()}
    UNITS |= {f"{_court}.{rung}": "cases" for rung in _rungs}
    LABELS[f"{_court}.hours_used"] = f"{_name}: court time used"
    UNITS[f"{_court}.hours_used"] = "court hours"


def ladder(result: Result) -> pd.DataFrame:
    """Return one row for each rung of *result*, in order, in the columns of a table of measures."""
    view = View(result)
    counts = _people(view)
    for court in COURTS:
        counts |= _court_counts(view, court)
    rows = pd.DataFrame({"measure": list(LABELS), "unit": list(UNITS.values())})
    rows["value"] = [float(counts[name]) * view.scale for name in LABELS]
    return rows.assign(at=view.dates[-1], group="all", seed=result.seed)[list(COLUMNS)]


def _people(view: View) -> dict[str, float]:
    found = view.year("contact_day") >= 0
    chosen = {
        "found": found,
        "eligible": view.cases["eligible"],
        "offered": view.cases["offered"],
        "accepted": view.cases["accepted"],
        "started": view.cases["started"],
        "completed": view.cases["completed"],
        "diverted": diverted(view),
        "kept_out_of_court": prosecution_avoided(view),
        "charge_avoided": diverted(view) & view.named("would_have", "charge") & ~view.cases["own_case"],
        "disposal_upgraded": upgraded(view),
        "net_widened": widened(view),
        "disposed": disposed(view),
        "charged": charged(view),
    }
    return {f"contacts.{rung}": int(np.sum(mask & found)) for rung, mask in chosen.items()}


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
