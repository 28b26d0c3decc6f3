"""Figures held: what the command line printed before its parts were put in their present places, to ten digits.

Left out are the steps of the path that no longer count those not yet decided. Whoever changes the model on purpose
renews tests/snapshots/held.json with `python tests/test_held.py` (`tiny`: the quick one alone) and says why figures
moved.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parent / "snapshots" / "held.json"
MAIN = "compare london/baseline london/uptake-50"
TINY = f"{MAIN} --share 0.01 --seeds 2 --years 2"
COMMANDS = (
    TINY,
    f"{MAIN} --share 0.05",
    "compare london/baseline london/checkpoint-like --share 0.05",
    f"{MAIN} --share 0.05 --by ethnicity",
    f"{MAIN} --share 0.05 --seeds 2 --structures",
    f"{MAIN} --share 0.05 --evidence --seeds 20",
)
MENDED = ("path.charged", "path.started")


def digest(rows: list[dict]) -> str:
    kept = [{name: _rounded(value) for name, value in row.items()} for row in rows if row["measure"] not in MENDED]
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()


def _rounded(value: object) -> object:
    """Ten digits of a number: the last ones of a sum of fractions differ between machines."""
    return float(f"{value:.10g}") if isinstance(value, float) else value


def printed(command: str) -> list[dict]:
    arguments = [sys.executable, "-m", "sim.cli", *command.split(), "--json"]
    return json.loads(subprocess.run(arguments, capture_output=True, check=True).stdout)


@pytest.mark.parametrize(
    "command", [pytest.param(one, marks=() if one == TINY else pytest.mark.slow) for one in COMMANDS]
)
def test_a_command_prints_what_it_printed_before(command):
    assert digest(printed(command)) == json.loads(FILE.read_text())[command]


if __name__ == "__main__":
    held = json.loads(FILE.read_text())
    chosen = (TINY,) if sys.argv[1:] == ["tiny"] else COMMANDS
    held |= {command: digest(printed(command)) for command in chosen}
    FILE.write_text(json.dumps({command: held[command] for command in COMMANDS}, indent=1) + "\n")
