"""Answers read between computed points: those of the points at the points, and their mean between them."""

import pandas as pd
import pytest

from sim.compare.comparison import Comparison
from sim.report.content import at_the_end, content
from sim.scenario.reading import change, load
from sim.study.grid import ATTENDANCE, ATTENDANCES, UPTAKE, points, read_between
from sim.study.question import Asked, ask
from sim.study.shipped import thinned
from sim.study.study import answer

BASELINE = load("london/baseline")
POINTS = points(BASELINE.diversion.acceptance)


@pytest.fixture(scope="module")
def grid(shared) -> Comparison:
    asked = [Asked("london/baseline", {}), *(Asked("london/baseline", point) for point in POINTS)]
    return thinned(answer(ask(asked, seeds=1, years=1, share=0.004).study, store=shared, every=True))


def read(grid: Comparison, uptake: float, attendance: float) -> Comparison | None:
    return read_between(grid, "moved", change(BASELINE, {UPTAKE: uptake, ATTENDANCE: attendance}))


def difference(comparison: Comparison, name: str) -> pd.Series:
    rows = comparison.table[comparison.table["scenario"] == name]
    return rows.set_index(["measure", "at", "group"])["difference"]


def test_at_a_computed_point_it_is_that_point(grid):
    for name, one in list(grid.scenarios.items())[1:]:
        at = read_between(grid, "moved", one)
        assert at is not None
        pd.testing.assert_series_equal(difference(at, "moved"), difference(grid, name), check_exact=False, rtol=1e-9)
        assert set(at.scenarios) == {grid.baseline, "moved"}


def test_halfway_to_the_baseline_the_difference_is_half_that_of_the_point(grid):
    point = list(grid.scenarios)[1 + POINTS.index({UPTAKE: 0.98 * 0.45 * 0.5, ATTENDANCE: 0.45})]
    half = read(grid, 0.98 * 0.45 * 0.25, 0.45)
    whole = difference(grid, point)
    assert (whole != 0).any()
    pd.testing.assert_series_equal(difference(half, "moved"), whole / 2, check_exact=False, rtol=1e-6)
    end = at_the_end(half, "moved", "diversion.started")
    assert end["value"] == pytest.approx(end["baseline"] + end["difference"])


def test_between_two_attendances_it_lies_between_them(grid):
    """Half are offered it at each attendance."""
    read_at = [read(grid, 0.98 * at * 0.5, at) for at in (0.45, 0.5, 0.6)]
    started = [at_the_end(one, "moved", "diversion.started")["value"] for one in read_at]
    assert min(started[0], started[2]) <= started[1] <= max(started[0], started[2])


@pytest.mark.parametrize("changes", [{UPTAKE: 0.05, ATTENDANCE: 0.2}, {UPTAKE: 0.2, "courts.refill": 0.5}, {}])
def test_outside_the_grid_and_with_other_levers_nothing_is_read(grid, changes):
    assert read_between(grid, "moved", change(BASELINE, changes)) is None


def test_it_is_told_as_any_answer_is(grid):
    pieces = content(read(grid, 0.25, 0.5), "moved")
    assert pieces[0].topic == "headline"
    assert {type(piece).__name__ for piece in pieces} == {"Paragraph", "Table", "Chart"}


def test_the_points_can_be_reached_whatever_the_attendance():
    assert len(POINTS) == 2 * len(ATTENDANCES)
    for point in POINTS:
        assert change(BASELINE, point).diversion.offer <= 1 + 1e-9
