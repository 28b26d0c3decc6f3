"""Measures: what is counted in a result, at each year end. A measure is one function, registered by name.

Stocks are read at each year end, flows over the year that ends then. Counts are scaled to the whole
area. What cannot be known is NaN: a share of nobody, or of people not yet followed for long enough.
"""

from sim.measures import courts, hearings, money, officers, path, reoffending, scheme, victims, workload  # noqa: F401  (they register their measures, in this order)
from sim.measures.registry import (
    BY_GROUP,
    COLUMNS,
    MEASURES,
    SECTIONS,
    TOTAL_ONLY,
    Measure,
    headlines,
    measure,
    take,
    take_every,
)

__all__ = [
    "BY_GROUP",
    "COLUMNS",
    "MEASURES",
    "SECTIONS",
    "TOTAL_ONLY",
    "Measure",
    "headlines",
    "measure",
    "take",
    "take_every",
]
