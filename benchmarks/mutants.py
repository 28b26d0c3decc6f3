"""Seed twenty faults in the model, one at a time, and see whether the tests notice; writes docs/mutants.md.

    python benchmarks/mutants.py [NAME ...]

Each fault is a patch in a copy of the checkout. The tests most likely to notice run first, then those of the whole
model; what would notice any change whatever (the snapshot, what ships, the version) is left out, since it proves
nothing. A fault that no test notices survives, and the exit status is 1. About a quarter of an hour on two cores.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs" / "mutants.md"
COPIED = ("sim", "tests", "scenarios", "dashboard", "benchmarks", "docs", "pyproject.toml", "README.md")
MODEL = (  # tests of what the model does, the quickest first; they compare with theory, by hand, or with other figures
    *("luck", "clock", "listing", "by_hand", "court_measures", "measures", "scheme", "disposals", "waiting_cases"),
    *("two_lists", "courts", "late_pleas", "police", "reoffending", "theory", "day_0", "metamorphic", "challenger"),
    *("guarantees", "decompose"),
)


@dataclass(frozen=True)
class Fault:
    """A fault to be seeded.

    Args:
        name: of it.
        file: under `sim/`.
        sound: the code as it is, which must be there exactly once.
        faulty: what stands in its place.
        first: test modules that run before the others.
    """

    name: str
    file: str
    sound: str
    faulty: str
    first: tuple[str, ...] = ()


FAULTS = (
    Fault(
        "last come first served",
        "world/listing.py",
        "return 3 * DAY_OFFSET + cases.joined[ids].astype(np.int64) - cases.lead[ids]",
        "return 3 * DAY_OFFSET - cases.joined[ids].astype(np.int64) - cases.lead[ids]",
        ("listing",),
    ),
    Fault(
        "one courtroom more than there is",
        "world/court.py",
        "rooms, self.minutes_a_room = int(self.rooms[today]), int(self._minutes_a_room[today])",
        "rooms, self.minutes_a_room = int(self.rooms[today]) + 1, int(self._minutes_a_room[today])",
        ("by_hand",),
    ),
    Fault(
        "the length of a hearing drawn again at every listing",
        "world/crown.py",
        '    """Ineffective trials wait for a new date."""\n',
        '    """Ineffective trials wait for a new date."""\n    again = world.luck("contested hours", cases, 1)\n'
        "    world.cases.trial_minutes[cases] = np.rint(2 * again * world.cases.trial_minutes[cases])\n",
        ("theory",),
    ),
    Fault(
        "arrivals spread evenly instead of at random",
        "world/__init__.py",
        "return luck.poisson(draws, a_year / DAYS_A_YEAR * self.share)",
        "return np.floor(a_year / DAYS_A_YEAR * self.share + draws).astype(np.int64)",
        ("theory",),
    ),
    Fault(
        "the opening backlog of the Crown Court dropped",
        "world/opening.py",
        "    _magistrates(world)\n    _crown(world)\n",
        "    _magistrates(world)\n",
        ("by_hand", "guarantees"),
    ),
    Fault(
        "a diverted case sent to court as well",
        "world/police.py",
        "    give(world, cases[~stopped], world.disposal_number)\n    avoid(world, cases[~stopped])\n",
        "    magistrates.receive(world, cases[~stopped])\n    avoid(world, cases[~stopped])\n",
        ("scheme",),
    ),
    Fault(
        "a case adjourned for a report lost",
        "world/magistrates.py",
        '    world.calendar.add("after report", cases, world.today + luck.whole_days(days))\n',
        "    luck.whole_days(days)\n",
        ("by_hand",),
    ),
    Fault(
        "a breach not returned to court",
        "world/diversion.py",
        '    "charge": "charge after breach",\n',
        '    "charge": "resolved",\n',
        ("by_hand",),
    ),
    Fault(
        "a yearly rate used as a monthly one",
        "world/crown.py",
        'luck.exponential(world.luck("attrition", cases), DAYS_A_YEAR / lever.attrition_rate)',
        'luck.exponential(world.luck("attrition", cases), DAYS_A_YEAR / 12 / lever.attrition_rate)',
        ("challenger",),
    ),
    Fault(
        "a hazard ratio applied to the share instead of the hazard",
        "world/reoffending.py",
        "put_off = spent * ((1 + variance * peers * left / spent) ** (1 / np.asarray(ratios)) - 1)",
        "put_off = variance * peers * left / np.asarray(ratios)",
        ("reoffending",),
    ),
    Fault(
        "two purposes with one number",
        "base/luck.py",
        "_NUMBER = {purpose: number for number, purpose in enumerate(PURPOSES, start=1)}",
        "_NUMBER = {purpose: min(number, 60) for number, purpose in enumerate(PURPOSES, start=1)}",
        ("luck",),
    ),
    Fault(
        "every seed the same luck",
        "world/__init__.py",
        "self.replication, self.share, self.audit = seed, share, audit",
        "self.replication, self.share, self.audit = 1, share, audit",
        ("guarantees",),
    ),
    Fault(
        "the share ignored in the capacity of courts",
        "base/clock.py",
        "sat = np.where(self.working_days(days), a_day, 0) * share * self._open(closures, days)",
        "sat = np.where(self.working_days(days), a_day, 0) * self._open(closures, days)",
        ("clock",),
    ),
    Fault(
        "open cases dropped at the horizon",
        "world/record.py",
        "        for tier in ROUTES:\n            self.weeks.append(",
        "        for tier in ROUTES:\n            self.open[tier] *= day < 364\n            self.weeks.append(",
        ("by_hand", "guarantees"),
    ),
    Fault(
        "cases heard on the day they come in",
        "base/luck.py",
        "return np.maximum(np.rint(np.minimum(days, 2**30)), 1).astype(np.int32)",
        "return np.maximum(np.rint(np.minimum(days, 2**30)), 0).astype(np.int32)",
        ("luck",),
    ),
    Fault(
        "courts that sit at weekends",
        "base/clock.py",
        "return when.weekday() < 5 and when not in _bank_holidays(when.year)",
        "return when.weekday() < 7 and when not in _bank_holidays(when.year)",
        ("clock",),
    ),
    Fault(
        "people in custody heard last",
        "world/listing.py",
        "return 3 * DAY_OFFSET + cases.joined[ids].astype(np.int64) - cases.lead[ids]",
        "return 3 * DAY_OFFSET + cases.joined[ids].astype(np.int64) + cases.lead[ids]",
        ("listing",),
    ),
    Fault(
        "time since receipt told as time since charge",
        "measures/courts.py",
        'days = view.cases["crown_closed"] - view.cases["received"]',
        'days = view.cases["crown_closed"] - view.cases["crown_received"]',
        ("measures", "court_measures"),
    ),
    Fault(
        "a percentage taken for a fraction",
        "world/police.py",
        "with_course < lever.with_intervention",
        "with_course < lever.with_intervention / 100",
        ("police", "disposals"),
    ),
    Fault(
        "the age of open cases worked out from closed ones",
        "measures/courts.py",
        'return _open_over(months, view.open_in_crown, view.cases["crown_received"], view, by)',
        'return _open_over(months, view.year("crown_closed"), view.cases["crown_received"], view, by)',
        ("court_measures",),
    ),
)


def main() -> None:
    """Seed each fault that is asked for, or all, and write down what noticed it."""
    chosen = [fault for fault in FAULTS if not sys.argv[1:] or fault.name in sys.argv[1:]]
    found = {}
    for fault in chosen:
        found[fault.name] = noticed(fault)
        print(f"{fault.name}: {found[fault.name] or 'SURVIVES'}", file=sys.stderr, flush=True)
    if not sys.argv[1:]:
        DOCS.write_text(page(found), encoding="utf-8")
    sys.exit(int(not all(found.values())))


def noticed(fault: Fault) -> str:
    """The first test that fails with the *fault* in place; nothing where it survives."""
    with tempfile.TemporaryDirectory(prefix="sliproad-mutant-") as folder:
        copy = Path(folder)
        copy_checkout(copy)
        path = copy / "sim" / fault.file
        text = path.read_text(encoding="utf-8")
        if text.count(fault.sound) != 1:
            raise SystemExit(f"{fault.name}: {fault.file} does not hold this once: {fault.sound}")
        path.write_text(text.replace(fault.sound, fault.faulty), encoding="utf-8")
        for modules in (fault.first, MODEL):
            test = first_failure(copy, modules) if modules else ""
            if test:
                return test
    return ""


def copy_checkout(folder: Path) -> None:
    """Copy what the tests need into *folder*."""
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)


def first_failure(copy: Path, modules: tuple[str, ...]) -> str:
    """The first test of *modules* that fails in a copy of the checkout; nothing if none does."""
    files = [f"tests/test_{module}.py" for module in modules]
    around = os.environ | {"PYTHONPATH": str(copy), "SLIPROAD_STORE": "", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *files]
    done = subprocess.run(command, cwd=copy, env=around, capture_output=True, text=True, check=False)
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1) and not failed:
        raise SystemExit(f"the tests could not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return failed[1].removeprefix("tests/") if failed else ""


def page(found: dict[str, str]) -> str:
    """What docs/mutants.md says."""
    caught = sum(map(bool, found.values()))
    rows = [f"| {name} | {f'`{test}`' if test else 'nothing: it survives'} |" for name, test in found.items()]
    return "\n".join(
        [
            "# Faults seeded in the model",
            "",
            "Made by `python benchmarks/mutants.py`: each fault is put into a copy of the code, and the tests of the",
            "model run until one fails. Tests that any change would turn red, such as the snapshot, are left out.",
            "",
            f"{caught} of {len(found)} are noticed.",
            "",
            "| fault | first test that notices |",
            "|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
