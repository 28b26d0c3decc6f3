"""Every page walked without a browser: what it says, what a control does, and what it makes of bad addresses."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from sim.cli.commands import cli
from sim.report import journey as journeys
from sim.report.content import Paragraph, content, how_to_cite
from sim.report.levers import levers_of
from sim.report.past import shipped_hindcast
from sim.report.swept import turns
from sim.scenario.reading import load, names
from sim.study.question import Asked, as_toml, ask, asked_from
from sim.study.shipped import MATTERS, shipped, sweeps, tables
from sim.study.study import answer

ROOT = Path(__file__).parent.parent
SIZES = {"share": "0.004", "years": "1", "seeds": "4"}
COMPONENTS = cache(manifest_scanner.scan_component_manifests)
SLOW = 300  # seconds a small run may take on a busy machine


@pytest.fixture(autouse=True)
def _page_can_be_imported(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "dashboard"))  # as Streamlit does with the folder of a script


@pytest.fixture(autouse=True)
def _packages_are_looked_through_once(monkeypatch):
    """Streamlit looks for components in every package that is installed, 0.2 s each time an app is made or run."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", COMPONENTS)


def opened(page: str, **address: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    if page != "start":
        app.switch_page(f"views/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def text(app: AppTest) -> str:
    """All text that the page lays out itself, as HTML."""
    assert not app.exception
    return "\n".join(_bodies(app.main))


def _bodies(block) -> list[str]:
    found = []
    for child in block.children.values():
        found += _bodies(child) if getattr(child, "children", None) else []
        found += [child.proto.body] if child.type == "html" else []
    return found


def asked_in(app: AppTest) -> list[str]:
    """What the address asks for."""
    asked = app.query_params["scenario"]
    return asked if isinstance(asked, list) else [asked]


def finished(app: AppTest) -> AppTest:
    """The page once the run on it has ended."""
    began = time.monotonic()
    while "How far the run is" in text(app):
        assert time.monotonic() - began < SLOW
        time.sleep(0.3)
        app.run()
    return app


def test_the_first_page_asks_the_question_and_has_a_card_for_every_scenario_of_london():
    page = text(opened("start"))
    assert "If police divert more people from prosecution" in page
    assert "It cannot tell how crime itself will change" in page
    for name in names():
        if name.startswith("london/") and name != "london/baseline":
            assert f"<h3>{escape(load(name).title)}</h3>" in page


def test_a_card_carries_the_figures_of_the_answer_that_ships():
    from sim.report.content import figures

    page = text(opened("start"))
    for figure in figures(shipped("london", "uptake-50"), "uptake-50")[:3]:
        assert escape(f"{figure.difference} ({figure.by_chance})") in page
        assert escape(figure.by_structure) in page


def test_the_first_page_says_how_old_the_data_are_and_how_well_the_first_year_fits():
    page = text(opened("start"))
    assert "Court figures to 2025, quarter 4" in page
    assert "Open at the end, Crown Court" in page


def test_an_answer_that_ships_is_told_to_the_word():
    page = text(opened("answer", scenario="london/uptake-50"))
    found = shipped("london", "uptake-50")
    for piece in content(found, "uptake-50"):
        if isinstance(piece, Paragraph):
            assert escape(piece.text) in page
    assert escape(how_to_cite(found)) in page


def test_page_and_command_line_print_the_same_figures_to_the_last_digit():
    asked = Asked("london/uptake-50", {"diversion.uptake": 0.4})
    app = opened("answer", scenario="london/uptake-50;diversion.uptake=0.4", **SIZES)
    assert "Not computed yet" in text(app)
    app.button(key="run").click().run()
    page = text(finished(app))
    compared = answer(ask([Asked("london/baseline", {}), asked], seeds=4, years=1, share=0.004).study)
    name = list(compared.scenarios)[-1]
    for piece in content(compared, name):
        if isinstance(piece, Paragraph):
            assert escape(piece.text) in page
    assert f"run {compared.provenance.run_id} " in page
    command = "sliproad compare london/baseline london/uptake-50 --set 'diversion.uptake=0.4'"
    assert escape(command) in page


def test_a_moved_control_goes_into_the_address_and_nothing_else_does():
    app = opened("change", scenario="london/uptake-50")
    slider = next(one for one in app.slider if one.label.startswith("Uptake"))
    slider.set_value(30.0).run()
    assert asked_in(app) == ["london/uptake-50;diversion.uptake=0.3"]
    assert set(app.query_params) == {"scenario"}
    assert '<td data-label="here">0.3</td>' in text(app)


def test_back_to_the_files_own_value_the_change_is_gone():
    app = opened("change", scenario="london/uptake-50;diversion.uptake=0.3")
    next(one for one in app.slider if one.label.startswith("Uptake")).set_value(50.0).run()
    assert asked_in(app) == ["london/uptake-50"]


def test_uptake_follows_attendance_and_says_why():
    app = opened("change", scenario="london/uptake-50")
    next(one for one in app.slider if one.label.startswith("Attendance")).set_value(40.0).run()
    uptake = next(one for one in app.slider if one.label.startswith("Uptake"))
    assert uptake.max == pytest.approx(39.2)
    assert uptake.value <= 39.2
    assert "Uptake was lowered: no more can start than accept and attend." in text(app)
    (asked,) = map(asked_from, asked_in(app))
    assert asked.changes == {"diversion.attendance": 0.4, "diversion.uptake": 0.392}


def test_what_is_wrong_is_said_beside_its_field_and_instead_of_an_answer():
    page = text(opened("change", scenario="london/uptake-50;diversion.uptake=0.9"))
    assert "There is no answer while something is wrong" in page
    assert page.count("at most 0.784 can start (acceptance 0.98 x attendance 0.8)") == 2


def test_every_kind_of_lever_has_a_control_and_can_be_found_by_a_word():
    app = opened("change", scenario="london/uptake-50")
    for word in ("uptake", "sitting_days", "ethnicity", "needs_admission", "starts", "rollout", "hours_saved", "binds"):
        app.text_input(key="search levers").set_value(word).run()
        page = text(app)
        assert "Lever: " in page
        assert word in page
    app.text_input(key="search levers").set_value("no such lever").run()
    assert "No lever holds this word." in text(app)


def test_a_list_by_date_is_changed_row_by_row():
    app = opened("change", scenario="london/uptake-50")
    days = [one for one in app.number_input if one.label.startswith("Sitting days")]
    days[1].set_value(25000.0).run()
    (asked,) = map(asked_from, asked_in(app))
    assert [row["days"] for row in asked.changes["courts.crown.sitting_days"]] == [22905.0, 25000.0]


def test_scenarios_stand_beside_each_other_levers_before_outcomes():
    page = text(opened("compare", scenario=["london/uptake-25", "london/uptake-50"]))
    assert page.index("What each scenario changes") < page.index("Difference from the baseline")
    for name in ("uptake-25", "uptake-50"):
        assert escape(f"{name}: ") in page
        assert "What limits the courts" in page


def test_only_scenarios_of_one_area_are_compared():
    page = text(opened("compare", scenario=["london/uptake-25", "england_and_wales/baseline"]))
    assert "Only scenarios of one area can be compared" in page


BAD = [
    ({"scenario": "london/uptake-5O"}, "did you mean"),
    ({"scenario": "../../etc/passwd"}, "no known scenario"),
    ({"scenario": "london/uptake-50;diversion.uptake"}, "must be LEVER=VALUE"),
    ({"scenario": "london/uptake-50;diversion.uptake=0.1;diversion.uptake=0.2"}, "is set twice"),
    ({"scenario": "london/uptake-50;diversion.uptke=0.1"}, "diversion.uptake"),
    ({"scenario": "london/uptake-50;diversion.uptake=1e308"}, "diversion.uptake"),
    ({"scenario": "london/uptake-50", "seeds": "many"}, "must lie between 1 and 40"),
    ({"scenario": "london/uptake-50", "share": "7"}, "must lie between 0.001 and 1"),
    ({"scenario": "london/uptake-50", "colour": "red"}, "which means nothing here"),
    ({"scenario": ["london/uptake-25"] * 5}, "the first 4 are shown"),
    ({"scenario": "london/" + "x" * 30_000}, "longer than 20,000 characters"),
]


@pytest.mark.parametrize("page", ["answer", "change", "compare"])
@pytest.mark.parametrize(("address", "said"), BAD)
def test_a_bad_address_is_said_and_never_dropped(page, address, said):
    assert said in text(opened(page, **address))


@pytest.mark.parametrize(("address", "said"), BAD[0:6:2])
def test_a_bad_address_is_said_where_a_sweep_is_offered_too(address, said, monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPROAD_SWEEPS", str(tmp_path))
    assert said in text(opened("explore", **address))


@pytest.mark.parametrize("page", ["answer", "change", "compare"])
def test_text_from_an_address_is_never_read_as_markup(page):
    evil = "<img src=x onerror=alert(1)>**bold**[link](http://example.org)"
    told = text(opened(page, scenario=evil)) + text(
        opened(page, scenario=f"london/uptake-50;diversion.disposal={evil}")
    )
    assert "<img" not in told
    assert "&lt;img" in told


def test_what_was_asked_last_is_asked_on_pages_opened_by_name():
    app = opened("answer", scenario="london/uptake-25")
    app.switch_page("views/change.py")
    app.query_params.clear()
    app.run()
    assert asked_in(app) == ["london/uptake-25"]


def test_every_value_survives_the_way_through_an_address():
    from sim.scenario.lever import levers

    for lever in levers(load("london/uptake-50")):
        assert asked_from(f"x;{lever.name}={as_toml(lever.value)}").changes == {lever.name: lever.value}, lever.name


def test_the_command_that_serves_the_page_exists():
    assert "app" in cli.commands


def test_the_evidence_page_leads_with_grades_and_tells_the_past():
    """The first words say what the levers rest on; the hindcast is told as the command tells it."""
    page = text(opened("evidence"))
    every = levers_of("london/baseline")
    assert f"London&#x27;s baseline has {len(every):,} levers" in page
    assumed = sum(one.grade == "assumed" for one in every)
    assert f"{assumed:,} assumed" in page
    told = shipped_hindcast()
    assert told is not None
    assert page.index("levers, each with a grade") < page.index(escape(told.sentences[0]))
    for sentence in told.sentences:
        assert escape(sentence) in page
    assert escape(shipped_hindcast(blind=True).sentences[0]) in page


def test_the_ledger_is_searched_by_a_word():
    app = opened("evidence")
    assert "The first 40 of" in text(app)
    app.text_input(key="ledger word").set_value("uptake").run()
    page = text(app)
    assert "diversion.uptake" in page
    assert "courts.crown.list_spread" not in page
    app.text_input(key="ledger word").set_value("<b>uptak</b>").run()
    page = text(app)
    assert "holds the word" in page
    assert "<b>uptak" not in page


def swept(app: AppTest, name: str) -> AppTest:
    """The Explore page with the sweep of this title."""
    chosen = app.selectbox(key="sweep")
    return chosen.set_value(next(one for one in chosen.options if name in one)).run()


def test_the_explore_page_leads_with_what_moves_the_answer_and_how_well_it_is_known():
    page = text(opened("explore"))
    assert "turn" in page
    assert "% comes from levers graded assumed" in page
    matters = tables("london", MATTERS)["indices"]
    top = matters.sort_values("total", ascending=False)["lever"].iloc[0]
    (label,) = (one.label for one in levers_of("london/uptake-50") if one.name == top)
    assert escape(f"What decides most: {label.lower()}") in page


def test_two_levers_are_crossed_and_a_wanted_difference_is_found_along_one():
    app = swept(opened("explore"), "Uptake and completion")
    (table,) = (one.table for one in sweeps("london") if one.name == "uptake")
    assert escape(turns(table, "magistrates.open")) in text(app)
    wanted = app.number_input[0]
    wanted.set_value(-2000.0).run()
    assert "gives a difference of -2,000" in text(app)
    app.segmented_control[0].set_value("diversion.completion").run()
    assert "along diversion.completion, by diversion.uptake" in text(app)


def test_a_sweep_started_on_the_page_joins_the_others(monkeypatch, tmp_path):
    import own_sweep

    monkeypatch.setenv("SLIPROAD_SWEEPS", str(tmp_path))
    monkeypatch.setattr(own_sweep, "SIZES", {"seeds": 1, "years": 1, "share": 0.004})
    app = opened("explore", scenario="london/uptake-50")
    app.select_slider(key="own steps").set_value(2).run()
    app.button(key="run sweep").click().run()
    began = time.monotonic()
    while not list(tmp_path.glob("*/sweep.json")):
        assert time.monotonic() - began < SLOW
        time.sleep(0.2)
    assert "These points have been run" in text(app.run())
    assert any("diversion.uptake by courts.reuse" in one for one in opened("explore").selectbox(key="sweep").options)


def test_two_levers_that_are_one_or_ranges_upside_down_are_said(monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPROAD_SWEEPS", str(tmp_path))
    app = opened("explore", scenario="london/uptake-50")
    app.selectbox(key="own lever 1").set_value("diversion.uptake").run()
    assert "Choose two different levers." in text(app)
    app.selectbox(key="own lever 1").set_value("courts.reuse").run()
    app.number_input(key="own low 0 diversion.uptake").set_value(0.9).run()
    assert "needs low below high" in text(app)
    assert not list(tmp_path.iterdir())


def test_a_persons_case_is_told_side_by_side_and_another_persons_at_a_click(monkeypatch):
    import jobs

    monkeypatch.setattr(jobs, "SMALL", {"seeds": 1, "years": 1, "share": 0.01})
    app = opened("journey", scenario="london/uptake-50")
    page = text(app)
    worlds = jobs.worlds(Asked("london/uptake-50", {}))
    people = journeys.who_differ(*worlds.values())
    assert f"Of {len(people['all']):,} people met in a small world" in page
    assert f"keeps {len(people['avoided']):,} from a prosecution" in page
    person = people["avoided"][0]
    assert f"person {person})" in page
    for _, _, life in journeys.told(worlds, person):
        for _, what, differs in life:
            assert not differs or escape(what) in page
    assert "Who waits where, over time" in page
    app.button(key="another").click().run()
    assert f"person {person})" not in text(app)
    app.selectbox(key="kind").set_value("all").run()
    assert not app.exception


@pytest.mark.parametrize(
    ("page", "made_by"),
    [("evidence", "sim.report.past.scores"), ("compare", "sim.report.beside.headline")],
)
def test_what_a_page_tells_is_made_once_and_not_at_every_click(monkeypatch, page, made_by):
    app = opened(page, scenario=["london/uptake-25", "london/uptake-50"])
    first = text(app)
    monkeypatch.delattr(made_by)
    assert text(app.run()) == first


def test_runs_of_a_busy_hour_push_out_no_answer_that_ships():
    """Sixty answers of runs, more than are kept, are told between two looks at one that ships: it is still there."""
    import told

    ours = shipped("london", "uptake-50")
    first = told.charts(ours, "uptake-50", "london", told.FIRST_COURT)
    for _ in range(60):
        told.charts(replace(ours), "uptake-50", "london", told.FIRST_COURT)
    assert told.charts(ours, "uptake-50", "london", told.FIRST_COURT) is first
