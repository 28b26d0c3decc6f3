"""Up to four scenarios of one area beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import address
import jobs
import lay_out
import links
import streamlit as st
import told
from brief import ADVICE, MARKS

from sim.compare.comparison import Comparison
from sim.report.content import Paragraph, Table
from sim.report.panels import Chart
from sim.scenario.faults import ScenarioError
from sim.scenario.reading import names
from sim.study.export import as_csv
from sim.study.question import Asked, as_text, asked_from


def show() -> None:
    """Show the page."""
    found = address.read()
    lay_out.faults(found.faults)
    lay_out.heading("Compare scenarios")
    area = found.first.file.partition("/")[0]
    asked = [one for one in found.asked if one.file.startswith(f"{area}/")]
    if len(asked) < len(found.asked):
        lay_out.faults(["Only scenarios of one area can be compared; those of another are left out."])
    _choose(area, asked)
    answers, missing = _answers(asked, found.sizes)
    if answers:
        _tell(answers)
    for one in missing:
        lay_out.paragraph(f"Not computed yet: {as_text(one)}")
        links.to("answer", f"Run {as_text(one)}", one, sizes=found.sizes)


def _choose(area: str, asked: list[Asked]) -> None:
    """Which scenarios: those of the area, and what was changed on the way here."""
    offered = [f"{name}" for name in names() if name.startswith(f"{area}/") and not name.endswith("/baseline")]
    chosen = [as_text(one) for one in asked]
    offered += [text for text in chosen if text not in offered]
    key = "compare " + " ".join(chosen)

    def choose() -> None:
        picked = tuple(asked_from(text) for text in st.session_state[key])
        if picked:
            address.write(address.Address(picked))

    st.multiselect(
        "Scenarios, at most four", offered, chosen, max_selections=address.MOST_SCENARIOS, key=key, on_change=choose
    )


def _answers(asked: list[Asked], sizes: Mapping[str, Any]) -> tuple[dict[str, Comparison], list[Asked]]:
    """What is known of each, and those of which nothing is."""
    answers: dict[str, Comparison] = {}
    missing = []
    for one in asked:
        try:
            known = jobs.known(one, sizes)
            name = list(address.question(one, sizes).study.scenarios)[-1]
        except ScenarioError as error:
            lay_out.faults(error.faults)
            continue
        if known is None:
            missing.append(one)
            continue
        if known.how in MARKS:
            lay_out.tag(f"{name}: {MARKS[known.how]} {ADVICE[known.how]}")
        answers[name] = known.comparison
    return answers, missing


def _tell(answers: dict[str, Comparison]) -> None:
    for number, piece in enumerate(told.beside(tuple(answers.items()))):
        if isinstance(piece, Paragraph):
            (lay_out.lead if number == 0 and len(answers) == 1 else lay_out.paragraph)(piece.text)
        elif isinstance(piece, Table):
            lay_out.table(piece)
        elif isinstance(piece, Chart):
            lay_out.chart(piece, f"compare {number}")
    whole = partial(_rows, answers)  # made when it is asked for
    st.download_button("All differences (CSV)", whole, "differences.csv", "text/csv")


def _rows(answers: dict[str, Comparison]) -> str:
    """Every difference of each answer, as one CSV."""
    rows = [as_csv(one.rows[one.rows["scenario"] == name]) for name, one in answers.items()]
    return rows[0] + "".join(text.partition("\n")[2] for text in rows[1:])


if __name__ == "__main__":
    show()
