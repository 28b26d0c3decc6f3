"""Day 0: the published stock of cases, and the people already at risk of reoffending.

Cases in progress are drawn as they would be met on a day picked at random: long waits are met more
often, and their age is a share of the whole wait drawn evenly. So a flow in balance stays in balance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.base import luck
from sim.base.clock import DAYS_A_YEAR, MONTHS_12
from sim.scenario.model import AGE_BANDS_DAYS
from sim.world import case, crown, magistrates, offender, police, reoffending
from sim.world.columns import (
    APPEAL,
    CROWN_HEARING,
    CROWN_PLEA,
    CROWN_SENTENCE,
    CROWN_TRIAL_DATE,
    FIRST_HEARING,
    FOR_SENTENCE,
    FOR_TRIAL,
    GUILTY_PLEA,
    PAPER,
    REPORT,
    SUMMARY,
    TRIAL_DATE,
    WITHDRAWING,
    Ids,
)

if TYPE_CHECKING:
    from sim.world import World


_NEVER_READY = 10**6  # days: more than any run has


def open_world(world: World) -> None:
    """Fill the world as it stands on the morning of day 0."""
    if world.is_imposed:
        _crown(world)
        return
    _under_investigation(world)
    _magistrates(world)
    _crown(world)
    _people_at_risk(world)


def _people_at_risk(world: World) -> None:
    """People whose last contact lies in the years before and who have not offended since."""
    years = world.levers.reoffending.history_years
    have_cases = np.bincount(world.cases.group[: world.cases.size], minlength=len(world.groups.contacts))
    met = world.groups.contacts + world.referred
    numbers = np.maximum(met * years * world.share - have_cases, 0)
    groups = np.repeat(np.arange(len(numbers)), np.rint(numbers).astype(np.int64))
    keys = luck.key(world.replication, luck.PAST_CONTACTS, np.arange(len(groups), dtype=np.uint64))
    charged = luck.uniform(keys, "would have happened") < world.groups.charge_share[groups]
    days = luck.uniform(keys, "past contact") * years * DAYS_A_YEAR
    first = (world.groups.first_contacts + world.referred)[groups] / met[groups]
    again = luck.uniform(keys, "next group") >= first
    who = offender.describe(world, keys, groups, charged, again)
    rates = reoffending.rate_of(world, who["record"], who["age"], who["male"], who["frailty"])
    still = luck.uniform(keys, "attrition") < reoffending.survival(world, rates, days)
    people = offender.make(world, {name: column[still] for name, column in who.items()})
    world.people.contacts[people] = 1
    reoffending.begin_spell(world, people, keys[still], days[still])


def _under_investigation(world: World) -> None:
    """People met before day 0 whose charge or disposal is still to come."""
    lever, groups = world.levers.police, world.groups
    referred = world.referred / DAYS_A_YEAR * lever.charge_delay_mean
    charges = groups.contacts * groups.charge_share / DAYS_A_YEAR * lever.charge_delay_mean + referred
    disposals = groups.contacts * groups.disposed_share / DAYS_A_YEAR * lever.disposal_delay_mean
    for stage, numbers, median, mean in (
        ("charge", charges, lever.charge_delay_median, lever.charge_delay_mean),
        ("dispose", disposals, lever.disposal_delay_median, lever.disposal_delay_mean),
    ):
        total = world.scaled(numbers.sum())
        cases = _cases(world, luck.UNDER_INVESTIGATION, total, numbers)
        if stage == "dispose":
            world.cases.would_have[cases] = police.which_disposal(world, cases)
        age, rest = _in_progress(world, cases, median, mean)
        own = world.luck("own case", cases) < groups.own_case_share[world.cases.group[cases]]
        world.cases.own_case[cases] = own
        _meet(world, cases, age)
        world.calendar.add(stage, cases, luck.whole_days(rest) - 1)


def _magistrates(world: World) -> None:
    """The published stock: awaiting a first hearing, a withdrawal, a report, and for the rest a trial."""
    lever, groups = world.levers.courts.magistrates, world.groups
    world.record.stock("magistrates", *_paper_cells(world))
    flow = groups.court_cases() + world.referred
    for route, stock, flows in (
        (FOR_TRIAL, lever.open_for_trial, flow * groups.for_trial_share),
        (SUMMARY, lever.open_summary, flow * (1 - groups.for_trial_share)),
    ):
        kept = flows * (1 - groups.sent_share * (route == FOR_TRIAL))
        guilty = kept * (1 - groups.not_guilty_share - groups.withdrawn_share)
        parts = (
            (_await_first_hearing, flows, lever.first_hearing_mean),
            (_await_withdrawal, kept * groups.withdrawn_share, lever.withdrawn_days),
            (_await_report, guilty * lever.report_share, lever.report_days),
        )
        left = world.scaled(stock)
        for await_, a_year, days in parts:
            number = min(left, world.scaled(a_year.sum() / DAYS_A_YEAR * days))
            await_(world, _magistrates_cases(world, number, a_year, route))
            left -= number
        _await_trial(world, _magistrates_cases(world, left, kept * groups.not_guilty_share, route))


def _magistrates_cases(world: World, number: int, weights: np.ndarray, route: int) -> Ids:
    cases = _cases(world, luck.STOCK, number, weights)
    world.cases.route[cases] = route
    world.record.stock("magistrates", world.cases.group[cases], world.cases.route[cases])
    return cases


def _await_first_hearing(world: World, cases: Ids) -> None:
    lever = world.levers.courts.magistrates
    age, rest = _in_progress(world, cases, lever.first_hearing_median, lever.first_hearing_mean)
    _received(world, cases, age)
    world.cases.stage[cases] = FIRST_HEARING
    world.calendar.add("first hearing", cases, luck.whole_days(rest) - 1)


def _await_withdrawal(world: World, cases: Ids) -> None:
    lever = world.levers.courts.magistrates
    wait = luck.exponential(world.luck("withdrawn after", cases), lever.withdrawn_days)
    age = luck.exponential(world.luck("stock age", cases), lever.withdrawn_days)
    _heard(world, cases, age)
    world.cases.stage[cases] = WITHDRAWING
    world.calendar.add("withdrawal", cases, luck.whole_days(wait) - 1)


def _await_report(world: World, cases: Ids) -> None:
    days = world.levers.courts.magistrates.report_days
    age = days * world.luck("stock age", cases)
    _heard(world, cases, age)
    world.cases.stage[cases], world.cases.outcome[cases] = REPORT, GUILTY_PLEA
    world.calendar.add("after report", cases, luck.whole_days(days - age) - 1)


def _await_trial(world: World, cases: Ids) -> None:
    """A list heard in order is met with every age up to the whole wait, evenly."""
    lever = world.levers.courts.magistrates
    age = lever.trial_wait * luck.spread_evenly(world.luck("stock age", cases))
    _heard(world, cases, age)
    wait = lever.trial_wait if lever.binds == "nothing" else lever.trial_days
    _list(world, cases, "magistrates trial date", wait - age)
    magistrates.await_withdrawal_while_waiting(world, cases)


def _crown(world: World) -> None:
    """The published stock: for trial by age and custody, for sentence, and appeals."""
    lever = world.levers.courts.crown
    total = world.scaled(lever.open)
    for_trial = round(total * lever.open_for_trial_share)
    appeals = round(total * lever.open_appeal_share)
    in_custody = round(for_trial * lever.open_custody_share)
    tilt = _tilt(world)
    _for_trial(world, in_custody, min(lever.custody_over_12_months * tilt, 1), remanded=True)
    _for_trial(world, for_trial - in_custody, min(lever.bail_over_12_months * tilt, 1), remanded=False)
    _awaiting_hearing(world, total - for_trial - appeals, FOR_SENTENCE, world.for_sentence_days[0])
    _awaiting_hearing(world, appeals, APPEAL, world.appeal_days[0])


def _tilt(world: World) -> float:
    """What the shares of for-trial cases over 12 months must be multiplied by to give the area's own share of all."""
    lever = world.levers.courts.crown
    appeals, for_trial = lever.open_appeal_share, lever.open_for_trial_share
    others = (1 - for_trial - appeals) * np.exp(-MONTHS_12 / world.for_sentence_days[0])
    others += appeals * np.exp(-MONTHS_12 / world.appeal_days[0])
    custody = lever.open_custody_share
    stated = custody * lever.custody_over_12_months + (1 - custody) * lever.bail_over_12_months
    wanted = max(lever.open_over_12_months - others, 0)
    return wanted / (for_trial * stated) if for_trial * stated else 1.0


