"""Official and real reoffending: the parts between the two, added up and said."""

import numpy as np
import pandas as pd
import pytest
from hand_made import stamp

from sim.compare.comparison import Comparison
from sim.compare.official import DETECTED, PROVABLE, PROVEN, official
from sim.report.full import report_comparison, report_run
from sim.report.official import official_in_words
from sim.scenario.reading import load
from sim.study.study import Study, answer


def measured(scenario: str, *seeds: tuple[float, float, float], begets: float = 0.75) -> pd.DataFrame:
    """Detected, provable and proven shares of each seed at the last of two year ends; unknown at the first."""
    rows = [
        {"measure": name, "at": at, "group": "all", "seed": seed, "value": value if at == "2030-12-31" else np.nan}
        for seed, shares in enumerate(seeds, start=1)
        for at in ("2029-12-31", "2030-12-31")
        for name, value in zip((DETECTED, PROVABLE, PROVEN, "reoffending.begets"), (*shares, begets), strict=True)
    ]
    return pd.DataFrame(rows).assign(unit="share", scenario=scenario)


def comparison(*measures: pd.DataFrame) -> Comparison:
    names = [table["scenario"].iloc[0] for table in measures]
    none = pd.DataFrame()
    scenarios = {name: load("london/baseline") for name in names}
    return Comparison(scenarios, none, none, none, pd.concat(measures, ignore_index=True), stamp(*names))


def test_the_parts_between_detected_and_proven_by_hand():
    """Of 50% detected 20 points are never proved and 5 too late: 25% proven."""
    parts = official(measured("baseline", (0.50, 0.30, 0.25))).loc[1]
    assert parts.to_dict() == pytest.approx({"detected": 0.5, "late": 0.05, "never": 0.2, "proven": 0.25})


def test_one_scenario_in_words():
    (words, multiplied) = official_in_words(comparison(measured("baseline", (0.50, 0.30, 0.25))), "baseline")
    assert "50.0% are detected again" in words
    assert "25.0% are proven" in words
    assert "5.0% whose case was proved more than six months later" in words
    assert "20.0% whose offence was never proved" in words
    assert "0.75 others" in multiplied
    assert "multiplied by 4.0" in multiplied


def test_what_moved_adds_up_with_intervals():
    before = measured("baseline", (0.50, 0.30, 0.25), (0.50, 0.30, 0.25))
    after = measured("other", (0.49, 0.28, 0.24), (0.51, 0.28, 0.24))
    moved = official_in_words(comparison(before, after), "other")[1]
    assert "moves by -1.00 (-1.00 to -1.00) points" in moved
    assert "detected again 0.00 (-12.71 to 12.71)" in moved  # t with one degree of freedom, 12.71, x 1 point
    assert "still in court -1.00" in moved
    assert "counts +2.00" in moved


def test_one_replication_has_no_interval():
    both = measured("baseline", (0.50, 0.30, 0.25)), measured("other", (0.49, 0.28, 0.24))
    assert "moves by -1.00 points: detected again -1.00;" in official_in_words(comparison(*both), "other")[1]


def test_a_run_too_short_to_know_says_nothing():
    unknown = measured("baseline", (np.nan, np.nan, np.nan))
    assert official_in_words(comparison(unknown), "baseline") == []


def test_where_each_contact_leads_to_one_or_more_nothing_is_multiplied():
    assert len(official_in_words(comparison(measured("baseline", (0.5, 0.3, 0.25), begets=1.0)), "baseline")) == 1


def test_reports_say_it_where_the_run_is_long_enough(shared):
    """Proven reoffending of a year's starts is known 18 months after them, so from the third year on."""
    scenarios = {"baseline": load("london/baseline"), "uptake-50": load("london/uptake-50")}
    long, short = (answer(Study(scenarios, (1,), years, 0.01), store=shared) for years in (3, 1))
    alone = answer(Study({"baseline": scenarios["baseline"]}, (1,), 3, 0.01), store=shared)
    title = "Official and real reoffending"
    assert title in report_comparison(long)
    assert title in report_run(alone)
    assert title not in report_comparison(short)
