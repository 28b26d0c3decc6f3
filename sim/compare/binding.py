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

from sim.base.words import long_date, number
from sim.compare.comparison import Comparison

SLACK = 0.05  # share of the year's court time idle: with more there is room for more cases
WEEKS_A_YEAR = 52
FIRST_HEARINGS = "the first-hearing list"
COURTS = {"crown": "Crown Court", "magistrates": "Magistrates' courts"}
ASSUMED = {
    "nothing": "By assumption first hearings and trials are held when due, whatever the sitting days.",
    "trials": "By assumption first hearings are held when due, and trials get the time they leave.",
    "everything": "",
}


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


def binding_in_words(comparison: Comparison, name: str) -> list[str]:
    """Say what limits each court in the scenario *name*, and where it is not the baseline, whether the limit moves."""
    now, before = (binding(_measures(comparison, each)) for each in (name, comparison.baseline))
    if name == comparison.baseline:
        crown, magistrates = (_state(now, court) for court in COURTS)
        moved = ""
    else:
        crown, magistrates = (_compared(comparison, name, now, before, court) for court in COURTS)
        moved = _moved(_last(before), _last(now))
    magistrates.append(ASSUMED[comparison.scenarios[name].courts.magistrates.binds])
    paragraphs = [" ".join(filter(None, sentences)) for sentences in (crown, magistrates, [moved])]
    return [paragraph for paragraph in paragraphs if paragraph]


def _judged(by_seed: pd.DataFrame, stage: Stage) -> pd.DataFrame:
    waiting = by_seed[stage.waiting]
    lost = by_seed["magistrates.lost_share"] if stage.court == "magistrates" else 0.0
    idle = by_seed[f"{stage.court}.idle_share"] - lost
    if stage.name == FIRST_HEARINGS:
        limits = waiting > by_seed["magistrates.received"] / WEEKS_A_YEAR
    else:
        limits = (waiting > 0) & ~(idle >= SLACK)  # a court that did not sit has no idle share, and no room
    growth = waiting - waiting.groupby("seed").shift()
    return pd.DataFrame({"limits": limits.astype(float), "idle": idle, "waiting": waiting, "growth": growth})


def _state(table: pd.DataFrame, court: str) -> list[str]:
    """What limits *court* at the last year end, and at earlier ones where that was something else."""
    last, stages = _last(table), _limiting(_last(table), court)
    sentences = [f"{COURTS[court]}: {_limit(last, court)}: {_idle(last, court)} of court time stood idle."]
    sentences += [f"{_waiting(last, stage)} cases wait for {stage.waits}{_growth(last, stage)}." for stage in stages]
    for at, rows in table.groupby("at"):
        earlier = rows.droplevel("at")
        if _limiting(earlier, court) != stages:
            sentences.append(f"On {long_date(str(at))}: {_limit(earlier, court)}.")
    return sentences


def _compared(comparison: Comparison, name: str, now: pd.DataFrame, before: pd.DataFrame, court: str) -> list[str]:
    """What limits *court* at the last year end in the scenario and in the baseline, and what is avoided of it."""
    last, old = _last(now), _last(before)
    limit, was = _limit(last, court), _limit(old, court)
    both = f"{limit}, as in the baseline" if limit == was else f"{limit}; in the baseline {was}"
    idle = f"{_idle(last, court)} of court time stood idle ({_idle(old, court)} in the baseline)."
    sentences = [f"{COURTS[court]}: {both}. {idle}"]
    for stage in STAGES:
        if stage in (*_limiting(last, court), *_limiting(old, court)):
            waiting = f"{_waiting(last, stage)} cases wait for {stage.waits} ({_waiting(old, stage)})"
            sentences += [f"{waiting}{_growth(last, stage)}.", _avoided(comparison, name, stage)]
    return sentences


def _moved(before: pd.DataFrame, now: pd.DataFrame) -> str:
    old, new = (" and ".join(map(_place, _limiting(table))) or "none" for table in (before, now))
    return (
        "The bottleneck does not move." if old == new else f"The bottleneck moves: {old} in the baseline; {new} here."
    )


def _place(stage: Stage) -> str:
    return f"{stage.name} of the {COURTS[stage.court]}"


def _limit(rows: pd.DataFrame, court: str) -> str:
    """Say which stages limit *court*, and in how many seeds where not in all."""
    shares = {stage.name: rows["limits"][stage.name] for stage in _limiting(rows, court)}
    names = [name + ("" if share == 1 else f" (in {100 * share:.0f}% of seeds)") for name, share in shares.items()]
    return f"{' and '.join(names)} limit{'s' * (len(names) == 1)}" if names else "court time does not limit"


def _limiting(rows: pd.DataFrame, court: str = "") -> list[Stage]:
    """The stages, of *court* or of all, that limit in at least half of the seeds."""
    return [stage for stage in STAGES if court in ("", stage.court) and rows["limits"][stage.name] >= 0.5]


def _idle(rows: pd.DataFrame, court: str) -> str:
    idle = next(rows["idle"][stage.name] for stage in STAGES if stage.court == court)
    return f"{number(idle, 'share')}%"


def _waiting(rows: pd.DataFrame, stage: Stage) -> str:
    return number(rows["waiting"][stage.name], "cases")


def _growth(rows: pd.DataFrame, stage: Stage) -> str:
    growth = rows["growth"][stage.name]
    if pd.isna(growth):
        return ""
    size = number(abs(growth), "cases")
    return (
        ", as many as a year before"
        if size == "0"
        else f", {size} {'more' if growth > 0 else 'fewer'} than a year before"
    )


def _avoided(comparison: Comparison, name: str, stage: Stage) -> str:
    """Say how many of the prosecutions avoided would have come to *stage*; nothing where that is not known."""
    rows = _measures(comparison, name)
    rows = rows[(rows["at"] == rows["at"].max()) & (rows["group"] == "all")]
    avoided = rows.groupby("measure")["value"].mean()
    if not avoided["diversion.prosecutions_avoided"]:
        return ""
    share = avoided[stage.avoided] if stage.avoided else 1.0
    if pd.isna(share):
        return ""
    return f"Of the prosecutions avoided {number(share, 'share')}% would have come to it."


def _measures(comparison: Comparison, name: str) -> pd.DataFrame:
    return comparison.measures[comparison.measures["scenario"] == name]


def _last(table: pd.DataFrame) -> pd.DataFrame:
    at = table.index.get_level_values("at")
    return table[at == at.max()].droplevel("at")