def _for_trial(world: World, number: int, over_12_months: float, remanded: bool) -> None:
    """For-trial cases of one remand status: the youngest await a plea hearing, some a sentence, the rest a trial."""
    lever, groups = world.levers.courts.crown, world.groups
    draws = luck.uniform(_keys(world, number), "stock order")
    ages = _age_quantile(luck.spread_evenly(np.sort(draws)), lever.open_age_bands, over_12_months)
    sent = groups.sent_cases()
    to_plea = int(np.searchsorted(ages, lever.plea_hearing_days))
    cases = _crown_cases(world, to_plea, sent, FOR_TRIAL, ages[:to_plea], remanded)
    world.cases.stage[cases] = CROWN_PLEA
    rest = lever.plea_hearing_days - ages[:to_plea]
    world.calendar.add("plea hearing", cases, luck.whole_days(rest) - 1)
    older = ages[to_plea:][np.argsort(draws[to_plea:])]
    to_sentence = min(round(number * lever.open_awaiting_sentence), len(older))
    cases = _crown_cases(world, to_sentence, sent * groups.crown_plea_share, FOR_TRIAL, older[:to_sentence], remanded)
    _await_crown_sentence(world, cases)
    waiting = sent * (1 - groups.crown_plea_share)
    older = older[to_sentence:]
    cases = _crown_cases(world, len(older), waiting, FOR_TRIAL, older, remanded)
    since_plea = np.maximum(older - lever.plea_hearing_days, 0)
    is_ready = world.luck("stock ready", cases) >= _not_ready(world, since_plea, remanded)
    days = np.where(is_ready, 0, crown.days_to_trial_date(world, cases, since_plea) - since_plea)
    _list(world, cases, "crown trial date", days)
    crown.await_leaving(world, cases, since_plea)


