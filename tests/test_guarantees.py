"""What must hold in every run: nothing lost, nothing invented, luck that belongs to the person."""

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w
from scipy import stats

from sim.measures import MEASURES, take
from sim.run.result import Result
from sim.run.run import run_seed
from sim.scenario.model import Scenario
from sim.scenario.reading import load
from sim.world import World
from sim.world.audit import BrokenLaw
from sim.world.columns import CASES, CROWN_TRIAL_LIST, PEOPLE, TRIAL_LIST, Columns
from sim.world.listing import POLICIES

ROOT = Path(__file__).parent.parent
SCENARIOS = sorted(
    f"{path.parent.name}/{path.stem}" for path in ROOT.glob("scenarios/*/*.toml") if path.stem != "evidence"
)
SHARE = 0.02
CELL = ["court", "group", "route"]
CONTACT = ["offender", "nth"]
COURSE = "community_resolution_with_intervention"
DRUGS = ["cannabis_possession", "other_drug_possession"]
GROUPS = list(load("london/baseline").groups)

# Changes are TOML, laid over the London baseline.
SCHEME = "diversion.uptake = 0.25\n"
WORKS = "disposals.community_resolution_with_intervention.hazard_ratio = 0.5\n"
# Whether and when somebody offends again, and is charged then, does not depend on what police and courts do; nor does
# it depend on who else is met, since officers have time for every file at once. Nobody loses a later offer.
NO_FEEDBACK = """
reoffending.share_12_months = [0.35, 0.35, 0.35, 0.35, 0.35, 0.35]
police.charging_record = "first contact"
police.hours_a_week = 168.0
disposals.community_resolution_with_intervention.later_offers = "always"
sentencing = { suspension_starts = 2026-01-01, suspended_magistrates = 1.0, suspended_crown = 1.0 }
courts.crown = { remand_either_way = 0.0, remand_indictable = 0.0, open_custody_share = 0.0 }
"""
OFFICERS_NEVER_BIND = "police.hours_a_week = 168.0\n"
COURTS_NEVER_BIND = """
courts.magistrates.binds = "nothing"
courts.crown.sitting_days = [{ starts = 2026-01-01, days = 1_000_000.0 }]
"""
CHARGED_AFTER_14_DAYS = "police.charge_delay_median = 14.0\npolice.charge_delay_mean = 14.0\n"
NOBODY = "\n".join(
    [
        *(f"groups.{group} = {{ contacts = 0.0, find_rate = 0.0 }}" for group in GROUPS),
        "single_justice.notices = 0.0",
        "courts.crown = { open = 0, breach_receipts = 0.0, appeal_receipts = 0.0 }",
        "courts.magistrates = { open_for_trial = 0, open_summary = 0, open_paper = 0 }",
    ]
)


def scenario(changes: str = "", name: str = "london/baseline") -> Scenario:
    return load(name, tomllib.loads(changes))


@cache
def run(changes: str = "", seed: int = 1, years: int = 2, share: float = SHARE) -> Result:
    return run_seed(scenario(changes), seed, years, share)


def world(changes: str = "", seed: int = 1, years: int = 1, share: float = SHARE) -> World:
    return World(scenario(changes), seed, years, share)


def digest(result: Result) -> str:
    """A hash of every value of every table."""
    text = "".join(f"{name}\n{table.to_csv(index=False)}" for name, table in result.tables.items())
    return hashlib.sha256(text.encode()).hexdigest()


def same(one: Result, other: Result, **left_out: list[str]) -> None:
    """Assert that two results are equal bit for bit, but for the columns left out of each table."""
    for name, table in one.tables.items():
        drop = left_out.get(name, [])
        pd.testing.assert_frame_equal(table.drop(columns=drop), other.tables[name].drop(columns=drop), check_exact=True)


def contacts(result: Result) -> pd.DataFrame:
    """The cases by person and number of the contact, which name the same contact in every scenario.

    People are met in the same order whatever the policy; each one's contacts follow in order of time.
    """
    cases = result.tables["cases"]
    return cases.assign(nth=cases.groupby("offender").cumcount()).set_index(CONTACT)


def received_a_week(result: Result, court: str = "magistrates") -> pd.Series:
    weeks = result.tables["weeks"]
    return weeks[weeks["court"] == court].groupby("day")["received"].sum()


def value(result: Result, measure: str, year: int = 0, group: str = "all") -> float:
    rows = take(result, "all" if group == "all" else "group")
    return rows[(rows["measure"] == measure) & (rows["group"] == group)]["value"].iloc[year]


