"""One reduced model in several engines: how fast ours is beside what one would otherwise write.

    python benchmarks/engines.py [--cases N ...] [--years N] [--runs N] [--growth] [--without NAME ...]

Cases come in, are ready for trial after a while, and are heard in order while the day's court time lasts; a listing may
be ineffective, and is then put off. `ours` is built of the model's own parts: columns, calendar, court and keyed luck.
`naive` is what a user of SimPy and Mesa would write first: a process for every case, a PriorityResource for the court
and an agent for every offender; `mended` is the same with a queue that is not sorted anew for every arrival. `numba` is
a bound: the same in compiled loops, its luck drawn beforehand. These four close every case on the same day. `ciw`
simulates the queue alone, with luck of its own. Engines take turns, each run in a process of its own; ratios are of
medians in one call of this command. `ciw` and `numba` need the packages of those names.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from bisect import insort
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mesa
import numpy as np
import simpy

from sim.base import luck
from sim.base.clock import DAYS_A_YEAR, WEEK
from sim.world.calendar import Calendar
from sim.world.columns import CASES, NEVER, TRIAL_LIST, Columns
from sim.world.court import Court
from sim.world.listing import oldest_first

ROOM_DAY = 300  # minutes
READY_MEDIAN, READY_MEAN = 60.0, 90.0  # days
TRIAL_MEDIAN, TRIAL_MEAN = 120.0, 180.0  # minutes, cut at a room-day
INEFFECTIVE, INEFFECTIVE_MINUTES, RELIST_DAYS = 0.2, 30, 28
MOST_LISTINGS = 24  # of a case: one in 10 ** 16 needs more
WEEKDAYS = 5


@dataclass(frozen=True)
class Reduced:
    """What is simulated.

    Args:
        cases_a_year: that come in, on average.
        years: how long.
        load: court minutes that cases need, over those there are.
        seed: which luck.
    """

    cases_a_year: int
    years: int = 1
    load: float = 1.05
    seed: int = 1

    @property
    def days(self) -> int:
        """Days simulated."""
        return round(self.years * DAYS_A_YEAR)

    @cached_property
    def rooms(self) -> np.ndarray:
        """Rooms that sit on each day: array (days,); none at weekends."""
        sits = np.arange(self.days) % WEEK < WEEKDAYS
        put_off = INEFFECTIVE / (1 - INEFFECTIVE) * INEFFECTIVE_MINUTES
        tried = float(_as_minutes(luck.lognormal((np.arange(1000) + 0.5) / 1000, TRIAL_MEDIAN, TRIAL_MEAN)).mean())
        minutes_a_day = self.cases_a_year / DAYS_A_YEAR * (tried + put_off) * WEEK / WEEKDAYS / self.load
        return np.where(sits, max(1, round(minutes_a_day / ROOM_DAY)), 0)

    @cached_property
    def numbers(self) -> np.ndarray:
        """Cases that come in on each day: array (days,)."""
        keys = luck.key(self.seed, luck.FIRST_CONTACTS, np.arange(self.days, dtype=np.uint64))
        return luck.poisson(luck.uniform(keys, "number of first contacts"), self.cases_a_year / DAYS_A_YEAR)

    def keys(self, first: int, number: int) -> np.ndarray:
        """Keys of *number* cases from the *first* on."""
        return luck.key(self.seed, luck.STOCK, np.arange(first, first + number, dtype=np.uint64))


@dataclass(frozen=True)
class Drawn:
    """Every case's luck, drawn beforehand for the engines that have none of their own.

    Args:
        arrives: day each case comes in.
        ready: days until it is ready.
        minutes: of its trial.
        ineffective: whether its first, second ... listing is: array (cases, listings).
    """

    arrives: np.ndarray
    ready: np.ndarray
    minutes: np.ndarray
    ineffective: np.ndarray


def drawn(model: Reduced) -> Drawn:
    """Draw the luck of every case of *model*, the same as `ours` draws on the way."""
    arrives = np.repeat(np.arange(model.days), model.numbers)
    keys = model.keys(0, len(arrives))
    listings = [luck.uniform(keys, "listing", use) < INEFFECTIVE for use in range(MOST_LISTINGS)]
    return Drawn(arrives, _ready(keys), _minutes(keys), np.array(listings).T.reshape(len(arrives), MOST_LISTINGS))


def _ready(keys: np.ndarray) -> np.ndarray:
    return luck.whole_days(luck.lognormal(luck.uniform(keys, "trial date"), READY_MEDIAN, READY_MEAN))


def _minutes(keys: np.ndarray) -> np.ndarray:
    return _as_minutes(luck.lognormal(luck.uniform(keys, "contested hours"), TRIAL_MEDIAN, TRIAL_MEAN))


def _as_minutes(minutes: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(minutes), 1, ROOM_DAY).astype(np.int64)


# Ours -----------------------------------------------------------------------------------------------------


class _World:
    """What a court needs of a world."""

    def __init__(self, model: Reduced) -> None:
        self.cases = Columns(CASES)

    def register_agent(self, agent: mesa.Agent) -> None:
        """The court is the only agent."""


def ours(model: Reduced) -> np.ndarray:
    """The day each case closed, NEVER if it did not: array (cases,)."""
    world, calendar = _World(model), Calendar(model.days - 1, ("ready",))
    court = Court(world, "reduced", model.rooms, np.full(model.days, ROOM_DAY), oldest_first, TRIAL_LIST)  # type: ignore[arg-type]
    for today in range(model.days):
        if today % WEEK == 0:
            _come_in(model, world.cases, calendar, today)
        if model.rooms[today]:
            _sit(world.cases, calendar, court, today)
    return world.cases.closed[: world.cases.size]


def _come_in(model: Reduced, cases: Columns, calendar: Calendar, today: int) -> None:
    numbers = model.numbers[today : today + WEEK]
    keys = model.keys(cases.size, int(numbers.sum()))
    days = np.repeat(np.arange(today, today + len(numbers)), numbers)
    ids = cases.add(len(keys), key=keys, received=days, trial_minutes=_minutes(keys))
    calendar.add("ready", ids, days + _ready(keys))


def _sit(cases: Columns, calendar: Calendar, court: Court, today: int) -> None:
    court.open_day(today)
    due = calendar.take("ready", today)
    cases.joined[due] = today
    court.receive(due)
    listed = court.trials.head(court.available // min(INEFFECTIVE_MINUTES, 10) + 1)
    ineffective = luck.uniform(cases.key[listed], "listing", cases.listings[listed]) < INEFFECTIVE
    begun, _ = court.sit(listed, np.where(ineffective, INEFFECTIVE_MINUTES, cases.trial_minutes[listed]))
    court.close_day(waiting=len(court.trials) > 0)
    cases.listings[begun] += 1
    put_off = ineffective[: len(begun)]
    calendar.add("ready", begun[put_off], today + RELIST_DAYS)
    cases.closed[begun[~put_off]] = today


# What one would write first --------------------------------------------------------------------------------


class _Person(mesa.Agent):
    """An offender."""

    def __init__(self, model: mesa.Model, number: int) -> None:
        super().__init__(model)
        self.number, self.listings = number, 0


class _InOrder(list[Any]):
    """A queue kept in order, in place of SimPy's, which is sorted for every arrival."""

    def append(self, item: Any) -> None:
        """Put *item* in its place."""
        insort(self, item, key=lambda one: one.key)


