"""Court time that cases are expected to take, on paper and against what simulated cases take where nobody waits."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hand_made import baseline
from worlds import MONDAY, NOBODY_REOFFENDS, small

from sim.run.run import run_seed
from sim.scenario.hours import contest, for_trial, received_hours
from sim.scenario.reading import change

TRIALS = {
    "courts.magistrates.trial_outcomes": [0.5, 0.3, 0.2],
    "courts.magistrates.cracked_hours": 1.0,
    "courts.magistrates.ineffective_hours": 0.5,
}
CROWN = {
    "courts.crown.plea_hearing_hours": 1.0,
    "courts.crown.ineffective_hours": 0.4,
    "courts.crown.late_plea_share": 0.25,
}

# On paper -----------------------------------------------------------------------------------------------


def test_a_case_contested_in_the_magistrates_courts_is_listed_until_its_trial_goes_ahead_or_cracks():
    """A listing takes 0.5 x 2 + 0.3 x 1 + 0.2 x 0.5 = 1.4 hours, and there are 1 / 0.8 of them."""
    assert contest(change(baseline(), TRIALS).courts.magistrates, 2.0) == pytest.approx(1.75)


def test_where_every_trial_is_ineffective_a_contest_never_ends():
    never = TRIALS | {"courts.magistrates.trial_outcomes": [0.0, 0.0, 1.0]}
    assert contest(change(baseline(), never).courts.magistrates, 2.0) == np.inf


def test_a_case_for_trial_needs_the_time_of_its_stage():
    """Waiting: a quarter plead late and take 3 - 1 hours; the others have 0.25 ineffective listings of 0.4 hours each,

    then half of them 10 - 1 hours and half 3 - 1.
    """
    lever = change(baseline(), CROWN).courts.crown
    needs = for_trial(lever, pleads=0.6, tried=0.5, contested=10, other=3, saved=0, ineffective=0.2)
    waiting = 0.25 * 2 + 0.75 * 5.6
    assert (needs.before_plea, needs.waiting, needs.after_plea) == pytest.approx((1 + 1.2 + 0.4 * waiting, waiting, 2))


def test_a_change_of_law_within_a_week_counts_for_the_days_of_it():
    """From the fourth day of the second week: four sevenths of its cases, all of later ones, none of the first's."""
    law = {"judge_only_from": MONDAY + timedelta(10), "judge_only_share": 1.0, "judge_only_saving": 0.5}
    scenario = small(
        **{f"courts.law.{name}": value for name, value in law.items()}, **{"groups.any.indictable_share": 0.0}
    )
    hours = received_hours(scenario, 1).xs(("crown", "any", "for trial"), level=("court", "group", "route"))
    saved = (hours.loc[6] - hours) / (hours.loc[6] - hours.loc[20])
    assert saved.loc[[6, 13, 20, 363]].tolist() == pytest.approx([0, 4 / 7, 1, 1])


# Against simulated cases --------------------------------------------------------------------------------

# Plenty of court time, short waits, nobody is dropped: some 70,000 cases are received and closed.
EITHER_WAY = {
    **{"contacts": 100_000.0, "charge_share": 1.0, "disposed_share": 0.0, "own_case_share": 1.0},
    **{"for_trial_share": 0.7, "sent_share": 0.5, "indictable_share": 0.4, "committed_share": 0.2},
    **{"not_guilty_share": 0.3, "withdrawn_share": 0.1, "plea_minutes": 32.0, "not_guilty_minutes": 24.0},
}
NOBODY_WAITS = {
    **{f"police.charge_delay_{average}": 1.0 for average in ("median", "mean")},
    **{f"courts.magistrates.first_hearing_{average}": 1.0 for average in ("median", "mean")},
    **{f"courts.magistrates.{name}": 1.0 for name in ("withdrawn_days", "report_days", "trial_days", "relist_days")},
    **{f"courts.crown.trial_days_{held}": 1.0 for held in ("custody", "bail")},
    **{f"courts.crown.{name}": 1.0 for name in ("plea_hearing_days", "for_sentence_days", "relist_days")},
    **{f"courts.crown.sentence_delay_{average}": 1.0 for average in ("median", "mean")},
    **{f"courts.crown.{name}": 0.0 for name in ("attrition_rate", "warrant_share")},
    **{f"courts.crown.{name}": 0.2 for name in ("contested_spread", "other_spread")},
    **{f"courts.{court}.sitting_days": [{"starts": MONDAY, "days": 400_000.0}] for court in ("crown", "magistrates")},
}
LAWS = {
    "as it is": {},
    "no election": {"courts.law.election_ends": MONDAY, "courts.law.elected_share": 0.5},
    "trials without a jury": {"courts.law.judge_only_from": MONDAY, "courts.law.judge_only_saving": 0.6},
}


@pytest.mark.parametrize("law", LAWS)
def test_cases_take_the_hours_expected_where_nobody_waits(law):
    """The mean of those received in the first 250 days, by court and route.

    It may be off by chance by four standard errors, which are less than 4%: a wrong share or hour would show.
    """
    scenario = small({"any": EITHER_WAY}, **NOBODY_WAITS, **NOBODY_REOFFENDS, **LAWS[law])
    cases = run_seed(scenario, 1, 1).tables["cases"].query("received < 250")
    assert (cases["closed"] < 364).all()
    assert not (cases["crown_received"].notna() & cases["crown_closed"].isna()).any()
    expected = received_hours(scenario, 1).xs((6, "any"), level=("day", "group"))
    for (court, route), hours in taken(cases, scenario).items():
        error = hours.std() / np.sqrt(len(hours))
        assert 4 * error < 0.04 * expected[court, route], (court, route)
        assert abs(hours.mean() - expected[court, route]) <= 4 * error + 1e-9, (court, route)


def taken(cases: pd.DataFrame, scenario) -> dict[tuple[str, str], pd.Series]:
    """Hours that each case took in each court: the first hearing of one sent, all but the last of one committed."""
    crown_route, minutes = cases["crown_route"].astype(object), cases["minutes"]
    crown = pd.Series(0.0, cases.index)
    crown[crown_route == "for trial"] = minutes - 24
    crown[crown_route == "for sentence"] = 60 * scenario.courts.crown.for_sentence_hours
    magistrates = {("magistrates", route): cases["route"] == route for route in ("for trial", "summary")}
    sent = {("crown", route): crown_route == route for route in ("for trial", "for sentence")}
    return {key: (minutes - crown)[rows] / 60 for key, rows in magistrates.items()} | {
        key: crown[rows] / 60 for key, rows in sent.items()
    }
