"""Officers: agents in teams who decide whether to offer the intervention, and whose time is limited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from scipy import special

from sim.base import luck
from sim.base.clock import WEEK
from sim.world.columns import Ids

if TYPE_CHECKING:
    from sim.world import World

COUNTS = ("decisions", "offers", "available", "booked", "worked", "searching", "idle", "freed")


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
    def readiness(self) -> tuple[float, ...]:
        """Share offered the intervention, of eligible people who would be charged, disposed of, or let go."""
        return tuple(self.model.officers.readiness[:, self.row].tolist())

    @property
    def trained(self) -> bool:
        """Whether trained for the scheme."""
        return bool(self.model.officers.trained[self.row])

    @property
    def files_hours(self) -> float:
        """Hours of work on the desk."""
        return float(self.model.officers.backlog[self.row])

    def offers(self, case: int) -> bool:
        """Whether the officer would offer the intervention in *case*: the rule used on a whole day's cases."""
        return bool(offers(self.model, np.array([case]), np.array([self.row]))[0])

    def review(self) -> None:
        """At the week's end, move toward the team's practice."""
        officers, drift = self.model.officers, self.model.levers.diversion.team_drift
        officers.readiness[:, self.row] += drift * (officers.practice[:, self.team] - officers.readiness[:, self.row])


class Officers:
    """All officers in columns, and what each team did this week.

    Each works through files in the order they come, so many hours a day: a file waits until the hours
    before it are worked off. `counts` holds the week by team, `backlog` the hours still to work by officer.
    """

    def __init__(self, world: World) -> None:
        lever = world.levers.police
        a_team = max(1, round(lever.officers * world.share / lever.officers_per_agent / lever.teams))
        self.team = np.repeat(np.arange(lever.teams), a_team)
        rows = np.arange(len(self.team), dtype=np.uint64)
        ranks = [
            luck.spread_evenly(draws)
            for draws in luck.uniform(
                luck.key(world.replication, luck.OFFICERS, rows), ("readiness", "charging leaning", "trained")
            )
        ]
        self.standing, self.leaning = ranks[0], special.ndtri(ranks[1])
        self.leaning /= self.leaning.std() or 1.0  # few officers too differ as much as the lever says
        self.trained = ranks[2] < world.levers.diversion.trained
        self.readiness = np.zeros((3, len(self.team)))
        self.hours_a_day = lever.officers * lever.hours_a_week / WEEK * world.share / len(self.team)
        self.backlog = np.zeros(len(self.team))
        self.waiting = np.zeros(lever.teams, np.int64)  # files not begun
        self._begun = np.zeros((world.days + 1, lever.teams), np.int64)  # waiting files that are begun, by day
        self.owed_to_searches = 0.0  # freed hours still to be spent on them; below 0 if overspent
        self.hours_to_search = 0.0
        self.new_week()
        self.read_practice()
        self.agents = [Officer(world, row) for row in range(len(self.team))]

    def new_week(self) -> None:
        """Start the week's counts again."""
        self.counts = {name: np.zeros(len(self.waiting)) for name in COUNTS}
        self.backlog_at_start = self.by_team(self.backlog)

    def by_team(self, values: np.ndarray) -> np.ndarray:
        """Add up one value for each officer by team."""
        return np.bincount(self.team, values, len(self.waiting))

    def count(self, name: str, officers: Ids, values: np.ndarray | None = None) -> None:
        """Add to a week's count: one, or *values*, for each of *officers*."""
        if officers.size:
            self.counts[name] += np.bincount(self.team[officers], values, len(self.waiting))

    def open_files(self, today: int, officers: Ids, hours: np.ndarray) -> np.ndarray:
        """Put a file of so many *hours* on each officer's desk; return the whole days each waits to be begun."""
        if not officers.size:
            return officers
        self.count("booked", officers, hours)
        order = np.argsort(officers, kind="stable")
        own = officers[order]
        before = np.cumsum(hours[order]) - hours[order]
        first = np.searchsorted(own, own)  # the officer's first file of this batch
        days = np.empty(len(officers), np.int64)
        days[order] = (self.backlog[own] + before - before[first]) // self.hours_a_day
        self.backlog += np.bincount(officers, hours, len(self.backlog))
        self._wait(today, self.team[officers[days > 0]], days[days > 0])
        return days

    def end_day(self, today: int) -> None:
        """Work off the day's hours; files reached today wait no longer."""
        worked = np.minimum(self.backlog, self.hours_a_day)
        self.backlog -= worked
        self.counts["available"] += np.bincount(self.team) * self.hours_a_day
        self.counts["worked"] += self.by_team(worked)
        self.counts["idle"] += self.by_team(self.hours_a_day - worked)
        self.waiting -= self._begun[today]

    def search_with_freed_hours(self, share: float) -> None:
        """Spend *share* of the hours the force has freed so far on searches, by teams with time to spare."""
        self.owed_to_searches += share * float(self.counts["freed"].sum())
        idle = float(self.counts["idle"].sum())
        hours = min(max(self.owed_to_searches, 0.0), idle)
        self.owed_to_searches -= hours
        self.hours_to_search += hours
        by_team = hours * self.counts["idle"] / idle if idle else self.counts["idle"]
        self.counts["searching"] += by_team
        self.counts["idle"] -= by_team

    def read_practice(self) -> None:
        """Take each team's mean readiness, before any officer moves."""
        self.practice = np.array([self.by_team(row) for row in self.readiness]) / np.bincount(self.team)

    def _wait(self, today: int, teams: np.ndarray, days: np.ndarray) -> None:
        if teams.size:
            self.waiting += np.bincount(teams, minlength=len(self.waiting))
            np.add.at(self._begun, (np.minimum(today + days, len(self._begun) - 1), teams), 1)


def free(world: World, cases: Ids, hours: np.ndarray) -> None:
    """Count officer hours that the scheme frees, or takes where they are negative."""
    world.officers.count("freed", world.cases.officer[cases], hours)


def offers(world: World, cases: Ids, officers: Ids) -> np.ndarray:
    """Whether each officer would offer the intervention in each case."""
    would_have = world.cases.would_have[cases]
    path = np.where(would_have == world.charged, 0, np.where(would_have == world.no_action, 2, 1))
    return world.luck("offer", cases) < world.officers.readiness[path, officers]


def train(world: World, teams: np.ndarray) -> None:
    """Bring *teams* into the scheme: trained officers offer it, on average over all as often as the uptake needs."""
    lever, officers = world.levers.diversion, world.officers
    joining = np.isin(officers.team, teams)
    for path, offer in enumerate(lever.offers):
        readiness = luck.beta(officers.standing, min(offer / lever.trained, 1.0), lever.readiness_spread)
        officers.readiness[path, joining] = np.where(officers.trained, readiness, 0)[joining]
