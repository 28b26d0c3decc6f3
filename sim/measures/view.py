"""A result seen year by year and group by group: what measures share, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from sim.base.clock import Clock
from sim.run.result import Result
from sim.scenario.model import AGE_BANDS, ETHNICITIES, RECORD_BANDS, SEXES

T = TypeVar("T")
By = tuple[str, ...]  # breakdowns: their parts stand side by side, one column each

BREAKDOWNS = ("all", "group", "ethnicity", "sex", "age", "record")
_PEOPLE_COLUMNS = {"ethnicity": "ethnicity", "sex": "sex", "age": "age_band", "record": "record"}


class View:
    """One seed's tables with the year of each event and the part of each breakdown it falls in.

    Values come out as arrays (years, parts): a row for each year end, a column for each part of the breakdowns.

    Args:
        result: the tables to look at.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.scale = 1 / result.share
        clock = Clock(result.scenario.starts)
        self.ends = np.array(clock.year_ends(result.years))
        self.dates = [clock.date(day).isoformat() for day in self.ends]
        self._kept: dict[Hashable, Any] = {}

    @cached_property
    def cases(self) -> dict[str, np.ndarray]:
        """The columns of the cases table; but those that hold names (see `named`)."""
        cases = self.result.tables["cases"]
        return {str(name): column.to_numpy() for name, column in cases.items() if column.dtype != "category"}

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return what *work* gives, done the first time *key* is asked for: breakdowns share all but the last step."""
        if key not in self._kept:
            self._kept[key] = work()
        return self._kept[key]

    def named(self, column: str, *names: str) -> np.ndarray:
        """Which cases hold one of *names* in *column*: array (cases,) of bool."""
        return self.once(("named", column, names), lambda: self._named(column, names))

    @cached_property
    def for_trial(self) -> np.ndarray:
        """Which cases the Crown Court received for trial: array (cases,) of bool."""
        return self.named("crown_route", "for trial")

    @cached_property
    def open_in_crown(self) -> list[np.ndarray]:
        """The cases, by row, open in the Crown Court at each year end; those out on a warrant included."""
        return self._open(self.cases["crown_received"], self.cases["crown_closed"])

    @cached_property
    def open_in_magistrates(self) -> list[np.ndarray]:
        """The cases heard in court, by row, open in the magistrates' courts at each year end."""
        received = np.where(self.named("route", "for trial", "summary"), self.cases["received"], np.nan)
        return self._open(received, self.cases["closed"])

    def of_group(self, lever: str, rows: np.ndarray) -> np.ndarray:
        """The *lever* of the offence group of each of *rows* of the cases table; NaN where the group has none."""
        group = self.result.tables["cases"]["group"].cat
        values = [getattr(self.result.scenario.groups.get(name), lever, np.nan) for name in group.categories]
        return np.array([*values, np.nan])[group.codes.to_numpy()[rows]]

    def labels(self, by: str) -> tuple[str, ...]:
        """The parts of the breakdown *by*, in order."""
        return self._labels[by]

    def year(self, column: str) -> np.ndarray:
        """The simulated year, from 0, that each case's day in *column* falls in; -1 where in none."""
        return self.once(("year", column), lambda: self.year_of(self.cases[column]))

    def year_of(self, days: np.ndarray) -> np.ndarray:
        """The simulated year, from 0, that each of *days* falls in; -1 where in none."""
        year = np.zeros(len(days), np.int8)
        for end in self.ends:
            year += days > end
        year[~((days >= 0) & (days <= self.ends[-1]))] = -1
        return year

    def part(self, by: str, table: str = "cases") -> np.ndarray:
        """Which part of the breakdown *by* each row of *table* falls in; -1 where not known."""
        return self.once(("part", by, table), lambda: self._part(by, table))

    def count(self, by: By, chosen: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Count the *chosen* cases by *year* and part, as simulated: array (years, parts)."""
        rows = np.flatnonzero(chosen & (year >= 0))
        return self.spread(by, rows, year[rows], len(self.ends))

    def total(self, by: By, table: str, chosen: np.ndarray, values: str | np.ndarray) -> np.ndarray:
        """Add up a column, or *values* by row, over the *chosen* rows of *table* by year and part."""
        of_table = self.result.tables[table]
        year = self.year_of(of_table["day"].to_numpy())
        rows = np.flatnonzero(chosen & (year >= 0))
        weights = of_table[values].to_numpy() if isinstance(values, str) else values
        return self.spread(by, rows, year[rows], len(self.ends), weights[rows], table)

    def median(self, by: By, values: np.ndarray, chosen: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Median of *values* over the *chosen* cases by *year* and part: array (years, parts); NaN if none."""
        rows = np.flatnonzero(chosen & (year >= 0))
        return np.hstack([self._median(one, values[rows], rows, year[rows]) for one in by])

    def mean(self, by: By, values: np.ndarray, chosen: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Mean of *values* over the *chosen* cases by *year* and part: array (years, parts); NaN if none."""
        rows = np.flatnonzero(chosen & (year >= 0))
        total = self.spread(by, rows, year[rows], len(self.ends), values[rows])
        with np.errstate(invalid="ignore"):
            return total / self.spread(by, rows, year[rows], len(self.ends))

    def split(self, by: By, rows: list[np.ndarray], weights: list[np.ndarray] | None = None) -> np.ndarray:
        """Count *rows* of the cases table, given for each year end, or add up their *weights*: array (years, parts)."""
        year = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
        weight = None if weights is None else np.concatenate(weights)
        return self.spread(by, np.concatenate(rows), year, len(self.ends), weight)

    def spread(
        self,
        by: By,
        rows: np.ndarray,
        places: np.ndarray,
        width: int,
        weights: np.ndarray | None = None,
        table: str = "cases",
    ) -> np.ndarray:
        """Count *rows* of *table*, or add up their *weights*, by place, below *width*, and part: array (width, parts).

        Rows are added up once by who they are in every respect, and then over all who belong to a part.
        """
        profile, parts = self.once(("profile", table), lambda: self._profile(table))
        codes = len(parts["all"])
        cell = places.astype(np.int64) * codes + profile[rows]
        totals = np.bincount(cell, weights, width * codes).astype(float).reshape(width, codes)
        return np.hstack([totals @ parts[one] for one in by])

    @cached_property
    def _labels(self) -> dict[str, tuple[str, ...]]:
        return {
            "all": ("all",),
            "group": tuple(self.result.tables["weeks"]["group"].cat.categories),  # paper cases have a group too
            "ethnicity": ETHNICITIES,
            "sex": SEXES,
            "age": AGE_BANDS,
            "record": RECORD_BANDS,
        }

    def _profile(self, table: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Who each row is in every respect, as one number, and which numbers belong to each part of a breakdown.

        Returns:
            array (rows,), and by breakdown an array (numbers, parts) of 0 and 1. What is not known belongs to no part.
        """
        known = self.result.tables[table].columns
        respects = ["group"] * ("group" in known) + list(_PEOPLE_COLUMNS) * ("offender" in known)
        sizes = [len(self.labels(one)) + 1 for one in respects]  # the last is: not known
        profile = np.zeros(len(self.result.tables[table]), np.int64)
        for one, size in zip(respects, sizes, strict=True):
            profile = profile * size + self.part(one, table) % size
        places = np.unravel_index(np.arange(np.prod(sizes, dtype=int)), sizes) if sizes else ()
        parts = {one: np.eye(size)[place][:, :-1] for one, size, place in zip(respects, sizes, places, strict=True)}
        return profile, {"all": np.ones((np.prod(sizes, dtype=int), 1))} | parts

    def _named(self, column: str, names: tuple[str, ...]) -> np.ndarray:
        values = self.result.tables["cases"][column].cat
        holds = np.array([*(name in names for name in values.categories), False])  # the last is for what is missing
        return holds[values.codes.to_numpy()]

    def _open(self, received: np.ndarray, closed: np.ndarray) -> list[np.ndarray]:
        rows = np.flatnonzero(received <= self.ends[-1])
        received, closed = received[rows], closed[rows]
        return [rows[(received <= end) & ~(closed <= end)] for end in self.ends]

    def _part(self, by: str, table: str) -> np.ndarray:
        rows = self.result.tables[table]
        if by == "all":
            return np.zeros(len(rows), np.int8)
        if by == "group":
            return _codes(rows["group"], self.labels(by))
        people = self.result.tables["offenders"]
        codes = _codes(people[_PEOPLE_COLUMNS[by]], self.labels(by))
        person = pd.Index(people["offender"]).get_indexer(pd.Index(rows["offender"]))
        return np.append(codes, -1)[person]  # somebody not in the table is at -1: the last, not known

    def _median(self, by: str, values: np.ndarray, rows: np.ndarray, year: np.ndarray) -> np.ndarray:
        part, width = self.part(by)[rows], len(self.labels(by))
        known = part >= 0
        cell = year[known].astype(np.int64) * width + part[known]
        medians = pd.Series(values[known]).groupby(cell).median()
        return medians.reindex(range(len(self.ends) * width)).to_numpy(float).reshape(-1, width)


def _codes(values: pd.Series, labels: tuple[str, ...]) -> np.ndarray:
    """The position of each of *values* in *labels*; -1 where it is not there."""
    return pd.Categorical(values, categories=list(labels)).codes
