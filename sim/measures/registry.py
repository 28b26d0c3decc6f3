"""The register of measures, and how they are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sim.measures.view import BREAKDOWNS, By, View
from sim.run.result import Result

COLUMNS = ("measure", "unit", "at", "group", "seed", "value")
TOTAL_ONLY = ("all",)
BY_GROUP = ("all", "group")

SECTIONS = {  # in the order of a report: what a measure's name begins with -> its heading
    "crown": "Crown Court",
    "magistrates": "Magistrates' courts",
    "police": "Police and scheme",
    "diversion": "Police and scheme",
    "officers": "Police and scheme",
    "contacts": "Police and scheme",
    "provider": "Police and scheme",
    "reoffending": "Reoffending",
    "victims": "Victims",
    "cost": "Money",
}
DETAILS = (  # measures that only JSON and results folders show; any other stands in the full report
    *("crown.sitting_days", "crown.waiting", "crown.open_over_6_months", "crown.open_over_24_months"),
    *("crown.trials_effective_share", "crown.trials_cracked_share", "crown.trials_ineffective_share"),
    *("crown.charge_to_close_mean", "crown.receipt_to_main_hearing_mean", "crown.guilty_share", "crown.tried_share"),
    *("crown.no_verdict_share", "crown.hours_per_case", "crown.hearings_per_case", "crown.hours_per_disposal"),
    *("crown.hours_per_sitting_day", "magistrates.months_to_clear", "magistrates.sitting_days", "magistrates.waiting"),
    *("magistrates.trials_effective_share", "magistrates.trials_cracked_share", "magistrates.waiting_trial"),
    *("magistrates.trials_ineffective_share", "magistrates.waiting_first_hearing", "magistrates.lost_share"),
    *("magistrates.open_over_6_months", "officers.searching", "officers.idle_share", "provider.lapsed"),
    *("provider.idle_share", "diversion.in_scope", "diversion.eligible", "diversion.accepted", "diversion.completed"),
    *("diversion.breached", "diversion.disposals_upgraded", "diversion.discontinued"),
    *("diversion.avoided_contested_share", "diversion.avoided_crown_share"),
    *("police.settled", "police.settled_charged", "reoffending.followed_12_months", "reoffending.again_12_months"),
    *("reoffending.official_provable_12_months", "victims.withdrawn", "cost.social_discounted"),
)

Better = Literal["lower", "higher", "neither"]
Kind = Literal["stock", "flow", "share", "time"]
Function = Callable[[View, By], np.ndarray]


@dataclass(frozen=True)
class Measure:
    """One measure: what it is called, its unit, which way is better, and how it is taken.

    Args:
        name: dotted id, for instance 'crown.open'.
        label: what it is in words.
        unit: of its values.
        better: which way is better for the public, if either is.
        kind: 'stock' at a moment, 'flow' over a year, 'share', or 'time'.
        function: (view, breakdowns) -> its values: array (years, parts).
        breakdowns: the breakdowns it can be split by.
    """

    name: str
    label: str
    unit: str
    better: Better
    kind: Kind
    function: Function
    breakdowns: tuple[str, ...] = BREAKDOWNS

    @property
    def section(self) -> str:
        """The heading it stands under; empty for the steps of the path, which have a table of their own."""
        return SECTIONS.get(self.name.split(".")[0], "")

    @property
    def headline(self) -> bool:
        """Whether it stands in the full report."""
        return bool(self.section) and self.name not in DETAILS


MEASURES: dict[str, Measure] = {}


def measure(
    name: str, label: str, unit: str, better: Better, kind: Kind, breakdowns: tuple[str, ...] = BREAKDOWNS
) -> Callable[[Function], Function]:
    """Register the function below as the measure *name*."""

    def register(function: Function) -> Function:
        MEASURES[name] = Measure(name, label, unit, better, kind, function, breakdowns)
        return function

    return register


def headlines() -> list[str]:
    """Names of the measures of the full report, section by section."""
    order = list(dict.fromkeys(SECTIONS.values()))
    chosen = [one for one in MEASURES.values() if one.headline]
    return [one.name for one in sorted(chosen, key=lambda one: order.index(one.section))]


def take(result: Result, by: str | By = "all") -> pd.DataFrame:
    """Return every measure of *result* that can be split by *by*: one row per measure, date and group.

    Args:
        result: one seed of one scenario.
        by: a breakdown of sim.measures.view.BREAKDOWNS, or several.
    """
    return _taken(View(result), (by,) if isinstance(by, str) else by)[list(COLUMNS)]


def take_every(result: Result) -> pd.DataFrame:
    """Return every measure of *result* in every breakdown it has: the columns of `take`, and which breakdown, `by`."""
    return _taken(View(result), BREAKDOWNS)[[*COLUMNS, "by"]]


def _taken(view: View, breakdowns: By) -> pd.DataFrame:
    """Every measure, breakdown by breakdown; each is worked out once for all of its breakdowns."""
    parts: dict[str, list[tuple[Measure, np.ndarray]]] = {by: [] for by in breakdowns}
    for one in MEASURES.values():
        by = tuple(name for name in breakdowns if name in one.breakdowns)
        values = one.function(view, by) if by else np.empty((len(view.dates), 0))
        edges = np.cumsum([len(view.labels(name)) for name in by])[:-1]
        for name, of_part in zip(by, np.split(values, edges, axis=1), strict=True) if by else ():
            parts[name].append((one, of_part))
    return pd.concat([_rows(view, by, taken) for by, taken in parts.items()], ignore_index=True)


def _rows(view: View, by: str, taken: list[tuple[Measure, np.ndarray]]) -> pd.DataFrame:
    """The values of measures in one breakdown, each array (years, parts), as rows."""
    labels, years = view.labels(by), len(view.dates)
    each = years * len(labels)
    return pd.DataFrame(
        {
            "measure": np.repeat([one.name for one, _ in taken], each),
            "unit": np.repeat([one.unit for one, _ in taken], each),
            "at": np.tile(np.repeat(view.dates, len(labels)), len(taken)),
            "group": np.tile(labels, years * len(taken)),
            "seed": view.result.seed,
            "value": np.concatenate([values.ravel() for _, values in taken]).astype(float),
            "by": by,
        }
    )


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """*part* of *whole*; NaN where there is nothing to divide by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
