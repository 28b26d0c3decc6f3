"""Measures, taken from tables worked out on paper. Year ends: days 364, 729 and 1095 (2028 is a leap year)."""

import numpy as np
import pytest
from hand_made import CONTACTS, result, values

from sim.compare.same_people import OF_THE_SCHEME
from sim.measures import MEASURES, take
from sim.measures.proven import proved_again
from sim.measures.view import BREAKDOWNS

WEEKS = [
    {"day": 6, "opening": 10, "received": 3, "closed": 2, "closing": 11, "route": "for trial"},
    {"day": 364, "opening": 11, "received": 4, "closed": 6, "closing": 9, "route": "for trial"},
    {"day": 364, "received": 1, "closing": 1, "route": "appeal", "group": "drugs"},
    {"day": 371, "opening": 9, "closed": 5, "closing": 4, "route": "for trial"},
    {"day": 729, "opening": 4, "received": 2, "closing": 6, "route": "for trial"},
    {"day": 1095, "opening": 6, "closed": 5, "closing": 1, "route": "for trial"},
    {"day": 364, "court": "magistrates", "received": 100, "closing": 70, "route": "paper"},
]


def test_stocks_are_read_at_year_ends_and_flows_added_up_over_the_year():
    taken = take(result(weeks=WEEKS))
    assert values(taken, "crown.open") == [10, 6, 1]
    assert values(taken, "crown.received") == [8, 2, 0]
    assert values(taken, "crown.closed") == [8, 5, 5]
    assert values(taken, "magistrates.open") == [70, 0, 0]


def test_the_groups_of_a_court_count_add_up_to_the_total():
    taken = take(result(weeks=WEEKS), ("all", "group"))
    assert values(taken, "crown.open", "theft") == [9, 6, 1]
    assert values(taken, "crown.open", "drugs") == [1, 0, 0]


def test_court_time_comes_in_hours_and_sitting_days():
    sittings = [
        {"day": 6, "room_days": 5, "used": 90},
        {"day": 364, "room_days": 7, "used": 30},
        {"day": 371, "room_days": 1, "used": 60},
    ]
    taken = take(result(sittings=sittings))
    assert values(taken, "crown.hours") == [2, 1, 0]
    assert values(taken, "crown.sitting_days") == [12, 1, 0]


def test_counts_and_hours_are_scaled_by_the_share_and_medians_and_shares_are_not():
    cases = [{"offender": n, "contact_day": 10, "next_day": 20 if n else np.nan, "eligible": True} for n in range(4)]
    cases += [{"route": "for trial", "received": 0, "crown_received": 5, "crown_closed": 50, "offender": 9}]
    officers = [{"day": 6, "booked": 1.5}]
    taken = take(result(share=0.25, cases=cases, officers=officers, weeks=WEEKS))
    assert values(taken, "diversion.eligible") == [16, 0, 0]
    assert values(taken, "officers.hours") == [6, 0, 0]
    assert values(taken, "crown.open") == [40, 24, 4]
    assert values(taken, "reoffending.all_12_months") == [None, 0.75, None]
    assert values(taken, "crown.charge_to_close_median") == [50, None, None]


def test_a_case_is_old_when_it_has_been_open_for_more_than_365_days():
    cases = [
        {"received": -400, "crown_received": -1, "route": "for trial", "closed": -1},  # 365 days old on day 364
        {"received": -400, "crown_received": -2, "route": "for trial", "closed": -2},
        {"received": -400, "crown_received": -2, "crown_closed": 364, "route": "for trial", "closed": -2},
        {"received": -400, "crown_received": -2, "crown_closed": 365, "route": "for trial", "closed": -2},
        {"received": -3, "route": "summary"},
        {"received": -3, "route": "for sentence", "crown_received": 400},
        {"received": -3, "route": "summary", "closed": 300},
    ]
    taken = take(result(cases=cases))
    assert values(taken, "crown.open_over_12_months") == [2, 2, 3]
    assert values(taken, "magistrates.open_over_12_months") == [1, 1, 1]


