"""What limits the courts: the stages at which court time runs out, year by year, and where the bottleneck moves.

A stage limits its court in a year if a case more would have made others wait. That is read from two signs:

court time, trial list   cases wait at the year end, and almost no time of the year stood idle for want of cases
first-hearing list       more cases wait at the year end than the courts receive in a week

Time that the first-hearing list does not use goes to trials, so idle time says nothing of it. Time left idle on purpose
where prosecutions were avoided is no slack. A stage that is not held to sitting days has nobody waiting for court time.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

SLACK = 0.05  # share of the year's court time idle: with more there is room for more cases
WEEKS_A_YEAR = 52
FIRST_HEARINGS = "the first-hearing list"


@dataclass(frozen=True)
class Stage:
    """A stage at which court time may run out.

    Args:
        court: its court, as measures begin.
        name: in words.
        waits: what people wait for.
        waiting: the measure of how many wait.
        avoided: the measure of how many of the prosecutions avoided would have come to it; empty if all would.
    """

    court: str
    name: str
    waits: str
    waiting: str
    avoided: str


STAGES = (
    Stage("crown", "court time", "court time", "crown.waiting", "diversion.avoided_crown_share"),
    Stage("magistrates", FIRST_HEARINGS, "a first hearing", "magistrates.waiting_first_hearing", ""),
    Stage("magistrates", "the trial list", "a trial", "magistrates.waiting_trial", "diversion.avoided_contested_share"),
)


MEASURES = (  # that say what limits the courts, and what avoiding prosecutions has to do with it
    *("crown.open", "crown.idle_share", "magistrates.open", "magistrates.idle_share", "magistrates.lost_share"),
    *("magistrates.received", "diversion.prosecutions_avoided"),
    *(name for stage in STAGES for name in (stage.waiting, stage.avoided) if name),
)


def binding(measures: pd.DataFrame) -> pd.DataFrame:
    """Return what limits the courts of one scenario: a row for each year end and stage, means over the seeds.

    limits    share of seeds in which the stage limits its court
    idle      share of the court time of the year that stood idle for want of cases; NaN if the court did not sit
    waiting   cases that wait for the stage at the year end
    growth    how many more they are than a year before; NaN at the first year end

    Args:
        measures: by seed, as sim.measures.take gives.
    """
    rows = measures[measures["group"] == "all"]
    by_seed = rows.pivot(index=["at", "seed"], columns="measure", values="value")
    table = pd.concat({stage.name: _judged(by_seed, stage) for stage in STAGES}, names=["stage"])
    return table.groupby(["at", "stage"], sort=False).mean()


def _judged(by_seed: pd.DataFrame, stage: Stage) -> pd.DataFrame:
    waiting = by_seed[stage.waiting]
    lost = by_seed["magistrates.lost_share"] if stage.court == "magistrates" else 0.0
    idle = by_seed[f"{stage.court}.idle_share"] - lost
    never_sat = idle.isna() & (by_seed[f"{stage.court}.open"] > 0)
    if stage.name == FIRST_HEARINGS:
        limits = waiting > by_seed["magistrates.received"] / WEEKS_A_YEAR
    else:
        limits = (waiting > 0) & ~(idle >= SLACK) | never_sat
    growth = waiting - waiting.groupby("seed").shift()
    return pd.DataFrame({"limits": limits.astype(float), "idle": idle, "waiting": waiting, "growth": growth})


def limiting(rows: pd.DataFrame, court: str = "") -> list[Stage]:
    """The stages, of *court* or of all, that limit in at least half of the seeds."""
    return [stage for stage in STAGES if court in ("", stage.court) and rows["limits"][stage.name] >= 0.5]


def at_the_last(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last date, by stage."""
    at = table.index.get_level_values("at")
    return table[at == at.max()].droplevel("at")
