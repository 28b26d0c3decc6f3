"""The answer: what a comparison says, in words first, before anything is laid out.

Every renderer (terminal, screen, paper) lays out the same paragraphs, tables and charts; none words anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from sim.base.clock import Clock
from sim.base.words import bearable, long_date, number, percent, span
from sim.compare.comparison import Comparison
from sim.compare.fairness import PARTS
from sim.report.charts import backlog
from sim.report.limits import custody_in_words, limits_in_short
from sim.report.panels import Chart
from sim.scenario.reading import differences

LAW_HOLDS_UNTIL = date(2028, 3, 31)  # changes before Parliament would begin after it
COURTS = {"magistrates": "magistrates' cases", "crown": "Crown Court cases"}
ROWS = {  # of the short table
    "magistrates.open": "Open magistrates' cases",
    "crown.open": "Open Crown Court cases",
    "diversion.started": "Started the course",
    "diversion.prosecutions_avoided": "Prosecutions avoided",
    "officers.freed": "Officer hours freed",
    "reoffending.scheme_12_months": "Reoffending detected, %",
    "reoffending.proven_12_months": "Reoffending proven, %",
    "cost.total": "Public money",
    "cost.avoidable": "- of it avoidable",
}
FIGURES = {  # that lead the page
    "magistrates.open": "Open magistrates' cases",
    "crown.open": "Open Crown Court cases",
    "diversion.prosecutions_avoided": "Prosecutions avoided in the last year",
    "reoffending.scheme_12_months": "Detected reoffending within 12 months",
    "cost.total": "Public money in the last year",
}
BY_PART = {  # columns of the table of who is affected
    "police.charged": "charged",
    "diversion.prosecutions_avoided": "prosecutions avoided",
    "reoffending.scheme_12_months": "reoffending, points",
}
BY_WORDS = {"group": "offence", "ethnicity": "ethnicity", "sex": "sex", "age": "age", "record": "earlier record"}
PAPER = "single_justice_procedure"  # cases on paper have a group of their own
STOCKS = {"magistrates.open": "magistrates", "crown.open": "crown"}
CANNOT = (
    "It cannot tell how crime itself will change, what a course does that no trial has measured, or whether a scheme "
    "is right."
)


@dataclass(frozen=True)
class Paragraph:
    """Some sentences on one topic."""

    topic: str
    text: str


@dataclass(frozen=True)
class Figure:
    """One of the figures that matter most: what moved, by how much, and how sure that is.

    Args:
        label: what it is.
        difference: from the baseline, in words where it cannot be told from none.
        levels: without and with the scenario.
        by_chance: the interval.
        by_structure: the range over the ways the courts and the scheme may work.
    """

    label: str
    difference: str
    levels: str
    by_chance: str
    by_structure: str


@dataclass(frozen=True)
class Table:
    """Rows of text under their columns; *title* says what it shows and *note* what its figures are."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


Content = list[Paragraph | Table | Chart]
Row = dict[Hashable, Any]


def content(comparison: Comparison, name: str) -> Content:
    """Return the answer for the scenario *name* of *comparison*: words, then a table, then charts."""
    charts = [] if nothing_differs(comparison, name) else [backlog(comparison, name, court) for court in COURTS]
    words = answer_in_words(comparison, name)
    return [*words, short_table(comparison, name), *_by_part(comparison, name), *charts]


def answer_in_words(comparison: Comparison, name: str) -> list[Paragraph]:
    """Return the answer's sentences, topic by topic; why nothing differs, where nothing does."""
    idle = nothing_differs(comparison, name)
    if idle:
        return [Paragraph("nothing differs", idle)]
    sentences: dict[str, Callable[[Comparison, str], str]] = {
        "headline": headline,
        "all the same": all_the_same,
        "depends on": depends_on,
        "of 100 who accept": of_100,
        "reoffending": reoffending,
        "money": money,
        "limits": limits_in_short,
        "cannot tell": cannot_tell,
    }
    said = ((topic, sentence(comparison, name)) for topic, sentence in sentences.items())
    return [Paragraph(topic, text) for topic, text in said if text]


