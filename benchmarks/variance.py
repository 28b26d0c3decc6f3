"""What pairing by luck is worth: how many fewer replications a difference needs than with independent seeds.

    python benchmarks/variance.py [SEEDS] [SHARE]

For each headline measure at the last date: the variance of the difference had both sides luck of their own (the sum of
both sides' variances), over that of the paired difference. So many times fewer replications give an interval as narrow.
Beside it, the CPU seconds to a 95% interval of half a per cent of the baseline, or of a tenth of a point for a share.
Asked of half of eligible people against none, and of half against 48 in a hundred. Finished runs are kept in the store.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
import pandas as pd
from scipy import stats

from sim.compare.comparison import Comparison
from sim.run.pool import processes
from sim.run.run import run_seed
from sim.scenario.reading import load
from sim.study.question import Asked, ask
from sim.study.store import users_store
from sim.study.study import answer

BASELINE, HALF = Asked("london/baseline", {}), Asked("london/uptake-50", {})
SLIGHTLY_LESS = Asked("london/uptake-50", {"diversion.uptake": 0.48})
MEASURES = (
    "magistrates.open",
    "crown.open",
    "diversion.prosecutions_avoided",
    "officers.freed",
    "reoffending.scheme_12_months",
    "reoffending.proven_12_months",
    "cost.total",
)
SHARE_WIDTH, OTHER_WIDTH = 0.001, 0.005  # half-widths: of a share, and of the baseline's level for anything else


def main() -> None:
    """Run both pairs and print a table for each."""
    seeds, share = int((sys.argv[1:] or ["16"])[0]), float((sys.argv[2:] or ["0.1"])[0])
    cost = cpu_seconds(share)
    for asked in ([BASELINE, HALF], [SLIGHTLY_LESS, HALF]):
        study = ask(asked, seeds=seeds, share=share).study
        compared = answer(study, processes(os.cpu_count() or 1), users_store())
        first, second = compared.scenarios
        print(f"\n{second} against {first}: {seeds} seeds, {100 * share:g}% of people, {cost:.1f} CPU s a replication")
        print(reduction(compared, cost).to_string())


def cpu_seconds(share: float) -> float:
    """Of one replication."""
    began = time.process_time()
    run_seed(load("london/baseline"), 1, 5, share)
    return time.process_time() - began


def reduction(compared: Comparison, cost: float) -> pd.DataFrame:
    """Return a row for each measure: the variances' ratio, and what an interval of the width wanted costs.

    Args:
        compared: a baseline and one scenario, a seed to each pair.
        cost: CPU seconds of one replication.
    """
    rows = compared.measures[compared.measures["at"] == compared.measures["at"].max()]
    rows = rows[rows["group"] == "all"]
    sides = [
        rows[rows["scenario"] == name].pivot(index="measure", columns="seed", values="value")
        for name in compared.scenarios
    ]
    found = {}
    for measure in MEASURES:
        before, after = (side.loc[measure].to_numpy(float) for side in sides)
        paired, independent = np.var(after - before, ddof=1), np.var(before, ddof=1) + np.var(after, ddof=1)
        unit = rows.loc[rows["measure"] == measure, "unit"].iloc[0]
        width = SHARE_WIDTH if unit.startswith("share") else OTHER_WIDTH * abs(before.mean() or after.mean())
        pairs = max(2.0, (stats.norm.ppf(0.975) / width) ** 2 * paired)
        found[measure] = {"times fewer": independent / paired if paired else np.inf, "CPU s": 2 * cost * pairs}
    return pd.DataFrame(found).T.round(1)


if __name__ == "__main__":
    main()
