"""Out-of-court disposals: what their own law makes of those who refuse, stay away, leave or break conditions."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from schemes import AT_ONCE, COURSE, DEFERRED, GROUP, after, cases, mix, rungs, same_share, scheme
from worlds import MONDAY

from sim.measures import take
from sim.measures.ladder import ladder
from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.reading import ScenarioError, change
from sim.world import World, diversion

NOBODY_OFFERED = {"diversion.uptake": 0.0}
PANEL = {
    **{"label": "A drugs panel", "in_force": "always", "replaced_by": "nothing", "needs_admission": False},
    **{"victim_consulted": False, "indictable_only": True, "min_age": 10, "on_record": False, "sessions": 2},
    **{"conditions_broken": 0.0, "conditions_days": 28.0, "refused": "counterfactual", "not_attended": "stands"},
    **{"breach": "none", "later_offers": "always", "hazard_ratio": 1.0, "effect_reaches": "starters"},
    **{"repeat_limit": 0},
}


# In force ------------------------------------------------------------------------------------------------


def test_a_disposal_added_as_a_table_works_from_end_to_end():
    """Half of today's disposals, and the scheme's: a course of two weeks that everybody finishes."""
    today = mix(community_resolution=0.5)["police.disposal_mix"] | {"panel": 0.5}
    added = {"disposals.panel": PANEL, "diversion.disposal": "panel", "diversion.uptake": 0.5}
    people = cases(change(scheme(), added | {"police.disposal_mix": today} | AT_ONCE)).query("contact_day < 14")
    disposed = people[people["would_have"].isin(["panel", "community_resolution"])]
    assert same_share(disposed["would_have"] == "panel", 0.5)
    assert (people.query("accepted")["police_outcome"] == "panel").all()
    others = people.query("not accepted")
    assert (others["police_outcome"].astype(str) == others["would_have"].astype(str)).all()


@pytest.mark.parametrize(
    ("levers", "refusal"),
    [
        ({"diversion.disposal": "diversionary_caution"}, "diversion.disposal: 'diversionary_caution' cannot be given"),
        (
            {"police.disposal_mix": mix()["police.disposal_mix"] | {"community_caution": 1.0}},
            "police.disposal_mix: 'community_caution' cannot be given on 2026-01-05, since "
            "disposals.community_caution.in_force = not commenced; give it a date no later",
        ),
        (
            {
                "disposals.diversionary_caution.in_force": MONDAY + timedelta(1),
                "diversion.disposal": "diversionary_caution",
            },
            "disposals.diversionary_caution.in_force = 2026-01-06",
        ),
    ],
    ids=["the scheme", "today's mix", "the scheme a day too early"],
)
def test_a_disposal_that_is_not_in_force_is_refused_in_words(levers, refusal):
    with pytest.raises(ScenarioError) as error:
        scheme(**levers)
    assert refusal in str(error.value)


def test_a_disposal_that_is_not_in_force_may_stand_where_nothing_is_offered_or_from_its_first_day_on():
    assert scheme(**NOBODY_OFFERED, **{"diversion.disposal": "diversionary_caution"})
    assert scheme(**{"disposals.diversionary_caution.in_force": MONDAY, "diversion.disposal": "diversionary_caution"})


def test_once_a_disposal_is_in_force_adults_get_it_instead_of_the_old_and_children_do_not():
    """Conditional cautions become diversionary cautions on day 20; each takes effect the day after the contact."""
    changes = AT_ONCE | NOBODY_OFFERED | {"disposals.diversionary_caution.in_force": MONDAY + timedelta(20)}
    world = after(scheme(**changes, **mix(conditional_caution=1.0), **{"disposals.conditional_caution.breach": "none"}))
    people = (
        world.tables()["cases"]
        .query("would_have == 'conditional_caution' and contact_day >= 0")
        .dropna(subset="outcome_day")
    )
    adult = world.people.age[people["offender"]] >= 18
    new = people["police_outcome"] == "diversionary_caution"
    assert new.equals((people["outcome_day"] >= 20) & adult & (people["police_outcome"] != "charge"))
    assert ((people["outcome_day"] >= 20) & ~adult).sum() > 20
    assert new.sum() > 300


@pytest.mark.parametrize("since", ["always", MONDAY - timedelta(400), MONDAY])
def test_a_disposal_replaced_by_one_in_force_from_the_first_day_on_is_given_to_no_adult(since):
    law = {
        "disposals.simple_caution.replaced_by": "community_resolution",
        "disposals.community_resolution.in_force": since,
    }
    world = after(scheme(**AT_ONCE, **NOBODY_OFFERED, **law, **mix(simple_caution=1.0)))
    people = world.tables()["cases"].query("would_have == 'simple_caution' and police_outcome == police_outcome")
    adult = world.people.age[people["offender"]] >= 18
    assert (people["police_outcome"] == np.where(adult, "community_resolution", "simple_caution")).all()


@pytest.mark.parametrize("names", [("k1", "k2", "k3"), ("k3", "k2", "k1")])
def test_a_replacement_that_is_itself_replaced_gives_way_whatever_the_names(names):
    """The second from day 7 and the third from day 14 on; PANEL's rules, so nothing else differs."""
    first, second, third = names
    rows = {first: {"replaced_by": second}, second: {"replaced_by": third, "in_force": MONDAY + timedelta(7)}}
    rows[third] = {"in_force": MONDAY + timedelta(14)}
    changes = {f"disposals.{name}": PANEL | row for name, row in rows.items()} | AT_ONCE
    today = {"police.disposal_mix": mix()["police.disposal_mix"] | {first: 1.0}}
    world = after(change(scheme(**NOBODY_OFFERED), changes | today), weeks=4)
    people = world.tables()["cases"].query("would_have == @first and outcome_day >= 14")
    adult = world.people.age[people["offender"]] >= 18
    assert (people["police_outcome"] == np.where(adult, third, first)).all()