# Nothing is lost -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_law_holds_on_every_day_of_every_scenario(name):
    share = {"england_and_wales/baseline": 0.002, "england_and_wales/2019": 0.008}.get(name, 0.01)
    assert len(run_seed(load(name), 1, 1, share, audit=True).tables["cases"]) > 1000


@pytest.mark.parametrize("unused", ["goes to trials", "stays idle"])
@pytest.mark.parametrize("binds", ["nothing", "trials", "everything"])
def test_every_law_holds_whatever_limits_the_magistrates_courts(binds, unused):
    lever = f'{{ binds = "{binds}", unused_time = "{unused}", first_hearing_hours = 25000.0 }}'
    changes = f"courts.magistrates = {lever}\ndiversion.uptake = 0.4"
    result = run_seed(scenario(changes), 1, 1, 0.01, audit=True)
    assert (result.tables["weeks"]["closed"] > 0).any()


@pytest.mark.parametrize("policy", POLICIES)
def test_every_law_holds_in_whatever_order_trials_are_listed(policy):
    changes = f'courts.magistrates.listing = "{policy}"\ncourts.crown.listing = "{policy}"'
    result = run_seed(scenario(changes), 1, 1, 0.01, audit=True)
    assert (result.tables["weeks"]["closed"] > 0).any()


def test_the_audit_notices_a_case_that_is_lost():
    broken = world(share=0.005)
    broken.audit = True
    broken.step()
    lost = np.flatnonzero(broken.cases.stage[: broken.cases.size] == CROWN_TRIAL_LIST)[0]
    broken.cases.stage[lost] = TRIAL_LIST
    with pytest.raises(BrokenLaw, match="open magistrates cases by group and route does not hold"):
        broken.step()


def test_the_audit_notices_court_time_that_is_invented():
    broken = world(share=0.005)
    broken.audit = True
    broken.step()
    broken.crown.totals["used"] += 1
    with pytest.raises(BrokenLaw, match="crown court time in minutes does not hold"):
        broken.step()


def test_the_audit_notices_officer_hours_that_are_lost():
    broken = world(share=0.005)
    broken.audit = True
    broken.step()
    broken.officers.backlog[0] += 1
    with pytest.raises(BrokenLaw, match="officer hours of open files, by team does not hold"):
        broken.step()


@pytest.fixture(scope="module")
def busy() -> Result:
    """A scheme whose breaches come back to court."""
    return run_seed(load("london/uptake-50-deferred-prosecution"), 1, 2, SHARE)


def test_open_cases_follow_from_what_came_and_went_in_every_row(busy):
    weeks = busy.tables["weeks"]
    left = weeks["closed"] + weeks["sent_on"] + weeks["warrants_out"]
    assert (weeks["opening"] + weeks["received"] + weeks["returned"] - left == weeks["closing"]).all()
    assert (weeks.select_dtypes("int64") >= 0).all().all()


def test_each_week_opens_with_what_the_last_one_closed_with(busy):
    weeks = busy.tables["weeks"].sort_values([*CELL, "day"])
    before = weeks.groupby(CELL, observed=True)["closing"].shift()
    assert (weeks["opening"] == before)[before.notna()].all()
    assert before.isna().sum() == len(weeks[CELL].drop_duplicates())
    assert weeks.groupby(CELL, observed=True).size().unique().tolist() == [106]  # two years in weeks, cut at each end


def test_groups_add_up_to_the_totals(busy):
    table = take(busy, ("all", "group"))
    counted = [name for name, one in MEASURES.items() if one.kind in ("stock", "flow") and "group" in one.breakdowns]
    table = table[table["measure"].isin(counted)]
    totals = table[table["group"] == "all"].set_index(["measure", "at"])["value"]
    summed = table[table["group"] != "all"].groupby(["measure", "at"])["value"].sum()
    assert (summed - totals).abs().max() < 1e-6  # scaled counts: whole numbers x 50
    assert len(totals) == 2 * len(counted) > 30


