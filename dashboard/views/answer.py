"""The answer to one question: in words first, then figures with their ranges, charts, and topics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import address
import jobs
import lay_out
import links
import streamlit as st
from brief import mark

from sim.compare.comparison import Comparison
from sim.report.briefing import Briefing, briefing
from sim.report.charts import backlog, baselines, one_hundred, under_structures
from sim.report.content import (
    COURTS,
    Paragraph,
    Table,
    content,
    figures,
    heading,
    how_to_cite,
    nothing_differs,
    parts_of_100,
)
from sim.report.documents import to_pdf, to_word
from sim.report.topics import AFFECTED, TOPICS, affected, topic
from sim.report.why import why
from sim.scenario.faults import ScenarioError
from sim.study.at_once import Known
from sim.study.shipped import named_baselines

_PDF, _WORD = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show() -> None:
    """Show the page."""
    found = address.read()
    lay_out.faults(found.faults)
    asked, sizes = found.first, found.sizes
    try:
        question = address.question(asked, sizes)
    except ScenarioError as error:
        lay_out.heading("This question cannot be answered")
        lay_out.faults(error.faults)
        links.to("change", "Change it", asked, sizes=sizes)
        return
    name = list(question.study.scenarios)[-1]
    lay_out.heading(question.study.scenarios[name].title)
    known = jobs.known(asked, sizes)
    if known:
        tell(known, name, asked.file.partition("/")[0])
    elif jobs.changes_nothing(asked, sizes):
        lay_out.lead("This is the baseline itself: nothing differs from it.")
    else:
        lay_out.lead("Not computed yet.")
    jobs.offer(asked, sizes, name)
    links.to("change", "Change this scenario", asked, sizes=sizes)
    links.to("compare", "Compare it with others", asked)
    if known:
        _cite(known, address.command(asked, sizes))


def tell(known: Known, name: str, folder: str) -> None:
    """Tell the whole answer, beside the other baselines of its *folder*."""
    compared = known.comparison
    short = mark(known)
    pieces = content(compared, name)
    first, *others = [piece for piece in pieces if isinstance(piece, Paragraph)]
    lay_out.lead(first.text)
    lay_out.paragraphs(others)
    if nothing_differs(compared, name):
        return
    lay_out.figures(figures(compared, name), short)
    lay_out.heading("What it rests on, in pictures", 2)
    _charts(compared, name, folder, short)
    lay_out.table(next(piece for piece in pieces if isinstance(piece, Table)), short)
    _why(compared, name, short)
    _topics(compared, name, short)


def _charts(compared: Comparison, name: str, folder: str, short: str) -> None:
    courts = list(COURTS)
    chosen = st.segmented_control(
        "Which courts", courts, default=courts[0], required=True, format_func=_court, key="court"
    )
    court = chosen or courts[0]
    lay_out.chart(backlog(compared, name, court), f"backlog {court} {name}", short)
    others = named_baselines(folder, compared)
    if others:
        lay_out.chart(baselines(compared, others, court), f"baselines {court} {name}", short)
    if compared.structures is not None:
        lay_out.chart(under_structures(compared, name, court), f"structures {court} {name}", short)
    parts = parts_of_100(compared, name)
    if parts:
        area = compared.scenarios[name].area
        first = compared.scenarios[name].starts.year
        lay_out.chart(one_hundred(parts, name, area, f"{first} to {compared.last_date.year}"), f"hundred {name}", short)


def _why(compared: Comparison, name: str, short: str) -> None:
    lay_out.heading("Why it moved", 2)
    court = st.session_state.get("court") or next(iter(COURTS))
    for number, piece in enumerate(why(compared, name, court)):
        lay_out.piece(piece, f"why {number} {court} {name}", short)


def _court(court: str) -> str:
    return {"magistrates": "Magistrates' courts", "crown": "Crown Court"}[court]


def _topics(compared: Comparison, name: str, short: str) -> None:
    lay_out.heading("Topic by topic", 2)
    names = [one.name for one in TOPICS]
    for tab, one in zip(st.tabs([*names, AFFECTED]), [*TOPICS, None], strict=True):
        with tab:
            if one is None:
                for table in affected(compared, name):
                    lay_out.table(table, short)
                continue
            for piece in topic(compared, name, one):
                lay_out.piece(piece, f"{one.name} {name}", short)


def _cite(known: Known, command: str) -> None:
    compared = known.comparison
    lay_out.heading("Where it comes from", 2)
    lay_out.paragraph(heading(compared), quiet=True)
    if known.how == "between":
        lay_out.paragraph(f"Not to be cited. For figures to cite: {command}", quiet=True)
    else:
        lay_out.paragraph(how_to_cite(compared), quiet=True)
    st.download_button("All differences (CSV)", compared.rows.to_csv(index=False), "differences.csv", "text/csv")
    if known.how != "computed":
        return  # said above: no briefing is made of it
    for label, writer, ending, kind in (("PDF", to_pdf, "pdf", _PDF), ("Word", to_word, "docx", _WORD)):
        made = partial(_briefing, compared, writer)
        st.download_button(f"Briefing ({label})", made, f"briefing.{ending}", kind, on_click="ignore")


def _briefing(compared: Comparison, writer: Callable[[Briefing], bytes]) -> bytes:
    """Make a briefing when it is asked for: it takes some seconds."""
    return writer(briefing(compared))


if __name__ == "__main__":
    show()
