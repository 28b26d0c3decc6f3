"""The store in words."""

from __future__ import annotations

from sim.base.words import counted
from sim.report.layout import aligned
from sim.study.cells import model_version
from sim.study.store import Store


def report_store(store: Store, freed: int | None = None) -> str:
    """Say where the *store* is and what it holds by version of the model, and how many bytes were *freed*."""
    sizes = store.sizes()
    number, size = (sum(column) for column in zip(*sizes.values(), strict=True)) if sizes else (0, 0)
    lines = [f"{store.folder}: {counted(number, 'replication')}, {_megabytes(size)}"]
    if freed is not None:
        lines.append(f"{_megabytes(freed)} freed.")
    rows = [
        (version, counted(count, "replication"), _megabytes(bytes_), "this model" if version == model_version() else "")
        for version, (count, bytes_) in sizes.items()
    ]
    return "\n".join([*lines, *([aligned(rows)] if rows else [])])


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
