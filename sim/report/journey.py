"""One person's life in words: what happened and when, as the tables of a result hold it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.base.clock import WEEK, Clock
from sim.report.layout import WIDTH
from sim.report.panels import Chart, Span, SpansPanel
from sim.run.result import Result
from sim.scenario.model import Scenario

Case = Any  # a row of the cases table; a missing name is empty, a day that has not come is NaN

_YOUNG = {"men": "boy", "women": "girl"}
_GROWN = {"men": "man", "women": "woman"}
_UNDISPOSED = {"": "none", "charge": "charge", "no action": "no further action"}
_ROUTES = {"for trial": "triable either way or indictable only", "summary": "summary"}
_INTO_CROWN = {
    ("for trial", "for trial"): "Sent to the Crown Court for trial",
    ("for trial", "for sentence"): "Committed to the Crown Court for sentence",
    ("", "for sentence"): "The Crown Court receives a case for sentence, such as a breach of an order",
}
_ENDINGS = {"withdrawn": "withdrawn by the prosecution", "no verdict": "neither plea nor verdict"}
_MOST_DRAWN = 4  # cases of a person in a timeline
_NOT_TOLD = ["seed", "case", "offender", "hearings", "minutes", "next_day"]


class Event(NamedTuple):
    """What happened to a person in one case on one day, counted from the start."""

    day: int
    text: str


def journey(result: Result, person: int) -> list[str]:
    """Return one life in words: who it is, then what happened by date.

    Args:
        result: tables of one seed.
        person: row of the person in its offenders table.
    """
    return [_who(result, person), *_written(result, events(result, person))]


def side_by_side(results: dict[str, Result], person: int) -> list[str]:
    """Return the life of a *person* of the first result under each; under two, what differs and whether anything does.

    Args:
        results: name -> tables of the same seed; people are found in the others by their key.
        person: row of the person in the offenders table of the first.
    """
    lives = _lives(results, person)
    differing = set(lives[0][3]) ^ set(lives[-1][3])
    lines = []
    for name, result, row, life in lives:
        about = "Nobody meets this person here." if row is None else _who(result, row)
        lines += [f"{result.scenario.title} ({name})", about, *_written(result, life, differing), ""]
    if len(lives) == 1:
        return lines[:-1]
    if not differing:
        return [*lines, "The two lives are the same."]
    day = _date(lives[0][1], min(differing).day)
    return [*lines, f"The lives differ, first on {day}; * marks what stands in one of them only."]


def table(results: dict[str, Result], person: int) -> pd.DataFrame:
    """Return the same as rows, one for each event."""
    rows = [
        (name, row, day, Clock(result.scenario.starts).date(day).isoformat(), text)
        for name, result, row, life in _lives(results, person)
        for day, text in life
    ]
    return pd.DataFrame(rows, columns=["scenario", "person", "day", "date", "text"])


def choose(result: Result, other: Result | None = None) -> tuple[int, str]:
    """Return a person of *result* whose life is worth reading, and why that one."""
    if other is not None:
        changed = _may_differ(result, other)
        if (diverted := _first_to_differ(result, other, _offered(other, changed))) is not None:
            return diverted, "the first offered the intervention whose life differs between the scenarios"
        if (person := _first_to_differ(result, other, changed)) is not None:
            return person, "the first whose life differs between the scenarios"
    cases = result.tables["cases"]
    in_court = cases["own_case"] & cases["received"].notna()
    for chosen, why in ((cases["offered"], "offered the intervention"), (in_court, "with a court case of their own")):
        if chosen.any():
            return int(cases["offender"][chosen].min()), f"the first {why}"
    return 0, "nobody is offered the intervention or has a court case of their own"


def groups_of(result: Result) -> dict[str, str]:
    """The offences people of *result* are met for: name -> label, in the scenario's order."""
    met = set(result.tables["cases"]["group"].unique())
    return {name: group.label for name, group in result.scenario.groups.items() if name in met}


def who_differ(first: Result, other: Result, group: str | None = None) -> dict[str, list[int]]:
    """Rows of people in *first* by what *other* means for them.

    Under *avoided* those it keeps from prosecution, under *offered* all it offers the intervention, under *differ*
    others whose cases run differently, and under *all* everybody.

    Args:
        first: tables of one seed.
        other: of another scenario, same seed.
        group: only people who have a case for this offence; none takes everybody.
    """
    people = first.tables["offenders"].set_index("key")["offender"].sort_values()
    if group is not None:
        cases = first.tables["cases"]
        people = people[people.isin(cases["offender"][cases["group"] == group])]
    avoided = other.tables["cases"]["path_avoided"].astype(object).fillna("") != ""
    kept = people[people.index.isin(_keys(other)[avoided])]
    offered, changed = _offered(other, people), _may_differ(first, other)
    differ = people[people.isin(changed) & ~people.isin(offered)]
    kinds = {"avoided": kept, "offered": offered, "differ": differ, "all": people}
    return {kind: of.tolist() for kind, of in kinds.items()}