# Conditions broken outside the scheme --------------------------------------------------------------------


def broken(disposal: str, group: dict[str, Any] | None = None, **changes: Any) -> tuple[World, pd.DataFrame]:
    """Everybody who is given *disposal* today breaks its conditions 7 days later; no scheme. Six weeks."""
    all_break = {f"disposals.{disposal}.conditions_broken": 1.0, f"disposals.{disposal}.conditions_days": 7.0}
    world = after(scheme(group, **(mix(**{disposal: 1.0}) | AT_ONCE | NOBODY_OFFERED | all_break | changes)))
    return world, world.tables()["cases"].query("would_have == @disposal and contact_day < 28")


def test_a_conditional_caution_broken_leads_to_a_charge_in_a_case_of_its_own_and_comes_off_the_record():
    """Given the day after the contact, broken 7 days later. Nobody is heard so soon, so no conviction is on record."""
    late = {"courts.magistrates.first_hearing_median": 300.0, "courts.magistrates.first_hearing_mean": 300.0}
    world, people = broken("conditional_caution", {"own_case_share": 0.0}, **late)
    assert (people["police_outcome"] == "charge").all()
    assert (people["received"] == people["contact_day"] + 8).all()
    assert people["own_case"].all()
    assert people[["proven_day", "index_day"]].isna().all().all()
    assert (world.people.record[people["offender"]] == people["record"]).all()
    assert len(people) > 700


def test_a_caution_that_stands_goes_on_the_record_and_starts_the_official_clock():
    """With nobody breaking conditions."""
    kept = {"disposals.conditional_caution.conditions_broken": 0.0}
    world, people = broken("conditional_caution", **kept)
    assert (people["proven_day"] == people["contact_day"] + 1).all()
    assert (people["index_day"] == people["proven_day"]).all()
    assert (world.people.record[people["offender"]] == people["record"] + 1).all()


