"""Charts of a comparison, as specifications (see sim.report.panels). Nothing here runs a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from sim.base.stats import interval
from sim.base.words import number, span
from sim.compare.comparison import Comparison
from sim.compare.fairness import ALIKE, PARTS, REFERENCE, gaps
from sim.report.panels import BLUE, ORANGE, PALETTE, BarPanel, Chart, Dots, DotsPanel, Panel, Series

COURTS = {"crown": "Crown Court", "magistrates": "magistrates' courts"}


def backlog(comparison: Comparison, scenario: str, court: str) -> Chart:
    """Open cases at one tier week by week: baseline and scenario above, the paired difference below."""
    base, other = (_open(comparison, name, court) for name in (comparison.baseline, scenario))
    days = [_date(comparison, day) for day in base.columns]
    series = partial(_series, comparison, days=days)
    before = replace(series(comparison.baseline, BLUE, values=base), dashed=True)
    level = Panel("Open cases", (before, series(scenario, ORANGE, values=other)))
    difference = series(f"{scenario} less {comparison.baseline}", ORANGE, values=other - base)
    message = _message(scenario, court, days[-1], difference)
    area = comparison.scenarios[scenario].area
    return Chart(
        title=message,
        subtitle=f"Open cases, {COURTS[court]}, {area}, {days[0]:%B %Y} to {days[-1]:%B %Y}",
        alt=f"Two line charts of open cases in {area}'s {COURTS[court]} from {days[0]:%B %Y} to {days[-1]:%B %Y}: "
        f"{comparison.baseline} goes from {base.iloc[:, 0].mean():,.0f} to {base.iloc[:, -1].mean():,.0f}, "
        f"{scenario} to {other.iloc[:, -1].mean():,.0f}. {message}.",
        note=f"{_means(comparison)}. Grey: after March 2028, if the law stays as it is.",
        panels=(level, Panel("Difference in open cases", (difference,), from_zero=False)),
    )


def baselines(comparison: Comparison, others: Mapping[str, Comparison], court: str) -> Chart:
    """Open cases at one tier without the scenario, under the baseline and under the area's *others* by name."""
    drawn, ends = [], []
    sides = {comparison.baseline: comparison, **others}
    for (name, of), colour in zip(sides.items(), PALETTE, strict=False):
        values = _open(of, name, court)
        line = _series(of, name, colour, [_date(of, day) for day in values.columns], values)
        drawn.append(replace(line, dashed=name == comparison.baseline))
        ends.append(f"{number(values.iloc[:, -1].mean(), 'cases')} ({name})")
    last, area = drawn[0].days[-1], comparison.scenarios[comparison.baseline].area
    told = ", ".join(ends)
    return Chart(
        title=f"With no scheme, open cases, {COURTS[court]}: {told} at the end of {last:%B %Y}",
        subtitle=f"Open cases under each named baseline, {COURTS[court]}, {area}",
        alt=f"Lines with bands of open cases under {len(drawn)} baselines; at the end of {last:%B %Y}: {told}.",
        note=f"{_means(comparison)}. What the scheme changes under each is in the chart of structures. Grey: after "
        "March 2028, if the law stays as it is.",
        panels=(Panel("Open cases", tuple(drawn)),),
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
        subtitle=f"Rate at each step of the path, {area}, year to {when:%B %Y}",
        alt=f"Dots of the rate at each step of the path in {area} in the year to {when:%B %Y}, as a ratio to that of "
        f"{REFERENCE[by]}. {message}. {said}.",
        note=f"{_means(comparison)}. Of so many intervals one in twenty misses by chance alone. {ALIKE[by]}",
        panels=(
            DotsPanel(
                f"Rate as a ratio to that of {REFERENCE[by]}, of those who reach the step", steps, tuple(dots), True
            ),
        ),
    )


