"""A result seen year by year and group by group: what measures share, worked out once."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from sim.clock import Clock
from sim.result import Result
from sim.scenario import ETHNICITIES, RECORD_BANDS

SEXES = ("men", "women")
AGE_BANDS = ("under 18", "18 to 24", "25 and over")
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
        self._years: dict[str, np.ndarray] = {}
        self._parts: dict[tuple[str, str], np.ndarray] = {}

    @cached_property
    def cases(self) -> dict[str, np.ndarray]:
        """The columns of the cases table; but those that hold names (see `named`)."""
        cases = self.result.tables["cases"]
        return {str(name): column.to_numpy() for name, column in cases.items() if column.dtype != "category"}

    def named(self, column: str, *names: str) -> np.ndarray:
        """Which cases hold one of *names* in *column*: array (cases,) of bool."""
        values = self.result.tables["cases"][column].cat
        holds = np.array([*(name in names for name in values.categories), False])  # the last is for what is missing
        return holds[values.codes.to_numpy()]

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
        if column not in self._years:
            self._years[column] = self.year_of(self.cases[column])
        return self._years[column]

    def year_of(self, days: np.ndarray) -> np.ndarray:
        """The simulated year, from 0, that each of *days* falls in; -1 where in none."""
        year = np.zeros(len(days), np.int8)
        for end in self.ends:
            year += days > end
        year[~((days >= 0) & (days <= self.ends[-1]))] = -1
        return year

    def part(self, by: str, table: str = "cases") -> np.ndarray:
        """Which part of the breakdown *by* each row of *table* falls in; -1 where not known."""
        if (by, table) not in self._parts:
            self._parts[by, table] = self._part(by, table)
        return self._parts[by, table]

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

    def tidy(self, by: str, values: np.ndarray) -> pd.DataFrame:
        """Return *values*, array (years, parts), as rows of at, group and value."""
        labels = self.labels(by)
        at = np.repeat(self.dates, len(labels))
        return pd.DataFrame({"at": at, "group": labels * len(self.dates), "value": values.ravel().astype(float)})

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
