"""Sensitivity and goals: against functions whose answers are known, then on the model by the same way."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli.commands import cli
from sim.report.what_matters import goal_in_words, report_sensitivity
from sim.run.pool import here
from sim.scenario.reading import ScenarioError, load
from sim.study import goal as goals
from sim.study import goal_folder
from sim.study import plan as plans
from sim.study import sensitivity as matters
from sim.study.cells import model_version

A, B = 7.0, 0.1


def ishigami(rows: np.ndarray) -> np.ndarray:
    """Ishigami's function of three variables from -pi to pi."""
    x = -np.pi + 2 * np.pi * rows
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_the_indices_of_ishigamis_function_are_found():
    """Exact shares from Ishigami and Homma (1990). With 4,096 points before crossing the errors are about 0.02."""
    variance = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 1 / 2
    first = np.array([(1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, 0.0]) / variance
    total = first + np.array([1, 0, 1]) * B**2 * np.pi**8 * (1 / 18 - 1 / 50) / variance
    found, _, _ = matters.indices(["x", "y", "z"], ishigami, 4096, "lower")
    assert found["first"].to_numpy() == pytest.approx(first, abs=0.03)
    assert found["total"].to_numpy() == pytest.approx(total, abs=0.03)
    assert (found[["first_half_width", "total_half_width"]] < 0.1).all().all()


def test_screening_finds_what_matters_and_leaves_what_does_not():
    def function(rows: np.ndarray) -> np.ndarray:
        return 10 * rows[:, 0] + rows[:, 1] * rows[:, 2] * 20 + 0.1 * rows[:, 3]

    found = matters.screening(["straight", "one", "other", "idle"], function, 10)
    assert found["matters"].tolist() == [True, True, True, False]
    assert found["mean"].iloc[0] == pytest.approx(10)
    assert found["spread"].iloc[0] == pytest.approx(0, abs=1e-9)  # a straight line has the same effect everywhere
    assert found["spread"].iloc[1] > 1


def test_learning_a_lever_is_worth_what_choosing_after_it_gains():
    """The scenario is worse below a half of x and better above: as things stand the two are equal.

    Known before choosing, x gains the mean of max(x - 1/2, 0), which is 1/8; y gains nothing. Errors are some 0.01.
    """
    found, everything, _ = matters.indices(["x", "y"], lambda rows: 0.5 - rows[:, 0], 1024, "lower")
    learning = dict(zip(found["lever"], found["learning"], strict=True))
    assert learning["x"] == pytest.approx(1 / 8, abs=0.01)
    assert learning["y"] == pytest.approx(0, abs=0.01)
    assert everything == pytest.approx(1 / 8, abs=0.01)


PLAN = """
baseline = "london/baseline"
scenarios = ["london/uptake-50"]
seeds = 1
years = 1
share = 0.005
measures = ["diversion.prosecutions_avoided"]

[levers]
diversion.uptake = { low = 0.0, high = 0.5 }
diversion.completion = { low = 0.5, high = 0.8 }
"""


def test_what_a_scenario_avoids_depends_on_uptake_and_not_on_completion(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    look = matters.Look("diversion.prosecutions_avoided", better="higher", trajectories=2, base=2)
    found = matters.sensitivity(tmp_path / "out", plans.read(path), look, here)
    order = found.screening.sort_values("mean_absolute")["lever"].tolist()
    assert order == ["diversion.completion", "diversion.uptake"]
    assert found.chosen == "uptake-50"
    assert found.at == "2026-12-31"
    said = report_sensitivity(found)
    assert "depends most on diversion.uptake" in " ".join(said.split())
    assert said.index("diversion.uptake  ") < said.index("diversion.completion  ")  # in order of what they explain
    again = matters.sensitivity(tmp_path / "out", plans.read(path), look, _must_not_run)
    assert again.indices.equals(found.indices)


def _must_not_run(cells, observe):
    assert not cells
    yield from ()


def test_a_lever_without_a_range_is_refused(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace("{ low = 0.0, high = 0.5 }", "[0.1]"), encoding="utf-8")
    ended = CliRunner().invoke(cli, ["sensitivity", str(path), "--out", str(tmp_path / "out")])
    assert ended.exit_code == 2
    assert "diversion.uptake: needs a range" in ended.output


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--base", "48", "not a power of 2"), ("--measure", "crown.opn", "did you mean 'crown.open'?")],
)
def test_a_faulty_option_of_sensitivity_is_refused_in_words(tmp_path, option, value, said):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    ended = CliRunner().invoke(cli, ["sensitivity", str(path), "--out", str(tmp_path / "out"), option, value])
    assert ended.exit_code == 2
    assert said in ended.output


def quest(target: str, between: tuple[float, float], **how) -> goals.Quest:
    scenario = load("london/uptake-50")
    size = {"seeds": (1, 2), "years": 1, "share": 0.02}
    return goals.Quest(scenario, "diversion.uptake", goals.read_target(target), between, **(size | how))


def test_the_value_found_gives_the_target(shared):
    """Run at the value found, the mean of the seeds is at the target to within the step between two cases."""
    asked = quest("difference magistrates.open = -400", (0.0, 0.6), baseline=load("london/baseline"))
    found = goals.goal(asked, here, shared)
    assert found.found is not None
    value, low, high = found.found
    assert low <= value <= high
    assert 0 < value < 0.6
    _, at_it = goals._values(asked.study(value), asked.target, here, shared, None)
    assert at_it.mean() == pytest.approx(-400, abs=2 / 0.02)


def test_what_was_found_is_kept_in_a_folder_and_read_back(shared, tmp_path):
    asked = quest("difference magistrates.open = -400", (0.0, 0.6), baseline=load("london/baseline"))
    found = goals.goal(asked, here, shared)
    folder = tmp_path / "goal"
    goal_folder.keep(folder, found)
    goal_folder.keep(folder, found)  # again, into its own folder
    again, model = goal_folder.read(folder)
    assert model == model_version()
    assert goal_in_words(again) == goal_in_words(found)
    assert again.quest == found.quest
    assert np.array_equal(again.curve, found.curve)
    stamp = (folder / goal_folder.STAMP).read_text()
    for endless in (math.inf, math.nan):
        curve = [[endless, *found.curve[0, 1:]], *found.curve[1:].tolist()]
        (folder / goal_folder.STAMP).write_text(json.dumps(json.loads(stamp) | {"curve": curve}))
        with pytest.raises(OSError, match="changed, damaged or missing"):
            goal_folder.read(folder)
    (folder / goal_folder.STAMP).write_text(stamp)
    (folder / "scenario.toml").write_text((folder / "scenario.toml").read_text().replace("0.5", "0.4"))
    with pytest.raises(OSError, match="changed, damaged or missing"):
        goal_folder.read(folder)
    with pytest.raises(FileExistsError, match="name a new folder"):
        goal_folder.keep(tmp_path, found)


@pytest.mark.parametrize("stamp", ["", "[]", "{}", '{"files": 3}', '{"files": {"../x": "00"}}', "\x00"])
def test_a_damaged_folder_of_a_goal_is_told_in_words(tmp_path, stamp):
    (tmp_path / "goal.json").write_text(stamp)
    with pytest.raises(OSError, match="changed, damaged or missing"):
        goal_folder.read(tmp_path)


def test_a_target_out_of_reach_is_said_with_what_comes_nearest():
    arguments = ["goal", "london/uptake-50", "--against", "london/baseline", "--lever", "diversion.uptake"]
    size = ["--share", "0.004", "--years", "1", "--seeds", "1", "--workers", "1", "--between", "0", "0.4"]
    ended = CliRunner().invoke(cli, [*arguments, "--target", "difference magistrates.open = 90000", *size])
    assert ended.exit_code == 0, ended.output
    assert "No value of diversion.uptake between 0 and 0.4 gives" in ended.output
    assert "The nearest is 0, which gives 0 cases" in " ".join(ended.output.split())


TARGETS = {
    "crown.opn = 5": "did you mean 'crown.open'?",
    "crown.open": "must be MEASURE = NUMBER at DATE",
    "crown.open = 1e999": "must be MEASURE = NUMBER at DATE",
    "crown.open = many": "must be MEASURE = NUMBER at DATE",
    "crown.open = 5 at 2029-13-01": "must be MEASURE = NUMBER at DATE",
}


def test_a_value_at_which_the_measure_is_of_nobody_is_named_and_not_called_a_fault_of_the_lever(shared):
    asked = quest("path.completed = 0.7", (0.0, 0.5), share=0.002)
    words = r"path\.completed is not known on 2026-12-31 with diversion\.uptake = 0, .*look between other values"
    with pytest.raises(ScenarioError, match=words):
        goals.goal(asked, here, shared)


@pytest.mark.parametrize(("seeds", "has_interval"), [(2, False), (3, False), (4, True)])
def test_of_few_seeds_that_give_one_figure_a_goal_tells_no_interval(seeds, has_interval):
    asked = quest("diversion.started = 5", (0.0, 1.0))
    curve = np.array([[0.0] * seeds, [10.0] * seeds])
    found = goals.answer_at(asked, np.array([0.0, 1.0]), curve, "2026-12-31")
    assert found.found[0] == 0.5
    assert math.isnan(found.found[1]) != has_interval
    assert found.table["low"].notna().tolist() == [True, has_interval]  # all at 0 is no accident


@pytest.mark.parametrize("target", TARGETS)
def test_a_faulty_target_is_refused_in_words(target):
    ended = CliRunner().invoke(cli, ["goal", "london/baseline", "--lever", "diversion.uptake", "--target", target])
    assert ended.exit_code == 2
    assert TARGETS[target] in ended.output


def test_a_lever_without_bounds_and_one_that_is_none_are_refused():
    with pytest.raises(ScenarioError, match="name them with --between"):
        goals.bounds(load("london/baseline"), "courts.magistrates.sitting_days")
    with pytest.raises(ScenarioError, match=r"did you mean 'diversion\.uptake'"):
        goals.bounds(load("london/baseline"), "diversion.uptak")
    assert goals.bounds(load("london/baseline"), "diversion.uptake") == (0.0, 1.0)


def test_plans_that_ship_can_be_read_and_are_no_scenarios():
    from sim.scenario.reading import names

    shipped = sorted((Path(__file__).parent.parent / "scenarios").glob("*/sweeps/*.toml"))
    assert shipped
    for path in shipped:
        assert plans.points(plans.read(path))
    assert not [name for name in names() if "sweeps" in name]
