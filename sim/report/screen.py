"""Charts on screen: the specifications of sim.report.panels drawn by plotly.

A title is not drawn: plotly cuts long ones on a narrow screen. The page sets title, subtitle and note as text around
the figure, where they wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.panels import (
    BLUE,
    GREY,
    LAW_MAY_CHANGE,
    ORANGE,
    PALETTE,
    AnyPanel,
    BarPanel,
    Chart,
    DotsPanel,
    FlowPanel,
    HeatPanel,
    Panel,
    SpansPanel,
    StepsPanel,
)

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW, NAME = 62, 18  # pixels a row of dots takes, and how far above its first dot its name stands
_AROUND = 110  # pixels of an axis with its title
_MILLION = 1e6
FONT = {"family": "sans-serif", "size": 14, "color": "#0B0C0C"}
# What these charts need of plotly's white template: to copy and check the whole takes as long as to draw a chart.
_PALE = "#EBF0F8"
_AXIS = {
    **dict.fromkeys(("gridcolor", "linecolor", "zerolinecolor"), _PALE),
    "zerolinewidth": 2,
    "title": {"standoff": 15},
    "automargin": True,
    "fixedrange": True,
}
_LOOK = {
    "paper_bgcolor": "white",
    "plot_bgcolor": "white",
    "hovermode": "closest",
    "hoverlabel": {"align": "left"},
    "autotypenumbers": "strict",
    "colorway": list(PALETTE),
    "xaxis": _AXIS,
    "yaxis": _AXIS,
}
_BAR = {"line": {"color": "white", "width": 0.5}, "pattern": {"fillmode": "overlay", "size": 10, "solidity": 0.2}}
_TEMPLATE = {"layout": _LOOK, "data": {"bar": [{"marker": _BAR}]}}
_LAYOUT = {  # given when a figure is made: to change it later took a quarter of the time to draw
    "template": _TEMPLATE,
    "font": FONT,
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "xanchor": "left", "traceorder": "normal"},
    "hoverlabel": {"namelength": -1},
    "dragmode": False,
}
_NAME_WIDTH, _LINE = 50, 19  # characters of a row's name that a narrow screen has room for, and pixels of a line
_LEGEND = 36  # characters of a legend's line that a narrow screen has room for
_PATTERNS = ("", "/", ".", "x", "\\", "-")  # so that parts of a bar can be told apart in grey
# Notes and lines are given to plotly all at once: one by one each takes as long as a line of the chart.
_NAME_ABOVE = {"x": 0, "xref": "paper", "xanchor": "left", "showarrow": False}  # a row's name
CONFIG = {  # no button that sends figures elsewhere, none that only clutters
    "displaylogo": False,
    "displayModeBar": False,
    "scrollZoom": False,
    "responsive": True,
}


def to_plotly(chart: Chart) -> Figure:
    """Draw *chart* for the screen, without its title."""
    from plotly.graph_objects import Figure

    several = len(chart.panels) > 1
    panels = list(enumerate(chart.panels, start=1))
    figure = Figure(
        layout=_LAYOUT
        | {
            "meta": {"alt": chart.alt},
            "height": sum(map(_height, chart.panels)),
            "shapes": [mark for row, panel in panels if isinstance(panel, Panel) for mark in _marks(panel, row)],
        }
    )
    if several:
        figure.set_subplots(rows=len(chart.panels), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, panel in panels:
        if isinstance(panel, Panel):
            _draw_lines(figure, panel, {"row": row, "col": 1} if several else {})
        else:
            _DRAWN[type(panel)](figure, panel)
    return figure


def _height(panel: AnyPanel) -> int:
    if isinstance(panel, StepsPanel):
        return 2 * ROW * len(panel.steps) // 3 + _AROUND
    if isinstance(panel, SpansPanel):
        return 2 * ROW * len(panel.rows) // 3 + _AROUND + 30 * len(panel.colours)
    if isinstance(panel, DotsPanel):
        return _row_height(panel) * len(panel.rows) + _AROUND + (30 * len(panel.dots) if len(panel.dots) > 1 else 0)
    if isinstance(panel, HeatPanel):
        return ROW * len(panel.rows) + _AROUND
    return 150 + 40 * len(panel.parts) if isinstance(panel, BarPanel) else 300


def _faint(colour: str, opacity: float = 0.2) -> str:
    """The colour of a band that lets the lines below it show: '#12436D' becomes 'rgba(18, 67, 109, 0.2)'."""
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def _draw_lines(figure: Any, panel: Panel, at: Mapping[str, int]) -> None:
    """Lines with their bands, *at* the row and column of a picture of several panels."""
    for series in panel.series:
        days, band = list(series.days), {"mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False}
        figure.add_scatter(x=days, y=series.low, **band, **at)
        figure.add_scatter(x=days, y=series.high, fill="tonexty", fillcolor=_faint(series.colour), **band, **at)
        line = {"color": series.colour, "width": 2.5, "dash": "dash" if series.dashed else "solid"}
        figure.add_scatter(x=days, y=series.middle, mode="lines", name=_plain(series.label), line=line, **at)
    range_mode = "tozero" if panel.from_zero else "normal"
    figure.update_yaxes(title_text=panel.y_title, rangemode=range_mode, tickformat=",.0f", **at)


def _marks(panel: Panel, row: int) -> list[dict[str, Any]]:
    """The line of no difference and the years in which the law may change, on the axes of a *row*."""
    axis = "" if row == 1 else str(row)
    marks = [] if panel.from_zero else [_line(f"x{axis} domain", f"y{axis}", (0, 1), (0, 0))]
    last = panel.series[0].days[-1]
    if last > LAW_MAY_CHANGE:
        ends = {"x0": LAW_MAY_CHANGE, "x1": last, "xref": f"x{axis}", "y0": 0, "y1": 1, "yref": f"y{axis} domain"}
        marks.append({"type": "rect", "fillcolor": GREY, "opacity": 0.2, "line": {"width": 0}, **ends})
    return marks


def _draw_dots(figure: Any, panel: DotsPanel) -> None:
    """Each row's name stands above its dots, since beside them a long one would leave no room on a narrow screen."""
    places = np.arange(len(panel.rows))
    for number, dots in enumerate(panel.dots):
        spread = {"array": dots.high - dots.middle, "arrayminus": dots.middle - dots.low, "symmetric": False}
        figure.add_scatter(
            x=dots.middle,
            y=places + panel.offset(number),
            error_x=spread,
            mode="markers",
            name=_plain(dots.label),
            marker={"color": dots.colour, "size": 10},
            showlegend=len(panel.dots) > 1,
        )
    figure.update_layout(shapes=[_upright(panel.neutral)])
    figure.update_xaxes(title_text=panel.x_title, nticks=5, tickangle=0)
    if panel.reaches is not None:
        figure.update_xaxes(range=(-0.03 * panel.reaches, 1.03 * panel.reaches))
    figure.update_xaxes(**({"type": "log"} if panel.is_ratio else {"tickformat": _thousands(panel)}))
    if panel.is_ratio:
        figure.update_yaxes(tickvals=places, ticktext=[_plain(row) for row in panel.rows])
    else:
        figure.update_yaxes(showticklabels=False)
        name = _NAME_ABOVE | {"align": "left", "yanchor": "bottom", "bgcolor": "white"}
        name["yshift"] = NAME - _LINE / 2 - panel.offset(0) * _row_height(panel)
        names = ["<br>".join(wrap(_plain(row), _NAME_WIDTH)) for row in panel.rows]
        figure.update_layout(annotations=[name | {"text": text, "y": place} for place, text in enumerate(names)])
    figure.update_yaxes(range=(len(panel.rows) - 0.5, -0.7), showgrid=False, zeroline=False)


