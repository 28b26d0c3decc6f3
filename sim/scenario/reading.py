"""Read scenarios: a file laid over its baseline, with changes on top; checked, compared and written back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel

from sim.scenario.checking import checked, merge
from sim.scenario.faults import Place, ScenarioError, shown
from sim.scenario.files import Layer, at, base_of, find, names, read
from sim.scenario.model import Scenario, levers

__all__ = [
    "ScenarioError",
    "chain",
    "change",
    "differences",
    "find",
    "is_scenario",
    "load",
    "names",
    "opened_as",
    "schema",
    "to_toml",
]

_DAY_0 = ("demand", "searches", "groups", "single_justice", "people", "police", "courts", "reoffending")
_DEEPEST = 10  # files a scenario may be made from
_MOST_PARTS = 8  # of a lever's dotted name
_THE_CHANGE = "the change"


def load(name: str | Path, changes: dict[str, Any] | None = None) -> Scenario:
    """Return the scenario *name*, laid over its baseline, with *changes* (dotted lever -> value) on top.

    Raises:
        ScenarioError: one message that lists every fault.
    """
    layers = _layers(find(name))
    return checked([*layers, _change_layer(changes)] if changes else layers)


def is_scenario(name: str) -> bool:
    """Whether *name* is that of a scenario, or looks like the path of one; it need not be sound."""
    try:
        find(name)
    except ScenarioError:
        return "/" in name or name.endswith(".toml")
    return True


def change(scenario: Scenario, changes: dict[str, Any]) -> Scenario:
    """Return a new scenario: *scenario* with *changes* (dotted lever -> value), checked as a file is.

    Raises:
        ScenarioError: one message that lists every fault.
    """
    changed = checked([Layer("the scenario", scenario.model_dump(), {}), _change_layer(changes)])
    # Parts that stay as they were are shared, so that many variants of a scenario take little room.
    same = {name: part for name, part in scenario if getattr(changed, name) == part}
    return changed.model_copy(update=same)


def chain(name: str | Path) -> list[Path]:
    """Return the files the scenario *name* is made from, the baseline first and its own file last."""
    return [layer.path for layer in _layers(find(name)) if layer.path]


def to_toml(scenario: Scenario) -> str:
    """Write every lever of *scenario* as TOML, which loads back to an equal scenario."""
    return tomli_w.dumps(scenario.model_dump(), multiline_strings=True)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario in full: each lever with its meaning, range and unit."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema()}


def differences(scenario: Scenario, baseline: Scenario) -> dict[str, tuple[Any, Any]]:
    """Return the levers in which two scenarios differ: dotted name -> (in *baseline*, in *scenario*).

    A lever that only one of them has, as in an added group or disposal, is None in the other.
    """
    before, after = ({name: _plain(value) for name, value, _ in levers(each)} for each in (baseline, scenario))
    pairs = {name: (before.get(name), after.get(name)) for name in before | after}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def opened_as(scenario: Scenario, baseline: Scenario) -> Scenario | None:
    """Return the levers by which day 0 of *scenario* is drawn when it is set against *baseline*: what had happened by
    then is the same in both, so a policy changes only what comes after.

    None where the scenario's own levers do: they are the baseline's, or its groups or disposals have other names.
    """
    day_0 = {part: getattr(baseline, part) for part in _DAY_0}
    if all(getattr(scenario, part) == value for part, value in day_0.items()):
        return None
    if (
        list(scenario.groups) != list(baseline.groups)
        or not baseline.police.disposal_mix.keys() <= scenario.disposals.keys()
    ):
        return None
    return scenario.model_copy(update=day_0)


def _layers(path: Path) -> list[Layer]:
    """Read the file at *path* and those it is based on, the baseline first."""
    layers: list[Layer] = []
    base: Path | None = path
    while base:
        layer = read(base)
        _refuse_circle(base, layers)
        base = base_of(layer)
        levers_set = {key: value for key, value in layer.values.items() if key != "based_on"}
        layers.insert(0, replace(layer, values=_plain(levers_set)))
    return layers


def _refuse_circle(path: Path, above: list[Layer]) -> None:
    if any(layer.path and layer.path.resolve() == path.resolve() for layer in above):
        trail = " -> ".join(layer.name for layer in reversed(above))
        raise ScenarioError([f"{_last_step(above)}: based_on goes round in a circle: {trail} -> {read(path).name}"])
    if len(above) >= _DEEPEST:
        raise ScenarioError([f"{_last_step(above)}: based_on: a scenario may be made from at most {_DEEPEST} files"])


def _last_step(above: list[Layer]) -> str:
    return at(above[0].name, above[0].lines.get(("based_on",)))


def _change_layer(changes: dict[str, Any]) -> Layer:
    values: dict[str, Any] = {}
    for name, value in changes.items():
        parts = str(name).split(".")
        if len(parts) > _MOST_PARTS or not all(parts):
            raise ScenarioError([f"{_THE_CHANGE}: unknown lever {shown(str(name))}"])
        nested: Any = _plain(value)
        for part in reversed(parts):
            nested = {part: nested}
        values = merge(values, nested)
    return Layer(_THE_CHANGE, values, dict.fromkeys(_places(values), 0))


def _places(values: dict[str, Any], above: Place = ()) -> Iterator[Place]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _places(value, (*above, key))


def _plain(value: Any) -> Any:
    """Reduce models, tuples and numpy numbers to what a TOML file can hold; -0.0 becomes 0."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value + 0.0 if isinstance(value, float) else value
