"""The scheme: whom it reaches, and what must not move when it changes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from schemes import (
    AT_ONCE,
    COURSE,
    DEFERRED,
    EVERYBODY,
    GROUP,
    NO_CUSTODY,
    NO_FEEDBACK,
    after,
    cases,
    measured,
    mix,
    same_share,
    scheme,
)
from worlds import small

from sim.measures import take
from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.model import Scenario
from sim.scenario.reading import ScenarioError, load
from sim.world import World

# Names decide nothing ------------------------------------------------------------------------------------


def with_warnings(name: str, uptake: float) -> Scenario:
    """London, where half of community resolutions are called *name* and are the same in all but name and label."""
    values = load("london/baseline", {"diversion.uptake": uptake}).model_dump()
    if name:
        shares, disposals = values["police"]["disposal_mix"], values["disposals"]
        disposals[name] = disposals["community_resolution"] | {"label": "Another name"}
        shares["community_resolution"], shares[name] = 0.375, 0.415
    return Scenario.model_validate(values)


@cache
def london_with(name: str, uptake: float) -> tuple[Result, pd.DataFrame]:
    result = run_seed(with_warnings(name, uptake), 1, 3 if uptake else 1, 0.005)
    measures = take(result, ("all", "group", "ethnicity", "record"))
    return result, measures[measures["measure"].str.startswith(("crown.", "magistrates.", "reoffending."))]


@pytest.mark.parametrize(
    ("name", "uptake"), [("cannabis_warning", 0.0), ("cannabis_warning", 0.3), ("a_warning", 0.3), ("z_warning", 0.3)]
)
def test_a_community_resolution_by_another_name_changes_nothing_in_court_or_after(name, uptake):
    """Every figure to the last digit; with the scheme over the three years that proven reoffending needs."""
    (before, figures), (now, new_figures) = london_with("", uptake), london_with(name, uptake)
    for table in ("weeks", "sittings", "officers", "providers", "custody", "offenders"):
        pd.testing.assert_frame_equal(before.tables[table], now.tables[table], check_exact=True)
    named = ["would_have", "police_outcome"]
    lives = [result.tables["cases"].drop(columns=named) for result in (before, now)]
    pd.testing.assert_frame_equal(*lives, check_exact=True)
    pd.testing.assert_frame_equal(figures, new_figures, check_exact=True)
    known = figures[(figures["group"] == "all") & figures["value"].notna()]["measure"].unique()
    assert (set(known) == set(figures["measure"])) == (uptake > 0)
    assert (now.tables["cases"]["police_outcome"] == name).sum() > 20


def renamed(scenario: Scenario, old: str, new: str) -> Scenario:
    """*scenario* with a disposal by another name wherever it is named."""
    values = scenario.model_dump()
    disposals, shares = values["disposals"], values["police"]["disposal_mix"]
    disposals[new] = disposals.pop(old)
    for row in disposals.values():
        row["replaced_by"] = new if row["replaced_by"] == old else row["replaced_by"]
    if old in shares:
        shares[new] = shares.pop(old)
    return Scenario.model_validate(values)


@cache
def london() -> dict[str, pd.DataFrame]:
    return run_seed(load("london/baseline"), 1, 1, 0.01).tables


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(("penalty_notice", "a_name"), ("conditional_caution", "z_name")),  # given today
        *(("community_caution", "z_name"), ("diversionary_caution", "a_name")),  # to replace others one day
    ],
)
def test_renaming_a_disposal_changes_nobodys_life(old, new):
    tables = run_seed(renamed(load("london/baseline"), old, new), 1, 1, 0.01).tables
    lives = ["conditions_broken", "received", "proven_day", "next_day"]
    pd.testing.assert_frame_equal(london()["cases"][lives], tables["cases"][lives], check_exact=True)
    pd.testing.assert_frame_equal(london()["weeks"], tables["weeks"], check_exact=True)


# No scheme, no effect ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "levers",
    [
        {"acceptance": 0.2, "attendance": 0.1, "completion": 0.0, "trained": 0.3, "readiness_spread": 1.0},
        {"disposal": DEFERRED, "min_age": 30, "max_record": 0, "team_drift": 0.5},
        {"rollout": [{"weeks": 9, "teams": 5}], "reaches": "waiting cases too", "discontinued": 1.0},
        {"offer_if_charged": 0.0, "offer_if_disposed": 0.0, "offer_if_no_action": 0.0, "uptake": 0.4},
    ],
    ids=lambda levers: " ".join(levers),
)
def test_where_nothing_is_offered_no_other_lever_of_the_scheme_changes_anything(levers):
    """But for who would be in its reach, and the provider's places."""
    values = {f"diversion.{name}": value for name, value in levers.items()}
    values |= {"disposals.deferred_prosecution.refused": "charge", "provider.places_a_week": 0.0}
    with_levers = run_seed(load("london/baseline", values), 1, 1, 0.01).tables
    for name, table in london().items():
        drop = {"cases": ["in_scope", "admits", "eligible"], "providers": ["places"]}.get(name, [])
        pd.testing.assert_frame_equal(table.drop(columns=drop), with_levers[name].drop(columns=drop), check_exact=True)


