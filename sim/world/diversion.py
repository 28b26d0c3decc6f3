"""The scheme: who is eligible, who is offered it and accepts, who starts, completes or leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.model import AGE_BANDS, ETHNICITIES, SEXES
from sim.world import magistrates, offender, officer, reoffending
from sim.world.columns import FIRST_HEARING, FIRST_LIST, ON_COURSE, Ids

if TYPE_CHECKING:
    from sim.world import World

PARTS = {"ethnicity": ETHNICITIES, "sex": SEXES, "age": AGE_BANDS}  # of people, for whom an effect may differ

# What a disposal's row says follows -> the stage a case is handed back to.
_FOLLOWS = {
    "none": "resolved",
    "stands": "resolved",
    "fine": "fined",
    "counterfactual": "counterfactual",
    "charge": "charge after breach",
}


def in_scope(world: World, cases: Ids) -> np.ndarray:
    """Whether each case meets the scheme's rules: offence, age, record, past use, and nothing graver charged with it.

    Admission and a victim's views come after this.
    """
    lever, disposal, people = world.levers.diversion, world.disposal, world.cases.person[cases]
    group = world.cases.group[cases]
    rides_along = (world.cases.would_have[cases] == world.charged) & ~world.cases.own_case[cases]
    limit = disposal.repeat_limit
    return (
        world.in_scheme[group]
        & (world.today >= world.joins[world.officers.team[world.cases.officer[cases]]])
        & (world.people.age[people] >= max(lever.min_age, disposal.min_age))
        & (world.people.record[people] <= lever.max_record)
        & ((limit == 0) | (world.people.times_diverted[people] < limit))
        & ~world.people.barred[people]
        & ~rides_along
        & (world.luck("kept out of scheme", cases) >= world.groups.excluded_share[group])
        & (disposal.indictable_only | ~magistrates.indictable_only(world, cases))
    )


def admits(world: World, cases: Ids) -> np.ndarray:
    """Whether each person admits the offence; those who would get a disposal that needs it have."""
    groups, ethnicity = world.cases.group[cases], world.people.ethnicity[world.cases.person[cases]]
    of_own_accord = world.luck("admits", cases) < world.groups.admits[groups, ethnicity]
    return of_own_accord | world.needs_admission[world.cases.would_have[cases]]


def eligible(world: World, cases: Ids) -> np.ndarray:
    """Whether the scheme is open to each case in scope: an admission where it needs one, and no victim's objection."""
    objects = world.groups.victim[world.cases.group[cases]] & world.disposal.victim_consulted
    objects &= world.luck("victim objects", cases) < world.levers.police.victim_objects
    return ~objects & (world.cases.admits[cases] | (not world.disposal.needs_admission))


def offer(world: World, cases: Ids) -> None:
    """Offer the intervention where an officer is ready to. Those who accept join the provider's list."""
    _make_offers(world, cases)
    accepted = cases[world.cases.accepted[cases]]
    if not accepted.size:
        return
    hours = world.levers.police.hours_disposal
    world.officers.open_files(world.today, world.cases.officer[accepted], np.full(len(accepted), hours))
    officer.free(world, accepted, world.hours[world.cases.would_have[accepted]] - hours)
    _begin(world, accepted)


def reach_waiting(world: World, teams: np.ndarray) -> None:
    """When *teams* join, offer it to people charged and not yet heard; the prosecution must agree to stop the case."""
    stage = world.cases.stage[: world.cases.size]
    cases = np.flatnonzero((stage == FIRST_HEARING) | (stage == FIRST_LIST))
    cases = cases[np.isin(world.officers.team[world.cases.officer[cases]], teams)]
    _, first = np.unique(world.cases.person[cases], return_index=True)  # of each person, the oldest case
    cases = cases[np.sort(first)]
    _make_offers(world, cases)
    accepted = cases[world.cases.accepted[cases]]
    agreed = accepted[world.luck("prosecution agrees", accepted) < world.levers.diversion.discontinued]
    world.cases.accepted[accepted], world.cases.accepted[agreed] = False, True
    world.cases.discontinued[agreed] = True
    magistrates.discontinue(world, agreed)
    _begin(world, agreed)


