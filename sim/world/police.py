"""The police: contacts found, what would have happened, the offer, and what takes effect when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import luck
from sim.clock import WEEK
from sim.world import diversion, magistrates, offender, officer, reoffending, sentence
from sim.world.columns import CHARGE, DISPOSAL, ENDED, NO_ACTION, Ids

if TYPE_CHECKING:
    from sim.world import World


def find(world: World, due: Ids) -> None:
    """Find today's offences, first contacts and the reoffences that are *due*, and decide them."""
    if world.today % WEEK == 0:
        _meet_people_of_the_week(world)
    decide(world, np.concatenate([world.new_cases.pop(world.today), _find_reoffences(world, due)]))


def would_have(world: World, cases: Ids) -> np.ndarray:
    """What would have happened to each case without the scheme: CHARGE, DISPOSAL or NO_ACTION."""
    draws, groups = world.luck("would have happened", cases), world.cases.group[cases]
    charged = world.groups.charge_share[groups]
    disposed = charged + world.groups.disposed_share[groups]
    return np.where(draws < charged, CHARGE, np.where(draws < disposed, DISPOSAL, NO_ACTION))


def decide(world: World, cases: Ids) -> None:
    """Decide today's cases: the scheme where it is offered and accepted, otherwise what would have happened."""
    people, officers = world.cases.person[cases], officer.of_cases(world, cases)
    world.people.last_case[people] = cases
    reoffending.begin_spell(world, people, world.cases.key[cases])
    accepted = diversion.offer(world, cases, officers)
    world.officers.decisions += np.bincount(world.officers.team[officers], minlength=len(world.officers.hours))
    follow_counterfactual(world, cases[~accepted])


def follow_counterfactual(world: World, cases: Ids) -> None:
    """Let what would have happened happen: it takes effect after the published delays."""
    lever, outcomes = world.levers.police, world.cases.would_have[cases]
    hours = np.array([lever.hours_charge, lever.hours_charge - lever.hours_saved_by_disposal, lever.hours_no_action])
    world.officers.work(officer.of_cases(world, cases), hours[outcomes])
    is_charge, is_disposal = outcomes == CHARGE, outcomes == DISPOSAL
    median = np.where(is_charge, lever.charge_delay_median, lever.disposal_delay_median)
    mean = np.where(is_charge, lever.charge_delay_mean, lever.disposal_delay_mean)
    due = world.today + luck.whole_days(luck.lognormal(world.luck("delay to outcome", cases), median, mean))
    world.calendar.add("charge", cases[is_charge], due[is_charge])
    world.calendar.add("dispose", cases[is_disposal], due[is_disposal])
    _end(world, cases[outcomes == NO_ACTION], world.no_action)


def charge(world: World, cases: Ids) -> None:
    """Charge: cases of their own go to the magistrates' court; the rest ride along with something graver."""
    _take_effect(world, cases, world.charged)
    own = world.cases.own_case[cases]
    world.cases.stage[cases[~own]] = ENDED
    magistrates.receive(world, cases[own])


def charge_after_breach(world: World, cases: Ids) -> None:
    """Charge people who left a course whose breach leads to charge. Theirs is a case of its own."""
    world.cases.own_case[cases] = True
    world.officers.work(
        officer.of_cases(world, cases),
        np.full(len(cases), world.levers.police.hours_charge),
    )
    charge(world, cases)


def dispose(world: World, cases: Ids) -> None:
    """Give the out-of-court disposal of today's practice; some come with an intervention already."""
    lever = world.levers.police
    names = list(lever.disposal_mix)
    which, course = world.luck(("which disposal", "with intervention"), cases)
    kinds = luck.choose(which, list(lever.disposal_mix.values()))
    for kind, name in enumerate(names):
        give(world, cases[kinds == kind], name)
    with_course = cases[course < lever.with_intervention]
    diversion.take_effect(world, with_course, lever.intervention_hazard_ratio)


def resolve(world: World, cases: Ids) -> None:
    """Close with the scheme's disposal: the course was completed, or nothing follows its not being."""
    give(world, cases, world.levers.diversion.disposal)


def give(world: World, cases: Ids, disposal: str) -> None:
    """Record *disposal* as the outcome; a caution goes on the record."""
    _end(world, cases, world.disposal_number[disposal])
    if world.levers.disposals[disposal].on_record:
        sentence.put_on_record(world, cases)
        sentence.start_official_clock(world, cases)


def _meet_people_of_the_week(world: World) -> None:
    """Make the people whose first contact comes this week, and their cases: a day's alone would cost as much."""
    for_days = world.first_contacts[:, world.today : world.today + WEEK]
    group, day = np.indices(for_days.shape)
    numbers = for_days.T.ravel()
    groups, days = np.repeat(group.T.ravel(), numbers), np.repeat(day.T.ravel() + world.today, numbers)
    nth = np.concatenate([np.arange(number, dtype=np.uint64) for number in numbers])
    of_group = world.groups.key[groups]
    keys = luck.key(world.replication, luck.FIRST_CONTACTS, of_group, days.astype(np.uint64), nth)
    cases = world.cases.add(len(keys), key=luck.key(keys, 1), group=groups, contact_day=days)
    _with_counterfactual(world, cases)
    people = offender.meet(world, keys, groups, world.cases.would_have[cases] == CHARGE)
    world.people.contacts[people] = 1
    world.cases.person[cases] = people
    for today in range(world.today, world.today + for_days.shape[1]):
        world.new_cases[today] = cases[days == today]


def _find_reoffences(world: World, due: Ids) -> Ids:
    """Meet again the people whose next offence is detected today."""
    people, groups = reoffending.offend(world, due)
    columns = world.people
    before = columns.last_case[people]
    world.cases.next_day[before[before >= 0]] = world.today
    columns.group[people] = groups
    columns.contacts[people] += 1
    keys = reoffending.contact_keys(columns.key[people], columns.contacts[people])
    cases = world.cases.add(len(people), key=keys, person=people, group=groups, contact_day=world.today)
    return _with_counterfactual(world, cases)


def _with_counterfactual(world: World, cases: Ids) -> Ids:
    world.cases.would_have[cases] = would_have(world, cases)
    own = world.luck("own case", cases) < world.groups.own_case_share[world.cases.group[cases]]
    world.cases.own_case[cases] = own
    return cases


def _end(world: World, cases: Ids, outcome: int) -> None:
    _take_effect(world, cases, outcome)
    world.cases.stage[cases] = ENDED


def _take_effect(world: World, cases: Ids, outcome: int) -> None:
    world.cases.police_outcome[cases] = outcome
    world.cases.outcome_day[cases] = world.today
