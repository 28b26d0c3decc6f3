"""Finished sweeps in charts and words: where two levers lead, what moves the answer most, where its sign turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.base.words import counted, long_date, lower_first, number
from sim.measures.registry import MEASURES
from sim.report.panels import BLUE, ORANGE, PALETTE, Chart, Dots, DotsPanel, HeatPanel
from sim.scenario.lever import Lever
from sim.study.goal import crossing
from sim.study.swept import Swept, varied_in

_MOST_VALUES, _BANDS = 12, 5  # a lever with more values than that is looked at in so many bands
_MOST_ROWS = 16  # levers in one chart


def of_scenario(swept: Swept, scenario: str) -> pd.DataFrame:
    """The rows of one *scenario* of a sweep; numbers with many values stand in five bands, each by its middle."""
    table = swept.table[swept.table["scenario"] == scenario]
    for lever in varied_in(table):
        values = table[lever]
        if pd.api.types.is_numeric_dtype(values) and values.nunique() > _MOST_VALUES:
            low, high = values.min(), values.max()
            band = np.clip(np.floor((values - low) / (high - low) * _BANDS), 0, _BANDS - 1)
            table = table.assign(**{lever: (low + (band + 0.5) * (high - low) / _BANDS).round(6)})
    return table


def is_one_at_a_time(table: pd.DataFrame) -> bool:
    """Whether every point of a sweep moves one lever at most, of several."""
    levers = varied_in(table)
    return len(levers) > 1 and bool((table[levers].notna().sum(axis=1) <= 1).all())


def label_of(measure: str) -> str:
    """The name of a measure in words."""
    return MEASURES[measure].label


def about(swept: Swept, table: pd.DataFrame) -> str:
    """Say what a sweep's points are, and what they are not."""
    seeds = int(table["seeds"].min())
    points, years = counted(table["point"].nunique(), "point"), counted(swept.years, "year")
    told = (
        f"{swept.title}: {points} of {years}, {counted(seeds, 'seed')} each, at {100 * swept.share:g}% "
        "of the size, under one structure of the model. A figure to quote is that of a scenario's own answer."
    )
    return told if swept.is_current else f"{told} An earlier version of the model ({swept.model}) made it."


def along(table: pd.DataFrame, measure: str, row: str, colour: str | None = None) -> Chart:
    """What the scenario changes in a *measure* at the last date, along one lever and by the values of another.

    Args:
        table: results of a sweep of one scenario.
        measure: one of those kept.
        row: the lever whose values are rows.
        colour: the lever whose values have colours, five at most; none takes all points together.
    """
    last = _last(table, measure)
    values = sorted(last[row].dropna().unique())
    groups = sorted(last[colour].dropna().unique())[: len(PALETTE)] if colour else [None]
    what, when = MEASURES[measure], long_date(last["at"].iloc[0])
    dots = []
    for value, shade in zip(groups, PALETTE, strict=False):
        of = (last[last[colour] == value] if colour else last).groupby(row)
        middle, low, high = (of[name].mean().reindex(values).to_numpy(float) for name in ("difference", "low", "high"))
        label = f"{_leaf(colour)} {_value(value)}" if colour else str(last["scenario"].iloc[0])
        dots.append(Dots(label, shade, middle, low, high))
    message = f"{what.label}: {_from_to(last['difference'], what.unit)}"
    return Chart(
        title=message,
        subtitle=f"Difference from the baseline on {when}, along {row}" + (f", by {colour}" if colour else ""),
        alt=f"Dots with intervals along {row}. {message}.",
        note=f"{_means(last)}; no other structure is in it.",
        panels=(DotsPanel(what.unit, tuple(f"{_leaf(row)} {_value(value)}" for value in values), tuple(dots)),),
    )


