"""The results folder on disk: one comparison with its provenance, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import nullcontext, suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from sim.compare.comparison import Comparison, Provenance
from sim.run.result import LARGE_TABLES, SMALL_TABLES
from sim.study.whole import umask

if TYPE_CHECKING:
    import pandas as pd

_OURS = re.compile(r"(?:[a-z0-9-]+/)?[a-z]+\.(?:parquet|toml)")  # files that results are made of
_OTHERS = {  # the stamp of a folder of another kind -> what it is
    "sweep.json": "it is the folder of a sweep, which `sliproad query` and `export` take",
    "goal.json": "it is the folder of a goal, which `sliproad brief --goal` takes beside results",
}
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


class ResultsFolder:
    """Writes a results folder: large tables seed by seed as they come, everything else at the end.

    Every file is written under a random temporary name, synced and renamed when whole; `provenance.json` comes
    last, so a folder without it is not finished. Use it as a context: a failure leaves nothing new, and what a hard
    end left behind is cleared by the next.

    Raises:
        FileExistsError: the folder holds files that are not earlier results.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._writers: dict[str, Any] = {}
        self._staged: dict[str, Path] = {}

    def __enter__(self) -> ResultsFolder:
        self._created = not self.folder.exists()
        _clear_debris(self.folder)
        self._earlier = _earlier_files(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=self.folder):
            return self

    def add(self, name: str, tables: dict[str, pd.DataFrame]) -> None:
        """Append one seed's *tables* to those of the scenario *name*."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for table, rows in tables.items():
            path = f"{slug(name)}/{table}.parquet"
            if path not in self._writers:
                schema = pa.Schema.from_pandas(rows, preserve_index=False)
                self._writers[path] = pq.ParquetWriter(self._stage(path), schema, compression="zstd")
            writer = self._writers[path]
            writer.write_table(pa.Table.from_pandas(rows, schema=writer.schema, preserve_index=False))

    def finish(self, comparison: Comparison) -> None:
        """Write what belongs to the whole comparison, then put every file under its own name."""
        from sim.scenario.reading import to_toml

        for name, of_scenario in comparison.tables.items():
            self.add(name, {table: rows for table, rows in of_scenario.items() if not self._has(name, table)})
        self._close()
        tables = {
            "comparison": comparison.table,
            "steps": comparison.steps,
            "balance": comparison.balance,
            "measures": comparison.measures,
        }
        if comparison.structures is not None:
            tables["structures"] = comparison.structures
        for name, table in tables.items():
            table.to_parquet(self._stage(f"{name}.parquet"), index=False)
        for name, scenario in comparison.scenarios.items():
            self._stage(f"{slug(name)}/scenario.toml").write_text(to_toml(scenario), encoding="utf-8")
        files = {path: _sha256(staged) for path, staged in sorted(self._staged.items())}
        stamp = json.dumps({**asdict(comparison.provenance), "files": files}, indent=2) + "\n"
        self._stage("provenance.json").write_text(stamp, encoding="utf-8")
        self._publish()

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Leave nothing behind; a fault in clearing up never hides the one that came before."""
        with suppress(OSError) if kind else nullcontext():
            self._close()
            for staged in self._staged.values():
                _remove(staged)
            if self._created and not any(self.folder.iterdir()):
                self.folder.rmdir()

    def _stage(self, path: str) -> Path:
        """Where to write the file that will stand at *path*."""
        final = self.folder / path
        final.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=final.parent, prefix=f".{final.name}.", suffix=".tmp", delete=False) as file:
            self._staged[path] = Path(file.name)
        self._staged[path].chmod(0o666 & ~umask())
        return self._staged[path]

    def _has(self, name: str, table: str) -> bool:
        return f"{slug(name)}/{table}.parquet" in self._staged

    def _publish(self) -> None:
        for staged in self._staged.values():
            with staged.open("rb+") as file:
                os.fsync(file.fileno())
        (self.folder / "provenance.json").unlink(missing_ok=True)
        for path in self._earlier:
            if path not in self._staged:
                _remove(self.folder / path)
        for path, staged in self._staged.items():  # provenance.json was staged last
            os.replace(staged, self.folder / path)

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def save(folder: str | Path, comparison: Comparison) -> None:
    """Write *comparison*, with the tables it holds, as a results folder."""
    with ResultsFolder(folder) as results:
        results.finish(comparison)


