"""Chart specifications: plain data, drawn by plotly on screen and by matplotlib on paper, or told as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

BLUE, ORANGE, GREY = "#12436D", "#F46A25", "#A9A9A9"  # Government Analysis Function palette, safe for colour blindness
PALETTE = (BLUE, ORANGE, "#28A197", "#801650", "#3D3D3D")
LAW_MAY_CHANGE = date(2028, 4, 1)


@dataclass(frozen=True)
class Series:
    """One line with its interval: arrays of one length. The baseline is dashed, so that grey tells lines apart."""

    label: str
    colour: str
    days: list[date]
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray
    dashed: bool = False


@dataclass(frozen=True)
class Panel:
    """One pair of axes. A panel of differences has a line at zero."""

    y_title: str
    series: tuple[Series, ...]
    from_zero: bool = True

    def figures(self) -> pd.DataFrame:
        """A row for each figure drawn."""
        return pd.concat([_points(self.y_title, one, date=one.days) for one in self.series], ignore_index=True)


@dataclass(frozen=True)
class Dots:
    """Points of one label, each with its interval: arrays of one length, NaN where not known."""

    label: str
    colour: str
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class DotsPanel:
    """Dots in named rows, the first at the top, with a line where nothing differs.

    Ratios stand on a logarithmic axis and differ by nothing at 1, differences at 0. The axis reaches from 0 to a value
    that is given, else as far as the dots do.
    """

    x_title: str
    rows: tuple[str, ...]
    dots: tuple[Dots, ...]
    is_ratio: bool = False
    reaches: float | None = None

    @property
    def neutral(self) -> float:
        """Where nothing differs."""
        return 1.0 if self.is_ratio else 0.0

    def offset(self, number: int) -> float:
        """How far below the middle of its row the label *number* stands, so that none hides another."""
        return 0.7 * ((number + 0.5) / len(self.dots) - 0.5)

    def figures(self) -> pd.DataFrame:
        """A row for each figure drawn."""
        return pd.concat([_points(self.x_title, dots, row=list(self.rows)) for dots in self.dots], ignore_index=True)


@dataclass(frozen=True)
class BarPanel:
    """One bar made of named parts that sum to the whole."""

    x_title: str
    parts: tuple[tuple[str, float], ...]

    def figures(self) -> pd.DataFrame:
        """A row for each figure drawn."""
        return pd.DataFrame(self.parts, columns=["part", self.x_title])


@dataclass(frozen=True)
class Span:
    """A stretch of time in a named row: what it is, and from when to when."""

    row: str
    label: str
    first: date
    last: date


@dataclass(frozen=True)
class SpansPanel:
    """Stretches of time in named rows, the first at the top; each label has a colour of its own."""

    x_title: str
    rows: tuple[str, ...]
    spans: tuple[Span, ...]

    @property
    def colours(self) -> dict[str, str]:
        """The colour of each label, in the order they come."""
        labels = dict.fromkeys(span.label for span in self.spans)
        return dict(zip(labels, (*PALETTE, GREY), strict=False))

    def figures(self) -> pd.DataFrame:
        """A row for each figure drawn."""
        told = [{"of": one.row, "what": one.label, "from": one.first, "to": one.last} for one in self.spans]
        return pd.DataFrame(told)


@dataclass(frozen=True)
class StepsPanel:
    """Steps that add up, drawn one on top of the other (a waterfall); the last is their sum."""

    y_title: str
    steps: tuple[tuple[str, float], ...]

    @property
    def bases(self) -> list[float]:
        """Where each step begins; the sum begins at 0."""
        before = np.cumsum([0.0, *(value for _, value in self.steps[:-1])])
        return [*before[:-1].tolist(), 0.0]

    def figures(self) -> pd.DataFrame:
        """A row for each figure drawn."""
        return pd.DataFrame(self.steps, columns=["step", self.y_title])


@dataclass(frozen=True)
class Flow:
    """How many go from one place to another."""

    source: str
    target: str
    size: float


@dataclass(frozen=True)
class FlowPanel:
    """Bands between named places, as wide as what flows (a Sankey diagram); on paper, a bar for each band."""

    x_title: str
    flows: tuple[Flow, ...]

    @property
    def places(self) -> list[str]:
        """Every place, in the order they come."""
        return list(dict.fromkeys(place for flow in self.flows for place in (flow.source, flow.target)))

    def figures(self) -> pd.DataFrame:
        """A row for each figure drawn."""
        return pd.DataFrame([{"from": one.source, "to": one.target, self.x_title: one.size} for one in self.flows])


@dataclass(frozen=True, eq=False)
class HeatPanel:
    """Cells in rows and columns, coloured by how far they are from 0, each with its text.

    Args:
        measure: what the cells hold, with its unit.
        x_title: of the columns.
        y_title: of the rows.
        columns: names, from the left.
        rows: names, from the top.
        middle: values, array (rows, columns); NaN where there is none.
        low: lower ends of their intervals, likewise.
        high: upper ends, likewise.
        texts: what stands in each cell, likewise.
    """

    measure: str
    x_title: str
    y_title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray
    texts: tuple[tuple[str, ...], ...]

    @property
    def farthest(self) -> float:
        """The largest distance from 0, so that colours mean the same on either side."""
        return float(np.nanmax(np.abs(self.middle), initial=0.0)) or 1.0

    def figures(self) -> pd.DataFrame:
        """A row for each figure drawn."""
        where = {
            self.y_title: np.repeat(self.rows, len(self.columns)),
            self.x_title: np.tile(self.columns, len(self.rows)),
        }
        ends = {"value": self.middle.ravel(), "low": self.low.ravel(), "high": self.high.ravel()}
        return pd.DataFrame({"measure": self.measure, **where, **ends})


AnyPanel = Panel | DotsPanel | BarPanel | SpansPanel | StepsPanel | FlowPanel | HeatPanel


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart whose title states the message.

    Args:
        title: the message.
        subtitle: measure, place and period.
        alt: the message and the figures in words, for those who cannot see it.
        note: what points and intervals are.
        panels: from the top.
    """

    title: str
    subtitle: str
    alt: str
    note: str
    panels: tuple[AnyPanel, ...]


def rows_of(chart: Chart) -> pd.DataFrame:
    """The figures that *chart* draws, a row for each point: what its table and its CSV file hold."""
    return pd.concat([panel.figures() for panel in chart.panels], ignore_index=True)


def _points(title: str, drawn: Series | Dots, **where: list[Any]) -> pd.DataFrame:
    ends = {"value": drawn.middle, "low": drawn.low, "high": drawn.high}
    return pd.DataFrame({"measure": title, "of": drawn.label, **where, **ends})
