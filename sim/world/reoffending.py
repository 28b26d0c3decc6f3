"""When people are next detected offending.

Each contact begins one spell at risk with one unit-exponential budget. It is spent at
rate x d(baseline), where t is days at liberty in the spell and baseline(t) rises to 1 at 12 months
and levels off at 1 / early. The hazard of a group falls with time, since its frail go first. Custody
stops the spending; a course changes what is left of the budget. Neither draws again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.base import luck
from sim.base.clock import MONTHS_12
from sim.scenario.model import RECORD_BAND_STARTS, Reoffending
from sim.world.columns import NEVER, Ids, distinct

if TYPE_CHECKING:
    from sim.world import World


def hazard_for_share(share: np.ndarray, frailty_variance: float) -> np.ndarray:
    """Hazard by 12 months that makes *share* of a gamma-frail group offend: share = 1 - (1 + v h) ** (-1 / v)."""
    if frailty_variance == 0:
        return -np.log1p(-share)
    return ((1 - share) ** -frailty_variance - 1) / frailty_variance


def share_for_hazard(hazard: np.ndarray, frailty_variance: float) -> np.ndarray:
    """Share of a gamma-frail group that offends by 12 months under *hazard*: the inverse of hazard_for_share."""
    if frailty_variance == 0:
        return -np.expm1(-hazard)
    return 1 - (1 + frailty_variance * hazard) ** (-1 / frailty_variance)


def hazard_by_record(lever: Reoffending) -> np.ndarray:
    """Hazard by 12 months of an average person with 0, 1, 2 ... previous convictions and cautions."""
    bands = np.searchsorted(RECORD_BAND_STARTS, np.arange(RECORD_BAND_STARTS[-1] + 1), side="right") - 1
    return hazard_for_share(np.array(lever.share_12_months), lever.frailty_variance)[bands]


def rate(world: World, people: Ids) -> np.ndarray:
    """Hazard each person spends by 12 months at liberty.

    The record that counts is the one a person brought to the first contact: record goes with risk, but nothing
    says that a conviction avoided lowers it, so what police and courts do now does not change it.
    """
    who = world.people
    return rate_of(world, who.first_record[people], who.age[people], who.male[people], who.frailty[people])


def rate_of(world: World, record: np.ndarray, age: np.ndarray, male: np.ndarray, frailty: np.ndarray) -> np.ndarray:
    """The same from what it depends on: record, age, sex and the person's own frailty."""
    lever = world.levers.reoffending
    by_record = world.hazard_by_record[np.minimum(record, len(world.hazard_by_record) - 1)]
    return by_record * np.where(age < 25, lever.under_25_ratio, 1) * np.where(male, 1, lever.female_ratio) * frailty


