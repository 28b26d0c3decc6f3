"""Hindcasts: published figures read and refused, forecasts scored by hand, nothing known before it was."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import integrate, stats

from sim.cli.commands import cli
from sim.run.pool import here
from sim.scenario.reading import ScenarioError, load
from sim.study import calibrate, hindcast, observed, scores

HEADER = "area,court,quarter,measure,value\n"
SOUND = "Here,crown,2019Q4,open,100\nHere,crown,2019Q4,share_open_1y_plus,0.2\nThere,crown,2019Q4,open,900\n"


def written(folder, text):
    path = folder / "observed.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_quarters_are_counted_over_the_year_end():
    assert observed.before("2016Q1") == "2015Q4"
    assert observed.after("2016Q4", 5) == "2018Q1"
    assert observed.between("2016Q3", "2017Q2") == ["2016Q3", "2016Q4", "2017Q1", "2017Q2"]


def test_figures_are_those_of_one_area_and_what_it_lacks_stands_in_by_its_part(tmp_path):
    path = written(tmp_path, HEADER + SOUND)
    there = observed.read(path, "There")
    here_ = replace(observed.read(path, "Here"), behind=replace(there, values={
        **there.values, ("receipts", "2019Q4"): 50.0, ("share_open_2y_plus", "2019Q4"): 0.1}), part=0.2)  # fmt: skip
    assert here_.at("open", "2019Q4") == 100
    assert here_.at("receipts", "2019Q4") == pytest.approx(10)
    assert here_.at("share_open_2y_plus", "2019Q4") == 0.1
    with pytest.raises(LookupError, match="no figure for disposals in 2019Q4"):
        here_.at("disposals", "2019Q4")


FAULTS = {
    "no column": ("area,court,quarter,mesure,value\n", ":1: no column 'measure'; did you mean 'mesure'?"),
    "quarter": (HEADER + "Here,crown,2019-12,open,100\n", ":2: quarter: '2019-12' must be a quarter such as 2019Q4"),
    "number": (HEADER + SOUND + 'Here,crown,2019Q3,open,"1,000"\n', ":5: value: '1,000' must be a number"),
    "negative": (HEADER + "Here,crown,2019Q4,open,-1\n", ":2: value: -1 must lie between 0"),
    "infinite": (HEADER + "Here,crown,2019Q4,open,inf\n", ":2: value: inf must lie between 0"),
    "not a number": (HEADER + "Here,crown,2019Q4,open,nan\n", ":2: value: nan must lie between 0"),
    "percent": (HEADER + "Here,crown,2019Q4,share_open_1y_plus,20\n", "did you mean 0.2?"),
    "short row": (HEADER + "Here,crown,2019Q4\n", ":2: measure: the row ends before it"),
    "twice": (HEADER + SOUND + "Here,crown,2019Q4,open,101\n", ":5: measure, quarter: open of 2019Q4 stands"),
    "other area": (HEADER + "Hear,crown,2019Q4,open,100\n", "court of 'Here'; it has Hear"),
    "empty": ("", ":1: no column 'area'"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_refused_with_row_and_column(fault, tmp_path):
    text, words = FAULTS[fault]
    with pytest.raises(ScenarioError) as refused:
        observed.read(written(tmp_path, text), "Here")
    assert words in str(refused.value)


def test_a_file_that_is_no_text_is_refused_by_the_command(tmp_path):
    path = tmp_path / "observed.csv"
    path.write_bytes(b"\xff\xfe\x00area")
    ended = CliRunner().invoke(cli, ["hindcast", "england_and_wales", "--observed", str(path)])
    assert ended.exit_code == 2
    assert "is no CSV file in UTF-8" in ended.output


def rows_of(errors: dict[str, float], measure: str = "open", value: float = 100.0) -> pd.DataFrame:
    """Forecasts of one year on from some origins, with these logarithms of outcome over forecast."""
    outcome = [value * np.exp(error) for error in errors.values()]
    return pd.DataFrame(
        {
            "rival": "sliproad",
            "origin": list(errors),
            "quarter": [observed.after(origin, 4) for origin in errors],
            "ahead": 4,
            "measure": measure,
            "value": value,
            "own": 0.0,
            "inputs": 0.0,
            "outcome": outcome,
            "error": list(errors.values()),
        }
    )


def test_an_interval_is_as_wide_as_the_errors_from_other_quarters():
    rows = rows_of({"2017Q4": 0.1, "2018Q4": -0.1, "2019Q4": 0.3})
    width = scores.spread(rows)
    assert width == pytest.approx([np.sqrt((0.01 + 0.09) / 2), np.sqrt((0.01 + 0.09) / 2), 0.1])
    ends = scores.intervals(rows, 80)
    assert ends["low"].iloc[2] == pytest.approx(100 * np.exp(-stats.norm.ppf(0.9) * 0.1))
    scored = scores.scores(rows).iloc[0]
    assert scored["coverage80"] == pytest.approx(100 * 2 / 3)  # 0.3 lies outside 0.1 x 1.28, both others inside
    assert scored["mape"] == pytest.approx(np.mean([100 * abs(np.exp(-error) - 1) for error in (0.1, -0.1, 0.3)]))
    assert scored["n"] == scored["origins"] == 3


def test_an_interval_is_never_narrower_than_its_inputs_make_it():
    rows = rows_of({"2017Q4": 0.1, "2018Q4": -0.1, "2019Q4": 0.1}).assign(inputs=[0.05, 0.05, 0.2], own=0.1)
    assert scores.spread(rows) == pytest.approx([np.sqrt(0.01 + 0.01), np.sqrt(0.01 + 0.01), np.sqrt(0.04 + 0.01)])


def test_official_forecasts_are_set_beside_what_was_known_when_they_were_made():
    assert scores.quarter_before("2021-10") == "2021Q3"
    assert scores.quarter_before("2024-05") == "2024Q1"
    assert scores.quarter_near("2024-11") == "2024Q4"
    assert scores.quarter_near("2025-03") == "2025Q1"
    assert scores.quarter_near("2024") == "2024Q4"


def test_a_forecast_made_elsewhere_is_set_beside_ours_of_the_quarter_before_and_what_came():
    forecasts = [
        {"forecaster": "A ministry", "kind": "projection", "made": "2019-03", "target_date": "2019-12",
         "low": "90", "central": "", "high": "120"},
        {"forecaster": "Nobody", "kind": "projection", "made": "2010-03", "target_date": "2019-12",
         "low": "", "central": "5", "high": ""},
        {"forecaster": "A ministry", "kind": "outcome", "made": "2020-03", "target_date": "2019-12",
         "low": "", "central": "111", "high": ""},
    ]  # fmt: skip
    ours = [
        {"origin": origin, "variant": "central", "seed": seed, "ahead": ahead, "measure": "open", "value": value}
        for origin, value in (("2018Q2", 80.0), ("2018Q4", 100.0))
        for seed, ahead in ((1, 4), (2, 4))
    ]
    rows = rows_of({"2017Q4": 0.1, "2018Q4": -0.1, "2019Q4": 0.1})
    (row,) = scores.beside_official(rows, pd.DataFrame(ours), forecasts).to_dict("records")
    assert (row["theirs"], row["origin"], row["target"], row["ours"]) == ("90 to 120", "2018Q4", "2019Q4", 100.0)
    assert (row["outcome"], row["of"]) == (111.0, "2019Q4")
    assert row["low"] == pytest.approx(100 * np.exp(-stats.norm.ppf(0.9) * 0.1))


def test_the_crps_is_that_of_its_definition():
    """Integral of the squared difference between the forecast's distribution and the step at the outcome."""
    rows = rows_of({"2017Q4": 0.02, "2018Q4": -0.05, "2019Q4": 0.04})
    width = scores.spread(rows)
    exact = []
    for (_, row), sd in zip(rows.iterrows(), width, strict=True):

        def squared(x: float, row=row, sd=sd) -> float:
            return (stats.norm.cdf(x, row["value"], sd * row["value"]) - (x >= row["outcome"])) ** 2

        area, _ = integrate.quad(squared, 0, 200, points=[row["outcome"]], limit=400)
        exact.append(100 * area / row["outcome"])
    assert scores.scores(rows).iloc[0]["crps"] == pytest.approx(np.mean(exact), rel=1e-3)


