"""Measures of the courts, taken from tables worked out on paper. Year ends: days 364, 729 and 1095."""

from dataclasses import replace

import pandas as pd
import pytest
from hand_made import baseline, result, values

from sim.measures import BY_GROUP, MEASURES, take
from sim.run.result import Result
from sim.scenario.reading import change

COURTS = ("crown", "magistrates")
TRIAL = {"route": "for trial", "received": 0, "closed": 10, "crown_received": 10}


def taken(**tables: list[dict]) -> pd.DataFrame:
    return take(result(**tables), BY_GROUP)


def trials(*cases: dict) -> list[dict]:
    """For-trial cases of different people, received on day 10, unless it is said otherwise."""
    return [{"offender": number, **TRIAL, **case} for number, case in enumerate(cases)]


# Age and custody ----------------------------------------------------------------------------------------


def test_a_case_is_over_6_months_old_after_182_days_and_over_24_after_730():
    """On day 364 a case received on 182 is 182 days old; on day 729 one received on -1 is 730 days old."""
    cases = trials({"crown_received": 182}, {"crown_received": 181}, {"crown_received": -1}, {"crown_received": -2})
    cases += trials({"crown_received": -800, "crown_closed": 364}, {"crown_received": -800, "crown_closed": 365})
    cases += [{"route": "summary", "received": 182}, {"route": "summary", "received": 181}]
    cases += [{"route": "for trial", "received": 0, "closed": 400}]
    measures = taken(cases=cases)
    assert values(measures, "crown.open_over_6_months") == [4, 4, 4]
    assert values(measures, "crown.open_over_24_months") == [1, 1, 4]
    assert values(measures, "magistrates.open_over_6_months") == [2, 2, 2]


FOR_TRIAL = trials(
    {"remanded": True},  # held throughout
    {"remanded": True, "crown_closed": 364},  # closed on the year end itself
    {"bailed": 365},  # held until the custody time limit, a day after the first year end
    {"bailed": 364},
    {"crown_received": 20},  # out on a warrant, which the table does not tell: counts as open
    {"remanded": True, "crown_received": -50, "crown_closed": 800},  # of the opening stock
)
CUSTODY = [
    *FOR_TRIAL,
    {"offender": 0, **TRIAL, "remanded": True, "group": "drugs", "crown_received": 40},  # the first person again
    {"offender": 7, **TRIAL, "crown_route": "for sentence"},
    {"offender": 8, **TRIAL, "crown_route": "appeal", "route": ""},
]


def test_the_share_in_custody_is_of_for_trial_cases_open_at_the_year_end():
    """Open for trial: six, of which four are held; six, of which three; five, of which two."""
    measures = taken(cases=CUSTODY)
    assert values(measures, "crown.custody_share") == [4 / 6, 3 / 6, 2 / 5]
    assert values(measures, "crown.custody_share", "drugs") == [1, 1, 1]


def test_people_held_for_two_cases_are_counted_once():
    """Held: persons 0, 2 and 5; 0 and 5; 0, who has a case in two groups and counts with the first."""
    measures = taken(cases=CUSTODY)
    assert values(measures, "crown.remand_population") == [3, 2, 1]
    assert values(measures, "crown.remand_population", "theft") == [3, 2, 1]
    assert values(measures, "crown.remand_population", "drugs") == [0, 0, 0]


def test_the_people_held_are_scaled_to_the_area_and_the_share_is_not():
    measures = take(result(share=0.25, cases=CUSTODY))
    assert values(measures, "crown.remand_population") == [12, 8, 4]
    assert values(measures, "crown.custody_share") == [4 / 6, 3 / 6, 2 / 5]


# Time ---------------------------------------------------------------------------------------------------


def test_a_main_hearing_counts_in_its_own_year_whether_the_case_is_closed_or_not():
    """Waits of 90, 190 and 350 days in the first year, 490 in the second; the opening stock waited too."""
    cases = trials({"main_hearing": 100, "crown_closed": 900}, {"main_hearing": 200}, {"main_hearing": 500})
    cases += trials({"crown_received": -50, "main_hearing": 300}, {"crown_closed": 30}, {"crown_route": "appeal"})
    measures = taken(cases=cases)
    assert values(measures, "crown.receipt_to_main_hearing_median") == [190, 490, None]
    assert values(measures, "crown.receipt_to_main_hearing_mean") == [210, 490, None]


