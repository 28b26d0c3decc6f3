"""The command line: what it prints, what it refuses, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import click
import pytest
from click.testing import CliRunner

import sim
from sim.cli.commands import Commands, cli, explain
from sim.cli.options import BREAKDOWNS

needs_proc = pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to see processes")
SMALL = ["--share", "0.01", "--years", "1", "--workers", "1"]
COMPARE = ["compare", "london/baseline", "london/uptake-50", *SMALL]
COLUMNS = [
    "scenario",
    "measure",
    "unit",
    "at",
    "group",
    "baseline",
    "value",
    "difference",
    "low",
    "high",
    "chance_lower",
]


@pytest.fixture(autouse=True)
def kept(shared, monkeypatch):
    """What one command has run, the next need not run again."""
    monkeypatch.setenv("SLIPROAD_STORE", str(shared.folder))


def call(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command, run here."""
    done = CliRunner().invoke(cli, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def command(*arguments: str, **options) -> subprocess.Popen:
    """The command in a process of its own, to be interrupted even where these tests are not."""
    options["preexec_fn"] = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    options["env"] = options.get("env", os.environ) | {"SLIPROAD_STORE": ""}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", "sim.cli", *arguments], **pipes, **options)


@pytest.mark.parametrize("name", ["", *cli.commands])
def test_every_command_and_option_is_explained(name):
    code, out, err = call(*name.split(), "--help")
    assert (code, err) == (0, "")
    assert cli.commands[name].help if name else cli.help
    for parameter in (cli.commands[name] if name else cli).params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert parameter.opts[0] in out


def test_help_comes_without_loading_what_runs_need():
    code = (
        "import sys; sys.argv = ['sliproad', '--help']\n"
        "import sim.cli.commands\n"
        "try: sim.cli.commands.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'mesa', 'pandas', 'scipy', 'numpy', 'simpy', 'pydantic', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("Usage: sliproad")
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_answers_without_a_run_loads_no_world():
    code = (
        "import sys, sim.cli.batch, sim.study.jobs, sim.report.content, sim.report.full\n"
        "print(sorted({'mesa', 'simpy', 'sim.world', 'scipy.stats', 'scipy.interpolate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_version_is_the_packages():
    assert call("--version") == (0, f"sliproad, version {sim.__version__}\n", "")


def test_the_breakdowns_offered_are_those_of_the_measures():
    from sim.measures import view

    assert BREAKDOWNS == view.BREAKDOWNS


BAD = [
    (["run", "london/baseline", "--seeds", "0"], "--seeds"),
    (["run", "london/baseline", "--seeds", "x"], "--seeds"),
    (["run", "london/baseline", "--share", "2"], "--share"),
    (["run", "london/baseline", "--share", "0"], "--share"),
    (["run", "london/baseline", "--share", "nan"], "--share"),
    (["run", "london/baseline", "--workers", "0"], "--workers"),
    (["run", "london/baseline", "--years", "0"], "--years"),
    (["run", "london/baseline", "--years", "21"], "--years"),
    (["run", "london/baseline", "--by", "height"], "--by"),
    (["run", "london/baseline", "--cases"], "--out"),
    (["run", "london/baseline", "--set", "diversion.uptake"], "LEVER=VALUE"),
    (["run", "london/baseline", "--set", "diversion.uptake=1.5"], "diversion.uptake"),
    (["run", "london/baseline", "--set", "diversion.uptke=0.1"], "diversion.uptake"),
    (["run", "london/baseline", "--set", "diversion.uptake=[[["], "diversion.uptake"),
    (["run", "london/baselin"], "london/baseline"),
    (["run"], "SCENARIO"),
    (["compare", "london/baseline"], "SCENARIO"),
    (["compare", "london/baseline", "no-such-file.toml"], "no-such-file"),
    (["compare", "london/baseline", "england_and_wales/baseline"], "area"),
    (["compare", "london/baseline", "--set", "starts=2025-01-01"], "starts"),
    (["check", "london/uptake-50", "nothing-here"], "nothing-here"),
    (["levers", "nothing-here"], "nothing-here"),
    (["levers", "uptke"], "did you mean 'uptake'?"),
    (["levers", "london/nowhere"], "london/nowhere"),
    (["levers", "london/baseline", "uptke"], "did you mean 'uptake'?"),
    (["fly"], "fly"),
    (["run", "london/baseline", "--fly"], "--fly"),
]


@pytest.mark.parametrize(
    ("arguments", "named"), BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_input_is_refused_in_one_message_with_code_2(arguments, named, tmp_path):
    out = tmp_path / "out"
    code, printed, message = call(*arguments, *(["--out", str(out)] if "--by" in arguments else []))
    assert (code, printed) == (2, "")
    assert named in message
    assert "Traceback" not in message
    assert len(message.splitlines()) == 1
    assert not out.exists()


def test_every_fault_of_every_scenario_is_told_at_once(tmp_path):
    for name, lever in (("one", "diversion.uptake = 1.5"), ("two", "provider.places_a_week = -1\nprovider.place = 1")):
        (tmp_path / f"{name}.toml").write_text(f'based_on = "london/baseline"\n{lever}\n')
    code, printed, message = call("check", str(tmp_path / "one.toml"), str(tmp_path / "two.toml"))
    assert (code, printed) == (2, "")
    assert [word in message for word in ("one.toml:2", "two.toml:2", "two.toml:3")] == [True] * 3


def test_an_unwritable_folder_is_refused_before_anything_runs():
    began = time.monotonic()
    code, printed, message = call("run", "london/baseline", "--out", "/dev/null/results")
    assert (code, printed) == (4, "")
    assert message == "/dev/null/results: Not a directory\n" or "/dev/null" in message
    assert time.monotonic() - began < 5  # a full run takes far longer


def test_a_folder_with_other_files_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "thesis.doc").write_text("mine")
    code, printed, message = call("run", "london/baseline", "--out", str(tmp_path))
    assert (code, printed) == (2, "")
    assert "name a new folder" in message


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(28, "No space left on device", "out/weeks.parquet"), 4, "out/weeks.parquet: No space left on device"),
        (PermissionError(13, "Permission denied", "out"), 4, "out: Permission denied"),
        (MemoryError(), 4, "memory ran out"),
        (ChildProcessError("a worker process ended"), 4, "a worker process ended"),
        (KeyError("offender"), 1, "Please report it"),
        (click.Abort(), 130, "Interrupted"),
    ],
)
def test_each_kind_of_error_has_its_code_and_words(error, code, words):
    assert explain(error)[0] == code
    assert words in explain(error)[1]


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_traceback_is_printed_only_when_asked_for(debug):
    faulty = Commands(commands=[click.Command("fault", callback=lambda: {}["offender"])])
    done = CliRunner().invoke(faulty, ["fault"], env={"SLIPROAD_DEBUG": debug})
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Internal fault: KeyError: 'offender'")
    assert ("Traceback" in done.stderr) == bool(debug)