class _MendedResource(simpy.PriorityResource):
    PutQueue = _InOrder


class _Courthouse:
    """A court as a resource that cases ask for: one is called on at a time, while the day's minutes last."""

    def __init__(self, env: simpy.Environment, model: Reduced, calls: simpy.PriorityResource) -> None:
        self.env, self.calls, self.left, self.is_open = env, calls, 0, False
        self.opens = env.event()
        self.closed = np.full(int(model.numbers.sum()), NEVER)
        sits = np.append(np.flatnonzero(model.rooms), model.days + WEEK)
        self.next_sitting = sits[np.searchsorted(sits, np.arange(model.days + 1))]
        env.process(self._days(model))

    def _days(self, model: Reduced) -> Generator[simpy.Event, None, None]:
        for day in np.flatnonzero(model.rooms).tolist():
            yield self.env.timeout(day + 0.25 - self.env.now)
            self.left += int(model.rooms[day]) * ROOM_DAY
            self.is_open = True
            self.opens.succeed()
            self.opens = self.env.event()
            yield self.env.timeout(0.25)
            self.is_open = False
            if not self.calls.count:
                self.left = 0

    def morning(self, day: int, number: int) -> simpy.Event:
        """The morning of the first sitting day from *day* on; those of one morning come in order of their numbers."""
        sits = self.next_sitting[min(day, len(self.next_sitting) - 1)]
        return self.env.timeout(sits + number * 1e-8 - self.env.now)


