"""Questions and sweeps worked on in the background: how far each is, what landed, and its cancelling.

Of long work one is done at a time, and short runs do not wait for it. What is asked for twice is worked on once. What
has landed is kept, so cancelled work goes on where it was when it is asked for again.
"""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

from sim.compare.comparison import AS_STATED, Comparison
from sim.compare.paired import FEWEST_PAIRS
from sim.measures.outcome import Outcome
from sim.run.pool import Event, Executor, Failed, Landed, processes
from sim.study.at_once import with_structures
from sim.study.begun import Begun
from sim.study.cells import cell_key
from sim.study.log import LOG
from sim.study.plan import Plan, points
from sim.study.progress import Progress
from sim.study.question import Question, stamped
from sim.study.shipped import lean
from sim.study.store import Store
from sim.study.study import answer, comparison, complete_seeds
from sim.study.sweep import Folder, Place, Shard, identity_of, sweep

_MOST_KEPT = 20  # finished runs whose answers are kept
MOST_WAITING = 10
_SHORT = 10  # years simulated in all, up to which a question is short: some seconds of one processor
_STEP_BACK = 10  # niceness of the processes that run replications: whoever clicks goes first
_END_WITHIN = 3.0  # seconds a cancelled job is waited for
_FIRST_TOLD = 0.02  # part done before which nobody can say how long the rest takes
_EVERY = 5.0  # seconds between two looks at what has landed
_FORSAKEN = 3.0  # seconds after which a job that nobody waits for is given up

_PROCESSORS = os.cpu_count() or 1
_BEGUN = Begun()

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


_Work = TypeVar("_Work", bound="Work")


class Work(ABC):
    """Something worked on.

    Args:
        key: what tells it from other work.

    Attributes:
        is_wanted: whether somebody waits for it; when nobody has for three seconds, it is cancelled.
        state: how far it is.
        message: why it failed; empty where it did not.
    """

    def __init__(self, key: tuple[object, ...]) -> None:
        self.key = key
        self.is_wanted: Callable[[], bool] = lambda: True
        self.state: State = "waiting"
        self.message = ""
        self._began = self._last_wanted = time.monotonic()
        self._cancelled, self._ended = threading.Event(), threading.Event()

    @property
    @abstractmethod
    def share(self) -> float:
        """The part of it that is done, 0 to 1."""

    @property
    def is_short(self) -> bool:
        """Whether it takes some seconds only: short work does not wait for long work."""
        return False

    @abstractmethod
    def _do(self, executor: Executor, store: Store | None) -> None:
        """Do it with *executor*, heeding at every event whether it is still wanted."""

    @property
    def seconds_left(self) -> float | None:
        """As far as can be told; None while it cannot."""
        if self.state != "running" or self.share <= _FIRST_TOLD:
            return None
        return (time.monotonic() - self._began) * (1 - self.share) / self.share

    def cancel(self) -> None:
        """Stop the work: processes end within two seconds. What has landed is kept."""
        self._cancelled.set()
        if self.state == "waiting":
            self.state = "cancelled"
            self._ended.set()
        self._ended.wait(_END_WITHIN)

    def wait(self, seconds: float) -> None:
        """Return when it has ended, or after so many *seconds*."""
        self._ended.wait(seconds)

    def work(self, store: Store | None) -> None:
        """Run it to its end; errors end it with a message."""
        if self._cancelled.is_set():
            return
        if not self.is_wanted():
            self.cancel()
            return
        self.state, self._began, self._last_wanted = "running", time.monotonic(), time.monotonic()
        LOG.info("%s: begins", type(self).__name__)
        try:
            self._do(processes(_PROCESSORS, apart=True, niceness=_STEP_BACK), store)
            self.state = "done"
        except _CancelledError:
            self.state = "cancelled"
        except Exception as error:
            self.message = str(error) or type(error).__name__
            self.state = "failed"
            LOG.exception("%s: could not be done", type(self).__name__)
        LOG.info("%s: %s after %.1f s", type(self).__name__, self.state, time.monotonic() - self._began)
        self._ended.set()

    def _heed(self) -> None:
        """End the work if it was cancelled, or if nobody waits for it any more."""
        now = time.monotonic()
        if self.is_wanted():
            self._last_wanted = now
        if self._cancelled.is_set() or now - self._last_wanted > _FORSAKEN:
            raise _CancelledError


