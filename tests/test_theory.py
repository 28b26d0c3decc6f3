"""The model against closed forms of queueing, survival and probability.

Every check by chance follows one rule (see `agrees`): over at least 20 independent runs the exact value must lie in
the 99% t-interval, and half the width of that interval must be small beside the value, so that a short, noisy run
cannot pass by being vague. Seeds are fixed: the outcome of a check never changes unless the model does.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from worlds import NOBODY_REOFFENDS, OFFICERS_ALIKE, OPEN_TO_ALL, empty, new_cases, new_court, rooms, sit, small

from sim.base import luck
from sim.run.run import run_seed
from sim.scenario.model import RECORD_BANDS
from sim.scenario.reading import change, load
from sim.world import World, magistrates, offender, reoffending
from sim.world.columns import ACQUITTED, CONVICTED, FOR_TRIAL, NEVER, SUMMARY, TRIAL_DATE, TRIAL_LIST
from sim.world.court import Court

SEEDS = range(1, 25)
GROUPS = tuple(f"group_{number:02d}" for number in range(20))  # alike; each has luck of its own, as 20 runs would have
BANK_HOLIDAYS = ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25"]


def agrees(exact: float, runs: list[float] | np.ndarray, widest: float = 0.06) -> bool:
    """Whether *exact* lies in the 99% t-interval of *runs*, which may reach at most *widest* x *exact* either side.

    6% is what a quick check can afford; a difference that matters to a planner is larger.
    """
    return abs(np.mean(runs) - exact) <= _half_width(runs, exact, widest)


def excludes(wrong: float, runs: list[float] | np.ndarray) -> bool:
    """Whether a value that a mistake would give lies outside the 99% t-interval of *runs*."""
    return abs(np.mean(runs) - wrong) > _half_width(runs, wrong, 1.0)


def _half_width(runs: list[float] | np.ndarray, of: float, widest: float) -> float:
    assert len(runs) >= 20
    half = stats.t.ppf(0.995, len(runs) - 1) * np.std(runs, ddof=1) / np.sqrt(len(runs))
    assert 0 < half <= widest * abs(of), f"{np.mean(runs):.5g} +- {half:.2g} is too vague to be held against {of:.5g}"
    return float(half)


# One court, day by day ----------------------------------------------------------------------------------
#
# A court is driven through its own verbs on its sitting days, counted 0, 1, 2 ... Cases join in the morning.


def through(court: Court, a_day: float, days: int, minutes: object, in_custody: float = 0.0) -> pd.DataFrame:
    """Let cases come at a Poisson rate for *days* sitting days; return each case's day received and day heard.

    Args:
        court: an empty court.
        a_day: mean number of cases received on a sitting day.
        days: sitting days to run.
        minutes: draws between 0 and 1 -> length of each trial.
        in_custody: share of cases in custody.
    """
    world, received, heard = court.model, [], {}
    numbers = luck.poisson(luck.uniform(_keys(world, luck.FIRST_CONTACTS, days), "number of first contacts"), a_day)
    keys = _keys(world, luck.STOCK, int(numbers.sum()))
    lengths, remanded = minutes(luck.uniform(keys, "contested hours")), luck.uniform(keys, "remand") < in_custody
    for position, day in enumerate(court.sitting_days[:days]):
        today = slice(len(received), len(received) + numbers[position])
        court.receive(new_cases(world, lengths[today], joined=day, lead=10_000 * remanded[today]))
        received += [position] * numbers[position]
        heard |= dict.fromkeys(sit(court, day).tolist(), position)
    days_heard = [heard.get(case, np.inf) for case in range(len(received))]
    return pd.DataFrame({"received": received, "heard": days_heard, "minutes": lengths, "remanded": remanded})


def _keys(world: World, kind: int, number: int) -> np.ndarray:
    return luck.key(world.replication, kind, np.arange(number, dtype=np.uint64))


def waiting(cases: pd.DataFrame, days: int, weight: np.ndarray | int = 1) -> np.ndarray:
    """How many cases, or how much of *weight*, wait for their trial on each of the first *days* evenings."""
    weights = np.broadcast_to(weight, len(cases))
    came = np.bincount(cases["received"], weights, minlength=days)
    began = cases["heard"] < days
    gone = np.bincount(cases["heard"][began].astype(int), weights[began], minlength=days)
    return np.cumsum(came - gone)


def exact_waiting(a_day: float, capacity: int) -> float:
    """Mean number waiting in the evening when *capacity* cases are heard a day and a Poisson number comes.

    The chain is waiting' = max(waiting + received - capacity, 0): Lindley (1952), Proc. Camb. Phil. Soc. 48, 277-289;
    for hearings in batches, Bailey (1954), J. R. Statist. Soc. B 16, 80-87. Its stationary distribution is solved on
    0 to 300, beyond which it has no weight here.
    """
    size = 300
    comes = stats.poisson.pmf(np.arange(size + capacity), a_day)
    moves = np.zeros((size, size))
    for now in range(size):
        after = np.clip(now + np.arange(len(comes)) - capacity, 0, size - 1)
        np.add.at(moves[now], after, comes)
    balance = np.vstack([moves.T - np.eye(size), np.ones(size)])
    stationary = np.linalg.lstsq(balance, np.append(np.zeros(size), 1), rcond=None)[0]
    return float(stationary @ np.arange(size))


def an_hour(draws: np.ndarray) -> np.ndarray:
    return np.full(len(draws), 60)


def test_a_court_with_five_hearings_a_day_has_the_waiting_list_of_the_exact_chain():
    """Capacity is used to 80%: such a list forgets within weeks, so 100 days settle it and 2,100 are counted."""
    runs = []
    for seed in SEEDS:
        cases = through(new_court(empty(seed), minutes=300, days=3200), 4.0, 2200, an_hour)
        runs.append(waiting(cases, 2200)[100:].mean())
    assert agrees(exact_waiting(4.0, 5), runs)


def two_hours_a_day(seed: int, policy: str, minutes: object) -> pd.DataFrame:
    """Cases of whom three in four are in custody, at 80% of the capacity of a court of two hours a day."""
    court = new_court(empty(seed), minutes=120, policy=policy, days=3200)
    return through(court, 1.6, 2200, minutes, in_custody=0.75)


def test_under_custody_first_people_in_custody_wait_as_if_there_were_nobody_else():
    """The highest class has an exact chain of its own: at 1.2 cases a day it takes 60% of two hearings a day.

    Source: Kleinrock (1976), Queueing Systems II, chapter 3, on priorities; days here begin afresh, so that
    nobody on bail is in the way. If those on bail came first, custody would wait for what they leave.
    """
    runs = []
    for seed in SEEDS:
        cases = two_hours_a_day(seed, "custody first", an_hour)
        runs.append(waiting(cases[cases["remanded"]], 2200)[100:].mean())
    assert agrees(exact_waiting(1.2, 2), runs)


def some_minutes(draws: np.ndarray) -> np.ndarray:
    """10 to 110 minutes, an hour on average: none is longer than the day of the court above."""
    return np.floor(10 + 101 * draws).astype(int)


def test_the_order_of_hearings_changes_who_waits_and_not_how_much_work_waits():
    """Work conservation (Kleinrock 1965, Naval Res. Logist. Quart. 12, 181-192), exact on the same luck, day by day.

    Trials differ in length and what does not fit is carried, so an evening's work is the minutes that wait less the
    minutes carried: minutes received less minutes supplied, never below nothing.
    """
    oldest, custody = (two_hours_a_day(1, policy, some_minutes) for policy in ("oldest first", "custody first"))
    came = np.bincount(oldest["received"], oldest["minutes"], minlength=2200)
    work = np.zeros(2200)
    for day in range(2200):
        work[day] = max(work[day - 1] + came[day] - 120, 0)
    for cases in (oldest, custody):
        carried = waiting(cases, 2200, cases["minutes"]) - work
        assert (carried >= 0).all()
        assert (carried < 110).all()
        assert carried[work == 0].max() == 0
    assert (oldest["heard"] != custody["heard"]).any()


def one_or_four_days(draws: np.ndarray) -> np.ndarray:
    """Trials of one room-day (60%) or four, in a court of an hour a day."""
    return 60 * np.array([1, 4])[luck.choose(draws, [0.6, 0.4])]


def test_trials_that_hold_a_room_for_days_wait_as_pollaczek_and_khinchine_say():
    """Mean wait = load x mean square length / (2 x mean length x (1 - load)).

    In whole days the formula is exact. With lengths in days and V the work in the morning, V' = max(V + X - 1, 0) for
    a day's work X, so E V = load x E S^2 / (2 E S (1 - load)) - load / 2, and those of the same day who stand before a
    case bring load / 2 more. Source: Khinchine (1932), Mat. Sbornik 39, 73-84; Cooper (1981), Introduction to Queueing
    Theory, chapter 5. Of 7,000 days the first 200 settle, and the last 400 let everybody counted be heard.
    """
    mean, mean_square, load = 2.2, 7.0, 0.5
    runs = []
    for seed in SEEDS:
        cases = through(new_court(empty(seed), minutes=60, days=11_000), load / mean, 7000, one_or_four_days)
        counted = cases[cases["received"].between(200, 6599)]
        runs.append((counted["heard"] - counted["received"]).mean())
    assert agrees(load * mean_square / (2 * mean * (1 - load)), runs)


def five_to_fifteen_weeks(draws: np.ndarray) -> np.ndarray:
    """Trials of 25 to 75 sitting days of 216 minutes, to the minute."""
    return np.rint(216 * (25 + 50 * draws)).astype(int)


@pytest.mark.slow
def test_trials_of_many_weeks_in_whole_minutes_wait_as_pollaczek_and_khinchine_say():
    """As above, with lengths that end within a day: of a mean of 50 days the grid costs under 1%."""
    mean, mean_square, load = 50.0, (75**3 - 25**3) / (3 * 50), 0.5
    runs = []
    for seed in range(1, 401):
        cases = through(new_court(empty(seed), minutes=216, days=15_900), load / mean, 11_000, five_to_fifteen_weeks)
        counted = cases[cases["received"].between(1000, 9499)]
        runs.append((counted["heard"] - counted["received"]).mean())
    assert agrees(load * mean_square / (2 * mean * (1 - load)), runs)


# The whole model ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def london() -> tuple[dict[str, int], World]:
    """A year of London at a tenth, and the sum over its evenings of the cases open at each tier."""
    scenario = change(load("london/baseline"), {"courts.crown.warrant_share": 0.0, "single_justice.notices": 0.0})
    world = World(change(scenario, {"courts.magistrates.open_paper": 0}), seed=1, years=1, share=0.1)
    evenings = dict.fromkeys(("magistrates", "crown"), 0)
    for day in range(world.days):
        world.env.run(until=day + 1)
        for tier in evenings:
            evenings[tier] += int(world.record.open[tier].sum())
    return evenings, world


@pytest.mark.parametrize(
    ("tier", "received", "closed"), [("magistrates", "received", "closed"), ("crown", "crown_received", "crown_closed")]
)
def test_the_evenings_of_open_cases_are_the_days_that_cases_are_open(london, tier, received, closed):
    """Little's law with its edges, in whole numbers: mean open x days = number of cases x mean days open in the year.

    Source: Little (1961), Operations Research 9, 383-387. Nobody is out on a warrant, which is not counted as open.
    """
    evenings, world = london
    cases = world.tables()["cases"]
    if tier == "magistrates":
        cases = cases[cases["route"].notna()]
    came, gone = cases[received].clip(lower=0), cases[closed].fillna(world.days).clip(lower=0)
    assert evenings[tier] == (gone - came)[came.notna()].sum()
    assert evenings[tier] > 365 * 1000


def test_a_contested_trial_takes_the_time_that_was_drawn_when_it_was_sent(london):
    """To the minute. The rest are those of ineffective listings and of the first and the plea hearing, if these were
    held in the year; the sentence takes none."""
    _, world = london
    cases, groups, lever = world.cases, world.groups, world.levers.courts.crown
    tried = np.isin(cases.outcome, (CONVICTED, ACQUITTED)) & (cases.crown_closed < world.days)
    trials = np.flatnonzero(tried & (cases.crown_route == FOR_TRIAL))
    others = (cases.first_hearing[trials] >= 0) * np.rint(groups.not_guilty_minutes[cases.group[trials]])
    others += (cases.listings[trials] - 1) * round(60 * lever.ineffective_hours)
    assert len(trials) > 100
    assert set(cases.minutes[trials] - others - cases.trial_minutes[trials]) == {
        0,
        round(60 * lever.plea_hearing_hours),
    }


def test_an_overloaded_courts_backlog_grows_by_what_comes_less_what_it_can_hear():
    """The fluid limit (Newell 1982, Applications of Queueing Theory, chapter 2): 80 come a day, 40 go a sitting day.

    The court is never idle, so fortnights are independent: only what the police bring in varies. Weeks are counted
    from the third on, when the first trials are ready; what is on its way to the list is as much in every fortnight.
    """
    contested = {"contacts": 29_220.0, **_CHARGED, "not_guilty_share": 1.0}
    contested |= {"not_guilty_minutes": 0.0, "tried_hours": 2.0}  # so that trials have the court to themselves
    court = {"sitting_days": rooms(20), "hours_per_sitting_day": 4.0, "trial_outcomes": [1.0, 0.0, 0.0]}
    weeks = run_seed(small({"any": contested}, **_at_once(court)), 1, 1).tables["weeks"]
    open_cases = weeks.query("court == 'magistrates'").set_index("day")["closing"]
    ends = np.arange(20, 364, 14)
    first_days = np.datetime64("2026-01-05") + ends[:-1] + 1
    sittings = np.busday_count(first_days, first_days + 14, holidays=[*BANK_HOLIDAYS, "2026-12-28"])
    assert open_cases.max() > 10_000
    assert agrees(14 * 29_220 / 365.25, np.diff(open_cases[ends]) + 40 * sittings)


_CHARGED = {
    "charge_share": 1.0, "disposed_share": 0.0, "own_case_share": 1.0, "for_trial_share": 1.0, "sent_share": 0.0,
    "not_guilty_share": 0.0, "withdrawn_share": 0.0, "committed_share": 0.0,
}  # fmt: skip


def _at_once(court: dict[str, object] | None = None) -> dict[str, object]:
    """Nobody reoffends, no file waits; charge, hearing and trial follow each other a day apart.

    *court*: magistrates' levers.
    """
    levers = {"first_hearing_median": 1.0, "first_hearing_mean": 1.0, "trial_days": 1.0, **(court or {})}
    return {
        **NOBODY_REOFFENDS,
        **OFFICERS_ALIKE,
        "police.charge_delay_median": 1.0,
        "police.charge_delay_mean": 1.0,
        **{f"courts.magistrates.{name}": value for name, value in levers.items()},
    }


def test_a_stock_in_balance_stays_in_balance():
    """As many wait for a first hearing as come in the mean wait, on the first day and ever after.

    With as many hearings as are due this is a queue with servers enough for all: mean number = rate x mean wait,
    whatever the spread of waits. Source: Takacs (1962), Introduction to the Theory of Queues. Whole days
    and weekends lengthen the mean wait of 60 days by half a day, under 1%. Day 41 is within the waits found on the
    first day, which must be long ones cut at random; day 349 is beyond them.
    """
    rate = 1000.0  # a year and group
    wait = {"first_hearing_median": 30.0, "first_hearing_mean": 60.0}
    stock = {"open_for_trial": round(len(GROUPS) * rate / 365.25 * 60)}
    groups = {name: {"contacts": rate, **_CHARGED} for name in GROUPS}
    weeks = run_seed(small(groups, **_at_once({**wait, **stock, "report_share": 0.0})), 1, 1).tables["weeks"]
    for column, day in (("opening", 6), ("closing", 41), ("closing", 349)):
        by_group = weeks[(weeks["court"] == "magistrates") & (weeks["day"] == day)][column]
        assert agrees(rate / 365.25 * 60, by_group.to_numpy()), (column, day)


def listings_of(tier: str, ineffective: float) -> pd.Series:
    """How often each case of a year's first half was listed before its trial went ahead, with time for everybody."""
    tried = _CHARGED | {"contacts": 800.0, "tried_hours": 1.0, "crown_plea_share": 0.0}
    tried |= {"not_guilty_share": 1.0, "crown_tried_share": 1.0, "sent_share": float(tier == "crown")}
    tried |= {"crown_hours_contested": 2.0}  # so that a trial is one hearing
    effective = {"trial_outcomes": [1 - ineffective, 0.0, ineffective], "tried_convicted": 0.0, "relist_days": 1.0}
    crown = {
        "plea_hearing_days": 1.0, "trial_days_bail": 1.0, "trial_days_custody": 1.0, "late_plea_share": 0.0,
        "attrition_rate": 0.0, "ineffective_share": ineffective, "relist_days": 1.0, "tried_convicted": 0.0,
        "warrant_share": 0.0, "contested_spread": 0.0, "sitting_days": rooms(2000),
    }  # fmt: skip
    levers = _at_once({**effective, "sitting_days": rooms(2000)})
    levers |= {f"courts.crown.{name}": value for name, value in crown.items()}
    cases = run_seed(small(dict.fromkeys(GROUPS, tried), **levers), 1, 1).tables["cases"].query("received < 180")
    assert (cases["outcome"] == "acquitted").all()
    other_hearings = 1 if tier == "magistrates" else 2
    return (cases["hearings"] - other_hearings).groupby(cases["group"].to_numpy())


