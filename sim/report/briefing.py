"""The committee briefing: what it says, in order, before anything is laid out.

It tells what the terminal and the page tell, in the same words, and adds what a committee asks for: where the figures
come from, which assumptions matter most, the law of the disposals, terms and how to run it again. No figure is written
here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial

import pandas as pd

from sim.base.words import long_date, number
from sim.compare.comparison import Comparison
from sim.compare.fairness import PARTS
from sim.compare.paired import FEWEST_PAIRS
from sim.report.charts import along_the_path, backlog, one_hundred, under_structures
from sim.report.content import (
    FIGURES,
    Content,
    Paragraph,
    Row,
    Table,
    answer_in_words,
    at_the_end,
    by_part,
    cannot_tell,
    difference_in_words,
    heading,
    how_to_cite,
    nothing_differs,
    parts_of_100,
    titled,
)
from sim.report.limits import binding_in_words, custody_in_words
from sim.report.panels import Chart
from sim.report.past import SCOPE, shipped_hindcast
from sim.report.rests_on import Known, assumptions, changed, known_of
from sim.report.what_matters import goal_in_words
from sim.scenario.model import Disposal, Scenario
from sim.scenario.reading import differences
from sim.study.cells import model_version
from sim.study.goal import Answer
from sim.study.hindcast import NATIONS_FOLDER
from sim.study.shipped import HINDCAST, are_current

METHOD = (
    "sliproad simulates people from a contact with the police to a verdict: whether they are charged, given a disposal "
    "out of court or let go; what the magistrates' courts and the Crown Court then do with the time they have; and "
    "when people are detected offending again. The baseline and each scenario have the same luck, person by person, so "
    "that a difference is the policy and not chance. Every number it starts from has a line in a ledger with source, "
    "date, grade and range, or is called an assumption. An interval holds chance alone unless it is said to hold the "
    "evidence too; the range over ways the courts and the scheme may work is run beside it and never averaged. Nothing "
    "is built in that makes diversion help or harm: the course is assumed to change reoffending only as far as its "
    "hazard ratio says. The model was fitted to published figures of stocks, flows and times, and its first year is "
    "set beside them. It cannot forecast crime."
)
GLOSSARY = (
    ("Baseline", "what happens without the scenario; every difference is from it"),
    ("Open case", "received by a court and not yet closed"),
    ("Prosecution avoided", "somebody who would have been charged in a case of their own, and was not"),
    ("Disposal", "what the police decide instead of a charge: a community resolution, a caution and so on"),
    ("Interval", "how far the mean of the replications may be off by chance"),
    ("Ways the courts may work", "structures that no range of a number covers, run side by side"),
    ("Hazard ratio", "the rate of offending again with the course, over that without it"),
    ("Detected, proven", "met by the police again; and convicted or cautioned for it in time"),
)


class StaleError(ValueError):
    """Results of another version of the model."""


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it: paragraphs, tables and charts."""

    title: str
    pieces: Content


@dataclass(frozen=True)
class Briefing:
    """What a briefing says.

    Args:
        title: of the document.
        about: area, period, replications, date and run in a line.
        warning: printed on every page; empty where there is nothing to warn of.
        made: its date.
        sections: in order.
        stamp: what binds it to the results: run, model and a hash of the results, as JSON.
    """

    title: str
    about: str
    warning: str
    made: date
    sections: tuple[Section, ...]
    stamp: str


def briefing(
    comparison: Comparison,
    made: date | None = None,
    allow_stale: bool = False,
    goals: Sequence[tuple[Answer, str]] = (),
) -> Briefing:
    """Return the briefing on every scenario of *comparison*.

    Args:
        comparison: read from a results folder.
        made: its date; none takes the day the results were made.
        allow_stale: mark results of another version of the model on every page, and do not refuse them.
        goals: at what values of levers the answer would turn, each with the version of the model that found it.

    Raises:
        StaleError: they are of another version, and not allowed.
        ValueError: there is nothing but a baseline, or a goal is of other scenarios.
    """
    names = list(comparison.scenarios)[1:]
    if not names:
        raise ValueError("a briefing needs a baseline and at least one scenario: make the results with `compare`")
    stamp = comparison.provenance
    stale = next((model for model in (stamp.model, *(model for _, model in goals)) if model != model_version()), "")
    if stale and not allow_stale:
        raise StaleError(
            f"these results were computed with {stale}, and this is {model_version()}: run the comparison again, "
            "or add --allow-stale, and every page will say so"
        )
    when = made or (date.fromisoformat(stamp.made) if stamp.made else date.today())
    return Briefing(
        title=_title(comparison, names),
        about=f"{long_date(when)}. {heading(comparison)}. Run {stamp.run_id}.",
        warning=f"Computed with an earlier model ({stale})" if stale else "",
        made=when,
        sections=tuple(one for one in _sections(comparison, names, [found for found, _ in goals]) if one.pieces),
        stamp=stamp_of(comparison),
    )


