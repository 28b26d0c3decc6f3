"""Listing policies: (columns, ids) -> int64 sort keys, lowest heard first.

A policy is one function. Ties go by date received, then by id. To add one: write it here and
enter it in POLICIES and in sim.scenario.model.Listing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Policy = Callable[[Any, np.ndarray], np.ndarray]


def custody_first(cases: Any, ids: np.ndarray) -> np.ndarray:
    """People held in custody, and ring-fenced work, first: as though received so many days sooner, their lead."""
    return 3 * DAY_OFFSET + cases.joined[ids].astype(np.int64) - cases.lead[ids]


def oldest_first(cases: Any, ids: np.ndarray) -> np.ndarray:
    """In the order received."""
    return np.zeros(len(ids), np.int64)


def shortest_first(cases: Any, ids: np.ndarray) -> np.ndarray:
    """Shortest trial first, by its length in minutes."""
    return cases.trial_minutes[ids].astype(np.int64)


def victim_priority(cases: Any, ids: np.ndarray) -> np.ndarray:
    """Cases with a victim first."""
    return np.where(cases.has_victim[ids], 0, 1).astype(np.int64)


def newest_first(cases: Any, ids: np.ndarray) -> np.ndarray:
    """Last received first. A warning, not a proposal: the oldest cases are never reached."""
    return LATEST - DAY_OFFSET - cases.joined[ids].astype(np.int64)


LATEST = 2**18 - 1  # the last key there is room for
DAY_OFFSET = 2**14  # no case was received so many days before the start, or will be so many after

POLICIES: dict[str, Policy] = {
    "custody first": custody_first,
    "oldest first": oldest_first,
    "shortest first": shortest_first,
    "victim priority": victim_priority,
    "newest first": newest_first,
}
