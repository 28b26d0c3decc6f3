"""What runs leave behind: one seed's tables, a comparison of scenarios, and the results folder on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.scenario.model import Scenario

if TYPE_CHECKING:
    import pandas as pd

SMALL_TABLES = ("weeks", "sittings", "officers", "providers", "custody")
LARGE_TABLES = ("cases", "offenders")


@dataclass(frozen=True, eq=False)
class Result:
    """One seed of one scenario: the tables of sim.world.tables, with counts as simulated.

    Args:
        scenario: what was run.
        seed: which luck.
        years: how many years were simulated.
        share: fraction of people and courtrooms simulated; measures scale counts by 1 / share.
        tables: table name -> table, as declared in sim.world.tables.
    """

    scenario: Scenario
    seed: int
    years: int
    share: float
    tables: dict[str, pd.DataFrame]
