"""Chart specifications from a comparison, and their drawing on screen. Nothing here runs a model.

A specification is plain data, so the same chart can be drawn by plotly on screen and by matplotlib
on paper (see sim.brief.print).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.compare import interval
from sim.result import Comparison

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COURTS = {"crown": "Crown Court", "magistrates": "magistrates' courts"}
BLUE, ORANGE, GREY = "#12436D", "#F46A25", "#A9A9A9"  # Government Analysis Function palette, safe for colour blindness
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
class Chart:
    """A chart whose title states the message; *alt* says it to those who cannot see it."""

    title: str
    alt: str
    note: str
    panels: tuple[Panel, ...]


def backlog(comparison: Comparison, scenario: str, court: str) -> Chart:
    """Open cases at one tier week by week: baseline and scenario above, the paired difference below."""
    base, other = (_open(comparison, name, court) for name in (comparison.baseline, scenario))
    days = [_date(comparison, day) for day in base.columns]
    level = Panel(
        "Open cases",
        (_series(comparison.baseline, BLUE, days, base), _series(scenario, ORANGE, days, other)),
    )
    difference = _series(f"{scenario} less {comparison.baseline}", ORANGE, days, other - base)
    message = _message(scenario, court, days[-1], difference)
    area = comparison.scenarios[scenario].area
    return Chart(
        title=message,
        alt=f"Two line charts of open cases in {area}'s {COURTS[court]} from {days[0]:%B %Y} to {days[-1]:%B %Y}: "
        f"{comparison.baseline} goes from {base.iloc[:, 0].mean():,.0f} to {base.iloc[:, -1].mean():,.0f}, "
        f"{scenario} to {other.iloc[:, -1].mean():,.0f}. {message}.",
        note=f"Means of {len(base)} replications with 95% intervals (chance only). "
        "Grey: after March 2028, if the law stays as it is.",
        panels=(level, Panel("Difference in open cases", (difference,), from_zero=False)),
    )


def to_plotly(chart: Chart) -> Figure:
    """Draw *chart* for the screen."""
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=len(chart.panels), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, panel in enumerate(chart.panels, start=1):
        for series in panel.series:
            _draw(figure, series, row)
        range_mode = "tozero" if panel.from_zero else "normal"
        figure.update_yaxes(title_text=panel.y_title, rangemode=range_mode, row=row, col=1)
        if not panel.from_zero:
            figure.add_hline(0, line_width=1, line_color="black", row=row, col=1)
    last = chart.panels[0].series[0].days[-1]
    if last > LAW_MAY_CHANGE:
        figure.add_vrect(LAW_MAY_CHANGE, last, fillcolor=GREY, opacity=0.2, line_width=0)
    figure.update_layout(title=chart.title, template="plotly_white", meta={"alt": chart.alt}, height=600)
    figure.add_annotation(text=chart.note, x=0, y=-0.12, xref="paper", yref="paper", showarrow=False, xanchor="left")
    return figure


def _open(comparison: Comparison, name: str, court: str) -> pd.DataFrame:
    """Open cases by seed (rows) and last day of each week (columns), scaled to the whole area."""
    weeks = comparison.tables[name]["weeks"]
    weeks = weeks[weeks["court"] == court]
    share = float(comparison.provenance["share"])
    return weeks.pivot_table("closing", "seed", "day", aggfunc="sum", observed=True) / share


def _series(label: str, colour: str, days: list[date], values: pd.DataFrame) -> Series:
    middle, low, high = interval(values.to_numpy(float).T)
    return Series(label, colour, days, middle, low, high)


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


def _draw(figure: Any, series: Series, row: int) -> None:
    days, band = list(series.days), {"mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(x=days, y=series.low, **band, row=row, col=1)
    figure.add_scatter(
        x=days, y=series.high, fill="tonexty", fillcolor=series.colour, opacity=0.2, **band, row=row, col=1
    )
    figure.add_scatter(x=days, y=series.middle, name=series.label, line_color=series.colour, row=row, col=1)
