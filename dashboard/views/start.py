"""The first page: what is asked, what can be answered, and every scenario with its headline."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from html import escape

import lay_out
import links
import streamlit as st

from sim.report.charts import backlog
from sim.report.content import CANNOT, Figure, Table, answer_in_words, figures, headline
from sim.report.first_year import first_year, vintage
from sim.report.screen import to_plotly
from sim.report.topics import TOPICS, topic
from sim.scenario.reading import load, names
from sim.study.question import Asked
from sim.study.shipped import is_current, shipped

AREA, BASELINE = "london", "london/baseline"
FIRST = ("uptake-50", "uptake-25", "thames-valley-like", "uptake-50-effect-30", "uptake-80", "more-sitting-days")
_ON_CARD = 3  # of the figures that lead: open magistrates' cases, open Crown Court cases, prosecutions avoided


@dataclass(frozen=True)
class Card:
    """A scenario as the first page shows it."""

    name: str
    title: str
    about: str
    headline: str
    figures: tuple[Figure, ...]
    is_current: bool


def show() -> None:
    """Show the page."""
    lay_out.heading("If police divert more people from prosecution, what happens?")
    lay_out.lead(
        "To court backlogs and to reoffending in London: for whom, by when, at what cost, and how sure are we?"
    )
    lay_out.paragraph(
        "Each scenario is simulated to the end of 2030 beside a baseline without it, with the same luck on both sides. "
        "A small effect, no effect or harm can come out as readily as a benefit."
    )
    lay_out.paragraph(
        "It answers how a change of policy or of court time moves open cases, waits, prosecutions, officers' time, "
        f"reoffending and money. {CANNOT}"
    )
    lay_out.heading("Scenarios and their answers", 2)
    _cards(FIRST)
    with st.expander(f"All {len(_others())} other scenarios of London"):
        _cards(_others())
    _grounds()


def _cards(which: tuple[str, ...]) -> None:
    """Cards in rows of two, each with a link to its answer."""
    found = [card(name) for name in which]
    for pair in zip(found[::2], [*found[1::2], None], strict=False):
        for column, one in zip(st.columns(2), pair, strict=True):
            if one:
                with column, st.container(border=True):
                    _draw(one)


def _draw(one: Card) -> None:
    shown = "".join(
        f"<li><b>{escape(figure.label)}</b>: {escape(figure.difference)}"
        f"{escape(f' ({figure.by_chance})' if figure.by_chance else '')}"
        f"{escape(f'; {figure.by_structure}' if figure.by_structure else '')}</li>"
        for figure in one.figures
    )
    earlier = "" if one.is_current else "<p class='tag'>Computed with an earlier model</p>"
    none = "" if shown else "<p>Not computed yet.</p>"
    lay_out.write(
        f"<h3>{escape(one.title)}</h3><p class='quiet'>{escape(one.about)}</p>{earlier}{none}<ul>{shown}</ul>"
    )
    links.to("answer", f"Answer: {one.title}", Asked(f"{AREA}/{one.name}", {}))


def _grounds() -> None:
    """What it stands on: how old the data are and how well the first year fits."""
    lay_out.heading("What it stands on", 2)
    lay_out.paragraph(vintage(BASELINE))
    fit = fit_of_first_year()
    if fit:
        lay_out.table(fit)


@functools.cache
def card(name: str) -> Card:
    """What the card of a scenario says."""
    scenario = load(f"{AREA}/{name}")
    about = " ".join(scenario.about.split())
    found = shipped(AREA, name)
    if found is None:
        return Card(name, scenario.title, about, "", (), True)
    shown = tuple(figures(found, name)[:_ON_CARD])
    return Card(name, scenario.title, about, headline(found, name), shown, is_current(found))


@functools.cache
def fit_of_first_year() -> Table | None:
    """The first year of the baseline beside what is published."""
    found = shipped(AREA, FIRST[0])
    return first_year(found, BASELINE) if found else None


def _others() -> tuple[str, ...]:
    every = (name.partition("/")[2] for name in names() if name.startswith(f"{AREA}/"))
    return tuple(name for name in every if name not in (*FIRST, "baseline"))


def warm() -> None:
    """Read everything the first page shows, and draw and tell one answer, so that both come at once."""
    for name in (*FIRST, *_others()):
        card(name)
    fit_of_first_year()
    found = shipped(AREA, FIRST[0])
    if found:
        answer_in_words(found, FIRST[0])
        for one in TOPICS:
            topic(found, FIRST[0], one)
        to_plotly(backlog(found, FIRST[0], "magistrates"))  # the first drawing loads plotly, which takes a while


if __name__ == "__main__":
    from views import start  # this script is read anew at every click; the module stays, with what it keeps

    start.show()