def test_charge_to_close_leaves_out_other_routes_and_cases_sent_on():
    cases = [
        {"received": 0, "closed": 10, "crown_received": 10, "crown_closed": 100, "route": "for trial"},
        {"received": 0, "closed": 10, "crown_received": 10, "crown_closed": 300, "route": "for trial"},
        {"received": 0, "closed": 10, "crown_received": 10, "crown_closed": 400, "route": "for trial"},
        {"received": 0, "crown_received": 0, "crown_closed": 1, "route": "appeal"},
        {"received": 0, "closed": 30, "route": "summary"},
        {"received": 0, "closed": 50, "route": "for trial"},
    ]
    taken = take(result(cases=cases))
    assert values(taken, "crown.charge_to_close_median") == [200, 400, None]
    assert values(taken, "magistrates.charge_to_close_median") == [40, None, None]


def test_contacts_are_counted_by_what_came_of_them():
    taken = take(result(cases=CONTACTS))
    counted = [name for name, one in MEASURES.items() if one.unit == "contacts" and one.kind == "flow"]
    sides_alike = [count for pair in OF_THE_SCHEME.values() for count in pair]  # see tests/test_day_0.py
    counted = [name for name in counted if "break_even" not in name and name not in sides_alike]
    assert {name: values(taken, name)[0] for name in counted} == {
        "police.charged": 3,
        "police.disposed": 4,
        "diversion.in_scope": 10,
        "diversion.eligible": 9,
        "diversion.offered": 9,
        "diversion.accepted": 8,
        "diversion.diverted": 7,
        "diversion.started": 3,
        "diversion.completed": 1,
        "diversion.breached": 2,
        "diversion.charged_after_all": 1,
        "diversion.prosecutions_avoided": 1,
        "diversion.disposals_upgraded": 1,
        "diversion.net_widened": 2,
        "diversion.discontinued": 1,
    }
    assert values(taken, "police.charged") == [3, 1, 0]


def test_those_not_yet_decided_count_neither_as_charged_nor_as_not_charged():
    """The first year ends on day 364, so contacts count up to day 181; one in two of those decided is charged."""
    found = {"group": "cannabis_possession", "contact_day": 10}
    cases = [
        found | {"police_outcome": "charge"},
        found | {"police_outcome": "no action"},
        found | {"police_outcome": ""},  # not decided yet
        found | {"contact_day": 181, "police_outcome": ""},
        found | {"contact_day": 182, "police_outcome": "charge"},  # others of that day may still be charged
    ]
    assert values(take(result(years=1, cases=cases)), "path.charged") == [0.5]
    assert values(take(result(years=2, cases=cases)), "path.charged")[0] == 2 / 3


def test_those_who_wait_for_a_place_count_neither_as_started_nor_as_stayed_away():
    accepted = {"group": "cannabis_possession", "contact_day": 10, "accepted": True}
    cases = [
        accepted | {"started": True, "police_outcome": ""},
        accepted | {"police_outcome": "charge"},
        accepted | {"police_outcome": ""},  # waits
    ]
    assert values(take(result(years=1, cases=cases)), "path.started") == [0.5]


def test_reach_is_the_share_diverted_of_those_in_scope_and_its_ratio_that_of_black_people_to_white():
    """Of ten White people in scope seven are diverted, and three of the five who would be charged."""
    offenders = [{"offender": 0, "ethnicity": "Black"}, {"offender": 1}]
    black = [
        case | {"offender": 0} for case in CONTACTS[:5]
    ]  # two are diverted of five, and two of the four to be charged
    white = [case | {"offender": 1} for case in CONTACTS]
    taken = take(result(cases=black + white, offenders=offenders))
    assert values(taken, "diversion.reach")[0] == 9 / 15
    assert values(taken, "diversion.reach_ratio") == [pytest.approx((2 / 5) / (7 / 10)), None, None]
    assert values(taken, "diversion.reach_if_charged")[0] == 5 / 9
    assert values(taken, "diversion.reach_if_charged_ratio")[0] == pytest.approx((2 / 4) / (3 / 5))


