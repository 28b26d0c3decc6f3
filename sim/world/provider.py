"""The provider: places a week and a waiting list, first come first served."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.world import diversion
from sim.world.columns import Ids

if TYPE_CHECKING:
    from sim.world import World


class Provider(mesa.Agent):
    """Who delivers the intervention. Each Monday min(places, waiting) people get a place."""

    def __init__(self, world: World, places_a_week: float) -> None:
        self.model, self.unique_id, self.pos = world, "provider", None
        self.places_a_week = places_a_week
        self._owed = 0.0
        self._waiting: list[np.ndarray] = []
        world.register_agent(self)

    @property
    def waiting(self) -> int:
        """People on the waiting list."""
        return sum(map(len, self._waiting))

    def receive(self, cases: Ids) -> None:
        """Put *cases* at the end of the waiting list."""
        if cases.size:
            self._waiting.append(cases)

    def start_course(self) -> None:
        """Give out this week's places; what is left of them is lost."""
        self._owed = self._owed % 1 + self.places_a_week
        places = math.floor(self._owed)
        if self._waiting:
            queue = np.concatenate(self._waiting)
            self._waiting = [queue[places:]] if len(queue) > places else []
            diversion.start(self.model, queue[:places])
