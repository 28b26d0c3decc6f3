"""The Crown Court: plea hearing, waiting, trial, sentence; cases for sentence and appeals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.base import luck
from sim.base.clock import DAYS_A_YEAR
from sim.scenario.hours import after_plea_hearing
from sim.world import case, offender, sentence
from sim.world.columns import (
    ACQUITTED,
    APPEAL,
    CONVICTED,
    CROWN_HEARING,
    CROWN_PLEA,
    CROWN_SENTENCE,
    CROWN_TRIAL_DATE,
    CROWN_TRIAL_LIST,
    CROWN_TRYING,
    DECIDED,
    ENDED,
    FOR_SENTENCE,
    FOR_TRIAL,
    GUILTY_PLEA,
    NO_VERDICT,
    WARRANT,
    Ids,
    stages,
)

if TYPE_CHECKING:
    from sim.scenario.model import Crown
    from sim.world import World
    from sim.world.court import Court

TIER = "crown"
_BEFORE_ALL = 10_000  # days of lead
_FOR_TRIAL = stages(CROWN_TRIAL_DATE, CROWN_TRIAL_LIST)
_BEFORE_TRIAL = stages(CROWN_PLEA, CROWN_TRIAL_DATE, CROWN_TRIAL_LIST)


def receive_for_trial(world: World, cases: Ids) -> None:
    """Receive cases sent for trial: remand or bail, and a plea hearing."""
    _receive(world, cases, FOR_TRIAL)
    draw_lengths(world, cases)
    lever = world.levers.courts.crown
    shares = np.where(world.cases.indictable[cases], lever.remand_indictable, lever.remand_either_way)
    is_remanded = world.luck("remand", cases) < shares
    world.cases.remanded[cases] = is_remanded
    remand(world, cases[is_remanded])
    _list_plea_hearing(world, cases, lever.plea_hearing_days)


def remand(world: World, cases: Ids) -> None:
    """Hold people until the trial, or the custody time limit."""
    sentence.remand(world, cases)
    world.cases.lead[cases] += round(world.levers.courts.crown.custody_lead)
    due = world.cases.crown_received[cases] + round(world.levers.courts.crown.custody_limit_days)
    ahead = due >= world.today  # a limit that passed before the first day has been extended
    world.calendar.add("custody limit", cases[ahead], due[ahead])


def reach_custody_limit(world: World, cases: Ids) -> None:
    """Extend custody of people whose trial has not begun, or bail them; the case goes on."""
    cases = cases[world.cases.remanded[cases] & _BEFORE_TRIAL[world.cases.stage[cases]]]
    if not cases.size:
        return
    bailed = cases[world.luck("custody limit", cases) >= world.levers.courts.crown.custody_limit_extended]
    world.cases.remanded[bailed], world.cases.bailed[bailed] = False, world.today
    world.cases.lead[bailed] -= round(world.levers.courts.crown.custody_lead)
    sentence.end_remand(world, bailed)
    listed = _still(world, bailed, CROWN_TRIAL_LIST)
    if listed.size:
        world.cases.stage[listed] = CROWN_TRIAL_DATE
        world.crown.clear()
        world.crown.receive(listed)  # in the place of a case on bail


def receive_for_sentence(world: World, cases: Ids) -> None:
    """Receive cases committed for sentence."""
    _receive(world, cases, FOR_SENTENCE)
    _list_hearing(world, cases, world.for_sentence_days[world.today])


def receive_appeals(world: World, cases: Ids) -> None:
    """Receive appeals."""
    _receive(world, cases, APPEAL)
    _list_hearing(world, cases, world.appeal_days[world.today])


def announce_receipts(world: World) -> None:
    """Enter the cases that no magistrates' court of the model sends on the days they come."""
    if world.is_imposed:
        _announce_imposed_receipts(world)
    else:
        _announce_separate_receipts(world)


def _announce_separate_receipts(world: World) -> None:
    """Enter breaches of orders and appeals.

    The people behind them are counted elsewhere, so they are not at risk of reoffending here.
    """
    for kind, stage in enumerate(("breach of order", "appeal")):
        days = np.repeat(np.arange(world.days), world.separate_receipts[kind])
        keys = luck.key(world.replication, luck.SEPARATE_RECEIPTS, kind, _counted(days))
        world.calendar.add(stage, _strangers(world, keys), days)


