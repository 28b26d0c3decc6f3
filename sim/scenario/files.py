"""Where scenario files live, and how one is read: whole, small, plain text and valid TOML, or refused."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any

from sim.scenario.faults import (
    Place,
    ScenarioError,
    dotted,
    misfit,
    named_characters,
    nearest,
    need_of,
    printable,
    shown,
)
from sim.scenario.lines import Keys, TomlError, scan

_MOST_BYTES = 256 * 1024
_LONGEST_LINE = 4000
_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Layer:
    """What one file, or one change, sets: its name in messages, its values and the line of each key.

    Readers of the same file share its values: they are never changed.
    """

    name: str
    values: dict[str, Any]
    lines: Mapping[Place, int]
    path: Path | None = None


def find(name: str | Path) -> Path:
    """Return the file of the scenario *name*: a path, or a name in ./scenarios or in the package.

    Raises:
        ScenarioError: there is none; the message gives the nearest names.
    """
    own = Path(os.path.expanduser(name))
    within = [] if own.is_absolute() or ".." in own.parts else [root / own for root in _roots()]
    found = _first_file([own, *within])
    if found:
        return found
    return _not_found(str(name))


def names() -> list[str]:
    """Return the scenarios that can be named, such as `london/baseline`; ledgers and plans of sweeps are left out."""
    return [name for name in _every_name() if not re.search(r"(^|[/.-])evidence|evidence$|(^|/)sweeps/", name)]


def plans() -> list[str]:
    """Return the plans of sweeps that can be named, such as `london/sweeps/uptake`."""
    return [name for name in _every_name() if "/sweeps/" in name]


def base_of(layer: Layer) -> Path | None:
    """Return the file that *layer* is based on; None when it stands alone.

    Raises:
        ScenarioError: it does not exist, or lies neither beside nor below the file nor among the scenarios; or the
            layer is a file of another kind.
    """
    if other := _other_kind(layer.values):
        raise ScenarioError([f"{layer.name}: is {other}"])
    name = layer.values.get("based_on")
    if name is None or layer.path is None:
        return None
    line = layer.lines.get(("based_on",))
    said = f"{at(layer.name, line)}: based_on = {shown(name)}: "
    if not isinstance(name, str) or not name:
        raise ScenarioError([said + 'needs the name of a scenario in quotes, such as "baseline"'])
    if ".." in re.split(r"[/\\]", name) or Path(name).is_absolute() or PureWindowsPath(name).drive or name[0] in "/\\~":
        raise ScenarioError([said + "must name a file beside or below this one, or a scenario; no '..', no '/' first"])
    roots = [layer.path.absolute().parent, *_roots()]
    found = _first_file([root / name for root in roots])
    if not found:
        raise ScenarioError([said + "no such scenario" + nearest(name, _near(roots[0]) + names())])
    if not any(found.resolve().is_relative_to(root.resolve()) for root in roots):
        raise ScenarioError([said + "leads out of the folder of this file by a link"])
    return found


def _other_kind(values: Mapping[str, Any]) -> str:
    """What a file is that is plainly no scenario, and what takes it; nothing for any other."""
    if "baseline" in values and {"levers", "world"} & values.keys():
        return "a plan of a sweep and no scenario; `sliproad sweep` takes it"
    if any(isinstance(line, dict) and {"source", "grade"} <= line.keys() for line in values.values()):
        return "a ledger of evidence and no scenario; it is read with the scenarios beside it"
    return ""


def read(path: Path) -> Layer:
    """Return what the file at *path* sets.

    Raises:
        ScenarioError: it is not a small plain text file of valid TOML.
    """
    name = _from_here(path)
    try:
        values, lines = _read_once(_bytes(path))
        return Layer(name, values, lines, path)
    except TomlError as error:
        raise ScenarioError([f"{at(name, error.line)}: {error.words}"]) from None


@lru_cache(maxsize=64)  # a page reads the same few files at every click: 20 ms a file without it, 2 with
def _read_once(data: bytes) -> tuple[dict[str, Any], Mapping[Place, int]]:
    """What a file's bytes set, and the line of each key."""
    text = _text(data)
    keys = scan(text)
    return _parsed(text, keys), keys.lines