def test_scores_without_shocks_leave_their_quarters_out():
    rows = rows_of({"2018Q4": 0.1, "2019Q2": 0.5, "2019Q4": 0.1})
    scored = scores.scores(rows).set_index("without_shocks")
    assert scored.loc[False, "n"] == 3
    assert scored.loc[True, "n"] == 2
    assert scored.loc[True, "mape"] < scored.loc[False, "mape"]


@pytest.fixture(scope="module")
def nation() -> hindcast.Past:
    return hindcast.past("england_and_wales", share=0.005)


def test_a_run_starts_from_the_published_state(nation):
    crown = hindcast.scenario_from(nation, "2018Q4").courts.crown
    assert crown.open == nation.observed.at("open", "2018Q4") == 33_044
    assert hindcast.scenario_from(nation, "2018Q4").starts == date(2019, 1, 1)
    assert hindcast.scenario_from(nation, "2017Q2").starts == date(2017, 7, 1)
    assert crown.open_over_12_months == nation.observed.at("share_open_1y_plus", "2018Q4")


@pytest.mark.parametrize("variant", [hindcast.CENTRAL, hindcast.WORSE, hindcast.BETTER])
def test_a_blind_run_knows_nothing_of_what_comes_after(nation, variant):
    """Figures after the origin are changed at will, and the levers stay the same."""
    blind = replace(nation, blind=True)
    scenario = hindcast.scenario_from(blind, "2019Q4", variant)
    tampered = {place: value * (3 if place[1] > "2019Q4" else 1) for place, value in blind.observed.values.items()}
    late = [row for row in blind.scenario.demand.crown_receipts if row.quarter <= "2019Q4"]
    crown = blind.scenario.courts.crown
    known = blind.scenario.model_copy(update={
        "demand": blind.scenario.demand.model_copy(update={"crown_receipts": late}),
        "courts": blind.scenario.courts.model_copy(update={"crown": crown.model_copy(update={
            "sitting_days": [step for step in crown.sitting_days if step.starts < date(2020, 1, 1)],
            "closures": [one for one in crown.closures if one.starts < date(2020, 1, 1)],
        })}),
    })  # fmt: skip
    other = replace(blind, observed=replace(blind.observed, values=tampered), scenario=known)
    assert hindcast.scenario_from(other, "2019Q4", variant).demand == scenario.demand
    assert hindcast.scenario_from(other, "2019Q4", variant).courts == scenario.courts
    ahead = [row for row in scenario.demand.crown_receipts if row.quarter > "2019Q4"]
    assert len(ahead) == 16
    assert len({row.for_trial for row in ahead}) == 1
    assert not [one for one in scenario.courts.crown.closures if one.starts >= date(2020, 1, 1)]


