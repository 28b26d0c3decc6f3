"""Runs of one seed kept whole, so that single lives in them can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sim.run.pool import Event, Executor, Failed, Landed, processes
from sim.run.result import Result
from sim.study.study import Study

Lives = dict[str, Result]  # name of a scenario -> the tables of its run
SMALL: Mapping[str, Any] = {"seeds": 1, "years": 5, "share": 0.02}  # a fiftieth of the people takes some seconds


def results(study: Study, executor: Executor, watch: Callable[[Event], object] | None = None) -> Lives:
    """Run every scenario of a *study* of one seed with the same luck: name -> its tables.

    Raises:
        ValueError: the study has several seeds, or structures.
        Exception: what ended a run.
    """
    if len(study.cells) != len(study.scenarios):
        raise ValueError("lives are read in one seed, as the scenarios stand")
    names = {id(cell): name for (_, name, _), cell in study.cells.items()}
    found: Lives = {}
    for event in executor(list(study.cells.values()), whole):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, Landed):
            found[names[id(event.cell)]] = event.outcome
        if watch:
            watch(event)
    return {name: found[name] for name in study.scenarios}


def small(study: Study) -> Lives:
    """The lives of a small *study*, run apart from this process; see SMALL for its size."""
    return results(study.as_stated, processes(len(study.scenarios), apart=True))


def whole(result: Result) -> Result:
    """A result as it is, for executors that ask what is wanted of it."""
    return result
