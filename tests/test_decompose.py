"""Why the courts' balance of hours moved: the parts by hand, on pure changes, and against what is simulated."""

import pandas as pd
import pytest
from hand_made import baseline, result
from worlds import rooms, small

from sim.decompose import COURTS, PARTS, by_seed, decompose
from sim.hours import received_hours
from sim.reading import change
from sim.run import run_seed

YEARS = 1
GROUP = {"contacts": 2000.0, "charge_share": 1.0, "own_case_share": 1.0, "disposed_share": 0.0, "for_trial_share": 1.0}


def tables(scenario, seeds=(1, 2)):
    runs = [run_seed(scenario, seed, YEARS) for seed in seeds]
    return {name: pd.concat([run.tables[name] for run in runs]) for name in ("weeks", "sittings")}


def parts_of(before, after):
    """The parts by court and seed, with the two levers sets' own simulations."""
    return by_seed((before, tables(before)), (after, tables(after)), YEARS)


@pytest.fixture(scope="module")
def world():
    return small({"any": GROUP | {"sent_share": 0.2}}, **{"courts.crown.sitting_days": rooms(4)})


def test_the_parts_add_up_to_the_change_of_balance_in_every_seed(world):
    after = change(world, {"groups.any.contacts": 1500.0, "groups.any.crown_hours_contested": 30.0})
    parts = parts_of(world, change(after, {"courts.crown.sitting_days": rooms(5)})).unstack("part")
    for seed in (1, 2):
        assert set(parts[seed].columns) == set(PARTS)
        together = parts[seed].drop(columns="balance").sum(axis=1)
        assert together.to_numpy() == pytest.approx(parts[seed]["balance"].to_numpy(), abs=1e-6)
        assert (parts[seed].loc["crown"] != 0).all()


def test_longer_cases_alone_are_duration_alone(world):
    """Hours of a contested case belong to the case: nothing else moves, and nobody else comes."""
    parts = parts_of(world, change(world, {"groups.any.crown_hours_contested": 40.0}))
    crown = parts.loc["crown"]
    assert (crown.loc["duration"] > 0).all()
    assert (crown.loc[["volume", "mix", "capacity"]].abs() < 1e-6).all(axis=None)
    assert (parts.loc["magistrates"].abs() < 1e-6).all(axis=None)


def test_more_sitting_days_alone_are_capacity_alone(world):
    """Crown Court custody counts toward sentences, so no case may depend on it: nobody is met again here."""
    parts = parts_of(world, change(world, {"courts.crown.sitting_days": rooms(6)}))
    crown = parts.loc["crown"]
    assert crown.loc["capacity"].tolist() == pytest.approx(
        [-2 * 253 * world.courts.crown.hours_per_sitting_day] * 2, rel=0.01
    )
    assert (crown.loc[["volume", "mix", "duration"]].abs() < 1e-6).all(axis=None)


def test_more_contacts_alone_are_nearly_all_volume(world):
    """One group: what is left for the mix is when in the year the cases came."""
    parts = parts_of(world, change(world, {"groups.any.contacts": 3000.0}))
    assert (parts.loc[("magistrates", "volume")] > 0).all()
    assert (parts.loc["magistrates"].loc["mix"].abs() < 0.01 * parts.loc["magistrates"].loc["volume"]).all()
    assert (parts.loc["magistrates"].loc[["duration", "capacity"]].abs() < 1e-6).all(axis=None)


def test_by_hand_with_appeals_which_all_need_the_same_hours():
    """Two appeals become five; London's appeals need appeal_hours each, and supply grows by an hour."""
    scenario = baseline()
    need = scenario.courts.crown.appeal_hours
    runs = [
        result(
            years=1,
            weeks=[{"day": 6, "group": "cannabis_possession", "route": "appeal", "received": n}],
            sittings=[{"day": 6, "supplied": 60 * n}],
        )
        for n in (2, 5)
    ]
    before, after = ((scenario, run.tables) for run in runs)
    table = decompose(before, after, "more", 1, 0.5).set_index(["court", "part"])["value"]
    assert table["crown"].to_dict() == pytest.approx(
        {"volume": 6 * need, "mix": 0, "duration": 0, "capacity": -6, "balance": 6 * need - 6}
    )
    assert set(table.index.get_level_values("court")) == set(COURTS)


def test_hours_expected_are_those_simulated_where_nobody_waits():
    """Cases of one group, sent or kept; ample courts, no plea or withdrawal while waiting.

    Some 1,000 cases: their mean hours are known to about 3%, as one contested in four takes ten times the others.
    """
    scenario = small(
        {"any": GROUP | {"contacts": 4000.0, "sent_share": 0.3}},
        **{
            "courts.crown.sitting_days": rooms(60),
            "courts.crown.late_plea_rate": 0.0,
            "courts.crown.attrition_rate": 0.0,
            "courts.magistrates.binds": "nothing",
        },
    )
    run = run_seed(scenario, 1, 3)
    cases = run.tables["cases"]
    cases = cases[(cases["received"] < 300) & cases["crown_closed"].notna() & (cases["crown_route"] == "for trial")]
    expected = received_hours(scenario, 1)[:, "crown", "any", "for trial"].iloc[10]
    first_hearing = scenario.groups["any"].not_guilty_minutes / 60
    assert len(cases) > 900
    assert cases["minutes"].mean() / 60 - first_hearing == pytest.approx(expected, rel=0.06)
