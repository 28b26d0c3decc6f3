"""A folder of scenarios that comes as a zip archive: bounded, unpacked away from everything else, never executed."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from sim.scenario.faults import ScenarioError, printable
from sim.scenario.reading import load

MOST_FILES, MOST_BYTES, MOST_OF_ONE = 40, 2_000_000, 256 * 1024
BASELINE = "baseline"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}\.(toml|csv)")


@dataclass(frozen=True)
class OwnArea:
    """What was brought.

    Args:
        folder: where it lies; it is removed with this object.
        scenarios: names of its sound scenarios, the baseline first.
        faults: what is wrong with the others, in words.
    """

    folder: TemporaryDirectory[str]
    scenarios: tuple[str, ...]
    faults: tuple[str, ...]

    def path(self, name: str) -> str:
        """The scenario *name* as other functions take it."""
        return str(Path(self.folder.name) / name)


def unpack(name: str, content: bytes) -> OwnArea:
    """Unpack the archive *name* and check every scenario in it.

    Raises:
        ScenarioError: it is no archive, breaks a bound, or holds no sound `baseline.toml`.
    """
    said = printable(name[:60])
    files = _files(said, content)
    if f"{BASELINE}.toml" not in files:
        raise ScenarioError([f"{said}: holds no {BASELINE}.toml, which every other scenario is set against"])
    folder = TemporaryDirectory(prefix="sliproad-area-")
    for file, of in files.items():
        (Path(folder.name) / file).write_bytes(of)
    sound, faults = [], []
    for file in sorted(files, key=lambda one: (one != f"{BASELINE}.toml", one)):
        if not file.endswith(".toml") or file == "evidence.toml":
            continue
        try:
            load(str(Path(folder.name) / file))
            sound.append(file.removesuffix(".toml"))
        except ScenarioError as error:
            faults += [fault.replace(f"{folder.name}/", "") for fault in error.faults]
    if BASELINE not in sound:
        folder.cleanup()
        raise ScenarioError(faults)
    return OwnArea(folder, tuple(sound), tuple(faults))


def _files(said: str, content: bytes) -> dict[str, bytes]:
    """The files of an archive by name, without the folder they lie in; bounds are looked at before anything is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
            _refuse(said, entries)
            return {PurePosixPath(entry.filename).name: _read(said, archive, entry) for entry in entries}
    except ScenarioError:
        raise
    except Exception:  # each way of packing has errors of its own where an archive is damaged
        raise ScenarioError([f"{said}: no zip archive that can be read"]) from None


def _refuse(said: str, entries: list[zipfile.ZipInfo]) -> None:
    names = [PurePosixPath(entry.filename) for entry in entries]
    if not entries or len(entries) > MOST_FILES:
        raise ScenarioError([f"{said}: holds {len(entries)} files; 1 to {MOST_FILES} are taken"])
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise ScenarioError([f"{said}: unpacked it is larger than {MOST_BYTES // 1_000_000} MB"])
    if len({name.parent for name in names}) > 1 or len({name.name.lower() for name in names}) < len(names):
        raise ScenarioError([f"{said}: its files must lie in one folder, each with a name of its own"])
    for entry, name in zip(entries, names, strict=True):
        if not _NAME.fullmatch(name.name) or name.is_absolute() or ".." in name.parts or len(name.parts) > 2:
            raise ScenarioError(
                [
                    f"{said}: {printable(entry.filename[:60])!r}: a file of an area is NAME.toml or NAME.csv, in "
                    "letters, digits, - and _"
                ]
            )
        if entry.file_size > MOST_OF_ONE:
            raise ScenarioError([f"{said}: {name.name} is larger than {MOST_OF_ONE // 1024} kB"])


def _read(said: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One file, never more of it than the archive says it holds."""
    with archive.open(entry) as file:
        content = file.read(MOST_OF_ONE + 1)
    if len(content) > MOST_OF_ONE:
        raise ScenarioError([f"{said}: {printable(entry.filename[:60])} is larger than it says"])
    return content
