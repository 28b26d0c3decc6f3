"""What is kept of one replication: every measure in every breakdown, the rungs and the small tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.measures.ladder import ladder
from sim.measures.registry import take_every
from sim.run.result import SMALL_TABLES, Result


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is kept of one replication.

    Args:
        measures: a row for each measure, breakdown, date and part: the columns of sim.measures.take, and `by`.
        rungs: why it moved, as sim.measures.ladder gives.
        tables: table name -> table, for the tables kept.
    """

    measures: pd.DataFrame
    rungs: pd.DataFrame
    tables: dict[str, pd.DataFrame]


def observe(result: Result, keep: tuple[str, ...] = SMALL_TABLES) -> Outcome:
    """Take every measure of *result* in every breakdown, and keep the tables named in *keep*."""
    return Outcome(take_every(result), ladder(result), {table: result.tables[table] for table in keep})
