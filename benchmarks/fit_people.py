"""Fit whom the police meet, and how soon again, to published figures.

    python benchmarks/fit_people.py london/baseline

What is fitted, each to what it decides:

    groups.*.first_share         first and repeat contacts together make each group's yearly contacts
    people.*.record_met_again    the record of people met again in the simulated first year
    people.*.record_if_*         the published records, moved together until adults' proven rate is 27.3%
    reoffending.share_12_months  hazard = level x (1 + record) ** growth: 10.5% and 47% proven with none and 11 or more
    reoffending.shape            0.8 and 1.2 of the 12-month share by 6 and 24 months after any contact, missed alike
    demand.trend                 the yearly contacts of five years keep the first year's level

Simulated chance is evened out: seeds change from round to round, and the mean of the last rounds is kept. The values
are printed as TOML; nothing is written.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from sim.base import luck
from sim.measures.proven import MONTHS_18, cohort, proved_again
from sim.scenario.model import RECORD_BANDS, Scenario
from sim.scenario.reading import change, load
from sim.world import World
from sim.world.columns import NEVER
from sim.world.offender import age_band, record_band
from sim.world.reoffending import hazard_for_share, share_for_hazard

_YEAR, _SEEDS = 365, (101, 102, 103)  # seeds that no reported run uses: those are numbered from 1
_TYPICAL = np.array([0, 1.5, 5, 9, 13, 20])  # previous convictions and cautions of each record band
_HEAVY = 4  # the first band of eleven or more

# Proven reoffending within 12 months, Ministry of Justice: adults, April to June 2023 cohort; and by previous
# offences, July 2011 to June 2012. By 6 and 24 months against 12: Durham custody throughput, about 2015.
PROVEN, PROVEN_NONE, PROVEN_HEAVY = 0.273, 0.105, 0.47
BY_6_MONTHS, BY_24_MONTHS = 0.8, 1.2

# Criminal histories of adults cautioned or convicted for drug offences, Ministry of Justice, 2024: records of those
# dealt with by a court, and of those cautioned.
RECORDS = {
    "record_if_charged": np.array([0.181, 0.1953, 0.2093, 0.1175, 0.076, 0.2209]),
    "record_if_not": np.array([0.4038, 0.2368, 0.165, 0.0721, 0.0425, 0.0798]),
}


@dataclass
class Found:
    """What a simulated first year looks like."""

    contacts: np.ndarray  # by group, paper cases referred to court left out
    met_again: dict[str, np.ndarray]  # share of each record band among repeat contacts, by people
    proven: float
    proven_none: float
    proven_heavy: float
    again: np.ndarray  # share of contacts followed by another within 6, 12 and 24 months
    repeats: float  # share of contacts that are with people met before


@dataclass
class Curve:
    """The levers that are fitted together."""

    level: float
    growth: float
    tilt: float
    shape: float

    @classmethod
    def of(cls, scenario: Scenario) -> Curve:
        """The curve whose levers the scenario has, or comes nearest to."""
        lever = scenario.reoffending
        hazards = hazard_for_share(np.array(lever.share_12_months), lever.frailty_variance)
        growth, level = np.polyfit(np.log1p(_TYPICAL), np.log(hazards), 1)
        charged = next(iter(scenario.people.values())).record_if_charged
        tilt, _ = np.polyfit(np.log1p(_TYPICAL), np.log(np.array(charged) / RECORDS["record_if_charged"]), 1)
        return cls(float(np.exp(level)), float(growth), float(tilt), lever.shape)

    def levers(self, scenario: Scenario) -> dict[str, object]:
        """As changes of the scenario."""
        hazards = self.level * (1 + _TYPICAL) ** self.growth
        shares = share_for_hazard(hazards, scenario.reoffending.frailty_variance)
        moves: dict[str, object] = {
            "reoffending.share_12_months": [round(float(share), 4) for share in shares],
            "reoffending.shape": round(self.shape, 4),
        }
        for name in scenario.people:
            for lever, published in RECORDS.items():
                moved = published * (1 + _TYPICAL) ** self.tilt
                moves[f"people.{name}.{lever}"] = _rounded(moved / moved.sum())
        return moves

    def nearer(self, found: Found, step: float) -> Curve:
        """The curve moved by *step* of what would put each target right by itself."""
        none, heavy = (
            np.log(np.log1p(-wanted) / np.log1p(-share))
            for wanted, share in ((PROVEN_NONE, found.proven_none), (PROVEN_HEAVY, found.proven_heavy))
        )
        by_6, by_12, by_24 = found.again
        return Curve(
            level=self.level * np.exp(step * none),
            growth=self.growth + step * (heavy - none) / np.log1p(_TYPICAL[_HEAVY]),
            tilt=self.tilt + step * 5 * (PROVEN - found.proven),
            shape=self.shape + step * 0.75 * (by_6 / by_12 - BY_6_MONTHS + BY_24_MONTHS - by_24 / by_12),
        )


def look(scenario: Scenario, seed: int, share: float) -> Found:
    """Simulate four years: contacts of the first, and official starts after it, few of them from before day 0."""
    world = World(scenario, seed, 4, share)
    world.run()
    cases, size = world.cases, world.cases.size
    person, record = cases.person[:size], record_band(cases.record[:size])
    contact, index, proved = (
        np.where(getattr(cases, name)[:size] == NEVER, np.nan, getattr(cases, name)[:size].astype(float))
        for name in ("contact_day", "index_day", "proven_day")
    )
    group, known = cases.group[:size], (contact >= 0) & (contact < world.days)
    first_year = known & (contact < _YEAR)
    repeat = first_year & (cases.key[:size] != luck.key(world.people.key[person], 1))
    met_again = {}
    for name in scenario.people:
        of_people = np.isin(group, [n for n, one in enumerate(scenario.groups.values()) if one.people == name])
        records = record[repeat & of_people]
        met_again[name] = np.bincount(records, minlength=len(RECORD_BANDS)) / len(records)
    adult = age_band(world.people.age[person]) > 0
    year = np.where(adult & (index >= _YEAR) & (index < world.days - MONTHS_18), 0, -1)
    starts = cohort(person, index, year, np.array([world.days - 1]))
    again = proved_again(person, index, contact, proved, starts)
    none, heavy = (again[which] for which in (record[starts] == 0, record[starts] >= _HEAVY))
    return Found(
        contacts=np.bincount(group[first_year], minlength=len(scenario.groups)) / share - world.referred,
        met_again=met_again,
        proven=again.mean(),
        proven_none=none.mean(),
        proven_heavy=heavy.mean(),
        again=_met_within(person, contact, known, first_year, (182, _YEAR, 2 * _YEAR)),
        repeats=repeat.sum() / first_year.sum(),
    )


def _met_within(
    person: np.ndarray, contact: np.ndarray, known: np.ndarray, rows: np.ndarray, days: tuple[int, ...]
) -> np.ndarray:
    """Share of *rows* whose person is met again within so many days."""
    span = 1e6
    everything = np.sort(person[known] * span + contact[known])
    start = person[rows] * span + contact[rows]
    after = np.searchsorted(everything, start, side="right")
    return np.array([(np.searchsorted(everything, start + end, side="right") > after).mean() for end in days])


def fit_people(scenario: Scenario, share: float, rounds: int = 14) -> Scenario:
    """Return the scenario with all but the trend fitted: the mean of the last half of the rounds."""
    curve, kept = Curve.of(scenario), []
    for number in range(rounds):
        scenario = change(scenario, curve.levers(scenario))
        found = look(scenario, _SEEDS[number % len(_SEEDS)], share)
        print(
            f"round {number + 1} of {rounds}: proven {found.proven:.3f}, none {found.proven_none:.3f}, "
            f"eleven or more {found.proven_heavy:.3f}; met again {found.again.round(3)}, repeats {found.repeats:.3f}; "
            f"contacts {found.contacts.sum():,.0f}; {curve}",
            file=sys.stderr,
        )
        step = 0.7 if number < rounds // 2 else 0.3
        moves = _contacts(scenario, found, step)
        if number >= rounds // 2:
            kept.append((curve, moves))
        curve, scenario = curve.nearer(found, step), change(scenario, moves)
    curves = np.mean([list(vars(one).values()) for one, _ in kept], axis=0)
    scenario = change(scenario, Curve(*curves.tolist()).levers(scenario))
    return change(scenario, {name: _mean([moves[name] for _, moves in kept]) for name in kept[0][1]})


def fit_trend(scenario: Scenario, share: float, years: int = 5) -> Scenario:
    """Return the scenario with the trend of first contacts that keeps the yearly level over *years*."""
    wanted = years * sum(map(scenario.contacts, scenario.groups))
    low, high = -0.1, 0.02
    while high - low > 0.0005:
        middle = round((low + high) / 2, 4)
        scenario = change(scenario, {"demand.trend": middle})
        total = np.mean([_contacts_of(scenario, seed, years, share) for seed in _SEEDS])
        print(f"trend {middle}: {total:,.0f} contacts, wanted {wanted:,.0f}", file=sys.stderr)
        low, high = (middle, high) if total < wanted else (low, middle)
    return scenario


def _contacts_of(scenario: Scenario, seed: int, years: int, share: float) -> float:
    world = World(scenario, seed, years, share)
    world.run()
    day = world.cases.contact_day[: world.cases.size]
    return float(((day >= 0) & (day < world.days)).sum() / share - years * world.referred.sum())


def _contacts(scenario: Scenario, found: Found, step: float) -> dict[str, object]:
    """First contacts and records met again, moved by *step* toward what was found."""
    moves: dict[str, object] = {}
    for (name, group), now in zip(scenario.groups.items(), found.contacts, strict=True):
        a_year = scenario.contacts(name)
        if a_year:
            first = group.first_share + step * (a_year - now) / a_year
            moves[f"groups.{name}.first_share"] = float(np.clip(round(first, 4), 0.01, 1))
    for name, mix in found.met_again.items():
        before = np.array(scenario.people[name].record_met_again)
        moves[f"people.{name}.record_met_again"] = _rounded(before + step * (mix - before))
    return moves


def _mean(values: list[object]) -> object:
    mean = np.mean(values, axis=0)
    return round(float(mean), 4) if np.ndim(mean) == 0 else _rounded(mean)


def _rounded(shares: np.ndarray) -> list[float]:
    """To four places, the largest taking the rounding."""
    rounded = np.round(shares, 4)
    rounded[np.argmax(rounded)] += 1 - rounded.sum()
    return [round(float(share), 4) for share in rounded]


def main() -> None:
    """Fit and print the levers."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scenario")
    parser.add_argument("--share", type=float, default=0.3, help="fraction of the area simulated")
    options = parser.parse_args()
    scenario = fit_trend(fit_people(load(options.scenario), options.share), options.share)
    print(f"[demand]\ntrend = {scenario.demand.trend}")
    for name, group in scenario.groups.items():
        print(f"[groups.{name}]\nfirst_share = {group.first_share}")
    for name, people in scenario.people.items():
        mixes = {lever: getattr(people, lever) for lever in (*RECORDS, "record_met_again")}
        print(f"[people.{name}]", *(f"{lever} = {mix}" for lever, mix in mixes.items()), sep="\n")
    lever = scenario.reoffending
    print(f"[reoffending]\nshare_12_months = {lever.share_12_months}\nshape = {lever.shape}")


if __name__ == "__main__":
    main()