@pytest.mark.parametrize(
    ("court", "flow", "day"),
    [
        ("magistrates", "received", "received"),
        ("magistrates", ["closed", "sent_on"], "closed"),
        ("crown", "received", "crown_received"),
        ("crown", "closed", "crown_closed"),
    ],
)
def test_the_weekly_counts_are_those_of_the_cases_one_by_one(busy, court, flow, day):
    weeks, cases = busy.tables["weeks"], busy.tables["cases"]
    weeks = weeks[(weeks["court"] == court) & (weeks["route"] != "paper")]
    route = "crown_route" if court == "crown" else "route"
    cases = cases[(cases[day] >= 0) & cases[route].notna()]
    week = np.sort(weeks["day"].unique())[np.searchsorted(np.sort(weeks["day"].unique()), cases[day])]
    from_cases = cases.groupby([week, cases["group"].astype(str), cases[route].astype(str)]).size()
    counted = weeks.set_index(["day", "group", "route"])[flow]
    counted = counted if isinstance(flow, str) else counted.sum(axis=1)
    assert from_cases.sum() > 500
    assert from_cases.to_dict() == counted[counted > 0].to_dict()


def test_what_is_sent_on_arrives(busy):
    weeks = busy.tables["weeks"]
    sent = weeks[weeks["court"] == "magistrates"].groupby("day")["sent_on"].sum()
    from_magistrates = busy.tables["cases"].dropna(subset=["crown_received", "closed"])
    assert (from_magistrates["crown_received"] >= from_magistrates["closed"]).all()
    assert sent.sum() == (from_magistrates["closed"] >= 0).sum() > 100


def test_court_time_supplied_is_used_idle_or_carried(busy):
    sittings = busy.tables["sittings"].sort_values(["court", "day"])
    before = sittings.groupby("court", observed=True)["carried"].shift(fill_value=0)
    balance = sittings["supplied"] - sittings["used"] - sittings["idle"] - (sittings["carried"] - before)
    assert (balance == 0).all()
    assert (sittings["idle"] >= 0).all()


def test_officers_hours_are_worked_spent_on_searches_or_idle_and_files_keep_the_rest(busy):
    """A week begins with what the last one left on the desks."""
    weeks = busy.tables["officers"].sort_values(["team", "day"])
    spent = weeks[["worked", "searching", "idle"]].sum(axis=1)
    left = weeks["hours_at_start"] + weeks["booked"] - weeks["worked"]
    before = weeks.groupby("team")["hours_at_end"].shift(fill_value=0)
    for one, other in ((spent, weeks["available"]), (left, weeks["hours_at_end"]), (before, weeks["hours_at_start"])):
        assert other.to_numpy() == pytest.approx(one.to_numpy())
    assert (weeks[["worked", "searching", "idle", "hours_at_end"]] >= 0).all().all()
    assert weeks["worked"].sum() > 1000


def test_whoever_is_referred_is_given_a_place_lapses_or_waits(busy):
    weeks, cases = busy.tables["providers"], busy.tables["cases"]
    before = weeks["waiting"].shift(fill_value=0)
    assert (before + weeks["referred"] - weeks["used"] - weeks["lapsed"] == weeks["waiting"]).all()
    assert (weeks["started"] <= weeks["used"]).all()
    assert (weeks["used"] <= weeks["places"]).all()
    assert weeks["referred"].sum() == cases["accepted"].sum() > 100
    assert weeks["started"].sum() == cases["started"].sum() > 100


def test_each_contact_ends_in_one_way_and_dates_run_forwards(busy):
    cases = busy.tables["cases"]
    for before, after in (("contact_day", "received"), ("received", "first_hearing"), ("first_hearing", "closed"),
                          ("closed", "crown_received"), ("crown_received", "crown_closed"), ("contact_day", "next_day"),
                          ("contact_day", "outcome_day")):  # fmt: skip
        assert not (cases[before] > cases[after]).any(), (before, after)
    diverted = cases["accepted"] & (cases["police_outcome"] != "charge")
    assert not (diverted & cases["received"].notna()).any()
    assert not (cases["started"] & ~cases["accepted"]).any()
    assert not (cases["accepted"] & ~cases["offered"]).any()
    assert not (cases["offered"] & ~cases["eligible"]).any()
    assert not (cases["completed"] & cases["breached"]).any()


