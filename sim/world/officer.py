"""An officer: an agent in a team who decides whether to offer the intervention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim import luck
from sim.world.columns import Ids

if TYPE_CHECKING:
    from sim.world import World


class Officer(mesa.Agent):
    """One simulated officer, who stands for a declared number of real ones."""

    def __init__(self, world: World, row: int) -> None:
        self.model, self.row, self.unique_id, self.pos = world, row, f"officer {row}", None
        world.register_agent(self)

    @property
    def team(self) -> int:
        """The officer's basic command unit."""
        return int(self.model.officers.team[self.row])

    @property
    def readiness(self) -> float:
        """Share of eligible people this officer offers the intervention to."""
        return float(self.model.officers.readiness[self.row])

    def offers(self, case: int) -> bool:
        """Whether the officer would offer the intervention in *case*: the rule used on a whole day's cases."""
        return bool(offers(self.model, np.array([case]), np.array([self.row]))[0])

    def review(self) -> None:
        """At the week's end, move toward the team's practice."""
        officers, drift = self.model.officers, self.model.levers.diversion.team_drift
        officers.readiness[self.row] += drift * (officers.practice[self.team] - officers.readiness[self.row])


class Officers:
    """All officers in columns, and what each team did this week."""

    def __init__(self, world: World) -> None:
        lever = world.levers.police
        a_team = max(1, round(lever.officers / lever.officers_per_agent / lever.teams))
        self.team = np.repeat(np.arange(lever.teams), a_team)
        self.readiness = np.zeros(len(self.team))
        self.practice = np.zeros(lever.teams)
        self.new_week()
        for row in range(len(self.team)):
            Officer(world, row)

    def new_week(self) -> None:
        """Start the week's counts again."""
        self.hours = np.zeros(len(self.practice))
        self.decisions = np.zeros(len(self.practice), np.int64)
        self.offered = np.zeros(len(self.practice), np.int64)

    def work(self, officers: Ids, hours: np.ndarray) -> None:
        """Book *hours* of each officer's time on a case."""
        self.hours += np.bincount(self.team[officers], weights=hours, minlength=len(self.hours))

    def read_practice(self) -> None:
        """Take each team's mean readiness, before any officer moves."""
        self.practice = np.bincount(self.team, weights=self.readiness) / np.bincount(self.team)


def of_cases(world: World, cases: Ids) -> Ids:
    """The officer each case reaches, by keyed luck."""
    return (world.luck("officer", cases) * len(world.officers.team)).astype(np.int64)


def offers(world: World, cases: Ids, officers: Ids) -> np.ndarray:
    """Whether each officer would offer the intervention in each case."""
    return world.luck("offer", cases) < world.officers.readiness[officers]


def train(world: World) -> None:
    """Start the scheme: give each officer a readiness; on average they offer what the uptake needs."""
    lever = world.levers.diversion
    rows = np.arange(len(world.officers.team), dtype=np.uint64)
    draws = luck.uniform(luck.key(world.replication, luck.OFFICERS, rows), "readiness")
    world.officers.readiness = luck.beta(luck.spread_evenly(draws), lever.offer, lever.readiness_spread)
