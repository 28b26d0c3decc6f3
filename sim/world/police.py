"""The police: contacts found, what would have happened, the offer, and what takes effect when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.base import luck
from sim.base.clock import WEEK
from sim.world import case, diversion, magistrates, offender, officer, reoffending, sentence
from sim.world.columns import ENDED, Ids, distinct

if TYPE_CHECKING:
    from sim.world import World

_ADULT = 18


def find(world: World, due: Ids) -> None:
    """Find today's offences, first contacts and the reoffences that are *due*, and decide them."""
    if world.today % WEEK == 0:
        _meet_people_of_the_week(world)
    decide(world, np.concatenate([world.new_cases.pop(world.today), _find_reoffences(world, due)]))


def would_have(world: World, cases: Ids, charge_shares: np.ndarray) -> np.ndarray:
    """What would have happened to each case without the scheme, as a number of World.police_outcomes.

    Args:
        world: the world.
        cases: ids.
        charge_shares: share charged, of cases like each of these; officers lean one way or the other.
    """
    groups, leaning = world.cases.group[cases], world.officers.leaning[world.cases.officer[cases]]
    draws = luck.lean(world.luck("would have happened", cases), leaning, world.levers.police.charging_spread)
    disposed = draws < charge_shares + (1 - charge_shares) * world.groups.disposed_if_not_charged[groups]
    outcomes = np.where(draws < charge_shares, world.charged, world.no_action)
    disposed &= outcomes != world.charged
    outcomes[disposed] = which_disposal(world, cases[disposed])
    return outcomes


def which_disposal(world: World, cases: Ids) -> np.ndarray:
    """Number of the disposal each case would get in today's practice."""
    return world.disposal_kinds[luck.choose(world.luck("which disposal", cases), world.disposal_shares)]


def charge_shares(world: World, groups: np.ndarray, people: Ids) -> np.ndarray:
    """Share charged of *people* met again for offences of *groups*: it depends on their record."""
    now = world.levers.police.charging_record == "now"
    records = world.people.record[people] if now else world.people.first_record[people]
    return world.groups.charge_by_record[groups, offender.record_band(records)]


def decide(world: World, cases: Ids) -> None:
    """Decide today's cases: the scheme where it is offered and accepted, otherwise what would have happened."""
    people = world.cases.person[cases]
    world.cases.record[cases] = world.people.record[people]
    world.people.last_case[people] = cases
    reoffending.begin_spell(world, people, world.cases.key[cases])
    world.officers.count("decisions", world.cases.officer[cases])
    diversion.offer(world, cases)
    refused = world.cases.offered[cases] & ~world.cases.accepted[cases]
    charged_for_it = refused & (world.disposal.refused == "charge")
    if charged_for_it.any():
        prosecute(world, cases[charged_for_it])
    follow_counterfactual(world, cases[~world.cases.accepted[cases] & ~charged_for_it])


def follow_counterfactual(world: World, cases: Ids) -> None:
    """Let what would have happened happen."""
    _conclude(world, cases, world.cases.would_have[cases])


def prosecute(world: World, cases: Ids) -> None:
    """Charge people who refuse a scheme whose refusal leads to charge. Theirs is a case of its own."""
    world.cases.own_case[cases] = True
    outcomes = np.full(len(cases), world.charged)
    officer.free(world, cases, world.hours[world.cases.would_have[cases]] - world.hours[outcomes])
    _conclude(world, cases, outcomes)


def follow_counterfactual_after_all(world: World, cases: Ids) -> None:
    """Let what would have happened happen to people who accepted and never attended."""
    officer.free(world, cases, -world.hours[world.cases.would_have[cases]])
    follow_counterfactual(world, cases)


def charge(world: World, cases: Ids) -> None:
    """Charge: cases of their own go to the magistrates' court; the rest ride along with something graver."""
    _take_effect(world, cases, world.charged)
    own = world.cases.own_case[cases]
    world.cases.stage[cases[~own]] = ENDED
    magistrates.receive(world, cases[own])


def charge_after_breach(world: World, cases: Ids) -> None:
    """Charge people who left the scheme's course, or never attended, where that leads to charge."""
    too_late = _too_late(world, cases)
    end_without_action(world, cases[too_late])
    officer.free(world, cases[~too_late], -np.full((~too_late).sum(), world.levers.police.hours_charge))
    _charge_late(world, cases[~too_late])


