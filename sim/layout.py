"""Text laid out for a terminal: numbers, dates, columns and paragraphs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from datetime import date

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


def number(value: float, unit: str, sign: bool = False, fine: bool = False) -> str:
    """Write *value* for reading: thousands apart, shares as percentages, what is not known as a dash."""
    if math.isnan(value):
        return "-"
    if unit == "pounds":
        return _pounds(value, sign)
    if unit.startswith("share"):
        value, decimals = 100 * value, 2 if fine else 1
    else:
        decimals = (
            3
            if unit == "ratio"
            else 2
            if unit in ("gap", "cases a person")
            else 1
            if fine or unit in ("days", "months")
            else 0
        )
    text = f"{value:{'+' if sign else ''},.{decimals}f}"
    return text.lstrip("+-") if not text.strip("+-0.,") else text


def _pounds(value: float, sign: bool) -> str:
    """Write an amount in millions (m), thousands (k) or pounds."""
    size = abs(value)
    text = f"{size:,.0f}"
    if size >= 1_000_000:
        text = f"{size / 1_000_000:,.1f}m"
    elif size >= 10_000:
        text = f"{size / 1000:,.0f}k"
    before = "" if text == "0" else "-" if value < 0 else "+" if sign else ""
    return f"{before}£{text}"


def span(low: float, high: float, unit: str, fine: bool = False) -> str:
    """Write an interval: 'low to high'."""
    if math.isnan(low) or math.isnan(high):
        return "-"
    return f"{number(low, unit, fine=fine)} to {number(high, unit, fine=fine)}"


def long_date(day: date | str) -> str:
    """Write a date, or one in the ISO format: '31 December 2026'."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{when.day} {when:%B %Y}"
