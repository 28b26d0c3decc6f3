"""What can be answered at once: from what ships, from what was computed before, or from between computed points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from sim.compare.comparison import Comparison
from sim.scenario.reading import differences
from sim.study.grid import read_between
from sim.study.question import SEEDS, Question
from sim.study.shipped import GRID, is_current, lean, shipped
from sim.study.store import Store
from sim.study.study import comparison, known

YEARS = 5  # that an answer which ships looks ahead
How = Literal["computed", "between", "earlier"]


@dataclass(frozen=True, eq=False)
class Known:
    """An answer known without a run.

    Args:
        comparison: the answer.
        how: 'computed' for this very question, 'between' computed points, or by an 'earlier' model or file.
    """

    comparison: Comparison
    how: How


def at_once(question: Question, store: Store | None) -> Known | None:
    """Return what is known of *question*, one scenario against its baseline; None where it must be run."""
    found = _shipped(question)
    if found is None or found.how == "earlier":
        found = _stored(question, store) or found
    if found is None:
        return _between(question)
    return replace(found, comparison=with_structures(found.comparison, question))


def with_structures(compared: Comparison, question: Question) -> Comparison:
    """Add the range over structures, where it is not known, from what ships: for this file, or between points."""
    if compared.structures is not None:
        return compared
    whole, between = _shipped_structures(question), _between(question)
    other = whole or (between.comparison if between else None)
    if other is None or other.structures is None:
        return compared
    seeds = other.provenance.structure_seeds
    stamp = replace(compared.provenance, structure_seeds=seeds, structures_between=whole is None)
    return replace(compared, structures=other.structures, provenance=stamp)


def _shipped_structures(question: Question) -> Comparison | None:
    """The answer that ships for this file, if it is current and knows the structures."""
    found = _shipped(question)
    return found.comparison if found and found.how == "computed" and found.comparison.structures is not None else None


def _is_usual(question: Question) -> bool:
    """Whether the question is of the size of the answers that ship."""
    study = question.study
    usual = (tuple(range(1, SEEDS + 1)), YEARS, 1.0)
    return (study.seeds, study.years, study.share) == usual and not study.evidence and len(study.scenarios) == 2


def _shipped(question: Question) -> Known | None:
    """The answer that ships for this file, if none of its levers was changed on top."""
    if not _is_usual(question):
        return None
    path = Path(list(question.files.values())[-1])
    found = shipped(path.parent.name, path.stem)
    if found is None or list(found.scenarios) != list(question.study.scenarios):
        return None
    return Known(found, "computed" if is_current(found) and _same(found, question) else "earlier")


def _same(found: Comparison, question: Question) -> bool:
    """Whether an answer was computed from the same levers."""
    return not any(differences(one, found.scenarios[name]) for name, one in question.study.scenarios.items())


def _stored(question: Question, store: Store | None) -> Known | None:
    """The comparison of what the store has, if it has every replication as stated."""
    study, outcomes, keys = question.study, {}, question.as_stated.keys.values()
    if store is None or not all(map(store.has, keys)):
        return None
    for key in keys:
        outcome = store.read(key)
        if outcome is None:
            return None
        outcomes[key] = outcome
    return Known(lean(comparison(study, outcomes | known(study, store), every=True)), "computed")


def _between(question: Question) -> Known | None:
    if not _is_usual(question):
        return None
    (baseline, before), (name, scenario) = question.study.scenarios.items()
    path = Path(question.files[baseline])
    grid = shipped(path.parent.name, GRID)
    if grid is None or not is_current(grid) or differences(before, grid.scenarios[grid.baseline]):
        return None
    found = read_between(grid, name, scenario)
    return Known(_called(found, baseline), "between") if found else None


def _called(found: Comparison, baseline: str) -> Comparison:
    """The comparison with the question's own name for the baseline."""
    if found.baseline == baseline:
        return found
    scenarios = dict(zip((baseline, *list(found.scenarios)[1:]), found.scenarios.values(), strict=True))
    tables = dict(zip((baseline, *list(found.tables)[1:]), found.tables.values(), strict=True))
    measures: pd.DataFrame = found.measures.replace({"scenario": {found.baseline: baseline}})
    provenance = replace(found.provenance, baseline=baseline)
    return replace(found, scenarios=scenarios, tables=tables, measures=measures, provenance=provenance)
