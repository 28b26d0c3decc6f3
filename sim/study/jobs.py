"""Questions worked on in the background, one at a time: how far each is, what has landed of it, and its cancelling.

A question asked twice is worked on once. What has landed is kept in the store, so a cancelled question goes on where it
was when it is asked again.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.compare.comparison import AS_STATED, Comparison
from sim.compare.paired import FEWEST_PAIRS
from sim.measures.outcome import Outcome
from sim.run.pool import Event, Landed, processes
from sim.study.at_once import with_structures
from sim.study.cells import cell_key
from sim.study.progress import Progress
from sim.study.question import Question, stamped
from sim.study.store import Store
from sim.study.study import answer, comparison, complete_seeds

_MOST_KEPT = 20  # finished questions whose answers are kept
MOST_WAITING = 10
_END_WITHIN = 3.0  # seconds a cancelled job is waited for
_EVERY = 5.0  # seconds between two looks at what has landed
_FORSAKEN = 3.0  # seconds after which a job that nobody waits for is given up

State = Literal["waiting", "running", "done", "cancelled", "failed"]


class BusyError(Exception):
    """Too many questions wait already."""


class _CancelledError(Exception):
    pass


@dataclass(frozen=True, eq=False)
class Progressed:
    """How far a question is.

    Args:
        state: of the work.
        share: of the work that is done, 0 to 1.
        seconds_left: as far as can be told; None while it cannot.
        pairs: replications of which every scenario has landed.
        of: replications asked for.
        comparison: of what has landed; None before the first pair. Intervals come with the fourth.
        message: why it failed; empty where it did not.
    """

    state: State
    share: float
    seconds_left: float | None
    pairs: int
    of: int
    comparison: Comparison | None
    message: str


class Job:
    """One question worked on.

    Args:
        question: what is asked.
        command: that would ask the same on the command line.
        structures: whether the other structures are run too.

    Attributes:
        is_wanted: whether somebody waits for it; when nobody has for three seconds, it is cancelled.
    """

    def __init__(self, question: Question, command: str, structures: bool) -> None:
        self.question, self.command, self.structures = question, command, structures
        self.is_wanted: Callable[[], bool] = lambda: True
        self._last_wanted = time.monotonic()
        self.state: State = "waiting"
        self.key = _key(question, structures)
        self._progress = Progress(question.study, structures)
        self._done_weeks = 0
        self._began = 0.0
        self._outcomes: dict[str, Outcome] = {}
        self._comparison: Comparison | None = None
        self._pairs, self._shown = 0, 0.0
        self._message = ""
        self._cancelled, self._ended = threading.Event(), threading.Event()

    def cancel(self) -> None:
        """Stop the work: processes end within two seconds. What has landed is kept."""
        self._cancelled.set()
        if self.state == "waiting":
            self.state = "cancelled"
            self._ended.set()
        self._ended.wait(_END_WITHIN)

    def progressed(self) -> Progressed:
        """Return how far it is."""
        share = min(self._done_weeks / self._progress.weeks, 1.0) if self._progress.weeks else 0.0
        left = None
        if self.state == "running" and share > 0.02:
            left = (time.monotonic() - self._began) * (1 - share) / share
        of = len(self.question.study.seeds)
        return Progressed(self.state, share, left, self._pairs, of, self._comparison, self._message)

    def work(self, store: Store | None) -> None:
        """Run it to its end; errors end it with a message."""
        if self._cancelled.is_set():
            return
        if not self.is_wanted():
            self.cancel()
            return
        self.state, self._began, self._last_wanted = "running", time.monotonic(), time.monotonic()
        executor = processes(os.cpu_count() or 1, apart=True)
        try:
            whole = answer(
                self.question.study, executor, store, watch=self._watch, structures=self.structures, every=True
            )
            whole = with_structures(whole, self.question)
            self._show(stamped(whole, self.question, self.command), len(whole.provenance.seeds))
            self.state = "done"
        except _CancelledError:
            self.state = "cancelled"
        except Exception as error:
            self._message = str(error) or type(error).__name__
            self.state = "failed"
        self._outcomes.clear()
        self._ended.set()

    def _watch(self, event: Event) -> None:
        if self._cancelled.is_set() or self._is_forsaken():
            raise _CancelledError
        self._done_weeks += self._progress.advance(event)
        if isinstance(event, Landed):
            self._outcomes[cell_key(event.cell)] = event.outcome
            study = self.question.as_stated
            pairs = len(complete_seeds(study, self._outcomes))
            # setting pairs side by side takes a second in which no page is answered; the last is done at the end
            is_due = time.monotonic() - self._shown > _EVERY
            if self._pairs < pairs < len(study.seeds) and is_due:
                so_far = comparison(study, self._outcomes, every=True)
                self._show(stamped(so_far, self.question, ""), pairs)

    def _is_forsaken(self) -> bool:
        now = time.monotonic()
        if self.is_wanted():
            self._last_wanted = now
        return now - self._last_wanted > _FORSAKEN

    def _show(self, compared: Comparison, pairs: int) -> None:
        of = len(self.question.study.seeds)
        self._comparison = compared if pairs >= min(FEWEST_PAIRS, of) else _without_intervals(compared)
        self._pairs, self._shown = pairs, time.monotonic()


class Queue:
    """Works on questions in the order they come, one at a time, since each uses the whole machine.

    Args:
        store: where replications are kept; none keeps nothing.
    """

    def __init__(self, store: Store | None) -> None:
        self.store = store
        self._jobs: dict[tuple, Job] = {}
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, question: Question, command: str, structures: bool = False) -> Job:
        """Return the job that works on *question*: the one there is, or a new one at the end of the queue.

        Raises:
            BusyError: too many wait.
        """
        job = Job(question, command, structures)
        with self._changed:
            known = self._jobs.get(job.key)
            if known and known.state in ("waiting", "running", "done"):
                return known
            if len(self._waiting) >= MOST_WAITING:
                raise BusyError(f"{MOST_WAITING} questions wait already; try again later.")
            self._jobs[job.key] = job
            self._waiting.append(job)
            self._forget()
            self._changed.notify()
        return job

    def find(self, question: Question, structures: bool = False) -> Job | None:
        """Return the job that works, or has worked, on *question*."""
        return self._jobs.get(_key(question, structures))

    def place(self, job: Job) -> int:
        """How many are ahead of *job*: those that wait before it, and the one worked on."""
        with self._changed:
            if job not in self._waiting:
                return 0
            running = any(one.state == "running" for one in self._jobs.values())
            return list(self._waiting).index(job) + running

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                job = self._waiting.popleft()
            job.work(self.store)

    def _forget(self) -> None:
        ended = [key for key, job in self._jobs.items() if job.state not in ("waiting", "running")]
        for key in ended[: max(len(ended) - _MOST_KEPT, 0)]:
            del self._jobs[key]


def _key(question: Question, structures: bool) -> tuple[object, ...]:
    """What tells questions apart: the structures follow from the scenarios as stated."""
    return (*question.as_stated.keys.values(), structures)


def structure_runs(question: Question) -> int:
    """How many replications the other structures of *question* would take."""
    return len({key for place, key in question.study.keys.items() if place[0] != AS_STATED})


def _without_intervals(compared: Comparison) -> Comparison:
    """The comparison with no interval told: of two or three pairs it would say more of their number than of chance."""
    blank = {"low": np.nan, "high": np.nan}
    return replace(
        compared,
        table=compared.table.assign(**blank),
        steps=compared.steps.assign(**blank),
        balance=compared.balance.assign(**blank),
    )
