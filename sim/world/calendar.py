"""Delays: who is due at which stage on which day."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.world.columns import Ids

STAGES = (  # each is asked for on its day: by the desk, the magistrates' courts or the Crown Court
    *("release", "complete", "breach", "counterfactual", "resolved", "fined", "charge after breach"),
    *("conditions broken", "charge", "dispose", "no action", "reoffence"),
    *("withdrawal", "withdrawn waiting", "after report", "first hearing", "magistrates trial date"),
    *("imposed for trial", "imposed for sentence", "breach of order", "appeal", "back from warrant", "custody limit"),
    *("dropped waiting", "late plea", "verdict", "crown sentence", "crown hearing", "plea hearing", "crown trial date"),
)
_NEAR = 16  # days; entries further off are looked at once in so many days, so a delay costs little however long
_A_DAY = 2**32  # an entry is one number, day x _A_DAY + id, so that entries in order are in order of their days
_ID = _A_DAY - 1  # the bits of an entry that hold the id
_NOBODY = np.empty(0, np.int64)
_NEVER = 2**63 - 1


class Calendar:
    """Entries (stage, day, id), handed back in order of id once their day has come.

    Args:
        last_day: of the run; what is due later is dropped.
        stages: those that somebody asks for.
    """

    def __init__(self, last_day: int, stages: Iterable[str] = STAGES) -> None:
        self._stages = {stage: _Entries(last_day) for stage in stages}

    def add(self, stage: str, ids: Ids, days: np.ndarray | int) -> None:
        """Enter *ids* at *stage* on *days*. Days past the end of the run are dropped.

        Raises:
            LookupError: nobody asks for that stage, so the cases would be lost.
        """
        entries = self._of(stage)
        if ids.size:
            entries.new.append(np.asarray(days, np.int64) * _A_DAY + ids)

    def take(self, stage: str, today: int) -> Ids:
        """Remove and return the ids due at *stage* by *today*, ascending.

        Raises:
            LookupError: there is no such stage.
        """
        return self._of(stage).take(today)

    def _of(self, stage: str) -> _Entries:
        if stage not in self._stages:
            raise LookupError(f"no stage {stage!r} in the calendar; there are {', '.join(sorted(self._stages))}")
        return self._stages[stage]


class _Entries:
    """The entries of one stage: `new` ones as they came, and the rest, of which the next days' are kept in order."""

    def __init__(self, last_day: int) -> None:
        self.new: list[np.ndarray] = []
        self._past_the_end = (last_day + 1) * _A_DAY
        self._near, self._far = _NOBODY, [_NOBODY]
        self._near_until = 0
        self._first = _NEVER  # of the near ones

    def take(self, today: int) -> Ids:
        """Remove and return the ids due by *today*, ascending."""
        if today * _A_DAY >= self._near_until:
            self._near_until = min((today + _NEAR) * _A_DAY, self._past_the_end)
            self.new += self._far
            self._far = []
        if self.new:
            self._sort_in(np.concatenate(self.new))
            self.new = []
        until = (today + 1) * _A_DAY
        if self._first >= until:
            return _NOBODY
        due = int(self._near.searchsorted(until))
        ids = self._near[:due] & _ID
        self._keep_near(self._near[due:])
        ids.sort()
        return ids

    def _sort_in(self, entries: np.ndarray) -> None:
        """Put each entry where it belongs: near, or far off."""
        entries.sort()
        near, last = entries.searchsorted((self._near_until, self._past_the_end))
        if near:
            together = np.concatenate([self._near, entries[:near]])
            together.sort()
            self._keep_near(together)
        self._far.append(entries[near:last])

    def _keep_near(self, entries: np.ndarray) -> None:
        self._near, self._first = entries, int(entries[0]) if entries.size else _NEVER
