"""Charts say what the comparison says."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.compare.fairness import ALIKE, PARTS, gaps
from sim.report.charts import along_the_path, backlog
from sim.report.panels import PALETTE, Chart, StepsPanel
from sim.report.print import save
from sim.report.screen import to_plotly
from sim.scenario.reading import load
from sim.study.study import Study, answer


@pytest.fixture(scope="module")
def comparison(shared):
    scenarios = {"baseline": load("london/baseline"), "uptake-50": load("london/uptake-50")}
    return answer(Study(scenarios, (1, 2, 3), 1, 0.01), store=shared, by="ethnicity")


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


def test_a_chart_names_the_layers_its_intervals_hold(comparison):
    assert "95% intervals (chance only)" in backlog(comparison, "uptake-50", "crown").note
    drawn = replace(comparison, provenance=replace(comparison.provenance, layers=("chance", "evidence")))
    chart = backlog(drawn, "uptake-50", "crown")
    assert "chance and evidence" in chart.note
    weeks = comparison.tables["uptake-50"]["weeks"].query("court == 'crown'")
    last = weeks[weeks["day"] == weeks["day"].max()].groupby("seed")["closing"].sum() / 0.01
    assert chart.panels[0].series[1].high[-1] == pytest.approx(last.quantile(0.975))  # of the draws, not of their mean


def test_gaps_are_drawn_as_ratios_with_intervals_and_the_widest_is_the_message(comparison):
    chart = along_the_path(comparison, "uptake-50")
    (panel,) = chart.panels
    assert [dots.label for dots in panel.dots] == ["Black", "Asian", "Mixed", "Other"]
    assert panel.rows[:2] == ("Met by a search", "Within the scheme's rules")
    measures = comparison.measures.query("scenario == 'uptake-50'")
    table = gaps(measures[measures["at"] == "2026-12-31"], "ethnicity").set_index(["label", "group"])
    assert panel.dots[0].middle[1] == table.loc[("Within the scheme's rules", "Black"), "ratio"]
    told = table[(table["low"] > 1) | (table["high"] < 1)]
    widest = np.log(told["ratio"]).abs().idxmax()
    assert widest[0] in chart.title
    assert f"{widest[1]} at {told.loc[widest, 'ratio']:.2f}" in chart.title
    assert chart.title in chart.alt
    assert ALIKE["ethnicity"] in chart.note


def test_no_gap_is_said_where_every_interval_holds_one(comparison):
    alike = comparison.measures.assign(value=0.5 + comparison.measures["seed"] * 0.01)
    assert "no gap by ethnicity" in along_the_path(replace(comparison, measures=alike), "uptake-50").title


def test_gaps_need_a_breakdown_by_people(comparison):
    other = replace(comparison, provenance=replace(comparison.provenance, by="group"))
    with pytest.raises(ValueError, match="need one of ethnicity, sex, age, record"):
        along_the_path(other, "uptake-50")


def test_every_breakdown_has_a_colour_for_each_group_but_the_reference():
    assert all(len(parts) - 1 <= len(PALETTE) for parts in PARTS.values())
    assert len(set(PALETTE)) == len(PALETTE)


def test_gaps_are_drawn_for_screen_and_paper(comparison, tmp_path):
    chart = along_the_path(comparison, "uptake-50")
    figure = to_plotly(chart)
    assert [trace.name for trace in figure.data] == ["Black", "Asian", "Mixed", "Other"]
    assert figure.layout.xaxis.type == "log"
    save(chart, tmp_path / "gaps.svg")
    drawn = (tmp_path / "gaps.svg").read_text()
    assert all(dots.colour.lower() in drawn for dots in chart.panels[0].dots)


def test_bands_on_screen_let_the_lines_below_them_show(comparison):
    """A fill has a colour of its own: the opacity of a line does not touch it."""
    figure = to_plotly(backlog(comparison, "uptake-50", "magistrates"))
    fills = [trace.fillcolor for trace in figure.data if trace.fill]
    assert fills
    assert all(fill.startswith("rgba(") and fill.endswith(", 0.2)") for fill in fills)


def test_a_pattern_lies_over_the_colour_of_its_bar_and_does_not_replace_it():
    """White on nothing would be a bar that nobody sees."""
    bars = StepsPanel("cases", (("fewer closed", 5.0), ("fewer received", -8.0), ("difference", -3.0)))
    figure = to_plotly(Chart("A title", "", "alt", "", (bars,)))
    assert any(bar.marker.pattern.shape for bar in figure.data)
    (look,) = figure.layout.template.data.bar
    assert look.marker.pattern.fillmode == "overlay"
