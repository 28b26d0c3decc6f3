"""Why the balance of hours moved: parts worked out on paper, and what changes one thing alone."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hand_made import baseline, table
from worlds import NOBODY_REOFFENDS, rooms, small

from sim.compare.decompose import COURTS, DECIDE, PARTS, WHOLE_RUN, by_period, decompose
from sim.run.run import run_seed
from sim.scenario.hours import KEYS, received_hours
from sim.scenario.reading import change, load
from sim.study.study import Study, answer

LEVERS = {"courts.crown.for_sentence_hours": 1.0, "courts.crown.appeal_hours": 3.0}


def side(scenario, *seeds: tuple[int, int, float], day: int = 6):
    """A scenario and its tables: for each seed, cases for sentence, appeals, and hours supplied."""
    weeks, sittings = [], []
    for seed, (for_sentence, appeals, hours) in enumerate(seeds, 1):
        counts = (("for sentence", for_sentence), ("appeal", appeals))
        received = [
            {"day": day, "group": "cannabis_possession", "route": route, "received": count} for route, count in counts
        ]
        weeks.append(table("weeks", [*received, {"day": 729}], seed))
        sittings.append(table("sittings", [{"day": day, "supplied": 60 * hours}], seed))
    return scenario, {"weeks": pd.concat(weeks), "sittings": pd.concat(sittings)}


BEFORE = side(change(baseline(), LEVERS), (10, 10, 30), (10, 0, 30))
SLOWER = change(baseline(), LEVERS | {"courts.crown.for_sentence_hours": 2.0})


def whole(before, after, years: int, period: str = WHOLE_RUN) -> pd.DataFrame:
    """The parts over one period, the whole run unless another is named: a row a court and part, a column a seed."""
    return by_period(before, after, years).loc[period]


def crown(before, after, years: int = 1, **options) -> list[list[float]]:
    """The Crown Court's parts, in order: a list of the seeds' values each."""
    return whole(before, after, years, **options).loc["crown"].loc[list(PARTS)].to_numpy().tolist()


def test_the_whole_table_of_two_seeds_by_hand():
    """Before, the first seed's 20 cases need 40 hours. After, 18 cases need 42 at the old hours, 48 at the new.

    The second's 10 need 10, and then 12, of the same kind, 12 and 24. Hours supplied are 30, and then 36 and 20.
    """
    found = crown(BEFORE, side(SLOWER, (6, 12, 36), (12, 0, 20)))
    assert dict(zip(PARTS, found, strict=True)) == {
        "volume": [-4, 2],
        "mix": [6, 0],
        "duration": [6, 12],
        "capacity": [-6, 10],
        "balance": [2, 24],
    }


def test_means_are_scaled_to_the_whole_area_and_have_intervals():
    """Of -4 and 2 at a half: mean -2, standard error 6; t(0.975, 1) = 12.7062."""
    found = decompose(by_period(BEFORE, side(SLOWER, (6, 12, 36), (12, 0, 20)), 1), "slower", 0.5)
    row = found.query("court == 'crown' and part == 'volume' and period == 'whole run'").iloc[0]
    assert (row["scenario"], row["unit"], row["value"]) == ("slower", "court hours", -2)
    assert (row["low"], row["high"]) == pytest.approx((-2 - 6 * 12.70620474, -2 + 6 * 12.70620474))


def test_the_last_year_leaves_out_the_years_before():
    first, last = (side(baseline(), (0, 0, 10), day=day) for day in (364, 365))
    nothing = side(baseline(), (0, 0, 0))
    assert crown(nothing, first, 2, period="last year")[-1] == [0]
    assert crown(nothing, last, 2, period="last year")[-1] == [-10]
    assert crown(nothing, first, 2)[-1] == crown(nothing, last, 2)[-1] == [-10]


def test_paper_cases_need_no_hours():
    paper = [{"day": 6, "court": "magistrates", "route": "paper", "received": 500}]
    after = baseline(), {"weeks": table("weeks", paper), "sittings": table("sittings", [])}
    assert (whole(side(baseline(), (0, 0, 0)), after, 1) == 0).all(axis=None)


def test_three_times_as_many_of_the_same_cases_are_volume_alone():
    assert crown(BEFORE, side(BEFORE[0], (30, 30, 30), (30, 0, 30))) == [[80, 20], [0, 0], [0, 0], [0, 0], [80, 20]]


# Simulated ----------------------------------------------------------------------------------------------


def parts_that_move(group: dict, **changes) -> dict[str, set[str]]:
    """Which parts move in each court if the levers of a small world change: some 3,000 cases, no reoffending."""
    world = {"contacts": 4000.0, "charge_share": 1.0, "disposed_share": 0.0, "own_case_share": 1.0} | group
    before = small({"any": world}, **NOBODY_REOFFENDS)
    runs = [(each, run_seed(each, 1, 1).tables) for each in (before, change(before, changes))]
    table = whole(*runs, 1)[1]
    assert (table.loc["crown", "balance"] != 0) or (table.loc["magistrates", "balance"] != 0)
    return {court: {part for part in PARTS if abs(table[court, part]) > 1e-6} for court in COURTS}


SUMMARY = {"for_trial_share": 0.0}


def test_more_contacts_of_one_kind_are_volume_alone():
    moved = parts_that_move(SUMMARY, **{"groups.any.contacts": 6000.0})
    assert moved == {"crown": set(), "magistrates": {"volume", "balance"}}


def test_longer_trials_are_duration_alone():
    moved = parts_that_move({}, **{"groups.any.crown_hours_contested": 30.0, "courts.magistrates.cracked_hours": 2.0})
    assert moved == {"crown": {"duration", "balance"}, "magistrates": {"duration", "balance"}}


def test_longer_sitting_hours_are_capacity_alone():
    moved = parts_that_move({}, **{"courts.crown.hours_per_sitting_day": 5.0})
    assert moved == {"crown": {"capacity", "balance"}, "magistrates": set()}


def test_more_sitting_days_where_nothing_is_sent_on_are_capacity_alone():
    """Where cases are sent on, more days in one court bring the other its cases sooner: volume there."""
    moved = parts_that_move(SUMMARY, **{"courts.magistrates.sitting_days": rooms(200)})
    assert moved == {"crown": set(), "magistrates": {"capacity", "balance"}}


@pytest.fixture(scope="module")
def everything_at_once():
    """London at a hundredth for two years and two seeds: half of eligible people, trials without a jury, more days."""
    starts = baseline().starts
    changes = {
        "courts.law.judge_only_from": starts.replace(month=7),
        "courts.crown.sitting_days": [{"starts": starts, "days": 25_000.0}],
        "courts.magistrates.cracked_hours": 1.0,
    }
    scenarios = {"baseline": load("london/baseline"), "all": load("london/uptake-50", changes)}
    return answer(Study(scenarios, (1, 2), 2, 0.01))


def test_the_parts_add_up_to_the_balance_by_court_and_seed(everything_at_once):
    """The balance is worked out apart, row by row. Its hours are some 10,000: a millionth of one is no difference."""
    sides = [(scenario, everything_at_once.tables[name]) for name, scenario in everything_at_once.scenarios.items()]
    parts = whole(*sides, 2)
    before, after = (balances(*each) for each in sides)
    assert (parts.abs() > 1).any(axis=1).groupby("part").any().all()  # each of them moves in one court or the other
    for court in COURTS:
        for seed in (1, 2):
            moved = after[court, seed] - before[court, seed]
            assert parts.loc[court].loc[list(PARTS[:-1]), seed].sum() == pytest.approx(moved, abs=1e-6)
            assert parts.loc[(court, "balance"), seed] == pytest.approx(moved, abs=1e-6)


def test_the_table_of_a_comparison_adds_up_over_each_period(everything_at_once):
    values = everything_at_once.balance.set_index(["period", "court", "part"])["value"]
    for period in ("whole run", "last year"):
        for court in COURTS:
            parts = [values[period, court, part] for part in PARTS]
            assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=1e-4)
    assert values["last year", "crown", "capacity"] != values["whole run", "crown", "capacity"]


def test_hours_expected_are_decided_by_the_parts_that_are_looked_at_and_by_nothing_else():
    scenario = load("london/baseline")
    parts = SimpleNamespace(**{part: getattr(scenario, part) for part in DECIDE})  # another one would be missed
    pd.testing.assert_series_equal(received_hours(parts, 2), received_hours(scenario, 2))


def balances(scenario, tables) -> dict[tuple[str, int], float]:
    """Hours needed less hours supplied, by court and seed."""
    hours, found = received_hours(scenario, 2), {}
    for row in tables["weeks"].query("route != 'paper'").to_dict("records"):
        key = row["court"], row["seed"]
        found[key] = found.get(key, 0.0) + row["received"] * hours[tuple(row[name] for name in KEYS)]
    for row in tables["sittings"].to_dict("records"):
        found[row["court"], row["seed"]] -= row["supplied"] / 60
    return found