def test_no_case_is_forgotten():
    """With courts that never bind and short fixed waits, whatever came in the first 100 days is closed in two years.

    Six trials in a row that are ineffective take 200 days and happen to 1 in 4,000; eleven to 1 in 4 million.
    """
    crown = ["attrition_rate = 0.0", "late_plea_share = 0.0", "warrant_days = 10.0", "appeal_days = 10.0"]
    crown += ["trial_days_custody = 30.0", "trial_days_bail = 30.0", "relist_days = 30.0", "for_sentence_days = 10.0"]
    crown += ["sentence_delay_median = 9.0", "sentence_delay_mean = 9.0"]
    magistrates = ["withdrawn_days = 10.0", "first_hearing_median = 32.0", "first_hearing_mean = 32.0"]
    changes = "\n".join(f"courts.crown.{lever}" for lever in crown)
    changes += "\n".join(["", *(f"courts.magistrates.{lever}" for lever in magistrates)])
    result = run(COURTS_NEVER_BIND + changes)
    cases = result.tables["cases"]
    sent = cases[cases["crown_received"].between(0, 100)]
    heard = cases[cases["received"].between(0, 100) & cases["route"].notna()]
    assert len(sent) > 50
    assert len(heard) > 500
    assert sent["crown_closed"].notna().all()
    assert heard["closed"].notna().all()


def test_breaches_of_a_deferred_prosecution_come_back_to_court_and_once(busy):
    cases = busy.tables["cases"]
    breached = cases[cases["breached"] & (cases["contact_day"] < 500)]
    assert len(breached) > 20
    assert (breached["police_outcome"] == "charge").all()
    assert breached["received"].notna().all()


# The first day ---------------------------------------------------------------------------------------


def test_london_opens_with_exactly_the_published_stock():
    london = world(share=1.0)
    opened = london.record.open
    assert opened["crown"].sum() == 19_339
    assert opened["magistrates"].sum(axis=0).tolist() == [15_200, 24_600, 28_000]  # for trial, summary, on paper
    assert opened["magistrates"].sum() == 67_800


def test_a_share_opens_with_that_share_of_the_stock_rounded():
    first = run(years=1, share=0.05).tables["weeks"].query("day == 6").groupby(["court", "route"], observed=True)
    opened = first["opening"].sum()
    assert opened["crown"].sum() == 967  # 966.95
    assert opened["magistrates"].to_dict() == {"for trial": 760, "summary": 1230, "paper": 1400}


def test_england_and_wales_opens_with_its_own_stock():
    opened = World(load("england_and_wales/baseline"), 1, 1, 0.01).record.open
    assert opened["crown"].sum() == 802  # 80,203
    assert opened["magistrates"].sum(axis=0).tolist() == [805, 1252, 1583]


@pytest.mark.parametrize("seed", [2, 3])
def test_every_seed_opens_with_the_same_numbers_by_route(seed):
    assert all(
        np.array_equal(world(seed=seed).record.open[tier].sum(axis=0), world().record.open[tier].sum(axis=0))
        for tier in ("crown", "magistrates")
    )


# No scheme is no scheme ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "no_scheme",
    [
        'diversion = { uptake = 0.0, acceptance = 0.5, attendance = 0.9, disposal = "deferred_prosecution" }',
        "diversion = { uptake = 0.25, starts = 2040-01-01 }",
        "diversion = { uptake = 0.25, offences = [] }",
        "diversion = { uptake = 0.25, min_age = 120 }",
    ],
    ids=["uptake 0", "starts after the end", "no offence", "nobody old enough"],
)
def test_a_scheme_that_reaches_nobody_changes_nothing_bit_for_bit(no_scheme):
    """Who is eligible may differ, and how ready officers would be."""
    same(run(), run(no_scheme), cases=["in_scope", "admits", "eligible"], officers=["readiness"])


def test_a_scheme_changes_nothing_before_its_first_day():
    """Day 180 is 30 June 2026, the last of the first half of the year."""
    before, after = run(), run(SCHEME + "diversion.starts = 2026-06-30")
    for table in ("weeks", "sittings"):
        early = [result.tables[table][result.tables[table]["day"] < 180] for result in (before, after)]
        pd.testing.assert_frame_equal(*early, check_exact=True)
    assert after.tables["cases"].query("offered")["contact_day"].min() >= 180


# The same again --------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_tables_twice():
    same(run(SCHEME, years=1, share=0.01), run_seed(scenario(SCHEME), 1, 1, 0.01))


@pytest.mark.parametrize("hashes", ["77", *(pytest.param(str(n), marks=pytest.mark.slow) for n in range(10))])
def test_the_same_seed_gives_the_same_tables_in_a_fresh_process_with_other_hashes(hashes):
    code = "import test_guarantees as t; print(t.digest(t.run(t.SCHEME, years=1, share=0.01)))"
    fresh = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONHASHSEED": hashes},
        capture_output=True,
        text=True,
        check=True,
    )
    assert fresh.stdout.strip() == digest(run(SCHEME, years=1, share=0.01))


