"""A sweep: the study of every point of a plan, kept cell by cell in a store of its own, resumed where it ended.

The folder of a sweep holds `store/` (one file a replication, by the measures that are kept of it), a journal of what
has landed, so that resuming looks at no file again, and at the end `results.parquet`: a row for each point, scenario,
measure and date.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from sim.compare.paired import FEWEST_PAIRS, compare
from sim.compare.same_people import OF_THE_SCHEME, on_offences
from sim.measures.outcome import Outcome
from sim.measures.registry import take
from sim.run.pool import Event, Executor, Failed, Landed
from sim.run.result import Result
from sim.run.run import Cell
from sim.scenario.reading import ScenarioError
from sim.study.cells import cell_key, model_version, scenario_hash
from sim.study.export import as_csv
from sim.study.limits import in_words
from sim.study.log import logged
from sim.study.plan import Plan, Point, points, study_at
from sim.study.store import Store
from sim.study.whole import write_whole

RESULTS, FAILED, STAMP = "results.parquet", "failed.csv", "sweep.json"
_AT_ONCE = 200  # replications handed out together: what is in memory does not grow with the sweep
_NOTHING = pd.DataFrame()

Place = tuple[int, int, int]  # number of the point, of the scenario in its study, and the seed


class BusyError(OSError):
    """Another sweep is at work in the folder."""


@dataclass(frozen=True)
class Shard:
    """Every *of*-th point, from the *number*-th on: for machines that share nothing but a folder."""

    number: int = 1
    of: int = 1

    def has(self, point: int) -> bool:
        """Whether a point, by its number from 0, belongs to it."""
        return point % self.of == self.number - 1


@dataclass(frozen=True)
class Done:
    """How a sweep ended.

    Args:
        table: a row for each point, scenario, measure and date; None while points of other shards are missing.
        ran: replications run this time.
        failed: replications that could not be done, with the reason.
    """

    table: pd.DataFrame | None
    ran: int
    failed: dict[Place, str]


class Folder:
    """The folder of one sweep.

    Args:
        path: where it is, or will be made.
        plan: what is swept.
        chosen: its points, where they are not those of its design.
        behind: another store, only read, that is asked first.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(
        self, path: Path, plan: Plan, chosen: Sequence[Point] | None = None, behind: Store | None = None
    ) -> None:
        self.path, self.plan, self.points = path, plan, points(plan) if chosen is None else chosen
        self.store, self._behind = Store(path / "store" / _named(plan.measures)), behind
        self.identity = identity_of(plan, self.points)
        path.mkdir(parents=True, exist_ok=True)

    def with_seeds(self, seeds: int) -> Folder:
        """The same folder with another number of seeds."""
        return Folder(self.path, replace(self.plan, seeds=seeds), self.points, self._behind)

    @contextmanager
    def held(self, shard: Shard = Shard()) -> Iterator[None]:
        """Hold the folder, or a shard's part of it, alone.

        Raises:
            BusyError: somebody else holds it.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / f".lock-{shard.number}-of-{shard.of}", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise BusyError(None, "another sweep is at work in this folder", str(self.path)) from None
        try:
            self.store.clear_debris()
            yield
        finally:
            lock.release()

    def landed(self) -> dict[Place, str]:
        """Return place -> key of everything the journals name; a line that was cut off is passed over."""
        found: dict[Place, str] = {}
        for path in sorted(self.path.glob(f"landed-{self.identity}-*.txt")):
            for line in path.read_text(encoding="ascii", errors="replace").split("\n")[:-1]:
                parts = line.split(" ")
                if len(parts) == 4 and len(parts[3]) == 64 and all(part.isdigit() for part in parts[:3]):
                    found[int(parts[0]), int(parts[1]), int(parts[2])] = parts[3]
        return found

    @contextmanager
    def journal(self, shard: Shard) -> Iterator[Callable[[Place, str], None]]:
        """A journal to note in, line by line, what has landed and under which key."""
        path = self.path / f"landed-{self.identity}-{shard.number}-of-{shard.of}.txt"
        with path.open("ab") as file:
            if file.tell():
                file.write(b"\n")  # ends a line that was cut off

            def note(place: Place, key: str) -> None:
                file.write(f"{' '.join(map(str, place))} {key}\n".encode())
                file.flush()

            yield note

    def has(self, key: str) -> bool:
        """Whether the outcome of a cell is here whole; what only the store behind has is taken over."""
        if self.store.read(key) is not None:
            return True
        known = self._behind.read(key) if self._behind else None
        if known is not None:
            self.store.keep(key, Outcome(_chosen(known.measures, self.plan.measures), _NOTHING, {}))
        return known is not None

    def left(self, shard: Shard) -> int:
        """How many replications of a shard have not landed; a baseline counts once for each point."""
        landed, each = self.landed(), _scenarios(self.plan) * self.plan.seeds
        mine = [point for point in range(len(self.points)) if shard.has(point)]
        seeds = range(1, self.plan.seeds + 1)
        there = sum(1 for point, _, seed in landed if shard.has(point) and seed in seeds)
        return max(len(mine) * each - there, 0)

    def stamp(self) -> dict[str, Any]:
        """What the finished table is of, as the folder says; nothing while there is none."""
        try:
            stamp = json.loads((self.path / STAMP).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if (self.path / RESULTS).is_file() else {}

    @property
    def wanted(self) -> dict[str, Any]:
        """The stamp of this sweep, finished: what tells it from another, and what it is of."""
        plan = self.plan
        about = {"title": plan.title or plan.name, "years": plan.years, "share": plan.share, "model": model_version()}
        return {"identity": self.identity, "seeds": plan.seeds, "points": len(self.points), **about}

    def finish(self, table: pd.DataFrame, failed: Mapping[Place, str]) -> None:
        """Write the table and what failed, whole or not at all, and last the stamp that says it is finished."""
        (self.path / STAMP).unlink(missing_ok=True)
        write_whole(self.path / RESULTS, _as_parquet(table))
        write_whole(self.path / FAILED, _as_csv(self, failed))
        if not failed:
            write_whole(self.path / STAMP, (json.dumps(self.wanted, indent=1) + "\n").encode())


def sweep(
    folder: Folder, executor: Executor, watch: Callable[[Event | Place], object] | None = None, shard: Shard = Shard()
) -> Done:
    """Run what has not landed yet of every point, and make the table.

    Args:
        folder: of the sweep.
        executor: what runs replications.
        watch: called with every event, and with the place of what had landed before.
        shard: the points to run.

    Raises:
        BusyError: another sweep is at work in the folder.
        OSError: the folder cannot be written; what has landed is kept.
    """
    tell = watch or (lambda event: None)
    with folder.held(shard):
        if folder.stamp() == folder.wanted:
            return Done(pd.read_parquet(folder.path / RESULTS), 0, {})
        ran, failed = _run(folder, ahead(folder, folder.landed(), shard), executor, tell, shard)
        done, lost = _made(folder, failed)
        if lost:  # noted as landed, and damaged since
            whole = {place: key for place, key in folder.landed().items() if key not in lost}
            again, failed = _run(folder, ahead(folder, whole, shard), executor, tell, shard)
            ran, (done, lost) = ran + again, _made(folder, failed)
        return replace(done, ran=ran)


@dataclass(frozen=True)
class Precision:
    """How narrow intervals are to be.

    Args:
        measure: whose difference.
        part: largest half width, as a part of the baseline's level at the last date.
        most_seeds: with so many it is left at that.
    """

    measure: str
    part: float
    most_seeds: int = 64

    def widest(self, table: pd.DataFrame) -> float:
        """The widest half width over the points, as a part of the baseline's level; NaN with too few seeds."""
        rows = table[(table["measure"] == self.measure) & (table["at"] == table["at"].max())]
        return float(((rows["high"] - rows["low"]) / 2 / rows["baseline"].abs()).max(skipna=False))


