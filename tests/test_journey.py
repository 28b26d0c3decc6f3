"""One life in words: every step a table holds, the same person in two scenarios, and the command."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.commands import cli
from sim.report.journey import (
    choose,
    events,
    groups_of,
    journey,
    same_person,
    side_by_side,
    table,
    timeline,
    who_differ,
)
from sim.report.panels import rows_of
from sim.report.queues import at_week, queues
from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.reading import load
from sim.study.lives import small
from sim.study.study import Study
from sim.world.tables import TABLES

PERSON = {"key": 7, "ethnicity": "White", "sex": "men", "age_band": "18 to 24", "record": "1 to 2"}
CASE = {"group": "cannabis_possession", "contact_day": 5, "record": 2, "own_case": True}
CHARGED = CASE | {"police_outcome": "charge", "outcome_day": 30, "route": "for trial", "received": 30}
SCHEME = dict.fromkeys(("in_scope", "admits", "eligible", "offered"), True) | {"would_have": "charge"}
COURSE = "community_resolution_with_intervention"
CONTACT = "Contact with the police: cannabis possession. Previous convictions and cautions: 2."
RECEIVED = "Police outcome: charge. The magistrates' court receives the case: triable either way or indictable only."
SMALL = ["--share", "0.01", "--years", "1"]


def result(*cases: dict, people: tuple[dict, ...] = (PERSON,), **changes) -> Result:
    """One year of London's baseline, so changed: tables with only these people and these cases of the first of them."""
    scenario = load("london/baseline", {name.replace("__", "."): value for name, value in changes.items()})
    rows = {"cases": cases, "offenders": [{"offender": row} | person for row, person in enumerate(people)]}
    return Result(scenario, 1, 1, 1.0, {name: written(name, rows[name]) for name in rows})


def written(name: str, rows: list[dict]) -> pd.DataFrame:
    """The declared table with these rows; a name or a day left out is missing."""
    missing = {"category": None, "float32": np.nan}
    columns = {
        one.name: pd.Series([row.get(one.name, missing.get(one.dtype, 0)) for row in rows], dtype=one.dtype)
        for one in TABLES[name]
    }
    return pd.DataFrame(columns)


def told(*cases: dict, **changes) -> list[tuple[int, str]]:
    return [tuple(event) for event in events(result(*cases, **changes), 0)]


def test_a_diverted_life_is_told_from_contact_to_the_end_of_the_run():
    done = {"accepted": True, "started": True, "completed": True, "police_outcome": COURSE, "outcome_day": 40}
    assert journey(result(CASE | SCHEME | done), 0) == [
        "A man, White, 18 to 24 at first contact, 1 to 2 previous convictions and cautions (replication 1, person 0)",
        "  6 January 2026     Contact with the police: cannabis possession. Previous convictions and",
        "                     cautions: 2. Eligible for the scheme; offered community resolution with a drug",
        "                     course; accepted. Without the scheme: charge.",
        "  10 February 2026   Completed the intervention. Police outcome: community resolution with a drug",
        "                     course.",
        "  31 December 2026   The run ends. Nothing is open.",
    ]


def test_a_prosecuted_life_is_told_through_both_courts_to_release():
    heard = {"first_hearing": 50, "closed": 50, "crown_route": "for trial", "crown_received": 50, "remanded": True}
    ended = {"crown_closed": 200, "outcome": "convicted", "proven_day": 200, "index_day": 300}
    assert told(CHARGED | heard | ended) == [
        (5, f"{CONTACT} Outside the scheme's rules."),
        (30, RECEIVED),
        (50, "First hearing. Sent to the Crown Court for trial, remanded in custody."),
        (200, "The Crown Court closes the case: convicted. Counts as a proven offence; custody, so the official clock "
              "waits for release."),
        (300, "Released from custody; the official reoffending clock starts."),
        (364, "The run ends. Nothing is open."),
    ]  # fmt: skip


