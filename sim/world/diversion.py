"""The scheme: who is eligible, who is offered it and accepts, who starts, completes or leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.world import officer, reoffending
from sim.world.columns import CHARGE, ON_COURSE, Ids

if TYPE_CHECKING:
    from sim.world import World


def eligible(world: World, cases: Ids) -> np.ndarray:
    """Whether the scheme is open to each case: offence, age, record, past use, and nothing graver charged with it."""
    lever, people = world.levers.diversion, world.cases.person[cases]
    rides_along = (world.cases.would_have[cases] == CHARGE) & ~world.cases.own_case[cases]
    limit = world.levers.disposals[lever.disposal].repeat_limit
    return (
        (world.today >= world.scheme_day)
        & world.in_scheme[world.cases.group[cases]]
        & (world.people.age[people] >= lever.min_age)
        & (world.people.record[people] <= lever.max_record)
        & ((limit == 0) | (world.people.times_diverted[people] < limit))
        & ~rides_along
    )


def offer(world: World, cases: Ids, officers: Ids) -> np.ndarray:
    """Offer the intervention where the officer is ready to; return who accepts. They join the provider's list."""
    columns, is_eligible = world.cases, eligible(world, cases)
    columns.eligible[cases] = is_eligible
    chosen = officer.offers(world, cases[is_eligible], officers[is_eligible])
    if chosen.any():
        _make(world, cases[is_eligible][chosen], officers[is_eligible][chosen])
    return columns.accepted[cases]


def _make(world: World, offered: Ids, officers: Ids) -> None:
    """Make the offers: some accept, and each one costs officer time."""
    accepts = world.luck("accept", offered) < world.levers.diversion.acceptance
    world.cases.offered[offered], world.cases.accepted[offered] = True, accepts
    _book_time(world, officers, accepts)
    _begin(world, offered[accepts])
    if world.disposal.effect_reaches == "everyone offered":
        take_effect(world, offered, world.disposal.hazard_ratio)


def start(world: World, cases: Ids) -> None:
    """Give each of *cases* a place: those who attend begin the course; the place of the others is lost."""
    lever, columns = world.levers.diversion, world.cases
    attends = world.luck("attend", cases) < lever.attendance
    starters, absent = cases[attends], cases[~attends]
    columns.started[starters] = True
    if world.disposal.effect_reaches == "starters":
        take_effect(world, starters, world.disposal.hazard_ratio)
    _schedule_end(world, starters)
    follows = "counterfactual" if world.disposal.not_attended == "counterfactual" else "resolved"
    world.calendar.add(follows, absent, world.today + 1)


def complete(world: World, cases: Ids) -> None:
    """Close the cases of those who finish the course."""
    world.cases.completed[cases] = True
    world.calendar.add("resolved", cases, world.today + 1)
    if world.disposal.effect_reaches == "completers":
        take_effect(world, cases, world.disposal.hazard_ratio)


def breach(world: World, cases: Ids) -> None:
    """Follow the disposal's own law on those who leave the course: nothing, a fine, or a charge."""
    world.cases.breached[cases] = True
    follows = "charge after breach" if world.disposal.breach == "charge" else "resolved"
    world.calendar.add(follows, cases, world.today + 1)


def take_effect(world: World, cases: Ids, ratio: float) -> None:
    """Apply a hazard ratio to the spell that each case began; a later spell is left alone."""
    people = world.cases.person[cases]
    reoffending.change_rate(world, people[world.people.last_case[people] == cases], ratio)


def _begin(world: World, accepted: Ids) -> None:
    world.cases.stage[accepted] = ON_COURSE
    world.people.times_diverted[world.cases.person[accepted]] += 1
    world.provider.receive(accepted)


def _book_time(world: World, officers: Ids, accepts: np.ndarray) -> None:
    """Each offer takes a referral's time; each one accepted is then dealt with as a disposal."""
    lever = world.levers.police
    disposing = np.where(accepts, lever.hours_charge - lever.hours_saved_by_disposal, 0)
    world.officers.work(officers, lever.hours_referral + disposing)
    world.officers.offered += np.bincount(world.officers.team[officers], minlength=len(world.officers.hours))


def _schedule_end(world: World, starters: Ids) -> None:
    """Course ends, or the day each one leaves: any day of the course alike."""
    days = 7 * world.disposal.sessions
    finishes = world.luck("complete", starters) < world.levers.diversion.completion
    leavers = starters[~finishes]
    world.calendar.add("complete", starters[finishes], world.today + max(days, 1))
    left = 1 + np.floor(world.luck("when they leave", leavers) * max(days, 1)).astype(np.int64)
    world.calendar.add("breach", leavers, world.today + left)