def test_finds_break_even_when_they_bring_as_many_cases_as_were_avoided():
    """Of ten finds four would make a case of their own, and three do. One avoided, scaled to two, takes 5, or 6.7."""
    cases = [case | {"group": "cannabis_possession"} for case in CONTACTS[:10]]
    taken = take(result(cases=cases, share=0.5))
    assert values(taken, "diversion.break_even_finds")[0] == pytest.approx(2 / (4 / 10))
    assert values(taken, "diversion.break_even_finds_reduced")[0] == pytest.approx(2 / (3 / 10))


def test_the_time_of_officers_and_the_places_of_the_provider_are_added_up_and_read_at_year_ends():
    officers = [
        {"day": 6, "booked": 8.0, "idle": 3.0, "available": 12.0, "freed": -1.0, "searching": 2.0, "files_waiting": 9}
    ]
    officers += [{"day": day, "team": team, "freed": 3.0, "files_waiting": 4} for day in (364, 729) for team in (0, 1)]
    providers = [
        {"day": 6, "referred": 3, "lapsed": 1, "waiting": 5, "started": 2, "came_up": 6, "places": 8, "used": 6}
    ]
    providers += [{"day": 364, "referred": 4, "waiting": 2, "came_up": 1}]
    taken = take(result(officers=officers, providers=providers))
    names = [name for name in MEASURES if name.startswith(("officers.", "provider."))]
    assert {name: values(taken, name)[:2] for name in names} == {
        "officers.hours": [8, 0],
        "officers.freed": [5, 6],
        "officers.searching": [2, 0],
        "officers.files_waiting": [8, 8],
        "provider.waiting": [2, 0],
        "provider.lapsed": [1, 0],
        "provider.places_needed": [pytest.approx(7 / 365 * 7), 0],
        "provider.places_for_no_queue": [6, None],
        "officers.idle_share": [0.25, None],
        "provider.idle_share": [0.25, None],
    }


def test_reoffending_counts_contacts_followed_for_a_whole_year():
    cases = [
        {"contact_day": 0, "next_day": 365, "group": "cannabis_possession"},  # the 365th day counts
        {"contact_day": 0, "next_day": 366, "group": "cannabis_possession"},
        {"contact_day": 364},
        {"contact_day": 364, "next_day": 365},
        {"contact_day": 365, "next_day": 366},
        {"contact_day": -1, "next_day": 1},  # before the first day
        {"contact_day": 800, "next_day": 801},  # not yet followed for a year
    ]
    taken = take(result(cases=cases))
    assert values(taken, "reoffending.all_12_months") == [None, 0.5, 1.0]
    assert values(taken, "reoffending.scheme_12_months") == [None, 0.5, None]


def offender(person: int, start: int, found: float = np.nan, proved: float = np.nan) -> list[dict]:
    """A person whose clock starts on one day and who is found offending on another."""
    return [
        {"offender": person, "contact_day": start, "index_day": start, "proven_day": start},
        {"offender": person, "contact_day": found, "proven_day": proved},
    ]


def proven(*people: list[dict]) -> list[float | None]:
    cases = [case for person in people for case in person]
    return values(take(result(cases=cases)), "reoffending.proven_12_months")


@pytest.mark.parametrize(
    ("found", "proved", "counted"),
    [
        (565, 748, 1),  # the last day to be found, the last day to be proved
        (566, 600, 0),  # found too late
        (565, 749, 0),  # proved too late
        (300, np.nan, 0),  # never proved
        (200, 200, 0),  # the start itself
        (201, 201, 1),
    ],
)
def test_proven_reoffending_is_found_within_12_months_and_proved_within_18(found, proved, counted):
    # Starts on days 182 to 547 are those of the year that ends 548 days before day 1095.
    assert proven(offender(1, 200, found, proved)) == [None, None, counted]


