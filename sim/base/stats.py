"""Means over seeds and their intervals, and how long something lasts that not everybody is followed to the end of."""

from __future__ import annotations

import numpy as np
from scipy import special


def interval(
    values: np.ndarray, confidence: float = 0.95, evidence: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, low and high of each row of *values*, array (rows, seeds); NaN is left out.

    Of chance alone low and high are those of the mean, by Student's t: more seeds make them narrower. Where each seed
    is a draw of the *evidence* too, they are the quantiles between which that share of the draws lies: more seeds do
    not make us surer of the evidence. Where all values of a row are the same the interval is that value; with one
    value it is NaN.
    """
    if evidence:
        return _range_of_draws(values, confidence)
    number = np.sum(~np.isnan(values), axis=1)
    middle = mean(values)
    same = (number > 1) & np.all(np.isnan(values) | (values == _first(values)[:, None]), axis=1)
    middle = np.where(same, _first(values), middle)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.nansum((values - middle[:, None]) ** 2, axis=1) / (number - 1) / number)
        half = np.where(number > 1, special.stdtrit(number - 1, (1 + confidence) / 2) * spread, np.nan)
    half = np.where(same, 0, half)
    return middle + 0.0, middle - half + 0.0, middle + half + 0.0  # + 0.0: no minus zero


def _range_of_draws(values: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    known = ~np.isnan(values).all(axis=1)
    low, high = np.full((2, len(values)), np.nan)
    ends = ((1 - confidence) / 2, (1 + confidence) / 2)
    low[known], high[known] = np.nanquantile(values[known], ends, axis=1)
    return mean(values) + 0.0, low + 0.0, high + 0.0


def _first(values: np.ndarray) -> np.ndarray:
    """The first value of each row that is not NaN; NaN where there is none."""
    return values[np.arange(len(values)), np.argmax(~np.isnan(values), axis=1)]


def mean(values: np.ndarray) -> np.ndarray:
    """Mean of each row of *values*, array (rows, seeds); NaN is left out, and with nothing else the mean is NaN."""
    with np.errstate(invalid="ignore"):
        return np.nansum(values, axis=1) / np.sum(~np.isnan(values), axis=1)


def places(ascending: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return how many of the *ascending* numbers are not above each of *values*: array like *values*.

    They are looked up in their own order, which is several times faster than at random where both are long.
    """
    order, found = np.argsort(values), np.empty(len(values), np.int64)
    found[order] = np.searchsorted(ascending, values[order], side="right")
    return found


def survival(days: np.ndarray, ended: np.ndarray, part: np.ndarray, parts: int) -> np.ndarray:
    """Return Kaplan and Meier's share for whom it has not ended after 0, 1, 2 ... days: array (days, parts).

    It runs to the longest that anybody was followed; a part in which nobody was is NaN.

    Args:
        days: whole days from each beginning until it ended or was followed no longer: array (beginnings,).
        ended: whether it was the first of these.
        part: the part each falls in, from 0; -1 where not known.
        parts: how many parts there are.
    """
    known = part >= 0
    cell, longest = days * parts + part, int(days.max(initial=0)) + 1
    left, ends = (
        np.bincount(cell[rows], minlength=longest * parts).reshape(-1, parts) for rows in (known, known & ended)
    )
    at_risk = np.cumsum(left[::-1], axis=0)[::-1]
    return np.where(at_risk[0] > 0, np.cumprod(1 - ends / np.maximum(at_risk, 1), axis=0), np.nan)
