"""Where the numbers come from, and how well the model would have foretold the past."""

from __future__ import annotations

from collections import Counter

import lay_out
import streamlit as st
import told

from sim.report.content import CANNOT, Table
from sim.report.levers import in_words
from sim.report.past import Told
from sim.scenario.lever import Lever
from sim.scenario.reading import ScenarioError

BASELINE = "london/baseline"
_MOST_ROWS = 40


def show() -> None:
    """Show the page."""
    lay_out.heading("Where each number comes from, and how the model did on the past")
    lay_out.lead(_grades(told.levers(BASELINE)))
    past, blind = (told.hindcast(blind=blind) for blind in (False, True))
    if past:
        lay_out.paragraph(past.sentences[0])
    lay_out.paragraph(CANNOT)
    if past:
        lay_out.heading("The Crown Court's past, with receipts and sitting days as they were", 2)
        _hindcast(past, "imposed")
    if blind:
        lay_out.heading("The same, with receipts and sitting days frozen at what was known", 2)
        lay_out.paragraph(blind.sentences[0])
        _hindcast(blind, "blind")
    lay_out.heading("The ledger: every number of London's baseline with its source", 2)
    _ledger()


def _hindcast(past: Told, key: str) -> None:
    for sentence in past.sentences[1:]:
        lay_out.paragraph(sentence)
    lay_out.chart(past.chart, f"hindcast {key}")
    for table in past.tables:
        lay_out.table(table)


def _grades(every: list[Lever]) -> str:
    """How many levers rest on what."""
    count = Counter(one.grade or "without a line" for one in every)
    parts = ", ".join(f"{number:,} {grade}" for grade, number in count.most_common())
    return f"London's baseline has {len(every):,} levers, each with a grade of evidence: {parts}."


def _ledger() -> None:
    word = st.text_input(
        "Search the ledger", placeholder="uptake, hours, plea ...", max_chars=60, key="ledger word"
    ).strip()
    try:
        found = told.levers(BASELINE, word)
    except ScenarioError as error:
        lay_out.faults(error.faults)
        return
    rows = tuple(
        (one.label, _short(in_words(one.value)), one.unit, _rests_on(one), one.name) for one in found[:_MOST_ROWS]
    )
    some = "" if len(found) <= _MOST_ROWS else f"The first {_MOST_ROWS} of {len(found)}; a word above finds the others."
    lay_out.table(Table("Levers", ("", "value", "unit", "rests on", "lever"), rows, some))


def _rests_on(one: Lever) -> str:
    grade, source = one.grade or "nothing", one.source or ""
    return grade if source.lower() in ("", "assumption") else f"{grade}: {source}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_LONGEST = 60

if __name__ == "__main__":
    show()