@pytest.mark.parametrize("tier", ["magistrates", "crown"])
def test_ineffective_trials_make_the_number_of_listings_geometric(tier):
    """Mean 1 / (1 - p), a share 1 - p of one listing and p (1 - p) of two. Source: Feller (1968), volume I, VI.8.

    Groups are runs: nothing couples them where there is time for all. Of some 400 cases each the rarest share, of
    two listings, is known to 3% in all, hence 9% in a 99% interval.
    """
    p = 0.3
    listings = listings_of(tier, p)
    assert agrees(1 / (1 - p), listings.mean())
    assert agrees(1 - p, listings.agg(lambda times: (times == 1).mean()))
    assert agrees(p * (1 - p), listings.agg(lambda times: (times == 2).mean()), widest=0.09)


# Reoffending --------------------------------------------------------------------------------------------

SHARES = [0.15, 0.26, 0.39, 0.48, 0.54, 0.6]


def offended_by(days: float, share: float, frailty: float, shape: float, early: float) -> float:
    """Share of a group who have offended after *days* at liberty, if *share* have after 365.

    Everybody's hazard is the group's times a gamma variable of mean 1 and variance *frailty*, so that
    share = 1 - (1 + frailty x hazard x level) ^ (-1 / frailty): Vaupel, Manton and Stallard (1979), Demography 16,
    439-454. The level is Weibull, or Weibull that levels off: (1 - (1 - early) ^ ((days / 365) ^ shape)) / early.
    """
    level = (days / 365) ** shape
    if early:
        level = (1 - (1 - early) ** level) / early
    if frailty == 0:
        return 1 - (1 - share) ** level
    hazard = ((1 - share) ** -frailty - 1) / frailty
    return 1 - (1 + frailty * hazard * level) ** (-1 / frailty)


