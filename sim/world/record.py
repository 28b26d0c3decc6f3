"""What is written down while the world runs: counts by week, court, group and route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.world.columns import PAPER, ROUTES, Ids

if TYPE_CHECKING:
    from sim.world import World

FLOWS = ("received", "returned", "closed", "sent_on", "warrants_out")
_INTO = {"received": 1, "returned": 1, "closed": -1, "sent_on": -1, "warrants_out": -1}
_ROUTES = 3


class Record:
    """Append-only rows in declared columns.

    Args:
        groups: names of the offence groups.
        paper_group: name under which paper cases are counted.
    """

    def __init__(self, groups: list[str], paper_group: str) -> None:
        self.groups = [*groups, paper_group]
        self.open = {tier: self._zeros() for tier in ROUTES}
        self._opening = {tier: self._zeros() for tier in ROUTES}
        self._flows = self._no_flows()
        self.weeks: list[tuple[int, str, np.ndarray, dict[str, np.ndarray], np.ndarray]] = []
        self.sittings: list[dict[str, Any]] = []
        self.officers: list[dict[str, np.ndarray]] = []
        self.providers: list[dict[str, int]] = []
        self.custody: list[dict[str, int]] = []
        self._held_days = 0

    def stock(self, tier: str, groups: np.ndarray, routes: np.ndarray) -> None:
        """Count cases that are open before the first day."""
        counted = self._count(groups, routes)
        self.open[tier] += counted
        self._opening[tier] += counted

    def count(self, flow: str, tier: str, world: World, ids: Ids) -> None:
        """Count *ids* as one kind of flow at *tier*."""
        if ids.size:
            cases = world.cases
            routes = cases.route if tier == "magistrates" else cases.crown_route
            self._add(flow, tier, self._count(cases.group[ids], routes[ids]))

    def count_paper(self, flow: str, number: int) -> None:
        """Count paper cases, which have no rows."""
        counted = self._zeros()
        counted[-1, PAPER] = number
        self._add(flow, "magistrates", counted)

    def count_held(self, day: int, people: int, is_last: bool) -> None:
        """Count the *people* held today; on the last day of a period write them down."""
        self._held_days += people
        if is_last:
            self.custody.append({"day": day, "held": people, "held_days": self._held_days})
            self._held_days = 0

    def close_period(self, day: int) -> None:
        """Write down the period that ends on *day* and begin the next."""
        for tier in ROUTES:
            self.weeks.append((day, tier, self._opening[tier], self._flows[tier], self.open[tier].copy()))
            self._opening[tier] = self.open[tier].copy()
        self._flows = self._no_flows()

    def _add(self, flow: str, tier: str, counted: np.ndarray) -> None:
        self._flows[tier][flow] += counted
        self.open[tier] += _INTO[flow] * counted

    def _count(self, groups: np.ndarray, routes: np.ndarray) -> np.ndarray:
        cells = groups.astype(np.int64) * _ROUTES + routes
        return np.bincount(cells, minlength=len(self.groups) * _ROUTES).reshape(-1, _ROUTES)

    def _zeros(self) -> np.ndarray:
        return np.zeros((len(self.groups), _ROUTES), np.int64)

    def _no_flows(self) -> dict[str, dict[str, np.ndarray]]:
        return {tier: {flow: self._zeros() for flow in FLOWS} for tier in ROUTES}
