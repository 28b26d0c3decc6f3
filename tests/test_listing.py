"""Listing policies by hand: who is heard first, and who among equals."""

import numpy as np
import pytest

from sim.scenario.model import Listing
from sim.world.columns import CASES, Columns
from sim.world.court import Backlog
from sim.world.first_list import FirstList
from sim.world.listing import LATEST, POLICIES


def waiting(**columns) -> Columns:
    """Cases 0, 1, 2 ... with the given columns."""
    number = len(next(iter(columns.values())))
    cases = Columns(CASES)
    cases.add(number, **{name: np.array(values) for name, values in columns.items()})
    return cases


def order(policy: str, cases: Columns, arrivals: list[list[int]] | None = None) -> list[int]:
    """The order of the trial list after *arrivals*, day by day; all at once if left out."""
    backlog = Backlog()
    for ids in map(np.array, arrivals or [list(range(cases.size))]):
        backlog.add(POLICIES[policy](cases, ids), cases.joined[ids], ids)
    return backlog.ids.tolist()


def test_custody_first_hears_people_in_custody_then_the_oldest():
    cases = waiting(lead=[0, 10_000, 0, 10_000], joined=[1, 9, 5, 4])
    assert order("custody first", cases) == [3, 1, 0, 2]


def test_custody_counts_as_so_many_days_where_its_lead_is_short():
    """With a lead of six days somebody received on day 9 stands as if received on day 3."""
    cases = waiting(lead=[0, 6, 0, 6], joined=[1, 9, 5, 4])
    assert order("custody first", cases) == [3, 0, 1, 2]


def test_victim_priority_hears_cases_with_a_victim_first_and_then_the_oldest():
    cases = waiting(has_victim=[False, True, False, True], joined=[1, 9, 5, 4])
    assert order("victim priority", cases) == [3, 1, 0, 2]


def test_oldest_first_hears_in_the_order_received_whoever_is_in_custody():
    cases = waiting(lead=[0, 10_000, 0, 10_000], joined=[1, 9, 5, 4])
    assert order("oldest first", cases) == [0, 3, 2, 1]


def test_shortest_first_hears_the_shortest_trial_first():
    cases = waiting(trial_minutes=[600, 90, 5000, 90], joined=[1, 9, 5, 4])
    assert order("shortest first", cases) == [3, 1, 0, 2]


def test_newest_first_hears_the_last_received_first():
    cases = waiting(joined=[1, 9, 5, 4])
    assert order("newest first", cases) == [1, 2, 3, 0]


@pytest.mark.parametrize("policy", POLICIES)
def test_equals_are_heard_in_the_order_received_and_then_by_number(policy):
    cases = waiting(joined=[3, 3, 3, 3])
    assert order(policy, cases, [[2], [3], [0, 1]]) == [0, 1, 2, 3]


@pytest.mark.parametrize("policy", POLICIES)
def test_cases_received_before_the_first_day_keep_their_order(policy):
    """The opening stock was received on days below 0."""
    cases = waiting(joined=[-400, -1, 0, 7])
    oldest = [0, 1, 2, 3]
    assert order(policy, cases) == (oldest[::-1] if policy == "newest first" else oldest)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_order_does_not_depend_on_when_cases_joined_the_list(policy):
    draw = np.random.default_rng(5)  # any 200 cases will do
    cases = waiting(
        joined=draw.integers(0, 50, 200), remanded=draw.random(200) < 0.3, trial_minutes=draw.integers(1, 900, 200)
    )
    shuffled = draw.permutation(200)
    assert order(policy, cases, [part.tolist() for part in np.split(shuffled, 20)]) == order(policy, cases)


@pytest.mark.parametrize("policy", POLICIES)
def test_keys_are_whole_numbers_within_their_bounds(policy):
    cases = waiting(joined=[-400, 0, 7304], remanded=[True, False, True], trial_minutes=[1, 600, 200_000])
    keys = POLICIES[policy](cases, np.arange(3))
    assert keys.dtype == np.int64
    assert (keys >= 0).all()
    assert (keys <= LATEST).all()


def test_every_policy_can_be_named_in_a_scenario():
    assert set(POLICIES) == set(Listing.__args__)


def test_cases_that_leave_the_list_do_not_come_back():
    cases = waiting(joined=[1, 2, 3, 4])
    backlog = Backlog()
    backlog.add(POLICIES["oldest first"](cases, np.arange(4)), cases.joined[:4], np.arange(4))
    backlog.keep(np.array([True, False, True, True]))
    backlog.drop(1)
    assert backlog.ids.tolist() == [2, 3]
    backlog.add(np.zeros(1, np.int64), cases.joined[[1]], np.array([1]))
    assert backlog.ids.tolist() == [1, 2, 3]


def test_time_planned_for_first_hearings_adds_up_between_sitting_days_and_is_given_up_only_if_nobody_waits():
    hearings = FirstList(np.array([60, 0, 30, 45]))
    assert hearings.balance == 0
    hearings.open_day(0)
    assert hearings.balance == 60
    hearings.open_day(2)  # the court did not sit on day 1
    assert hearings.balance == 90
    hearings.balance -= 100
    assert (hearings.leave_unused(), hearings.balance) == (0, -10)
    hearings.open_day(3)
    hearings.waiting = np.array([7])
    assert (hearings.leave_unused(), hearings.balance) == (0, 35)
    hearings.waiting = np.empty(0, np.int64)
    assert (hearings.leave_unused(), hearings.balance) == (35, 0)
