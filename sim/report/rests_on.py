"""What an answer rests on: which levers move it most, how well each is known, and how much leans on assumptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from sim.base.words import number
from sim.compare.comparison import AS_STATED, Comparison
from sim.report.content import FIGURES, Content, Paragraph, Table
from sim.report.levers import in_words
from sim.report.swept import is_one_at_a_time, rests_on
from sim.scenario.evidence import FILE_NAME, EvidenceError, Ledger
from sim.scenario.evidence import load as load_ledger
from sim.scenario.lever import Lever, levers
from sim.scenario.reading import ScenarioError, chain, differences
from sim.study.shipped import sweeps
from sim.study.structures import structures
from sim.study.swept import Swept

_OPEN = "magistrates.open"  # the figure by which assumptions are ranked
_MOST = 5  # assumptions
_ROOT = "scenarios/"


def what_it_rests_on(comparison: Comparison, name: str, folder: str) -> Content:
    """Return what the figures of a scenario rest on: how much leans on which grade of evidence, then lever by lever.

    Args:
        comparison: the answer.
        name: of the scenario.
        folder: of the area, whose sweep of one lever at a time says what moves the figures.
    """
    known, moved = known_of(comparison, name), changed(comparison, name)
    grades = [known.levers[lever].grade or "without a line" for lever in moved if lever in known.levers]
    told = ", ".join(f"{grades.count(grade)} {grade}" for grade in dict.fromkeys(grades))
    pieces: Content = [Paragraph("grades", f"Grades of the levers it changes: {told}.")] if grades else []
    if any(lever.startswith("diversion.") for lever in moved):
        pieces += _leans(folder, tuple((one.name, one.grade) for one in known.levers.values()))
    return [*pieces, *assumptions(comparison, name, known)]


def _leans(folder: str, grades: tuple[tuple[str, str | None], ...]) -> Content:
    """For each figure, which levers turn its sign and how much of what moves it leans on which grade."""
    found = [swept for swept in sweeps(folder) if is_one_at_a_time(swept.table) and swept.is_current]
    told: Content = []
    for swept in found:
        seen, of = set(swept.table["measure"]), swept.table["scenario"].iloc[0]
        begin = (
            f"Each uncertain lever of {of} moved alone over its range in the ledger, at {100 * swept.share:g}% of the "
            "size; the ways the courts may work, above, can go further:"
        )
        told.append(Paragraph("leans", begin))
        told += [Paragraph("leans", _lean(swept, measure, grades)) for measure in FIGURES if measure in seen]
    return told


@lru_cache(maxsize=64)  # the same for every answer of an area, and dear
def _lean(swept: Swept, measure: str, grades: tuple[tuple[str, str | None], ...]) -> str:
    return rests_on(swept.table, measure, dict(grades))


@dataclass(frozen=True)
class Known:
    """What the ledger says of a scenario's levers, by name; empty where its files are not here any more."""

    levers: dict[str, Lever]
    ledger: Ledger | None
    file: str


def known_of(comparison: Comparison, name: str) -> Known:
    """Return what is known of a scenario's levers."""
    source = comparison.provenance.sources.get(name, name)
    every = {one.name: one for one in levers(comparison.scenarios[name])}
    tail = source.partition(_ROOT)[2] or source
    for candidate in (source, tail):
        try:
            files = tuple(chain(candidate))
            read = [path for file in files for path in (file, file.with_name(FILE_NAME)) if path.exists()]
            stamps = tuple(path.stat().st_mtime_ns for path in read)
            ledger, lines = _evidence(files, stamps, tuple(every))
        except (ScenarioError, EvidenceError, OSError):
            continue
        graded = {name: replace(one, grade=lines[name][0], source=lines[name][1]) for name, one in every.items()}
        return Known(graded, ledger, files[-1].stem)
    return Known(every, None, "")


@lru_cache(maxsize=32)  # to find the lines of all levers takes longer than the rest of what is told of them
def _evidence(
    files: tuple[Path, ...], stamps: tuple[int, ...], names: tuple[str, ...]
) -> tuple[Ledger, dict[str, tuple[str | None, str | None]]]:
    """The ledger behind *files*, as their *stamps* say they are, and the grade and source of each lever in it."""
    ledger = load_ledger(list(files))
    lines: dict[str, tuple[str | None, str | None]] = {}
    for name in names:
        try:
            line = ledger.line(name, files[-1].stem)
        except LookupError:
            lines[name] = (None, None)
        else:
            lines[name] = (line.grade, line.source)
    return ledger, lines


def assumptions(comparison: Comparison, name: str, known: Known) -> Content:
    """Return the levers whose other values move the backlog's difference furthest, then those the scenario changes."""
    if known.ledger is None:
        said = "The ledger of these scenarios is not on this machine, so grades and sources of levers are left out."
        return [Paragraph("no ledger", said)]
    ranked = [*_ranked(comparison, name), *((lever, "the policy itself") for lever in changed(comparison, name))]
    rows: dict[str, tuple[str, ...]] = {}
    for lever, effect in ranked:
        one = known.levers.get(lever)
        if one is None or lever in rows or len(rows) == _MOST:
            continue
        rows[lever] = (f"{one.label} ({lever})", in_words(one.value), one.grade or "-", one.source or "-", effect)
    columns = ("assumption", "value", "grade", "source", "what another choice does to open magistrates' cases")
    note = "In the order of how far another choice moves the difference. An assumption has no source that settles it."
    return [Table("What the difference rests on", columns, tuple(rows.values()), note)] if rows else []


def _ranked(comparison: Comparison, name: str) -> list[tuple[str, str]]:
    """Levers that structures change, and the difference under each, furthest from the one as stated first."""
    if comparison.structures is None:
        return []
    every = comparison.structures
    of_open = every[(every["scenario"] == name) & (every["measure"] == _OPEN)]
    found = dict(zip(of_open["structure"], of_open["difference"], strict=True))
    changes = structures(comparison.scenarios[comparison.baseline], comparison.scenarios[name])
    moved = sorted((way for way in found if way != AS_STATED), key=lambda way: -abs(found[way] - found[AS_STATED]))
    return [
        (lever, f"{number(found[way], 'cases', sign=True)} ({way})")
        for way in moved
        for lever in list(changes.get(way, ()))[:1]
    ]


def changed(comparison: Comparison, name: str) -> list[str]:
    """Return the levers in which a scenario differs from the baseline."""
    return list(differences(comparison.scenarios[name], comparison.scenarios[comparison.baseline]))
