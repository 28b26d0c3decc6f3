"""Sentence, custody and the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.base import luck
from sim.scenario.model import CROWN_SENTENCES, MAGISTRATES_SENTENCES
from sim.world import reoffending
from sim.world.columns import NEVER, Ids

if TYPE_CHECKING:
    from sim.world import World

_CUSTODY = {"magistrates": MAGISTRATES_SENTENCES.index("custody"), "crown": CROWN_SENTENCES.index("custody")}


def pass_sentence(world: World, cases: Ids, tier: str) -> None:
    """Sentence convicted people: custody holds them until release, less the days spent on remand."""
    if not cases.size:
        return
    put_on_record(world, cases)
    jailed = in_custody(world, cases, tier)
    start_official_clock(world, cases[~jailed])
    _imprison(world, cases[jailed], tier)


def in_custody(world: World, cases: Ids, tier: str) -> np.ndarray:
    """Whether each sentence is custody to be served at once, under the law of today."""
    shares = world.groups.sentences[tier][world.cases.group[cases]]
    draws = world.luck(f"{tier} sentence", cases)
    jailed = (draws[:, None] >= np.cumsum(shares, axis=1)).sum(axis=1) == _CUSTODY[tier]
    lever = world.levers.sentencing
    if world.today >= world.suspension_day:
        suspended = lever.suspended_magistrates if tier == "magistrates" else lever.suspended_crown
        jailed &= world.luck("law on custody", cases) >= suspended
    return jailed


def put_on_record(world: World, cases: Ids) -> None:
    """Add a conviction or caution to the record; where the offence is recordable it is proof in the official sense."""
    np.add.at(world.people.record, world.cases.person[cases], np.int16(1))
    world.cases.proven_day[cases[world.cases.recordable[cases]]] = world.today


def cancel_caution(world: World, cases: Ids) -> None:
    """Take a caution off the record again: when its breach is prosecuted it ceases to have effect."""
    people = world.cases.person[cases]
    np.subtract.at(world.people.record, people, np.int16(1))
    world.people.record[people] = np.maximum(world.people.record[people], 0)  # it may have ceased to count before
    world.cases.proven_day[cases] = world.cases.index_day[cases] = NEVER


def start_official_clock(world: World, cases: Ids) -> None:
    """Start the official reoffending clock: at a caution, a non-custodial conviction or a release."""
    world.cases.index_day[cases[world.cases.recordable[cases]]] = world.today


def remand(world: World, cases: Ids) -> None:
    """Hold people on remand from today."""
    world.cases.held_since[cases] = world.today
    reoffending.hold(world, world.cases.person[cases])


def end_remand(world: World, cases: Ids) -> None:
    """Let people go whose case has ended, or who are bailed; the days they were held count toward a sentence."""
    held = cases[world.cases.held_since[cases] != NEVER]
    if not held.size:
        return
    world.cases.credit[held] += world.today - world.cases.held_since[held]
    world.cases.held_since[held] = NEVER
    reoffending.release(world, world.cases.person[held])


def release(world: World, cases: Ids) -> None:
    """Release people at the end of their sentence: the official clock starts."""
    start_official_clock(world, cases)
    reoffending.release(world, world.cases.person[cases])


def _imprison(world: World, cases: Ids, tier: str) -> None:
    if not cases.size:
        return
    world.cases.imprisoned[cases] = True
    lever = world.levers.sentencing
    mean = lever.custody_days_magistrates if tier == "magistrates" else lever.custody_days_crown
    since = world.cases.held_since[cases]
    credit = world.cases.credit[cases] + np.where(since == NEVER, 0, world.today - since.astype(np.int64))
    days = luck.whole_days(luck.exponential(world.luck("custody served", cases), mean)) - credit
    reoffending.hold(world, world.cases.person[cases])
    world.calendar.add("release", cases, world.today + np.maximum(days, 1))
