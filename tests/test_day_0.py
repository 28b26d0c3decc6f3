"""What a policy may not change: the day before it began, and people it does not name."""

import numpy as np
import pandas as pd
import pytest
from worlds import small

from sim.run.run import Cell, by_week
from sim.scenario.reading import change, load, opened_as
from sim.study.study import Study, answer
from sim.world import World

LONDON = load("london/baseline")
REWRITES = {
    "shorter lead time": {
        "courts.magistrates.first_hearing_median": 16.0,
        "courts.magistrates.first_hearing_mean": 22.0,
    },
    "quicker charges": {"police.charge_delay_median": 7.0, "police.charge_delay_mean": 20.0},
    "fewer searches": {"searches.a_year": 41_600.0},
    "another stock": {"courts.crown.open": 10_000, "courts.magistrates.open_for_trial": 5_000},
}


@pytest.mark.parametrize("policy", REWRITES)
def test_day_0_is_the_baselines(policy):
    """The same cases at the same stages, of the same people; what comes after differs."""
    scenario = change(LONDON, REWRITES[policy])
    worlds = [World(levers, 1, 1, 0.01, opens_as=opened_as(levers, LONDON)) for levers in (LONDON, scenario)]
    sizes = [world.cases.size for world in worlds]
    for name in ("key", "stage", "received", "crown_received", "remanded", "trial_minutes"):
        before, after = (getattr(world.cases, name)[: min(sizes)] for world in worlds)
        assert np.array_equal(before, after), name
    assert sizes[0] == sizes[1]
    assert worlds[0].people.size == worlds[1].people.size
    if policy != "another stock":
        for world in worlds:
            world.run()
        assert worlds[0].cases.size != worlds[1].cases.size or not np.array_equal(
            worlds[0].cases.first_hearing[: sizes[0]], worlds[1].cases.first_hearing[: sizes[0]]
        )


def test_a_study_opens_every_scenario_as_its_baseline_under_each_structure():
    scenario = change(LONDON, REWRITES["shorter lead time"])
    study = Study({"a": LONDON, "b": scenario}, (1,), 1, 0.01, structures={"idle": {"courts.reuse": 0.0}})
    for (structure, name, _), cell in study.cells.items():
        wanted = LONDON if structure != "idle" else change(LONDON, {"courts.reuse": 0.0})
        if name == "a":
            assert cell.opens_as is None
        else:
            assert cell.opens_as is not None
            assert cell.opens_as.courts == wanted.courts
    weeks = answer(Study({"a": LONDON, "b": scenario}, (1,), 1, 0.01)).tables
    first = {name: tables["weeks"].query("day == 6")["opening"].sum() for name, tables in weeks.items()}
    assert first["a"] == first["b"]


def test_a_scenario_that_changes_nothing_of_day_0_opens_by_its_own_levers():
    assert opened_as(load("london/uptake-50"), LONDON) is None
    other = small()
    assert opened_as(other, LONDON) is None  # other offence groups


def weeks(**changes) -> pd.DataFrame:
    running = by_week(Cell(change(LONDON, changes), 1, 2, 0.02))
    while True:
        try:
            next(running)
        except StopIteration as end:
            return end.value.tables["weeks"]


def test_the_trend_of_first_contacts_moves_nothing_else():
    """Paper cases, breaches of orders and appeals are what they were; court cases fall."""
    level, falling = weeks(), weeks(**{"demand.trend": -0.3})
    for route, moves in (("paper", False), ("appeal", False), ("summary", True)):
        received = [one[one["route"] == route]["received"].sum() for one in (level, falling)]
        assert bool(received[0] > 1.02 * received[1]) is moves, route
        assert moves or received[0] == received[1], route


def test_receipts_imposed_from_outside_are_all_that_come():
    """Nobody of the opening stock is met again, and no case comes but those published."""
    world = World(load("england_and_wales/2019"), 1, 1, 0.02)
    world.run()
    received = world.tables()["weeks"].groupby("court", observed=True)["received"].sum() / 0.02
    assert received["crown"] == pytest.approx(102_397, rel=0.001)
    assert received.get("magistrates", 0) == 0


OTHER_OFFENCES = {"diversion.offences": ["sexual"]}


def test_two_schemes_are_measured_on_the_same_people():
    """A scheme that is off and open to other offences changes nobody: no difference in either share."""
    study = Study({"a": LONDON, "b": change(LONDON, OTHER_OFFENCES)}, (1,), 2, 0.01)
    table = answer(study).table.set_index(["measure", "group"])
    for name in ("reoffending.scheme_12_months", "path.charged"):
        rows = table.loc[(name, "all")]
        assert rows["baseline"].notna().any()
        assert (rows["difference"].dropna() == 0).all()


def test_shares_over_the_schemes_offences_are_those_of_its_own_run():
    """Where the offences are the scheme's own, taking them anew gives what its run measured."""
    own = answer(Study({"a": LONDON, "b": change(LONDON, OTHER_OFFENCES)}, (1,), 2, 0.01)).table
    alone = change(LONDON, OTHER_OFFENCES)
    same = answer(Study({"a": alone, "b": change(alone, {"diversion.completion": 0.5})}, (1,), 2, 0.01)).table
    for name in ("reoffending.scheme_12_months", "path.charged"):
        pair = [one[(one["measure"] == name) & (one["group"] == "all")] for one in (own, same)]
        assert pair[0]["value"].tolist() == pytest.approx(pair[1]["baseline"].tolist(), nan_ok=True)
