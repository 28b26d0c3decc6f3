"""Charts say what the comparison says."""

from datetime import date

import pytest

from sim.brief.print import save
from sim.figures import backlog, to_plotly
from sim.reading import load
from sim.study import run_comparison


@pytest.fixture(scope="module")
def comparison():
    scenarios = {"baseline": load("london/baseline"), "uptake-50": load("london/uptake-50")}
    return run_comparison(scenarios, seeds=(1, 2, 3), years=1, share=0.02)


def test_the_title_states_the_difference_of_the_table(comparison):
    row = comparison.table.query("measure == 'magistrates.open' and scenario == 'uptake-50'").iloc[-1]
    chart = backlog(comparison, "uptake-50", "magistrates")
    assert f"{abs(row['difference']):,.0f} fewer open magistrates' cases at the end of December 2026" in chart.title
    assert f"({abs(row['high']):,.0f} to {abs(row['low']):,.0f})" in chart.title


def test_a_difference_that_cannot_be_told_from_none_is_said_to_be_so(comparison):
    chart = backlog(comparison, "baseline", "crown")
    assert "no difference that can be told from none" in chart.title


def test_a_chart_has_level_and_difference_with_intervals_and_words_for_those_who_cannot_see_it(comparison):
    chart = backlog(comparison, "uptake-50", "magistrates")
    level, difference = chart.panels
    assert [series.label for series in level.series] == ["baseline", "uptake-50"]
    assert (difference.series[0].low <= difference.series[0].middle).all()
    assert level.series[0].days[-1] == date(2026, 12, 31)
    assert chart.title in chart.alt
    assert "London" in chart.alt


def test_the_same_chart_is_drawn_for_screen_and_paper(comparison, tmp_path):
    chart = backlog(comparison, "uptake-50", "magistrates")
    names = [trace.name for trace in to_plotly(chart).data if trace.name]
    save(chart, tmp_path / "chart.png")
    assert names == ["baseline", "uptake-50", "uptake-50 less baseline"]
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
