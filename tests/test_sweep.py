"""Sweeps: the points of a plan, each as a comparison gives it, whatever is killed, damaged or shared on the way."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.commands import cli
from sim.report import swept as told
from sim.run.pool import Failed, Landed, Started, here
from sim.scenario.reading import ScenarioError
from sim.study import plan as plans
from sim.study import query as queries
from sim.study import sweep as sweeps
from sim.study.store import Store
from sim.study.study import answer
from sim.study.swept import read_swept

PLAN = """
title = "A plan"
baseline = "london/baseline"
scenarios = ["london/uptake-50"]
seeds = 2
years = 1
share = 0.002
measures = ["magistrates.open", "diversion.prosecutions_avoided"]

[levers]
diversion.uptake = [0.2, 0.4]
"""


def written(folder: Path, text: str = PLAN) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def swept(folder: Path, plan: plans.Plan, executor=here, watch=None, **how) -> sweeps.Done:
    return sweeps.sweep(sweeps.Folder(folder, plan), executor, watch, **how)


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> plans.Plan:
    return plans.read(written(tmp_path_factory.mktemp("plan")))


@pytest.fixture(scope="module")
def done(plan, tmp_path_factory) -> tuple[Path, sweeps.Done]:
    """A finished sweep, which no test changes, and its table."""
    folder = tmp_path_factory.mktemp("sweep")
    return folder, swept(folder, plan)


def copy_of(done: tuple[Path, sweeps.Done], folder: Path) -> Path:
    """The finished sweep in a folder that a test may change."""
    return Path(shutil.copytree(done[0], folder / "sweep"))


def test_a_point_is_what_comparing_it_gives(plan, done, tmp_path):
    """Baseline, value and difference of every measure and date, to the last digit; of so few seeds no interval."""
    store = Store(tmp_path)
    for number, point in enumerate(plans.points(plan)):
        compared = answer(plans.study_at(plan, point), store=store).table
        compared = compared[compared["measure"].isin(plan.measures) & (compared["group"] == "all")]
        rows = done[1].table[done[1].table["point"] == number]
        assert len(rows) == len(compared) == 2
        columns = ["measure", "at", "baseline", "value", "difference"]
        pd.testing.assert_frame_equal(
            rows[columns].reset_index(drop=True), compared[columns].reset_index(drop=True), check_exact=True
        )
        assert (rows["diversion.uptake"] == point["diversion.uptake"]).all()
        assert rows["low"].isna().all()


def test_with_four_seeds_a_point_has_the_interval_that_comparing_gives(plan, done, tmp_path):
    four = replace(plan, seeds=4)
    (first, *_), rows = plans.points(four), swept(copy_of(done, tmp_path), four).table
    compared = answer(plans.study_at(four, first)).table
    compared = compared[compared["measure"].isin(plan.measures) & (compared["group"] == "all")]
    assert rows.loc[rows["point"] == 0, "low"].tolist() == compared["low"].tolist()
    assert rows.loc[rows["point"] == 0, "high"].tolist() == compared["high"].tolist()


def test_levers_of_the_world_change_the_baseline_too_and_those_of_a_policy_do_not(tmp_path):
    text = PLAN + "[world]\ncourts.magistrates.trial_days = [40.0, 90.0]\n"
    plan = plans.read(written(tmp_path, text))
    for point in plans.points(plan):
        baseline, scenario = plans.study_at(plan, point).scenarios.values()
        assert baseline.courts.magistrates.trial_days == scenario.courts.magistrates.trial_days
        assert baseline.courts.magistrates.trial_days == point["courts.magistrates.trial_days"]
        assert baseline.diversion.uptake == 0
        assert scenario.diversion.uptake == point["diversion.uptake"]


DESIGNS = {
    "grid": ('design = "grid"\nsteps = 3', 9),
    "one at a time": ('design = "one-at-a-time"\nsteps = 3', 6),
    "latin hypercube": ('design = "latin-hypercube"\npoints = 20', 20),
    "sobol": ('design = "sobol"\npoints = 16', 16),
}
RANGES = """
[levers]
diversion.uptake = { low = 0.1, high = 0.5 }
diversion.completion = { low = 0.4, high = 0.8 }
"""


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_covers_its_ranges_and_is_always_the_same(design, tmp_path):
    lines, number = DESIGNS[design]
    text = PLAN.partition("[levers]")[0] + lines + RANGES
    plan = plans.read(written(tmp_path, text))
    points = plans.points(plan)
    assert points == plans.points(plan)
    assert len(points) == number
    for lever, low, high in (("diversion.uptake", 0.1, 0.5), ("diversion.completion", 0.4, 0.8)):
        values = np.array([point[lever] for point in points if lever in point])
        assert ((values >= low) & (values <= high)).all()
        if number in (16, 20):  # one in each of as many strata
            assert sorted(np.floor((values - low) / (high - low) * number + 1e-9).astype(int)) == list(range(number))
        else:
            assert {low, high} <= set(values)


OF_LONDON = 'baseline = "london/baseline"\n'
UPTAKE = f"{OF_LONDON}[levers]\ndiversion.uptake = "
FAULTS = {
    "no baseline": ('scenarios = ["london/uptake-50"]', "baseline: is missing"),
    "unknown key": (f"{OF_LONDON}seed = 2", "plan.toml:2: seed: unknown key of a plan; did you mean 'seeds'?"),
    "unknown design": (f'{OF_LONDON}design = "sobl"', "did you mean 'sobol'?"),
    "unknown scenario": ('baseline = "london/baselin"', "did you mean 'london/baseline'?"),
    "unknown lever": (f"{OF_LONDON}[levers]\ndiversion.uptak = [0.1]", "did you mean 'diversion.uptake'?"),
    "percent": (f"{UPTAKE}[10]", "did you mean 0.10?"),
    "range beyond": (f"{UPTAKE}{{ low = 0, high = 2 }}", "between 0 and 1"),
    "range reversed": (f"{UPTAKE}{{ low = 0.5, high = 0.2 }}", "low below high"),
    "no values": (f"{UPTAKE}[]", "needs a list of values"),
    "nothing varied": (OF_LONDON, "names nothing to vary"),
    "unknown measure": (f'{OF_LONDON}measures = ["crown.opn"]', "did you mean 'crown.open'?"),
    "seeds": (f"{OF_LONDON}seeds = 0", "between 1 and 10,000"),
    "share": (f"{OF_LONDON}share = 10", "above 0 and at most 1"),
    "points missing": (UPTAKE.replace("[levers]", 'design = "sobol"\n[levers]') + "[0.1]", "sobol needs points"),
    "points uneven": (
        UPTAKE.replace("[levers]", 'design = "sobol"\npoints = 60\n[levers]') + "[0.1]",
        "did you mean 64?",
    ),
    "twice": (f"{UPTAKE}[0.1]\n[world]\ndiversion.uptake = [0.1]", "varied in [levers] too"),
    "not toml": ("baseline = london", "plan.toml:1"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_plan_is_refused_in_one_message_with_its_line(fault, tmp_path):
    text, words = FAULTS[fault]
    ended = CliRunner().invoke(cli, ["sweep", str(written(tmp_path, text)), "--dry-run"])
    assert ended.exit_code == 2
    assert words in ended.output
    assert "plan.toml" in ended.output


def test_a_plan_typed_wrong_is_named_right():
    ended = CliRunner().invoke(cli, ["sweep", "london/sweeps/uptak", "--dry-run"])
    assert ended.exit_code == 2
    assert "did you mean 'london/sweeps/uptake'?" in ended.output


def test_too_many_points_are_refused_before_any_is_made(tmp_path):
    more = ("diversion.completion", "courts.reuse")
    text = PLAN + "".join(f"{lever} = {{ low = 0.1, high = 0.2 }}\n" for lever in more)
    plan = plans.read(written(tmp_path, text.replace("seeds = 2", "seeds = 2\nsteps = 1000")))
    with pytest.raises(ScenarioError, match="more than 100,000"):
        plans.points(plan)


def test_the_same_sweep_again_runs_nothing_and_more_seeds_run_those_seeds(plan, done, tmp_path):
    folder = copy_of(done, tmp_path)
    started: list = []

    def watch(event):
        started.extend([event] * isinstance(event, Started))

    assert swept(folder, plan, watch=watch).ran == 0
    assert swept(folder, replace(plan, seeds=3), watch=watch).ran == len(started) == 3  # a baseline and two points


def test_what_is_damaged_is_run_again_and_what_was_cut_off_is_passed_over(plan, done, tmp_path):
    folder = copy_of(done, tmp_path)
    whole = (folder / sweeps.RESULTS).read_bytes()
    (folder / sweeps.STAMP).unlink()
    journal = next(folder.glob("landed-*.txt"))
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:-1]) + lines[-1][:20])
    cell = next(iter(sorted(folder.glob("store/*/*/*.cell"))))
    content = bytearray(cell.read_bytes())
    content[100] ^= 1
    cell.write_bytes(content)
    again = swept(folder, plan)
    assert (folder / sweeps.RESULTS).read_bytes() == whole
    assert again.ran == 1  # the damaged one; what the cut-off line named is found in the store
    assert not again.failed
    pd.testing.assert_frame_equal(done[1].table, again.table)


def test_a_plan_with_another_measure_in_the_same_folder_has_that_measure(tmp_path):
    first = plans.read(written(tmp_path, PLAN.replace("[0.2, 0.4]", "[0.4]")))
    swept(tmp_path / "out", first)
    other = replace(first, measures=("diversion.started",))
    found = swept(tmp_path / "out", other).table
    assert set(found["measure"]) == {"diversion.started"}
    assert found["difference"].notna().all()
    again = swept(tmp_path / "out", first)
    assert again.ran == 0
    assert set(again.table["measure"]) == set(first.measures)


def test_a_point_that_the_rules_refuse_is_set_aside_and_the_others_finish(tmp_path):
    """Seven in ten accept and a course is attended by as many: more than that cannot start."""
    text = PLAN.replace("[0.2, 0.4]", "[0.2, 0.4]\ndiversion.acceptance = [0.3, 0.9]")
    path = written(tmp_path, text)
    ended = CliRunner().invoke(cli, ["sweep", str(path), "--out", str(tmp_path / "out"), "--workers", "1"])
    assert ended.exit_code == 3, ended.output
    table = pd.read_parquet(tmp_path / "out" / sweeps.RESULTS)
    refused = pd.read_csv(tmp_path / "out" / sweeps.FAILED)
    assert 0 < table["point"].nunique() < 4
    assert set(table["point"]) | set(refused["point"]) == set(range(4))
    assert "could not be done" in ended.output


def test_levers_that_take_names_dates_and_lists_beside_numbers_are_kept_told_and_read_again(tmp_path):
    levers = """
