"""Plan files: which levers to vary, over what, and the points of the design that does it.

A plan is a TOML file of a few lines. `[levers]` change the scenarios only, as a policy does; `[world]` changes the
baseline and the scenarios alike, as a state of the world would.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.base import luck
from sim.measures.registry import MEASURES, headlines
from sim.scenario.faults import ScenarioError, nearest, printable, shown
from sim.scenario.files import Layer, at, find, plans
from sim.scenario.files import read as read_file
from sim.scenario.model import Scenario, levers
from sim.scenario.reading import change, load
from sim.study.question import in_words
from sim.study.study import Study, check_comparable

DESIGNS = ("grid", "one-at-a-time", "latin-hypercube", "sobol")
_RANDOM = ("latin-hypercube", "sobol")  # designs that need a number of points
MOST_POINTS, MOST_SEEDS = 100_000, 10_000
_BOUNDS = {"points": (2, MOST_POINTS), "steps": (2, 1_000), "seeds": (1, MOST_SEEDS), "years": (1, 20)}
_KEYS = ("title", "baseline", "scenarios", "design", *_BOUNDS, "share", "measures", "levers", "world")

Point = Mapping[str, Any]  # lever -> value


@dataclass(frozen=True)
class Span:
    """A range of a lever's values."""

    low: float
    high: float


@dataclass(frozen=True)
class Plan:
    """What to vary and how.

    Args:
        name: of its file, without the ending.
        scenarios: by name; the first is the baseline.
        levers: of the scenarios only: values to take, or a range.
        world: the same, of the baseline and the scenarios alike.
        design: one of DESIGNS.
        points: how many, in a design that draws them.
        steps: into how many values a range is cut, in one that does not.
        seeds: replications of each point, seeds 1 to this.
        years: to simulate.
        share: fraction of people and courtrooms.
        measures: names of those to keep.
        title: in words.
    """

    name: str
    scenarios: Mapping[str, Scenario]
    levers: Mapping[str, tuple[Any, ...] | Span]
    world: Mapping[str, tuple[Any, ...] | Span] = field(default_factory=dict)
    design: str = "grid"
    points: int = 64
    steps: int = 5
    seeds: int = 8
    years: int = 5
    share: float = 1.0
    measures: tuple[str, ...] = ()
    title: str = ""

    @property
    def varied(self) -> dict[str, tuple[Any, ...] | Span]:
        """Everything that is varied, by lever."""
        return {**self.world, **self.levers}

    @property
    def is_against(self) -> bool:
        """Whether each point sets scenarios against the baseline: without, there are levels and no differences."""
        return bool(self.levers) or len(self.scenarios) > 1


def read(name: str | Path) -> Plan:
    """Read the plan *name*: a path, or a name among the scenarios such as london/sweeps/uptake.

    Raises:
        ScenarioError: one message that lists every fault of the plan.
    """
    try:
        path = find(name)
    except ScenarioError:
        known = f"no plan {shown(str(name))}{nearest(str(name), plans())}"
        raise ScenarioError([known]) from None
    return checked(read_file(path))


def checked(layer: Layer) -> Plan:
    """Return the plan that a file, or a table of its values, sets.

    Raises:
        ScenarioError: one message that lists every fault of the plan.
    """
    path = layer.path or Path(layer.name)
    faults: list[str] = []

    def fault(key: str, words: str) -> None:
        faults.append(f"{at(layer.name, layer.lines.get(tuple(key.split('.'))))}: {key}: {words}")

    if "based_on" in layer.values or {"demand", "courts", "diversion"} & layer.values.keys():
        raise ScenarioError([f"{layer.name}: is a scenario and no plan of a sweep; `sliproad compare` takes it"])
    values = _plain_values(layer.values, fault)
    scenarios = _scenarios(values, path, fault)
    plan = {key: values[key] for key in ("title", "design", *_BOUNDS, "share", "measures") if key in values}
    for table in ("levers", "world"):
        plan[table] = _varied(values.get(table, {}), table, scenarios, fault)
    if not faults:
        if not plan["levers"] and not plan["world"]:
            fault("levers", "names nothing to vary; give each lever a list of values or { low = ..., high = ... }")
        _refuse_mismatch(plan, fault)
    if faults:
        raise ScenarioError(faults)
    plan["measures"] = tuple(plan.get("measures", headlines()))
    return Plan(path.stem, scenarios, **plan)


