"""Scenarios set against a baseline, and what is needed to say where the figures came from."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.scenario.model import Scenario

AS_STATED = "as stated"  # the structure that the scenarios themselves describe
COURTS = {"crown": "Crown Court", "magistrates": "Magistrates' courts"}


@dataclass(frozen=True)
class Provenance:
    """Where figures came from: what a reader needs to run the same again and to check that it is the same.

    Args:
        model: version and hash of the model.
        versions: of the package, of Python and of what computes the figures.
        baseline: name of the baseline.
        scenarios: name -> hash of every lever.
        seeds: the replications that hold every scenario.
        structure_seeds: those of the range over structures, which may be fewer; none where it is not known.
        structures_between: whether that range is read between computed points.
        years: simulated.
        share: of people and courtrooms simulated.
        by: the breakdown asked for.
        confidence: of the intervals.
        layers: of uncertainty in the intervals: 'chance', and 'evidence' where levers are drawn.
        drawn: levers drawn from the evidence.
        not_drawn: levers with a range whose draw the scenario's rules refuse.
        held: levers that were set by hand and so kept, though the evidence has a range.
        cells: the key of every replication.
        failed: replications that could not be done, with the reason.
        sources: name of a scenario -> the file it was read from.
        evidence: ledger -> its hash.
        command: what was typed.
        made: on which day, in the ISO format.
        wall_seconds: how long it took.
    """

    model: str
    versions: Mapping[str, str]
    baseline: str
    scenarios: Mapping[str, str]
    seeds: tuple[int, ...]
    years: int
    share: float
    by: str = "all"
    confidence: float = 0.95
    layers: tuple[str, ...] = ("chance",)
    drawn: tuple[str, ...] = ()
    not_drawn: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    structure_seeds: tuple[int, ...] = ()
    structures_between: bool = False
    failed: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    made: str = ""
    wall_seconds: float = 0.0

    @property
    def run_id(self) -> str:
        """A short name for these figures: the same cells give the same."""
        return hashlib.sha256("".join(self.cells).encode()).hexdigest()[:10]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios set against a baseline, and what is needed to say where the figures came from.

    Args:
        scenarios: name -> scenario; the first is the baseline.
        table: one row per scenario, measure, date and group, as sim.compare.paired.compare gives.
        steps: why it moved, as sim.compare.paired.steps gives.
        balance: why the courts' balance of hours moved, as sim.compare.decompose.decompose gives.
        measures: every measure by scenario and seed.
        provenance: where the figures came from.
        structures: the differences under other structures, as sim.study.structures gives; None if not all are known.
        tables: scenario -> table name -> table with every seed, for the tables that were kept.
    """

    scenarios: dict[str, Scenario]
    table: pd.DataFrame
    steps: pd.DataFrame
    balance: pd.DataFrame
    measures: pd.DataFrame
    provenance: Provenance
    structures: pd.DataFrame | None = None
    tables: dict[str, dict[str, pd.DataFrame]] = field(default_factory=dict)

    @property
    def baseline(self) -> str:
        """Name of the scenario the others are set against."""
        return next(iter(self.scenarios))

    @cached_property
    def last_date(self) -> date:
        """The last day simulated, on which the last year of every measure ends."""
        return date.fromisoformat(self.measures["at"].max())

    @cached_property
    def at_the_end(self) -> pd.DataFrame:
        """The rows of the table at the last date, of everybody."""
        return self.table[(self.table["at"] == self.table["at"].max()) & (self.table["group"] == "all")]

    @cached_property
    def row_at_the_end(self) -> dict[tuple[str, str], dict[Hashable, Any]]:
        """Each of those rows by its scenario and measure."""
        rows = self.at_the_end.to_dict("records")
        return {(row["scenario"], row["measure"]): row for row in rows}

    @property
    def rows(self) -> pd.DataFrame:
        """Every row of the table; those under other structures come last and name theirs in a column of its own."""
        if self.structures is None:
            return self.table
        others = self.structures[self.structures["structure"] != AS_STATED].assign(group="all", chance_lower=np.nan)
        table = self.table.assign(structure=AS_STATED)
        return pd.concat([table, others[list(table.columns)]], ignore_index=True)

    def of(self, name: str) -> pd.DataFrame:
        """Every measure of the scenario *name* by seed."""
        return self.measures[self.measures["scenario"] == name]

    @property
    def draws_evidence(self) -> bool:
        """Whether each seed has its own draw of the evidence, so that intervals are the range of the draws."""
        return "evidence" in self.provenance.layers
