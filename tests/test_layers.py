"""Imports point downwards: what may know of what."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
FOUNDATIONS = {"sim.clock", "sim.luck", "sim.tables", "sim.listing"}
INTERFACES = {"sim.cli", "sim.options"}


def name_of(path: Path) -> str:
    parts = ("sim", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}


@cache
def imports(module: str, at_load_only: bool = False) -> frozenset[str]:
    """The modules that *module* imports, those of sim by their full name; imports for type checkers left out."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    found = set()
    for node in _nodes(tree, at_load_only):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            inside = {name for name in names if name in MODULES}
            found |= inside or {node.module}
    return frozenset(found - {module})


def _nodes(tree: ast.AST, at_load_only: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if at_load_only and isinstance(node, ast.FunctionDef):
            continue
        yield node
        yield from _nodes(node, at_load_only)


def ours(module: str) -> set[str]:
    """Modules of sim that *module* imports anywhere in it; the bare package holds only its version."""
    return {name for name in imports(module) if name in MODULES} - {"sim"}


def reached(module: str) -> set[str]:
    """Every module of sim that *module* leads to."""
    found: set[str] = set()
    ahead = [module]
    while ahead:
        new = ours(ahead.pop()) - found
        found |= new
        ahead += new
    return found


def importers(package: str) -> set[str]:
    """Modules of sim outside *package* that import it or a part of it."""
    return {
        module
        for module in MODULES
        if not module.startswith(package)
        and any(name == package or name.startswith(f"{package}.") for name in imports(module))
    }


def circle(start: str, among: set[str]) -> list[str]:
    """A way from *start* back to itself along imports made at load, if there is one."""
    trails = [[start]]
    seen: set[str] = set()
    while trails:
        trail = trails.pop()
        for following in sorted(imports(trail[-1], at_load_only=True) & among):
            if following == start:
                return [*trail, start]
            if following not in seen:
                seen.add(following)
                trails.append([*trail, following])
    return []


def test_the_imports_are_read_as_they_stand():
    assert {"sim.run", "sim.world.officer", "sim.clock"} <= set(MODULES)
    assert "sim.world" in imports("sim.run")
    assert {"sim.world.diversion", "sim.luck"} <= imports("sim.world.police")
    assert "sim.world" not in imports("sim.world.police")  # only for type checkers
    assert "sim.run" not in imports("sim.cli", at_load_only=True)


@pytest.mark.parametrize("module", sorted(FOUNDATIONS))
def test_the_foundations_import_nothing_of_ours(module):
    assert ours(module) == set()


def test_a_scenario_rests_on_the_foundations_alone():
    assert ours("sim.scenario") <= FOUNDATIONS


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("sim.world")))
def test_the_world_knows_only_itself_the_scenario_and_the_foundations(module):
    assert {name for name in ours(module) if not name.startswith("sim.world")} <= FOUNDATIONS | {"sim.scenario"}


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("sim.world")))
def test_the_world_reads_no_file_and_knows_no_dates(module):
    assert not imports(module) & {"datetime", "pathlib", "tomllib", "json", "os", "io", "time"}
    assert "open" not in _calls(module)


def test_run_is_the_only_door_to_the_world():
    assert importers("sim.world") == {"sim.run"}


def test_what_reads_results_runs_no_model():
    for module in (
        "sim.result",
        "sim.proven",
        "sim.view",
        "sim.measures",
        "sim.ladder",
        "sim.compare",
        "sim.decompose",
        "sim.binding",
        "sim.report",
        "sim.journey",
    ):
        assert not {name for name in reached(module) if name.startswith(("sim.world", "sim.run"))}, module


def test_a_result_rests_on_scenarios_and_tables_and_run_on_world_and_result():
    assert ours("sim.result") <= {"sim.tables", "sim.scenario", "sim.reading"}
    assert ours("sim.run") <= FOUNDATIONS | {"sim.world", "sim.result", "sim.scenario"}


def test_reading_scenarios_and_evidence_needs_no_world_result_or_measure():
    above = ("sim.world", "sim.run", "sim.result", "sim.view", "sim.measures", "sim.compare", "sim.study")
    for module in ("sim.reading", "sim.checking", "sim.files", "sim.lines", "sim.faults", "sim.evidence"):
        assert not {name for name in reached(module) if name.startswith(above)}, module


def test_nothing_imports_the_command_line():
    assert importers("sim.cli") == set()
    assert importers("sim.options") <= INTERFACES


def test_figures_and_briefings_never_run_a_model():
    drawing = [name for name in MODULES if name == "sim.figures" or name.startswith("sim.brief")]
    for module in drawing:
        assert not {name for name in reached(module) if name.startswith(("sim.world", "sim.run"))}, module


def test_there_is_no_dashboard_in_the_package_and_charts_are_drawn_in_their_place():
    assert importers("streamlit") == set()
    assert importers("plotly") <= {"sim.figures"}
    assert {name.rsplit(".", 1)[0] for name in importers("matplotlib")} <= {"sim.brief"}


def test_the_dashboard_calls_the_package_and_not_the_world():
    for path in (ROOT.parent / "dashboard").rglob("*.py"):
        assert "sim.world" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_do_not_go_round_in_a_circle(module):
    assert circle(module, set(MODULES) - {"sim"}) == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_chance_comes_from_keyed_luck_alone(module):
    assert not {name.split(".")[0] for name in imports(module)} & {"random", "secrets", "uuid"}
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named = {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
    assert not (used | named) & {"random", "numpy.random", "rng", "default_rng", "RandomState", "rvs", "urandom"}


def _calls(module: str) -> set[str]:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
