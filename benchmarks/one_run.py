"""CPU seconds and peak memory of one London replication at full scale, every breakdown measured.

    python benchmarks/one_run.py [YEARS] [RUNS]

Each run has a fresh process that has already imported what a worker has when it starts.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import time


def run(years: int) -> tuple[float, float, float]:
    """Run once; return CPU seconds of the run and of its measures, and peak memory in MiB."""
    from sim.measures.outcome import observe
    from sim.run.run import run_seed
    from sim.scenario.reading import load

    scenario = load("london/baseline")
    began = time.process_time()
    result = run_seed(scenario, 1, years)
    ran = time.process_time()
    observe(result)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return ran - began, time.process_time() - ran, memory


def main() -> None:
    """Run several times and print the medians."""
    years, runs = (int(text) for text in [*sys.argv[1:], *("5", "5")[len(sys.argv) - 1 :]])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sim.world", "sim.measures.outcome", "sim.scenario.reading", "sim.run.preload"])
    with context.Pool(1, maxtasksperchild=1) as pool:
        rows = [pool.apply(run, (years,)) for _ in range(runs)]
    running, measuring, memory = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"{years} years of London, one seed: {running:.1f} CPU s and {measuring:.1f} for measures, {memory:.0f} MiB")
    print("runs: " + ", ".join(f"{row[0]:.1f} s" for row in rows))


if __name__ == "__main__":
    main()
