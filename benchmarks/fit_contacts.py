"""Fit first contacts so that first and repeat contacts together make the area's yearly totals.

    python benchmarks/fit_contacts.py london/baseline

Two levers of the baseline are graded "fitted" and come from here. `groups.*.first_contacts` is what is
left of a group's yearly contacts once the repeat contacts of the first simulated year are taken off.
`demand.trend` keeps the total level over five years, while the people followed grow in number and record.
The values are printed; nothing is written.
"""

from __future__ import annotations

import sys

import numpy as np

from sim.reading import change, load
from sim.scenario import Scenario
from sim.world import World

_YEAR, _YEARS, _SEEDS = 365, 5, (101, 102)  # seeds that no reported run uses: those are numbered from 1


def contacts(scenario: Scenario, years: int) -> np.ndarray:
    """Mean simulated contacts: array (years, groups), paper cases referred to court left out."""
    runs = []
    for seed in _SEEDS:
        world = World(scenario, seed, years)
        world.run()
        cases, size = world.cases, world.cases.size
        year, group = cases.contact_day[:size] // _YEAR, cases.group[:size]
        known = (cases.contact_day[:size] >= 0) & (year < years) & (cases.contact_day[:size] < world.days)
        counted = np.zeros((years, len(scenario.groups)))
        np.add.at(counted, (year[known], group[known]), 1)
        runs.append(counted - world.referred)
    return np.mean(runs, axis=0)


def fit_first(scenario: Scenario, rounds: int = 2) -> Scenario:
    """Return the scenario with first contacts moved until the first year's total is right in every group."""
    for _ in range(rounds):
        found = contacts(scenario, 1)[0]
        moves = {
            f"groups.{name}.first_contacts": float(np.clip(round(g.first_contacts + g.contacts - now), 0, g.contacts))
            for (name, g), now in zip(scenario.groups.items(), found, strict=True)
        }
        scenario = change(scenario, moves)
    return scenario


def fit_trend(scenario: Scenario) -> Scenario:
    """Return the scenario with the trend of first contacts that keeps the five years' total level."""
    wanted = _YEARS * sum(group.contacts for group in scenario.groups.values())
    low, high = -0.03, 0.01
    for _ in range(4):
        middle = round((low + high) / 2, 4)
        scenario = change(scenario, {"demand.trend": middle})
        total = contacts(scenario, _YEARS).sum()
        low, high = (middle, high) if total < wanted else (low, middle)
        print(f"trend {middle}: {total:,.0f} contacts, wanted {wanted:,.0f}", file=sys.stderr)
    return change(scenario, {"demand.trend": round((low + high) / 2, 3)})


def main() -> None:
    """Fit and print the levers."""
    scenario = fit_first(load(sys.argv[1]))
    scenario = fit_first(fit_trend(scenario), rounds=1)
    print(f"demand.trend = {scenario.demand.trend}")
    for name, group in scenario.groups.items():
        print(f"groups.{name}.first_contacts = {group.first_contacts}  # of {group.contacts}")


if __name__ == "__main__":
    main()
