"""Files to begin with: a scenario or an area whose levers stand there, explained, to be filled in."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import tomli_w

from sim.report.layout import WIDTH
from sim.report.levers import COUNTS, levers_of
from sim.scenario.faults import ScenarioError, printable
from sim.scenario.lever import Lever
from sim.scenario.reading import load
from sim.study.question import as_toml
from sim.study.whole import write_whole

_FRONT = ("diversion", "provider", "courts.crown.sitting_days", "courts.magistrates.sitting_days", "courts.reuse")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
EVIDENCE = """# Where each lever that this area sets comes from. Grades: official statistic, research,
# secondary, derived (arithmetic on published figures), fitted, assumed. low and high, where it is a number, are in the
# lever's unit, or factors of its value where relative = true.
#
# ["groups.cannabis_possession.contacts"]
# source = "Who published it, and in what"
# address = "https://example.org"
# date = "2026"
# grade = "official statistic"
# note = "What it is, and of which year."
# relative = true
# low = 0.9
# high = 1.1
"""


def new_scenario(path: Path, based_on: str, word: str = "") -> list[Path]:
    """Write a scenario file to fill in: every lever that holds *word*, or the front ones, as a comment.

    Args:
        path: of the new file, ending in .toml.
        based_on: the scenario it changes.
        word: in names, labels or units of levers.

    Raises:
        ScenarioError: there is no such scenario, or no lever holds the word.
        FileExistsError: there is such a file.
        ValueError: it is no name for a scenario.
    """
    _refuse(path)
    every = levers_of(based_on, word)
    chosen = every if word else [one for one in every if one.name.startswith(_FRONT)]
    about = "What this changes, for whom, and why. Uncomment the levers below that it sets."
    write_whole(path, _file(_title(path), about, based_on, chosen).encode())
    return [path]


def new_area(folder: Path, based_on: str) -> list[Path]:
    """Write the folder of an area to fill in: a baseline with every count of its own, a scenario and a ledger.

    Raises:
        ScenarioError: there is no such scenario to base it on.
        FileExistsError: there is such a folder.
        ValueError: it is no name for an area.
    """
    if not _NAME.fullmatch(folder.name):
        raise ValueError(f"{printable(folder.name[:60])!r}: an area is named in letters, digits, - and _")
    counts = [one for one in levers_of(based_on) if one.unit in COUNTS]
    scheme = [one for one in levers_of(based_on) if one.name.startswith(("diversion", "provider"))]
    folder.mkdir(parents=True)
    title = _title(folder)
    about = f"{title} as it is. It takes over every lever of {based_on} that it does not set: set the counts first."
    baseline = _file(f"{title} baseline", about, based_on, counts, area=title)
    files = {
        "baseline.toml": baseline,
        "scheme.toml": _file("A scheme", "What it offers, to whom, from when.", "baseline", scheme),
        "evidence.toml": EVIDENCE,
        "observed.csv": "area,court,quarter,measure,value,unit,source_url,vintage,note\n",
    }
    for name, content in files.items():
        write_whole(folder / name, content.encode())
    load(str(folder / "baseline.toml"))
    return [folder / name for name in files]


def _refuse(path: Path) -> None:
    if path.suffix != ".toml" or not _NAME.fullmatch(path.stem):
        raise ValueError(f"{printable(path.name[:60])!r}: must be NAME.toml, in letters, digits, - and _")
    if path.exists():
        raise FileExistsError(f"{path}: is there already; name another")
    if not path.parent.is_dir():
        raise ScenarioError([f"{path.parent}: no such folder"])


def _title(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ").capitalize()


def _file(title: str, about: str, based_on: str, levers: list[Lever], area: str = "") -> str:
    head = {"title": title, "about": f"{about}\n", "based_on": based_on} | ({"area": area} if area else {})
    parts = [tomli_w.dumps(head, multiline_strings=True)]
    table = ""
    for one in levers:
        above, _, leaf = one.name.rpartition(".")
        if above != table:
            parts.append(f"\n# [{above}]")
            table = above
        allowed = f", {one.allowed}" if one.allowed else ""
        said = f"{one.label}; {one.unit}{allowed}; {one.grade or 'assumed'}"
        parts += textwrap.wrap(said, WIDTH, initial_indent="#   ", subsequent_indent="#   ")
        parts.append(f"# {leaf} = {as_toml(one.value)}")
    return "\n".join(parts) + "\n"