def _announce_imposed_receipts(world: World) -> None:
    """Enter the receipts imposed from outside, spread evenly over each quarter's working days.

    Each case was charged some time before, and was first heard on the day it was sent.
    """
    working, lever = world.clock.working_days(world.days), world.levers.courts.magistrates
    for route, stage in (
        ("for_trial", "imposed for trial"),
        ("for_sentence", "imposed for sentence"),
        ("appeals", "appeal"),
    ):
        due = np.zeros(world.days)
        for receipts in world.levers.demand.crown_receipts:
            quarter = world.clock.quarter(receipts.quarter)
            sat = [day for day in quarter if 0 <= day < world.days and working[day]]
            due[sat] = getattr(receipts, route) * world.share / max(len(sat), 1)
        numbers = np.diff(np.floor(np.cumsum(due) + 1e-6), prepend=0).astype(np.int64)
        days = np.repeat(np.arange(world.days), numbers)
        cases = _strangers(world, luck.key(world.replication, luck.IMPOSED, luck.key_of_name(route), _counted(days)))
        since = luck.lognormal(
            world.luck("days to first hearing", cases), lever.first_hearing_median, lever.first_hearing_mean
        )
        world.cases.received[cases], world.cases.first_hearing[cases] = days - luck.whole_days(since), days
        world.calendar.add(stage, cases, days)


def enter_list_order(world: World, cases: Ids) -> None:
    """Note what the listing policies look at."""
    groups = world.cases.group[cases]
    world.cases.has_victim[cases] = world.groups.victim[groups]
    spread = world.levers.courts.crown.list_spread * luck.normal(world.luck("list order", cases))
    world.cases.lead[cases] = (
        np.rint(np.clip(spread, -_BEFORE_ALL, _BEFORE_ALL)) + _BEFORE_ALL * world.ring_fenced[groups]
    )


def _counted(days: np.ndarray) -> np.ndarray:
    return np.arange(len(days), dtype=np.uint64)


def _strangers(world: World, keys: np.ndarray) -> Ids:
    """Cases of people who are counted elsewhere, so that they are not at risk of reoffending here."""
    groups = luck.choose(luck.uniform(keys, "stock group"), world.groups.sent_mix())
    people = offender.meet(world, keys, groups, np.ones(len(keys), bool))
    return case.make(world, keys, groups, person=people)


def sit(world: World, court: Court) -> None:
    """One sitting day: what is due, then trials while time lasts."""
    court.open_day(world.today)
    world.when_due("imposed for trial", receive_for_trial)
    world.when_due("imposed for sentence", receive_for_sentence)
    world.when_due("breach of order", receive_for_sentence)
    world.when_due("appeal", receive_appeals)
    world.when_due("back from warrant", return_from_warrant)
    world.when_due("custody limit", reach_custody_limit)
    world.when_due("dropped waiting", drop_waiting)
    world.when_due("late plea", plead_late)
    world.when_due("verdict", verdict)
    take = world.calendar.take
    pass_sentence(world, take("crown sentence", world.today), take("crown hearing", world.today))
    world.when_due("plea hearing", plea_hearing)
    court.clear()
    court.receive(_still(world, take("crown trial date", world.today), CROWN_TRIAL_DATE))
    trials(world, court)
    close_ended(world)


def plea_hearing(world: World, cases: Ids) -> None:
    """Take pleas: the guilty await sentence, the others wait for trial; some fail to attend."""
    lever, columns = world.levers.courts.crown, world.cases
    absconds = ~columns.remanded[cases] & ~columns.absconded[cases]  # nobody absconds twice
    absconds &= world.luck("warrant", cases) < lever.warrant_share
    _issue_warrant(world, cases[absconds])
    here = cases[~absconds]
    world.crown.spend(here, np.full(len(here), round(60 * lever.plea_hearing_hours)))
    guilty = world.luck("crown plea", here) < world.groups.crown_plea_share[columns.group[here]]
    plead_guilty(world, here[guilty])
    await_trial(world, here[~guilty])