def dispose(world: World, cases: Ids) -> None:
    """Give the out-of-court disposal of today's practice and law; some come with an intervention already."""
    kinds = _in_todays_law(world, cases)
    for kind in distinct(kinds):
        give(world, cases[kinds == kind], kind)
    lever = world.levers.police
    with_course, breaks = world.luck(("with intervention", "conditions broken"), cases)
    diversion.take_effect(world, cases[with_course < lever.with_intervention], lever.intervention_hazard_ratio)
    breaks = breaks < world.conditions_broken[kinds]
    days = world.conditions_days[kinds[breaks]]
    world.calendar.add("conditions broken", cases[breaks], world.today + luck.whole_days(days))


def follow_broken_conditions(world: World, cases: Ids) -> None:
    """Follow each disposal's own law on conditions broken or a penalty left unpaid."""
    world.cases.conditions_broken[cases] = True
    given = world.cases.police_outcome[cases]
    world.cases.fined[cases] = world.breach_is_fined[given]
    charged = cases[world.breach_is_charged[given]]
    _charge_late(world, charged[~_too_late(world, charged)])


def resolve(world: World, cases: Ids) -> None:
    """Close with the scheme's disposal: the course was completed, or nothing follows its not being."""
    stopped = world.cases.discontinued[cases]  # already charged, closed by the court
    world.cases.stage[cases[stopped]] = ENDED
    give(world, cases[~stopped], world.disposal_number)
    avoid(world, cases[~stopped])


def avoid(world: World, cases: Ids) -> None:
    """Note what the courts are spared, and what becomes of the room that makes."""
    avoided = cases[(world.cases.would_have[cases] == world.charged) & world.cases.own_case[cases]]
    world.cases.path_avoided[avoided] = magistrates.path_from_first_hearing(world, avoided)
    lever = world.levers.courts
    magistrates.forgo(world, avoided[world.luck("time freed", avoided) >= lever.reuse])
    world.refills += int((world.luck("refill", avoided) < lever.refill).sum())


def fine(world: World, cases: Ids) -> None:
    """Close with the scheme's disposal and a fine, which takes no hearing."""
    world.cases.fined[cases] = True
    resolve(world, cases)


def give(world: World, cases: Ids, disposal: int) -> None:
    """Record *disposal* as the outcome; a caution goes on the record."""
    _end(world, cases, disposal)
    if world.on_record[disposal]:
        sentence.put_on_record(world, cases)
        sentence.start_official_clock(world, cases)


def end_without_action(world: World, cases: Ids) -> None:
    """Close cases in which no further action is taken."""
    _end(world, cases, world.no_action)


def _conclude(world: World, cases: Ids, outcomes: np.ndarray) -> None:
    """Open a file for each case; its outcome takes effect after the file's wait and the published delays."""
    if world.refills:
        outcomes = _refill(world, outcomes)
    waits = world.officers.open_files(world.today, world.cases.officer[cases], world.hours[outcomes])
    lever = world.levers.police
    is_charge, no_action = outcomes == world.charged, outcomes == world.no_action
    is_disposal = ~is_charge & ~no_action
    median = np.where(is_charge, lever.charge_delay_median, lever.disposal_delay_median)
    mean = np.where(is_charge, lever.charge_delay_mean, lever.disposal_delay_mean)
    due = world.today + waits + luck.whole_days(luck.lognormal(world.luck("delay to outcome", cases), median, mean))
    world.calendar.add("charge", cases[is_charge], due[is_charge])
    world.calendar.add("dispose", cases[is_disposal], due[is_disposal])
    at_once = no_action & (waits == 0)
    end_without_action(world, cases[at_once])
    later = no_action & ~at_once
    world.calendar.add("no action", cases[later], world.today + waits[later])


def _charge_late(world: World, cases: Ids) -> None:
    """Charge after a disposal was breached: once an officer gets to it, in a case of its own."""
    sentence.cancel_caution(world, cases[world.on_record[world.cases.police_outcome[cases]]])
    world.cases.own_case[cases] = True
    hours = np.full(len(cases), world.levers.police.hours_charge)
    waits = world.officers.open_files(world.today, world.cases.officer[cases], hours)
    world.calendar.add("charge", cases, world.today + waits)


def _refill(world: World, outcomes: np.ndarray) -> np.ndarray:
    """Charge the first people against whom no action would be taken, as many as there is room for."""
    instead = np.flatnonzero(outcomes == world.no_action)[: world.refills]
    world.refills -= len(instead)
    outcomes = outcomes.copy()
    outcomes[instead] = world.charged
    return outcomes