def _row_height(panel: DotsPanel) -> int:
    """Pixels a row takes: more where a name needs several lines."""
    return ROW + _LINE * (max(len(wrap(row, _NAME_WIDTH)) for row in panel.rows) - 1)


def _thousands(panel: DotsPanel) -> str:
    """How numbers stand on the axis: in full, or in millions."""
    largest = max(np.nanmax(np.abs([dots.middle, dots.low, dots.high])) for dots in panel.dots)
    return "~s" if largest >= _MILLION else ","


def _draw_bar(figure: Any, panel: BarPanel) -> None:
    for (part, value), colour, pattern in zip(panel.parts, (*PALETTE, GREY), _PATTERNS, strict=False):
        figure.add_bar(
            x=[value],
            y=[""],
            orientation="h",
            name="<br>".join(wrap(f"{value:.0f} {_plain(part)}", _LEGEND)),
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "white"}, "line": {"color": "white"}},
        )
    figure.update_layout(barmode="stack", showlegend=True)
    figure.update_xaxes(title_text=panel.x_title, range=(0, sum(value for _, value in panel.parts)))


def _draw_spans(figure: Any, panel: SpansPanel) -> None:
    """Each row's name stands above its bar; a stretch is a bar whose base is its first day."""
    patterns = dict(zip(panel.colours, _PATTERNS, strict=False))
    for label, colour in panel.colours.items():
        of = [span for span in panel.spans if span.label == label]
        figure.add_bar(
            base=[span.first for span in of],
            x=[(span.last - span.first).total_seconds() * 1000 for span in of],
            y=[panel.rows.index(span.row) for span in of],
            orientation="h",
            width=0.4,
            name=_plain(label),
            marker={"color": colour, "pattern": {"shape": patterns[label], "fgcolor": "white"}},
            hovertext=[f"{span.first:%d %B %Y} to {span.last:%d %B %Y}" for span in of],
            hoverinfo="name+text",
        )
    names = [_NAME_ABOVE | {"text": _plain(row), "y": place - 0.36} for place, row in enumerate(panel.rows)]
    figure.update_layout(barmode="overlay", showlegend=True, annotations=names)
    figure.update_xaxes(type="date", title_text=panel.x_title, nticks=5)
    figure.update_yaxes(range=(len(panel.rows) - 0.5, -0.6), showticklabels=False, showgrid=False, zeroline=False)