@cache
def spells(seed: int, frailty: float, shape: float, early: float) -> tuple[np.ndarray, np.ndarray]:
    """Record band of each of 12,000 people, and days at liberty until they offend."""
    even = [1 / 6] * 5 + [1 - 5 / 6]
    levers = {"share_12_months": SHARES, "frailty_variance": frailty, "shape": shape, "early": early}
    levers |= {"under_25_ratio": 1.0, "female_ratio": 1.0}
    risk = {f"reoffending.{name}": value for name, value in levers.items()}
    world = empty(seed, **{"people.searched.record_if_charged": even, **risk})
    keys = luck.key(seed, luck.FIRST_CONTACTS, np.arange(12_000, dtype=np.uint64))
    who = offender.describe(world, keys, np.zeros(len(keys), int), np.ones(len(keys), bool))
    people = world.people.add(len(keys), **who)
    reoffending.begin_spell(world, people, luck.key(keys, 1))
    return offender.record_band(who["first_record"]), world.people.due[people]


HAZARDS = [(0.0, 1.0, 0.0), (0.0, 0.7, 0.77), (1.0, 0.7, 0.0), (0.5, 0.7, 0.77)]


@pytest.mark.parametrize(("frailty", "shape", "early"), HAZARDS)
@pytest.mark.parametrize("band", range(6), ids=RECORD_BANDS)
def test_the_share_who_offend_within_12_months_is_the_lever_whatever_the_hazards_form(band, frailty, shape, early):
    """48,000 people a band: the smallest share, 15%, is known to 1.1%, hence to 3% in a 99% interval."""
    runs = []
    for seed in SEEDS:
        bands, days = spells(seed, frailty, shape, early)
        runs.append((days[bands == band] <= 365).mean())
    assert agrees(SHARES[band], runs, widest=0.035)