def test_the_variants_of_a_blind_run_lie_on_either_side(nation):
    blind = replace(nation, blind=True)
    last = {
        variant: hindcast.scenario_from(blind, "2019Q4", variant)
        for variant in (hindcast.WORSE, hindcast.CENTRAL, hindcast.BETTER)
    }
    receipts = [one.demand.crown_receipts[-1].for_trial for one in last.values()]
    days = [one.courts.crown.sitting_days[-1].days for one in last.values()]
    assert receipts == sorted(receipts, reverse=True)
    assert days == sorted(days)


def test_receipts_of_later_quarters_come_from_the_file_given(nation):
    more = {("receipts", "2024Q1"): 30_000.0, ("receipts_for_trial", "2024Q1"): 18_000.0}
    later = replace(nation, observed=replace(nation.observed, values={**nation.observed.values, **more}))
    row = hindcast.scenario_from(later, "2022Q4").demand.crown_receipts[-1]
    assert (row.quarter, row.for_trial) == ("2024Q1", 18_000)
    assert row.for_sentence + row.appeals == pytest.approx(12_000)


def test_london_is_a_part_of_england_and_wales_with_its_own_open_cases():
    london = hindcast.past("london")
    assert 0.1 < london.observed.part < 0.3
    nation = hindcast.past("england_and_wales")
    quarter = "2019Q4"
    ratio = nation.observed.at("open", quarter) / nation.observed.at("open_valid", quarter)
    assert london.observed.at("open", quarter) == pytest.approx(london.observed.at("open_valid", quarter) * ratio)
    mine, all_ = (of.scenario.courts.crown.sitting_days[0].days for of in (london, nation))
    assert mine == pytest.approx(all_ * london.observed.part)


