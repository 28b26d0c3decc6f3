"""How well the first simulated year fits what was published: a row for each figure that an answer holds."""

from __future__ import annotations

import csv
from pathlib import Path

from sim.base.clock import Clock
from sim.base.words import number
from sim.compare.comparison import Comparison
from sim.measures import MEASURES
from sim.report.content import Table
from sim.scenario.reading import chain

FILE, OBSERVED = "first_year.csv", "observed.csv"
_ALIKE = (  # measures counted as the published figures of that name are
    *("magistrates.open", "magistrates.hours", "magistrates.sitting_days"),
    *("crown.open", "crown.hours", "crown.sitting_days"),
)


def first_year(comparison: Comparison, file: str) -> Table | None:
    """Set the baseline's first year beside what is published of its area; None where nothing is.

    Args:
        comparison: whose baseline.
        file: the baseline's name; the published figures lie beside it.
    """
    published = _rows(file, FILE)
    scenario = comparison.scenarios[comparison.baseline]
    end = Clock(scenario.starts).date(Clock(scenario.starts).year_ends(1)[0]).isoformat()
    table = comparison.table
    of_year = table[(table["at"] == end) & (table["group"] == "all")].drop_duplicates("measure")
    simulated = dict(zip(of_year["measure"], of_year["baseline"], strict=True))
    rows = []
    for row in published:
        if row["row"] not in _ALIKE or row["row"] not in simulated:
            continue
        unit, value, figure = MEASURES[row["row"]].unit, float(simulated[row["row"]]), float(row["published"])
        off = f"{100 * (value / figure - 1):+.1f}%"
        rows.append((row["figure"], number(figure, unit), number(value, unit), off, row["basis"]))
    if not rows:
        return None
    return Table(
        f"The first simulated year ({scenario.starts:%Y}) beside what is published or derived from it",
        ("", "published", "simulated", "difference", "basis"),
        tuple(rows),
        "Means of the replications. A fit of the first year is not a forecast tested on what came after.",
    )


def vintage(file: str) -> str:
    """Which publication the observed figures of the area of *file* are from; empty where there are none."""
    rows = _rows(file, OBSERVED)
    if not rows:
        return ""
    latest = max(row["quarter"] for row in rows)
    of_latest = next(row for row in rows if row["quarter"] == latest)
    return f"Court figures to {latest[:4]}, quarter {latest[-1]}: {of_latest['vintage']}."


def _rows(file: str, name: str) -> list[dict[str, str]]:
    path = Path(chain(file)[0]).parent / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
