"""Delays: who is due at which stage on which day."""

from __future__ import annotations

import numpy as np

from sim.world.columns import Ids

_NEAR = 16  # days; entries further off are looked at once in so many days, so a delay costs little however long


class Calendar:
    """Entries (stage, day, id), handed back in order of id once their day has come."""

    def __init__(self, last_day: int) -> None:
        self.last_day = last_day
        self._far: dict[str, _Entries] = {}
        self._near: dict[str, _Entries] = {}
        self._near_until: dict[str, int] = {}

    def add(self, stage: str, ids: Ids, days: np.ndarray | int) -> None:
        """Enter *ids* at *stage* on *days*. Days past the end of the run are dropped."""
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
        """Remove and return the ids due at *stage* by *today*, ascending."""
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