def _not_ready(world: World, since_plea: np.ndarray, remanded: bool) -> np.ndarray:
    """Chance that each case that waits for trial is not ready for it: the younger, the likelier.

    Little's law gives how many are not: those that come to wait a day, times the mean days until they are ready. They
    are spread over the cases as the share that takes longer than each has waited.
    """
    lever, groups = world.levers.courts.crown, world.groups
    share = groups.indictable_share * lever.remand_indictable + (1 - groups.indictable_share) * lever.remand_either_way
    waits = groups.sent_mix() * (1 - groups.crown_plea_share) * (share if remanded else 1 - share)
    mean = lever.trial_days_custody if remanded else lever.trial_days_bail
    number = _sent_a_year(world) * waits.sum() / DAYS_A_YEAR * mean * world.share
    longer = 1 - crown.ready_within(lever, since_plea, mean)
    return np.clip(longer * number / max(longer.sum(), 1e-9), 0, 1)


def _sent_a_year(world: World) -> float:
    """Cases a year that came to the Crown Court for trial before day 0: as many as at first come after it."""
    if not world.is_imposed:
        return float(world.groups.sent_cases().sum())
    first = min(world.levers.demand.crown_receipts, key=lambda row: abs(world.clock.quarter(row.quarter)[0]))
    return first.for_trial / len(world.clock.quarter(first.quarter)) * DAYS_A_YEAR


def _await_crown_sentence(world: World, cases: Ids) -> None:
    lever = world.levers.courts.crown
    world.cases.stage[cases], world.cases.outcome[cases] = CROWN_SENTENCE, GUILTY_PLEA
    _, rest = _in_progress(world, cases, lever.sentence_delay_median, lever.sentence_delay_mean)
    world.calendar.add("crown sentence", cases, luck.whole_days(rest) - 1)


def _awaiting_hearing(world: World, number: int, route: int, mean: float) -> None:
    ages = luck.exponential(luck.spread_evenly(luck.uniform(_keys(world, number), "stock age")), mean)
    cases = _crown_cases(world, number, world.groups.sent_cases(), route, ages, remanded=False)
    world.cases.stage[cases] = CROWN_HEARING
    wait = luck.exponential(world.luck("wait for hearing", cases), mean)
    world.calendar.add("crown hearing", cases, luck.whole_days(wait) - 1)