def sweep_until(
    folder: Folder, precision: Precision, executor: Executor, watch: Callable[[Event | Place], object] | None = None
) -> tuple[Folder, Done]:
    """Run a sweep with ever more seeds, twice as many each time, until every interval is as narrow as is wanted.

    Returns:
        The folder with the number of seeds it came to, and how it ended.
    """
    while True:
        done = sweep(folder, executor, watch)
        seeds = folder.plan.seeds
        is_narrow = done.table is not None and precision.widest(done.table) <= precision.part
        if is_narrow or done.failed or seeds >= precision.most_seeds:
            return folder, done
        folder = folder.with_seeds(min(2 * seeds, precision.most_seeds))


def merged(folder: Folder) -> Done:
    """Make the table of what has landed, if every point is there."""
    return _made(folder, {})[0]


def _made(folder: Folder, failed: dict[Place, str]) -> tuple[Done, set[str]]:
    """The table, if everything is there but what *failed*; without it, the keys of what is damaged."""
    landed = folder.landed()
    wanted = len(folder.points) * _scenarios(folder.plan) * folder.plan.seeds
    there = [place for place in landed.keys() | failed.keys() if place[2] <= folder.plan.seeds]
    if len(there) < wanted:
        return Done(None, 0, failed), set()
    table, lost = table_of(folder, landed)
    if lost:
        return Done(None, 0, failed), lost
    folder.finish(table, failed)
    return Done(table, 0, failed), set()


