"""How good forecasts were: error, bias, CRPS and coverage, for ours and for what one would say without a model.

Every forecaster's interval is made in the same way: log-normal (for shares: normal) around what it said, as wide as
the errors it made from other quarters as far ahead; ours is widened by what seeds and plausible fits differ by, and
blind it is never narrower than receipts and sitting days would make it by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from sim.run.pool import Event, Executor
from sim.study.hindcast import (
    AHEAD,
    BETTER,
    CENTRAL,
    HORIZONS,
    MEASURES,
    NATIONS_FOLDER,
    QUANTILE_80,
    SHOCKS,
    WORSE,
    Fit,
    Past,
    known,
    last_receipts,
    official,
    predict,
    published,
    rivals,
)
from sim.study.observed import after, before, between
from sim.study.store import Store

OURS = "sliproad"
COVERAGE = (50, 80, 95)
COLUMNS = [
    *("measure", "horizon", "rival", "unit", "mape", "bias", "crps"),
    *(f"coverage{level}" for level in COVERAGE),
    *("n", "without_shocks", "origins"),
]


def foretell(
    of: Past,
    starts: Sequence[str],
    executor: Executor,
    seeds: Sequence[int] = (1, 2, 3),
    fits: Sequence[Fit] = (),
    store: Store | None = None,
    watch: Callable[[Event], object] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Run a hindcast from the quarters *starts* and return what was `said`.

    Besides, for a blind one of England and Wales, ours beside the official forecasts, from where these were made.
    """
    forecasts = official() if of.blind and of.area == NATIONS_FOLDER else []
    made = known(of, {quarter_before(row["made"]) for row in forecasts if not is_outcome(row)})
    predictions = predict(of, sorted({*starts, *made}), executor, seeds, fits, store, watch)
    rows = said(of, predictions[predictions["origin"].isin(starts)])
    return rows, beside_official(rows, predictions, forecasts) if forecasts else None


def said(of: Past, predictions: pd.DataFrame, first: str = "") -> pd.DataFrame:
    """Return what every forecaster said, what was published, and the spread of what it said.

    Args:
        of: what the hindcast is of.
        predictions: of sim.study.hindcast.predict.
        first: leave out origins before this quarter.

    Returns:
        Columns rival, origin, quarter, ahead, measure, value, own (standard deviation of seeds and fits, as a ratio or
        in points), inputs (that of receipts and sitting days), outcome, error (log of outcome over value, or their
        difference).
    """
    parts = [_ours(predictions[predictions["measure"].isin(MEASURES)])]
    parts += [rivals(of, origin).assign(own=0.0, inputs=0.0) for origin in sorted(predictions["origin"].unique())]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[(rows["ahead"] <= AHEAD) & (rows["origin"] >= first)].reset_index(drop=True)
    rows["quarter"] = [after(origin, ahead) for origin, ahead in zip(rows["origin"], rows["ahead"], strict=True)]
    if not of.blind:  # beyond the last receipts published there is nothing to impose
        rows = rows[rows["quarter"] <= last_receipts(of)].reset_index(drop=True)
    known = {
        (measure, quarter): published(of.observed, measure, quarter)
        for measure, quarter in set(zip(rows["measure"], rows["quarter"], strict=True))
    }
    rows["outcome"] = [known[place] for place in zip(rows["measure"], rows["quarter"], strict=True)]
    is_share = rows["measure"].map(lambda name: MEASURES[name][1] == "points").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(rows["outcome"].to_numpy() / rows["value"].to_numpy())
    rows["error"] = np.where(is_share, rows["outcome"] - rows["value"], ratio)
    return rows


def scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Score what was *said*: COLUMNS, a row for each measure, horizon in years and forecaster, with and without shocks.

    A horizon pools the four quarters of that year for flows, and is its last quarter for stocks and shares.
    """
    found = []
    for without in (False, True):
        chosen = rows[~rows["quarter"].isin(SHOCKS)] if without else rows
        for (measure, rival), of in chosen.groupby(["measure", "rival"], sort=False):
            for horizon in HORIZONS:
                is_flow = measure in ("closed", "mean days", "median days")
                near = of["ahead"].between(horizon - 3, horizon) if is_flow else of["ahead"] == horizon
                one = of[near & of["error"].notna()]
                if len(one):
                    found.append(
                        {
                            **_score(one),
                            "measure": measure,
                            "rival": rival,
                            "horizon": horizon // 4,
                            "unit": MEASURES[str(measure)][1],
                            "without_shocks": without,
                        }
                    )
    return pd.DataFrame(found, columns=COLUMNS)


def spread(rows: pd.DataFrame) -> np.ndarray:
    """Standard deviation of each row's forecast: errors from other origins as far ahead, and its own spread.

    Errors made blind hold those of receipts and sitting days already; it is the larger of both that counts.
    """
    widths = np.full(len(rows), np.nan)
    errors, own, inputs, origin = (rows[name].to_numpy() for name in ("error", "own", "inputs", "origin"))
    ahead = rows["ahead"].to_numpy()
    for n in range(len(rows)):
        others = errors[(origin != origin[n]) & (ahead == ahead[n]) & np.isfinite(errors)]
        if len(others) > 1:
            widths[n] = np.sqrt(max(np.mean(others**2), inputs[n] ** 2) + own[n] ** 2)
    return widths


def intervals(rows: pd.DataFrame, level: int = 80) -> pd.DataFrame:
    """The rows of one forecaster and measure with the ends of an interval, low and high."""
    half = stats.norm.ppf(0.5 + level / 200) * spread(rows)
    is_share = np.array([MEASURES[name][1] == "points" for name in rows["measure"]])
    value = rows["value"].to_numpy()
    low = np.where(is_share, value - half, value * np.exp(-half))
    high = np.where(is_share, value + half, value * np.exp(half))
    return rows.assign(low=low, high=high)


def beside_official(rows: pd.DataFrame, predictions: pd.DataFrame, forecasts: list[dict[str, str]]) -> pd.DataFrame:
    """Set our forecasts of open cases beside those that officials and others made at the same time.

    Args:
        rows: what was `said`, blind.
        predictions: of sim.study.hindcast.predict, blind.
        forecasts: of sim.study.hindcast.official.

    Returns:
        Columns forecaster, kind, made, target (quarter), theirs, origin, ours, low, high (80%), outcome,
        of (the quarter of the outcome, at most one away).
    """
    outcomes = {quarter_near(row["target_date"]): float(row["central"]) for row in forecasts if is_outcome(row)}
    ours = _ours(predictions[predictions["measure"] == "open"]).set_index(["origin", "ahead"])["value"]
    open_ = intervals(rows[(rows["rival"] == OURS) & (rows["measure"] == "open")])
    found = []
    for row in forecasts:
        target = quarter_near(row["target_date"])
        origin = max((one for one, _ in ours.index if one <= quarter_before(row["made"])), default="")
        ahead = len(between(origin, target)) - 1 if origin else 0
        if not is_outcome(row) and (origin, ahead) in ours.index:
            value = float(ours.loc[origin, ahead])
            far = open_[open_["ahead"] == min(ahead, AHEAD)]
            half = float(np.sqrt(np.nanmean(np.log(far["high"] / far["value"]) ** 2)))
            theirs = row["central"] or f"{row['low']} to {row['high']}"
            near = min(outcomes, key=lambda one, target=target: abs(_apart(one, target)))  # type: ignore[misc]
            came = outcomes[near] if abs(_apart(near, target)) <= 1 else float("nan")
            said = (row["forecaster"], row["kind"], row["made"], target, theirs)
            found.append((*said, origin, value, value * np.exp(-half), value * np.exp(half), came, near))
    names = ["forecaster", "kind", "made", "target", "theirs", "origin", "ours", "low", "high", "outcome", "of"]
    return pd.DataFrame(found, columns=names)


def _apart(one: str, other: str) -> int:
    """Quarters from one to the other."""
    first, last = ((int(text[:4]) * 4 + int(text[5])) for text in (one, other))
    return last - first


def is_outcome(row: Mapping[str, str]) -> bool:
    """Whether a row of forecasts is what was published in the end."""
    return row["kind"].startswith("outcome")


def quarter_before(month: str) -> str:
    """The last whole quarter before a month such as '2021-10'."""
    return before(f"{month[:4]}Q{(int(month[5:7]) + 2) // 3}")


def quarter_near(month: str) -> str:
    """The quarter whose end is nearest to the end of a month such as '2024-11'; of a year, its last."""
    if len(month) == 4:
        return f"{month}Q4"
    count = round((int(month[:4]) * 12 + int(month[5:7])) / 3) - 1
    return f"{count // 4}Q{count % 4 + 1}"


def _ours(predictions: pd.DataFrame) -> pd.DataFrame:
    """Our forecast: the mean of the seeds, and how far seeds, fits and inputs spread."""
    keys = ["origin", "ahead", "measure"]
    central = predictions[predictions["variant"] == CENTRAL].groupby(keys)["value"]
    value = central.mean().rename("value")
    is_share = value.index.get_level_values("measure").map(lambda name: MEASURES[name][1] == "points").to_numpy(bool)
    scale = np.where(is_share, 1.0, value.to_numpy())
    variance = (central.std(ddof=1).fillna(0).to_numpy() / scale) ** 2 / central.count().to_numpy()
    fits = predictions[predictions["variant"].str.startswith("fit ")].groupby(keys)["value"].std(ddof=1)
    variance += (fits.reindex(value.index).fillna(0).to_numpy() / scale) ** 2
    ends = [predictions[predictions["variant"] == kind].groupby(keys)["value"].mean() for kind in (WORSE, BETTER)]
    apart = (ends[0] - ends[1]).abs().reindex(value.index).fillna(0).to_numpy() / scale
    inputs = apart / 2 / (QUANTILE_80 * np.sqrt(2))  # both inputs stand at their ends at once
    return value.reset_index().assign(rival=OURS, own=np.sqrt(variance), inputs=inputs)


def _score(rows: pd.DataFrame) -> Mapping[str, float]:
    is_share = MEASURES[str(rows["measure"].iloc[0])][1] == "points"
    value, outcome = rows["value"].to_numpy(), rows["outcome"].to_numpy()
    off = 100 * (value - outcome) / (1.0 if is_share else outcome)
    width = spread(rows)
    scale = 100 * width * (1.0 if is_share else value / outcome)
    known = np.isfinite(scale) & (scale > 0)
    covered = {}
    for level in COVERAGE:
        within = np.abs(rows["error"].to_numpy()) <= stats.norm.ppf(0.5 + level / 200) * width
        covered[f"coverage{level}"] = 100 * float(within[known].mean()) if known.any() else float("nan")
    z = np.where(known, -off / np.where(known, scale, 1), np.nan)
    crps = scale * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    return {
        "mape": float(np.mean(np.abs(off))),
        "bias": float(np.mean(off)),
        "crps": float(np.nanmean(crps)) if known.any() else float("nan"),
        **covered,
        "n": len(rows),
        "origins": int(rows["origin"].nunique()),
    }
