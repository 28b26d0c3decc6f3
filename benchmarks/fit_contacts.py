"""Fit first contacts so that first and repeat contacts together make the area's yearly totals.

    python benchmarks/fit_contacts.py london/baseline

Three kinds of levers of the baseline are graded "fitted" and come from here. `groups.*.first_share` is what is
left of a group's yearly contacts once the repeat contacts of the first simulated year are taken off.
`people.*.record_met_again` is the record of those repeat contacts. `demand.trend` keeps the total level over five
years, while the people followed grow in number and record.
The values are printed; nothing is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from sim import luck
from sim.reading import change, load
from sim.scenario import RECORD_BANDS, Scenario
from sim.world import World
from sim.world.offender import record_band

_YEAR, _YEARS, _SEEDS = 365, 5, (101, 102)  # seeds that no reported run uses: those are numbered from 1


def contacts(scenario: Scenario, years: int) -> np.ndarray:
    """Mean simulated contacts: array (years, groups), paper cases referred to court left out."""
    counted = np.zeros((years, len(scenario.groups)))
    for world in _runs(scenario, years):
        cases, size = world.cases, world.cases.size
        year, group = cases.contact_day[:size] // _YEAR, cases.group[:size]
        known = (cases.contact_day[:size] >= 0) & (year < years) & (cases.contact_day[:size] < world.days)
        np.add.at(counted, (year[known], group[known]), 1 / len(_SEEDS))
    return counted - world.referred


def records_met_again(scenario: Scenario) -> dict[str, list[float]]:
    """Share of each record band among the first year's repeat contacts, by the people the group names."""
    counted = {name: np.zeros(len(RECORD_BANDS)) for name in scenario.people}
    for world in _runs(scenario, 1):
        cases = np.flatnonzero(world.cases.contact_day[: world.cases.size] >= 0)
        cases = cases[world.cases.contact_day[cases] < world.days]
        first = luck.key(world.people.key[world.cases.person[cases]], 1)
        cases = cases[world.cases.key[cases] != first]
        for name, counts in counted.items():
            groups = [number for number, group in enumerate(scenario.groups.values()) if group.people == name]
            records = world.cases.record[cases[np.isin(world.cases.group[cases], groups)]]
            counts += np.bincount(record_band(records), minlength=len(RECORD_BANDS))
    return {name: _rounded(counts / counts.sum()) for name, counts in counted.items()}


def fit_first(scenario: Scenario, rounds: int = 2) -> Scenario:
    """Return the scenario with first contacts moved until the first year's total is right in every group."""
    for _ in range(rounds):
        found = contacts(scenario, 1)[0]
        moves = {}
        for (name, group), now in zip(scenario.groups.items(), found, strict=True):
            a_year = scenario.contacts(name)
            share = group.first_share + (a_year - now) / a_year if a_year else 1.0
            moves[f"groups.{name}.first_share"] = float(np.clip(round(share, 4), 0, 1))
        scenario = change(scenario, moves)
    return scenario


def fit_records(scenario: Scenario, rounds: int = 2) -> Scenario:
    """Return the scenario whose record of people met again is the one it brings about."""
    for _ in range(rounds):
        records = records_met_again(scenario)
        scenario = change(scenario, {f"people.{name}.record_met_again": mix for name, mix in records.items()})
    return scenario


def fit_trend(scenario: Scenario) -> Scenario:
    """Return the scenario with the trend of first contacts that keeps the five years' total level."""
    wanted = _YEARS * sum(map(scenario.contacts, scenario.groups))
    low, high = -0.03, 0.01
    while True:
        middle = round((low + high) / 2, 4)
        scenario = change(scenario, {"demand.trend": middle})
        total = contacts(scenario, _YEARS).sum()
        print(f"trend {middle}: {total:,.0f} contacts, wanted {wanted:,.0f}", file=sys.stderr)
        if abs(total / wanted - 1) < 0.0005 or high - low < 0.0005:
            return scenario
        low, high = (middle, high) if total < wanted else (low, middle)


def _runs(scenario: Scenario, years: int) -> Iterator[World]:
    for seed in _SEEDS:
        world = World(scenario, seed, years)
        world.run()
        yield world


def _rounded(shares: np.ndarray) -> list[float]:
    """To four places, the largest taking the rounding."""
    rounded = np.round(shares, 4)
    rounded[np.argmax(rounded)] += 1 - rounded.sum()
    return [round(float(share), 4) for share in rounded]


def main() -> None:
    """Fit and print the levers."""
    scenario = fit_records(fit_first(load(sys.argv[1]), rounds=1))
    scenario = fit_first(fit_trend(fit_first(scenario, rounds=1)), rounds=1)
    print(f"demand.trend = {scenario.demand.trend}")
    for name, people in scenario.people.items():
        print(f"people.{name}.record_met_again = {people.record_met_again}")
    for name, group in scenario.groups.items():
        print(f"groups.{name}.first_share = {group.first_share}  # of {scenario.contacts(name):,.0f}")


if __name__ == "__main__":
    main()
