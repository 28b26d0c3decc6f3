"""A study: scenarios and seeds run, measured and set against the baseline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from sim.compare.comparison import Comparison
from sim.compare.decompose import COLUMNS as BALANCE_COLUMNS
from sim.compare.decompose import by_period, decompose
from sim.compare.ladder import ladder
from sim.compare.paired import COLUMNS, STEP_COLUMNS, compare, steps
from sim.measures import take
from sim.run.pool import Job, run_many
from sim.run.result import LARGE_TABLES, SMALL_TABLES, Result
from sim.scenario.draws import FEWEST_SEEDS, Range, draw
from sim.scenario.model import Scenario
from sim.scenario.reading import ScenarioError
from sim.study.folder import provenance


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is kept of one run: its measures, its rungs and the tables asked for."""

    name: str
    seed: int
    scenario: Scenario
    measures: pd.DataFrame
    rungs: pd.DataFrame
    tables: dict[str, pd.DataFrame]


def observe(job: Job, result: Result, by: str = "all", keep: tuple[str, ...] = SMALL_TABLES) -> Outcome:
    """Take every measure of *result*, in all and split by *by*, and keep the tables named in *keep*."""
    measures = take(result, tuple(dict.fromkeys(("all", by))))
    return Outcome(
        job.name, job.seed, job.scenario, measures, ladder(result), {table: result.tables[table] for table in keep}
    )


def run_comparison(
    scenarios: dict[str, Scenario],
    seeds: Iterable[int],
    years: int,
    share: float = 1.0,
    workers: int = 1,
    by: str = "all",
    cases: bool = False,
    confidence: float = 0.95,
    progress: Callable[[], object] | None = None,
    sink: Callable[[str, dict[str, pd.DataFrame]], object] | None = None,
    ledgers: Iterable[Path] = (),
    evidence: Mapping[str, Mapping[str, Range]] | None = None,
) -> Comparison:
    """Run every scenario with every seed and set each against the first, the baseline.

    Args:
        scenarios: name -> scenario; the first is the baseline.
        seeds: which luck; the same for all.
        years: how many years to simulate.
        share: fraction of people and courtrooms to simulate.
        workers: processes to use; results do not depend on it.
        by: a breakdown to add to the totals.
        cases: also give *sink* the large tables, cases and offenders.
        confidence: of the intervals.
        progress: called when a run has finished.
        sink: called with each run's scenario name and tables, in order, for instance to write them.
        ledgers: evidence files behind the scenarios, to be stamped into the provenance.
        evidence: by scenario, the ranges its levers are drawn from, anew for each seed; none draws nothing.

    Raises:
        ScenarioError: the scenarios differ in area or first day.
        ValueError: too few seeds to show the range of the evidence.
    """
    check_comparable(scenarios)
    began, seeds = time.monotonic(), list(seeds)
    if evidence and len(seeds) < FEWEST_SEEDS:
        raise ValueError(f"{len(seeds)} draws are too few to show a range of the evidence: at least {FEWEST_SEEDS}")
    jobs, not_drawn = [], set()
    for name, scenario in scenarios.items():
        for seed in seeds:
            drawn, refused = draw(scenario, seed, (evidence or {}).get(name, {}))
            jobs.append(Job(name, drawn, seed, years, share))
            not_drawn |= set(refused)
    keep = SMALL_TABLES + LARGE_TABLES if cases else SMALL_TABLES
    outcomes = []
    for outcome in run_many(jobs, partial(observe, by=by, keep=keep), workers, progress):
        if sink:
            sink(outcome.name, outcome.tables)
        for table in LARGE_TABLES:
            outcome.tables.pop(table, None)
        outcomes.append(outcome)
    stamp = provenance(scenarios, seeds, years, share, time.monotonic() - began, ledgers)
    stamp["by"] = by
    stamp["layers"] = ["chance", "evidence"] if evidence else ["chance"]
    if evidence:
        stamp["drawn"] = sorted(set().union(*evidence.values()) - not_drawn)
        stamp["not_drawn"] = sorted(not_drawn)
    return side_by_side(scenarios, outcomes, confidence, stamp)


def check_comparable(scenarios: dict[str, Scenario]) -> None:
    """Refuse to compare scenarios of different areas or first days.

    Raises:
        ScenarioError: they differ.
    """
    name, baseline = next(iter(scenarios.items()))
    faults = [
        f"{other}: {lever} = {getattr(scenario, lever)}, but {name} has {getattr(baseline, lever)}; "
        "only scenarios of one area and first day can be compared"
        for other, scenario in scenarios.items()
        for lever in ("area", "starts")
        if getattr(scenario, lever) != getattr(baseline, lever)
    ]
    if faults:
        raise ScenarioError(faults)


def side_by_side(
    scenarios: dict[str, Scenario], outcomes: list[Outcome], confidence: float, stamp: dict[str, Any]
) -> Comparison:
    """Set the outcomes of each scenario against those of the first."""
    of = {name: [outcome for outcome in outcomes if outcome.name == name] for name in scenarios}
    measures = {name: _stack([one.measures for one in runs]) for name, runs in of.items()}
    rungs = {name: _stack([one.rungs for one in runs]) for name, runs in of.items()}
    tables = {name: {table: _stack([one.tables[table] for one in of[name]]) for table in SMALL_TABLES} for name in of}
    baseline, *others = scenarios
    years, share = stamp["years"], stamp["share"]
    evidence = "evidence" in stamp["layers"]
    parts = {name: _parts(of[baseline], of[name], years, alike=not evidence) for name in others}
    balance = [decompose(parts[name], name, share, confidence, evidence) for name in others]
    return Comparison(
        scenarios=scenarios,
        table=_stack(
            [compare(measures[baseline], measures[name], name, confidence, evidence) for name in others], COLUMNS
        ),
        steps=_stack(
            [steps(rungs[baseline], rungs[name], name, confidence, evidence) for name in others], STEP_COLUMNS
        ),
        balance=_stack(balance, BALANCE_COLUMNS),
        measures=_stack([rows.assign(scenario=name) for name, rows in measures.items()]),
        tables=tables,
        provenance=stamp | {"confidence": confidence},
    )


def _parts(before: list[Outcome], after: list[Outcome], years: int, alike: bool) -> pd.DataFrame:
    """Why the courts' balance moved, by seed; seeds whose levers are *alike* are taken together."""
    pairs = [(before, after)] if alike else [([a], [b]) for a, b in zip(before, after, strict=True)]
    return pd.concat([by_period(_side(a), _side(b), years) for a, b in pairs], axis=1)


def _side(outcomes: list[Outcome]) -> tuple[Scenario, dict[str, pd.DataFrame]]:
    tables = {name: _stack([one.tables[name] for one in outcomes]) for name in ("weeks", "sittings")}
    return outcomes[0].scenario, tables


def _stack(frames: list[pd.DataFrame], columns: list[str] | None = None) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
