"""Evidence drawn from its ranges: the same for both sides, within the ranges, and wider than chance."""

import numpy as np
import pandas as pd
import pytest

from sim.base.stats import interval
from sim.compare.paired import compare
from sim.run.pool import processes
from sim.scenario.draws import FEWEST_SEEDS, Range, draw, ranges
from sim.scenario.evidence import load as load_ledger
from sim.scenario.model import levers
from sim.scenario.reading import chain, load
from sim.study.study import Study, answer

SEEDS = range(1, FEWEST_SEEDS + 1)
FEW = range(1, 6)
WIDE = {"searches.a_year": Range(83_200, 20_000, 200_000, is_factor=False)}  # far wider than the ledger's, to be seen


def of(name):
    files = chain(name)
    return load(name), ranges(load(name), load_ledger(files), files[-1].stem)


def test_every_draw_lies_in_its_range_and_the_mean_is_the_triangles():
    """Value 2 between 0 and 10: mean 4, standard deviation 2.16; of 1,000 draws the mean is known to 0.07."""
    scenario, _ = of("london/baseline")
    only = {"provider.longest_wait": Range(2.0, 1.0, 10.0, is_factor=False)}
    drawn = np.array([draw(scenario, seed, only)[0].provider.longest_wait for seed in range(1, 1001)])
    assert drawn.min() > 1
    assert drawn.max() < 10
    assert drawn.mean() == pytest.approx(13 / 3, abs=0.2)


def test_the_baseline_and_a_scenario_share_their_draws_but_for_what_the_scenario_changes():
    (baseline, its_ranges), (scenario, other_ranges) = of("london/baseline"), of("london/uptake-50")
    for seed in (1, 2):
        before = {name: value for name, value, _ in levers(draw(baseline, seed, its_ranges)[0])}
        after = {name: value for name, value, _ in levers(draw(scenario, seed, other_ranges)[0])}
        different = {name for name in before if before[name] != after[name]}
        changed = {name for name, value, _ in levers(scenario) if value != dict_of(baseline)[name]}
        assert different <= changed
        assert len(different) < 6
    one, two = (draw(baseline, seed, its_ranges)[0] for seed in (1, 2))
    moved = {name for name, value, _ in levers(one) if value != dict_of(two)[name]}
    assert moved <= set(its_ranges)
    still = {name: its_ranges[name] for name in set(its_ranges) - moved}
    assert all(isinstance(one.value, int) or one.low == one.high or not one.value for one in still.values()), still


def dict_of(scenario):
    return {name: value for name, value, _ in levers(scenario)}


def test_a_draw_belongs_to_its_lever_whatever_others_are_drawn():
    scenario, everything = of("london/baseline")
    alone = draw(scenario, 3, {"police.hours_charge": everything["police.hours_charge"]})[0]
    assert alone.police.hours_charge == draw(scenario, 3, everything)[0].police.hours_charge


def test_fitted_levers_keep_their_values():
    scenario, everything = of("london/baseline")
    ledger = load_ledger(chain("london/baseline"))
    fitted = {name for name, line in ledger.lines(scenario).items() if line.grade == "fitted"}
    assert len(fitted) > 10
    assert not fitted & set(everything)


def test_what_the_rules_refuse_keeps_its_value_and_is_named():
    """A share of charges drawn far too high leaves no room for disposals; what stands beside it is drawn."""
    scenario, _ = of("london/baseline")
    wrong = Range(0.3, 0.99, 0.999, is_factor=False)
    right = Range(3.0, 2.0, 4.0, is_factor=False)
    group = "groups.cannabis_possession"
    drawn, refused = draw(scenario, 1, {f"{group}.charge_share": wrong, f"{group}.tried_hours": right})
    assert refused == [f"{group}.charge_share"]
    assert drawn.groups["cannabis_possession"].charge_share == scenario.groups["cannabis_possession"].charge_share
    assert drawn.groups["cannabis_possession"].tried_hours != 3.0


def test_londons_evidence_can_be_drawn_in_every_replication_of_every_seed():
    scenario, everything = of("london/baseline")
    for seed in SEEDS:
        assert draw(scenario, seed, everything)[1] == []


@pytest.fixture(scope="module")
def compared(shared):
    """The scheme at a hundredth, with chance alone, and with the number of searches drawn too."""
    names = ("london/uptake-50",)
    scenarios = {name: load(name) for name in names}
    args = {"seeds": SEEDS, "years": 1, "share": 0.01}
    drawn = answer(Study(scenarios, **args, evidence=dict.fromkeys(names, WIDE)), store=shared)
    plain = answer(Study(scenarios, **args | {"seeds": FEW}), store=shared)
    return plain, drawn


def test_evidence_widens_the_spread_and_is_named_in_every_output(compared):
    """Of some 60 people who start, chance alone spreads by 8 and the searches drawn by some 25, 0.38 of their mean."""
    plain, drawn = compared
    chance, both = (
        one.measures.query("measure == 'diversion.started' and value > 0")["value"].std() for one in compared
    )
    assert both > 1.5 * chance
    assert plain.provenance.layers == ("chance",)
    assert drawn.provenance.layers == ("chance", "evidence")
    assert drawn.provenance.drawn == ("searches.a_year",)


def test_without_ranges_nothing_is_drawn(compared):
    plain, _ = compared
    none = Study(plain.scenarios, tuple(SEEDS), 1, 0.01, evidence={name: {} for name in plain.scenarios})
    assert set(plain.provenance.cells) <= set(none.keys.values())


@pytest.mark.slow
def test_workers_change_no_draw(compared):
    _, drawn = compared
    baseline = {drawn.baseline: drawn.scenarios[drawn.baseline]}
    again = answer(Study(baseline, SEEDS, 1, 0.01, evidence={drawn.baseline: WIDE}), processes(2))
    pd.testing.assert_frame_equal(drawn.measures[drawn.measures["scenario"] == drawn.baseline], again.measures)


def test_the_range_of_draws_does_not_narrow_with_their_number_and_that_of_the_mean_does():
    values = np.random.default_rng(1).normal(0, 1, (1, 4000))
    few, many = values[:, :400], values
    mean, draws = (
        [np.subtract(*interval(v, 0.95, evidence)[:0:-1])[0] for v in (few, many)] for evidence in (False, True)
    )
    assert mean[1] < 0.4 * mean[0]
    assert draws[1] == pytest.approx(2 * 1.96, abs=0.2)
    assert draws[0] == pytest.approx(draws[1], rel=0.15)


def test_too_few_draws_are_refused(compared):
    plain, _ = compared
    with pytest.raises(ValueError, match="too few"):
        Study(plain.scenarios, (1, 2, 3), 1, 0.01, evidence={"london/uptake-50": {"x": Range(1, 0, 2, False)}})


def test_measures_of_draws_are_compared_by_their_quantiles():
    rows = [
        {"measure": "m", "unit": "cases", "at": "2026-12-31", "group": "all", "seed": seed, "value": float(value)}
        for seed, value in enumerate(range(101))
    ]
    before = pd.DataFrame(rows).assign(value=0.0)
    table = compare(before, pd.DataFrame(rows), evidence=True).iloc[0]
    assert [table[name] for name in ("difference", "low", "high")] == pytest.approx([50, 2.5, 97.5])
