"""A study: many replications for one question, run as events, kept in a store, and set against the baseline."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import pandas as pd

import sim
from sim.compare.comparison import Comparison, Provenance
from sim.compare.decompose import COLUMNS as BALANCE_COLUMNS
from sim.compare.decompose import by_period, decompose
from sim.compare.paired import COLUMNS, STEP_COLUMNS, compare, steps
from sim.compare.same_people import on_offences
from sim.measures.outcome import Outcome, observe
from sim.measures.view import BREAKDOWNS
from sim.run.pool import Event, Events, Executor, Failed, Landed, here
from sim.run.result import LARGE_TABLES, SMALL_TABLES
from sim.run.run import Cell
from sim.scenario.draws import FEWEST_SEEDS, Range, draw
from sim.scenario.model import Scenario
from sim.scenario.reading import ScenarioError, opened_as
from sim.study.cells import cell_key, model_version, scenario_hash
from sim.study.log import logged
from sim.study.reach import refuse_out_of_reach
from sim.study.store import Store
from sim.study.structures import AS_STATED, side_by_side, under

Place = tuple[str, str, int]  # structure, scenario, seed
Outcomes = Mapping[str, Outcome]  # by the key of the cell
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _refuse_nobody(name: str, scenario: Scenario, years: int, share: float) -> None:
    """Refuse a share in which nobody is met, unless nobody is met in the whole either."""
    met = sum(group.contacts for group in scenario.groups.values()) * years
    if 0 < met * share < 1:
        raise ScenarioError([f"{name}: share = {share:g} leaves nobody to simulate; the least is {1 / met:.1g}"])


@dataclass(frozen=True, eq=False)
class Study:
    """Scenarios to set against the first, under the same luck: everything that decides the figures, nothing else.

    Args:
        scenarios: name -> scenario; the first is the baseline.
        seeds: which luck; the same for all.
        years: how many years to simulate.
        share: fraction of people and courtrooms to simulate.
        evidence: by scenario, the ranges its levers are drawn from, anew for each seed; none draws nothing.
        structures: other ways the world may work, by name: what each changes in every scenario.

    Raises:
        ScenarioError: the scenarios differ in area or first day, begin in a year out of reach or have delays that
            never end, or so small a share of them holds nobody.
        ValueError: no seed, one twice, or too few to show the range of the evidence.
    """

    scenarios: Mapping[str, Scenario]
    seeds: tuple[int, ...]
    years: int = 5
    share: float = 1.0
    evidence: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    structures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_comparable(self.scenarios)
        for name, scenario in self.scenarios.items():
            _refuse_nobody(name, scenario, self.years, self.share)
            refuse_out_of_reach(name, scenario)
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds {list(self.seeds)}: name at least one, and none twice")
        if self.evidence and len(self.seeds) < FEWEST_SEEDS:
            raise ValueError(
                f"{len(self.seeds)} draws are too few to show a range of the evidence: at least {FEWEST_SEEDS}"
            )

    @cached_property
    def as_stated(self) -> Study:
        """The study without its other structures: a seventh of the cells."""
        return replace(self, structures={}) if self.structures else self

    @cached_property
    def cells(self) -> dict[Place, Cell]:
        """Every replication by its place: seed by seed as the scenarios stand, then seed by seed under each structure.

        So the first pair is there after one run each.
        """
        return {place: cell for place, (cell, _) in self._drawn.items()}

    @cached_property
    def keys(self) -> dict[Place, str]:
        """The key of every replication by its place."""
        return {place: cell_key(cell) for place, cell in self.cells.items()}

    @cached_property
    def not_drawn(self) -> tuple[str, ...]:
        """Levers with a range in the evidence whose draw the rules of a scenario refuse."""
        return tuple(sorted({lever for _, refused in self._drawn.values() for lever in refused}))

    @cached_property
    def _drawn(self) -> dict[Place, tuple[Cell, list[str]]]:
        as_stated = {AS_STATED: self.scenarios}
        changed = {structure: under(self.scenarios, changes) for structure, changes in self.structures.items()}
        return {
            (structure, name, seed): one
            for group in (as_stated, changed)
            for seed in self.seeds
            for structure, scenarios in group.items()
            for name, one in self._of_seed(scenarios, seed, self.structures.get(structure, _NOTHING)).items()
        }

    def _of_seed(
        self, scenarios: Mapping[str, Scenario], seed: int, held: Mapping[str, Any]
    ) -> dict[str, tuple[Cell, list[str]]]:
        """The replications of one seed, each opening as the baseline does; what a structure sets is not drawn."""
        drawn = {}
        for name, scenario in scenarios.items():
            ranges = {lever: one for lever, one in self.evidence.get(name, {}).items() if lever not in held}
            drawn[name] = draw(scenario, seed, ranges)
        baseline, _ = next(iter(drawn.values()))
        return {
            name: (Cell(scenario, seed, self.years, self.share, opened_as(scenario, baseline)), refused)
            for name, (scenario, refused) in drawn.items()
        }


def check_comparable(scenarios: Mapping[str, Scenario]) -> None:
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


def events(
    study: Study, executor: Executor = here, store: Store | None = None, keep: tuple[str, ...] = SMALL_TABLES
) -> Events:
    """Yield what happens to each replication of *study*, in its order; closing the iterator stops the work.

    What the *store* has lands at once; what is run is put there before it lands. Equal replications are run once.

    Args:
        study: the question.
        executor: what runs replications (see sim.run.pool).
        store: where outcomes are kept between questions; none keeps nothing.
        keep: tables to keep; with more than the small ones everything is run anew.
    """
    cells = {study.keys[place]: cell for place, cell in study.cells.items()}
    ahead = []
    for cell in cells.values():
        outcome = store.get(cell) if store and keep == SMALL_TABLES else None
        if outcome is None:
            ahead.append(cell)
        else:
            yield Landed(cell, outcome)
    with closing(executor(ahead, partial(observe, keep=keep))) as running:
        for event in logged(running):
            if store and isinstance(event, Landed):
                store.remember(event.cell, _small(event.outcome))
            yield event


def known(study: Study, store: Store | None) -> dict[str, Outcome]:
    """Return the outcomes of the study's other structures, by key, if the *store* has them all; nothing is run."""
    if store is None:
        return {}
    found: dict[str, Outcome] = {}
    # one structure at a time: to make the cells of all is dear, and most often the first is missing
    for structure, changes in study.structures.items():
        one = replace(study, structures={structure: changes})
        for place, key in one.keys.items():
            if place[0] != AS_STATED:
                outcome = store.get(one.cells[place])
                if outcome is None:
                    return {}
                found[key] = outcome
    return found