@pytest.mark.parametrize("disposal", ["penalty_notice", "community_resolution"])
def test_a_penalty_unpaid_or_a_resolution_broken_brings_nobody_to_court(disposal):
    _, people = broken(disposal)
    assert people["conditions_broken"].all()
    assert (people["police_outcome"] == disposal).all()
    assert people["received"].isna().all()
    assert people["fined"].all() == people["fined"].any() == (disposal == "penalty_notice")
    assert len(people) > 700


def test_a_caution_broken_too_late_to_charge_stands():
    """Conditions broken 7 days on, past a limit of 5: no proceedings, so the caution does not cease to have effect."""
    _, people = broken(
        "conditional_caution", {"time_limited": True, "for_trial_share": 0.0}, **{"police.charge_limit": 5.0}
    )
    assert people["received"].isna().all()
    assert (people["police_outcome"] == "conditional_caution").all()
    assert (people["proven_day"] == people["contact_day"] + 1).all()


# Charged after all ---------------------------------------------------------------------------------------


@cache
def half_leave() -> tuple[pd.DataFrame, Result]:
    """The same people without the scheme, and with one that half of them leave, for a charge."""
    levers = {"diversion.disposal": DEFERRED, f"disposals.{DEFERRED}.min_age": 10, "diversion.completion": 0.5}
    group = {"own_case_share": 0.7, "contacts": 3652.5}
    before, now = (run_seed(scheme(group, **AT_ONCE, **levers, **other), 1, 1) for other in (NOBODY_OFFERED, {}))
    return before.tables["cases"], now


def test_who_leaves_a_deferred_prosecution_comes_to_court_later_and_in_a_case_of_their_own():
    """Without the scheme a charge takes a day; with it at least a day on the course and a day to charge."""
    before, result = half_leave()
    now = result.tables["cases"]
    left = now["breached"] & (now["contact_day"] < 200)  # at most 7 days to Monday, 112 on the course, 1 to charge
    assert (now["police_outcome"] == "charge")[left].all()
    assert now["own_case"][left].all()
    assert now["received"][left].notna().all()
    in_court = left & before["received"].notna()
    assert (now["received"] > before["received"])[in_court].all()
    assert 200 < in_court.sum() < left.sum() - 100


def test_charged_after_all_counts_exactly_those_who_left_and_were_charged():
    _, result = half_leave()
    now = result.tables["cases"]
    number = (now["breached"] & now["received"].notna() & (now["contact_day"] >= 0)).sum()
    steps = ladder(result).set_index("measure")["value"]
    table = take(result).set_index("measure")["value"]
    assert steps["contacts.charged_after_all"] == table["diversion.charged_after_all"] == number
    assert steps["contacts.accepted"] == steps["contacts.diverted"] + number
    assert number > 500


@pytest.mark.parametrize(
    ("law", "outcomes"),
    [
        ("stands", {COURSE}),
        ("fine", {COURSE}),
        ("counterfactual", {"charge", "community_resolution", "no action"}),
        ("charge", {"charge"}),
    ],
)
def test_who_accepts_and_never_attends_meets_what_the_disposals_law_says(law, outcomes):
    """Nine in ten are absent. After six weeks all is settled for those met in the first four."""
    levers = {f"disposals.{COURSE}.not_attended": law, "diversion.uptake": 0.1, "diversion.attendance": 0.1}
    people = cases(scheme(**AT_ONCE, **levers)).query("accepted and not started and contact_day < 28")
    assert set(people["police_outcome"]) == outcomes
    assert people["received"].notna().equals(people["police_outcome"] == "charge")
    assert people["fined"].all() == people["fined"].any() == (law == "fine")
    if law == "counterfactual":
        assert (people["police_outcome"].astype(str) == people["would_have"].astype(str)).all()
    assert len(people) > 1000


