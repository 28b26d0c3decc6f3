"""People charged and not yet heard, whom a scheme reaches when a team joins it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from schemes import AT_ONCE, COURSE, NO_CUSTODY, NO_FEEDBACK, after, cases, measured, rungs, same_share, scheme
from worlds import MONDAY

from sim.world.columns import FIRST_LIST

JOINS = 56  # the day on which all teams join; by then some hundreds wait for a first hearing
WAITING: dict[str, Any] = {
    **{"diversion.starts": MONDAY + timedelta(JOINS), "diversion.reaches": "waiting cases too"},
    "diversion.discontinued": 0.8,
}
NEW_ONLY = {"diversion.reaches": "new contacts"}


def waiting_on(day: int, people: pd.DataFrame) -> pd.DataFrame:
    """Those whose case had been received and not heard on the morning of *day*."""
    return people[(people["received"] < day) & ~(people["first_hearing"] < day)]


def test_people_charged_and_waiting_are_offered_it_when_their_team_joins():
    """The prosecution stops four in five; those cases close that day, withdrawn and never heard."""
    people = after(scheme(**WAITING), weeks=14, audit=True).tables()["cases"]
    waiting, stopped = waiting_on(JOINS, people), people.query("discontinued")
    assert waiting["in_scope"].all()
    assert waiting["offered"].equals(waiting["eligible"])
    assert same_share(waiting.query("offered")["discontinued"], 0.8)
    assert waiting["accepted"].equals(waiting["discontinued"])
    assert stopped.index.isin(waiting.index).all()
    assert (stopped["closed"] == JOINS).all()
    assert (stopped["outcome"] == "withdrawn").all()
    assert stopped["first_hearing"].isna().all()
    assert not stopped["hearings"].any()
    assert stopped["completed"].all()
    assert len(stopped) > 500


def test_only_the_cases_of_teams_that_join_are_reached():
    """Four teams join on day 56, four a week later, four never."""
    rollout = {"diversion.rollout": [{"weeks": 0, "teams": 4}, {"weeks": 1, "teams": 4}]}
    world = after(scheme(**WAITING, **rollout), weeks=10, audit=True)
    stopped = world.tables()["cases"].query("discontinued")
    team = world.officers.team[world.cases.officer[stopped["case"]]]
    assert (stopped["closed"] == np.where(team < 4, JOINS, JOINS + 7)).all()
    assert set(team) == set(range(8))


def test_stopping_cases_that_wait_takes_back_no_receipt():
    """Received day by day: just as in a scheme that reaches new contacts only."""
    reached, new_only = (cases(scheme(**(WAITING | changes)), weeks=14) for changes in ({}, NEW_ONLY))
    assert reached["received"].equals(new_only["received"])
    assert reached["discontinued"].sum() > 500


@pytest.mark.parametrize("changes", [{"diversion.discontinued": 0.0}, {"diversion.uptake": 0.0}])
def test_where_the_prosecution_stops_nothing_reaching_those_who_wait_changes_nothing_in_court(changes):
    worlds = [after(scheme(**(WAITING | changes | reaches)), 14, audit=True) for reaches in ({}, NEW_ONLY)]
    one, other = (world.tables() for world in worlds)
    for table in ("weeks", "sittings", "providers"):
        pd.testing.assert_frame_equal(one[table], other[table], check_exact=True)
    assert not one["cases"]["discontinued"].any()
    assert one["cases"]["in_scope"].sum() > other["cases"]["in_scope"].sum() + 500


def test_cases_that_wait_for_court_time_can_be_stopped_too():
    """First hearings get so little time that a list grows; those stopped leave it, the others stay in order."""
    short = {"courts.magistrates.binds": "everything", "courts.magistrates.first_hearing_hours": 10.0}
    world = after(scheme(**WAITING, **short), weeks=JOINS // 7, audit=True)
    before = world.first_list.waiting
    world.step()
    stopped = world.cases.discontinued[before]
    still = before[~stopped]
    assert stopped.sum() > 100
    now = world.first_list.waiting
    assert not world.cases.discontinued[now].any()
    assert (world.cases.stage[now] == FIRST_LIST).all()
    assert np.isin(still, now).mean() > 0.8
    assert now[: len(still) // 2].tolist() == still[np.isin(still, now)][: len(still) // 2].tolist()


@pytest.mark.parametrize("law", ["stands", "counterfactual", "charge"])
def test_a_case_once_stopped_is_never_brought_back(law):
    """Half never attend, and all who attend leave: none of them is charged again or counted twice."""
    fails = {"diversion.uptake": 0.5, "diversion.attendance": 0.5, "diversion.completion": 0.0}
    law = {f"disposals.{COURSE}.not_attended": law, f"disposals.{COURSE}.breach": "charge"}
    stopped = after(scheme(**WAITING, **fails, **law), 16, audit=True).tables()["cases"].query("discontinued")
    assert (stopped["closed"] == JOINS).all()
    assert (stopped["outcome"] == "withdrawn").all()
    assert (stopped["received"] < JOINS).all()
    assert same_share(stopped["breached"], 0.5)
    assert len(stopped) > 500


def test_those_whose_case_the_prosecution_would_not_stop_are_not_charged_after_all():
    """They had been charged before they were offered anything: nobody left the course and everybody attended."""
    world = after(scheme(**(WAITING | {"diversion.discontinued": 0.5})), weeks=9)
    people = world.tables()["cases"]
    assert (people["offered"] & ~people["discontinued"] & (people["contact_day"] < JOINS)).sum() > 100
    assert measured(world, "diversion.charged_after_all") == 0


def test_stopped_cases_are_no_prosecutions_avoided():
    world = after(scheme(**(WAITING | {"diversion.discontinued": 1.0})), weeks=9)
    people = world.tables()["cases"]
    new = people["accepted"] & (people["would_have"] == "charge") & (people["contact_day"] >= JOINS)
    assert measured(world, "diversion.discontinued") == people["discontinued"].sum() > 500
    assert measured(world, "diversion.prosecutions_avoided") == rungs(world)["contacts.kept_out_of_court"] == new.sum()


def test_somebody_with_two_cases_waiting_is_given_it_no_oftener_than_its_limit():
    """People who offend again within weeks, and wait long for a first hearing."""
    soon = {"reoffending.share_12_months": [0.99] * 6, "reoffending.shape": 1.0, "reoffending.early": 0.0}
    wait = {"courts.magistrates.first_hearing_median": 60.0, "courts.magistrates.first_hearing_mean": 60.0}
    once = {f"disposals.{COURSE}.repeat_limit": 1, f"disposals.{COURSE}.needs_admission": False}
    group = NO_CUSTODY | {"charge_share": 1.0, "disposed_share": 0.0, "first_share": 0.2}
    changes = WAITING | AT_ONCE | NO_FEEDBACK | soon | wait | once | {"diversion.discontinued": 1.0}
    people = after(scheme(group, **changes), 10).tables()["cases"]
    assert (waiting_on(JOINS, people).groupby("offender").size() > 1).sum() > 20
    assert people.query("accepted").groupby("offender").size().max() == 1