def stamp_of(comparison: Comparison) -> str:
    """What binds a briefing to its results: run, model, package and a hash of every figure, as JSON."""
    provenance = comparison.provenance
    figures = comparison.rows.to_csv(index=False, lineterminator="\n")
    told = {name: value for name, value in asdict(provenance).items() if name != "wall_seconds"}
    digest = hashlib.sha256(f"{figures}{json.dumps(told, sort_keys=True)}".encode()).hexdigest()
    return json.dumps({"run": provenance.run_id, "model": provenance.model, "figures": digest})


def _title(comparison: Comparison, names: list[str]) -> str:
    area = comparison.scenarios[comparison.baseline].area
    if len(names) == 1:
        return f"{comparison.scenarios[names[0]].title}: what it would mean for courts and reoffending in {area}"
    return f"{len(names)} scenarios beside a baseline: what they would mean for courts and reoffending in {area}"


def _sections(comparison: Comparison, names: list[str], goals: list[Answer]) -> Iterator[Section]:
    yield Section("The question", _question(comparison, names))
    for name in names:
        title = "The answer" if len(names) == 1 else f"The answer: {comparison.scenarios[name].title}"
        yield Section(title, [*_few_seeds(comparison), *_answer(comparison, name)])
    yield Section("What this cannot tell you", _cannot(comparison))
    yield Section("The answer in pictures", [chart for name in names[:1] for chart in _charts(comparison, name)])
    yield Section("The options beside each other", [_options(comparison, names)])
    for name in names:
        title = "What limits the courts" if len(names) == 1 else f"What limits the courts: {name}"
        yield Section(title, [Paragraph("limits", text) for text in binding_in_words(comparison, name)])
    yield Section("How the model did on the past", _past())
    known = {name: known_of(comparison, name) for name in (comparison.baseline, *names)}
    yield Section("The assumptions that matter most", assumptions(comparison, names[0], known[names[0]]))
    yield Section("At what values the answer would turn", _switching(comparison, goals))
    yield Section("Who is affected, and victims", _affected(comparison, names))
    yield Section("The law of the disposals", [_law(comparison, names)])
    yield Section("How it was done", [Paragraph("method", METHOD)])
    yield Section("Terms", [Table("Terms used here", ("term", "meaning"), GLOSSARY, "")])
    yield Section("Sources", _sources(comparison, known, names))
    yield Section("How to run it again", _again(comparison))


_PAST = (
    "No test of this model against past years is part of these results, so nothing is claimed of how well it would "
    "have foretold them. What was published of its first year is set beside it in the project's own pages."
)
_SWITCHING = (
    "It was not asked at which values of uptake, breach or the course's effect the sign of the difference changes."
)


def _switching(comparison: Comparison, goals: list[Answer]) -> Content:
    """At which values of levers the targets asked for are reached.

    Raises:
        ValueError: a goal is of scenarios that these results are not of.
    """
    if not goals:
        return [Paragraph("switching", _SWITCHING)]
    told: Content = []
    for found in goals:
        quest, base = found.quest, comparison.scenarios[comparison.baseline]
        names = [
            name for name, one in comparison.scenarios.items() if set(differences(quest.scenario, one)) <= {quest.lever}
        ]
        if not names or (quest.baseline is not None and differences(quest.baseline, base)):
            raise ValueError(f"the goal of {quest.lever} was found for other scenarios than those of these results")
        told.append(Paragraph("switching", f"{titled(comparison, names[-1])}: {' '.join(goal_in_words(found))}"))
    return told


def _past() -> Content:
    """What the hindcast that ships says of England and Wales, told with what was known and without."""
    told = [shipped_hindcast(blind=blind) for blind in (False, True)]
    if not are_current(NATIONS_FOLDER, HINDCAST):
        return [Paragraph("past", _PAST)]
    return [*(Paragraph("past", f"{_PAST_OF} {one.sentences[0]}") for one in told if one), Paragraph("past", SCOPE)]


