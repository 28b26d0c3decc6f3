"""Set the Crown Court of England and Wales from 2016 to 2023 beside what was published, from each year end.

    python benchmarks/past.py [CHANGES]

Each run starts from the published stock of a year end and goes on for up to three years; the receipts of each quarter
and the capacity are imposed, as in the scenario england_and_wales/2019. Errors of open cases are set beside those of
no change, of last year's change again, and of stock and flow. CHANGES are levers to change, such as
courts.crown.late_plea_share=0.3.
"""

from __future__ import annotations

import csv
import statistics
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.base.clock import DAYS_A_YEAR, Clock
from sim.run.run import run_seed
from sim.scenario.model import Scenario
from sim.scenario.reading import change, load
from sim.study.question import settings

SCENARIO = "england_and_wales/2019"
ORIGINS = tuple(range(2016, 2023))  # year ends
LAST_YEAR, HORIZONS, SEEDS, SHARE = 2023, (1, 2, 3), (1, 2, 3), 0.1
DEFENDANTS_A_CASE = 1.097
FLOW_HOURS = 4.2  # hours a sitting day of the stock-and-flow rival
_APPEALS = 0.145  # of open and received cases that are not for trial
_BANDS = ("00_04w", "04_08w", "08_12w", "12_16w", "16_20w", "20_26w", "06_12m", "12_24m", "24m_plus")
_OBSERVED = Path(__file__).parent.parent / "scenarios" / "england_and_wales" / "observed.csv"


@dataclass(frozen=True)
class Past:
    """Published figures of the Crown Court: measure and quarter -> value."""

    values: Mapping[tuple[str, str], float]

    @classmethod
    def read(cls) -> Past:
        """Read them from the area's observed figures."""
        with _OBSERVED.open(encoding="utf-8") as file:
            rows = [
                row for row in csv.DictReader(file) if row["court"] == "crown" and row["area"] == "England and Wales"
            ]
        return cls({(row["measure"], row["quarter"]): float(row["value"]) for row in rows})

    def at(self, measure: str, end: int | str) -> float:
        """A stock or share at the end of a year or of a quarter such as '2016Q1'."""
        return self.values[measure, end if isinstance(end, str) else f"{end}Q4"]

    def over(self, measure: str, year: int) -> float:
        """A flow in *year*."""
        return sum(self.values[measure, f"{year}Q{quarter}"] for quarter in (1, 2, 3, 4))


def scenario_from(origin: int | str, past: Past, changes: Mapping[str, Any] | None = None) -> Scenario:
    """The levers of a run from the end of a year or quarter: the stock of that day, all else as in the scenario."""
    open_, for_trial = past.at("open", origin), past.at("open_for_trial", origin)
    others = open_ - for_trial
    year = int(str(origin)[:4])
    closed = past.over("disposals", year) - past.over("disposals_for_trial", year)
    wait = others / closed * DAYS_A_YEAR
    held, bailed = (past.at(f"open_trial_valid_{status}", origin) for status in ("custody", "bail"))
    crown = {
        "open": round(open_),
        "open_for_trial_share": for_trial / open_,
        "open_appeal_share": _APPEALS * others / open_,
        "open_custody_share": held / (held + bailed),
        "open_age_bands": [past.at(f"open_age_{band}", origin) for band in _BANDS],
        "open_over_12_months": past.at("share_open_1y_plus", origin),
        "custody_over_12_months": past.at("share_open_1y_plus_custody", origin),
        "bail_over_12_months": past.at("share_open_1y_plus_bail", origin),
        "for_sentence_days": wait,
        "appeal_days": wait,
    }
    stock = {f"courts.crown.{name}": value for name, value in crown.items()}
    clock = Clock(date(year, 1, 1))
    last = clock.quarter(origin if isinstance(origin, str) else f"{origin}Q4")[-1]
    return change(load(SCENARIO), {"starts": clock.date(last + 1), **stock, **(changes or {})})


def simulate(scenario: Scenario, years: int, seed: int, share: float = SHARE) -> dict[str, list[float]]:
    """Figures at each year end, or over each year: figure -> one value a year."""
    result = run_seed(scenario, seed, years, share)
    cases, sittings = result.tables["cases"], result.tables["sittings"]
    received, closed = (cases[f"crown_{end}"].to_numpy() for end in ("received", "closed"))
    trial = (cases["crown_route"] == "for trial").to_numpy()
    pleaded = trial & (cases["outcome"] == "guilty plea").to_numpy()
    held = cases["remanded"].to_numpy() | cases["bailed"].notna().to_numpy()
    to_close = closed - cases["received"].to_numpy()
    sat = sittings[sittings["court"] == "crown"]
    found: dict[str, list[float]] = {}
    begins = -1
    for end in Clock(scenario.starts).year_ends(years):
        year, is_open = (closed > begins) & (closed <= end), (received <= end) & ~(closed <= end)
        age, week = end - received[is_open], sat[(sat["day"] > begins) & (sat["day"] <= end)]
        values = {
            "open": is_open.sum() / share,
            "closed": year.sum() / share,
            "closed for trial": (year & trial).sum() / share,
            "over 6 months": (age > 182).mean(),
            "over 12 months": (age > 365).mean(),
            "in custody": held[is_open & trial].mean(),
            "median days": np.median(to_close[year & trial]),
            "hours a case": week["used"].sum() / 60 / max(year.sum(), 1),
            "hearings a case": week["hearings"].sum() / max(year.sum(), 1),
            "pleas": pleaded[year & trial].sum() / max((year & trial).sum(), 1),
        }
        for name, value in values.items():
            found.setdefault(name, []).append(float(value))
        begins = end
    return found


