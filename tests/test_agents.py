"""Who exists and who decides: each agent is a view of its row and follows the rule used on everybody."""

import gc
import re
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest
import simpy
from hand_made import baseline

import sim
from sim.scenario.model import ETHNICITIES
from sim.scenario.reading import load
from sim.world import World, officer, reoffending
from sim.world.columns import NEVER
from sim.world.court import Court
from sim.world.offender import Offender
from sim.world.officer import Officer
from sim.world.provider import Provider

SHARE = 0.005
# As many simulated officers as in a whole run: 21,600 x 0.005 / 0.3 = 360, each with hours enough for a third of one.
OFFICERS = {"police.officers_per_agent": 0.3, "police.hours_a_week": 168.0}
SOURCES = sorted(Path(sim.__file__).parent.rglob("*.py"))


def new_world(**changes) -> World:
    lever = OFFICERS | {"diversion.uptake": 0.4} | {name.replace("__", "."): value for name, value in changes.items()}
    return World(load("london/baseline", lever), seed=1, years=1, share=SHARE)


@pytest.fixture(scope="module")
def world() -> World:
    """A world at the end of its year, whose officers still have files on their desks."""
    world = new_world(police__hours_a_week=50.0)
    world.run()
    return world


def offenders(world: World) -> list[Offender]:
    return sorted(world.agents_by_type[Offender], key=lambda person: person.row)


def test_every_person_is_one_registered_agent(world):
    assert [person.row for person in offenders(world)] == list(range(world.people.size))
    assert all(isinstance(person, mesa.Agent) and person.model is world for person in offenders(world))


def test_people_met_after_somebody_looked_are_agents_too():
    world = new_world()
    before = len(offenders(world))
    world.step()
    assert before < len(offenders(world)) == world.people.size == len({id(person) for person in offenders(world)})


def test_an_offender_shows_its_own_row(world):
    people, rows = world.people, range(world.people.size)
    for person, row in zip(offenders(world), rows, strict=True):
        assert person.ethnicity == ETHNICITIES[people.ethnicity[row]]
        assert person.sex == ("men" if people.male[row] else "women")
        assert (person.age, person.record) == (people.age[row], people.record[row])
        assert person.in_custody == (people.held[row] > 0)


def test_what_an_offender_shows_changes_with_its_row():
    world = new_world()
    person = offenders(world)[7]
    world.people.record[7], world.people.age[7], world.people.male[7] = 12, 33, False
    reoffending.hold(world, np.array([7]))
    assert (person.record, person.age, person.sex, person.in_custody) == (12, 33, "women", True)
    assert person.next_offence() is None


def test_an_offenders_hazard_is_the_rule_used_on_everybody(world):
    everybody = reoffending.rate(world, np.arange(world.people.size))
    assert [person.hazard() for person in offenders(world)] == everybody.tolist()


def test_an_offenders_next_offence_is_its_entry_in_the_columns(world):
    due = world.people.due[: world.people.size]
    expected = [None if day == NEVER else day for day in due.tolist()]
    assert [person.next_offence() for person in offenders(world)] == expected
    assert None in expected
    assert any(day is not None for day in expected)


def test_an_officer_offers_as_the_rule_used_on_a_whole_day(world):
    """Every case of the year, put to the officer it reached."""
    cases = np.flatnonzero(world.cases.eligible[: world.cases.size])
    reached = world.cases.officer[cases]
    agents = {one.row: one for one in world.agents_by_type[Officer]}
    own = [agents[row].offers(case) for case, row in zip(cases.tolist(), reached.tolist(), strict=True)]
    assert own == officer.offers(world, cases, reached).tolist() == world.cases.offered[cases].tolist()
    assert 0 < sum(own) < len(own)


def test_an_officer_shows_its_own_row(world):
    everybody = sorted(world.agents_by_type[Officer], key=lambda one: one.row)
    assert [one.team for one in everybody] == world.officers.team.tolist()
    assert [list(one.readiness) for one in everybody] == world.officers.readiness.T.tolist()
    assert [one.trained for one in everybody] == world.officers.trained.tolist() == [True] * 360
    assert [one.files_hours for one in everybody] == world.officers.backlog.tolist()
    assert world.officers.backlog.any()


