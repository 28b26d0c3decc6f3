"""Reoffending: effects as trials would see them, what courts' delay does to the proven rate, and who is who."""

import numpy as np
import pandas as pd
import pytest
from worlds import empty, small

from sim.base import luck
from sim.measures import MEASURES, take
from sim.measures.proven import cohort, proved_again
from sim.run.run import run_seed
from sim.scenario.reading import ScenarioError, change, load
from sim.world import offender, reoffending

TREATED, CONTROLS = 260, 261
HAZARD_RATIO, CONTROL_SHARE = 0.7, 0.42
TWO_YEARS = 730


def trials(number, frailty_variance, ratio=HAZARD_RATIO):
    """Share of each arm found again within 24 months in so many trials: arrays (number,) of treated and controls.

    People of one record whose hazard makes 42% of them, of all frailties, be found again when nothing is done.
    """
    hazard = reoffending.hazard_for_share(np.array(CONTROL_SHARE), frailty_variance) / 2  # by 12 months, constant
    share = float(reoffending.share_for_hazard(hazard, frailty_variance))
    world = empty(
        **{
            "reoffending.share_12_months": [share] * 6,
            "reoffending.frailty_variance": frailty_variance,
            "reoffending.shape": 1.0,
            "reoffending.early": 0.0,
        }
    )
    people = number * (TREATED + CONTROLS)
    keys = luck.key(np.uint64(7), np.arange(people, dtype=np.uint64))
    columns = offender.describe(world, keys, np.zeros(people, int), np.zeros(people, bool))
    ids = world.people.add(people, **columns)
    reoffending.begin_spell(world, ids, keys)
    treated = (np.arange(people) % (TREATED + CONTROLS)) < TREATED
    reoffending.change_hazard(world, ids[treated], ratio)
    found = (world.people.due[ids] <= TWO_YEARS).reshape(number, -1)
    return found[:, :TREATED].mean(axis=1), found[:, TREATED:].mean(axis=1)


@pytest.mark.parametrize("frailty_variance", [0.0, 1.0, 8.0])
def test_a_randomised_trial_inside_the_model_finds_the_published_difference(frailty_variance):
    """0.42 - (1 - 0.58 ** 0.7) = 10.3 points, whatever people's frailty: the ratio is that of the group.

    A trial's difference has a standard deviation of sqrt(0.42 x 0.58 / 261 + 0.32 x 0.68 / 260) = 4.2 points, so the
    mean of a thousand is known to 0.13 points and the bar of 0.5 is nearly four times that.
    """
    treated, controls = trials(1000, frailty_variance)
    difference = 100 * (controls - treated)
    assert 100 * controls.mean() == pytest.approx(42, abs=0.5)
    assert difference.mean() == pytest.approx(10.3, abs=0.5)
    assert difference.std() == pytest.approx(4.2, abs=0.4)


@pytest.mark.parametrize("frailty_variance", [0.0, 8.0])
def test_harm_is_as_possible_as_benefit_and_a_ratio_of_one_does_nothing(frailty_variance):
    """A ratio of 1.3 makes 1 - 0.58 ** 1.3 = 50.7% of 42%."""
    treated, controls = trials(200, frailty_variance, ratio=1.3)
    assert treated.mean() == pytest.approx(1 - 0.58**1.3, abs=0.01)
    assert controls.mean() == pytest.approx(0.42, abs=0.01)
    same, _ = trials(200, frailty_variance, ratio=1.0)
    halves, _ = trials(200, frailty_variance, ratio=0.999999)
    assert np.abs(same - halves).max() < 0.005  # one person of 260 at most


def test_what_is_left_of_a_spell_is_put_off_along_the_curve_of_the_persons_peers():
    """Variance 1, peers' hazard 0.5 by a year, ratio one half, from day 0: 1 + 0.5 x' = (1 + 0.5 x) ** 2."""
    world = empty(
        **{
            "reoffending.share_12_months": [float(reoffending.share_for_hazard(np.array(0.5), 1.0))] * 6,
            "reoffending.frailty_variance": 1.0,
            "reoffending.shape": 1.0,
            "reoffending.early": 0.0,
        }
    )
    person = world.people.add(1, frailty=2.0)
    world.people.rate[person] = reoffending.rate(world, person)
    world.people.budget[person] = 0.4  # spent at 1 a year: due after 0.4 years, so 1.2 ** 2 = 1.44 makes it 0.88
    reoffending.change_hazard(world, person, 0.5)
    assert world.people.due[0] == np.ceil(0.88 * 365)


