"""Gaps between groups: ratios by hand, the steps of the path, and what a label does not do."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hand_made import SCHEME, result
from worlds import small

from sim.compare.fairness import PARTS, REFERENCE, STEPS, gaps
from sim.measures import MEASURES, take
from sim.measures.view import BREAKDOWNS
from sim.run.result import Result
from sim.run.run import run_seed


def rows(**values):
    """A measure's value by group for each of the seeds."""
    return pd.DataFrame(
        [
            {
                "measure": "path.offered",
                "unit": "share",
                "at": "2026-12-31",
                "group": group,
                "seed": seed,
                "value": value,
            }
            for group, by_seed in values.items()
            for seed, value in enumerate(by_seed, start=1)
        ]
    )


def test_the_ratio_is_the_mean_ratio_on_a_log_scale_with_its_interval():
    """Ratios 0.5 and 2: a mean of 1; logs are -0.693 and 0.693, so t (12.706) x 0.693 either way."""
    table = gaps(rows(White=[0.4, 0.2], Black=[0.2, 0.4]), "ethnicity").set_index("group")
    black = table.loc["Black"]
    assert black["ratio"] == pytest.approx(1)
    assert black[["low", "high"]].tolist() == pytest.approx(np.exp([-12.706 * 0.6931, 12.706 * 0.6931]), rel=1e-3)
    assert black[["rate", "reference"]].tolist() == pytest.approx([0.3, 0.3])
    assert "White" not in table.index


def test_a_rate_of_nought_or_unknown_gives_no_ratio():
    table = gaps(rows(White=[0.4, 0.4], Black=[0.0, np.nan], Asian=[0.2, np.nan]), "ethnicity").set_index("group")
    assert np.isnan(table.loc["Black", "ratio"])
    assert table.loc["Asian", "ratio"] == pytest.approx(0.5)
    assert np.isnan(table.loc["Asian", "low"])  # one seed


def test_each_step_is_a_share_of_those_who_reached_it():
    """Five contacts for the scheme's offences; one other, met without a search."""
    found = {"contact_day": 3, "police_outcome": "charge"}
    scheme = found | {"group": "cannabis_possession", "in_scope": True}
    taken = scheme | {"eligible": True, "offered": True, "accepted": True, "started": True, "police_outcome": SCHEME}
    cases = [
        scheme | {"in_scope": False},
        scheme,
        scheme | {"eligible": True, "offered": False},
        taken | {"completed": True},
        taken | {"breached": True},
        found | {"group": "common_assault", "outcome": "convicted", "closed": 40, "imprisoned": True},
        found | {"group": "common_assault", "outcome": "guilty plea", "closed": 40},
        found | {"group": "common_assault", "outcome": "withdrawn", "closed": 40},
    ]
    measures = take(result(years=1, cases=cases)).set_index("measure")["value"]
    wanted = {
        **{"searched": 5 / 8, "in_scope": 4 / 5, "eligible": 3 / 4, "offered": 2 / 3, "accepted": 1, "started": 1},
        **{"completed": 1 / 2, "charged": 3 / 5, "imprisoned": 1 / 2},
    }
    assert {name: measures[f"path.{name}"] for name in wanted} == pytest.approx(wanted)
    assert {name.removeprefix("path.") for name in STEPS} == set(wanted)


GROUPS = {"any": {"contacts": 3000.0, "first_share": 0.5, "charge_share": 0.5, "disposed_share": 0.3}}
SAME = {"people.searched.admits": [0.65] * 5, "people.suspected.admits": [0.65] * 5}


def one_label(label):
    mix = [float(name == label) for name in PARTS["ethnicity"]]
    return {f"people.{name}.ethnicity": mix for name in ("searched", "suspected")}


def test_removing_ethnicity_as_a_label_changes_no_total():
    """Where admissions are alike nothing goes by the label: everybody 'Other' gives every figure to the last digit."""
    levers = {"diversion.uptake": 0.4, **SAME}
    with_it, without = (run_seed(small(GROUPS, **levers, **mix), 1, 2) for mix in ({}, one_label("Other")))
    assert with_it.tables["offenders"]["ethnicity"].nunique() == 5
    assert without.tables["offenders"]["ethnicity"].nunique() == 1
    by_label = [name for name in MEASURES if name.endswith("_ratio")]
    totals = [take(run) for run in (with_it, without)]
    pd.testing.assert_frame_equal(*(table[~table["measure"].isin(by_label)] for table in totals))


@cache
def simulated() -> Result:
    """Two years with a scheme, run once in each process."""
    return run_seed(small(GROUPS, **{"diversion.uptake": 0.4}), 1, 2)


@pytest.mark.parametrize("by", [name for name in BREAKDOWNS if name != "all"])
def test_the_parts_of_every_count_add_up_to_its_total(by):
    table = take(simulated(), ("all", by))
    counts = [name for name, one in MEASURES.items() if one.kind in ("stock", "flow") and by in one.breakdowns]
    table = table[table["measure"].isin(counts)]
    total = table[table["group"] == "all"].set_index(["measure", "at"])["value"].dropna()
    parts = table[table["group"] != "all"].groupby(["measure", "at"])["value"].sum()[total.index]
    unit = parts.index.get_level_values("measure").map(lambda name: MEASURES[name].unit)
    whole = ~unit.isin(["pounds", "court hours"])
    assert len(counts) > 10
    assert (parts[whole] == total[whole]).all()
    assert (parts[~whole] - total[~whole]).abs().max() < 0.005  # to the penny, and to 18 seconds


@pytest.mark.parametrize("by", list(PARTS))
def test_a_gap_is_taken_for_every_breakdown_by_people(by):
    measures = take(simulated(), by)
    table = gaps(measures, by)
    assert set(table["group"]) == set(PARTS[by]) - {REFERENCE[by]}
    assert set(table["measure"]) == set(STEPS)
