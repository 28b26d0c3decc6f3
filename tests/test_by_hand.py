"""Worlds, courts, lists and spells small enough to work out on paper."""

from __future__ import annotations

from datetime import date
from math import exp

import numpy as np
import pandas as pd
import pytest
from worlds import (
    MONDAY,
    NOBODY_REOFFENDS,
    OFFICERS_ALIKE,
    OPEN_TO_ALL,
    empty,
    heard_on,
    new_cases,
    new_court,
    rooms,
    sit,
    small,
)

from sim.base import luck
from sim.base.clock import Clock
from sim.measures import take
from sim.run.result import Result
from sim.scenario.model import Sitting
from sim.world import World, offender, reoffending
from sim.world.calendar import STAGES, Calendar
from sim.world.columns import ENDED, NEVER
from sim.world.provider import Provider

# Chance is removed: every share is 0 or 1, and every wait has its median as its mean, so that it never varies.
# Officers have time for every file at once; everybody admits, so the scheme is open to whoever is old enough.
CERTAIN = {
    **NOBODY_REOFFENDS,
    **OFFICERS_ALIKE,
    **OPEN_TO_ALL,
    "people.searched.ethnicity": [0.0, 1.0, 0.0, 0.0, 0.0],
    "people.searched.male": 1.0,
    "people.searched.under_18_if_charged": 0.0,
    "people.searched.age_18_to_24": 1.0,
    "people.searched.record_if_charged": [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    "police.teams": 1,
    "diversion.rollout": [{"weeks": 0, "teams": 1}],
    "police.officers": 60.0,
    "police.charge_delay_median": 3.0,
    "police.charge_delay_mean": 3.0,
    "police.hours_charge": 9.0,
    "police.hours_saved": {"by_hand": 3.0},
    "police.hours_saved_source": "by_hand",
    "police.hours_referral": 1.0,
    "diversion.offences": ["diverted"],
    "diversion.uptake": 1.0,
    "diversion.acceptance": 1.0,
    "diversion.attendance": 1.0,
    "diversion.completion": 1.0,
    "diversion.readiness_spread": 0.0,
    "disposals.community_resolution_with_intervention.on_record": True,
    "disposals.community_resolution_with_intervention.sessions": 4,
    "courts.magistrates.sitting_days": rooms(),
    "courts.magistrates.hours_per_sitting_day": 4.0,
    "courts.magistrates.first_hearing_median": 5.0,
    "courts.magistrates.first_hearing_mean": 5.0,
    "courts.magistrates.report_share": 0.0,
    "courts.magistrates.report_days": 10.0,
    "courts.magistrates.trial_days": 7.0,
    "courts.magistrates.trial_outcomes": [1.0, 0.0, 0.0],
    "courts.magistrates.tried_convicted": 1.0,
    "courts.crown.sitting_days": rooms(),
    "courts.crown.hours_per_sitting_day": 4.0,
    "courts.crown.remand_either_way": 0.0,
    "courts.crown.remand_indictable": 0.0,
    "courts.crown.plea_hearing_days": 14.0,
    "courts.crown.plea_hearing_hours": 1.0,
    "courts.crown.trial_days_bail": 28.0,
    "courts.crown.late_plea_share": 0.0,
    "courts.crown.attrition_rate": 0.0,
    "courts.crown.ineffective_share": 0.0,
    "courts.crown.tried_convicted": 1.0,
    "courts.crown.contested_spread": 0.0,
    "courts.crown.sentence_delay_median": 6.0,
    "courts.crown.sentence_delay_mean": 6.0,
    "courts.crown.warrant_share": 0.0,
}
# A guilty plea; whoever contests takes 20 minutes at the first hearing and 3 hours at trial; the Crown Court takes
# 11 hours in all, one of them at the plea hearing.
_GROUP = {
    "charge_share": 1.0, "disposed_share": 0.0, "own_case_share": 1.0, "for_trial_share": 1.0, "sent_share": 0.0,
    "indictable_share": 0.0, "not_guilty_share": 0.0, "withdrawn_share": 0.0, "committed_share": 0.0,
    "plea_minutes": 30.0, "not_guilty_minutes": 20.0, "tried_hours": 3.0, "crown_plea_share": 0.0,
    "crown_tried_share": 1.0, "crown_hours_contested": 11.0, "crown_hours_other": 2.0,
    "magistrates_sentences": [0.0, 0.0, 1.0, 0.0, 0.0, 0.0], "crown_sentences": [1.0, 0.0, 0.0],
}  # fmt: skip
GROUPS = {
    "pleads": _GROUP | {"for_trial_share": 0.0},
    "sent": _GROUP | {"sent_share": 1.0},
    "diverted": _GROUP,
    "contests": _GROUP | {"not_guilty_share": 1.0},
}


def lives(contacts: dict[str, int], **changes: object) -> dict[str, pd.DataFrame]:
    """The tables of a year in which one person of each group named is met, on the day given."""
    world = World(small(GROUPS, **{**CERTAIN, **changes}), seed=1, years=1, audit=True)
    for group, day in contacts.items():
        world.first_contacts[list(world.levers.groups).index(group), day] = 1
    world.run()
    return world.tables()


def written_out(table: pd.DataFrame) -> dict[str, list]:
    """The columns of a table as lists, without the seed; what is missing is None."""
    plain = table.drop(columns="seed").astype(object)
    return plain.where(plain.notna(), None).to_dict("list")


# Four people --------------------------------------------------------------------------------------------
#
# Day 0 is Monday 30 March 2026. Courts do not sit on Good Friday (day 4), Easter Monday (day 7), May Day (35) or
# Spring Bank Holiday (56). Each tier has one room of 4 hours. Charge follows contact by 3 days, the first hearing
# follows charge by 5.
#
# pleads    met Mon 0; charged Thu 3; pleads guilty and is sentenced on Tue 8, in 30 minutes.
# sent      met Wed 2; charged Sat 5; first hearing Thu 10 (20 minutes), sent to the Crown Court that day. Plea hearing
#           14 days on, Thu 24 (1 hour). Trial 28 days on, Thu 52: 10 hours in a 4-hour room are Thu 52, Fri 53 and,
#           over the bank holiday, Tue 57 (2 hours). Convicted on 57, sentenced 6 days on, Mon 63.
#           Hearings: first, plea, the three days of the trial, sentence. Minutes: 20 + 60 + 600.
# diverted  met Thu 3; the course starts on the next Monday, 7; four weekly sessions end on 35; resolved on 36,
#           a disposal that goes on the record.
# contests  met Fri 4; charged Tue 7; first hearing due Sat 12, heard Mon 14 (20 minutes); trial 7 days on, Mon 21
#           (3 hours): convicted and sentenced.
CASES = {
    "case": [0, 1, 2, 3],
    "offender": [0, 1, 2, 3],
    "group": ["pleads", "sent", "diverted", "contests"],
    "contact_day": [0, 2, 3, 4],
    "would_have": ["charge"] * 4,
    "record": [0] * 4,
    "own_case": [True] * 4,
    "in_scope": [False, False, True, False],
    "admits": [False, False, True, False],
    "eligible": [False, False, True, False],
    "offered": [False, False, True, False],
    "accepted": [False, False, True, False],
    "started": [False, False, True, False],
    "completed": [False, False, True, False],
    "breached": [False] * 4,
    "discontinued": [False] * 4,
    "conditions_broken": [False] * 4,
    "fined": [False] * 4,
    "imprisoned": [False] * 4,
    "path_avoided": [None, None, "plea", None],
    "police_outcome": ["charge", "charge", "community_resolution_with_intervention", "charge"],
    "outcome_day": [3, 5, 36, 7],
    "route": ["summary", "for trial", None, "for trial"],
    "crown_route": [None, "for trial", None, None],
    "received": [3, 5, None, 7],
    "first_hearing": [8, 10, None, 14],
    "closed": [8, 10, None, 21],
    "crown_received": [None, 10, None, None],
    "main_hearing": [None, 52, None, None],
    "crown_closed": [None, 63, None, None],
    "bailed": [None, None, None, None],
    "outcome": ["guilty plea", "convicted", "", "convicted"],
    "remanded": [False] * 4,
    "hearings": [1, 6, 0, 2],
    "minutes": [30, 680, 0, 200],
    "index_day": [8, 63, 36, 21],
    "proven_day": [8, 63, 36, 21],
    "next_day": [None] * 4,
}
OFFENDERS = {
    "offender": [0, 1, 2, 3],
    "ethnicity": ["Black"] * 4,
    "sex": ["men"] * 4,
    "age_band": ["18 to 24"] * 4,
    "record": ["none"] * 4,
}
# Weeks end on days 6, 13, 20, ... Each line: opening, received, returned, closed, sent_on, warrants_out, closing.
NONE, RECEIVED, OPEN = (0, 0, 0, 0, 0, 0, 0), (0, 1, 0, 0, 0, 0, 1), (1, 0, 0, 0, 0, 0, 1)
CLOSED, SENT_ON = (1, 0, 0, 1, 0, 0, 0), (1, 0, 0, 0, 1, 0, 0)
WEEKS = {
    ("magistrates", "pleads", "summary"): [RECEIVED, CLOSED],
    ("magistrates", "sent", "for trial"): [RECEIVED, SENT_ON],
    ("magistrates", "contests", "for trial"): [NONE, RECEIVED, OPEN, CLOSED],
    ("crown", "sent", "for trial"): [NONE, RECEIVED, *[OPEN] * 7, CLOSED],
}
# The first ten weeks. Room-days: 5 a week less the bank holidays. Minutes and hearings used, by week.
ROOM_DAYS = [4, 4, 5, 5, 5, 4, 5, 5, 4, 5]
USED = {
    "magistrates": ([0, 50, 20, 180, 0, 0, 0, 0, 0, 0], [0, 2, 1, 1, 0, 0, 0, 0, 0, 0]),
    "crown": ([0, 0, 0, 60, 0, 0, 0, 480, 120, 0], [0, 0, 0, 1, 0, 0, 0, 3, 0, 1]),
}
# The last day, 364, is a week of its own. Three charges of 9 hours; one disposal that saves 3 of the 9 and takes 1 to
# refer, so that the scheme frees 2. 60 officers have 168 hours a week, and 24 on the last day: nothing is left over.
WEEK, DAY = 60.0 * 168, 60.0 * 24
OFFICERS = {
    "day": [*range(6, 364, 7), 364],
    "team": [0] * 53,
    "decisions": [4] + [0] * 52,
    "offers": [1] + [0] * 52,
    "available": [WEEK] * 52 + [DAY],
    "booked": [34.0] + [0.0] * 52,
    "worked": [34.0] + [0.0] * 52,
    "searching": [0.0] * 53,
    "idle": [WEEK - 34] + [WEEK] * 51 + [DAY],
    "hours_at_start": [0.0] * 53,
    "hours_at_end": [0.0] * 53,
    "freed": [2.0] + [0.0] * 52,
    "files_waiting": [0] * 53,
    "readiness": [1.0] * 53,
}
# A thousand places on each Monday from day 0 to day 364. Referred on Thursday 3, started on Monday 7.
PROVIDERS = {
    "day": [*range(6, 364, 7), 364],
    "referred": [1] + [0] * 52,
    "places": [1000] * 53,
    "used": [0, 1] + [0] * 51,
    "started": [0, 1] + [0] * 51,
    "lapsed": [0] * 53,
    "came_up": [0, 1] + [0] * 51,
    "waiting": [1] + [0] * 52,
}


@pytest.fixture(scope="module")
def four_people() -> dict[str, pd.DataFrame]:
    days = {"pleads": 0, "sent": 2, "diverted": 3, "contests": 4}
    return lives(days, starts=date(2026, 3, 30))


def test_four_people_have_the_lives_written_out(four_people):
    assert written_out(four_people["cases"]) == CASES


def test_the_four_people_are_who_the_scenario_says(four_people):
    """Their keys follow from the seed, their group, the day and nobody else met there."""
    met = zip(four_people["cases"]["group"], four_people["cases"]["contact_day"].astype(int), strict=True)
    keys = [luck.key(1, luck.FIRST_CONTACTS, luck.key_of_name(group), day, 0)[0] for group, day in met]
    assert written_out(four_people["offenders"]) == {"key": keys, **OFFENDERS}


def test_the_weeks_of_four_people_are_counted_as_written_out(four_people):
    weeks = four_people["weeks"]
    counted = {
        cell: list(rows.iloc[:, 5:].itertuples(index=False, name=None))
        for cell, rows in weeks.groupby(["court", "group", "route"], observed=True)
    }
    assert counted == {cell: lines + [NONE] * (53 - len(lines)) for cell, lines in WEEKS.items()}
    assert weeks["day"].unique().tolist() == [*range(6, 364, 7), 364]


@pytest.mark.parametrize("court", ["magistrates", "crown"])
def test_the_court_time_of_four_people_is_booked_as_written_out(four_people, court):
    sittings = four_people["sittings"].query("court == @court")
    first = sittings.head(10)
    assert first["room_days"].tolist() == ROOM_DAYS
    assert first["supplied"].tolist() == [240 * n for n in ROOM_DAYS]
    assert (first["used"].tolist(), first["hearings"].tolist()) == USED[court]
    assert first["idle"].tolist() == [240 * n - used for n, used in zip(ROOM_DAYS, USED[court][0], strict=True)]
    assert not sittings["carried"].any()
    assert not sittings.iloc[10:][["used", "hearings"]].to_numpy().any()


def test_four_people_take_34_officer_hours_in_the_first_week(four_people):
    assert written_out(four_people["officers"]) == OFFICERS


def test_one_of_the_four_is_referred_on_thursday_and_starts_on_monday(four_people):
    assert written_out(four_people["providers"]) == PROVIDERS


def test_the_crown_court_spends_eleven_hours_and_five_hearings_on_the_one_who_is_sent(four_people):
    """The 20 minutes of the first hearing were the magistrates' court's."""
    scenario = small(GROUPS, **CERTAIN, starts=date(2026, 3, 30))
    measures = take(Result(scenario, 1, 1, 1.0, four_people)).set_index("measure")["value"]
    assert measures[["crown.hours_per_case", "crown.hours_per_disposal", "crown.hearings_per_case"]].tolist() == [
        11,
        11,
        5,
    ]


# One person ---------------------------------------------------------------------------------------------
#
# Day 0 is Monday 5 January 2026.


def test_who_leaves_the_course_is_charged_after_all_where_that_is_the_law():
    """Met Thursday 3; course from Monday 7, left on 8; charged on 9; pleads guilty 5 days on, Monday 14."""
    disposal = {"diversion.disposal": "deferred_prosecution", "disposals.deferred_prosecution.sessions": 0}
    case = lives({"diverted": 3}, **disposal, **{"diversion.completion": 0.0})["cases"].iloc[0]
    assert (case.started, case.breached, case.completed) == (True, True, False)
    assert (case.received, case.first_hearing, case.closed) == (9, 14, 14)
    assert (case.police_outcome, case.outcome) == ("charge", "guilty plea")


def test_nothing_follows_leaving_the_course_where_that_is_the_law():
    disposal = {"disposals.community_resolution_with_intervention.sessions": 0, "diversion.completion": 0.0}
    case = lives({"diverted": 3}, **disposal)["cases"].iloc[0]
    assert (case.breached, case.police_outcome) == (True, "community_resolution_with_intervention")
    assert np.isnan(case.received)
    assert case.index_day == 9  # left on 8, resolved the day after


def test_who_waits_for_a_place_starts_on_a_later_monday():
    """Half a place a week: the one of Monday 7 is lost, the next is on Monday 21; four weeks to 49, resolved on 50."""
    case = lives({"diverted": 8}, **{"provider.places_a_week": 0.5})["cases"].iloc[0]
    assert case.index_day == 50


def test_a_case_adjourned_for_a_report_comes_back_and_is_sentenced():
    """Met on 0, charged on 3, first hearing Thursday 8, report due 10 days on at the weekend: Monday 21."""
    changes = {"courts.magistrates.report_share": 1.0, "courts.magistrates.report_days": 11.0}
    case = lives({"pleads": 0}, **changes)["cases"].iloc[0]
    assert (case.first_hearing, case.closed, case.outcome) == (8, 21, "guilty plea")
    assert (case.hearings, case.minutes) == (2, 30)


def test_an_ineffective_trial_is_listed_again_and_again_and_is_still_open_at_the_end():
    """First hearing Tuesday 8; listed on Tuesday 15 and every 14 days to 351: 25 listings of half an hour."""
    ineffective = {"trial_outcomes": [0.0, 0.0, 1.0], "ineffective_hours": 0.5, "relist_days": 14.0}
    tables = lives({"contests": 0}, **{f"courts.magistrates.{name}": value for name, value in ineffective.items()})
    case = tables["cases"].iloc[0]
    assert (case.hearings, case.minutes) == (1 + 25, 20 + 25 * 30)
    assert np.isnan(case.closed)
    assert tables["weeks"]["closing"].iloc[-1] == 1


def test_the_first_day_opens_with_the_stock_of_the_scenario():
    stock = {"courts.magistrates.open_for_trial": 30, "courts.magistrates.open_summary": 20, "courts.crown.open": 50}
    shares = {"courts.crown.open_for_trial_share": 0.8, "courts.crown.open_appeal_share": 0.1}
    weeks = lives({}, **stock, **shares, **{"courts.magistrates.open_paper": 10})["weeks"]
    opening = weeks[weeks["day"] == 6].groupby(["court", "route"], observed=True)["opening"].sum()
    assert opening["magistrates"].to_dict() == {"for trial": 30, "summary": 20, "paper": 10}
    assert opening["crown"].to_dict() == {"for trial": 40, "for sentence": 5, "appeal": 5}


# Courts -------------------------------------------------------------------------------------------------


def test_two_hearings_a_day_clear_five_cases_in_three_days():
    world = empty()
    court = new_court(world, minutes=120)
    court.receive(new_cases(world, [60] * 5))
    assert heard_on(court, 7) == {0: [0, 1], 1: [2, 3], 2: [4]}
    assert court.outstanding == 0


def test_a_trial_of_100_hours_holds_one_of_two_rooms_for_25_sitting_days():
    """Rooms of 4 hours: five weeks, days 0 to 32. Meanwhile the other room hears a case a day."""
    world = empty()
    court = new_court(world, minutes=240, rooms=2)
    court.receive(new_cases(world, [6000] + [240] * 30))
    days = heard_on(court, 40)
    assert days.pop(0) == [0, 1]
    assert [len(cases) for day, cases in days.items() if day <= 32] == [1] * 24
    assert days[35] == [26, 27]


def test_a_long_trial_ends_on_the_last_day_it_needs():
    """100 hours at 4 a day are 25 sitting days: the last is Friday 32. 9 hours from Friday 4: Monday 7, Tuesday 8."""
    world = empty()
    court = new_court(world, minutes=240, rooms=2)
    lengths = np.array([6000, 540, 240])
    court.receive(new_cases(world, lengths))
    court.open_day(0)
    assert court.sit(np.array([0]), lengths[:1])[1] == [32]
    court.open_day(4)
    assert court.sit(np.array([1]), lengths[1:2])[1] == [8]


def test_the_rest_of_a_trials_last_day_is_free_for_others():
    """5 hours in a room of 4: 3 hours are left on the second day, just enough for the next trial."""
    world = empty()
    court = new_court(world, minutes=240)
    court.receive(new_cases(world, [300, 180, 60]))
    assert heard_on(court, 7) == {0: [0], 1: [1], 2: [2]}


def test_time_that_fits_nobody_is_carried_and_time_that_nobody_waits_for_is_idle():
    """100 minutes a day, trials of 60: 40 are carried, then 140 hold two and 20 are idle."""
    world = empty()
    court = new_court(world, minutes=100)
    court.receive(new_cases(world, [60] * 3))
    assert sit(court, 0).tolist() == [0]
    assert (court.carried, court.totals["idle"]) == (40, 0)
    assert sit(court, 1).tolist() == [1, 2]
    assert (court.carried, court.totals["idle"]) == (0, 20)
    assert (court.totals["supplied"], court.totals["used"]) == (200, 180)


def test_an_idle_court_saves_no_time_for_later():
    world = empty()
    court = new_court(world, minutes=60)
    sit(court, 0)
    court.receive(new_cases(world, [60, 60]))
    assert court.totals["idle"] == 60
    assert sit(court, 1).tolist() == [0]


def test_a_court_without_a_room_hears_nobody():
    world = empty()
    court = new_court(world, minutes=60, rooms=0)
    court.receive(new_cases(world, [60, 1]))
    assert heard_on(court, 30) == {}
    assert court.outstanding == 2
    assert court.totals["supplied"] == court.totals["idle"] == 0


def test_courts_do_not_sit_at_weekends_or_on_bank_holidays():
    """Wednesday 1 April 2026 is day 86; Good Friday is 88, Easter Monday 91; the weekend of 11 April is 96 and 97."""
    world = empty()
    court = new_court(world, minutes=60, days=120)
    court.receive(new_cases(world, [60] * 200))
    days = [day for day in heard_on(court, 120) if 86 <= day <= 98]
    assert days == [86, 87, 92, 93, 94, 95, 98]


# Cases 0 to 4: received on these days, some in custody, some shorter. Ties go by day received, then by number.
JOINED, CUSTODY, MINUTES = [3, 1, 1, 2, -7], [False, True, False, True, False], [30, 60, 30, 90, 60]


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        ("oldest first", [4, 1, 2, 3, 0]),
        ("custody first", [1, 3, 4, 2, 0]),
        ("shortest first", [2, 0, 4, 1, 3]),
        ("newest first", [0, 3, 1, 2, 4]),
    ],
)
def test_each_listing_policy_hears_cases_in_its_order(policy, order):
    world = empty()
    court = new_court(world, minutes=1000, policy=policy)
    cases = new_cases(world, MINUTES, joined=JOINED, lead=np.where(CUSTODY, 10_000, 0))
    court.receive(cases[:3])
    court.receive(cases[3:])
    assert sit(court, 4).tolist() == order


