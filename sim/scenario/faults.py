"""What to say about a fault in a scenario: what the lever needs, the value as given, the nearest name."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from sim.scenario.model import Scenario

Place = tuple[str | int, ...]  # the way to a value: table names, the lever, and the entry in a list

_MOST_SHOWN = 20
_LARGEST = sys.float_info.max
_LONGEST_VALUE = 60
_UNPRINTABLE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}  # control, bidi and invisible characters, and no characters
_NUMBER = re.compile(r"([£$]?)\s*([+-]?[0-9][0-9_]*(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?)\s*(.*)", re.DOTALL)
_SELF_EVIDENT = {"", "name", "names", "yes or no", "date"}  # units that a sentence need not repeat


class ScenarioError(ValueError):
    """A scenario that cannot be used; `faults` holds one line for everything that is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        more = len(self.faults) - _MOST_SHOWN
        return "\n".join(self.faults[:_MOST_SHOWN] + ([f"... and {more} more"] if more > 0 else []))


@dataclass(frozen=True)
class Need:
    """What a lever takes: its type, its range where it has one, and its unit."""

    kind: Any
    low: float | None = None
    high: float | None = None
    unit: str = ""


@lru_cache(maxsize=8192)
def need_of(place: Place) -> Need | None:
    """Return what the model takes at *place*; None when there is no such lever or table."""
    need = Need(Scenario)
    for part in place:
        if is_table(need.kind):
            field = need.kind.model_fields.get(part)
            if field is None:
                return None
            unit = (field.json_schema_extra or {}).get("unit", need.unit)
            need = Need(field.annotation, _bound(field, "ge"), _bound(field, "le"), unit)
        elif get_origin(need.kind) in (list, dict):
            need = Need(get_args(need.kind)[-1], unit=need.unit)
        else:
            return None
    return need


def _bound(field: Any, end: str) -> float | None:
    return next((getattr(each, end) for each in field.metadata if hasattr(each, end)), None)


def is_table(kind: Any) -> bool:
    """Whether *kind* is a table of levers with fixed names."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def dotted(place: Place) -> str:
    """Write *place* as people do: `diversion.uptake`, and `people.ethnicity, entry 2` inside a list."""
    parts = (f", entry {part + 1}, " if isinstance(part, int) else f".{_key(part)}" for part in place)
    return "".join(parts).replace(", .", ", ").removeprefix(".").removesuffix(", ")


def _key(part: str) -> str:
    return part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else shown(part)


def shown(value: Any) -> str:
    """Write *value* as a scenario file would, in at most 60 printable characters."""
    text = _written(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def printable(text: str) -> str:
    """Escape the characters of *text* that could upset a terminal or mislead a reader."""
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _UNPRINTABLE else c for c in text)


def named_characters(characters: Iterable[str]) -> str:
    """Name characters by code point: `'а' (U+0430 CYRILLIC SMALL LETTER A)`."""
    each = dict.fromkeys(characters)
    return ", ".join(f"'{printable(c)}' (U+{ord(c):04X} {unicodedata.name(c, 'control character')})" for c in each)


def unprintable(text: str, lines: bool = False) -> list[str]:
    """Return the characters of *text* that must not be printed; line ends and tabs may be where *lines* are."""
    return [c for c in text if unicodedata.category(c) in _UNPRINTABLE and not (lines and c in "\n\t")]


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which of *known* was probably meant by *name*: `; did you mean 'diversion'?`, or nothing."""
    close = get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)
    return _did_you_mean(close)


def misfit(place: Place, value: Any) -> str:
    """Say what the lever at *place* needs, given that *value* is not it, and what may have been meant."""
    need = need_of(place) or Need(Any)
    meant = _meant(need, value)
    return _wanted(need, value) + _unit_inside(need, value) + (f"; did you mean {meant}?" if meant else "")


def unknown(place: Place, value: Any, suggest: bool = True) -> str:
    """Say that there is no lever or table at *place*, and which there is."""
    words = f"unknown {'table' if isinstance(value, dict) else 'lever'} '{dotted(place)}'"
    odd = [c for c in str(place[-1]) if not c.isascii()]
    if odd:
        words += f", which holds {named_characters(odd)}"
    meant = [name for name in _candidates(place) if name != dotted(place)] if suggest else []
    return words + _did_you_mean(meant)