def answer(
    study: Study,
    executor: Executor = here,
    store: Store | None = None,
    watch: Callable[[Event], object] | None = None,
    sink: Callable[[str, dict[str, pd.DataFrame]], object] | None = None,
    structures: bool = False,
    **told: Any,
) -> Comparison:
    """Run *study* to its end and set each scenario against the first, the baseline.

    Args:
        study: the question.
        executor: what runs replications.
        store: where outcomes are kept between questions.
        watch: called with every event.
        sink: called with each scenario's name and large tables, seed by seed, for instance to write them.
        structures: run the study's other structures too; without, they are shown if the store has them all.
        told: what `comparison` takes besides.

    Raises:
        Exception: what a replication raised, if it was not the death of its process.
        ChildProcessError: no seed has every scenario, since processes died.
    """
    began = time.monotonic()
    asked = study if structures else study.as_stated
    outcomes, failed = _gathered(asked, executor, store, watch, _Turn(study, sink) if sink else None)
    if failed and not complete_seeds(study, outcomes):
        raise failed[0].error
    if not structures:
        outcomes |= known(study, store)
    compared = comparison(study, outcomes, **told)
    seconds = round(time.monotonic() - began, 1)
    lost = tuple(f"{one.cell.scenario.title}, seed {one.cell.seed}: {one.error}" for one in failed)
    return replace(compared, provenance=replace(compared.provenance, wall_seconds=seconds, failed=lost))


