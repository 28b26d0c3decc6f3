"""The store: what was computed once is not computed again, and nothing half written is taken for whole."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hand_made import baseline

from sim.cli.commands import cli
from sim.measures.outcome import observe
from sim.run.pool import Landed, Started
from sim.run.run import Cell, run_seed
from sim.scenario.reading import change
from sim.study import store as stores
from sim.study.store import Store, users_store
from sim.study.study import Study, answer, events

CELL = Cell(baseline(), 1, 1, 0.002)
OTHER = change(baseline(), {"provider.places_a_week": 7.0})


@pytest.fixture(scope="module")
def outcome():
    return observe(run_seed(CELL.scenario, CELL.seed, CELL.years, CELL.share))


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def runs(study: Study, store: Store | None) -> int:
    return sum(isinstance(event, Started) for event in events(study, store=store))


def study(seeds: int, *more: float) -> Study:
    others = {f"places {number}": change(baseline(), {"provider.places_a_week": number}) for number in more}
    return Study({"baseline": baseline()} | others, tuple(range(1, seeds + 1)), 1, 0.002)


def test_what_is_put_comes_out_as_it_was(store, outcome):
    assert store.get(CELL) is None
    store.put(CELL, outcome)
    kept = store.get(CELL)
    pd.testing.assert_frame_equal(kept.measures, outcome.measures)
    pd.testing.assert_frame_equal(kept.rungs, outcome.rungs)
    assert list(kept.tables) == list(outcome.tables)
    for name, table in outcome.tables.items():
        pd.testing.assert_frame_equal(kept.tables[name], table)


def test_the_same_question_again_runs_nothing_and_gives_the_same(store):
    first = answer(study(2, 7.0), store=store)
    assert runs(study(2, 7.0), store) == 0
    again = answer(study(2, 7.0), store=store)
    pd.testing.assert_frame_equal(again.table, first.table)
    pd.testing.assert_frame_equal(again.balance, first.balance)


def test_one_more_scenario_runs_that_scenario_and_more_seeds_run_those_seeds(store):
    assert runs(study(2, 7.0), store) == 4
    assert runs(study(2, 7.0, 8.0), store) == 2
    assert runs(study(3, 7.0, 8.0), store) == 3
    assert runs(study(3, 8.0), store) == 0


def test_without_a_store_everything_runs(outcome):
    assert runs(study(1), None) == 1


def test_what_was_done_before_the_work_was_stopped_is_kept(store):
    running = events(study(3), store=store)
    while not isinstance(next(running), Landed):
        pass
    running.close()
    assert runs(study(3), store) == 2


@pytest.mark.parametrize("damage", ["cut", "turned", "empty", "zeros", "no zip"])
def test_a_damaged_file_counts_as_not_there_and_is_done_again(store, outcome, damage):
    store.put(CELL, outcome)
    (path,) = store.folder.glob("*/*.cell")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {
        "cut": content[: len(content) // 2],
        "turned": content,
        "empty": b"",
        "zeros": bytes(len(content)),
        "no zip": b"PK" * 100,
    }
    path.write_bytes(bytes(damaged[damage]))
    assert store.get(CELL) is None
    assert runs(Study({"baseline": CELL.scenario}, (1,), 1, 0.002), store) == 1
    assert store.get(CELL) is not None


def test_a_store_behind_is_read_and_never_written(tmp_path, outcome):
    shipped = Store(tmp_path / "shipped")
    shipped.put(CELL, outcome)
    before = sorted(path.stat().st_mtime_ns for path in shipped.folder.rglob("*"))
    mine = Store(tmp_path / "mine", behind=shipped)
    assert mine.get(CELL) is not None
    mine.put(Cell(OTHER, 1, 1, 0.002), outcome)
    assert sorted(path.stat().st_mtime_ns for path in shipped.folder.rglob("*")) == before


def test_another_version_of_the_model_finds_nothing(store, outcome, monkeypatch):
    store.put(CELL, outcome)
    monkeypatch.setattr(stores, "model_version", lambda: "0.1.0+other")
    assert store.get(CELL) is None
    store.put(CELL, outcome)
    assert len(store.sizes()) == 2
    assert store.prune() > 0
    assert list(store.sizes()) == ["0.1.0+other"]
    assert store.prune(everything=True) > 0
    assert store.sizes() == {}


def test_the_command_says_what_is_kept_and_removes_it(store, outcome, monkeypatch):
    monkeypatch.setenv("SLIPROAD_STORE", str(store.folder))
    store.put(CELL, outcome)
    told = CliRunner().invoke(cli, ["store"]).output
    assert "1 replication, " in told
    assert "this model" in told
    monkeypatch.setattr("sim.study.store.model_version", lambda: "0.2.0+another")
    assert "freed" in CliRunner().invoke(cli, ["store", "--prune"]).output
    assert not store.sizes()
    monkeypatch.setenv("SLIPROAD_STORE", "")
    nowhere = CliRunner().invoke(cli, ["store", "--clear"])
    assert nowhere.exit_code == 2
    assert "nothing is kept" in nowhere.output


def test_a_failure_while_writing_leaves_nothing(store, outcome, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        store.put(CELL, outcome)
    assert list(store.folder.rglob("*.tmp")) == []


def test_debris_of_a_hard_end_is_cleared_and_what_is_being_written_is_left(store, outcome):
    store.put(CELL, outcome)
    folder = next(store.folder.iterdir())
    old, new = folder / ".a.tmp", folder / ".b.tmp"
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 3600,) * 2)
    store.clear_debris()
    assert (old.exists(), new.exists()) == (False, True)


def test_the_users_store_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPROAD_STORE", str(tmp_path))
    assert users_store().folder == tmp_path
    monkeypatch.setenv("SLIPROAD_STORE", "")
    assert users_store() is None
    monkeypatch.delenv("SLIPROAD_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "sliproad" in str(users_store().folder)


COMMAND = ["compare", "london/baseline", "london/uptake-50", "--json", "--workers", "2"]
SMALL = ("--share", "0.002", "--years", "1", "--seeds", "4")
LARGE = ("--share", "0.02", "--seeds", "12")


def cells(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*/*.cell")}


@pytest.mark.parametrize(
    ("kills", "size", "number"), [(2, SMALL, 8), pytest.param(20, LARGE, 24, marks=pytest.mark.slow)]
)
def test_killed_again_and_again_the_same_command_goes_on_where_it_was(kills, size, number, tmp_path):
    """No cell is lost or run twice after it has landed, and the answer is the same to the byte. Moments are drawn."""
    command = [sys.executable, "-m", "sim.cli", *COMMAND, *size]
    moments = np.random.default_rng(7).uniform(0.5, 4 if number == 8 else 9, kills)
    landed: dict[str, int] = {}
    environment = os.environ | {"SLIPROAD_STORE": str(tmp_path / "killed")}
    for moment in moments:
        running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moment)
        running.send_signal(signal.SIGKILL)
        running.wait()
        now = cells(tmp_path / "killed")
        assert landed.items() <= now.items()
        landed = now
    ended = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    assert landed.items() <= cells(tmp_path / "killed").items()
    assert len(cells(tmp_path / "killed")) == number
    whole = subprocess.run(command, env=os.environ | {"SLIPROAD_STORE": ""}, capture_output=True, check=True).stdout
    assert ended == whole
    assert json.loads(ended)
