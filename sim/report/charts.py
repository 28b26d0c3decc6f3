"""Chart specifications from a comparison, and their drawing on screen. Nothing here runs a model.

A specification is plain data, so the same chart can be drawn by plotly on screen and by matplotlib
on paper (see sim.report.print).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.base.stats import interval
from sim.compare.comparison import Comparison
from sim.compare.fairness import ALIKE, PARTS, REFERENCE, gaps

if TYPE_CHECKING:
    pass

COURTS = {"crown": "Crown Court", "magistrates": "magistrates' courts"}
BLUE, ORANGE, GREY = "#12436D", "#F46A25", "#A9A9A9"  # Government Analysis Function palette, safe for colour blindness
PALETTE = (BLUE, ORANGE, "#28A197", "#801650", "#3D3D3D")
LAW_MAY_CHANGE = date(2028, 4, 1)


@dataclass(frozen=True)
class Series:
    """One line with its interval: arrays of one length."""

    label: str
    colour: str
    days: list[date]
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Panel:
    """One pair of axes. A panel of differences has a line at zero."""

    y_title: str
    series: tuple[Series, ...]
    from_zero: bool = True


@dataclass(frozen=True)
class Dots:
    """Points of one label, each with its interval: arrays of one length, NaN where not known."""

    label: str
    colour: str
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class RatioPanel:
    """Ratios in named rows, the first at the top, on a logarithmic axis with a line at 1."""

    x_title: str
    rows: tuple[str, ...]
    dots: tuple[Dots, ...]

    def offset(self, number: int) -> float:
        """How far below the middle of its row the label *number* stands, so that none hides another."""
        return 0.7 * ((number + 0.5) / len(self.dots) - 0.5)


@dataclass(frozen=True)
class Chart:
    """A chart whose title states the message; *alt* says it to those who cannot see it."""

    title: str
    alt: str
    note: str
    panels: tuple[Panel | RatioPanel, ...]


def backlog(comparison: Comparison, scenario: str, court: str) -> Chart:
    """Open cases at one tier week by week: baseline and scenario above, the paired difference below."""
    base, other = (_open(comparison, name, court) for name in (comparison.baseline, scenario))
    days = [_date(comparison, day) for day in base.columns]
    series = partial(_series, comparison, days=days)
    level = Panel(
        "Open cases", (series(comparison.baseline, BLUE, values=base), series(scenario, ORANGE, values=other))
    )
    difference = series(f"{scenario} less {comparison.baseline}", ORANGE, values=other - base)
    message = _message(scenario, court, days[-1], difference)
    area = comparison.scenarios[scenario].area
    return Chart(
        title=message,
        alt=f"Two line charts of open cases in {area}'s {COURTS[court]} from {days[0]:%B %Y} to {days[-1]:%B %Y}: "
        f"{comparison.baseline} goes from {base.iloc[:, 0].mean():,.0f} to {base.iloc[:, -1].mean():,.0f}, "
        f"{scenario} to {other.iloc[:, -1].mean():,.0f}. {message}.",
        note=f"{_means(comparison)}. Grey: after March 2028, if the law stays as it is.",
        panels=(level, Panel("Difference in open cases", (difference,), from_zero=False)),
    )


def along_the_path(comparison: Comparison, scenario: str) -> Chart:
    """Where gaps between groups of people open: the ratio to the reference group's rate, step by step.

    Raises:
        ValueError: the comparison was not broken down by ethnicity, sex, age or record.
    """
    by = comparison.provenance.by
    if by not in PARTS:
        raise ValueError(f"the comparison is broken down by {by}; gaps need one of {', '.join(PARTS)}")
    measures = comparison.measures[comparison.measures["scenario"] == scenario]
    table = gaps(measures, by, confidence=comparison.provenance.confidence, evidence=comparison.draws_evidence)
    table = table[(table["at"] == table["at"].max()) & table["ratio"].notna()]
    steps = tuple(table["label"].drop_duplicates())
    groups = [group for group in PARTS[by] if group != REFERENCE[by]]
    dots = []
    for group, colour in zip(groups, PALETTE, strict=False):
        rows = table[table["group"] == group].set_index("label").reindex(list(steps))
        dots.append(Dots(group, colour, *(rows[name].to_numpy(float) for name in ("ratio", "low", "high"))))
    when = date.fromisoformat(measures["at"].max())
    area, message = comparison.scenarios[scenario].area, f"{scenario}: {_widest(table, by)}"
    said = "; ".join(f"{row['label']}, {row['group']} {row['ratio']:.2f}" for row in table.to_dict("records"))
    return Chart(
        title=message,
        alt=f"Dots of the rate at each step of the path in {area} in the year to {when:%B %Y}, as a ratio to that of "
        f"{REFERENCE[by]}. {message}. {said}.",
        note=f"{_means(comparison)}. Of so many intervals one in twenty misses by chance alone. {ALIKE[by]}",
        panels=(
            RatioPanel(f"Rate as a ratio to that of {REFERENCE[by]}, of those who reach the step", steps, tuple(dots)),
        ),
    )


def _widest(table: pd.DataFrame, by: str) -> str:
    """The widest gap that is told from none, in words."""
    told = table[(table["low"] > 1) | (table["high"] < 1)]
    if told.empty:
        return f"no gap by {by} along the path can be told from none"
    row = told.loc[np.log(told["ratio"]).abs().idxmax()]
    return (
        f'the widest gap is at "{row["label"]}", {row["group"]} at {row["ratio"]:.2f} '
        f"({row['low']:.2f} to {row['high']:.2f}) times the rate of {REFERENCE[by]}"
    )


def _open(comparison: Comparison, name: str, court: str) -> pd.DataFrame:
    """Open cases by seed (rows) and last day of each week (columns), scaled to the whole area."""
    weeks = comparison.tables[name]["weeks"]
    weeks = weeks[weeks["court"] == court]
    share = float(comparison.provenance.share)
    return weeks.pivot_table("closing", "seed", "day", aggfunc="sum", observed=True) / share


def _series(comparison: Comparison, label: str, colour: str, days: list[date], values: pd.DataFrame) -> Series:
    middle, low, high = interval(values.to_numpy(float).T, comparison.provenance.confidence, comparison.draws_evidence)
    return Series(label, colour, days, middle, low, high)


def _means(comparison: Comparison) -> str:
    """What points and intervals are, and which layers of uncertainty they hold."""
    seeds, confidence = len(comparison.provenance.seeds), 100 * comparison.provenance.confidence
    if comparison.draws_evidence:
        return (
            f"Means of {seeds} draws of the evidence with the range of {confidence:.3g}% of them (chance and evidence)"
        )
    if seeds == 1:
        return "One replication, so no interval"
    return f"Means of {seeds} replications with {confidence:.3g}% intervals (chance only)"


def _date(comparison: Comparison, day: Any) -> date:
    return comparison.scenarios[comparison.baseline].starts + timedelta(days=int(day))


def _message(scenario: str, court: str, when: date, difference: Series) -> str:
    middle, low, high = difference.middle[-1], difference.low[-1], difference.high[-1]
    where = f"open {COURTS[court].replace(' courts', '')} cases at the end of {when:%B %Y}"
    if np.isnan(low):
        return f"{scenario}: {abs(middle):,.0f} {'fewer' if middle < 0 else 'more'} {where}, from one replication"
    if low <= 0 <= high:
        return f"{scenario}: no difference that can be told from none in {where} ({low:+,.0f} to {high:+,.0f})"
    word = "fewer" if middle < 0 else "more"
    near, far = sorted((abs(low), abs(high)))
    return f"{scenario}: {abs(middle):,.0f} {word} {where} ({near:,.0f} to {far:,.0f})"
