"""A study: its replications, how they are known, what happens to them, and what has landed set side by side."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from hand_made import baseline

import sim
from sim.compare.comparison import AS_STATED
from sim.run.pool import Event, Failed, Landed, Started, here
from sim.run.run import Cell
from sim.scenario.draws import FEWEST_SEEDS, Range
from sim.scenario.reading import ScenarioError, change, load, to_toml
from sim.study import cells
from sim.study.cells import DECIDE, cell_key, first_of, hash_of_code
from sim.study.progress import Progress
from sim.study.question import Asked, ask
from sim.study.store import Store
from sim.study.study import Study, answer, comparison, complete_seeds, events

MORE = change(baseline(), {"provider.places_a_week": 7.0})
TWO = {"baseline": baseline(), "more": MORE}
STUDY = Study(TWO, (1, 2), 1, 0.002, structures={"idle": {"courts.reuse": 0.0}})
PLAIN = Study(TWO, (1, 2), 1, 0.002)


@pytest.fixture(scope="module")
def happened() -> list[Event]:
    return list(events(PLAIN))


def outcomes(happened: list[Event]) -> dict:
    return {cell_key(event.cell): event.outcome for event in happened if isinstance(event, Landed)}


def lost(executor):
    """An executor in which the process of the second seed's scenario dies."""

    def run(cells, observe):
        for event in executor(cells, observe):
            dies = event.cell.seed == 2 and event.cell.scenario == MORE
            if dies and isinstance(event, Landed):
                yield Failed(event.cell, ChildProcessError("a worker process was killed"))
            else:
                yield event

    return run


# What decides figures ----------------------------------------------------------------------------------


def test_seeds_come_first_and_structures_last():
    assert list(STUDY.cells) == [
        *((AS_STATED, name, seed) for seed in (1, 2) for name in TWO),
        *(("idle", name, seed) for seed in (1, 2) for name in TWO),
    ]
    assert STUDY.cells["idle", "more", 2].scenario.courts.reuse == 0


def test_a_cell_is_known_by_what_decides_its_figures_and_not_by_titles():
    key = cell_key(Cell(MORE, 1, 5))
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert cell_key(Cell(MORE.model_copy(update={"title": "B", "about": "C"}), 1, 5)) == key
    assert cell_key(Cell(change(MORE, {"courts.crown.label": "The Bailey"}), 1, 5)) == key
    others = [
        Cell(baseline(), 1, 5),
        Cell(MORE, 2, 5),
        Cell(MORE, 1, 4),
        Cell(MORE, 1, 5, 0.5),
        Cell(change(MORE, {"courts.reuse": 0.5}), 1, 5),
    ]
    assert len({key, *map(cell_key, others)}) == 1 + len(others)
    assert cell_key(Cell(MORE, 1, 5), model="another") != key


@pytest.fixture
def package(tmp_path) -> Path:
    return Path(shutil.copytree(Path(sim.__file__).parent, tmp_path / "sim"))


@pytest.mark.parametrize("module", ["report/full.py", "base/words.py", "cli/commands.py", "compare/binding.py"])
def test_rewording_what_is_told_leaves_every_key_as_it_was(package, module):
    before = hash_of_code(package)
    (package / module).write_text((package / module).read_text() + "\nWORDS = 'other words'\n")
    assert hash_of_code(package) == before


@pytest.mark.parametrize("folder", DECIDE)
def test_one_line_changed_in_what_decides_figures_changes_every_key(package, folder):
    before = hash_of_code(package)
    module = next(path for path in sorted((package / folder).glob("*.py")) if path.name not in ("words.py",))
    module.write_text(module.read_text() + "\nONE = 1\n")
    assert hash_of_code(package) != before


def test_code_shown_to_give_the_figures_of_earlier_code_keeps_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(cells, "SAME", tmp_path / "same.toml")
    (tmp_path / "same.toml").write_text('# What is known\n0123456789abcdef = "00000000000000aa"\n')
    assert first_of("0123456789abcdef") == "00000000000000aa"
    assert first_of("fedcba9876543210") == "fedcba9876543210"
    (tmp_path / "same.toml").write_text(f'{hash_of_code(Path(sim.__file__).parent)} = "00000000000000aa"\n')
    assert cells.model_version.__wrapped__() == f"{sim.__version__}+00000000000000aa"


def test_what_an_outcome_is_made_from_is_all_in_what_the_key_hashes():
    """Every module that the observer reaches lies in a package that the model's version covers."""
    from test_layers import package, reached

    within = {package(module) for module in reached("sim.measures.outcome") | reached("sim.run.run")}
    assert within <= set(DECIDE)


def test_structures_hold_what_they_set_though_the_evidence_has_a_range():
    wide = {"courts.reuse": Range(1.0, 0.2, 1.0, False)}
    seeds = tuple(range(1, 21))
    study = Study(TWO, seeds, 1, 0.002, dict.fromkeys(TWO, wide), {"idle": {"courts.reuse": 0.0}})
    assert {study.cells["idle", "more", seed].scenario.courts.reuse for seed in seeds} == {0.0}
    assert len({study.cells[AS_STATED, "more", seed].scenario.courts.reuse for seed in seeds}) == 20


@pytest.mark.parametrize("seeds", [(), (1, 1)])
def test_no_seed_and_a_seed_twice_are_refused(seeds):
    with pytest.raises(ValueError, match="at least one, and none twice"):
        Study(TWO, seeds)


def test_scenarios_of_other_areas_are_refused():
    with pytest.raises(ScenarioError, match="area"):
        Study({"a": baseline(), "b": load("england_and_wales/baseline")}, (1,))


