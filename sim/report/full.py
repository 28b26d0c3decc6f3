"""The report in full: every headline measure, why it moved, and what the figures can bear."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import timedelta
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from sim.base.clock import Clock
from sim.base.words import long_date, number, span
from sim.compare.comparison import Comparison
from sim.compare.decompose import PERIODS, WHOLE_RUN
from sim.compare.fairness import ALIKE, REFERENCE, gaps
from sim.compare.fairness import PARTS as PARTS_OF_PEOPLE
from sim.compare.paired import FEWEST_PAIRS, summarise
from sim.measures import MEASURES, SECTIONS, headlines
from sim.report.content import LAW_HOLDS_UNTIL, heading, nothing_differs, part_in_words, titled
from sim.report.layout import aligned, wrapped
from sim.report.limits import binding_in_words, custody_in_words
from sim.report.official import official_in_words

Row = dict[Hashable, Any]  # of a table

BY_PART = (
    "crown.open",
    "magistrates.open",
    "police.charged",
    "diversion.started",
    "diversion.reach",
    "diversion.reach_if_charged",
    "diversion.reach_if_charged_ratio",
    "diversion.prosecutions_avoided",
    "reoffending.scheme_12_months",
    "victims.satisfied",
)
PARTS = {  # of sim.compare.decompose
    "volume": "How many cases came",
    "mix": "Which cases came, and when",
    "duration": "Hours that each kind takes",
    "capacity": "Hours supplied: more of them lower it",
    "balance": "Balance",
}
_LABEL = 54  # characters of a label on one line
BALANCE = "Why the balance of hours moved: what the cases received are expected to need, less what is supplied"


def report_comparison(comparison: Comparison, notes: bool = True) -> str:
    """Return the report of a comparison: headline measures, why they moved, and notes on how sure they are."""
    baseline = comparison.baseline
    parts = [heading(comparison), f"Baseline: {titled(comparison, baseline)}"]
    for name in list(comparison.scenarios)[1:]:
        last = _last(comparison.table[comparison.table["scenario"] == name])
        idle = nothing_differs(comparison, name)
        steps = comparison.steps[comparison.steps["scenario"] == name].rename(columns={"step": "measure"})
        at = long_date(last["at"].iloc[0])
        parts += [
            "\n" + titled(comparison, name),
            f"\nOn {at}, or over the year that ends then",
            _compared(comparison, _headlines(last)),
            *_by_part(comparison, last),
            f"\nWhy it moved: counts of the whole run, to {at}",
            _compared(comparison, steps),
            *([f"\n{idle}"] if idle else [f"\n{BALANCE}", _balance(comparison, name)]),
            *_limits(comparison, name),
            *_official(comparison, name),
            *_under_structures(comparison, name),
            *_gaps(comparison, name),
        ]
        parts += _noted(differences_in_words(_headlines(last)), notes)
    parts += _noted([*chance_in_words(comparison, paired=True), *conditions_in_words(comparison)], notes)
    return "\n".join(parts)


def report_run(comparison: Comparison, notes: bool = True) -> str:
    """Return the report of one scenario: headline measures at each year end's last, with their intervals."""
    name = comparison.baseline
    table = _last(summarise(comparison.measures, name, comparison.provenance.confidence, comparison.draws_evidence))
    parts = [heading(comparison), titled(comparison, name)]
    for group, rows in table.groupby("group", sort=False):
        rows = _ordered(rows, headlines() if group == "all" else BY_PART)
        cells = _in_sections(rows, _cells)
        where = f"\nOn {long_date(table['at'].iloc[0])}, or over the year that ends then"
        parts += [
            where if group == "all" else f"\n{part_in_words(comparison, str(group))}",
            aligned([("", "value", _interval(comparison), ""), *cells]),
        ]
    parts += _limits(comparison, name)
    parts += _official(comparison, name)
    parts += _gaps(comparison, name)
    parts += _noted([*chance_in_words(comparison, paired=False), *conditions_in_words(comparison)], notes)
    return "\n".join(parts)


def differences_in_words(rows: pd.DataFrame) -> list[str]:
    """Say which of the differences in *rows* cannot be told from zero, which are none at all, and which not known."""
    known = rows[rows["difference"].notna()]
    none = known[(known["low"] == 0) & (known["high"] == 0)]
    unsure = known[(known["low"] <= 0) & (known["high"] >= 0)].drop(none.index)
    sentences = []
    if len(none):
        sentences.append(f"The same in every seed: {_listed(none)}.")
    if len(unsure):
        sentences.append(f"The interval holds zero, so these differences cannot be told from none: {_listed(unsure)}.")
    one_sided = rows["difference"].isna() & (rows["baseline"].notna() | rows["value"].notna())
    unknown = rows["difference"].isna() & ~one_sided
    if one_sided.any():
        sentences.append(f"Known on one side only, so there is no difference: {_listed(rows[one_sided])}.")
    if unknown.any():
        sentences.append(f"Not known in so short a run: {_listed(rows[unknown])}.")
    return sentences