def test_proven_reoffending_looks_past_offences_that_were_not_proved_in_time():
    three = [{"offender": 1, "contact_day": day, "proven_day": proved} for day, proved in ((210, 900), (220, 740))]
    assert proven(offender(1, 200) + three) == [None, None, 1]


def test_proven_reoffending_counts_starts_of_the_right_year_only():
    too_early, first, last, too_late = (offender(n, day) for n, day in enumerate((181, 182, 547, 548)))
    again = offender(9, 300, 310, 320)
    assert proven(too_early, first, last, too_late, again) == [None, None, 1 / 3]


def test_proven_reoffending_counts_a_person_once_a_quarter():
    # Person 1 starts twice in the first quarter and is found between: the first start counts, alone.
    one = [*offender(1, 200), {"offender": 1, "contact_day": 210, "proven_day": 210, "index_day": 211}]
    two_quarters = [*offender(2, 200), {"offender": 2, "index_day": 400}]
    assert proven(one, two_quarters) == [None, None, pytest.approx(1 / 3)]


def test_the_offences_of_one_person_are_never_laid_to_another():
    assert proven(offender(1, 200), offender(2, 200, 1000, 1000), offender(0, 540, 541, 541)) == [None, None, 1 / 3]


def test_proven_reoffending_agrees_with_a_search_one_start_at_a_time():
    draw = np.random.default_rng(20260101)
    rows = 600
    person, found = draw.integers(0, 60, rows), draw.integers(0, 1000, rows).astype(float)
    proved = np.where(draw.random(rows) < 0.6, found + draw.integers(0, 500, rows), np.nan)
    index = np.where(draw.random(rows) < 0.4, found + draw.integers(0, 300, rows), np.nan)
    starts = np.flatnonzero(~np.isnan(index))
    expected = [
        any(
            person[other] == person[start]
            and index[start] < found[other] <= index[start] + 365
            and proved[other] <= index[start] + 548
            for other in range(rows)
        )
        for start in starts
    ]
    assert 0.2 < np.mean(expected) < 0.9
    assert proved_again(person.astype(float), index, found, proved, starts).tolist() == expected


def test_people_are_counted_by_who_they_are():
    offenders = [
        {"offender": 0, "ethnicity": "Black", "sex": "women", "age_band": "18 to 24", "record": "3 to 6"},
        {"offender": 1},
        {"offender": 2, "ethnicity": "Black"},
    ]
    cases = [{"offender": person, "contact_day": 1, "eligible": True} for person in (2, 0, 0, 1)]
    made = result(cases=cases, offenders=offenders)
    counted = {
        by: take(made, by).query("measure == 'diversion.eligible' and value > 0 and at < '2027'") for by in BREAKDOWNS
    }
    assert {by: dict(zip(rows["group"], rows["value"], strict=True)) for by, rows in counted.items()} == {
        "all": {"all": 4},
        "group": {"theft": 4},
        "ethnicity": {"White": 1, "Black": 3},
        "sex": {"men": 2, "women": 2},
        "age": {"18 to 24": 2, "25 and over": 2},
        "record": {"none": 2, "3 to 6": 2},
    }


def test_every_measure_says_what_it_is_and_gives_each_year_end_and_part():
    taken = take(result(seed=7, cases=[{"contact_day": 1}], weeks=WEEKS), BREAKDOWNS)
    assert list(taken.columns) == ["measure", "unit", "at", "group", "seed", "value"]
    assert set(taken["measure"]) == set(MEASURES)
    assert set(taken["at"]) == {"2026-12-31", "2027-12-31", "2028-12-31"}
    assert set(taken["seed"]) == {7}
    assert not taken.duplicated(["measure", "at", "group"]).any()
    for name, one in MEASURES.items():
        assert name == one.name
        assert one.label
        assert one.unit
        assert one.better in ("lower", "higher", "neither")
        assert set(taken.loc[taken["measure"] == name, "unit"]) == {one.unit}