def survival(world: World, rates: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Chance of no further offence in so many days at liberty since a contact."""
    return np.exp(-rates * _baseline(world, days))


def begin_spell(world: World, people: Ids, budget_keys: np.ndarray, exposure: np.ndarray | float = 0.0) -> None:
    """Start the spell that follows a contact today; *exposure* is the days at liberty already behind it."""
    columns = world.people
    columns.budget[people] = luck.exponential(luck.uniform(budget_keys, "reoffence"), 1.0)
    columns.rate[people] = rate(world, people)
    columns.exposure[people] = exposure
    columns.since[people] = world.today
    _schedule(world, people)


def hold(world: World, people: Ids) -> None:
    """Take people into custody: from today they cannot offend."""
    _spend(world, people)
    np.add.at(world.people.held, people, np.int8(1))
    world.people.due[people] = NEVER


def release(world: World, people: Ids) -> None:
    """Let go of people; those whom nothing else holds are at risk again."""
    np.subtract.at(world.people.held, people, np.int8(1))
    free = distinct(people[world.people.held[people] == 0])
    world.people.since[free] = world.today
    _schedule(world, free)


def change_hazard(world: World, people: Ids, ratios: np.ndarray | float) -> None:
    """Change what is left of these people's spells by hazard *ratios*, one each or one for all.

    A published ratio is that of a group, in which people differ. So it is the survival of a person's peers, of all
    frailties, that is raised to its power: each spell is put off as far along that curve as a trial would show.
    """
    if not people.size or np.all(np.equal(ratios, 1)):
        return
    _spend(world, people)
    columns, variance = world.people, world.levers.reoffending.frailty_variance
    peers = rate_of(
        world, columns.first_record[people], columns.age[people], columns.male[people], np.ones(len(people))
    )
    begun = _baseline(world, columns.exposure[people])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        left = np.maximum(columns.budget[people], 0) / columns.rate[people]
        if variance == 0:
            left = left / ratios
        else:
            spent = 1 + variance * peers * begun
            put_off = spent * ((1 + variance * peers * left / spent) ** (1 / np.asarray(ratios)) - 1)
            left = np.where(np.isfinite(left), put_off / (variance * peers), left)
        budget = columns.rate[people] * left
    columns.budget[people] = np.where(np.isfinite(left), budget, columns.budget[people])
    _schedule(world, people[columns.held[people] == 0])


def offend(world: World, people: Ids) -> tuple[Ids, np.ndarray, np.ndarray]:
    """Return those of *people* who are detected offending today, the group of each offence and the contact's key."""
    columns = world.people
    people = distinct(people[(columns.due[people] == world.today) & (columns.held[people] == 0)])
    keys = contact_keys(columns.key[people], columns.contacts[people] + 1)
    next_group, if_other = luck.uniform(keys, ("next group", "next group if other"))
    other = luck.choose(if_other, world.group_mix)
    same = next_group < world.levers.reoffending.same_group_share
    return people, np.where(same, columns.group[people], other), keys


def days_at_liberty(world: World, people: Ids) -> np.ndarray:
    """Days at liberty of these people, who are free today, since their last contact."""
    return world.people.exposure[people] + (world.today - world.people.since[people])


def contact_keys(person_keys: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The key of each person's n-th contact."""
    return luck.key(person_keys, numbers.astype(np.uint64))


def _spend(world: World, people: Ids) -> None:
    """Bring the spells of *people* up to today. Nothing is spent in custody."""
    columns = world.people
    at_liberty = columns.held[people] == 0
    more = np.where(at_liberty, world.today - columns.since[people], 0)
    before = columns.exposure[people]
    columns.budget[people] -= columns.rate[people] * (_baseline(world, before + more) - _baseline(world, before))
    columns.exposure[people] = before + more
    columns.since[people] = world.today


def _schedule(world: World, people: Ids) -> None:
    """Enter the day on which the budget of each person at liberty will be spent."""
    columns = world.people
    exposure = columns.exposure[people].astype(float)
    with np.errstate(divide="ignore"):
        more = np.maximum(columns.budget[people], 0) / columns.rate[people]
    days = np.ceil(_days_when(world, _baseline(world, exposure) + more) - exposure)
    days = np.where(np.isfinite(days) & (columns.held[people] == 0), np.maximum(days, 1), np.inf)
    due = np.minimum(world.today + days, float(NEVER)).astype(np.int32)
    columns.due[people] = due
    world.calendar.add("reoffence", people, due)


def _baseline(world: World, days: np.ndarray) -> np.ndarray:
    """Baseline by so many days at liberty: (t / 12 months) ** shape, bent so that it levels off at 1 / early."""
    lever = world.levers.reoffending
    grown = (np.maximum(days, 0) / MONTHS_12) ** lever.shape
    if lever.early == 0:
        return grown
    return -np.expm1(np.log1p(-lever.early) * grown) / lever.early


def _days_when(world: World, baseline: np.ndarray) -> np.ndarray:
    """Days at liberty by which the baseline reaches a level; infinite where it never does."""
    lever = world.levers.reoffending
    if lever.early:
        with np.errstate(divide="ignore", invalid="ignore"):
            baseline = np.log1p(-np.minimum(lever.early * baseline, 1)) / np.log1p(-lever.early)
    with np.errstate(over="ignore"):
        return MONTHS_12 * baseline ** (1 / lever.shape)