def told(results: dict[str, Result], person: int) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """One life under each of *results*: name, who it is, and what happened: date, words, in one of them only."""
    lives = _lives(results, person)
    differing = set(lives[0][3]) ^ set(lives[-1][3])
    return [
        (
            name,
            "Nobody meets this person here." if row is None else _who(result, row),
            [(_date(result, event.day), event.text, event in differing) for event in life],
        )
        for name, result, row, life in lives
    ]


def timeline(results: dict[str, Result], person: int) -> Chart:
    """The stages of a person's cases under each of *results*: those that differ, or all where none does."""
    drawn = {name: _stages_of(result, row) for name, result, row, _ in _lives(results, person)}
    alike = set.intersection(*(set(of.values()) for of in drawn.values()))
    differing = {name: [title for title, spans in of.items() if spans not in alike] for name, of in drawn.items()}
    spans = [
        replace(span, row=name if title == "The case" else f"{name}: {title.lower()}")
        for name, of in drawn.items()
        for title in (differing[name] if any(differing.values()) else list(of))[:_MOST_DRAWN]
        for span in of[title]
    ]
    rows = tuple(dict.fromkeys(span.row for span in spans))
    days = {row: sum((span.last - span.first).days for span in spans if span.row == row) for row in rows}
    long = ", ".join(f"{row} {of:,} days" for row, of in days.items()) or "no stage takes a day"
    in_court = ", ".join(
        f"{_reach_a_court(result, row)} under {name}" for name, result, row, _ in _lives(results, person)
    )
    return Chart(
        title=f"Cases that reach a court: {in_court}",
        subtitle="Stages of this person's cases" + (", those that differ" if any(differing.values()) else ""),
        alt=f"Stretches of time by stage. Cases that reach a court: {in_court}. From contact to the end: {long}.",
        note=f"An open case is drawn to the end of the run. At most {_MOST_DRAWN} cases of each are drawn.",
        panels=(SpansPanel("", rows, tuple(spans)),),
    )


def _reach_a_court(result: Result, person: int | None) -> int:
    return sum(pd.notna(case.received) for case in _cases(result, person).values()) if person is not None else 0


def _stages_of(result: Result, person: int | None) -> dict[str, tuple[Span, ...]]:
    """The stages of each case of a *person* that took any time, by what the case is called."""
    cases = _cases(result, person) if person is not None else {}
    found = {title: tuple(_stages(result, case)) for title, case in cases.items()}
    return {title: spans for title, spans in found.items() if spans}


def _stages(result: Result, case: Case) -> Iterator[Span]:
    """The stages of one case that took any time."""
    clock = Clock(result.scenario.starts)
    end = clock.year_ends(result.years)[-1]
    steps = [
        ("with the police", case.contact_day, case.outcome_day),
        ("charged, before a first hearing", case.outcome_day if case.route else np.nan, case.first_hearing),
        ("in the magistrates' court", case.first_hearing, case.closed if not case.crown_route else case.crown_received),
        ("in the Crown Court", case.crown_received, case.crown_closed),
    ]
    for label, first, last in steps:
        days = (first, end if pd.isna(last) else last)
        if pd.notna(first) and days[1] > days[0]:
            yield Span("", label, *(clock.date(int(day)) for day in days))


def same_person(result: Result, person: int, other: Result) -> int | None:
    """Return the row in *other* of a *person* of *result*, found by key; None if nobody meets them there."""
    key = result.tables["offenders"].set_index("offender")["key"].loc[person]
    people = other.tables["offenders"]
    return next(iter(people["offender"][people["key"] == key].tolist()), None)


def events(result: Result, person: int | None) -> list[Event]:
    """Return what happened to a *person*, in order of date; nothing if nobody meets them."""
    if person is None:
        return []
    cases = _cases(result, person)
    told = [event for title, case in cases.items() for event in _by_day(result.scenario, case, title)]
    if any(event.day < 0 for event in told):
        told.insert(0, Event(0, "The run begins. What stands above was drawn, not simulated."))
    told.append(Event(Clock(result.scenario.starts).year_ends(result.years)[-1], _at_the_end(cases)))
    return sorted(told, key=lambda event: event.day)


