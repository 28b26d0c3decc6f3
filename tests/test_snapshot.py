"""The baseline's measures as last reviewed: a change of any figure is seen before it is accepted.

To renew after a change that was meant: `python tests/test_snapshot.py`, then read the difference.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from sim.measures import take
from sim.run.run import run_seed
from sim.scenario.reading import load

FILE = Path(__file__).parent / "snapshots" / "london_baseline.csv"
SHARE, YEARS, SEEDS = 0.05, 2, (1, 2)
KEYS = ["measure", "unit", "at", "group", "seed"]
COUNTED = ("cases", "contacts", "sitting days")  # whole numbers, exact on every machine
RELATIVE = 1e-9  # for the others: the last digits of a sum may differ between machines and versions of numpy


def measured() -> pd.DataFrame:
    """Every measure of the London baseline."""
    return pd.concat([take(run_seed(load("london/baseline"), seed, YEARS, SHARE)) for seed in SEEDS], ignore_index=True)


def differences(reviewed: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The rows in which two tables of measures differ, side by side."""
    both = reviewed.merge(found, on=KEYS, how="outer", suffixes=("_reviewed", "_found"), indicator="in_tables")
    before, after = both["value_reviewed"], both["value_found"]
    close = np.isclose(after, before, rtol=RELATIVE, atol=0, equal_nan=True)
    same = np.where(both["unit"].isin(COUNTED), (before == after) | (before.isna() & after.isna()), close)
    return both[~same.astype(bool) | (both["in_tables"] != "both")]


def test_the_london_baseline_is_as_last_reviewed():
    changed = differences(pd.read_csv(FILE), measured())
    assert changed.empty, (
        f"{len(changed)} figures of the London baseline differ from {FILE.name}. If that was meant, renew it with\n"
        f"    python tests/test_snapshot.py\nand review the difference.\n{changed.head(30).to_string(index=False)}"
    )


def test_a_snapshot_sees_one_case_more_and_a_share_off_by_a_millionth():
    reviewed = pd.read_csv(FILE)
    counts, shares = (reviewed.index[reviewed["unit"] == unit] for unit in ("cases", "share of contacts"))
    share = shares[reviewed["value"][shares] > 0][0]
    found = reviewed.copy()
    found.loc[counts[0], "value"] += 1
    found.loc[share, "value"] *= 1.000001
    assert set(differences(reviewed, found)["measure"]) == set(reviewed["measure"][[counts[0], share]])
    assert differences(reviewed, reviewed).empty


def test_a_snapshot_sees_a_measure_that_is_new_or_gone():
    reviewed = pd.read_csv(FILE)
    assert len(differences(reviewed, reviewed.drop(index=3))) == 1
    assert len(differences(reviewed.drop(index=3), reviewed)) == 1


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    measured().to_csv(FILE, index=False)
    print(f"{FILE}: renewed")