def headline(comparison: Comparison, name: str) -> str:
    """Say how many open cases more or fewer, magistrates' first, rounded to what the interval bears."""
    magistrates, crown = (_moved(at_the_end(comparison, name, f"{court}.open"), COURTS[court]) for court in COURTS)
    if _swamped(comparison, at_the_end(comparison, name, "crown.open")):
        crown = "too few people are simulated to tell open Crown Court cases"
    when = long_date(comparison.last_date)
    alone = "" if len(comparison.provenance.seeds) > 1 else " From one replication, so it may be chance."
    return f"{magistrates[:1].upper()}{magistrates[1:]} on {when}; {crown}.{alone}"


def all_the_same(comparison: Comparison, name: str) -> str:
    """Say whether backlogs grow or fall in the scenario, and whether they do so all the same: from, to, instead of."""
    told = [_from_to(comparison, name, court) for court in COURTS]
    either_way = all(alike for _, alike in told)
    text = "; ".join(sentence for sentence, _ in told)
    return f"Either way {text}." if either_way else f"{text[:1].upper()}{text[1:]}."


def _from_to(comparison: Comparison, name: str, court: str) -> tuple[str, bool]:
    """How open cases go from the first day to the last, and whether those of the baseline go the same way."""
    row, start = at_the_end(comparison, name, f"{court}.open"), opening(comparison, court)
    here, there = ("grow" if row[side] > start else "fall" for side in ("value", "baseline"))
    first, last, instead = (number(value, "cases") for value in (start, row["value"], row["baseline"]))
    other = f" instead of {instead}" if here == there else f" where they {there} to {instead} in the baseline"
    if last == instead:
        other = " with and without the scenario"
    elif court == "crown" and _swamped(comparison, row):
        other = f", not to be told from {instead} in the baseline"
    return f"open {COURTS[court]} {here} from {first} to {last}{other}", here == there


def depends_on(comparison: Comparison, name: str) -> str:
    """Set the range over structures beside the interval of chance, or of chance and evidence."""
    row = at_the_end(comparison, name, "magistrates.open")
    chance = _between(row, "by chance and evidence" if comparison.draws_evidence else "by chance alone")
    if comparison.structures is None:
        others = "How far it depends on how the courts use their time is not known yet."
        return f"{chance} {others}".strip()
    parts = []
    for court, cases in COURTS.items():
        rows = _of_structures(comparison, name, f"{court}.open")
        low, *_, high = rows.sort_values("difference").to_dict("records")
        parts.append(
            f"for {cases} from {_signed(low['difference'])} ({low['structure']}) "
            f"to {_signed(high['difference'])} ({high['structure']})"
        )
    number_of = comparison.structures["structure"].nunique()
    between = ", read between computed points," if comparison.provenance.structures_between else ""
    wider = f"Over {number_of} ways the courts and the scheme may work{between} the difference lies {'; '.join(parts)}."
    return f"{chance} {wider}".strip()


def of_100(comparison: Comparison, name: str) -> str:
    """Of 100 who accept: kept out of court, would have had a disposal anyway, no action, the rest."""
    parts = parts_of_100(comparison, name)
    if not parts:
        return "Nobody accepts a course in the scenario."
    return f"Of 100 who accept, {_listed([f'{value:.0f} {part}' for part, value in parts.items()])}."


def parts_of_100(comparison: Comparison, name: str) -> dict[str, float]:
    """What became of 100 who accept, in words -> how many of them; nothing where nobody accepts."""
    rows = comparison.steps[comparison.steps["scenario"] == name]
    steps = dict(zip(rows["step"], rows["value"], strict=True))
    accepted = steps["contacts.accepted"]
    if not accepted:
        return {}
    share = {step: 100 * steps[f"contacts.{step}"] / accepted for step in _ACCEPTED}
    return {_ACCEPTED[step]: value for step, value in share.items() if value >= 0.5}


