"""Why it moved: steps that add up, flows that lose nobody unsaid, and both kinds of picture drawn."""

from dataclasses import replace

import pytest

from sim.report.content import Paragraph, Table
from sim.report.panels import FlowPanel, StepsPanel, rows_of
from sim.report.print import save
from sim.report.screen import to_plotly
from sim.report.why import ages, balance, waterfall, where_they_go, why
from sim.study.shipped import shipped

NAME = "uptake-50"


@pytest.fixture(scope="module")
def compared():
    return shipped("london", NAME)


def at_the_end(compared, measure: str) -> float:
    end = compared.at_the_end
    return end[(end["scenario"] == NAME) & (end["measure"] == measure)]["difference"].item()


@pytest.mark.parametrize("court", ["magistrates", "crown"])
def test_the_steps_add_up_to_the_difference_in_open_cases(compared, court):
    drawn = waterfall(compared, NAME, court)
    (panel,) = drawn.panels
    assert isinstance(panel, StepsPanel)
    *steps, (label, total) = panel.steps
    assert label == "difference in open cases"
    assert total == pytest.approx(at_the_end(compared, f"{court}.open"))
    assert sum(value for _, value in steps) == pytest.approx(total, abs=2)  # steps below half a case are left out
    assert panel.bases[0] == panel.bases[-1] == 0
    assert panel.bases[1] == steps[0][1]
    assert all((value < 0) == (label in ("fewer received", "fewer returned", "more closed")) for label, value in steps)


def test_flows_say_where_the_eligible_go(compared):
    drawn = where_they_go(compared, NAME)
    of = {(flow.source, flow.target): flow.size for flow in drawn.panels[0].flows}
    counts = compared.steps[compared.steps["scenario"] == NAME].set_index("step")["value"]
    assert of["eligible", "offered it"] + of["eligible", "not offered it"] == pytest.approx(counts["contacts.eligible"])
    assert of["offered it", "accept"] == pytest.approx(counts["contacts.accepted"])
    assert of["accept", "kept out of court"] == pytest.approx(counts["contacts.kept_out_of_court"])
    ends = sum(size for (source, _), size in of.items() if source == "accept")
    assert 0.98 * of["offered it", "accept"] < ends <= of["offered it", "accept"] + 1  # the rest are still on the way
    nobody = replace(compared, steps=compared.steps.assign(value=0.0))
    assert where_they_go(nobody, NAME) is None


def test_the_balance_is_that_of_the_comparison(compared):
    told = balance(compared, NAME)
    (row,) = (row for row in told.rows if row[0] == "Magistrates' courts: altogether")
    of = compared.balance.query("court == 'magistrates' and part == 'balance' and period == 'whole run'")
    assert row[1].startswith(f"{of['value'].item():+,.0f} (")


def test_both_kinds_of_picture_are_drawn_and_tabled(compared, tmp_path):
    pieces = why(compared, NAME, "magistrates")
    waterfall_drawn, aged, flows_drawn, hours, *said = pieces
    assert (type(aged), type(hours), {type(piece) for piece in said}) == (Table, Table, {Paragraph})
    for chart in (waterfall_drawn, flows_drawn):
        figure = to_plotly(chart)
        assert figure.layout.meta["alt"] == chart.alt
        save(chart, tmp_path / "drawn.png")
        assert (tmp_path / "drawn.png").stat().st_size > 10_000
    flows = flows_drawn.panels[0]
    assert isinstance(flows, FlowPanel)
    (drawn,) = to_plotly(flows_drawn).data
    assert list(drawn.link.value) == [flow.size for flow in flows.flows]
    assert len(rows_of(waterfall_drawn)) == len(waterfall_drawn.panels[0].steps)
    assert len(rows_of(flows_drawn)) == len(flows.flows)


@pytest.mark.parametrize(("court", "rows"), [("magistrates", 3), ("crown", 6)])
def test_ages_and_custody_are_those_of_the_comparison(compared, court, rows):
    told = ages(compared, NAME, court)
    assert len(told.rows) == rows
    end = compared.at_the_end.set_index(["scenario", "measure"]).loc[(NAME, f"{court}.open_over_12_months")]
    (row,) = (row for row in told.rows if "over 12 months" in row[0])
    assert row[4].startswith(f"{end['difference']:+,.0f}")
    assert ("custody" in told.title) == (court == "crown")