def test_what_came_before_the_first_day_is_set_apart():
    before = {"contact_day": -40, "police_outcome": None, "outcome_day": np.nan, "received": -12, "first_hearing": 0}
    assert told(CHARGED | before) == [
        (-40, CONTACT),
        (-12, "The magistrates' court receives the case: triable either way or indictable only."),
        (0, "The run begins. What stands above was drawn, not simulated."),
        (0, "First hearing."),
        (364, "The run ends. The case is still in the magistrates' court."),
    ]
    assert "  22 November 2025   Contact" in journey(result(CHARGED | before), 0)[1]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ({}, "Outside the scheme's rules."),
        ({"group": "drug_supply"}, "drug supply. Previous convictions and cautions: 2."),
        ({"in_scope": True}, "Not eligible for the scheme: no admission."),
        ({"in_scope": True, "admits": True}, "Not eligible for the scheme: the victim objects."),
        (SCHEME | {"offered": False}, "Eligible for the scheme; not offered it."),
        (SCHEME, "offered community resolution with a drug course; declined. Without the scheme: charge."),
        (SCHEME | {"would_have": "no action"}, "Without the scheme: no further action."),
        (SCHEME | {"would_have": "penalty_notice"}, "Without the scheme: penalty notice for disorder."),
    ],
)
def test_a_contact_says_how_far_the_scheme_went(steps, words):
    assert told(CASE | steps)[0][1].endswith(words)


ACCEPTED = CASE | SCHEME | {"accepted": True, "outcome_day": 40}
LEFT = ACCEPTED | {"started": True, "breached": True}
BROKEN = CASE | {"outcome_day": 40, "conditions_broken": True}


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (ACCEPTED | {"police_outcome": COURSE}, "Did not start the intervention. Police outcome: community resolution "
         "with a drug course."),
        (LEFT | {"police_outcome": COURSE}, "Left the intervention early. Police outcome: community resolution with a "
         "drug course; nothing follows from leaving."),
        (LEFT | {"police_outcome": COURSE, "fined": True}, "Left the intervention early. Police outcome: community "
         "resolution with a drug course and a fine."),
        (LEFT | {"police_outcome": "charge"}, "Left the intervention early. Police outcome: charge."),
        (LEFT | {"police_outcome": "no action"}, "Left the intervention early. Police outcome: no further action, too "
         "late in law to charge."),
        (BROKEN | {"police_outcome": "penalty_notice", "fined": True}, "Police outcome: penalty notice for disorder; "
         "later its conditions were broken, or it was left unpaid: a fine."),
        (BROKEN | {"police_outcome": "charge"}, "Broke the conditions of a disposal, or left a penalty unpaid. Police "
         "outcome: charge."),
        (CHARGED | {"own_case": False, "outcome_day": 40, "route": None}, "Police outcome: charge, alongside something "
         "graver; no court case of its own."),
        (CASE | {"police_outcome": "simple_caution", "outcome_day": 40, "proven_day": 40, "index_day": 40}, "Police "
         "outcome: simple caution. Counts as a proven offence; the official reoffending clock starts."),
    ],
)  # fmt: skip
def test_a_police_outcome_says_what_led_to_it_and_what_followed(case, words):
    assert (40, words) in told(case)


def test_a_case_the_prosecution_stops_is_told_on_that_day():
    steps = SCHEME | {"accepted": True, "started": True, "discontinued": True, "closed": 60, "outcome": "withdrawn"}
    day, words = told(CHARGED | steps, diversion__reaches="waiting cases too")[2]
    assert day == 60
    assert "offered community resolution with a drug course, while waiting for a first hearing; accepted;" in words
    assert words.endswith("the prosecution service stops the case. Afterwards: started the intervention.")


def test_an_offer_to_somebody_charged_before_the_scheme_began_does_not_come_before_the_charge():
    life = told(CHARGED | SCHEME, diversion__rollout=[{"weeks": 8, "teams": 12}])
    assert "while waiting for a first hearing; declined, or the prosecution would not stop the case." in life[0][1]
    assert life[1] == (30, RECEIVED)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (CASE, "is still with the police"),
        (ACCEPTED | {"started": True, "outcome_day": np.nan}, "is still with the police (started the intervention)"),
        (CHARGED | {"first_hearing": 50, "outcome": "guilty plea"}, "is still in the magistrates' court (guilty plea)"),
        (CHARGED | {"crown_route": "for trial", "crown_received": 50}, "is still in the Crown Court"),
        (CHARGED | {"closed": 60, "outcome": "guilty plea", "proven_day": 60}, "has a sentence still being served"),
    ],
)
def test_the_last_line_says_what_is_open(case, words):
    assert told(case)[-1] == (364, f"The run ends. The case {words}.")


def test_appeals_and_breaches_of_orders_begin_in_the_crown_court():
    case = {"group": "drug_supply", "own_case": True, "received": 8, "crown_received": 8, "crown_closed": 90}
    lives = [told(case | {"crown_route": route, "outcome": "decided"}) for route in ("appeal", "for sentence")]
    assert [life[0] for life in lives] == [
        (8, "The Crown Court receives an appeal."),
        (8, "The Crown Court receives a case for sentence, such as a breach of an order."),
    ]
    assert lives[0][1] == (90, "The Crown Court closes the case: decided.")