def test_a_part_of_london_has_that_part_of_its_officers_and_at_least_one_a_team():
    """21,600 officers, 60 to an agent, are 360 in 12 teams; of a tenth 36; of two thousandths fewer than one a team."""
    agents = {share: World(baseline(), 1, 1, share).agents_by_type[Officer] for share in (0.1, 0.002)}
    assert [[len(each), len({one.team for one in each})] for each in agents.values()] == [[36, 12], [12, 12]]


def test_an_officer_offers_more_or_less_often_by_what_would_have_happened():
    """Put every case to one officer of many who are alike: all who would be charged, none who would get a disposal."""
    offer = {"diversion__offer_if_charged": 1.0, "diversion__offer_if_disposed": 0.0}
    world = new_world(diversion__readiness_spread=0.0, diversion__offer_if_no_action=0.5, **offer)
    world.step()
    one, cases = world.agents_by_type[Officer][0], np.arange(world.cases.size)
    path = np.searchsorted([world.charged, world.no_action], world.cases.would_have[cases], side="right")
    offered = [np.mean([one.offers(case) for case in cases[path == which]]) for which in (1, 0, 2)]
    assert one.readiness == (1.0, 0.0, 0.5)
    assert offered[:2] == [1.0, 0.0]
    assert 0 < offered[2] < 1


def test_an_officer_who_is_not_trained_offers_it_to_nobody():
    """Half are trained; they are as ready again, so that the mean is what the uptake needs."""
    world = new_world(diversion__trained=0.5, diversion__uptake=0.1, diversion__readiness_spread=0.0)
    world.step()
    everybody = world.agents_by_type[Officer]
    assert sum(one.trained for one in everybody) == 180
    ready = {one.trained: one.readiness for one in everybody}
    assert ready == {True: pytest.approx((2 * world.levers.diversion.offer,) * 3), False: (0.0,) * 3}


def test_an_officer_of_a_team_that_has_not_joined_offers_it_to_nobody():
    """Seven teams join on day 0, five in the third week."""
    waves = [{"weeks": 0, "teams": 7}, {"weeks": 2, "teams": 5}]
    world = new_world(diversion__rollout=waves, diversion__readiness_spread=0.0)
    ready = []
    for _ in range(3):
        world.step()
        ready.append(len({one.team for one in world.agents_by_type[Officer] if any(one.readiness)}))
    assert ready == [7, 7, 12]


def test_the_hours_on_an_officers_desk_are_those_of_the_files_opened_less_those_worked_off():
    """Files of 9 and 3 hours for one officer, nothing for another; a day holds 168 / 7 x 0.3 = 7.2 hours."""
    world = new_world()
    one, other = (agent for agent in world.agents_by_type[Officer] if agent.row in (4, 5))
    waits = world.officers.open_files(0, np.array([4, 4]), np.array([9.0, 3.0]))
    assert (one.files_hours, other.files_hours, waits.tolist()) == (12.0, 0.0, [0, 1])
    world.officers.end_day(0)
    assert one.files_hours == pytest.approx(12 - 7.2)


def test_the_officers_readiness_averages_to_the_offer_the_uptake_needs(world):
    """360 officers spread evenly over a beta distribution: the mid-ranks miss its mean by under 0.1%."""
    needed = world.levers.diversion.offer
    assert world.officers.readiness.mean(axis=1) == pytest.approx([needed] * 3, rel=1e-3)


def test_unique_ids_are_unique_and_every_kind_of_agent_is_there(world):
    ids = [agent.unique_id for agent in world.agents]
    assert len(set(ids)) == len(ids)
    counts = {kind: len(world.agents_by_type[kind]) for kind in (Officer, Court, Provider, Offender)}
    assert counts == {Officer: 360, Court: 2, Provider: 1, Offender: world.people.size}
    assert sum(counts.values()) == len(ids)


