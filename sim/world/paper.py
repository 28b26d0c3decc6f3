"""Single Justice Procedure: cases decided on paper. They are counted; nobody is simulated."""

from __future__ import annotations

import numpy as np

from sim.world.record import Record


class PaperCases:
    """Paper cases a day: received, and decided a fixed time later in the order received.

    Args:
        record: where they are counted.
        notices: received on each day of the run.
        days: from notice to decision.
        stock: open before the first day; decided evenly over the first *days* days.
    """

    def __init__(self, record: Record, notices: np.ndarray, days: float, stock: int) -> None:
        self._record, self._notices = record, notices
        wait = max(1, round(days))
        evenly = np.diff(np.floor(np.linspace(0, stock, wait + 1) + 1e-9)).astype(np.int64)
        self._decided = np.concatenate([evenly, notices])
        self.stock = stock

    def work(self, today: int) -> None:
        """Count today's paper cases."""
        self._record.count_paper("received", int(self._notices[today]))
        self._record.count_paper("closed", int(self._decided[today]))
