"""Compute the answers that ship with the package: every scenario of London against its baseline.

    python benchmarks/answers.py [--only NAME ...] [--structures NAME ...]

Eight paired seeds at full scale; with --structures also the other structures, with two seeds. Finished replications are
kept in the store, so it can be stopped and started again. Run it after every change of the model.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace

from sim.run.pool import processes
from sim.scenario.reading import names
from sim.study.question import Asked, ask, stamped
from sim.study.shipped import keep
from sim.study.store import users_store
from sim.study.study import answer

AREA, BASELINE = "london", "london/baseline"
STRUCTURE_SEEDS = (1, 2)


def main() -> None:
    """Compute and keep them one by one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--structures", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--seeds", type=int, default=8)
    chosen = parser.parse_args()
    every = [name.partition("/")[2] for name in names() if name.startswith(f"{AREA}/") and name != BASELINE]
    for name in chosen.only or every:
        began = time.monotonic()
        compute(name, chosen.seeds, name in chosen.structures)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def compute(name: str, seeds: int, structures: bool) -> None:
    """Answer one scenario and keep the answer."""
    question = ask([Asked(BASELINE, {}), Asked(f"{AREA}/{name}", {})], seeds=seeds)
    executor, store = processes(os.cpu_count() or 1), users_store()
    compared = answer(question.study, executor, store, every=True)
    if structures:
        few = replace(question.study, seeds=STRUCTURE_SEEDS)
        compared = replace(compared, structures=answer(few, executor, store, structures=True).structures)
    keep(AREA, name, stamped(compared, question, f"sliproad compare {BASELINE} {AREA}/{name} --seeds {seeds}"))


if __name__ == "__main__":
    main()
