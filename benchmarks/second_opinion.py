"""Set the model beside the challenger on five scenarios of London, in the limit where the challenger is exact.

    python benchmarks/second_opinion.py

Writes docs/second-opinion.md; about five minutes on two cores.
"""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from challenger import expected, in_the_limit

from sim.measures.outcome import observe
from sim.run.pool import Failed, Landed, processes
from sim.run.run import Cell
from sim.scenario.reading import change, load

SCENARIOS = ("baseline", "uptake-25", "uptake-50", "no-admission-needed", "net-widening")
SEEDS, YEARS = 8, 2
DOCS = Path(__file__).parent.parent / "docs" / "second-opinion.md"
FLOWS = (
    *("diversion.eligible", "diversion.accepted", "magistrates.received", "magistrates.closed"),
    *("crown.received", "crown.closed"),
)
STOCKS = ("magistrates.open", "crown.open")
_INTO = {"received": 1, "returned": 1, "closed": -1, "sent_on": -1, "warrants_out": -1}


def beside(name: str, seeds: int, share: float = 1.0) -> pd.DataFrame:
    """Return what the challenger expects of a scenario and what the model simulates, in the limit, year by year.

    The columns: measure, year, expected, simulated (the mean over *seeds*), by (the part by which they differ) and
    chance (the standard error of that: in the limit every count is a sum of independent people, so it has the variance
    of a Poisson variable, or less where cases were there from the start).
    """
    scenario = load(f"london/{name}")
    scenario = change(scenario, in_the_limit(scenario))
    course = expected(scenario, YEARS)
    cells = [Cell(scenario, seed, YEARS, share) for seed in range(1, seeds + 1)]
    found = []
    for event in processes(os.cpu_count() or 1)(cells, observe):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, Landed):
            rows = event.outcome.measures
            found.append(rows[rows["group"] == "all"].set_index(["measure", "at"])["value"])
    simulated = pd.concat(found, axis=1).mean(axis=1)
    ends = [0, *((scenario.starts.replace(year=scenario.starts.year + n) - scenario.starts).days for n in (1, 2))]
    rows = []
    for year, (first, last) in enumerate(pairwise(ends)):
        at = f"{scenario.starts.year + year}-12-31"
        figures = {flow: course.flows.get(flow, np.zeros(last))[first:last].sum() for flow in FLOWS}
        for stock in STOCKS:
            court = stock.partition(".")[0]
            figures[stock] = sum(
                sign * np.sum(course.flows.get(f"{court}.{flow}", np.zeros(last))[:last])
                for flow, sign in _INTO.items()
            )
        for measure, wanted in figures.items():
            if wanted:
                got = float(simulated[measure, at])
                rows.append((measure, at[:4], wanted, got, got / wanted - 1, 1 / np.sqrt(wanted * share * seeds)))
    return pd.DataFrame(rows, columns=["measure", "year", "expected", "simulated", "by", "chance"])


def main() -> None:
    """Compare all of them and write it down."""
    every = {}
    for name in SCENARIOS:
        every[name] = beside(name, SEEDS)
        print(f"{name}: {every[name]['by'].abs().max():.2%} at most", file=sys.stderr, flush=True)
    DOCS.write_text(page(every), encoding="utf-8")


def page(every: dict[str, pd.DataFrame]) -> str:
    """What docs/second-opinion.md says."""
    table = pd.concat(every, names=["scenario", "row"]).reset_index()
    worst = table.loc[table["by"].abs().idxmax()]
    rows = [
        f"| {one.scenario} | {one.measure} | {one.year} | {one.expected:,.0f} | {one.simulated:,.0f} | {one.by:+.2%} | "
        f"{one.chance:.2%} |"
        for one in table.itertuples()
    ]
    return "\n".join(
        [
            "# A second opinion",
            "",
            "Made by `python benchmarks/second_opinion.py`. The challenger (`benchmarks/challenger.py`) shares no code",
            "with the model but the reading of levers: it simulates nobody and works out by convolution how many cases",
            "are expected where on which day. That is exact where nobody is met again and neither courts, officers nor",
            "the provider are short; in that limit, two years from empty courts, the model must agree but for chance.",
            "",
            f"Over {len(every)} scenarios and {len(table)} figures the two differ by {abs(worst['by']):.2%} at most "
            f"({worst['measure']} of {worst['scenario']} in {worst['year']}, where one standard error of chance is "
            f"{worst['chance']:.2%}); {SEEDS} seeds at full scale. The scenarios share their "
            "luck, so their figures lean the same way. It says nothing about queues: those are held against theory "
            "(tests/test_theory.py).",
            "",
            "| scenario | figure | year | expected | simulated | differs by | standard error |",
            "|---|---|---|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
