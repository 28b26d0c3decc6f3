"""Scenarios set against a baseline, and what is needed to say where the figures came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sim.scenario.model import Scenario


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios set against a baseline, and what is needed to say where the figures came from.

    Args:
        scenarios: name -> scenario; the first is the baseline.
        table: one row per scenario, measure, date and group, as sim.compare.paired.compare gives.
        steps: why it moved, as sim.compare.paired.steps gives.
        balance: why the courts' balance of hours moved, as sim.compare.decompose.decompose gives.
        measures: every measure by scenario and seed.
        structures: the differences under other structures, as sim.study.structures gives; None if they were not run.
        tables: scenario -> table name -> table with every seed, for the tables that were kept.
        provenance: seeds, share, years, versions and hashes.
    """

    scenarios: dict[str, Scenario]
    table: pd.DataFrame
    steps: pd.DataFrame
    balance: pd.DataFrame
    measures: pd.DataFrame
    structures: pd.DataFrame | None = None
    tables: dict[str, dict[str, pd.DataFrame]] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def baseline(self) -> str:
        """Name of the scenario the others are set against."""
        return next(iter(self.scenarios))

    @property
    def draws_evidence(self) -> bool:
        """Whether each seed has its own draw of the evidence, so that intervals are the range of the draws."""
        return "evidence" in self.provenance["layers"]
