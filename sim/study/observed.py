"""Published figures of an area's courts by quarter: read from a file, checked row by row, and added up."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim.scenario.faults import ScenarioError, nearest, printable

COLUMNS = ("area", "court", "quarter", "measure", "value")
_MOST_BYTES = 16 * 1024 * 1024
_MOST_NAMED = 5  # areas
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
AGE_BANDS = ("00_04w", "04_08w", "08_12w", "12_16w", "16_20w", "20_26w", "06_12m", "12_24m", "24m_plus")
# What a forecast of the Crown Court starts from, is driven by, and is held against.
STATE = (
    *("open", "open_for_trial", "open_trial_valid_custody", "open_trial_valid_bail"),
    *(f"open_age_{band}" for band in AGE_BANDS),
    *("share_open_1y_plus", "share_open_1y_plus_custody", "share_open_1y_plus_bail"),
)
FLOWS = ("receipts", "receipts_for_trial", "disposals", "disposals_for_trial", "hearing_time_mean_hours")


def before(quarter: str, number: int = 1) -> str:
    """The quarter so many *number* before: before('2016Q1') is '2015Q4'."""
    count = int(quarter[:4]) * 4 + int(quarter[5]) - 1 - number
    return f"{count // 4}Q{count % 4 + 1}"


def after(quarter: str, number: int = 1) -> str:
    """The quarter so many *number* after."""
    return before(quarter, -number)


def between(first: str, last: str) -> list[str]:
    """Every quarter from *first* to *last*."""
    found = []
    while first <= last:
        found.append(first)
        first = after(first)
    return found


@dataclass(frozen=True)
class Observed:
    """Published figures of one court of an area: (measure, quarter) -> value.

    Args:
        area: its name in the file.
        values: its own figures.
        behind: another area whose figures stand in for those it lacks, counts times *part*.
        part: of the other area's counts.
    """

    area: str
    values: Mapping[tuple[str, str], float]
    behind: Observed | None = field(default=None, repr=False)
    part: float = 1.0

    def at(self, measure: str, quarter: str) -> float:
        """A figure of a quarter: a flow, or a stock or share at its end.

        Raises:
            LookupError: it was not published.
        """
        own = self.values.get((measure, quarter))
        if own is not None:
            return own
        if self.behind is None:
            raise LookupError(f"{self.area}: no figure for {measure} in {quarter}")
        stands_in = self.behind.at(measure, quarter)
        return stands_in * self.part if _is_count(measure) else stands_in

    def over_year(self, measure: str, quarter: str) -> float:
        """The sum of a flow over the four quarters that end with *quarter*."""
        return sum(self.at(measure, before(quarter, n)) for n in range(4))

    def has(self, measure: str, quarter: str) -> bool:
        """Whether a figure is known, of the area's own or by the area behind."""
        return (measure, quarter) in self.values or (self.behind is not None and self.behind.has(measure, quarter))

    def own(self, measure: str) -> bool:
        """Whether a measure is the area's own."""
        return any(name == measure for name, _ in self.values)

    def last(self, measure: str) -> str:
        """The last quarter of an unbroken row of figures of a *measure*."""
        quarters = sorted(quarter for name, quarter in self.values if name == measure)
        if not quarters:
            return self.behind.last(measure) if self.behind else ""
        last = quarters[0]
        while after(last) in quarters:
            last = after(last)
        return last


def read(path: Path, area: str, court: str = "crown") -> Observed:
    """Read the figures of one *court* of an *area* from a CSV file with at least COLUMNS.

    Raises:
        ScenarioError: the file cannot be used; each fault with its row and column.
    """
    rows = _rows(path)
    faults: list[str] = []
    values: dict[tuple[str, str], float] = {}
    for line, row in rows:
        wrong = _fault(row)
        if wrong:
            faults.append(f"{path}:{line}: {wrong}")
        elif row["area"] == area and row["court"] == court:
            place = (row["measure"], row["quarter"])
            if place in values:
                faults.append(f"{path}:{line}: measure, quarter: {place[0]} of {place[1]} stands there twice")
            values[place] = float(row["value"])
    if faults:
        raise ScenarioError(faults)
    if not values:
        areas = sorted({printable(row["area"]) for _, row in rows})[:_MOST_NAMED]
        there = f"; it has {', '.join(areas)}" if areas else ""
        raise ScenarioError([f"{path}: no rows of the {court} court of {printable(area)!r}{there}"])
    return Observed(area, values)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ScenarioError([f"{path}: larger than {_MOST_BYTES // 1024 // 1024} MB"])
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or [])]
            if missing:
                raise ScenarioError(
                    [f"{path}:1: no column {missing[0]!r}{nearest(missing[0], table.fieldnames or [])}"]
                )
            return [(table.line_num, row) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError([f"{path}: is no CSV file in UTF-8: {printable(str(error))}"]) from None
    except (FileNotFoundError, IsADirectoryError):
        raise ScenarioError([f"{path}: no such file"]) from None


def _fault(row: Mapping[str, str | None]) -> str:
    """What is wrong with one row, by its column; nothing if it is sound."""
    missing = [name for name in COLUMNS if row.get(name) is None]
    if missing:
        return f"{missing[0]}: the row ends before it"
    quarter, value, measure = (str(row[name]) for name in ("quarter", "value", "measure"))
    found = re.fullmatch(r"([0-9]{4})Q([1-4])", quarter)
    if not found or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
        return f"quarter: {printable(quarter[:60])!r} must be a quarter such as 2019Q4"
    try:
        number = float(value)
    except ValueError:
        return f"value: {printable(value[:60])!r} must be a number, without thousands separators"
    if not 0 <= number < 1e12:
        return f"value: {printable(value[:60])} must lie between 0 and 1e12"
    if measure.startswith("share_") and number > 1:
        return f"value: {number:g} must be a share between 0 and 1; did you mean {number / 100:.4g}?"
    return ""


def _is_count(measure: str) -> bool:
    """Whether a measure counts cases, so that a part of the area has a part of it."""
    return not measure.startswith("share_") and not re.search(r"_(days|weeks|hours|number)$", measure)
