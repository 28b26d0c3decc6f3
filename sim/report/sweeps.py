"""Sweeps in words: what a plan will take, and what its points say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.base.words import long_date, number
from sim.measures.registry import MEASURES, Measure
from sim.report.charts import PALETTE, Chart, Dots, DotsPanel
from sim.report.layout import aligned, wrapped
from sim.study.plan import Plan, Point, Span, points
from sim.study.sweep import FAILED, RESULTS, Done, Folder, Precision, Shard, seconds_of, size_of

_MOST_NAMED = 3


def report_plan(plan: Plan, out: Path | None = None) -> str:
    """Say what a sweep of *plan* would take, before anything is run."""
    folder = Folder(out, plan) if out and out.is_dir() else None
    many = len(points(plan))
    runs = plan.seeds * (many * (len(plan.scenarios) - 1 or 1) + (many if plan.world else 1))
    left = folder.left(Shard()) if folder else runs
    lines = [
        f"{_title(plan)}: {many:,} points, {plan.seeds} seeds, about {runs:,} runs of {plan.years} years at share "
        f"{plan.share:g}.",
        f"{left:,} of them are still to be run. On one core that takes about {_duration(left * seconds_of(plan))}, and "
        f"the folder will hold about {_megabytes(runs * size_of(plan))}.",
        "The time is that of a laptop's core of 2025; the bar tells better once a few runs are done.",
    ]
    rows = [("varied", "in", "values")]
    for name, of in plan.varied.items():
        where = "the baseline and the scenarios" if name in plan.world else "the scenarios"
        values = f"{of.low:g} to {of.high:g}" if isinstance(of, Span) else ", ".join(map(str, of))
        rows.append((name, where, values))
    return "\n".join([*wrapped(lines), "", aligned(rows, left=(0, 1, 2))])


def report_sweep(folder: Folder, done: Done, shard: Shard, precision: Precision | None = None) -> str:
    """Say what a sweep has found: for each measure, how far its difference runs over the points."""
    if done.table is None:
        return " ".join(
            [
                f"Part {shard.number} of {shard.of} is done: {done.ran:,} replications were run.",
                f"{folder.left(Shard()):,} of other parts are still missing;",
                "`sliproad merge` makes the table once all are there.",
            ]
        )
    lines = [f"{done.ran:,} replications were run." if done.ran else "Nothing was left to run."]
    if done.failed:
        words = "; ".join(list(dict.fromkeys(done.failed.values()))[:_MOST_NAMED])
        lines.append(f"{len(done.failed):,} could not be done and are named in {folder.path / FAILED}: {words}.")
    if done.table.empty:
        return "\n".join(wrapped(["No point has both sides.", *lines]))
    lines.append(f"{folder.path / RESULTS} has a row for each point, scenario, measure and date.")
    if precision:
        widest = precision.widest(done.table)
        lines.append(
            f"With {folder.plan.seeds} seeds the widest interval of {precision.measure} is {100 * widest:.2g}% of the "
            f"baseline's level to either side; {100 * precision.part:.2g}% was wanted."
        )
    last = done.table[done.table["at"] == done.table["at"].max()]
    when = long_date(last["at"].iloc[0])
    answers, tables = [], []
    for scenario, rows in last.groupby("scenario", sort=False):
        of = {name: of for name, of in rows.groupby("measure") if of["difference"].notna().any()}
        ends = [_Ends.of(folder, of[name]) for name in folder.plan.measures if name in of]
        answers += [one.answer(str(scenario), when) for one in ends]
        cells = [(f"{scenario}, {when}", "lowest", "highest", "not clear of chance"), *(one.row for one in ends)]
        tables += ["", "What it changes, over the points", aligned(cells, left=(0,))]
    return "\n".join([*wrapped([*answers[:_MOST_NAMED], _DEPENDS, *lines]), *tables])


_DEPENDS = (
    "The intervals behind these words hold chance alone: other structures of the model are not among the points unless "
    "the plan varies them."
)


@dataclass(frozen=True)
class _Ends:
    """The points at which a measure's difference is lowest and highest."""

    measure: Measure
    number: int
    unclear: int | None
    low: pd.Series
    high: pd.Series
    points: tuple[str, str]

    @staticmethod
    def of(folder: Folder, rows: pd.DataFrame) -> _Ends:
        order = rows.dropna(subset="difference").sort_values("difference", kind="stable")
        low, high = order.iloc[0], order.iloc[-1]
        unclear = None if rows["low"].isna().all() else int(((rows["low"] <= 0) & (rows["high"] >= 0)).sum())
        words = [point_in_words(folder.points[int(end["point"])]) for end in (low, high)]
        return _Ends(MEASURES[str(rows["measure"].iloc[0])], len(rows), unclear, low, high, (words[0], words[1]))

    def answer(self, scenario: str, when: str) -> str:
        """One sentence: from where to where the difference runs, and whether its sign is in doubt."""
        low, high = self.low["difference"], self.high["difference"]
        ends = f"{self._number(low)} ({self.points[0]}) to {self._number(high)} ({self.points[1]})"
        told = f"{self.measure.label}: over {self.number:,} points what {scenario} changes by {when} runs from {ends}"
        if self.unclear is None:
            return f"{told}; with so few seeds there are no intervals."
        sign = "its sign changes among them" if low < 0 < high else "its sign is the same throughout"
        return f"{told}; {sign}, and at {self.unclear:,} of them it is not clear of chance."

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The measure with its unit, both ends and at how many points it is in doubt."""
        unit = "" if self.measure.unit == "pounds" else f", {self.measure.unit.split(' ')[0]}"
        unclear = "-" if self.unclear is None else f"{self.unclear:,} of {self.number:,}"
        return (
            f"{self.measure.label}{unit}",
            self._number(self.low["difference"]),
            self._number(self.high["difference"]),
            unclear,
        )

    def _number(self, value: float) -> str:
        return number(value, self.measure.unit, sign=True)


def varied_in(table: pd.DataFrame) -> list[str]:
    """The levers that a table of results varies, in its order."""
    names = list(table.columns)
    return names[names.index("point") + 1 : names.index("scenario")]


def label_of(measure: str) -> str:
    """The name of a measure in words."""
    return MEASURES[measure].label


def along(table: pd.DataFrame, measure: str, row: str, colour: str | None = None) -> Chart:
    """What the scenario changes in a *measure* at the last date, along one lever and by the values of another.

    Args:
        table: results of a sweep of one scenario.
        measure: one of those kept.
        row: the lever whose values are rows.
        colour: the lever whose values have colours, five at most; none takes all points together.
    """
    last = table[(table["measure"] == measure) & (table["at"] == table["at"].max())]
    values = sorted(last[row].unique())
    groups = sorted(last[colour].unique())[: len(PALETTE)] if colour else [None]
    what, when = MEASURES[measure], long_date(last["at"].iloc[0])
    dots = []
    for value, shade in zip(groups, PALETTE, strict=False):
        of = (last[last[colour] == value] if colour else last).groupby(row)
        middle, low, high = (of[name].mean().reindex(values).to_numpy(float) for name in ("difference", "low", "high"))
        label = f"{_leaf(colour)} {value:g}" if colour else str(last["scenario"].iloc[0])
        dots.append(Dots(label, shade, middle, low, high))
    lowest, highest = last["difference"].min(), last["difference"].max()
    ends = f"{number(lowest, what.unit, sign=True)} to {number(highest, what.unit, sign=True)}"
    message = f"{what.label}: what the scheme changes runs from {ends}"
    return Chart(
        title=message,
        subtitle=f"Difference from the baseline on {when}, along {row}" + (f", by {colour}" if colour else ""),
        alt=f"Dots with intervals along {row}. {message}.",
        note=f"Means of {int(last['seeds'].min())} paired seeds, 95% intervals of chance; no other structure is in it.",
        panels=(DotsPanel(what.unit, tuple(f"{_leaf(row)} {value:g}" for value in values), tuple(dots)),),
    )


def what_matters(indices: pd.DataFrame, labels: Mapping[str, str]) -> Chart:
    """Which levers decide what the scheme changes: their shares of its variance, alone and with others.

    *Labels* say what each lever is.
    """
    order = indices.sort_values("total", ascending=False)
    kinds = (("alone", "first", PALETTE[0]), ("with others", "total", PALETTE[1]))
    dots = []
    for label, name, colour in kinds:
        middle, half = (100 * order[column].to_numpy(float) for column in (name, f"{name}_half_width"))
        dots.append(Dots(label, colour, middle, middle - half, middle + half))
    top = order.iloc[0]
    half = 100 * top["first_half_width"]
    message = (
        f"What decides most: {labels[top['lever']].lower()}, {100 * top['first']:.0f}% of the variance (+-{half:.0f})"
    )
    return Chart(
        title=message,
        subtitle="Share of the variance of what the scheme changes, over the plan's ranges, %",
        alt=f"Dots with intervals for {len(order)} levers. {message}, {100 * top['total']:.0f}% with others.",
        note="Sobol indices, 95% intervals; within a range every value counts as likely as another.",
        panels=(DotsPanel("% of the variance", tuple(labels[name] for name in order["lever"]), tuple(dots)),),
    )


def turns(table: pd.DataFrame, measure: str) -> str:
    """Say between which points the sign of what the scenario changes turns, if it does."""
    last = table[(table["measure"] == measure) & (table["at"] == table["at"].max())]
    found = []
    for lever in varied_in(table):
        others = [name for name in varied_in(table) if name != lever]
        for _, of in last.sort_values(lever).groupby(others) if others else [((), last.sort_values(lever))]:
            values, changes = of[lever].to_numpy(), of["difference"].to_numpy()
            for n in np.flatnonzero(np.sign(changes[:-1]) * np.sign(changes[1:]) < 0):
                found.append(f"between {_leaf(lever)} {values[n]:g} and {values[n + 1]:g}")
    turning = f"Its sign turns {'; '.join(dict.fromkeys(found))}" if found else "Its sign is the same at every point"
    if last["low"].isna().all():
        return f"{turning}; with so few seeds there are no intervals, so chance may have made it."
    unclear = int(((last["low"] <= 0) & (last["high"] >= 0)).sum())
    return f"{turning}, and at {unclear} of {len(last)} points it is not clear of chance."


def _leaf(lever: str | None) -> str:
    return (lever or "").rpartition(".")[2]


def point_in_words(point: Point) -> str:
    """Say where a point is, by the last part of each lever's name: `uptake 0.4, reuse 0`."""
    words = (f"{value:g}" if isinstance(value, float) else str(value) for value in point.values())
    return ", ".join(f"{name.rpartition('.')[2]} {value}" for name, value in zip(point, words, strict=True))


def _title(plan: Plan) -> str:
    return plan.title or plan.name


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.1f} GB"
