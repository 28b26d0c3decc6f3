"""What limits the courts, in words."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from sim.base.words import long_date, number
from sim.compare.binding import STAGES, Stage, at_the_last, binding, limiting
from sim.compare.comparison import COURTS, Comparison

_RISES = 0.01  # of a share: less is not told
ASSUMED = {
    "nothing": "By assumption first hearings and trials are held when due, whatever the sitting days.",
    "trials": "By assumption first hearings are held when due, and trials get the time they leave.",
    "everything": "",
}


def binding_in_words(comparison: Comparison, name: str) -> list[str]:
    """Say what limits each court in the scenario *name*, and where it is not the baseline, whether the limit moves."""
    now, before = (_binding(comparison, each) for each in (name, comparison.baseline))
    if name == comparison.baseline:
        crown, magistrates = (_state(now, court) for court in COURTS)
        moved = ""
    else:
        crown, magistrates = (_compared(comparison, name, now, before, court) for court in COURTS)
        moved = _moved(at_the_last(before), at_the_last(now))
    magistrates.append(ASSUMED[comparison.scenarios[name].courts.magistrates.binds])
    paragraphs = [" ".join(filter(None, sentences)) for sentences in (crown, magistrates, [moved])]
    return [paragraph for paragraph in paragraphs if paragraph]


@lru_cache(maxsize=4)  # of one answer it is asked for again and again
def _binding(comparison: Comparison, name: str) -> pd.DataFrame:
    return binding(comparison.of(name))


def custody_in_words(comparison: Comparison) -> str:
    """Say why figures of prison are likely too high in later years, where the share held in custody rises."""
    shares = _held(comparison.of(comparison.baseline), "value")
    if not len(shares):  # an answer that ships holds the mean over the seeds alone
        shares = _held(comparison.table, "baseline")
    if not len(shares) or not shares.iloc[-1] - shares.iloc[0] >= _RISES:
        return ""
    first, last = (f"{number(shares[at], 'share')}% on {long_date(str(at))}" for at in shares.index[[0, -1]])
    return (
        f"In the baseline people are held in custody for {first} and {last} of open for-trial cases: the order of the "
        "Crown Court's list was fitted to shorter waits. So people held, prison places and their cost are likely too "
        "high in later years on both sides, and what a scenario spares of them may be too."
    )


def _held(rows: pd.DataFrame, column: str) -> pd.Series:
    """The share of open for-trial cases held in custody at each year end."""
    rows = rows[(rows["measure"] == "crown.custody_share") & (rows["group"] == "all")]
    return rows.groupby("at")[column].mean()


def _state(table: pd.DataFrame, court: str) -> list[str]:
    """What limits *court* at the last year end, and at earlier ones where that was something else."""
    last, stages = at_the_last(table), limiting(at_the_last(table), court)
    sentences = [f"{COURTS[court]}: {_limit(last, court)}: {_stood_idle(last, court)}."]
    sentences += [f"{_waiting(last, stage)} cases wait for {stage.waits}{_growth(last, stage)}." for stage in stages]
    for at, rows in table.groupby("at"):
        earlier = rows.droplevel("at")
        if limiting(earlier, court) != stages:
            sentences.append(f"On {long_date(str(at))}: {_limit(earlier, court)}.")
    return sentences


def _compared(comparison: Comparison, name: str, now: pd.DataFrame, before: pd.DataFrame, court: str) -> list[str]:
    """What limits *court* at the last year end in the scenario and in the baseline, and what is avoided of it."""
    last, old = at_the_last(now), at_the_last(before)
    limit, was = _limit(last, court), _limit(old, court)
    both = f"{limit}, as in the baseline" if limit == was else f"{limit}; in the baseline {was}"
    sentences = [f"{COURTS[court]}: {both}. {_stood_idle(last, court)} ({_idle(old, court)} in the baseline)."]
    for stage in STAGES:
        if stage in (*limiting(last, court), *limiting(old, court)):
            waiting = f"{_waiting(last, stage)} cases wait for {stage.waits} ({_waiting(old, stage)})"
            sentences += [f"{waiting}{_growth(last, stage)}.", _avoided(comparison, name, stage)]
    return sentences


def _moved(before: pd.DataFrame, now: pd.DataFrame) -> str:
    old, new = (" and ".join(map(_place, limiting(table))) or "none" for table in (before, now))
    return (
        "The bottleneck does not move." if old == new else f"The bottleneck moves: {old} in the baseline; {new} here."
    )


def _place(stage: Stage) -> str:
    return f"{stage.name} of the {COURTS[stage.court]}"


def _limit(rows: pd.DataFrame, court: str) -> str:
    """Say which stages limit *court*, and in how many seeds where not in all."""
    shares = {stage.name: rows["limits"][stage.name] for stage in limiting(rows, court)}
    names = [name + ("" if share == 1 else f" (in {100 * share:.0f}% of seeds)") for name, share in shares.items()]
    return f"{' and '.join(names)} limit{'s' * (len(names) == 1)}" if names else "court time does not limit"


def _idle(rows: pd.DataFrame, court: str) -> str:
    idle = next(rows["idle"][stage.name] for stage in STAGES if stage.court == court)
    return "none" if pd.isna(idle) else f"{number(idle, 'share')}%"


def _stood_idle(rows: pd.DataFrame, court: str) -> str:
    """How much of the court's time stood idle, or that it had none."""
    idle = _idle(rows, court)
    return "No court time is supplied" if idle == "none" else f"{idle} of court time stood idle"


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
    rows = comparison.of(name)
    rows = rows[(rows["at"] == rows["at"].max()) & (rows["group"] == "all")]
    avoided = rows.groupby("measure")["value"].mean()
    if not avoided["diversion.prosecutions_avoided"]:
        return ""
    share = avoided[stage.avoided] if stage.avoided else 1.0
    if pd.isna(share):
        return ""
    return f"Of the prosecutions avoided {number(share, 'share')}% would have come to it."


def limits_in_short(comparison: Comparison, name: str) -> str:
    """Say in a sentence which stages limit the courts under *name*, and whether that is as in the baseline."""
    now, before = (limiting(at_the_last(_binding(comparison, each))) for each in (name, comparison.baseline))
    where, there = (" and ".join(map(_place, stages)) or "no court time" for stages in (now, before))
    as_before = "as in the baseline" if now == before else f"in the baseline {there}"
    return f"What limits the courts: {where}, {as_before}."