def test_a_draw_that_nobody_asked_for_moves_nothing():
    """Other draws each week, from the keys of everybody, Mesa's generator and numpy's."""
    one, other = (World(scheme(**{"diversion.uptake": 0.4}), 1, 1) for _ in range(2))
    for _ in range(6):
        one.step()
        other.step()
        other.luck(("offer", "attend", "reoffence"), np.arange(other.cases.size), 7)
        other.random.random()
        other.rng.random()
    for name, table in one.tables().items():
        pd.testing.assert_frame_equal(table, other.tables()[name], check_exact=True)


# More uptake, fewer receipts -----------------------------------------------------------------------------


@cache
def received_a_day(uptake: float, seed: int) -> np.ndarray:
    """Cases the magistrates' courts receive on each day of half a year, of people of whom most offend again."""
    groups = {
        "possession": GROUP | NO_CUSTODY | {"contacts": 8_000.0, "first_share": 0.5},
        "theft": GROUP | NO_CUSTODY | {"contacts": 2_000.0, "first_share": 0.5},
    }
    changes = {"diversion.uptake": uptake, "diversion.acceptance": 0.95, "diversion.attendance": 0.8}
    changes |= {"diversion.offences": ["possession"], "diversion.completion": 0.6, "diversion.readiness_spread": 0.3}
    again = {"reoffending.share_12_months": [0.8] * 6}
    today = mix(community_resolution=0.6, conditional_caution=0.4)
    scenario = small(groups, **(EVERYBODY | changes | NO_FEEDBACK | again | today))
    received = after(scenario, 26, seed).tables()["cases"]["received"].dropna().astype(int)
    return np.bincount(received[received >= 0], minlength=182)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("less", "more"), [(0.0, 0.05), (0.05, 0.3), (0.3, 0.75)])
def test_more_uptake_brings_no_more_cases_to_court_on_any_day_where_nothing_feeds_back(less, more, seed):
    """Exact, with reoffending on: nothing follows a breach or an absence, the course has no effect."""
    before, now = received_a_day(less, seed), received_a_day(more, seed)
    assert (now <= before).all()
    assert now.sum() < before.sum()


def test_a_scheme_that_offers_nothing_to_those_who_would_be_charged_avoids_no_prosecution():
    worlds = [after(scheme(**changes)) for changes in ({"diversion.offer_if_charged": 0.0}, {"diversion.uptake": 0.0})]
    now, before = (world.tables()["cases"] for world in worlds)
    assert measured(worlds[0], "diversion.prosecutions_avoided") == 0
    assert now["accepted"].sum() > 1000
    assert not now["accepted"][now["would_have"] == "charge"].any()
    assert now["received"].equals(before["received"])


def test_an_offer_as_uptake_does_not_look_at_what_would_have_happened():
    people = cases(scheme(**{"diversion.uptake": 0.4, "diversion.readiness_spread": 0.3})).query("eligible")
    for _, alike in people.groupby("would_have", observed=True):
        assert same_share(alike["offered"], 0.4)
        assert len(alike) > 400


def test_each_offer_has_a_share_of_its_own():
    shares = {"charge": 0.2, "community_resolution": 0.9, "no action": 0.5}
    names = ("offer_if_charged", "offer_if_disposed", "offer_if_no_action")
    offers = {f"diversion.{name}": share for name, share in zip(names, shares.values(), strict=True)}
    people = cases(scheme(**offers, **{"diversion.uptake": 0.0})).query("eligible").groupby("would_have", observed=True)
    assert all(same_share(alike["offered"], shares[str(name)]) for name, alike in people)