def _crown_cases(world: World, number: int, weights: np.ndarray, route: int, ages: np.ndarray, remanded: bool) -> Ids:
    cases = _cases(world, luck.STOCK, number, weights)
    columns = world.cases
    _heard(world, cases, ages)
    columns.route[cases], columns.crown_route[cases], columns.remanded[cases] = FOR_TRIAL, route, remanded
    columns.joined[cases] = columns.crown_received[cases] = columns.closed[cases] = -np.ceil(ages)
    world.record.stock("crown", columns.group[cases], columns.crown_route[cases])
    crown.enter_list_order(world, cases)
    if route == FOR_TRIAL:
        crown.draw_lengths(world, cases)
    if remanded:
        crown.remand(world, cases)
        columns.held_since[cases] = -np.ceil(ages)
    return cases


def _age_quantile(ranks: np.ndarray, bands: list[float], over_12_months: float) -> np.ndarray:
    """Age in days at each rank, spread evenly within the published bands tilted to a share over 12 months."""
    counts = np.array(bands, float)
    old = np.array(AGE_BANDS_DAYS[:-1]) >= MONTHS_12
    counts[old] *= over_12_months / counts[old].sum()
    counts[~old] *= (1 - over_12_months) / counts[~old].sum()
    return np.interp(ranks, np.concatenate([[0], np.cumsum(counts)]), AGE_BANDS_DAYS)


def _list(world: World, cases: Ids, stage: str, days: np.ndarray) -> None:
    """Put cases on a trial list on the day they become ready; those that are ready go on it today."""
    world.cases.stage[cases] = TRIAL_DATE if stage.startswith("magistrates") else CROWN_TRIAL_DATE
    world.calendar.add(stage, cases, np.clip(np.rint(days), 0, _NEVER_READY).astype(np.int64))


def _received(world: World, cases: Ids, age: np.ndarray) -> None:
    """Cases received *age* days ago, of people met before that."""
    columns = world.cases
    columns.received[cases] = columns.joined[cases] = -np.ceil(age)
    _meet(world, cases, age + world.levers.police.charge_delay_mean)


def _heard(world: World, cases: Ids, age: np.ndarray) -> None:
    """Cases first heard *age* days ago."""
    _received(world, cases, age + world.levers.courts.magistrates.first_hearing_mean)
    world.cases.first_hearing[cases] = -np.ceil(age)


def _meet(world: World, cases: Ids, days_ago: np.ndarray) -> None:
    """Make the people behind *cases*, met *days_ago*, and put them at risk from here on."""
    columns = world.cases
    columns.contact_day[cases] = -np.ceil(days_ago)
    charged = columns.would_have[cases] == world.charged
    people = offender.meet(world, columns.key[cases], columns.group[cases], charged)
    columns.person[cases], world.people.last_case[people], world.people.contacts[people] = people, cases, 1
    columns.record[cases] = world.people.record[people]
    if not world.is_imposed:  # what comes to court is known then
        reoffending.begin_spell(world, people, columns.key[cases], days_ago)


def _cases(world: World, kind: int, number: int, weights: np.ndarray) -> Ids:
    """Add *number* cases of people to be charged, whose groups are drawn in proportion to *weights*."""
    keys = luck.key(world.replication, kind, np.arange(number, dtype=np.uint64) + np.uint64(world.cases.size))
    shares = weights / weights.sum() if weights.sum() else np.full(len(weights), 1 / len(weights))
    groups = luck.choose(luck.uniform(keys, "stock group"), shares)
    return case.make(world, keys, groups, would_have=world.charged)


def _keys(world: World, number: int) -> np.ndarray:
    """Keys for choosing among the next *number* cases."""
    return luck.key(world.replication, luck.STOCK, np.arange(number, dtype=np.uint64) + np.uint64(world.cases.size))


def _in_progress(world: World, cases: Ids, median: float, mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Age and remaining days of lognormal waits met in progress."""
    whole = luck.lognormal_in_progress(world.luck("stock wait", cases), median, mean)
    age = whole * world.luck("stock age", cases)
    return age, whole - age


def _paper_cells(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Paper cases in the stock, as group and route of each."""
    stock = world.paper.stock
    return np.full(stock, len(world.groups.contacts)), np.full(stock, PAPER)
