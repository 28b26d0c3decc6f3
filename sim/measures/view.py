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

BREAKDOWNS = ("all", "group", "ethnicity", "sex", "age", "record")
_PEOPLE_COLUMNS = {"ethnicity": "ethnicity", "sex": "sex", "age": "age_band", "record": "record"}


class View:
    """One seed's tables with the year of each event and the part of each breakdown it falls in.

    Values come out as arrays (years, parts): a row for each year end, a column for each part.

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
        return {
            "all": ("all",),
            "group": tuple(self.result.tables["weeks"]["group"].cat.categories),  # paper cases have a group too
            "ethnicity": ETHNICITIES,
            "sex": SEXES,
            "age": AGE_BANDS,
            "record": RECORD_BANDS,
        }[by]

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

    def count(self, by: str, chosen: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Count the *chosen* cases by *year* and part, as simulated: array (years, parts)."""
        return self._total(by, "cases", chosen & (year >= 0), year)

    def total(self, by: str, table: str, chosen: np.ndarray, column: str) -> np.ndarray:
        """Add up *column* over the *chosen* rows of *table* by year and part: array (years, parts)."""
        rows = self.result.tables[table]
        year = self.year_of(rows["day"].to_numpy())
        return self._total(by, table, chosen & (year >= 0), year, rows[column].to_numpy())

    def median(self, by: str, values: np.ndarray, chosen: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Median of *values* over the *chosen* cases by *year* and part: array (years, parts); NaN if none."""
        part, width = self.part(by), len(self.labels(by))
        rows = np.flatnonzero(chosen & (year >= 0) & (part >= 0))
        cell = year[rows].astype(np.int64) * width + part[rows]
        medians = pd.Series(values[rows]).groupby(cell).median()
        return medians.reindex(range(len(self.ends) * width)).to_numpy(float).reshape(-1, width)

    def mean(self, by: str, values: np.ndarray, chosen: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Mean of *values* over the *chosen* cases by *year* and part: array (years, parts); NaN if none."""
        total = self._total(by, "cases", chosen & (year >= 0), year, values)
        with np.errstate(invalid="ignore"):
            return total / self.count(by, chosen, year)

    def split(self, by: str, rows: list[np.ndarray], weights: list[np.ndarray] | None = None) -> np.ndarray:
        """Count *rows* of the cases table, given for each year end, or add up their *weights*: array (years, parts)."""
        year = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
        chosen, weight = np.concatenate(rows), None if weights is None else np.concatenate(weights)
        part, width = self.part(by)[chosen], len(self.labels(by))
        known = part >= 0
        cell = year[known] * width + part[known]
        totals = np.bincount(cell, None if weight is None else weight[known], len(self.ends) * width)
        return totals.astype(float).reshape(-1, width)

    def tidy(self, by: str, values: np.ndarray) -> pd.DataFrame:
        """Return *values*, array (years, parts), as rows of at, group and value."""
        labels = self.labels(by)
        at = np.repeat(self.dates, len(labels))
        return pd.DataFrame({"at": at, "group": labels * len(self.dates), "value": values.ravel().astype(float)})

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

    def _total(
        self, by: str, table: str, chosen: np.ndarray, year: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        part, width = self.part(by, table), len(self.labels(by))
        rows = np.flatnonzero(chosen & (part >= 0))
        cell = year[rows].astype(np.int64) * width + part[rows]
        totals = np.bincount(cell, None if weights is None else weights[rows], len(self.ends) * width)
        return totals.astype(float).reshape(-1, width)


def _codes(values: pd.Series, labels: tuple[str, ...]) -> np.ndarray:
    """The position of each of *values* in *labels*; -1 where it is not there."""
    return pd.Categorical(values, categories=list(labels)).codes
