"""Finished sweeps found in folders, and what their charts and words say; the tables are written by hand."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sim.report import swept as told
from sim.report.panels import HeatPanel, rows_of
from sim.report.print import save
from sim.report.screen import to_plotly
from sim.scenario.faults import ScenarioError
from sim.scenario.lever import Lever
from sim.study.cells import model_version
from sim.study.plan import Span, points
from sim.study.question import Asked
from sim.study.shipped import sweeps
from sim.study.swept import MEASURES, Swept, crossed, found_in, read_swept, varied_in

BASELINE = "london/baseline"


def results(difference) -> pd.DataFrame:
    """A table of results over two levers, with one measure and date."""
    rows = [
        {"point": n, "a.one": one, "a.two": two, "scenario": "s", "measure": "crown.open", "unit": "cases",
         "at": "2030-12-31", "baseline": 100.0, "value": 100.0, "difference": difference(one, two),
         "low": difference(one, two) - 1, "high": difference(one, two) + 1, "seeds": 2}
        for n, (one, two) in enumerate((one, two) for one in (1.0, 2.0, 3.0) for two in (0.1, 0.2))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_tipping_point_is_named_by_the_values_between_which_it_lies():
    assert varied_in(results(lambda one, two: one)) == ["a.one", "a.two"]
    said = told.turns(results(lambda one, two: one), "crown.open")
    assert said == "Its sign is the same at every point, and at 2 of 6 points it is not clear of chance."
    said = told.turns(results(lambda one, two: one - 2.5), "crown.open")
    assert said == "Its sign turns between one 2 and 3, and at 4 of 6 points it is not clear of chance."
    said = told.turns(results(lambda one, two: 10 * two - 1.5), "crown.open")
    assert said.startswith("Its sign turns between two 0.1 and 0.2")
    few = results(lambda one, two: one).assign(low=np.nan, high=np.nan)
    assert "chance may have made it" in told.turns(few, "crown.open")


def test_a_chart_of_a_sweep_has_a_row_for_each_value_and_its_own_intervals():
    chart = told.along(results(lambda one, two: one * two), "crown.open", "a.one", "a.two")
    (panel,) = chart.panels
    assert panel.rows == ("one 1", "one 2", "one 3")
    assert [dots.label for dots in panel.dots] == ["two 0.1", "two 0.2"]
    assert panel.dots[1].middle.tolist() == pytest.approx([0.2, 0.4, 0.6])
    assert panel.dots[1].high.tolist() == pytest.approx([1.2, 1.4, 1.6])


def one_at_a_time() -> pd.DataFrame:
    """Three levers moved alone, each at two ends; the second turns the sign, the third does nothing."""
    ends = {
        "a.one": [(0.0, -100.0), (1.0, -40.0)],
        "a.two": [(2.0, -80.0), (3.0, 10.0)],
        "a.three": [(5.0, 0.0), (6.0, 0.0)],
    }
    rows = [
        {"point": n, "a.one": np.nan, "a.two": np.nan, "a.three": np.nan, lever: value, "scenario": "s",
         "measure": "crown.open", "unit": "cases", "at": "2030-12-31", "baseline": 100.0, "value": 100.0,
         "difference": difference, "low": difference - 5, "high": difference + 5, "seeds": 4}
        for n, (lever, value, difference) in enumerate((lever, *end) for lever, of in ends.items() for end in of)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def lever(name: str, grade: str | None) -> Lever:
    return Lever(name, 1.0, name.partition(".")[2].capitalize(), "share", None, None, (), grade, None)


LEVERS = [lever("a.one", "assumed"), lever("a.two", "research"), lever("a.three", None)]
GRADES = {one.name: one.grade for one in LEVERS}


def test_a_sweep_that_moves_one_lever_at_a_time_is_told_from_one_that_crosses_them():
    assert told.is_one_at_a_time(one_at_a_time())
    assert not told.is_one_at_a_time(results(lambda one, two: one))


def test_a_tornado_has_the_widest_swing_at_the_top_and_each_end_where_it_was_run():
    chart = told.tornado(one_at_a_time(), "crown.open", LEVERS)
    (panel,) = chart.panels
    assert panel.rows == ("Two, share: 2 to 3", "One, share: 0 to 1", "Three, share: 5 to 6")
    low, high = panel.dots
    assert low.middle.tolist() == [-80, -100, 0]
    assert high.middle.tolist() == [10, -40, 0]
    assert (low.low.tolist(), high.high.tolist()) == ([-85, -105, -5], [15, -35, 5])
    assert "two, share (from -80 at 2 to +10 at 3)" in chart.title


def test_what_leans_on_assumptions_is_the_part_of_the_squared_swings():
    said = told.rests_on(one_at_a_time(), "crown.open", GRADES)
    assert "a.two can turn its sign" in said
    assert (
        "69% comes from levers graded research, 31% comes from levers graded assumed." in said
    )  # 90^2 and 60^2 of 11,700
    unclear = one_at_a_time().assign(low=-200.0, high=200.0)
    said = told.rests_on(unclear, "crown.open", GRADES)
    assert "no lever alone is seen to turn its sign" in said
    assert "100% comes from swings that chance may have made" in said
    none = one_at_a_time().assign(low=np.nan, high=np.nan)
    assert "100% comes from swings that chance may have made" in told.rests_on(none, "crown.open", GRADES)
    nothing = one_at_a_time().assign(difference=-3.0)
    assert "nothing among these levers moves" in told.rests_on(nothing, "crown.open", GRADES)


def test_a_heat_map_has_each_pair_in_its_cell_and_marks_what_chance_may_have_made(tmp_path):
    table = results(lambda one, two: 10 * one * two - 2)
    chart = told.heat(table, "crown.open", "a.one", "a.two")
    (panel,) = chart.panels
    assert isinstance(panel, HeatPanel)
    assert (panel.rows, panel.columns) == (("1", "2", "3"), ("0.1", "0.2"))
    assert panel.middle.tolist() == [[-1, 0], [0, 2], [1, 4]]
    assert [[text.endswith("?") for text in row] for row in panel.texts] == [[True, True], [True, False], [True, False]]
    assert "lowest with one 1 and two 0.1, highest with one 3 and two 0.2" in chart.title
    rows = rows_of(chart)
    assert len(rows) == 6
    assert rows["low"].tolist() == pytest.approx((panel.middle - 1).ravel().tolist())
    drawn = to_plotly(chart).data[0]
    assert (drawn.zmin, drawn.zmax) == (-4, 4)
    save(chart, tmp_path / "heat.png")
    assert (tmp_path / "heat.png").stat().st_size > 5_000


def test_what_it_would_take_is_read_straight_between_points_for_each_value_of_the_other():
    said = told.needed(results(lambda one, two: one * 10 * two), "crown.open", "a.one", 2.5)
    assert said == [
        "With two 0.1: one 2.5 gives a difference of +2.",
        "With two 0.2: one 1.25 gives a difference of +2.",
    ]
    (first, _) = told.needed(results(lambda one, two: one * 10 * two), "crown.open", "a.one", 4)
    assert first == "With two 0.1: no one among the points gives a difference of +4; 3 comes nearest, with +3."


def test_numbers_with_many_values_stand_in_bands():
    rows = results(lambda one, two: one)
    many = pd.concat([rows.assign(**{"a.one": rows["a.one"] + n / 7}) for n in range(10)], ignore_index=True)
    table = told.of_scenario(Swept("x", "X", 1, 0.1, "m", many), "s")
    assert table["a.one"].nunique() == 5
    assert set(table["a.two"]) == {0.1, 0.2}
    assert (table["a.one"] - many["a.one"]).abs().max() <= (many["a.one"].max() - many["a.one"].min()) / 10 + 1e-6


def kept(folder, table: pd.DataFrame, **stamp) -> None:
    folder.mkdir()
    table.to_parquet(folder / "results.parquet")
    about = {"title": "A title", "years": 5, "share": 0.1, "model": model_version()} | stamp
    (folder / "sweep.json").write_text(json.dumps(about), encoding="utf-8")


def test_sweeps_in_a_folder_are_found_and_damaged_ones_are_named(tmp_path):
    kept(tmp_path / "sound", results(lambda one, two: one))
    kept(tmp_path / "old", results(lambda one, two: one), model="0.0.1+0")
    kept(tmp_path / "other", results(lambda one, two: one).drop(columns="low"))
    kept(tmp_path / "damaged", results(lambda one, two: one))
    (tmp_path / "damaged" / "results.parquet").write_bytes(b"PAR1 nothing")
    kept(tmp_path / "untitled", results(lambda one, two: one))
    (tmp_path / "untitled" / "sweep.json").write_text("{}", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    found, faults = found_in(tmp_path)
    assert {one.name for one in found} == {"sound", "old"}
    assert {one.name for one in found if one.is_current} == {"sound"}
    assert sorted(fault.partition(":")[0] for fault in faults) == ["damaged", "other", "untitled"]
    assert found_in(tmp_path / "nowhere") == ([], [])
    with pytest.raises(ScenarioError, match="empty: no finished sweep"):
        read_swept(tmp_path / "empty")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("difference", "much", "something else than numbers in column difference"),
        ("low", None, "something else than numbers in column low"),
        ("seeds", "two", "something else than numbers in column seeds"),
        ("scenario", 7, "something else than text in column scenario"),
        ("unit", None, "something else than text in column unit"),
        ("measure", "crown.opened", r"an unknown measure \"crown.opened\"; did you mean 'crown.open'"),
        ("at", "the end", '"the end" in column at, which holds dates such as 2030-12-31'),
        ("at", 20301231, "something else than text in column at"),
    ],
)
def test_a_table_whose_columns_hold_something_else_is_refused_in_words(tmp_path, column, value, words):
    table = results(lambda one, two: one)
    kept(tmp_path / "other", table.astype({column: object}).assign(**{column: value}))
    with pytest.raises(ScenarioError, match=f"^other: results.parquet has {words}"):
        read_swept(tmp_path / "other")


def test_a_table_without_rows_or_levers_is_refused_in_words(tmp_path):
    table = results(lambda one, two: one)
    kept(tmp_path / "empty", table.iloc[:0])
    with pytest.raises(ScenarioError, match=r"results\.parquet has no rows"):
        read_swept(tmp_path / "empty")
    kept(tmp_path / "some", table.assign(**{"a.one": np.nan}))  # none of its points could be done
    assert varied_in(read_swept(tmp_path / "some").table) == ["a.two"]
    kept(tmp_path / "bare", table.drop(columns=["a.one", "a.two"]))
    with pytest.raises(ScenarioError, match="has no lever between the columns point and scenario"):
        read_swept(tmp_path / "bare")


@pytest.mark.parametrize(
    "values",
    [
        ("new contacts", "waiting cases too", "nobody"),
        (True, False, True),
        ("0.3", "as uptake", "never"),
        (date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1)),
        ('["cannabis_possession"]', '["cannabis_possession", "other_drug_possession"]', "[]"),
    ],
    ids=["names", "yes or no", "number or name", "dates", "lists"],
)
def test_a_lever_whose_values_are_no_numbers_is_drawn_and_told_by_its_values(tmp_path, values):
    table = results(lambda one, two: one - 2)
    kept(tmp_path / "kinds", table.assign(**{"a.one": table["a.one"].map(dict(enumerate(values, start=1)))}))
    swept = read_swept(tmp_path / "kinds")
    table = told.of_scenario(swept, "s")
    along, heat = told.along(table, "crown.open", "a.one", "a.two"), told.heat(table, "crown.open", "a.one", "a.two")
    assert list(along.panels[0].rows) == [f"one {value}" for value in sorted(set(values))]
    assert list(heat.panels[0].rows) == [str(value) for value in sorted(set(values))]
    for chart in (along, heat, told.along(table, "crown.open", "a.two", "a.one")):
        to_plotly(chart)
    assert "Its sign" in told.turns(table, "crown.open")


def test_a_plan_made_for_two_levers_crosses_them_and_is_checked_as_a_file_is():
    spans = {"diversion.uptake": Span(0.1, 0.5), "courts.reuse": Span(0.0, 1.0)}
    sizes = {"steps": 3, "seeds": 2, "years": 1, "share": 0.01}
    plan, text = crossed(Asked("london/uptake-50", {}), BASELINE, spans, ["courts.reuse"], **sizes)
    assert len(points(plan)) == 9
    assert (list(plan.levers), list(plan.world)) == (["diversion.uptake"], ["courts.reuse"])
    assert 'scenarios = [\n    "london/uptake-50",\n]' in text
    changed, _ = crossed(Asked("london/uptake-50", {"diversion.completion": 0.85}), BASELINE, spans, [], **sizes)
    assert list(changed.scenarios.values())[-1].diversion.completion == 0.85
    with pytest.raises(ScenarioError, match=r"diversion\.uptake"):
        crossed(Asked("london/uptake-50", {}), BASELINE, {"diversion.uptake": Span(0.1, 5.0)}, [], **sizes)


def test_what_ships_is_of_this_model_and_holds_the_measures_that_are_asked_for_first():
    found = {one.name: one for one in sweeps("london")}
    assert set(found) == {"one-at-a-time", "uptake"}
    for one in found.values():
        assert one.is_current
        assert set(MEASURES) <= set(one.table["measure"])
    assert told.is_one_at_a_time(found["one-at-a-time"].table)
