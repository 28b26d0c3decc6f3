"""Paired differences, their intervals and the ladder, against sums on paper and against SciPy."""

import numpy as np
import pandas as pd
import pytest
from hand_made import CONTACTS, result
from scipy import stats

from sim.base.stats import interval
from sim.compare.paired import COLUMNS, STEP_COLUMNS, compare, steps, summarise
from sim.compare.same_people import on_offences
from sim.measures import take
from sim.measures.ladder import LABELS, ladder


def by_seed(values: dict[int, float], measure: str = "crown.open", group: str = "all") -> pd.DataFrame:
    """A table of one measure by seed."""
    keys = {"measure": measure, "unit": "cases", "at": "2026-12-31", "group": group}
    return pd.DataFrame([{**keys, "seed": seed, "value": value} for seed, value in values.items()])


def row(before: dict[int, float], after: dict[int, float], **options) -> dict:
    (only,) = compare(by_seed(before), by_seed(after), **options).to_dict("records")
    return only


def test_the_whole_row_of_two_seeds_by_hand():
    # Differences -10 and -20: mean -15, standard error 5; t(0.975, 1) = 12.7062.
    found = row({1: 100, 2: 200}, {1: 90, 2: 180}, name="half")
    assert list(found) == COLUMNS
    assert {key: found[key] for key in COLUMNS[:8]} == {
        "scenario": "half",
        "measure": "crown.open",
        "unit": "cases",
        "at": "2026-12-31",
        "group": "all",
        "baseline": 150,
        "value": 135,
        "difference": -15,
    }
    assert found["low"] == pytest.approx(-15 - 5 * 12.70620474)
    assert found["high"] == pytest.approx(-15 + 5 * 12.70620474)
    assert found["chance_lower"] == 1


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_interval_is_the_paired_t_of_scipy(confidence):
    before = np.array([19339.0, 20110, 18876, 19502, 19850, 20004, 19111, 19640])
    after = np.array([19012.0, 20090, 18901, 19300, 19410, 19999, 18760, 19655])
    theirs = stats.ttest_rel(after, before).confidence_interval(confidence)
    ours = row(dict(enumerate(before)), dict(enumerate(after)), confidence=confidence)
    assert (ours["low"], ours["high"]) == pytest.approx((theirs.low, theirs.high), rel=1e-12)
    assert ours["chance_lower"] == 6 / 8


def test_seeds_are_paired_by_number_whatever_their_order():
    found = row({1: 10, 2: 20, 3: 30, 4: 40}, {3: 29, 1: 9, 4: 39, 2: 19})
    assert (found["difference"], found["low"], found["high"]) == (-1, -1, -1)


@pytest.mark.parametrize("step", [0.0, 0.1, -7.3])
def test_equal_differences_give_that_value_as_the_interval_exactly(step):
    seeds = (1, 2, 3, 4)  # of two or three, so alike, no interval is told
    found = row(dict.fromkeys(seeds, 0), dict.fromkeys(seeds, step))
    assert [found[name] for name in ("difference", "low", "high")] == [step, step, step]
    assert not any(np.signbit(found[name]) for name in ("difference", "low", "high") if step == 0)
    assert found["chance_lower"] == (0.5 if step == 0 else float(step < 0))


def test_no_minus_zero_where_values_fall_to_nothing():
    found = row({1: -0.0, 2: 0.0}, {1: -0.0, 2: -0.0})
    assert [str(found[name]) for name in ("baseline", "value", "difference", "low", "high")] == ["0.0"] * 5


def test_chance_lower_counts_ties_as_not_lower_unless_all_are_ties():
    assert row({1: 5, 2: 5, 3: 5, 4: 5}, {1: 5, 2: 4, 3: 6, 4: 5})["chance_lower"] == 0.25


def test_one_seed_has_a_difference_and_no_interval():
    found = row({1: 5}, {1: 3})
    assert found["difference"] == -2
    assert np.isnan(found["low"])
    assert np.isnan(found["high"])


def test_a_seed_in_which_either_side_is_not_known_is_left_out():
    found = row({1: 5, 2: 7, 3: np.nan, 4: 9}, {1: 4, 2: 5, 3: 1, 4: np.nan})
    assert (found["baseline"], found["value"], found["difference"], found["chance_lower"]) == (6, 4.5, -1.5, 1)