def test_the_wait_of_cases_received_in_a_year_is_known_once_half_had_their_hearing():
    """Received in the first year: heard after 90, 190 and 1,000 days, one dropped after 20; half of those left by 190.

    Received in the second: one of three heard before the run ends, so nobody knows.
    """
    cases = trials({"main_hearing": 100}, {"main_hearing": 200}, {"main_hearing": 1010}, {"crown_closed": 30})
    cases += trials({"crown_received": -5, "main_hearing": 20}, {"crown_route": "appeal", "main_hearing": 20})
    cases += [case | {"crown_received": 400} for case in trials({"main_hearing": 500}, {}, {"main_hearing": 1200})]
    measures = taken(cases=cases)
    assert values(measures, "crown.wait_of_received_median") == [190, None, None]
    assert values(measures, "crown.receipt_to_main_hearing_median") == [90, 100, 1000]


def test_the_wait_of_cases_charged_in_a_year_leaves_out_what_comes_after_they_are_sent_on():
    """Charged in the first year: closed after 50 and 400 days; one sent on after 60, one never closed; paper apart."""
    cases = [{"route": "summary", "received": 10, "closed": 60}, {"route": "summary", "received": 10, "closed": 410}]
    cases += [{"route": "for trial", "received": 10, "closed": 70, "crown_received": 70, "crown_closed": 80}]
    cases += [{"route": "summary", "received": 10}, {"route": "paper", "received": 10, "closed": 11}]
    measures = taken(cases=[{"offender": number, **case} for number, case in enumerate(cases)])
    assert values(measures, "magistrates.wait_of_charged_median") == [400, None, None]


def test_charge_to_close_has_a_mean_next_to_its_median():
    cases = trials({"crown_closed": 100}, {"crown_closed": 110}, {"crown_closed": 300, "received": -60})
    cases += trials({"crown_closed": 200, "crown_route": "for sentence"})
    measures = taken(cases=cases)
    assert values(measures, "crown.charge_to_close_mean") == [(100 + 110 + 360) / 3, None, None]
    assert values(measures, "crown.charge_to_close_median") == [110, None, None]


def test_the_time_to_clear_is_open_cases_over_a_years_departures():
    """11 open and 22 closed take 6 months. Three closed and one sent on, 8 open, take 24. None leaves: not known."""
    weeks = [
        {"day": 6, "closed": 20, "closing": 40},
        {"day": 364, "closed": 2, "closing": 11, "warrants_out": 5},
        {"day": 364, "court": "magistrates", "group": "drugs", "closed": 3, "sent_on": 1, "closing": 8},
        {"day": 729, "closing": 9},
    ]
    measures = taken(weeks=weeks)
    assert values(measures, "crown.months_to_clear") == [6, None, None]
    assert values(measures, "magistrates.months_to_clear") == [24, None, None]
    assert values(measures, "magistrates.months_to_clear", "drugs") == [24, None, None]
    assert values(measures, "crown.months_to_clear", "drugs") == [None, None, None]


# Court time ---------------------------------------------------------------------------------------------

SITTINGS = [
    {"day": 6, "room_days": 5, "supplied": 600, "used": 500, "idle": 60},
    {"day": 364, "room_days": 5, "supplied": 600, "used": 580, "idle": 60},
    {"day": 371, "court": "magistrates", "room_days": 2, "supplied": 200, "used": 50, "idle": 150},
]


def test_idle_time_is_a_share_of_the_time_supplied():
    measures = taken(sittings=SITTINGS)
    assert values(measures, "crown.idle_share") == [0.1, None, None]
    assert values(measures, "magistrates.idle_share") == [None, 0.75, None]


def test_cases_that_wait_for_court_time_are_counted_at_the_year_end_in_all_and_by_what_they_wait_for():
    sittings = [
        {"day": 357, "waiting": 90},
        {"day": 364, "waiting": 20},
        {"day": 364, "court": "magistrates", "waiting": 12, "waiting_first": 5},
        {"day": 729, "court": "magistrates", "waiting": 7},
    ]
    measures = take(result(share=0.5, sittings=sittings))
    assert values(measures, "crown.waiting") == [40, 0, 0]
    assert values(measures, "magistrates.waiting") == [24, 14, 0]
    assert values(measures, "magistrates.waiting_first_hearing") == [10, 0, 0]
    assert values(measures, "magistrates.waiting_trial") == [14, 14, 0]