def heat(table: pd.DataFrame, measure: str, row: str, column: str) -> Chart:
    """What the scenario changes in a *measure* at the last date, in cells by the values of two levers.

    Args:
        table: results of a sweep of one scenario.
        measure: one of those kept.
        row: the lever whose values are rows.
        column: the lever whose values are columns.
    """
    last = _last(table, measure)
    what, when = MEASURES[measure], long_date(last["at"].iloc[0])
    middle, low, high = (last.pivot_table(name, row, column, dropna=False) for name in ("difference", "low", "high"))
    low, high = (one.reindex_like(middle) for one in (low, high))
    unclear = (low <= 0) & (high >= 0)
    texts = tuple(
        tuple(_cell(value, what.unit, doubt) for value, doubt in zip(values, doubts, strict=True))
        for values, doubts in zip(middle.to_numpy(float), unclear.to_numpy(bool), strict=True)
    )
    columns, rows = (tuple(map(_value, of)) for of in (middle.columns, middle.index))
    arrays = {"middle": middle.to_numpy(float), "low": low.to_numpy(float), "high": high.to_numpy(float)}
    panel = HeatPanel(f"{what.label}, {what.unit}", column, _leaf(row), columns, rows, **arrays, texts=texts)
    ends = [_place(middle, float(end)) for end in (np.nanmin(middle), np.nanmax(middle))]
    lowest, highest = (f"{_leaf(row)} {one[0]} and {_leaf(column)} {one[1]}" for one in ends)
    message = f"{what.label}: the difference is lowest with {lowest}, highest with {highest}"
    chance = lower_first(_means(last)) if low.isna().all(axis=None) else _CHANCE
    return Chart(
        title=message,
        subtitle=f"Difference from the baseline on {when}, by {row} and {column}",
        alt=f"Cells by {row} in rows and {column} in columns. {message}.",
        note=f"Blue: fewer or less; orange: more. {chance[:1].upper()}{chance[1:]}; no other structure is in it.",
        panels=(panel,),
    )


_CHANCE = "a question mark: not clear of chance (the figures have the 95% intervals)"


def tornado(table: pd.DataFrame, measure: str, levers: Sequence[Lever]) -> Chart:
    """What the scenario changes in a *measure* at the last date, at both ends of each lever's range.

    Args:
        table: results of a sweep of one scenario that moves one lever at a time.
        measure: one of those kept.
        levers: what they are in words.
    """
    what, ends = MEASURES[measure], _ends(table, measure).head(_MOST_ROWS)
    labels = {one.name: f"{one.label}, {one.unit}" for one in levers}
    dots = [
        Dots(label, colour, *(ends[f"{name} {end}"].to_numpy(float) for name in ("difference", "low", "high")))
        for end, label, colour in (("at low", "at its lowest", BLUE), ("at high", "at its highest", ORANGE))
    ]
    top = ends.iloc[0]
    message = (
        f"{what.label}: the difference moves most with: {lower_first(labels.get(ends.index[0], ends.index[0]))} (from "
        f"{number(top['difference at low'], what.unit, sign=True)} at {_value(top['value at low'])} to "
        f"{number(top['difference at high'], what.unit, sign=True)} at {_value(top['value at high'])})"
    )
    rows = tuple(
        f"{labels.get(str(name), str(name))}: {_value(row['value at low'])} to {_value(row['value at high'])}"
        for name, row in ends.iterrows()
    )
    return Chart(
        title=message,
        subtitle=f"Difference from the baseline on {long_date(_last(table, measure)['at'].iloc[0])}, each lever alone "
        "at either end of its range",
        alt=f"Two dots with intervals for each of {len(ends)} levers. {message}.",
        note=f"{_means(_last(table, measure))}.",
        panels=(DotsPanel(what.unit, rows, tuple(dots)),),
    )


def rests_on(table: pd.DataFrame, measure: str, grades: Mapping[str, str | None]) -> str:
    """Say which levers turn the sign of what changes in a *measure*, and how well what moves it is known.

    *Grades* are those of the levers in the ledger, by name.

    The parts are of the sum of squared swings, each between the ends of a lever's range with the others as they stand:
    the variance that independent levers would give a straight model (Saltelli and others, Global Sensitivity Analysis:
    The Primer, 2008, chapter 1). A swing between ends whose intervals overlap may be chance, and is told apart.
    """
    ends = _ends(table, measure)
    swings = ends["swing"] ** 2
    if not swings.sum():
        return f"{label_of(measure)}: nothing among these levers moves what the scheme changes."
    known = {name: f"comes from levers graded {grade}" for name, grade in grades.items() if grade}
    sources = [
        known.get(str(name), "comes from levers without a line") if _is_clear(end) else _NOT_CLEAR
        for name, end in ends.iterrows()
    ]
    shares = 100 * swings.groupby(sources).sum().sort_values(ascending=False) / swings.sum()
    told = ", ".join(f"{share:.0f}% {source}" for source, share in shares.items() if share >= _LEAST_TOLD)
    turning = [str(name) for name, end in ends.iterrows() if _turns(end)]
    sign = f"{', '.join(turning)} can turn its sign" if turning else "no lever alone is seen to turn its sign"
    return f"{label_of(measure)}: {sign}. Of what these {len(swings)} ranges move, {told}."


_NOT_CLEAR = "comes from swings that chance may have made"
_LEAST_TOLD = 0.5  # per cent