@pytest.mark.parametrize(("frailty", "shape", "early"), HAZARDS)
@pytest.mark.parametrize("days", [91, 182, 730, 3650])
def test_the_hazard_has_the_declared_form_before_and_after_12_months(days, frailty, shape, early):
    """A quarter, half a year, two years and ten, for the band of 3 to 6 previous convictions."""
    runs = []
    for seed in SEEDS:
        bands, offended = spells(seed, frailty, shape, early)
        runs.append((offended[bands == 2] <= days).mean())
    assert agrees(offended_by(days, SHARES[2], frailty, shape, early), runs)


def test_a_hazard_that_dies_out_leaves_some_who_never_offend():
    """Survivors for ever, without frailty: (1 - share) ^ (1 / early)."""
    runs = [(spells(seed, 0.0, 0.7, 0.77)[1][spells(seed, 0.0, 0.7, 0.77)[0] == 5] == NEVER).mean() for seed in SEEDS]
    assert agrees((1 - SHARES[5]) ** (1 / 0.77), runs)


def offended_in_a_year(hazard_ratio: float) -> np.ndarray:
    """Share of each group's first contacts who offend within 365 days, when all are offered a course of that effect."""
    nothing_done = {"contacts": 250.0, "charge_share": 0.0, "disposed_share": 0.0, "indictable_share": 0.0}
    scheme = {"uptake": 1.0, "acceptance": 1.0, "attendance": 1.0, "min_age": 10, "disposal": "outcome_22"}
    levers = {f"diversion.{name}": value for name, value in scheme.items()}
    levers |= {"disposals.outcome_22.hazard_ratio": hazard_ratio, "reoffending.share_12_months": [0.6] * 6}
    levers |= {"reoffending.frailty_variance": 0.0, "reoffending.under_25_ratio": 1.0, "reoffending.female_ratio": 1.0}
    scenario = small(dict.fromkeys(GROUPS, nothing_done), **OFFICERS_ALIKE, **OPEN_TO_ALL, **levers)
    cases = run_seed(scenario, 1, 2).tables["cases"]
    first = cases.drop_duplicates("offender").query("contact_day < 365")
    within = (first["next_day"] - first["contact_day"]) <= 365
    return within.groupby(first["group"].to_numpy()).mean().to_numpy()


