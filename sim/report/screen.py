"""Charts on screen: the specifications of sim.report.charts drawn by plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.charts import GREY, LAW_MAY_CHANGE, Chart, Panel, RatioPanel

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def to_plotly(chart: Chart) -> Figure:
    """Draw *chart* for the screen."""
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=len(chart.panels), cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for row, panel in enumerate(chart.panels, start=1):
        if isinstance(panel, RatioPanel):
            _draw_ratios(figure, panel)
        else:
            _draw_lines(figure, panel, row)
    figure.update_layout(title=chart.title, template="plotly_white", meta={"alt": chart.alt}, height=600)
    figure.add_annotation(text=chart.note, x=0, y=-0.12, xref="paper", yref="paper", showarrow=False, xanchor="left")
    return figure


def _faint(colour: str) -> str:
    """The colour of a band that lets the lines below it show: '#12436D' becomes 'rgba(18, 67, 109, 0.2)'."""
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.2)"


def _draw_lines(figure: Any, panel: Panel, row: int) -> None:
    for series in panel.series:
        days, band = list(series.days), {"mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False}
        figure.add_scatter(x=days, y=series.low, **band, row=row, col=1)
        figure.add_scatter(
            x=days, y=series.high, fill="tonexty", fillcolor=_faint(series.colour), **band, row=row, col=1
        )
        figure.add_scatter(x=days, y=series.middle, name=series.label, line_color=series.colour, row=row, col=1)
    range_mode = "tozero" if panel.from_zero else "normal"
    figure.update_yaxes(title_text=panel.y_title, rangemode=range_mode, row=row, col=1)
    if not panel.from_zero:
        figure.add_hline(0, line_width=1, line_color="black", row=row, col=1)
    last = panel.series[0].days[-1]
    if last > LAW_MAY_CHANGE:
        figure.add_vrect(LAW_MAY_CHANGE, last, fillcolor=GREY, opacity=0.2, line_width=0, row=row, col=1)


def _draw_ratios(figure: Any, panel: RatioPanel) -> None:
    places = np.arange(len(panel.rows))
    for number, dots in enumerate(panel.dots):
        spread = {"array": dots.high - dots.middle, "arrayminus": dots.middle - dots.low, "symmetric": False}
        figure.add_scatter(
            x=dots.middle,
            y=places + panel.offset(number),
            error_x=spread,
            mode="markers",
            name=dots.label,
            marker_color=dots.colour,
        )
    figure.add_vline(1, line_width=1, line_color="black")
    figure.update_xaxes(title_text=panel.x_title, type="log")
    figure.update_yaxes(tickvals=places, ticktext=panel.rows, range=(len(panel.rows) - 0.5, -0.5), showgrid=False)
