"""What the world hands out: its columns and its record as the declared tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.scenario.model import AGE_BANDS, ETHNICITIES, RECORD_BANDS, SEXES
from sim.world.columns import NEVER, NO_ROUTE, OUTCOMES, PATHS, ROUTES
from sim.world.offender import age_band, record_band
from sim.world.record import FLOWS
from sim.world.tables import frame

if TYPE_CHECKING:
    from sim.world import World


def note_week(world: World) -> None:
    """Write down what courts and teams did in the period that ends today, and start their counts again."""
    for court, first in ((world.magistrates, len(world.first_list.waiting)), (world.crown, 0)):
        waiting = {"waiting": court.outstanding + first, "waiting_first": first}
        counts = {**court.totals, "carried": court.carried, **waiting}
        world.record.sittings.append({"day": world.today, "court": court.tier, **counts})
        court.start_counting()
    _note_officers(world)
    provider = world.provider
    world.record.providers.append({"day": world.today, **provider.counts, "waiting": provider.waiting})
    provider.new_week()


def _note_officers(world: World) -> None:
    officers = world.officers
    officers.search_with_freed_hours(world.levers.police.freed_to_searches)
    officers.read_practice()
    world.record.officers.append(
        {
            "day": np.full(len(officers.waiting), world.today),
            "team": np.arange(len(officers.waiting)),
            **officers.counts,
            "files_waiting": officers.waiting.copy(),
            "hours_at_start": officers.backlog_at_start,
            "hours_at_end": officers.by_team(officers.backlog),
            "readiness": officers.practice[0].copy(),
        }
    )
    officers.new_week()


def tables(world: World) -> dict[str, pd.DataFrame]:
    """Every table of this replication."""
    return {
        "weeks": _weeks(world),
        "sittings": _sittings(world),
        "officers": _officers(world),
        "providers": _providers(world),
        "custody": _custody(world),
        "cases": _cases(world),
        "offenders": _offenders(world),
    }


def _weeks(world: World) -> pd.DataFrame:
    """One row for each period, court, group and route that ever holds a case."""
    record = world.record
    parts = [
        _weeks_of(world, tier, [week for week in record.weeks if week[1] == tier]) for tier in ROUTES if record.weeks
    ]
    courts = np.repeat(np.arange(len(ROUTES)), [len(part["day"]) for part in parts])
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    routes = tuple(dict.fromkeys(name for names in ROUTES.values() for name in names))
    return frame(
        "weeks",
        {
            **{name: columns[name] for name in ("day", "opening", *FLOWS, "closing")},
            "seed": np.full(len(courts), world.replication),
            "court": _names(courts, tuple(ROUTES)),
            "group": _names(columns["group"], tuple(record.groups)),
            "route": _names(columns["route"], routes),
        },
    )


def _weeks_of(world: World, tier: str, weeks: list) -> dict[str, np.ndarray]:
    counts = {
        "opening": np.array([week[2] for week in weeks]),
        **{flow: np.array([week[3][flow] for week in weeks]) for flow in FLOWS},
        "closing": np.array([week[4] for week in weeks]),
    }
    in_use: np.ndarray = np.sum([table.sum(axis=0) for table in counts.values()], axis=0) > 0
    group, route = np.nonzero(in_use)
    routes = tuple(dict.fromkeys(name for names in ROUTES.values() for name in names))
    number = np.array([routes.index(name) for name in ROUTES[tier]])[route]
    cells = {name: table[:, in_use].ravel() for name, table in counts.items()}
    days = np.array([week[0] for week in weeks])
    return {
        "day": np.repeat(days, len(group)),
        "group": np.tile(group, len(weeks)),
        "route": np.tile(number, len(weeks)),
        **cells,
    }


def _sittings(world: World) -> pd.DataFrame:
    rows = world.record.sittings
    tiers, (day, court, *counts) = tuple(ROUTES), rows[0]
    return frame(
        "sittings",
        {
            "seed": np.full(len(rows), world.replication),
            day: np.array([row[day] for row in rows]),
            court: _names(np.array([tiers.index(row[court]) for row in rows], int), tiers),
            **{name: np.array([row[name] for row in rows], np.int64) for name in counts},
        },
    )


def _officers(world: World) -> pd.DataFrame:
    rows = world.record.officers
    columns = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    return frame("officers", {"seed": np.full(len(columns["day"]), world.replication), **columns})


def _providers(world: World) -> pd.DataFrame:
    return _counted(world, "providers", world.record.providers)


def _custody(world: World) -> pd.DataFrame:
    return _counted(world, "custody", world.record.custody)


def _counted(world: World, table: str, rows: list[dict[str, int]]) -> pd.DataFrame:
    """The counts of each period as the declared *table*."""
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return frame(table, {"seed": np.full(len(rows), world.replication), **columns})


def _cases(world: World) -> pd.DataFrame:
    cases, size = world.cases, world.cases.size
    days = (
        *("contact_day", "outcome_day", "first_hearing", "closed", "crown_received", "crown_closed"),
        *("bailed", "main_hearing", "index_day", "proven_day", "next_day"),
    )
    plain = (
        *("own_case", "in_scope", "admits", "eligible", "offered", "accepted", "started", "completed", "breached"),
        *("discontinued", "conditions_broken", "fined", "remanded", "imprisoned"),
    )
    began_in_crown = (cases.route[:size] == NO_ROUTE) & (cases.crown_route[:size] != NO_ROUTE)
    received = np.where(began_in_crown, cases.crown_received[:size], cases.received[:size])
    return frame(
        "cases",
        {
            "seed": np.full(size, world.replication),
            "case": np.arange(size),
            "offender": cases.person[:size],
            "group": _names(cases.group[:size], tuple(world.levers.groups)),
            "would_have": _names(cases.would_have[:size], tuple(world.police_outcomes)),
            "path_avoided": _names(cases.path_avoided[:size], PATHS),
            "police_outcome": _names(cases.police_outcome[:size], tuple(world.police_outcomes)),
            "route": _names(cases.route[:size], ROUTES["magistrates"]),
            "crown_route": _names(cases.crown_route[:size], ROUTES["crown"]),
            "outcome": _names(cases.outcome[:size], OUTCOMES),
            **{name: _day(getattr(cases, name)[:size]) for name in days},
            "received": _day(received),
            **{name: getattr(cases, name)[:size] for name in (*plain, "record", "hearings", "minutes")},
        },
    )


def _offenders(world: World) -> pd.DataFrame:
    people, size = world.people, world.people.size
    return frame(
        "offenders",
        {
            "seed": np.full(size, world.replication),
            "offender": np.arange(size),
            "key": people.key[:size],
            "ethnicity": _names(people.ethnicity[:size], ETHNICITIES),
            "sex": _names(people.male[:size].astype(np.int8), SEXES),
            "age_band": _names(age_band(people.age[:size]), AGE_BANDS),
            "record": _names(record_band(people.first_record[:size]), RECORD_BANDS),
        },
    )


def _names(codes: np.ndarray, names: tuple[str, ...]) -> Any:
    """Codes as names; -1 is missing."""
    return pd.Categorical.from_codes(codes.astype(np.int8), categories=pd.Index(names))


def _day(days: np.ndarray) -> np.ndarray:
    """Days as numbers; a day that has not come is NaN."""
    values = days.astype(np.float32)
    values[days == NEVER] = np.nan
    return values
