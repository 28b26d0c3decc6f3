"""Each page of docs/how-to does what it says: it is carried out as written, in a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SMALL = ["--share", "0.002", "--years", "1", "--seeds", "1", "--workers", "1"]


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code of a page in one language, in order."""
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def copy(tmp_path) -> Path:
    """A checkout of its own."""
    for folder in ("sim", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def sliproad(copy: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", *arguments],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "SLIPROAD_STORE": str(copy / "store")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def insert(path: Path, after: str, text: str) -> None:
    """Put *text* behind the first *after* of a file."""
    before = path.read_text(encoding="utf-8")
    assert after in before
    path.write_text(before.replace(after, after + text, 1), encoding="utf-8")


def test_add_a_disposal(copy):
    scheme, ledger = blocks("add-a-disposal", "toml")
    (copy / "my-scheme.toml").write_text(scheme)
    assert "sound" in sliproad(copy, "check", "my-scheme.toml")
    graded = json.loads(sliproad(copy, "levers", "my-scheme.toml", "restorative", "--json"))
    assert {row["grade"] for row in graded} == {"assumed"}
    rows = json.loads(sliproad(copy, "compare", "london/baseline", "my-scheme.toml", *SMALL, "--json"))
    assert next(row for row in rows if row["measure"] == "diversion.started")["value"] > 0
    shipped = copy / "scenarios" / "london"
    (shipped / "my-scheme.toml").write_text(scheme.replace("london/baseline", "baseline"))
    with (shipped / "evidence.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + ledger)
    code = (
        "from sim.scenario import evidence, reading\n"
        "files = reading.chain('london/my-scheme')\n"
        "ledger, scenario = evidence.load(files), reading.load('london/my-scheme')\n"
        "print(ledger.unmatched(scenario), ledger.left_over(scenario))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[]")
    assert "my-scheme" not in done.stdout


def test_add_a_measure(copy):
    (code,) = blocks("add-a-measure", "python")
    with (copy / "sim" / "measures" / "hearings.py").open("a", encoding="utf-8") as file:
        file.write("\n\n" + code)
    rows = json.loads(sliproad(copy, "run", "london/baseline", *SMALL, "--json"))
    assert next(row for row in rows if row["measure"] == "crown.hearings")["value"] > 0
    assert "Hearings" in sliproad(copy, "compare", "london/baseline", "london/uptake-50", *SMALL, "--full")


def test_add_a_lever(copy):
    text = (ROOT / "docs" / "how-to" / "add-a-lever.md").read_text(encoding="utf-8")
    declared = re.search(r"`(court_dogs: float = .*)`", text).group(1)
    above = 'class Crown(_Part):\n    """The Crown Court centres of the area, taken together."""\n\n    label: str\n'
    insert(copy / "sim" / "scenario" / "model.py", above, f"    {declared}\n")
    for area in ("london",):
        insert(copy / "scenarios" / area / "baseline.toml", "[courts.crown]\n", "court_dogs = 2.0\n")
        with (copy / "scenarios" / area / "evidence.toml").open("a", encoding="utf-8") as file:
            file.write('\n["courts.crown.court_dogs"]\nsource = "Assumption"\naddress = ""\ndate = "2026"\n')
            file.write('grade = "assumed"\nnote = "Two."\nlow = 0.0\nhigh = 4.0\n')
    (row,) = json.loads(sliproad(copy, "levers", "london/baseline", "court_dogs", "--json"))
    assert (row["value"], row["unit"], row["grade"]) == (2.0, "dogs a sitting day", "assumed")
    assert "court_dogs" in sliproad(copy, "schema")


def test_add_a_listing_policy(copy):
    (code,) = blocks("add-a-listing-policy", "python")
    listing = copy / "sim" / "world" / "listing.py"
    insert(listing, "Policy = Callable[[Any, np.ndarray], np.ndarray]\n", f"\n\n{code}")
    insert(listing, "POLICIES: dict[str, Policy] = {", '\n    "longest first": longest_first,')
    insert(copy / "sim" / "scenario" / "model.py", "Listing = Literal[", '"longest first", ')
    arguments = ["london/baseline", "--set", 'courts.crown.listing="longest first"', *SMALL, "--json"]
    assert json.loads(sliproad(copy, "run", *arguments))


def test_add_an_area(copy):
    area = copy / "scenarios" / "kent"
    area.mkdir()
    (area / "baseline.toml").write_text(
        'title = "Kent"\nabout = "A try."\narea = "Kent"\nbased_on = "london/baseline"\n[searches]\na_year = 20000.0\n'
    )
    (area / "evidence.toml").write_text(
        '["searches.a_year"]\nsource = "Assumption"\naddress = ""\ndate = "2026"\ngrade = "assumed"\nnote = "A try."\n'
    )
    assert "takes over from London" in sliproad(copy, "check", "kent/baseline")
    (row,) = json.loads(sliproad(copy, "levers", "kent/baseline", "searches.a_year", "--json"))
    assert row["grade"] == "assumed"
    assert "Kent" in sliproad(copy, "run", "kent/baseline", "--quick", "--share", "0.002", "--years", "1")


def test_change_a_cost(copy):
    (scenario,) = blocks("change-a-cost", "toml")
    (copy / "mine.toml").write_text(scenario)
    text = (ROOT / "docs" / "how-to" / "change-a-cost.md").read_text(encoding="utf-8")
    command = re.search(r"`sliproad (compare [^`]*--set [^`]*)`", text).group(1)
    by_command = json.loads(sliproad(copy, *command.split(), *SMALL, "--json"))
    by_file = json.loads(sliproad(copy, "compare", "london/baseline", "mine.toml", *SMALL, "--json"))
    police = [next(r["value"] for r in rows if r["measure"] == "cost.police") for rows in (by_command, by_file)]
    assert police[0] == police[1]