def naive(model: Reduced, resource_type: type[simpy.PriorityResource] = simpy.PriorityResource) -> np.ndarray:
    """The same, in a SimPy process for every case and a Mesa agent for every offender."""
    env, people, own = simpy.Environment(), mesa.Model(rng=1), drawn(model)
    court = _Courthouse(env, model, resource_type(env, 1))
    for number in range(len(own.arrives)):
        env.process(_life(env, court, people, own, number))
    env.run(until=model.days)
    return court.closed


def mended(model: Reduced) -> np.ndarray:
    """The same as `naive`, with a queue kept in order."""
    return naive(model, _MendedResource)


def _life(
    env: simpy.Environment, court: _Courthouse, people: mesa.Model, own: Drawn, number: int
) -> Generator[simpy.Event, Any, None]:
    yield env.timeout(int(own.arrives[number]))
    person = _Person(people, number)
    yield court.morning(int(own.arrives[number] + own.ready[number]), number)
    while True:
        ineffective = bool(own.ineffective[number, person.listings])
        minutes = INEFFECTIVE_MINUTES if ineffective else int(own.minutes[number])
        with court.calls.request(priority=(int(env.now), number)) as turn:  # type: ignore[arg-type]
            yield turn
            while not court.is_open or minutes > court.left:
                yield court.opens
            court.left -= minutes
        person.listings += 1
        if not ineffective:
            court.closed[number] = int(env.now)
            return
        yield court.morning(int(env.now) + RELIST_DAYS, number)


# A bound, and a library for queues ---------------------------------------------------------------------------


def compiled(model: Reduced) -> np.ndarray:
    """The same in compiled loops over luck drawn beforehand."""
    own = drawn(model)
    sits = np.append(np.flatnonzero(model.rooms), model.days)
    next_sitting = sits[np.searchsorted(sits, np.arange(model.days + 1))]
    first = next_sitting[np.minimum(own.arrives + own.ready, model.days)]
    return _loops()(first, own.minutes, own.ineffective, model.rooms * ROOM_DAY, next_sitting, int(NEVER))


def _loops() -> Callable[..., np.ndarray]:
    import numba

    @numba.njit(cache=True)
    def loops(first, minutes, ineffective, supply, next_sitting, never):  # type: ignore[no-untyped-def]
        days, cases = len(supply), len(first)
        closed, listings = np.full(cases, never), np.zeros(cases, np.int64)
        head, following = np.full(days + 1, -1), np.full(cases, -1)  # who is ready on each day, one after the other
        for case in range(cases - 1, -1, -1):
            following[case], head[first[case]] = head[first[case]], case
        line, begin, end, left = np.empty(cases * 24, np.int64), 0, 0, 0
        for day in range(days):
            if supply[day] == 0:
                continue
            case, joined = head[day], end
            while case >= 0:
                line[end] = case
                end += 1
                case = following[case]
            line[joined:end] = np.sort(line[joined:end])
            left += supply[day]
            while begin < end:
                case = line[begin]
                put_off = ineffective[case, listings[case]]
                takes = 30 if put_off else minutes[case]
                if takes > left:
                    break
                left -= takes
                begin += 1
                listings[case] += 1
                if not put_off:
                    closed[case] = day
                elif day + 28 < days:
                    again = next_sitting[day + 28]
                    following[case], head[again] = head[again], case
            if begin == end:
                left = 0
        return closed

    return loops


