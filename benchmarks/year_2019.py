"""Set the Crown Court of England and Wales in 2019 beside published figures; write docs/2019.md.

    python benchmarks/year_2019.py

The run starts from the published stock at the end of 2018; the receipts of each quarter and the days sat are imposed.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from sim.base.clock import Clock
from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.reading import load

_ROOT = Path(__file__).parent.parent
_SCENARIO = "england_and_wales/2019"
_SEEDS = range(1, 5)
_QUARTERS = ("2019Q1", "2019Q2", "2019Q3", "2019Q4")
_DAYS_A_WEEK = 7
# name in the table -> measure in observed.csv; shares are held to 3 points, everything else to 5%
FIGURES = {
    "Closed": "disposals",
    "Closed, for trial": "disposals_for_trial",
    "Open at the end": "open",
    "Open over 6 months, share": "share_open_6m_plus",
    "Open over 12 months, share": "share_open_1y_plus",
    "In custody, share of open for-trial cases": "custody_share",
    "Charge to completion, median days": "charge_to_completion_median_days",
    "Charge to completion, mean days": "charge_to_completion_mean_days",
    "Receipt to main hearing, mean weeks": "receipt_to_main_hearing_mean_weeks",
    "Hearings a case": "hearings_mean_number",
    "Hours a case": "hours_a_case",
}
BARS = ("Closed", "Open at the end", "Open over 6 months, share", "Open over 12 months, share",
         "In custody, share of open for-trial cases", "Charge to completion, median days")  # fmt: skip
_DEFENDANTS_A_CASE = 1.097
_SUMS, _AT_END = ("Closed", "Closed, for trial"), ("Open", "In custody")
_HEAD = """# The Crown Court of England and Wales in 2019

From the published stock at the end of 2018, with the receipts of each quarter and the days sat imposed: what the Crown
Court part of the model makes of a year that is known. Means of {seeds} replications at full scale. Written by
`python benchmarks/year_2019.py`; published figures are in scenarios/england_and_wales/observed.csv.

Its constants are those of every other year: contested hours, late pleas, days until a case is ready, the order of the
list and the share held in custody were fitted to 2016 to 2019 together (`sliproad calibrate`). Only dated
figures of the time differ: stock, receipts, days sat, hours a sitting day, ineffective trials, waits for sentence and
appeal (stock over flow), days from charge to the first hearing, and how many hearings are counted. As 2019 is among the
years fitted, this is no test of a forecast; [limits](limits.md) says how well later years come out.

"""
_NOTES = """
## Where it is off

- **By quarter.** Courts closed more cases in the first quarter and fewer in the last than days sat spread evenly over
  each financial year would give; days by quarter are not published.
- **Receipt to main hearing.** The model's is of for-trial cases. Published medians of 7 to 8 weeks leave room only if
  the published figure counts pleas at the first hearing in full; its basis was not found, and it is not among the
  bars.
