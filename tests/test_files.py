"""Files made, set apart and exported: what a user begins with is sound, and what leaves is safe for a spreadsheet."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.commands import cli
from sim.report.apart import report_apart, report_vintages
from sim.report.levers import COUNTS, levers_of
from sim.scenario.reading import ScenarioError, load
from sim.study.export import as_csv, export, neutral, workbook
from sim.study.export import sheets as sheets_of
from sim.study.shipped import FOLDER, shipped

RESULTS = str(FOLDER / "london" / "uptake-50")


def call(*arguments: str) -> tuple[int, str]:
    ended = CliRunner().invoke(cli, arguments)
    return ended.exit_code, ended.output


# Begun -------------------------------------------------------------------------------------------------------------


def test_a_new_scenario_is_sound_as_it_comes_and_with_every_lever_uncommented(tmp_path):
    file = tmp_path / "mine.toml"
    code, said = call("new", "scenario", str(file), "--based-on", "london/uptake-50")
    assert code == 0
    assert f"sliproad check {file}" in said
    assert load(str(file)).diversion == load("london/uptake-50").diversion
    text = file.read_text()
    assert "# uptake = 0.5" in text
    file.write_text(re.sub(r"(?m)^# (?! )", "", text))
    filled = load(str(file))
    assert filled.diversion == load("london/uptake-50").diversion
    assert filled.title == "Mine"


def test_a_word_chooses_the_levers(tmp_path):
    file = tmp_path / "mine.toml"
    call("new", "scenario", str(file), "--word", "remand")
    names = set(re.findall(r"(?m)^# (\w+) = ", file.read_text()))
    assert names == {one.name.rpartition(".")[2] for one in levers_of("london/baseline", "remand")}


def test_a_new_area_names_every_count_of_its_own_and_is_sound(tmp_path):
    folder = tmp_path / "kent"
    assert call("new", "area", str(folder))[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "baseline.toml",
        "evidence.toml",
        "observed.csv",
        "scheme.toml",
    ]
    text = (folder / "baseline.toml").read_text()
    for lever in levers_of("london/baseline"):
        assert (f"# {lever.name.rpartition('.')[2]} = " in text) or lever.unit not in COUNTS
    assert load(str(folder / "scheme")).area == "Kent"
    assert call("check", str(folder / "scheme"))[0] == 0
    ledger = folder / "evidence.toml"
    ledger.write_text(re.sub(r"(?m)^# (?=\[|[a-z]+ = )", "", ledger.read_text()))
    assert "\nsource = " in ledger.read_text()
    assert call("check", str(folder / "baseline"))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scenario", "mine.txt"), "must be NAME.toml"),
        (("scenario", "=mine.toml"), "must be NAME.toml"),
        (("scenario", "there.toml"), "is there already"),
        (("scenario", "nowhere/mine.toml"), "no such folder"),
        (("scenario", "mine.toml", "--based-on", "london/baselin"), "did you mean 'london/baseline'"),
        (("scenario", "mine.toml", "--word", "zzz"), "zzz"),
        (("area", "there"), "is there already"),
        (("area", "a b"), "in letters, digits, - and _"),
        (("area", "kent", "--based-on", "londn/baseline"), "did you mean"),
        (("areas", "kent"), "No such command 'areas'"),
    ],
)
def test_what_cannot_be_begun_is_refused_and_nothing_is_written(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    Path("there.toml").write_text("mine")
    Path("there").mkdir()
    code, said = call("new", *arguments)
    assert code == 2
    assert words in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there", "there.toml"]
    assert Path("there.toml").read_text() == "mine"


# Set apart ---------------------------------------------------------------------------------------------------------


def test_results_that_are_the_same_are_said_to_be():
    code, said = call("apart", RESULTS, RESULTS)
    assert code == 0
    assert "The 5 figures that lead are the same in both" in said
    assert "Their levers are the same." in said


def test_what_moved_between_two_results_is_named_with_the_levers_that_differ():
    first = shipped("london", "uptake-50")
    table = first.table.copy()
    rows = table["measure"] == "magistrates.open"
    table.loc[rows, ["difference", "low", "high"]] -= 1000
    scenarios = first.scenarios | {"uptake-50": load("london/uptake-50", {"courts.reuse": 0.5})}
    other = replace(first, table=table, scenarios=scenarios, provenance=replace(first.provenance, model="old"))
    said = " ".join(report_apart(first, other).split())
    assert "1 of 5 figures have intervals of chance that do not meet: uptake-50: open magistrates' cases" in said
    assert "Levers of uptake-50 differ: courts.reuse." in said
    assert f"The model differs: {first.provenance.model} and old." in said


def test_results_without_anything_in_common_are_refused(tmp_path):
    code, said = call("apart", RESULTS, str(FOLDER / "london" / "uptake-25"))
    assert (code, "no scenario in common" in said) == (2, True)
    code, said = call("apart", RESULTS, str(tmp_path))
    assert (code, "no finished results here" in said) == (2, True)


HEAD = "area,court,quarter,measure,value\n"


def test_a_new_vintage_is_told_by_what_it_adds_and_revises(tmp_path):
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(
        f"{HEAD}London,crown,2025Q3,open,100\nLondon,crown,2025Q4,open,110\nLondon,crown,2025Q4,receipts,7\n"
    )
    new.write_text(f"{HEAD}London,crown,2025Q3,open,100\nLondon,crown,2025Q4,open,121\nLondon,crown,2026Q1,open,125\n")
    said = " ".join(report_vintages(old, new).split())
    assert "1 figures are new, 1 of 2 are revised and 1 are gone." in said
    assert "New quarters: 2026Q1." in said
    assert "London crown open 2025Q4 110 121 +10.0%" in said
    assert "Gone: London crown receipts 2025Q4." in said
    assert "0 are revised" not in said
    same = " ".join(report_vintages(old, old).split())
    assert "0 figures are new, 0 of 3 are revised and 0 are gone. There is no new quarter." in same


@pytest.mark.parametrize(
    "text", ["", "a,b\n", f"{HEAD}London,crown,2025Q9,open,1\n", f"{HEAD}London,crown,2025Q1,open,x\n"]
)
def test_a_vintage_that_cannot_be_read_is_refused(tmp_path, text):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(ScenarioError):
        report_vintages(tmp_path / "bad.csv", tmp_path / "bad.csv")


# Exported ----------------------------------------------------------------------------------------------------------


FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=x", "\r=x", "\n@x", '=HYPERLINK("http://x")']


def test_no_text_becomes_a_formula_and_numbers_stay_numbers():
    table = pd.DataFrame({"name": FORMULAS, "=column": range(len(FORMULAS)), "value": [-1.5] * len(FORMULAS)})
    safe = neutral(table)
    assert all(text.startswith("'") and text.split() for text in safe["name"])
    assert not any(set(text) & set("\t\r\n") for text in safe["name"])
    assert safe["name"].iloc[0] == "'=1+1"
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert [row["value"] for row in rows] == ["-1.5"] * len(FORMULAS)
    assert "'=column" in rows[0]


def test_a_workbook_holds_every_table_without_a_formula_and_is_the_same_each_time(tmp_path):
    compared = shipped("london", "uptake-50")
    evil = replace(compared, provenance=replace(compared.provenance, command='=HYPERLINK("http://x")'))
    made = workbook(sheets_of(evil))
    assert made == workbook(sheets_of(evil))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
        names = re.findall(r'<sheet name="([^"]+)"', archive.read("xl/workbook.xml").decode())
        texts = archive.read("xl/sharedStrings.xml").decode()
    assert names == ["about", "differences", "steps", "balance", "by seed", "structures"]
    assert not any("<f>" in sheet for sheet in sheets)
    assert "'=HYPERLINK" in texts
    assert f'<row r="{len(compared.table) + 1}"' in sheets[1]
    code, said = call("export", RESULTS, "--out", str(tmp_path / "r.xlsx"))
    assert code == 0, said
    assert (tmp_path / "r.xlsx").read_bytes()[:2] == b"PK"


def test_differences_are_exported_as_csv_and_other_endings_refused(tmp_path):
    compared = shipped("london", "uptake-50")
    export(compared, tmp_path / "r.csv")
    assert len(pd.read_csv(tmp_path / "r.csv")) == len(compared.rows)
    code, said = call("export", RESULTS, "--out", str(tmp_path / "r.ods"))
    assert (code, "must end in .xlsx or .csv" in said) == (2, True)
    assert not (tmp_path / "r.ods").exists()


def test_the_table_of_a_sweep_is_exported_too_with_what_it_is(tmp_path):
    folder = FOLDER / "london" / "sweeps" / "uptake"
    table = pd.read_parquet(folder / "results.parquet")
    code, said = call("export", str(folder), "--out", str(tmp_path / "s.csv"))
    assert (code, "sweep" in said) == (0, True)
    again = pd.read_csv(tmp_path / "s.csv")
    assert list(again.columns) == list(table.columns)
    assert again["difference"].to_numpy() == pytest.approx(table["difference"].to_numpy(), nan_ok=True)
    code, said = call("export", str(folder), "--out", str(tmp_path / "s.xlsx"))
    assert code == 0, said
    with zipfile.ZipFile(tmp_path / "s.xlsx") as archive:
        assert re.findall(r'<sheet name="([^"]+)"', archive.read("xl/workbook.xml").decode()) == ["about", "results"]
        assert "of chance alone" in archive.read("xl/sharedStrings.xml").decode()
        assert f'<row r="{len(table) + 1}"' in archive.read("xl/worksheets/sheet2.xml").decode()


# At the prompt -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["compare", "london/baseline", "london/uptake-2"], ["london/uptake-25"]),
        (["check", "england"], ["england_and_wales/2019", "england_and_wales/baseline"]),
        (["jour"], ["journey"]),
        (["export", "r", "--o"], ["--out"]),
    ],
)
def test_the_prompt_completes_commands_options_and_scenarios(typed, offered):
    from click.shell_completion import ShellComplete

    *before, begun = typed
    found = [one.value for one in ShellComplete(cli, {}, "sliproad", "_X").get_completions(before, begun)]
    assert [name for name in found if name in offered] == offered
    assert len(found) <= len(offered) + 2
