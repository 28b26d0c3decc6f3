"""A question as people put it, in names of files and changes: read, checked, and made a study."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from sim.compare.comparison import AS_STATED, Comparison
from sim.scenario import evidence as ledgers
from sim.scenario.draws import Range, ranges
from sim.scenario.faults import printable
from sim.scenario.model import Scenario
from sim.scenario.reading import ScenarioError, chain, find, load
from sim.study.structures import NAMED_BASELINES, structures
from sim.study.study import Study

SEEDS = 8
EVIDENCE_SEEDS = 40
QUICK_SEEDS, QUICK_SHARE = 1, 0.1
_MOST_NAMED = 8  # levers in one message
_BETWEEN = ";"  # a file's name and its changes, in an address
_LONGEST_VALUE = 1000  # characters of a value set


@dataclass(frozen=True)
class Asked:
    """One scenario as it was named: a file, and levers changed on top."""

    file: str
    changes: Mapping[str, Any]

    @property
    def stem(self) -> str:
        """The file's own name."""
        return Path(self.file).name.removesuffix(".toml")


@dataclass(frozen=True)
class Question:
    """A study, and what its answer must say about where it came from.

    Args:
        study: what decides the figures.
        files: name of a scenario -> the file it was read from.
        ledgers: evidence files behind the scenarios.
        held: levers set by hand and so not drawn from the evidence.
    """

    study: Study
    files: dict[str, str]
    ledgers: tuple[Path, ...]
    held: tuple[str, ...]

    @property
    def as_stated(self) -> Study:
        """The study without its other structures."""
        return self.study.as_stated


def asked_from(text: str) -> Asked:
    """Read what an address holds: a file's name and changes, `london/uptake-50;diversion.uptake=0.4`.

    Raises:
        ValueError: a change is not LEVER=VALUE, or a lever is changed twice.
    """
    file, *changes = text.split(_BETWEEN)
    return Asked(file.strip(), settings(changes))


def as_text(asked: Asked) -> str:
    """Write a file's name and changes as `asked_from` reads them."""
    return _BETWEEN.join([asked.file, *(f"{lever}={as_toml(value)}" for lever, value in asked.changes.items())])


def settings(texts: Sequence[str]) -> dict[str, Any]:
    """Read LEVER=VALUE, each a change; the value is TOML, or text where it is not.

    Raises:
        ValueError: one is not LEVER=VALUE, or a lever is set twice.
    """
    changes: dict[str, Any] = {}
    for text in texts:
        lever, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not lever or not value:
            raise ValueError(f"{printable(text)!r} must be LEVER=VALUE, such as diversion.uptake=0.4.")
        if lever in changes:
            raise ValueError(f"{printable(lever)} is set twice; keep one.")
        try:
            changes[lever] = tomllib.loads(f"value = {value[:_LONGEST_VALUE]}")["value"]
        except (ValueError, RecursionError):
            changes[lever] = value
    return changes


def as_toml(value: Any) -> str:
    """Write the value of a lever as TOML on one line."""
    # in a list, every table stands on one line
    line = re.sub(r"\s*\n\s*", " ", tomli_w.dumps({"value": [[value]]})).strip()
    return line.removeprefix("value = [ [ ").removesuffix(", ], ]")


def ask(
    asked: Sequence[Asked],
    seeds: int | None = None,
    years: int = 5,
    share: float | None = None,
    evidence: bool = False,
    quick: bool = False,
    structures: bool = False,
) -> Question:
    """Read the scenarios *asked* for, the baseline first, and make a study of them with this area's structures.

    With evidence drawn the structures are left out, since each would have to be drawn too, unless they are asked for.

    Args:
        asked: files and changes.
        seeds: replications, seeds 1 to this; none takes 8, with evidence 40, for a quick look 1.
        years: to simulate.
        share: of people and courtrooms; none takes everybody, for a quick look a tenth.
        evidence: draw levers from their ranges in the evidence; what is set by hand is held.
        quick: a first look.
        structures: the structures are to be run.

    Raises:
        ScenarioError: a file cannot be used, the scenarios cannot be compared, or levers have no evidence.
        EvidenceError: a ledger cannot be used.
        ValueError: too few seeds to draw evidence.
    """
    named = dict(zip(_names(asked), asked, strict=True))
    seeds = seeds or default_seeds(evidence, quick)
    study = study_of(asked, tuple(range(1, seeds + 1)), years, share or (QUICK_SHARE if quick else 1.0))
    if evidence:
        study = replace(study, evidence={name: _ranges(one, study.scenarios[name]) for name, one in named.items()})
    if structures or not evidence:
        study = replace(study, structures=_structures(asked[0].file, study.scenarios))
    held = {lever for one in asked for lever in one.changes} if evidence else set()
    return Question(
        study, {name: str(find(one.file)) for name, one in named.items()}, _behind(asked), tuple(sorted(held))
    )