def published(past: Past, origin: int, years: int) -> dict[str, list[float]]:
    """The same figures as published."""
    span = range(origin + 1, origin + 1 + years)
    held = {year: past.at("open_trial_valid_custody", year) for year in span}
    return {
        "open": [past.at("open", year) for year in span],
        "closed": [past.over("disposals", year) for year in span],
        "closed for trial": [past.over("disposals_for_trial", year) for year in span],
        "over 6 months": [past.at("share_open_6m_plus", year) for year in span],
        "over 12 months": [past.at("share_open_1y_plus", year) for year in span],
        "in custody": [held[year] / (held[year] + past.at("open_trial_valid_bail", year)) for year in span],
        "median days": [past.over("charge_to_completion_median_days", year) / 4 for year in span],
        "hours a case": [past.over("hearing_time_mean_hours", year) / 4 * DEFENDANTS_A_CASE for year in span],
        "hearings a case": [past.over("hearings_mean_number", year) / 4 for year in span],
    }


def rivals(past: Past, origin: int, years: int) -> dict[str, list[float]]:
    """Open cases at each year end by what one would say without a model."""
    now, before = (
        past.at("open", origin),
        past.at("open", origin - 1) if origin > 2016 else past.values["open", "2016Q1"],
    )
    grown = (now - before) / (1 if origin > 2016 else 0.75)
    hours_a_case = past.over("hearing_time_mean_hours", origin) / 4 * DEFENDANTS_A_CASE
    flow, level = [], now
    for year in range(origin + 1, origin + 1 + years):
        level += past.over("receipts", year) - _sat(year) * FLOW_HOURS / hours_a_case
        flow.append(level)
    return {
        "no change": [now] * years,
        "last year's change again": [now + grown * (n + 1) for n in range(years)],
        "stock and flow": flow,
    }


def _sat(year: int) -> float:
    """Sitting days of a year, by the levers of the scenario."""
    scenario, clock = load(SCENARIO), Clock(load(SCENARIO).starts.replace(year=year))
    lever = scenario.courts.crown
    return float(clock.rooms(lever.sitting_days, 365, 1.0, lever.closures).sum())


def errors(found: Mapping[int, list[float]], known: Mapping[int, list[float]]) -> list[tuple[float, float]]:
    """Mean and median absolute error in per cent, at each horizon, over the origins that reach it."""
    at = [
        [100 * abs(found[origin][n] / known[origin][n] - 1) for origin in found if len(known[origin]) > n]
        for n in range(len(HORIZONS))
    ]
    return [(statistics.mean(each), statistics.median(each)) for each in at]


def _job(job: tuple[int, int, dict[str, Any]]) -> tuple[int, dict[str, list[float]]]:
    origin, seed, changes = job
    return origin, simulate(scenario_from(origin, Past.read(), changes), min(3, LAST_YEAR - origin), seed)


def main(changes: Mapping[str, Any]) -> None:
    """Run every origin and print figures and scores."""
    past = Past.read()
    jobs = [(origin, seed, changes) for origin in ORIGINS for seed in SEEDS]
    runs: dict[int, list[dict[str, list[float]]]] = {}
    with ProcessPoolExecutor() as pool:
        for origin, figures in pool.map(_job, jobs):
            runs.setdefault(origin, []).append(figures)
    ours = {
        o: {name: np.mean([run[name] for run in each], axis=0).tolist() for name in each[0]} for o, each in runs.items()
    }
    known = {origin: published(past, origin, min(3, LAST_YEAR - origin)) for origin in ORIGINS}
    for name in ours[ORIGINS[0]]:
        print(name)
        for origin in ORIGINS:
            wanted = known[origin].get(name, [float("nan")] * 3)
            print(
                f"  {origin}: "
                + "  ".join(f"{_show(a)} ({_show(b)})" for a, b in zip(ours[origin][name], wanted, strict=False))
            )
    print("\nopen cases, mean (median) absolute error at 1, 2, 3 years, %")
    opens = {origin: known[origin]["open"] for origin in ORIGINS}
    named = {"ours": {origin: ours[origin]["open"] for origin in ORIGINS}}
    for rival in rivals(past, ORIGINS[-1], 1):
        named[rival] = {origin: rivals(past, origin, len(opens[origin]))[rival] for origin in ORIGINS}
    for name, found in named.items():
        print(f"  {name:26}" + "  ".join(f"{mean:5.1f} ({median:4.1f})" for mean, median in errors(found, opens)))
    for name in ("over 6 months", "over 12 months", "in custody"):
        off = [100 * abs(a - b) for o in ORIGINS for a, b in zip(ours[o][name], known[o][name], strict=True)]
        print(f"  {name}: {statistics.mean(off):.1f} points off on average, median {statistics.median(off):.1f}")
    for name in ("closed", "closed for trial", "median days", "hours a case", "hearings a case"):
        off = [abs(a / b - 1) for o in ORIGINS for a, b in zip(ours[o][name], known[o][name], strict=True)]
        print(f"  {name}: {100 * statistics.mean(off):.1f}% off on average")


def _show(value: float) -> str:
    return f"{value:,.0f}" if value > 100 else f"{value:.3f}"


if __name__ == "__main__":
    main(settings(sys.argv[1:]))