def test_officers_move_a_tenth_of_the_way_to_their_teams_practice_by_hand():
    """Two teams of two: 21,600 x 0.005 = 108 officers, 27 to each simulated one."""
    two_teams = {"police__teams": 2, "police__officers_per_agent": 27.0, "diversion__rollout": []}
    world = new_world(diversion__team_drift=0.1, **two_teams)
    world.officers.readiness = np.array([[0.0, 1.0, 0.2, 0.4], [0.5, 0.5, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    world.officers.read_practice()
    for one in world.agents_by_type[Officer]:
        one.review()
    assert world.officers.practice == pytest.approx(np.array([[0.5, 0.3], [0.5, 0.5], [0.0, 0.0]]))
    moved = np.array([[0.05, 0.95, 0.21, 0.39], [0.5, 0.5, 0.95, 0.05], [0.0, 0.0, 0.0, 0.0]])
    assert world.officers.readiness == pytest.approx(moved)


def test_a_review_each_week_draws_teams_together_and_leaves_their_practice():
    """After 26 weeks at a drift of a tenth, 0.9^26 = 6.5% of the spread within each team is left."""
    world = new_world(diversion__team_drift=0.1)
    world.step()
    spread, mean = world.officers.readiness.std(), world.officers.readiness.mean()
    within = world.officers.readiness - world.officers.practice[:, world.officers.team]
    for _ in range(26):
        world.step()
    left = world.officers.readiness - world.officers.practice[:, world.officers.team]
    assert left == pytest.approx(within * 0.9**26, abs=1e-9)
    assert world.officers.readiness.std() < spread
    assert world.officers.readiness.mean() == pytest.approx(mean)


def test_without_drift_no_officer_changes():
    world = new_world()
    world.step()
    before = world.officers.readiness.copy()
    world.step()
    assert np.array_equal(world.officers.readiness, before)


def test_a_world_that_is_done_with_is_let_go():
    """Some versions of Mesa keep every model alive; World avoids what makes them."""
    world = new_world()
    world.step()
    gone = [weakref.ref(world), weakref.ref(offenders(world)[0]), weakref.ref(world.env)]
    del world
    gc.collect()
    assert [one() for one in gone] == [None, None, None]


def test_a_run_counts_its_weeks_from_the_first_on():
    assert list(new_world().weeks()) == list(range(1, 54))


def test_there_is_one_simpy_process_per_institution_and_none_per_case(world):
    """The desk, the policy, the provider, two courts and the counting."""
    alive = [one for one in gc.get_objects() if isinstance(one, simpy.Process) and one.env is world.env]
    assert len(alive) <= 6
    started = [
        line for path in SOURCES for line in path.read_text(encoding="utf-8").splitlines() if ".process(" in line
    ]
    assert len(started) == 6
    assert world.cases.size > 1000


def test_no_private_part_of_mesa_or_simpy_is_used():
    """A private name may only be read from self, and none of Mesa's may be read or written there."""
    private = {name for kind in (mesa.Model, mesa.Agent) for name in dir(kind) if re.fullmatch(r"_[a-z]\w*", name)}
    private |= {name for name in vars(mesa.Model(rng=1)) if name.startswith("_")}
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"\b(?:world|model|agent|env|mesa|simpy)\._[a-z]\w*", text), path
        assert not set(re.findall(r"\bself\.(_\w+)", text)) & private, path


def test_no_public_name_of_mesa_is_taken_for_something_else():
    """Names that some version of Mesa 3 gives a model: ours would hide them or be overwritten."""
    taken = {"time", "scenario", "rng", "random", "agents", "steps", "running", "data_registry", "agent_id_counter"}
    text = (Path(sim.__file__).parent / "world" / "__init__.py").read_text(encoding="utf-8")
    assigned = {
        name.strip() for line in re.findall(r"^ +((?:self\.\w+, )*self\.\w+) =", text, re.M) for name in line.split(",")
    }
    assert len(assigned) > 20
    assert not assigned & {f"self.{name}" for name in taken}


def test_the_baseline_has_no_scheme_so_no_officer_offers():
    world = World(baseline(), seed=1, years=1, share=SHARE)
    world.step()
    assert not world.officers.readiness.any()
