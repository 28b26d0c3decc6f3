"""The magistrates' second list: first hearings, the time planned for them, and who waits for some of it."""

from __future__ import annotations

import numpy as np


class FirstList:
    """Time planned for first hearings and for sentence after a report, apart from that of trials.

    Args:
        planned: minutes planned on each day of the run: array (days,).
    """

    def __init__(self, planned: np.ndarray) -> None:
        self._planned = np.append(0, np.cumsum(planned))  # by the end of each day, one place on
        self._counted = 0
        self.waiting = np.empty(0, np.int64)  # cases, in the order in which they came due
        self.balance = 0  # minutes planned so far that are still to be used; below 0 where more were used

    def open_day(self, today: int) -> None:
        """Add the time planned since the last sitting day."""
        self.balance += int(self._planned[today + 1] - self._planned[self._counted])
        self._counted = today + 1

    def leave_unused(self) -> int:
        """Give up planned time that nobody waits for, in minutes; what was used beyond the plan is made good first."""
        if self.waiting.size:
            return 0
        unused = max(self.balance, 0)
        self.balance -= unused
        return unused
