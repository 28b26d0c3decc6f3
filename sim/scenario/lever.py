"""Levers as they are shown: value, unit, what is allowed, and why we believe it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from sim.scenario.evidence import Ledger
from sim.scenario.model import Scenario
from sim.scenario.model import levers as walk


@dataclass(frozen=True)
class Lever:
    """One lever of a scenario.

    Args:
        name: dotted, for instance 'diversion.uptake'.
        value: in the unit; tables and lists as plain values.
        label: what it is in words.
        unit: of the value.
        low: lowest value allowed; None if there is no such bound.
        high: highest value allowed; None if there is no such bound.
        choices: names allowed, of which a list may hold several; empty for numbers.
        grade: of its evidence; None where the ledger has no line.
        source: of its evidence.
    """

    name: str
    value: Any
    label: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    grade: str | None
    source: str | None

    @property
    def allowed(self) -> str:
        """What is allowed, in words; empty where anything of its kind is."""
        bounds = ""
        if self.low is not None or self.high is not None:
            low, high = (f"{end:,.10g}" if end is not None else "any" for end in (self.low, self.high))
            bounds = f"{low} to {high}"
        return " | ".join(filter(None, (bounds, *self.choices)))


def levers(scenario: Scenario, ledger: Ledger | None = None, name: str | None = None) -> list[Lever]:
    """Return every lever of *scenario*, in the order of its file.

    Args:
        scenario: whose levers.
        ledger: where grades and sources come from; none gives neither.
        name: of the scenario's file, whose own lines of the ledger come first.
    """
    known = _known(scenario)
    return [_lever(*one, known, ledger, name) for one in walk(scenario)]


def _known(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """The names of this scenario's own that a lever may hold, by lever."""
    groups, disposals = tuple(scenario.groups), tuple(scenario.disposals)
    return {
        "diversion.offences": groups,
        "diversion.disposal": disposals,
        "single_justice.referred_to": groups,
        "courts.crown.ring_fenced": groups,
        "police.hours_saved_source": tuple(scenario.police.hours_saved),
    }


def _lever(
    dotted: str, value: Any, field: Any, known: dict[str, tuple[str, ...]], ledger: Ledger | None, name: str | None
) -> Lever:
    low, high, choices = _allowed(field)
    choices = known.get(dotted, choices)
    grade, source = _evidence(ledger, dotted, name)
    unit = field.json_schema_extra["unit"]
    return Lever(dotted, _plain(value), field.description, unit, low, high, choices, grade, source)


def _allowed(field: Any) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Lowest, highest and named values that a field may take."""
    bounds = {end: getattr(one, end) for one in field.metadata for end in ("ge", "le") if hasattr(one, end)}
    kinds = get_args(field.annotation) if get_origin(field.annotation) in (Union, UnionType) else (field.annotation,)
    choices = tuple(choice for kind in kinds for choice in _choices(kind))
    if len(kinds) > 1 and float in kinds and not bounds:
        bounds = {"ge": 0.0, "le": 1.0}  # a share, or a name
    return bounds.get("ge"), bounds.get("le"), choices


def _choices(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return {bool: ("true", "false"), date: ("a date",)}.get(kind, ())


def _evidence(ledger: Ledger | None, lever: str, name: str | None) -> tuple[str | None, str | None]:
    if ledger is None:
        return None, None
    try:
        line = ledger.line(lever, name)
    except LookupError:
        return None, None
    return line.grade, line.source


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.model_dump() if hasattr(value, "model_dump") else value