def test_a_court_delay_of_nine_months_turns_27_5_percent_into_21_4():
    """Constant hazard; proof within 18 months then needs the offence within nine: 1 - 0.725 ** 0.75 = 21.4%.

    200,000 people: the share is known to 0.1 points.
    """
    people = 200_000
    draws = np.random.default_rng(1).exponential(1, people)
    found = np.ceil(draws / -np.log(1 - 0.275) * 365)
    person = np.tile(np.arange(people, dtype=float), 2)
    start = np.append(np.zeros(people), np.full(people, np.nan))
    contact = np.append(np.full(people, -30.0), found)

    def measured(delay):
        proven = np.append(np.zeros(people), found + delay)
        year = np.where(start == 0, 0, -1)
        rows = cohort(person, start, year, np.array([547]))
        return proved_again(person, start, contact, proven, rows).mean()

    assert measured(0) == pytest.approx(0.275, abs=0.003)
    assert measured(274) == pytest.approx(0.214, abs=0.003)


SCHEME = {"diversion.uptake": 0.4, "diversion.offences": ["any"]}
GROUPS = {"any": {"contacts": 3000.0, "first_share": 0.5, "charge_share": 0.5, "disposed_share": 0.3}}


def reoffences(**changes):
    result = run_seed(small(GROUPS, **changes), 1, 2)
    names = [name for name in MEASURES if name.startswith("reoffending")]
    measures = take(result)
    return result, measures[measures["measure"].isin(names)].set_index(["measure", "at"])["value"]


def test_an_effect_may_differ_by_who_people_are_and_by_offence():
    """Black people of the scheme alone are helped: nobody else's next offence moves in the first generation."""
    plain, _ = reoffences(**SCHEME)
    helped, _ = reoffences(**SCHEME, **{"diversion.effect_by": {"Black": 0.3}})
    everybody, _ = reoffences(**SCHEME, **{"diversion.effect_by": {"any": 0.3}})
    nexts = [
        run.tables["cases"].drop_duplicates("offender")["next_day"].fillna(-1) for run in (plain, helped, everybody)
    ]
    unmoved, black, all_of_them = (days.to_numpy() for days in nexts)
    who = plain.tables["offenders"]["ethnicity"].astype(str).to_numpy()
    assert (unmoved != black)[who == "Black"].sum() > 10
    assert not (unmoved != black)[who != "Black"].any()
    assert set(who[unmoved != all_of_them]) == {"White", "Black", "Asian", "Mixed", "Other"}


def test_a_hazard_ratio_of_one_changes_no_reoffending_figure():
    """The course does nothing, and nobody's charge or custody is in its way: the scheme leaves every figure alone."""
    quiet = {
        "courts.crown.remand_either_way": 0.0,
        "courts.crown.remand_indictable": 0.0,
        "groups.any.magistrates_sentences": [1.0, 0, 0, 0, 0, 0],
        "groups.any.crown_sentences": [1.0, 0, 0],
        "police.charging_record": "none",
    }
    assert small(GROUPS, **SCHEME).disposals["community_resolution_with_intervention"].hazard_ratio == 1
    (without, _), (scheme, _) = (reoffences(**quiet, **changes) for changes in ({}, SCHEME))
    assert scheme.tables["cases"]["started"].sum() > 500
    same = ["offender", "contact_day", "next_day", "group"]
    pd.testing.assert_frame_equal(without.tables["cases"][same], scheme.tables["cases"][same])


def test_an_effect_by_an_unknown_name_is_refused():
    with pytest.raises(ScenarioError, match=r"no such name .Blck.; did you mean .Black."):
        change(load("london/baseline"), {"diversion.effect_by": {"Blck": 0.9}})
