"""What is written for those who call it from Python runs as it is written."""

import ast
import contextlib
import io
import json
import re
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "python.md").read_text()
NOTEBOOK = DOCS / "examples" / "first-comparison.ipynb"


def test_every_function_named_on_the_page_exists_with_its_arguments():
    named = re.findall(r"`(sim\.[a-z_.]+)\.([A-Za-z_]+)\(([^`]*)\)`", PAGE)
    assert len(named) > 8
    for module, name, arguments in named:
        function = getattr(import_module(module), name)
        known = function.__init__.__code__ if isinstance(function, type) else function.__code__
        for one in filter(None, re.split(r",\s*", arguments)):
            assert one.partition("=")[0] in known.co_varnames, (name, one)


@pytest.fixture
def away(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_of_the_page_runs_and_prints_an_answer(away):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code.replace("0.02", "0.004"), "page", "exec"), {})
    assert "open magistrates' cases" in said.getvalue()


def test_the_notebook_runs_from_top_to_bottom(away):
    """Far smaller than it is: what it prints is not looked at, only that there is an answer in words each time."""
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    size, smaller = "seeds=(1, 2, 3, 4), years=2, share=0.02", "seeds=(1, 2), years=1, share=0.004"
    assert sum(cell.count(size) for cell in code) == 2
    names: dict = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for cell in code:
            ast.parse(cell)
            exec(compile(cell.replace(size, smaller), "notebook", "exec"), names)
    assert said.getvalue().count("open magistrates' cases") >= 2
    assert (away / "open-cases.png").stat().st_size > 10_000
    assert not any(cell.get("outputs") for cell in cells)
