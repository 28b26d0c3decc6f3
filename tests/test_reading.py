"""Reading scenarios: where they are found, how they are laid over a baseline, and how they are written back."""

import json
import os
import pickle
import random
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.scenario.faults import dotted, need_of, unknown
from sim.scenario.files import read
from sim.scenario.lines import scan
from sim.scenario.model import levers
from sim.scenario.reading import ScenarioError, chain, change, differences, find, load, names, schema, to_toml
from sim.world import World

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def baseline():
    return load("london/baseline")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that is also the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text, newline="\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.replace("\n", newline).encode())
    return path


MINE = 'title = "Mine"\nabout = "A test."\nbased_on = "london/baseline"\n'


# Finding


def test_a_name_is_found_in_the_package(folder):
    assert find("london/baseline") == CHECKOUT / "scenarios/london/baseline.toml"


def test_a_name_with_its_ending_is_the_same_file(folder):
    assert find("london/baseline.toml") == find("london/baseline")


def test_a_path_comes_before_the_current_scenarios_and_those_before_the_package(folder):
    write(folder / "scenarios/london/baseline.toml", "")
    assert find("london/baseline") == Path("scenarios/london/baseline.toml")
    write(folder / "london/baseline.toml", "")
    assert find("london/baseline") == Path("london/baseline.toml")


def test_a_scenario_not_found_names_the_nearest(folder):
    with pytest.raises(ScenarioError, match=r"no scenario \"london/basline\"; did you mean 'london/baseline'\?"):
        find("london/basline")


def test_a_folder_lists_the_scenarios_in_it(folder):
    with pytest.raises(ScenarioError, match=r"is a folder of scenarios: .*london/baseline"):
        find("london")


IMPOSSIBLE = [
    "",
    ".",
    "..",
    "a\0b",
    "x" * 5000,
    "../../etc/passwd",
    "/nowhere/at/all",
    "C:\\x",
    "-rf",
    "=",
    "\u202e",
    "\n",
]


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_impossible_name_is_refused_in_one_printable_line(folder, name):
    with pytest.raises(ScenarioError) as refused:
        find(name)
    assert len(refused.value.faults) == 1
    assert str(refused.value).isprintable()


def test_names_hold_scenarios_and_no_ledgers(folder):
    for extra in ("mine", "evidence", "calibration-2026", "calibration-2026-evidence", "area/evidence"):
        write(folder / f"scenarios/{extra}.toml", "")
    assert {"mine", "calibration-2026", "london/baseline"} <= set(names())
    assert not [name for name in names() if "evidence" in name]


# Layers


def test_a_scenario_states_only_what_it_changes(folder, baseline):
    write(folder / "mine.toml", MINE + "[diversion]\nuptake = 0.3\n[courts.crown]\nrelist_days = 60\n")
    mine = load("mine")
    assert differences(mine, baseline) == {
        "diversion.uptake": (baseline.diversion.uptake, 0.3),
        "courts.crown.relist_days": (baseline.courts.crown.relist_days, 60),
    }
    assert (mine.title, mine.area, mine.starts) == ("Mine", baseline.area, baseline.starts)


def test_a_chain_starts_with_the_baseline(folder):
    write(folder / "low.toml", MINE)
    write(folder / "high.toml", MINE.replace("london/baseline", "low"))
    assert [path.name for path in chain("high")] == ["baseline.toml", "low.toml", "high.toml"]


def test_the_nearer_file_wins(folder):
    write(folder / "low.toml", MINE + "[diversion]\nuptake = 0.2\nmin_age = 21\n")
    write(folder / "high.toml", MINE.replace("london/baseline", "low") + "[diversion]\nuptake = 0.4\n")
    high = load("high")
    assert (high.diversion.uptake, high.diversion.min_age) == (0.4, 21)


def test_based_on_is_looked_for_beside_the_file_first(folder, baseline):
    write(folder / "scenarios/other.toml", MINE + "[diversion]\nuptake = 0.1\n")
    write(folder / "own/other.toml", MINE + "[diversion]\nuptake = 0.2\n")
    write(folder / "own/mine.toml", MINE.replace("london/baseline", "other"))
    assert load("own/mine").diversion.uptake == 0.2


def test_a_list_is_replaced_whole(folder):
    write(folder / "mine.toml", MINE + "[courts.crown]\nsitting_days = [{ starts = 2026-02-01, days = 9.0 }]\n")
    assert [(each.starts, each.days) for each in load("mine").courts.crown.sitting_days] == [(date(2026, 2, 1), 9)]