def points(plan: Plan) -> list[Point]:
    """Return the points of the plan's design, in order: each a value for every lever that is varied.

    A range in a grid, or taken one at a time, is cut into steps with both ends.

    Raises:
        ScenarioError: there would be too many.
    """
    names = list(plan.varied)
    if plan.design in _RANDOM:
        return [dict(zip(names, row, strict=True)) for row in _drawn(plan)]
    values = [_cut(plan, name) for name in names]
    lengths = [len(one) for one in values]
    number = sum(lengths) if plan.design == "one-at-a-time" else math.prod(lengths)
    if number > MOST_POINTS:
        raise ScenarioError([f"{plan.name}: {number:,} points are more than {MOST_POINTS:,}; vary less or draw points"])
    if plan.design == "one-at-a-time":
        return [{name: value} for name, of in zip(names, values, strict=True) for value in of]
    return [dict(zip(names, row, strict=True)) for row in itertools.product(*values)]


def study_at(plan: Plan, point: Point, seeds: int | None = None) -> Study:
    """Return the study of one *point*: the baseline and the scenarios with its levers, under so many *seeds*.

    Raises:
        ScenarioError: the rules of a scenario refuse the point.
    """
    world = {name: value for name, value in point.items() if name in plan.world}
    policy = {name: value for name, value in point.items() if name in plan.levers}
    (baseline, first), *others = plan.scenarios.items()
    changed = {baseline: change(first, world) if world else first}
    for name, scenario in others or [(baseline, first)]:
        own = name if others else f"{baseline}, {in_words(policy)}"
        changed[own] = change(scenario, {**world, **policy})
    return Study(changed, tuple(range(1, (seeds or plan.seeds) + 1)), plan.years, plan.share)


def latin_hypercube(points: int, names: Sequence[str]) -> np.ndarray:
    """Return points that take each stratum of every name once: array (points, names), between 0 and 1.

    Each name has luck of its own, so another one moves nothing.
    """
    nth = np.arange(points, dtype=np.uint64)
    columns = []
    for name in names:
        keys = luck.key(luck.key_of_name(name), nth)
        ranks = np.argsort(luck.uniform(keys, "evidence"), kind="stable")
        columns.append((ranks + luck.uniform(keys, "evidence", 1)) / points)
    return np.stack(columns, axis=1)


