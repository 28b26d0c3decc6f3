"""Numbers, spans and dates as people read them."""

from __future__ import annotations

import math
from datetime import date


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


def bearable(value: float, low: float, high: float) -> float:
    """Round *value* to what its interval bears: to 1, 2 or 5 times a power of ten, a quarter of its half width or less.

    Without an interval a tenth of the value stands for its half width.
    """
    half = (high - low) / 2
    if math.isnan(half):
        half = abs(value) / 10
    if value == 0 or half <= 0:
        return value
    power = 10.0 ** math.floor(math.log10(half / 4))
    unit = max(step * power for step in (1, 2, 5) if step * power <= half / 4)
    return math.floor(value / unit + 0.5) * unit


def percent(part: float, whole: float) -> str:
    """Write *part* as a percentage of *whole*, to one figure below ten: '5%', '0.3%'."""
    share = abs(100 * part / whole)
    if share == 0 or share >= 9.5:
        return f"{share:,.0f}%"
    decimals = max(0, -math.floor(math.log10(share)))
    return f"{share:.{decimals}f}%"


def counted(number: int, what: str) -> str:
    """A number of things, of which one is a *what*: 1 replication, 2,000 replications."""
    return f"{number:,} {what}" + "s" * (number != 1)


def lower_first(text: str) -> str:
    """The text with a small first letter, to stand within a sentence."""
    return text[:1].lower() + text[1:]
