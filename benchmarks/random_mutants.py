"""Change the model's code at random, one place at a time, and list the changes that no test notices.

    pip install "cosmic-ray>=8.4"
    python benchmarks/random_mutants.py [--number 100] [--workers 2] [--keep random-mutants.jsonl]

The changes are Cosmic Ray's: another operator, another comparison, a number one off, a condition turned, a loop that
is never entered. A sample of them is drawn with a fixed seed, in sim/world, sim/compare and sim/base/luck.py; none in
an annotation, which no run reads. Writes docs/random-mutants.md. What was found is kept, so that an interrupted run
goes on where it was: about half a minute a change, and some minutes each that survives.
"""

from __future__ import annotations

import argparse
import ast
import json
import queue
import random
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from mutants import ROOT, copy_checkout, first_failure
from scipy.stats import binomtest

DOCS = ROOT / "docs" / "random-mutants.md"
CHANGED = ("sim/world/*.py", "sim/compare/*.py", "sim/base/luck.py")
QUICK = ("luck", "clock", "compare", "listing", "by_hand", "snapshot")
REST = {  # the others, the slowest last
    "compare": ("binding", "decompose", "fairness", "official", "why", "draws", "held"),
    "world": (
        "court_measures",
        "measures",
        "waiting_cases",
        "courts",
        "police",
        "officers",
        "day_0",
        "agents",
        "scheme",
        "structures",
        "disposals",
        "late_pleas",
        "two_lists",
        "reoffending",
        "metamorphic",
        "theory",
        "guarantees",
    ),
    "base": ("court_measures", "measures", "reoffending", "disposals", "scheme", "theory", "guarantees"),
}
SEED = 1
# Survivors: file, line of code as changed -> what it means.
LOOKED_AT = {
    (
        "sim/world/magistrates.py",
        "contests = kept | (plea <= groups.not_guilty_share[group])",
    ): "nothing: no draw is a share to the last bit",
    (
        "sim/world/reoffending.py",
        "left = np.maximum(columns.budget[people], -1) / columns.rate[people]",
    ): "nothing: whose budget is spent offends the next day either way",
    (
        "sim/world/listing.py",
        "DAY_OFFSET = 2** 13  # no case was received so many days before the start, or will be so many after",
    ): "nothing: 8,192 days are longer than any run too",
    (
        "sim/world/court.py",
        "if limited and few is len(self.trials):",
    ): "nothing but time: the whole list is looked at at once",
    (
        "sim/world/diversion.py",
        "return of_own_accord + world.needs_admission[world.cases.would_have[cases]]",
    ): "nothing: of two truths the sum is their union",
    (
        "sim/world/police.py",
        'days = world.today + np.floor(luck.uniform(keys, "day of find") / WEEK).astype(np.int64)',
    ): "who is found by freed hours is met on the first day of the week; `test_officers.py` notices since",
    (
        "sim/world/provider.py",
        'self.counts["came_up"] += int((self._since > today / WEEK).sum())  # for the first time',
    ): "who waits for a place comes up again and again; `test_officers.py` notices since",
    (
        "sim/world/__init__.py",
        "return max(self.clock.day(disposal.in_force), 1)",
    ): "law in force on the first day waits a day; `test_disposals.py` notices since",
    (
        "sim/world/tabulate.py",
        "began_in_crown = (cases.route[:size] is NO_ROUTE) & (cases.crown_route[:size] != NO_ROUTE)",
    ): "cases that begin in the Crown Court are received on no day; `test_courts.py` notices since",
    ("sim/world/__init__.py", "week += 0"): "progress stands still; `test_agents.py` notices since",
}


@dataclass(frozen=True)
class Change:
    """One change that Cosmic Ray knows.

    Args:
        file: from the top of the checkout.
        operator: Cosmic Ray's name of what it changes.
        occurrence: how many such places come before it in the file.
    """

    file: str
    operator: str
    occurrence: int

    @property
    def code(self) -> str:
        """The whole file as changed."""
        return str(mutate_code((ROOT / self.file).read_text(), get_operator(self.operator)(), self.occurrence))

    @property
    def line(self) -> tuple[int, str, str]:
        """Number of the first line that differs, and how it reads before and after."""
        lines = zip((ROOT / self.file).read_text().splitlines(), self.code.splitlines(), strict=False)
        return next((n, a.strip(), b.strip()) for n, (a, b) in enumerate(lines, start=1) if a != b)