def reoffending(comparison: Comparison, name: str) -> str:
    """Say what is assumed of the course, then what moves; where only proof moves, that less is proved."""
    scenario = comparison.scenarios[name]
    disposal = scenario.disposals[scenario.diversion.disposal]
    if scenario.diversion.effect_by:
        assumed = "The course is assumed to change reoffending, and differently by group."
    elif disposal.hazard_ratio == 1:
        assumed = "The course itself is assumed to change nobody's reoffending (a hazard ratio of 1)."
    else:
        assumed = (
            f"The course is assumed to multiply the rate of reoffending by {disposal.hazard_ratio:g} "
            f"for {disposal.effect_reaches}."
        )
    detected, proven = (at_the_end(comparison, name, f"reoffending.{one}_12_months") for one in ("scheme", "proven"))
    told = [
        f"{label} {_points(row)}"
        for label, row in (
            ("Detected reoffending within 12 months of the scheme's offences", detected),
            ("adults' proven reoffending", proven),
        )
        if not pd.isna(row["difference"])
    ]
    moved = f" {'; '.join(told)}." if told else " The run is too short to know reoffending."
    less = " Less is proved, not less committed." if _only_proof_falls(detected, proven) else ""
    return f"{assumed}{moved}{less}"


def money(comparison: Comparison, name: str) -> str:
    """Say how public money moves in the last year, the avoidable part beside."""
    total, *parts = (at_the_end(comparison, name, f"cost.{part}") for part in ("total", "avoidable", "capacity"))
    if pd.isna(total["difference"]):
        return ""
    if total["difference"] == 0:
        return f"Public money in the last year is the same: {number(total['baseline'], 'pounds')}."
    if _holds_zero(total):
        return f"No clear difference in public money in the last year ({_range(total)}). Most unit costs are assumed."
    size, word = number(abs(total["difference"]), "pounds"), "less" if total["difference"] < 0 else "more"
    between = "" if pd.isna(total["low"]) else f" ({_range(total)})"
    moved = f"Public money in the last year: {size} {word} of {number(total['baseline'], 'pounds')}{between}"
    held = " and prison costs of later years are likely too high" if custody_in_words(comparison) else ""
    return f"{moved}; {_parts_of_money(*parts)}. Most unit costs are assumed{held}."


def _parts_of_money(avoidable: Row, capacity: Row) -> str:
    """Which part of a difference in public money is avoidable; how each part moves, where they go different ways."""
    if _holds_zero(avoidable):
        return "no clear part of it is avoidable, the rest is capacity for other use"
    if avoidable["difference"] * capacity["difference"] >= 0:
        cash = number(abs(avoidable["difference"]), "pounds")
        return f"{cash} of it is avoidable, the rest is capacity for other use"
    moves = [
        "shows no clear change"
        if _holds_zero(part)
        else f"{'falls' if part['difference'] < 0 else 'rises'} by {number(abs(part['difference']), 'pounds')}"
        for part in (avoidable, capacity)
    ]
    return f"what is avoidable {moves[0]} and capacity in use {moves[1]}"


def cannot_tell(comparison: Comparison, name: str) -> str:
    """Say what is left out, and which law it stands on."""
    law = " Results after March 2028 hold if the law stays as it is." if comparison.last_date > LAW_HOLDS_UNTIL else ""
    return f"{CANNOT}{law}"


def how_to_cite(comparison: Comparison) -> str:
    """Run, model, date and command in one line."""
    stamp = comparison.provenance
    seeds = f"{len(stamp.seeds)} seed{'s' * (len(stamp.seeds) > 1)}"
    people = "everybody simulated" if stamp.share == 1 else f"{100 * stamp.share:.3g}% of people simulated"
    command = f": {stamp.command}" if stamp.command else ""
    made = f", {long_date(stamp.made)}" if stamp.made else ""
    others = (
        f"; structures with {len(stamp.structure_seeds)}" if 0 < len(stamp.structure_seeds) < len(stamp.seeds) else ""
    )
    return f"Cite as sliproad {stamp.model}, run {stamp.run_id} ({seeds}{others}, {people}){made}{command}"