def chance_in_words(comparison: Comparison, paired: bool) -> list[str]:
    """Say what the interval holds and what it leaves out."""
    seeds = len(comparison.provenance.seeds)
    if comparison.draws_evidence:
        drawn, left = (len(getattr(comparison.provenance, name)) for name in ("drawn", "not_drawn"))
        held = "".join(f", and {lever} the one set by hand" for lever in comparison.provenance.held)
        return [
            f"The {_interval(comparison)} holds chance and evidence: {seeds} draws of {drawn} levers, each from its "
            "range in the evidence, the same in the baseline and the scenario. It is the range that so many of the "
            f"draws lie in, and does not narrow with more of them. {left or 'No'} levers with a range could not be "
            f"drawn lawfully and kept their values; fitted levers keep theirs{held}. Not in it: structure, the choices "
            "among ways the world may work (`--structures`), and whether the model is right."
        ]
    if seeds == 1:
        return ["One seed gives no interval: a difference here may be chance. Use more seeds before quoting it."]
    luck = "both sides of a difference have the same luck, seed by seed" if paired else "each seed is other luck"
    return [
        f"The {_interval(comparison)} holds chance only: {luck}, and it says how far the mean of {seeds} seeds may be "
        "off. It does not hold how unsure the evidence behind the levers is (`--evidence`), the choice among "
        "structures (`--structures`), nor whether the model is right. "
        + ("Where so few seeds all give the same figure there is none. " if seeds < FEWEST_PAIRS else "")
        + "Of many such intervals one in twenty misses by chance alone."
    ]


def _gaps(comparison: Comparison, name: str) -> list[str]:
    """Where gaps open along the path, at the last year end, for a breakdown by people; else nothing."""
    by = comparison.provenance.by
    if by not in PARTS_OF_PEOPLE:
        return []
    measures = comparison.measures[comparison.measures["scenario"] == name]
    table = _last(gaps(measures, by, confidence=comparison.provenance.confidence, evidence=comparison.draws_evidence))
    lines = [("", "rate", REFERENCE[by], "ratio", _interval(comparison))]
    for step, rows in table[table["rate"].notna()].groupby("label", sort=False):
        lines.append((f"{step}, {rows['unit'].iloc[0]}", "", "", "", ""))
        for row in rows.to_dict("records"):
            rate, reference = (number(row[side], "share") for side in ("rate", "reference"))
            ratio, interval = number(row["ratio"], "gap"), span(row["low"], row["high"], "gap")
            lines.append((f"  {row['group']}", f"{rate}%", f"{reference}%", ratio, interval))
    title = f"\nWhere gaps open under {name}: each group against {REFERENCE[by]}, of those who reach the step"
    return [title, aligned(lines), *wrapped([ALIKE[by]])]


def _under_structures(comparison: Comparison, name: str) -> list[str]:
    """The differences under each structure, side by side; nothing where they were not run."""
    if comparison.structures is None:
        return []
    rows = comparison.structures[comparison.structures["scenario"] == name]
    parts = [f"\nUnder other structures: difference and {_interval(comparison)}; side by side, never averaged"]
    for measure, of_measure in rows.groupby("measure", sort=False):
        lines = [(f"{_label(str(measure))}", "", "")]
        for row in of_measure.to_dict("records"):
            fine = row["unit"].startswith("share")
            change = number(row["difference"], row["unit"], sign=True, fine=fine)
            lines.append((f"  {row['structure']}", change, span(row["low"], row["high"], row["unit"], fine=fine)))
        parts.append(aligned(lines))
    return parts


def conditions_in_words(comparison: Comparison) -> list[str]:
    """Say under which conditions the figures stand."""
    provenance, starts = comparison.provenance, comparison.scenarios[comparison.baseline].starts
    end = starts + timedelta(days=Clock(starts).year_ends(provenance.years)[-1])
    sentences = []
    if end > LAW_HOLDS_UNTIL:
        sentences.append("Results after March 2028 hold if the law stays as it is.")
    sentences.append(
        f"Money is in pounds of {_financial_year(comparison)}, not discounted; most unit costs are assumed (see "
        "`sliproad levers costs`). Courts and prisons are capacity: what is freed is worth money only if it is used "
        "for something else. The social cost of reoffences is never added to public money."
    )
    sentences += filter(None, [custody_in_words(comparison)])
    if provenance.share < 1:
        sentences.append(
            f"Only {100 * provenance.share:.3g}% of people and courtrooms were simulated: counts, hours and sitting "
            "days are scaled up to the whole area, and more is left to chance."
        )
    return sentences


def _limits(comparison: Comparison, name: str) -> list[str]:
    """The section on what limits the courts."""
    return ["\nWhat limits the courts", *wrapped(binding_in_words(comparison, name))]


def _official(comparison: Comparison, name: str) -> list[str]:
    """The section on official and real reoffending, where the run is long enough to know."""
    words = official_in_words(comparison, name)
    return ["\nOfficial and real reoffending", *wrapped(words)] if words else []