def start(world: World, cases: Ids) -> None:
    """Give each of *cases* a place: those who attend begin the course; the place of the others is lost."""
    lever, columns = world.levers.diversion, world.cases
    attends = world.luck("attend", cases) < lever.attendance
    starters, absent = cases[attends], cases[~attends]
    columns.started[starters] = True
    if world.disposal.effect_reaches == "starters":
        take_effect(world, starters, hazard_ratios(world, starters))
    _schedule_end(world, starters)
    _bar(world, absent)
    _hand_back(world, absent, world.disposal.not_attended)


def lapse(world: World, cases: Ids) -> None:
    """Hand back people who waited so long for a place that the referral lapsed: nobody is fined or charged for that."""
    _hand_back(world, cases, "counterfactual" if world.disposal.not_attended == "counterfactual" else "stands")


def complete(world: World, cases: Ids) -> None:
    """Close the cases of those who finish the course."""
    world.cases.completed[cases] = True
    _hand_back(world, cases, "stands")
    if world.disposal.effect_reaches == "completers":
        take_effect(world, cases, hazard_ratios(world, cases))


def breach(world: World, cases: Ids) -> None:
    """Follow the disposal's own law on those who leave the course: nothing, a fine, or a charge."""
    world.cases.breached[cases] = True
    _bar(world, cases)
    _hand_back(world, cases, world.disposal.breach)


def take_effect(world: World, cases: Ids, ratios: np.ndarray | float) -> None:
    """Apply hazard ratios, one each or one for all, to the spell each case began; a later spell is left alone."""
    people = world.cases.person[cases]
    still = world.people.last_case[people] == cases
    reoffending.change_hazard(world, people[still], np.broadcast_to(ratios, cases.shape)[still])


def hazard_ratios(world: World, cases: Ids) -> np.ndarray:
    """The scheme's hazard ratio for each case: the disposal's, times what differs for such people and offences."""
    people, by = world.cases.person[cases], world.effect_by
    who = world.people
    return (
        world.disposal.hazard_ratio
        * by["ethnicity"][who.ethnicity[people]]
        * by["sex"][who.male[people].astype(np.int8)]
        * by["age"][offender.age_band(who.age[people])]
        * by["group"][world.cases.group[cases]]
    )


def _make_offers(world: World, cases: Ids) -> None:
    """Find who of *cases* is eligible, offered the intervention and accepts; each offer costs officer time."""
    columns, lever = world.cases, world.levers
    cases = cases[world.in_scheme[columns.group[cases]]]
    scope = cases[in_scope(world, cases)]
    columns.in_scope[scope], columns.admits[scope] = True, admits(world, scope)
    open_to = scope[eligible(world, scope)]
    columns.eligible[open_to] = True
    offered = open_to[officer.offers(world, open_to, columns.officer[open_to])]
    columns.offered[offered] = True
    columns.accepted[offered] = world.luck("accept", offered) < lever.diversion.acceptance
    world.officers.count("offers", columns.officer[offered])
    hours = np.full(len(offered), lever.police.hours_referral)
    world.officers.open_files(world.today, columns.officer[offered], hours)
    officer.free(world, offered, -hours)
    if world.disposal.effect_reaches == "everyone offered":
        take_effect(world, offered, hazard_ratios(world, offered))


def _begin(world: World, accepted: Ids) -> None:
    world.cases.stage[accepted] = ON_COURSE
    world.people.times_diverted[world.cases.person[accepted]] += 1
    world.provider.receive(accepted)


def _bar(world: World, cases: Ids) -> None:
    if world.disposal.later_offers == "if attended":
        world.people.barred[world.cases.person[cases]] = True


def _hand_back(world: World, cases: Ids, follows: str) -> None:
    """Let what *follows* happen tomorrow; a case the prosecution has stopped is never brought back."""
    stopped = world.cases.discontinued[cases]
    world.calendar.add("resolved", cases[stopped], world.today + 1)
    world.calendar.add(_FOLLOWS[follows], cases[~stopped], world.today + 1)


def _schedule_end(world: World, starters: Ids) -> None:
    """Course ends, or the day each one leaves: any day of the course alike."""
    days = 7 * world.disposal.sessions
    finishes = world.luck("complete", starters) < world.levers.diversion.completion
    leavers = starters[~finishes]
    world.calendar.add("complete", starters[finishes], world.today + max(days, 1))
    left = 1 + np.floor(world.luck("when they leave", leavers) * max(days, 1)).astype(np.int64)
    world.calendar.add("breach", leavers, world.today + left)
