"""Executors: many cells one after another here, or in processes that can be watched, stopped and lost.

Both yield what happens as events. What is observed of a result is worked out where it was made, so that large tables
do not travel. Closing the iterator, or an interruption, ends all processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from sim.run.result import Result
from sim.run.run import Cell, by_week

T = TypeVar("T")
_TRIES = 2  # of a cell whose worker died: once more, then it is named
_LOOK = 0.1  # seconds between looks at how far the workers are
_NOT_STARTED = -1
_NOBODY = -1  # no cell: the number of an event that is none's
_STARTING = threading.Lock()  # while a process starts, what it must not come up with is hidden from all of this one


@dataclass(frozen=True)
class Started:
    """A cell has begun."""

    cell: Cell


@dataclass(frozen=True)
class Advanced:
    """A cell has simulated this number of weeks so far."""

    cell: Cell
    week: int


@dataclass(frozen=True)
class Landed(Generic[T]):
    """A cell is done, and this is what was observed of it."""

    cell: Cell
    outcome: T


@dataclass(frozen=True)
class Failed:
    """A cell could not be done."""

    cell: Cell
    error: Exception


@dataclass(frozen=True)
class Idle:
    """Nothing has happened for a tenth of a second: whoever listens may stop the work now."""


Event = Started | Advanced | Landed[Any] | Failed | Idle
Events = Generator[Event, None, None]
Observe = Callable[[Result], T]


class Executor(Protocol):
    """What runs cells. Figures do not depend on which."""

    def __call__(self, cells: Sequence[Cell], observe: Observe[T]) -> Events:
        """Yield what happens to *cells*, begun in their order; what *observe* makes of each result lands."""


def here(cells: Sequence[Cell], observe: Observe[T]) -> Events:
    """Run *cells* one after another in this process."""
    for cell in cells:
        yield Started(cell)
        try:
            yield Landed(cell, observe((yield from _by_week(cell))))
        except Exception as error:
            yield Failed(cell, error)


def processes(workers: int, apart: bool = False, niceness: int = 0) -> Executor:
    """Return an executor over so many processes; one runs here, unless it is to run *apart*.

    A process that dies fails only its own cell, which is tried once more. Processes end with this one. None of them
    imports from the folder the user works in, nor the user's own script.

    Args:
        workers: how many at most.
        apart: never run in this process.
        niceness: how much less urgent they are than this one, 0 to 19, where the system knows of it.
    """
    return partial(_in_processes, workers, apart, niceness)


def _by_week(cell: Cell) -> Generator[Advanced, None, Result]:
    weeks = by_week(cell)
    try:
        while True:
            yield Advanced(cell, next(weeks))
    except StopIteration as end:
        gc.collect()  # a world and its agents refer to each other; the next run needs their memory
        return end.value


def _in_processes(workers: int, apart: bool, niceness: int, cells: Sequence[Cell], observe: Observe[T]) -> Events:
    if min(workers, len(cells)) <= 1 and not apart:
        yield from here(cells, observe)
        return
    ahead, tries = dict(enumerate(cells)), dict.fromkeys(range(len(cells)), 0)
    while ahead:
        for number, event in _one_pool(min(workers, len(ahead)), niceness, ahead, observe):
            if isinstance(event, Failed) and isinstance(event.error, ChildProcessError):
                tries[number] += 1
                if tries[number] < _TRIES:
                    continue
            if isinstance(event, Landed | Failed):
                del ahead[number]
            yield event


def _one_pool(workers: int, niceness: int, ahead: dict[int, Cell], observe: Observe[T]) -> Iterator[tuple[int, Event]]:
    """Yield (number of the cell, what happened to it), each of the cells *ahead* once to its end."""
    context = _context()
    lifeline, held = context.Pipe(duplex=False)
    weeks = context.RawArray("i", [_NOT_STARTED] * (max(ahead) + 1))  # no lock that a killed worker could keep
    pool = ProcessPool(workers, initializer=_begin, initargs=(lifeline, weeks, niceness), context=context)
    cells = dict(ahead)
    try:
        running: dict[Future, int] = {_submit(pool, number, cell, observe): number for number, cell in cells.items()}
        told = dict.fromkeys(cells, _NOT_STARTED)
        while running:
            done, _ = wait(running, _LOOK, FIRST_COMPLETED)
            if not done:
                yield _NOBODY, Idle()
            for number in running.values():
                if weeks[number] != told[number]:
                    if told[number] == _NOT_STARTED:
                        yield number, Started(cells[number])
                    told[number] = weeks[number]
                    yield number, Advanced(cells[number], told[number])
            for future in done:
                number = running.pop(future)
                yield number, _ending(cells[number], future)
    finally:
        held.close()  # ends the workers that are still at work
        pool.stop()
        pool.join()
        lifeline.close()


def _submit(pool: ProcessPool, number: int, cell: Cell, observe: Observe[T]) -> ProcessFuture:
    try:
        return pool.schedule(_do, (number, cell, observe))
    except (EOFError, OSError, RuntimeError) as error:
        raise ChildProcessError(f"no worker process could be started: {error or type(error).__name__}") from error


def _ending(cell: Cell, future: Future) -> Event:
    try:
        return Landed(cell, future.result())
    except ProcessExpired as error:
        return Failed(cell, ChildProcessError(f"a worker process {_cause(error.exitcode)}"))
    except BrokenProcessPool as error:
        return Failed(cell, ChildProcessError(f"the worker processes could not go on: {error}"))
    except Exception as error:
        return Failed(cell, error)


def _cause(exit_code: int | None) -> str:
    """Say why a worker process ended, as far as its exit code tells."""
    if exit_code == -signal.SIGKILL:
        return "was killed, most often because memory ran out; try fewer workers or a smaller share"
    if exit_code and exit_code < 0:
        return f"was ended by the signal {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code} before its run was done"


def _context() -> BaseContext:
    """How processes are started: never by copying this one, whose threads and agents they do not need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return _Spawn()
    context = _ForkServer()
    # the world, and what most observe with: named only, since a pool knows of neither
    context.set_forkserver_preload(["sim.world", "sim.measures.outcome", "sim.run.preload"])
    with _STARTING, _no_import_from_here():
        forkserver.ensure_running()
    return context