def test_a_case_that_left_the_list_is_not_called_on():
    world = empty()
    court = new_court(world, minutes=60)
    court.receive(new_cases(world, [60] * 3))
    world.cases.stage[1] = ENDED
    court.clear()
    assert court.outstanding == 2
    court.clear()
    assert heard_on(court, 5) == {0: [0], 1: [2]}


def test_a_years_sitting_days_are_spread_over_its_253_working_days():
    """Half a room: none and one in turn. A tenth of 253 is 25 whole room-days."""
    clock = Clock(date(2026, 1, 1))
    working = clock.working_days(365)
    half = clock.rooms([Sitting(starts=MONDAY, days=126.5)], 365)
    assert working.sum() == 253
    assert half[working][:6].tolist() == [0, 1, 0, 1, 0, 1]
    assert half[~working].sum() == 0
    assert clock.rooms([Sitting(starts=MONDAY, days=253.0)], 365, share=0.1).sum() == 25


# The provider -------------------------------------------------------------------------------------------


def started_by_week(places: float, arrivals: list[int]) -> list[int]:
    """How many people in all have started after each week, with so many referred in each."""
    world = empty(**{"diversion.attendance": 1.0})
    provider = Provider(world, places)
    started = []
    for number in arrivals:
        provider.receive(new_cases(world, [0] * number))
        provider.start_course()
        started.append(int(world.cases.started.sum()))
    return started


