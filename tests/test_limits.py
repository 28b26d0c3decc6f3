"""A replication that hangs or takes all memory fails alone, in words, and the others finish."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli.commands import cli
from sim.measures.outcome import observe
from sim.run.pool import Failed, Landed, processes
from sim.run.run import Cell
from sim.scenario.reading import load
from sim.study.limits import Limits, in_words

YEARS, SHARE = 1, 0.004
LIMIT = 12.0  # seconds a small run may take on a busy machine


class Hangs:
    """Stands for a scenario whose run never ends: its levers are asked for in the run, and take for ever."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        while True:
            time.sleep(0.01)


class TakesAll(Hangs):
    """The same, whose run takes a gigabyte at a time."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return [np.ones(125_000_000) for _ in range(40)]


def ended(bad: object, limits: Limits) -> dict[int, object]:
    """What became of three replications, of which the second is *bad*, by their seed."""
    sound = load("london/baseline")
    cells = [Cell(sound, 1, YEARS, SHARE), Cell(bad, 2, YEARS, SHARE), Cell(sound, 3, YEARS, SHARE)]
    running = limits.over(processes(2))(cells, observe)
    return {event.cell.seed: event for event in running if isinstance(event, Landed | Failed)}


def test_a_run_that_hangs_fails_at_its_limit_and_the_others_finish():
    began = time.monotonic()
    found = ended(Hangs(), Limits(seconds=LIMIT))
    assert time.monotonic() - began < 3 * LIMIT
    assert isinstance(found[1], Landed)
    assert isinstance(found[3], Landed)
    assert in_words(found[2].error) == "took longer than its limit of 12 s"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux says how much memory a process has taken")
def test_a_run_that_takes_all_memory_fails_alone():
    found = ended(TakesAll(), Limits(memory=2 * 10**9))
    assert isinstance(found[1], Landed)
    assert isinstance(found[3], Landed)
    assert isinstance(found[2].error, MemoryError)
    assert in_words(found[2].error).startswith("needed more memory than it may have")


def test_limits_change_no_figure():
    cell = Cell(load("london/baseline"), 1, YEARS, SHARE)
    found = [
        event.outcome.measures
        for executor in (processes(1), Limits(600, 8 * 10**9).over(processes(1, apart=True)))
        for event in executor([cell], observe)
        if isinstance(event, Landed)
    ]
    assert len(found) == 2
    assert found[0].equals(found[1])


def test_a_sweep_names_what_was_over_its_time_and_ends_with_code_3(tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'baseline = "london/baseline"\nseeds = 1\nyears = 20\nshare = 0.05\n[levers]\ndiversion.uptake = [0.1]\n',
        encoding="utf-8",
    )
    arguments = ["sweep", str(plan), "--out", str(tmp_path / "out"), "--workers", "1", "--time-limit", "1"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 3, done.output
    assert "took longer than its limit of 1 s" in (tmp_path / "out" / "failed.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--time-limit", "0"], "--time-limit"),
        (["--memory-limit", "nan"], "'--memory-limit': nan is not a number between 0.01 and 10,000"),
        (["--time-limit", "9", "--scheduler", "tcp://localhost:1"], "leave out --time-limit"),
    ],
)
def test_limits_that_make_no_sense_are_refused(option, words, tmp_path):
    done = CliRunner().invoke(cli, ["sweep", "london/sweeps/uptake", "--out", str(tmp_path), *option])
    assert done.exit_code == 2
    assert words in done.output