def test_listed_trials_are_heard_ended_or_put_off_in_shares_of_the_years_listings():
    """Ten listings in the first year of the Crown Court, four in the second of the magistrates' courts."""
    sittings = [
        {"day": 6, "effective": 3, "cracked": 2},
        {"day": 364, "effective": 2, "cracked": 1, "ineffective": 2},
        {"day": 371, "court": "magistrates", "effective": 1, "cracked": 0, "ineffective": 3},
    ]
    measures = taken(sittings=sittings)
    ways = ("effective", "cracked", "ineffective")
    crown, magistrates = ([values(measures, f"{court}.trials_{way}_share") for way in ways] for court in COURTS)
    assert crown == [[0.5, None, None], [0.3, None, None], [0.2, None, None]]
    assert magistrates == [[None, 0.25, None], [None, 0, None], [None, 0.75, None]]


def test_time_that_diversion_frees_and_nobody_may_use_is_a_share_of_the_time_supplied():
    measures = taken(sittings=[{"day": 6, "court": "magistrates", "supplied": 200, "idle": 30, "lost": 10}])
    assert values(measures, "magistrates.lost_share") == [0.05, None, None]


def test_a_sitting_day_holds_1_8_hours_and_a_closed_case_takes_3():
    """1,080 minutes are 18 hours, over ten sitting days and six cases of any route."""
    weeks = [{"day": 6, "closed": 4, "route": "for trial"}, {"day": 364, "closed": 2, "route": "appeal"}]
    weeks += [{"day": 364, "closed": 50, "court": "magistrates"}]
    measures = taken(sittings=SITTINGS, weeks=weeks)
    assert values(measures, "crown.hours_per_sitting_day") == [1.8, None, None]
    assert values(measures, "crown.hours_per_disposal") == [3, None, None]


def test_how_for_trial_cases_ended_is_told_in_shares_of_those_closed_in_the_year():
    endings = ["guilty plea", "guilty plea", "convicted", "acquitted", "no verdict"]
    cases = trials(*[{"outcome": ending, "crown_closed": 300} for ending in endings])
    cases += trials({"outcome": "guilty plea", "crown_received": -9, "crown_closed": 700}, {"outcome": "guilty plea"})
    cases += trials({"outcome": "decided", "crown_closed": 300, "crown_route": "appeal"})
    measures = taken(cases=cases)
    assert values(measures, "crown.guilty_share") == [2 / 5, 1, None]
    assert values(measures, "crown.tried_share") == [2 / 5, 0, None]
    assert values(measures, "crown.no_verdict_share") == [1 / 5, 0, None]


LEVERS = {
    "courts.crown.plea_hearing_days": 28.0,
    "courts.crown.plea_hearing_hours": 1.0,
    "courts.crown.ineffective_share": 0.2,
    "courts.crown.ineffective_hours": 0.4,
    "courts.crown.late_plea_share": 0.0,
    "courts.crown.for_sentence_hours": 0.9,
    "courts.crown.appeal_hours": 1.4,
    "groups.cannabis_possession.not_guilty_minutes": 20.4,
    "groups.cannabis_possession.indictable_share": 0.5,
    "groups.cannabis_possession.crown_plea_share": 0.6,
    "groups.cannabis_possession.crown_tried_share": 0.5,
    "groups.cannabis_possession.crown_hours_contested": 11.0,
    "groups.cannabis_possession.crown_hours_other": 3.0,
}


def with_levers(cases: list[dict], **changes: object) -> Result:
    """A result of cannabis cases under round levers."""
    made = result(cases=[{"group": "cannabis_possession", **case} for case in cases])
    return replace(made, scenario=change(baseline(), LEVERS | changes))


