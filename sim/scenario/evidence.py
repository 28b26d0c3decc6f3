"""The evidence ledger: the source, date, grade and range of every lever, and which levers are assumed.

A folder of scenarios keeps its ledger in `evidence.toml`: one table for each line, headed by a lever's
dotted name in quotes, or by a pattern in which `*` stands for one part of the name. The most specific line
wins: a name without `*`, then the fewest `*`, then the longest text. Lines for what one scenario file
changes stand under `[scenarios."uptake-50"."diversion.uptake"]`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from sim.scenario.model import Scenario, Sitting, Step, levers

FILE_NAME = "evidence.toml"
CHANGES = "scenarios"  # the table that holds lines for single scenario files
Grade = Literal["official statistic", "research", "secondary", "derived", "fitted", "assumed"]
_NEW = "The table is new, and its own lines are still to be written."
GRADES: tuple[str, ...] = get_args(Grade)


class EvidenceError(ValueError):
    """A ledger that cannot be used; the message names the file, the line and the way out."""


class Line(BaseModel):
    """Where one lever's value comes from and how far it could be off.

    Low and high are in the lever's unit, or factors of its value where `relative` is true.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    source: str
    address: str
    date: str
    grade: Grade
    note: str
    low: float | None = None
    high: float | None = None
    relative: bool = False

    @model_validator(mode="after")
    def _is_complete(self) -> Line:
        if not (self.source and self.date and self.note):
            raise ValueError("source, date and note must not be empty")
        if self.grade != "assumed" and not self.address:
            raise ValueError(f"a line graded {self.grade!r} needs an address")
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high, or neither")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low = {self.low:g} exceeds high = {self.high:g}")
        if self.relative and self.low is None:
            raise ValueError("relative = true needs low and high, as factors of the value")
        return self

    def range_of(self, value: Any) -> tuple[Any, Any] | None:
        """Return (low, high) for *value* in the lever's unit; None where the ledger states no range.

        A list or table of numbers and dated sitting days give two of their kind, each number times the factor.
        """
        if self.low is None or self.high is None:
            return None
        if not self.relative:
            return self.low, self.high
        return _times(value, self.low), _times(value, self.high)


@dataclass(frozen=True)
class Layer:
    """The ledger of one folder: its lines by pattern, and those of single scenario files."""

    path: Path
    lines: Mapping[str, Line]
    changes: Mapping[str, Mapping[str, Line]]
    names: tuple[str, ...] = ()

    def find(self, lever: str, scenario_name: str | None = None) -> tuple[str, Line] | None:
        """Return the pattern and line for *lever*, looking first among those of the scenario files in use."""
        names = self.names if scenario_name is None else (scenario_name, *self.names)
        for lines in (*(self.changes.get(name, {}) for name in names), self.lines):
            pattern = best_pattern(lines, lever)
            if pattern is not None:
                return pattern, lines[pattern]
        return None


@dataclass(frozen=True)
class Ledger:
    """The ledgers of the folders a scenario builds on, nearest first; the nearest that knows a lever wins.

    Args:
        layers: of each folder.
        tables: dotted names of the tables that the baselines of these folders state. A pattern speaks for them; for a
            table of somebody's own, such as a new disposal, it gives no more than an assumption. None speaks for all.
    """

    layers: tuple[Layer, ...]
    tables: frozenset[str] | None = None

    def line(self, lever: str, scenario_name: str | None = None) -> Line:
        """Return the line for *lever*, as changed by the scenario file *scenario_name* if one is named.

        Raises:
            LookupError: no line of the ledger matches.
        """
        for layer in self.layers:
            found = layer.find(lever, scenario_name)
            if found is not None:
                return self._for_table(lever, *found)
        raise LookupError(f"no evidence for {lever!r} in {', '.join(str(layer.path) for layer in self.layers)}")

    def _for_table(self, lever: str, pattern: str, line: Line) -> Line:
        """The line itself; an assumption where its pattern was written before the lever's table was thought of."""
        table = lever.rpartition(".")[0]
        if "*" not in pattern or self.tables is None or table in self.tables:
            return line
        return line.model_copy(update={"grade": "assumed", "source": "No source stated", "address": "", "note": _NEW})

    def lines(self, scenario: Scenario, scenario_name: str | None = None) -> dict[str, Line]:
        """Return the line of every lever: low and high in its unit, within its bounds, if it is a plain number.

        For a list of numbers low and high stay factors of its entries, and `relative` stays true.

        Raises:
            LookupError: no line matches one of the levers.
        """
        return {
            name: _resolved(self.line(name, scenario_name), value, field) for name, value, field in levers(scenario)
        }

    def unmatched(self, scenario: Scenario) -> list[str]:
        """Return the levers that no line matches."""
        return [name for name, _, _ in levers(scenario) if all(layer.find(name) is None for layer in self.layers)]

    def left_over(self, scenario: Scenario) -> list[str]:
        """Return the patterns that serve no lever of *scenario*: misspelt, or always beaten by another line."""
        names = [name for name, _, _ in levers(scenario)]
        unused = [
            f"{where}{pattern}"
            for layer in self.layers
            for where, lines in _tables(layer)
            for pattern in lines.keys() - {best_pattern(lines, name) for name in names}
        ]
        return sorted(set(unused))

    def assumed(self, scenario: Scenario, scenario_name: str | None = None) -> list[str]:
        """Return the levers whose value is an assumption."""
        return [name for name, line in self.lines(scenario, scenario_name).items() if line.grade == "assumed"]

    def outside(self, scenario: Scenario, scenario_name: str | None = None) -> list[str]:
        """Return the numeric levers whose value lies outside the range of their own line."""
        lines = self.lines(scenario, scenario_name)
        return [name for name, value, _ in levers(scenario) if _is_number(value) and not _holds(lines[name], value)]


