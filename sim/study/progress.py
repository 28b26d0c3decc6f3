"""How far a study is, in weeks simulated."""

from __future__ import annotations

from sim.base.words import counted
from sim.run.pool import Advanced, Event, Failed, Landed
from sim.study.cells import cell_key
from sim.study.study import Study


class Progress:
    """Counts the weeks of a study as its events come.

    Args:
        study: the question.
        structures: whether its other structures are run too.
    """

    def __init__(self, study: Study, structures: bool = False) -> None:
        of = study if structures else study.as_stated
        self._keys = {cell: of.keys[place] for place, cell in of.cells.items()}  # to work one out takes 3 ms
        self._ahead = {of.keys[place]: cell.weeks for place, cell in of.cells.items()}
        self.weeks = sum(self._ahead.values())
        self.label = f"Simulating, {counted(len(self._ahead), 'run')}"
        self._left = dict(self._ahead)

    def advance(self, event: Event) -> int:
        """Return how many weeks further *event* is."""
        if not isinstance(event, Advanced | Landed | Failed):
            return 0
        key = self._keys.get(event.cell) or cell_key(event.cell)
        whole, before = self._ahead[key], self._left[key]
        self._left[key] = max(whole - event.week, 0) if isinstance(event, Advanced) else 0
        return before - self._left[key]