def copy_in(folder: Folder, other: Path) -> int:
    """Take over what the sweep in the folder *other* has landed of this one; return how many replications."""
    beside = Folder(other, folder.plan, folder.points)
    known, taken = folder.landed(), 0
    with folder.journal(Shard()) as note:
        for place, key in beside.landed().items():
            outcome = beside.store.read(key) if place not in known else None
            if outcome is not None:
                folder.store.keep(key, outcome)
                note(place, key)
                taken += 1
    return taken


def ahead(
    folder: Folder, landed: Mapping[Place, str], shard: Shard = Shard()
) -> Iterator[tuple[Place, Cell | ScenarioError]]:
    """Yield every replication that has not *landed*, point by point; of a point that its rules refuse, why."""
    numbers = range(_scenarios(folder.plan))
    for point, values in enumerate(folder.points):
        places = [(point, number, seed) for seed in range(1, folder.plan.seeds + 1) for number in numbers]
        missing = [place for place in places if shard.has(point) and place not in landed]
        if not missing:
            continue
        try:
            cells = list(study_at(folder.plan, values).cells.values())
        except ScenarioError as error:
            yield from ((place, error) for place in missing)
            continue
        of = dict(zip(places, cells, strict=True))  # seed by seed as the scenarios stand
        yield from ((place, of[place]) for place in missing)


def table_of(folder: Folder, landed: Mapping[Place, str]) -> tuple[pd.DataFrame, set[str]]:
    """Return a row for each point, scenario, measure and date: levers, baseline, value, difference and its interval.

    A point of which no seed has both sides is left out; its replications are among those that failed. Besides, the
    keys of what has landed and cannot be read.
    """
    seeds = range(1, folder.plan.seeds + 1)
    parts: list[pd.DataFrame] = []
    kept: dict[str, Outcome | None] = {}
    lost: set[str] = set()
    for number, values in enumerate(folder.points):
        keys = [[landed.get((number, one, seed), "") for seed in seeds] for one in range(_scenarios(folder.plan))]
        if number % _AT_ONCE == 0:
            kept = {key: kept[key] for key in keys[0] if key in kept}  # the baseline's stay
        for key in {key for row in keys for key in row if key} - kept.keys():
            kept[key] = folder.store.read(key)
            lost |= {key} if kept[key] is None else set()
        of = [[kept.get(key) for key in row] for row in keys]
        parts += _of_point(folder.plan, number, values, of)
    if not parts:
        return _NOTHING, lost
    table = pd.concat(parts, ignore_index=True)
    levers = list(dict.fromkeys(name for point in folder.points for name in point))  # a point may have only some
    mixed = [name for name in levers if infer_dtype(table[name]).startswith("mixed")]  # such as 0.3 and "as uptake"
    table = table.assign(**{name: table[name].map(str, na_action="ignore") for name in mixed})
    return table[["point", *levers, *table.columns.difference(["point", *levers], sort=False)]], lost


def runs_of(plan: Plan) -> int:
    """How many replications a plan takes at most; a baseline that no lever moves is run once a seed."""
    many = len(points(plan))
    return plan.seeds * (many * (len(plan.scenarios) - 1 or 1) + (many if plan.world else 1))


def seconds_of(plan: Plan) -> float:
    """About how many seconds one replication takes on one core: some of it does not depend on the share."""
    return plan.years * (1.2 + 1.3 * plan.share)


def size_of(plan: Plan) -> float:
    """About how many bytes one replication takes in the folder."""
    return 6_000 + 700 * len(plan.measures)


def observe(result: Result, measures: tuple[str, ...]) -> Outcome:
    """Keep of a result only some *measures*, of everybody and by offence group."""
    rows = take(result, ("all", "group"))
    rows = rows.assign(by=np.where(rows["group"] == "all", "all", "group"))
    return Outcome(_chosen(rows, measures), _NOTHING, {})


def _run(
    folder: Folder,
    waiting: Iterator[tuple[Place, Cell | ScenarioError]],
    executor: Executor,
    watch: Callable[[Event | Place], object],
    shard: Shard,
) -> tuple[int, dict[Place, str]]:
    """Run what is *waiting*, some at a time; return how many were run, and why each of the others was not."""
    failed: dict[Place, str] = {}
    ran = 0
    with folder.journal(shard) as note:
        while some := list(islice(waiting, _AT_ONCE)):
            places: dict[str, list[Place]] = {}
            cells: dict[str, Cell] = {}
            for place, cell in some:
                if isinstance(cell, ScenarioError):
                    failed[place] = cell.faults[0]
                    watch(place)
                else:
                    key = cell_key(cell)
                    places.setdefault(key, []).append(place)
                    cells[key] = cell
            for key in filter(folder.has, list(cells)):
                del cells[key]
                for place in places[key]:
                    note(place, key)
                    watch(place)
            with closing(executor(list(cells.values()), partial(observe, measures=folder.plan.measures))) as running:
                for event in logged(running):
                    ran += _land(folder, event, places, note, failed)
                    watch(event)
    return ran, failed


