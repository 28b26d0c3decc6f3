"""Write what the levers, the ledger and the lock file say into the documentation.

    python docs/pages.py

Writes docs/assumptions.md and docs/packages.md whole, and the table of levers in docs/model.md between its two marks.
Run it with Python 3.11 and everything of the lock file installed.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from sim.report.levers import lever_rows, levers_of
from sim.scenario.evidence import GRADES, Ledger, Line
from sim.scenario.evidence import load as load_ledger
from sim.scenario.faults import shown
from sim.scenario.model import Scenario, levers
from sim.scenario.reading import chain, load

DOCS = Path(__file__).parent
ROOT = DOCS.parent
SCENARIO = "london/baseline"
BEGIN, END = "<!-- levers: written by docs/pages.py -->", "<!-- end of levers -->"
NAMED = ("groups", "people", "disposals")  # tables with one entry for each name: their levers are shown once
ABOUT_PACKAGES = """# Packages, their licences, and how they are audited

Everything an installation takes from others, as requirements.lock pins it: `pip install --require-hashes` refuses a
file that is not the one meant. A licence is given as the package states it. Written by `python docs/pages.py`; a test
fails where this list and the lock file differ.

- **Licences.** The code here is MIT, and copies none of these packages: they are installed beside it, unchanged. Two
  name a GNU licence: Pebble, which runs the worker processes (GNU Lesser), and Pyphen, which divides words in the
  briefing (GNU or Mozilla, at choice). Some are under the Mozilla licence, which asks for the
  source of changed files only. Debian's Chromium and Pango, which tests and the briefing's PDF use, are no part of it.
- **Audit.** `pip-audit --require-hashes --disable-pip -r requirements.lock` looks every version up among the known
  vulnerabilities. It needs the internet, so it is to be run where there is some, before a release and once a month. It
  has not been run for this lock file: the machine that made it reaches package registries only.
- **Renewal.** `uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --all-extras
  --no-header --no-annotate --upgrade -o requirements.lock`, then both commands of the [README](../README.md) on each
  Python.
- **At run time** nothing is downloaded and nothing is sent: a test runs the commands with the network cut, Streamlit's
  usage statistics are off, and the page loads nothing from elsewhere.

| package | version | licence | what it is for, where we ask for it ourselves |
|---|---|---|---|
"""
ELSEWHERE = {  # licences of packages for other systems or Pythons, read from their files
    "beniget": "BSD 3-Clause",
    "brotlicffi": "MIT",
    "colorama": "BSD License",
    "gast": "BSD 3-Clause",
    "importlib-metadata": "Apache-2.0",
    "ply": "BSD",
    "pythran": "in its licence file only",
    "setuptools": "MIT",
    "tzdata": "Apache-2.0",
}
_LINE = 60  # characters of a licence's name; longer ones are its whole text
_LOCKED = re.compile(r"^([a-z0-9][\w.-]*)==([^ ;\\]+)", re.MULTILINE)
_ASKED = re.compile(r'"([\w-]+)[<>=][^"]*",\s*# (.+)')
SAID = {
    "assumed": "No figure was found: a choice, with the range that could be argued for.",
    "fitted": "Set so that the model gives a published figure.",
    "derived": "Arithmetic on published figures.",
    "secondary": "A published figure read from somebody else's page.",
    "research": "A published study.",
    "official statistic": "Published by a department or its statisticians.",
}


def assumptions() -> str:
    """Return docs/assumptions.md: every line of London's ledger that serves a lever, by grade, assumptions first."""
    scenario, ledger = load(SCENARIO), load_ledger(chain(SCENARIO))
    served = _served(scenario, ledger)
    by_grade: dict[str, list[tuple[Line, list[str]]]] = defaultdict(list)
    for line, names in served.values():
        by_grade[line.grade].append((line, names))
    counts = " | ".join(str(sum(len(names) for _, names in by_grade[grade])) for grade in reversed(GRADES))
    parts = [
        "# What London's numbers rest on",
        "Every lever of the London baseline, by the grade of its source; a line may serve several levers. Low and high "
        "are how far the value could be off. `sliproad levers` lists the levers one by one. Written by "
        "`python docs/pages.py` from scenarios/london/evidence.toml.",
        f"| {' | '.join(reversed(GRADES))} |\n|{'---|' * len(GRADES)}\n| {counts} |",
    ]
    values = {name: value for name, value, _ in levers(scenario)}
    for grade in reversed(GRADES):
        rows = [_row(line, names, values) for line, names in by_grade[grade]]
        parts += [
            f"## {grade.capitalize()}",
            SAID[grade],
            "| lever | value | low to high | why | source |\n|---|---|---|---|---|\n" + "\n".join(rows),
        ]
    return "\n\n".join(parts) + "\n"


