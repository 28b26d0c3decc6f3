"""Money and victims: each bearer by hand, sums to the penny, prices of other years, and who has no victim."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hand_made import SCHEME, baseline, result, values

from sim.measures import take
from sim.scenario.reading import ScenarioError, change

COST = baseline().costs
BEARERS = ("police", "courts", "prosecution", "legal_aid", "prison", "provider")


def year_one(measure, group="all", **rows):
    return values(take(result(years=1, **rows)), measure, group)[0]


def deflated(pounds, year):
    return pounds * COST.deflators[str(COST.price_year)] / COST.deflators[str(year)]


def test_officers_time_on_files_and_on_freed_searches_is_paid_by_the_hour():
    officers = [{"day": 6, "worked": 8.0, "searching": 2.0, "idle": 90.0, "team": team} for team in (0, 1)]
    assert year_one("cost.police", officers=officers) == pytest.approx(20 * COST.police_hour)


def test_courts_are_paid_by_the_time_used_at_the_cost_of_a_sitting_day():
    """Ten hours in the Crown Court and five below; idle time costs nothing here."""
    lever = baseline().courts
    sittings = [
        {"day": 6, "court": "crown", "used": 600, "idle": 500},
        {"day": 6, "court": "magistrates", "used": 300},
    ]
    wanted = 10 / lever.crown.hours_per_sitting_day * deflated(COST.crown_sitting_day, 2022)
    wanted += 5 / lever.magistrates.hours_per_sitting_day * COST.magistrates_sitting_day
    assert year_one("cost.courts", sittings=sittings) == pytest.approx(wanted, abs=0.01)


def test_prosecution_and_legal_aid_are_paid_as_each_court_closes_a_case():
    """One closed below, one sent on and closed above, one committed for sentence, one open, one on paper."""
    cases = [
        {"route": "summary", "received": 0, "closed": 9},
        {"route": "for trial", "received": 0, "closed": 9, "crown_received": 9, "crown_closed": 99},
        {"route": "for trial", "received": 0, "closed": 9, "crown_received": 9, "crown_closed": 50}
        | {"crown_route": "for sentence"},
        {"route": "for trial", "received": 0},
    ]
    share = COST.other_crown_share
    prosecution = 3 * COST.prosecution_magistrates + (1 + share) * COST.prosecution_crown
    assert year_one("cost.prosecution", cases=cases) == pytest.approx(prosecution, abs=0.03)
    aided = deflated(COST.legal_aid_magistrates, 2017) * COST.legal_aid_share
    assert year_one("cost.legal_aid", cases=cases) == pytest.approx(
        3 * aided + (1 + share) * COST.legal_aid_crown, abs=0.03
    )


def test_prison_is_paid_by_the_day_and_the_course_by_referral_and_session():
    custody = [{"day": 6, "held_days": 7}, {"day": 364, "held_days": 358}]
    assert year_one("cost.prison", custody=custody) == pytest.approx(
        deflated(COST.prison_place, 2024) * 365 / 365.25, abs=0.01
    )
    providers = [{"day": 6, "referred": 3, "started": 2}]
    scenario = baseline()
    sessions = scenario.disposals[SCHEME].sessions
    pounds = 3 * scenario.provider.cost_referral + 2 * sessions * scenario.provider.cost_session
    assert pounds > 0
    assert year_one("cost.provider", providers=providers) == pytest.approx(deflated(pounds, 2022), abs=0.01)


def test_court_time_is_costed_by_the_length_of_a_sitting_day_on_its_date():
    """480 minutes on each of two days: two sitting days of 4 hours, and one of 8 once days are twice as long."""
    hours = {
        "courts.crown.hours_per_sitting_day": [
            {"starts": date(2026, 1, 1), "value": 4.0},
            {"starts": date(2026, 2, 1), "value": 8.0},
        ]
    }
    made = result(years=1, sittings=[{"day": 6, "used": 480}, {"day": 200, "used": 480}])
    dated = replace(made, scenario=change(made.scenario, hours))
    assert values(take(dated), "cost.courts") == [pytest.approx(3 * COST.of("crown_sitting_day"), abs=0.01)]


def test_a_reoffence_costs_society_and_no_public_budget():
    cases = [{"contact_day": 3, "next_day": 40}, {"contact_day": 3}, {"contact_day": 3, "next_day": 500}]
    assert year_one("cost.social", cases=cases) == pytest.approx(deflated(COST.reoffence, 2017), abs=0.01)
    assert year_one("cost.total", cases=cases) == 0


@pytest.mark.parametrize("seed", range(20))
def test_bearers_add_up_to_the_total_to_the_penny(seed):
    """Whatever is counted, large or small: twenty tables drawn evenly on a log scale."""
    hours, minutes, days, referred = 10 ** np.random.default_rng(seed).uniform(0, 7, 4)
    minutes, days, referred, closed = int(minutes), int(days), int(referred), seed
    measures = take(
        result(
            years=1,
            officers=[{"day": 6, "worked": hours}],
            sittings=[{"day": 6, "used": minutes}, {"day": 6, "court": "magistrates", "used": minutes // 3}],
            custody=[{"day": 6, "held_days": days}],
            providers=[{"day": 6, "referred": referred, "started": referred // 2}],
            cases=[{"route": "summary", "received": 0, "closed": 9}] * closed,
        )
    )
    pence = {
        name: round(100 * values(measures, f"cost.{name}")[0]) for name in (*BEARERS, "total", "avoidable", "capacity")
    }
    assert sum(pence[name] for name in BEARERS) == pence["total"] == pence["avoidable"] + pence["capacity"]


@pytest.mark.parametrize("by", ["ethnicity", "sex", "age", "record", "group"])
@pytest.mark.parametrize("measure", ["prosecution", "legal_aid", "social"])
def test_groups_add_up_to_the_total_to_the_penny(by, measure):
    names = {"ethnicity": ["White", "Black"], "sex": ["men", "women"]}
    offenders = [{"offender": n, **{k: v[n] for k, v in names.items()}, "record": "none"} for n in (0, 1)]
    case = {"route": "summary", "received": 0, "closed": 9, "contact_day": 3, "next_day": 30}
    cases = [case | {"case": n, "offender": n % 2, "group": "cannabis_possession"} for n in range(7)]
    table = take(result(years=1, cases=cases, offenders=offenders), by)
    rows = table[table["measure"] == f"cost.{measure}"]
    parts = np.round(100 * rows[rows["group"] != "all"]["value"])
    assert parts.sum() > 0
    total = take(result(years=1, cases=cases, offenders=offenders))
    assert parts.sum() == round(100 * values(total, f"cost.{measure}")[0])


def test_money_of_later_years_counts_for_less():
    officers = [{"day": day, "worked": 100.0} for day in (6, 370, 740)]
    found = values(take(result(officers=officers)), "cost.total_discounted")
    a_year, rate = 100 * COST.police_hour, 1 + COST.discount_rate
    assert found == pytest.approx([a_year, a_year * (1 + 1 / rate), a_year * (1 + 1 / rate + 1 / rate**2)], abs=0.01)


def test_victims_are_satisfied_by_what_came_of_their_case_and_possession_has_none():
    lever = baseline().victims
    group = {"group": "common_assault", "contact_day": 3}
    cases = [
        group | {"police_outcome": "charge"},
        group | {"police_outcome": "community_resolution"},
        group | {"police_outcome": "no action"},
        {"group": "cannabis_possession", "contact_day": 3, "police_outcome": "charge"},
    ]
    assert lever.diverted == pytest.approx(0.5 * 0.725 + 0.5 * 0.54)
    assert year_one("victims.satisfied", cases=cases) == pytest.approx((0.5 + lever.diverted + lever.no_action) / 3)
    assert year_one("victims.satisfied", cases=cases[3:]) is None


def test_victims_wait_while_a_case_is_open_and_drop_out_with_it():
    case = {"group": "common_assault", "route": "for trial", "received": 0}
    sent = case | {"closed": 9, "crown_received": 9}
    cases = [case, sent, sent | {"crown_closed": 90, "outcome": "no verdict"}]
    cases += [
        case | {"closed": 40, "outcome": "withdrawn"},
        case | {"closed": 40, "outcome": "withdrawn", "discontinued": True},
    ]
    cases += [case | {"group": "cannabis_possession"}]
    assert year_one("victims.waiting", cases=cases) == 2
    assert year_one("victims.withdrawn", cases=cases) == 2


@pytest.mark.parametrize(
    ("lever", "value", "words"),
    [
        ("costs.police_hour", -1, "between 0 and 1,000 (pounds)"),
        ("costs.price_year", 2019, "no level of prices for 2019"),
        ("costs.deflators", {"2017": 0, "2022": 88, "2024": 97, "2025": 100}, "above 0"),
        ("costs.price_years", {"police_hour": 2025}, "each cost once"),
        ("victims.prosecuted", 72.5, "0 and 1"),
    ],
)
def test_costs_that_cannot_be_are_refused_in_words(lever, value, words):
    with pytest.raises(ScenarioError) as refused:
        change(baseline(), {lever: value})
    assert words in str(refused.value)
