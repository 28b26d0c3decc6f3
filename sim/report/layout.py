"""Text laid out for a terminal: numbers, dates, columns and paragraphs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 100


def aligned(rows: Sequence[tuple[str, ...]], left: tuple[int, ...] = (0, -1)) -> str:
    """Lay *rows* out in columns: those numbered in *left* to the left, the others to the right."""
    width = len(rows[0])
    wide = [max(len(row[column]) for row in rows) for column in range(width)]
    to_left = {column % width for column in left}
    lines = [
        [cell.ljust(wide[n]) if n in to_left else cell.rjust(wide[n]) for n, cell in enumerate(row)] for row in rows
    ]
    return "\n".join("  " + "  ".join(line).rstrip() for line in lines)


def wrapped(sentences: list[str]) -> list[str]:
    """Break each of *sentences* into lines no longer than a screen is wide."""
    return [textwrap.fill(sentence, WIDTH) for sentence in sentences]
