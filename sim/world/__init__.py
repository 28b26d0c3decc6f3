"""The simulated world: people, officers, courts and a provider under one scenario and one seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import mesa
import numpy as np
import pandas as pd
import simpy
from mesa.agent import AgentSet

from sim.base import luck
from sim.base.clock import DAYS_A_YEAR, WEEK, Clock, season
from sim.scenario.model import Disposal, Scenario
from sim.world import (
    audit,
    case,
    crown,
    diversion,
    magistrates,
    officer,
    opening,
    police,
    reoffending,
    sentence,
    tabulate,
)
from sim.world.calendar import Calendar
from sim.world.columns import CASES, CROWN_TRIAL_LIST, NEVER, PEOPLE, TRIAL_LIST, Columns, Ids
from sim.world.court import Court
from sim.world.first_list import FirstList
from sim.world.groups import Groups
from sim.world.listing import POLICIES
from sim.world.offender import Offender
from sim.world.officer import Officers
from sim.world.paper import PaperCases
from sim.world.provider import Provider
from sim.world.record import Record

# The phases of a day, as fractions of it, so that SimPy never has to break a tie.
_POLICY, _DESK, _PROVIDER, _MAGISTRATES, _CROWN, _COUNT = 0.0, 0.0625, 0.125, 0.25, 0.375, 0.5

# What the desk hands out each morning, in this order.
_DUE = (
    ("release", sentence.release),
    ("complete", diversion.complete),
    ("breach", diversion.breach),
    ("counterfactual", police.follow_counterfactual_after_all),
    ("resolved", police.resolve),
    ("fined", police.fine),
    ("charge after breach", police.charge_after_breach),
    ("conditions broken", police.follow_broken_conditions),
    ("charge", police.charge),
    ("dispose", police.dispose),
    ("no action", police.end_without_action),
)


class World(mesa.Model):
    """One replication. SimPy keeps the time; Mesa holds who exists and who decides.

    Args:
        scenario: every lever of the run.
        seed: number of the replication; the same seed gives everybody the same luck in every scenario.
        years: how long to simulate.
        share: fraction of people, and of courtrooms and places, that is simulated.
        audit: check every law each day (slower; changes no figure).
        opens_as: levers by which day 0 is drawn, where they are not the scenario's own.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        years: int,
        share: float = 1.0,
        audit: bool = False,
        opens_as: Scenario | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.replication, self.share, self.audit = seed, share, audit
        self.clock = Clock(scenario.starts)
        self.period_ends = set(self.clock.period_ends(years))
        self.days = max(self.period_ends) + 1
        self.today = 0
        self.env = simpy.Environment()
        self._read_levers(scenario)
        self.cases = Columns(CASES)
        self.people = Columns(PEOPLE)
        self._registered = 0  # of them, as agents
        self.calendar = Calendar(self.days - 1)
        self.record = Record(list(scenario.groups), "single_justice_procedure")
        self._make_institutions()
        self._draw_demand()
        self._read_levers(opens_as or scenario)
        opening.open_world(self)
        if opens_as:
            self._read_levers(scenario)
            case.draw(self, np.arange(self.cases.size))
        crown.announce_receipts(self)
        self._start_clock()

    def luck(self, purpose: str | tuple[str, ...], cases: Ids, use: np.ndarray | int = 0) -> np.ndarray:
        """Return each case's own draw for *purpose*, between 0 and 1; one row each for several (see sim.base.luck)."""
        return luck.uniform(self.cases.key[cases], purpose, use)

    def step(self) -> None:
        """One week: the clock runs on, then officers look at what their team does."""
        self.env.run(until=min(self.env.now + WEEK, self.days))
        if self.levers.diversion.team_drift:
            self.officers.read_practice()
            for one in self.officers.agents:
                one.review()

    @property
    def agents(self) -> AgentSet:
        """Everybody: people are registered when somebody asks, since to run a world needs no more than their rows."""
        self._register_people()
        return super().agents

    @property
    def agents_by_type(self) -> dict[type[mesa.Agent], AgentSet]:
        """Everybody, by kind of agent."""
        self._register_people()
        return super().agents_by_type

    def weeks(self) -> Iterator[int]:
        """Run to the end, and yield the number of weeks simulated after each."""
        week = 0
        while self.env.now < self.days:
            self.step()
            week += 1
            yield week

    def run(self, tell: Callable[[int], object] | None = None) -> None:
        """Run to the end; *tell* hears the number of weeks after each, and an exception from it stops the run."""
        for week in self.weeks():
            if tell:
                tell(week)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of this replication (see sim.world.tables)."""
        return tabulate.tables(self)

    def when_due(self, stage: str, verb: Callable[[World, Ids], object]) -> None:
        """Do *verb* to the cases or people that are due at *stage* today, if there are any."""
        due = self.calendar.take(stage, self.today)
        if due.size:
            verb(self, due)

    def _register_people(self) -> None:
        for row in range(self._registered, self.people.size):
            Offender(self, row)
        self._registered = self.people.size

    def scaled(self, number: float) -> int:
        """A number of cases or people at this run's share, rounded."""
        return math.floor(number * self.share + 0.5)

    def _read_levers(self, scenario: Scenario) -> None:
        """Put levers that are used on every case into arrays, one place per group, band, disposal or day."""
        self.levers = scenario
        self.is_imposed = bool(scenario.demand.crown_receipts)
        self.groups = Groups(scenario)
        single = scenario.single_justice
        self.referred = np.zeros(len(scenario.groups))  # paper cases heard in court after all, a year by group
        if not self.is_imposed:
            self.referred[list(scenario.groups).index(single.referred_to)] = single.notices * single.referred
        self._read_disposals()
        self._read_scheme()
        crown_levers = scenario.courts.crown
        self.ring_fenced = np.isin(list(scenario.groups), crown_levers.ring_fenced)
        by_date = (
            *(crown_levers.ineffective_share, crown_levers.mentions),
            *(crown_levers.for_sentence_days, crown_levers.appeal_days),
        )
        self.ineffective_share, self.mentions, self.for_sentence_days, self.appeal_days = (
            self.clock.by_day(value, self.days) for value in by_date
        )
        law = scenario.courts.law
        self.election_ends, self.powers_from, self.judge_only_from = (
            NEVER if day == "never" else self.clock.day(day)
            for day in (law.election_ends, law.powers_from, law.judge_only_from)
        )
        self.suspension_day = self.clock.day(scenario.sentencing.suspension_starts)
        self.group_mix = self.groups.contacts / max(self.groups.contacts.sum(), 1e-300)
        self.hazard_by_record = reoffending.hazard_by_record(scenario.reoffending)

    def _read_disposals(self) -> None:
        """Number the outcomes of police decisions, disposals first, and put their rows into arrays by number."""
        disposals, police = self.levers.disposals, self.levers.police
        names = list(disposals)
        self.police_outcomes = [*names, "charge", "no action"]
        self.charged, self.no_action = len(names), len(names) + 1
        rows = list(disposals.values())
        self.hours = np.array([*[police.hours_disposal] * len(rows), police.hours_charge, police.hours_no_action])
        self.on_record = np.array([*(row.on_record for row in rows), False, False])
        self.needs_admission = np.array([*(row.needs_admission for row in rows), False, False])
        self.breach_is_charged = np.array([*(row.breach == "charge" for row in rows), False, False])
        self.breach_is_fined = np.array([*(row.breach == "fine" for row in rows), False, False])
        self.conditions_broken = np.array([*(row.conditions_broken for row in rows), 0, 0])
        self.conditions_days = np.array([*(row.conditions_days for row in rows), 0, 0])
        # In order of what they do, so that a disposal's name never decides who gets it.
        mix = sorted(police.disposal_mix, key=lambda name: (*_consequences(disposals[name]), name))
        self.disposal_kinds = np.array([names.index(name) for name in mix])
        self.disposal_shares = [police.disposal_mix[name] for name in mix]
        self.replacements = [
            (names.index(name), names.index(row.replaced_by), self._day_in_force(disposals[row.replaced_by]))
            for name, row in disposals.items()
            if row.replaced_by != "nothing"
        ]

    def _day_in_force(self, disposal: Disposal) -> int:
        if isinstance(disposal.in_force, str):
            return 0 if disposal.in_force == "always" else int(NEVER)
        return max(self.clock.day(disposal.in_force), 0)

    def _read_scheme(self) -> None:
        """Who is in the scheme, and the day each team joins it."""
        scenario, lever = self.levers, self.levers.diversion
        self.in_scheme = np.isin(list(scenario.groups), lever.offences)
        self.disposal = scenario.disposals[lever.disposal]
        self.effect_by = {
            part: np.array([lever.effect_by.get(name, 1.0) for name in names])
            for part, names in diversion.PARTS.items()
        } | {"group": np.array([lever.effect_by.get(name, 1.0) for name in scenario.groups])}
        self.disposal_number = list(scenario.disposals).index(lever.disposal)
        self.joins = np.full(scenario.police.teams, NEVER, np.int64)
        starts, joined = self.clock.day(lever.starts), 0
        for wave in lever.rollout:
            self.joins[joined : joined + wave.teams] = max(starts + WEEK * wave.weeks, 0)
            joined += wave.teams

    def _make_institutions(self) -> None:
        courts = self.levers.courts
        self.officers = Officers(self)
        self.provider = Provider(self, self.levers.provider.places_a_week * self.share)
        self.magistrates = self._court("magistrates", courts.magistrates, TRIAL_LIST)
        self.crown = self._court("crown", courts.crown, CROWN_TRIAL_LIST)
        self.refills = 0  # people still to be charged because diversion has made room
        lever = courts.magistrates
        self.first_list = FirstList(
            self.clock.minutes(lever.first_hearing_hours, self.days, self.share, lever.closures)
        )
        self.ended_today: list[Ids] = []  # Crown Court cases

    def _court(self, tier: str, lever, stage: int) -> Court:  # type: ignore[no-untyped-def]
        rooms = self.clock.rooms(lever.sitting_days, self.days, self.share, lever.closures)
        minutes = np.rint(60 * self.clock.by_day(lever.hours_per_sitting_day, self.days)).astype(np.int64)
        return Court(self, tier, rooms, minutes, POLICIES[lever.listing], stage)

    def _draw_demand(self) -> None:
        """Draw how many first contacts, paper cases and separate Crown receipts each day brings."""
        single, imposed = self.levers.single_justice, self.is_imposed
        met_first = self.groups.first_contacts * (not imposed)
        a_year = met_first[:, None] * self._wave() + self.referred[:, None]
        self.first_contacts = self._poisson(luck.FIRST_CONTACTS, self.groups.key, a_year)
        self.new_cases: dict[int, Ids] = {}  # first contacts of the days to come this week
        crown_levers = self.levers.courts.crown
        separate = np.array([[crown_levers.breach_receipts], [crown_levers.appeal_receipts]])
        self.separate_receipts = self._poisson(luck.SEPARATE_RECEIPTS, np.arange(2, dtype=np.uint64), separate)
        on_paper = np.array([[0.0 if imposed else single.notices * (1 - single.referred)]])
        notices = self._poisson(luck.PAPER, np.zeros(1, np.uint64), on_paper)[0]
        stock = 0 if imposed else self.scaled(self.levers.courts.magistrates.open_paper)
        self.paper = PaperCases(self.record, notices, single.days, stock)

    def _wave(self) -> np.ndarray:
        """First contacts on each day, against those of an even year without trend: array (days,)."""
        days, demand = np.arange(self.days), self.levers.demand
        of_year = days + self.levers.starts.timetuple().tm_yday
        return season(of_year, demand.season, demand.season_peak) * (1 + demand.trend) ** (days / DAYS_A_YEAR)

    def _poisson(self, kind: int, keys: np.ndarray, a_year: np.ndarray) -> np.ndarray:
        """Whole numbers a day, for rates a year, array (keys, days or 1), each with a key of its own."""
        days = np.arange(self.days, dtype=np.uint64)
        draws = luck.uniform(luck.key(self.replication, kind, keys[:, None], days), "number of first contacts")
        return luck.poisson(draws, a_year / DAYS_A_YEAR * self.share)

    def _start_clock(self) -> None:
        """Start SimPy's processes: the desk, the policy, the provider, each court and the counting."""
        self.env.process(self._daily(_DESK, self._open_desk))
        self.env.process(self._policy())
        self.env.process(self._weekly_provider())
        self.env.process(self._court_days(self.magistrates, _MAGISTRATES, magistrates.sit))
        self.env.process(self._court_days(self.crown, _CROWN, crown.sit))
        self.env.process(self._daily(_COUNT, self._count))

    def _daily(self, phase: float, work) -> Iterator[simpy.Event]:  # type: ignore[no-untyped-def]
        yield self.env.timeout(phase)
        while True:
            work()
            yield self.env.timeout(1)

    def _policy(self) -> Iterator[simpy.Event]:
        """Bring teams into the scheme on the days they join, before the desk opens."""
        for day in np.unique(self.joins[self.joins < self.days]).tolist():
            yield self.env.timeout(day + _POLICY - self.env.now)
            self.today, teams = day, np.flatnonzero(self.joins == day)
            officer.train(self, teams)
            if self.levers.diversion.reaches == "waiting cases too":
                diversion.reach_waiting(self, teams)

    def _weekly_provider(self) -> Iterator[simpy.Event]:
        monday = next(day for day in range(WEEK) if self.clock.is_monday(day))
        yield self.env.timeout(monday + _PROVIDER)
        while True:
            self.provider.start_course()
            yield self.env.timeout(WEEK)

    def _court_days(self, court: Court, phase: float, sit) -> Iterator[simpy.Event]:  # type: ignore[no-untyped-def]
        """Wake the court on each of its sitting days."""
        for day in court.sitting_days.tolist():
            yield self.env.timeout(day + phase - self.env.now)
            sit(self, court)

    def _open_desk(self) -> None:
        """Hand out the day's entries in their fixed order, then the first contacts."""
        self.today = int(self.env.now)
        for stage, verb in _DUE:
            self.when_due(stage, verb)
        police.find(self, self.calendar.take("reoffence", self.today))
        self.paper.work(self.today)

    def _count(self) -> None:
        """Close the day's books."""
        self.officers.end_day(self.today)
        held = int(np.count_nonzero(self.people.held[: self.people.size]))
        self.record.count_held(self.today, held, self.today in self.period_ends)
        if self.today in self.period_ends:
            self.record.close_period(self.today)
            tabulate.note_week(self)
        if self.audit:
            audit.check(self)


def _consequences(disposal: Disposal) -> list[Any]:
    """What a disposal does, in words first and in numbers last: a changed number seldom changes the order."""
    values = disposal.model_dump(exclude={"label", "in_force", "replaced_by"}).values()
    return sorted(values, key=lambda value: not isinstance(value, bool | str))
