"""Many runs at once: the same results in the same order, and clear words when a process dies."""

import os
import time

import pytest
from hand_made import baseline

from sim.run.pool import Job, run_many
from sim.run.result import Result

SEEDS = (3, 1, 2)
JOBS = [Job("baseline", baseline(), seed, years=1, share=0.002) for seed in SEEDS]


def first_last(job: Job, result: Result) -> tuple[int, float]:
    """Take longest over the first job, so that it finishes last."""
    time.sleep(2 if job.seed == SEEDS[0] else 0)
    return result.seed, float(result.tables["cases"]["minutes"].sum())


def die(job: Job, result: Result) -> None:
    if job.seed == 1:
        os._exit(9)


def fail(job: Job, result: Result) -> None:
    raise ArithmeticError(f"seed {job.seed}")


def process(job: Job, result: Result) -> int:
    return os.getpid()


def test_outcomes_come_in_the_order_of_the_jobs_whatever_the_workers():
    one, two, three = ([*run_many(JOBS, first_last, workers)] for workers in (1, 2, 3))
    assert [seed for seed, _ in one] == list(SEEDS)
    assert len({minutes for _, minutes in one}) == 3  # other luck in each seed
    assert one == two == three


def test_progress_is_told_of_each_job():
    told: list[int] = []
    for workers in (1, 2):
        list(run_many(JOBS, process, workers, lambda: told.append(1)))
    assert len(told) == 6


def test_one_worker_runs_here_and_more_run_elsewhere():
    assert set(run_many(JOBS, process, 1)) == {os.getpid()}
    assert os.getpid() not in set(run_many(JOBS, process, 2))


def test_a_worker_that_dies_is_reported_in_plain_words():
    with pytest.raises(ChildProcessError, match="a worker process ended before its run was done"):
        list(run_many(JOBS, die, 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_worker_is_raised_here(workers):
    with pytest.raises(ArithmeticError, match="seed"):
        list(run_many(JOBS, fail, workers))


def test_no_jobs_give_nothing():
    assert list(run_many([], process, 4)) == []


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to see processes")
def test_workers_end_when_the_outcomes_are_no_longer_wanted():
    outcomes = run_many(JOBS, process, 2)
    worker = next(outcomes)
    assert os.path.isdir(f"/proc/{worker}")
    outcomes.close()
    for _ in range(50):
        if not os.path.isdir(f"/proc/{worker}"):
            break
        time.sleep(0.1)
    assert not os.path.isdir(f"/proc/{worker}")