def test_the_mix_of_disposals_is_replaced_whole(folder):
    write(folder / "mine.toml", MINE + "[police.disposal_mix]\nsimple_caution = 1.0\n")
    assert load("mine").police.disposal_mix == {"simple_caution": 1.0}


def test_a_disposal_can_be_added(folder, baseline):
    like = to_toml(baseline).partition("[disposals.outcome_22]")[2].partition("\n\n")[0]
    table = "[disposals.apology]" + like.replace("hazard_ratio = 1.0", "hazard_ratio = 0.9")
    write(folder / "mine.toml", MINE + table + '\n[diversion]\ndisposal = "apology"\n')
    mine = load("mine")
    assert set(mine.disposals) - set(baseline.disposals) == {"apology"}
    assert differences(mine, baseline)["disposals.apology.hazard_ratio"] == (None, 0.9)


@pytest.mark.parametrize("given", ["\ufeff" + MINE, MINE.replace("\n", "\r\n"), "# a remark\n" + MINE + "# another"])
def test_a_byte_order_mark_windows_lines_and_remarks_are_accepted(folder, given, baseline):
    write(folder / "mine.toml", given)
    assert differences(load("mine"), baseline) == {}


def test_only_comments_over_a_baseline_is_the_baseline(folder, baseline):
    write(folder / "mine.toml", '# nothing yet\nbased_on = "london/baseline"\n\n# diversion.uptake = 0.5\n')
    assert load("mine") == baseline


def test_minus_zero_becomes_zero(folder):
    write(folder / "mine.toml", MINE + "[demand]\ntrend = -0.0\n")
    assert str(load("mine").demand.trend) == "0.0"


@pytest.mark.parametrize("name", ["london/baseline", *(name for name in names() if name.startswith("london/"))])
def test_every_scenario_that_is_shipped_loads(folder, name):
    assert load(name).title


# Changes


def test_a_change_lies_on_top_of_the_file(folder):
    write(folder / "mine.toml", MINE + "[diversion]\nuptake = 0.3\n")
    assert load("mine", {"diversion.uptake": 0.1, "groups.sexual.contacts": 1e4}).diversion.uptake == 0.1


def test_a_change_leaves_the_first_scenario_as_it_was(baseline):
    changed = change(baseline, {"provider.places_a_week": 7})
    assert changed.provider.places_a_week == 7
    assert baseline == load("london/baseline") != changed


def test_variants_of_a_scenario_share_the_parts_that_stay_as_they_were(baseline):
    """A page holds hundreds of variants, and one alone takes some 30 kB."""
    changed = change(baseline, {"diversion.uptake": 0.25})
    of_its_own = [name for name, part in changed if part is not getattr(baseline, name)]
    assert of_its_own == ["diversion"]
    assert changed.diversion.model_fields_set is baseline.diversion.model_fields_set
    assert (changed.diversion.uptake, baseline.diversion.uptake) == (0.25, 0.0)


def test_what_a_file_sets_stays_as_it_is_whoever_reads_it_and_finds_faults(folder):
    """Readers share it: a fault is set back to the baseline in a copy."""
    path = find("london/baseline")
    before = json.dumps(read(path).values, default=str)
    load("london/baseline", {"diversion.uptake": 0.25})
    with pytest.raises(ScenarioError, match="uptake"):
        load("london/baseline", {"diversion.uptake": 9.0, "groups.sexual.contacts": -1.0})
    assert json.dumps(read(path).values, default=str) == before


def test_a_change_may_be_a_numpy_number(baseline):
    changed = change(baseline, {"demand.season_peak": np.int64(9), "diversion.uptake": np.float32(0.25)})
    assert (changed.demand.season_peak, changed.diversion.uptake) == (9, 0.25)


def test_a_change_may_be_a_value_of_another_scenario(baseline):
    sittings = baseline.courts.crown.sitting_days
    assert change(baseline, {"courts.crown.sitting_days": sittings}) == baseline


