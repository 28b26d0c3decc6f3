"""Small tables written by hand, in the declared columns, for tests of what reads them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sim.compare.comparison import Provenance
from sim.run.result import Result
from sim.scenario.model import Scenario
from sim.scenario.reading import load
from sim.world.tables import TABLES, frame

GROUPS = ["theft", "drugs", "cannabis_possession", "common_assault"]  # London has the last two, its scheme the third
SCHEME = "community_resolution_with_intervention"  # its disposal
_NAMES = {
    "group": GROUPS,
    "court": ["magistrates", "crown"],
    "would_have": ["community_resolution", "charge", "no action"],
    "police_outcome": ["", "community_resolution", SCHEME, "charge", "no action"],
    "path_avoided": ["", "plea", "withdrawn", "trial list", "sent"],
    "route": ["", "for trial", "summary", "paper", "for sentence", "appeal"],
    "crown_route": ["", "for trial", "for sentence", "appeal"],
    "outcome": ["", "guilty plea", "convicted", "acquitted", "withdrawn", "no verdict", "decided"],
    "ethnicity": ["White", "Black", "Asian", "Mixed", "Other"],
    "sex": ["women", "men"],
    "age_band": ["under 18", "18 to 24", "25 and over"],
    "record": ["none", "1 to 2", "3 to 6", "7 to 10", "11 to 14", "15 or more"],
}
_DEFAULT_NAMES = {
    **{"group": "theft", "court": "crown", "would_have": "no action", "police_outcome": "no action"},
    **{"path_avoided": "", "route": "", "crown_route": "", "outcome": ""},
    **{"ethnicity": "White", "sex": "men", "age_band": "25 and over", "record": "none"},
}

# Contacts of day 5, each with what came of it. The first is not eligible, the second refuses, the others accept.
_OFFERED = {"contact_day": 5, "eligible": True, "offered": True}
_ACCEPTED = {**_OFFERED, "accepted": True, "police_outcome": SCHEME}
CONTACTS = [
    {"contact_day": 5, "in_scope": True},  # does not admit, or the victim objects
    {**_OFFERED, "would_have": "charge", "police_outcome": "charge"},
    {**_ACCEPTED, "would_have": "charge", "started": True, "completed": True},
    {**_ACCEPTED, "would_have": "charge", "own_case": False, "started": True, "breached": True},
    {**_ACCEPTED, "would_have": "charge", "started": True, "breached": True, "police_outcome": "charge"},
    {**_ACCEPTED, "would_have": "community_resolution"},
    {**_ACCEPTED, "would_have": "no action"},
    {**_ACCEPTED, "would_have": "no action", "police_outcome": "no action"},  # never attended: as without the scheme
    {**_ACCEPTED, "would_have": "no action", "police_outcome": ""},  # waits for a place
    {**_ACCEPTED, "would_have": "charge", "discontinued": True, "police_outcome": "charge", "closed": 40},
    {"contact_day": -5, "police_outcome": "charge", "eligible": True},  # before the first day
    {"contact_day": 400, "police_outcome": "charge", "would_have": "charge"},
]


@cache
def baseline() -> Scenario:
    """London's baseline, which begins on 1 January 2026: year ends fall on days 364, 729, 1095."""
    return load("london/baseline")


def result(seed: int = 1, years: int = 3, share: float = 1.0, **rows: list[dict]) -> Result:
    """A result with the given rows; columns left out are empty, False or 0."""
    tables = {name: table(name, rows.get(name, []), seed) for name in TABLES}
    return Result(baseline(), seed, years, share, tables)


def table(name: str, rows: list[dict], seed: int = 1) -> pd.DataFrame:
    """The declared table *name* with the given rows; an outcome takes effect on the day of the contact.

    Who is eligible is in the scheme's scope and admits, unless the row says otherwise.
    """
    if name == "cases":
        rows = [{"outcome_day": row.get("contact_day", np.nan)} | _in_crown(row) | _in_scope(row) | row for row in rows]
    defaults = {"seed": seed, "own_case": True}
    columns = {}
    for column in TABLES[name]:
        empty = defaults.get(column.name, np.nan if column.dtype == "float32" else 0)
        empty = _DEFAULT_NAMES[column.name] if column.dtype == "category" else empty
        values = [row.get(column.name, empty) for row in rows]
        if column.dtype == "category":
            columns[column.name] = pd.Categorical(values, categories=_NAMES[column.name])
        else:
            columns[column.name] = np.array(values)
    return frame(name, columns)


def _in_crown(row: dict) -> dict:
    return {"crown_route": row["route"]} if "crown_received" in row and "route" in row else {}


def _in_scope(row: dict) -> dict:
    eligible = row.get("eligible", False)
    return {"in_scope": eligible, "admits": eligible}


def values(measures: pd.DataFrame, name: str, group: str = "all") -> list[float | None]:
    """The values of one measure, in order of date; None where it is not known."""
    rows = measures[(measures["measure"] == name) & (measures["group"] == group)].sort_values("at")
    return [None if np.isnan(value) else value for value in rows["value"]]


def stamp(*names: str, seeds: tuple[int, ...] = (1, 2), **fields: Any) -> Provenance:
    """Where figures made by hand came from: nowhere."""
    return Provenance("by hand", {}, names[0], dict.fromkeys(names, ""), seeds, **({"years": 1, "share": 1.0} | fields))