def _written(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + printable(value[:_LONGEST_VALUE]).replace('"', '\\"') + '"'
        case list() | tuple():
            return "[" + ", ".join(_written(item) for item in value[:_LONGEST_VALUE]) + "]"
        case dict():
            items = list(value.items())[:_LONGEST_VALUE]
            return "{" + ", ".join(f"{printable(str(key))} = {_written(item)}" for key, item in items) + "}"
        case int() if abs(value) >= 10**_LONGEST_VALUE:
            return f"a number of more than {_LONGEST_VALUE} digits"
    return printable(str(value))


def takes_several(place: Place) -> bool:
    """Whether the lever at *place* takes values of several kinds, such as a date or a name."""
    need = need_of(place)
    return need is not None and _is_union(need.kind)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _wanted(need: Need, value: Any) -> str:
    if _is_union(need.kind):
        wanted = [_wanted(replace(need, kind=kind), value) for kind in get_args(need.kind)]
        return ", or ".join(one.removeprefix("needs ") if number else one for number, one in enumerate(wanted))
    if get_origin(need.kind) is Literal:
        return f"needs one of: {', '.join(get_args(need.kind))}"
    if need.kind in (int, float):
        return _number_wanted(need, value)
    if need.kind is bool:
        return "needs true or false"
    if need.kind is date:
        return "needs a date such as 2026-04-01, without quotes"
    if need.kind is str:
        return "needs text in quotes"
    if get_origin(need.kind) is list:
        return f"needs a list of {_listed(get_args(need.kind)[0])}{_in_unit(need)}"
    return f"needs a table{_in_unit(need)}"


def _number_wanted(need: Need, value: Any) -> str:
    whole = "whole " if need.kind is int else ""
    in_kind = _is_number(value) and isinstance(value, int | need.kind)
    if need.low is not None and need.high is not None:
        span = f"between {need.low:,.10g} and {need.high:,.10g}"
        return (f"must lie {span}" if in_kind else f"needs a {whole}number {span}") + _in_unit(need)
    return f"needs a {whole}number{_in_unit(need)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _listed(kind: Any) -> str:
    if is_table(kind):
        return "entries {" + ", ".join(f"{name} = ..." for name in kind.model_fields) + "}"
    return {str: "names in quotes", float: "numbers"}.get(kind, "values")


def _in_unit(need: Need) -> str:
    return "" if need.unit in _SELF_EVIDENT else f" ({need.unit})"


def _unit_inside(need: Need, value: Any) -> str:
    """A value such as "12 months" is refused with the lever's own unit, never converted in silence."""
    parts = _number_and_unit(value) if need.kind in (int, float) else None
    if not parts or parts[1] in ("", "%"):
        return ""
    return f"; write the number alone{f', in {need.unit}' if need.unit else ''}"


def _number_and_unit(value: Any) -> tuple[float, str] | None:
    """Split `30 %` into (30.0, '%') and `1,5` into (1.5, ''); None when no number leads."""
    found = _NUMBER.fullmatch(value.strip()[:_LONGEST_VALUE]) if isinstance(value, str) else None
    if not found:
        return None
    sign, digits, unit = found.groups()
    thousands = re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+", digits)
    try:
        return float(digits.replace(",", "" if thousands else ".")), sign + unit
    except ValueError:
        return None


def _meant(need: Need, value: Any) -> str:
    """Return what was probably meant, written as a file would; '' when it cannot be told."""
    if isinstance(value, list) and len(value) == 1 and need.kind in (int, float, bool, str, date):
        value = value[0]
    if _is_union(need.kind):
        return next(filter(None, (_meant(replace(need, kind=kind), value) for kind in get_args(need.kind))), "")
    if get_origin(need.kind) is Literal:
        close = get_close_matches(_brief(value).lower(), get_args(need.kind), n=1)
        return f"'{close[0]}'" if close else ""
    if need.kind in (int, float):
        return _number_meant(need, value)
    if need.kind is bool:
        answers = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
        return answers.get(_brief(value).lower(), "")
    if need.kind is date:
        return _date_meant(value)
    if need.kind is str:
        return shown(value) if isinstance(value, str) and value else ""
    return f"[{shown(value)}]" if isinstance(value, str) and need.kind == list[str] else ""


def _brief(value: Any) -> str:
    return value.strip()[:_LONGEST_VALUE] if isinstance(value, str) else shown(value)


def _number_meant(need: Need, value: Any) -> str:
    number, unit = _number_and_unit(value) or (value, "")
    if not _is_number(number) or unit not in ("", "%"):
        return ""
    is_share = need.high is not None and need.high <= 1 and "share" in need.unit
    if is_share and (unit == "%" or (1 < number <= 100 and "," not in str(value))):
        return _if_within(need, number / 100, f"{number / 100:.2f}" if number == int(number) else f"{number / 100:.6g}")
    if unit == "%" or (need.kind is int and number != int(number)):
        return ""
    return _if_within(need, number, f"{number:.15g}")


def _if_within(need: Need, number: float, text: str) -> str:
    above = need.low is None or number >= need.low
    return text if above and (need.high is None or number <= need.high) else ""


def _date_meant(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(_brief(value), form).date().isoformat()
        except ValueError:
            continue
    return ""


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {' or '.join(repr(name) for name in names)}?" if names else ""


def _candidates(place: Place) -> list[str]:
    """The names *place* may stand for: one beside it, the same one elsewhere, or a similar one."""
    table, leaf = place[:-1], str(place[-1]).strip().lower().replace("-", "_").replace(" ", "_")
    need = need_of(table)
    beside = [*need.kind.model_fields, *([] if table else ["based_on"])] if need and is_table(need.kind) else []
    if not table and leaf in every_name():
        return [leaf]
    if leaf in beside:
        return [dotted((*table, leaf))]
    elsewhere = [name for name in every_name() if name.rpartition(".")[2] == leaf]
    if elsewhere:
        return elsewhere[:3]
    if close := get_close_matches(leaf, beside, n=1):
        return [dotted((*table, close[0]))]
    leaves = {name.rpartition(".")[2]: name for name in every_name()}
    return [leaves[name] for name in get_close_matches(leaf, leaves, n=1, cutoff=0.75)]


@cache
def every_name() -> tuple[str, ...]:
    """Return the dotted name of every table and lever; NAME stands for that of a group or disposal."""
    return tuple(_names_in(Scenario))


def _names_in(kind: Any, prefix: str = "") -> Iterator[str]:
    for name, field in kind.model_fields.items():
        yield prefix + name
        inner = get_args(field.annotation)[-1] if get_origin(field.annotation) is dict else field.annotation
        if is_table(inner):
            yield from _names_in(inner, f"{prefix}{name}." + ("NAME." if inner is not field.annotation else ""))