# Who is reached ------------------------------------------------------------------------------------------


def test_a_scheme_that_needs_an_admission_reaches_black_people_less():
    """Of those who would be charged, 59% of Black and 69% of White people admit.

    About 1,400 and 2,000 people are in scope in 13 weeks: the ratio's standard deviation is 0.024, 4 of them 0.1.
    """
    ratio = measured(after(scheme(), 13), "diversion.reach_if_charged_ratio")
    assert ratio == pytest.approx(0.59 / 0.69, abs=0.1)
    assert ratio < 1


def test_a_scheme_that_needs_no_admission_reaches_black_and_white_people_alike():
    """Offered to half. Nine seeds of six weeks: each ratio's standard deviation is 0.05, that of the mean 0.017."""
    no_admission = {f"disposals.{COURSE}.needs_admission": False, "diversion.uptake": 0.5}
    worlds = [after(scheme(**no_admission), seed=seed) for seed in range(1, 10)]
    ratios = np.array([measured(world, "diversion.reach_if_charged_ratio") for world in worlds])
    half = 3.36 * ratios.std(ddof=1) / np.sqrt(9)  # Student's t, 99%, 8 degrees of freedom
    assert half < 0.06
    assert abs(ratios.mean() - 1) < half
    assert ratios.mean() - half > 0.59 / 0.69


def test_who_would_get_a_disposal_that_needs_an_admission_has_made_it():
    """Half of today's disposals need none."""
    people = cases(scheme(**mix(community_resolution=0.5, outcome_22=0.5))).query("in_scope")
    admit = people.groupby("would_have", observed=True)["admits"].mean()
    assert admit["community_resolution"] == 1
    assert 0.5 < admit[["charge", "no action", "outcome_22"]].min() <= admit.drop("community_resolution").max() < 0.75


@pytest.mark.parametrize(("uptake", "trained"), [(0.1, 1.0), (0.4, 1.0), (0.4, 0.6)])
def test_the_uptake_is_reached(uptake, trained):
    """Four standard deviations: of so many people, and of the readiness of the trained among 360 officers."""
    levers = {"uptake": uptake, "acceptance": 0.9, "attendance": 0.8, "trained": trained, "readiness_spread": 0.3}
    world = after(scheme(**{f"diversion.{name}": value for name, value in levers.items()}))
    people = world.tables()["cases"].query("eligible and contact_day < 35")  # all have had their Monday
    spread = np.sqrt(0.3 * 0.25 / world.officers.trained.sum()) * 0.72 if trained < 1 else 0.0
    chance = np.sqrt(uptake * (1 - uptake) / len(people))
    assert people["started"].mean() == pytest.approx(uptake, abs=4 * np.hypot(chance, spread))
    assert len(people) > 2000


@pytest.mark.parametrize(
    ("trained", "most", "remedies"),
    [
        (1.0, 0.72, "diversion.acceptance or diversion.attendance"),
        (0.5, 0.36, "diversion.acceptance, diversion.attendance or diversion.trained"),
    ],
)
def test_an_uptake_that_cannot_be_reached_is_refused_with_the_most_that_can_and_the_levers(trained, most, remedies):
    levers = {"diversion.acceptance": 0.9, "diversion.attendance": 0.8, "diversion.trained": trained}
    with pytest.raises(ScenarioError) as refusal:
        scheme(**levers, **{"diversion.uptake": most + 0.01})
    assert f"at most {most} can start" in str(refusal.value)
    assert f"raise {remedies}" in str(refusal.value)
    assert scheme(**levers, **{"diversion.uptake": most}).diversion.uptake == most


def test_an_offer_by_more_officers_than_are_trained_is_refused():
    with pytest.raises(ScenarioError, match=r"offer_if_charged = 0.6: only trained officers offer it, 0.5 of all"):
        scheme(**{"diversion.trained": 0.5, "diversion.uptake": 0.2, "diversion.offer_if_charged": 0.6})