def test_without_a_command_the_help_is_printed():
    code, printed, message = call()
    assert code == 2
    assert (printed + message).startswith("Usage: ")


def test_check_says_what_a_scenario_changes():
    code, printed, message = call("check", "london/uptake-50", "london/baseline")
    assert (code, message) == (0, "")
    assert "diversion.uptake: 0.0 -> 0.5" in printed
    assert printed.count("sound") == 2


def test_levers_lists_every_lever_with_its_unit_and_source():
    from sim.scenario.evidence import GRADES
    from sim.scenario.model import levers
    from sim.scenario.reading import load

    code, printed, _ = call("levers", "london/uptake-50", "--json")
    rows = {row["lever"]: row for row in json.loads(printed)}
    assert code == 0
    assert list(rows) == [name for name, _, _ in levers(load("london/uptake-50"))]
    assert rows["diversion.uptake"]["value"] == 0.5
    assert rows["diversion.uptake"]["allowed"] == "0 to 1"
    assert rows["diversion.uptake"]["unit"] == "share of eligible people"
    assert rows["diversion.uptake"]["grade"] in GRADES
    assert rows["diversion.uptake"]["source"]


def test_levers_are_filtered_by_a_word_and_never_wider_than_the_terminal():
    every, some = call("levers")[1], call("levers", "uptake")[1]
    assert "uptake = 0.0" in some
    assert len(some.splitlines()) < 10
    for text in (every, some, call("levers", "london/uptake-50", "costs")[1]):
        assert max(map(len, text.splitlines())) <= 100
    assert "uptake = 0.5" in call("levers", "london/uptake-50", "uptake")[1]


def test_check_names_what_another_area_takes_over(tmp_path):
    (tmp_path / "kent.toml").write_text(
        'title = "Kent"\nabout = "A try."\narea = "Kent"\nbased_on = "london/baseline"\n[searches]\na_year = 10000.0\n'
    )
    code, printed, _ = call("check", str(tmp_path / "kent.toml"))
    assert code == 0
    assert "takes over from London" in printed
    assert "courts.crown.sitting_days" in printed
    assert "searches.a_year" not in printed.partition("takes over")[2].partition("searches.a_year: outside")[0]
    assert "takes over" not in call("check", "london/uptake-50")[1]


def test_schema_is_json_and_knows_the_levers():
    code, printed, _ = call("schema")
    assert code == 0
    assert "uptake" in json.loads(printed)["$defs"]["Diversion"]["properties"]


def test_compare_prints_rows_of_json_and_nothing_else():
    code, printed, message = call(*COMPARE, "--seeds", "1", "--json", "--by", "sex")
    rows = json.loads(printed)
    assert (code, message) == (0, "")
    assert list(rows[0]) == COLUMNS
    assert {row["group"] for row in rows} == {"all", "men", "women"}
    assert {row["low"] for row in rows} == {None}  # one seed has no interval
    offered = {row["group"]: row["value"] for row in rows if row["measure"] == "diversion.offered"}
    assert offered["all"] == pytest.approx(offered["men"] + offered["women"])
    assert offered["all"] > 0


