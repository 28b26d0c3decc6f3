"""The magistrates' court: first hearing, plea, withdrawal, report, trial, sentence, sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.base import luck
from sim.base.clock import DAYS_A_YEAR
from sim.scenario.hours import contest
from sim.world import crown, sentence
from sim.world.columns import (
    ACQUITTED,
    CONVICTED,
    ENDED,
    FIRST_HEARING,
    FIRST_LIST,
    FOR_TRIAL,
    GUILTY_PLEA,
    NO_ROUTE,
    PLEA_PATH,
    REPORT,
    SENT_PATH,
    SUMMARY,
    TRIAL_DATE,
    TRIAL_LIST,
    TRIAL_PATH,
    WITHDRAWING,
    WITHDRAWN,
    WITHDRAWN_PATH,
    Ids,
    stages,
)

if TYPE_CHECKING:
    from sim.world import World
    from sim.world.court import Court

TIER = "magistrates"
_FOR_TRIAL = stages(TRIAL_DATE, TRIAL_LIST)
_EFFECTIVE, _CRACKED, _INEFFECTIVE = range(3)


def receive(world: World, cases: Ids) -> None:
    """Receive charged cases and fix their first hearing."""
    world.cases.route[cases] = np.where(world.cases.triable[cases], FOR_TRIAL, SUMMARY)
    world.cases.received[cases] = world.cases.joined[cases] = world.today
    world.cases.stage[cases] = FIRST_HEARING
    world.record.count("received", TIER, world, cases)
    lever = world.levers.courts.magistrates
    days = world.luck("days to first hearing", cases)
    wait = luck.lognormal(days, lever.first_hearing_median, lever.first_hearing_mean)
    world.calendar.add("first hearing", cases, world.today + luck.whole_days(wait))


def indictable_only(world: World, cases: Ids) -> np.ndarray:
    """Whether each case, were it charged, would be sent to the Crown Court as indictable only."""
    sent = world.luck("sent", cases) < world.groups.sent_share[world.cases.group[cases]]
    return sent & world.cases.triable[cases] & world.cases.indictable[cases]


def sit(world: World, court: Court) -> None:
    """One sitting day: what is due, then trials while time lasts."""
    court.open_day(world.today)
    world.first_list.open_day(world.today)
    time = court.available
    world.when_due("withdrawal", withdraw)
    world.when_due("withdrawn waiting", withdraw_while_waiting)
    reported = after_report(world, world.calendar.take("after report", world.today))
    world.first_list.balance -= time - court.available
    pleaded = first_hearing(world, _called_first(world, court, world.calendar.take("first hearing", world.today)))
    _end_first_list(world, court)
    due = world.calendar.take("magistrates trial date", world.today)
    court.receive(due[world.cases.stage[due] == TRIAL_DATE])
    tried = trials(world, court)
    convict(world, np.concatenate([reported, pleaded, *tried]))


def first_hearing(world: World, cases: Ids) -> Ids:
    """Take today's first hearings: send up, adjourn or return the guilty for sentence, list the contested."""
    columns, groups = world.cases, world.groups
    columns.first_hearing[cases] = world.today
    group, path = columns.group[cases], path_from_first_hearing(world, cases)
    is_sent, contests, drops, guilty = (path == way for way in (SENT_PATH, TRIAL_PATH, WITHDRAWN_PATH, PLEA_PATH))
    adjourned = guilty & (world.luck("report", cases) < world.levers.courts.magistrates.report_share)
    minutes = np.where(guilty, groups.plea_minutes[group], groups.not_guilty_minutes[group])
    minutes = _whole(np.where(adjourned, minutes / 2, minutes))
    world.magistrates.spend(cases, minutes)
    world.first_list.balance -= int(minutes.sum())
    send(world, cases[is_sent])
    _contest(world, cases[contests])
    _await_withdrawal(world, cases[drops])
    _await_report(world, cases[adjourned])
    columns.outcome[cases[guilty]] = GUILTY_PLEA
    return cases[guilty & ~adjourned]


