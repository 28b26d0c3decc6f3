"""Guilty pleas that come with the trial: no listing, no court time until sentence, and fewer of them as waits grow."""

import numpy as np
import pytest
from worlds import NOBODY_REOFFENDS, empty, rooms, small

from sim.run.run import run_seed
from sim.scenario.reading import load
from sim.world import World, crown
from sim.world.columns import CROWN_TRIAL_LIST, FOR_TRIAL, GUILTY_PLEA

NUMBER = 2_000
# Trials of an hour; what does not go to trial owes 0.4 hours after the plea hearing.
ANY = {"crown_tried_share": 1.0, "crown_hours_contested": 1.6, "crown_hours_other": 1.0}
PLAIN = {
    "courts.crown.plea_hearing_hours": 0.6,
    "courts.crown.contested_spread": 0.0,
    "courts.crown.attrition_rate": 0.0,
}


def waiting(share: float, **changes) -> tuple[World, np.ndarray]:
    """A world with cases on the Crown Court's trial list, in the order of their ids."""
    levers = {**PLAIN, "courts.crown.late_plea_share": share, "courts.crown.ineffective_share": 0.0, **changes}
    world = World(small({"any": ANY}, **levers, **NOBODY_REOFFENDS), 1, 1)
    keys = np.arange(1, NUMBER + 1, dtype=np.uint64) * np.uint64(7919)
    people = world.people.add(NUMBER, key=keys)
    cases = world.cases.add(NUMBER, key=keys, person=people, crown_route=FOR_TRIAL, crown_received=0, received=0)
    crown.draw_lengths(world, cases)
    world.crown.receive(cases)
    return world, cases


def test_a_share_pleads_when_first_called_on_without_a_listing_or_court_time():
    """One room of 3.6 hours a day, trials of one hour: three begin, and those who plead before them are not listed."""
    world, cases = waiting(0.25, **{"courts.crown.sitting_days": rooms(1)})
    crown.sit(world, world.crown)
    pleaded = cases[world.cases.outcome[cases] == GUILTY_PLEA]
    tried = cases[world.cases.listings[cases] > 0]
    assert len(tried) == 3
    assert (world.cases.listings[pleaded] == 0).all()
    assert (world.cases.minutes[pleaded] == 0).all()
    assert (world.cases.owed[pleaded] == 24).all()
    assert pleaded.size == 0 or pleaded.max() < tried.max() + 20
    still = cases[world.cases.stage[cases] == CROWN_TRIAL_LIST]
    assert len(still) == NUMBER - len(pleaded) - 3


def test_the_share_that_pleads_is_the_lever_and_one_draw_a_case():
    """500 rooms call on everybody at once: a quarter plead, within four standard errors; none of those tried does."""
    world, cases = waiting(0.25, **{"courts.crown.sitting_days": rooms(1_000)})
    crown.sit(world, world.crown)
    pleaded = world.cases.outcome[cases] == GUILTY_PLEA
    assert abs(pleaded.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / NUMBER)
    assert (world.cases.listings[cases[~pleaded]] == 1).all()


def test_who_was_listed_before_does_not_plead_late():
    world, cases = waiting(1.0, **{"courts.crown.sitting_days": rooms(1_000)})
    world.cases.listings[cases[:100]] = 1
    crown.sit(world, world.crown)
    assert (world.cases.outcome[cases[:100]] != GUILTY_PLEA).all()
    assert (world.cases.outcome[cases[100:]] == GUILTY_PLEA).all()


def test_at_a_time_of_its_own_a_plea_comes_whether_or_not_a_court_has_time():
    """No court sits for trials: of half who plead late, after their mean of 60 days, 1 - 1/e have."""
    own = {"courts.crown.late_pleas": "at a time of their own", "courts.crown.late_plea_days": 60.0}
    world, cases = waiting(0.5, **own)
    crown.await_leaving(world, cases, np.zeros(NUMBER))
    due = np.concatenate([world.calendar.take("late plea", day) for day in range(61)])
    wanted = 0.5 * (1 - np.exp(-60.5 / 60))  # a plea is taken on the nearest whole day
    assert abs(len(due) / NUMBER - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / NUMBER)


def test_of_those_who_have_waited_fewer_are_still_to_plead():
    """Of half who plead with a mean of 60 days, e^-1 are left after 60: 0.184 of 0.684 who still wait."""
    own = {"courts.crown.late_pleas": "at a time of their own", "courts.crown.late_plea_days": 60.0}
    world, cases = waiting(0.5, **own)
    crown.await_leaving(world, cases, np.full(NUMBER, 60.0))
    due = sum(len(world.calendar.take("late plea", day)) for day in range(364))
    assert abs(due / NUMBER - 0.184 / 0.684) < 4 * np.sqrt(0.27 * 0.73 / NUMBER) + 0.003


@pytest.mark.parametrize("late", ["as the trial nears", "at a time of their own"])
def test_guilty_pleas_fall_as_waits_grow_under_the_same_levers(late):
    """Of for-trial cases closed in the second and third year, from a small and from a large stock.

    The shares differ by some eight points, four times the standard error of 1,200 cases on each side.
    """
    found = []
    for stock in (10_000, 40_000):
        scenario = load("london/baseline", {"courts.crown.open": stock, "courts.crown.late_pleas": late})
        cases = run_seed(scenario, 1, 3, 0.05).tables["cases"]
        closed = cases[(cases["crown_route"] == "for trial") & (cases["crown_closed"] >= 365)]
        found.append(
            ((closed["outcome"] == "guilty plea").mean(), (closed["crown_closed"] - closed["received"]).mean())
        )
    (pleas, wait), (later_pleas, longer) = found
    assert longer > 1.3 * wait
    assert later_pleas < pleas - 0.03


def test_nobody_waits_in_a_world_without_cases():
    world = empty()
    crown.drop_waiting(world, np.empty(0, np.int64))
    crown.plead_late(world, np.empty(0, np.int64))
    assert world.crown.totals["used"] == 0
