"""Questions worked on in the background: what lands of them, cancelling, and what is known without a run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.report.content import content
from sim.run.pool import Events, Executor, Idle, Landed, Observe, Started, here
from sim.run.run import Cell
from sim.scenario.faults import ScenarioError
from sim.study import jobs
from sim.study import shipped as ships
from sim.study.at_once import at_once, with_structures
from sim.study.begun import Begun
from sim.study.exchange import as_file, from_file
from sim.study.grid import points
from sim.study.jobs import MOST_WAITING, BusyError, Job, Queue
from sim.study.question import Asked, Question, ask
from sim.study.store import Store
from sim.study.study import answer

BASELINE = Asked("london/baseline", {})
LIMIT = 300  # seconds a small run may take on a busy machine


def question(uptake: float = 0.2, **size: float) -> Question:
    how = {"seeds": 4, "years": 1, "share": 0.004} | size
    return ask([BASELINE, Asked("london/baseline", {"diversion.uptake": uptake})], **how)


def until(true: Callable[[], object]) -> None:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < LIMIT
        time.sleep(0.02)


def workers() -> list[int]:
    """Processes that the fork server of this one has started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    servers = {one for one, parent in parents.items() if parent == os.getpid()}
    return [one for one, parent in parents.items() if parent in servers]


def test_a_job_says_what_the_command_line_says_and_intervals_come_with_the_fourth_pair(tmp_path):
    asked, store = question(), Store(tmp_path)
    job = Queue(store).submit(asked, "sliproad compare")
    seen = {}
    while job.state in ("waiting", "running"):
        now = job.progressed()
        if now.comparison is not None:
            seen[now.pairs] = now.comparison
        time.sleep(0.01)
    end = job.progressed()
    assert (end.state, end.pairs, end.of, end.share) == ("done", 4, 4, 1.0)
    assert end.comparison.provenance.command == "sliproad compare"
    whole = answer(asked.study, store=store)
    name = list(whole.scenarios)[-1]
    told, again = ([one for one in content(each, name) if hasattr(one, "text")] for each in (end.comparison, whole))
    assert told == again
    early = [one for pairs, one in seen.items() if pairs < 4]
    assert early
    assert all(one.table["low"].isna().all() for one in early)
    assert end.comparison.table["low"].notna().any()


def test_a_cancelled_job_ends_at_once_and_keeps_what_it_did(tmp_path):
    queue = Queue(Store(tmp_path))
    job = queue.submit(question(years=10, share=0.02), "")
    until(lambda: job.progressed().share > 0.05)
    assert workers()
    began = time.monotonic()
    job.cancel()
    assert job.state == "cancelled"
    assert time.monotonic() - began < 2  # the bar for a planner who waits
    until(lambda: not workers())


def test_a_job_that_nobody_waits_for_any_more_ends_and_keeps_what_it_did(tmp_path):
    queue = Queue(Store(tmp_path))
    left = threading.Event()
    job = queue.submit(question(seeds=8, share=0.02, years=2), "")
    job.is_wanted = lambda: not left.is_set()
    until(lambda: job.progressed().pairs >= 1)
    left.set()
    until(lambda: job.state == "cancelled")
    (_, (kept, _)) = next(iter(queue.store.sizes().items()))
    assert kept >= 2  # the pair that was done
    late = Job(question(0.3), "", False)
    late.is_wanted = lambda: False
    late.work(None)
    assert late.state == "cancelled"


def test_the_same_question_is_worked_on_once_and_others_wait_their_turn():
    queue = Queue(None)
    first = queue.submit(question(years=10, share=0.02), "")
    until(lambda: first.state == "running")
    second, third = queue.submit(question(0.3, years=2), ""), queue.submit(question(0.4, years=2), "")
    assert queue.submit(question(0.3, years=2), "") is second
    assert queue.find(question(0.4, years=2)) is third
    assert (queue.place(first), queue.place(second), queue.place(third)) == (0, 1, 2)
    second.cancel()
    first.cancel()
    until(lambda: third.state == "running")
    third.cancel()
    assert (first.state, second.state) == ("cancelled", "cancelled")
    assert second.progressed().comparison is None


