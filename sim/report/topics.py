"""The answer topic by topic: what a planner opens after the headline, each a few sentences, a chart and a table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.base.words import long_date, number
from sim.compare.comparison import Comparison
from sim.measures import MEASURES
from sim.report.charts import over_the_years
from sim.report.content import BY_WORDS, Content, Paragraph, Table, by_part, difference_in_words, parts, reoffending
from sim.report.limits import custody_in_words
from sim.report.official import official_in_words
from sim.report.panels import Chart


@dataclass(frozen=True)
class Topic:
    """A topic: its name, the measure that is drawn year by year, and those of its table."""

    name: str
    lead: str
    measures: tuple[str, ...]
    says: str


CLEARED = (
    "Medians of cases closed rise when old cases are cleared, so they never tell a wait on their own. Open cases, the "
    "time to clear them, and the medians of cases charged or received in the year tell how long a case that comes "
    "today may wait; the last are not known while half of those cases still wait."
)
TOPICS = (
    Topic(
        "Waits",
        "magistrates.months_to_clear",
        (
            *("magistrates.open", "magistrates.months_to_clear", "magistrates.open_over_12_months"),
            *("magistrates.wait_of_charged_median", "magistrates.charge_to_close_median", "magistrates.idle_share"),
            *("crown.open", "crown.months_to_clear", "crown.open_over_12_months"),
            *("crown.wait_of_received_median", "crown.receipt_to_main_hearing_median"),
            *("crown.charge_to_close_median", "crown.remand_population", "crown.idle_share"),
        ),
        CLEARED,
    ),
    Topic(
        "People's path",
        "diversion.prosecutions_avoided",
        (
            *("diversion.in_scope", "diversion.eligible", "diversion.offered", "diversion.accepted"),
            *("diversion.started", "diversion.completed", "diversion.prosecutions_avoided"),
            *("diversion.disposals_upgraded", "diversion.net_widened", "diversion.charged_after_all"),
            *("police.charged", "police.disposed", "provider.waiting", "provider.places_needed"),
        ),
        "Counts are of contacts with the police in the last year; a person may be counted more than once.",
    ),
    Topic(
        "Reoffending",
        "reoffending.scheme_12_months",
        (
            *("reoffending.all_12_months", "reoffending.scheme_12_months", "reoffending.proven_12_months"),
            *("reoffending.official_detected_12_months", "reoffending.begets", "reoffending.cases_12_months"),
        ),
        "Detected means met by the police again. Proven means convicted or cautioned for it in time: it falls when "
        "fewer are prosecuted, whatever people do.",
    ),
    Topic(
        "Officers' time",
        "officers.freed",
        ("officers.freed", "officers.hours", "officers.files_waiting", "officers.searching", "officers.idle_share"),
        "Hours are those of officers who meet suspects.",
    ),
    Topic(
        "Victims",
        "victims.waiting",
        ("victims.satisfied", "victims.waiting", "victims.withdrawn"),
        "Drug possession has no direct victim: what moves here moves through the courts' time.",
    ),
    Topic(
        "Money",
        "cost.total",
        (
            *("cost.total", "cost.avoidable", "cost.capacity", "cost.police", "cost.prosecution", "cost.legal_aid"),
            *("cost.courts", "cost.prison", "cost.provider", "cost.total_discounted", "cost.social"),
        ),
        "Most unit costs are assumed. Courts and prisons are capacity: what is freed is worth money only if it is used "
        "for something else. The social cost of reoffences is never added to public money.",
    ),
)
AFFECTED = "Who is affected"
HELD = ("Waits", "Money")  # topics with figures of people held


def topic(comparison: Comparison, scenario: str, one: Topic) -> Content:
    """Return what the comparison says of a topic: words, a chart year by year where any is known, and a table."""
    said = [Paragraph(one.name, text) for text in (*_told(comparison, scenario, one), one.says)]
    try:
        drawn: list[Chart] = [over_the_years(comparison, scenario, one.lead, label(one.lead))]
    except LookupError:
        drawn = []
    return [*said, *drawn, table(comparison, scenario, one)]


def affected(comparison: Comparison, scenario: str) -> list[Table]:
    """Return who is affected: a table for each breakdown, of which an answer that ships holds every one."""
    return [by_part(comparison, scenario, by) for by in BY_WORDS if _is_held(comparison, by)]


def table(comparison: Comparison, scenario: str, one: Topic) -> Table:
    """The measures of a topic at the last date: without and with the scenario, the difference and its interval."""
    end = comparison.at_the_end
    rows = end[end["scenario"] == scenario].set_index("measure")
    lines = []
    for measure in one.measures:
        row = rows.loc[measure].to_dict()
        if pd.isna(row["baseline"]) and pd.isna(row["value"]):
            continue
        unit = str(row["unit"])
        levels = (number(row["baseline"], unit), number(row["value"], unit))
        lines.append((label(measure), "%" if unit.startswith("share") else unit, *levels, *difference_in_words(row)))
    when = long_date(comparison.last_date)
    columns = (
        "",
        "unit",
        "baseline",
        "scenario",
        "difference",
        f"{100 * comparison.provenance.confidence:.3g}% interval",
    )
    return Table(f"On {when}, or over the year that ends then", columns, tuple(lines), "Intervals hold chance alone.")


def label(measure: str) -> str:
    """A measure in words."""
    return MEASURES[measure].label


def _told(comparison: Comparison, scenario: str, one: Topic) -> list[str]:
    if one.name == "Reoffending":
        return [reoffending(comparison, scenario), *official_in_words(comparison, scenario)]
    return [text for text in (custody_in_words(comparison),) if text and one.name in HELD]


def _is_held(comparison: Comparison, by: str) -> bool:
    return bool(comparison.table["group"].isin(parts(comparison, by)).any())