"""


def published() -> dict[str, dict[str, float]]:
    """What was published: figure -> quarter -> value."""
    with (_ROOT / "scenarios" / "england_and_wales" / "observed.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["court"] == "crown" and row["quarter"] in _QUARTERS]
    values = {(row["measure"], row["quarter"]): float(row["value"]) for row in rows}
    for quarter in _QUARTERS:
        held, bailed = (values[f"open_trial_valid_{status}", quarter] for status in ("custody", "bail"))
        values["custody_share", quarter] = held / (held + bailed)
        values["hours_a_case", quarter] = values["hearing_time_mean_hours", quarter] * _DEFENDANTS_A_CASE
    return {name: {quarter: values[measure, quarter] for quarter in _QUARTERS} for name, measure in FIGURES.items()}


def simulated(result: Result) -> dict[str, dict[str, float]]:
    """The same figures of one replication, and those of the whole year: figure -> quarter or 'year' -> value."""
    clock, cases, sittings = Clock(result.scenario.starts), result.tables["cases"], result.tables["sittings"]
    sat = sittings[sittings["court"] == "crown"]
    days = {quarter: clock.quarter(quarter) for quarter in _QUARTERS}
    spans = {quarter: (span[0], span[-1]) for quarter, span in days.items()}
    spans["year"] = (spans[_QUARTERS[0]][0], spans[_QUARTERS[-1]][1])
    received, closed = (cases[f"crown_{end}"].to_numpy() for end in ("received", "closed"))
    trial, main_hearing = (cases["crown_route"] == "for trial").to_numpy(), cases["main_hearing"].to_numpy()
    found: dict[str, dict[str, float]] = {name: {} for name in FIGURES}
    for period, (first, last) in spans.items():
        ended = (closed >= first) & (closed <= last)
        is_open = (received <= last) & ~(closed <= last)
        age = last - received[is_open]
        held = cases["remanded"].to_numpy() | (cases["bailed"].to_numpy() > last)
        to_close = (closed - cases["received"].to_numpy())[ended & trial]
        heard = trial & (main_hearing >= first) & (main_hearing <= last)
        weeks = sat[(sat["day"] > first) & (sat["day"] <= last + _DAYS_A_WEEK // 2)]
        values = (
            ended.sum() / result.share,
            (ended & trial).sum() / result.share,
            is_open.sum() / result.share,
            (age > 182).mean(),
            (age > 365).mean(),
            held[is_open & trial].mean(),
            np.median(to_close),
            to_close.mean(),
            (main_hearing - received)[heard].mean() / _DAYS_A_WEEK,
            weeks["hearings"].sum() / ended.sum(),
            weeks["used"].sum() / 60 / ended.sum(),
        )
        for name, value in zip(FIGURES, values, strict=True):
            found[name][period] = float(value)
    return found


def of_the_year(name: str, quarters: dict[str, float]) -> float:
    """A published figure of the year: a sum, the last quarter's level, or the mean of the quarters."""
    values = [quarters[quarter] for quarter in _QUARTERS]
    if name in _SUMS:
        return sum(values)
    return values[-1] if name.startswith(_AT_END) else float(np.mean(values))


def off(name: str, value: float, wanted: float) -> float:
    """How far off: points for a share, a ratio for everything else."""
    return value - wanted if "share" in name else value / wanted - 1


def main() -> None:
    """Run, compare and write the page."""
    runs = [simulated(run_seed(load(_SCENARIO), seed, years=1)) for seed in _SEEDS]
    known = published()
    lines = ["| Figure | Published | Simulated | Difference | Bar |\n|---|---:|---:|---:|---|\n"]
    for name in FIGURES:
        wanted, value = of_the_year(name, known[name]), float(np.mean([run[name]["year"] for run in runs]))
        bar = ("3 points" if "share" in name else "5%") if name in BARS else ""
        lines.append(
            f"| {name} | {_show(name, wanted)} | {_show(name, value)} | {_off(name, value, wanted)} | {bar} |\n"
        )
    lines.append("\n## By quarter\n\nPublished, then simulated.\n\n")
    lines.append("| Figure | " + " | ".join(_QUARTERS) + " |\n|---|" + "---:|" * len(_QUARTERS) + "\n")
    for name in FIGURES:
        cells = [
            f"{_show(name, known[name][quarter])}, {_show(name, float(np.mean([run[name][quarter] for run in runs])))}"
            for quarter in _QUARTERS
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |\n")
    lines.append(_NOTES)
    page = _HEAD.format(seeds=len(runs)) + "".join(lines)
    (_ROOT / "docs" / "2019.md").write_text(page, encoding="utf-8")
    print(page)


def _show(name: str, value: float) -> str:
    if "share" in name:
        return f"{100 * value:.1f}%"
    return f"{value:,.0f}" if value > 100 else f"{value:.1f}"


def _off(name: str, value: float, wanted: float) -> str:
    change = 100 * off(name, value, wanted)
    return f"{change:+.1f} points" if "share" in name else f"{change:+.1f}%"


if __name__ == "__main__":
    main()
