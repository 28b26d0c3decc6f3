"""Show that the model gives the figures of an earlier commit bit for bit, and note it: what was computed then stands.

    python benchmarks/same_figures.py [COMMIT]

Runs the same replications with the model of the COMMIT (HEAD if none is named) and with this one, side by side: every
scenario of London over five years, and under every other structure over one, others over two, at a small share and with
one seed; and one pair at full scale over a year. Every table and measure must be the same to the last bit. Only then is
a line added to sim/study/same_figures.toml. A quarter of an hour on two cores that have other work too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import sim
from sim.measures.outcome import observe
from sim.run.result import LARGE_TABLES, SMALL_TABLES
from sim.run.run import Cell, by_week
from sim.scenario.reading import load, names
from sim.study.cells import cell_key, hash_of_code
from sim.study.question import Asked, ask
from sim.study.study import Place, Study

ROOT = Path(__file__).parent.parent
FIRST = "uptake-50"  # the scenario that is run at full scale too


def main() -> None:
    """Run both, and note it if every figure is the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", nargs="?", default="HEAD")
    parser.add_argument("--tell", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tell:
        tell()
        return
    with tempfile.TemporaryDirectory(prefix="sliproad-same-") as folder:
        archive = subprocess.run(["git", "archive", options.commit], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        (earlier, before), (now, after) = both(Path(folder), ROOT)
    differ = sorted(name for name in before | after if before.get(name) != after.get(name))
    if differ:
        sys.exit(f"{len(differ)} of {len(before)} replications differ: {', '.join(differ[:5])}")
    print(f"all {len(before)} replications are the same to the last bit: {now} gives the figures of {earlier}")
    note(now, earlier)


def both(*checkouts: Path) -> list[tuple[str, dict[str, str]]]:
    """Run each checkout in a process of its own; return what its figures are known by, and each replication's."""
    running = [
        subprocess.Popen(
            [sys.executable, __file__, "--tell"],
            cwd=checkout,
            env=os.environ | {"PYTHONPATH": str(checkout)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for checkout in checkouts
    ]
    texts = [one.communicate()[0] for one in running]
    if any(one.returncode for one in running):
        sys.exit("a model could not be run: see above")
    return [(one["model"], one["figures"]) for one in map(json.loads, texts)]


def tell() -> None:
    """Run every replication with the model that is imported, and print what its figures are known by."""
    figures: dict[str, str] = {}
    done: set[str] = set()  # most have a baseline in common
    for name, cell in replications():
        if cell_key(cell) not in done:
            done.add(cell_key(cell))
            figures[name] = known_by(cell)
            print(name, file=sys.stderr, flush=True)
    print(json.dumps({"model": hash_of_code(Path(sim.__file__).parent), "figures": figures}))


def replications() -> Iterator[tuple[str, Cell]]:
    """Yield what is run, by name."""
    for file in names():
        area = file.partition("/")[0]
        if area != "london":
            yield file, Cell(load(file), seed=1, years=2, share=0.005)
            continue
        yield from _named("small", study(file, years=5, share=0.005).as_stated)
        yield from _named("structure", study(file, years=1, share=0.02))
    yield from _named("full", study(f"london/{FIRST}", years=1, share=1.0).as_stated)


def study(file: str, years: int, share: float) -> Study:
    """One scenario of London beside its baseline."""
    return ask([Asked("london/baseline", {}), Asked(file, {})], seeds=1, years=years, share=share).study


def _named(kind: str, asked: Study) -> Iterator[tuple[str, Cell]]:
    for place, cell in asked.cells.items():
        yield f"{kind} {_said(place)}", cell


def _said(place: Place) -> str:
    return ", ".join(map(str, place))


def known_by(cell: Cell) -> str:
    """A hash of every table and measure of a replication."""
    weeks = by_week(cell)
    while True:
        try:
            next(weeks)
        except StopIteration as end:
            outcome = observe(end.value, SMALL_TABLES + LARGE_TABLES)
            break
    digest = hashlib.sha256()
    for name, table in {"measures": outcome.measures, "rungs": outcome.rungs, **outcome.tables}.items():
        digest.update(f"{name} {table.dtypes.astype(str).to_dict()}".encode())
        digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def note(now: str, earlier: str) -> None:
    """Add the line that says so."""
    from sim.study.cells import SAME, first_of  # an earlier commit, which is only run, may not have them

    first = first_of(earlier)
    if now == first:
        return
    with SAME.open("a", encoding="ascii") as file:
        file.write(f'{now} = "{first}"\n')


if __name__ == "__main__":
    main()
