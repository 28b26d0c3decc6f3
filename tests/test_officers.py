"""Officers' time, the searches it pays for when it is freed, and the provider's places."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from schemes import COURSE, DEFERRED, NO_CUSTODY, NO_FEEDBACK, after, cases, scheme
from worlds import NOBODY_REOFFENDS, empty, small

from sim.measures import take
from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.reading import load
from sim.world import World

NOBODY_OFFERED = {"diversion.uptake": 0.0}

# One officer with one hour a day ------------------------------------------------------------------------

ONE: dict[str, Any] = {
    **{"police.teams": 1, "police.officers": 1.0, "police.officers_per_agent": 1.0, "police.hours_a_week": 7.0},
    **{"police.hours_no_action": 2.0, "diversion.rollout": [{"weeks": 0, "teams": 1}]},
}
LET_GO = {"charge_share": 0.0, "disposed_share": 0.0, "first_share": 1.0, "contacts": 0.0}


def met(on: dict[int, int], years: int = 1) -> World:
    """A world in which so many people are met on each of these days, and all let go, after a file of two hours."""
    world = World(small({"any": LET_GO}, **(NOBODY_REOFFENDS | ONE)), 1, years)
    for day, number in on.items():
        world.first_contacts[0, day] = number
    world.run()
    return world


def test_a_file_waits_for_the_hours_before_it():
    """Files of 2, 3 and 1 hours on day 0, one of 4 on day 2: it waits for the 4 hours that are left of the others."""
    officers = empty(**ONE).officers
    files = [(0, [2.0, 3.0, 1.0]), (1, []), (2, [4.0])]
    waits = []
    for day, hours in files:
        waits.append(officers.open_files(day, np.zeros(len(hours), int), np.array(hours)).tolist())
        officers.end_day(day)
    assert waits == [[0, 2, 5], [], [4]]
    assert officers.backlog.tolist() == [7.0]


def test_files_of_two_officers_do_not_wait_for_each_other():
    officers = empty(**(ONE | {"police.officers": 2.0})).officers
    waits = officers.open_files(0, np.array([0, 1, 0, 1, 0]), np.array([2.0, 5.0, 1.0, 1.0, 9.0]))
    assert waits.tolist() == [0, 0, 2, 5, 3]
    assert officers.backlog.tolist() == [12.0, 6.0]


def test_three_people_met_on_a_day_are_let_go_two_days_apart_in_the_order_they_were_met():
    """Met on 3; a fourth on 4 waits until 3 + 6."""
    people = met({3: 3, 4: 1}).tables()["cases"]
    assert people["contact_day"].tolist() == [3, 3, 3, 4]
    assert people["outcome_day"].tolist() == [3, 5, 7, 9]


def test_the_weeks_of_one_officer_are_as_worked_out():
    """Eight hours of files on day 3: four are worked by day 6, four in the week after; then there is nothing to do."""
    weeks = met({3: 3, 4: 1}).tables()["officers"].head(3)
    assert weeks["booked"].tolist() == [8, 0, 0]
    assert weeks["worked"].tolist() == [4, 4, 0]
    assert weeks["idle"].tolist() == [3, 3, 7]
    assert weeks["hours_at_start"].tolist() == [0, 4, 0]
    assert weeks["hours_at_end"].tolist() == [4, 0, 0]


def test_files_not_begun_wait():
    """Ten files of two hours on day 3 are begun on 3, 5, 7 and so on to 21: two by day 6, six by 13, nine by 20."""
    weeks = met({3: 10}).tables()["officers"].head(4)
    assert weeks["files_waiting"].tolist() == [8, 4, 1, 0]


@pytest.mark.parametrize("years", [1, 2])
def test_files_that_wait_on_the_last_day_are_counted(years):
    """Ten files of two hours on day 360 are begun on 360, 362, 364 and so on: seven wait at the end of the year."""
    world = met({360: 10}, years)
    weeks = world.tables()["officers"].set_index("day")
    assert weeks["files_waiting"][364] == 7
    table = take(Result(world.levers, 1, years, 1.0, world.tables()))
    assert table[table["measure"] == "officers.files_waiting"]["value"].iloc[0] == 7


# Hours in London -----------------------------------------------------------------------------------------


@cache
def london(hours: float, **changes: float) -> dict[str, pd.DataFrame]:
    values = {name.replace("__", "."): value for name, value in changes.items()}
    return run_seed(load("london/baseline", values | {"police.hours_a_week": hours}), 1, 1, 0.03).tables


SCARCE, PLENTY = 0.8, 168.0


@pytest.mark.parametrize("hours", [SCARCE, PLENTY])
def test_every_hour_of_every_team_is_worked_searched_or_idle(hours):
    weeks = london(hours, diversion__uptake=0.3, police__freed_to_searches=1.0)["officers"]
    spent = weeks["worked"] + weeks["searching"] + weeks["idle"]
    assert np.abs(weeks["available"] - spent).max() < 1e-6
    assert np.abs(weeks["hours_at_start"] + weeks["booked"] - weeks["worked"] - weeks["hours_at_end"]).max() < 1e-6
    assert (weeks[["available", "booked", "worked", "searching", "idle", "hours_at_end"]] > -1e-6).all().all()
    assert weeks["available"].sum() == pytest.approx(21_600 * hours * 365 / 7 * 0.03)
    assert weeks["searching"].sum() > 0


def test_each_week_opens_with_the_hours_the_last_one_closed_with():
    weeks = london(SCARCE)["officers"].sort_values(["team", "day"])
    before = weeks.groupby("team")["hours_at_end"].shift(fill_value=0.0)
    assert weeks["hours_at_start"].tolist() == before.tolist()
    assert weeks["hours_at_end"].sum() > 0


def test_where_hours_are_plentiful_no_file_waits():
    weeks = london(PLENTY)["officers"]
    assert not weeks["files_waiting"].any()
    assert weeks["booked"].sum() > 1000


def test_where_hours_run_out_outcomes_come_later_and_never_sooner():
    """Nobody reoffends, so each row is the same contact in both."""
    scarce, plenty = (cases(scheme(**NOBODY_OFFERED, **{"police.hours_a_week": hours})) for hours in (0.1, 168.0))
    assert scarce["contact_day"].equals(plenty["contact_day"])
    both = scarce["outcome_day"].notna() & plenty["outcome_day"].notna()
    assert (scarce["outcome_day"] >= plenty["outcome_day"])[both].all()
    assert (scarce["outcome_day"] > plenty["outcome_day"])[both].sum() > 100
    assert plenty["outcome_day"].notna()[scarce["outcome_day"].notna()].all()


def test_the_cases_of_an_officer_are_let_go_in_the_order_they_came():
    world = after(
        scheme({"charge_share": 0.0, "disposed_share": 0.0}, **NOBODY_OFFERED, **{"police.hours_a_week": 0.1})
    )
    people = world.tables()["cases"].dropna(subset="outcome_day")
    by_officer = people.groupby(world.cases.officer[people["case"]])["outcome_day"]
    assert by_officer.apply(lambda days: days.is_monotonic_increasing).all()
    assert (people["outcome_day"] > people["contact_day"]).sum() > 300


@pytest.mark.parametrize("limit", [10.0, 1000.0])
def test_hours_freed_are_the_hours_of_files_that_the_scheme_saves(limit):
    """To the hour, where nothing feeds back: half never attend and half leave, some too late to be charged for it."""
    group = NO_CUSTODY | {"time_limited": True, "for_trial_share": 0.5, "first_share": 0.5}
    levers = {"diversion.disposal": DEFERRED, "diversion.attendance": 0.5, "diversion.completion": 0.5}
    levers |= NO_FEEDBACK | {"police.charge_limit": limit, f"disposals.{DEFERRED}.hazard_ratio": 1.0}
    without, with_scheme = (
        after(scheme(group, **levers, **{"diversion.uptake": uptake}), 12).tables()["officers"] for uptake in (0.0, 0.5)
    )
    assert with_scheme["freed"].sum() == pytest.approx(without["booked"].sum() - with_scheme["booked"].sum())
    assert with_scheme["freed"].abs().sum() > 1000


# Freed hours go to searches ------------------------------------------------------------------------------

FINDS = {"find_rate": 0.03, "charge_share": 0.9, "disposed_share": 0.0}


def searching(share: float, saved: float = 6.0, seed: int = 1, **changes: Any) -> World:
    """Ten weeks of a scheme that saves so many hours a charge; a share of them goes to searches of half an hour."""
    hours = {"police.hours_saved.lambeth": saved, "police.freed_to_searches": share, "searches.hours": 0.5}
    return after(scheme(FINDS, **(hours | {"searches.a_year": 0.0} | changes)), 10, seed)


def keys(world: World) -> set[int]:
    return set(world.tables()["offenders"]["key"])


def test_where_freed_hours_are_not_spent_on_searches_nobody_else_is_met():
    assert keys(searching(0.0)) == keys(searching(1.0, **NOBODY_OFFERED)) == keys(searching(0.0, **NOBODY_OFFERED))


def test_more_freed_hours_find_the_same_people_and_some_more():
    none, half, whole, longer = (
        keys(world) for world in (searching(0.0), searching(0.5), searching(1.0), searching(1.0, saved=8.0))
    )
    assert none < half < whole < longer
    assert len(half - none) > 100


@pytest.mark.parametrize("hours", [0.2, 168.0])
def test_searches_take_no_more_than_has_been_freed_and_what_is_idle(hours):
    """In a force short of time what is left limits them, otherwise what was freed."""
    weeks = searching(1.0, **{"police.hours_a_week": hours}).tables()["officers"]
    so_far = weeks.groupby("day")[["searching", "freed"]].sum().cumsum()
    assert (so_far["searching"] <= so_far["freed"].cummax() + 1e-6).all()
    assert (weeks["idle"] >= -1e-9).all()
    used_up = (weeks["idle"] < 1e-9) & (weeks["searching"] > 0)
    assert used_up.any() == (hours == 0.2)
    assert weeks["searching"].sum() > 0


def test_searches_never_take_more_hours_than_the_scheme_has_freed_by_then():
    """Hours once spent are not given back when the scheme costs time later: so against the most freed until then."""
    weeks = london(4.0, diversion__uptake=0.3, police__freed_to_searches=1.0)["officers"]
    so_far = weeks.groupby("day")[["searching", "freed"]].sum().cumsum()
    assert (so_far["searching"] <= so_far["freed"].cummax().clip(lower=0) + 1e-6).all()
    assert so_far["searching"].iloc[-1] > 0


def test_a_search_finds_somebody_as_often_as_the_find_rate_says():
    """Over three seeds. A Poisson number: within 4 standard deviations, missed by chance 6 times in 100,000."""
    found, expected = 0, 0.0
    for seed in (1, 2, 3):
        world = searching(1.0, seed=seed)
        spent = world.tables()["officers"]["searching"].sum() - world.officers.hours_to_search  # the last week's
        met = (world.tables()["cases"]["contact_day"] >= 0).sum()
        found += met - world.first_contacts[:, :70].sum()
        expected += spent / 0.5 * 0.03
    assert found == pytest.approx(expected, abs=4 * np.sqrt(expected))
    assert expected > 1000


def test_people_whom_freed_hours_find_are_met_on_every_day_of_the_week_alike():
    """Over three seeds, a seventh of them each day: within 4 standard deviations, missed 4 times in 10,000."""
    found = np.zeros(7)
    for seed in (1, 2, 3):
        world = searching(1.0, seed=seed)
        days = world.tables()["cases"]["contact_day"]
        met = np.bincount(days[days >= 0].astype(int), minlength=70)
        found += (met - world.first_contacts[:, :70].sum(axis=0)).reshape(10, 7).sum(axis=0)
    number = found.sum()
    assert number > 1000
    assert found == pytest.approx(number / 7, abs=4 * np.sqrt(number * 6 / 49))


def test_whom_freed_hours_find_does_not_depend_on_how_long_the_run_is():
    """Day 364 begins a week that a run of one year cuts short."""
    hours = {"police.freed_to_searches": 1.0, "searches.hours": 0.5, "searches.a_year": 0.0}
    scenario = scheme(FINDS | {"contacts": 8_000.0}, **hours)
    days = [run_seed(scenario, 1, years).tables["cases"]["contact_day"] for years in (1, 2)]
    short, long = (on[on.between(0, 364)].value_counts().sort_index() for on in days)
    pd.testing.assert_series_equal(short, long)


# The provider --------------------------------------------------------------------------------------------


def test_with_too_few_places_the_list_grows_and_referrals_lapse_in_the_order_they_came():
    """Some 270 people a week want 100 places. Nobody on the list has waited longer than six weeks and a week."""
    world = after(scheme(**{"provider.places_a_week": 100.0, "provider.longest_wait": 42.0}), 20)
    weeks = world.tables()["providers"]
    assert weeks["waiting"].iloc[:6].is_monotonic_increasing
    assert (weeks["used"].iloc[1:] == 100).all()
    assert weeks["lapsed"].iloc[:6].sum() == 0 < weeks["lapsed"].iloc[8:].min()
    assert (weeks["referred"] - weeks["used"] - weeks["lapsed"]).cumsum().equals(weeks["waiting"])
    came_up, referred = (weeks[name].cumsum() for name in ("came_up", "referred"))  # once each, on the Monday after
    assert (came_up.iloc[1:].to_numpy() > referred.iloc[:-1]).all()
    assert (came_up < referred).all()
    people = world.tables()["cases"]
    started = (
        people.query("started and contact_day >= 0")
        .sort_values("outcome_day", kind="stable")
        .dropna(subset="outcome_day")
    )
    assert started["contact_day"].is_monotonic_increasing


@pytest.mark.parametrize("law", ["stands", "fine", "counterfactual", "charge"])
def test_nobody_is_charged_or_fined_because_a_referral_lapsed(law):
    """Without a place at all, everybody lapses after two weeks: it stands, or what would have happened does."""
    none = {"provider.places_a_week": 0.0, "provider.longest_wait": 14.0, f"disposals.{COURSE}.not_attended": law}
    people = cases(scheme(**none), 20).query("accepted and contact_day < 14").dropna(subset="outcome_day")
    outcome = people["would_have"].astype(str) if law == "counterfactual" else COURSE
    assert (people["police_outcome"].astype(str) == outcome).all()
    assert not people[["started", "fined"]].any().any()
    assert (people["outcome_day"] - people["contact_day"]).min() > 14
    assert len(people) > 400


@pytest.mark.parametrize("longest", [3.0, 84.0])
def test_with_a_place_for_everybody_no_referral_lapses(longest):
    """Not even one that must wait for Monday."""
    weeks = after(scheme(**{"provider.longest_wait": longest})).tables()["providers"]
    assert weeks["used"].sum() > 1000
    assert weeks["lapsed"].sum() == 0


def test_with_the_places_needed_and_a_margin_the_list_stays_short():
    """The measure is referrals a week; with 10% more the list is never above what two weeks bring."""
    result = run_seed(scheme({"contacts": 3_000.0}, **{"diversion.uptake": 0.5}), 1, 1)
    needed = take(result).set_index("measure")["value"]["provider.places_needed"]
    assert needed == pytest.approx(result.tables["providers"]["referred"].sum() / 365 * 7)
    waiting, short = (
        run_seed(
            scheme({"contacts": 3_000.0}, **{"diversion.uptake": 0.5, "provider.places_a_week": places}), 1, 1
        ).tables["providers"]["waiting"]
        for places in (1.1 * needed, 0.8 * needed)
    )
    assert waiting.max() < 2 * needed
    assert short.iloc[-1] > 5 * needed
