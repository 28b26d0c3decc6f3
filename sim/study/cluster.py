"""An executor over a Dask cluster: for a sweep that one machine would not finish in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sim.run.pool import Event, Events, Executor, Failed, Idle, Landed, Observe, Started, T, here
from sim.run.run import Cell
from sim.study.cells import model_version

_LOOK = 0.2  # seconds between looks at what has landed
_A_TASK = 4  # replications in one task, so that handing it out costs little beside it
_TRIES = 2  # of a replication whose worker died on it alone


class ClusterError(ChildProcessError):
    """The cluster cannot be used, or is gone; what has landed is kept."""


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """An executor over the cluster whose scheduler is at *address*, such as tcp://10.0.0.5:8786.

    Workers need this version of the model installed, and no folder in common with anybody.

    Raises:
        ClusterError: there is no scheduler, or its workers have another model.
    """
    from distributed import Client

    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise ClusterError(f"no scheduler answers at {address}: {error}") from None
    try:
        _refuse_other_models(client, address)

        def run(cells: Sequence[Cell], observe: Observe[T]) -> Events:
            """Yield what happens to *cells* as workers do them, a few in one task."""
            yield from _run(client, address, cells, observe)

        yield run
    finally:
        with suppress(Exception):  # what ended the work, or a lost scheduler, is told already
            client.close(timeout=2)


def _refuse_other_models(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=10)
        versions = set(client.run(model_version).values())
    except Exception as error:
        raise ClusterError(f"the workers of {address} cannot be asked for their model: {error}") from None
    if versions != {model_version()}:
        raise ClusterError(f"the workers of {address} have the model {min(versions)}, and here is {model_version()}")


def _run(client: Any, address: str, cells: Sequence[Cell], observe: Observe[T]) -> Events:
    from distributed import wait
    from distributed.scheduler import KilledWorker

    tries = dict.fromkeys(range(len(cells)), 0)
    tasks = [list(range(first, min(first + _A_TASK, len(cells)))) for first in range(0, len(cells), _A_TASK)]
    running = {_submit(client, cells, task, observe): task for task in tasks}
    try:
        while running:
            with suppress(TimeoutError):
                wait(list(running), timeout=_LOOK, return_when="FIRST_COMPLETED")
            _refuse_lost(client, address)
            yield Idle()
            for future in [future for future in running if future.done()]:
                task = running.pop(future)
                error = future.exception() if future.status == "error" else None
                if future.status == "finished":
                    yield from _told(cells, task, future.result())
                elif isinstance(error, KilledWorker) and (len(task) > 1 or tries[task[0]] + 1 < _TRIES):
                    tries[task[0]] += len(task) == 1
                    running |= {_submit(client, cells, [one], observe): [one] for one in task}  # which one killed it?
                elif isinstance(error, KilledWorker):
                    yield Failed(cells[task[0]], ChildProcessError("workers of the cluster died on it"))
                else:
                    raise ClusterError(f"the cluster at {address} lost its work: {error or future.status}")
    finally:
        with suppress(Exception):
            client.cancel(list(running), force=True)


def _submit(client: Any, cells: Sequence[Cell], task: list[int], observe: Observe[T]) -> Any:
    return client.submit(_do, [cells[number] for number in task], observe, pure=False)


def _do(cells: list[Cell], observe: Observe[T]) -> list[T | Exception]:
    """Run some cells in a worker; what one of them raises is its own outcome."""
    ends = [event for event in here(cells, observe) if isinstance(event, Landed | Failed)]
    return [event.outcome if isinstance(event, Landed) else event.error for event in ends]


def _told(cells: Sequence[Cell], task: list[int], outcomes: list[Any]) -> Iterator[Event]:
    for number, outcome in zip(task, outcomes, strict=True):
        yield Started(cells[number])
        is_error = isinstance(outcome, Exception)
        yield Failed(cells[number], outcome) if is_error else Landed(cells[number], outcome)


def _refuse_lost(client: Any, address: str) -> None:
    if client.status != "running":
        raise ClusterError(f"the scheduler at {address} is gone; the same command goes on once it is back")
