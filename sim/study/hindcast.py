"""The Crown Court's past, foretold: from the published state of a quarter, what the quarters after it would be.

Receipts and sitting days are imposed as published, or frozen at what was known on the day. Predictions are set beside
what was published and beside what one would say without a model. The width of an interval comes from the errors made
from other quarters, as far ahead, and from seeds and plausible fits.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.base.clock import DAYS_A_YEAR, Clock
from sim.measures.outcome import Outcome
from sim.run.pool import Event, Executor, Failed, Landed
from sim.run.result import Result
from sim.run.run import Cell
from sim.scenario.faults import ScenarioError
from sim.scenario.model import Scenario
from sim.scenario.reading import change, find, load, names
from sim.study import observed
from sim.study.cells import cell_key
from sim.study.observed import AGE_BANDS, Observed, after, before, between
from sim.study.store import Store

NATION, NATIONS_FOLDER = "England and Wales", "england_and_wales"
SHOCKS = ("2020Q2", "2022Q3")  # the courts shut; the Bar's action
HORIZONS = (4, 8, 12)  # quarters
AHEAD = 12
CENTRAL, WORSE, BETTER = "central", "more receipts and fewer days", "fewer receipts and more days"
FIGURES_VERSION = "1"  # of `figures`: what the store keeps is of one version
_APPEALS = 0.145  # of receipts and of open cases that are not for trial (scenarios/england_and_wales/evidence.toml)
_FLOW_HOURS = 4.2  # hours a sitting day of the stock-and-flow rival: those of 2017 to 2019
DEFENDANTS_A_CASE = 1.097  # hours are published a defendant
QUANTILE_80 = 1.2816
MOST_FITS = 3  # plausible fits that a hindcast runs
_QUARTERS_AHEAD = 16  # of frozen receipts
_NARROWEST = 0.03  # standard deviation of a year's receipts or days, however even they were
MEASURES = {  # figure of a run -> the published measure and what its error is in
    "open": ("open", "%"),
    "closed": ("disposals", "%"),
    "over 6 months": ("share_open_6m_plus", "points"),
    "over 12 months": ("share_open_1y_plus", "points"),
    "over 24 months": ("share_open_2y_plus", "points"),
    "in custody": ("in_custody", "points"),
    "mean days": ("charge_to_completion_mean_days", "%"),
    "median days": ("charge_to_completion_median_days", "%"),
}

Fit = Mapping[str, Any]  # levers of one plausible fit


@dataclass(frozen=True)
class Past:
    """What a hindcast is of.

    Args:
        area: name of its folder.
        observed: its published figures.
        scenario: levers of every run but the state it starts from; its receipts and sitting days are those published.
        blind: freeze receipts and sitting days at what was known.
        share: of cases and courtrooms to simulate.
    """

    area: str
    observed: Observed
    scenario: Scenario
    blind: bool = False
    share: float = 0.1


def past(area: str, file: Path | None = None, blind: bool = False, share: float = 0.1) -> Past:
    """Read what a hindcast of *area* needs: its scenario with imposed receipts and its published figures.

    An area without such a scenario has the figures of England and Wales stand in, times its part of open cases.

    Raises:
        ScenarioError: there is no such area, or a file cannot be used.
    """
    own = observed.read(file or _file(area), load(f"{area}/baseline").area)
    scenario = _imposed(area)
    if scenario is not None:
        return Past(area, own, scenario, blind, share)
    scenario, nation = _imposed(NATIONS_FOLDER), observed.read(_file(NATIONS_FOLDER), NATION)
    if scenario is None:
        raise ScenarioError([f"{area}: no scenario with demand.crown_receipts to start from"])
    part = _part(own, nation)
    open_ = {
        ("open", quarter): value * _all_to_valid(nation, quarter)
        for (name, quarter), value in own.values.items()
        if name == "open_valid" and nation.has("open_valid", quarter)
    }
    own = Observed(own.area, {**open_, **own.values}, nation, part)
    return Past(area, own, _part_of(scenario, part), blind, share)


def origins(of: Past, first: str, last: str) -> list[str]:
    """Every second quarter from *first* to *last*, ends of June and December, whose state and year are published."""
    chosen = [quarter for quarter in between(first, last) if quarter.endswith(("Q2", "Q4"))]
    return [quarter for quarter in chosen if _is_known(of.observed, quarter)]


def last_origin(of: Past) -> str:
    """The last quarter worth starting from: a year before the last figures, and blind at these."""
    return before(of.observed.last("open"), 0 if of.blind else 4)


def scenario_from(of: Past, origin: str, variant: str = CENTRAL, fit: Fit | None = None) -> Scenario:
    """The levers of a run from the end of a quarter: the stock of that day, all else as in the scenario."""
    known = of.observed
    open_, for_trial = known.at("open", origin), known.at("open_for_trial", origin)
    others = open_ - for_trial
    closed = known.over_year("disposals", origin) - known.over_year("disposals_for_trial", origin)
    held, bailed = (known.at(f"open_trial_valid_{status}", origin) for status in ("custody", "bail"))
    crown = {
        "open": round(open_),
        "open_for_trial_share": for_trial / open_,
        "open_appeal_share": _APPEALS * others / open_,
        "open_custody_share": held / (held + bailed),
        "open_age_bands": [known.at(f"open_age_{band}", origin) for band in AGE_BANDS],
        "open_over_12_months": known.at("share_open_1y_plus", origin),
        "custody_over_12_months": known.at("share_open_1y_plus_custody", origin),
        "bail_over_12_months": known.at("share_open_1y_plus_bail", origin),
        "for_sentence_days": others / closed * DAYS_A_YEAR,
        "appeal_days": others / closed * DAYS_A_YEAR,
    }
    stock = {f"courts.crown.{name}": value for name, value in crown.items()}
    clock = Clock(date(int(origin[:4]), 1, 1))
    starts = clock.date(clock.quarter(origin)[-1] + 1)
    driven = _frozen(of, origin, starts, variant) if of.blind else {"demand.crown_receipts": _receipts(of)}
    return change(of.scenario, {"starts": starts, **stock, **driven, **(fit or {})})


def predict(
    of: Past,
    from_: Sequence[str],
    executor: Executor,
    seeds: Sequence[int] = (1, 2, 3),
    fits: Sequence[Fit] = (),
    store: Store | None = None,
    watch: Callable[[Event], object] | None = None,
) -> pd.DataFrame:
    """Run from every quarter of *from_* and return what comes after: origin, variant, seed, ahead, measure, value.

    Args:
        of: what it is of.
        from_: quarters at whose ends the runs start.
        executor: what runs them.
        seeds: which luck.
        fits: other plausible constants, each run with the first seed.
        store: where figures are kept between calls.
        watch: called with every event.

    Raises:
        Exception: what a run raised.
    """
    years = -(-AHEAD // 4) + (1 if of.blind else 0)
    runs = {
        (origin, variant, seed): Cell(scenario_from(of, origin, kind, fit), seed, years, of.share)
        for origin in from_
        for variant, kind, fit, each in _variants(of, seeds, fits)
        for seed in each
    }
    found = run(list(runs.values()), executor, store, watch)
    rows = [
        found[cell_key(cell)].assign(origin=origin, variant=variant, seed=seed)
        for (origin, variant, seed), cell in runs.items()
    ]
    return pd.concat(rows, ignore_index=True)


def run(
    cells: Sequence[Cell],
    executor: Executor,
    store: Store | None = None,
    watch: Callable[[Event], object] | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the figures of every cell, by its key; what the *store* has is not run.

    Raises:
        Exception: what a run raised.
    """
    wanted = {cell_key(cell): cell for cell in cells}
    found = {key: outcome.measures for key in wanted if store and (outcome := store.read(key)) is not None}
    with closing(executor([cell for key, cell in wanted.items() if key not in found], observe)) as running:
        for event in running:
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Landed):
                found[cell_key(event.cell)] = event.outcome.measures
                if store:
                    store.remember(event.cell, event.outcome)
            if watch:
                watch(event)
    return found


