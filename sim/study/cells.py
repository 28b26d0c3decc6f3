"""What a replication is known by: a key of everything that decides its figures, and of nothing else."""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import sim
from sim.run.run import Cell
from sim.scenario.model import Scenario

DECIDE = ("base", "scenario", "world", "run", "measures")  # packages whose code decides figures
# Modules among them that only word, find, read or refuse things: what is read is in the key lever by lever. And what
# runs replications, in whichever process: no figure depends on it.
TELL = (
    *("base/words.py", "scenario/faults.py", "scenario/files.py", "scenario/lines.py"),
    *("run/pool.py", "run/preload.py"),
)
SAME = Path(__file__).with_name("same_figures.toml")  # code shown to give the figures of earlier code
WORDS = ("title", "about", "label")  # levers that only name things


def cell_key(cell: Cell, model: str | None = None) -> str:
    """Return the key of *cell* under the *model* version, this one if none is given: 64 hexadecimal digits."""
    size = {"seed": cell.seed, "years": cell.years, "share": cell.share, "model": model or model_version()}
    decides = {"levers": _levers(cell.scenario)} | {name: json.dumps(value) for name, value in size.items()}
    if cell.opens_as:
        decides["opens as"] = _levers(cell.opens_as)
    return hashlib.sha256(_table(decides).encode()).hexdigest()


@cache
def model_version() -> str:
    """The package's version and a hash of the code that decides figures: equal when the model is the same.

    Of code that was shown to give the figures of earlier code to the last bit, it is the hash of the earlier.
    """
    return f"{sim.__version__}+{first_of(hash_of_code(Path(sim.__file__).parent))}"


def first_of(code: str) -> str:
    """The hash of the first code that gave the figures of this *code*: its own, if no earlier is known."""
    return tomllib.loads(SAME.read_text(encoding="ascii")).get(code, code)


def hash_of_code(package: Path) -> str:
    """A hash of the modules in *package* that decide figures: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(path for name in DECIDE for path in (package / name).rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if name not in TELL:
            digest.update(name.encode() + b"\0" + path.read_text(encoding="utf-8").encode() + b"\0")
    return digest.hexdigest()[:16]


def scenario_hash(scenario: Scenario) -> str:
    """A hash of every lever of *scenario*, whatever the order of the tables in its file."""
    return hashlib.sha256(json.dumps(scenario.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def _levers(scenario: Scenario) -> str:
    """Every lever as JSON, but those that only name things."""
    return _table({name: _as_json(_Itself(part)) for name, part in scenario if name not in WORDS})


def _table(texts: dict[str, str]) -> str:
    """Values that are JSON already as the JSON of a table."""
    return f"{{{', '.join(f'{json.dumps(name)}: {text}' for name, text in texts.items())}}}"


class _Itself:
    """A part of a scenario, equal to itself alone: it may hold lists, so it has no hash of its own."""

    def __init__(self, part: Any) -> None:
        self.part = part

    def __hash__(self) -> int:
        return id(self.part)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.part is other.part


@lru_cache(maxsize=512)  # variants of a scenario share most parts
def _as_json(one: _Itself) -> str:
    return json.dumps(_without_words(_plain(one.part)))


def _plain(part: Any) -> Any:
    """A part of a scenario as JSON can hold it."""
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if isinstance(part, dict):
        return {name: _plain(one) for name, one in part.items()}
    return part.isoformat() if isinstance(part, date) else part


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_words(item) for key, item in value.items() if key not in WORDS}
    return [_without_words(item) for item in value] if isinstance(value, list) else value
