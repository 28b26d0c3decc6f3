"""The courts' law, lists and structure: what each lever does, in worlds small enough to count."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from schemes import GROUP, after, cases, same_share, scheme
from worlds import MONDAY, NOBODY_REOFFENDS, small

from sim.base import luck
from sim.base.clock import Clock
from sim.run.run import run_seed
from sim.scenario.reading import load
from sim.world import World
from sim.world.columns import ACQUITTED, CONVICTED, CROWN_TRYING
from sim.world.listing import POLICIES

# A hundred people a day, all charged and all sent to the Crown Court for trial, where all plead not guilty.
SENT = GROUP | {"charge_share": 1.0, "disposed_share": 0.0, "sent_share": 1.0, "crown_plea_share": 0.0}
QUICK = {
    **{"courts.magistrates.first_hearing_median": 1.0, "courts.magistrates.first_hearing_mean": 1.0},
    **{"police.charge_delay_median": 1.0, "police.charge_delay_mean": 1.0},
}
NOBODY_LEAVES = {
    "courts.crown.late_plea_share": 0.0,
    "courts.crown.attrition_rate": 0.0,
    "courts.crown.warrant_share": 0.0,
}
NO_SITTINGS = {
    "courts.crown.sitting_days": [{"starts": MONDAY, "days": 253.0}],
    "courts.crown.hours_per_sitting_day": 0.7,
}


def crown(weeks: int, **changes) -> World:
    """A world in which everybody met is sent for trial."""
    return after(small({"any": SENT}, **(QUICK | NOBODY_LEAVES | NOBODY_REOFFENDS | changes)), weeks, audit=True)


def test_people_are_bailed_at_the_custody_limit_unless_it_is_extended():
    """All are remanded. A limit of 20 days falls before any trial; three in ten are extended."""
    custody = {"courts.crown.remand_either_way": 1.0, "courts.crown.custody_limit_days": 20.0}
    people = crown(12, **custody, **{"courts.crown.custody_limit_extended": 0.3}).tables()["cases"]
    past = people[people["crown_received"] < 7 * 12 - 30]
    bailed = past["bailed"].notna()
    assert same_share(bailed, 0.7)
    assert (past["bailed"] - past["crown_received"])[bailed].between(20, 23).all()  # courts rest at weekends
    assert not past["remanded"][bailed].any()
    assert past["remanded"][~bailed].all()


def test_a_case_whose_person_is_bailed_goes_on_and_keeps_nobody_held():
    custody = {"courts.crown.remand_either_way": 1.0, "courts.crown.custody_limit_days": 20.0}
    world = crown(12, **custody, **{"courts.crown.custody_limit_extended": 0.0})
    bailed = world.cases.bailed[: world.cases.size] < world.days
    assert bailed.sum() > 500
    assert (world.people.held[world.cases.person[: world.cases.size][bailed]] == 0).all()


def test_ring_fenced_groups_are_listed_before_all_others():
    groups = {"a": SENT | {"contacts": 3652.0}, "b": SENT | {"contacts": 3652.0}}
    slow = {"courts.crown.sitting_days": [{"starts": MONDAY, "days": 1500.0}], "courts.crown.trial_days_bail": 1.0}
    slow |= {"courts.crown.ring_fenced": ["b"], "courts.crown.remand_either_way": 0.0}
    table = after(small(groups, **(QUICK | NOBODY_LEAVES | NOBODY_REOFFENDS | slow)), 45).tables()["cases"]
    tried = table["main_hearing"].notna().groupby(table["group"], observed=True).sum()
    assert tried["b"] > 3 * tried["a"]


def test_without_election_either_way_cases_stay_in_the_magistrates_court():
    """All would be sent, half of them by election; nobody is indictable only."""
    ends = MONDAY + timedelta(28)
    table = crown(8, **{"courts.law.election_ends": ends, "courts.law.elected_share": 0.5}).tables()["cases"]
    heard = table[table["first_hearing"].notna()]
    sent = heard["crown_received"].notna()
    assert sent[heard["first_hearing"] < 28].all()
    assert same_share(sent[heard["first_hearing"] >= 28], 0.5)


def test_trials_without_a_jury_save_their_share_of_the_time():
    law = {
        "courts.law.judge_only_from": MONDAY,
        "courts.law.judge_only_share": 1.0,
        "courts.law.judge_only_saving": 0.2,
    }
    with_jury, without = crown(4), crown(4, **law)
    trials = [world.cases.trial_minutes[: world.cases.size] for world in (with_jury, without)]
    assert (trials[0] > 0).sum() > 500
    assert np.abs(trials[1] - 0.8 * trials[0]).max() <= 1  # minutes are whole


def test_longer_powers_keep_committals_for_sentence():
    group = {
        "charge_share": 1.0,
        "disposed_share": 0.0,
        "sent_share": 0.0,
        "not_guilty_share": 0.0,
        "committed_share": 1.0,
    }
    changes = QUICK | {"courts.law.powers_from": MONDAY, "courts.law.powers_kept": 0.4, "diversion.uptake": 0.0}
    changes |= {"courts.magistrates.report_share": 0.0}
    table = cases(scheme(group | {"withdrawn_share": 0.0}, **changes), weeks=8)
    heard = table[table["first_hearing"].notna()]
    assert same_share(heard["crown_received"].notna(), 0.6)


def test_closed_rooms_do_not_sit_and_are_lost():
    clock, days = Clock(MONDAY), 56
    sittings = small().courts.crown.sitting_days
    closure = small(
        **{"courts.crown.closures": [{"starts": date(2026, 1, 12), "ends": date(2026, 1, 18), "share": 1.0}]}
    )
    open_, shut = clock.rooms(sittings, days), clock.rooms(sittings, days, 1.0, closure.courts.crown.closures)
    assert shut[7:14].sum() == 0
    assert abs(shut[14:].sum() - open_[14:].sum()) <= 1  # fractions are carried over the gap
    assert (shut[:7] == open_[:7]).all()


def test_time_that_is_not_used_again_is_left_idle():
    """What avoided cases would have taken of the trial list is idle time, minute for minute."""
    changes = {"courts.magistrates.sitting_days": [{"starts": MONDAY, "days": 2530.0}]}
    contested = {"not_guilty_share": 1.0, "withdrawn_share": 0.0, "sent_share": 0.0}
    idle = [
        after(scheme(contested, **QUICK, **changes, **{"courts.reuse": reuse}), 12, audit=True).tables()["sittings"]
        for reuse in (1.0, 0.0)
    ]
    used = [table.loc[table["court"] == "magistrates", "used"].sum() for table in idle]
    assert used[1] < used[0]


def test_where_there_is_room_somebody_else_is_charged():
    """With refill 1 as many are charged instead as prosecutions are avoided, as soon as they are met."""
    plain, refilled = (cases(scheme(**{"courts.refill": refill}), weeks=12) for refill in (0.0, 1.0))
    avoided = refilled["path_avoided"].notna().sum()
    more = (refilled["would_have"] == "no action") & (refilled["police_outcome"] == "charge")
    assert not ((plain["would_have"] == "no action") & (plain["police_outcome"] == "charge")).any()
    assert more.sum() > 100
    assert more.sum() <= avoided


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_receipts_imposed_come_as_stated_and_nothing_else_does(share):
    quarters = [{"quarter": "2026Q2", "for_trial": 700.0, "for_sentence": 300.0, "appeals": 100.0}]
    world = World(small(**{"demand.crown_receipts": quarters}), 1, 1, share, audit=True)
    world.run()
    weeks = world.tables()["weeks"].groupby(["court", "route"], observed=True)["received"].sum()
    assert weeks.loc["crown"].to_dict() == {
        "for trial": 700 * share,
        "for sentence": 300 * share,
        "appeal": 100 * share,
    }
    people = world.tables()["cases"]
    received = people["crown_received"]
    assert people["received"].equals(received)  # no other court had them before
    assert (received >= Clock(MONDAY).day(date(2026, 4, 1))).all()
    assert (received <= Clock(MONDAY).day(date(2026, 6, 30))).all()


def test_where_an_avoided_prosecution_would_have_led_is_told_by_its_own_luck():
    """The same people without the scheme: those charged go where `path_avoided` says."""
    group = {"sent_share": 0.3, "not_guilty_share": 0.4, "withdrawn_share": 0.2, "committed_share": 0.0}
    with_it, without = (cases(scheme(group, **QUICK, **{"diversion.uptake": up}), weeks=12) for up in (1.0, 0.0))
    both = with_it["path_avoided"].notna() & without["first_hearing"].notna()
    sent = without["crown_received"].notna() & (without["crown_received"] == without["first_hearing"])
    assert (with_it["path_avoided"][both] == "sent").equals(sent[both])
    assert both.sum() > 500


@pytest.mark.parametrize("policy", [policy for policy in POLICIES if policy != "custody first"])
def test_where_capacity_does_not_bind_the_order_of_the_list_makes_no_difference(policy):
    """Rooms for far more than come: whoever is ready is heard, so no figure depends on who comes first."""
    lavish = {
        f"courts.{tier}.sitting_days": [{"starts": MONDAY, "days": 400_000.0}] for tier in ("magistrates", "crown")
    }
    tiers = ("magistrates", "crown")
    usual, other = (
        crown(40, **lavish, **{f"courts.{tier}.listing": listing for tier in tiers}).tables()
        for listing in ("custody first", policy)
    )
    assert (usual["cases"]["main_hearing"].notna()).sum() > 500
    assert not usual["sittings"]["waiting"].any()
    for name, table in usual.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=True)


def test_half_the_sitting_days_lengthen_waits_and_leave_more_waiting():
    """London at a twentieth over two years, the same people and the same luck."""
    days = load("london/baseline").courts.crown.sitting_days
    halved = [{"starts": entry.starts, "days": entry.days / 2} for entry in days]
    runs = [
        run_seed(load("london/baseline", changes), 1, 2, 0.05)
        for changes in ({}, {"courts.crown.sitting_days": halved})
    ]
    sent = [run.tables["cases"].query("crown_route == 'for trial' and 0 <= crown_received < 365") for run in runs]
    whole, half = (cases["main_hearing"].isna().mean() for cases in sent)
    assert half > 1.2 * whole > 0.1
    whole, half = (run.tables["sittings"].query("court == 'crown'")["waiting"].iloc[-1] for run in runs)
    assert half > 1.2 * whole


def test_listings_add_up_to_trials_that_went_ahead_cracked_or_must_be_listed_again():
    """Each that is listed is one of the three; each contested trial that begins was effective."""
    soon = {"courts.crown.trial_days_bail": 30.0, "courts.crown.trial_days_custody": 30.0}
    world = crown(20, **soon, **{"courts.crown.sitting_days": [{"starts": MONDAY, "days": 20_000.0}]})
    size, sat = world.cases.size, world.tables()["sittings"].query("court == 'crown'")
    counted = sat[["effective", "cracked", "ineffective"]].sum()
    assert counted.sum() == world.cases.listings[:size].sum()
    begun = np.isin(world.cases.outcome[:size], (CONVICTED, ACQUITTED)) | (world.cases.stage[:size] == CROWN_TRYING)
    assert counted["effective"] == begun.sum() > 100
    assert counted["ineffective"] / counted.sum() == pytest.approx(0.25, abs=0.04)  # 1,000 listings: 3 sd


def test_days_held_before_bail_count_toward_a_sentence_of_custody():
    """All are remanded, bailed after 20 days or so, convicted and given 100 days: they serve the rest."""
    sentence = {"crown_sentences": [0.0, 1.0, 0.0], "crown_plea_share": 0.0, "crown_hours_contested": 0.7}
    group = SENT | sentence
    custody = {"courts.crown.remand_either_way": 1.0, "courts.crown.custody_limit_days": 20.0}
    custody |= {"courts.crown.custody_limit_extended": 0.0, "courts.crown.tried_convicted": 1.0}
    custody |= {"courts.crown.trial_days_bail": 30.0, "courts.crown.trial_days_custody": 30.0}
    custody |= {"sentencing.suspended_crown": 0.0, "sentencing.custody_days_crown": 100.0}
    lavish = {"courts.crown.sitting_days": [{"starts": MONDAY, "days": 400_000.0}]}
    world = after(
        small({"any": group}, **(QUICK | NOBODY_LEAVES | NOBODY_REOFFENDS | custody | lavish)), 20, audit=True
    )
    cases = world.cases
    jailed = np.flatnonzero((cases.crown_closed[: cases.size] < world.days) & (cases.credit[: cases.size] > 0))
    assert len(jailed) > 500
    assert (cases.credit[jailed] == cases.bailed[jailed] - cases.crown_received[jailed]).all()
    released = jailed[cases.index_day[jailed] < world.days]
    given = luck.whole_days(luck.exponential(world.luck("custody served", released), 100.0))
    served = cases.index_day[released] - cases.crown_closed[released]
    assert len(released) > 100
    assert (served == np.maximum(given - cases.credit[released], 1)).all()