def test_teams_offer_the_intervention_from_the_day_they_join():
    """Four teams join on day 0, four on day 21, and four never."""
    world = after(scheme(**{"diversion.rollout": [{"weeks": 0, "teams": 4}, {"weeks": 3, "teams": 4}]}))
    people = world.tables()["cases"].query("contact_day >= 0")
    team = world.officers.team[world.cases.officer[people["case"]]]
    joined = people["contact_day"] >= np.select([team < 4, team < 8], [0, 21], 10_000)
    assert people["eligible"].equals(cases(scheme())["eligible"] & joined)
    assert people["offered"].equals(people["eligible"])
    assert people.groupby(team)["offered"].any().tolist() == [True] * 8 + [False] * 4


def test_officers_who_are_not_trained_never_offer_and_the_others_make_up_for_them():
    """Half are trained, so a target of half of all means that each of them offers it to everybody."""
    world = after(scheme(**{"diversion.trained": 0.5, "diversion.uptake": 0.5, "diversion.readiness_spread": 0.3}))
    people = world.tables()["cases"].query("eligible")
    assert world.officers.trained.sum() == len(world.officers.trained) / 2 == 180
    assert (people["offered"] == world.officers.trained[world.cases.officer[people["case"]]]).all()


@pytest.mark.parametrize("drift", [0.0, 0.2])
def test_drift_brings_officers_closer_and_leaves_their_teams_mean(drift):
    """Each week what sets an officer apart from the team shrinks by the drift. An untrained officer starts at 0."""
    levers = {"diversion.trained": 0.5, "diversion.uptake": 0.4, "diversion.readiness_spread": 0.3}
    worlds = [after(scheme(**levers, **{"diversion.team_drift": drift}), weeks) for weeks in (1, 6)]
    means = [world.officers.by_team(world.officers.readiness[0]) / 30 for world in worlds]
    apart = [world.officers.readiness[0] - mean[world.officers.team] for world, mean in zip(worlds, means, strict=True)]
    assert means[1] == pytest.approx(means[0], abs=1e-12)
    assert apart[1] == pytest.approx(apart[0] * (1 - drift) ** 5, abs=1e-12)
    assert np.abs(apart[0]).max() > 0.3


@pytest.mark.parametrize(
    ("levers", "rule"),
    [
        ({"diversion.min_age": 25}, "age >= 25"),
        ({f"disposals.{COURSE}.min_age": 18}, "age >= 18"),
        ({"diversion.max_record": 3}, "record <= 3"),
        ({}, "age >= 10"),
    ],
    ids=["the scheme's lowest age", "the disposal's lowest age", "most convictions", "no rule"],
)
def test_the_rules_on_age_and_record_keep_out_exactly_the_others(levers, rule):
    world = after(scheme(**levers))
    people = world.tables()["cases"].query("contact_day >= 0")
    age = world.people.age[people["offender"]]
    meets = people[["record"]].assign(age=age).eval(rule)
    assert people["in_scope"].equals(meets)
    assert people["eligible"].sum() > 500


def test_a_group_of_which_all_are_kept_out_is_not_reached():
    people = cases(small({"in": GROUP, "out": GROUP | {"excluded_share": 1.0}}, **EVERYBODY))
    assert people.groupby("group", observed=True)["in_scope"].mean().to_dict() == {"in": 1, "out": 0}


@pytest.mark.parametrize("consulted", [True, False])
def test_victims_who_object_keep_people_out_where_they_are_asked(consulted):
    groups = {"theft": GROUP | {"victim": True}, "possession": GROUP}
    asked = {f"disposals.{COURSE}.victim_consulted": consulted, "police.victim_objects": 1.0}
    people = cases(small(groups, **(EVERYBODY | asked)))
    reached = people.groupby("group", observed=True)["accepted"].any().to_dict()
    assert reached == {"theft": not consulted, "possession": True}
    assert people["in_scope"].all()


@pytest.mark.parametrize("allowed", [True, False])
def test_an_indictable_only_offence_is_in_scope_only_of_a_disposal_that_allows_it(allowed):
    """All that are charged without the scheme go to the Crown Court as indictable only."""
    grave = {"for_trial_share": 1.0, "sent_share": 1.0, "indictable_share": 1.0}
    allows = {f"disposals.{COURSE}.indictable_only": allowed}
    people = cases(small({"grave": GROUP | grave, "other": GROUP}, **(EVERYBODY | allows)))
    reached = people.groupby("group", observed=True)["in_scope"].mean().to_dict()
    assert reached == {"grave": float(allowed), "other": 1}


