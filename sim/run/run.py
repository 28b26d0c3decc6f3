"""Runs: one seed of one scenario, or many at once in several processes with the same results."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sim.run.result import Result
from sim.scenario.model import Scenario
from sim.world import World

T = TypeVar("T")


def run_seed(scenario: Scenario, seed: int, years: int, share: float = 1.0, audit: bool = False) -> Result:
    """Run *scenario* once and return its tables.

    Args:
        scenario: what to run.
        seed: which luck.
        years: how many years to simulate.
        share: fraction of people and courtrooms to simulate.
        audit: check every law of the model daily; changes no figure.
    """
    with _collector_at_rest():
        world = World(scenario, seed, years, share, audit)
        world.run()
        return Result(scenario, seed, years, share, world.tables())


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the garbage collector from walking through a million agents again and again: a run makes few cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