def _gathered(
    study: Study,
    executor: Executor,
    store: Store | None,
    watch: Callable[[Event], object] | None,
    turn: _Turn | None,
) -> tuple[dict[str, Outcome], list[Failed]]:
    """Run *study* and return what landed, by key, and what was lost since its process died; another error is raised."""
    outcomes: dict[str, Outcome] = {}
    failed: list[Failed] = []
    with closing(events(study, executor, store, SMALL_TABLES + LARGE_TABLES if turn else SMALL_TABLES)) as happening:
        for event in happening:
            if isinstance(event, Landed):
                key = cell_key(event.cell)
                outcomes[key] = _small(event.outcome)
                if turn:
                    turn.land(key, event.outcome)
            elif isinstance(event, Failed):
                if not isinstance(event.error, ChildProcessError):
                    raise event.error
                failed.append(event)
            if watch:
                watch(event)
    return outcomes, failed


def complete_seeds(study: Study, outcomes: Outcomes, structure: str = AS_STATED) -> tuple[int, ...]:
    """The seeds of which every scenario has landed under *structure*."""
    return tuple(
        seed for seed in study.seeds if all(study.keys[structure, name, seed] in outcomes for name in study.scenarios)
    )


def comparison(
    study: Study, outcomes: Outcomes, by: str = "all", confidence: float = 0.95, every: bool = False
) -> Comparison:
    """Set what has landed of each scenario against the baseline: the seeds of which every scenario is there.

    Args:
        study: the question.
        outcomes: what has landed, by key.
        by: a breakdown to show beside the totals.
        confidence: of the intervals.
        every: hold every breakdown, whichever is shown.

    Raises:
        LookupError: no seed has every scenario yet.
    """
    seeds = complete_seeds(study, outcomes)
    if not seeds:
        raise LookupError("no seed has every scenario yet")
    of = {name: [outcomes[study.keys[AS_STATED, name, seed]] for seed in seeds] for name in study.scenarios}
    structures = _structures(study, outcomes, (confidence, bool(study.evidence)))
    measures = {name: _measures(runs, BREAKDOWNS if every else ("all", by)) for name, runs in of.items()}
    rungs = {name: _stack([one.rungs for one in runs]) for name, runs in of.items()}
    tables = {name: {table: _stack([one.tables[table] for one in of[name]]) for table in SMALL_TABLES} for name in of}
    baseline, *others = study.scenarios
    how = (confidence, bool(study.evidence))
    return Comparison(
        scenarios=dict(study.scenarios),
        table=_stack([compare(*_alike(study, of, measures, name), name, *how) for name in others], COLUMNS),
        steps=_stack([steps(rungs[baseline], rungs[name], name, *how) for name in others], STEP_COLUMNS),
        balance=_stack([_balance(study, of, seeds, name, how) for name in others], BALANCE_COLUMNS),
        measures=_stack([rows.assign(scenario=name) for name, rows in measures.items()]),
        structures=structures,
        tables=tables,
        provenance=replace(
            _provenance(study, seeds, by, confidence),
            structure_seeds=() if structures is None else _in_every_structure(study, outcomes),
        ),
    )


def _structures(study: Study, outcomes: Outcomes, how: tuple[float, bool]) -> pd.DataFrame | None:
    """The differences under every structure; None while one has no seed with every scenario."""
    rows = {}
    for structure in (AS_STATED, *study.structures):
        seeds = complete_seeds(study, outcomes, structure)
        if not seeds:
            return None
        of = {name: [outcomes[study.keys[structure, name, seed]] for seed in seeds] for name in study.scenarios}
        measures = {name: _measures(runs, ("all",)) for name, runs in of.items()}
        rows[structure] = {name: _alike(study, of, measures, name) for name in list(study.scenarios)[1:]}
    return side_by_side(rows, *how) if study.structures else None


