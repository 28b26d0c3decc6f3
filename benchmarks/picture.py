"""Draw the README's picture from a results folder.

sliproad compare london/baseline london/uptake-50 --out results/uptake-50
python benchmarks/picture.py results/uptake-50 uptake-50 magistrates docs/uptake-50.png
"""

from __future__ import annotations

import sys

from sim.brief.print import save
from sim.figures import backlog
from sim.result import load


def main() -> None:
    """Draw one chart."""
    folder, scenario, court, path = sys.argv[1:]
    chart = backlog(load(folder), scenario, court)
    save(chart, path)
    print(chart.alt)


if __name__ == "__main__":
    main()
