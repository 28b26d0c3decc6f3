"""Measure both sides on the same people: contacts for the offences of the scenario's scheme, not of each side's own."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

OF_THE_SCHEME = {  # a share of contacts for the scheme's offences -> the counts it is one of the other of
    "reoffending.scheme_12_months": ("reoffending.again_12_months", "reoffending.followed_12_months"),
    "path.charged": ("police.settled_charged", "police.settled"),
}
_ROW = ["at", "seed"]


def on_offences(rows: pd.DataFrame, by_group: pd.DataFrame, offences: Collection[str]) -> pd.DataFrame:
    """Return *rows* with the shares of contacts for a scheme's offences taken over *offences*.

    Of these shares only those of everybody stay: other breakdowns are not counted by offence.

    Args:
        rows: measures by seed, as sim.measures.take gives.
        by_group: the counts among them by offence group.
        offences: names of offence groups.
    """
    counted = by_group[by_group["group"].isin(offences)]
    kept = rows[~rows["measure"].isin(OF_THE_SCHEME) | (rows["group"] == "all")].copy()
    for name, (part, whole) in OF_THE_SCHEME.items():
        sums = [counted[counted["measure"] == count].groupby(_ROW)["value"].sum(min_count=1) for count in (part, whole)]
        shares = (sums[0] / sums[1].where(sums[1] > 0)).rename("share")
        here = kept["measure"] == name
        kept.loc[here, "value"] = kept.loc[here, _ROW].join(shares, on=_ROW)["share"]
    return kept
