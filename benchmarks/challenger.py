"""A second opinion: the expected course of a scenario, day by day, worked out without simulating anybody.

It shares no code with the model but the reading of levers. Cases are masses that flow through discrete days: each delay
is a distribution over whole days, courts sit on working days, and a case that may leave while it waits does so with the
chance that its clock has run out. That is exact in the LIMIT below, where nobody is met again and no court, officer or
provider is short, whatever the levers of police, diversion, pleas and delays; so the simulated figures must agree but
for chance. Beyond the limit it has nothing to say: queues are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import holidays
import numpy as np
from scipy import stats

YEAR = 365.25
NOBODY = [0.0] * 6
LIMIT: Mapping[str, Any] = {  # levers under which it is exact
    "reoffending.share_12_months": NOBODY,
    "reoffending.history_years": 0.0,
    "police.charging_record": "none",
    "police.hours_a_week": 168.0,
    "provider.places_a_week": 1_000_000.0,
    "single_justice.notices": 0.0,
    "single_justice.referred": 0.0,
    "courts.magistrates.binds": "nothing",
    "courts.magistrates.open_for_trial": 0,
    "courts.magistrates.open_summary": 0,
    "courts.magistrates.open_paper": 0,
    "courts.crown.open": 0,
    "courts.crown.hours_per_sitting_day": 24.0,
}


def in_the_limit(scenario: Any) -> dict[str, Any]:
    """What to change in *scenario* so that the expected course is exact: the LIMIT, and trials that take no time."""
    days = [{"starts": scenario.starts, "days": 1_000_000.0}]
    short = {f"groups.{name}.crown_hours_contested": 0.1 for name in scenario.groups}
    return {**LIMIT, "courts.crown.sitting_days": days, "courts.magistrates.sitting_days": days, **short}


@dataclass
class Course:
    """What is expected: arrays (days,) of cases or contacts on each day, by name of a measure's flow."""

    flows: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, name: str, mass: np.ndarray) -> None:
        """Add a flow to those of its name."""
        self.flows[name] = self.flows.get(name, 0) + mass


def expected(scenario: Any, years: int) -> Course:
    """Return the expected course of a *scenario* changed to the limit over so many *years*."""
    return _Expected(scenario, years).course


