"""The courts beside what was published of them: a known year, and how trials go today."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from sim.measures import take
from sim.reading import load
from sim.run import run_seed

YEAR_2019 = Path(__file__).parent.parent / "benchmarks" / "year_2019.py"
DEFENDANTS_A_CASE = 1.097


@pytest.fixture(scope="module")
def benchmark_2019():
    spec = importlib.util.spec_from_file_location("year_2019", YEAR_2019)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_crown_court_of_2019_comes_out_within_5_percent_and_shares_within_3_points(benchmark_2019):
    """Receipts are imposed and half of the cases are simulated, 50,000 received: chance is below half a percent."""
    found = benchmark_2019.simulated(run_seed(load("england_and_wales/2019"), 1, 1, 0.5))
    known = benchmark_2019.published()
    assert len(benchmark_2019.BARS) == 6
    for name in benchmark_2019.BARS:
        wanted = benchmark_2019.of_the_year(name, known[name])
        bar = 0.03 if "share" in name else 0.05
        assert abs(benchmark_2019.off(name, found[name]["year"], wanted)) < bar, name


@pytest.fixture(scope="module")
def two_runs():
    """England and Wales at a fifth, two seeds of two years: 25,000 Crown listings and 90,000 cases closed.

    A share of 0.25 of so many listings is known to 0.0027: a tolerance of 3% is 2.7 times that.
    """
    return [run_seed(load("england_and_wales/baseline"), seed, 2, 0.2) for seed in (1, 2)]


def sat(runs, court):
    """What the court's sittings counted over both years and seeds."""
    sittings = pd.concat([run.tables["sittings"] for run in runs])
    return sittings[sittings["court"] == court].sum(numeric_only=True)


@pytest.mark.parametrize(
    ("court", "effective", "cracked", "ineffective"),
    [("crown", 0.48, 0.27, 0.25), ("magistrates", 0.42, 0.36, 0.22)],
)
def test_listed_trials_go_as_published(two_runs, court, effective, cracked, ineffective):
    """Within 3%: Crown Court in 2024, magistrates' courts from late 2023 to mid 2025."""
    counted = sat(two_runs, court)[["effective", "cracked", "ineffective"]]
    assert (counted / counted.sum()).tolist() == pytest.approx([effective, cracked, ineffective], rel=0.03)


def test_a_case_closed_takes_the_hours_and_hearings_that_were_published(two_runs):
    """Within 3% of the mean of 2024 and 2025, 3.29 and 3.13 hours a defendant, and 4.15 hearings, late 2023."""
    measures = pd.concat([take(run) for run in two_runs])
    hours = measures[(measures["measure"] == "crown.hours_per_disposal") & (measures["at"] == "2027-12-31")]["value"]
    assert hours.mean() == pytest.approx((3.29 + 3.13) / 2 * DEFENDANTS_A_CASE, rel=0.03)
    later = [run.tables["weeks"].query("court == 'crown' and day > 364")["closed"].sum() for run in two_runs]
    held = [run.tables["sittings"].query("court == 'crown' and day > 364")["hearings"].sum() for run in two_runs]
    assert sum(held) / sum(later) == pytest.approx(4.15, rel=0.03)


def test_the_hours_that_london_demands_and_supplies_are_those_derived_for_2025():
    """Within 3% of 81,840 and 102,760 hours: cases closed, and cases received, each at the hours of one closed.

    Hours of a case for trial are what is left of the hours used once sentences and appeals are taken off, as in the
    derivation from published receipts, disposals and mean hours. Half of London: some 5,700 cases closed for trial.
    """
    scenario = load("london/baseline")
    run, lever = run_seed(scenario, 1, 1, 0.5).tables, scenario.courts.crown
    weeks = run["weeks"].query("court == 'crown'").groupby("route", observed=True)[["received", "closed"]].sum() / 0.5
    used = run["sittings"].query("court == 'crown'")["used"].sum() / 60 / 0.5
    hours = pd.Series({"for sentence": lever.for_sentence_hours, "appeal": lever.appeal_hours})
    hours["for trial"] = (used - (weeks["closed"] * hours).sum()) / weeks["closed"]["for trial"]
    assert used == pytest.approx(81_840, rel=0.03)
    assert (weeks["received"] * hours).sum() == pytest.approx(102_760, rel=0.03)
