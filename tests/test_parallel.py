"""Many runs at once: the same results whatever the executor, seen on their way, stopped at once, lost one by one."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hand_made import baseline

from sim.run.pool import Advanced, Event, Failed, Idle, Landed, Started, here, processes
from sim.run.result import Result
from sim.run.run import Cell

SEEDS = (3, 1, 2)
CELLS = [Cell(baseline(), seed, years=1, share=0.002) for seed in SEEDS]
LONG = [Cell(baseline(), seed, years=20, share=0.002) for seed in SEEDS]
needs_proc = pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to see processes")


def minutes(result: Result) -> float:
    return float(result.tables["cases"]["minutes"].sum())


def tables(result: Result) -> dict[str, pd.DataFrame]:
    return result.tables


def die_once(result: Result) -> int:
    """End the process of seed 1 hard, the first time."""
    mark = Path(os.environ["SLIPROAD_TEST_MARK"])
    if result.seed == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return result.seed


def die(result: Result) -> int:
    if result.seed == 1:
        os._exit(9)
    return result.seed


def fail(result: Result) -> None:
    raise ArithmeticError(f"seed {result.seed}")


def doze(result: Result) -> None:
    time.sleep(1.5)


def process(result: Result) -> int:
    return os.getpid()


def landed(events: list[Event]) -> dict[int, object]:
    return {event.cell.seed: event.outcome for event in events if isinstance(event, Landed)}


def alive(pid: int) -> bool:
    return os.path.isdir(f"/proc/{pid}")


def children() -> set[int]:
    """Processes that this one, or one it started, has started and that are no zombies."""
    found, parents = set(), {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[pid] = int(parent)
    for pid in parents:
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() and pid != os.getpid():
            found.add(pid)
    return found


def workers() -> set[int]:
    """Those of our processes that run the model: not the server they are copied from, nor the tracker."""
    return {pid for pid in children() if b"multiprocessing" not in Path(f"/proc/{pid}/cmdline").read_bytes()} | {
        pid for pid in children() if _parent_is_server(pid)
    }


def _parent_is_server(pid: int) -> bool:
    parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    return int(parent) != os.getpid()


def test_what_lands_does_not_depend_on_the_executor():
    one, two, three = (landed(list(execute(CELLS, minutes))) for execute in (here, processes(2), processes(3)))
    assert len(set(one.values())) == 3  # other luck in each seed
    assert one == two == three


def test_processes_that_are_spawned_give_what_those_of_a_fork_server_give(monkeypatch):
    forked = landed(list(processes(2)(CELLS[:2], tables)))
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])  # as on Windows
    spawned = landed(list(processes(2)(CELLS[:2], tables)))
    assert spawned.keys() == forked.keys()
    for seed, one in spawned.items():
        for name, table in one.items():
            pd.testing.assert_frame_equal(table, forked[seed][name], check_exact=True)


@pytest.mark.parametrize("number", [1, 2])
def test_a_cell_starts_advances_week_by_week_and_lands(number):
    """Not every week is seen from outside, but their order is. Six years are 314 weeks or so, 6 times 52 only 312."""
    cells = [replace(cell, years=6) for cell in LONG[:number]]
    happened = processes(number)(cells, process)
    events = [event for event in happened if not isinstance(event, Idle) and event.cell.seed == 3]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Landed)
    weeks = [event.week for event in events if isinstance(event, Advanced)]
    assert len(weeks) > 2
    assert weeks == sorted(weeks)
    assert weeks[-1] <= cells[0].weeks + 2


def test_one_worker_runs_here_and_more_run_elsewhere():
    assert set(landed(list(processes(1)(CELLS, process))).values()) == {os.getpid()}
    assert os.getpid() not in set(landed(list(processes(2)(CELLS, process))).values())


@pytest.mark.parametrize(("number", "cells"), [(1, CELLS), (2, CELLS[:1])])
def test_apart_even_one_cell_runs_elsewhere(number, cells):
    assert os.getpid() not in set(landed(list(processes(number, apart=True)(cells, process))).values())


def test_whoever_listens_is_called_though_no_week_ends():
    """So that the work can be stopped. In a second and a half some 15 times; 5 leaves room for a busy machine."""
    heard = list(processes(2)(CELLS[:2], doze))
    assert sum(isinstance(event, Idle) for event in heard) >= 5


def test_a_worker_that_dies_is_replaced_and_its_cell_tried_once_more(tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPROAD_TEST_MARK", str(tmp_path / "died"))
    from multiprocessing import forkserver

    forkserver._forkserver._stop()  # the next server has the mark in its environment
    assert landed(list(processes(2)(CELLS, die_once))) == {1: 1, 2: 2, 3: 3}
    assert (tmp_path / "died").exists()


def test_a_worker_that_dies_twice_fails_its_own_cell_alone():
    events = list(processes(2)(CELLS, die))
    assert landed(events) == {2: 2, 3: 3}
    (failed,) = (event for event in events if isinstance(event, Failed))
    assert failed.cell.seed == 1
    assert isinstance(failed.error, ChildProcessError)
    assert "ended with exit code 9" in str(failed.error)


@pytest.mark.parametrize("number", [1, 2])
def test_an_error_in_the_model_fails_its_cell(number):
    events = [event for event in processes(number)(CELLS, fail) if isinstance(event, Failed)]
    assert {str(event.error) for event in events} == {"seed 1", "seed 2", "seed 3"}
    assert {type(event.error) for event in events} == {ArithmeticError}


@pytest.mark.parametrize("number", [1, 4])
def test_no_cells_give_nothing(number):
    assert list(processes(number)([], minutes)) == []


@needs_proc
@pytest.mark.parametrize("moment", [Started, Advanced])
def test_workers_end_within_a_second_of_closing(moment):
    events = processes(2)(LONG, process)
    next(event for event in events if isinstance(event, moment))
    assert len(workers()) >= 2
    began = time.monotonic()
    events.close()
    while workers():
        assert time.monotonic() - began < 1
        time.sleep(0.01)


@needs_proc
def test_workers_end_though_the_error_that_stopped_the_watching_is_kept():
    """A traceback holds the frames it went through, and so an iterator that nobody closes."""
    from sim.study.study import Study, answer

    def stop(event: Event) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError) as kept:
        answer(Study({"baseline": baseline()}, (1, 2), 20, 0.002), processes(2), watch=stop)
    began = time.monotonic()
    while workers():
        assert time.monotonic() - began < 1
        time.sleep(0.01)
    assert kept.traceback


@needs_proc
def test_a_worker_killed_from_outside_costs_its_own_cell_a_second_run():
    events = processes(2)([replace(cell, years=5) for cell in LONG], minutes)
    happened = [next(event for event in events if isinstance(event, Started)) for _ in range(2)]  # both are at work
    threading.Timer(0.3, lambda: os.kill(min(workers()), signal.SIGKILL)).start()
    happened += list(events)
    assert set(landed(happened)) == set(SEEDS)
    assert sum(isinstance(event, Started) for event in happened) == 4


def test_workers_import_nothing_from_the_folder_the_user_works_in(tmp_path):
    for stranger in ("holidays.py", "sim.py", "numpy.py", "pebble.py"):
        (tmp_path / stranger).write_text("raise SystemExit('imported from the folder of the user')\n")
    command = ["run", "london/baseline", "--share", "0.002", "--seeds", "2", "--years", "1", "--workers", "2", "--json"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sim.cli", *command], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("[")


def test_a_script_needs_no_main_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            from sim.run.pool import processes
            from sim.scenario.reading import load
            from sim.study.study import Study, answer

            compared = answer(Study({"b": load("london/baseline")}, (1, 2), 1, 0.002), processes(2))
            print(sorted(compared.provenance.seeds))
            """
        )
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[1, 2]\n", "")
