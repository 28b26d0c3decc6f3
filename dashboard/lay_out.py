"""Content laid out on the page. Text that comes from files or addresses is never read as Markdown or HTML."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from sim.report.content import Figure, Paragraph, Table
from sim.report.panels import Chart, rows_of
from sim.report.process_map import in_words, picture
from sim.report.screen import CONFIG, to_plotly
from sim.study.export import as_csv

_STYLE = Path(__file__).parent / "style.css"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^&])")


def style() -> None:
    """The style of everything laid out here."""
    st.html(_STYLE)


def write(body: str) -> None:
    """Lay out HTML whose text is escaped already."""
    st.html(f'<div class="sl">{body}</div>')


def heading(text: str, level: int = 1) -> None:
    """A heading of the given level."""
    write(f"<h{level}>{escape(text)}</h{level}>")


def lead(text: str) -> None:
    """The answer itself: the sentence that stands first."""
    write(f'<p class="lead">{escape(text)}</p>')


def paragraph(text: str, quiet: bool = False) -> None:
    """A paragraph."""
    write(f'<p class="quiet">{escape(text)}</p>' if quiet else f"<p>{escape(text)}</p>")


def paragraphs(pieces: Iterable[Paragraph]) -> None:
    """Paragraphs one below the other."""
    write("".join(f"<p>{escape(piece.text)}</p>" for piece in pieces))


def events(of: Iterable[tuple[str, str]]) -> None:
    """What happened, in order: a date and words each."""
    told = "".join(f"<li><strong>{escape(when)}</strong> {escape(what)}</li>" for when, what in of)
    write(f'<ol class="events">{told}</ol>' if told else "<p>Nothing.</p>")


def tag(text: str) -> None:
    """What a figure is not, or what it is read from: it stands out."""
    write(f'<p class="tag">{escape(text)}</p>')


def faults(texts: Iterable[str]) -> None:
    """What is wrong, in words; read out by a screen reader at once."""
    told = "".join(f'<div class="fault" role="alert">{escape(text)}</div>' for text in texts)
    if told:
        write(told)


def progress(share: float, words: str) -> None:
    """How far a run is."""
    percent = round(100 * share)
    bar = f'<progress max="100" value="{percent}" aria-label="How far the run is">{percent}%</progress>'
    write(f'<p role="status">{escape(words)}</p>{bar}')


def figures(shown: Iterable[Figure], mark: str = "") -> None:
    """The figures that matter most, each with its ranges and the *mark* of what it is not."""
    write(f'<dl class="figures">{"".join(_figure(one, mark) for one in shown)}</dl>')


def _figure(one: Figure, mark: str) -> str:
    below = [one.levels, one.by_chance, one.by_structure, mark]
    details = "".join(f"<dd>{escape(text[:1].upper() + text[1:])}</dd>" for text in below if text)
    return f'<div><dt>{escape(one.label)}</dt><dd class="main">{escape(one.difference)}</dd>{details}</div>'


def table(shown: Table, mark: str = "") -> None:
    """A table with its title and its note; on a narrow screen each row becomes a block."""
    below = " ".join(filter(None, (mark, shown.note)))
    note = f'<p class="quiet">{escape(below)}</p>' if below else ""
    write(_table(shown) + note)


def _table(shown: Table) -> str:
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in shown.columns)
    rows = "".join(_row(shown.columns, row) for row in shown.rows)
    return (
        f"<table><caption>{escape(shown.title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else f"<p>{escape(shown.title)}: nothing.</p>"
    )


def piece(one: Paragraph | Table | Chart, key: str, mark: str = "") -> None:
    """A piece of content, whichever it is."""
    if isinstance(one, Paragraph):
        paragraph(one.text)
    elif isinstance(one, Table):
        table(one, mark)
    else:
        chart(one, key, mark)


def process(levers: Sequence[str]) -> None:
    """The way of a case with the stages lit that *levers* act on, and the same in words."""
    paragraph(in_words(levers))
    for kind, drawn in (("wide", picture(levers)), ("narrow", picture(levers, is_narrow=True))):
        # st.html drops SVG; what stands in this one is our own, and escaped
        st.markdown(f'<div class="sl process {kind}">{drawn}</div>', unsafe_allow_html=True)


def _row(columns: Sequence[str], row: Sequence[str]) -> str:
    first, *others = row
    cells = "".join(
        f'<td data-label="{escape(column)}">{escape(cell)}</td>'
        for column, cell in zip(columns[1:], others, strict=True)
    )
    return f"<tr><th scope='row'>{escape(first)}</th>{cells}</tr>"


def chart(drawn: Chart, key: str, mark: str = "") -> None:
    """A chart: its message, what it shows, the picture, what its intervals are; table and files beside it."""
    write(f'<h3>{escape(drawn.title)}</h3><p class="quiet">{escape(drawn.subtitle)}</p>')
    figure, file, shown = made(drawn)
    st.plotly_chart(figure, theme=None, config=CONFIG, key=f"chart {key}", alt=drawn.alt)
    paragraph(" ".join(filter(None, (mark, drawn.note))), quiet=True)
    with st.expander("Figures of this chart, and files"):
        name = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
        st.download_button("Figures (CSV)", file, f"{name}.csv", "text/csv", key=f"csv {key}")
        st.download_button("Picture (PNG)", lambda: _picture(drawn), f"{name}.png", "image/png", key=f"png {key}")
        table(shown)


def made(drawn: Chart) -> tuple[Any, str, Table]:
    """The picture of a chart, its figures as CSV, and as a table of at most so many rows.

    They are made once and kept as long as the chart itself: plotly takes 0.1 s a chart, and a page of ten is laid out
    again at every click.
    """
    if drawn not in _made:
        _made[drawn] = _make(drawn)
    return _made[drawn]


_made: WeakKeyDictionary[Chart, tuple[Any, str, Table]] = WeakKeyDictionary()


def _make(drawn: Chart) -> tuple[Any, str, Table]:
    rows = rows_of(drawn)
    few = rows if len(rows) <= _MOST_ROWS else rows.iloc[:: -(-len(rows) // _MOST_ROWS)]
    cells = tuple(tuple(_cell(cell) for cell in row) for row in few.itertuples(index=False))
    some = "" if len(few) == len(rows) else f"{len(few)} of {len(rows)} rows; the file has all."
    shown = Table("Figures", tuple(map(str, rows.columns)), cells, some)
    return to_plotly(drawn), as_csv(rows), shown


_MOST_ROWS = 24


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:,.4g}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)


def _picture(drawn: Chart) -> bytes:
    from sim.report.print import save

    image = io.BytesIO()
    save(drawn, image)
    return image.getvalue()


def plain(text: str) -> str:
    """Text for a label, which Streamlit reads as Markdown: with every sign of Markdown escaped."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def duration(seconds: float) -> str:
    """A stretch of time in words: '40 seconds', '3 minutes'."""
    if seconds < 90:
        tens = max(round(seconds / 10) * 10, 10)
        return f"{tens} seconds"
    return f"{round(seconds / 60)} minutes"
