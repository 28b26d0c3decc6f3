"""Days and dates: the only place that knows the calendar of England and Wales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Protocol, TypeVar

import numpy as np

DAYS_A_YEAR = 365.25  # of every rate a year
MONTHS_12 = 365  # days, of everything that is counted within 12 months
WEEK = 7


class Sitting(Protocol):
    """Days sat in a year, from a date on."""

    starts: date
    days: float


class Step(Protocol):
    """A number in force from a date on."""

    starts: date
    value: float


Row = TypeVar("Row", Sitting, Step)


class Closure(Protocol):
    """A share of rooms shut between two dates."""

    @property
    def starts(self) -> date:
        """First day on which they are shut."""

    @property
    def ends(self) -> date:
        """Last such day."""

    @property
    def share(self) -> float:
        """Of rooms."""


class Clock:
    """Turns days since the start into dates and back.

    Args:
        start: the date of day 0.
    """

    def __init__(self, start: date) -> None:
        self.start = start

    def day(self, when: date) -> int:
        """Days from the start to *when*."""
        return (when - self.start).days

    def date(self, day: int) -> date:
        """The date of *day*."""
        return self.start + timedelta(days=int(day))

    def year_ends(self, years: int) -> list[int]:
        """The last day of each simulated year."""
        return [self.day(_years_after(self.start, year)) - 1 for year in range(1, years + 1)]

    def period_ends(self, years: int) -> list[int]:
        """The last days of the periods that are counted: weeks, cut at each year end."""
        ends = self.year_ends(years)
        return sorted({*range(WEEK - 1, ends[-1] + 1, WEEK), *ends})

    def quarter(self, name: str) -> range:
        """The days of a quarter such as '2019Q1'."""
        year, number = int(name[:4]), int(name[5])
        first = date(year, 3 * number - 2, 1)
        following = date(year + number // 4, 3 * number % 12 + 1, 1)
        return range(self.day(first), self.day(following))

    def is_monday(self, day: int) -> bool:
        """Whether *day* is a Monday."""
        return self.date(day).weekday() == 0

    def working_days(self, days: int) -> np.ndarray:
        """Which of the first *days* days courts can sit: array (days,) of bool."""
        return np.array([_is_working(self.date(day)) for day in range(days)])

    def rooms(
        self, sittings: Sequence[Sitting], days: int, share: float = 1.0, closures: Sequence[Closure] = ()
    ) -> np.ndarray:
        """Courtrooms that sit on each of the first *days* days: array (days,) of whole rooms.

        A year's sitting days are spread over its working days; fractions are carried forward. Closed rooms are lost.
        """
        a_day = [self._in_force(sittings, day).days / _working_days_of(self.date(day).year) for day in range(days)]
        sat = np.where(self.working_days(days), a_day, 0) * share * self._open(closures, days)
        return _whole(sat)

    def minutes(self, hours_a_year: float, days: int, share: float, closures: Sequence[Closure] = ()) -> np.ndarray:
        """Hours a year as whole minutes on each of the first *days* days: array (days,), spread as rooms are."""
        a_day = [60 * hours_a_year / _working_days_of(self.date(day).year) for day in range(days)]
        return _whole(np.where(self.working_days(days), a_day, 0) * share * self._open(closures, days))

    def by_day(self, value: float | Sequence[Step], days: int) -> np.ndarray:
        """A number that may change on stated dates, on each of the first *days* days: array (days,)."""
        if isinstance(value, int | float):
            return np.full(days, float(value))
        return np.array([self._in_force(value, day).value for day in range(days)])

    def on(self, value: float | Sequence[Step], day: int) -> float:
        """The same on one *day*."""
        return float(value if isinstance(value, int | float) else self._in_force(value, day).value)

    def _open(self, closures: Sequence[Closure], days: int) -> np.ndarray:
        """Share of rooms that are not shut on each day."""
        share = np.ones(days)
        for closure in closures:
            share[max(self.day(closure.starts), 0) : max(self.day(closure.ends) + 1, 0)] *= 1 - closure.share
        return share

    def _in_force(self, rows: Sequence[Row], day: int) -> Row:
        """The row in force on *day*; before the first date, the first."""
        in_force = [row for row in rows if self.day(row.starts) <= day]
        return in_force[-1] if in_force else rows[0]


def _whole(a_day: np.ndarray) -> np.ndarray:
    """Whole numbers a day; fractions are carried forward."""
    return np.diff(np.floor(np.cumsum(a_day) + 1e-9), prepend=0).astype(np.int64)


def season(days: np.ndarray, height: float, peak: int) -> np.ndarray:
    """Yearly season: a wave of mean 1 that rises by *height* on day *peak* of the year."""
    return 1 + height * np.cos(2 * math.pi * (days - peak) / DAYS_A_YEAR)


def _years_after(start: date, years: int) -> date:
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return date(start.year + years, 3, 1)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def _is_working(when: date) -> bool:
    return when.weekday() < 5 and when not in _bank_holidays(when.year)


@cache
def _working_days_of(year: int) -> int:
    first = date(year, 1, 1)
    return sum(_is_working(first + timedelta(days=n)) for n in range(366) if (first + timedelta(days=n)).year == year)