def test_the_court_time_of_a_case_leaves_out_the_magistrates_court_and_the_opening_stock():
    """80 minutes less 20 are one hour, 200 less 20 three; hearings are 2 and 4 less one each."""
    cases = trials({"minutes": 80, "hearings": 2}, {"minutes": 200, "hearings": 4})
    cases += trials({"crown_received": -1, "minutes": 900, "hearings": 9}, {"crown_route": "appeal", "minutes": 900})
    cases = [{"crown_closed": 300, **case} for case in cases] + trials({"minutes": 500, "hearings": 5})
    cases += [{"crown_received": 5, "crown_route": "for trial", "crown_closed": 500, "minutes": 60, "hearings": 2}]
    measures = take(with_levers(cases))
    assert values(measures, "crown.hours_per_case") == [2, 1, None]  # the last was not sent by a magistrates' court
    assert values(measures, "crown.hearings_per_case") == [2, 2, None]


# What open cases still need -----------------------------------------------------------------------------
#
# In hours, after the plea hearing of 1: contested 10, not contested 2. A listing in five is ineffective: a quarter of
# one for each that goes ahead, 0.1 hours. Waiting for trial: 0.1 + 0.5 x 10 + 0.5 x 2 = 6.1. Before the plea hearing:
# 1 + 0.6 x 2 + 0.4 x 6.1 = 4.64.
WAITING, BEFORE_PLEA, AFTER_PLEA = 6.1, 4.64, 2.0


@pytest.mark.parametrize(
    ("case", "first", "second"),
    [
        ({"crown_received": 336}, WAITING, WAITING),  # plea hearing on day 364 itself
        ({"crown_received": 337}, BEFORE_PLEA, WAITING),
        ({"crown_received": 20}, WAITING, WAITING),  # out on a warrant: the table does not tell
        ({"crown_received": -500}, WAITING, WAITING),
        ({"main_hearing": 300, "outcome": "guilty plea", "crown_closed": 729}, AFTER_PLEA, 0),
        ({"main_hearing": 365, "outcome": "guilty plea", "crown_closed": 800}, WAITING, AFTER_PLEA),
        ({"crown_received": -9, "outcome": "guilty plea", "crown_closed": 365}, 0, 0),  # pleaded before day 0
        ({"main_hearing": 364, "outcome": "acquitted", "crown_closed": 370}, 0, 0),  # on trial
        ({"main_hearing": 364, "outcome": "convicted"}, 0, 0),  # awaits sentence, whose time the trial's holds
        ({"outcome": "no verdict", "crown_closed": 400}, WAITING, 0),
        ({"crown_route": "for sentence"}, 0.9, 0.9),
        ({"crown_route": "appeal"}, 1.4, 1.4),
        ({"crown_received": 400}, 0, WAITING),
    ],
)
def test_an_open_case_still_needs_the_time_of_its_stage(case, first, second):
    measures = take(with_levers(trials(case)), ("all", "group"))
    for group in ("all", "cannabis_possession"):
        assert values(measures, "crown.workload", group)[:2] == pytest.approx([first, second])


def test_the_time_cases_need_is_added_up_and_scaled():
    made = replace(with_levers(trials({"crown_closed": 600}, {}, {"crown_route": "appeal"})), share=0.5)
    assert values(take(made), "crown.workload") == pytest.approx([2 * (6.1 + 6.1 + 1.4), *[2 * (6.1 + 1.4)] * 2])


def test_trials_without_a_jury_need_less_time_where_the_case_came_after_they_began():
    """Half are either way, half of those without a jury, a fifth saved: 0.05 of 10 hours, of which half are tried."""
    law = {"judge_only_from": baseline().starts.replace(year=2027), "judge_only_share": 0.5, "judge_only_saving": 0.2}
    changes = {f"courts.law.{name}": value for name, value in law.items()}
    made = with_levers(trials({"crown_received": 364, "crown_closed": 800}, {"crown_received": 365}), **changes)
    assert values(take(made), "crown.workload") == pytest.approx(
        [BEFORE_PLEA, WAITING + WAITING - 0.25, WAITING - 0.25]
    )


# Nothing there ------------------------------------------------------------------------------------------


def test_where_nothing_happened_stocks_are_zero_and_shares_and_times_are_not_known():
    measures = take(result())
    courts = {name: one for name, one in MEASURES.items() if name.startswith(("crown.", "magistrates."))}
    assert len(courts) > 30
    for name, one in courts.items():
        nothing = 0 if one.kind in ("stock", "flow") else None
        assert values(measures, name) == [nothing] * 3, name
