"""Everything a reader meets is explained: commands, levers, measures, tables and the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import sim
from sim.cli.commands import cli
from sim.measures import MEASURES, take
from sim.measures.ladder import LABELS, UNITS, ladder
from sim.measures.view import BREAKDOWNS
from sim.run.run import run_seed
from sim.scenario.model import levers
from sim.scenario.reading import load
from sim.world.tables import TABLES

BETTER = {"lower", "higher", "neither"}
MOST_LINES = 40
KINDS = {"stock", "flow", "share", "time"}
SOURCES = sorted(Path(sim.__file__).parent.rglob("*.py"))
PARAMETERS = [(name, one) for name, command in cli.commands.items() for one in command.params]


@pytest.fixture(scope="module")
def result():
    return run_seed(load("london/baseline"), 1, 1, 0.005)


def public(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Public functions and classes of a module and public methods of its classes; what is inside functions is not."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_is_explained_in_a_sentence(name):
    first = cli.commands[name].help.splitlines()[0]
    assert first[0].isupper()
    assert first.endswith((".", "?"))


@pytest.mark.parametrize(("command", "parameter"), PARAMETERS, ids=[f"{name} {one.name}" for name, one in PARAMETERS])
def test_every_option_is_explained_and_every_argument_is_named_in_the_help(command, parameter):
    if isinstance(parameter, click.Option):
        assert parameter.help.endswith((".", "]"))
    else:
        metavar = (parameter.metavar or parameter.name.upper()).removesuffix("...").rstrip("S")
        assert metavar in cli.commands[command].help


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_says_what_it_is(name):
    one = MEASURES[name]
    assert one.name == name
    assert name.count(".") == 1
    assert one.label[0].isupper()
    assert one.unit
    assert (one.better in BETTER, one.kind in KINDS) == (True, True)
    assert set(one.breakdowns) <= set(BREAKDOWNS)
    assert "all" in one.breakdowns


def test_labels_of_measures_tell_them_apart():
    assert len({(one.label, one.unit) for one in MEASURES.values()}) == len(MEASURES)


def test_every_measure_is_in_the_table_of_measures_in_its_unit(result):
    table = take(result)
    assert set(table["measure"]) == set(MEASURES)
    assert {name: MEASURES[name].unit for name in MEASURES} == dict(zip(table["measure"], table["unit"], strict=True))


def test_every_rung_has_a_label_and_a_unit(result):
    rungs = ladder(result)
    assert list(rungs["measure"]) == list(LABELS) == list(UNITS)
    assert all(LABELS.values())
    assert all(UNITS.values())


@pytest.mark.parametrize("area", ["london", "england_and_wales"])
def test_every_lever_has_a_label_and_a_unit(area):
    found = list(levers(load(f"{area}/baseline")))
    assert len(found) > 200
    for name, _, field in found:
        assert field.description, name
        assert field.json_schema_extra["unit"], name


def test_every_number_in_a_scenario_is_a_declared_lever():
    """Only titles and labels are not levers."""
    scenario = load("london/baseline")
    declared = {name for name, _, _ in levers(scenario)}
    unexplained = {name for name in _leaves(scenario.model_dump()) if not any(map(name.startswith, declared))}
    assert {name.rsplit(".", 1)[-1] for name in unexplained} <= {"title", "about", "area", "label"}


@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_meaning_and_a_unit(table):
    assert all(column.meaning and column.unit for column in TABLES[table])


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(SOURCES[0].parent)) for path in SOURCES])
def test_every_module_and_public_name_has_a_docstring(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
    assert [name for name, node in public(path) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(SOURCES[0].parent)) for path in SOURCES])
def test_docstrings_begin_with_a_sentence(path):
    for name, node in public(path):
        paragraph = (ast.get_docstring(node) or "X.").split("\n\n")[0].rstrip()
        assert paragraph[0].isupper() or paragraph[0] in "'*", name
        assert paragraph.endswith((".", "?", ":")), name


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(SOURCES[0].parent)) for path in SOURCES])
def test_no_function_is_longer_than_forty_lines_or_takes_more_than_seven_parameters(path):
    """Lines with the docstring; `self` is no parameter."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            names = [one.arg for one in (*node.args.args, *node.args.kwonlyargs) if one.arg not in ("self", "cls")]
            assert node.end_lineno - node.lineno < MOST_LINES, node.name
            assert len(names) <= 7, node.name


def _leaves(values: dict, above: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key
