"""The answer in words: every figure is the table's, what is not known is said, and no figure looks surer than it is."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sim.base.words import bearable, percent
from sim.cli.commands import cli
from sim.compare.comparison import AS_STATED, Comparison
from sim.report.content import Paragraph, Table, at_the_end, content, figures, headline, how_to_cite
from sim.report.limits import custody_in_words
from sim.report.panels import Chart
from sim.report.terminal import report_answer
from sim.scenario.reading import load
from sim.study.study import Study, answer

NAMES = {"baseline": "london/baseline", "uptake-50": "london/uptake-50"}
IDLE = {"time left idle": {"courts.reuse": 0.0}}


@pytest.fixture(scope="module")
def compared(shared) -> Comparison:
    """Four seeds at a two-hundredth for three years: reoffending is known, and the magistrates' difference is clear.

    The other structure has the first seed alone, and no interval.
    """
    scenarios = {name: load(file) for name, file in NAMES.items()}
    whole = answer(Study(scenarios, (1, 2, 3, 4), 3, 0.005), store=shared)
    few = answer(Study(scenarios, (1,), 3, 0.005, structures=IDLE), store=shared, structures=True)
    stamp = replace(whole.provenance, structure_seeds=few.provenance.structure_seeds)
    return replace(whole, structures=few.structures, provenance=stamp)


@pytest.fixture(scope="module")
def unknown(compared) -> Comparison:
    return replace(compared, structures=None)


def words(comparison: Comparison, topic: str) -> str:
    (text,) = (
        one.text for one in content(comparison, "uptake-50") if isinstance(one, Paragraph) and one.topic == topic
    )
    return text


def with_row(comparison: Comparison, measure: str, **values: float) -> Comparison:
    """The comparison with a row of its last date, of everybody, changed by hand."""
    table = comparison.table.copy()
    rows = (table["measure"] == measure) & (table["group"] == "all") & (table["at"] == table["at"].max())
    for name, value in values.items():
        table.loc[rows, name] = value
    return Comparison(
        **{name: getattr(comparison, name) for name in comparison.__dataclass_fields__ if name != "table"}, table=table
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "rounded"),
    [
        (4299, 4225, 4373, 4300),
        (85, 63, 108, 85),
        (4299, 1000, 7600, 4500),
        (0.0, -1, 1, 0.0),
        (7, 7, 7, 7),
        (1234, float("nan"), float("nan"), 1240),
    ],
)
def test_a_figure_is_rounded_to_what_its_interval_bears(value, low, high, rounded):
    assert bearable(value, low, high) == rounded


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(4299, 81120, "5%"), (-85, 32437, "0.3%"), (50, 100, "50%"), (0, 9, "0%")]
)
def test_a_per_cent_has_one_figure_below_ten(part, whole, text):
    assert percent(part, whole) == text


def test_words_come_first_then_tables_then_charts(compared):
    kinds = [type(piece) for piece in content(compared, "uptake-50")]
    assert kinds == sorted(kinds, key=[Paragraph, Table, Chart].index)
    topics = [piece.topic for piece in content(compared, "uptake-50") if isinstance(piece, Paragraph)]
    assert topics[:3] == ["headline", "all the same", "depends on"]


def test_the_headline_is_the_tables_difference_magistrates_first(compared):
    row = at_the_end(compared, "uptake-50", "magistrates.open")
    about = bearable(abs(row["difference"]), row["low"], row["high"])
    text = words(compared, "headline")
    assert text.startswith(
        f"About {about:,.0f} ({percent(row['difference'], row['baseline'])}) fewer open magistrates' cases"
    )
    assert text.index("magistrates") < text.index("Crown")


@pytest.mark.parametrize(
    ("change", "low", "high", "said"),
    [
        (-85.0, -108.0, -63.0, "about 85 (0.3%) fewer open Crown Court cases"),
        (85.0, 63.0, 108.0, "about 85 (0.3%) more open Crown Court cases"),
        (-10.0, -60.0, 40.0, "no clear difference in open Crown Court cases (-60 to 40)"),
        (0.0, 0.0, 0.0, "no difference at all in open Crown Court cases"),
    ],
)
def test_harm_and_no_effect_are_said_as_readily_as_benefit(compared, change, low, high, said):
    changed = with_row(compared, "crown.open", baseline=32437.0, difference=change, low=low, high=high)
    assert said in headline(changed, "uptake-50")


def test_where_few_are_simulated_once_no_sentence_tells_crown_court_cases_apart(compared):
    row = {"baseline": 21_820.0, "value": 21_810.0, "difference": -10.0, "low": np.nan, "high": np.nan}
    once = with_row(compared, "crown.open", **row)
    assert headline(once, "uptake-50").endswith("; too few people are simulated to tell open Crown Court cases.")
    assert "to 21,810, not to be told from 21,820 in the baseline." in words(once, "all the same")


def test_no_difference_of_one_replication_is_not_told_as_nought_more(compared):
    same = with_row(compared, "magistrates.open", difference=0.0, low=np.nan, high=np.nan)
    assert headline(same, "uptake-50").startswith("No difference at all in open magistrates' cases on")


def test_money_that_is_the_same_is_not_told_as_nothing_more(compared):
    same = with_row(compared, "cost.total", baseline=1e6, difference=0.0, low=np.nan, high=np.nan)
    assert words(same, "money") == "Public money in the last year is the same: £1.0m."


@pytest.mark.parametrize(
    ("change", "half", "said"),
    [
        (-5e5, np.nan, "; £500k of it is avoidable, the rest is capacity for other use."),
        (2e5, np.nan, "; what is avoidable rises by £200k and capacity in use falls by £1.2m."),
        (-3e6, np.nan, "; what is avoidable falls by £3.0m and capacity in use rises by £2.0m."),
        (-3e6, 2.5e6, "; what is avoidable falls by £3.0m and capacity in use shows no clear change."),
    ],
)
def test_avoidable_money_is_told_as_a_part_only_where_it_is_one(compared, change, half, said):
    """A million less in all; *half* is the half width of the interval of capacity, where it has one."""
    rest = -1e6 - change
    by_hand = with_row(compared, "cost.total", baseline=1e9, difference=-1e6, low=np.nan, high=np.nan)
    by_hand = with_row(by_hand, "cost.avoidable", difference=change, low=np.nan, high=np.nan)
    by_hand = with_row(by_hand, "cost.capacity", difference=rest, low=rest - half, high=rest + half)
    assert said in words(by_hand, "money")


@pytest.mark.parametrize(
    ("baseline", "value", "said"),
    [
        (90_000.0, 80_000.0, "Either way open magistrates' cases grow from 67,800 to 80,000 instead of 90,000"),
        (90_000.0, 60_000.0, "fall from 67,800 to 60,000 where they grow to 90,000 in the baseline"),
        (60_000.0, 90_000.0, "grow from 67,800 to 90,000 where they fall to 60,000 in the baseline"),
        (90_000.4, 89_999.6, "grow from 67,800 to 90,000 with and without the scenario"),
    ],
)
def test_a_backlog_that_turns_is_not_told_as_if_it_went_the_same_way(compared, baseline, value, said):
    changed = with_row(compared, "magistrates.open", baseline=baseline, value=value)
    assert said in words(changed, "all the same")


def test_the_range_over_structures_stands_beside_the_interval(compared):
    text = words(compared, "depends on")
    rows = compared.structures.query("measure == 'magistrates.open'")
    for structure, change in zip(rows["structure"], rows["difference"], strict=True):
        assert f"{change:+,.0f} ({structure})" in text
    assert "by chance alone" in text
    assert set(rows["structure"]) == {AS_STATED, *IDLE}


def test_what_is_not_known_is_said_to_be_so(unknown):
    assert "depends on how the courts use their time is not known yet" in words(unknown, "depends on")


def test_reoffending_that_nobody_was_followed_for_is_said_to_be_unknown(compared):
    none = with_row(compared, "reoffending.scheme_12_months", baseline=np.nan, value=np.nan, difference=np.nan)
    told = {one.label: one for one in figures(none, "uptake-50")}["Detected reoffending within 12 months"]
    assert (told.difference, told.levels) == ("not known", "the run is too short: nobody was followed for so long")
    assert not told.by_chance
    assert not told.by_structure


def test_those_who_accept_add_up_to_a_hundred(compared):
    """Each part is rounded, so the sum may be off by one or two."""
    shares = [
        int(number) for number in re.findall(r"(\d+) (?=are|would|were|never)", words(compared, "of 100 who accept"))
    ]
    assert len(shares) > 2
    assert abs(sum(shares) - 100) <= 2


def test_less_proved_is_not_called_less_committed(compared):
    moved = with_row(compared, "reoffending.proven_12_months", difference=-0.01, low=-0.012, high=-0.008)
    still = with_row(moved, "reoffending.scheme_12_months", difference=0.0001, low=-0.001, high=0.001)
    assert "Less is proved, not less committed." in words(still, "reoffending")
    fallen = with_row(moved, "reoffending.scheme_12_months", difference=-0.03, low=-0.04, high=-0.02)
    assert "Less is proved" not in words(fallen, "reoffending")
    unsure = with_row(moved, "reoffending.scheme_12_months", difference=-0.009, low=-0.02, high=0.002)
    assert "Less is proved" not in words(unsure, "reoffending")  # it may have fallen as far as what is proved
    assert "assumed to change nobody's reoffending" in words(compared, "reoffending")


def test_an_assumed_effect_is_named():
    scenarios = {name: load(f"london/{name}") for name in ("baseline", "uptake-50-effect-30")}
    effect = answer(Study(scenarios, (1,), 1, 0.002))
    (text,) = (one.text for one in content(effect, "uptake-50-effect-30") if getattr(one, "topic", "") == "reoffending")
    assert text.startswith("The course is assumed to multiply the rate of reoffending by 0.7 for")


def test_one_replication_is_never_told_as_if_it_had_an_interval(compared):
    scenarios = {name: load(file) for name, file in NAMES.items()}
    single = answer(Study(scenarios, (1,), 1, 0.01))
    text = report_answer(single)
    assert "From one replication, so it may be chance." in text
    assert "One replication has no interval" in text
    assert "interval" not in text.split("\n")[0]


@pytest.mark.parametrize(
    ("file", "changes", "said"),
    [
        (
            "london/courts-bill",
            {},
            "begins on 1 April 2028, after the run ends on 31 December 2026. Simulate more years.",
        ),
        (
            "london/uptake-50",
            {"diversion.starts": date(2035, 1, 1)},
            "starts begins on 1 January 2035, after the run ends on 31 December 2026. Simulate more years. "
            "Only the counts of whom its rules would let in do.",
        ),
        ("london/baseline", {"diversion.attendance": 0.9}, "the scheme is off (diversion.uptake = 0)"),
        ("london/baseline", {}, "the scenario has the same levers as the baseline"),
    ],
)
def test_a_policy_that_cannot_act_is_said_to_and_why(file, changes, said, shared):
    study = Study({"baseline": load("london/baseline"), "new": load(file, changes)}, (1, 2), 1, 0.005)
    pieces = content(answer(study, store=shared), "new")
    assert said in pieces[0].text
    assert ("let in" in pieces[0].text) == ("let in" in said)
    assert sum(isinstance(piece, Paragraph) for piece in pieces) == 1


def test_the_answer_fits_a_screen(compared, unknown):
    for comparison in (compared, unknown):
        lines = report_answer(comparison).splitlines()
        assert len(lines) <= 47
        assert max(map(len, lines)) <= 100


def test_the_table_has_start_baseline_scenario_difference_and_range(compared):
    (table,) = (piece for piece in content(compared, "uptake-50") if isinstance(piece, Table))
    assert table.columns == ("", "start", "baseline", "scenario", "difference", "95% interval")
    rows = {row[0]: row for row in table.rows}
    assert rows["Open magistrates' cases"][1] != ""
    assert rows["Prosecutions avoided"][1] == ""
    assert len(table.rows) == 9


def test_a_breakdown_has_a_row_for_each_part(shared):
    scenarios = {name: load(file) for name, file in NAMES.items()}
    split = answer(Study(scenarios, (1, 2), 1, 0.005), store=shared, by="ethnicity")
    _, table = (piece for piece in content(split, "uptake-50") if isinstance(piece, Table))
    assert [row[0] for row in table.rows][:2] == ["White", "Black"]


def test_it_says_how_to_cite_it(compared):
    text = how_to_cite(
        replace(compared, provenance=replace(compared.provenance, command="sliproad x", made="2026-11-25"))
    )
    for part in (compared.provenance.model, compared.provenance.run_id, "25 November 2026", "sliproad x", "4 seeds"):
        assert part in text


def test_what_was_held_is_said_beside_the_range_of_the_evidence(compared):
    stamp = replace(compared.provenance, layers=("chance", "evidence"), held=("police.hours_charge",))
    text = " ".join(report_answer(replace(compared, provenance=stamp)).split())
    assert "Held as set by hand: police.hours_charge." in text
    assert "by chance and evidence" in text
    assert "by chance alone" not in text


def test_the_full_report_says_what_its_interval_holds_and_sets_structures_side_by_side(compared):
    from sim.report.full import report_comparison

    text = " ".join(report_comparison(compared).split())
    assert "holds chance only: both sides of a difference have the same luck" in text
    assert "Under other structures: difference and" in text
    assert "time left idle" in text
    stamp = replace(compared.provenance, layers=("chance", "evidence"), held=("police.hours_charge",))
    drawn = " ".join(report_comparison(replace(compared, provenance=stamp)).split())
    assert "holds chance and evidence: 4 draws" in drawn
    assert "and police.hours_charge the one set by hand" in drawn
    assert "holds chance only" not in drawn


def test_figures_of_structures_are_rows_of_json_too(compared):
    rows = compared.rows
    assert set(rows["structure"]) == {AS_STATED, *IDLE}
    pd.testing.assert_frame_equal(
        rows[rows["structure"] == AS_STATED].drop(columns="structure").reset_index(drop=True), compared.table
    )
    assert np.isnan(rows[rows["structure"] == "time left idle"]["chance_lower"]).all()


def test_every_command_that_a_message_names_works(compared, unknown):
    """Commands and options in the texts of the report: each exists."""
    from sim.report.full import report_comparison

    text = " ".join((report_answer(unknown) + report_comparison(compared)).split())
    options = {option for command in cli.commands.values() for one in command.params for option in one.opts}
    assert set(re.findall(r"--[a-z-]+", text)) <= options
    named = re.findall(r"`sliproad ([a-z]+)(?: ([^`]*))?`", text)
    assert named
    for command, arguments in named:
        from click.testing import CliRunner

        done = CliRunner().invoke(cli, [command, *arguments.split()])
        assert done.exit_code == 0, (command, arguments)


@pytest.mark.parametrize(("last", "is_told"), [(0.33, True), (0.25, False)])
def test_figures_of_prison_say_that_they_are_too_high_where_custody_rises(compared, last, is_told):
    """A quarter of open for-trial cases are held at the first year end: told from measures, and without them."""
    first = compared.measures["at"].min()
    measures, table = compared.measures.copy(), compared.table.copy()
    for rows, column in ((measures, "value"), (table, "baseline")):
        held = rows["measure"] == "crown.custody_share"
        rows.loc[held, column] = np.where(rows.loc[held, "at"] == first, 0.25, last)
    without = measures[measures["measure"] != "crown.custody_share"]
    told = [custody_in_words(replace(compared, measures=of, table=table)) for of in (measures, without)]
    assert told[0] == told[1]
    assert ("25.0% on" in told[0] and "33.0% on" in told[0]) is is_told
    assert bool(told[0]) is is_told
