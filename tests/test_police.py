"""Who is charged: by record, and by officer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from schemes import NO_CUSTODY, NO_FEEDBACK, cases, mix, same_share, scheme
from scipy import stats

from sim.base import luck
from sim.scenario.model import RECORD_BANDS, Scenario
from sim.world import World
from sim.world.groups import charging
from sim.world.offender import record_band

# Most offend again within months, in the same group.
AGAIN: dict[str, Any] = {
    **{"reoffending.share_12_months": [0.9] * 6, "reoffending.shape": 1.0, "reoffending.early": 0.0},
    **{"reoffending.frailty_variance": 0.0, "diversion.uptake": 0.0},
}


def meets(record: str = "now", group: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    """People met again and again, and no scheme."""
    levers = NO_FEEDBACK | AGAIN | mix(community_resolution=1.0) | {"police.charging_record": record}
    return scheme(NO_CUSTODY | {"contacts": 20_000.0} | (group or {}), **(levers | changes))


def met_again(scenario: Scenario, weeks: int = 30) -> pd.DataFrame:
    """Contacts after the first, with the band of the record brought to this one and to the first."""
    people = cases(scenario, weeks)
    first = people.groupby("offender")["record"].transform("first")
    again = people[people.groupby("offender").cumcount() > 0]
    return again.assign(band=record_band(again["record"]), first_band=record_band(first[again.index]))


def charged(people: pd.DataFrame, by: str) -> pd.Series:
    """Share that would be charged, by a column."""
    return (people["would_have"] == "charge").groupby(people[by]).mean()


@pytest.mark.parametrize(("record", "by"), [("now", "band"), ("first contact", "first_band")])
def test_of_those_met_again_people_with_a_longer_record_are_charged_more_often(record, by):
    """Each band within 4 standard deviations of its own share, which goes up with the record."""
    scenario = meets(record)
    _, shares = charging(0.5, scenario.groups["any"].first_share, scenario.people["searched"])
    people = met_again(scenario)
    assert (np.diff(shares) > 0).all()
    assert len(people.groupby(by)) == len(RECORD_BANDS)
    for band, alike in people.groupby(by):
        assert same_share(alike["would_have"] == "charge", shares[band])
        assert len(alike) > 50


def test_where_the_record_does_not_count_every_band_is_charged_alike():
    for _, alike in met_again(meets("none")).groupby("band"):
        assert same_share(alike["would_have"] == "charge", 0.5)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("first_share", [0.0, 0.4, 1.0])
def test_charging_by_record_gives_the_groups_share_over_first_and_repeat_contacts(share, first_share):
    people = meets().people["searched"]
    first, again = charging(share, first_share, people)
    over_all = first_share * first + (1 - first_share) * np.dot(people.record_met_again, again)
    assert over_all == pytest.approx(share, abs=1e-9)


def test_people_of_one_record_have_the_same_odds_of_a_charge_whether_met_first_or_again():
    """By Bayes' rule, of those met first: P(charged | band) = f c / (f c + (1 - f) n)."""
    people = meets().people["searched"]
    first, again = charging(0.3, 0.4, people)
    charged, others = np.array(people.record_if_charged), np.array(people.record_if_not)
    assert again == pytest.approx(first * charged / (first * charged + (1 - first) * others), abs=1e-9)


def test_the_share_charged_is_the_groups_where_the_records_of_people_met_again_are_as_stated():
    """The records and first share found in one run are stated in the next, and so on to a fixed point."""
    levers, group = {}, {"charge_share": 0.4, "disposed_share": 0.05}
    for _ in range(4):
        people = met_again(meets("first contact", group, **levers))
        found = people["first_band"].value_counts(normalize=True).sort_index()
        levers["people.searched.record_met_again"] = (found / found.sum()).tolist()
    scenario = meets("first contact", group, **levers)
    share = charging(0.4, scenario.groups["any"].first_share, scenario.people["searched"])[1] @ (found / found.sum())
    assert same_share(people["would_have"] == "charge", share)
    assert len(people) > 1000


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_none_or_all_are_charged_no_record_matters(share):
    first, again = charging(share, 0.4, meets().people["searched"])
    assert [first, *again] == [share] * (1 + len(RECORD_BANDS))


def test_of_first_contacts_the_charged_have_the_records_of_the_charged():
    """Each band of each half within 4 standard deviations."""
    scenario = scheme(**{"diversion.uptake": 0.0})
    people = cases(scenario, 10)
    band, is_charged = record_band(people["record"]), people["would_have"] == "charge"
    mixes = scenario.people["searched"]
    for shares, chosen in ((mixes.record_if_charged, is_charged), (mixes.record_if_not, ~is_charged)):
        assert all(same_share(band[chosen] == number, share) for number, share in enumerate(shares))


# Officers lean -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_draws_that_lean_are_still_spread_evenly(share):
    """Kolmogorov and Smirnov's test of 20,000 draws of different officers: fixed luck, passed at 1%."""
    officers = luck.key(1, luck.OFFICERS, np.arange(20_000, dtype=np.uint64))
    leaning = stats.norm.ppf(luck.spread_evenly(luck.uniform(officers, "charging leaning")))
    draws = luck.lean(luck.uniform(luck.key(2, np.arange(20_000, dtype=np.uint64)), "offer"), leaning, share)
    assert stats.kstest(draws, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(stats.norm.ppf(draws), leaning)[0, 1] - np.sqrt(share)) < 4 / np.sqrt(20_000)


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.6])
def test_how_far_officers_differ_leaves_the_share_charged(spread):
    """Within 4 standard deviations; officers' own shares differ as far as chance alone, or further."""
    world = World(scheme({"charge_share": 0.4}, **{"police.charging_spread": spread, "diversion.uptake": 0.0}), 1, 1)
    for _ in range(20):
        world.step()
    people = world.tables()["cases"].query("contact_day >= 0")
    is_charged = people["would_have"] == "charge"
    assert same_share(is_charged, 0.4)
    own = is_charged.groupby(world.cases.officer[people["case"]]).agg(["mean", "size"])
    further = ((own["mean"] - 0.4) ** 2 * own["size"]).mean() / (0.4 * 0.6)  # 1 by chance, +- 0.3 for 360 officers
    assert (further > 1.3) == (spread > 0)
