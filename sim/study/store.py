"""The store: one file for each replication already done, so that the same question again costs nothing.

A file is written under a random temporary name, synced and renamed, and begins with a checksum of the rest. What is
half written, damaged or unreadable counts as not there, and is done again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from platformdirs import user_cache_path

from sim.measures.outcome import Outcome
from sim.run.run import Cell
from sim.study.cells import cell_key, model_version
from sim.study.whole import write_whole

FOLDER = "SLIPROAD_STORE"  # environment variable that says where the user's store is
_TEXT = ("measure", "unit", "at", "group", "by")  # columns of text, kept as codes
_ENDING = ".cell"
_DIGEST = 32  # bytes of the checksum
_STALE = 600  # seconds after which a temporary file is debris: writing one takes a fraction of a second


@dataclass(frozen=True)
class Store:
    """Outcomes on disk by the key of their cell, in one folder for each version of the model.

    Args:
        folder: where they are.
        behind: another store, only read, that is asked for what this one has not.
    """

    folder: Path
    behind: Store | None = None

    def get(self, cell: Cell, model: str | None = None) -> Outcome | None:
        """Return the outcome of *cell*, by default under this version of the *model*; None if it is not there whole."""
        return self.read(cell_key(cell, model), model)

    def has(self, key: str) -> bool:
        """Whether there is a file for the cell of this *key*, whole or not; to read it takes far longer."""
        return self._path(key).is_file() or bool(self.behind and self.behind.has(key))

    def read(self, key: str, model: str | None = None) -> Outcome | None:
        """Return the outcome of the cell of this *key*; None if it is not there whole."""
        try:
            content = self._path(key, model).read_bytes()
        except OSError:
            content = b""
        outcome = _unpacked(content)
        return self.behind.read(key, model) if outcome is None and self.behind else outcome

    def put(self, cell: Cell, outcome: Outcome) -> None:
        """Keep the *outcome* of *cell*, whole or not at all.

        Raises:
            OSError: the folder cannot be written.
        """
        about = {"title": cell.scenario.title, "seed": cell.seed, "years": cell.years, "share": cell.share}
        self.keep(cell_key(cell), outcome, about)

    def remember(self, cell: Cell, outcome: Outcome) -> None:
        """Keep the *outcome* of *cell* if that can be: what is done is never lost for a cache that cannot be written.

        The first time that it cannot, it is said on standard error.
        """
        try:
            self.put(cell, outcome)
        except OSError as error:
            _say_once(f"{self.folder}: {error.strerror or error}: finished runs are not kept for another time.")

    def keep(self, key: str, outcome: Outcome, about: dict[str, Any] | None = None) -> None:
        """The same by the *key* of its cell, with what the cell is in words."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _packed(outcome, about or {}))

    def clear_debris(self) -> None:
        """Remove temporary files that a hard end left behind."""
        for path in self.folder.glob("*/.*.tmp"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _STALE:
                    path.unlink()

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Return model version -> (number of replications, bytes on disk)."""
        versions = sorted(path for path in self.folder.glob("*") if path.is_dir())
        return {path.name: _size(path.glob(f"*{_ENDING}")) for path in versions}

    def prune(self, everything: bool = False) -> int:
        """Remove the replications of other versions of the model, or all; return how many bytes that frees."""
        freed = 0
        for version, (_, size) in self.sizes().items():
            if everything or version != model_version():
                shutil.rmtree(self.folder / version)
                freed += size
        return freed

    def _path(self, key: str, model: str | None = None) -> Path:
        return self.folder / (model or model_version()) / f"{key}{_ENDING}"


@cache
def _say_once(text: str) -> None:
    print(text, file=sys.stderr)


def users_store() -> Store | None:
    """Return the user's own store: in the folder that SLIPROAD_STORE names, else in the cache folder of this system.

    None where SLIPROAD_STORE is empty.
    """
    named = os.environ.get(FOLDER)
    if named == "":
        return None
    folder = Path(named).expanduser() if named else user_cache_path("sliproad") / "store"
    store = Store(folder)
    store.clear_debris()
    return store


def _packed(outcome: Outcome, about: dict[str, Any]) -> bytes:
    """A checksum, then a zip archive with a table a file and what the cell is in words."""
    archive = io.BytesIO()
    tables = {"measures": outcome.measures, "rungs": outcome.rungs, **outcome.tables}
    with zipfile.ZipFile(archive, "w") as pack:
        pack.writestr("about.json", json.dumps(about | {"model": model_version(), "tables": list(tables)}))
        for name, table in tables.items():
            pack.writestr(f"{name}.arrow", _to_arrow(table))
    return hashlib.sha256(archive.getvalue()).digest() + archive.getvalue()


def _unpacked(content: bytes) -> Outcome | None:
    if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        return None
    with zipfile.ZipFile(io.BytesIO(content[_DIGEST:])) as pack:
        names = json.loads(pack.read("about.json"))["tables"]
        tables = {name: _from_arrow(pack.read(f"{name}.arrow")) for name in names}
    return Outcome(tables.pop("measures"), tables.pop("rungs"), tables)


def _to_arrow(table: pd.DataFrame) -> bytes:
    from pyarrow import feather

    coded = {name: table[name].astype("category") for name in _TEXT if name in table and _is_text(table[name])}
    written = io.BytesIO()
    feather.write_feather(table.assign(**coded).rename(columns={name: f"text {name}" for name in coded}), written)
    return written.getvalue()


def _from_arrow(content: bytes) -> pd.DataFrame:
    from pyarrow import feather

    table = feather.read_feather(io.BytesIO(content))
    coded = {name: name.removeprefix("text ") for name in table if name.startswith("text ")}
    table = table.rename(columns=coded)
    return table.assign(**{name: table[name].astype(table[name].cat.categories.dtype) for name in coded.values()})


def _is_text(column: pd.Series) -> bool:
    return not isinstance(column.dtype, pd.CategoricalDtype)


def _size(files: Iterator[Path]) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in files]
    return len(sizes), sum(sizes)
