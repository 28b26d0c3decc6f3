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


class Calendar:
    """Entries (stage, day, id), handed back in order of id once their day has come.

    Args:
        last_day: of the run; what is due later is dropped.
        stages: those that somebody asks for.
    """

    def __init__(self, last_day: int, stages: Iterable[str] = STAGES) -> None:
        self.last_day = last_day
        self._stages = frozenset(stages)
        self._far: dict[str, _Entries] = {}
        self._near: dict[str, _Entries] = {}
        self._near_until: dict[str, int] = {}

    def add(self, stage: str, ids: Ids, days: np.ndarray | int) -> None:
        """Enter *ids* at *stage* on *days*. Days past the end of the run are dropped.

        Raises:
            LookupError: nobody asks for that stage, so the cases would be lost.
        """
        self._check(stage)
        if not ids.size:
            return
        until = self._near_until.get(stage, 0)
        if not isinstance(days, np.ndarray):
            if days <= self.last_day:
                _keep(self._near if days < until else self._far, stage, np.full(len(ids), days), ids)
            return
        is_near = days < until
        is_far = (days <= self.last_day) ^ is_near
        _keep(self._near, stage, days[is_near], ids[is_near])
        _keep(self._far, stage, days[is_far], ids[is_far])

    def take(self, stage: str, today: int) -> Ids:
        """Remove and return the ids due at *stage* by *today*, ascending.

        Raises:
            LookupError: there is no such stage.
        """
        self._check(stage)
        if today >= self._near_until.get(stage, 0):
            self._fetch(stage, today)
        if stage not in self._near:
            return _NOBODY
        days, ids = _joined(self._near.pop(stage))
        due = days <= today
        if not due.any():
            _keep(self._near, stage, days, ids)
            return _NOBODY
        _keep(self._near, stage, days[~due], ids[~due])
        return np.sort(ids[due])

    def _check(self, stage: str) -> None:
        if stage not in self._stages:
            raise LookupError(f"no stage {stage!r} in the calendar; there are {', '.join(sorted(self._stages))}")

    def _fetch(self, stage: str, today: int) -> None:
        """Bring the entries of the next days near."""
        self._near_until[stage] = today + _NEAR
        if stage in self._far:
            days, ids = _joined(self._far.pop(stage))
            soon = days < today + _NEAR
            _keep(self._near, stage, days[soon], ids[soon])
            _keep(self._far, stage, days[~soon], ids[~soon])


_Entries = list[tuple[np.ndarray, np.ndarray]]  # days and ids
_NOBODY = np.empty(0, np.int64)


def _keep(where: dict[str, _Entries], stage: str, days: np.ndarray, ids: Ids) -> None:
    if ids.size:
        where.setdefault(stage, []).append((days, ids))


def _joined(entries: _Entries) -> tuple[np.ndarray, np.ndarray]:
    if len(entries) == 1:
        return entries[0]
    return np.concatenate([days for days, _ in entries]), np.concatenate([ids for _, ids in entries])
