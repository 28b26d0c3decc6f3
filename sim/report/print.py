"""Charts for paper: the specifications of sim.report.charts drawn by matplotlib, without a browser."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Any

from sim.report.charts import GREY, LAW_MAY_CHANGE, Chart, Panel, RatioPanel


def save(chart: Chart, path: str | Path) -> None:
    """Draw *chart* into an image file; the format follows the ending (png, svg, pdf)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6.5), layout="constrained")
    axes: Any = figure.subplots(len(chart.panels), sharex=True, squeeze=False)[:, 0]
    for axis, panel in zip(axes, chart.panels, strict=True):
        if isinstance(panel, RatioPanel):
            _draw_ratios(axis, panel)
        else:
            _draw_lines(axis, panel)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, loc="best", fontsize=9)
    figure.suptitle(chart.title, fontsize=11, x=0.01, ha="left", wrap=True)
    figure.supxlabel(fill(chart.note, 150), fontsize=8, x=0.01, ha="left")
    figure.savefig(path, dpi=130)


def _draw_lines(axis: Any, panel: Panel) -> None:
    for series in panel.series:
        axis.fill_between(series.days, series.low, series.high, color=series.colour, alpha=0.25, lw=0)
        axis.plot(series.days, series.middle, color=series.colour, lw=1.8, label=series.label)
    last = panel.series[0].days[-1]
    if last > LAW_MAY_CHANGE:
        axis.axvspan(LAW_MAY_CHANGE, last, color=GREY, alpha=0.2, lw=0)
    if panel.from_zero:
        axis.set_ylim(bottom=0)
    else:
        axis.axhline(0, color="black", lw=0.8)
    axis.set_ylabel(panel.y_title)
    axis.yaxis.set_major_formatter("{x:,.0f}")


def _draw_ratios(axis: Any, panel: RatioPanel) -> None:
    from matplotlib.ticker import MaxNLocator, NullLocator

    for number, dots in enumerate(panel.dots):
        spread = [dots.middle - dots.low, dots.high - dots.middle]
        places = [row + panel.offset(number) for row in range(len(panel.rows))]
        axis.errorbar(dots.middle, places, xerr=spread, fmt="o", ms=5, color=dots.colour, label=dots.label)
    axis.axvline(1, color="black", lw=0.8)
    axis.set_xlabel(panel.x_title)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(MaxNLocator(6))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_yticks(range(len(panel.rows)), panel.rows)
    axis.set_ylim(len(panel.rows) - 0.5, -0.5)
