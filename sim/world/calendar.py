"""Delays: who is due at which stage on which day."""

from __future__ import annotations

import numpy as np

from sim.world.columns import Ids

_NEAR = 32  # days; entries further off are looked at once in so many days, so a delay costs little however long


class Calendar:
    """Entries (stage, day, id), handed back in order of id once their day has come."""

    def __init__(self, last_day: int) -> None:
        self.last_day = last_day
        self._far: dict[str, list[np.ndarray]] = {}
        self._near: dict[str, list[np.ndarray]] = {}
        self._near_until: dict[str, int] = {}

    def add(self, stage: str, ids: Ids, days: np.ndarray | int) -> None:
        """Enter *ids* at *stage* on *days*. Days past the end of the run are dropped."""
        days = np.broadcast_to(days, ids.shape)
        within = days <= self.last_day
        entries = np.stack([days[within].astype(np.int64), ids[within]])
        if not entries.size:
            return
        is_near = entries[0] < self._near_until.setdefault(stage, 0)
        self._keep(self._near, stage, entries[:, is_near])
        self._keep(self._far, stage, entries[:, ~is_near])

    def take(self, stage: str, today: int) -> Ids:
        """Remove and return the ids due at *stage* by *today*, ascending."""
        if today >= self._near_until.get(stage, 0):
            self._fetch(stage, today)
        waiting = self._near.get(stage)
        if not waiting:
            return np.empty(0, np.int64)
        entries = waiting[0] if len(waiting) == 1 else np.concatenate(waiting, axis=1)
        due = entries[0] <= today
        self._near[stage] = [entries[:, ~due]]
        return np.sort(entries[1, due])

    def _fetch(self, stage: str, today: int) -> None:
        """Bring the entries of the next days near."""
        self._near_until[stage] = today + _NEAR
        far = self._far.pop(stage, [])
        if far:
            entries = np.concatenate(far, axis=1)
            soon = entries[0] < today + _NEAR
            self._keep(self._near, stage, entries[:, soon])
            self._keep(self._far, stage, entries[:, ~soon])

    @staticmethod
    def _keep(where: dict[str, list[np.ndarray]], stage: str, entries: np.ndarray) -> None:
        if entries.size:
            where.setdefault(stage, []).append(entries)
