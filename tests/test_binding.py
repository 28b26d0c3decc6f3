"""What limits the courts: judged on tables by hand and in simulated courts with too little and ample time, and said."""

import numpy as np
import pandas as pd
import pytest
from hand_made import baseline, stamp

from sim.compare.binding import binding
from sim.compare.comparison import Comparison
from sim.measures import take
from sim.report.limits import binding_in_words
from sim.run.run import run_seed
from sim.scenario.reading import change, load

# On hand-made measures ----------------------------------------------------------------------------------

JAMMED = {
    "crown.open": 1000,
    "magistrates.open": 2000,
    "crown.idle_share": 0.0,
    "crown.waiting": 900,
    "magistrates.idle_share": 0.02,
    "magistrates.lost_share": 0.0,
    "magistrates.waiting_first_hearing": 0,
    "magistrates.waiting_trial": 1200,
    "magistrates.received": 5200,
    "diversion.prosecutions_avoided": 0,
    "diversion.avoided_crown_share": np.nan,
    "diversion.avoided_contested_share": np.nan,
}


def measured(*years: dict, seed: int = 1) -> pd.DataFrame:
    """Measures of one seed, jammed but for what each year's differ in."""
    rows = [
        {"measure": name, "unit": "", "at": f"{2026 + n}-12-31", "group": "all", "seed": seed, "value": float(value)}
        for n, year in enumerate(years)
        for name, value in (JAMMED | year).items()
    ]
    return pd.DataFrame(rows)


def limiting(measures: pd.DataFrame, at: str = "2026-12-31") -> set[str]:
    """The stages that limit in any seed."""
    found = binding(measures).loc[at]["limits"]
    return set(found[found > 0].index)


def test_the_whole_table_of_two_years_by_hand():
    """In the second year trials have a tenth of the time idle; 60 cases fewer wait for them, 30 more in the Crown."""
    later = {"magistrates.idle_share": 0.1, "magistrates.waiting_trial": 1140, "crown.waiting": 930}
    found = binding(measured({}, later))
    assert found.columns.tolist() == ["limits", "idle", "waiting", "growth"]
    assert found.loc["2027-12-31"].to_dict("index") == {
        "court time": {"limits": 1, "idle": 0, "waiting": 930, "growth": 30},
        "the first-hearing list": {"limits": 0, "idle": 0.1, "waiting": 0, "growth": 0},
        "the trial list": {"limits": 0, "idle": 0.1, "waiting": 1140, "growth": -60},
    }
    assert found.loc["2026-12-31", "growth"].isna().all()


def test_a_stage_limits_if_somebody_waits_and_less_than_a_twentieth_of_the_time_is_idle():
    assert limiting(measured({})) == {"court time", "the trial list"}
    assert limiting(measured({"crown.idle_share": 0.05})) == {"the trial list"}
    assert limiting(measured({"crown.idle_share": 0.049})) == {"court time", "the trial list"}
    assert limiting(measured({"crown.waiting": 0, "magistrates.waiting_trial": 0})) == set()


def test_the_first_hearing_list_limits_if_more_wait_than_come_in_a_week_whatever_is_idle():
    full = {"magistrates.idle_share": 0.3, "magistrates.waiting_first_hearing": 101}
    assert limiting(measured(full)) == {"court time", "the first-hearing list"}
    assert limiting(measured(full | {"magistrates.waiting_first_hearing": 100})) == {"court time"}


def test_time_left_idle_on_purpose_is_no_slack():
    lost = {"magistrates.idle_share": 0.08, "magistrates.lost_share": 0.06}
    assert "the trial list" in limiting(measured(lost))
    assert "the trial list" not in limiting(measured(lost | {"magistrates.lost_share": 0.01}))


def test_a_court_that_does_not_sit_is_limited():
    assert "court time" in limiting(measured({"crown.idle_share": np.nan}))
    assert "court time" in limiting(measured({"crown.idle_share": np.nan, "crown.waiting": 0}))  # nobody gets so far
    assert "court time" not in limiting(measured({"crown.idle_share": np.nan, "crown.open": 0, "crown.waiting": 0}))


# In words -----------------------------------------------------------------------------------------------


def words(before: list[pd.DataFrame], after: list[pd.DataFrame] | None = None, binds: str = "trials") -> list[str]:
    """What is said of a baseline, or of a scenario beside it, each with its seeds' measures."""
    sides = {"baseline": before} | ({"new": after} if after else {})
    scenario = change(baseline(), {"courts.magistrates.binds": binds})
    rows = pd.concat([pd.concat(seeds).assign(scenario=name) for name, seeds in sides.items()])
    empty = pd.DataFrame()
    comparison = Comparison(dict.fromkeys(sides, scenario), empty, empty, empty, rows, stamp(*sides))
    return binding_in_words(comparison, list(sides)[-1])


ASSUMED = "By assumption first hearings are held when due, and trials get the time they leave."


