"""How well the model would have foretold the past, in words and tables."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim.report.content import Table
from sim.report.layout import aligned, wrapped
from sim.report.panels import PALETTE, Chart, Panel, Series
from sim.study.calibrate import LEVERS, Fitted
from sim.study.hindcast import MEASURES, NATIONS_FOLDER, SHOCKS, Past, drift, past
from sim.study.scores import OURS, intervals, scores
from sim.study.shipped import HINDCAST, tables

SCOPE = (
    "This tests the Crown Court alone, its receipts given: nothing of police, diversion, the magistrates' courts or "
    "reoffending."
)
_MOST_NAMED = 4
_DRAWN = ("2016Q4", "2018Q4", "2020Q4", "2021Q4")  # origins of the lines in the chart
_OPEN = ("", "years", "error", "bias", "CRPS", "in 50%", "in 80%", "in 95%", "n")
_OPEN_NOTE = "Mean absolute error, bias and CRPS in %; share of outcomes within intervals in %."
_OTHER = ("", "in", "1 year", "2 years", "3 years", "no change, 1", "2", "3")
_OFFICIAL = ("who", "kind", "made", "for", "said", "ours", "80% interval", "published")
_OFFICIAL_NOTE = "The definition of open cases changed in December 2024; earlier forecasts are on the older one."
_OTHERS = {
    "closed": "Closed in a quarter",
    "over 6 months": "Share open over 6 months",
    "over 12 months": "Share open over 12 months",
    "over 24 months": "Share open over 24 months",
    "in custody": "Share in custody",
    "mean days": "Charge to completion, mean",
    "median days": "Charge to completion, median",
}


@dataclass(frozen=True, eq=False)
class Told:
    """A hindcast as it is told.

    Args:
        of: what it is of.
        rows: what every forecaster said (see sim.study.scores.said).
        fit_to: the last quarter that constants were fitted to.
        official: our forecasts beside official ones, if blind.
    """

    of: Past
    rows: pd.DataFrame
    fit_to: str = "2019Q4"
    official: pd.DataFrame | None = None

    @cached_property
    def scored(self) -> pd.DataFrame:
        """Scores over every origin."""
        return scores(self.rows)

    @cached_property
    def sentences(self) -> list[str]:
        """The answer, and what it depends on."""
        late = scores(self.rows[self.rows["origin"] >= self.fit_to])
        without = self.scored[self.scored["without_shocks"]]
        return [
            _answer(self.of, _whole(self.scored)),
            f"From quarters since {self.fit_to}, after those its constants are fitted to, it misses by "
            f"{_three(_whole(late), OURS)}.",
            f"Without the quarters {SHOCKS[0]} (courts shut) and {SHOCKS[1]} (action by the Bar) it misses by "
            f"{_three(without, OURS)}.",
            SCOPE,
            *_depends(self.of),
        ]

    @cached_property
    def tables(self) -> list[Table]:
        """Scores of open cases, of other figures, and the official forecasts beside ours."""
        whole = _whole(self.scored)
        found = [
            Table("Open cases, by who forecast them", _OPEN, tuple(_open_rows(whole)), _OPEN_NOTE),
            Table(
                "Other figures",
                _OTHER,
                tuple(_other_rows(self.of, whole)),
                "Mean absolute error, ours and that of no change.",
            ),
        ]
        if self.official is not None and len(self.official):
            rows = tuple(_official_rows(self.official))
            found.append(Table("Beside forecasts made at the time", _OFFICIAL, rows, _OFFICIAL_NOTE))
        return found

    @cached_property
    def chart(self) -> Chart:
        """Open cases as published, and as told from the end of every second year."""
        ours = self.rows[(self.rows["rival"] == OURS) & (self.rows["measure"] == "open")]
        bands = intervals(ours)
        known = {row["quarter"]: row["outcome"] for row in ours.to_dict("records") if row["outcome"] == row["outcome"]}
        quarters = sorted(known)
        series = [_line("published", PALETTE[4], quarters, [known[one] for one in quarters], dashed=False)]
        for n, origin in enumerate(_DRAWN):
            of = bands[bands["origin"] == origin].sort_values("ahead")
            if len(of):
                line = _line(f"from {origin}", PALETTE[n % 4], list(of["quarter"]), of["value"], True)
                series.append(replace(line, low=of["low"].to_numpy(), high=of["high"].to_numpy()))
        errors = _three(_whole(self.scored), OURS)
        area = self.of.observed.area
        title = f"Open Crown Court cases are missed by {errors} one, two and three years on"
        how = "frozen at what was known" if self.of.blind else "as they were"
        return Chart(
            title=title,
            subtitle=f"Open cases, Crown Court, {area}; receipts and sitting days {how}",
            alt=f"Open cases of the Crown Court as published, from {known[quarters[0]]:,.0f} in {quarters[0]} to "
            f"{known[quarters[-1]]:,.0f} in {quarters[-1]}, and forecasts from four quarters. {title}.",
            note="Bands are 80% intervals, as wide as the errors made from other quarters as far ahead"
            + (", or as receipts and sitting days alone would make them." if self.of.blind else ".")
            + " The published line is straight where quarters are missing.",
            panels=(Panel("Open cases", tuple(series)),),
        )


def shipped_hindcast(area: str = NATIONS_FOLDER, blind: bool = False) -> Told | None:
    """The hindcast of an *area* that ships; None if none does."""
    said = tables(area, HINDCAST)
    name = "blind" if blind else "imposed"
    if name not in said:
        return None
    return Told(past(area, blind=blind), said[name], official=said.get("official") if blind else None)


def report_hindcast(told: Told) -> str:
    """Say how far forecasts of the Crown Court were off, beside what one would say without a model."""
    parts = wrapped(told.sentences)
    for table in told.tables:
        left = (0, 1, 2) if len(table.rows) and table.columns[0] == "who" else (0,)
        parts += ["", table.title, aligned([table.columns, *table.rows], left=left), *wrapped([table.note])]
    return "\n".join(parts)


def _line(label: str, colour: str, quarters: list[str], values: Iterable[float], dashed: bool) -> Series:
    days = [date(int(quarter[:4]), 3 * int(quarter[5]), 28) for quarter in quarters]
    middle = np.asarray(list(values), float)
    return Series(label, colour, days, middle, middle, middle, dashed)


def _whole(scored: pd.DataFrame) -> pd.DataFrame:
    return scored[~scored["without_shocks"]]


def report_calibration(found: Fitted, path: Path) -> str:
    """Say what was fitted, how well it fits, and what the data cannot tell."""
    worst = sorted(found.misses, key=lambda name: -abs(found.misses[name]))[:_MOST_NAMED]
    mean = sum(map(abs, found.misses.values())) / len(found.misses)
    lines = [
        f"Fitted to the three years up to {found.fit_to}: real runs at the best point are off by {mean:.1f} tolerances "
        f"on average; the emulator errs by {found.emulator_error:.1f}.",
        f"{100 * found.share_plausible:.1f}% of the points tried are plausible; {len(found.plausible)} are kept.",
        "Furthest off: " + "; ".join(f"{name} by {found.misses[name]:+.1f}" for name in worst) + ".",
        *(f"{a} and {b} cannot be told apart (correlation {r:+.2f})." for a, b, r in found.alike),
        *(f"{name} lies at an end of what was tried: the data would have it further out." for name in found.at_edge),
        f"{path} holds the levers, {path.with_suffix('.csv')} the plausible points.",
    ]
    rows: list[tuple[str, ...]] = [("", "fit", "plausible", "tried")]
    for n, (name, (low, high)) in enumerate(LEVERS.items()):
        values = found.plausible[:, n]
        rows.append((name, f"{found.best[n]:.3g}", f"{values.min():.3g} to {values.max():.3g}", f"{low:g} to {high:g}"))
    return "\n".join([*wrapped(lines), "", aligned(rows, left=(0,))])


def _answer(of: Past, whole: pd.DataFrame) -> str:
    how = "frozen at what was known on the day" if of.blind else "imposed as they were"
    others = ", ".join(
        f"{rival} by {_three(whole, rival)}" for rival in ("no change", "last year's change", "stock and flow")
    )
    covered = whole[(whole["measure"] == "open") & (whole["rival"] == OURS)]
    number = int(covered["n"].sum())
    held = (covered["coverage80"] * covered["n"]).sum() / max(number, 1)
    return (
        f"With receipts and sitting days {how}, the model misses the open cases of the Crown Court by "
        f"{_three(whole, OURS)} one, two and three years on; {others}. Its 80% intervals hold {held:.0f}% of {number} "
        f"outcomes, from {covered['origins'].max():.0f} half years on."
    )


def _depends(of: Past) -> list[str]:
    apart = drift(of.observed, "2016Q1", "2019Q4")
    lines = [
        f"Published flows and stocks do not add up: {100 * apart:+.2f}% of the stock a quarter is unexplained, and "
        "is in no forecast.",
        "Sitting days of 2020 to 2022 are derived, from trials listed and the Bar's ineffective share, never from the "
        "cases closed that are scored here; hours a day since 2020 are the least certain of all figures behind this.",
        f"Runs simulate {100 * of.share:g}% of cases. Intervals are as wide as the errors made from other quarters as "
        "far ahead, with seeds and plausible fits.",
    ]
    if of.area != NATIONS_FOLDER:
        own = ", ".join(sorted({name for name, _ in of.observed.values} - {"open"}))
        lines.insert(
            0,
            f"{of.observed.area} publishes only {own}; receipts, sitting days, ages and all else are those of England "
            f"and Wales times {of.observed.part:.3f}, its part of open cases, so this tests little that is its own.",
        )
    return lines


def _open_rows(whole: pd.DataFrame) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for rival in dict.fromkeys(whole["rival"]):
        for horizon in (1, 2, 3):
            row = _row(whole, "open", str(rival), horizon)
            if row is not None:
                covered = (f"{row[f'coverage{level}']:.0f}" for level in (50, 80, 95))
                figures = (
                    f"{row['mape']:.1f}",
                    f"{row['bias']:+.1f}",
                    f"{row['crps']:.1f}",
                    *covered,
                    f"{row['n']:.0f}",
                )
                rows.append((str(rival) if horizon == 1 else "", str(horizon), *figures))
    return rows


def _other_rows(of: Past, whole: pd.DataFrame) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for measure, label in _OTHERS.items():
        if of.area != NATIONS_FOLDER and not of.observed.own(MEASURES[measure][0]):
            continue  # what stands in for it is no figure of the area
        found = [_row(whole, measure, rival, year) for rival in (OURS, "no change") for year in (1, 2, 3)]
        figures = ("-" if row is None else f"{row['mape']:.1f}" for row in found)
        rows.append((label, MEASURES[measure][1], *figures))
    return rows


def _official_rows(official: pd.DataFrame) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for row in official.to_dict("records"):
        outcome = row["outcome"]
        known = "-" if math.isnan(outcome) else f"{outcome:,.0f} ({row['of']})"
        span = f"{row['low']:,.0f} to {row['high']:,.0f}"
        said = " to ".join(f"{float(part):,.0f}" for part in str(row["theirs"]).split(" to "))
        ours = f"{row['ours']:,.0f} (from {row['origin']})"
        rows.append((row["forecaster"], row["kind"], row["made"], row["target"], said, ours, span, known))
    return rows


def _three(scored: pd.DataFrame, rival: str) -> str:
    found = [_row(scored, "open", rival, year) for year in (1, 2, 3)]
    figures = ["-" if row is None else f"{row['mape']:.1f}" for row in found]
    return f"{figures[0]}, {figures[1]} and {figures[2]}%"


def _row(scored: pd.DataFrame, measure: str, rival: str, horizon: int) -> pd.Series | None:
    found = scored[(scored["measure"] == measure) & (scored["rival"] == rival) & (scored["horizon"] == horizon)]
    return found.iloc[0] if len(found) else None