def _draw_steps(figure: Any, panel: StepsPanel) -> None:
    """Each step's name stands above its bar, which begins where the one before it ends."""
    for place, ((label, value), base) in enumerate(zip(panel.steps, panel.bases, strict=True)):
        is_sum = place == len(panel.steps) - 1
        colour, pattern = (PALETTE[4], "") if is_sum else (BLUE, "") if value < 0 else (ORANGE, "/")
        figure.add_bar(
            base=[base],
            x=[value],
            y=[place],
            orientation="h",
            width=0.4,
            name=_plain(label),
            showlegend=False,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "white"}},
        )
    names = [
        _NAME_ABOVE | {"text": f"{_plain(label)}: {value:+,.0f}", "y": place - 0.38, "bgcolor": "white"}
        for place, (label, value) in enumerate(panel.steps)
    ]
    figure.update_layout(annotations=names, shapes=[_upright(0)])
    figure.update_xaxes(title_text=panel.y_title, tickformat=",", nticks=5)
    figure.update_yaxes(range=(len(panel.steps) - 0.5, -0.7), showticklabels=False, showgrid=False, zeroline=False)


def _draw_flows(figure: Any, panel: FlowPanel) -> None:
    places = panel.places
    figure.add_sankey(
        node={"label": [_plain(place) for place in places], "color": BLUE, "pad": 18, "thickness": 14},
        link={
            "source": [places.index(flow.source) for flow in panel.flows],
            "target": [places.index(flow.target) for flow in panel.flows],
            "value": [flow.size for flow in panel.flows],
            "color": [_faint(PALETTE[n % len(PALETTE)]) for n in range(len(panel.flows))],
        },
        valueformat=",.0f",
    )


def _draw_heat(figure: Any, panel: HeatPanel) -> None:
    ends = np.stack([panel.low, panel.high], axis=-1)
    between = "" if np.isnan(ends).all() else "<br>%{customdata[0]:,.4g} to %{customdata[1]:,.4g}"
    figure.add_heatmap(
        z=panel.middle,
        x=[_plain(column) for column in panel.columns],
        y=[_plain(row) for row in panel.rows],
        text=panel.texts,
        texttemplate="%{text}",
        customdata=ends,
        hovertemplate="%{y}, %{x}: %{text}" + between + "<extra></extra>",
        zmin=-panel.farthest,
        zmax=panel.farthest,
        colorscale=[(0, _faint(BLUE, 0.6)), (0.5, "white"), (1, _faint(ORANGE, 0.6))],
        showscale=False,
        xgap=2,
        ygap=2,
    )
    figure.update_xaxes(title_text=_plain(panel.x_title), type="category")
    figure.update_yaxes(title_text=_plain(panel.y_title), type="category", autorange="reversed")


_DRAWN: Mapping[type[AnyPanel], Callable[[Any, Any], None]] = {
    DotsPanel: _draw_dots,
    BarPanel: _draw_bar,
    SpansPanel: _draw_spans,
    StepsPanel: _draw_steps,
    FlowPanel: _draw_flows,
    HeatPanel: _draw_heat,
}


def _upright(x: float) -> dict[str, Any]:
    """A line from the bottom to the top of a picture."""
    return _line("x", "y domain", (x, x), (0, 1))


def _line(x_axis: str, y_axis: str, x: tuple[float, float], y: tuple[float, float]) -> dict[str, Any]:
    ends = {"x0": x[0], "x1": x[1], "xref": x_axis, "y0": y[0], "y1": y[1], "yref": y_axis}
    return {"type": "line", "line": {"width": 1, "color": "black"}, **ends}


def _plain(text: str) -> str:
    """Text that plotly shows as it stands: its own tags, such as <b>, are not read."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
