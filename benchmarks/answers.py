"""Compute the answers that ship with the package: every scenario of London against its baseline.

    python benchmarks/answers.py [--only NAME ...] [--structures NAME ...] [--grid]

Eight paired seeds at full scale; with --structures also the other structures, with four seeds; with --grid only the
grid of uptake and attendance, its structures with one seed. Finished replications are kept in the store, so it can be
stopped and started again. Run it after every change of the model.
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


def main() -> None:
    """Compute and keep them one by one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--structures", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--structure-seeds", type=int, default=4)
    parser.add_argument("--grid", action="store_true")
    chosen = parser.parse_args()
    if chosen.grid:
        compute_grid(chosen.seeds)
        return
    every = [name.partition("/")[2] for name in names() if name.startswith(f"{AREA}/") and name != BASELINE]
    for name in chosen.only or every:
        began = time.monotonic()
        structure_seeds = chosen.structure_seeds if name in chosen.structures else 0
        compute(name, chosen.seeds, tuple(range(1, structure_seeds + 1)))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def compute(name: str, seeds: int, structure_seeds: tuple[int, ...]) -> None:
    """Answer one scenario and keep the answer."""
    question = ask([Asked(BASELINE, {}), Asked(f"{AREA}/{name}", {})], seeds=seeds)
    compared = computed(question, structure_seeds)
    keep(AREA, name, stamped(compared, question, f"sliproad compare {BASELINE} {AREA}/{name}"))


def compute_grid(seeds: int) -> None:
    """Answer every point of the grid and keep them together."""
    asked = [Asked(BASELINE, {}), *(Asked(BASELINE, point) for point in points(load(BASELINE).diversion.acceptance))]
    question = ask(asked, seeds=seeds)
    keep(AREA, GRID, stamped(computed(question, (1,)), question, ""))


def computed(question: Question, structure_seeds: tuple[int, ...]) -> Comparison:
    """The answer as stated, and under the other structures with seeds of their own, if any."""
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