class _OurProcess:
    """A process that comes up without the script that this one runs: a script needs no main guard for its sake."""

    def start(self) -> None:
        """Start the process."""
        with _STARTING, _no_import_from_here(), _without_script():
            super().start()  # type: ignore[misc]


class _SpawnProcess(_OurProcess, multiprocessing.context.SpawnProcess):
    pass


class _Spawn(multiprocessing.context.SpawnContext):
    Process = _SpawnProcess


if "forkserver" in multiprocessing.get_all_start_methods():

    class _ForkServerProcess(_OurProcess, multiprocessing.context.ForkServerProcess):
        pass

    class _ForkServer(multiprocessing.context.ForkServerContext):
        Process = _ForkServerProcess


@contextmanager
def _without_script() -> Iterator[None]:
    main = sys.modules["__main__"]
    stand_in = sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        if sys.modules["__main__"] is stand_in:
            sys.modules["__main__"] = main


@contextmanager
def _no_import_from_here() -> Iterator[None]:
    """Let Python processes started now leave the current folder off their path."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


_weeks: Any = None  # in a worker: how many weeks each cell has simulated, shared with the parent


def _begin(lifeline: Connection, weeks: Any, niceness: int) -> None:
    """Leave interruptions to the parent, and end when it ends or lets go of its end of *lifeline*."""
    global _weeks
    _weeks = weeks
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_at_close, args=(lifeline,), daemon=True).start()


def _end_at_close(lifeline: Connection) -> None:
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os._exit(1)


def _do(number: int, cell: Cell, observe: Observe[T]) -> T:
    """Run one cell in a worker."""
    _weeks[number] = 0
    steps = _by_week(cell)
    while True:
        try:
            _weeks[number] = next(steps).week
        except StopIteration as end:
            return observe(end.value)
