"""Which stage limits, in numbers and in words, and where the bottleneck moves."""

import pandas as pd
import pytest
from worlds import rooms, small

from sim.binding import STAGES, limits, limits_in_words
from sim.measures import take
from sim.run import run_seed

NAMES = [stage.name for stage in STAGES]
FILES, COURSE, FIRST_HEARINGS, TRIALS, CROWN = NAMES
SLACK = {
    "officers.files_waiting": 0, "officers.idle_share": 0.6, "provider.waiting": 3, "provider.idle_share": 0.2,
    "magistrates.waiting_first_hearing": 0, "magistrates.waiting_trial": 40, "magistrates.idle_share": 0.02,
    "diversion.avoided_contested_share": 0.1, "crown.waiting": 70, "crown.idle_share": 0.05,
    "diversion.avoided_crown_share": 0.02,
}  # fmt: skip


def measured(**changes):
    """Two seeds of one scenario, a value for each measure a stage reads; names with a double underscore for the dot."""
    values = SLACK | {name.replace("__", "."): value for name, value in changes.items()}
    rows = [
        {"scenario": "it", "seed": seed, "measure": name, "at": at, "group": "all", "value": value}
        for seed in (1, 2)
        for at in ("2026-12-31", "2027-12-31")
        for name, value in values.items()
    ]
    return pd.DataFrame(rows)


def limiting(**changes):
    table = limits(measured(**changes), "it")
    return list(table["stage"][table["limits"]])


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, []),
        ({"crown__idle_share": 0.01}, [CROWN]),
        ({"crown__idle_share": 0.0, "crown__waiting": 0}, []),  # all in use, but nobody waits
        ({"magistrates__idle_share": 0.0}, [TRIALS]),
        ({"magistrates__idle_share": 0.0, "magistrates__waiting_first_hearing": 5}, [FIRST_HEARINGS, TRIALS]),
        ({"provider__idle_share": 0.0}, [COURSE]),
        ({"officers__idle_share": 0.0, "officers__files_waiting": 2}, [FILES]),
    ],
)
def test_a_stage_limits_where_somebody_waits_and_nothing_is_idle(changes, wanted):
    assert limiting(**changes) == wanted


def words(before, after=None):
    tables = [limits(measured(**changes), "it") for changes in (before, after) if changes is not None]
    return " ".join(limits_in_words(*tables))


def test_the_words_name_what_limits_what_is_idle_and_what_was_avoided_there():
    said = words({"crown__idle_share": 0.0}, {"crown__idle_share": 0.0, "provider__idle_share": 0.0})
    assert f"Limited by {COURSE} (3 people wait) and {CROWN} (70 cases wait)." in said
    assert f"{FILES} 60%" in said
    assert f"2.0% {CROWN}" in said
    assert TRIALS not in said.partition("Of the prosecutions avoided")[2]
    assert f"The bottleneck moves: in the baseline no limit was {COURSE}." in said


def test_the_words_say_what_no_longer_limits_and_when_nothing_does():
    said = words({"crown__idle_share": 0.0}, {})
    assert said.startswith("Nothing limits")
    assert f"No longer a limit: {CROWN}." in said
    assert "bottleneck moves" not in said
    assert "The same stages limit in the baseline." in words({}, {})


def simulated(rooms_a_day):
    """A small world that sends 400 cases a year to a Crown Court of so many rooms."""
    groups = {"any": {"contacts": 800.0, "charge_share": 1.0, "own_case_share": 1.0, "disposed_share": 0.0}}
    groups["any"] |= {"for_trial_share": 1.0, "sent_share": 0.5}
    scenario = small(groups, **{"courts.crown.sitting_days": rooms(rooms_a_day)})
    table = limits(take(run_seed(scenario, 1, 2)).assign(scenario="it"), "it")
    return set(table["stage"][table["limits"]])


def test_too_few_sitting_days_limit_and_ample_ones_do_not():
    assert CROWN not in simulated(60)
    assert CROWN in simulated(1)