def test_several_cases_are_numbered_by_contact_and_told_in_order_of_date():
    later = CASE | {"contact_day": 20, "police_outcome": "no action", "outcome_day": 20}
    life = told(later, CHARGED | {"first_hearing": 50, "closed": 50, "outcome": "guilty plea"})
    assert [(day, text.split(".")[0]) for day, text in life] == [
        (5, "Case 1"),
        (20, "Case 2"),
        (30, "Case 1"),
        (50, "Case 1"),
        (364, "The run ends"),
    ]


def test_somebody_whom_the_police_do_not_meet_has_a_short_life():
    assert told() == [(364, "The run ends. The police have not met this person in it.")]


STRANGER = PERSON | {"key": 3, "sex": "women", "age_band": "under 18", "record": "none"}


def pair(here: dict, there: dict) -> dict[str, Result]:
    """The same person in two results: row 0 in the first, row 1 in the second."""
    return {"before": result(here), "after": result(there | {"offender": 1}, people=(STRANGER, PERSON))}


def test_a_person_is_found_in_another_result_by_key():
    before, after = pair(CASE, CASE).values()
    assert same_person(before, 0, after) == 1
    assert same_person(after, 0, before) is None
    assert "A girl, White, under 18 at first contact, no previous convictions or cautions" in journey(after, 0)[0]


def test_what_stands_in_one_life_only_is_marked():
    lines = side_by_side(pair(CHARGED, CHARGED | {"first_hearing": 50}), 0)
    assert [line for line in lines if line.startswith("*")] == ["* 20 February 2026   First hearing."]
    assert lines[-1] == "The lives differ, first on 20 February 2026; * marks what stands in one of them only."


def test_lives_that_are_the_same_are_said_to_be():
    lines = side_by_side(pair(CHARGED, CHARGED | {"minutes": 9}), 0)
    assert not [line for line in lines if line.startswith("*")]
    assert lines[-1] == "The two lives are the same."


def test_somebody_met_in_one_scenario_only_is_said_to_be():
    before, after = pair(CASE, CASE).values()
    assert "Nobody meets this person here." in side_by_side({"after": after, "before": before}, 0)


def test_rows_hold_the_number_of_the_person_in_each_scenario():
    rows = table(pair(CASE, CASE), 0)
    assert list(rows["scenario"] + rows["person"].astype(str)) == ["before0", "before0", "after1", "after1"]
    assert list(rows["date"]) == ["2026-01-06", "2026-12-31"] * 2


def test_the_person_chosen_is_the_first_whose_life_differs():
    same, other = CASE | {"offender": 0}, CASE | {"offender": 1}
    people = (STRANGER, PERSON)
    assert choose(result(same, other, people=people), result(same, other | {"record": 3}, people=people)) == (
        1,
        "the first whose life differs between the scenarios",
    )


def test_of_those_whose_lives_differ_the_first_offered_it_is_chosen():
    later, offered = CHARGED | {"received": 31}, CASE | SCHEME | {"offender": 1}
    people = (STRANGER, PERSON)
    chosen, why = choose(result(CHARGED, CASE | {"offender": 1}, people=people), result(later, offered, people=people))
    assert (chosen, why) == (1, "the first offered the intervention whose life differs between the scenarios")


def test_people_are_sorted_by_what_the_other_scenario_means_for_them():
    people = tuple(PERSON | {"key": key} for key in (3, 4, 5, 6))
    cases = [CHARGED | {"offender": row} for row in range(4)]
    after = [
        CHARGED | SCHEME | {"offender": 0, "path_avoided": "own case"},
        CHARGED | SCHEME | {"offender": 1},
        CHARGED | {"offender": 2, "received": 31},
        CHARGED | {"offender": 3},
    ]
    first, other = result(*cases, people=people), result(*after, people=people)
    assert who_differ(first, other) == {"avoided": [0], "offered": [0, 1], "differ": [2], "all": [0, 1, 2, 3]}
    assert who_differ(first, other, "shoplifting")["all"] == []
    assert list(groups_of(first)) == ["cannabis_possession"]


