"""What must hold whatever the levers: laws on random scenarios, scale, luck, and traps that models fall into."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from schemes import COURSE, DEFERRED, NO_FEEDBACK, after, scheme

from sim.base.clock import Clock
from sim.run.run import run_seed
from sim.scenario.model import Scenario
from sim.scenario.reading import ScenarioError, change, load
from sim.world import World

SHARE = 0.002
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,  # the same examples each time; an hour of others waits behind `slow`
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=150, derandomize=False)
SHARES = st.floats(0, 1)
LEVERS: dict[str, st.SearchStrategy[Any]] = {
    "diversion.uptake": st.floats(0, 0.6),
    "diversion.completion": SHARES,
    "diversion.discontinued": SHARES,
    "diversion.readiness_spread": SHARES,
    "diversion.team_drift": st.floats(0, 0.5),
    "diversion.reaches": st.sampled_from(["new contacts", "waiting cases too"]),
    "diversion.disposal": st.sampled_from(
        ["community_resolution_with_intervention", "deferred_prosecution", "outcome_22"]
    ),
    "diversion.min_age": st.integers(10, 30),
    "diversion.max_record": st.integers(0, 20),
    f"disposals.{COURSE}.hazard_ratio": st.floats(0.2, 3),
    f"disposals.{DEFERRED}.breach": st.sampled_from(["none", "fine", "charge"]),
    "provider.places_a_week": st.floats(0, 500),
    "provider.longest_wait": st.floats(1, 200),
    "courts.reuse": SHARES,
    "courts.refill": SHARES,
    "courts.magistrates.binds": st.sampled_from(["nothing", "trials", "everything"]),
    "courts.magistrates.unused_time": st.sampled_from(["goes to trials", "stays idle"]),
    "courts.magistrates.attrition_rate": st.floats(0, 3),
    "courts.magistrates.report_share": SHARES,
    "courts.crown.listing": st.sampled_from(["custody first", "oldest first", "shortest first", "newest first"]),
    "courts.crown.late_pleas": st.sampled_from(["as the trial nears", "at a time of their own"]),
    "courts.crown.late_plea_share": SHARES,
    "courts.crown.attrition_rate": st.floats(0, 3),
    "courts.crown.ineffective_share": st.floats(0, 0.9),
    "courts.crown.warrant_share": SHARES,
    "courts.crown.custody_limit_extended": SHARES,
    "courts.crown.custody_lead": st.floats(0, 1000),
    "police.charging_record": st.sampled_from(["now", "first contact", "none"]),
    "police.charging_spread": SHARES,
    "police.freed_to_searches": SHARES,
    "police.victim_objects": SHARES,
    "reoffending.frailty_variance": st.floats(0, 10),
    "reoffending.early": st.floats(0, 0.9),
    "demand.trend": st.floats(-0.4, 0.4),
    "demand.season": SHARES,
    "starts": st.dates(date(2024, 1, 1), date(2029, 12, 31)),
}
CHANGES = st.fixed_dictionaries({}, optional=LEVERS)


def every_law_holds(changes: dict[str, Any]) -> None:
    """Run London with the scheme and these *changes*, if its rules allow them: an audit raises what does not hold."""
    try:
        scenario = change(load("london/uptake-50"), changes)
    except ScenarioError:
        reject()
    world = World(scenario, 1, 1, SHARE, audit=True)
    for _ in range(20):
        world.step()


@FEW
@given(CHANGES)
def test_every_law_holds_in_random_scenarios(changes):
    every_law_holds(changes)


@pytest.mark.slow
@MANY
@given(CHANGES)
def test_every_law_holds_in_many_random_scenarios(changes):
    every_law_holds(changes)


TWICE = (  # everything there is a number of
    *("searches.a_year", "single_justice.notices", "police.officers", "provider.places_a_week"),
    *("courts.magistrates.first_hearing_hours", "courts.magistrates.open_for_trial", "courts.magistrates.open_summary"),
    *("courts.magistrates.open_paper", "courts.crown.open", "courts.crown.breach_receipts"),
    *("courts.crown.appeal_receipts",),
)


def twice(scenario: Scenario) -> Scenario:
    """The scenario with twice the people, courtrooms, officers, places and open cases."""
    levers = {name: 2 * _value(scenario, name) for name in TWICE}
    levers |= {f"groups.{name}.contacts": 2 * group.contacts for name, group in scenario.groups.items()}
    for court in ("magistrates", "crown"):
        rows = getattr(scenario.courts, court).sitting_days
        levers[f"courts.{court}.sitting_days"] = [{"starts": row.starts, "days": 2 * row.days} for row in rows]
    return change(scenario, levers)


def _value(scenario: Scenario, lever: str) -> float:
    value: Any = scenario
    for part in lever.split("."):
        value = getattr(value, part)
    return value


def test_half_of_twice_as_much_is_the_same_to_the_last_case():
    """People, rooms, officers and places all scale together, so half of a double London is London."""
    scenario = load("london/uptake-50")
    one, other = run_seed(scenario, 1, 1, 2 * SHARE), run_seed(twice(scenario), 1, 1, SHARE)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name], check_exact=True, obj=name)


@settings(FEW, max_examples=5)
@given(st.floats(0, 0.9), st.floats(0.02, 0.1), st.integers(1, 50))
def test_more_uptake_brings_no_more_to_court_on_any_day_for_any_pair_and_luck(uptake, more, seed):
    """Where nothing feeds back: no breach, no effect, no custody, no record that changes who is charged."""
    worlds = [after(scheme(**NO_FEEDBACK | {"diversion.uptake": value}), 8, seed) for value in (uptake, uptake + more)]
    less, greater = (
        np.bincount(world.cases.received[: world.cases.size].clip(0), minlength=60)[1:60] for world in worlds
    )
    assert (greater <= less).all()


# Traps ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    """The cases of two years of London."""
    return run_seed(load("london/uptake-50"), 1, 2, 0.01).tables["cases"]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("contact_day", "outcome_day"),
        ("received", "first_hearing"),
        ("received", "closed"),
        ("crown_received", "main_hearing"),
        ("crown_received", "crown_closed"),
        ("received", "crown_closed"),
    ],
)
def test_every_duration_varies_from_case_to_case(cases, begins, ends):
    days = (cases[ends] - cases[begins]).dropna()
    assert len(days) > 100
    assert days.std() > 0.1 * days.mean() > 0


def test_no_case_starts_finished(cases):
    """Whatever is open on day 0 ends on day 0 at the earliest, and what comes later ends on a later day."""
    assert (cases["crown_closed"].dropna() >= 0).all()
    assert (cases.loc[cases["crown_received"].isna(), "closed"].dropna() >= 0).all()
    for begins, ends in (("received", "closed"), ("crown_received", "crown_closed")):
        done = cases.dropna(subset=[begins, ends])
        came = done[done[begins] > 0]
        assert (came[ends] >= came[begins]).all()
        assert (came[ends] > came[begins]).mean() > 0.95


@pytest.mark.parametrize("starts", [date(2024, 1, 1), date(2025, 1, 1), date(2027, 7, 1), date(2028, 2, 29)])
def test_the_yearly_totals_of_what_goes_in_come_out_in_leap_years_too(starts):
    """A rate is of 365.25 days, so a year of 366 has a part more; sitting days are those of the year, long or short."""
    scenario = change(load("london/baseline"), {"starts": starts, "demand.trend": 0.0})
    days = Clock(starts).year_ends(1)[0] + 1
    world = World(scenario, 1, 1, 0.2)
    wanted = (world.groups.first_contacts + world.referred).sum() * 0.2 * days / 365.25
    assert world.first_contacts[:, :days].sum() == pytest.approx(wanted, abs=4 * np.sqrt(wanted))
    if starts.month == 1:
        sat = world.crown.rooms[:days].sum()
        rows = scenario.courts.crown.sitting_days
        assert min(row.days for row in rows) * 0.2 - 1 <= sat <= max(row.days for row in rows) * 0.2 + 1
