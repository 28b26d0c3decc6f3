"""Answers kept beforehand: thinned, and yet saying to the word what the whole comparison says."""

from dataclasses import replace
from itertools import pairwise

import pytest

from sim.compare.comparison import Comparison
from sim.report.charts import baselines
from sim.report.content import by_part, content
from sim.scenario.reading import load
from sim.study import shipped
from sim.study.study import Study, answer

BREAKDOWNS = ("group", "ethnicity", "sex", "age", "record")


@pytest.fixture(scope="module")
def whole() -> Comparison:
    scenarios = {"baseline": load("london/baseline"), "uptake-50": load("london/uptake-50")}
    return answer(Study(scenarios, (1, 2, 3), 2, 0.01), every=True)


@pytest.fixture
def kept(whole, tmp_path, monkeypatch) -> Comparison:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    shipped.keep("london", "uptake-50", whole)
    return shipped.shipped("london", "uptake-50")


def test_a_kept_answer_says_what_the_whole_one_says(whole, kept):
    told, again = (
        [piece for piece in content(one, "uptake-50") if not hasattr(piece, "panels")] for one in (whole, kept)
    )
    assert told == again


def test_an_answer_of_a_run_kept_lean_has_every_difference_and_says_the_same(whole):
    lean = shipped.lean(whole)
    assert all(getattr(lean, name) is getattr(whole, name) for name in ("table", "steps", "balance", "provenance"))
    assert len(lean.measures) < len(whole.measures) / 10
    told, again = (
        [piece for piece in content(one, "uptake-50") if not hasattr(piece, "panels")] for one in (whole, lean)
    )
    assert told == again


def test_a_kept_answer_draws_the_same_charts_from_a_point_in_four_weeks(whole, kept):
    told, again = ([piece for piece in content(one, "uptake-50") if hasattr(piece, "panels")] for one in (whole, kept))
    assert [chart.title for chart in told] == [chart.title for chart in again]
    for one, other in zip(told, again, strict=True):
        for panels in zip(one.panels, other.panels, strict=True):
            for line, thin in zip(*(panel.series for panel in panels), strict=True):
                every = dict(zip(line.days, line.middle, strict=True))
                assert [every[day] for day in thin.days] == list(thin.middle)
                assert (thin.days[0], thin.days[-1]) == (line.days[0], line.days[-1])
                assert max(b - a for a, b in pairwise(thin.days)).days <= 4 * 7


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_a_kept_answer_knows_who_is_affected_in_every_breakdown(whole, kept, by):
    assert by_part(whole, "uptake-50", by) == by_part(kept, "uptake-50", by)
    assert by_part(kept, "uptake-50", by).rows


def test_it_is_a_small_part_of_the_whole(whole, kept):
    rows = [sum(map(len, (one.measures, one.table, one.tables["baseline"]["weeks"]))) for one in (whole, kept)]
    assert rows[1] < 0.2 * rows[0]


def test_it_knows_whether_this_model_computed_it(kept):
    assert shipped.is_current(kept)
    assert not shipped.is_current(replace(kept, provenance=replace(kept.provenance, model="0.0.1+another")))


def test_what_does_not_ship_or_is_damaged_is_none(kept):
    assert shipped.shipped("london", "nothing") is None
    (path,) = shipped.FOLDER.rglob("comparison.parquet")
    path.write_bytes(path.read_bytes()[:-1])
    shipped._read.cache_clear()  # what was read once stays as it was
    assert shipped.shipped("london", "uptake-50") is None


def test_the_other_named_baselines_are_drawn_beside_an_answer():
    compared = shipped.shipped("london", "uptake-50")
    others = shipped.named_baselines("london", compared)
    assert list(others) == ["2025-frozen", "level"]
    drawn = baselines(compared, others, "crown")
    assert [line.label for line in drawn.panels[0].series] == ["baseline", "2025-frozen", "level"]
    for name, one in {"baseline": compared, **others}.items():
        end = one.at_the_end
        (row,) = end[(end["measure"] == "crown.open") & (end["scenario"] != one.baseline)].to_dict("records")
        level = row["baseline"] if name == "baseline" else row["value"]
        assert f"{level:,.0f} ({name})" in drawn.title
    assert shipped.named_baselines("england_and_wales", compared) == {}
    early = replace(compared, provenance=replace(compared.provenance, share=0.1))
    assert shipped.named_baselines("london", early) == {}