def short_table(comparison: Comparison, name: str) -> Table:
    """The rows that matter most: at the start, without and with the scenario, the difference and its range."""
    rows: list[tuple[str, ...]] = []
    for measure in ROWS:
        row = at_the_end(comparison, name, measure)
        if pd.isna(row["baseline"]) and pd.isna(row["value"]):
            continue
        unit = row["unit"]
        start = number(opening(comparison, STOCKS[measure]), unit) if measure in STOCKS else ""
        rows.append(
            (ROWS[measure], start, number(row["baseline"], unit), number(row["value"], unit), *difference_in_words(row))
        )
    widest = _widest(comparison)
    return Table(
        title=f"On {long_date(comparison.last_date)}, or over the year that ends then",
        columns=("", "start", "baseline", "scenario", "difference", widest),
        rows=tuple(rows),
        note=_note(comparison),
    )


def figures(comparison: Comparison, name: str) -> list[Figure]:
    """The five figures that matter most at the last date, each with its ranges; money with its avoidable part."""
    return [_figure(comparison, name, measure) for measure in FIGURES]


def _figure(comparison: Comparison, name: str, measure: str) -> Figure:
    row = at_the_end(comparison, name, measure)
    unit = row["unit"]
    if pd.isna(row["baseline"]) and pd.isna(row["value"]):
        return Figure(FIGURES[measure], "not known", "the run is too short: nobody was followed for so long", "", "")
    after = "%" if unit.startswith("share") else ""
    without, within = (number(row[side], unit) + after for side in ("baseline", "value"))
    over_structures = _over_structures(comparison, name, measure)
    if measure == "crown.open" and _swamped(comparison, row):
        few = "too few people are simulated: chance swamps it"
        return Figure(FIGURES[measure], "cannot be told", few, "", over_structures)
    difference, interval = difference_in_words(row)
    levels = f"{without} without, {within} with"
    if measure == "cost.total":
        levels += (
            f"; avoidable of the difference: {difference_in_words(at_the_end(comparison, name, 'cost.avoidable'))[0]}"
        )
    by_chance = interval and f"{interval} by {'chance and evidence' if comparison.draws_evidence else 'chance alone'}"
    return Figure(FIGURES[measure], difference, levels, by_chance, over_structures)


def _swamped(comparison: Comparison, row: Row) -> bool:
    """Whether so few are simulated, and so few times, that nothing tells a difference from chance."""
    return comparison.provenance.share < 1 and bool(pd.isna(row["low"])) and not pd.isna(row["difference"])


def _over_structures(comparison: Comparison, name: str, measure: str) -> str:
    """The range over structures in words; that it is not known, where it is not."""
    if comparison.structures is None:
        return "over the ways the courts may work: not known yet"
    rows = _of_structures(comparison, name, measure)
    ends = rows["difference"].dropna()
    if ends.empty:
        return ""
    unit = rows["unit"].iloc[0]
    low, high = (number(end, unit, sign=True, fine=unit.startswith("share")) for end in (ends.min(), ends.max()))
    return f"{low} to {high} over {rows['structure'].nunique()} ways the courts and the scheme may work"


def _by_part(comparison: Comparison, name: str) -> list[Table]:
    """For whom: a row for each part of the breakdown asked for; nothing without one."""
    by = comparison.provenance.by
    return [] if by == "all" else [by_part(comparison, name, by)]


def by_part(comparison: Comparison, name: str, by: str) -> Table:
    """Who is affected: a row for each part of the breakdown *by* in which anything moves."""
    known = parts(comparison, by)
    rows = comparison.table[(comparison.table["scenario"] == name) & comparison.table["group"].isin(known)]
    last = rows[rows["at"] == rows["at"].max()]
    lines = []
    for part, of_part in last.groupby("group", sort=False):
        row = dict(zip(of_part["measure"], of_part.to_dict("records"), strict=True))
        cells = [_briefly(row[measure]) if measure in row else "" for measure in BY_PART]
        if any(cell not in ("", "none", "-") for cell in cells):
            lines.append((part_in_words(comparison, str(part)), *cells))
    columns = ("", *(BY_PART[measure] for measure in BY_PART))
    return Table(f"By {BY_WORDS[by]}: difference from the baseline and its interval", columns, tuple(lines), "")