def test_two_places_a_week_take_five_people_in_three_weeks():
    assert started_by_week(2, [5, 0, 0]) == [2, 4, 5]


def test_places_that_nobody_takes_are_lost():
    assert started_by_week(2, [0, 0, 5, 1]) == [0, 0, 2, 4]


def test_a_fraction_of_a_place_is_kept_for_the_next_week():
    assert started_by_week(1.5, [9, 0, 0, 0]) == [1, 3, 4, 6]


def test_places_go_first_come_first_served():
    world = empty(**{"diversion.attendance": 1.0})
    provider = Provider(world, 3)
    first, second = new_cases(world, [0] * 2), new_cases(world, [0] * 3)
    provider.receive(second)
    provider.receive(first)
    provider.start_course()
    assert world.cases.started[second].all()
    assert not world.cases.started[first].any()
    assert provider.waiting == 2


# The calendar -------------------------------------------------------------------------------------------


def test_entries_come_back_on_their_day_in_order_of_id():
    calendar = Calendar(last_day=100)
    calendar.add("charge", np.array([7, 3, 5]), np.array([2, 2, 40]))
    calendar.add("release", np.array([9]), 2)
    assert calendar.take("charge", 1).tolist() == []
    assert calendar.take("charge", 2).tolist() == [3, 7]
    assert [day for day in range(3, 101) if calendar.take("charge", day).size] == [40]


