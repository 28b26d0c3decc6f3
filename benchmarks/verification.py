"""Foretell the past and write docs/verification.md with its picture, and what ships of it.

    python benchmarks/verification.py

Imposed and blind for England and Wales, imposed for London, at a tenth of the cases: some eight minutes on two cores
the first time; finished runs are kept in the store.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from sim.measures.registry import take
from sim.report.content import Table
from sim.report.past import Told
from sim.report.print import save
from sim.run.pool import processes
from sim.run.run import run_seed
from sim.scenario.reading import load
from sim.study import hindcast, scores
from sim.study.calibrate import plausible
from sim.study.shipped import HINDCAST, keep_tables
from sim.study.store import users_store

DOCS = Path(__file__).parent.parent / "docs"
SEEDS = (1, 2, 3)
_GOV = "https://www.gov.uk/government/statistics"
_BY_RECORD = f"{_GOV}/proven-reoffending-statistics-quarterly-statistics-july-2011-to-june-2012"
_ETHNICITY = "https://www.ethnicity-facts-figures.service.gov.uk/crime-justice-and-the-law/crime-and-reoffending"
REOFFENDING = (  # part of London's baseline, published share, of whom, source
    ("all", 0.273, "adults, April to June 2023", f"{_GOV}/proven-reoffending-statistics-april-to-june-2023"),
    ("none", 0.105, "no previous offences, July 2011 to June 2012", _BY_RECORD),
    ("11 to 14", 0.47, "11 or more previous offences, the same year", _BY_RECORD),
    ("15 or more", 0.47, "11 or more previous offences, the same year", _BY_RECORD),
    ("Black", 0.333, "Black people, 2016/17", f"{_ETHNICITY}/proven-reoffending"),
)


def main() -> None:
    """Run, keep what ships, and write the page."""
    told = {
        "imposed": told_of("england_and_wales"),
        "blind": told_of("england_and_wales", blind=True),
        "london": told_of("london"),
    }
    official = told["blind"].official
    tables = {"imposed": told["imposed"].rows, "blind": told["blind"].rows}
    keep_tables("england_and_wales", HINDCAST, tables | ({"official": official} if official is not None else {}))
    save(told["imposed"].chart, DOCS / "hindcast.png")
    save(told["blind"].chart, DOCS / "hindcast-blind.png")
    page = [
        "# Verification",
        "",
        "Made by `python benchmarks/verification.py`. The first two parts are `sliproad hindcast england_and_wales`,",
        "alone and with `--blind`; the third is `sliproad hindcast london`.",
        *part("The Crown Court of England and Wales, receipts and sitting days as they were", told["imposed"]),
        "",
        f"![{told['imposed'].chart.alt}](hindcast.png)",
        *part("The same, blind: receipts and sitting days frozen at what was known", told["blind"]),
        "",
        f"![{told['blind'].chart.alt}](hindcast-blind.png)",
        *part("London", told["london"]),
        *reoffending(),
        "",
        "## Faults",
        "",
        "Each has a test that brings it about: nothing finished is lost, and nothing half done is taken for whole.",
        "",
        *faults(),
    ]
    (DOCS / "verification.md").write_text("\n".join(page) + "\n", encoding="utf-8")


def faults() -> list[str]:
    """The rows of docs/faults.md: what goes wrong, what should happen, and the test that brings it about."""
    return [line for line in (DOCS / "faults.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]


def told_of(area: str, blind: bool = False) -> Told:
    """Run a hindcast as the command does."""
    of = hindcast.past(area, blind=blind)
    starts = hindcast.origins(of, "2016Q1", hindcast.last_origin(of))
    executor, store = processes(os.cpu_count() or 1), hindcast.kept(users_store())
    fits = plausible(of)[: hindcast.MOST_FITS]
    rows, official = scores.foretell(of, starts, executor, SEEDS, fits, store)
    return Told(of, rows, official=official)


def part(title: str, told: Told) -> list[str]:
    """A hindcast as a part of the page."""
    return ["", f"## {title}", "", *told.sentences, *(line for table in told.tables for line in as_markdown(table))]


def as_markdown(table: Table) -> list[str]:
    """A table as Markdown."""
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    return ["", f"**{table.title}**", "", *(f"| {' | '.join(row)} |" for row in rows), "", table.note]


def reoffending() -> list[str]:
    """Proven reoffending of London's baseline beside what is published."""
    result = run_seed(load("london/baseline"), 1, 5)
    rows = take(result, ("all", "record", "ethnicity"))
    last = rows[(rows["measure"] == "reoffending.proven_12_months") & (rows["at"] == rows["at"].max())]
    lines = [
        *("", "## Reoffending", ""),
        "Proven reoffending within 12 months, last year of London's baseline (one seed), beside what is published",
        "of England and Wales. The shares with no and with many previous offences were fitted to, of people by their",
        "record at the time; here they are split by their record when first met, so rows lie nearer to each other. The",
        "others were not fitted to.",
        *("", "| Who | Model | Published | Of |", "|---|---:|---:|---|"),
    ]
    for group, value, cohort, source in REOFFENDING:
        found = last[last["group"] == group]["value"]
        ours = f"{100 * float(found.iloc[0]):.1f}%" if len(found) else "-"
        lines.append(f"| {group} | {ours} | {100 * value:.1f}% | [{cohort}]({source}) |")
    return [*lines, "", *curve(result.tables["cases"])]


def curve(cases: pd.DataFrame) -> list[str]:
    """How soon people are met again, and what has no published counterpart."""
    followed = cases[(cases["contact_day"] >= 0) & (cases["contact_day"] < 365 * 3)]
    days = (followed["next_day"] - followed["contact_day"]).to_numpy()
    within = [f"{100 * float((days <= limit).mean()):.0f}% by {months} months" for months, limit in _MONTHS.items()]
    return [
        f"Of contacts of the first three years, {', '.join(within)} were met again, detected and not proven.",
        "Force analysis in Durham of people coming through custody found 40% by 6 months; these are other people.",
        "Reoffences per reoffender (4.12 for White people, 2016/17) cannot be matched: the model counts contacts, one",
        "offence each, and not what is charged together.",
    ]


_MONTHS = {6: 183, 12: 365, 24: 730}

if __name__ == "__main__":
    main()
