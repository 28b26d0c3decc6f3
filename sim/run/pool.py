"""Many runs at once, in several processes, with the same results."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import TypeVar

from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.model import Scenario

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """One run to do: a named scenario with one seed; the other fields are those of run_seed."""

    name: str
    scenario: Scenario
    seed: int
    years: int
    share: float = 1.0


def run_many(
    jobs: Sequence[Job],
    observe: Callable[[Job, Result], T],
    workers: int = 1,
    progress: Callable[[], object] | None = None,
) -> Iterator[T]:
    """Yield what *observe* makes of each job's result, in the order of *jobs*, whatever finishes first.

    Results are observed in the process that made them, so that large tables do not travel. Processes
    end with this one, and when the iterator is closed or interrupted.

    Args:
        jobs: what to run.
        observe: a function of a module, or a partial of one, of the job and its result.
        workers: processes to use; 1 runs here. What comes back does not depend on it.
        progress: called when a job has finished.

    Raises:
        ChildProcessError: a worker process ended before its job was done.
    """
    workers = min(workers, len(jobs))
    finished = _in_processes(jobs, observe, workers) if workers > 1 else _here(jobs, observe)
    waiting: dict[int, T] = {}
    turn = 0
    for number, observed in finished:
        waiting[number] = observed
        if progress:
            progress()
        while turn in waiting:
            yield waiting.pop(turn)
            turn += 1


def _here(jobs: Sequence[Job], observe: Callable[[Job, Result], T]) -> Iterator[tuple[int, T]]:
    for number, job in enumerate(jobs):
        yield number, _do(job, observe)


def _do(job: Job, observe: Callable[[Job, Result], T]) -> T:
    result = run_seed(job.scenario, job.seed, job.years, job.share)
    gc.collect()  # a world and its agents refer to each other; the next run needs their memory
    return observe(job, result)


def _in_processes(jobs: Sequence[Job], observe: Callable[[Job, Result], T], workers: int) -> Iterator[tuple[int, T]]:
    """Yield (number of the job, what was observed) as the jobs finish."""
    context = _context()
    lifeline, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _end_with_parent, (lifeline,))
    try:
        numbers = {pool.submit(_do, job, observe): number for number, job in enumerate(jobs)}
        for future in as_completed(list(numbers)):
            yield numbers.pop(future), future.result()
        pool.shutdown()
    except BrokenProcessPool:
        raise ChildProcessError(
            "a worker process ended before its run was done, most often because memory ran out; "
            "try fewer workers or a smaller share"
        ) from None
    finally:
        held.close()  # ends the workers that are still at work
        pool.shutdown(cancel_futures=True)
        lifeline.close()


def _context() -> BaseContext:
    """How processes are started: never by copying this one, whose threads and agents they do not need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sim.run.preload"])
    return context


def _end_with_parent(lifeline: Connection) -> None:
    """Leave interruptions to the parent, and end when it ends or lets go of its end of *lifeline*."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_at_close, args=(lifeline,), daemon=True).start()


def _end_at_close(lifeline: Connection) -> None:
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os._exit(1)