def load(paths: str | Path | Iterable[str | Path]) -> Ledger:
    """Read the ledger of an area's folder, or of the files a scenario is made from, the baseline first.

    Each path is a folder, an evidence file or a scenario file, which stands for its folder. What comes
    later lies over what comes before. A folder without a ledger is passed over if another one has it.

    Raises:
        EvidenceError: no ledger was found, or one has faults; the message lists every fault.
    """
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    names: dict[Path, list[str]] = {}
    for path in reversed(given):
        names.setdefault(_ledger_of(path).resolve(), []).extend(_scenario_names(path))
    found = tuple(read(path, tuple(stems)) for path, stems in names.items() if path.is_file())
    if not found:
        raise EvidenceError(f"no evidence ledger: expected {' or '.join(str(path) for path in names)}")
    return Ledger(found, _tables_of_baselines([path.parent for path in names]))


def _tables_of_baselines(folders: Iterable[Path]) -> frozenset[str] | None:
    """Dotted names of the tables in the baselines beside some ledgers; None where there is no readable baseline."""
    baselines = [folder / "baseline.toml" for folder in folders]
    try:
        stated = [tomllib.loads(path.read_text(encoding="utf-8")) for path in baselines if path.is_file()]
    except (OSError, ValueError):
        return None
    return frozenset(name for tables in stated for name in _table_names(tables)) if stated else None


def _table_names(tables: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield f"{above}{name}"
            yield from _table_names(value, f"{above}{name}.")


def read(path: Path, names: tuple[str, ...] = ()) -> Layer:
    """Read one ledger file; *names* are the scenario files in use beside it.

    Raises:
        EvidenceError: the file has faults; the message lists every fault.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvidenceError(f"{path}: cannot be read as TOML: {error}") from error
    faults: list[str] = []
    changed = tables.pop(CHANGES, {})
    lines = _lines(tables, faults)
    if not isinstance(changed, dict) or not all(isinstance(table, dict) for table in changed.values()):
        raise EvidenceError(f'{path}: {CHANGES} must hold tables headed [{CHANGES}."FILE NAME"."LEVER"]')
    changes = {name: _lines(table, faults, f"{name}: ") for name, table in changed.items()}
    if faults:
        raise EvidenceError("\n".join(f"{path}: {fault}" for fault in faults))
    return Layer(path, lines, changes, names)


def best_pattern(patterns: Collection[str], lever: str) -> str | None:
    """Return the most specific of *patterns* that matches *lever*; the first of equals; None if none does."""
    if lever in patterns:
        return lever
    matching = [pattern for pattern in patterns if "*" in pattern and _shape(pattern).fullmatch(lever)]
    return min(matching, key=lambda pattern: (pattern.count("*"), -len(pattern)), default=None)


@lru_cache(maxsize=4096)
def _shape(pattern: str) -> re.Pattern[str]:
    """What a pattern with stars matches: each stands for a part of a name, or for some of it."""
    return re.compile(re.escape(pattern).replace(r"\*", r"[^.]*"))


def _ledger_of(path: Path) -> Path:
    if path.is_dir():
        return path / FILE_NAME
    return path if path.name == FILE_NAME else path.parent / FILE_NAME


def _scenario_names(path: Path) -> list[str]:
    return [] if path.is_dir() or path.name == FILE_NAME else [path.stem]


def _lines(tables: Mapping[str, Any], faults: list[str], where: str = "") -> dict[str, Line]:
    lines = {}
    for pattern, fields in tables.items():
        try:
            lines[pattern] = Line.model_validate(fields)
        except ValidationError as error:
            faults.extend(f"{where}[{pattern!r}]: {fault}" for fault in _faults(fields, error))
    return lines


def _faults(fields: Any, error: ValidationError) -> Iterator[str]:
    if not isinstance(fields, dict) or any(isinstance(value, dict) for value in fields.values()):
        yield 'not a line; put the whole lever name in quotes, as in ["police.teams"]'
        return
    for fault in error.errors():
        yield _fault(str(fault["loc"][0]) if fault["loc"] else "", fault)


def _fault(name: str, fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Line.model_fields, 1)
        return f"unknown field {name!r}" + (f"; did you mean {near[0]!r}?" if near else f"; known: {_known()}")
    if fault["type"] == "missing":
        return f"{name} is missing"
    if name == "grade":
        return f"unknown grade {fault['input']!r}; known: {', '.join(GRADES)}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name} = {fault['input']!r}: {message}" if name else message


def _known() -> str:
    return ", ".join(Line.model_fields)


def _tables(layer: Layer) -> Iterator[tuple[str, Mapping[str, Line]]]:
    yield "", layer.lines
    for name, lines in layer.changes.items():
        yield f"{name}: ", lines


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_times(item, factor) for item in value]
    if isinstance(value, dict):
        return {name: _times(item, factor) for name, item in value.items()}
    if isinstance(value, Sitting | Step):
        return (value.days if isinstance(value, Sitting) else value.value) * factor
    return value * factor


def _resolved(line: Line, value: Any, field: Any) -> Line:
    bounds = line.range_of(value) if _is_number(value) else None
    if bounds is None:
        return line
    lowest = next((bound.ge for bound in field.metadata if hasattr(bound, "ge")), float("-inf"))
    highest = next((bound.le for bound in field.metadata if hasattr(bound, "le")), float("inf"))
    low, high = (min(max(bound, lowest), highest) for bound in bounds)
    return line.model_copy(update={"low": low, "high": high, "relative": False})


def _holds(line: Line, value: float) -> bool:
    return line.low is None or line.high is None or line.low <= value <= line.high
