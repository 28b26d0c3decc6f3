"""Which stage limits: where people or cases wait while none of its time or places stand idle, and where that moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

IDLE_UP_TO = 0.01  # share of its time: what does not divide into hearings or weeks is not called slack
COLUMNS = ["scenario", "stage", "unit", "waiting", "idle_share", "limits", "avoided_share"]


@dataclass(frozen=True)
class Stage:
    """A stage whose capacity may run out, and the measures that tell.

    Args:
        name: as planners call it.
        waiting: measure of who waits for it at the year end.
        idle: measure of the share of its capacity that nobody needed in the year.
        unit: of what waits.
        avoided: measure of the share of prosecutions avoided that would have come to it; empty where it is not known.
    """

    name: str
    waiting: str
    idle: str
    unit: str
    avoided: str = ""


STAGES = (
    Stage("police files", "officers.files_waiting", "officers.idle_share", "files"),
    Stage("the course", "provider.waiting", "provider.idle_share", "people"),
    Stage(
        "first hearings in the magistrates' courts",
        "magistrates.waiting_first_hearing",
        "magistrates.idle_share",
        "cases",
    ),
    Stage(
        "trials in the magistrates' courts",
        "magistrates.waiting_trial",
        "magistrates.idle_share",
        "cases",
        "diversion.avoided_contested_share",
    ),
    Stage("Crown Court time", "crown.waiting", "crown.idle_share", "cases", "diversion.avoided_crown_share"),
)


def limits(measures: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return, for each stage of the scenario *name*, who waits, what stands idle and whether it limits.

    Means over the seeds, at the last year end or over the year that ends then. A stage limits where somebody waits for
    it while no more than `IDLE_UP_TO` of its capacity stands idle. `avoided_share` is NaN where nothing was avoided.

    Args:
        measures: every measure by scenario and seed, as sim.result.Comparison holds them.
        name: the scenario.
    """
    chosen = (measures["scenario"] == name) & (measures["group"] == "all") & (measures["at"] == measures["at"].max())
    mean = measures[chosen].groupby("measure")["value"].mean()
    rows = []
    for stage in STAGES:
        waiting, idle = mean[stage.waiting], mean[stage.idle]
        avoided = mean[stage.avoided] if stage.avoided else float("nan")
        binds = bool(waiting > 0 and not idle > IDLE_UP_TO)
        rows.append((name, stage.name, stage.unit, waiting, idle, binds, avoided))
    return pd.DataFrame(rows, columns=COLUMNS)


def limits_in_words(before: pd.DataFrame, after: pd.DataFrame | None = None) -> list[str]:
    """Say which stages limit, what stands idle, what the cases avoided would have used, and where the bottleneck moves.

    Args:
        before: the limits of the scenario, or of the baseline where there is a comparison.
        after: those of the scenario compared with it.
    """
    now = before if after is None else after
    sentences = [_what_limits(now)]
    idle = now[~now["limits"] & (now["idle_share"] > IDLE_UP_TO) & (now["idle_share"] < 1)]
    if len(idle):
        spare = "; ".join(f"{row['stage']} {100 * row['idle_share']:.0f}%" for row in _rows(idle))
        sentences.append(f"Does not limit, with the share that stands idle: {spare}.")
    if after is None:
        return sentences
    used = after[after["limits"] & after["avoided_share"].notna()]
    if len(used):
        shares = _together([f"{100 * row['avoided_share']:.1f}% {row['stage']}" for row in _rows(used)])
        sentences.append(
            f"Of the prosecutions avoided in the last year, this share would have used what limits: {shares}."
        )
    new = after[after["limits"].to_numpy() & ~before["limits"].to_numpy()]
    gone = after[before["limits"].to_numpy() & ~after["limits"].to_numpy()]
    if len(new):
        sentences.append(f"The bottleneck moves: in the baseline no limit was {_together(new['stage'])}.")
    if len(gone):
        sentences.append(f"No longer a limit: {_together(gone['stage'])}.")
    if new.empty and gone.empty:
        sentences.append("The same stages limit in the baseline.")
    return sentences


def _what_limits(table: pd.DataFrame) -> str:
    binding = table[table["limits"]]
    if binding.empty:
        return "Nothing limits: nobody waits for time or places that are all in use."
    waiting = [f"{row['stage']} ({row['waiting']:,.0f} {row['unit']} wait)" for row in _rows(binding)]
    return f"Limited by {_together(waiting)}."


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in table[COLUMNS].to_numpy().tolist()]


def _together(names: Iterable[str]) -> str:
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last