def test_an_area_that_is_none_is_refused_in_words():
    ended = CliRunner().invoke(cli, ["hindcast", "atlantis"])
    assert ended.exit_code == 2
    assert "atlantis" in ended.output


def test_stock_and_flow_adds_receipts_and_takes_off_days_times_hours_over_hours_a_case(nation):
    """Solved for the days of the first quarter: about a quarter of the year's."""
    said = hindcast.rivals(nation, "2018Q4")
    flow = said[(said["rival"] == "stock and flow") & (said["ahead"] == 1)]["value"].iloc[0]
    scenario = hindcast.scenario_from(nation, "2018Q4")
    rows = [row for row in scenario.demand.crown_receipts if row.quarter == "2019Q1"]
    receipts = rows[0].for_trial + rows[0].for_sentence + rows[0].appeals
    hours = nation.observed.over_year("hearing_time_mean_hours", "2018Q4") / 4 * hindcast.DEFENDANTS_A_CASE
    days = (33_044 + receipts - flow) * hours / 4.2
    assert 97_293 * 0.23 < days < 97_293 * 0.27  # about a quarter of the days of 2018/19
    same = said[(said["rival"] == "no change") & (said["measure"] == "open")]["value"]
    assert (same == 33_044).all()


def test_flows_and_stocks_of_a_run_add_up(nation):
    runs = hindcast.run([hindcast.Cell(hindcast.scenario_from(nation, "2018Q4"), 1, 1, 0.02)], here)
    table = next(iter(runs.values())).pivot(index="ahead", columns="measure", values="value")
    assert (table["open"] > 0).all()
    assert table["over 24 months"].le(table["over 12 months"]).all()
    assert table["over 12 months"].le(table["over 6 months"]).all()
    assert table["closed"].sum() == pytest.approx(nation.observed.over_year("disposals", "2019Q4"), rel=0.15)


def test_the_command_prints_a_row_for_each_measure_horizon_and_rival(monkeypatch):
    command = ["hindcast", "england_and_wales", "--from", "2018Q4", "--until", "2019Q4", "--share", "0.005"]
    size = ["--seeds", "1", "--workers", "1"]
    monkeypatch.setattr(calibrate, "plausible", lambda of: [])
    ended = CliRunner().invoke(cli, [*command, *size, "--json"])
    assert ended.exit_code == 0, ended.output
    rows = pd.DataFrame(json.loads(ended.output))
    assert {"measure", "horizon", "rival", "mape", "bias", "crps", "coverage80", "n"} <= set(rows)
    opens = rows[(rows["measure"] == "open") & ~rows["without_shocks"]]
    assert set(opens["rival"]) == {"sliproad", "no change", "last year's change", "stock and flow"}
    assert set(opens["horizon"]) == {1, 2, 3}
    assert (opens["origins"] == 3).all()


def test_the_emulator_is_exact_where_the_truth_is_quadratic():
    def truth(unit: np.ndarray) -> np.ndarray:
        return np.column_stack([unit[:, 0] ** 2 - unit[:, 1] * unit[:, 2], 1 + unit[:, 3] - unit[:, 4] ** 2])

    unit = calibrate._hypercube(calibrate.RUNS, "a test")
    tried = calibrate._hypercube(200, "another")
    emulated, error = calibrate._emulated(unit, truth(unit), tried)
    assert error < 1e-9
    assert emulated == pytest.approx(truth(tried), abs=1e-9)


