"""The levers of the offence groups as arrays, one place per group in order of name."""

from __future__ import annotations

import numpy as np

from sim import luck
from sim.scenario import Magistrates, OffenceGroup

_NUMBERS = (
    "contacts", "first_contacts", "recordable", "charge_share", "disposed_share", "own_case_share", "for_trial_share",
    "sent_share", "indictable_share", "not_guilty_share", "withdrawn_share", "committed_share", "plea_minutes",
    "not_guilty_minutes", "tried_hours", "crown_plea_share", "crown_tried_share", "crown_hours_contested",
    "crown_hours_other",
)  # fmt: skip


class Groups:
    """Each numeric lever of OffenceGroup as an array (groups,), and the sentence mixes as (groups, sentences)."""

    key: np.ndarray
    contacts: np.ndarray
    first_contacts: np.ndarray
    charge_share: np.ndarray
    own_case_share: np.ndarray
    for_trial_share: np.ndarray
    sent_share: np.ndarray
    crown_plea_share: np.ndarray
    not_guilty_share: np.ndarray
    withdrawn_share: np.ndarray
    committed_share: np.ndarray
    plea_minutes: np.ndarray
    not_guilty_minutes: np.ndarray

    def __init__(self, groups: dict[str, OffenceGroup], courts: Magistrates) -> None:
        rows = list(groups.values())
        for name in _NUMBERS:
            setattr(self, name, np.array([getattr(row, name) for row in rows]))
        self.key = np.array([luck.key_of_name(name) for name in groups], np.uint64)
        self.sentences = {
            "magistrates": np.array([row.magistrates_sentences for row in rows]),
            "crown": np.array([row.crown_sentences for row in rows]),
        }
        self.first_hearing_minutes = self._first_hearing_minutes()
        self.committed_if_convicted = self._committed_if_convicted(courts)

    def _committed_if_convicted(self, courts: Magistrates) -> np.ndarray:
        """Share of those convicted of for-trial offences that are committed: the published share is of all kept."""
        effective, cracked, _ = courts.trial_outcomes
        guilty = effective * courts.tried_convicted + cracked * courts.cracked_guilty
        after_contest = guilty / (effective + cracked) if effective + cracked else 0.0
        convicted = 1 - self.withdrawn_share - self.not_guilty_share * (1 - after_contest)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = self.committed_share / convicted
        return np.clip(np.nan_to_num(share, nan=0.0, posinf=1.0), 0, 1)

    def _first_hearing_minutes(self) -> np.ndarray:
        """Mean length of a first hearing by group: pleas take one time, everything else another."""
        pleads = (1 - self.for_trial_share * self.sent_share) * (1 - self.not_guilty_share - self.withdrawn_share)
        return pleads * self.plea_minutes + (1 - pleads) * self.not_guilty_minutes

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