def test_entries_wait_for_a_day_on_which_somebody_asks():
    calendar = Calendar(100, ["hearing"])
    calendar.add("hearing", np.array([4]), 5)
    calendar.take("hearing", 4)
    calendar.add("hearing", np.array([2, 1]), np.array([6, 8]))
    assert calendar.take("hearing", 7).tolist() == [2, 4]
    assert calendar.take("hearing", 8).tolist() == [1]


def test_entries_after_the_last_day_are_dropped():
    calendar = Calendar(last_day=10)
    calendar.add("charge", np.array([0, 1]), np.array([10, 11]))
    assert [calendar.take("charge", day).tolist() for day in (10, 11)] == [[0], []]


def test_a_stage_that_nobody_asks_for_is_refused():
    calendar = Calendar(last_day=10)
    for days in (3, np.array([3]), np.array([], int)):
        with pytest.raises(LookupError, match="no stage 'chrage'"):
            calendar.add("chrage", np.arange(np.size(days)), days)
    with pytest.raises(LookupError, match="no stage 'hearing'"):
        calendar.take("hearing", 1)


def test_every_stage_of_the_calendar_is_asked_for_each_day_the_court_sits(monkeypatch):
    """So whatever is entered is handed on."""
    asked = set()
    take = Calendar.take
    monkeypatch.setattr(Calendar, "take", lambda self, stage, today: asked.add(stage) or take(self, stage, today))
    world = empty()
    for _ in range(2):
        world.step()
    assert asked == set(STAGES)


