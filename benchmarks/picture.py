"""Draw a picture from a results folder: open cases of a court, or gaps along the path (of a run with --by).

sliproad compare london/baseline london/uptake-50 --out results/uptake-50
python benchmarks/picture.py results/uptake-50 uptake-50 magistrates docs/uptake-50.png
sliproad compare london/baseline london/uptake-50 --by ethnicity --out results/by-ethnicity
python benchmarks/picture.py results/by-ethnicity uptake-50 gaps gaps.png
"""

from __future__ import annotations

import sys

from sim.report.charts import along_the_path, backlog
from sim.report.print import save
from sim.study.folder import load


def main() -> None:
    """Draw one chart."""
    folder, scenario, what, path = sys.argv[1:]
    comparison = load(folder)
    chart = along_the_path(comparison, scenario) if what == "gaps" else backlog(comparison, scenario, what)
    save(chart, path)
    print(chart.alt)


if __name__ == "__main__":
    main()
