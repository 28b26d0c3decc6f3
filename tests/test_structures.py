"""Structures: named, each changing both sides alike, side by side and never averaged."""

from datetime import date

import pytest

from sim.compare.comparison import AS_STATED
from sim.measures import MEASURES as KNOWN
from sim.scenario.reading import load
from sim.study.structures import MEASURES, structures, under
from sim.study.study import Study, answer

NAMES = ("london/baseline", "london/uptake-50")


@pytest.fixture(scope="module")
def scenarios():
    return {name: load(name) for name in NAMES}


def test_each_structure_changes_something_and_the_first_nothing(scenarios):
    baseline, scheme = scenarios.values()
    choices = structures(baseline, scheme, {"level": load("london/level")})
    assert next(iter(choices)) == AS_STATED
    for name, changes in choices.items():
        changed = under(scenarios, changes)
        assert (changed == scenarios) is (name == AS_STATED), name
    assert {name for name in choices if name.startswith("magistrates")} == {
        "magistrates' courts: sitting days limit nothing",
        "magistrates' courts: sitting days limit first hearings too",
        "magistrates' courts: unused time stays idle",
    }
    assert under(scenarios, choices["Crown Court: level"])[NAMES[0]] == load(
        "london/baseline", {"courts.crown.sitting_days": [{"starts": date(2026, 1, 1), "days": 35200.0}]}
    )


def test_whom_the_course_acts_on_is_a_structure_only_where_it_acts(scenarios):
    baseline, scheme = scenarios.values()
    assert not [name for name in structures(baseline, scheme) if "course" in name]
    effective = load("london/uptake-50-effect-30")
    assert [name for name in structures(baseline, effective) if "course" in name] == [
        "the course acts on everyone offered",
        "the course acts on completers",
    ]


def test_the_table_holds_every_structure_for_itself(scenarios, shared):
    choices = {AS_STATED: {}, "left idle": {"courts.reuse": 0.0}}
    sides = {name: Study(under(scenarios, changes), (1, 2), 1, 0.01) for name, changes in choices.items()}
    compared = {name: answer(study, store=shared) for name, study in sides.items()}
    study = Study(scenarios, (1, 2), 1, 0.01, structures={"left idle": {"courts.reuse": 0.0}})
    rows = answer(study, store=shared, structures=True).structures
    assert set(MEASURES) <= set(KNOWN)
    assert len(rows) == len(choices) * len(MEASURES)
    for name, comparison in compared.items():
        one = rows[(rows["structure"] == name) & (rows["measure"] == "magistrates.open")].iloc[0]
        own = comparison.table[comparison.table["measure"] == "magistrates.open"].iloc[-1]
        assert (one["difference"], one["low"]) == (own["difference"], own["low"])