def test_compare_prints_a_report_for_planners():
    code, printed, message = call(*COMPARE, "--seeds", "2", "--full")
    assert (code, message) == (0, "")
    for words in (
        "London, 1 January 2026 to 31 December 2026; 2 seeds; 1% of people and courtrooms simulated",
        "Half of eligible people start a drug course (uptake-50)",
        "Crown Court Open cases",
        "Why it moved",
        "Why the balance of hours moved",
        "What limits the courts Crown Court: court time limits, as in the baseline.",
        "The bottleneck does not move.",
        "95% interval holds chance only",
        "Only 1% of people and courtrooms were simulated",
    ):
        assert words in " ".join(printed.split())
    assert "March 2028" not in printed  # the run ends before
    assert max(map(len, printed.splitlines())) <= 140


def test_a_baseline_against_itself_is_the_same_in_every_seed():
    code, printed, _ = call("compare", "london/baseline", "london/baseline", *SMALL, "--seeds", "2", "--json")
    known = [row for row in json.loads(printed) if row["value"] is not None]
    assert code == 0
    assert len(known) > 20
    assert {(row["difference"], row["low"], row["high"], row["chance_lower"]) for row in known} == {(0, 0, 0, 0.5)}


def test_a_lever_set_on_the_command_line_changes_the_scenario_and_not_the_baseline():
    code, printed, _ = call(
        "compare", "london/baseline", "--set", "diversion.uptake=0.4", *SMALL, "--seeds", "1", "--json"
    )
    offered = next(row for row in json.loads(printed) if row["measure"] == "diversion.offered")
    assert code == 0
    assert offered["scenario"] == "baseline, diversion.uptake = 0.4"
    assert offered["baseline"] == 0
    assert offered["value"] > 0


def test_run_prints_one_scenario_with_the_interval_of_its_mean():
    code, printed, _ = call("run", "london/baseline", *SMALL, "--seeds", "2", "--json")
    rows = {row["measure"]: row for row in json.loads(printed)}
    assert code == 0
    assert rows["crown.open"]["low"] <= rows["crown.open"]["value"] <= rows["crown.open"]["high"]
    printed = call("run", "london/baseline", *SMALL, "--seeds", "1")[1]
    assert "Open cases" in printed
    assert "What limits the courts\nCrown Court: court time limits: 0.0% of court time stood idle." in printed


def test_a_quick_look_is_one_seed_and_a_tenth_unless_told_otherwise(tmp_path):
    from sim.study.folder import load

    arguments = ["run", "london/baseline", "--quick", "--years", "1", "--quiet", "--workers", "1"]
    assert call(*arguments, "--out", str(tmp_path / "quick"))[0] == 0
    assert call(*arguments, "--share", "0.01", "--seeds", "2", "--out", str(tmp_path / "told"))[0] == 0
    stamps = [load(tmp_path / name).provenance for name in ("quick", "told")]
    assert [(stamp.share, stamp.seeds) for stamp in stamps] == [(0.1, (1,)), (0.01, (1, 2))]


def test_results_and_cases_are_written_where_asked(tmp_path):
    from sim.study.folder import load

    code, _, message = call(*COMPARE, "--seeds", "2", "--out", str(tmp_path / "out"), "--cases", "--quiet")
    assert (code, message) == (0, "")
    saved = load(tmp_path / "out")
    assert list(saved.tables["uptake-50"]) == [
        "weeks",
        "sittings",
        "officers",
        "providers",
        "custody",
        "cases",
        "offenders",
    ]
    assert set(saved.tables["uptake-50"]["cases"]["seed"]) == {1, 2}
    assert saved.provenance.evidence["london/evidence.toml"]
    assert len(saved.table) > 20


ALL_AT_WORK = 5  # the command, two workers, the server they are copied from and the tracker of what they share


@needs_proc
@pytest.mark.parametrize(
    ("number", "code", "processes"),
    [
        (signal.SIGINT, 130, ALL_AT_WORK),
        (signal.SIGTERM, 143, 1),
        pytest.param(signal.SIGINT, 130, 1, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, ALL_AT_WORK, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_run_ends_at_once_and_leaves_nothing(number, code, processes, tmp_path):
    out = tmp_path / "out"
    running = command("run", "london/baseline", "--workers", "2", "--out", str(out), start_new_session=True)
    wait_for(lambda: out.exists() and len(processes_of_session(running.pid)) >= processes)
    running.send_signal(number)
    _, message = running.communicate(timeout=10)
    assert running.returncode == code
    assert "Traceback" not in message
    assert not out.exists()
    wait_for(lambda: not processes_of_session(running.pid), seconds=5)


@needs_proc
def test_no_worker_outlives_a_parent_that_was_killed():
    running = command("run", "london/baseline", "--workers", "2", start_new_session=True)
    wait_for(lambda: len(processes_of_session(running.pid)) >= ALL_AT_WORK)
    running.kill()
    running.communicate(timeout=10)
    wait_for(lambda: not processes_of_session(running.pid), seconds=5)


def wait_for(fact: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until *fact* holds; fail if it does not in time."""
    last = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < last, "waited in vain"
        time.sleep(0.05)


def processes_of_session(session: int) -> list[int]:
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _session_of(pid) == session]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None