def _is_clear(end: pd.Series) -> bool:
    """Whether the intervals at both ends of a lever's range lie apart; without intervals nothing is clear."""
    return bool(end["high at low"] < end["low at high"] or end["high at high"] < end["low at low"])


def _turns(end: pd.Series) -> bool:
    """Whether what changes is above nothing at one end and below it at the other, with both intervals."""
    return bool(min(end["high at low"], end["high at high"]) < 0 < max(end["low at low"], end["low at high"]))


def needed(table: pd.DataFrame, measure: str, lever: str, target: float) -> list[str]:
    """Say which value of a *lever* brings a difference of *target* by the last date, straight between the points."""
    others = [name for name in varied_in(table) if name != lever]
    aim = f"a difference of {number(target, MEASURES[measure].unit, sign=True)}"
    told = []
    for at, of in _last(table, measure).sort_values(lever).groupby(others) if others else [((), _last(table, measure))]:
        means = of.groupby(lever)["difference"].mean()
        found = crossing(means.index.to_numpy(float), means.to_numpy(float) - target)
        where = ", ".join(f"{_leaf(name)} {_value(value)}" for name, value in zip(others, at, strict=True))
        begin = f"With {where}: " if where else ""
        near = means.index[int(np.argmin(np.abs(means.to_numpy(float) - target)))]
        value = number(means.loc[near], MEASURES[measure].unit, sign=True)
        reached = (
            f"{_leaf(lever)} {found:.3g} gives {aim}"
            if found is not None
            else (f"no {_leaf(lever)} among the points gives {aim}; {_value(near)} comes nearest, with {value}")
        )
        told.append(f"{begin}{reached}.")
    return told


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
    last = _last(table, measure)
    found = []
    for lever in varied_in(table):
        others = [name for name in varied_in(table) if name != lever]
        for _, of in last.sort_values(lever).groupby(others) if others else [((), last.sort_values(lever))]:
            values, changes = of[lever].to_numpy(), of["difference"].to_numpy()
            for n in np.flatnonzero(np.sign(changes[:-1]) * np.sign(changes[1:]) < 0):
                found.append(f"between {_leaf(lever)} {_value(values[n])} and {_value(values[n + 1])}")
    turning = f"Its sign turns {'; '.join(dict.fromkeys(found))}" if found else "Its sign is the same at every point"
    if last["low"].isna().all():
        return f"{turning}; with so few seeds there are no intervals, so chance may have made it."
    unclear = int(((last["low"] <= 0) & (last["high"] >= 0)).sum())
    return f"{turning}, and at {unclear} of {len(last)} points it is not clear of chance."


def _means(rows: pd.DataFrame) -> str:
    """What the points and intervals of a chart of these *rows* are."""
    seeds = counted(int(rows["seeds"].min()), "paired seed")
    return f"Means of {seeds}, " + ("too few for intervals" if rows["low"].isna().all() else "95% intervals of chance")


def _last(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    rows = table[table["measure"] == measure]
    return rows[rows["at"] == rows["at"].max()]


def _ends(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A row for each lever, the widest swing first: value, difference and interval at its lowest and its highest."""
    last, rows = _last(table, measure), {}
    for lever in varied_in(table):
        of = last.dropna(subset=[lever, "difference"]).sort_values(lever)
        if of.empty:
            continue
        low, high = of.iloc[0], of.iloc[-1]
        row = {"value at low": low[lever], "value at high": high[lever]}
        for name in ("difference", "low", "high"):
            row |= {f"{name} at low": low[name], f"{name} at high": high[name]}
        rows[lever] = row | {"swing": high["difference"] - low["difference"]}
    return pd.DataFrame(rows).T.infer_objects().sort_values("swing", key=lambda of: -of.abs(), kind="stable")


def _place(values: pd.DataFrame, value: float) -> tuple[str, str]:
    """The row and the column of the first cell that holds *value*."""
    r, c = np.argwhere(values.to_numpy(float) == value)[0]
    return _value(values.index[r]), _value(values.columns[c])


def _from_to(values: pd.DataFrame | pd.Series, unit: str) -> str:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return f"what the scheme changes runs from {number(low, unit, sign=True)} to {number(high, unit, sign=True)}"


def _cell(value: float, unit: str, is_unclear: bool) -> str:
    return "" if np.isnan(value) else number(value, unit, sign=True) + (" ?" if is_unclear else "")


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float | int) and not isinstance(value, bool) else str(value)


def _leaf(lever: str | None) -> str:
    return (lever or "").rpartition(".")[2]