def test_where_no_seed_has_both_sides_a_side_that_is_known_stands_alone():
    found = row({1: np.nan, 2: np.nan}, {1: 1, 2: 2})
    assert found["value"] == 1.5
    assert all(np.isnan(found[name]) for name in COLUMNS[5:] if name != "value")
    assert row({1: 4, 2: np.nan}, {1: np.nan, 2: 5})["baseline"] == 4


def test_different_seeds_are_refused():
    with pytest.raises(ValueError, match="seeds differ"):
        compare(by_seed({1: 1, 2: 2}), by_seed({1: 1, 3: 2}))


def test_rows_keep_their_order_and_a_part_only_one_side_has_is_not_known():
    before = pd.concat([by_seed({1: 4, 2: 5}, "b"), by_seed({1: 1, 2: 2}, "a")])
    after = pd.concat([before, by_seed({1: 1, 2: 1}, "a", "new")])
    found = compare(before, after)
    assert list(found["measure"]) == ["b", "a", "a"]
    assert found["difference"].fillna(-1).tolist() == [0, 0, -1]


def test_a_summary_gives_the_interval_of_the_mean():
    found = summarise(by_seed({1: 10, 2: 20, 3: 60}), "plain").iloc[0]
    theirs = stats.ttest_1samp([10, 20, 60], 0).confidence_interval(0.95)
    assert found["value"] == 30
    assert (found["low"], found["high"]) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize(("seeds", "value", "has_interval"), [(2, 7, False), (3, 7, False), (4, 7, True), (2, 0, True)])
def test_a_summary_of_few_seeds_that_give_one_figure_has_no_interval(seeds, value, has_interval):
    found = summarise(by_seed(dict.fromkeys(range(seeds), value)), "plain").iloc[0]
    assert found["value"] == value
    assert pd.notna(found["low"]) == pd.notna(found["high"]) == has_interval


def test_an_interval_of_means_covers_its_share_of_repeats():
    # 2,000 repeats of 8 draws: 95% of the intervals hold the mean 0, give or take 4 standard errors (2 points).
    draws = np.random.default_rng(20260101).normal(size=(2000, 8))
    _, low, high = interval(draws)
    assert np.mean((low <= 0) & (high >= 0)) == pytest.approx(0.95, abs=0.02)


CASES = [
    {"contact_day": 1, "eligible": True, "offered": True, "would_have": "charge", "police_outcome": "charge"},
    {"contact_day": 2, "would_have": "community_resolution", "police_outcome": "community_resolution"},
    {"contact_day": -3, "police_outcome": "charge"},
]
WEEKS = [
    {"day": 6, "court": "crown", "group": "theft", "opening": 50, "received": 9, "closed": 4, "warrants_out": 2},
    {"day": 6, "court": "crown", "group": "drugs", "opening": 5, "returned": 1},
    {"day": 364, "court": "crown", "group": "theft", "opening": 53, "received": 7, "closed": 5, "closing": 55},
    {"day": 364, "court": "crown", "group": "drugs", "opening": 6, "closing": 6},
    {"day": 6, "court": "magistrates", "opening": 70, "received": 20, "sent_on": 9, "closing": 81},
    {"day": 364, "court": "magistrates", "opening": 81, "received": 10, "sent_on": 7, "closed": 4, "closing": 80},
]
SITTINGS = [{"day": 6, "used": 90}, {"day": 364, "used": 30}, {"day": 6, "court": "magistrates", "used": 60}]


def test_the_whole_ladder_by_hand():
    officers = [{"day": 6, "freed": 9, "searching": 1}, {"day": 364, "freed": -1}]
    made = ladder(result(years=1, share=0.5, cases=CASES, weeks=WEEKS, sittings=SITTINGS, officers=officers))
    assert dict(zip(made["measure"], made["value"], strict=True)) == {
        **dict.fromkeys([name for name in LABELS if name.startswith("contacts.")], 0),
        "contacts.found": 4,
        "contacts.in_scope": 2,
        "contacts.eligible": 2,
        "contacts.offered": 2,
        "contacts.disposed": 2,
        "contacts.charged": 2,
        "officers.freed": 16,
        "officers.searching": 2,
        "magistrates.opening": 140,
        "magistrates.received": 60,
        "magistrates.returned": 0,
        "magistrates.closed": 8,
        "magistrates.sent_on": 32,
        "magistrates.warrants_out": 0,
        "magistrates.closing": 160,
        "magistrates.hours_used": 2,
        "crown.opening": 110,
        "crown.received": 32,
        "crown.returned": 2,
        "crown.closed": 18,
        "crown.sent_on": 0,
        "crown.warrants_out": 4,
        "crown.closing": 122,
        "crown.hours_used": 4,
    }


