"""What a difference depends on, and what it would take to reach a target, in words."""

from __future__ import annotations

import math

from sim.base.words import counted, long_date, lower_first, number
from sim.measures.registry import MEASURES, Measure
from sim.report.layout import aligned, wrapped
from sim.study.goal import Answer
from sim.study.sensitivity import Sensitivity

_UNSURE = 0.2  # half width of a share beyond which it says little


def report_sensitivity(found: Sensitivity) -> str:
    """Say which levers decide what the scenario changes, and what learning them is worth."""
    measure, when = MEASURES[found.measure], long_date(found.at)
    order = found.indices.sort_values("total", ascending=False).to_dict("records")
    first, left_out = order[0], len(found.screening) - len(order)
    side = "higher" if measure.better == "higher" else "lower"
    lines = [
        f"What {found.scenario} changes in {lower_first(measure.label)} by {when} depends most on {first['lever']}.",
        f"It alone explains {_part(first['first'])} of the variance over the plan's ranges (plus or minus "
        f"{_part(first['first_half_width'])}), and {_part(first['total'])} with what it does together with others.",
        f"{left_out} of {len(found.screening)} levers hardly matter and stay as they stand.",
        f"As things stand {found.chosen} is chosen for the {side} figure. To know every lever exactly before choosing "
        f"would gain {_value(found.gain, measure)} on average.",
        f"{found.points:,} points were run. Within a range of the plan every value counts as likely as another, so the "
        "shares are those of these ranges; other structures of the model may give others.",
    ]
    if max(row["total_half_width"] for row in order) > _UNSURE:
        lines.append("The shares are not known well: more points (--base) make them surer.")
    rows: list[tuple[str, ...]] = [("lever", "alone", "+-", "with others", "+-", "worth of learning it")]
    for row in order:
        shares = (row["first"], row["first_half_width"], row["total"], row["total_half_width"])
        rows.append((str(row["lever"]), *map(_part, shares), number(row["learning"], measure.unit)))
    screened: list[tuple[str, ...]] = [("screened, over its range", "mean effect", "mean size", "spread")]
    for row in found.screening.sort_values("mean_absolute", ascending=False).to_dict("records"):
        effects = (number(row[name], measure.unit) for name in ("mean", "mean_absolute", "spread"))
        screened.append((str(row["lever"]), *effects))
    return "\n".join([*wrapped(lines), "", aligned(rows, left=(0,)), "", aligned(screened, left=(0,))])


def report_goal(found: Answer) -> str:
    """Say what it would take, in words and in a table of the values run."""
    lever, measure = found.quest.lever, MEASURES[found.quest.target.measure]
    rows: list[tuple[str, ...]] = [(lever, _what(found), "low", "high")]
    for row in found.table.to_dict("records"):
        figures = (number(row[name], measure.unit) for name in ("value", "low", "high"))
        rows.append((f"{row[lever]:.6g}", *figures))
    return "\n".join([*wrapped(goal_in_words(found)), "", aligned(rows, left=(0,))])


def goal_in_words(found: Answer) -> list[str]:
    """Say what it would take, or that no value reaches the target and which comes nearest; and what that rests on."""
    quest = found.quest
    measure = MEASURES[quest.target.measure]
    aim = f"{_value(quest.target.value, measure)} ({_what(found)}) on {long_date(found.at)}"
    return [
        _reached(found, aim) if found.found else _missed(found, aim),
        f"{counted(len(found.values), 'value')} were run with {counted(len(quest.seeds), 'seed')}, "
        f"{counted(quest.years, 'year')}, at share {quest.share:g}; between them the curve is taken as straight.",
        "The interval holds chance alone; other structures of the model may need another value.",
    ]


def _what(found: Answer) -> str:
    target = found.quest.target
    return f"{'difference in ' if target.is_difference else ''}{lower_first(MEASURES[target.measure].label)}"


def _reached(found: Answer, aim: str) -> str:
    value, low, high = found.found or (math.nan, math.nan, math.nan)
    span = "" if math.isnan(low) else f" ({low:.4g} to {high:.4g})"
    told = f"{found.quest.lever} = {value:.4g}{span} gives {aim}."
    return told if found.crossings < 2 else f"{told} So do {found.crossings - 1} higher values: the curve turns."


def _missed(found: Answer, aim: str) -> str:
    quest = found.quest
    low, high = quest.between
    value, mean = found.nearest
    told = f"No value of {quest.lever} between {low:g} and {high:g} gives {aim}"
    told += f" in every seed; {found.reached} of {len(quest.seeds)} reach it." if found.reached else "."
    return f"{told} The nearest is {value:.4g}, which gives {_value(mean, MEASURES[quest.target.measure])}."


def _value(value: float, measure: Measure) -> str:
    """A number with its unit, where the number does not hold it already."""
    has_unit = measure.unit == "pounds" or measure.unit.startswith("share")
    return number(value, measure.unit) + ("" if has_unit else f" {measure.unit}")


def _part(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.0f}%"