@pytest.mark.parametrize("refused", ["charge", "counterfactual"])
def test_who_refuses_is_charged_where_that_is_the_law(refused):
    law = {f"disposals.{COURSE}.refused": refused, "diversion.uptake": 0.2, "diversion.acceptance": 0.2}
    people = cases(scheme({"own_case_share": 0.5}, **AT_ONCE, **law)).query("offered and not accepted")
    would_not = people[(people["would_have"] != "charge") & (people["contact_day"] < 35)]
    charged = refused == "charge"
    assert (would_not["police_outcome"] == "charge").all() == (would_not["police_outcome"] == "charge").any() == charged
    assert would_not["received"].notna().all() == would_not["received"].notna().any() == charged
    assert len(would_not) > 500


@pytest.mark.parametrize("breach", ["none", "fine", "charge"])
def test_who_leaves_the_course_is_charged_or_fined_only_where_that_is_the_law(breach):
    """The course takes four weeks; everybody leaves it."""
    law = {f"disposals.{COURSE}.breach": breach, "diversion.completion": 0.0}
    people = cases(scheme(**law), weeks=10).query("accepted and contact_day < 28")
    assert people["breached"].all()
    assert set(people["police_outcome"]) == ({"charge"} if breach == "charge" else {COURSE})
    assert people["received"].notna().all() == people["received"].notna().any() == (breach == "charge")
    assert people["fined"].all() == people["fined"].any() == (breach == "fine")
    assert len(people) > 1000


@pytest.mark.parametrize("limit", [10, 1000])
def test_a_deferred_charge_comes_too_late_only_where_a_time_limit_runs(limit):
    """Everybody leaves a course of four weeks. Half the cases of both groups are summary; one group is limited."""
    halves = GROUP | {"for_trial_share": 0.5, "sent_share": 0.0}
    law = {f"disposals.{COURSE}.breach": "charge", "diversion.completion": 0.0, "police.charge_limit": float(limit)}
    limited, free = (
        cases(scheme(halves | {"time_limited": is_limited}, **law), weeks=10).query("accepted and contact_day < 28")
        for is_limited in (True, False)
    )
    lost = limited["police_outcome"] == "no action"
    late = free["received"] - free["contact_day"] > limit
    assert (free["police_outcome"] == "charge").all()
    assert lost.equals(late & (free["route"] == "summary"))
    assert limited["received"].isna().equals(lost)
    assert (lost.sum() > 300) == (limit == 10)


def test_those_in_progress_are_waiting_or_on_the_course():
    """Two in three never attend, and then what would have happened does: for one in five, no action."""
    levers = {"diversion.uptake": 0.33, "diversion.attendance": 0.33, "diversion.disposal": DEFERRED}
    world = after(scheme(**AT_ONCE, **levers), weeks=8)
    people = world.tables()["cases"].query("contact_day >= 0 and accepted")
    assert (people["police_outcome"] == "no action").sum() > 200
    assert rungs(world)["contacts.in_progress"] == people["police_outcome"].isna().sum()


def test_the_rungs_below_diverted_add_up_to_it():
    steps = rungs(after(scheme(**{"diversion.uptake": 0.5})))
    parts = ("kept_out_of_court", "disposal_upgraded", "net_widened", "stopped", "as_before")
    assert sum(steps[f"contacts.{part}"] for part in parts) == steps["contacts.diverted"] > 500


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_stated_share_of_todays_disposals_comes_with_an_intervention(share, monkeypatch):
    """Of some 4,000 disposals: within four standard errors, and the ratio is that of the lever."""
    reached, ratios = [], set()

    def note(world, cases, ratio):
        reached.extend(cases)
        ratios.update(np.broadcast_to(ratio, cases.shape).tolist())

    monkeypatch.setattr(diversion, "take_effect", note)
    levers = {"diversion.uptake": 0.0, "police.with_intervention": share, "police.intervention_hazard_ratio": 0.6}
    world = after(scheme({"charge_share": 0.0, "disposed_share": 1.0}, **levers, **AT_ONCE))
    given = int((world.cases.police_outcome[: world.cases.size] >= 0).sum())
    assert given > 3000
    assert len(reached) / given == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / given))
    assert ratios == ({0.6} if share else set())