def test_a_hazard_ratio_acts_on_the_hazard_and_not_on_the_share():
    """Survival S becomes S ^ ratio under proportional hazards: Cox (1972), J. R. Statist. Soc. B 34, 187-220.

    Of 60%, a ratio of 0.6 leaves 1 - 0.4 ^ 0.6 = 42.3%; applied to the share it would leave 36%. A ratio of 1 leaves
    60%. Groups are runs: what one person does changes nothing for another here.
    """
    with_effect = offended_in_a_year(0.6)
    assert agrees(1 - 0.4**0.6, with_effect)
    assert excludes(0.6 * 0.6, with_effect)
    assert agrees(0.6, offended_in_a_year(1.0))


# Chance -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("a_day", [0.5, 12.0])
def test_first_contacts_come_as_a_poisson_stream(a_day):
    """Mean and variance alike, days without anybody as exp(-rate), and each day's number independent of the next.

    Source: Kingman (1993), Poisson Processes, chapter 1. 24 runs of four years are 35,000 days: of the rarer
    stream the product of two days, the least certain, is known to 1.8%, hence to 5% in a 99% interval.
    """
    group = {"contacts": a_day * 365.25, "charge_share": 0.0, "disposed_share": 0.0}
    scenario = small({"any": group})
    days = [World(scenario, seed, years=4).first_contacts[0] for seed in SEEDS]
    assert agrees(a_day, [number.mean() for number in days])
    assert agrees(a_day, [number.var(ddof=1) for number in days])
    assert agrees(a_day**2, [(number[1:] * number[:-1]).mean() for number in days])
    if a_day < 1:
        assert agrees(np.exp(-a_day), [(number == 0).mean() for number in days])


