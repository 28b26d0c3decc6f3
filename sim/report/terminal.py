"""The answer on a terminal: content laid out in lines no longer than the screen is wide."""

from __future__ import annotations

from sim.compare.comparison import Comparison
from sim.report.content import Paragraph, Table, content, heading, how_to_cite, titled
from sim.report.layout import WIDTH, aligned, wrapped

_MORE = (
    "--full prints every measure, why it moved, and what is assumed; --structures runs the other ways the courts may "
    "work; --evidence draws the levers from their ranges."
)


def report_answer(comparison: Comparison, notes: bool = True) -> str:
    """Return the answer for every scenario: in words, then the table; without *notes* only the tables."""
    parts = [heading(comparison)]
    for name in list(comparison.scenarios)[1:]:
        pieces = content(comparison, name)
        parts += ["", *wrapped([f"{titled(comparison, name)}, against {titled(comparison, comparison.baseline)}"]), ""]
        if notes:
            parts += wrapped([piece.text for piece in pieces if isinstance(piece, Paragraph)])
        for piece in pieces:
            if isinstance(piece, Table):
                parts += ["", *_table(piece)]
    if notes:
        parts += [
            "",
            *wrapped([how_to_cite(comparison), _MORE]),
        ]
    return "\n".join(parts)


def _table(table: Table) -> list[str]:
    """A table no wider than the screen: its first column gives way."""
    rows = [table.columns, *table.rows]
    spare = WIDTH - max(len(line) for line in aligned(rows, left=(0,)).splitlines())
    room = max(len(row[0]) for row in rows) + min(spare, 0)
    cut = [(_shortened(row[0], room), *row[1:]) for row in rows]
    return [table.title, aligned(cut, left=(0,)), *wrapped([table.note])]


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1].rstrip(' ,')}…"