def _cells(row: Row) -> tuple[str, ...]:
    unit = row["unit"]
    return number(row["value"], unit), span(row["low"], row["high"], unit), "%" if unit.startswith("share") else unit


def _compared(comparison: Comparison, rows: pd.DataFrame) -> str:
    seeds = len(comparison.provenance.seeds)
    known = rows["baseline"].notna() | rows["value"].notna()
    moved = rows[known & ((rows["baseline"] != 0) | (rows["value"] != 0))]
    titles = ("", "baseline", "scenario", "difference", _interval(comparison), "seeds lower", "")
    return aligned([titles, *_in_sections(moved, lambda row: _compared_cells(row, seeds))])


def _in_sections(rows: pd.DataFrame, cells: Callable[[Row], tuple[str, ...]]) -> list[tuple[str, ...]]:
    """One line for each of *rows*, under a heading wherever another institution begins."""
    lines: list[tuple[str, ...]] = []
    section = ""
    for row in rows.to_dict("records"):
        beginning = SECTIONS[row["measure"].split(".")[0]]
        written = cells(row)
        if beginning != section:
            section = beginning
            lines.append((section, *[""] * len(written)))
        label = row["label"].removesuffix(f", {section}").removeprefix(f"{section}: ")
        first, *more = wrap(f"{label[0].upper()}{label[1:]}", _LABEL)
        lines.append((f"  {first}", *written))
        lines += [(f"    {line}", *[""] * len(written)) for line in more]
    return lines


def _compared_cells(row: Row, seeds: int) -> tuple[str, ...]:
    unit, change = row["unit"], row["difference"]
    is_share = unit.startswith("share")
    shown = "%, points" if is_share else unit
    if change == 0 and row["chance_lower"] == 0.5:
        return number(row["baseline"], unit), number(row["value"], unit), "0", "", "same", shown
    if pd.isna(change):
        return number(row["baseline"], unit), number(row["value"], unit), "-", "-", "-", shown
    fine = is_share or np.nanmax(np.abs([change, row["low"], row["high"]])) < 10
    return (
        number(row["baseline"], unit),
        number(row["value"], unit),
        number(change, unit, sign=True, fine=fine),
        span(row["low"], row["high"], unit, fine=fine),
        f"{round(row['chance_lower'] * seeds)} of {seeds}",
        shown,
    )


def _balance(comparison: Comparison, name: str) -> str:
    """The parts in which each court's balance of hours moved, and their sum; parts that did not are left out."""
    rows = comparison.balance[comparison.balance["scenario"] == name]
    periods = PERIODS if comparison.provenance.years > 1 else (WHOLE_RUN,)
    lines = [("", *(title for period in periods for title in (period, _interval(comparison))), "")]
    for court, of_court in rows.groupby("court", sort=False):
        lines.append((SECTIONS[str(court)], *[""] * (2 * len(periods) + 1)))
        for part, label in PARTS.items():
            found = of_court[of_court["part"] == part].set_index("period").loc[list(periods)]
            if part == "balance" or (found["value"].abs() > 1e-6).any():
                written = [_with_interval(row) for row in found.to_dict("records")]
                lines.append((f"  {label}", *(cell for pair in written for cell in pair), found["unit"].iloc[0]))
    return aligned(lines)


def _with_interval(row: Row) -> tuple[str, str]:
    return number(row["value"], row["unit"], sign=True), span(row["low"], row["high"], row["unit"])


def _by_part(comparison: Comparison, rows: pd.DataFrame) -> list[str]:
    """A table for each part of the breakdown, if there is one."""
    parts = []
    moved = rows[(rows["group"] != "all") & ((rows["baseline"] != 0) | (rows["value"] != 0))]
    for group, of_group in moved.groupby("group", sort=False):
        parts += [f"\n{part_in_words(comparison, str(group))}", _compared(comparison, _ordered(of_group, BY_PART))]
    return parts


def _noted(sentences: list[str], notes: bool) -> list[str]:
    return ["", *wrapped(sentences)] if notes and sentences else []


def _headlines(rows: pd.DataFrame) -> pd.DataFrame:
    return _ordered(rows[rows["group"] == "all"], headlines())


def _ordered(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    by_name = rows.set_index("measure", drop=False)
    rows = by_name.loc[[name for name in names if name in by_name.index]].reset_index(drop=True)
    return rows.assign(label=rows["measure"].map(_label))


def _last(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["at"] == table["at"].max()]


def _label(measure: str) -> str:
    return MEASURES[measure].label


def _interval(comparison: Comparison) -> str:
    return f"{100 * comparison.provenance.confidence:.3g}% interval"


def _financial_year(comparison: Comparison) -> str:
    year = comparison.scenarios[comparison.baseline].costs.price_year
    return f"{year}/{(year + 1) % 100:02d}"


def _listed(rows: pd.DataFrame) -> str:
    labels = list(rows["label"])
    return "; ".join([labels[0], *(label[:1].lower() + label[1:] for label in labels[1:])])
