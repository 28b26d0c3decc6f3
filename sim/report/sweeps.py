"""Sweeps in words: what a plan will take, and what its points say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import pandas as pd

from sim.base.words import counted, long_date, number
from sim.measures.registry import MEASURES, Measure
from sim.report.layout import aligned, wrapped
from sim.report.levers import in_words
from sim.study.plan import Plan, Point, Span, points
from sim.study.sweep import FAILED, RESULTS, Done, Folder, Precision, Shard, runs_of, seconds_of, size_of

_MOST_NAMED = 3


def report_plan(plan: Plan, out: Path | None = None) -> str:
    """Say what a sweep of *plan* would take, before anything is run."""
    folder = Folder(out, plan) if out and out.is_dir() else None
    many = len(points(plan))
    runs = runs_of(plan)
    left = folder.left(Shard()) if folder else runs
    lines = [
        f"{_title(plan)}: {counted(many, 'point')}, {counted(plan.seeds, 'seed')}, about {counted(runs, 'run')} of "
        f"{counted(plan.years, 'year')} at share {plan.share:g}.",
        f"{left:,} of them are still to be run. On one core that takes about {_duration(left * seconds_of(plan))}, and "
        f"the folder will hold about {_megabytes(runs * size_of(plan))}.",
        "The time is that of a laptop's core of 2025; the bar tells better once a few runs are done.",
    ]
    rows = [("varied", "in", "values")]
    for name, of in plan.varied.items():
        where = "the baseline and the scenarios" if name in plan.world else "the scenarios"
        values = f"{of.low:g} to {of.high:g}" if isinstance(of, Span) else ", ".join(map(in_words, of))
        rows.append((name, where, values))
    return "\n".join([*wrapped(lines), "", aligned(rows, left=(0, 1, 2))])


def report_sweep(folder: Folder, done: Done, shard: Shard, precision: Precision | None = None) -> str:
    """Say what a sweep has found: for each measure, how far its difference runs over the points."""
    if done.table is None:
        return " ".join(
            [
                f"Part {shard.number} of {shard.of} is done: {_were_run(done.ran)}.",
                f"{folder.left(Shard()):,} of other parts are still missing;",
                "`sliproad merge` makes the table once all are there.",
            ]
        )
    lines = [f"{_were_run(done.ran)}." if done.ran else "Nothing was left to run."]
    if done.failed:
        words = "; ".join(list(dict.fromkeys(done.failed.values()))[:_MOST_NAMED])
        lines.append(f"{len(done.failed):,} could not be done and are named in {folder.path / FAILED}: {words}.")
    if done.table.empty:
        return "\n".join(wrapped(["No point has both sides.", *lines]))
    lines.append(f"{folder.path / RESULTS} has a row for each point, scenario, measure and date.")
    if precision:
        widest = precision.widest(done.table)
        is_wide = f"{100 * widest:.2g}% of the baseline's level to either side"
        lines.append(
            f"With {counted(folder.plan.seeds, 'seed')} the widest interval of {precision.measure} is "
            f"{'not known' if math.isnan(widest) else is_wide}; {100 * precision.part:.2g}% was wanted."
        )
    last = done.table[done.table["at"] == done.table["at"].max()]
    when = long_date(last["at"].iloc[0])
    kind = _Difference if folder.plan.is_against else _Level
    answers, tables = [], []
    for scenario, rows in last.groupby("scenario", sort=False):
        of = {name: of for name, of in rows.groupby("measure") if of[kind.column].notna().any()}
        ends = [kind.of(folder, of[name]) for name in folder.plan.measures if name in of]
        answers += [one.answer(str(scenario), when) for one in ends]
        cells = [(f"{scenario}, {when}", *kind.heads), *(one.row for one in ends)]
        tables += ["", kind.title, aligned(cells, left=(0,))] if ends else []
    if not answers:
        answers = [f"None of the plan's measures is known on {when} at any point, such as a share of nobody."]
    return "\n".join([*wrapped([*answers[:_MOST_NAMED], kind.depends, *lines]), *tables])


def _were_run(ran: int) -> str:
    return f"{counted(ran, 'replication')} {'was' if ran == 1 else 'were'} run"


@dataclass(frozen=True)
class _Ends:
    """The points at which a measure is lowest and highest."""

    measure: Measure
    number: int
    unclear: int | None
    low: float
    high: float
    points: tuple[str, str]
    column: ClassVar[str]
    title: ClassVar[str]
    heads: ClassVar[tuple[str, ...]]
    depends: ClassVar[str]

    @classmethod
    def of(cls, folder: Folder, rows: pd.DataFrame) -> Self:
        """The ends of one measure, of which some point is known."""
        order = rows.dropna(subset=cls.column).sort_values(cls.column, kind="stable")
        ends = [order.iloc[0], order.iloc[-1]]
        unclear = None if rows["low"].isna().all() else int(((rows["low"] <= 0) & (rows["high"] >= 0)).sum())
        low, high = (float(end[cls.column]) for end in ends)
        at_low, at_high = (point_in_words(folder.points[int(end["point"])]) for end in ends)
        return cls(MEASURES[str(rows["measure"].iloc[0])], len(order), unclear, low, high, (at_low, at_high))

    @property
    def row(self) -> tuple[str, ...]:
        """The measure with its unit, and both ends."""
        unit = "" if self.measure.unit == "pounds" else f", {self.measure.unit.split(' ')[0]}"
        return f"{self.measure.label}{unit}", self._number(self.low), self._number(self.high)

    def _told(self, what: str) -> str:
        ends = f"{self._number(self.low)} ({self.points[0]}) to {self._number(self.high)} ({self.points[1]})"
        return f"{self.measure.label}: over {counted(self.number, 'point')} {what} runs from {ends}"

    def _number(self, value: float) -> str:
        return number(value, self.measure.unit, sign=self.column == "difference")


class _Difference(_Ends):
    column = "difference"
    title = "What it changes, over the points"
    heads = ("lowest", "highest", "not clear of chance")
    depends = (
        "The intervals behind these words hold chance alone: other structures of the model are not among the points "
        "unless the plan varies them."
    )

    def answer(self, scenario: str, when: str) -> str:
        """One sentence: from where to where the difference runs, and whether its sign is in doubt."""
        told = self._told(f"what {scenario} changes by {when}")
        if self.unclear is None:
            return f"{told}; with so few seeds there are no intervals."
        sign = "its sign changes among them" if self.low < 0 < self.high else "its sign is the same throughout"
        return f"{told}; {sign}, and at {self.unclear:,} of them it is not clear of chance."

    @property
    def row(self) -> tuple[str, ...]:
        """The measure with its unit, both ends and at how many points it is in doubt."""
        return *super().row, "-" if self.unclear is None else f"{self.unclear:,} of {self.number:,}"


class _Level(_Ends):
    column = "value"
    title = "What it is, over the points"
    heads = ("lowest", "highest")
    depends = (
        "The plan sets no scenario against its baseline, so these are levels and not differences; they are means, "
        "without intervals of chance."
    )

    def answer(self, scenario: str, when: str) -> str:
        """One sentence: from where to where the level runs."""
        return f"{self._told(f'its level in {scenario} on {when}')}."


def point_in_words(point: Point) -> str:
    """Say where a point is, by the last part of each lever's name: `uptake 0.4, reuse 0`."""
    words = (f"{value:g}" if isinstance(value, float) else in_words(value) for value in point.values())
    return ", ".join(f"{name.rpartition('.')[2]} {value}" for name, value in zip(point, words, strict=True))


def _title(plan: Plan) -> str:
    return plan.title or plan.name


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.1f} GB"
