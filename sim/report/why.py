"""Why the answer is what it is: what moved the open cases, where those whom the scheme reaches go, and what limits."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sim.base.words import long_date, number
from sim.compare.comparison import Comparison
from sim.compare.decompose import LAST_YEAR, WHOLE_RUN
from sim.report.content import COURTS, Content, Paragraph, Row, Table
from sim.report.limits import binding_in_words
from sim.report.panels import Chart, Flow, FlowPanel, StepsPanel
from sim.report.topics import Topic, table

_MOVES = (  # of a court's open cases: the count, what it is called, and whether more of it means more open
    ("opening", "open on the first day", 1),
    ("received", "received", 1),
    ("returned", "returned", 1),
    ("closed", "closed", -1),
    ("sent_on", "sent on", -1),
    ("warrants_out", "gone, warrant out", -1),
)
_NOT_OFFERED, _DECLINED = "not offered it", "decline"
_ENDS = {  # of those who accept
    "kept_out_of_court": "kept out of court",
    "disposal_upgraded": "another disposal anyway",
    "net_widened": "no action otherwise",
}
PARTS = {
    "volume": "how many cases came",
    "mix": "which cases came",
    "duration": "how long each takes",
    "capacity": "time supplied",
    "balance": "altogether",
}


def why(comparison: Comparison, name: str, court: str) -> Content:
    """What moved the open cases of a *court*, how old they are, where people go, the hours, and what limits."""
    said: Content = [Paragraph("limits", text) for text in binding_in_words(comparison, name)]
    flows = where_they_go(comparison, name)
    moved: Content = [waterfall(comparison, name, court), ages(comparison, name, court)]
    return [*moved, *([flows] if flows else []), balance(comparison, name), *said]


def ages(comparison: Comparison, name: str, court: str) -> Table:
    """How old the open cases of a *court* are at the end, and in the Crown Court how many wait in custody."""
    told = table(comparison, name, Topic("Ages", _AGES[court][0], _AGES[court], ""))
    title = f"How old open cases are{', and who waits in custody' * (court == 'crown')}, {_COURT[court]}"
    note = "An age is since charge in the magistrates' courts, since receipt in the Crown Court; whoever is not held "
    return replace(told, title=f"{title}: {long_date(comparison.last_date)}", note=f"{note}is on bail. {told.note}")


def waterfall(comparison: Comparison, name: str, court: str) -> Chart:
    """From the difference in what a court receives to the difference in what is open: each count moves it so far."""
    changes = _steps(comparison, name, "difference")
    moves = [(label, sign * changes[f"{court}.{count}"]) for count, label, sign in _MOVES]
    moved = [(_said(label, value), value) for label, value in moves if abs(value) >= _LEAST]
    total = changes[f"{court}.closing"]
    told = "; ".join(f"{label} {number(value, 'cases', sign=True)}" for label, value in moved) or "no count moves"
    when, area = long_date(comparison.last_date), comparison.scenarios[name].area
    change = number(total, "cases", sign=True)
    return Chart(
        title=f"{name}: open cases differ by {change}, since {told}",
        subtitle=f"What moved open {COURTS[court]}, {area}, to {when}",
        alt=f"Steps from nothing to the difference in open cases, {change}: {told}.",
        note="Counts of the whole run, means of the replications; they add up exactly. Fewer closed means more open.",
        panels=(StepsPanel("Difference in open cases", (*moved, ("difference in open cases", total))),),
    )


def where_they_go(comparison: Comparison, name: str) -> Chart | None:
    """Where people whom the scheme may reach go, from eligible to what would have become of them; None if nobody is."""
    of = _steps(comparison, name, "value")
    eligible, offered, accepted = (of[f"contacts.{one}"] for one in ("eligible", "offered", "accepted"))
    if not accepted:
        return None
    ends = {label: of[f"contacts.{count}"] for count, label in _ENDS.items()}
    flows = (
        Flow("eligible", "offered it", offered),
        Flow("eligible", _NOT_OFFERED, eligible - offered),
        Flow("offered it", "accept", accepted),
        Flow("offered it", _DECLINED, offered - accepted),
        *(Flow("accept", label, value) for label, value in ends.items()),
    )
    shown = tuple(flow for flow in flows if flow.size >= _LEAST)
    told = "; ".join(f"{flow.source} to {flow.target} {number(flow.size, 'people')}" for flow in shown)
    kept, area = ends["kept out of court"], comparison.scenarios[name].area
    return Chart(
        title=f"{name}: of {number(eligible, 'people')} times somebody is eligible, {number(kept, 'people')} are kept "
        "out of court",
        subtitle=f"Contacts from eligible to what would have become of them without the scheme, {area}, the whole run",
        alt=f"Bands whose width is the number of contacts: {told}.",
        note="Means of the replications; contacts, so a person may be counted more than once. Those still on the way, "
        "and those back on the old path, are left out at the end.",
        panels=(FlowPanel("Contacts", shown),),
    )


def balance(comparison: Comparison, name: str) -> Table:
    """Why each court's balance of hours moved, in parts that add up."""
    rows = comparison.balance[comparison.balance["scenario"] == name]
    periods = [one for one in (WHOLE_RUN, LAST_YEAR) if (rows["period"] == one).any()]
    lines = []
    for court, of_court in rows.groupby("court", sort=False):
        for part, label in PARTS.items():
            found = of_court[of_court["part"] == part].set_index("period").loc[periods]
            if part == "balance" or (found["value"].abs() > _LEAST_HOURS).any():
                cells = tuple(_hours(row) for row in found.to_dict("records"))
                lines.append((f"{_COURT[str(court)]}: {label}", *cells))
    return Table(
        "Why the balance of court hours moved, hours",
        ("", *periods),
        tuple(lines),
        "Hours that the cases received are expected to need, less hours supplied. Intervals of chance in brackets.",
    )


_COURT = {"magistrates": "Magistrates' courts", "crown": "Crown Court"}
_AGES = {
    "magistrates": ("magistrates.open", "magistrates.open_over_6_months", "magistrates.open_over_12_months"),
    "crown": (
        *("crown.open", "crown.open_over_6_months", "crown.open_over_12_months", "crown.open_over_24_months"),
        *("crown.custody_share", "crown.remand_population"),
    ),
}
_LEAST, _LEAST_HOURS = 0.5, 1e-6  # less is none


def _hours(row: Row) -> str:
    said = number(row["value"], "court hours", sign=True)
    if pd.isna(row["low"]):
        return said
    return f"{said} ({number(row['low'], 'court hours')} to {number(row['high'], 'court hours')})"


def _said(label: str, value: float) -> str:
    """What a step is: `fewer received`, or `fewer closed`, which leaves more open."""
    leaves = label in {name for _, name, sign in _MOVES if sign < 0}
    return f"{'more' if (value > 0) != leaves else 'fewer'} {label}"


def _steps(comparison: Comparison, name: str, column: str) -> dict[str, float]:
    """A *column* of the counts of the whole run, by step."""
    rows = comparison.steps[comparison.steps["scenario"] == name]
    return dict(zip(rows["step"].tolist(), rows[column].tolist(), strict=True))