def test_a_comparison_prints_the_same_with_one_worker_and_with_two():
    command = ["compare", "london/baseline", "london/uptake-50", "--seeds", "1", "--years", "1", "--share", "0.005"]
    outputs = [
        subprocess.run(
            [sys.executable, "-m", "sim.cli", *command, "--json", "--by", "group", "--workers", workers, "--no-store"],
            env=os.environ | {"PYTHONHASHSEED": workers},
            capture_output=True,
            check=True,
        ).stdout
        for workers in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert any(row["difference"] for row in json.loads(outputs[0]))


def test_other_seeds_give_other_luck():
    results = [digest(run(years=1, seed=seed, share=0.005)) for seed in (1, 2, 3)]
    assert len(set(results)) == 3


def test_no_case_and_no_person_has_the_luck_of_one_under_another_seed():
    one, other = world(seed=1, share=0.005), world(seed=2, share=0.005)
    one.run()
    other.run()
    for rows in (people_by_key, cases_by_key):
        assert rows(one).index.intersection(rows(other).index).empty


def test_auditing_changes_no_figure():
    same(run(SCHEME, years=1, share=0.01), run_seed(scenario(SCHEME), 1, 1, 0.01, audit=True))


def test_changing_titles_and_labels_changes_no_figure():
    labels = """
    title = "Another title"
    about = "Other words"
    area = "Londres"
    groups.cannabis_possession.label = "Herb"
    disposals.simple_caution.label = "A word in the ear"
    courts.crown.label = "The Bailey"
    provider.label = "Somebody else"
    """
    same(run(SCHEME, years=1, share=0.01), run(SCHEME + labels, years=1, share=0.01))


def test_the_order_of_tables_in_a_file_changes_no_figure(tmp_path):
    """Groups, disposals and the mix of disposals stand in the opposite order."""
    levers = scenario(SCHEME).model_dump()
    named = ("groups", "disposals", "people")
    for part, name in (*((levers, name) for name in named), (levers["police"], "disposal_mix")):
        part[name] = dict(reversed(part[name].items()))
    written = tmp_path / "reversed.toml"
    written.write_text(tomli_w.dumps(levers), encoding="utf-8")
    assert written.read_text().index("summary_motoring_and_other]") < written.read_text().index("cannabis_possession]")
    same(run(SCHEME, years=1, share=0.01), run_seed(load(written), 1, 1, 0.01))


def test_calling_a_disposal_by_another_name_changes_nothing_in_court_or_after():
    """All community resolutions become words of advice, in which the law sees no difference."""
    levers = scenario(SCHEME).model_dump()
    levers["disposals"]["words_of_advice"] = levers["disposals"]["community_resolution"]
    levers["police"]["disposal_mix"]["words_of_advice"] = levers["police"]["disposal_mix"].pop("community_resolution")
    one, other = run(SCHEME, years=1, share=0.01), run_seed(Scenario.model_validate(levers), 1, 1, 0.01)
    same(one, other, cases=["police_outcome", "would_have"])
    for column in ("police_outcome", "would_have"):
        names = [set(result.tables["cases"][column].dropna()) for result in (one, other)]
        assert names[0] ^ names[1] == {"community_resolution", "words_of_advice"}


def test_a_seed_does_not_depend_on_how_long_the_run_is():
    """What happened by the end of the first year is the same in a run of two."""
    short, long = run(years=1), run(years=2)
    for table in ("weeks", "sittings", "officers", "providers", "custody"):
        first = long.tables[table][long.tables[table]["day"] <= 364].reset_index(drop=True)
        if table == "weeks":  # cells that hold no case in the first year
            first = first.merge(short.tables[table][[*CELL, "day"]], on=[*CELL, "day"])
            assert len(first) == len(short.tables[table])
        pd.testing.assert_frame_equal(first, short.tables[table], check_exact=True, check_categorical=False)


# Luck belongs to the person --------------------------------------------------------------------------


def test_more_uptake_changes_nobodys_attributes_or_counterfactual():
    """A course that works: people come back at other times, but each contact is the same contact.

    So long as the record of the first contact decides who is charged, since the record of today is not the same.
    """
    first = WORKS + 'police.charging_record = "first contact"\n'
    less, more = (run(first + f"diversion.uptake = {uptake}") for uptake in (0.2, 0.4))
    pd.testing.assert_frame_equal(less.tables["offenders"], more.tables["offenders"], check_exact=True)
    own = ["group", "would_have", "own_case"]
    met_in_both = contacts(less).index.intersection(contacts(more).index)
    assert len(met_in_both) > 8_000
    pd.testing.assert_frame_equal(contacts(less).loc[met_in_both, own], contacts(more).loc[met_in_both, own])
    assert contacts(more)["accepted"].sum() > contacts(less)["accepted"].sum() > 100


def test_whoever_is_offered_at_a_low_uptake_is_offered_at_a_high_one():
    less, more = (contacts(run(NO_FEEDBACK + f"diversion.uptake = {uptake}")) for uptake in (0.2, 0.4))
    for step in ("offered", "accepted"):
        assert not (less[step] & ~more[step]).any()


def test_one_more_person_changes_nobody_elses_history_when_officers_and_courts_do_not_bind():
    """The last violent offender of day 100 gets a fellow; every column of every other case and person is compared."""
    before, after = (world(OFFICERS_NEVER_BIND + COURTS_NEVER_BIND, years=2, share=0.01) for _ in range(2))
    after.first_contacts[GROUPS.index("violence_with_injury"), 100] += 1
    before.run()
    after.run()
    for rows in (people_by_key, cases_by_key):
        old, new = rows(before), rows(after)
        assert len(new) > len(old) > 3000
        pd.testing.assert_frame_equal(old, new.loc[old.index], check_exact=True)


def test_one_more_person_changes_nobodys_contact_plea_or_first_hearing_when_courts_bind():
    """Compared: first contacts' days, counterfactual, route, charge and first hearing; trials may wait longer."""
    before, after = (world(OFFICERS_NEVER_BIND, share=0.01) for _ in range(2))
    after.first_contacts[GROUPS.index("violence_with_injury"), 100] += 1
    before.run()
    after.run()
    old, new = cases_by_key(before), cases_by_key(after)
    first = old[(old["contact_day"] >= 0) & (old["contact_day"] < 365) & ~old["person"].duplicated()].index
    columns = ["contact_day", "would_have", "own_case", "route", "received", "first_hearing"]
    assert len(first) > 1000
    pd.testing.assert_frame_equal(old.loc[first, columns], new.loc[first, columns], check_exact=True)


def people_by_key(world: World) -> pd.DataFrame:
    """Every column of every person, named by the key of their luck; row numbers are left out."""
    rows = _columns(world.people, PEOPLE).drop(columns="last_case").set_index("key")
    assert rows.index.is_unique
    return rows


def cases_by_key(world: World) -> pd.DataFrame:
    """Every column of every case, named by the key of its luck; the person by theirs."""
    rows = _columns(world.cases, CASES).set_index("key")
    assert rows.index.is_unique
    return rows.assign(person=world.people.key[rows["person"]])


def _columns(columns: Columns, declared: dict) -> pd.DataFrame:
    return pd.DataFrame({name: getattr(columns, name)[: columns.size] for name in declared})


# Which way things move -------------------------------------------------------------------------------


def test_more_uptake_never_brings_more_to_court_in_any_week_when_nothing_feeds_back():
    """Nothing follows a breach, the course has no effect, and neither record nor custody changes who offends again."""
    results = [run(NO_FEEDBACK + f"diversion.uptake = {uptake}") for uptake in (0.0, 0.2, 0.4)]
    for less, more in pairwise(results):
        assert contacts(less)["contact_day"].equals(contacts(more)["contact_day"])
        assert (received_a_week(more) <= received_a_week(less)).all()
        assert received_a_week(more).sum() < received_a_week(less).sum()


def test_prosecutions_avoided_and_charges_add_up_to_the_charges_of_the_baseline():
    """Contacts of the first 350 days, with nothing that feeds back; charges take 14 days, so all of them are seen.

    Conditional cautions are kept, since broken ones are charged too.
    """
    changes = NO_FEEDBACK + CHARGED_AFTER_14_DAYS + "disposals.conditional_caution.conditions_broken = 0.0\n"
    results = [run(changes + f"diversion.uptake = {uptake}", years=1) for uptake in (0.0, 0.4)]
    before, after = (result.tables["cases"].query("0 <= contact_day < 350") for result in results)
    avoided = (after["accepted"] & (after["would_have"] == "charge")).sum()
    assert (after["police_outcome"] == "charge").sum() + avoided == (before["police_outcome"] == "charge").sum()
    assert avoided > 20


def test_whoever_is_charged_without_the_scheme_is_charged_or_diverted_with_it():
    before, after = contacts(run(NO_FEEDBACK)), contacts(run(NO_FEEDBACK + "diversion.uptake = 0.4"))
    charged_before, charged_after = before["police_outcome"] == "charge", after["police_outcome"] == "charge"
    assert ((charged_before & ~charged_after) <= after["accepted"]).all()
    assert (charged_after <= charged_before).all()


def test_when_everybody_starts_nobody_eligible_is_prosecuted():
    """Charges from before the first day have all been received after the fixed 14 days; day 20 ends the third week."""
    everybody = "diversion = { uptake = 1.0, acceptance = 1.0, attendance = 1.0, min_age = 10 }\n"
    everybody += f"disposals.{COURSE} = {{ needs_admission = false, later_offers = 'always' }}\n"
    result = run(CHARGED_AFTER_14_DAYS + OFFICERS_NEVER_BIND + everybody)
    weeks, cases = result.tables["weeks"], result.tables["cases"]
    drugs = weeks[weeks["group"].isin(DRUGS) & (weeks["court"] == "magistrates")]
    assert drugs[drugs["day"] <= 20]["received"].sum() > 0
    assert drugs[drugs["day"] > 20]["received"].sum() == 0
    heads_a_case = cases["group"].isin(DRUGS) & (cases["contact_day"] >= 0) & (cases["would_have"] == "charge")
    heads_a_case &= cases["own_case"]
    assert cases[heads_a_case]["eligible"].all()
    assert cases[heads_a_case]["accepted"].all()
    assert cases[heads_a_case]["received"].isna().all()


def test_a_course_without_effect_leaves_reoffending_as_it_was():
    """With nothing that feeds back, the same people are detected again on the same days."""
    before, after = contacts(run(NO_FEEDBACK)), contacts(run(NO_FEEDBACK + "diversion.uptake = 0.4"))
    assert before["next_day"].equals(after["next_day"])


def test_a_course_that_works_delays_the_next_offence_of_those_it_reaches_and_of_nobody_else():
    """Each person's first contact in the run; a starter who was due before the course began is not reached in time."""
    pair = [run(NO_FEEDBACK + changes + "diversion.uptake = 0.4") for changes in ("", WORKS)]
    before, after = (contacts(result).query("nth == 0 and contact_day >= 0") for result in pair)
    assert before.index.equals(after.index)
    started = before["started"]
    next_before, next_after = (each["next_day"].fillna(np.inf) for each in (before, after))
    assert (next_after[started] >= next_before[started]).all()
    assert (next_after[started] > next_before[started]).sum() > 10
    assert (next_after[~started] == next_before[~started]).all()


# Extremes --------------------------------------------------------------------------------------------


def test_where_nobody_is_met_everything_is_zero_and_nothing_fails():
    result = run(NOBODY, years=1)
    assert len(result.tables["cases"]) == len(result.tables["offenders"]) == len(result.tables["weeks"]) == 0
    values = take(result).set_index("measure")["value"]
    of_nobody = [name for name, one in MEASURES.items() if one.unit.startswith(("share", "ratio", "days", "months"))]
    of_nobody += [name for name, one in MEASURES.items() if one.unit.endswith(("a case", "a person"))]
    of_nobody += [name for name in MEASURES if "break_even" in name]
    of_nobody += [name for name in MEASURES if name.endswith(("followed_12_months", "again_12_months"))]  # in year 1
    sitting = [name for name in MEASURES if name.endswith((".sitting_days", ".idle_share", ".lost_share"))]
    of_nobody = [name for name in of_nobody if name not in sitting]
    assert values[of_nobody].isna().all()
    assert values["crown.idle_share"] == values["magistrates.idle_share"] == 1
    assert (values.drop(of_nobody + sitting) == 0).all()
    assert len(values) > len(of_nobody + sitting) + 20


def test_a_court_that_never_sits_tries_nobody():
    closed = "[{ starts = 2026-01-01, days = 0.0 }]"
    changes = (
        f'courts.crown.sitting_days = {closed}\ncourts.magistrates = {{ sitting_days = {closed}, binds = "trials" }}'
    )
    result = run(changes, years=1)
    sittings, cases, weeks = (result.tables[name] for name in ("sittings", "cases", "weeks"))
    assert (sittings[["room_days", "supplied", "used"]] == 0).all().all()
    assert not cases["outcome"].isin(["convicted", "acquitted"]).any()
    crown = weeks[weeks["court"] == "crown"]
    assert crown["closed"].sum() == 0
    assert crown.loc[crown["day"] == 364, "closing"].sum() == round(SHARE * 19339) + crown["received"].sum()


def test_with_a_million_sitting_days_nobody_waits_on_a_trial_list():
    plenty = "[{ starts = 2026-01-01, days = 1_000_000.0 }]"
    rich = world(f"courts.crown.sitting_days = {plenty}\ncourts.magistrates.sitting_days = {plenty}")
    rich.run()
    assert (rich.crown.outstanding, rich.magistrates.outstanding) == (0, 0)
    usual = world()
    usual.run()
    assert usual.crown.outstanding > 0


def test_ten_times_the_contacts_run_to_the_end():
    more = "\n".join(f"groups.{name}.contacts = {10 * group.contacts}" for name, group in scenario().groups.items())
    more += f"\nsearches.a_year = {10 * scenario().searches.a_year}"
    result = run_seed(scenario(more), 1, 1, 0.005, audit=True)
    assert len(result.tables["cases"]) > 5 * len(run(years=1, share=0.005).tables["cases"])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_of_0_and_1_run_to_the_end(share):
    """Everybody or nobody is charged, contests, is sent up, is remanded, attends."""
    group = f"charge_share = {share}, disposed_share = {1 - share}, own_case_share = {share}, sent_share = {share}, "
    group += f"not_guilty_share = {share}, withdrawn_share = {1 - share}, committed_share = {share}"
    groups = "\n".join(f"groups.{name} = {{ {group} }}" for name in GROUPS)
    crown = f"courts.crown = {{ remand_either_way = {share}, remand_indictable = {share}, warrant_share = {share} }}"
    result = run_seed(scenario(f"{groups}\n{crown}"), 1, 1, 0.005, audit=True)
    charged = result.tables["cases"].query("contact_day >= 0")["would_have"] == "charge"
    assert charged.mean() == share
    assert len(charged) > 500


# Chance ----------------------------------------------------------------------------------------------


def open_crown(result: Result) -> float:
    """Open Crown Court cases, averaged over the weeks."""
    weeks = result.tables["weeks"]
    return weeks[weeks["court"] == "crown"].groupby("day")["closing"].sum().mean()


MORE_DAYS = "courts.crown.sitting_days = [{ starts = 2026-01-01, days = 27_000.0 }]"


@pytest.mark.parametrize("seed", [1, 2])
def test_more_sitting_days_leave_no_more_open_crown_cases_on_average(seed):
    assert open_crown(run(MORE_DAYS, seed)) <= open_crown(run(seed=seed))


@pytest.mark.slow
def test_more_sitting_days_lower_open_crown_cases_with_an_interval_below_zero():
    """100 pairs: not higher in 99 of them, and the 99% interval of the paired difference is below 0."""
    pairs = [
        (run_seed(scenario(MORE_DAYS), seed, 1, 0.01), run(seed=seed, years=1, share=0.01)) for seed in range(1, 101)
    ]
    differences = np.array([open_crown(more) - open_crown(usual) for more, usual in pairs])
    assert (differences <= 0).sum() >= 99
    half = stats.t.ppf(0.995, 99) * differences.std(ddof=1) / 10
    assert differences.mean() + half < 0


@pytest.mark.slow
def test_the_same_luck_makes_a_difference_far_surer_than_other_luck():
    """30 seeds. Independent variance is the sum of both variances; a quarter of it is the goal, measured far below."""
    seeds = range(1, 31)
    before, after = (
        np.array([value(run_seed(scenario(changes), seed, 1, 0.01), "magistrates.open") for seed in seeds])
        for changes in ("", SCHEME)
    )
    assert (after - before).var(ddof=1) <= 0.25 * (before.var(ddof=1) + after.var(ddof=1))


@pytest.mark.slow
def test_half_the_people_give_the_same_counts_within_chance():
    """Counts of one year, 6 seeds each. Welch's t at 1 in 10,000 a measure, 0.4% for all 36 together.

    Means of a hundred and more agree within 5% besides; of a few files or people chance alone is more than that.
    """
    shares = (0.5, 1.0)
    tables = [pd.concat([take(run_seed(scenario(SCHEME), seed, 1, share)) for seed in range(1, 7)]) for share in shares]
    counted = [name for name, one in MEASURES.items() if one.kind in ("stock", "flow")]
    for name in counted:
        half, whole = (table[table["measure"] == name]["value"].to_numpy() for table in tables)
        if half.std() + whole.std() > 0:
            assert stats.ttest_ind(half, whole, equal_var=False).pvalue > 1e-4, name
        if whole.mean() >= 100:
            assert half.mean() == pytest.approx(whole.mean(), rel=0.05), name
