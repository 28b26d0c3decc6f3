"""The README says what is true of the commands, the scenarios and the measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli.commands import cli
from sim.scenario.reading import names

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else():
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert command.endswith("pytest -n auto")
    assert f"\n{command}\n" in README


def test_the_main_command_compares_two_scenarios_that_exist():
    line = next(line for line in README.splitlines() if "sliproad compare" in line and "venv" in line)
    assert {"london/baseline", "london/uptake-50"} == set(line.split("compare ")[1].split()) <= set(names())


@pytest.mark.parametrize("command", list(cli.commands))
def test_every_command_is_in_the_readme(command):
    assert f"sliproad {command}" in README


OPTIONS = sorted({option for command in cli.commands.values() for param in command.params for option in param.opts})


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_in_the_readme(option):
    assert option in README or not option.startswith("--")


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs" / "how-to").glob("*.md")))
def test_every_how_to_page_is_linked(page):
    assert f"docs/how-to/{page}" in README


def test_every_link_to_a_file_leads_somewhere():
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in path.read_text(encoding="utf-8").split("](")[1:]:
            target = target.split(")")[0]
            assert target.startswith("http") or (path.parent / target).exists(), f"{path.name}: {target}"


def test_nothing_is_left_to_fill_in():
    assert "@@" not in README