def test_one_scenario_is_told_with_idle_time_and_who_waits():
    """At first the magistrates' courts had a quarter of their time idle."""
    slack = {"magistrates.idle_share": 0.25, "magistrates.waiting_trial": 5}
    assert words([measured(slack, {})]) == [
        "Crown Court: court time limits: 0.0% of court time stood idle. "
        "900 cases wait for court time, as many as a year before.",
        "Magistrates' courts: the trial list limits: 2.0% of court time stood idle. 1,200 cases wait for a trial, "
        f"1,195 more than a year before. On 31 December 2026: court time does not limit. {ASSUMED}",
    ]


def test_capacity_that_does_not_bind_is_told_as_such():
    crown, magistrates = words([measured({"crown.idle_share": 0.285, "magistrates.waiting_trial": 0})], binds="nothing")
    assert crown == "Crown Court: court time does not limit: 28.5% of court time stood idle."
    assert magistrates == (
        "Magistrates' courts: court time does not limit: 2.0% of court time stood idle. "
        "By assumption first hearings and trials are held when due, whatever the sitting days."
    )


def test_a_bottleneck_that_moves_is_told_with_how_much_of_what_is_avoided_would_have_come_to_it():
    """The scenario clears the trial list; the Crown Court stays as it was."""
    avoided = {"diversion.prosecutions_avoided": 50, "diversion.avoided_crown_share": 0.02}
    avoided |= {"diversion.avoided_contested_share": 0.125, "magistrates.idle_share": 0.2}
    assert words([measured({})], [measured(avoided | {"magistrates.waiting_trial": 7})]) == [
        "Crown Court: court time limits, as in the baseline. 0.0% of court time stood idle (0.0% in the baseline). "
        "900 cases wait for court time (900). Of the prosecutions avoided 2.0% would have come to it.",
        "Magistrates' courts: court time does not limit; in the baseline the trial list limits. "
        "20.0% of court time stood idle (2.0% in the baseline). 7 cases wait for a trial (1,200). "
        f"Of the prosecutions avoided 12.5% would have come to it. {ASSUMED}",
        "The bottleneck moves: court time of the Crown Court and the trial list of the Magistrates' courts in the "
        "baseline; court time of the Crown Court here.",
    ]


def test_every_prosecution_avoided_would_have_come_to_the_first_hearing_list():
    full = {"magistrates.waiting_first_hearing": 300}
    before, after = measured(full), measured(full | {"diversion.prosecutions_avoided": 50})
    _, magistrates, moved = words([before], [after], binds="everything")
    assert "the first-hearing list and the trial list limit, as in the baseline" in magistrates
    assert "300 cases wait for a first hearing (300). Of the prosecutions avoided 100.0% would have come" in magistrates
    assert "assumption" not in magistrates
    assert moved == "The bottleneck does not move."


def test_nothing_is_said_of_prosecutions_avoided_where_there_are_none():
    assert "avoided" not in " ".join(words([measured({})], [measured({})]))


def test_seeds_that_differ_are_told_and_most_decide():
    clear = {"crown.idle_share": 0.4}
    told = words([measured({}), measured({}, seed=2), measured(clear, seed=3)])[0]
    assert told.startswith("Crown Court: court time (in 67% of seeds) limits: 13.3% of court time")
    told = words([measured({}), measured(clear, seed=2), measured(clear, seed=3)])[0]
    assert told.startswith("Crown Court: court time does not limit: 26.7%")


# In simulated courts ------------------------------------------------------------------------------------

DAYS = {"crown": 23_265.0, "magistrates": 19_300.0}


def simulated(court: str, of_today: float, years: int = 2, **changes) -> set[str]:
    """What limits at the last year end of London at a hundredth, if *court* sits so much of its days today."""
    starts = baseline().starts
    days = {f"courts.{court}.sitting_days": [{"starts": starts, "days": of_today * DAYS[court]}]}
    found = take(run_seed(load("london/baseline", days | changes), 1, years, 0.01))
    return limiting(found, f"{starts.year + years - 1}-12-31")


def test_half_of_the_crown_courts_sitting_days_limit_it_and_three_times_as_many_do_not():
    """Ample days clear the opening stock within the first year."""
    assert "court time" in simulated("crown", 0.5)
    assert "court time" not in simulated("crown", 3)


MAGISTRATES = [
    ("trials", 0.5, {"the trial list"}),
    ("trials", 3, set()),
    ("nothing", 0.5, set()),
    ("nothing", 3, set()),
    ("everything", 0.4, {"the first-hearing list", "the trial list"}),  # less than is planned for first hearings
    ("everything", 3, set()),
]


@pytest.mark.parametrize(("binds", "of_today", "stages"), MAGISTRATES)
def test_what_limits_the_magistrates_courts_hangs_on_their_sitting_days_and_on_what_these_bind(binds, of_today, stages):
    found = simulated("magistrates", of_today, **{"courts.magistrates.binds": binds})
    assert found == {"court time", *stages}  # the Crown Court's limits as today
