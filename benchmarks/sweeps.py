"""Run the sweep and the sensitivity analysis of London that ship with the package, and write docs/sensitivity.md.

    python benchmarks/sweeps.py

Some 350 short runs: a quarter of an hour on two cores; finished ones are kept in the store's folder beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

from sim.report.what_matters import report_sensitivity
from sim.run.pool import processes
from sim.study import plan as plans
from sim.study.sensitivity import Look, sensitivity
from sim.study.shipped import MATTERS, SWEEP, keep_tables
from sim.study.store import users_store
from sim.study.sweep import Folder, sweep

AREA = "london"
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
    done = sweep(Folder(folder / "uptake", plans.read(f"{AREA}/sweeps/uptake"), behind=store), executor)
    if done.table is None or done.failed:
        raise SystemExit(f"the sweep is not whole: {done.failed}")
    keep_tables(AREA, SWEEP, {"results": done.table})
    look = Look("magistrates.open", trajectories=TRAJECTORIES, base=BASE)
    found = sensitivity(folder / "matters", plans.read(f"{AREA}/sweeps/what-matters"), look, executor, store)
    keep_tables(AREA, MATTERS, {"screening": found.screening, "indices": found.indices})
    DOCS.write_text(PAGE.format(report=report_sensitivity(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
