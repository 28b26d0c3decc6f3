"""The levers of the offence groups as arrays, one place per group in order of name."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from sim.base import luck
from sim.scenario import hours
from sim.scenario.model import RECORD_BANDS, Magistrates, People, Scenario

_NUMBERS = (
    "find_rate", "victim", "recordable_share", "charge_share", "disposed_share", "own_case_share", "excluded_share",
    "time_limited", "for_trial_share", "sent_share", "indictable_share", "not_guilty_share", "withdrawn_share",
    "committed_share", "plea_minutes", "not_guilty_minutes", "tried_hours", "crown_plea_share", "crown_tried_share",
    "crown_hours_contested", "crown_hours_other",
)  # fmt: skip


_FAR = 60.0  # log odds beyond which a share is none or all
_PEOPLE = ("male", "under_18_if_charged", "under_18_if_not", "age_18_to_24")
_PEOPLE_MIXES = ("ethnicity", "record_if_charged", "record_if_not", "record_met_again", "admits")


class Groups:
    """The levers of OffenceGroup, and of the People met for it, as arrays (groups,), and mixes as (groups, parts).

    Besides: contacts and first contacts a year, and the share charged of people met first, `charge_first` (groups,),
    and met again, `charge_by_record` (groups, record bands).
    """

    key: np.ndarray
    contacts: np.ndarray
    first_contacts: np.ndarray
    charge_share: np.ndarray
    disposed_share: np.ndarray
    own_case_share: np.ndarray
    for_trial_share: np.ndarray
    sent_share: np.ndarray
    crown_plea_share: np.ndarray
    not_guilty_share: np.ndarray
    withdrawn_share: np.ndarray
    committed_share: np.ndarray
    plea_minutes: np.ndarray
    not_guilty_minutes: np.ndarray

    def __init__(self, scenario: Scenario) -> None:
        rows = list(scenario.groups.values())
        met = [scenario.people[row.people] for row in rows]
        for name in _NUMBERS:
            setattr(self, name, np.array([getattr(row, name) for row in rows]))
        for name in (*_PEOPLE, *_PEOPLE_MIXES):
            setattr(self, name, np.array([getattr(people, name) for people in met]))
        self.contacts = np.array([scenario.contacts(name) for name in scenario.groups])
        self.first_contacts = self.contacts * np.array([row.first_share for row in rows])
        self.charge_first, self.charge_by_record = self._charging(scenario)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.disposed_if_not_charged = np.nan_to_num(self.disposed_share / (1 - self.charge_share), posinf=0.0)
        self.key = np.array([luck.key_of_name(name) for name in scenario.groups], np.uint64)
        self.sentences = {
            "magistrates": np.array([row.magistrates_sentences for row in rows]),
            "crown": np.array([row.crown_sentences for row in rows]),
        }
        self.first_hearing_minutes = hours.first_hearing_minutes(self, self.for_trial_share * self.sent_share)
        self.committed_if_convicted = self._committed_if_convicted(scenario.courts.magistrates)

    def _charging(self, scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
        """The share charged of people met first, and of people met again by record."""
        if scenario.police.charging_record == "none":
            return self.charge_share, np.repeat(self.charge_share[:, None], len(RECORD_BANDS), axis=1)
        rows = scenario.groups.values()
        shares = [charging(row.charge_share, row.first_share, scenario.people[row.people]) for row in rows]
        first, by_record = zip(*shares, strict=True)
        return np.array(first), np.array(by_record)

    def _committed_if_convicted(self, courts: Magistrates) -> np.ndarray:
        """Share of those convicted of for-trial offences that are committed: the published share is of all kept."""
        effective, cracked, _ = courts.trial_outcomes
        guilty = effective * courts.tried_convicted + cracked * courts.cracked_guilty
        after_contest = guilty / (effective + cracked) if effective + cracked else 0.0
        convicted = 1 - self.withdrawn_share - self.not_guilty_share * (1 - after_contest)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = self.committed_share / convicted
        return np.clip(np.nan_to_num(share, nan=0.0, posinf=1.0), 0, 1)

    def court_cases(self) -> np.ndarray:
        """Court cases a year, by group, without the scheme."""
        return self.contacts * self.charge_share * self.own_case_share

    def sent_cases(self) -> np.ndarray:
        """Cases a year sent to the Crown Court for trial, by group, without the scheme."""
        return self.court_cases() * self.for_trial_share * self.sent_share

    def sent_mix(self) -> np.ndarray:
        """The same as shares; even where nothing is sent."""
        sent = self.sent_cases()
        return sent / sent.sum() if sent.sum() else np.full(len(sent), 1 / len(sent))

    def __getattr__(self, name: str) -> np.ndarray:  # the arrays set in __init__
        raise AttributeError(name)


def charging(share: float, first_share: float, people: People) -> tuple[float, np.ndarray]:
    """Return the share charged of people met first, and of people met again by record band: array (bands,).

    By Bayes' rule the odds of a charge go up with a record as often as it is found among those charged, against the
    others; people of one record have the same odds whether they are met first or again. They are set so that over all
    contacts, *first_share* of them first ones, the share charged is *share*.
    """
    charged, others = np.array(people.record_if_charged), np.array(people.record_if_not)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.nan_to_num(charged / others, nan=1.0, posinf=1e9)

    def of_first(level: float) -> float:
        return float(1 / (1 + np.exp(-level)))

    def by_record(level: float) -> np.ndarray:
        return np.exp(level) * odds / (1 + np.exp(level) * odds)

    def above(level: float) -> float:
        again = float(np.dot(people.record_met_again, by_record(level)))
        return first_share * of_first(level) + (1 - first_share) * again - share

    if above(-_FAR) >= 0 or above(_FAR) <= 0:
        return share, np.full(len(odds), share)
    level = optimize.brentq(above, -_FAR, _FAR, xtol=1e-13)
    return of_first(level), by_record(level)
