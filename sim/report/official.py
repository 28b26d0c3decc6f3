"""Official and real reoffending, in words."""

from __future__ import annotations

import pandas as pd

from sim.base.stats import interval
from sim.base.words import number, span
from sim.compare.comparison import Comparison
from sim.compare.official import PARTS, official


def official_in_words(comparison: Comparison, name: str) -> list[str]:
    """Say how official and real reoffending differ in the scenario *name*; nothing in runs too short to know."""
    shares = official(comparison.of(name))
    if shares.isna().all(axis=None):
        return []
    mean = {part: f"{number(value, 'share')}%" for part, value in shares.mean().items()}
    words = [
        f"Of the adults whom official statistics follow, {mean['detected']} are detected again within 12 months and "
        f"{mean['proven']} are proven to reoffend. Between the two: {mean['late']} whose case was proved more than "
        "six months later or is still in court, so slow courts lower the official rate; "
        f"{mean['never']} whose offence was never proved in a way that counts (no charge, a community resolution, "
        "an offence not recorded, a case dropped)."
    ]
    if name != comparison.baseline:
        words.append(_moved(comparison, shares - official(comparison.of(comparison.baseline))))
    return [*words, *_multiplied(comparison, name)]


def _moved(comparison: Comparison, change: pd.DataFrame) -> str:
    """Say how far the official rate moved, and by which of its parts."""
    means, lows, highs = interval(change.to_numpy(float).T, comparison.provenance.confidence, comparison.draws_evidence)
    ends = dict(zip(change.columns, zip(means, lows, highs, strict=True), strict=True))
    told = {
        part: number(middle, "share", sign=True, fine=True)
        + ("" if pd.isna(low) else f" ({span(low, high, 'share', fine=True)})")
        for part, (middle, low, high) in ends.items()
    }
    others = "; ".join(f"{label} {told[part]}" for part, label in PARTS.items() if part != "proven")
    return (
        f"Against the baseline the official rate moves by {told['proven']} points: {others}. The first less the others "
        "gives it. The people followed change too: statistics follow nobody after a community resolution."
    )


def _multiplied(comparison: Comparison, name: str) -> list[str]:
    """Say how a lasting change of reoffending grows, since each contact leads to others."""
    rows = comparison.of(name)
    rows = rows[(rows["at"] == rows["at"].max()) & (rows["group"] == "all") & (rows["measure"] == "reoffending.begets")]
    begets = rows["value"].mean()
    if not begets < 1:
        return []
    return [
        f"Each contact leads to {begets:.2f} others within five years: a change of reoffending that lasted for ever "
        f"would in the end be multiplied by {1 / (1 - begets):.1f}, most of it after the years simulated."
    ]
