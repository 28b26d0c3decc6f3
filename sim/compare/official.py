"""Why official and real reoffending differ: of those detected again, whom proof never reaches or reaches too late."""

from __future__ import annotations

import pandas as pd

DETECTED, PROVABLE, PROVEN = (
    f"reoffending.{name}_12_months" for name in ("official_detected", "official_provable", "proven")
)
MEASURES = (DETECTED, PROVABLE, PROVEN, "reoffending.begets")
PARTS = {  # proven = detected less the others
    "detected": "detected again",
    "late": "proved too late or still in court",
    "never": "never proved in a way that counts",
    "proven": "proven",
}


def official(measures: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of the adults whom the official rate counts, at the last year end: a row for each seed.

    detected    found offending again within 12 months
    never       of these, by no charge, community resolution, conviction or caution that counts
    late        of these, by one that came later than 6 months more, or by a case still in court
    proven      the rest: the official rate

    Args:
        measures: of one scenario by seed, as sim.measures.take gives.
    """
    rows = measures[(measures["at"] == measures["at"].max()) & (measures["group"] == "all")]
    shares = rows.pivot(index="seed", columns="measure", values="value")
    return pd.DataFrame(
        {
            "detected": shares[DETECTED],
            "late": shares[PROVABLE] - shares[PROVEN],
            "never": shares[DETECTED] - shares[PROVABLE],
            "proven": shares[PROVEN],
        }
    )