def test_a_case_has_one_clock_however_often_it_is_relisted():
    """Every listing is ineffective, so cases leave only by being withdrawn: after half a year e^-1 of 5,000 still wait.

    The share left may be off by four standard errors, and by the days since a withdrawal fell on a weekend.
    """
    court = {"trial_outcomes": [0.0, 0.0, 1.0], "attrition_rate": 2.0, "trial_days": 1.0, "relist_days": 5.0}
    court |= {"sitting_days": rooms(1_000)}
    world = empty(**{f"courts.magistrates.{name}": value for name, value in court.items()})
    number = 5_000
    cases = world.cases.add(number, key=np.arange(1, number + 1, dtype=np.uint64) * 7919, group=0, route=SUMMARY)
    world.cases.person[cases] = world.people.add(number, key=np.arange(number, dtype=np.uint64))
    magistrates.list_for_trial(world, cases, 1.0)
    magistrates.await_withdrawal_while_waiting(world, cases)
    while world.today < 182:
        world.step()
    left = np.isin(world.cases.stage[cases], (TRIAL_DATE, TRIAL_LIST)).mean()
    assert (world.cases.listings[cases] > 5).any()
    assert abs(left - np.exp(-2 * world.today / 365.25)) < 4 * np.sqrt(0.37 * 0.63 / number) + 0.005
