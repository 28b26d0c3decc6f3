"""The results folder: what goes in comes out, whole or not at all."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hand_made import baseline, result

import sim
from sim.compare.comparison import Comparison, Provenance
from sim.compare.decompose import by_period, decompose
from sim.compare.paired import compare, steps
from sim.measures import take
from sim.measures.ladder import ladder
from sim.scenario.reading import change
from sim.study.cells import model_version, scenario_hash
from sim.study.folder import ResultsFolder, load, save, slug

WEEKS = [{"day": 6, "received": 5, "closing": 5}, {"day": 364, "opening": 5, "closing": 5}]
FILES = {
    "comparison.parquet",
    "steps.parquet",
    "balance.parquet",
    "measures.parquet",
    "provenance.json",
    *(f"{name}/{file}" for name in ("baseline", "more") for file in ("scenario.toml", "weeks.parquet")),
}


def comparison(*tables: str, names: tuple[str, str] = ("baseline", "more")) -> Comparison:
    """Two scenarios, two seeds, with the tables named."""
    runs = [result(seed, years=1, weeks=WEEKS, cases=[{"contact_day": 3}]) for seed in (1, 2)]
    measures, rungs = (pd.concat([taken(run) for run in runs], ignore_index=True) for taken in (take, ladder))
    run = (baseline(), {table: pd.concat([one.tables[table] for one in runs]) for table in ("weeks", "sittings")})
    kept = {table: pd.concat([run.tables[table] for run in runs], ignore_index=True) for table in tables}
    scenarios = {names[0]: baseline(), names[1]: change(baseline(), {"provider.places_a_week": 7.0})}
    return Comparison(
        scenarios=scenarios,
        table=compare(measures, measures, names[1]),
        steps=steps(rungs, rungs, names[1]),
        balance=decompose(by_period(run, run, 1), names[1], 1.0),
        measures=pd.concat([measures.assign(scenario=name) for name in names], ignore_index=True),
        tables=dict.fromkeys(names, kept),
        provenance=Provenance(
            model_version(),
            {"sliproad": sim.__version__},
            names[0],
            {name: scenario_hash(scenario) for name, scenario in scenarios.items()},
            (1, 2),
            1,
            1.0,
        ),
    )


def interrupted(out: Path) -> None:
    """A run that is stopped when some of its tables are written."""
    with ResultsFolder(out) as folder:
        folder.add("baseline", comparison("weeks", "cases").tables["baseline"])
        raise KeyboardInterrupt


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_is_saved_is_loaded_again(tmp_path):
    saved = comparison("weeks", "cases")
    save(tmp_path / "out", saved)
    loaded = load(tmp_path / "out")
    pd.testing.assert_frame_equal(loaded.table, saved.table, check_dtype=False, check_exact=True)
    pd.testing.assert_frame_equal(loaded.steps, saved.steps, check_dtype=False, check_exact=True)
    pd.testing.assert_frame_equal(loaded.balance, saved.balance, check_dtype=False, check_exact=True)
    pd.testing.assert_frame_equal(loaded.measures, saved.measures, check_dtype=False, check_exact=True)
    assert loaded.scenarios == saved.scenarios
    assert loaded.baseline == "baseline"
    for name, tables in saved.tables.items():
        assert list(loaded.tables[name]) == list(tables)
        for table, rows in tables.items():
            pd.testing.assert_frame_equal(loaded.tables[name][table], rows, check_exact=True)
    assert loaded.provenance == saved.provenance


def test_tables_that_come_seed_by_seed_make_one_file(tmp_path):
    whole = comparison("weeks")
    with ResultsFolder(tmp_path / "out") as folder:
        for seed in (1, 2):
            folder.add("baseline", {"weeks": result(seed, years=1, weeks=WEEKS).tables["weeks"]})
        folder.finish(whole)
    loaded = load(tmp_path / "out").tables["baseline"]["weeks"]
    pd.testing.assert_frame_equal(loaded, whole.tables["baseline"]["weeks"])


def test_a_folder_holds_the_declared_files_and_no_others(tmp_path):
    save(tmp_path / "out", comparison("weeks"))
    assert files(tmp_path / "out") == FILES
    stamp = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert set(stamp["files"]) == FILES - {"provenance.json"}
    assert (stamp["seeds"], stamp["years"], stamp["share"]) == ([1, 2], 1, 1.0)


def test_new_results_replace_earlier_ones_whole_and_leave_other_files_alone(tmp_path):
    out = tmp_path / "out"
    save(out, comparison("weeks", "cases", names=("baseline", "old")))
    (out / "notes.txt").write_text("mine")
    (out / "old" / "notes.txt").write_text("mine too")
    save(out, comparison("weeks"))
    assert files(out) == FILES | {"notes.txt", "old/notes.txt"}


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(FileExistsError, match="not results"):
        save(tmp_path, comparison())
    with pytest.raises(FileExistsError, match="is a file"):
        save(tmp_path / "thesis.doc", comparison())
    assert files(tmp_path) == {"thesis.doc"}


def test_a_failure_leaves_no_folder_behind(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_failure_leaves_earlier_results_as_they_were(tmp_path):
    save(tmp_path / "out", comparison("weeks"))
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "out")
    assert files(tmp_path / "out") == FILES
    load(tmp_path / "out")


def test_what_a_hard_end_left_behind_is_cleared_by_the_next_and_other_hidden_files_are_left(tmp_path):
    out = tmp_path / "out"
    (out / "baseline").mkdir(parents=True)
    debris = [out / ".provenance.json.a1b2c3d4.tmp", out / "baseline" / ".weeks.parquet.x_y1z2w3.tmp"]
    for path in debris:
        path.write_text("half")
    save(out, comparison("weeks"))
    assert files(out) == FILES
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".notes.tmp").write_text("mine")
    with pytest.raises(FileExistsError, match="not results"):
        save(tmp_path / "other", comparison("weeks"))
    assert (tmp_path / "other" / ".notes.tmp").exists()


def test_the_first_error_is_reported_and_not_that_of_clearing_up(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.study.folder._remove", lambda path: (_ for _ in ()).throw(OSError("clearing up")))
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "out")


@pytest.mark.parametrize("name", sorted(FILES - {"provenance.json"}))
def test_a_changed_or_missing_file_is_found(tmp_path, name):
    save(tmp_path / "out", comparison("weeks"))
    path = tmp_path / "out" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match=path.name):
        load(tmp_path / "out")
    path.unlink()
    with pytest.raises(OSError, match=path.name):
        load(tmp_path / "out")


def test_a_folder_without_its_last_file_is_not_finished(tmp_path):
    save(tmp_path / "out", comparison())
    (tmp_path / "out" / "provenance.json").unlink()
    with pytest.raises(FileNotFoundError, match="no finished results"):
        load(tmp_path / "out")


@pytest.mark.parametrize(
    ("part", "value"),
    [("years", float("inf")), ("years", "five"), ("seeds", 3), ("share", None), ("scenarios", [1]), ("more", 1)],
)
def test_a_stamp_with_a_part_of_another_kind_is_refused_in_words(tmp_path, part, value):
    save(tmp_path / "out", comparison())
    stamp = tmp_path / "out" / "provenance.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {part: value}))
    with pytest.raises(OSError, match="changed or damaged"):
        load(tmp_path / "out")


def test_a_forged_list_of_files_cannot_make_a_run_delete_others(tmp_path):
    (tmp_path / "precious.toml").write_text("mine")
    save(tmp_path / "out", comparison())
    stamp = tmp_path / "out" / "provenance.json"
    forged = json.loads(stamp.read_text())
    forged["files"] |= {"../precious.toml": "", str(tmp_path / "precious.toml"): "", "a/../../precious.toml": ""}
    stamp.write_text(json.dumps(forged))
    save(tmp_path / "out", comparison())
    assert (tmp_path / "precious.toml").read_text() == "mine"


@pytest.mark.parametrize("name", ["uptake-50", "baseline", "a1"])
def test_a_plain_name_is_its_own_slug(name):
    assert slug(name) == name


def test_other_names_become_safe_and_stay_apart():
    names = [
        "../../etc/passwd",
        "C:\\x",
        "con",
        "Uptake 50",
        "uptake 50",
        "..",
        "",
        "a" * 300,
        "é",
        "-rf",
        "x\ny",
        "\u202e",
    ]
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    for made in slugs:
        assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert 1 <= len(made) <= 80
        assert made[0] != "-"
        assert made != "con"