def observe(result: Result) -> Outcome:
    """Keep of a run its figures by quarter."""
    return Outcome(figures(result), pd.DataFrame(), {})


def figures(result: Result) -> pd.DataFrame:
    """Figures of the Crown Court by quarter from the start: columns ahead (quarters), measure, value."""
    cases, share, clock = result.tables["cases"], result.share, Clock(result.scenario.starts)
    received, closed = (cases[f"crown_{end}"].to_numpy() for end in ("received", "closed"))
    trial = (cases["crown_route"] == "for trial").to_numpy()
    pleaded = trial & (cases["outcome"] == "guilty plea").to_numpy()
    held = cases["remanded"].to_numpy() | cases["bailed"].notna().to_numpy()
    sat = result.tables["sittings"]
    sat = sat[sat["court"] == "crown"]
    to_close = closed - cases["received"].to_numpy()
    quarter, rows = _quarter_of(result.scenario.starts), []
    last = clock.year_ends(result.years)[-1]
    for ahead in range(1, result.years * 4 + 1):
        days = clock.quarter(after(quarter, ahead - 1))
        end = min(days[-1], last)
        now, is_open = (closed >= days[0]) & (closed <= end), (received <= end) & ~(closed <= end)
        age = end - received[is_open]
        used = sat.loc[(sat["day"] > days[0]) & (sat["day"] <= end), "used"].sum()
        values = {
            "open": is_open.sum() / share,
            "closed": now.sum() / share,
            "over 6 months": (age > 182).mean(),
            "over 12 months": (age > 365).mean(),
            "over 24 months": (age > 730).mean(),
            "in custody": held[is_open & trial].mean(),
            "mean days": to_close[now & trial].mean(),
            "median days": np.median(to_close[now & trial]),
            "hours a case": used / 60 / max(now.sum(), 1),
            "pleas": pleaded[now & trial].sum() / max((now & trial).sum(), 1),
        }
        rows += [(ahead, measure, float(value)) for measure, value in values.items()]
    return pd.DataFrame(rows, columns=["ahead", "measure", "value"])