def test_short_jobs_at_work_at_once_run_what_both_need_once(monkeypatch):
    """Neither lands anything before both have begun, so nothing could be shared by way of what was kept."""
    begun: list[int] = []

    def executor(*how: object, **named: object) -> Executor:
        def run(cells: Sequence[Cell], observe: Observe) -> Events:
            begun.append(len(cells))
            while len(begun) < 2:
                yield Idle()
            yield from here(cells, observe)

        return run

    monkeypatch.setattr(jobs, "processes", executor)
    queue = Queue(None)
    both = [queue.submit(question(uptake, seeds=1), "") for uptake in (0.3, 0.4)]
    until(lambda: all(one.state == "done" for one in both))
    assert sorted(begun) == [1, 2]
    first, second = (one.progressed().comparison.table["baseline"] for one in both)
    assert first.equals(second)


def test_a_cell_that_another_job_leaves_undone_is_run_by_the_one_that_waits_for_it():
    cells = list(question(seeds=1).study.cells.values())
    begun = Begun()
    leaves, waits = (begun.sharing(here)(cells, observe) for observe in (len, lambda result: "done here"))
    assert next(leaves) == Started(cells[0])
    assert next(waits) == Idle()
    leaves.close()
    rest = [event for event in waits if isinstance(event, Landed)]
    assert rest == [Landed(cell, "done here") for cell in cells]


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to see processes")
def test_a_short_run_does_not_wait_for_a_long_one_and_both_step_back_for_clicks():
    queue = Queue(None)
    long = queue.submit(question(years=10, share=0.02), "")
    until(lambda: long.state == "running")
    short = queue.submit(question(0.3, seeds=1), "")
    until(lambda: short.state == "running" and len(workers()) > 2)
    assert queue.place(short) == 0
    least_urgent = min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)
    until(lambda: {os.getpriority(os.PRIO_PROCESS, one) for one in workers()} == {least_urgent})
    long.wait(0.01)  # ends with the time, as the run does not
    short.wait(LIMIT)
    assert short.state == "done"
    assert long.state == "running"
    long.cancel()


def test_a_full_queue_is_said():
    queue = Queue(None)
    first = queue.submit(question(years=10, share=0.02), "")
    until(lambda: first.state == "running")
    jobs = [queue.submit(question(0.01 * n, years=2), "") for n in range(1, MOST_WAITING + 1)]
    with pytest.raises(BusyError, match="wait already"):
        queue.submit(question(0.44, years=2), "")
    for job in [*jobs, first]:
        job.cancel()