# A spell at risk ----------------------------------------------------------------------------------------
#
# The hazard is constant, 1 in 365 days at liberty; the budget is 72.5 of its days: due on day 73 if nothing changes.


@pytest.fixture
def at_risk() -> World:
    constant = {"shape": 1.0, "early": 0.0, "frailty_variance": 0.0, "share_12_months": [1 - exp(-1)] * 6}
    world = empty(**{f"reoffending.{name}": value for name, value in constant.items()})
    person = offender.meet(world, luck.key(1), np.array([0]), np.array([True]))
    reoffending.begin_spell(world, person, luck.key(2))
    world.people.budget[person] = 72.5 / 365
    return world


PERSON = np.array([0])


def test_custody_stops_the_clock_of_a_spell(at_risk):
    """At liberty 10 days, held 30, so 62.5 days' hazard is left on day 40: due on day 103."""
    people = at_risk.people
    at_risk.today = 10
    reoffending.hold(at_risk, PERSON)
    assert (people.exposure[0], people.due[0]) == (10, NEVER)
    assert people.budget[0] * 365 == pytest.approx(62.5)
    at_risk.today = 40
    reoffending.release(at_risk, PERSON)
    assert (people.exposure[0], people.due[0]) == (10, 103)


def test_who_is_held_twice_is_free_only_after_the_second_release(at_risk):
    """At liberty 10 days, held from 10 and again from 20, let go on 30 and 50: 62.5 days are left, due on 113."""
    for day, change in ((10, reoffending.hold), (20, reoffending.hold), (30, reoffending.release)):
        at_risk.today = day
        change(at_risk, PERSON)
    assert at_risk.people.due[0] == NEVER
    at_risk.today = 50
    reoffending.release(at_risk, PERSON)
    assert (at_risk.people.exposure[0], at_risk.people.due[0]) == (10, 113)


def test_half_the_hazard_makes_what_is_left_of_a_spell_twice_as_long(at_risk):
    """After 10 days 62.5 are left; at half the rate they last 125: due on day 135."""
    at_risk.today = 10
    reoffending.change_hazard(at_risk, PERSON, 0.5)
    assert at_risk.people.due[0] == 135


def test_a_course_taken_in_custody_counts_from_release(at_risk):
    """Held from 10 to 40, the rate halved on 20: 62.5 days last 125 from day 40: due on day 165."""
    for day, change in ((10, reoffending.hold), (20, lambda *who: reoffending.change_hazard(*who, 0.5))):
        at_risk.today = day
        change(at_risk, PERSON)
    assert at_risk.people.due[0] == NEVER
    at_risk.today = 40
    reoffending.release(at_risk, PERSON)
    assert at_risk.people.due[0] == 165