def published(of: Observed, measure: str, quarter: str) -> float:
    """What was published of a figure of a run; NaN where it was not."""
    try:
        if measure == "in custody":
            held, bailed = (of.at(f"open_trial_valid_{status}", quarter) for status in ("custody", "bail"))
            return held / (held + bailed)
        return of.at(MEASURES[measure][0], quarter)
    except LookupError:
        return float("nan")


def rivals(of: Past, origin: str) -> pd.DataFrame:
    """What one would say without a model, from the end of a quarter: columns rival, ahead, measure, value."""
    facts, rows = of.observed, []
    for measure in MEASURES:
        now = published(facts, measure, origin)
        rows += [("no change", ahead, measure, now) for ahead in range(1, AHEAD + 1)]
    now, year_before = facts.at("open", origin), _or_nan(facts, "open", before(origin, 4))
    rows += [("last year's change", n, "open", now + (now - year_before) * n / 4) for n in range(1, AHEAD + 1)]
    level, hours = now, facts.over_year("hearing_time_mean_hours", origin) / 4 * DEFENDANTS_A_CASE
    scenario = scenario_from(of, origin)
    clock, crown = Clock(scenario.starts), scenario.courts.crown
    days = clock.rooms(crown.sitting_days, AHEAD * 92 + 10, 1.0, crown.closures)  # type: ignore[arg-type]
    receipts = {row.quarter: row.for_trial + row.for_sentence + row.appeals for row in scenario.demand.crown_receipts}
    for ahead in range(1, AHEAD + 1):
        quarter = after(origin, ahead)
        span = clock.quarter(quarter)
        sat = float(days[span[0] : span[-1] + 1].sum())
        level += receipts.get(quarter, float("nan")) - sat * _FLOW_HOURS / hours
        rows.append(("stock and flow", ahead, "open", max(level, 1.0)))
    return pd.DataFrame(rows, columns=["rival", "ahead", "measure", "value"]).assign(origin=origin)


def last_receipts(of: Past) -> str:
    """The last quarter whose receipts are known."""
    return str(_receipts(of)[-1]["quarter"])


def drift(of: Observed, first: str, last: str) -> float:
    """How much published flows and stocks fail to add up, a quarter, as a share of the stock: mean over quarters."""
    parts = []
    for quarter in between(after(first), last):
        start, end = of.at("open", before(quarter)), of.at("open", quarter)
        parts.append((end - start - of.at("receipts", quarter) + of.at("disposals", quarter)) / start)
    return float(np.mean(parts))


def official(folder: str = NATIONS_FOLDER) -> list[dict[str, str]]:
    """The forecasts that officials and others made, and what was published: rows of the area's forecasts.csv."""
    path = _file(folder).with_name("forecasts.csv")
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kept(store: Store | None) -> Store | None:
    """Where figures of hindcasts are kept: beside the user's store, since they are others than it keeps."""
    return None if store is None else Store(store.folder.with_name(f"{store.folder.name}-past-{FIGURES_VERSION}"))


def _variants(of: Past, seeds: Sequence[int], fits: Sequence[Fit]) -> list[tuple[str, str, Fit | None, Sequence[int]]]:
    """Name, kind, fit and seeds of every run from one quarter."""
    found: list[tuple[str, str, Fit | None, Sequence[int]]] = [(CENTRAL, CENTRAL, None, seeds)]
    found += [(f"fit {number}", CENTRAL, fit, seeds[:1]) for number, fit in enumerate(fits, start=1)]
    if of.blind:
        found += [(kind, kind, None, seeds[:1]) for kind in (WORSE, BETTER)]
    return found


def _receipts(of: Past) -> list[dict[str, Any]]:
    """The receipts of every quarter: the scenario's, and those published of quarters that it lacks."""
    rows = {row.quarter: row.model_dump() for row in of.scenario.demand.crown_receipts}
    own = {quarter for name, quarter in of.observed.values if name == "receipts_for_trial"}
    for quarter in sorted(own - rows.keys()):
        with suppress(LookupError):
            for_trial = of.observed.at("receipts_for_trial", quarter)
            others = of.observed.at("receipts", quarter) - for_trial
            split = {"for_sentence": (1 - _APPEALS) * others, "appeals": _APPEALS * others}
            rows[quarter] = {"quarter": quarter, "for_trial": for_trial, **split}
    return [rows[quarter] for quarter in sorted(rows)]