def parts(comparison: Comparison, by: str) -> tuple[str, ...]:
    """Names of the parts of the breakdown *by*."""
    return PARTS.get(by) or (*comparison.scenarios[comparison.baseline].groups, PAPER)


def part_in_words(comparison: Comparison, part: str) -> str:
    """An offence group by its label, any other part by its name."""
    groups = comparison.scenarios[comparison.baseline].groups
    if part not in groups:
        return part.replace("_", " ").capitalize()
    return groups[part].label + ("" if groups[part].victim else " (no direct victim)")


# Counts of whom the rules let in: they may differ though nothing happens to anybody.
_LET_IN = ("diversion.in_scope", "diversion.eligible", "path.in_scope", "path.eligible")


def nothing_differs(comparison: Comparison, name: str) -> str:
    """Say why the scenario changes nothing that happens; empty where it changes something."""
    rows = comparison.table[comparison.table["scenario"] == name]
    lets_in = rows["measure"].isin(_LET_IN)
    if _moves(rows[~lets_in]):
        return ""
    told = f"Nothing differs{_why_nothing(comparison, name)}"
    return f"{told} Only the counts of whom its rules would let in do." if _moves(rows[lets_in]) else told


def _moves(rows: pd.DataFrame) -> bool:
    return bool((rows["difference"].fillna(0) != 0).any() or (rows["low"].fillna(0) != 0).any())


def _why_nothing(comparison: Comparison, name: str) -> str:
    """The end of a sentence that says why nothing differs, as far as that can be told."""
    changed = differences(comparison.scenarios[name], comparison.scenarios[comparison.baseline])
    if not changed:
        return ": the scenario has the same levers as the baseline."
    begins = {lever: value for lever, (_, value) in changed.items() if isinstance(value, date)}
    late = {lever: day for lever, day in begins.items() if day > comparison.last_date}
    if late:
        return (
            f": {_listed([*late])} begins on {long_date(min(late.values()))}, after the run ends on "
            f"{long_date(comparison.last_date)}. Simulate more years."
        )
    scenario = comparison.scenarios[name]
    if scenario.diversion.uptake == 0 and all(lever.startswith("diversion.") for lever in changed):
        return f": the scheme is off (diversion.uptake = 0), so {_listed(list(changed))} changes nothing."
    return f" in any replication, though the scenario changes {_listed(list(changed))}."


def heading(comparison: Comparison) -> str:
    """Area, period, seeds and share in one line."""
    scenario = comparison.scenarios[comparison.baseline]
    end = Clock(scenario.starts).year_ends(comparison.provenance.years)[-1]
    seeds, share = len(comparison.provenance.seeds), comparison.provenance.share
    people = "everybody simulated" if share == 1 else f"{100 * share:.3g}% of people and courtrooms simulated"
    period = f"{long_date(scenario.starts)} to {long_date(scenario.starts + timedelta(days=end))}"
    return f"{scenario.area}, {period}; {seeds} seed{'s' if seeds > 1 else ''}; {people}"


def titled(comparison: Comparison, name: str) -> str:
    """The title of a scenario with its name."""
    title = comparison.scenarios[name].title
    return title if name == title else f"{title} ({name})"


def at_the_end(comparison: Comparison, name: str, measure: str) -> Row:
    """The row of *measure* for the scenario *name* at the last date, of everybody."""
    return comparison.row_at_the_end[name, measure]


def opening(comparison: Comparison, court: str) -> float:
    """Open cases of a court on the first day in the baseline, of the whole area: mean over the seeds."""
    weeks = comparison.tables[comparison.baseline]["weeks"]
    rows = weeks[(weeks["court"] == court) & (weeks["day"] == weeks["day"].min())]
    return float(rows.groupby("seed")["opening"].sum().mean()) / comparison.provenance.share


_ACCEPTED = {  # rungs that those who accept fall into
    "kept_out_of_court": "are kept out of court who would have been prosecuted",
    "disposal_upgraded": "would have had another disposal anyway",
    "net_widened": "would have had no action taken",
    "stopped": "were charged already and are stopped by the prosecution",
    "as_before": "never attend and get what they would have had",
    "charged_after_all": "are charged in the end",
}