def load(folder: str | Path) -> Comparison:
    """Read a results folder back.

    Raises:
        FileNotFoundError: the folder holds no finished results.
        OSError: a file has changed since it was written.
    """
    import pandas as pd

    from sim.scenario.reading import load as load_scenario

    folder = Path(folder)
    if not (folder / "provenance.json").is_file():
        kind = next((kind for stamp, kind in _OTHERS.items() if (folder / stamp).is_file()), "")
        raise FileNotFoundError(f"{folder}: no finished results here ({kind or 'no provenance.json'})")
    provenance, stamp = _stamp(folder / "provenance.json")
    for path, digest in provenance["files"].items():
        if not _OURS.fullmatch(path) or not (folder / path).is_file() or _sha256(folder / path) != digest:
            raise OSError(f"{folder / path}: changed, damaged or missing; run the comparison again")
    folders = {name: folder / slug(name) for name in provenance["scenarios"]}
    structures = folder / "structures.parquet"
    return Comparison(
        scenarios={name: load_scenario(str(path / "scenario.toml")) for name, path in folders.items()},
        table=pd.read_parquet(folder / "comparison.parquet"),
        steps=pd.read_parquet(folder / "steps.parquet"),
        balance=pd.read_parquet(folder / "balance.parquet"),
        measures=pd.read_parquet(folder / "measures.parquet"),
        structures=pd.read_parquet(structures) if structures.is_file() else None,
        tables={name: _tables_of(path) for name, path in folders.items()},
        provenance=stamp,
    )


def _stamp(path: Path) -> tuple[dict[str, Any], Provenance]:
    """What `provenance.json` holds, as it stands and as it is used."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told["files"], dict) or not all(isinstance(name, str) for name in told["scenarios"]):
            raise ValueError
        return told, _provenance(told)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise OSError(f"{path}: changed or damaged; run the comparison again") from None


def slug(name: str) -> str:
    """A safe file name for *name*: itself where it is safe, else its letters and a short hash of it."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    if plain and plain == name and plain not in _RESERVED:
        return plain
    return f"{plain or 'scenario'}-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}"


def _provenance(stamp: dict[str, Any]) -> Provenance:
    """What a stamp says, each part of the kind it should be."""
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stamp.items() if name != "files"
    }
    _as_told().validate_python(told)
    return Provenance(**told)


@cache
def _as_told() -> TypeAdapter[Provenance]:
    """What checks a stamp, made once."""
    return TypeAdapter(Provenance)


def _clear_debris(folder: Path) -> None:
    """Remove temporary files of ours that a hard end left behind."""
    for path in (*folder.glob(".*.tmp"), *folder.glob("*/.*.tmp")):
        if re.fullmatch(r"\.[a-z]+\.(?:parquet|toml|json)\.[a-z0-9_]+\.tmp", path.name):
            _remove(path)


def _earlier_files(folder: Path) -> list[str]:
    """The files of earlier results in *folder*, which new ones may replace."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder}: is a file; name a folder")
    if not folder.exists() or not any(folder.iterdir()):
        return []
    try:
        files = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["files"]
        return [path for path in files if _OURS.fullmatch(path)]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise FileExistsError(f"{folder}: holds files that are not results; name a new folder") from None


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.exists() and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _tables_of(folder: Path) -> dict[str, pd.DataFrame]:
    import pandas as pd

    paths = {name: folder / f"{name}.parquet" for name in SMALL_TABLES + LARGE_TABLES}
    return {name: pd.read_parquet(path) for name, path in paths.items() if path.exists()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
