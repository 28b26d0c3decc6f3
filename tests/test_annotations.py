"""Types are checked among the tests, beside others, since that takes one processor most of a minute."""

import subprocess
import sys
from pathlib import Path


def test_types_are_right_throughout():
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