def plead_guilty(world: World, cases: Ids) -> None:
    """Enter guilty pleas; sentence follows at a hearing of its own."""
    if not cases.size:
        return
    world.cases.outcome[cases] = GUILTY_PLEA
    world.cases.main_hearing[cases] = world.today
    world.cases.owed[cases] = world.cases.other_minutes[cases]
    _await_sentence(world, cases)


def await_trial(world: World, cases: Ids) -> None:
    """Wait for trial. A late plea or the end of the prosecution may come first."""
    world.cases.stage[cases] = CROWN_TRIAL_DATE
    days = luck.whole_days(days_to_trial_date(world, cases))
    world.calendar.add("crown trial date", cases, world.today + days)
    await_leaving(world, cases, np.zeros(len(cases)))


def days_to_trial_date(world: World, cases: Ids, more_than: np.ndarray | float = 0.0) -> np.ndarray:
    """Days from the plea hearing until each case is ready for trial: some take far longer than most.

    Where a case is known to need *more_than* so many days, of those that do.
    """
    lever = world.levers.courts.crown
    mean = np.where(world.cases.remanded[cases], lever.trial_days_custody, lever.trial_days_bail)
    if lever.trial_days_spread == 0:
        return mean
    ready = ready_within(lever, more_than, mean)
    return luck.lognormal(ready + (1 - ready) * world.luck("trial date", cases), _median(lever, mean), mean)


def ready_within(lever: Crown, days: np.ndarray | float, mean: np.ndarray | float) -> np.ndarray:
    """Share of cases that are ready for trial within so many *days* of the plea hearing, if that takes *mean* days."""
    if lever.trial_days_spread == 0:
        return np.asarray(days >= mean, float)
    return luck.lognormal_share(days, _median(lever, mean), mean)


def _median(lever: Crown, mean: np.ndarray | float) -> np.ndarray | float:
    return mean / np.sqrt(1 + lever.trial_days_spread**2)


def await_leaving(world: World, cases: Ids, waited: np.ndarray) -> None:
    """Enter when each case would leave before trial, were it still waiting: dropped or, at a time of its own, pleading.

    *Waited* is the days since its plea hearing.
    """
    lever = world.levers.courts.crown
    if lever.attrition_rate:
        wait = luck.exponential(world.luck("attrition", cases), DAYS_A_YEAR / lever.attrition_rate)
        world.calendar.add("dropped waiting", cases, world.today + luck.whole_days(wait))
    if lever.late_pleas == "at a time of their own":
        still = np.exp(-waited / lever.late_plea_days) * lever.late_plea_share  # of all at the plea hearing
        pleads = cases[world.luck("late plea", cases) < still / (still + 1 - lever.late_plea_share)]
        wait = luck.exponential(world.luck("late plea after", pleads), lever.late_plea_days)
        world.calendar.add("late plea", pleads, world.today + luck.whole_days(wait))


def drop_waiting(world: World, cases: Ids) -> None:
    """End the prosecution of those of *cases* that still wait for trial: neither plea nor verdict."""
    dropped = _waiting(world, cases)
    world.crown.spend(dropped, world.cases.other_minutes[dropped])
    close(world, dropped, NO_VERDICT)


def plead_late(world: World, cases: Ids) -> None:
    """Take the guilty pleas of those of *cases* that still wait for trial."""
    plead_guilty(world, _waiting(world, cases))


def trials(world: World, court: Court) -> None:
    """Call on the trial list in order: a late plea, or a listed trial: ineffective, cracked, or contested to a verdict.

    A plea that comes as the trial nears is no listing; its time is owed at sentence.
    """
    for cases in court.called(limited=True):
        pleads, ineffective, contested, minutes = listed(world, cases)
        if court.fit(minutes) < len(cases):
            break
    begun, ends = court.sit(cases, minutes)
    court.close_day(waiting=len(court.trials) > 0)
    plead_guilty(world, begun[pleads[: len(begun)]])
    tried = np.flatnonzero(~pleads[: len(begun)])
    begun, ends, ineffective, contested = begun[tried], ends[tried], ineffective[tried], contested[tried]
    world.cases.listings[begun] += 1
    world.cases.main_hearing[begun[~ineffective]] = world.today
    trying, cracked = ~ineffective & contested, ~ineffective & ~contested
    court.count_listings(*(np.count_nonzero(way) for way in (trying, cracked, ineffective)))
    _relist(world, begun[ineffective])
    crack(world, begun[cracked])
    world.cases.stage[begun[trying]] = CROWN_TRYING
    world.calendar.add("verdict", begun[trying], ends[trying])
    verdict(world, begun[trying & (ends == world.today)])


