"""The provider: places a week and a waiting list, first come first served."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.base.clock import WEEK
from sim.world import diversion
from sim.world.columns import Ids

if TYPE_CHECKING:
    from sim.world import World

COUNTS = ("referred", "places", "used", "started", "lapsed", "came_up")


class Provider(mesa.Agent):
    """Who delivers the intervention. Each Monday min(places, waiting) people get a place."""

    def __init__(self, world: World, places_a_week: float) -> None:
        self.model, self.unique_id, self.pos = world, "provider", None
        self.places_a_week = places_a_week
        self._owed = 0.0
        self._cases = np.empty(0, np.int64)
        self._since = np.empty(0, np.int64)  # day each was referred
        self.new_week()
        world.register_agent(self)

    @property
    def waiting(self) -> int:
        """People on the waiting list."""
        return len(self._cases)

    def new_week(self) -> None:
        """Start the week's counts again."""
        self.counts = dict.fromkeys(COUNTS, 0)

    def receive(self, cases: Ids) -> None:
        """Put *cases* at the end of the waiting list."""
        if cases.size:
            self.counts["referred"] += len(cases)
            self._cases = np.concatenate([self._cases, cases])
            self._since = np.concatenate([self._since, np.full(len(cases), self.model.today)])

    def start_course(self) -> None:
        """Give out this week's places; what is left of them is lost, and so are referrals that have grown too old."""
        today = self.model.today
        self.counts["came_up"] += int((self._since > today - WEEK).sum())  # for the first time
        self._owed = self._owed % 1 + self.places_a_week
        places = math.floor(self._owed)
        self.counts["places"] += places
        chosen = self._take(places)
        too_old = today - self._since > self.model.levers.provider.longest_wait
        lapsed = self._take(int(too_old.sum()))  # the oldest come first
        self.counts["lapsed"] += len(lapsed)
        self.counts["used"] += len(chosen)
        diversion.lapse(self.model, lapsed)
        diversion.start(self.model, chosen)
        self.counts["started"] += int(self.model.cases.started[chosen].sum())

    def _take(self, number: int) -> Ids:
        """Remove and return the first *number* on the list."""
        first, self._cases, self._since = self._cases[:number], self._cases[number:], self._since[number:]
        return first