def _frozen(of: Past, origin: str, starts: date, variant: str) -> dict[str, Any]:
    """Receipts and capacity as known at the end of the quarter *origin*, with what sat and came in goes on.

    The variants move both against each other by what an 80% interval of their yearly changes before then gives.
    """
    rows = {row["quarter"]: row for row in _receipts(of)}
    year = [rows[before(origin, n)] for n in range(4)]
    mean = {kind: float(np.mean([row[kind] for row in year])) for kind in ("for_trial", "for_sentence", "appeals")}
    sums = [sum(rows[before(origin, n)][kind] for kind in mean) for n in range(len(between(min(rows), origin)))]
    sign = {CENTRAL: 0, WORSE: 1, BETTER: -1}[variant] * QUANTILE_80
    crown = of.scenario.courts.crown
    days = [step.days for step in crown.sitting_days if step.starts < starts]
    more, fewer = 1 + sign * _spread(np.array(sums)[::-1], 4), 1 - sign * _spread(np.array(days), 1)
    ahead = [
        {"quarter": after(origin, n), **{kind: value * more for kind, value in mean.items()}} for n in range(1, 17)
    ]
    steps = [step.model_dump() for step in crown.sitting_days if step.starts < starts]
    return {
        "demand.crown_receipts": [*(rows[quarter] for quarter in sorted(rows) if quarter <= origin), *ahead],
        "courts.crown.sitting_days": [*steps, {"starts": starts, "days": steps[-1]["days"] * fewer}],
        "courts.crown.closures": [one.model_dump() for one in crown.closures if one.starts < starts],
        "courts.crown.hours_per_sitting_day": _known_by(crown.hours_per_sitting_day, starts),
        "courts.crown.ineffective_share": _known_by(crown.ineffective_share, starts),
    }


def _spread(values: np.ndarray, apart: int) -> float:
    """Standard deviation of the logarithm of changes over a year, *apart* values from each other."""
    changes = np.diff(np.log(values[::-1][::apart][::-1]))
    return float(max(np.sqrt(np.mean(changes**2)) if changes.size else 0.0, _NARROWEST))


def _known_by(value: Any, starts: date) -> Any:
    if not isinstance(value, list):
        return value
    return [step.model_dump() for step in value if step.starts < starts]


def _imposed(area: str) -> Scenario | None:
    """The area's scenario whose Crown Court receipts are imposed, if it has one."""
    for name in names():
        if name.startswith(f"{area}/"):
            scenario = load(name)
            if scenario.demand.crown_receipts:
                return scenario
    return None


def _part_of(scenario: Scenario, part: float) -> Scenario:
    """A *part* of the scenario's receipts and sitting days."""
    crown = scenario.courts.crown
    receipts = [
        {name: value * part if isinstance(value, float) else value for name, value in row.model_dump().items()}
        for row in scenario.demand.crown_receipts
    ]
    days = [{"starts": step.starts, "days": step.days * part} for step in crown.sitting_days]
    return change(scenario, {"demand.crown_receipts": receipts, "courts.crown.sitting_days": days})


def _part(own: Observed, nation: Observed) -> float:
    """The area's part of the nation's open cases, over the quarters that both publish."""
    pairs = [
        (value, nation.values["open_valid", quarter])
        for (name, quarter), value in own.values.items()
        if name == "open_valid" and ("open_valid", quarter) in nation.values
    ]
    if not pairs:
        raise ScenarioError([f"{own.area}: publishes no open cases (open_valid) to be measured by"])
    return float(sum(one for one, _ in pairs) / sum(other for _, other in pairs))


def _all_to_valid(nation: Observed, quarter: str) -> float:
    return nation.at("open", quarter) / nation.at("open_valid", quarter)


def _file(area: str) -> Path:
    return find(f"{area}/baseline").with_name("observed.csv")


def _is_known(known: Observed, quarter: str) -> bool:
    year = [before(quarter, n) for n in range(4)]
    flows = all(known.has(measure, one) for measure in observed.FLOWS for one in year)
    return flows and all(known.has(measure, quarter) for measure in observed.STATE)


def _or_nan(known: Observed, measure: str, quarter: str) -> float:
    try:
        return known.at(measure, quarter)
    except LookupError:
        return float("nan")


def _quarter_of(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def known(of: Past, quarters: set[str]) -> list[str]:
    """Those of some *quarters* at whose ends a run can start."""
    return sorted(quarter for quarter in quarters if _is_known(of.observed, quarter))
