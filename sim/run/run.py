"""One replication: a scenario with one seed, from its first day to its tables."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from sim.run.result import Result
from sim.scenario.model import Scenario


@dataclass(frozen=True, eq=False)
class Cell:
    """One replication to do: everything that decides its figures but the model itself.

    Args:
        scenario: what to run.
        seed: which luck.
        years: how many years to simulate.
        share: fraction of people and courtrooms to simulate.
        opens_as: levers by which day 0 is drawn, where they are not the scenario's own (see reading.opened_as).
    """

    scenario: Scenario
    seed: int
    years: int
    share: float = 1.0
    opens_as: Scenario | None = None

    @property
    def weeks(self) -> int:
        """About how many weeks are simulated: what progress is counted in."""
        return self.years * 52 + 1


def run_seed(
    scenario: Scenario,
    seed: int,
    years: int,
    share: float = 1.0,
    audit: bool = False,
    tell: Callable[[int], object] | None = None,
) -> Result:
    """Run *scenario* once and return its tables.

    Args:
        scenario: what to run.
        seed: which luck.
        years: how many years to simulate.
        share: fraction of people and courtrooms to simulate.
        audit: check every law of the model daily; changes no figure.
        tell: called with the number of weeks simulated after each; an exception from it stops the run.
    """
    weeks = by_week(Cell(scenario, seed, years, share), audit)
    while True:
        try:
            week = next(weeks)
        except StopIteration as end:
            return end.value
        if tell:
            tell(week)


def by_week(cell: Cell, audit: bool = False) -> Generator[int, None, Result]:
    """Run *cell* a week at a time: yield the number of weeks simulated, and return the tables."""
    # Here, since most who name a cell run none themselves: what the world is made of takes half a second to load.
    from sim.world import World

    world = World(cell.scenario, cell.seed, cell.years, cell.share, audit, cell.opens_as)
    yield from world.weeks()
    return Result(cell.scenario, cell.seed, cell.years, cell.share, world.tables())
