"""Faults of a kind that users met: each with more inputs than the one it was found by."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.commands import cli
from sim.compare.paired import compare
from sim.scenario.reading import ScenarioError, load
from sim.study.shipped import FOLDER
from sim.study.study import Study

RESULTS = FOLDER / "london" / "uptake-50"
TINY = ["--share", "0.004", "--seeds", "1", "--years", "1", "--workers", "1", "--quiet"]
HEAD = 'about = """\nx\ny"""\nbased_on = "london/baseline"\n'


def sliproad(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command as a user types it, in a process of its own."""
    command = [sys.executable, "-m", "sim.cli", *arguments]
    around = os.environ | {"SLIPROAD_STORE": ""} | environment
    return subprocess.run(command, cwd=cwd, env=around, capture_output=True, timeout=120, check=False)


# What a terminal or a file system cannot write ----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("title", ["A → B", "naïve", "日本", "a\U0001f600b"])
def test_a_letter_that_a_terminal_lacks_ends_no_command(tmp_path, encoding, title):
    (tmp_path / "m.toml").write_text(f'title = "{title}"\n{HEAD}', encoding="utf-8")
    done = sliproad("check", "m.toml", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert b"sound" in done.stdout


def test_messages_of_errors_too_reach_such_a_terminal(tmp_path):
    done = sliproad("check", "wrong→.toml", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"no scenario" in done.stderr


# The home folder, written with ~ ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        (["brief", str(RESULTS), "--out=~/b.html"], "b.html"),
        (["export", str(RESULTS), "--out=~/r.csv"], "r.csv"),
        (["new", "scenario", "~/mine.toml"], "mine.toml"),
        (["new", "area", "~/kent"], "kent/baseline.toml"),
        (["run", "london/baseline", *TINY, "--out=~/r"], "r/provenance.json"),
    ],
)
def test_home_is_home_in_every_command(home, tmp_path, arguments, made):
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == 0, ended.output
    assert (home / made).is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_scenario_in_the_home_folder_is_found(home):
    (home / "m.toml").write_text(f'title = "M"\n{HEAD}')
    assert load("~/m.toml").title == "M"
    assert CliRunner().invoke(cli, ["check", "~/m"]).exit_code == 0


# Runs of nobody, and in no time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["1e-9", "1e-300", "5e-324"])
@pytest.mark.parametrize("command", ["run", "compare", "goal"])
def test_a_share_that_holds_nobody_is_refused_in_words(command, share):
    more = {
        "run": [],
        "compare": ["london/uptake-50"],
        "goal": ["--lever", "diversion.uptake", "--target", "crown.open = 5"],
    }
    ended = CliRunner().invoke(cli, [command, "london/baseline", *more[command], "--share", share, "--seeds", "1"])
    assert ended.exit_code == 2
    assert "leaves nobody to simulate; the least is" in ended.output


def test_the_least_share_that_is_named_is_taken():
    baseline = {"baseline": load("london/baseline")}
    with pytest.raises(ScenarioError) as refused:
        Study(baseline, (1,), 1, 1e-9)
    least = float(str(refused.value).rpartition(" ")[2])
    Study(baseline, (1,), 1, 2 * least)


@pytest.mark.parametrize("day", ["9999-01-01", "0001-01-01", "2201-01-01", "1899-12-31"])
def test_a_first_day_out_of_reach_is_refused_in_words(day):
    ended = CliRunner().invoke(cli, ["run", "london/baseline", "--set", f"starts={day}", *TINY])
    assert ended.exit_code == 2
    assert f"starts = {day}: must lie between 1900 and 2200" in ended.output


# Intervals from nothing -----------------------------------------------------------------------------------------------


def by_seed(values: list[float]) -> pd.DataFrame:
    """One measure of everybody at one date, a row for each seed."""
    same = {"measure": "magistrates.open", "unit": "cases", "at": "2026-12-31", "group": "all"}
    return pd.DataFrame({**same, "seed": range(len(values)), "value": [float(one) for one in values]})


@pytest.mark.parametrize(
    ("differences", "is_known"),
    [((5, 5), False), ((5, 5, 5), False), ((5, 5, 5, 5), True), ((0, 0), True), ((5, 6), True), ((5,), False)],
)
def test_few_seeds_that_all_say_the_same_give_no_interval(differences, is_known):
    table = compare(by_seed([10] * len(differences)), by_seed([10 + one for one in differences]))
    assert (not table["low"].isna().any()) == is_known
    assert table["difference"].item() == sum(differences) / len(differences)
