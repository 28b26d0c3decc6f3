"""Imports point downwards: what may know of what."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
PACKAGES = ("base", "scenario", "world", "run", "measures", "compare", "study", "report", "cli")  # from the ground up


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


def package(module: str) -> str:
    return module.split(".")[1]


def test_the_imports_are_read_as_they_stand():
    assert {"sim.run.run", "sim.world.officer", "sim.base.clock"} <= set(MODULES)
    assert "sim.world" in imports("sim.run.run")
    assert {"sim.world.diversion", "sim.base.luck"} <= imports("sim.world.police")
    assert "sim.world" not in imports("sim.world.police")  # only for type checkers
    assert "sim.run.pool" not in imports("sim.cli.commands", at_load_only=True)


def test_every_module_stands_in_a_package_of_the_list():
    assert {package(module) for module in MODULES if module != "sim"} == set(PACKAGES)


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name != "sim"))
def test_imports_point_downwards(module):
    here = PACKAGES.index(package(module))
    above = {other for other in ours(module) if PACKAGES.index(package(other)) > here}
    assert above == set()


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("sim.world")))
def test_the_world_reads_no_file_and_knows_no_dates(module):
    assert not imports(module) & {"datetime", "pathlib", "tomllib", "json", "os", "io", "time"}
    assert "open" not in _calls(module)


def test_run_is_the_only_door_to_the_world():
    assert importers("sim.world") == {"sim.run.run"}


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith(("sim.compare", "sim.measures"))))
def test_what_reads_results_runs_no_model(module):
    assert not {name for name in reached(module) if name.startswith("sim.world") or name == "sim.run.run"}


def test_what_is_told_runs_no_model_and_draws_charts_in_its_place():
    assert importers("streamlit") == {"sim.cli.app"}  # serves the page, which lies outside
    assert importers("plotly") <= {"sim.report.screen"}
    assert importers("matplotlib") <= {"sim.report.print"}
    for module in (name for name in MODULES if name.startswith("sim.report")):
        assert not {name for name in ours(module) if name.startswith(("sim.world", "sim.run.run", "sim.run.pool"))}, (
            module
        )


def test_the_dashboard_calls_the_study_and_the_report_alone():
    for path in (ROOT.parent / "dashboard").rglob("*.py"):
        assert not re.search(r"sim\.(world|run|measures)", path.read_text(encoding="utf-8")), path


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
