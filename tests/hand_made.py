"""Small tables written by hand, in the declared columns, for tests of what reads them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from sim.reading import load
from sim.result import Result
from sim.scenario import Scenario
from sim.tables import TABLES, frame

GROUPS = ["theft", "drugs"]
_NAMES = {
    "group": GROUPS,
    "court": ["magistrates", "crown"],
    "would_have": ["charge", "disposal", "no action"],
    "police_outcome": ["", "community_resolution", "charge", "no action"],
    "route": ["", "for trial", "summary", "paper", "for sentence", "appeal"],
    "crown_route": ["", "for trial", "for sentence", "appeal"],
    "outcome": ["", "guilty plea"],
    "ethnicity": ["White", "Black", "Asian", "Mixed", "Other"],
    "sex": ["women", "men"],
    "age_band": ["under 18", "18 to 24", "25 and over"],
    "record": ["none", "1 to 2", "3 to 6", "7 to 10", "11 to 14", "15 or more"],
}
_DEFAULTS = {
    **{"would_have": "no action", "police_outcome": "no action"},
    **{"route": "", "crown_route": "", "outcome": "", "own_case": True},
}
_PEOPLE = {"ethnicity": "White", "sex": "men", "age_band": "25 and over", "record": "none"}


@cache
def baseline() -> Scenario:
    """London's baseline, which begins on 1 January 2026: year ends fall on days 364, 729, 1095."""
    return load("london/baseline")


def result(seed: int = 1, years: int = 3, share: float = 1.0, **rows: list[dict]) -> Result:
    """A result with the given rows; columns left out are empty, False or 0."""
    tables = {name: table(name, rows.get(name, []), seed) for name in TABLES}
    return Result(baseline(), seed, years, share, tables)


def table(name: str, rows: list[dict], seed: int = 1) -> pd.DataFrame:
    """The declared table *name* with the given rows; an outcome takes effect on the day of the contact."""
    if name == "cases":
        rows = [{"outcome_day": row.get("contact_day", np.nan)} | _in_crown(row) | row for row in rows]
    defaults = {**_DEFAULTS, **_PEOPLE, "seed": seed, "group": "theft", "court": "crown"}
    columns = {}
    for column in TABLES[name]:
        empty = defaults.get(column.name, np.nan if column.dtype == "float32" else 0)
        values = [row.get(column.name, empty) for row in rows]
        if column.dtype == "category":
            columns[column.name] = pd.Categorical(values, categories=_NAMES[column.name])
        else:
            columns[column.name] = np.array(values)
    return frame(name, columns)


def _in_crown(row: dict) -> dict:
    return {"crown_route": row["route"]} if "crown_received" in row and "route" in row else {}


def values(measures: pd.DataFrame, name: str, group: str = "all") -> list[float | None]:
    """The values of one measure, in order of date; None where it is not known."""
    rows = measures[(measures["measure"] == name) & (measures["group"] == group)].sort_values("at")
    return [None if np.isnan(value) else value for value in rows["value"]]
