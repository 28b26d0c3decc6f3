"""Faults of a kind that users met: each with more inputs than the one it was found by."""

from __future__ import annotations

import math
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet
from test_upload import FILES, zipped

from sim.cli.commands import cli
from sim.compare.paired import compare
from sim.report import swept as told
from sim.report.briefing import briefing
from sim.report.documents import WRITERS, verified
from sim.report.levers import levers_of
from sim.report.screen import to_plotly
from sim.scenario import evidence
from sim.scenario.evidence import EvidenceError
from sim.scenario.faults import nearest
from sim.scenario.reading import ScenarioError, load
from sim.study import goal_folder, observed, plan
from sim.study.folder import load as read_results_of
from sim.study.goal import Quest, answer_at, read_target
from sim.study.query import query
from sim.study.shipped import FOLDER
from sim.study.study import Study
from sim.study.swept import read_swept, varied_in
from sim.study.upload import unpack

RESULTS, SWEEP = FOLDER / "london" / "uptake-50", FOLDER / "london" / "sweeps" / "uptake"
COUNT = "select count(*) from results"
TINY = ["--share", "0.004", "--seeds", "1", "--years", "1", "--workers", "1", "--quiet"]
HEAD = 'about = """\nx\ny"""\nbased_on = "london/baseline"\n'