_PAST_OF = "In England and Wales:"


def _question(comparison: Comparison, names: list[str]) -> Content:
    scenario, baseline = comparison.scenarios[names[0]], comparison.scenarios[comparison.baseline]
    period = f"{long_date(baseline.starts)} and {long_date(comparison.last_date)}"
    against = titled(comparison, comparison.baseline)
    cases = "in this case" if len(names) == 1 else "in each of these cases"
    asked = (
        f"What happens to court backlogs and to reoffending in {scenario.area} between {period} {cases}, against "
        f"{against}?"
    )
    told = [
        Paragraph("scenario", f"{titled(comparison, name)}. {_flat(comparison.scenarios[name].about)}")
        for name in names
    ]
    return [Paragraph("question", asked), *told]


def _few_seeds(comparison: Comparison) -> Content:
    seeds = len(comparison.provenance.seeds)
    if seeds >= FEWEST_PAIRS:
        return []
    said = "one replication" if seeds == 1 else f"{seeds} replications"
    return [Paragraph("few seeds", f"This rests on {said}: too few to tell a small difference from chance.")]


def _answer(comparison: Comparison, name: str) -> Content:
    """The answer's sentences; what it cannot tell has a section of its own."""
    return [one for one in answer_in_words(comparison, name) if one.topic != "cannot tell"]


def _cannot(comparison: Comparison) -> Content:
    name = list(comparison.scenarios)[1]
    told = (cannot_tell(comparison, name), custody_in_words(comparison))
    return [Paragraph("cannot tell", text) for text in told if text]


def _charts(comparison: Comparison, name: str) -> list[Chart]:
    """At most four: the backlog with its difference, each structure, a hundred who accept, who is affected."""
    if nothing_differs(comparison, name):
        return []
    drawn = [backlog(comparison, name, "magistrates")]
    if comparison.structures is not None:
        drawn.append(under_structures(comparison, name, "magistrates"))
    parts, scenario = parts_of_100(comparison, name), comparison.scenarios[name]
    if parts:
        period = f"{scenario.starts.year} to {comparison.last_date.year}"
        drawn.append(one_hundred(parts, name, scenario.area, period))
    if comparison.provenance.by in PARTS:
        drawn.append(along_the_path(comparison, name))
    return drawn


def _options(comparison: Comparison, names: list[str]) -> Table:
    """A row for each scenario and outcome: levels, difference, its two ranges, and how sure it is."""
    rows: list[tuple[str, ...]] = []
    for name in names:
        for measure, label in FIGURES.items():
            row = at_the_end(comparison, name, measure)
            if pd.isna(row["baseline"]) and pd.isna(row["value"]):
                continue
            difference, interval = difference_in_words(row)
            low, high = _over_structures(comparison, name, measure)
            over = "not known" if pd.isna(low) else _ends(low, high, row["unit"])
            option = () if len(names) == 1 else (name,)
            levels = (number(row["baseline"], row["unit"]), number(row["value"], row["unit"]))
            rows.append((*option, label, *levels, difference, interval, over, how_sure(row, low, high)))
    first = () if len(names) == 1 else ("scenario",)
    columns = (*first, "outcome", "baseline", "scenario", "difference", "by chance", "over ways of working", "how sure")
    when = long_date(comparison.last_date)
    return Table(
        f"On {when}, or over the year that ends then",
        columns,
        tuple(rows),
        "How sure: whether the sign of the difference holds by chance, and over every way the courts and the scheme "
        "may work that was run. Shares are per cent, and their differences points.",
    )


def how_sure(row: Row, low: float, high: float) -> str:
    """A grade of confidence in the sign of a difference, by its interval and its range over structures."""
    change = row["difference"]
    if pd.isna(change):
        return "not known"
    if change == 0 and row["low"] == row["high"]:
        return "none in any replication"
    if pd.isna(row["low"]):
        return "low: one replication"
    if row["low"] <= 0 <= row["high"]:
        return "no clear difference"
    if pd.isna(low):
        return "medium: other ways of working were not run"
    return "high: the same sign in all" if low * high > 0 else "low: another way of working turns it"


def _over_structures(comparison: Comparison, name: str, measure: str) -> tuple[float, float]:
    rows = comparison.structures
    if rows is None:
        return float("nan"), float("nan")
    found = rows.loc[(rows["scenario"] == name) & (rows["measure"] == measure), "difference"]
    return float(found.min()), float(found.max())