def test_a_run_that_cannot_be_done_ends_with_a_message(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ChildProcessError("no seed has every scenario: a worker process was ended")

    monkeypatch.setattr("sim.study.jobs.answer", fail)
    job = Job(question(), "", structures=False)
    job.work(None)
    assert job.state == "failed"
    assert job.progressed().message == "no seed has every scenario: a worker process was ended"


def test_a_store_that_cannot_be_written_ends_no_run(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    job = Job(question(seeds=1), "", structures=False)
    job.work(Store(tmp_path / "file" / "store"))
    assert job.state == "done"
    assert "finished runs are not kept for another time" in capsys.readouterr().err


def test_what_was_computed_is_known_at_once(tmp_path):
    asked, store = question(seeds=1), Store(tmp_path)
    assert at_once(asked, store) is None
    whole = answer(asked.study, store=store)
    found = at_once(asked, store)
    assert found.how == "computed"
    assert found.comparison.provenance.run_id == whole.provenance.run_id
    assert np.array_equal(found.comparison.at_the_end["difference"], whole.at_the_end["difference"], equal_nan=True)


def test_where_a_part_is_missing_nothing_is_read(tmp_path, monkeypatch):
    """To read a replication takes far longer than to see that its file is there, and pages ask at every click."""
    asked, store = question(seeds=1), Store(tmp_path)
    answer(asked.study, store=store)
    monkeypatch.setattr(Store, "read", lambda *_: pytest.fail("read"))
    assert at_once(question(0.3, seeds=1), store) is None
    baseline, scenario = asked.as_stated.keys.values()
    assert store.has(baseline)
    assert Store(tmp_path / "other", behind=store).has(scenario)
    assert not store.has("0" * 64)


SIZE = {"seeds": 1, "years": 1, "share": 0.004}


@pytest.fixture(scope="module")
def computed(shared):
    """Answers of a model so small that they can be computed here, by the name of their file."""
    acceptance = question().study.scenarios["baseline"].diversion.acceptance
    grid = [Asked("london/baseline", point) for point in points(acceptance)]
    asked = {"uptake-25": [Asked("london/uptake-25", {})], ships.GRID: grid}
    return {name: answer(ask([BASELINE, *one], **SIZE).study, store=shared, every=True) for name, one in asked.items()}


@pytest.fixture
def small_answers(computed, tmp_path, monkeypatch):
    """The same answers as they ship."""
    monkeypatch.setattr(ships, "FOLDER", tmp_path)
    monkeypatch.setattr("sim.study.at_once._is_usual", lambda question: len(question.study.scenarios) == 2)
    for name, one in computed.items():
        ships.keep("london", name, one)
    return SIZE


def test_a_shipped_answer_is_known_another_is_read_between_points_and_a_third_must_be_run(small_answers):
    def known(file: str, **changes: float):
        asked = Asked(file, {f"diversion.{name}": value for name, value in changes.items()})
        return at_once(ask([BASELINE, asked], **small_answers), None)

    assert known("london/uptake-25").how == "computed"
    between = known("london/uptake-25", uptake=0.3)
    assert between.how == "between"
    name = list(between.comparison.scenarios)[-1]
    assert content(between.comparison, name)[0].topic == "headline"
    assert known("london/uptake-25", acceptance=0.9) is None


def test_an_answer_of_an_earlier_model_is_told_as_such(small_answers, monkeypatch):
    monkeypatch.setattr(ships, "model_version", lambda: "0.2.0+another")
    asked = ask([BASELINE, Asked("london/uptake-25", {})], **small_answers)
    assert at_once(asked, None).how == "earlier"


def test_an_answer_for_other_levers_than_the_file_has_now_is_told_as_earlier(small_answers):
    asked = ask([BASELINE, Asked("london/uptake-25", {})], **small_answers)
    name, changed = "uptake-25", question(0.1).study.scenarios
    other = replace(
        asked, study=replace(asked.study, scenarios=asked.study.scenarios | {name: list(changed.values())[1]})
    )
    assert at_once(other, None).how == "earlier"


def test_a_saved_scenario_loads_to_the_same_changes():
    asked = Asked("london/uptake-50", {"diversion.uptake": 0.4, "courts.reuse": 0.5, "diversion.min_age": 21})
    assert from_file("mine.toml", as_file(asked).encode()) == asked


FULL_OF_TABLES = b'based_on = "london/baseline"\n' + b"".join(b"[groups.g%d]\nlabel = 'x'\n" % n for n in range(2000))
UPLOADS = [
    (b"\xff\xfe\x00bad", "not UTF-8"),
    (b"x" * 300_000, "larger than 256 kB"),
    (b'title = "t"\n', "based_on"),
    (b'based_on = "../../../etc/passwd"\n', "no '..'"),
    (b'based_on = "/etc/passwd"\n', "no '/' first"),
    (b'based_on = "london/baseline"\n[diversion]\nuptake = 1e400\n', "uptake"),
    (b'based_on = "london/baseline"\n[diversion]\nuptake = 99999999999999999999\n', "uptake"),
    (b'based_on = "london/baseline"\n[people.festival]\nmale = 0.5\n', "festival"),
    (b'based_on = "london/baseline"\nstarts = 2027-01-01\n', "first day"),
    (FULL_OF_TABLES, ""),
]


@pytest.mark.parametrize(("content_", "said"), UPLOADS)
def test_a_malicious_or_broken_file_is_refused_in_words(content_, said):
    with pytest.raises(ScenarioError) as refused:
        from_file("../../<b>mine</b>.toml", content_)
    message = str(refused.value)
    assert said in message
    assert "/tmp" not in message
    assert "<b>" not in message


def test_the_range_over_structures_that_ships_stands_beside_what_is_run(small_answers, shared):
    asked = ask([BASELINE, Asked("london/uptake-25", {})], **small_answers)
    two = dict(list(asked.study.structures.items())[:2])
    asked = replace(asked, study=replace(asked.study, structures=two))
    ships.keep("london", "uptake-25", answer(asked.study, store=shared, structures=True, every=True))
    run = answer(replace(asked.study, structures={}), store=shared)
    whole = with_structures(run, asked)
    assert whole.structures is not None
    assert (whole.provenance.structure_seeds, whole.provenance.structures_between) == ((1,), False)
    assert "ways the courts and the scheme may work" in content(whole, "uptake-25")[2].text
    assert np.array_equal(whole.at_the_end["difference"], run.at_the_end["difference"], equal_nan=True)