def _moved(row: Row, cases: str) -> str:
    """How a count of open cases differs, in words."""
    change, low, high = row["difference"], row["low"], row["high"]
    if pd.isna(change):
        return f"no difference known in open {cases}"
    if change == 0 and (pd.isna(low) or 0 == low == high):
        return f"no difference at all in open {cases}"
    if _holds_zero(row):
        return f"no clear difference in open {cases} ({_range(row)})"
    about = (
        bearable(abs(change), *sorted((abs(low), abs(high)))) if not pd.isna(low) else bearable(abs(change), low, high)
    )
    word = "fewer" if change < 0 else "more"
    return f"about {number(about, 'cases')} ({percent(change, row['baseline'])}) {word} open {cases}"


def _points(row: Row) -> str:
    """How a share differs, in points."""
    if row["difference"] == 0:
        return "does not move"
    told = number(row["difference"], row["unit"], sign=True, fine=True)
    if _holds_zero(row):
        return f"shows no clear difference ({_range(row)} points)"
    return f"moves by {told} points" + ("" if pd.isna(row["low"]) else f" ({_range(row)})")


def _only_proof_falls(detected: Row, proven: Row) -> bool:
    """Whether proven reoffending falls, and what is detected neither falls clearly nor can have fallen as far."""
    return bool(proven["high"] < 0 <= detected["high"] and proven["high"] < detected["low"])


def difference_in_words(row: Row) -> tuple[str, str]:
    """Difference with its per cent, and range; in words where it cannot be told from none."""
    unit, change = row["unit"], row["difference"]
    if pd.isna(change):
        return "-", "-"
    if change == 0 and row["chance_lower"] == 0.5:
        return "none", ""
    if _holds_zero(row):
        return "no clear difference", _range(row)
    fine = unit.startswith("share")
    part = " points" if fine else f" ({percent(change, row['baseline'])})" if row["baseline"] else ""
    return f"{number(change, unit, sign=True, fine=fine)}{part}", "" if pd.isna(row["low"]) else _range(row)


def _briefly(row: Row) -> str:
    """Difference and range in one short cell."""
    change, unit = row["difference"], row["unit"]
    if pd.isna(change):
        return "-"
    if change == 0 and row["chance_lower"] == 0.5:
        return "none"
    told = "not clear" if _holds_zero(row) else number(change, unit, sign=True, fine=unit.startswith("share"))
    return told if pd.isna(row["low"]) else f"{told} ({_range(row)})"


def _range(row: Row) -> str:
    return span(row["low"], row["high"], row["unit"], fine=row["unit"].startswith("share"))


def _between(row: Row, why: str) -> str:
    if pd.isna(row["low"]):
        return ""
    return f"For magistrates' cases the difference lies between {_range(row).replace(' to ', ' and ')} {why}."


def _of_structures(comparison: Comparison, name: str, measure: str) -> pd.DataFrame:
    rows = comparison.structures
    assert rows is not None
    return rows[(rows["scenario"] == name) & (rows["measure"] == measure)].reset_index(drop=True)


def _signed(value: float) -> str:
    return number(value, "cases", sign=True)


def _holds_zero(row: Row) -> bool:
    return bool(row["low"] <= 0 <= row["high"])


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _widest(comparison: Comparison) -> str:
    return f"{100 * comparison.provenance.confidence:.3g}% interval" if len(comparison.provenance.seeds) > 1 else ""


def _note(comparison: Comparison) -> str:
    """What the intervals of the table hold."""
    if comparison.draws_evidence:
        held = f" Held as set by hand: {_listed([*comparison.provenance.held])}." if comparison.provenance.held else ""
        return f"The interval holds chance and the evidence's ranges, not the choice among structures.{held}"
    if len(comparison.provenance.seeds) == 1:
        return "One replication has no interval: any difference may be chance."
    return "The interval holds chance alone: not how unsure the evidence is, nor how the courts work."
