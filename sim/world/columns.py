"""State in columns: one array per attribute, one row per person or per case."""

from __future__ import annotations

from typing import Any

import numpy as np

NEVER = np.int32(2**31 - 1)  # a day that has not come

Ids = np.ndarray  # int64 row numbers

# Where a case is.
(
    WITH_POLICE, ON_COURSE, ENDED, FIRST_HEARING, FIRST_LIST, WITHDRAWING, REPORT, TRIAL_DATE, TRIAL_LIST,
    CROWN_PLEA, CROWN_TRIAL_DATE, CROWN_TRIAL_LIST, CROWN_TRYING, CROWN_SENTENCE, CROWN_HEARING, WARRANT,
) = range(16)  # fmt: skip
_STAGES = 16

# Routes, by tier.
ROUTES = {"magistrates": ("for trial", "summary", "paper"), "crown": ("for trial", "for sentence", "appeal")}
FOR_TRIAL, SUMMARY, PAPER = range(3)
FOR_SENTENCE, APPEAL = 1, 2
NO_ROUTE = -1

# Where in the magistrates' court a case goes from its first hearing.
PATHS = ("plea", "withdrawn", "trial list", "sent")
PLEA_PATH, WITHDRAWN_PATH, TRIAL_PATH, SENT_PATH = range(4)
NO_PATH = -1

# How a court case ended.
OUTCOMES = ("", "guilty plea", "convicted", "acquitted", "withdrawn", "no verdict", "decided")
PENDING, GUILTY_PLEA, CONVICTED, ACQUITTED, WITHDRAWN, NO_VERDICT, DECIDED = range(7)

PEOPLE = {
    "key": ("uint64", 0),
    "ethnicity": ("int8", 0),
    "male": ("bool", True),
    "age": ("int8", 0),
    "record": ("int16", 0),  # previous convictions and cautions now
    "first_record": ("int16", 0),
    "frailty": ("float32", 1),
    "group": ("int8", 0),  # of the last contact
    "contacts": ("int16", 0),
    "last_case": ("int32", -1),
    "times_diverted": ("int16", 0),
    "barred": ("bool", False),  # left a course that is offered again only to those who attend
    # One spell at risk runs from each contact to the next detected offence (see world.reoffending).
    "budget": ("float64", np.inf),  # hazard still to be spent
    "rate": ("float32", 0),  # hazard spent by 12 months at liberty
    "exposure": ("float32", 0),  # days at liberty in this spell, up to `since`
    "since": ("int32", 0),
    "due": ("int32", NEVER),  # day of the next offence if nothing changes
    "held": ("int8", 0),  # how many cases or sentences hold the person; 0 is at liberty
}

CASES = {
    "key": ("uint64", 0),
    "person": ("int32", -1),
    "group": ("int8", 0),
    "stage": ("int8", WITH_POLICE),
    "contact_day": ("int32", NEVER),
    "record": ("int16", 0),  # the person's previous convictions and cautions at the contact
    "officer": ("int32", 0),
    "would_have": ("int8", -1),  # police outcome without the scheme (see World.police_outcomes)
    "own_case": ("bool", True),
    "triable": ("bool", False),  # either way or indictable only, and not summary
    "indictable": ("bool", False),  # if it goes to the Crown Court for trial, indictable only and not either way
    "recordable": ("bool", False),  # in official reoffending statistics
    "in_scope": ("bool", False),
    "admits": ("bool", False),
    "eligible": ("bool", False),
    "offered": ("bool", False),
    "accepted": ("bool", False),
    "started": ("bool", False),
    "completed": ("bool", False),
    "breached": ("bool", False),
    "discontinued": ("bool", False),
    "conditions_broken": ("bool", False),
    "fined": ("bool", False),
    "imprisoned": ("bool", False),
    "path_avoided": ("int8", NO_PATH),  # where it would have gone, had the person been charged
    "police_outcome": ("int8", -1),
    "outcome_day": ("int32", NEVER),
    "route": ("int8", NO_ROUTE),
    "crown_route": ("int8", NO_ROUTE),
    "has_victim": ("bool", False),
    "received": ("int32", NEVER),
    "joined": ("int32", NEVER),  # received by the court that holds it now
    "first_hearing": ("int32", NEVER),
    "closed": ("int32", NEVER),
    "crown_received": ("int32", NEVER),
    "main_hearing": ("int32", NEVER),  # in the Crown Court: the plea that ends it, or the trial
    "crown_closed": ("int32", NEVER),
    "outcome": ("int8", PENDING),
    "remanded": ("bool", False),
    "absconded": ("bool", False),
    "listings": ("int16", 0),
    "hearings": ("int16", 0),
    "minutes": ("int32", 0),
    "owed": ("int32", 0),  # minutes the sentence hearing will take
    "trial_minutes": ("int32", 0),  # of a contested trial
    "other_minutes": ("int32", 0),  # in the Crown Court after the plea hearing, if it is not contested
    "credit": ("int32", 0),  # days held on remand that count toward a sentence
    "held_since": ("int32", NEVER),
    "lead": ("int16", 0),  # days sooner that the trial list takes the case to have been received
    "bailed": ("int32", NEVER),  # from remand, at the custody time limit
    "index_day": ("int32", NEVER),
    "proven_day": ("int32", NEVER),
    "next_day": ("int32", NEVER),
}


def distinct(ids: Ids) -> Ids:
    """*ids* ascending, each once."""
    ids = np.sort(ids)
    return ids[np.append(True, ids[1:] != ids[:-1])] if ids.size else ids


def stages(*which: int) -> np.ndarray:
    """Whether each stage, by its number, is one of those: array (stages,) of bool."""
    return np.isin(np.arange(_STAGES), which)


class Columns:
    """Rows in columns; each declared name is an attribute holding the whole array.

    Args:
        declared: name -> (dtype, value of a new row).
    """

    def __init__(self, declared: dict[str, tuple[str, Any]]) -> None:
        self.declared = declared
        self.capacity = 16  # rows there is room for; more is made when it is needed
        self.size = 0
        for name, (dtype, default) in declared.items():
            setattr(self, name, np.full(self.capacity, default, dtype))

    def add(self, rows: int, **values: Any) -> Ids:
        """Add *rows* rows with the given *values* and return their ids."""
        if self.size + rows > self.capacity:
            self._grow(self.size + rows)
        here = slice(self.size, self.size + rows)
        for name, value in values.items():
            getattr(self, name)[here] = value
        self.size += rows
        return np.arange(here.start, here.stop)

    def _grow(self, rows: int) -> None:
        self.capacity = max(rows, self.capacity * 3 // 2)
        for name, (dtype, default) in self.declared.items():
            old = getattr(self, name)
            new = np.full(self.capacity, default, dtype)
            new[: self.size] = old[: self.size]
            setattr(self, name, new)

    def __getattr__(self, name: str) -> Any:  # reached only for names that are not columns
        raise AttributeError(f"no column {name!r}; columns: {', '.join(self.declared)}")