def test_a_timeline_draws_the_stages_of_the_cases_that_differ():
    same = CASE | {"contact_day": 200, "police_outcome": "no action", "outcome_day": 210}
    heard = CHARGED | {"first_hearing": 60, "closed": 100}
    drawn = timeline({"a": result(heard, same), "b": result(heard | {"closed": 90}, same)}, 0)
    (panel,) = drawn.panels
    assert panel.rows == ("a: case 1", "b: case 1")
    assert [(span.row, span.label, (span.last - span.first).days) for span in panel.spans] == [
        ("a: case 1", "with the police", 25),
        ("a: case 1", "charged, before a first hearing", 30),
        ("a: case 1", "in the magistrates' court", 40),
        ("b: case 1", "with the police", 25),
        ("b: case 1", "charged, before a first hearing", 30),
        ("b: case 1", "in the magistrates' court", 30),
    ]
    assert drawn.title == "Cases that reach a court: 1 under a, 1 under b"
    assert len(rows_of(drawn)) == 6
    alike = timeline({"a": result(heard, same), "b": result(heard, same)}, 0)
    assert alike.panels[0].rows == ("a: case 1", "a: case 2", "b: case 1", "b: case 2")


def test_a_case_that_is_open_is_drawn_to_the_end_of_the_run():
    (span,) = timeline({"a": result(CASE)}, 0).panels[0].spans
    assert (span.label, (span.last - span.first).days) == ("with the police", 364 - 5)


def test_queues_add_up_to_the_tables_of_the_run(worlds):
    """A fiftieth of the people: what the tables hold, times fifty."""
    (run,) = worlds.values()
    of = queues(run)
    last = run.tables["weeks"]["day"].max()
    open_ = run.tables["weeks"].query("day == @last").groupby("court", observed=True)["closing"].sum()
    assert of.loc[last, "magistrates: all open"] == open_["magistrates"] * 50
    assert of.loc[last, "Crown Court: all open"] == open_["crown"] * 50
    assert (of["magistrates: waiting for a trial or sentence"] <= of["magistrates: all open"]).all()
    drawn = at_week({"baseline": of}, worlds, len(of) - 1)
    assert f"{open_['magistrates'] * 50:,} open magistrates' cases (baseline)" in drawn.title
    assert drawn.panels[0].reaches == of.to_numpy().max()


@pytest.fixture(scope="module")
def worlds():
    return small(Study({"baseline": load("london/baseline")}, (1,), 1, 0.02))


def test_lives_are_those_of_the_run_itself(worlds):
    here_ = run_seed(load("london/baseline"), 1, 1, 0.02)
    assert worlds["baseline"].tables["cases"].equals(here_.tables["cases"])
    with pytest.raises(ValueError, match="in one seed"):
        small(Study({"baseline": load("london/baseline")}, (1, 2), 1, 0.02))


def test_with_one_scenario_the_first_offered_it_is_chosen_else_the_first_in_court():
    people = (STRANGER, PERSON)
    assert choose(result(CHARGED, CASE | SCHEME | {"offender": 1}, people=people)) == (
        1,
        "the first offered the intervention",
    )
    assert choose(result(CASE, CHARGED | {"offender": 1}, people=people)) == (
        1,
        "the first with a court case of their own",
    )
    assert choose(result(CASE))[0] == 0


def call(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command."""
    done = CliRunner().invoke(cli, ["journey", *arguments, *SMALL])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_tells_two_lives_and_whether_they_differ_the_same_each_time():
    first, again = (call("london/baseline", "london/uptake-50") for _ in range(2))
    assert first == again
    assert (first[0], first[2]) == (0, "")
    assert "was chosen: the first offered the intervention whose life differs between the scenarios" in first[1]
    assert first[1].splitlines()[-1].startswith("The lives differ, first on ")


def test_set_changes_the_other_scenario_or_the_only_one():
    code, printed, _ = call("london/baseline", "london/baseline", "--set", "diversion.uptake=0.4", "--json")
    assert code == 0
    assert list(dict.fromkeys(row["scenario"] for row in json.loads(printed))) == [
        "baseline",
        "baseline, diversion.uptake = 0.4",
    ]
    assert (
        "was chosen: the first offered the intervention." in call("london/baseline", "--set", "diversion.uptake=0.4")[1]
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["london/baseline", "--person", "99999999"], "--person: 99999999: this run has persons 0 to "),
        (["london/baseline", "--person", "-1"], "--person"),
        (["london/baseline", "--seed", "0"], "--seed"),
        (["london/baseline", "england_and_wales/baseline"], "area"),
        (["london/baseline", "--set", "diversion.uptke=1"], "diversion.uptake"),
        (["no-such-file"], "no-such-file"),
        ([], "SCENARIO"),
    ],
)
def test_bad_input_is_refused_in_one_message(arguments, words):
    code, printed, message = call(*arguments)
    assert (code, printed) == (2, "")
    assert words in message
    assert len(message.splitlines()) == 1