def test_a_layer_changes_the_fitted_levers_alone(nation, tmp_path):
    point = np.array([0.9, 0.3, 150.0, 200.0, 0.8])
    found = calibrate.Fitted(nation, "2019Q4", point, point[None, :], 0.1, 0.2, {"open": 0.5})
    path = tmp_path / "layer.toml"
    path.write_text(calibrate.layer(found, "england_and_wales/baseline", date(2026, 1, 2)), encoding="utf-8")
    before, after = load("england_and_wales/baseline"), load(path)
    assert after.courts.crown.late_plea_share == 0.3
    assert after.courts.crown.list_spread == 200
    name = next(iter(after.groups))
    stated = nation.scenario.groups[name].crown_hours_contested
    assert after.groups[name].crown_hours_contested == pytest.approx(0.9 * stated)
    assert after.courts.magistrates == before.courts.magistrates
    assert calibrate.points_as_csv(found).splitlines()[1] == "0.9,0.3,150,200,0.8"


def test_levers_that_move_together_are_said_to_be_alike(nation):
    line = np.linspace(0, 1, 20)
    low, high = np.array(list(calibrate.LEVERS.values())).T
    noise = calibrate._hypercube(20, "noise")
    points = low + np.column_stack([line, 1 - line, *noise[:, 2:].T]) * (high - low)
    found = calibrate.Fitted(nation, "2019Q4", high, points, 0.1, 0.2, {})
    assert ("scale of contested hours", "late plea share", pytest.approx(-1)) in found.alike
    assert len(found.at_edge) == 5


def test_calibrating_finds_the_levers_that_made_the_figures_and_writes_them(monkeypatch, tmp_path):
    """Each figure is off by a known straight line in the levers, so that one point alone is off by nothing."""
    low, high = np.array(list(calibrate.LEVERS.values())).T
    made_by = low + np.array([0.3, 0.6, 0.5, 0.4, 0.7]) * (high - low)
    figures = sum(len(calibrate.TOLERANCES) * years for years in range(1, calibrate.YEARS + 1))
    slopes = 20 * (calibrate._hypercube(figures, "slopes") - 0.5)

    def off(of, windows, points, *_):
        return (points - made_by) / (high - low) @ slopes.T

    monkeypatch.setattr(calibrate, "_off", off)
    out = tmp_path / "fit.toml"
    ended = CliRunner().invoke(cli, ["calibrate", "england_and_wales", "--out", str(out), "--quiet"])
    assert ended.exit_code == 0, ended.output
    fitted = load(out).courts.crown
    found = pd.read_csv(out.with_suffix(".csv"))
    assert fitted.late_plea_share == pytest.approx(made_by[1], abs=0.1 * (high - low)[1])
    for name, value, span in zip(calibrate.LEVERS, made_by, high - low, strict=True):
        assert found[name].min() <= value <= found[name].max()
        assert np.ptp(found[name]) < span
    assert "of the points tried are plausible" in " ".join(ended.output.split())
    assert f"{out} holds the levers" in ended.output.replace("\n", "")
    wrong = CliRunner().invoke(cli, ["calibrate", "england_and_wales", "--out", str(tmp_path / "fit.txt")])
    assert wrong.exit_code == 2
    assert "must end in .toml" in wrong.output


@pytest.mark.slow
def test_a_fit_lies_nearer_to_the_past_than_the_levers_tried(tmp_path):
    """Three years to the end of 2019 at a hundredth of the cases: eight minutes on two slow cores."""
    out = tmp_path / "fit.toml"
    command = ["calibrate", "england_and_wales", "--share", "0.02", "--out", str(out), "--quiet"]
    ended = CliRunner().invoke(cli, command)
    assert ended.exit_code == 0, ended.output
    assert load(out)