def _behind(asked: Sequence[Asked]) -> tuple[Path, ...]:
    """The ledgers of the folders that the scenarios come from."""
    paths = {path.parent / ledgers.FILE_NAME for one in asked for path in chain(one.file)}
    return tuple(sorted(path for path in paths if path.is_file()))


def study_of(asked: Sequence[Asked], seeds: tuple[int, ...], years: int, share: float) -> Study:
    """Read the scenarios *asked* for and set them beside each other as they stand.

    Raises:
        ScenarioError: a file cannot be used, or the scenarios cannot be compared.
    """
    scenarios = {name: read(one) for name, one in zip(_names(asked), asked, strict=True)}
    return Study(scenarios, seeds, years, share)


def stamped(comparison: Comparison, question: Question, command: str) -> Comparison:
    """Return *comparison* with what the *question* knows of where it came from, and the *command* that was typed."""
    hashes = {f"{path.parent.name}/{path.name}": _sha256(path) for path in question.ledgers}
    provenance = replace(
        comparison.provenance,
        sources=question.files,
        evidence=hashes,
        held=question.held,
        command=command,
        made=date.today().isoformat(),
    )
    return replace(comparison, provenance=provenance)


def default_seeds(evidence: bool, quick: bool) -> int:
    """How many replications a question has that names no number."""
    return EVIDENCE_SEEDS if evidence else QUICK_SEEDS if quick else SEEDS


def read(one: Asked) -> Scenario:
    """Read a scenario; changes on top are said in its title.

    Raises:
        ScenarioError: it cannot be used.
    """
    scenario = load(one.file, dict(one.changes))
    if not one.changes:
        return scenario
    return scenario.model_copy(update={"title": f"{one.stem} with {in_words(one.changes)} instead"})


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _names(asked: Sequence[Asked]) -> list[str]:
    """A name for each: its file's own and what is changed in it; of two alike, with the folder or a number."""
    plain = [_named(one.stem, one) for one in asked]
    if len(set(plain)) == len(plain):
        return plain
    names: list[str] = []
    for one, name in zip(asked, plain, strict=True):
        alike = {Path(other.file).parent for other, its in zip(asked, plain, strict=True) if its == name}
        name = _named(f"{Path(one.file).parent.as_posix()}/{one.stem}", one) if len(alike) > 1 else name
        names.append(f"{name} ({len(names) + 1})" if name in names else name)
    return names


def _named(stem: str, one: Asked) -> str:
    return ", ".join([stem, *(f"{lever} = {value}" for lever, value in one.changes.items())])


def in_words(changes: Mapping[str, Any]) -> str:
    """Say what is changed: `diversion.uptake = 0.4, courts.reuse = 0`."""
    return ", ".join(f"{lever} = {value}" for lever, value in changes.items())


def _structures(file: str, scenarios: Mapping[str, Scenario]) -> dict[str, dict[str, Any]]:
    """What each other structure changes, by its name; the area's own other baselines are among them."""
    if len(scenarios) < 2:
        return {}
    named = {}
    for name in NAMED_BASELINES:
        with suppress(ScenarioError):
            named[name] = load(str(Path(file).parent / name))
    baseline, first = list(scenarios.values())[:2]
    return {name: change for name, change in structures(baseline, first, named).items() if name != AS_STATED}


def _ranges(one: Asked, scenario: Scenario) -> dict[str, Range]:
    """What the ledgers of a scenario's files say its levers may be; what is set by hand is held."""
    files = chain(one.file)
    ledger = ledgers.load(files)
    missing = ledger.unmatched(scenario)
    if missing:
        few = ", ".join(missing[:_MOST_NAMED]) + (
            f" and {len(missing) - _MOST_NAMED} more" * (len(missing) > _MOST_NAMED)
        )
        fault = f"{one.file}: no evidence to draw from for {few}; give each a line in {ledgers.FILE_NAME}"
        raise ScenarioError([fault])
    found = ranges(scenario, ledger, files[-1].stem)
    return {lever: of for lever, of in found.items() if not _is_set(lever, one.changes)}


def _is_set(lever: str, changes: Mapping[str, Any]) -> bool:
    """Whether *lever*, or a table it belongs to, is among the *changes*."""
    return any(lever == name or lever.startswith(f"{name}.") or name.startswith(f"{lever}.") for name in changes)
