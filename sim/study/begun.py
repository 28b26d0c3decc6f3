"""What jobs have begun: nothing that two of them need is run twice at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, wait
from contextlib import closing

from sim.measures.outcome import Outcome
from sim.run.pool import Event, Events, Executor, Idle, Landed, Observe
from sim.run.run import Cell
from sim.study.cells import cell_key

_LOOK = 0.1  # seconds between two times that whoever waits for another's cell may stop


class Begun:
    """Cells that jobs have begun: a job that needs one of them too waits for it and does not run it again.

    For jobs of some seconds that observe the same of a result: a job runs all it has begun before it waits, so none
    waits for ever.
    """

    def __init__(self) -> None:
        self._cells: dict[str, Future[Outcome | None]] = {}
        self._changing = threading.Lock()

    def sharing(self, executor: Executor) -> Executor:
        """Return *executor* without what others have begun: that lands when it is done there.

        What another job leaves undone is run here.
        """

        def run(cells: Sequence[Cell], observe: Observe) -> Events:
            by_key = {cell_key(cell): cell for cell in cells}
            others = self._begin(by_key)
            mine = {key: cell for key, cell in by_key.items() if key not in others}
            try:
                with closing(executor(list(mine.values()), observe)) as events:
                    for event in events:
                        self._give(event)
                        yield event
            finally:
                self._end(mine)
            undone = []
            for key, done in others.items():
                while not wait([done], _LOOK).done:
                    yield Idle()
                outcome = done.result()
                if outcome is None:
                    undone.append(by_key[key])
                else:
                    yield Landed(by_key[key], outcome)
            if undone:
                yield from run(undone, observe)

        return run

    def _begin(self, keys: Iterable[str]) -> dict[str, Future[Outcome | None]]:
        """Begin the cells of these *keys*; return those that others have begun."""
        with self._changing:
            others = {key: self._cells[key] for key in keys if key in self._cells}
            self._cells |= {key: Future() for key in keys if key not in others}
        return others

    def _give(self, event: Event) -> None:
        if isinstance(event, Landed):
            self._cells[cell_key(event.cell)].set_result(event.outcome)

    def _end(self, keys: Iterable[str]) -> None:
        """Let go of the cells of these *keys*: what has not landed stays undone."""
        with self._changing:
            ended = [self._cells.pop(key) for key in keys]
        for one in ended:
            if not one.done():
                one.set_result(None)