# What happens ------------------------------------------------------------------------------------------


def test_a_first_pair_is_there_after_one_run_each(happened):
    order = [(event.cell.seed, event.cell.scenario is MORE) for event in happened if isinstance(event, Landed)]
    assert order == [(1, False), (1, True), (2, False), (2, True)]


def test_equal_replications_run_once():
    study = Study({"baseline": baseline(), "the same": baseline()}, (1,), 1, 0.002)
    assert sum(isinstance(event, Started) for event in events(study)) == 1
    assert (answer(study).table["difference"].dropna() == 0).all()


def test_what_has_landed_is_compared_whatever_is_still_to_come(happened):
    some = dict(list(outcomes(happened).items())[:3])
    assert complete_seeds(PLAIN, some) == (1,)
    assert comparison(PLAIN, some).provenance.seeds == (1,)
    with pytest.raises(LookupError, match="no seed has every scenario yet"):
        comparison(PLAIN, {})


def test_closing_the_events_stops_the_work(happened):
    done = []

    def executor(cells, observe):
        try:
            yield from here(cells, observe)
        finally:
            done.append("closed")

    with closing(events(PLAIN, executor)) as running:
        next(running)
    assert done == ["closed"]


def test_a_replication_that_is_lost_costs_its_seed_and_is_named():
    compared = answer(PLAIN, lost(here))
    assert compared.provenance.seeds == (1,)
    (failed,) = compared.provenance.failed
    assert failed == f"{MORE.title}, seed 2: a worker process was killed"


def test_an_answer_without_any_whole_seed_is_none():
    with pytest.raises(ChildProcessError, match="was killed"):
        answer(Study(TWO, (2,), 1, 0.002), lost(here))


def test_structures_are_shown_once_all_are_known(tmp_path):
    store = Store(tmp_path)
    assert answer(STUDY, store=store).structures is None
    rows = answer(STUDY, store=store, structures=True).structures
    assert answer(STUDY, store=store).structures.equals(rows)
    assert set(rows["structure"]) == {AS_STATED, "idle"}


def test_large_tables_come_seed_by_seed_whatever_lands_first():
    def backwards(cells, observe):
        yield from reversed(list(here(cells, observe)))

    told: list[tuple[str, int]] = []
    answer(PLAIN, backwards, sink=lambda name, tables: told.append((name, tables["cases"]["seed"].iloc[0])))
    for name in TWO:
        assert [seed for which, seed in told if which == name] == [1, 2]


def test_progress_counts_every_week_once(happened):
    progress = Progress(PLAIN)
    steps = [progress.advance(event) for event in happened]
    assert min(steps) == 0
    assert sum(steps) == progress.weeks == 4 * 53
    assert progress.label == "Simulating, 4 runs"


def test_breakdowns_are_all_kept_and_shown_when_asked_for(happened):
    kept = outcomes(happened)
    assert set(comparison(PLAIN, kept).table["group"]) == {"all"}
    assert set(comparison(PLAIN, kept, by="sex").table["group"]) == {"all", "men", "women"}
    totals = [
        comparison(PLAIN, kept, by=by).table.query("group == 'all'").reset_index(drop=True) for by in ("all", "age")
    ]
    pd.testing.assert_frame_equal(*totals)


# As it is asked ----------------------------------------------------------------------------------------


def test_defaults_belong_to_the_question():
    asked = [Asked("london/baseline", {}), Asked("london/uptake-50", {})]
    assert ask(asked).study.seeds == tuple(range(1, 9))
    assert ask(asked).study.share == 1
    quick = ask(asked, quick=True).study
    assert (quick.seeds, quick.share) == ((1,), 0.1)
    assert len(ask(asked, evidence=True).study.seeds) == 40
    assert "Crown Court: level" in ask(asked).study.structures


def test_what_is_set_by_hand_is_held_though_the_evidence_has_a_range():
    changes = {"police.hours_charge": 60.0}
    question = ask([Asked("london/baseline", changes)], seeds=FEWEST_SEEDS, evidence=True)
    (name,) = question.study.scenarios
    drawn = {question.study.cells[AS_STATED, name, seed].scenario.police.hours_charge for seed in (1, 2, 3)}
    assert drawn == {60.0}
    assert question.held == ("police.hours_charge",)
    free = ask([Asked("london/baseline", {})], seeds=FEWEST_SEEDS, evidence=True).study
    assert len({free.cells[AS_STATED, "baseline", seed].scenario.police.hours_charge for seed in (1, 2, 3)}) == 3


def test_a_title_says_what_was_changed():
    (scenario,) = ask([Asked("london/uptake-50", {"diversion.uptake": 0.1})]).study.scenarios.values()
    assert scenario.title == "uptake-50 with diversion.uptake = 0.1 instead"


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.toml").write_text('based_on = "london/baseline"\n')
    asked = [Asked(str(tmp_path / folder / "mine.toml"), {}) for folder in ("a", "b")]
    names = list(ask(asked).study.scenarios)
    assert [name.endswith(f"{folder}/mine") for name, folder in zip(names, "ab", strict=True)] == [True, True]
    assert list(ask([asked[0], asked[0]]).study.scenarios) == ["mine", "mine (2)"]


def test_levers_without_evidence_are_named_before_anything_is_drawn(tmp_path):
    """An area of its own, whose ledger knows nothing."""
    (tmp_path / "mine.toml").write_text(to_toml(baseline()))
    (tmp_path / "evidence.toml").write_text("")
    with pytest.raises(ScenarioError, match=r"no evidence to draw from for starts, .* and 618 more; give each"):
        ask([Asked(str(tmp_path / "mine.toml"), {})], evidence=True)