def _too_late(world: World, cases: Ids) -> np.ndarray:
    """Whether a charge today comes after the time limit on summary offences."""
    summary = world.groups.time_limited[world.cases.group[cases]] & ~world.cases.triable[cases]
    return summary & (world.today - world.cases.contact_day[cases] > world.levers.police.charge_limit)


def _in_todays_law(world: World, cases: Ids) -> np.ndarray:
    """The disposal each case gets: adults get what has replaced it in law."""
    now = np.arange(len(world.police_outcomes))
    for old, new, day in world.replacements:
        if world.today >= day:
            now[old] = new
    for _ in world.replacements:  # what replaces may have been replaced in turn
        now = now[now]
    kinds = world.cases.would_have[cases].astype(np.int64)
    return np.where(world.people.age[world.cases.person[cases]] >= _ADULT, now[kinds], kinds)


def _meet_people_of_the_week(world: World) -> None:
    """Make the people whose first contact comes this week, and their cases: a day's alone would cost as much."""
    found = (_first_contacts(world), _extra_finds(world))
    groups, days, keys = (np.concatenate(column) for column in zip(*found, strict=True))
    days_ahead = min(WEEK, world.days - world.today)
    cases = case.make(world, luck.key(keys, 1), groups, contact_day=days)
    _with_counterfactual(world, cases, world.groups.charge_first[groups])
    people = offender.meet(world, keys, groups, world.cases.would_have[cases] == world.charged)
    world.people.contacts[people] = 1
    world.cases.person[cases] = people
    for today in range(world.today, world.today + days_ahead):
        world.new_cases[today] = cases[days == today]


def _first_contacts(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group, day and key of each first contact of the week."""
    for_days = world.first_contacts[:, world.today : world.today + WEEK]
    group, day = np.indices(for_days.shape)
    numbers = for_days.T.ravel()
    groups, days = np.repeat(group.T.ravel(), numbers), np.repeat(day.T.ravel() + world.today, numbers)
    nth = np.concatenate([np.arange(number, dtype=np.uint64) for number in numbers])
    keys = luck.key(world.replication, luck.FIRST_CONTACTS, world.groups.key[groups], days.astype(np.uint64), nth)
    return groups, days, keys


def _extra_finds(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of people found by the searches that last week's freed hours allowed.

    They are the first so many of a stream that is numbered by itself, so that more searches find the same people
    and some more.
    """
    officers, lever = world.officers, world.levers.searches
    searches, officers.hours_to_search = officers.hours_to_search / lever.hours, 0.0
    week = np.uint64(world.today // WEEK)
    draws = luck.uniform(luck.key(world.replication, luck.EXTRA_FINDS, world.groups.key, week), "number of extra finds")
    numbers = luck.poisson(draws, searches * world.groups.find_rate)
    groups = np.repeat(np.arange(len(numbers)), numbers)
    nth = np.concatenate([np.arange(number, dtype=np.uint64) for number in numbers])
    keys = luck.key(world.replication, luck.EXTRA_FINDS, world.groups.key[groups], week, nth)
    days = world.today + np.floor(luck.uniform(keys, "day of find") * WEEK).astype(np.int64)
    in_time = days < world.days
    return groups[in_time], days[in_time], keys[in_time]


def _find_reoffences(world: World, due: Ids) -> Ids:
    """Meet again the people whose next offence is detected today."""
    people, groups, keys = reoffending.offend(world, due)
    columns = world.people
    before = columns.last_case[people]
    offender.settle_record(world, people, keys)
    world.cases.next_day[before[before >= 0]] = world.today
    columns.group[people] = groups
    columns.contacts[people] += 1
    cases = case.make(world, keys, groups, person=people, contact_day=world.today)
    _with_counterfactual(world, cases, charge_shares(world, groups, people))
    return cases


def _with_counterfactual(world: World, cases: Ids, shares: np.ndarray) -> None:
    world.cases.would_have[cases] = would_have(world, cases, shares)
    own = world.luck("own case", cases) < world.groups.own_case_share[world.cases.group[cases]]
    world.cases.own_case[cases] = own


def _end(world: World, cases: Ids, outcome: int) -> None:
    _take_effect(world, cases, outcome)
    world.cases.stage[cases] = ENDED


def _take_effect(world: World, cases: Ids, outcome: int) -> None:
    world.cases.police_outcome[cases] = outcome
    world.cases.outcome_day[cases] = world.today