def test_changes_are_checked_as_files_are_and_all_at_once(baseline):
    wrong = {
        "diversion.uptake": 30,
        "diversion.uptke": 0.3,
        "people.searched.male": True,
        "diversion.min_age": 10**5000,
    }
    with pytest.raises(ScenarioError) as refused:
        change(baseline, wrong | {"based_on": "x"})
    assert set(refused.value.faults) == {
        "the change: diversion.uptake = 30: must lie between 0 and 1 (share of eligible people); did you mean 0.30?",
        "the change: people.searched.male = true: needs a number between 0 and 1 (share of people)",
        "the change: diversion.min_age = a number of more than 60 digits: "
        "needs a whole number between 10 and 120 (years)",
        "the change: unknown lever 'diversion.uptke'; did you mean 'diversion.uptake'?",
        "the change: unknown lever 'based_on'",
    }


@pytest.mark.parametrize("name", ["", ".", "a..b", ".".join("a" * 5000)])
def test_a_change_of_an_impossible_lever_is_unknown(baseline, name):
    with pytest.raises(ScenarioError, match="the change: unknown lever"):
        change(baseline, {name: 1})


def test_a_rule_broken_by_a_change_and_a_file_names_the_line_of_the_file(folder):
    write(folder / "mine.toml", MINE + "[diversion]\nattendance = 0.2\n")
    words = r"^the change: diversion\.uptake = 0\.5: at most .*; attendance is set at mine\.toml:5"
    with pytest.raises(ScenarioError, match=words):
        load("mine", {"diversion.uptake": 0.5})


# Writing back


@pytest.mark.parametrize("name", names())
def test_a_scenario_written_in_full_loads_back_equal(folder, name):
    write(folder / "full.toml", to_toml(load(name)))
    assert load("full") == load(name)


def test_texts_of_every_kind_survive_writing(folder, baseline):
    about = 'Line "one"\n\'\'\' and """ and \\ and \t tab\n\n  £ é 中 🙂 = # [x]'
    mine = change(baseline, {"about": about, "title": 'A "quoted" \\ title'})
    write(folder / "full.toml", to_toml(mine))
    assert load("full") == mine


def test_the_schema_states_units_and_ranges():
    uptake = schema()["$defs"]["Diversion"]["properties"]["uptake"]
    assert (uptake["unit"], uptake["minimum"], uptake["maximum"]) == ("share of eligible people", 0, 1)


def test_two_equal_scenarios_do_not_differ(baseline):
    assert differences(baseline, baseline) == {}


# What based_on may name


OUTWARDS = ["../outside", "/etc/passwd", "a/../../outside", "C:\\\\x", "..\\\\outside", "~/x", "\\\\\\\\host\\\\x"]


@pytest.mark.parametrize("name", OUTWARDS)
def test_based_on_that_leads_out_is_refused(folder, name):
    write(folder / "outside.toml", MINE)
    write(folder / "own/mine.toml", f'title = "t"\nabout = "a"\nbased_on = "{name}"\n')
    with pytest.raises(ScenarioError, match=r"^own/mine\.toml:3: based_on = .*: must name a file beside or below"):
        load("own/mine")


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_based_on_a_link_that_leads_out_is_refused(folder):
    write(folder / "secret.toml", MINE)
    write(folder / "own/mine.toml", 'title = "t"\nabout = "a"\nbased_on = "link"\n')
    (folder / "own/link.toml").symlink_to(folder / "secret.toml")
    with pytest.raises(ScenarioError, match=r"^own/mine\.toml:3: based_on = \"link\": leads out"):
        load("own/mine")


def test_based_on_that_does_not_exist_names_the_nearest(folder):
    write(folder / "mine.toml", MINE.replace("london/baseline", "london/baselin"))
    with pytest.raises(ScenarioError, match=r"mine\.toml:3: .*no such scenario; did you mean 'london/baseline'\?"):
        load("mine")


@pytest.mark.parametrize("value", ["3", '""', '["london/baseline"]', "true"])
def test_based_on_that_is_no_name_is_refused(folder, value):
    write(folder / "mine.toml", f"based_on = {value}\n")
    with pytest.raises(ScenarioError, match=r"^mine\.toml:1: based_on = .*: needs the name of a scenario in quotes"):
        load("mine")


def test_a_circle_is_refused_with_its_way_round(folder):
    for own, base in (("a", "b"), ("b", "c"), ("c", "a")):
        write(folder / f"{own}.toml", MINE.replace("london/baseline", base))
    with pytest.raises(ScenarioError, match=r"^c\.toml:3: based_on goes .*: a\.toml -> b\.toml -> c\.toml -> a\.toml$"):
        load("a")


