"""Gaps between groups: the ratio of each group's rate to that of a reference group, with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.base.stats import interval
from sim.measures import MEASURES
from sim.scenario.model import AGE_BANDS, ETHNICITIES, RECORD_BANDS, SEXES

REFERENCE = {"ethnicity": "White", "sex": "men", "age": "25 and over", "record": "none"}
PARTS = {"ethnicity": ETHNICITIES, "sex": SEXES, "age": AGE_BANDS, "record": RECORD_BANDS}
STEPS = tuple(name for name in MEASURES if name.startswith("path."))
COLUMNS = ["measure", "label", "unit", "at", "group", "rate", "reference", "ratio", "low", "high"]
# Steps whose chance does not depend on the group by itself: no figure was found, so gaps there come from who is there.
ALIKE = {
    "ethnicity": "Only admissions differ by ethnicity: for offers, attendance, completion, charging and sentences no "
    "figure was found, and the mix of people searched stands in for all contacts. A gap elsewhere comes from who "
    "reaches the step.",
    "sex": "Every step is drawn alike for men and women, since no figure was found: a gap is chance, or who is there.",
    "age": "Age decides who is within the rules; the other steps are drawn alike: a gap comes from who reaches them.",
    "record": "The record decides who is charged and, if the scheme says so, who is within the rules; the other steps "
    "are drawn alike.",
}


def gaps(
    measures: pd.DataFrame, by: str, names: tuple[str, ...] = STEPS, confidence: float = 0.95, evidence: bool = False
) -> pd.DataFrame:
    """Return one row for each measure, date and group but the reference: its rate and the ratio to the reference's.

    The ratio's interval is that of the mean logarithm over the seeds, by Student's t; a seed without either rate, or
    with a rate of nought, is left out. It is NaN with one seed.

    Args:
        measures: by seed, of one scenario, with the breakdown *by*, as sim.measures.take gives.
        by: 'ethnicity', 'sex', 'age' or 'record'.
        names: measures that are shares.
        confidence: of the interval.
        evidence: whether each seed has its own draw of the evidence; the interval is then the range of the draws.
    """
    chosen = measures[measures["measure"].isin(names) & measures["group"].isin(PARTS[by])]
    rates = chosen.set_index(["measure", "at", "group", "seed"])["value"].unstack("seed")
    of_reference = rates.xs(REFERENCE[by], level="group")
    reference = pd.DataFrame(
        of_reference.loc[list(zip(*map(rates.index.get_level_values, ("measure", "at")), strict=True))]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(rates.to_numpy(float) / reference.to_numpy(float))
    logs[~np.isfinite(logs)] = np.nan
    ratio, low, high = (np.exp(values) for values in interval(logs, confidence, evidence))
    table = rates.index.to_frame(index=False).assign(
        rate=_mean(rates), reference=_mean(reference), ratio=ratio, low=low, high=high
    )
    table["label"] = table["measure"].map({name: MEASURES[name].label for name in names})
    table["unit"] = table["measure"].map({name: MEASURES[name].unit for name in names})
    order = {name: number for number, name in enumerate((*names, *PARTS[by]))}
    table = table[table["group"] != REFERENCE[by]]
    place = pd.DataFrame({"at": table["at"], "step": table["measure"].map(order), "part": table["group"].map(order)})
    return table.loc[place.sort_values(["at", "step", "part"]).index, COLUMNS].reset_index(drop=True)


def _mean(rates: pd.DataFrame) -> np.ndarray:
    """Mean over the seeds that know it, by row; NaN where none does."""
    return rates.T.mean().to_numpy(float)
