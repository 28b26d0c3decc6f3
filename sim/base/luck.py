"""A person's luck: keyed draws, so that a change of policy never changes anybody's unrelated luck.

A draw is a pure function of a key (seed, person, contact), a purpose and the k-th use. The same
functions take one Python integer or a NumPy block of uint64 keys and give the same numbers.
Source of the mixing function: Steele, Lea and Flood (2014), SplitMix64.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

# Append only: a purpose's number is its place, and moving one would change every result.
PURPOSES = (
    "number of first contacts", "would have happened", "own case", "ethnicity", "sex", "under 18", "age band",
    "age", "record", "record within band", "frailty", "officer", "offer", "accept", "attend", "complete",
    "when they leave", "which disposal", "with intervention", "delay to outcome", "reoffence", "next group",
    "next group if other", "for trial", "days to first hearing", "sent", "magistrates plea", "withdrawn after",
    "report", "trial outcome", "tried verdict", "cracked verdict", "committed", "magistrates sentence",
    "law on custody", "custody served", "indictable only", "remand", "warrant", "back from warrant", "crown plea",
    "late plea", "attrition", "listing", "tried", "contested hours", "sentence delay", "crown sentence",
    "wait for hearing", "past contact", "stock age", "stock group", "stock wait", "readiness", "paper cases",
    "separate receipts", "stock order", "admits", "kept out of scheme", "victim objects", "conditions broken",
    "prosecution agrees", "number of extra finds", "day of find", "charging leaning", "trained",
    "custody limit", "trial date", "stock ready", "elected", "powers kept",
    "judge only", "other hours", "withdrawn waiting", "time freed", "refill", "list order",
    "mentions", "recordable", "evidence", "late plea after", "record settles",
)  # fmt: skip
_NUMBER = {purpose: number for number, purpose in enumerate(PURPOSES, start=1)}
# What a key is the key of: the first part of it after the seed.
FIRST_CONTACTS, PAST_CONTACTS, UNDER_INVESTIGATION, STOCK, SEPARATE_RECEIPTS = range(1, 6)
PAPER, OFFICERS, EXTRA_FINDS, IMPOSED, EVIDENCE = range(6, 11)
_USES = 4096  # a purpose's k-th use is numbered purpose + k x 4096, so purposes must stay below it

_GAMMA = 0x9E3779B97F4A7C15
_A_USE = np.uint64(_USES * _GAMMA & (2**64 - 1))  # steps from one use of a purpose to the next
# Arrays of no dimension, with which NumPy works out a few draws in two thirds of the time it takes with numbers.
_FIRST, _SECOND, _30, _27, _31, _12 = (
    np.array(number, np.uint64) for number in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 30, 27, 31, 12)
)
_HALF, _STEP = np.array(0.5), np.array(2.0**-52)

_NO_DRAWS = np.empty(0)

Keys = Any  # a Python integer, or an array of uint64
Draws = Any  # a float, or an array of float64


def mix(x: np.ndarray) -> np.ndarray:
    """Scramble each 64 bits of an array of uint64 (SplitMix64's finaliser)."""
    return _mix_in_place(x.copy())


def _mix_in_place(x: np.ndarray) -> np.ndarray:
    shifted = x >> _30
    x ^= shifted
    x *= _FIRST
    x ^= np.right_shift(x, _27, out=shifted)
    x *= _SECOND
    x ^= np.right_shift(x, _31, out=shifted)
    return x


def key(*parts: Keys) -> np.ndarray:
    """Return one key for a tuple of whole numbers, each an integer or an array of uint64."""
    folded = np.zeros(1, np.uint64)
    for part in parts:
        numbers = np.atleast_1d(np.asarray(part, np.uint64))
        folded = _mix_in_place((folded + _GAMMA) ^ _mix_in_place(numbers + _GAMMA))
    return folded


def key_of_name(name: str) -> int:
    """A number of 64 bits that belongs to *name*, whatever stands beside it."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def uniform(keys: Keys, purpose: str | tuple[str, ...], use: Keys = 0) -> Draws:
    """Return a number strictly between 0 and 1 for each key: the *use*-th draw for *purpose*.

    One key gives one float, an array of keys an array. Several purposes give one row each:
    array (purposes, keys), the same numbers as one after the other.
    """
    if not isinstance(keys, np.ndarray):
        return float(uniform(np.array([keys], np.uint64), purpose, use)[0])
    if not keys.size and isinstance(purpose, str):
        return _NO_DRAWS
    places = _steps(purpose)
    if not isinstance(use, int) or use:
        places = places + np.asarray(use, np.uint64) * _A_USE
    bits = _mix_in_place(keys + places)
    bits >>= _12
    draws = bits + _HALF
    draws *= _STEP
    return draws


@cache
def _steps(purpose: str | tuple[str, ...]) -> np.ndarray:
    """How far along its key's stream a purpose lies, or a column for several."""
    numbers = _NUMBER[purpose] if isinstance(purpose, str) else [[_NUMBER[name]] for name in purpose]
    return np.atleast_1d(np.asarray(numbers, np.uint64)) * np.uint64(_GAMMA)


def choose(draws: Draws, shares: Any) -> Any:
    """Return the index picked by each draw from *shares*, which sum to 1."""
    edges = np.cumsum(shares)
    return np.minimum(np.searchsorted(edges, draws, side="right"), len(edges) - 1)


def choose_by_row(draws: np.ndarray, shares: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the index picked by each draw from its own of the *rows* of *shares*, array (rows, choices)."""
    chosen = np.zeros(len(draws), np.int64)
    for edge in np.cumsum(shares, axis=1).T[:-1]:  # one choice after the other: no table of draws by choices is made
        chosen += draws >= edge[rows]
    return chosen


def exponential(draws: Draws, mean: Any) -> Draws:
    """Exponential quantile."""
    return -mean * np.log1p(-draws)


def lognormal(draws: Draws, median: Any, mean: Any) -> Draws:
    """Lognormal quantile from its median and mean, the two figures that are published."""
    if np.all(median == mean):  # no spread: the draws need not be looked at
        return np.full(np.shape(draws), mean, float)
    return median * np.exp(_sigma(median, mean) * special.ndtri(draws))


def lognormal_share(values: Any, median: Any, mean: Any) -> Any:
    """Share of a lognormal variable below *values*; 0 where they are not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        standard = np.log(np.maximum(values, 0) / median) / _sigma(median, mean)
    return special.ndtr(np.nan_to_num(standard, nan=-np.inf, neginf=-np.inf))


def lognormal_in_progress(draws: Draws, median: float, mean: float) -> Draws:
    """Quantile of the whole length of a lognormal wait found in progress: long waits are met more often."""
    sigma = _sigma(median, mean)
    return median * np.exp(sigma**2) * np.exp(sigma * special.ndtri(draws))


def gamma(draws: Draws, variance: float, met_again: Any = 0) -> Draws:
    """Quantile of a gamma variable of mean 1; all 1 where *variance* is 0.

    *met_again* counts earlier events in proportion to the variable: those with more of it are met more often.
    """
    if variance == 0:
        return np.ones_like(draws)
    scores = special.ndtri(draws)
    kinds, kind = np.unique(met_again, return_inverse=True)
    if len(kinds) == 1:
        return variance * np.exp(_log_gamma_quantile(1 / variance + kinds[0])(scores))
    logs = np.empty(np.shape(draws))
    for number, more in enumerate(kinds.tolist()):
        logs[kind == number] = _log_gamma_quantile(1 / variance + more)(scores[kind == number])
    return variance * np.exp(logs)


@cache
def _log_gamma_quantile(shape: float) -> CubicSpline:
    """Logarithm of the gamma quantile over the normal quantile of the same draw, within 1e-12 of the exact inverse.

    The exact inverse takes two microseconds a draw, a quarter of the time it takes to describe people.
    """
    from scipy.interpolate import CubicSpline  # takes a third of a second to load, for those who draw people only

    below = np.linspace(-8.3, 0, 4097)  # with the same above, every draw there is: 2**-53 to 1 - 2**-53
    low, high = special.gammaincinv(shape, special.ndtr(below)), special.gammainccinv(shape, special.ndtr(below))
    quantiles = np.concatenate([low, high[-2::-1]])
    return CubicSpline(np.concatenate([below, -below[-2::-1]]), np.log(np.maximum(quantiles, 1e-300)))


def beta(draws: Draws, mean: float, spread: float) -> Draws:
    """Quantile of a beta variable of *mean* whose variance is *spread* x mean x (1 - mean)."""
    if spread == 0 or mean in (0, 1):
        return np.full_like(draws, mean)
    if spread == 1:
        return (draws > 1 - mean).astype(float)
    strength = 1 / spread - 1
    return special.betaincinv(mean * strength, (1 - mean) * strength, draws)


def poisson(draws: Draws, mean: Any) -> Any:
    """Poisson quantile: whole numbers."""
    mean = np.asarray(mean, float)
    above = np.ceil(special.pdtrik(draws, np.maximum(mean, 1e-300)))
    below = np.maximum(above - 1, 0)
    count = np.where(special.pdtr(below, mean) >= draws, below, above)
    return np.where(mean > 0, count, 0).astype(np.int64)


def spread_evenly(draws: Draws) -> Draws:
    """Return the mid-rank of each draw: as even as a sample can be, in a random order."""
    ranks = np.empty(len(draws))
    ranks[np.argsort(draws, kind="stable")] = np.arange(len(draws))
    return (ranks + 0.5) / max(len(draws), 1)


def normal(draws: Draws) -> Draws:
    """Standard normal quantile."""
    return special.ndtri(draws)


def lean(draws: Draws, leaning: Any, share: float) -> Draws:
    """Return draws moved by a standard normal *leaning* that is *share* of the variance; still evenly spread."""
    if share == 0:
        return draws
    return special.ndtr(np.sqrt(share) * leaning + np.sqrt(1 - share) * special.ndtri(draws))


def whole_days(days: Draws) -> Any:
    """Round to whole days, at least one: what is decided today happens tomorrow at the earliest."""
    return np.maximum(np.rint(np.minimum(days, 2**30)), 1).astype(np.int32)


def _sigma(median: Any, mean: Any) -> Any:
    return np.sqrt(2 * np.log(np.asarray(mean) / median))