def test_a_file_based_on_itself_is_refused(folder):
    write(folder / "baseline.toml", MINE.replace("london/baseline", "baseline"))
    with pytest.raises(ScenarioError, match=r"baseline\.toml -> baseline\.toml"):
        load("baseline")


def test_ten_files_are_a_chain_and_eleven_too_many(folder):
    write(folder / "f1.toml", to_toml(load("london/baseline")))
    for number in range(2, 12):
        write(folder / f"f{number}.toml", f'based_on = "f{number - 1}"\n')
    assert len(chain("f10")) == 10
    with pytest.raises(ScenarioError, match=r"^f2\.toml:1: based_on: a scenario may be made from at most 10 files"):
        load("f11")


# Messages


def test_a_message_shows_twenty_faults_and_counts_the_rest(folder):
    write(folder / "mine.toml", MINE + "".join(f"strange_{n} = {n}\n" for n in range(25)))
    with pytest.raises(ScenarioError) as refused:
        load("mine")
    assert len(refused.value.faults) == 25
    assert str(refused.value).splitlines()[20:] == ["... and 5 more"]


def test_an_error_crosses_to_another_process_whole():
    error = ScenarioError(["one", "two"])
    assert pickle.loads(pickle.dumps(error)).faults == ["one", "two"]


def test_lines_are_found_for_every_lever_of_the_baseline(baseline):
    text = find("london/baseline").read_text()
    lines, text_lines = scan(text).lines, text.splitlines()
    for name, _, _ in levers(baseline):
        place = tuple(name.split("."))
        assert text_lines[lines[place] - 1].startswith(f"{place[-1]} = ")


def test_lines_are_found_whatever_the_layout():
    text = '''a.b = 1
t = """
x = 2
"""  # y = 3
[c."d e"]
f = [ # g = 4
  { h = 5, i = { j = 6 } },
  { h = '#' }]
[[k]]
l = 7
[[k]]
l = "]"
'''
    lines = scan(text).lines
    want = {
        ("a", "b"): 1, ("t",): 2, ("c", "d e"): 5, ("c", "d e", "f"): 6, ("c", "d e", "f", 0, "h"): 7,
        ("c", "d e", "f", 0, "i", "j"): 7, ("c", "d e", "f", 1, "h"): 8, ("k", 0, "l"): 10, ("k", 1, "l"): 12,
    }  # fmt: skip
    assert tomllib.loads(text)["k"] == [{"l": 7}, {"l": "]"}]
    assert {place: lines.get(place) for place in want} == want
    assert not {place for place in lines if place[-1] in ("x", "y", "g")}


def test_a_lever_mistyped_once_is_recognised(baseline):
    """At most one in twenty goes unrecognised: some typing errors yield another lever's name."""
    luck = random.Random(1)  # any seed would do: one typing error for each of some 400 levers
    tried = recognised = 0
    for name, _, _ in levers(baseline):
        *table, leaf = name.split(".")
        wrong = mistype(leaf, luck)
        if wrong and need_of((*table, wrong)) is None:
            tried += 1
            recognised += unknown((*table, wrong), 1).endswith(f"; did you mean '{dotted(tuple(name.split('.')))}'?")
    assert tried > 300
    assert recognised >= 0.95 * tried


def mistype(word, luck):
    """Drop, double, swap or replace one letter of *word*."""
    at = luck.randrange(len(word) - 1)
    ways = [
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + luck.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :],
    ]
    return luck.choice(ways)


@pytest.mark.parametrize(
    ("table", "model", "name"), [("groups", "sexual", "all"), ("disposals", "outcome_22", "charge")]
)
def test_a_name_that_means_something_else_in_the_results_is_refused(baseline, table, model, name):
    row = getattr(baseline, table)[model].model_dump()
    with pytest.raises(ScenarioError, match=f"{table}.{name}: this name means something else in the results"):
        change(baseline, {f"{table}.{name}": row})


def test_officers_may_stand_for_hundredths_of_one(baseline):
    """An officer's number has room for two million of them."""
    fine = change(baseline, {"police.officers_per_agent": 0.01, "police.officers": 1_000.0})
    world = World(fine, 1, 1, 0.5)
    assert world.officers.team.size >= 50_000
    assert (world.cases.officer[: world.cases.size] >= 0).all()
    assert world.cases.officer.max() > 40_000
