"""Small worlds for tests: few groups, no stock of cases, and no chance where a test wants none."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np

from sim.scenario.model import Scenario
from sim.scenario.reading import change, load
from sim.world import World
from sim.world.columns import ENDED, TRIAL_LIST, Ids
from sim.world.court import Court
from sim.world.listing import POLICIES

MONDAY = date(2026, 1, 5)  # days 0 to 4 are working days, 5 and 6 a weekend
WORKING_DAYS = 253  # of 2026: 365 less 104 at weekends and 8 bank holidays

STEADY_AND_EMPTY = {
    "demand.trend": 0.0,
    "demand.season": 0.0,
    "single_justice.notices": 0.0,
    "courts.magistrates.open_for_trial": 0,
    "courts.magistrates.open_summary": 0,
    "courts.magistrates.open_paper": 0,
    "courts.crown.open": 0,
    "courts.crown.breach_receipts": 0.0,
    "courts.crown.appeal_receipts": 0.0,
    "reoffending.history_years": 0.0,
}
# Every trial is ready when the mean says so, and has no hearings but those that a test counts.
PLAIN_TRIALS = {
    "courts.crown.trial_days_spread": 0.0,
    "courts.crown.other_spread": 0.0,
    "courts.crown.mentions": 0.0,
    "courts.crown.custody_limit_extended": 1.0,
}
NOBODY_REOFFENDS = {"reoffending.share_12_months": [0.0] * 6}
# Who is charged does not depend on the officer or on earlier charges, and no file ever waits.
OFFICERS_ALIKE = {"police.charging_spread": 0.0, "police.charging_record": "none", "police.hours_a_week": 168.0}
# Nothing keeps people of the right age out of a scheme: everybody admits, and no victim objects.
OPEN_TO_ALL = {"people.searched.admits": [1.0] * 5, "police.victim_objects": 0.0}


def small(groups: dict[str, dict[str, Any]] | None = None, **changes: Any) -> Scenario:
    """London's baseline with these groups for its own, from 5 January 2026: no stock, steady demand, plain trials.

    Contacts are first contacts and no circumstances keep anybody out of a scheme, unless a group says otherwise.

    Args:
        groups: name -> what differs from London's 'weapons_fraud_other'; one group 'any' if left out.
        changes: dotted lever -> value.
    """
    values = _london().model_dump()
    model = values["groups"]["weapons_fraud_other"] | {"contacts": 0.0, "first_share": 1.0, "excluded_share": 0.0}
    values["groups"] = {name: model | group for name, group in (groups or {"any": {}}).items()}
    values["single_justice"]["referred_to"] = next(iter(values["groups"]))
    values["diversion"]["offences"] = list(values["groups"])
    return change(Scenario.model_validate(values), {"starts": MONDAY, **STEADY_AND_EMPTY, **PLAIN_TRIALS, **changes})


def rooms(number: float = 1) -> list[dict[str, Any]]:
    """Sitting days of a court that sits in so many rooms on each working day of 2026."""
    return [{"starts": MONDAY, "days": float(number * WORKING_DAYS)}]


def empty(seed: int = 1, years: int = 1, **changes: Any) -> World:
    """A world in which nobody is met and nothing is open."""
    return World(small(**changes), seed, years)


def new_court(world: World, minutes: int, policy: str = "oldest first", rooms: int = 1, days: int = 100) -> Court:
    """A court of its own with *rooms* rooms a day, each of *minutes* minutes."""
    working = world.clock.working_days(days)
    return Court(world, "magistrates", working * rooms, np.full(days, minutes), POLICIES[policy], TRIAL_LIST)


def new_cases(world: World, minutes: list[int] | np.ndarray, joined: int = 0, **values: Any) -> Ids:
    """Cases whose trials take so many minutes, received by the court on day *joined*."""
    return world.cases.add(len(minutes), trial_minutes=minutes, joined=joined, **values)


def sit(court: Court, day: int) -> Ids:
    """Let the court sit for a day; return the cases whose trials begin."""
    columns = court.model.cases
    court.open_day(day)
    cases = court.trials.ids
    begun, _ = court.sit(cases, columns.trial_minutes[cases].astype(np.int64))
    court.close_day(waiting=len(court.trials.ids) > 0)
    columns.stage[begun] = ENDED
    return begun


def heard_on(court: Court, days: int) -> dict[int, list[int]]:
    """Let the court sit on its sitting days before *days*; return day -> the cases whose trials begin, in order."""
    sittings = {int(day): sit(court, day).tolist() for day in court.sitting_days if day < days}
    return {day: cases for day, cases in sittings.items() if cases}


@cache
def _london() -> Scenario:
    return load("london/baseline")