class Job(Work):
    """One question worked on.

    Args:
        question: what is asked.
        command: that would ask the same on the command line.
        structures: whether the other structures are run too.
    """

    def __init__(self, question: Question, command: str, structures: bool) -> None:
        super().__init__(_key(question, structures))
        self.question, self.command, self.structures = question, command, structures
        self._progress = Progress(question.study, structures)
        self._done_weeks = 0
        self._outcomes: dict[str, Outcome] = {}
        self._comparison: Comparison | None = None
        self._pairs, self._shown = 0, 0.0

    @property
    def share(self) -> float:
        """The part of it that is done, 0 to 1."""
        return min(self._done_weeks / self._progress.weeks, 1.0) if self._progress.weeks else 0.0

    @property
    def is_short(self) -> bool:
        """Whether it takes some seconds only."""
        study = self.question.study if self.structures else self.question.as_stated
        return len(set(study.keys.values())) * study.years <= _SHORT

    def progressed(self) -> Progressed:
        """Return how far it is."""
        of = len(self.question.study.seeds)
        return Progressed(self.state, self.share, self.seconds_left, self._pairs, of, self._comparison, self.message)

    def _do(self, executor: Executor, store: Store | None) -> None:
        # beside long work, whose cells may be minutes away, short work runs what it needs itself
        shared = _BEGUN.sharing(executor) if self.is_short else executor
        try:
            whole = answer(
                self.question.study, shared, store, watch=self._watch, structures=self.structures, every=True
            )
        finally:
            self._outcomes.clear()
        whole = with_structures(whole, self.question)
        self._show(stamped(whole, self.question, self.command), len(whole.provenance.seeds))

    def _watch(self, event: Event) -> None:
        self._heed()
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

    def _show(self, compared: Comparison, pairs: int) -> None:
        of = len(self.question.study.seeds)
        self._comparison = lean(compared if pairs >= min(FEWEST_PAIRS, of) else _without_intervals(compared))
        self._pairs, self._shown = pairs, time.monotonic()


class Sweeping(Work):
    """One sweep worked on; what has landed stays in its folder.

    Args:
        folder: of the sweep.
    """

    def __init__(self, folder: Folder) -> None:
        super().__init__(_key_of_sweep(folder.plan))
        self.folder = folder
        self._left = self._ahead = max(folder.left(Shard()), 1)

    @property
    def share(self) -> float:
        """The part of it that is done, 0 to 1."""
        return 1 - max(self._left, 0) / self._ahead

    def _do(self, executor: Executor, store: Store | None) -> None:
        done = sweep(self.folder, executor, self._watch)
        if done.table is None or done.table.empty:
            raise RuntimeError("; ".join(dict.fromkeys(done.failed.values())) or "no point has both sides")

    def _watch(self, event: Event | Place) -> None:
        self._heed()
        self._left -= isinstance(event, tuple | Landed | Failed)


class Queue:
    """Works on questions and sweeps in the order they come.

    Long work uses the whole machine, so one is done at a time. A lane is left beside it for short work.

    Args:
        store: where replications are kept; none keeps nothing.
    """

    def __init__(self, store: Store | None) -> None:
        self.store = store
        self._works: dict[tuple[object, ...], Work] = {}
        self._waiting: list[Work] = []
        self._at_work: list[Work] = []
        self._changed = threading.Condition()
        for _ in range(max(_PROCESSORS, 2)):
            threading.Thread(target=self._work, daemon=True).start()

    def submit(self, question: Question, command: str, structures: bool = False) -> Job:
        """Return the job that works on *question*: the one there is, or a new one at the end of the queue.

        Raises:
            BusyError: too many wait.
        """
        return self.add(Job(question, command, structures))

    def add(self, work: _Work) -> _Work:
        """Put *work* at the end of the queue, and return it, or what does the same already.

        Raises:
            BusyError: too many wait.
        """
        with self._changed:
            known = self._works.get(work.key)
            if isinstance(known, type(work)) and known.state in ("waiting", "running", "done"):
                return known
            if len(self._waiting) >= MOST_WAITING:
                raise BusyError(f"{MOST_WAITING} runs wait already; try again later.")
            self._works[work.key] = work
            self._waiting.append(work)
            self._forget()
            self._changed.notify()
        return work

    def find(self, question: Question, structures: bool = False) -> Job | None:
        """Return the job that works, or has worked, on *question*."""
        found = self._works.get(_key(question, structures))
        return found if isinstance(found, Job) else None

    def find_sweep(self, plan: Plan) -> Sweeping | None:
        """Return the work that runs, or has run, the sweep of a *plan*."""
        found = self._works.get(_key_of_sweep(plan))
        return found if isinstance(found, Sweeping) else None

    def place(self, work: Work) -> int:
        """How many are ahead of *work*: those as short or as long that wait before it, or are worked on."""
        with self._changed:
            if work not in self._waiting:
                return 0
            before = self._at_work + self._waiting[: self._waiting.index(work)]
            return sum(one.is_short == work.is_short for one in before)

    def _work(self) -> None:
        while True:
            with self._changed:
                while (work := self._next()) is None:
                    self._changed.wait()
                self._waiting.remove(work)
                self._at_work.append(work)
            work.work(self.store)
            with self._changed:
                self._at_work.remove(work)
                self._changed.notify_all()

    def _next(self) -> Work | None:
        """The first that waits and may begin now."""
        is_taken = any(not one.is_short for one in self._at_work)
        return next((one for one in self._waiting if one.is_short or not is_taken), None)

    def _forget(self) -> None:
        ended = [key for key, work in self._works.items() if work.state not in ("waiting", "running")]
        for key in ended[: max(len(ended) - _MOST_KEPT, 0)]:
            del self._works[key]


def _key(question: Question, structures: bool) -> tuple[object, ...]:
    """What tells questions apart: the structures follow from the scenarios as stated."""
    return (*question.as_stated.keys.values(), structures)


def _key_of_sweep(plan: Plan) -> tuple[object, ...]:
    return ("sweep", identity_of(plan, points(plan)), plan.seeds)


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