def _ends(low: float, high: float, unit: str) -> str:
    write = partial(number, unit=unit, sign=True, fine=unit.startswith("share"))
    return f"{write(low)} to {write(high)}"


def _affected(comparison: Comparison, names: list[str]) -> Content:
    """Whom the scheme reaches, a table by the breakdown asked for, and what moves for victims."""
    pieces: Content = []
    by = comparison.provenance.by
    for name in names:
        reach, ratio = (at_the_end(comparison, name, f"diversion.{one}") for one in ("reach", "reach_if_charged_ratio"))
        if not pd.isna(ratio["value"]):
            pieces.append(
                Paragraph(
                    "reach",
                    f"{name}: {number(reach['value'], reach['unit'])}% of people within the scheme's rules are "
                    "diverted; Black people who would be charged are reached at "
                    f"{number(ratio['value'], 'gap')} times the rate of White people.",
                )
            )
        pieces.append(Paragraph("victims", f"{name}: {_victims(comparison, name)}"))
        if by != "all":
            pieces.append(by_part(comparison, name, by))
    if by == "all":
        pieces.append(Paragraph("by", "Who is affected was not broken down by group in these results."))
    return pieces


def _victims(comparison: Comparison, name: str) -> str:
    told = []
    for measure, label in (
        ("victims.satisfied", "victims satisfied with how their case was dealt with"),
        ("victims.waiting", "victims whose case is open in a court"),
        ("victims.withdrawn", "victims whose case ends without plea or verdict"),
    ):
        difference, interval = difference_in_words(at_the_end(comparison, name, measure))
        told.append(f"{label}, {difference}{f' ({interval})' if interval else ''}")
    return f"{'; '.join(told)}. Drug possession has no direct victim."


def _law(comparison: Comparison, names: list[str]) -> Table:
    """The disposal of each scenario's scheme, and those whose law is not in force yet or replaces another's."""
    shown: dict[str, Disposal] = {}
    for name in names:
        scenario = comparison.scenarios[name]
        shown |= {key: one for key, one in scenario.disposals.items() if _is_told(key, one, scenario)}
    rows = tuple(
        (
            one.label,
            _in_force(one),
            "yes" if one.needs_admission else "no",
            "yes" if one.on_record else "no",
            {"none": "nothing", "fine": "a fine", "charge": "a charge"}[one.breach],
        )
        for one in shown.values()
    )
    columns = ("disposal", "in force", "needs an admission", "on the record", "breach leads to")
    return Table(
        "As the scenarios take the law to be", columns, rows, "Law may change; results after that may not hold."
    )


def _is_told(key: str, one: Disposal, scenario: Scenario) -> bool:
    return key == scenario.diversion.disposal or one.in_force != "always"


def _in_force(one: Disposal) -> str:
    return one.in_force if isinstance(one.in_force, str) else f"from {long_date(one.in_force)}"


def _sources(comparison: Comparison, known: dict[str, Known], names: list[str]) -> Content:
    """Where the levers that the scenarios change come from, and how the levers of the first are graded."""
    first = known[names[0]]
    if first.ledger is None:
        return []
    grades = pd.Series([one.grade for one in first.levers.values()]).value_counts()
    counted = ", ".join(f"{number(count, 'levers')} {grade}" for grade, count in grades.items())
    told = f"Of {number(len(first.levers), 'levers')} levers: {counted}. The ledger names the source of each."
    rows: dict[str, tuple[str, ...]] = {}
    for name in names:
        for lever in changed(comparison, name):
            line = known[name].ledger
            if line is None or lever not in known[name].levers:
                continue
            found = line.line(lever, known[name].file)
            rows[lever] = (lever, found.grade, found.source, found.date, found.address)
    columns = ("lever", "grade", "source", "date", "address")
    table = Table("Of the levers that the scenarios change", columns, tuple(rows.values()), "")
    return [Paragraph("grades", told), *([table] if rows else [])]


def _again(comparison: Comparison) -> Content:
    provenance = comparison.provenance
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    left = "; ".join(provenance.failed)
    said = [how_to_cite(comparison), f"Versions: {versions}.", f"Left out, since they failed: {left}." if left else ""]
    return [Paragraph("again", text) for text in said if text]


def _flat(text: str) -> str:
    return " ".join(text.split())
