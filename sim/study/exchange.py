"""A scenario as a small file that states only what it changes: written for saving, and read back from an upload."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tomli_w

from sim.scenario.faults import ScenarioError
from sim.scenario.reading import chain, differences, find, load, names
from sim.study.question import Asked, read

MOST_CHANGES = 60  # that an address carries


def as_file(asked: Asked) -> str:
    """Write what *asked* changes as a scenario file based on its own.

    Raises:
        ScenarioError: it cannot be used.
    """
    scenario = read(asked)
    nested: dict[str, Any] = {"title": scenario.title, "about": scenario.about, "based_on": asked.file}
    for lever, value in asked.changes.items():
        *above, leaf = lever.split(".")
        table = nested
        for part in above:
            table = table.setdefault(part, {})
        table[leaf] = value
    return tomli_w.dumps(nested, multiline_strings=True)


def from_file(name: str, content: bytes) -> Asked:
    """Read a scenario file that came as *content*: the shipped scenario it is based on, and its changes.

    Raises:
        ScenarioError: it cannot be used, or changes more than an address can carry.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name).strip(".-")[:60] or "scenario.toml"
    with TemporaryDirectory() as folder:
        path = Path(folder) / plain
        path.write_bytes(content)
        try:
            return _changes(path)
        except ScenarioError as error:
            raise ScenarioError([fault.replace(f"{folder}/", "") for fault in error.faults]) from None


def _changes(path: Path) -> Asked:
    scenario, files = load(str(path)), chain(str(path))
    if len(files) == 1:
        raise ScenarioError([f'{path.name}: needs based_on, such as based_on = "london/baseline"'])
    base = _named(files[-2])
    before = load(base)
    if (scenario.area, scenario.starts) != (before.area, before.starts):
        raise ScenarioError([f"{path.name}: another area or first day than {base}; run it from the command line"])
    changed = differences(scenario, before)
    if any(value is None for pair in changed.values() for value in pair):
        raise ScenarioError([f"{path.name}: adds or removes a group or a disposal; run it from the command line"])
    if len(changed) > MOST_CHANGES:
        raise ScenarioError(
            [f"{path.name}: changes {len(changed)} levers; the page takes {MOST_CHANGES}; use the command line"]
        )
    return Asked(base, {lever: after for lever, (_, after) in changed.items()})


def _named(path: Path) -> str:
    """The name of the scenario in the file at *path*."""
    found = [name for name in names() if find(name).resolve() == path.resolve()]
    return found[0] if found else str(path)