def scaled(plan: Plan, rows: np.ndarray) -> list[Point]:
    """Return the points at *rows*, array (points, levers) between 0 and 1 of each lever's range.

    Raises:
        ScenarioError: a lever has values and no range.
    """
    listed = [name for name, of in plan.varied.items() if not isinstance(of, Span)]
    if listed:
        raise ScenarioError([f"{plan.name}: {listed[0]}: needs a range {{ low = ..., high = ... }} and not values"])
    columns = {
        name: _within(plan, name, of, rows[:, n])
        for n, (name, of) in enumerate(plan.varied.items())
        if isinstance(of, Span)
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _within(plan: Plan, name: str, span: Span, parts: np.ndarray) -> list[float | int]:
    """The values of a lever at *parts* of its range, between 0 and 1."""
    values = span.low + (span.high - span.low) * parts
    if _is_whole(plan.scenarios, name):
        return [round(value) for value in values.tolist()]
    return [round(value, 12) for value in values.tolist()]


def _cut(plan: Plan, name: str) -> list[Any]:
    of = plan.varied[name]
    if not isinstance(of, Span):
        return list(of)
    return list(dict.fromkeys(_within(plan, name, of, np.linspace(0, 1, plan.steps))))


def _drawn(plan: Plan) -> list[list[Any]]:
    """Points drawn by the design, row by row; a listed lever takes its values evenly."""
    parts = _sobol(plan) if plan.design == "sobol" else latin_hypercube(plan.points, list(plan.varied))
    columns = []
    for (name, of), column in zip(plan.varied.items(), parts.T, strict=True):
        if isinstance(of, Span):
            columns.append(_within(plan, name, of, column))
        else:
            columns.append([of[min(int(part * len(of)), len(of) - 1)] for part in column])
    return [list(row) for row in zip(*columns, strict=True)]


def _sobol(plan: Plan) -> np.ndarray:
    """A Sobol sequence: array (points, levers), between 0 and 1."""
    from scipy.stats import qmc

    return qmc.Sobol(len(plan.varied), scramble=False).random_base2(plan.points.bit_length() - 1)


def _plain_values(values: dict[str, Any], fault: Any) -> dict[str, Any]:
    """The plan's values that are of the right kind; a fault for each other."""
    sound = {}
    for key, value in values.items():
        words = _refused(key, value)
        if words:
            fault(key, words)
        else:
            sound[key] = value
    if "baseline" not in values:
        fault("baseline", 'is missing; name the scenario that others are set against, such as "london/baseline"')
    return sound


def _refused(key: str, value: Any) -> str:
    """What is wrong with one value of a plan, or nothing."""
    if key not in _KEYS:
        return f"unknown key of a plan{nearest(key, _KEYS)}"
    if key in _BOUNDS:
        low, high = _BOUNDS[key]
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return "" if fits else f"{shown(value)}: needs a whole number between {low:,} and {high:,}"
    if key == "share":
        fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
        return "" if fits else f"{shown(value)}: needs a number above 0 and at most 1"
    if key == "design":
        known = value in DESIGNS
        return "" if known else f"{shown(value)}: needs one of: {', '.join(DESIGNS)}{nearest(str(value), DESIGNS)}"
    if key in ("scenarios", "measures"):
        fits = isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
        unknown = [name for name in value if name not in MEASURES] if fits and key == "measures" else []
        if unknown:
            return f"unknown measure {shown(unknown[0])}{nearest(unknown[0], MEASURES)}"
        return "" if fits else f"{shown(value)}: needs a list of names in quotes"
    kind, words = (dict, "a table") if key in ("levers", "world") else (str, "text in quotes")
    return "" if isinstance(value, kind) else f"{shown(value)}: needs {words}"


def _scenarios(values: dict[str, Any], path: Path, fault: Any) -> dict[str, Scenario]:
    """The baseline and the scenarios, by name."""
    if "baseline" not in values:
        return {}
    found = {}
    for name in [values["baseline"], *values.get("scenarios", [])]:
        try:
            found[Path(name).name.removesuffix(".toml")] = load(name)
        except ScenarioError as error:
            fault("scenarios" if found else "baseline", str(error))
    try:
        check_comparable(found) if found else None
    except ScenarioError as error:
        fault("scenarios", str(error))
    return found


def _varied(table: dict[str, Any], name: str, scenarios: Mapping[str, Scenario], fault: Any) -> dict[str, Any]:
    """The levers of one table with their values or ranges; each value is tried in every scenario it is for."""
    found = {}
    for lever, of in _dotted(table):
        values = _values(of)
        if isinstance(values, str):
            fault(f"{name}.{lever}", values)
            continue
        targets = list(scenarios.values()) if name == "world" or len(scenarios) < 2 else list(scenarios.values())[1:]
        ends = (values.low, values.high) if isinstance(values, Span) else values
        refused = _first_refusal(lever, ends, targets)
        if refused:
            fault(f"{name}.{lever}", refused)
        found[lever] = values
    return found


def _first_refusal(lever: str, values: Any, scenarios: list[Scenario]) -> str:
    whole = _is_whole(dict(enumerate(scenarios)), lever)
    for scenario in scenarios:
        for value in values:
            try:
                change(scenario, {lever: round(value) if whole and value == round(value) else value})
            except ScenarioError as error:
                own = [fault for fault in _of_the_change(error) if lever in fault.split(" = ")[0] or "unknown" in fault]
                if own:
                    return printable(own[0])  # what two levers together may not be is left to the points
    return ""


def _of_the_change(error: ScenarioError) -> list[str]:
    return [fault.removeprefix("the change: ") for fault in error.faults]


def _dotted(table: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Levers of nested tables by their dotted names; a table with `low` or `high` is a range."""
    found = []
    for key, value in table.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and not {"low", "high"} & value.keys():
            found += _dotted(value, f"{name}.")
        else:
            found.append((name, value))
    return found


def _values(of: Any) -> tuple[Any, ...] | Span | str:
    """The values or the range that a plan gives a lever, or what is wrong with it."""
    if isinstance(of, list) and of:
        return tuple(of)
    if isinstance(of, dict) and of.keys() == {"low", "high"}:
        low, high = of["low"], of["high"]
        if all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high)) and low < high:
            return Span(low, high)
        return f"{shown(of)}: needs low below high, both numbers"
    return f"{shown(of)}: needs a list of values, or a range {{ low = ..., high = ... }}"


def _refuse_mismatch(plan: dict[str, Any], fault: Any) -> None:
    """Refuse what does not go together."""
    both = plan["levers"].keys() & plan["world"].keys()
    if both:
        fault(f"world.{min(both)}", "is varied in [levers] too; keep one")
    design, points = plan.get("design", "grid"), plan.get("points")
    if points is None and design in _RANDOM:
        fault("design", f"{design} needs points, the number of them, such as points = 64")
    if design == "sobol" and points and points & (points - 1):
        near = 2 ** round(np.log2(points))
        fault("points", f"{points}: a sobol design is even only with a power of 2; did you mean {near}?")


def _is_whole(scenarios: Mapping[Any, Scenario], lever: str) -> bool:
    """Whether the lever takes whole numbers."""
    values = (value for one in scenarios.values() for name, value, _ in levers(one) if name == lever)
    value = next(values, None)
    return isinstance(value, int) and not isinstance(value, bool)