def listed(world: World, cases: Ids) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each case's next listing: whether a plea comes before it; ineffective or not, contested or not; minutes."""
    lever, pleads = world.levers.courts.crown, _pleads_as_trial_nears(world, cases)
    ineffective = world.luck("listing", cases, world.cases.listings[cases]) < world.ineffective_share[world.today]
    contested = world.luck("tried", cases) < world.groups.crown_tried_share[world.cases.group[cases]]
    minutes = np.where(contested, world.cases.trial_minutes[cases], world.cases.other_minutes[cases])
    minutes = np.where(ineffective, round(60 * lever.ineffective_hours), minutes)
    return pleads, ineffective, contested, np.where(pleads, 0, minutes)


def crack(world: World, cases: Ids) -> None:
    """Trials that crack on the day: a guilty plea, or the prosecution offers no evidence."""
    pleads = world.luck("cracked verdict", cases) < world.levers.courts.crown.cracked_guilty
    world.cases.outcome[cases[pleads]] = GUILTY_PLEA
    _await_sentence(world, cases[pleads])
    close(world, cases[~pleads], NO_VERDICT)


def verdict(world: World, cases: Ids) -> None:
    """Trials that end today."""
    if not cases.size:
        return
    cases = _still(world, cases, CROWN_TRYING)
    convicted = world.luck("tried verdict", cases) < world.levers.courts.crown.tried_convicted
    world.cases.outcome[cases[convicted]] = CONVICTED
    _await_sentence(world, cases[convicted])
    close(world, cases[~convicted], ACQUITTED)


def pass_sentence(world: World, cases: Ids, heard: Ids) -> None:
    """Sentence and close *cases* that were tried or pleaded here, and those *heard* for sentence; decide appeals."""
    lever, is_appeal = world.levers.courts.crown, world.cases.crown_route[heard] == APPEAL
    hours = np.where(is_appeal, lever.appeal_hours, lever.for_sentence_hours)
    world.crown.spend(heard, np.rint(60 * hours).astype(np.int64))
    world.crown.spend(cases, world.cases.owed[cases].astype(np.int64))
    committed = heard[~is_appeal & (world.cases.first_hearing[heard] <= world.today)]
    sentence.pass_sentence(world, np.concatenate([cases, committed]), TIER)
    world.cases.outcome[heard] = DECIDED
    close(world, np.concatenate([cases, heard]), None)


def return_from_warrant(world: World, cases: Ids) -> None:
    """Bring people back on a warrant; a plea hearing follows."""
    world.record.count("returned", TIER, world, cases)
    _list_plea_hearing(world, cases, world.levers.courts.crown.plea_hearing_days)


def close(world: World, cases: Ids, outcome: int | None) -> None:
    """End cases; the books are closed on them at the end of the day."""
    if outcome is not None:
        world.cases.outcome[cases] = outcome
    world.cases.stage[cases] = ENDED
    world.ended_today.append(cases)


def close_ended(world: World) -> None:
    """Close the books on today's cases; whoever was held for them goes free unless something else holds them."""
    cases = np.concatenate(world.ended_today)
    world.ended_today.clear()
    world.cases.crown_closed[cases] = world.today
    _count_mentions(world, cases[world.cases.crown_route[cases] == FOR_TRIAL])
    sentence.end_remand(world, cases)
    world.record.count("closed", TIER, world, cases)


def _count_mentions(world: World, cases: Ids) -> None:
    """Count the mentions and other short hearings of for-trial cases; their time is within that of the case."""
    world.crown.hear_again(cases, luck.poisson(world.luck("mentions", cases), world.mentions[world.today]))