def path_from_first_hearing(world: World, cases: Ids) -> np.ndarray:
    """Where each case goes from its first hearing: one of PATHS."""
    groups, group = world.groups, world.cases.group[cases]
    sent, plea = world.luck(("sent", "magistrates plea"), cases)
    route = world.cases.route[cases]
    triable = np.where(route == NO_ROUTE, world.cases.triable[cases], route == FOR_TRIAL)
    is_sent = triable & (sent < groups.sent_share[group])
    kept = is_sent & _would_elect_in_vain(world, cases)
    contests = kept | (plea < groups.not_guilty_share[group])
    drops = plea < groups.not_guilty_share[group] + groups.withdrawn_share[group]
    return np.select([is_sent & ~kept, contests, drops], [SENT_PATH, TRIAL_PATH, WITHDRAWN_PATH], PLEA_PATH)


def _would_elect_in_vain(world: World, cases: Ids) -> np.ndarray:
    """Whether each case would be sent by election only, now that there is none: it is contested here instead."""
    if world.today < world.election_ends:
        return np.zeros(len(cases), bool)
    elects = world.luck("elected", cases) < world.levers.courts.law.elected_share
    return elects & ~world.cases.indictable[cases]


def forgo(world: World, cases: Ids) -> None:
    """Leave idle the time that cases avoided would have taken; that of first hearings only if trials would use it."""
    contested = cases[world.cases.path_avoided[cases] == TRIAL_PATH]
    lever = world.levers.courts.magistrates
    tried = world.groups.tried_hours[world.cases.group[contested]]
    world.magistrates.forgone += int(_whole(60 * contest(lever, tried)).sum())
    if lever.unused_time == "goes to trials":
        world.magistrates.forgone += int(_whole(world.groups.first_hearing_minutes[world.cases.group[cases]]).sum())


def send(world: World, cases: Ids) -> None:
    """Send cases to the Crown Court for trial."""
    _leave(world, cases, "sent_on")
    crown.receive_for_trial(world, cases)


def list_for_trial(world: World, cases: Ids, days: float) -> None:
    """Put cases on the trial list once their earliest date has come."""
    world.cases.stage[cases] = TRIAL_DATE
    world.cases.trial_minutes[cases] = _whole(60 * world.groups.tried_hours[world.cases.group[cases]])
    world.cases.has_victim[cases] = world.groups.victim[world.cases.group[cases]]
    world.calendar.add("magistrates trial date", cases, world.today + luck.whole_days(days))


def await_withdrawal_while_waiting(world: World, cases: Ids) -> None:
    """Draw once when each case would be withdrawn if it still waits then, for instance because a victim does."""
    rate = world.levers.courts.magistrates.attrition_rate
    if rate:
        wait = luck.exponential(world.luck("withdrawn waiting", cases), DAYS_A_YEAR / rate)
        world.calendar.add("withdrawn waiting", cases, world.today + luck.whole_days(wait))


def withdraw_while_waiting(world: World, cases: Ids) -> None:
    """Withdraw those of *cases* that still wait for a trial."""
    withdraw(world, cases[_FOR_TRIAL[world.cases.stage[cases]]])
    world.magistrates.clear()


def withdraw(world: World, cases: Ids) -> None:
    """Close cases that the prosecution withdraws or discontinues."""
    world.cases.outcome[cases] = WITHDRAWN
    _leave(world, cases, "closed")


def discontinue(world: World, cases: Ids) -> None:
    """Close cases that the prosecution stops before a first hearing."""
    withdraw(world, cases)
    waiting = world.first_list.waiting
    world.first_list.waiting = waiting[world.cases.stage[waiting] == FIRST_LIST]


def after_report(world: World, cases: Ids) -> Ids:
    """Call back for sentence those who were adjourned for a report."""
    world.magistrates.spend(cases, _whole(world.groups.plea_minutes[world.cases.group[cases]] / 2))
    return cases


def convict(world: World, cases: Ids) -> None:
    """Sentence the convicted here, or commit them to the Crown Court for sentence."""
    if not cases.size:
        return
    group = world.cases.group[cases]
    commits = (world.cases.route[cases] == FOR_TRIAL) & (
        world.luck("committed", cases) < world.groups.committed_if_convicted[group]
    )
    if world.today >= world.powers_from:
        commits &= world.luck("powers kept", cases) >= world.levers.courts.law.powers_kept
    committed, here = cases[commits], cases[~commits]
    _leave(world, committed, "sent_on")
    crown.receive_for_sentence(world, committed)
    _leave(world, here, "closed")
    sentence.pass_sentence(world, here, TIER)


