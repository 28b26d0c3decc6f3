"""Charts for paper: the specifications of sim.report.panels drawn by matplotlib, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import fill
from typing import IO, Any

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

_HATCHES = ("", "//", "..", "xx", "\\\\", "--")  # so that parts of a bar can be told apart in grey


def save(
    chart: Chart,
    path: str | Path | IO[bytes],
    kind: str | None = None,
    size: tuple[float, float] = (9, 6.5),
    titled: bool = True,
) -> None:
    """Draw *chart* into an image file, the same bytes each time.

    Args:
        chart: what to draw.
        path: the file.
        kind: png, svg or pdf; none follows the file's ending, and is png without one.
        size: width and height in inches.
        titled: draw title, subtitle and note; without, they stand as text around the picture.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes: Any = figure.subplots(len(chart.panels), sharex=True, squeeze=False)[:, 0]
    for axis, panel in zip(axes, chart.panels, strict=True):
        _DRAWN[type(panel)](axis, panel)
        axis.spines[["top", "right"]].set_visible(False)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(frameon=False, loc="best", fontsize=9)
    if titled:
        figure.suptitle(
            f"{fill(_plain(chart.title), 110)}\n{fill(_plain(chart.subtitle), 110)}", fontsize=11, x=0.01, ha="left"
        )
        figure.supxlabel(fill(_plain(chart.note), 150), fontsize=8, x=0.01, ha="left")
    undated = {"Date": None} if kind == "svg" else None
    with mpl.rc_context({"svg.hashsalt": "sliproad"}):
        figure.savefig(path, dpi=130, format=kind, metadata=undated)


def _draw_lines(axis: Any, panel: Panel) -> None:
    for series in panel.series:
        axis.fill_between(series.days, series.low, series.high, color=series.colour, alpha=0.25, lw=0)
        style = "--" if series.dashed else "-"
        axis.plot(series.days, series.middle, style, color=series.colour, lw=1.8, label=_plain(series.label))
    last = panel.series[0].days[-1]
    if last > LAW_MAY_CHANGE:
        axis.axvspan(LAW_MAY_CHANGE, last, color=GREY, alpha=0.2, lw=0)
    if panel.from_zero:
        axis.set_ylim(bottom=0)
    else:
        axis.axhline(0, color="black", lw=0.8)
    axis.set_ylabel(panel.y_title)
    axis.yaxis.set_major_formatter("{x:,.0f}")


def _draw_dots(axis: Any, panel: DotsPanel) -> None:
    from matplotlib.ticker import MaxNLocator, NullLocator

    for number, dots in enumerate(panel.dots):
        spread = [dots.middle - dots.low, dots.high - dots.middle]
        places = [row + panel.offset(number) for row in range(len(panel.rows))]
        axis.errorbar(dots.middle, places, xerr=spread, fmt="o", ms=5, color=dots.colour, label=dots.label)
    axis.axvline(panel.neutral, color="black", lw=0.8)
    axis.set_xlabel(panel.x_title)
    axis.set_xscale("log" if panel.is_ratio else "linear")
    axis.xaxis.set_major_locator(MaxNLocator(6))
    axis.xaxis.set_major_formatter("{x:g}" if panel.is_ratio else "{x:,.4g}")
    axis.xaxis.set_minor_locator(NullLocator())
    if panel.reaches is not None:
        axis.set_xlim(-0.03 * panel.reaches, 1.03 * panel.reaches)
    axis.set_yticks(range(len(panel.rows)), [_plain(row) for row in panel.rows])
    axis.set_ylim(len(panel.rows) - 0.5, -0.5)


def _draw_bar(axis: Any, panel: BarPanel) -> None:
    left = 0.0
    for (part, value), colour, hatch in zip(panel.parts, (*PALETTE, GREY), _HATCHES, strict=False):
        axis.barh([0], [value], left=left, color=colour, hatch=hatch, edgecolor="white", label=f"{value:.0f} {part}")
        left += value
    axis.set_yticks([])
    axis.set_ylim(-0.5, 1.5)
    axis.set_xlabel(panel.x_title)


def _draw_steps(axis: Any, panel: StepsPanel) -> None:
    _draw_bars(axis, panel.y_title, panel.steps, panel.bases)


def _draw_flows(axis: Any, panel: FlowPanel) -> None:
    flows = tuple((f"{flow.source}: {flow.target}", flow.size) for flow in panel.flows)
    _draw_bars(axis, panel.x_title, flows, [0.0] * len(flows))


def _draw_bars(axis: Any, title: str, bars: tuple[tuple[str, float], ...], bases: list[float]) -> None:
    colours = [ORANGE if value > 0 else BLUE for _, value in bars]
    axis.barh(range(len(bars)), [value for _, value in bars], left=bases, color=colours, height=0.5)
    axis.axvline(0, color="black", lw=0.8)
    axis.set_yticks(range(len(bars)), [_plain(f"{label}: {value:,.0f}") for label, value in bars])
    axis.set_ylim(len(bars) - 0.5, -0.5)
    axis.set_xlabel(title)
    axis.xaxis.set_major_formatter("{x:,.0f}")


def _draw_spans(axis: Any, panel: SpansPanel) -> None:
    for (label, colour), hatch in zip(panel.colours.items(), _HATCHES, strict=False):
        of = [span for span in panel.spans if span.label == label]
        rows = [panel.rows.index(span.row) for span in of]
        long = [span.last - span.first for span in of]
        shown: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "white", "label": _plain(label)}
        axis.barh(rows, long, left=[span.first for span in of], height=0.4, **shown)
    axis.set_yticks(range(len(panel.rows)), [_plain(row) for row in panel.rows])
    axis.set_ylim(len(panel.rows) - 0.5, -0.5)
    axis.set_xlabel(panel.x_title)


def _draw_heat(axis: Any, panel: HeatPanel) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("from blue to orange", [BLUE, "white", ORANGE])
    axis.imshow(panel.middle, cmap=colours, vmin=-panel.farthest, vmax=panel.farthest, alpha=0.6, aspect="auto")
    for row, texts in enumerate(panel.texts):
        for column, text in enumerate(texts):
            axis.text(column, row, _plain(text), ha="center", va="center", fontsize=9)
    axis.set_xticks(range(len(panel.columns)), [_plain(column) for column in panel.columns])
    axis.set_yticks(range(len(panel.rows)), [_plain(row) for row in panel.rows])
    axis.set_xlabel(_plain(panel.x_title))
    axis.set_ylabel(_plain(panel.y_title))


_DRAWN: Mapping[type[AnyPanel], Callable[[Any, Any], None]] = {
    Panel: _draw_lines,
    DotsPanel: _draw_dots,
    BarPanel: _draw_bar,
    SpansPanel: _draw_spans,
    StepsPanel: _draw_steps,
    FlowPanel: _draw_flows,
    HeatPanel: _draw_heat,
}


def _plain(text: str) -> str:
    """Text that matplotlib shows as it stands: a dollar sign begins no formula."""
    return text.replace("$", r"\$")