def main() -> None:
    """Make each change of the sample, and write down what noticed it."""
    options = argparse.ArgumentParser()
    options.add_argument("--number", type=int, default=100)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--keep", type=Path, default=Path("random-mutants.jsonl"))
    chosen = options.parse_args()
    everything = [change for pattern in CHANGED for path in sorted(ROOT.glob(pattern)) for change in changes(path)]
    sample = random.Random(SEED).sample(everything, chosen.number)
    found = kept(chosen.keep)
    with tempfile.TemporaryDirectory(prefix="sliproad-mutants-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(chosen.workers):
            copy_checkout(Path(folder) / str(number))
            copies.put(Path(folder) / str(number))
        ahead = [change for change in sample if change not in found]
        with ThreadPoolExecutor(chosen.workers) as workers, chosen.keep.open("a", encoding="utf-8") as keep:
            for change, test in workers.map(lambda change: noticed(change, copies), ahead):
                found[change] = test
                print(json.dumps([change.file, change.operator, change.occurrence, test]), file=keep, flush=True)
    DOCS.write_text(page({change: found[change] for change in sample}, len(everything)), encoding="utf-8")


def changes(path: Path) -> Iterator[Change]:
    """Every change of a file, but those in annotations."""
    annotations, nodes = annotated(path), list(ast_nodes(get_ast_from_path(path)))
    for name in operator_names():
        if get_operator(name).arguments():
            continue
        operator, count = get_operator(name)(), 0
        for node in nodes:
            for start, _ in operator.mutation_positions(node):
                if not any(begin <= start < end for begin, end in annotations):
                    yield Change(path.relative_to(ROOT).as_posix(), name, count)
                count += 1


def annotated(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the annotations of a file begin and end: line and column."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        for name in ("annotation", "returns"):
            note = getattr(node, name, None)
            if isinstance(note, ast.expr):
                found.append(((note.lineno, note.col_offset), (note.end_lineno or 0, note.end_col_offset or 0)))
    return found


def kept(path: Path) -> dict[Change, str]:
    """What an earlier run found."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {Change(*change): test for *change, test in map(json.loads, lines)}


def noticed(change: Change, copies: queue.Queue[Path]) -> tuple[Change, str]:
    """The first test that fails with the *change* in place; nothing where it survives."""
    copy = copies.get()
    path = copy / change.file
    sound = path.read_text(encoding="utf-8")
    try:
        path.write_text(change.code, encoding="utf-8")
        return change, first_failure(copy, QUICK) or first_failure(copy, REST[change.file.split("/")[1]])
    finally:
        path.write_text(sound, encoding="utf-8")
        copies.put(copy)


def page(found: dict[Change, str], known: int) -> str:
    """What docs/random-mutants.md says."""
    survivors = [change for change, test in found.items() if not test]
    killed = len(found) - len(survivors)
    by_snapshot = sum("test_snapshot" in test for test in found.values())
    ends = binomtest(killed, len(found)).proportion_ci(0.95, "wilson")
    rows = []
    for change in sorted(survivors, key=lambda one: (one.file, one.line[0])):
        number, before, after = change.line
        why = LOOKED_AT.get((change.file, after), "no test notices")
        rows.append(f"| {change.file}, {number} | {cell(before)} | {cell(after)} | {why} |")
    return "\n".join(
        [
            "# Changes at random",
            "",
            "Made by `python benchmarks/random_mutants.py`: Cosmic Ray changes one place of the code at a time, and",
            "the tests of the model run until one fails, but for those behind `pytest -m slow`.",
            "",
            f"{killed} of {len(found)} are noticed: {killed / len(found):.0%}, and with 95% confidence between",
            f"{ends.low:.0%} and {ends.high:.0%} of the {known:,} changes that it knows in `sim/world`, `sim/compare`",
            f"and `sim/base/luck.py`. {by_snapshot} were noticed first by the snapshot of London's figures.",
            "Those that survived when first tried stay listed, though a test notices some since:",
            "",
            "| where | code | changed | what it means |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def cell(code: str) -> str:
    """Code as a cell of a table."""
    return "`" + code.replace("|", "\\|") + "`"


if __name__ == "__main__":
    main()
