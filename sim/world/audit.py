"""Laws that must hold every day: checked on request, keeping nothing and changing nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.world.columns import (
    CROWN_HEARING,
    CROWN_PLEA,
    CROWN_SENTENCE,
    CROWN_TRIAL_DATE,
    CROWN_TRIAL_LIST,
    CROWN_TRYING,
    FIRST_HEARING,
    FIRST_LIST,
    NEVER,
    PAPER,
    REPORT,
    TRIAL_DATE,
    TRIAL_LIST,
    WITHDRAWING,
)

if TYPE_CHECKING:
    from sim.world import World

_AT = {
    "magistrates": (FIRST_HEARING, FIRST_LIST, WITHDRAWING, REPORT, TRIAL_DATE, TRIAL_LIST),
    "crown": (CROWN_PLEA, CROWN_TRIAL_DATE, CROWN_TRIAL_LIST, CROWN_TRYING, CROWN_SENTENCE, CROWN_HEARING),
}


class BrokenLaw(AssertionError):  # noqa: N818
    """A law of the model does not hold: an internal fault, never a finding."""


def check(world: World) -> None:
    """Check every law on the evening of today.

    Raises:
        BrokenLaw: names the law, the day and the figures.
    """
    for tier in _AT:
        _cases_are_where_the_books_say(world, tier)
    _court_time_is_conserved(world)
    _days_are_in_order(world)
    _people_are_somewhere(world)
    _officers_hours_add_up(world)


def _cases_are_where_the_books_say(world: World, tier: str) -> None:
    cases, size = world.cases, world.cases.size
    here = np.isin(cases.stage[:size], _AT[tier])
    routes = cases.route if tier == "magistrates" else cases.crown_route
    counted = np.zeros_like(world.record.open[tier])
    np.add.at(counted, (cases.group[:size][here], routes[:size][here]), 1)
    books = world.record.open[tier].copy()
    if tier == "magistrates":
        books[-1, PAPER] = 0  # paper cases have no rows
    _require(np.array_equal(counted, books), world, f"open {tier} cases by group and route", counted - books)


def _court_time_is_conserved(world: World) -> None:
    for court in (world.magistrates, world.crown):
        total = court.totals
        change = court.carried - court.carried_at_start
        balance = total["supplied"] - total["used"] - total["idle"] - change
        limited = court.tier == "crown" or world.levers.courts.magistrates.binds != "nothing"
        _require(not limited or balance == 0, world, f"{court.tier} court time in minutes", balance)


def _days_are_in_order(world: World) -> None:
    cases, size = world.cases, world.cases.size
    chain = [getattr(cases, name)[:size].astype(np.int64) for name in ("contact_day", "received", "first_hearing")]
    crown = [cases.crown_received[:size].astype(np.int64), cases.crown_closed[:size].astype(np.int64)]
    for earlier, later in ((chain[0], chain[1]), (chain[1], chain[2]), (chain[2], crown[0]), (crown[0], crown[1])):
        known = (earlier != NEVER) & (later != NEVER)
        _require((earlier[known] <= later[known]).all(), world, "dates of a case", (earlier > later)[known].sum())


def _people_are_somewhere(world: World) -> None:
    people, size = world.people, world.people.size
    held = people.held[:size]
    _require((held >= 0).all(), world, "people held", held.min() if size else 0)
    at_risk_in_custody = int(((held > 0) & (people.due[:size] != NEVER)).sum())
    _require(at_risk_in_custody == 0, world, "people in custody who could offend", at_risk_in_custody)


def _officers_hours_add_up(world: World) -> None:
    """Of each team, in the week so far, to a thousandth of an hour."""
    officers = world.officers
    count = officers.counts
    spent = count["worked"] + count["searching"] + count["idle"] - count["available"]
    files = officers.backlog_at_start + count["booked"] - count["worked"] - officers.by_team(officers.backlog)
    _require(bool(np.allclose(spent, 0, atol=1e-3)), world, "officer hours available, by team", spent)
    _require(bool(np.allclose(files, 0, atol=1e-3)), world, "officer hours of open files, by team", files)
    _require(bool((officers.waiting >= 0).all()), world, "files waiting, by team", officers.waiting)


def _require(holds: bool, world: World, law: str, figures: object) -> None:
    if not holds:
        raise BrokenLaw(f"day {world.today}: {law} does not hold; off by {figures}")
