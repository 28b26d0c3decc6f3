"""Compute the answers that ship with the package: every scenario of London against its baseline, and a grid.

    python benchmarks/answers.py [--only NAME ...]

Eight paired seeds at full scale; the range over structures with four seeds for uptake-50, else with one; the grid of
uptake and attendance (NAME grid) with four seeds, and one under each structure. The six that matter most come first,
and the others' ranges over structures last. Finished replications are kept in the store, so it can be stopped and
started again; from nothing it takes about two hours on two cores. Run it after every change of the model that
`python benchmarks/same_figures.py` does not show to move no figure.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace

import numpy as np

from sim.compare.comparison import Comparison
from sim.run.pool import processes
from sim.scenario.reading import load, names
from sim.study.grid import points
from sim.study.jobs import FEWEST_PAIRS
from sim.study.question import Asked, Question, ask, stamped
from sim.study.shipped import GRID, keep
from sim.study.store import users_store
from sim.study.study import answer

AREA, BASELINE = "london", "london/baseline"
SEEDS = 8
FIRST = ("uptake-50", "uptake-25", "uptake-80", "thames-valley-like", "uptake-50-effect-30", "more-sitting-days")
STRUCTURE_SEEDS = {"uptake-50": 4}  # one seed for the others


def main() -> None:
    """Compute and keep them one by one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    others = [name.partition("/")[2] for name in names() if name.startswith(f"{AREA}/") and name != BASELINE]
    others = [GRID, *(name for name in others if name not in FIRST)]
    options = parser.parse_args()
    chosen = options.only
    steps = [(name, True) for name in FIRST] + [(name, False) for name in others] + [(name, True) for name in others]
    for name, structures in [(name, True) for name in chosen] or steps:
        began = time.monotonic()
        compute(name, structures)
        told = "" if structures else " without the other structures"
        print(f"{name}{told}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def compute(name: str, structures: bool) -> None:
    """Answer one scenario, or every point of the grid, and keep the answer; with the other *structures* if asked."""
    question, command = asked(name)
    structure_seeds = tuple(range(1, STRUCTURE_SEEDS.get(name, 1) + 1))
    keep(AREA, name, stamped(computed(question, structure_seeds if structures else ()), question, command))


def asked(name: str) -> tuple[Question, str]:
    """The question about one scenario, or every point of the grid, and the command that asks it, if there is one."""
    if name == GRID:
        grid = [Asked(BASELINE, point) for point in points(load(BASELINE).diversion.acceptance)]
        return ask([Asked(BASELINE, {}), *grid], seeds=FEWEST_PAIRS), ""
    question = ask([Asked(BASELINE, {}), Asked(f"{AREA}/{name}", {})], seeds=SEEDS)
    return question, f"sliproad compare {BASELINE} {AREA}/{name}"


def computed(question: Question, structure_seeds: tuple[int, ...]) -> Comparison:
    """The answer as stated, and under the other structures with seeds of their own, if there are any."""
    executor, store = processes(os.cpu_count() or 1), users_store()
    compared = answer(question.study, executor, store, every=True)
    if not structure_seeds:
        return compared
    few = answer(replace(question.study, seeds=structure_seeds), executor, store, structures=True)
    return with_structures(compared, few)


def with_structures(compared: Comparison, few: Comparison) -> Comparison:
    """The answer with the range over structures of another with fewer seeds; of too few, without intervals."""
    structures, seeds = few.structures, few.provenance.structure_seeds
    if structures is not None and len(seeds) < FEWEST_PAIRS:
        structures = structures.assign(low=np.nan, high=np.nan)
    return replace(compared, structures=structures, provenance=replace(compared.provenance, structure_seeds=seeds))


if __name__ == "__main__":
    main()