def under_structures(comparison: Comparison, scenario: str, court: str) -> Chart:
    """The difference in open cases at the last date under each way the courts and the scheme may work.

    Raises:
        ValueError: the structures are not known.
    """
    if comparison.structures is None:
        raise ValueError("the structures are not known")
    rows = comparison.structures
    rows = rows[(rows["scenario"] == scenario) & (rows["measure"] == f"{court}.open")]
    ends = {name: rows[name].to_numpy(float) for name in ("difference", "low", "high")}
    names = tuple(rows["structure"])
    least, most = (int(np.argmin(ends["difference"])), int(np.argmax(ends["difference"])))
    cases, when = f"open {COURTS[court].replace(' courts', '')} cases", comparison.last_date
    lowest, highest = (f"{ends['difference'][at]:+,.0f} ({names[at]})" for at in (least, most))
    message = f"{scenario}: {cases} differ by {lowest} to {highest}"
    said = "; ".join(f"{name} {value:+,.0f}" for name, value in zip(names, ends["difference"], strict=True))
    area = comparison.scenarios[scenario].area
    return Chart(
        title=message,
        subtitle=f"Difference in {cases}, {area}, end of {when:%B %Y}, under {len(names)} ways the courts and the "
        "scheme may work",
        alt=f"Dots of the difference in {cases} in {area} at the end of {when:%B %Y} under each structure: {said}.",
        note="Side by side, never averaged: nobody knows which holds. Bars, where drawn, are of chance alone.",
        panels=(DotsPanel("Difference in open cases", names, (Dots("difference", BLUE, *ends.values()),)),),
    )


def over_the_years(comparison: Comparison, scenario: str, measure: str, label: str) -> Chart:
    """The difference in one measure at each year end with its interval.

    Args:
        comparison: the figures.
        scenario: which of its scenarios.
        measure: its name.
        label: the measure in words.

    Raises:
        LookupError: no year of it is known.
    """
    rows = comparison.table
    rows = rows[(rows["scenario"] == scenario) & (rows["measure"] == measure) & (rows["group"] == "all")]
    rows = rows[rows["difference"].notna()]
    if rows.empty:
        raise LookupError(f"{measure}: no year is known")
    unit = str(rows["unit"].iloc[0])
    scale, shown = (100, "percentage points") if unit.startswith("share") else (1, unit)
    ends = [scale * rows[name].to_numpy(float) for name in ("difference", "low", "high")]
    years = tuple(f"{date.fromisoformat(at):%Y}" for at in rows["at"])
    fine = unit.startswith("share")
    told = [
        f"{year} {number(row['difference'], unit, sign=True, fine=fine)}"
        for year, row in zip(years, rows.to_dict("records"), strict=True)
    ]
    area = comparison.scenarios[scenario].area
    return Chart(
        title=f"{label}: {_by_year(rows.iloc[-1], years[-1])} ({scenario})",
        subtitle=f"Difference from the baseline, {shown}, {area}, each year from {years[0]} to {years[-1]}",
        alt=f"Dots of the difference in {label} in {area} by year, {shown}: {'; '.join(told)}.",
        note=f"{_means(comparison)}. From 2028 on, if the law stays as it is.",
        panels=(DotsPanel(f"Difference, {shown}", years, (Dots("difference", BLUE, *ends),)),),
    )


def one_hundred(parts: Mapping[str, float], scenario: str, area: str, period: str) -> Chart:
    """What would have become of 100 people who accept: one bar.

    Args:
        parts: what became of them -> how many of the hundred.
        scenario: its name.
        area: where.
        period: when they accepted.
    """
    told = "; ".join(f"{value:.0f} {part}" for part, value in parts.items())
    most = max(parts, key=lambda part: parts[part])
    return Chart(
        title=f"{scenario}: of 100 who accept, {parts[most]:.0f} {most}",
        subtitle=f"People who accept the course, {area}, {period}",
        alt=f"One bar of 100 people who accept: {told}.",
        note="Counts of the whole run, means of the replications.",
        panels=(BarPanel("Of 100 people who accept", tuple(parts.items())),),
    )


def _by_year(row: pd.Series, year: str) -> str:
    """The last year's difference in words."""
    unit, change, low, high = (row[name] for name in ("unit", "difference", "low", "high"))
    fine = unit.startswith("share")
    shown = number(abs(change), unit, fine=fine) + (" points" if fine else "" if unit == "pounds" else f" {unit}")
    if low == high == change == 0:
        return f"no difference in {year}"
    between = "" if pd.isna(low) else f" ({span(low, high, unit, fine=fine)})"
    if low <= 0 <= high:
        return f"no clear difference in {year}{between}"
    return f"{shown} {'lower' if change < 0 else 'higher'} in {year}{between}"


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
