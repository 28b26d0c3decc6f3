"""Court time that cases are expected to take, by the levers: means over an offence group, whatever a case's luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.base import luck
from sim.base.clock import Clock
from sim.scenario.model import Crown, LawFrom, Magistrates, OffenceGroup, Scenario

KEYS = ["day", "court", "group", "route"]


@dataclass(frozen=True)
class ForTrial:
    """Expected hours that a Crown Court case for trial still needs, at each of its stages; numbers or arrays.

    Args:
        before_plea: before its plea hearing, that hearing included.
        waiting: while it waits for trial.
        after_plea: after a guilty plea, for the sentence hearing.
    """

    before_plea: Any
    waiting: Any
    after_plea: Any


def for_trial(
    lever: Crown, pleads: Any, tried: Any, contested: Any, other: Any, saved: Any, ineffective: Any
) -> ForTrial:
    """Return what a Crown Court case for trial needs, were it called on at once: nobody is dropped while it waits.

    Args:
        lever: the Crown Court's.
        pleads: share that plead guilty at the plea hearing.
        tried: share contested to verdict, of listed trials that go ahead or crack.
        contested: hours of a contested case, all its hearings.
        other: hours of any other, all its hearings.
        saved: share of a contested case's time saved by trials without a jury.
        ineffective: share of listed trials that are.
    """
    other = after_plea_hearing(lever, other)
    contested = after_plea_hearing(lever, contested) * (1 - saved)
    put_off = ineffective / (1 - ineffective)  # listings for each that goes ahead
    listed = put_off * lever.ineffective_hours + tried * contested + (1 - tried) * other
    waiting = lever.late_plea_share * other + (1 - lever.late_plea_share) * listed
    return ForTrial(lever.plea_hearing_hours + pleads * other + (1 - pleads) * waiting, waiting, other)


def after_plea_hearing(lever: Crown, hours: Any) -> Any:
    """Hours left of a Crown Court case after its plea hearing, of the *hours* of all its hearings."""
    return np.maximum(hours - lever.plea_hearing_hours, 0)


def first_hearing_minutes(group: Any, sent: Any) -> Any:
    """Mean minutes of a first hearing, where a share *sent* of cases goes up: pleas take one time, the rest another.

    A plea adjourned for a report takes the same in two hearings. *group* has the levers of an OffenceGroup, each as a
    number or as an array.
    """
    pleads = (1 - sent) * (1 - group.not_guilty_share - group.withdrawn_share)
    return pleads * group.plea_minutes + (1 - pleads) * group.not_guilty_minutes


def contest(lever: Magistrates, tried_hours: Any) -> Any:
    """Hours that a case contested in the magistrates' courts takes after its first hearing: inf where none ends."""
    effective, cracked, ineffective = lever.trial_outcomes
    hours = effective * tried_hours + cracked * lever.cracked_hours + ineffective * lever.ineffective_hours
    with np.errstate(divide="ignore"):
        return np.divide(hours, 1 - ineffective)


def received_hours(scenario: Scenario, years: int) -> pd.Series:
    """Return the hours a case is expected to take in the court that receives it: by day, court, group and route.

    A day is the last of a period of sim.base.clock; where a change of law begins within one, its cases count in part.
    Paper cases have no hours. Left out are cases dropped or withdrawn while they wait, who are more the longer they do.
    """
    clock = Clock(scenario.starts)
    ends = np.array(clock.period_ends(years))
    begins = np.append(0, ends[:-1] + 1)
    hours: dict[tuple[str, str, str], Any] = {}  # by court, group and route
    for name, group in scenario.groups.items():
        for route in ("for trial", "summary"):
            hours["magistrates", name, route] = _magistrates(scenario, clock, group, route, (begins + ends) / 2)
        for route, each in _crown(scenario, clock, group, begins, ends).items():
            hours["crown", name, route] = each
    kinds = np.repeat(np.array(list(hours), object), len(ends), axis=0)
    keys = pd.MultiIndex.from_arrays([np.tile(ends, len(hours)), *kinds.T], names=KEYS)
    return pd.Series(np.concatenate([np.broadcast_to(each, ends.shape) for each in hours.values()]), keys, name="hours")


def _magistrates(scenario: Scenario, clock: Clock, group: OffenceGroup, route: str, days: np.ndarray) -> np.ndarray:
    """Hours of a first hearing and, where it is contested, of its trial, by *days* of receipt."""
    lever, law = scenario.courts.magistrates, scenario.courts.law
    wait = _day(law.election_ends, clock) - days  # until a first hearing could no longer lead to an election
    later = 1 - luck.lognormal_share(wait, lever.first_hearing_median, lever.first_hearing_mean)
    sent = group.sent_share if route == "for trial" else 0.0
    kept = sent * later * law.elected_share * (1 - group.indictable_share)
    contested = (1 - sent) * group.not_guilty_share + kept
    return first_hearing_minutes(group, sent) / 60 + contested * contest(lever, group.tried_hours)


def _crown(
    scenario: Scenario, clock: Clock, group: OffenceGroup, begins: np.ndarray, ends: np.ndarray
) -> dict[str, Any]:
    """Hours of a case of each route, by the period in which it is received."""
    lever, law = scenario.courts.crown, scenario.courts.law
    without_jury = np.clip((ends + 1 - _day(law.judge_only_from, clock)) / (ends + 1 - begins), 0, 1)
    saved = without_jury * (1 - group.indictable_share) * law.judge_only_share * law.judge_only_saving
    needs = for_trial(
        lever,
        group.crown_plea_share,
        group.crown_tried_share,
        group.crown_hours_contested,
        group.crown_hours_other,
        saved,
        clock.by_day(lever.ineffective_share, ends[-1] + 1)[ends],
    )
    return {"for trial": needs.before_plea, "for sentence": lever.for_sentence_hours, "appeal": lever.appeal_hours}


def _day(when: LawFrom, clock: Clock) -> float:
    return np.inf if when == "never" else clock.day(when)