def _alike(
    study: Study, of: Mapping[str, list[Outcome]], measures: Mapping[str, pd.DataFrame], name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The measures of the baseline and of the scenario *name*, both over the same people."""
    baseline = next(iter(study.scenarios))
    offences = [study.scenarios[each].diversion.offences for each in (baseline, name)]
    if set(offences[0]) == set(offences[1]):
        return measures[baseline], measures[name]
    before, after = (
        on_offences(measures[each], _measures(of[each], ("group",)), offences[1]) for each in (baseline, name)
    )
    return before, after


def _in_every_structure(study: Study, outcomes: Outcomes) -> tuple[int, ...]:
    complete = [set(complete_seeds(study, outcomes, structure)) for structure in study.structures]
    return tuple(seed for seed in study.seeds if all(seed in seeds for seeds in complete))


def _measures(runs: list[Outcome], breakdowns: tuple[str, ...]) -> pd.DataFrame:
    """The measures of some replications in some breakdowns, as sim.measures.take gives them."""
    rows = [one.measures[one.measures["by"].isin(breakdowns)] for one in runs]
    return _stack(rows).drop(columns="by")


def _balance(
    study: Study, of: Mapping[str, list[Outcome]], seeds: tuple[int, ...], name: str, how: tuple[float, bool]
) -> pd.DataFrame:
    """Why the courts' balance moved; seeds whose levers are alike, as without draws of the evidence, are together."""
    before, after = (_sides(study, of, seeds, one) for one in (next(iter(of)), name))
    parts = pd.concat([by_period(a, b, study.years) for a, b in zip(before, after, strict=True)], axis=1)
    return decompose(parts, name, study.share, *how)


def _sides(
    study: Study, of: Mapping[str, list[Outcome]], seeds: tuple[int, ...], name: str
) -> list[tuple[Scenario, dict[str, pd.DataFrame]]]:
    together = [[n] for n in range(len(seeds))] if study.evidence else [list(range(len(seeds)))]
    return [
        (
            study.cells[AS_STATED, name, seeds[group[0]]].scenario,
            {table: _stack([of[name][n].tables[table] for n in group]) for table in ("weeks", "sittings")},
        )
        for group in together
    ]


def _provenance(study: Study, seeds: tuple[int, ...], by: str, confidence: float) -> Provenance:
    drawn = sorted(set().union(*study.evidence.values()) - set(study.not_drawn)) if study.evidence else []
    return Provenance(
        model=model_version(),
        versions={"sliproad": sim.__version__, "python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "mesa", "simpy", "pandas", "scipy")},
        baseline=next(iter(study.scenarios)),
        scenarios={name: scenario_hash(scenario) for name, scenario in study.scenarios.items()},
        seeds=seeds,
        years=study.years,
        share=study.share,
        by=by,
        confidence=confidence,
        layers=("chance", "evidence") if study.evidence else ("chance",),
        drawn=tuple(drawn),
        not_drawn=study.not_drawn,
        cells=tuple(dict.fromkeys(study.keys.values())),
    )


class _Turn:
    """Hands large tables on seed by seed, whatever lands first."""

    def __init__(self, study: Study, sink: Callable[[str, dict[str, pd.DataFrame]], object]) -> None:
        self.ahead = {name: [study.keys[AS_STATED, name, seed] for seed in study.seeds] for name in study.scenarios}
        self.sink = sink
        self.waiting: dict[str, dict[str, pd.DataFrame]] = {}

    def land(self, key: str, outcome: Outcome) -> None:
        self.waiting[key] = {name: outcome.tables[name] for name in LARGE_TABLES}
        for name, keys in self.ahead.items():
            while keys and keys[0] in self.waiting:
                self.sink(name, self.waiting[keys.pop(0)])
        for done in self.waiting.keys() - {key for keys in self.ahead.values() for key in keys}:
            del self.waiting[done]


def _small(outcome: Outcome) -> Outcome:
    """The outcome without its large tables."""
    return replace(outcome, tables={name: outcome.tables[name] for name in SMALL_TABLES})


def _stack(frames: list[pd.DataFrame], columns: list[str] | None = None) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