def test_who_is_charged_with_something_graver_too_is_out_of_scope():
    people = cases(scheme({"own_case_share": 0.6}))
    rides_along = (people["would_have"] == "charge") & ~people["own_case"]
    assert people["in_scope"].equals(~rides_along)
    assert rides_along.sum() > 500


# People who come again -----------------------------------------------------------------------------------

# Most offend again within months, in the same group; half of the people met are met again.
AGAIN: dict[str, Any] = {
    **{"reoffending.share_12_months": [0.97] * 6, "reoffending.shape": 1.0, "reoffending.early": 0.0},
    **{f"disposals.{COURSE}.needs_admission": False, "reoffending.frailty_variance": 0.0},
}
MET_AGAIN = NO_CUSTODY | {"first_share": 0.2, "contacts": 15_000.0}


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_nobody_is_given_a_disposal_oftener_than_its_limit(limit):
    levers = AGAIN | NO_FEEDBACK | {f"disposals.{COURSE}.repeat_limit": limit}
    people = cases(scheme(MET_AGAIN, **levers), weeks=30)
    nth = people.groupby("offender").cumcount()
    assert people["accepted"].equals((nth < limit) | (limit == 0))
    assert (nth >= 2).sum() > 100


@pytest.mark.parametrize("offers", ["always", "if attended"])
def test_who_never_attended_is_offered_it_again_only_where_the_rule_allows(offers):
    """Half never attend. A place comes on the Monday after the contact, or on its day."""
    half = {"diversion.uptake": 0.5, "diversion.attendance": 0.5, f"disposals.{COURSE}.later_offers": offers}
    people = cases(scheme(MET_AGAIN, **(NO_FEEDBACK | AGAIN | half | AT_ONCE)), weeks=30)
    monday = people["contact_day"] + (-people["contact_day"]) % 7
    absent = monday.where(people["accepted"] & ~people["started"]).groupby(people["offender"])
    barred = people["contact_day"] > absent.transform("min")
    assert people["eligible"][~barred].all()
    assert people["eligible"][barred].all() == (offers == "always")
    assert people["eligible"][barred].any() == (offers == "always")
    assert barred.sum() > 100


@pytest.mark.parametrize("offers", ["always", "if attended"])
def test_who_left_the_course_is_offered_it_again_only_where_the_rule_allows(offers):
    """All leave, within four weeks of the Monday they started."""
    leave = {"diversion.completion": 0.0, f"disposals.{COURSE}.later_offers": offers}
    people = cases(scheme(MET_AGAIN, **(NO_FEEDBACK | AGAIN | leave)), weeks=30)
    before = people.groupby("offender")["contact_day"].shift()
    again = people[people["contact_day"] > before + 7 + 28]
    assert again["eligible"].all() == again["eligible"].any() == (offers == "always")
    assert len(again) > 100


# A whole year of everything ------------------------------------------------------------------------------


def test_every_law_holds_over_a_year_of_london_with_everything_on():
    """Waiting cases, deferred prosecution, scarce officers, freed hours searched, courts that bind throughout."""
    levers = {
        **{"diversion.uptake": 0.4, "diversion.attendance": 0.8, "diversion.disposal": DEFERRED},
        **{"diversion.reaches": "waiting cases too", "diversion.rollout": [{"weeks": n, "teams": 4} for n in (9, 30)]},
        **{"diversion.team_drift": 0.1, "diversion.trained": 0.8, "disposals.deferred_prosecution.refused": "charge"},
        **{"police.hours_a_week": 1.1, "police.freed_to_searches": 1.0, "provider.places_a_week": 20.0},
        **{"courts.magistrates.binds": "everything", "police.charge_limit": 60.0, "diversion.completion": 0.5},
    }
    result = run_seed(load("london/baseline", levers), 1, 1, 0.05, audit=True)
    people, officers = result.tables["cases"], result.tables["officers"]
    assert people["discontinued"].any()
    assert (people["breached"] & (people["police_outcome"] == "charge")).any()
    assert officers["freed"].sum() < 0  # a contract with charges after breach costs time, so none is left for searches
    assert officers["files_waiting"].max() > 0
    assert result.tables["providers"]["lapsed"].sum() > 0