def test_the_ladder_counts_everybody_who_accepts_once():
    """Those diverted are kept out of court, upgraded, net-widened, stopped, or got what they would have had anyway."""
    found = [case for case in CONTACTS if case.get("own_case", True)]
    counts = ladder(result(cases=found)).set_index("measure")["value"]
    rungs = {name.removeprefix("contacts."): count for name, count in counts.items() if name.startswith("contacts.")}
    people = {
        "found": 10,
        "in_scope": 9,
        "eligible": 8,
        "offered": 8,
        "accepted": 7,
        "charged_after_all": 1,
        "diverted": 6,
    }
    ways = {"kept_out_of_court": 1, "disposal_upgraded": 1, "net_widened": 2, "stopped": 1, "as_before": 1}
    on_the_way = {"started": 2, "completed": 1, "breached": 1, "fined": 0, "in_progress": 1}
    assert rungs == people | ways | on_the_way | {"disposed": 3, "charged": 4, "discontinued": 1}


def ladders(closings: list[int]) -> pd.DataFrame:
    """Ladders of one seed each, the Crown Court closing more or fewer cases of theft."""
    frames = []
    for seed, more in enumerate(closings, start=1):
        weeks = [dict(week) for week in WEEKS]
        weeks[2] |= {"closed": 5 + more, "closing": 55 - more}
        frames.append(ladder(result(seed, years=1, cases=CASES, weeks=weeks)))
    return pd.concat(frames)


def test_the_differences_of_the_steps_add_up_for_each_court():
    table = steps(ladders([0, 0, 0]), ladders([3, -1, 5]))
    assert list(table.columns) == STEP_COLUMNS
    assert list(table["step"]) == list(LABELS)
    difference = table.set_index("step")["difference"]
    for court in ("crown", "magistrates"):
        rungs = {name: difference[f"{court}.{name}"] for name in ("opening", "received", "returned", "closing")}
        out = sum(difference[f"{court}.{name}"] for name in ("closed", "sent_on", "warrants_out"))
        assert rungs["opening"] + rungs["received"] + rungs["returned"] - out == pytest.approx(rungs["closing"])
    assert difference["crown.closed"] == pytest.approx(7 / 3)


def test_a_baseline_against_itself_differs_nowhere():
    runs = [result(seed, cases=CASES, weeks=WEEKS, sittings=SITTINGS) for seed in (1, 2, 3)]
    measures = pd.concat([take(run, ("all", "group")) for run in runs])
    rungs = pd.concat([ladder(run) for run in runs])
    for table in (compare(measures, measures), steps(rungs, rungs)):
        known = table[table["value"].notna()]
        assert len(known) > 20
        assert (known[["difference", "low", "high"]] == 0).all(axis=None)
        assert (known["chance_lower"] == 0.5).all()


def test_a_share_of_the_schemes_people_is_taken_over_the_offences_named_and_is_unknown_where_there_is_nobody():
    def measured(measure: str, group: str, values: tuple[float, float]) -> list[dict]:
        return [
            {"measure": measure, "group": group, "at": at, "seed": 1, "value": value}
            for at, value in zip(("2026", "2027"), values, strict=True)
        ]

    counts = [
        *(measured("police.settled_charged", "theft", (3, 0)) + measured("police.settled", "theft", (4, 0))),
        *(measured("police.settled_charged", "fraud", (1, 1)) + measured("police.settled", "fraud", (9, 9))),
    ]
    rows = [
        *(measured("path.charged", "all", (0.5, 0.5)) + measured("path.charged", "white", (0.5, 0.5))),
        *(measured("crown.open", "all", (7, 8)) + measured("crown.open", "white", (5, 6))),
    ]
    found = on_offences(pd.DataFrame(rows), pd.DataFrame(counts), {"theft"})
    shares = found[found["measure"] == "path.charged"]
    assert shares["group"].tolist() == ["all", "all"]  # other breakdowns are not counted by offence
    assert shares["value"].tolist() == pytest.approx([0.75, np.nan], nan_ok=True)
    assert found[found["measure"] == "crown.open"]["value"].tolist() == [7, 8, 5, 6]
