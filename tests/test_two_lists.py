"""The magistrates' two lists: time planned for first hearings, and what becomes of it when it is not used."""

import numpy as np
import pytest
from worlds import MONDAY, NOBODY_REOFFENDS, OFFICERS_ALIKE, World, rooms, small

from sim.world.first_list import FirstList

# Every case is charged at once, pleads or is contested at a first hearing of half an hour, and is tried in two hours.
CASES = {
    **{"charge_share": 1.0, "disposed_share": 0.0, "own_case_share": 1.0, "for_trial_share": 0.0},
    **{"not_guilty_share": 0.25, "withdrawn_share": 0.0, "plea_minutes": 30.0, "not_guilty_minutes": 30.0},
    **{"tried_hours": 2.0, "contacts": 12_000.0},
}
PLAIN = {
    **{f"police.charge_delay_{average}": 1.0 for average in ("median", "mean")},
    **{f"courts.magistrates.first_hearing_{average}": 1.0 for average in ("median", "mean")},
    **{f"courts.magistrates.{name}": 1.0 for name in ("trial_days", "relist_days", "report_days")},
    "courts.magistrates.report_share": 0.0,
    "courts.magistrates.trial_outcomes": [1.0, 0.0, 0.0],
    "courts.magistrates.hours_per_sitting_day": 5.0,
    "courts.magistrates.sitting_days": rooms(9),
}
NEEDED = 6_000.0  # hours of first hearings a year; trials need another 6,000, and 9 rooms supply 11,385


def year(share: float = 1.0, seed: int = 1, years: int = 1, **changes) -> dict[str, float]:
    """Hours of the year as totals of the magistrates' sittings, scaled, and who waits at its end."""
    levers = {f"courts.magistrates.{name}": value for name, value in changes.items()}
    scenario = small({"any": CASES}, **{**PLAIN, **NOBODY_REOFFENDS, **OFFICERS_ALIKE, **levers})
    world = World(scenario, seed, years, share)
    world.run()
    sat = world.tables()["sittings"].query("court == 'magistrates'")
    hours = {name: sat[name].sum() / 60 / share for name in ("supplied", "used", "idle", "lost")}
    waiting = {name: sat[name].iloc[-1] / share for name in ("waiting", "waiting_first")}
    return hours | waiting


def test_planned_time_that_first_hearings_do_not_use_goes_to_trials_or_stays_idle():
    """1,000 hours more are planned than needed: left idle they make 500 more cases wait for a trial."""
    plan = {"first_hearing_hours": NEEDED + 1_000}
    used = year(unused_time="goes to trials", **plan)
    idle = year(unused_time="stays idle", **plan)
    assert used["lost"] == 0
    assert idle["lost"] == pytest.approx(1_000, rel=0.1)  # 12,000 cases vary by 110, or 55 hours
    assert idle["waiting"] - used["waiting"] == pytest.approx((idle["idle"] - used["idle"]) / 2, abs=3)


def test_first_hearings_beyond_the_plan_take_the_time_of_trials():
    short = {"first_hearing_hours": NEEDED - 1_000}
    idle, used = (year(unused_time=what, **short) for what in ("stays idle", "goes to trials"))
    assert idle["lost"] < 60  # the first days only, before more was used than was planned
    assert idle["waiting_first"] == used["waiting_first"] == 0


def test_where_everything_is_limited_first_hearings_have_the_time_planned_and_no_more():
    """Of 6,000 hours needed 5,000 are planned: 2,000 first hearings of half an hour each still wait."""
    found = year(binds="everything", first_hearing_hours=NEEDED - 1_000)
    assert found["waiting_first"] == pytest.approx(2_000, rel=0.1)


@pytest.mark.parametrize(
    ("binds", "unused"),
    [pytest.param("trials", "stays idle", marks=pytest.mark.slow), ("everything", "goes to trials")],
)
def test_who_waits_does_not_depend_on_the_share_simulated(binds, unused):
    """Means of six seeds at share 0.2 are within four standard errors, at most a quarter, of those of two in full."""
    plan = {"binds": binds, "unused_time": unused, "first_hearing_hours": NEEDED - 1_500, "sitting_days": rooms(7)}
    few = np.array([[year(0.2, seed, **plan)[name] for name in ("waiting", "waiting_first")] for seed in range(1, 7)])
    full = np.array([[year(1.0, seed, **plan)[name] for name in ("waiting", "waiting_first")] for seed in (1, 2)])
    error = few.std(axis=0, ddof=1) * np.sqrt(1 / len(few) + 1 / 2 / 5)
    assert (abs(few.mean(axis=0) - full.mean(axis=0)) <= 4 * error + 1e-9).all()
    assert (4 * error < 0.25 * full.mean(axis=0) + 1).all()


def test_no_planned_time_is_counted_twice():
    """100 minutes a day are planned. By the third day all are used, on the fourth 150 more than planned."""
    first = FirstList(np.full(7, 100))
    first.open_day(0)
    assert (first.balance, first.leave_unused(), first.balance) == (100, 100, 0)
    first.open_day(2)  # nobody sat on day 1
    first.balance -= 200
    assert first.leave_unused() == 0
    first.open_day(3)
    first.balance -= 250
    assert (first.balance, first.leave_unused()) == (-150, 0)
    first.open_day(5)
    assert (first.leave_unused(), first.balance) == (50, 0)
    first.waiting = np.array([1])
    first.open_day(6)
    assert (first.leave_unused(), first.balance) == (0, 100)  # somebody waits: it is theirs tomorrow


def test_the_plan_is_spread_over_working_days_and_falls_with_rooms_that_are_shut():
    closed = [{"starts": MONDAY, "ends": MONDAY.replace(year=2027), "share": 0.5}]
    plans = [small(**{"courts.magistrates.first_hearing_hours": 253.0, "courts.magistrates.closures": shut})
             for shut in ([], closed)]  # fmt: skip
    lists = [World(plan, 1, 1).first_list for plan in plans]
    for first, minutes in zip(lists, (60, 30), strict=True):
        first.open_day(4)  # Monday to Friday
        assert first.balance == 5 * minutes
        first.open_day(6)
        assert first.balance == 5 * minutes