diversion.offer_if_charged = [0.3, "as uptake"]
diversion.starts = [2026-01-01, 2026-07-01]
diversion.offences = [["cannabis_possession"], ["cannabis_possession", "other_drug_possession"]]
courts.law.judge_only_from = ["never", 2026-03-01]
"""
    text = (
        PLAN.replace("seeds = 2", 'seeds = 1\ndesign = "one-at-a-time"').partition("[levers]")[0] + "[levers]" + levers
    )
    path, out = written(tmp_path, text), tmp_path / "out"
    ended = CliRunner().invoke(cli, ["sweep", str(path), "--out", str(out), "--workers", "1"])
    assert ended.exit_code == 0, ended.output
    assert "datetime" not in ended.output
    table = read_swept(out).table
    assert set(table["diversion.offer_if_charged"].dropna()) == {"0.3", "as uptake"}
    assert set(table["courts.law.judge_only_from"].dropna()) == {"never", "2026-03-01"}
    drawn = told.tornado(told.of_scenario(read_swept(out), "uptake-50"), "diversion.prosecutions_avoided", [])
    assert len(drawn.panels[0].rows) == 4


def test_a_plan_that_sets_nothing_against_its_baseline_tells_levels_and_one_of_nobody_says_so(tmp_path):
    world = PLAN.partition("scenarios")[0] + "seeds = 1\nyears = 1\nshare = 0.002\n"
    levels = f'{world}measures = ["magistrates.open", "path.completed"]\n[world]\ncourts.reuse = [0.0, 1.0]\n'
    ended = CliRunner().invoke(cli, ["sweep", str(written(tmp_path, levels)), "--out", str(tmp_path / "levels")])
    assert ended.exit_code == 0, ended.output
    told = " ".join(ended.output.split())
    table = pd.read_parquet(tmp_path / "levels" / sweeps.RESULTS)
    low, high = (f"{table['value'].agg(end):,.0f}" for end in ("min", "max"))
    assert re.search(rf"over 2 points its level in baseline on 31 December 2026 runs from {low} .* to {high} ", told)
    assert "these are levels and not differences" in told
    assert "interval of" not in told
    nobody = f'{world}measures = ["path.completed"]\n[levers]\ndiversion.uptake = [0.0]\n'
    ended = CliRunner().invoke(cli, ["sweep", str(written(tmp_path, nobody)), "--out", str(tmp_path / "nobody")])
    assert ended.output.startswith("None of the plan's measures is known on 31 December 2026 at any point")
    asked = CliRunner().invoke(cli, ["query", str(tmp_path / "nobody"), "select measure, difference from results"])
    assert asked.output.split() == ["measure", "difference", "path.completed", "-"]


def test_a_replication_that_fails_is_named_and_tried_again_by_the_next_run(plan, tmp_path):
    def breaks(cells, observe):
        for event in here(cells, observe):
            is_chosen = (
                isinstance(event, Landed) and event.cell.seed == 2 and event.cell.scenario.diversion.uptake == 0.4
            )
            yield Failed(event.cell, ChildProcessError("its worker died")) if is_chosen else event

    first = swept(tmp_path, plan, breaks)
    assert list(first.failed.values()) == ["its worker died"]
    assert first.table["seeds"].tolist() == [2, 2, 1, 1]
    second = swept(tmp_path, plan)
    assert second.ran == 1
    assert not second.failed


def test_two_sweeps_in_one_folder_are_refused(plan, tmp_path):
    folder = sweeps.Folder(tmp_path, plan)
    with folder.held(), pytest.raises(sweeps.BusyError, match="another sweep is at work"):
        sweeps.sweep(sweeps.Folder(tmp_path, plan), here)


def test_parts_put_together_are_the_whole(plan, done, tmp_path):
    """Each part in a folder of its own; the table is the same to the byte."""
    for number in (1, 2):
        part = swept(tmp_path / str(number), plan, shard=sweeps.Shard(number, 2))
        assert part.table is None
    path = written(tmp_path)
    arguments = ["merge", str(path), str(tmp_path / "1"), str(tmp_path / "2"), "--out", str(tmp_path / "all")]
    ended = CliRunner().invoke(cli, arguments)
    assert ended.exit_code == 0, ended.output
    assert (tmp_path / "all" / sweeps.RESULTS).read_bytes() == (done[0] / sweeps.RESULTS).read_bytes()


def test_seeds_beyond_those_asked_for_do_not_stand_for_points_that_are_missing(plan, tmp_path):
    """A part run with three seeds has as many replications as the whole with one and a half."""
    swept(tmp_path, replace(plan, seeds=3), shard=sweeps.Shard(1, 2))
    assert sweeps.merged(sweeps.Folder(tmp_path, replace(plan, seeds=1))).table is None


def test_a_question_in_sql_reads_and_only_reads(done, tmp_path):
    folder, _ = done
    table = queries.query(
        folder, "select point, diversion_uptake, difference from results where measure = 'magistrates.open'"
    )
    assert table["diversion_uptake"].tolist() == [0.2, 0.4]
    for sql in (
        f"copy results to '{tmp_path / 'x.csv'}'",
        "select * from read_csv('/etc/passwd')",
        "install httpfs",
        "set enable_external_access = true",
        "select * from nowhere",
        "selec 1",
    ):
        with pytest.raises(queries.QueryError):
            queries.query(folder, sql)
    assert not (tmp_path / "x.csv").exists()
    with pytest.raises(FileNotFoundError):
        queries.query(tmp_path, "select 1")


def test_the_command_asks_in_sql_and_prints_a_table_or_rows(done):
    sql = "select point, unit, difference from results where measure = 'magistrates.open' order by point"
    ended = CliRunner().invoke(cli, ["query", str(done[0]), sql])
    assert ended.exit_code == 0, ended.output
    assert ended.output.splitlines()[0].split() == ["point", "unit", "difference"]
    assert len(ended.output.splitlines()) == 3
    rows = json.loads(CliRunner().invoke(cli, ["query", str(done[0]), sql, "--json"]).output)
    own = done[1].table.query("measure == 'magistrates.open'")["difference"]
    assert [row["difference"] for row in rows] == own.tolist()
    wrong = CliRunner().invoke(cli, ["query", str(done[0]), "selec 1"])
    assert wrong.exit_code == 2
    assert "Traceback" not in wrong.output


def test_names_that_sql_reserves_have_an_underscore(tmp_path):
    pd.DataFrame({"group": [1], "diversion.uptake": [2], "select": [3]}).to_parquet(tmp_path / "results.parquet")
    assert list(queries.query(tmp_path, "select * from results")) == ["group_", "diversion_uptake", "select_"]


def test_a_dry_run_says_how_much_it_is_and_writes_nothing(tmp_path):
    ended = CliRunner().invoke(cli, ["sweep", str(written(tmp_path)), "--dry-run", "--out", str(tmp_path / "none")])
    assert ended.exit_code == 0
    assert "2 points, 2 seeds, about 6 runs" in ended.output
    assert not (tmp_path / "none").exists()


def cells(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.glob("store/*/*/*.cell")}


@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_again_and_again_the_same_command_goes_on(kills, tmp_path):
    """No cell is lost or run twice after it has landed; the table is the same to the byte. Moments are drawn."""
    path = written(tmp_path, PLAN.replace("[0.2, 0.4]", "[0.1, 0.2, 0.3, 0.4]"))
    command = [sys.executable, "-m", "sim.cli", "sweep", str(path), "--workers", "2", "--out"]
    landed: dict[str, int] = {}
    for moment in np.random.default_rng(11).uniform(0.5, 5, kills):
        running = subprocess.Popen([*command, str(tmp_path / "killed")], stdout=subprocess.DEVNULL)
        time.sleep(moment)
        running.send_signal(signal.SIGKILL)
        running.wait()
        now = cells(tmp_path / "killed")
        assert landed.items() <= now.items()
        landed = now
    for folder in ("killed", "whole"):
        subprocess.run([*command, str(tmp_path / folder)], check=True, capture_output=True)
    assert landed.items() <= cells(tmp_path / "killed").items()
    assert len(cells(tmp_path / "killed")) == 10
    tables = [(tmp_path / folder / sweeps.RESULTS).read_bytes() for folder in ("killed", "whole")]
    assert tables[0] == tables[1]


@pytest.fixture
def scheduler(tmp_path):
    """A Dask scheduler and two workers as processes of their own, over loopback."""
    environment = os.environ | {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    address = tmp_path / "address.json"
    dask = [sys.executable, "-m", "distributed.cli"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "cwd": tmp_path}
    running = [
        subprocess.Popen(
            [
                *dask[:2],
                "distributed.cli.dask_scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--no-dashboard",
                "--scheduler-file",
                str(address),
            ],
            **quiet,
        )
    ]
    try:
        while not address.exists() or not address.read_text():
            time.sleep(0.1)
        for _ in range(2):
            running.append(
                subprocess.Popen(
                    [
                        *dask[:2],
                        "distributed.cli.dask_worker",
                        "--scheduler-file",
                        str(address),
                        "--nthreads",
                        "1",
                        "--no-dashboard",
                    ],
                    **quiet,
                )
            )
        yield json.loads(address.read_text())["address"], running
    finally:
        for one in running:
            one.kill()
            one.wait()


def test_a_cluster_gives_the_same_and_goes_on_when_a_worker_is_killed(plan, done, scheduler, tmp_path):
    from sim.study.cluster import ClusterError, cluster

    address, running = scheduler
    killed = []

    def watch(event):
        if isinstance(event, Landed) and not killed:
            killed.append(running[1].kill())

    with cluster(address) as executor:
        ended = swept(tmp_path / "out", plan, executor, watch)
    assert killed
    assert not ended.failed
    assert (tmp_path / "out" / sweeps.RESULTS).read_bytes() == (done[0] / sweeps.RESULTS).read_bytes()
    running[0].kill()
    with pytest.raises(ClusterError, match="no scheduler answers"), cluster(address):
        pass


def test_points_far_from_the_next_are_in_the_order_of_the_plan(plan):
    points = plans.points(plan)
    assert all(one["diversion.uptake"] < other["diversion.uptake"] for one, other in pairwise(points))


def test_seeds_are_added_until_intervals_are_narrow_or_there_are_enough(plan, done, tmp_path):
    """Prosecutions avoided against open magistrates' cases: with twice the seeds an interval is some third narrower."""
    wanted = sweeps.Precision("magistrates.open", 1e-9, 4)
    path = copy_of(done, tmp_path)
    folder, found = sweeps.sweep_until(sweeps.Folder(path, plan), wanted, here)
    assert folder.plan.seeds == 4
    assert set(found.table["seeds"]) == {4}
    assert wanted.widest(found.table) > wanted.part
    narrow = sweeps.Precision("magistrates.open", 1.0, 64)
    folder, found = sweeps.sweep_until(sweeps.Folder(path, plan), narrow, here)
    assert folder.plan.seeds == 4  # two give no interval
    assert narrow.widest(found.table) <= 1.0


@pytest.mark.parametrize("text", ["2", "0%", "two%", "-1%", "200%"])
def test_a_half_width_that_is_no_percentage_is_refused(text, tmp_path):
    ended = CliRunner().invoke(cli, ["sweep", str(written(tmp_path)), "--until-half-width", text])
    assert ended.exit_code == 2
    assert "such as 2%" in ended.output


def test_a_half_width_without_intervals_or_of_a_part_of_the_points_is_refused(tmp_path):
    levels = PLAN.partition("scenarios")[0] + "[world]\ncourts.reuse = [0.0, 1.0]\n"
    asks = ["--until-half-width", "2%", "--dry-run"]
    ended = CliRunner().invoke(cli, ["sweep", str(written(tmp_path, levels)), *asks])
    assert ended.exit_code == 2
    assert "only varies its baseline" in ended.output
    ended = CliRunner().invoke(cli, ["sweep", str(written(tmp_path)), *asks, "--shard", "1/2"])
    assert ended.exit_code == 2
    assert "leave out --shard" in ended.output
