"""A log of what is run: replications by seed and size, and what became of them; nothing of people or sound levers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from sim.run.pool import Event, Failed, Landed, Started
from sim.run.run import Cell
from sim.study.cells import model_version

LOG = logging.getLogger("sliproad")


def log_to(path: Path, about: str) -> None:
    """Append a log to the file at *path* from now on, a line for each thing that happens, in UTC.

    Args:
        path: of the file.
        about: what begins.

    Raises:
        OSError: the file cannot be written.
    """
    lines = logging.FileHandler(path, encoding="utf-8")
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    lines.setFormatter(form)
    LOG.handlers = [lines]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    LOG.info("%s, model %s", about, model_version())


def logged(events: Iterable[Event]) -> Iterator[Event]:
    """Yield *events* as they come, and log when a replication has begun, landed or failed."""
    began: dict[int, float] = {}
    for event in events:
        if isinstance(event, Started):
            began[id(event.cell)] = time.monotonic()
        elif isinstance(event, Landed):
            LOG.info("%s: done%s", _in_words(event.cell), _took(began.pop(id(event.cell), None)))
        elif isinstance(event, Failed):
            error = f"{type(event.error).__name__}: {event.error}"
            LOG.warning("%s: failed%s: %s", _in_words(event.cell), _took(began.pop(id(event.cell), None)), error)
        yield event


def _in_words(cell: Cell) -> str:
    return f"seed {cell.seed}, {cell.years} years, share {cell.share:g}"


def _took(began: float | None) -> str:
    return "" if began is None else f" after {time.monotonic() - began:.1f} s"
