"""The generated pages say what levers and ledger say now, and the model's page names every part of the world."""

import importlib.metadata
import importlib.util
import re
from pathlib import Path

import pytest

from sim.world import _DUE

ROOT = Path(__file__).parent.parent
RENEW = "the levers or their evidence have changed: run `python docs/pages.py`"


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_assumptions_is_the_ledger_of_today(pages):
    assert (ROOT / "docs" / "assumptions.md").read_text() == pages.assumptions(), RENEW


def test_the_models_table_of_levers_is_that_of_today(pages):
    text = (ROOT / "docs" / "model.md").read_text()
    assert text == pages.model_page(text), RENEW


def test_every_lever_stands_in_both_pages(pages):
    model, text = (ROOT / "docs" / "model.md").read_text(), (ROOT / "docs" / "assumptions.md").read_text()
    for row in pages.lever_rows(pages.levers_of(pages.SCENARIO)):
        assert f"| `{row['lever'].rpartition('.')[2]}` |" in model
    assert all(f"## {grade.capitalize()}" in text for grade in pages.GRADES)


def test_the_list_of_packages_is_the_lock_file_with_the_licences_that_are_installed(pages):
    """Licences are compared where one version serves every Python, and it is installed."""
    lines = [line for line in (ROOT / "docs" / "packages.md").read_text().splitlines() if line.startswith("| ")][1:]
    rows = {name: (versions, licence) for name, versions, licence, _ in (line[2:-2].split(" | ") for line in lines)}
    locked = pages.locked_versions()
    assert {name: versions for name, (versions, _) in rows.items()} == {
        name: ", ".join(versions) for name, versions in locked.items()
    }
    here = {re.sub("[-_.]+", "-", one.name).lower(): one.version for one in importlib.metadata.distributions()}
    same = [name for name, versions in locked.items() if [here.get(name)] == versions]
    assert len(same) > 95
    assert {name: rows[name][1] for name in same} == {name: pages.licence(name) for name in same}


@pytest.mark.parametrize("page", ["model.md", "assumptions.md", "packages.md"])
def test_every_row_of_a_table_has_as_many_cells_as_its_head(page):
    """A name such as 'charge | none' must not open a cell of its own."""
    width = 0
    for line in (ROOT / "docs" / page).read_text().splitlines():
        cells = line.count("|") if line.startswith("|") else 0
        assert not (width and cells and cells != width), line
        width = cells


@pytest.mark.parametrize("module", sorted(path.stem for path in (ROOT / "sim" / "world").glob("[a-z]*.py")))
def test_the_models_page_names_every_institution_of_the_world(module):
    """What only keeps books or state is described without its file's name."""
    books = {"audit", "calendar", "columns", "listing", "offender", "opening", "record", "tables", "tabulate"}
    assert module in books or f"`{module}.py`" in (ROOT / "docs" / "model.md").read_text()


def test_the_desk_hands_out_entries_in_the_order_the_page_gives():
    said = (
        "releases; courses completed; breaches; what would have happened, for those who never attended; "
        "cases resolved; fines; charges after a breach; broken conditions; charges; disposals; decisions of no action"
    )
    words = {
        **{"release": "releases", "complete": "courses completed", "breach": "breaches"},
        **{"counterfactual": "what would have happened, for those who never attended", "resolved": "cases resolved"},
        **{"fined": "fines", "charge after breach": "charges after a breach", "conditions broken": "broken conditions"},
        **{"charge": "charges", "dispose": "disposals", "no action": "decisions of no action"},
    }
    assert "; ".join(words[stage] for stage, _ in _DUE) == said
    assert said in " ".join((ROOT / "docs" / "model.md").read_text().split())