def trials(world: World, court: Court) -> tuple[Ids, Ids]:
    """Call on listed trials in order, effective, cracked or ineffective; return who is convicted, tried or cracked."""
    limited = world.levers.courts.magistrates.binds != "nothing"
    for cases in court.called(limited):
        outcome, minutes = listed(world, cases)
        if court.fit(minutes) < len(cases):
            break
    begun, _ = court.sit(cases, minutes, limited)
    court.close_day(waiting=len(court.trials) > 0)
    outcome = outcome[: len(begun)]
    world.cases.listings[begun] += 1
    court.count_listings(*(np.count_nonzero(outcome == way) for way in (_EFFECTIVE, _CRACKED, _INEFFECTIVE)))
    list_for_trial(world, begun[outcome == _INEFFECTIVE], world.levers.courts.magistrates.relist_days)
    tried = verdict(world, begun[outcome == _EFFECTIVE], "tried verdict", CONVICTED)
    cracked = verdict(world, begun[outcome == _CRACKED], "cracked verdict", GUILTY_PLEA)
    return tried, cracked


def listed(world: World, cases: Ids) -> tuple[np.ndarray, np.ndarray]:
    """What becomes of each case's next listing, and the minutes it takes."""
    lever = world.levers.courts.magistrates
    outcome = luck.choose(world.luck("trial outcome", cases, world.cases.listings[cases]), lever.trial_outcomes)
    tried = world.groups.tried_hours[world.cases.group[cases]]
    hours = np.where(
        outcome == _EFFECTIVE, tried, np.where(outcome == _CRACKED, lever.cracked_hours, lever.ineffective_hours)
    )
    return outcome, _whole(hours * 60)


def verdict(world: World, cases: Ids, purpose: str, if_convicted: int) -> Ids:
    """Close the cases of those who go free; return those convicted."""
    lever = world.levers.courts.magistrates
    share = lever.tried_convicted if if_convicted == CONVICTED else lever.cracked_guilty
    is_guilty = world.luck(purpose, cases) < share
    world.cases.outcome[cases[is_guilty]] = if_convicted
    freed = cases[~is_guilty]
    world.cases.outcome[freed] = ACQUITTED if if_convicted == CONVICTED else WITHDRAWN
    _leave(world, freed, "closed")
    return cases[is_guilty]


def _called_first(world: World, court: Court, due: Ids) -> Ids:
    """Today's first hearings: all that are due, or as many as the time planned for them allows."""
    due = due[world.cases.stage[due] == FIRST_HEARING]  # the others have been discontinued
    if world.levers.courts.magistrates.binds != "everything":
        return due
    world.cases.stage[due] = FIRST_LIST
    waiting = np.concatenate([world.first_list.waiting, due])
    minutes = world.groups.first_hearing_minutes[world.cases.group[waiting]]
    time = min(world.first_list.balance, court.available)
    heard = int(np.searchsorted(np.cumsum(minutes), time, side="right"))
    world.first_list.waiting = waiting[heard:]
    return waiting[:heard]


def _end_first_list(world: World, court: Court) -> None:
    """Give trials the planned time that is left over, or leave it idle."""
    lever = world.levers.courts.magistrates
    unused = world.first_list.leave_unused()
    if lever.unused_time == "stays idle" and lever.binds != "nothing":
        court.leave_idle(unused)


def _contest(world: World, cases: Ids) -> None:
    """List contested cases; from now on they may be withdrawn while they wait."""
    lever = world.levers.courts.magistrates
    list_for_trial(world, cases, lever.trial_wait if lever.binds == "nothing" else lever.trial_days)
    await_withdrawal_while_waiting(world, cases)


def _await_withdrawal(world: World, cases: Ids) -> None:
    world.cases.stage[cases] = WITHDRAWING
    mean = world.levers.courts.magistrates.withdrawn_days
    wait = luck.exponential(world.luck("withdrawn after", cases), mean)
    world.calendar.add("withdrawal", cases, world.today + luck.whole_days(wait))


def _await_report(world: World, cases: Ids) -> None:
    world.cases.stage[cases] = REPORT
    days = world.levers.courts.magistrates.report_days
    world.calendar.add("after report", cases, world.today + luck.whole_days(days))


def _leave(world: World, cases: Ids, flow: str) -> None:
    world.cases.closed[cases] = world.today
    world.cases.stage[cases] = ENDED
    world.record.count(flow, TIER, world, cases)


def _whole(minutes: np.ndarray) -> np.ndarray:
    return np.maximum(np.rint(minutes), 0).astype(np.int64)
