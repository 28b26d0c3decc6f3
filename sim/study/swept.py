"""Finished sweeps in a folder of folders, read for a page that shows them, and plans that a page makes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w
from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype
from platformdirs import user_cache_path

from sim.measures.registry import MEASURES as KNOWN
from sim.scenario.faults import ScenarioError, nearest, printable, shown
from sim.scenario.files import Layer
from sim.study.cells import model_version
from sim.study.plan import MOST_SEEDS, Plan, Span, checked
from sim.study.question import Asked, read
from sim.study.store import FOLDER as STORE
from sim.study.sweep import RESULTS, STAMP

FOLDER = "SLIPROAD_SWEEPS"  # environment variable that says where the page looks for sweeps, and keeps its own
MOST_BYTES, MOST_SHOWN = 20_000_000, 50
MEASURES = (  # of a plan made here, those asked for first
    *("magistrates.open", "crown.open", "diversion.prosecutions_avoided", "officers.freed"),
    *("reoffending.scheme_12_months", "cost.total"),
)
_NUMBERS, _TEXTS = {"point", "baseline", "difference", "low", "high", "seeds"}, {"scenario", "measure", "unit", "at"}


@dataclass(frozen=True, eq=False)
class Swept:
    """A finished sweep.

    Args:
        name: of its folder.
        title: in words.
        years: simulated.
        share: fraction of people and courtrooms.
        model: version that ran it.
        table: a row for each point, scenario, measure and date, as sim.study.sweep makes it.
    """

    name: str
    title: str
    years: int
    share: float
    model: str
    table: pd.DataFrame

    @property
    def about(self) -> dict[str, object]:
        """What its table is, for a file that holds it."""
        return {
            "sweep": self.title,
            "model": self.model,
            "points": self.table["point"].nunique(),
            "seeds of a point": int(self.table["seeds"].min()),
            "years": self.years,
            "share of people": self.share,
            "intervals": "95%, of chance alone; other structures of the model are not in them unless it varies them",
        }

    @property
    def is_current(self) -> bool:
        """Whether this version of the model ran it."""
        return self.model == model_version()


def users_sweeps() -> Path | None:
    """The folder that SLIPROAD_SWEEPS names, else one in the cache folder of this system.

    None where neither it nor a store is wanted.
    """
    named = os.environ.get(FOLDER)
    if named:
        return Path(named).expanduser()
    return None if os.environ.get(STORE) == "" else user_cache_path("sliproad") / "sweeps"


def found_in(folder: Path) -> tuple[list[Swept], list[str]]:
    """Return the finished sweeps in the folders of *folder*, the newest first; and what is wrong with others."""
    stamps = [path for path in folder.glob(f"*/{STAMP}") if path.is_file()]
    found, faults = [], []
    for stamp in sorted(stamps, key=lambda path: path.stat().st_mtime, reverse=True)[:MOST_SHOWN]:
        try:
            found.append(read_swept(stamp.parent))
        except ScenarioError as error:
            faults += error.faults
    return found, faults


def is_swept(folder: Path) -> bool:
    """Whether *folder* is that of a sweep."""
    return (folder / STAMP).is_file()


def read_swept(folder: Path) -> Swept:
    """Read the finished sweep in *folder*.

    Raises:
        ScenarioError: there is none, or it cannot be read.
    """
    table, stamp = folder / RESULTS, folder / STAMP
    try:
        return _read(folder, table.stat().st_mtime_ns, stamp.stat().st_mtime_ns)
    except ScenarioError:
        raise
    except Exception:  # of any kind where a file is damaged, and its own words may hold paths
        raise ScenarioError([f"{printable(folder.name)}: no finished sweep that can be read"]) from None


def varied_in(table: pd.DataFrame) -> list[str]:
    """The levers that a table of results varies, in its order: the columns between point and scenario."""
    names = list(table.columns)
    return names[names.index("point") + 1 : names.index("scenario")] if {"point", "scenario"} <= set(names) else []


@lru_cache(maxsize=2 * MOST_SHOWN)
def _read(folder: Path, *_: int) -> Swept:
    stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    if (folder / RESULTS).stat().st_size > MOST_BYTES:
        raise ScenarioError([f"{printable(folder.name)}: {RESULTS} is larger than {MOST_BYTES // 1_000_000} MB"])
    table = pd.read_parquet(folder / RESULTS)
    levers = varied_in(table)
    table = table.drop(columns=[name for name in levers if table[name].isna().all()])  # no point of it could be done
    if fault := _fault_of(table):
        raise ScenarioError([f"{printable(folder.name)}: {RESULTS} {fault}"])
    about = (str(stamp["title"]), int(stamp["years"]), float(stamp["share"]), str(stamp["model"]))
    return Swept(folder.name, *about, table)


def _fault_of(table: pd.DataFrame) -> str:
    """What keeps a table from being drawn, in words that follow its name; or nothing."""
    if missing := (_NUMBERS | _TEXTS) - set(table.columns):
        return f"has no column {min(missing)}"
    if table.empty:
        return "has no rows"
    if not varied_in(table):
        return "has no lever between the columns point and scenario"
    if strange := [name for name in varied_in(table) if infer_dtype(table[name]).startswith("mixed")]:
        return f"has values of several kinds in column {strange[0]}"
    if strange := [name for name in sorted(_NUMBERS) if not _is_numbers(table[name])]:
        return f"has something else than numbers in column {strange[0]}"
    if not table["seeds"].between(1, MOST_SEEDS).all():
        return f"has numbers of seeds that are not between 1 and {MOST_SEEDS:,}"
    if strange := [name for name in sorted(_TEXTS) if not table[name].map(lambda of: isinstance(of, str)).all()]:
        return f"has something else than text in column {strange[0]}"
    if unknown := sorted(set(table["measure"]) - set(KNOWN)):
        return f"has an unknown measure {shown(unknown[0])}{nearest(unknown[0], KNOWN)}"
    if strange := [day for day in table["at"].unique() if not _is_date(day)]:
        return f"has {shown(strange[0])} in column at, which holds dates such as 2030-12-31"
    return ""


def _is_numbers(values: pd.Series) -> bool:
    """Whether a column holds numbers, none of them infinite; some may be missing."""
    is_kind = is_numeric_dtype(values) and not is_bool_dtype(values)
    return is_kind and not bool(np.isinf(values.to_numpy(float)).any())


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def crossed(
    asked: Asked, baseline: str, levers: Mapping[str, Span], world: Sequence[str], **sizes: Any
) -> tuple[Plan, str]:
    """Return a plan that crosses *levers* of a scenario over their ranges, and its text as a file.

    Args:
        asked: the scenario; what is changed on top of its file is in the plan, but not in its text.
        baseline: name of the scenario it is set against.
        levers: name -> range.
        world: those of them that the baseline has too.
        sizes: steps, seeds, years and share, as a plan names them.

    Raises:
        ScenarioError: the plan is refused; the message says why.
    """
    ranges = {name: {"low": span.low, "high": span.high} for name, span in levers.items()}
    values = {
        "title": f"{asked.stem}{' as changed' if asked.changes else ''}: {' by '.join(levers)}",
        "baseline": baseline,
        "scenarios": [asked.file],
        "design": "grid",
        "measures": list(MEASURES),
        **sizes,
        "levers": {name: of for name, of in ranges.items() if name not in world},
        "world": {name: of for name, of in ranges.items() if name in world},
    }
    plan = checked(Layer("this sweep", values, {}))
    if asked.changes:
        before, _ = plan.scenarios
        plan = replace(plan, scenarios={before: plan.scenarios[before], asked.stem: read(asked)})
    return plan, tomli_w.dumps(values)