def lever_table() -> str:
    """Return the levers of London's baseline as Markdown tables, one for each part of a scenario."""
    sections: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in lever_rows(levers_of(SCENARIO)):
        parts = row["lever"].split(".")
        section = ".".join(parts[:-1]) if parts[0] not in NAMED else parts[0]
        seen = sections[section or "run"]
        name = parts[-1]
        if name in seen:
            seen[name]["values"].append(row["value"])
        else:
            seen[name] = row | {"values": [row["value"]]}
    tables = []
    for section, rows in sections.items():
        lines = []
        for name, row in rows.items():
            cells = (f"`{name}`", row["label"], row["unit"], row["allowed"], _several(row["values"]), row["grade"])
            lines.append(f"| {' | '.join(_cell(text) for text in cells)} |")
        head = "| lever | what it is | unit | allowed | London | grade |\n|---|---|---|---|---|---|"
        tables.append(f"### {section}\n\n{head}\n" + "\n".join(lines))
    return "\n\n".join(tables)


def model_page(text: str) -> str:
    """Return docs/model.md with its table of levers as they are now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{lever_table()}\n\n{END}{after}"


def packages() -> str:
    """Return docs/packages.md: every package of the lock file, with its versions, its licence and what it is for."""
    locked, asked = locked_versions(), _asked_for()
    rows = [
        f"| {name} | {', '.join(versions)} | {_cell(licence(name))} | {_cell(asked.get(name, ''))} |"
        for name, versions in locked.items()
    ]
    return ABOUT_PACKAGES + "\n".join(rows) + "\n"


def locked_versions() -> dict[str, list[str]]:
    """Every package of the lock file by name, with the versions of it, which may depend on the Python."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, version in _LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")):
        found[name].append(version)
    return dict(found)


def licence(name: str) -> str:
    """The licence of a package in its own words, at most a line: of what is installed here, else as read beforehand."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return ELSEWHERE[name]
    stated = [about.get("License-Expression"), about.get("License")]
    classes = [one.split(" :: ")[-1] for one in about.get_all("Classifier", []) if one.startswith("License ::")]
    short = [one for one in stated if one and len(one) <= _LINE and "\n" not in one and one != "Dual License"]
    return short[0] if short else ", ".join(classes) or "in its licence file only"


def _asked_for() -> dict[str, str]:
    """What each package that we ask for ourselves is for, as pyproject.toml says beside it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = {"": project["dependencies"], **project["optional-dependencies"]}
    said = {name.lower(): why for name, why in _ASKED.findall(text)}
    return {
        name: ", ".join(dict.fromkeys(filter(None, (said.get(name, ""), f"`[{extra}]`" if extra else ""))))
        for extra, wanted in reversed(extras.items())
        for name in (re.split(r"[<>=]", one)[0].lower() for one in wanted)
    }


def _served(scenario: Scenario, ledger: Ledger) -> dict[int, tuple[Line, list[str]]]:
    """Each line of the ledger that serves a lever, with the levers it serves, in the order of the levers."""
    served: dict[int, tuple[Line, list[str]]] = {}
    for name, _, _ in levers(scenario):
        line = ledger.line(name)
        served.setdefault(id(line), (line, []))[1].append(name)
    return served


def _row(line: Line, names: list[str], values: dict[str, Any]) -> str:
    value = shown(values[names[0]]) if len(names) == 1 else f"{len(names)} levers"
    factor = " times the value" if line.relative else ""
    span = "" if line.low is None or line.high is None else f"{line.low:g} to {line.high:g}{factor}"
    source = f"[{line.source}]({line.address})" if line.address else line.source
    shortened = f"`{names[0]}`" + (f" and {len(names) - 1} like it" if len(names) > 1 else "")
    return (
        "| " + " | ".join(_cell(text) for text in (shortened, value, span, line.note, f"{source}, {line.date}")) + " |"
    )


def _several(values: list[Any]) -> str:
    texts = list(dict.fromkeys(shown(value) for value in values))
    return _cell(texts[0] if len(texts) == 1 else f"{len(values)} values")


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def main() -> None:
    """Write the pages."""
    (DOCS / "assumptions.md").write_text(assumptions(), encoding="utf-8")
    (DOCS / "packages.md").write_text(packages(), encoding="utf-8")
    page = DOCS / "model.md"
    page.write_text(model_page(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