def _land(
    folder: Folder,
    event: Event,
    places: Mapping[str, list[Place]],
    note: Callable[[Place, str], None],
    failed: dict[Place, str],
) -> int:
    """Keep what an event brings; return how many replications landed."""
    if isinstance(event, Failed):
        failed |= dict.fromkeys(places[cell_key(event.cell)], in_words(event.error))
    if not isinstance(event, Landed):
        return 0
    key = cell_key(event.cell)
    folder.store.put(event.cell, event.outcome)
    for place in places[key]:
        note(place, key)
    return 1


def _of_point(plan: Plan, number: int, values: Point, of: list[list[Outcome | None]]) -> list[pd.DataFrame]:
    """The rows of one point: each scenario against the baseline, over the seeds that have both."""
    names = list(plan.scenarios)
    others = names[1:] or names
    offences = [list(plan.scenarios[name].diversion.offences) for name in (names[0], *others)]
    if "diversion.offences" in values:
        offences = [
            values["diversion.offences"] if n or "diversion.offences" in plan.world else one
            for n, one in enumerate(offences)
        ]
    rows = []
    for n, name in enumerate(others, start=1):
        pairs = [(a, b) for a, b in zip(of[0], of[n], strict=True) if a is not None and b is not None]
        if not pairs:
            continue
        sides = [pd.concat([pair[side].measures for pair in pairs], ignore_index=True) for side in (0, 1)]
        everybody = [side[side["by"] == "all"].drop(columns="by") for side in sides]
        if set(offences[0]) != set(offences[n]):
            everybody = [on_offences(one, side, offences[n]) for one, side in zip(everybody, sides, strict=True)]
        before, after = (one[one["measure"].isin(plan.measures)] for one in everybody)
        table = compare(before, after, name)
        if len(pairs) < FEWEST_PAIRS:  # of so few an interval says little, and is given nowhere
            table = table.assign(low=np.nan, high=np.nan)
        rows.append(_with_levers(table.drop(columns=["group", "chance_lower"]), number, values, len(pairs)))
    return rows


def _chosen(rows: pd.DataFrame, measures: tuple[str, ...]) -> pd.DataFrame:
    """The rows of some measures, and of the counts behind them, of everybody and by offence group."""
    wanted = {*measures, *(count for name in measures for count in OF_THE_SCHEME.get(name, ()))}
    return rows[rows["measure"].isin(wanted) & rows["by"].isin(("all", "group"))].reset_index(drop=True)


def _with_levers(table: pd.DataFrame, number: int, values: Point, seeds: int) -> pd.DataFrame:
    levers = {name: [_cell(value)] * len(table) for name, value in values.items()}
    return pd.concat([pd.DataFrame({"point": number, **levers}, index=table.index), table.assign(seeds=seeds)], axis=1)


def _cell(value: Any) -> Any:
    """A lever's value as a table holds it: numbers and text as they are, dates as text, lists and tables as JSON."""
    if isinstance(value, date):  # beside which a lever may have a name, such as "never"
        return value.isoformat()
    return json.dumps(value, default=str) if isinstance(value, list | dict) else value


def _scenarios(plan: Plan) -> int:
    """How many scenarios the study of a point has, the baseline included."""
    return max(len(plan.scenarios), 2)


def _named(measures: Sequence[str]) -> str:
    """A name for what is kept of a replication: the same plan with other measures must not find it."""
    return hashlib.sha256(" ".join(sorted(measures)).encode()).hexdigest()[:8]


def identity_of(plan: Plan, chosen: Sequence[Point]) -> str:
    """Return what the journal of a sweep belongs to: all that decides what a place is, but the number of seeds."""
    decides = {
        "model": model_version(),
        "scenarios": [scenario_hash(one) for one in plan.scenarios.values()],
        "points": list(map(dict, chosen)),
        "world": sorted(plan.world),
        "measures": sorted(plan.measures),
        "years": plan.years,
        "share": plan.share,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _as_parquet(table: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    table.to_parquet(written, index=False)
    return written.getvalue()


def _as_csv(folder: Folder, failed: Mapping[Place, str]) -> bytes:
    rows = [
        (*place, json.dumps(dict(folder.points[place[0]]), default=str), words)
        for place, words in sorted(failed.items())
    ]
    return as_csv(pd.DataFrame(rows, columns=["point", "scenario", "seed", "levers", "error"])).encode()