class _Expected:
    def __init__(self, scenario: Any, years: int) -> None:
        self.lever, self.course = scenario, Course()
        start = scenario.starts
        self.days = (date(start.year + years, start.month, start.day) - start).days
        closed = holidays.country_holidays("GB", subdiv="ENG", years=range(start.year, start.year + years + 1))
        dates = [start + timedelta(days=n) for n in range(self.days)]
        self.working = np.array([day.weekday() < 5 and day not in closed for day in dates])
        next_working, following = np.full(self.days, -1), -1
        for day in range(self.days - 1, -1, -1):
            following = day if self.working[day] else following
            next_working[day] = following
        self.next_working, self.known = next_working, {}
        self.leaves_by = self._clock(scenario.courts.crown.attrition_rate)
        for name, group in scenario.groups.items():
            self._group(name, group)
        self._separate()

    # Distributions over whole days, at least one -------------------------------------------------------------------

    def _pmf(self, share_within: Any) -> np.ndarray:
        """Chance of each whole number of days, array (days,), of a wait rounded to whole days, at least one."""
        edges = np.arange(self.days) + 0.5
        within = share_within(edges)
        pmf = np.diff(within, prepend=0.0)
        pmf[1], pmf[0] = pmf[0] + pmf[1], 0.0
        return pmf

    def _lognormal(self, median: float, mean: float) -> np.ndarray:
        if mean <= median:
            return self._constant(mean)
        spread = np.sqrt(2 * np.log(mean / median))
        return self._pmf(lambda days: stats.lognorm.cdf(days, spread, scale=median))

    def _exponential(self, mean: float) -> np.ndarray:
        return self._pmf(lambda days: stats.expon.cdf(days, scale=mean))

    def _constant(self, days: float) -> np.ndarray:
        return self._pmf(lambda edges: (edges >= days).astype(float))

    def _left_of_lognormal(self, median: float, mean: float) -> np.ndarray:
        """The rest of a wait that is met in progress on day 0: day 0 is the first it may end on."""
        spread, fine = np.sqrt(2 * np.log(mean / median)), 20
        grid = np.arange(self.days * fine + fine) / fine
        left = np.cumsum(stats.lognorm.sf(grid, spread, scale=median)) / fine / mean
        within = np.interp(np.arange(self.days) + 1.5, grid + 1 / fine, left)
        return np.diff(within, prepend=0.0)  # what would be over within the first day ends on day 0

    def _clock(self, rate: float) -> np.ndarray:
        """Chance that a case which may be dropped at a yearly *rate* is due to be, so many days after, or before."""
        if not rate:
            return np.zeros(self.days)
        due = stats.expon.cdf(np.arange(self.days) + 0.5, scale=YEAR / rate)
        due[0] = 0.0
        return due

    def _after(self, mass: np.ndarray, pmf: np.ndarray, in_court: bool = True) -> np.ndarray:
        """When what begins as *mass* is done after a delay; in court, on the next working day."""
        done = np.convolve(mass, pmf)[: self.days]
        if not in_court:
            return done
        sat = np.zeros(self.days)
        there = self.next_working >= 0
        np.add.at(sat, self.next_working[there], done[there])
        return sat

    # Police and diversion ------------------------------------------------------------------------------------------

    def _group(self, name: str, group: Any) -> None:
        """Contacts of a group, what the scheme takes of them, and what is charged."""
        lever, police = self.lever, self.lever.police
        contacts = group.contacts + lever.searches.a_year * group.find_rate
        day = np.arange(self.days)
        met = contacts * group.first_share / YEAR * (1 + lever.demand.trend) ** (day / YEAR)
        charged_own = group.charge_share * group.own_case_share
        taken = self._taken(name, group)
        for of_what, share in taken.items():
            for flow, part in (("eligible", share[0]), ("accepted", share[1])):
                self.course.add(f"diversion.{flow}", met * part)
                self.course.add(f"diversion.{flow}.{of_what}", met * part)
        stays = met * (charged_own - taken["charged"][1])
        delay = self._lognormal(police.charge_delay_median, police.charge_delay_mean)
        charges = self._after(stays, delay, in_court=False)
        waiting = contacts * charged_own / YEAR * police.charge_delay_mean
        charges += waiting * self._left_of_lognormal(police.charge_delay_median, police.charge_delay_mean)
        for_trial = group.for_trial_share
        self._magistrates(group, charges * for_trial, is_for_trial=True)
        self._magistrates(group, charges * (1 - for_trial), is_for_trial=False)

    def _taken(self, name: str, group: Any) -> dict[str, tuple[float, float]]:
        """Shares of contacts that are eligible and accept, by what would have happened."""
        scheme = self.lever.diversion
        row, who = self.lever.disposals[scheme.disposal], self.lever.people[group.people]
        mix = {kind: share for kind, share in self.lever.police.disposal_mix.items() if share}
        needs = sum(share for kind, share in mix.items() if self.lever.disposals[kind].needs_admission) / sum(
            mix.values()
        )
        own_accord = float(np.dot(who.ethnicity, who.admits))
        admits = {"charged": own_accord, "disposed": needs + (1 - needs) * own_accord, "no_action": own_accord}
        of_all = {
            "charged": group.charge_share * group.own_case_share * (1 - who.under_18_if_charged),
            "disposed": group.disposed_share * (1 - who.under_18_if_not),
            "no_action": (1 - group.charge_share - group.disposed_share) * (1 - who.under_18_if_not),
        }
        open_to = float(name in scheme.offences) * (1 - group.excluded_share)
        open_to *= 1 - group.for_trial_share * group.sent_share * group.indictable_share
        if group.victim and row.victim_consulted:
            open_to *= 1 - self.lever.police.victim_objects
        offers = {
            "charged": scheme.offer_if_charged,
            "disposed": scheme.offer_if_disposed,
            "no_action": scheme.offer_if_no_action,
        }
        found = {}
        for of_what, share in of_all.items():
            offer = offers[of_what]
            as_uptake = scheme.uptake / scheme.attendance if scheme.uptake else 0.0
            accepts = as_uptake if isinstance(offer, str) else offer * scheme.acceptance
            eligible = share * open_to * (admits[of_what] if row.needs_admission else 1.0)
            found[of_what] = (eligible, eligible * accepts)
        return found

    # Magistrates' courts -------------------------------------------------------------------------------------------

    def _magistrates(self, group: Any, received: np.ndarray, is_for_trial: bool) -> None:
        lever = self.lever.courts.magistrates
        self.course.add("magistrates.received", received)
        heard = self._after(received, self._lognormal(lever.first_hearing_median, lever.first_hearing_mean))
        sent = heard * group.sent_share * is_for_trial
        kept = heard - sent
        withdrawn = self._after(kept * group.withdrawn_share, self._exponential(lever.withdrawn_days))
        contested = kept * group.not_guilty_share
        guilty = kept - kept * group.withdrawn_share - contested
        reported = self._after(guilty * lever.report_share, self._constant(lever.report_days))
        effective, cracked, put_off = lever.trial_outcomes
        listed = self._after(contested, self._constant(lever.trial_wait))
        tried, again = np.zeros(self.days), self._constant(lever.relist_days)
        while listed.sum() > 1e-9:
            tried += listed * (1 - put_off)
            listed = self._after(listed * put_off, again)
        convicted_share = (effective * lever.tried_convicted + cracked * lever.cracked_guilty) / (effective + cracked)
        convicted = guilty * (1 - lever.report_share) + reported + tried * convicted_share
        convicted_in_all = 1 - group.withdrawn_share - group.not_guilty_share * (1 - convicted_share)
        commits = min(group.committed_share / convicted_in_all, 1.0) if is_for_trial and convicted_in_all else 0.0
        self.course.add("magistrates.sent_on", sent + convicted * commits)
        self.course.add("magistrates.closed", withdrawn + tried * (1 - convicted_share) + convicted * (1 - commits))
        self._crown_for_trial(group, sent)
        self._crown_hearing(convicted * commits, self.lever.courts.crown.for_sentence_days)

    # Crown Court ---------------------------------------------------------------------------------------------------

    def _separate(self) -> None:
        """Breaches of orders and appeals, which come from outside on any day and are received on the next sitting."""
        crown = self.lever.courts.crown
        for a_year, days in (
            (crown.breach_receipts, crown.for_sentence_days),
            (crown.appeal_receipts, crown.appeal_days),
        ):
            come = np.full(self.days, a_year / YEAR)
            received = self._after(come, np.eye(1, self.days)[0])
            self._crown_hearing(received, days)

    def _crown_hearing(self, received: np.ndarray, days: Any) -> None:
        self.course.add("crown.received", received)
        self.course.add("crown.closed", self._after(received, self._exponential(float(days))))

    def _crown_for_trial(self, group: Any, received: np.ndarray) -> None:
        crown = self.lever.courts.crown
        self.course.add("crown.received", received)
        plea_in = self._constant(crown.plea_hearing_days)
        remand = (
            group.indictable_share * crown.remand_indictable + (1 - group.indictable_share) * crown.remand_either_way
        )
        for share, days, absconds in (
            (remand, crown.trial_days_custody, 0.0),
            (1 - remand, crown.trial_days_bail, crown.warrant_share),
        ):
            pleads = self._after(received * share, plea_in)
            out = pleads * absconds
            back = self._after(out, self._exponential(crown.warrant_days))
            self.course.add("crown.warrants_out", out)
            self.course.add("crown.returned", back)
            pleads = pleads - out + self._after(back, plea_in)
            self._await_sentence(pleads * group.crown_plea_share)
            self._await_trial(pleads * (1 - group.crown_plea_share), days, group.crown_tried_share)

    def _await_trial(self, begins: np.ndarray, mean: float, contested: float) -> None:
        """Each day's cases that await trial: ready after a while, called on at once, or dropped before."""
        crown = self.lever.courts.crown
        guilty = contested * crown.tried_convicted + (1 - contested) * crown.cracked_guilty
        pleads, heard, dropped = (begins @ of for of in self._from_each_day(mean))
        self._await_sentence(pleads + heard * guilty)
        self.course.add("crown.closed", heard * (1 - guilty) + dropped)

    def _from_each_day(self, mean: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Chance of a case that awaits trial from each day (rows) to plead, be heard or be dropped on each day."""
        if mean in self.known:
            return self.known[mean]
        crown = self.lever.courts.crown
        ready = self._constant(mean)
        if crown.trial_days_spread:
            ready = self._lognormal(mean / np.sqrt(1 + crown.trial_days_spread**2), mean)
        again = self._constant(crown.relist_days)
        found = tuple(np.zeros((self.days, self.days)) for _ in range(3))
        for day in np.flatnonzero(self.working):
            pleads, heard, dropped = (of[day] for of in found)
            gone = np.concatenate([np.zeros(day), self.leaves_by[: self.days - day]])  # its clock has run out by then
            called = self._after(np.eye(1, self.days, day)[0], ready)
            pleads += called * crown.late_plea_share
            listed = called * (1 - crown.late_plea_share)
            while listed.sum() > 1e-9:
                heard += listed * (1 - crown.ineffective_share)
                listed = self._after(listed * crown.ineffective_share, again)
            waiting = 1 - np.cumsum(pleads + heard)  # in the evening, were nobody dropped
            sat = np.flatnonzero(self.working[day:]) + day
            dropped[sat] = np.diff(gone[sat], prepend=0.0) * np.concatenate([[1.0], waiting[sat[:-1]]])
            pleads *= 1 - gone
            heard *= 1 - gone
        self.known[mean] = found
        return found

    def _await_sentence(self, cases: np.ndarray) -> None:
        crown = self.lever.courts.crown
        wait = self._lognormal(crown.sentence_delay_median, crown.sentence_delay_mean)
        self.course.add("crown.closed", self._after(cases, wait))