def draw_lengths(world: World, cases: Ids) -> None:
    """Draw the time a for-trial case takes, contested or not: it belongs to the case.

    Both are right-skewed around the mean of its group.
    """
    lever = world.levers.courts.crown
    mean, group = world.groups.crown_hours_contested, world.cases.group[cases]
    median = mean / np.sqrt(1 + lever.contested_spread**2)
    hours = luck.lognormal(world.luck("contested hours", cases), median[group], mean[group]) - lever.plea_hearing_hours
    world.cases.trial_minutes[cases] = np.maximum(np.rint(60 * hours * (1 - _judge_only_saving(world, cases))), 1)
    mean = np.maximum(after_plea_hearing(lever, world.groups.crown_hours_other), 1e-6)
    median = mean / np.sqrt(1 + lever.other_spread**2)
    hours = luck.lognormal(world.luck("other hours", cases), median[group], mean[group])
    world.cases.other_minutes[cases] = np.rint(60 * hours)


def _judge_only_saving(world: World, cases: Ids) -> np.ndarray:
    """Share of each case's time saved because it is tried without a jury."""
    law = world.levers.courts.law
    if world.today < world.judge_only_from:
        return np.zeros(len(cases))
    judge_only = ~world.cases.indictable[cases] & (world.luck("judge only", cases) < law.judge_only_share)
    return judge_only * (world.cases.crown_received[cases] >= world.judge_only_from) * law.judge_only_saving


def _receive(world: World, cases: Ids, route: int) -> None:
    world.cases.crown_route[cases] = route
    enter_list_order(world, cases)
    world.cases.crown_received[cases] = world.cases.joined[cases] = world.today
    world.record.count("received", TIER, world, cases)


def _list_plea_hearing(world: World, cases: Ids, days: float) -> None:
    world.cases.stage[cases] = CROWN_PLEA
    world.calendar.add("plea hearing", cases, world.today + luck.whole_days(days))


def _list_hearing(world: World, cases: Ids, mean: float) -> None:
    world.cases.stage[cases] = CROWN_HEARING
    wait = luck.exponential(world.luck("wait for hearing", cases), mean)
    world.calendar.add("crown hearing", cases, world.today + luck.whole_days(wait))


def _issue_warrant(world: World, cases: Ids) -> None:
    if not cases.size:
        return
    world.record.count("warrants_out", TIER, world, cases)
    world.cases.stage[cases] = WARRANT
    world.cases.absconded[cases] = True
    wait = luck.exponential(world.luck("back from warrant", cases), world.levers.courts.crown.warrant_days)
    world.calendar.add("back from warrant", cases, world.today + luck.whole_days(wait))


def _await_sentence(world: World, cases: Ids) -> None:
    lever = world.levers.courts.crown
    world.cases.stage[cases] = CROWN_SENTENCE
    wait = luck.lognormal(world.luck("sentence delay", cases), lever.sentence_delay_median, lever.sentence_delay_mean)
    world.calendar.add("crown sentence", cases, world.today + luck.whole_days(wait))


def _relist(world: World, cases: Ids) -> None:
    """Ineffective trials wait for a new date."""
    world.cases.stage[cases] = CROWN_TRIAL_DATE
    days = luck.whole_days(world.levers.courts.crown.relist_days)
    world.calendar.add("crown trial date", cases, world.today + days)


def _pleads_as_trial_nears(world: World, cases: Ids) -> np.ndarray:
    """Whether each case pleads guilty when it is first called on: drawn once a case."""
    lever = world.levers.courts.crown
    if lever.late_pleas != "as the trial nears":
        return np.zeros(len(cases), bool)
    return (world.cases.listings[cases] == 0) & (world.luck("late plea", cases) < lever.late_plea_share)


def _waiting(world: World, cases: Ids) -> Ids:
    """Those of *cases* that wait for trial."""
    return cases[_FOR_TRIAL[world.cases.stage[cases]]]


def _still(world: World, cases: Ids, stage: int) -> Ids:
    """Those of *cases* that are still at *stage*."""
    return cases[world.cases.stage[cases] == stage]