def by_ciw(model: Reduced) -> np.ndarray:
    """The queue alone in ciw: exponential times between arrivals, and a server that works at the pace of all rooms."""
    import ciw

    a_day = float(model.rooms.sum() * ROOM_DAY / model.days)

    class Listings(ciw.dists.Distribution):
        """Days that a case's listings take, ineffective ones included."""

        def sample(self, t: Any = None, ind: Any = None) -> float:
            """One case's."""
            sigma = np.sqrt(2 * np.log(TRIAL_MEAN / TRIAL_MEDIAN))
            minutes = np.clip(np.rint(TRIAL_MEDIAN * np.exp(sigma * ciw.random.gauss(0, 1))), 1, ROOM_DAY)
            while ciw.random.random() < INEFFECTIVE:
                minutes += INEFFECTIVE_MINUTES
            return float(minutes / a_day)

    ciw.seed(model.seed)
    arrivals = ciw.dists.Exponential(model.cases_a_year / DAYS_A_YEAR)
    network = ciw.create_network(
        arrival_distributions=[arrivals], service_distributions=[Listings()], number_of_servers=[1]
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(model.days)
    ended = [record.exit_date for record in simulation.get_all_records()]
    closed = np.full(int(model.numbers.sum()), NEVER)
    closed[: len(ended)] = np.array(ended[: len(closed)], np.int64)
    return closed


ENGINES: dict[str, Callable[[Reduced], np.ndarray]] = {
    "ours": ours,
    "naive": naive,
    "mended": mended,
    "numba": compiled,
    "ciw": by_ciw,
}


# Timing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Timed:
    """One run: CPU seconds, peak memory in MiB above an idle process, cases closed."""

    seconds: float
    memory: float
    closed: int


def timed(name: str, model: Reduced) -> Timed:
    """Run an engine once, after what it needs is imported and compiled."""
    ENGINES[name](Reduced(200))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    closed = ENGINES[name](model)
    seconds = time.process_time() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Timed(seconds, memory, int((closed != NEVER).sum()))


def in_turns(names: list[str], model: Reduced, runs: int) -> dict[str, list[Timed]]:
    """Run each engine so many times, in turns, each time in a fresh process."""
    found: dict[str, list[Timed]] = {name: [] for name in names}
    with multiprocessing.get_context("forkserver").Pool(1, maxtasksperchild=1) as pool:
        for _ in range(runs):
            for name in names:
                found[name].append(pool.apply(timed, (name, model)))
    return found


def seconds(runs: list[Timed]) -> float:
    """The median CPU seconds."""
    return statistics.median(run.seconds for run in runs)


def _print(found: dict[str, list[Timed]], model: Reduced) -> None:
    print(f"\n{model.cases_a_year:,} cases a year for {model.years}; load {model.load:g}")
    print(f"{'':8}{'CPU s':>9}{'of ours':>9}{'MiB':>7}{'closed':>10}")
    for name, runs in found.items():
        ratio = seconds(runs) / seconds(found["ours"])
        memory = max(run.memory for run in runs)
        print(f"{name:8}{seconds(runs):9.3f}{ratio:9.2f}{memory:7.0f}{runs[0].closed:10,}", flush=True)


def main() -> None:
    """Print a table for each number of cases; with --growth how ours grows with cases, years and backlog."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, nargs="+", default=[20_000, 100_000], metavar="N")
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--without", nargs="*", default=[], choices=ENGINES, metavar="NAME")
    asked = parser.parse_args()
    names = [name for name in ENGINES if name not in asked.without]
    for cases in asked.cases:
        model = Reduced(cases, asked.years)
        _print(in_turns(names, model, asked.runs), model)
    if asked.growth:
        for model in (Reduced(50_000), Reduced(200_000), Reduced(50_000, years=4), Reduced(50_000, load=1.5)):
            _print(in_turns(["ours"], model, asked.runs), model)


if __name__ == "__main__":
    main()