def sliproad(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command as a user types it, in a process of its own."""
    command = [sys.executable, "-m", "sim.cli", *arguments]
    around = os.environ | {"SLIPROAD_STORE": ""} | environment
    return subprocess.run(command, cwd=cwd, env=around, capture_output=True, timeout=120, check=False)


# What a terminal or a file system cannot write ----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
def test_a_letter_that_a_terminal_lacks_ends_no_command(tmp_path, encoding):
    (tmp_path / "m.toml").write_text(f'title = "A → B, naïve, 日本, a\U0001f600b"\n{HEAD}', encoding="utf-8")
    done = sliproad("check", "m.toml", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert b"sound" in done.stdout


def test_messages_of_errors_too_reach_such_a_terminal(tmp_path):
    done = sliproad("check", "wrong→.toml", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"no scenario" in done.stderr


# A file or folder of another kind than is asked for ------------------------------------------------------------------

OTHER_KINDS = [
    (["check", "london/sweeps/uptake"], "uptake.toml: is a plan of a sweep and no scenario; `sliproad sweep` takes it"),
    (["compare", "london/baseline", "london/sweeps/uptake"], "is a plan of a sweep and no scenario"),
    (["check", "london/evidence"], "evidence.toml: is a ledger of evidence and no scenario"),
    (["run", "england_and_wales/evidence"], "is a ledger of evidence and no scenario"),
    (
        ["sweep", "london/uptake-50", "--out", "none"],
        "is a scenario and no plan of a sweep; `sliproad compare` takes it",
    ),
    (["sweep", "london/baseline", "--out", "none"], "is a scenario and no plan of a sweep"),
    (["brief", str(SWEEP), "--out", "b.pdf"], "it is the folder of a sweep, which `sliproad query` and `export` take"),
    (["export", "goal", "--out", "b.xlsx"], "it is the folder of a goal, which `sliproad brief --goal` takes"),
]


@pytest.mark.parametrize(("arguments", "words"), OTHER_KINDS)
def test_a_file_or_folder_of_another_kind_is_called_by_its_own_name(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "goal").mkdir()
    (tmp_path / "goal" / "goal.json").write_text("{}")
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == 2
    assert words in ended.output
    assert len(ended.output.strip().split("\n")) == 1


# The home folder, written with ~ ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        (["brief", str(RESULTS), "--out=~/b.html"], "b.html"),
        (["export", str(RESULTS), "--out=~/r.csv"], "r.csv"),
        (["new", "scenario", "~/mine.toml"], "mine.toml"),
        (["new", "area", "~/kent"], "kent/baseline.toml"),
        (["run", "london/baseline", *TINY, "--out=~/r"], "r/provenance.json"),
    ],
)
def test_home_is_home_in_every_command(home, tmp_path, arguments, made):
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == 0, ended.output
    assert (home / made).is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_scenario_in_the_home_folder_is_found(home):
    (home / "m.toml").write_text(f'title = "M"\n{HEAD}')
    assert load("~/m.toml").title == "M"
    assert CliRunner().invoke(cli, ["check", "~/m"]).exit_code == 0


# Runs of nobody, and in no time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["1e-9", "1e-300", "5e-324"])
@pytest.mark.parametrize("command", ["run", "compare", "goal"])
def test_a_share_that_holds_nobody_is_refused_in_words(command, share):
    more = {
        "run": [],
        "compare": ["london/uptake-50"],
        "goal": ["--lever", "diversion.uptake", "--target", "crown.open = 5"],
    }
    ended = CliRunner().invoke(cli, [command, "london/baseline", *more[command], "--share", share, "--seeds", "1"])
    assert ended.exit_code == 2
    assert "leaves nobody to simulate; the least is" in ended.output


def test_the_least_share_that_is_named_is_taken():
    baseline = {"baseline": load("london/baseline")}
    with pytest.raises(ScenarioError) as refused:
        Study(baseline, (1,), 1, 1e-9)
    least = float(str(refused.value).rpartition(" ")[2])
    Study(baseline, (1,), 1, 2 * least)


@pytest.mark.parametrize("day", ["9999-01-01", "0001-01-01", "2201-01-01", "1899-12-31"])
def test_a_first_day_out_of_reach_is_refused_in_words(day):
    ended = CliRunner().invoke(cli, ["run", "london/baseline", "--set", f"starts={day}", *TINY])
    assert ended.exit_code == 2
    assert f"starts = {day}: must lie between 1900 and 2200" in ended.output


@pytest.mark.parametrize(
    "lever",
    [
        "police.charge_delay",
        "police.disposal_delay",
        "courts.magistrates.first_hearing",
        "courts.crown.sentence_delay",
    ],
)
def test_delays_that_would_never_end_are_refused_and_the_longest_taken_run(lever, recwarn):
    median = next(one.value for one in levers_of("london/baseline") if one.name == f"{lever}_median")
    arguments = ["run", "london/baseline", *TINY, "--set"]
    ended = CliRunner().invoke(cli, [*arguments, f"{lever}_mean={31 * median:g}"])
    assert ended.exit_code == 2
    assert f"must be at most 30 times the median, {median:g}: {30 * median:g}" in ended.output
    ended = CliRunner().invoke(cli, [*arguments, f"{lever}_mean={30 * median:g}"])
    assert ended.exit_code == 0, ended.output
    assert not [one for one in recwarn if issubclass(one.category, RuntimeWarning)]


def test_check_says_every_bound_that_a_run_would_refuse(tmp_path):
    (tmp_path / "far.toml").write_text(
        'title = "Far"\nbased_on = "london/baseline"\nstarts = 9999-01-01\n[police]\ncharge_delay_mean = 500.0\n',
        encoding="utf-8",
    )
    ended = CliRunner().invoke(cli, ["check", str(tmp_path / "far.toml")])
    assert ended.exit_code == 2
    assert "must lie between 1900 and 2200" in ended.output
    assert "charge_delay_mean = 500: must be at most 30 times the median" in ended.output


@pytest.mark.parametrize("name", ["a b", "*", "", "http://x.org", "x.org/", "-x.org", "x" * 300])
def test_what_is_no_name_of_a_machine_is_refused_before_anything_is_served(name):
    ended = CliRunner().invoke(cli, ["app", "--public-name", name])
    assert ended.exit_code == 2
    assert "must be a name such as diversion.example.org" in ended.output


def test_a_log_says_what_was_run_and_what_failed_and_no_lever_of_a_sound_run(tmp_path):
    log = tmp_path / "a.log"
    done = sliproad("--log", "a.log", "run", "london/baseline", *TINY, "--set", "diversion.uptake=0.123", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    failed = sliproad("--log", "a.log", "run", "london/baselin", cwd=tmp_path)
    assert failed.stderr.decode().count('london/baselin"') == 1
    lines = log.read_text(encoding="utf-8").splitlines()
    assert [line.split(" ")[1] for line in lines] == ["INFO", "INFO", "INFO", "ERROR"]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", line) for line in lines)
    assert ": done after " in lines[1]
    assert "ended with status 2: no scenario" in lines[3]
    assert "0.123" not in log.read_text(encoding="utf-8")
    nowhere = sliproad("--log", "no/such/folder/a.log", "run", "london/baseline", *TINY, cwd=tmp_path)
    assert nowhere.returncode == 4
    assert b"no/such/folder" in nowhere.stderr
    assert b"Traceback" not in nowhere.stderr


# Intervals from nothing -----------------------------------------------------------------------------------------------


def by_seed(values: list[float]) -> pd.DataFrame:
    """One measure of everybody at one date, a row for each seed."""
    same = {"measure": "magistrates.open", "unit": "cases", "at": "2026-12-31", "group": "all"}
    return pd.DataFrame({**same, "seed": range(len(values)), "value": [float(one) for one in values]})


@pytest.mark.parametrize(
    ("differences", "is_known"),
    [((5, 5), False), ((5, 5, 5), False), ((5, 5, 5, 5), True), ((0, 0), True), ((5, 6), True), ((5,), False)],
)
def test_few_seeds_that_all_say_the_same_give_no_interval(differences, is_known):
    table = compare(by_seed([10] * len(differences)), by_seed([10 + one for one in differences]))
    assert (not table["low"].isna().any()) == is_known
    assert table["difference"].item() == sum(differences) / len(differences)


# Names typed wrong ----------------------------------------------------------------------------------------------------


def slips(name: str) -> list[str]:
    """One slip of the finger in the last part of a name: a letter dropped, doubled, swapped with the next, or wrong."""
    head, _, leaf = name.rpartition(".")
    at = len(leaf) // 2
    left, letter, right = leaf[:at], leaf[at], leaf[at + 1 :]
    made = [left + right, left + 2 * letter + right, left + right[:1] + letter + right[1:], f"{left}q{right}"]
    return [f"{head}.{one}" if head else one for one in made if one != leaf]


def test_the_nearest_name_is_right_for_nearly_every_slip():
    """A slip that makes another lever's name, or is as near to one, cannot be told; there are few."""
    names = [one.name for one in levers_of("london/baseline")]
    typed = [(name, slip) for name in names for slip in slips(name) if slip not in names][::15]
    right = sum(f"'{name}'" in nearest(slip, names) for name, slip in typed)
    assert len(typed) > 150
    assert right / len(typed) >= 0.95


@pytest.mark.parametrize("wrong", ["london/uptake-5O", "london/uptak-50", "londn/baseline", "london/wider-eligibilty"])
@pytest.mark.parametrize("command", ["run", "check", "journey", "levers"])
def test_a_scenario_typed_wrong_is_named_right_in_every_command(command, wrong):
    ended = CliRunner().invoke(cli, [command, wrong])
    assert ended.exit_code == 2
    assert "did you mean 'london/" in ended.output


# A disk that is full, a home that is gone, another clock, no network -----------------------------------------------

_SMALL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from sim.cli.commands import main
sys.argv = ["sliproad", *sys.argv[1:]]
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of Unix")
@pytest.mark.parametrize(
    "arguments",
    [
        ["export", str(RESULTS), "--out", "kept.csv"],
        ["export", str(RESULTS), "--out", "kept.xlsx"],
        ["brief", str(RESULTS), "--out", "kept.html"],
        ["brief", str(RESULTS), "--out", "kept.docx"],
        ["run", "london/baseline", *TINY, "--out", "r"],
    ],
)
def test_a_disk_that_is_full_leaves_what_was_there_and_nothing_half_written(tmp_path, arguments):
    """The largest file is 2,000 bytes here: every write beyond it fails as it would on a full disk."""
    kept = tmp_path / "kept.csv"
    for ending in (".csv", ".xlsx", ".html", ".docx"):
        kept.with_suffix(ending).write_text("as it was")
    command = [sys.executable, "-c", _SMALL_DISK, *arguments]
    around = os.environ | {"SLIPROAD_STORE": "", "MPLCONFIGDIR": str(tmp_path / "mpl"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, timeout=120, check=False)
    assert done.returncode == 4, done.stderr
    assert b"File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    assert {path.read_text() for path in tmp_path.glob("kept.*")} == {"as it was"}
    left = [path.name for path in tmp_path.rglob("*") if path.is_file() and "mpl" not in path.parts]
    assert sorted(left) == ["kept.csv", "kept.docx", "kept.html", "kept.xlsx"]


@pytest.mark.parametrize("home", ["/proc/nobody", "/dev/null/home"])
def test_a_home_folder_that_is_gone_ends_no_run(tmp_path, home):
    around = {name: value for name, value in os.environ.items() if name not in ("SLIPROAD_STORE", "XDG_CACHE_HOME")}
    command = [sys.executable, "-m", "sim.cli", "run", "london/baseline", *TINY]
    done = subprocess.run(
        command, cwd=tmp_path, env=around | {"HOME": home}, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"finished runs are not kept for another time") == 1
    assert b"Open cases" in done.stdout


def test_clock_zone_and_locale_change_no_figure(tmp_path):
    arguments = [
        "run",
        "london/baseline",
        "--share",
        "0.004",
        "--seeds",
        "1",
        "--years",
        "1",
        "--workers",
        "1",
        "--json",
    ]
    first = sliproad(*arguments, cwd=tmp_path, TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8")
    last = sliproad(*arguments, cwd=tmp_path, TZ="America/Adak", LC_ALL="de_DE.UTF-8", LANG="tr_TR.UTF-8")
    assert first.stdout == last.stdout
    assert len(first.stdout) > 1000


_NO_NETWORK = """
import socket
def refuse(self, address, *more):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        raise OSError(f"asked the network for {address}")
    return connect(self, address, *more)
connect = socket.socket.connect
socket.socket.connect = refuse
def resolve(host, *more, **named):
    raise OSError(f"asked the network for {host}")
socket.getaddrinfo = resolve
"""


def test_nothing_asks_the_network_at_run_time(tmp_path):
    commands = (
        ["compare", "london/baseline", "london/uptake-50", *TINY, "--out", "r"],
        ["brief", "r", "--out", "b.html"],
        ["export", "r", "--out", "r.xlsx"],
        ["check", "london/baseline"],
    )
    typed = "from sim.cli.commands import cli\n" + "".join(
        f"try: cli.main({arguments!r})\nexcept SystemExit as end: assert not end.code, end.code\n"
        for arguments in commands
    )
    (tmp_path / "typed.py").write_text(_NO_NETWORK + typed)
    around = os.environ | {"SLIPROAD_STORE": ""}
    done = subprocess.run(
        [sys.executable, "typed.py"], cwd=tmp_path, env=around, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"asked the network" not in done.stdout + done.stderr
    assert (tmp_path / "b.html").exists()
    assert (tmp_path / "r.xlsx").exists()


# Files of every kind, damaged at random -------------------------------------------------------------------------------


def damaged(content: bytes, luck: random.Random) -> bytes:
    """The content with a few bytes changed, cut out or repeated, or cut off at its end."""
    made = bytearray(content)
    for _ in range(luck.randint(1, 6)):
        at, long = luck.randrange(len(made) or 1), luck.randint(1, 40)
        kind = luck.randrange(5)
        if kind == 0:
            made[at : at + 1] = bytes([luck.randrange(256)])
        elif kind == 1:
            del made[at : at + long]
        elif kind == 2:
            made[at:at] = made[at : at + long] * luck.randint(1, 3)
        elif kind == 3:
            made[at:at] = luck.choice([b"nan", b"=", b"[[", b"1e999", b'"', b"\x00", b"\xff\xfe", b"-" * 50])
        else:
            made = made[: max(at, 1)]
    return bytes(made)


def kinds_of_file(folder: Path) -> dict[str, tuple[bytes, Callable[[Path], object]]]:
    """Name of a file -> a sound one, and what reads it."""
    scenarios = Path(__file__).parent.parent / "scenarios" / "london"
    found = folder / "goal"
    shutil.copytree(RESULTS, folder / "results", dirs_exist_ok=True)
    shutil.copytree(SWEEP, folder / "sweep", dirs_exist_ok=True)
    quest = Quest(load("london/uptake-50"), "courts.reuse", read_target("crown.open = 5"), (0.0, 1.0), (1, 2))
    goal_folder.keep(found, answer_at(quest, np.array([0.0, 1.0]), np.array([[1.0, 2.0], [9.0, 8.0]]), "2030-12-31"))
    return {
        "mine.toml": (f'title = "M"\n{HEAD}[diversion]\nuptake = 0.3\n'.encode(), lambda path: load(str(path))),
        "plan.toml": ((scenarios / "sweeps" / "uptake.toml").read_bytes(), lambda path: plan.read(str(path))),
        "evidence.toml": (
            (scenarios / "evidence.toml").read_bytes()[:3000].rpartition(b"\n\n")[0],
            lambda path: evidence.load([path.parent / "mine.toml"]),
        ),
        "observed.csv": (
            (scenarios / "observed.csv").read_bytes()[:4000].rpartition(b"\n")[0],
            lambda path: observed.read(path, "London"),
        ),
        "area.zip": (zipped(FILES), lambda path: unpack(path.name, path.read_bytes())),
        "goal/goal.json": ((found / "goal.json").read_bytes(), lambda path: goal_folder.read(path.parent)),
        "sweep/sweep.json": ((SWEEP / "sweep.json").read_bytes(), lambda path: read_swept(path.parent)),
        "sweep/results.parquet": ((SWEEP / "results.parquet").read_bytes(), asked_and_drawn),
        "results/provenance.json": (
            (RESULTS / "provenance.json").read_bytes(),
            lambda path: read_results_of(path.parent),
        ),
    }


def asked_and_drawn(path: Path) -> None:
    """Ask a sweep's table in SQL, and draw what the page draws of it; the first refusal is not the last word."""
    with suppress(*REFUSED):
        query(path.parent, COUNT)
    swept = read_swept(path.parent)
    table = told.of_scenario(swept, str(swept.table["scenario"].iloc[0]))
    moved = table.loc[table["difference"].fillna(0) != 0, "measure"].unique()
    row, *others = varied_in(table)
    for measure in moved[:2]:
        to_plotly(told.along(table, measure, row, *others[:1]))
        for other in others[:1]:
            to_plotly(told.heat(table, measure, row, other))
        told.turns(table, measure)
    told.about(swept, table)


REFUSED = (ScenarioError, EvidenceError, OSError)
_MINUTES = 60  # of the long one


def fuzz(folder: Path, luck: random.Random, times: int) -> dict[str, int]:
    """Damage each kind of file so many times: what is refused is refused in words; anything else fails here."""
    count: dict[str, int] = {}
    said: list[str] = []
    for name, (sound, read) in kinds_of_file(folder).items():
        path = folder / name
        for _ in range(times):
            path.write_bytes(damaged(sound, luck))
            began = time.monotonic()
            try:
                read(path)
            except REFUSED as error:
                count[name] = count.get(name, 0) + 1
                said.append(str(error))
            assert time.monotonic() - began < 20  # no hang; a busy machine is slow
        path.write_bytes(sound)
        read(path)
    assert all(text.replace("\n", "").isprintable() for text in said)
    return count


def test_a_damaged_file_of_any_kind_is_read_or_refused_and_nothing_else(tmp_path):
    """The seed is fixed so that a failure comes back; the long one below looks further."""
    count = fuzz(tmp_path, random.Random(7), 60)
    assert len(count) == len(kinds_of_file(tmp_path))
    assert min(count.values()) > 15


def test_a_table_of_integers_that_are_too_wide_is_said_to_be_damaged(monkeypatch):
    def refuse(path: Path) -> None:
        raise NotImplementedError("Integers with more than 64 bits not implemented")

    monkeypatch.setattr("sim.study.query.pd.read_parquet", refuse)
    with pytest.raises(OSError, match="damaged, or no table"):
        query(SWEEP, COUNT)


def test_a_table_whose_text_is_no_text_is_said_to_be_damaged(tmp_path):
    """It can be read, and the database refuses it."""
    text = pa.array([b"sound", b"\xc3\x28"], pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"measure": text}), tmp_path / "results.parquet")
    with pytest.raises(OSError, match="damaged, or no table"):
        query(tmp_path, COUNT)


def test_an_archive_with_an_entry_without_a_name_is_refused_in_words():
    nameless = zipped({"a": "x"}).replace(b"a", b"\x00")
    with pytest.raises(ScenarioError, match=r"NAME\.toml"):
        unpack("area.zip", nameless)


@pytest.mark.parametrize("ending", WRITERS)
def test_a_damaged_briefing_says_what_it_is_or_is_refused_in_words(tmp_path, ending):
    sound, path, luck = WRITERS[ending](briefing(read_results_of(RESULTS))), tmp_path / f"b{ending}", random.Random(3)
    said = []
    for _ in range(60):
        path.write_bytes(damaged(sound, luck))
        try:
            verified(path)
        except ValueError as error:
            said.append(str(error))
    assert all("no briefing of sliproad" in text for text in said)
    assert said or ending == ".html"  # whose stamp is one line of thousands


def test_a_sweep_whose_table_holds_anything_in_any_column_is_drawn_or_refused_in_words(tmp_path):
    sound, luck = pd.read_parquet(SWEEP / "results.parquet"), random.Random(11)
    strange = [None, math.nan, math.inf, -1e300, 0, 7, 2**60, "", "x", "2030-12-31", True, date(2026, 1, 1), b"y"]
    folder = Path(shutil.copytree(SWEEP, tmp_path / "sweep"))
    kept = refused = 0
    for _ in range(80):
        column, value = luck.choice(list(sound.columns)), luck.choice(strange)
        part = luck.choice([1, 5, len(sound)])
        cells = sound[column].astype(object).to_list()
        for at in luck.sample(range(len(cells)), part):
            cells[at] = value
        try:
            sound.assign(**{column: cells}).to_parquet(folder / "results.parquet")
        except (pa.ArrowException, OverflowError):  # no file can hold that
            continue
        try:
            asked_and_drawn(folder / "results.parquet")
            kept += 1
        except ScenarioError:
            refused += 1
    assert min(kept, refused) > 20


@pytest.mark.slow
def test_an_hour_of_damage_to_files_of_every_kind(tmp_path):
    end, seed = time.monotonic() + 60 * _MINUTES, 1000
    while time.monotonic() < end:
        fuzz(tmp_path, random.Random(seed), 100)
        seed += 1


def test_the_page_of_verification_has_every_row_of_the_page_of_faults():
    docs = Path(__file__).parent.parent / "docs"
    rows, told = (
        [line for line in (docs / name).read_text().splitlines() if line.startswith("|")]
        for name in ("faults.md", "verification.md")
    )
    assert [row for row in rows if row not in told] == []


def test_every_test_that_the_page_of_faults_names_exists():
    tests = Path(__file__).parent
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (tests.parent / "docs" / "faults.md").read_text())
    assert len(named) > 15
    assert [(file, name) for file, name in named if f"def {name}(" not in (tests / file).read_text()] == []
