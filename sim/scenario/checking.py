"""Check what files and changes set, laid over one another: every fault at once, with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sim.scenario.faults import (
    Place,
    ScenarioError,
    dotted,
    misfit,
    named_characters,
    nearest,
    need_of,
    shown,
    takes_several,
    unknown,
    unprintable,
)
from sim.scenario.files import Layer, at
from sim.scenario.model import Scenario

_ROUNDS = 20
_MOST_MENDED = 500  # faults at once; with more, the file is not a scenario
_MOST_SUGGESTIONS = 20  # finding the nearest name takes time
_LONGEST_TITLE = 200
_LONGEST_TEXT = 4000
# Tables whose entries are named by whoever writes the file.
_NAMED: tuple[Place, ...] = (
    ("groups",),
    ("disposals",),
    ("people",),
    ("police", "hours_saved"),
    ("police", "disposal_mix"),
    ("costs", "deflators"),
    ("costs", "price_years"),
)


def checked(layers: list[Layer]) -> Scenario:
    """Return the scenario that *layers* make, the lowest first.

    Raises:
        ScenarioError: one message that lists every fault.
    """
    values: dict[str, Any] = {}
    for layer in layers:
        values = merge(values, layer.values)
    faults = [fault for layer in layers for fault in _text_faults(layer)]
    if not faults:
        with suppress(ValidationError):
            return Scenario.model_validate(values)
    faults += _model_faults(values, layers)
    placed = sorted((_position(fault, layers), number) for number, fault in enumerate(faults))
    lines = [_line(faults[number], position, layers) for position, number in placed]
    raise ScenarioError(list(dict.fromkeys(lines)))


def merge(below: dict[str, Any], above: dict[str, Any], place: Place = ()) -> dict[str, Any]:
    """Lay *above* over *below* key by key; a lever whose value is itself a list or a mix is replaced whole."""
    merged = dict(below)
    for key, value in above.items():
        here, old = (*place, key), merged.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and not _is_lever(here):
            merged[key] = merge(old, value, here)
        else:
            merged[key] = value
    return merged


@dataclass(frozen=True)
class _Fault:
    """What is wrong, in words, and the levers it concerns, the one it is reported against first."""

    words: str
    levers: tuple[Place, ...]


def _text_faults(layer: Layer) -> Iterator[_Fault]:
    """What is not safe to print, or too long to: texts, and the names of groups and disposals."""
    for table in _NAMED:
        given: Any = layer.values
        for part in table:
            given = given.get(part) if isinstance(given, dict) else None
        for name in given if isinstance(given, dict) else ():
            if not re.fullmatch(r"[a-z0-9_]{1,60}", name):
                words = f"{dotted(table)}: {shown(name)} must be 1 to 60 of the characters a to z, 0 to 9 and _"
                yield _Fault(words, ((*table, name),))
    for place, text in _texts(layer.values):
        most = _LONGEST_TITLE if place == ("title",) else _LONGEST_TEXT
        if odd := unprintable(text, lines=place == ("about",)):
            yield _wrong(place, text, f"holds {named_characters(odd[:3])}")
        elif _takes_text(place) and not 0 < len(text.strip()) <= most:
            yield _wrong(place, text, f"needs 1 to {most:,} characters; it has {len(text):,}")


def _takes_text(place: Place) -> bool:
    need = need_of(place)
    return need is not None and need.kind is str


def _wrong(place: Place, value: Any, words: str) -> _Fault:
    return _Fault(f"{dotted(place)} = {shown(value)}: {words}", (place,))


def _texts(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(item, (*place, key))


def _model_faults(values: dict[str, Any], layers: list[Layer]) -> list[_Fault]:
    """Return everything the models refuse.

    A table is checked as a whole only once each of its levers is sound, so faulty levers are set back to
    the baseline and the rest is checked again; what then fails because of a lever set back is not said.
    """
    spare = layers[0].values if len(layers) > 1 else {}
    values = deepcopy(values)
    found: list[_Fault] = []
    mended: set[Place] = set()
    for _ in range(_ROUNDS):
        faults = list(_validation_faults(values, alone=not spare))
        found += [fault for fault in faults if not mended or mended.isdisjoint(map(_lever, fault.levers))]
        if not spare or len(faults) > _MOST_MENDED:
            break
        faulty = {_lever(place) for fault in faults for place in fault.levers}
        if faulty <= mended:
            break
        for place in faulty:
            _set_back(values, spare, place)
        mended |= faulty
    return found


def _validation_faults(values: dict[str, Any], alone: bool) -> Iterator[_Fault]:
    try:
        Scenario.model_validate(values)
        return
    except ValidationError as error:
        problems = error.errors(include_url=False)
    missing: dict[Place, list[Place]] = {}
    strangers, refused = 0, set[Place]()
    for problem in problems:
        place, given = _of_lever(problem["loc"]), problem["input"]
        if place != problem["loc"]:  # refused once as each kind of value the lever could take
            if place not in refused:
                yield _wrong(place, given, misfit(place, given))
            refused.add(place)
            continue
        if problem["type"] == "missing":
            missing.setdefault(place[:-1], []).append(place)
        elif problem["type"] == "extra_forbidden":
            strangers += 1
            yield _Fault(unknown(place, given, suggest=strangers <= _MOST_SUGGESTIONS), (place,))
        elif problem["type"] == "value_error":
            yield from _rule_faults(place, given, str(problem["ctx"]["error"]), values)
        else:
            yield _wrong(place, given, misfit(place, given))
    for table, places in missing.items():
        hint = '; based_on = "baseline" supplies them' if alone else ""
        yield _Fault(_missing(table, places) + hint, (table or places[0],))


def _of_lever(place: Place) -> Place:
    """Cut off what the checker adds to the place of a lever that takes values of several kinds."""
    return next((place[:end] for end in range(1, len(place)) if takes_several(place[:end])), place)


def _missing(table: Place, places: list[Place]) -> str:
    if len(places) == 1:
        return f"missing lever '{dotted(places[0])}'"
    listed = ", ".join(str(place[-1]) for place in places[:30])
    more = f" and {len(places) - 30} more" if len(places) > 30 else ""
    return f"missing levers{f' of {dotted(table)!r}' if table else ''}: {listed}{more}"


def _rule_faults(place: Place, given: Any, message: str, values: dict[str, Any]) -> Iterator[_Fault]:
    """Say which rule of a lever or table is broken, and find the levers its message names."""
    if _is_lever(place):
        yield _wrong(place, given, message)
    elif name := re.match(r"([a-z_.]+): no such name .*; known: (.*)", message, re.DOTALL):
        yield from _name_faults(tuple(name[1].split(".")), name[2].split(", "), values)
    else:
        named = [word.split(".") for word in re.findall(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*", message)]
        concerned = [full for words in named for full in ((*place, *words), tuple(words)) if _is_lever(full)]
        starts_with_lever = bool(concerned) and message.startswith(str(concerned[0][-1]))
        joint = "" if not place else "." if starts_with_lever else ": "
        words = f"{dotted(place)}{joint}{message}"
        yield _Fault(words, tuple(dict.fromkeys(concerned)) or (place,))


def _name_faults(place: Place, known: list[str], values: Any) -> Iterator[_Fault]:
    """One fault for each name at *place* that is not among those *known*."""
    for part in place:
        values = values[part]
    strange = [name for name in ([values] if isinstance(values, str) else values) if name not in known]
    for number, name in enumerate(strange):
        hint = (nearest(name, known) if number < _MOST_SUGGESTIONS else "") or f"; known: {', '.join(known[:20])}"
        yield _Fault(f"{dotted(place)}: no such name {shown(name)}{hint}", (place,))


def _lever(place: Place) -> Place:
    """Return the lever that *place* is, or lies in: an entry of a list or of a mix is not mended alone."""
    return next((place[:end] for end in range(1, len(place) + 1) if _is_lever(place[:end])), place)


def _is_lever(place: Place) -> bool:
    need = need_of(place)
    return need is not None and bool(need.unit)


def _set_back(values: Any, spare: Any, place: Place) -> None:
    """Give *place* its value in *spare*, or that of another group or disposal, or remove it."""
    for depth, part in enumerate(place):
        stand_in = next(iter(spare.values()), None) if depth == 1 and (place[0],) in _NAMED else None
        spare = spare.get(part, stand_in) if isinstance(spare, dict) else None
        if not isinstance(values, dict):
            return
        if part in values and depth < len(place) - 1:
            values = values[part]
        elif spare is None:
            values.pop(part, None)
            return
        else:
            values[part] = deepcopy(spare)
            return


def _position(fault: _Fault, layers: list[Layer]) -> tuple[int, int]:
    """Return how far below the top lies the layer that set a lever at fault, or its table, and the line."""
    for end in range(len(fault.levers[0]), 0, -1):
        found = [spot for place in fault.levers if (spot := _spot(place[:end], layers))]
        if found:
            return min(found, key=lambda spot: spot[0])
    return 0, 0


def _spot(place: Place, layers: list[Layer]) -> tuple[int, int] | None:
    """Return where *place* is set; not below a layer that replaces the whole lever it lies in."""
    for depth, layer in enumerate(reversed(layers)):
        if place in layer.lines:
            return depth, layer.lines[place]
        if _lever(place) in layer.lines:
            return None
    return None


def _line(fault: _Fault, position: tuple[int, int], layers: list[Layer]) -> str:
    """Write *fault* with its file and line, and where else the other levers it concerns are set."""
    words = f"{_at(position, layers)}: {fault.words}"
    for place in fault.levers if len(fault.levers) > 1 else ():
        spot = _spot(place, layers)
        if spot and spot != position:
            words += f"; {place[-1]} is set at {_at(spot, layers)}"
    return words


def _at(spot: tuple[int, int], layers: list[Layer]) -> str:
    return at(layers[-1 - spot[0]].name, spot[1])
