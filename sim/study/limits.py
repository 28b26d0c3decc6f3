"""Limits of single replications: one that hangs or takes all memory fails alone, and the others finish."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from sim.run.pool import Events, Executor
from sim.run.result import Result
from sim.run.run import Cell, by_week


@dataclass(frozen=True)
class Limits:
    """What one replication may take in its process.

    Args:
        seconds: of time; none sets no limit.
        memory: in bytes, beyond what the process takes before it begins; none sets no limit.
    """

    seconds: float | None = None
    memory: int | None = None

    def over(self, executor: Executor) -> Executor:
        """Return *executor*, whose cells run in processes of their own, under these limits.

        A cell over its time fails with a TimeoutError, one over its memory with a MemoryError; the
        first says how long it had. Both work on Unix alone; elsewhere nothing is limited.
        """

        def limited(cells: Sequence[Cell], observe: Callable[[Result], Any]) -> Events:
            yield from executor(cells, _Observing(observe, self))

        return limited


class _Observing:
    """What is observed of a result, and limits that begin when this arrives in the process that runs the cell.

    A task is unpickled there just before it runs, so that is when the clock starts and the memory is counted.
    """

    def __init__(self, observe: Callable[[Result], Any], limits: Limits) -> None:
        self.observe, self.limits = observe, limits

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self.observe, self.limits)

    def __call__(self, result: Result) -> Any:
        return self.observe(result)


def _arrived(observe: Callable[[Result], Any], limits: Limits) -> _Observing:
    if limits.seconds is not None and hasattr(signal, "setitimer"):
        told = f"took longer than its limit of {limits.seconds:g} s"

        def stop(_: int, frame: FrameType | None) -> None:
            while frame is not None:
                if frame.f_code is by_week.__code__:  # else the run is over, and its process waits for the next
                    raise TimeoutError(told)
                frame = frame.f_back

        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    if limits.memory is not None:
        _limit_memory(limits.memory)
    return _Observing(observe, limits)


def _limit_memory(most: int) -> None:
    """Let this process take so many bytes beyond what it has taken; Linux alone says how much that is."""
    try:
        import resource

        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + most, hard))


def in_words(error: Exception) -> str:
    """Say why a replication could not be done."""
    if isinstance(error, MemoryError):
        return "needed more memory than it may have; try a smaller share, fewer workers or a higher --memory-limit"
    return str(error) or type(error).__name__