def at(name: str, line: int | None) -> str:
    """Write a place in a file: `mine.toml:14`, or `mine.toml` when the line is not known."""
    return f"{name}:{line}" if line else name


def _roots() -> list[Path]:
    """./scenarios, then the scenarios of an installed package, or of the checkout that holds this file."""
    packaged = _PACKAGE / "scenarios"
    return [Path("scenarios"), packaged if packaged.is_dir() else _PACKAGE.parent / "scenarios"]


def _every_name() -> list[str]:
    found = {path.relative_to(root).with_suffix("").as_posix() for root in _roots() for path in root.rglob("*.toml")}
    return sorted(found)


def _first_file(paths: list[Path]) -> Path | None:
    """The first that exists as a file, with or without .toml."""
    for path in paths:
        for candidate in (path, path.with_name(path.name + ".toml")) if path.name else ():
            # os.path answers False to an impossible name, where Path raises
            if os.path.exists(candidate) and not os.path.isdir(candidate):
                return candidate
    return None


def _not_found(name: str) -> Path:
    known = names()
    inside = [other for other in known if other.startswith(name.rstrip("/") + "/")]
    if inside:
        raise ScenarioError([f"{shown(name)} is a folder of scenarios: {', '.join(inside[:10])}"])
    hint = nearest(name, known) or nearest(Path(name).stem, [Path(other).name for other in known])
    listed = f"; known: {', '.join(known[:10])}" if not hint and known else hint
    raise ScenarioError([f"no scenario {shown(name)}{listed}"])


def _near(folder: Path) -> list[str]:
    return [path.stem for path in folder.glob("*.toml")]


def _from_here(path: Path) -> str:
    whole, here = path.absolute(), Path.cwd()
    return printable(str(whole.relative_to(here) if whole.is_relative_to(here) else path))


def _bytes(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise TomlError(0, "not a regular file")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise TomlError(0, f"cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    if len(data) > _MOST_BYTES:
        raise TomlError(0, f"larger than {_MOST_BYTES // 1024} kB, the most a scenario may be")
    return data


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TomlError(line, f"not UTF-8 text (byte 0x{data[error.start]:02x}); save the file as UTF-8") from None
    if "\0" in text:
        raise TomlError(text.count("\n", 0, text.index("\0")) + 1, "holds a NUL character; not a text file")
    for number, line_text in enumerate(text.split("\n"), 1):
        if len(line_text) > _LONGEST_LINE:
            raise TomlError(number, f"a line of {len(line_text):,} characters; at most {_LONGEST_LINE:,}")
    return text


def _parsed(text: str, keys: Keys) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explained(text, keys, str(error)) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise TomlError(0, "not valid TOML: a value too large or too deep to read") from None


def _explained(text: str, keys: Keys, message: str) -> TomlError:
    """Turn the parser's *message* into the line and, where it can be told, the lever and what it needs."""
    words, _, position = message.rpartition(" (at ")
    found = re.match(r"line (\d+), column (\d+)", position)
    line = int(found[1]) if found else max(keys.lines.values(), default=0)
    if keys.twice and ("overwrite" in words or "twice" in words or "mutate" in words):
        place, first, second = keys.twice
        return TomlError(second, f"{dotted(place)}: set twice, first on line {first}; keep one")
    given = text.split("\n")[line - 1] if line else ""
    name, _, value = given.partition("=")
    if odd := [c for c in name if not c.isascii()]:
        words = f"not valid TOML: the name holds {named_characters(odd[:3])}; names are a to z, 0 to 9 and _"
        return TomlError(line, words)
    value = value.partition("#")[0].strip()
    place = next((place for place, at_line in reversed(keys.lines.items()) if at_line == line), ())
    if place and need_of(place) and value and value[0] not in "\"'[{" and not _is_toml(value):
        return TomlError(line, f"{dotted(place)} = {shown(value)[1:-1]}: {misfit(place, value)}")
    column = f", column {found[2]}" if found else ", found at the end of the file"
    return TomlError(line, f"not valid TOML: {printable(words[:1].lower() + words[1:])}{column}")


def _is_toml(value: str) -> bool:
    try:
        return bool(tomllib.loads(f"x = {value}"))
    except ValueError:
        return False
