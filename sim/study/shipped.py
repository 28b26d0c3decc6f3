"""Answers that ship with the package: what each scenario of an area says against its baseline, computed beforehand.

Each is a results folder in `sim/answers/<area>/`, with tables thinned to what an answer needs. `python
benchmarks/answers.py` renews them; an answer of another version of the model is told as such.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from weakref import WeakSet

import pandas as pd

import sim
from sim.compare.binding import MEASURES as BINDING
from sim.compare.comparison import Comparison
from sim.compare.official import MEASURES as OFFICIAL
from sim.scenario.reading import ScenarioError
from sim.study.cells import model_version
from sim.study.folder import load, save, slug
from sim.study.structures import NAMED_BASELINES
from sim.study.sweep import RESULTS, STAMP
from sim.study.swept import Swept, found_in

FOLDER = Path(sim.__file__).parent / "answers"
HINDCAST, SWEEPS, MATTERS = "hindcast", "sweeps", "what-matters"  # folders of their own beside the answers
GRID = "grid"  # the answer that holds the points of sim.study.grid
_WEEKS = ["opening", "closing"]
_OURS: WeakSet[Comparison] = WeakSet()
_EVERY = 4  # weeks from one point of a drawn line to the next


def keep(area: str, name: str, comparison: Comparison) -> None:
    """Put an answer, thinned, among those that ship."""
    save(_folder(area, name), thinned(comparison))
    _read.cache_clear()


def shipped(area: str, name: str) -> Comparison | None:
    """Return the answer for the scenario file *name* of the folder *area*.

    None if none ships, it is damaged, or it is of an earlier model that had other levers.
    """
    try:
        return _read(_folder(area, name))
    except (OSError, ScenarioError):
        return None


@lru_cache(maxsize=64)
def _read(folder: Path) -> Comparison:
    found = load(folder)
    _OURS.add(found)
    return found


def ships(comparison: Comparison) -> bool:
    """Whether *comparison* is an answer that ships, as `shipped` has returned it."""
    return comparison in _OURS


def named_baselines(area: str, comparison: Comparison) -> dict[str, Comparison]:
    """Return the answers that ship for an *area*'s other baselines, by name, over the days that *comparison* is of."""
    answers = {name: shipped(area, name) for name in NAMED_BASELINES}
    return {
        name: one
        for name, one in answers.items()
        if one and is_current(one) and one.last_date == comparison.last_date and comparison.provenance.share == 1
    }


def keep_tables(area: str, name: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Put the *tables* of a hindcast or of what matters in an *area* among what ships: table name -> table."""
    folder = FOLDER / area / name
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / "model.txt").write_text(f"{model_version()}\n", encoding="ascii")


def keep_sweep(area: str, name: str, folder: Path) -> None:
    """Put the finished sweep in *folder* among what ships for an *area*."""
    own = FOLDER / area / SWEEPS / name
    own.mkdir(parents=True, exist_ok=True)
    for file in (RESULTS, STAMP):
        shutil.copyfile(folder / file, own / file)


def sweeps(area: str) -> list[Swept]:
    """Return the sweeps that ship for an *area*, by name."""
    return sorted(found_in(FOLDER / area / SWEEPS)[0], key=lambda one: one.name)


@lru_cache(maxsize=8)
def tables(area: str, name: str) -> dict[str, pd.DataFrame]:
    """Return the tables of a hindcast or of what matters in an *area* that ship; none if none do."""
    files = sorted((FOLDER / area / name).glob("*.parquet"))
    return {path.stem: pd.read_parquet(path) for path in files}


def are_current(area: str, name: str) -> bool:
    """Whether this version of the model made the tables of an *area* that ship under a *name*."""
    path = FOLDER / area / name / "model.txt"
    return path.is_file() and path.read_text(encoding="ascii").strip() == model_version()


def is_current(comparison: Comparison) -> bool:
    """Whether this version of the model computed *comparison*."""
    return comparison.provenance.model == model_version()


def thinned(comparison: Comparison) -> Comparison:
    """The comparison as `lean` has it, with differences by parts of people at the last date only."""
    table = comparison.table
    last = table["at"] == table["at"].max()
    return replace(lean(comparison), table=table[(table["group"] == "all") | last].reset_index(drop=True))


def lean(comparison: Comparison) -> Comparison:
    """The comparison with every difference, but of what each seed says only what words and pictures are made of.

    Open cases are kept by court at every fourth week. Of eight seeds of five years 2 MB are left of 40.
    """
    measures = comparison.measures
    needed = measures["measure"].isin((*BINDING, *OFFICIAL)) & (measures["group"] == "all")
    return replace(
        comparison,
        measures=measures[needed].reset_index(drop=True),
        tables={name: {"weeks": _by_court(tables["weeks"])} for name, tables in comparison.tables.items()},
    )


def _by_court(weeks: pd.DataFrame) -> pd.DataFrame:
    """Open cases by court at the end of every fourth week, and of the first and the last."""
    days = sorted(weeks["day"].unique())
    drawn = weeks[weeks["day"].isin([days[0], *days[::-_EVERY]])]
    return drawn.groupby(["seed", "day", "court"], observed=True)[_WEEKS].sum().reset_index()


def _folder(area: str, name: str) -> Path:
    return FOLDER / slug(area) / slug(name)
