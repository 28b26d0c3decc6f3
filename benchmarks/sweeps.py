"""Run the sweeps and the sensitivity analysis of London that ship with the package, and write docs/sensitivity.md.

    python benchmarks/sweeps.py [NAME ...]

Some 600 short runs: half an hour on two cores; finished ones are kept in a folder beside the user's store. Names of
sweeps, or what-matters, do only those.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sim.report.what_matters import report_sensitivity
from sim.run.pool import processes
from sim.study import plan as plans
from sim.study.sensitivity import Look, sensitivity
from sim.study.shipped import MATTERS, keep_sweep, keep_tables
from sim.study.store import users_store
from sim.study.sweep import Folder, sweep

AREA, SWEPT = "london", ("uptake", "one-at-a-time")
TRAJECTORIES, BASE = 4, 16
DOCS = Path(__file__).parent.parent / "docs" / "sensitivity.md"
PAGE = f"""# What decides the effect on London's magistrates' courts

A twentieth of London, three years, one seed under the same luck on both sides; ranges as in the ledger, in
[what-matters.toml](../scenarios/london/sweeps/what-matters.toml). With so few points the shares are rough: see their
half widths.

```
$ sliproad sensitivity london/sweeps/what-matters --out DIR --trajectories {TRAJECTORIES} --base {BASE}
{{report}}
```
"""


def main() -> None:
    """Run both and keep their tables."""
    store = users_store()
    folder = (store.folder if store else Path("sweeps")).with_name("sweeps-that-ship")
    executor = processes(os.cpu_count() or 1)
    chosen = sys.argv[1:] or [*SWEPT, MATTERS]
    for name in SWEPT:
        if name in chosen:
            done = sweep(Folder(folder / name, plans.read(f"{AREA}/sweeps/{name}"), behind=store), executor)
            if done.table is None or done.failed:
                raise SystemExit(f"the sweep {name} is not whole: {done.failed}")
            keep_sweep(AREA, name, folder / name)
    if MATTERS not in chosen:
        return
    look = Look("magistrates.open", trajectories=TRAJECTORIES, base=BASE)
    found = sensitivity(folder / "matters", plans.read(f"{AREA}/sweeps/{MATTERS}"), look, executor, store)
    keep_tables(AREA, MATTERS, {"screening": found.screening, "indices": found.indices})
    DOCS.write_text(PAGE.format(report=report_sensitivity(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