def _lives(results: dict[str, Result], person: int) -> list[tuple[str, Result, int | None, list[Event]]]:
    """Name, result, the person's row in it and what happened to them."""
    first = next(iter(results.values()))
    rows = {name: same_person(first, person, result) for name, result in results.items()}
    return [(name, result, rows[name], events(result, rows[name])) for name, result in results.items()]


def _may_differ(first: Result, other: Result) -> pd.Series:
    """People of *first* whose cases differ in *other*, in order, by key."""
    people = first.tables["offenders"].set_index("key")["offender"].sort_values()
    here, there = (_fingerprints(result).reindex(people.index, fill_value=0) for result in (first, other))
    return people[here != there]


def _fingerprints(result: Result) -> pd.Series:
    """A number for each person's key, made from all that is told of their cases."""
    hashes = pd.util.hash_pandas_object(result.tables["cases"].drop(columns=_NOT_TOLD), index=False)
    return hashes.groupby(_keys(result)).sum()


def _keys(result: Result) -> np.ndarray:
    """The key of the person behind each case."""
    keys = result.tables["offenders"].set_index("offender")["key"]
    return keys.loc[result.tables["cases"]["offender"]].to_numpy()


def _offered(result: Result, people: pd.Series) -> pd.Series:
    """Those of *people* who are offered the intervention in *result*."""
    return people[people.index.isin(_keys(result)[result.tables["cases"]["offered"]])]


def _first_to_differ(first: Result, other: Result, people: pd.Series) -> int | None:
    """The first of *people* whose life differs in words too."""
    return next((row for row in people if events(first, row) != events(other, same_person(first, row, other))), None)


def _who(result: Result, person: int) -> str:
    row = result.tables["offenders"].set_index("offender").loc[person]
    noun = (_YOUNG if row["age_band"] == "under 18" else _GROWN)[str(row["sex"])]
    record = "no previous convictions or" if row["record"] == "none" else f"{row['record']} previous convictions and"
    about = f"A {noun}, {row['ethnicity']}, {row['age_band']} at first contact, {record} cautions"
    return f"{about} (replication {result.seed}, person {person})"


