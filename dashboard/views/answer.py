"""The answer to one question: in words first, then figures with their ranges, charts, and topics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import address
import jobs
import lay_out
import links
import streamlit as st
import told
from brief import mark

from sim.compare.comparison import Comparison
from sim.report.briefing import Briefing, briefing
from sim.report.content import (
    COURTS,
    heading,
    how_to_cite,
    nothing_differs,
)
from sim.report.documents import to_pdf, to_word
from sim.report.topics import AFFECTED, TOPICS
from sim.scenario.faults import ScenarioError
from sim.study.at_once import Known

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
    first, *others = told.words(compared, name)
    lay_out.lead(first.text)
    lay_out.paragraphs(others)
    if nothing_differs(compared, name):
        return
    lay_out.figures(told.figures(compared, name), short)
    with st.expander("What these figures rest on: levers, evidence, assumptions"):
        for piece in told.rests_on(compared, name, folder):
            lay_out.piece(piece, f"rests on {name}")
    lay_out.heading("What it rests on, in pictures", 2)
    court = _choose_court()
    for number, drawn in enumerate(told.charts(compared, name, folder, court)):
        lay_out.chart(drawn, f"chart {number} {court} {name}", short)
    lay_out.table(told.short_table(compared, name), short)
    lay_out.heading("Why it moved", 2)
    for number, piece in enumerate(told.why(compared, name, court)):
        lay_out.piece(piece, f"why {number} {court} {name}", short)
    _topics(compared, name, short)


def _choose_court() -> str:
    courts = list(COURTS)
    chosen = st.segmented_control(
        "Which courts", courts, default=courts[0], required=True, format_func=_court, key="court"
    )
    return chosen or courts[0]


def _court(court: str) -> str:
    return {"magistrates": "Magistrates' courts", "crown": "Crown Court"}[court]


def _topics(compared: Comparison, name: str, short: str) -> None:
    """One topic at a time: to lay all out at every click would keep everybody waiting."""
    lay_out.heading("Topic by topic", 2)
    topics = {one.name: one for one in TOPICS}
    chosen = st.segmented_control("Topic", [*topics, AFFECTED], default=TOPICS[0].name, required=True, key="topic")
    if chosen == AFFECTED:
        for table in told.affected(compared, name):
            lay_out.table(table, short)
        return
    for piece in told.topic(compared, name, topics[chosen or TOPICS[0].name]):
        lay_out.piece(piece, f"{chosen} {name}", short)


def _cite(known: Known, command: str) -> None:
    compared = known.comparison
    lay_out.heading("Where it comes from", 2)
    lay_out.paragraph(heading(compared), quiet=True)
    if known.how == "between":
        lay_out.paragraph(f"Not to be cited. For figures to cite: {command}", quiet=True)
    else:
        lay_out.paragraph(how_to_cite(compared), quiet=True)
    rows = partial(told.csv, compared)  # a second's work, done when it is asked for
    st.download_button("All differences (CSV)", rows, "differences.csv", "text/csv", on_click="ignore")
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