def _written(result: Result, life: list[Event], differing: Collection[Event] = ()) -> list[str]:
    """Each event with its date, and a mark if it is *differing*."""
    lines = []
    for event in life:
        start = f"{'*' if event in differing else ' '} {_date(result, event.day):17}  "
        lines += textwrap.wrap(event.text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
    return lines


def _date(result: Result, day: int) -> str:
    date = Clock(result.scenario.starts).date(day)
    return f"{date.day} {date:%B %Y}"


def _cases(result: Result, person: int) -> dict[str, Case]:
    """The person's cases in order of contact, by what they are called where there are several."""
    cases = result.tables["cases"]
    own = cases[cases["offender"] == person].sort_values("contact_day", kind="stable")
    names = own.select_dtypes("category").astype(object).fillna("")
    rows = list(own.assign(**names).itertuples(index=False))
    return {f"Case {number}" if len(rows) > 1 else "The case": row for number, row in enumerate(rows, start=1)}


def _by_day(scenario: Scenario, case: Case, title: str) -> list[Event]:
    """What happened in one case, a day's events together."""
    texts: dict[int, list[str]] = {}
    for day, text in _happened(scenario, case):
        if pd.notna(day):
            texts.setdefault(int(day), [] if title == "The case" else [f"{title}."]).append(text)
    return [Event(day, " ".join(text)) for day, text in texts.items()]


def _happened(scenario: Scenario, case: Case) -> Iterator[tuple[float, str]]:
    """The days of one case and what happened on them, in the order of the journey."""
    yield case.contact_day, _contact(scenario, case)
    yield case.outcome_day, _police_outcome(scenario, case)
    ending = _ENDINGS.get(case.outcome, case.outcome)
    if case.route:
        yield case.received, f"The magistrates' court receives the case: {_ROUTES[case.route]}."
        yield case.first_hearing, "First hearing."
    if case.discontinued:
        stopped = f"{_offer(scenario, case)}; the prosecution service stops the case"
        yield case.closed, f"{stopped}. Afterwards: {_course(case)}."
    elif not case.crown_route:
        yield case.closed, f"The magistrates' court closes the case: {ending}."
    into = _INTO_CROWN.get((case.route, case.crown_route), "The Crown Court receives an appeal")
    yield case.crown_received, f"{into}{', remanded in custody' if case.remanded else ''}."
    yield case.crown_closed, f"The Crown Court closes the case: {ending}."
    at_once = case.index_day == case.proven_day
    clock = "the official reoffending clock starts" if at_once else "custody, so the official clock waits for release"
    yield case.proven_day, f"Counts as a proven offence; {clock}."
    if not at_once:
        yield case.index_day, "Released from custody; the official reoffending clock starts."


def _contact(scenario: Scenario, case: Case) -> str:
    """The contact, and the scheme's steps, which have no dates of their own."""
    label = scenario.groups[case.group].label
    met = f"Contact with the police: {_within(label)}. Previous convictions and cautions: {case.record}."
    if not case.in_scope and case.group in scenario.diversion.offences and _at_contact(scenario, case):
        return f"{met} Outside the scheme's rules."
    if not case.in_scope or case.discontinued:
        return met
    if not case.eligible:
        unadmitted = scenario.disposals[scenario.diversion.disposal].needs_admission and not case.admits
        return f"{met} Not eligible for the scheme: {'no admission' if unadmitted else 'the victim objects'}."
    if not case.offered:
        return f"{met} Eligible for the scheme; not offered it."
    return f"{met} {_offer(scenario, case)}. Without the scheme: {_named(scenario, case.would_have)}."


def _offer(scenario: Scenario, case: Case) -> str:
    later, answer = "", "accepted" if case.accepted else "declined"
    if not _at_contact(scenario, case):
        later = ", while waiting for a first hearing"
        answer = "accepted" if case.discontinued else "declined, or the prosecution would not stop the case"
    return f"Eligible for the scheme; offered {_named(scenario, scenario.diversion.disposal)}{later}; {answer}"


def _at_contact(scenario: Scenario, case: Case) -> bool:
    """Whether an offer came with the contact, and not to somebody charged before the scheme reached them."""
    weeks = min((wave.weeks for wave in scenario.diversion.rollout), default=0)
    begins = max(Clock(scenario.starts).day(scenario.diversion.starts) + WEEK * weeks, 0)
    return not case.discontinued and case.contact_day >= begins


def _course(case: Case) -> str:
    """How far somebody who accepted has come."""
    if case.completed or case.breached:
        return f"{'completed' if case.completed else 'left'} the intervention{' early' if case.breached else ''}"
    return "started the intervention" if case.started else "did not start the intervention"


def _police_outcome(scenario: Scenario, case: Case) -> str:
    """The police outcome, what came before it without a date, and what followed it."""
    outcome, before, after = case.police_outcome, "", ""
    if case.accepted and _at_contact(scenario, case):
        before = f"{_course(case).capitalize()}. "
    if case.conditions_broken and outcome in _UNDISPOSED:
        before += "Broke the conditions of a disposal, or left a penalty unpaid. "
    elif case.conditions_broken:
        followed = "a fine" if case.fined else "nothing followed"
        after = f"; later its conditions were broken, or it was left unpaid: {followed}"
    elif case.fined or (case.breached and outcome not in _UNDISPOSED):
        after = " and a fine" if case.fined else "; nothing follows from leaving"
    if outcome == "charge" and not case.own_case:
        after = ", alongside something graver; no court case of its own"
    if outcome == "no action" and (case.breached or case.conditions_broken):
        after = ", too late in law to charge"
    return f"{before}Police outcome: {_named(scenario, outcome)}{after}."


def _at_the_end(cases: dict[str, Case]) -> str:
    """What is open on the last day."""
    if not cases:
        return "The run ends. The police have not met this person in it."
    still = [f"{title} {what}" for title, case in cases.items() if (what := _still_open(case))]
    return f"The run ends. {'; '.join(still) or 'Nothing is open'}."


def _still_open(case: Case) -> str:
    """What has not ended in a case; empty if nothing."""
    if pd.notna(case.proven_day) and pd.isna(case.index_day):
        return "has a sentence still being served"
    plea = f" ({case.outcome})" if case.outcome else ""
    if case.crown_route:
        return f"is still in the Crown Court{plea}" if pd.isna(case.crown_closed) else ""
    if case.route:
        return f"is still in the magistrates' court{plea}" if pd.isna(case.closed) else ""
    if case.police_outcome:
        return ""
    return f"is still with the police{f' ({_course(case)})' if case.accepted else ''}"


def _named(scenario: Scenario, outcome: str) -> str:
    """A police outcome in words: of a disposal's label, up to its first stop."""
    label = _UNDISPOSED.get(outcome) or re.split("[;:,]", scenario.disposals[outcome].label)[0]
    return _within(label)


def _within(label: str) -> str:
    """A label as it stands within a sentence."""
    return label[0].lower() + label[1:]
