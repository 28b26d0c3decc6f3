"""Every lever of every area has a line of evidence, and a ledger with faults is refused in plain words."""

import csv
import re
from pathlib import Path

import pytest

from sim.scenario import evidence, reading
from sim.scenario.model import Scenario, levers

SCENARIOS = Path(__file__).parent.parent / "scenarios"
BASELINES = sorted(SCENARIOS.glob("*/baseline.toml"))
CHANGES = sorted(set(SCENARIOS.glob("*/*.toml")) - set(SCENARIOS.glob("*/evidence.toml")) - set(BASELINES))
GOOD = 'source = "A"\naddress = "https://a"\ndate = "2024"\ngrade = "derived"\nnote = "From b."\n'


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def ledger_of(path: Path) -> evidence.Ledger:
    return evidence.load(reading.chain(path))


def values_of(scenario: Scenario) -> dict[str, object]:
    return {name: value for name, value, _ in levers(scenario)}


def written(folder: Path, text: str) -> Path:
    path = folder / "evidence.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(params=BASELINES, ids=named)
def baseline(request):
    return request.param


@pytest.fixture(params=CHANGES, ids=named)
def changed(request):
    return request.param


def test_every_lever_of_a_baseline_has_a_line(baseline):
    assert ledger_of(baseline).unmatched(reading.load(baseline)) == []


def test_no_line_of_a_ledger_is_left_over(baseline):
    assert ledger_of(baseline).left_over(reading.load(baseline)) == []


def test_every_value_lies_within_the_range_of_its_line(baseline):
    assert ledger_of(baseline).outside(reading.load(baseline)) == []


def test_every_line_has_a_known_grade_and_an_address_unless_it_is_assumed(baseline):
    for line in ledger_of(baseline).lines(reading.load(baseline)).values():
        assert line.grade in evidence.GRADES
        assert line.source
        assert re.match("https?://", line.address) or line.grade == "assumed"


def test_every_stated_range_is_one_the_lever_allows(baseline):
    ledger, scenario = ledger_of(baseline), reading.load(baseline)
    for name, _, field in levers(scenario):
        line = ledger.line(name)
        if line.low is not None and not line.relative:
            assert all(bound.ge <= line.low for bound in field.metadata if hasattr(bound, "ge")), name
            assert all(line.high <= bound.le for bound in field.metadata if hasattr(bound, "le")), name


@pytest.mark.parametrize("pair", [("charge_share", "disposed_share"), ("not_guilty_share", "withdrawn_share")])
def test_two_shares_of_one_whole_leave_room_at_their_highest(baseline, pair):
    scenario = reading.load(baseline)
    lines, values = ledger_of(baseline).lines(scenario), values_of(scenario)
    for group in scenario.groups:
        names = [f"groups.{group}.{share}" for share in pair]
        highest = [values[name] if lines[name].high is None else lines[name].high for name in names]
        assert sum(highest) <= 1 + 1e-9, group


def test_medians_stay_below_means_over_their_whole_ranges(baseline):
    lines = ledger_of(baseline).lines(reading.load(baseline))
    for name in [name for name in lines if name.endswith("_median")]:
        assert lines[name].high <= lines[name.replace("_median", "_mean")].low, name


def test_every_lever_that_a_scenario_file_changes_has_a_line_for_that_file(changed):
    base, own = (reading.load(path) for path in reading.chain(changed)[-2:])
    ledger = ledger_of(changed)
    for lever in reading.differences(own, base):
        assert evidence.best_pattern(ledger.layers[0].changes[changed.stem], lever), lever


def test_every_changed_value_lies_within_the_range_of_its_line(changed):
    assert ledger_of(changed).outside(reading.load(changed)) == []


def test_an_uptake_can_be_reached_at_the_lowest_acceptance_and_attendance(changed):
    scenario = reading.load(changed)
    lines = ledger_of(changed).lines(scenario)
    lowest = lines["diversion.acceptance"].low * lines["diversion.attendance"].low * scenario.diversion.trained
    assert scenario.diversion.uptake <= lowest


def test_a_ledger_names_only_scenario_files_that_exist(baseline):
    for layer in ledger_of(baseline).layers:
        assert all((layer.path.parent / f"{name}.toml").is_file() for name in layer.changes)


def test_a_scenario_says_what_it_represents_in_two_or_three_plain_lines(changed):
    about = reading.load(changed).about.strip()
    assert len(about.splitlines()) in (2, 3)
    assert not re.search(r"\b(optimal|should|prove[sn]?)\b", about)


@pytest.mark.parametrize("area", ["london", "england_and_wales"])
def test_observed_figures_are_tidy_and_stated_once(area):
    with (SCENARIOS / area / "observed.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["area", "court", "quarter", "measure", "value", "unit", "source_url", "vintage", "note"]
    assert len({(row["court"], row["quarter"], row["measure"]) for row in rows}) == len(rows)
    assert {row["area"] for row in rows} == {reading.load(f"{area}/baseline").area}
    assert all(re.fullmatch(r"\d{4}Q[1-4]", row["quarter"]) and float(row["value"]) >= 0 for row in rows)
    assert all(row["source_url"].startswith("https://") and " " not in row["source_url"] for row in rows)


def test_the_most_specific_pattern_wins():
    patterns = ["*.*.hours", "groups.*.hours", "groups.burglary.*", "groups.burglary.hours"]
    for remaining in (4, 3, 2, 1):
        assert evidence.best_pattern(patterns[:remaining], "groups.burglary.hours") == patterns[remaining - 1]


def test_a_star_stands_for_exactly_one_part_of_a_name():
    assert evidence.best_pattern(["groups.*"], "groups.drugs.hours") is None
    assert evidence.best_pattern(["groups.*.hours"], "groups.drugs.more_hours") is None


def test_the_nearer_ledger_wins_even_with_a_vaguer_line(tmp_path):
    for area, pattern in (("far", "police.hours_charge"), ("near", "police.*")):
        (tmp_path / area).mkdir()
        written(tmp_path / area, f'["{pattern}"]\n{GOOD.replace("From b.", area)}')
    ledger = evidence.load([tmp_path / "far", tmp_path / "near"])
    assert ledger.line("police.hours_charge").note == "near"


def test_a_scenario_file_has_lines_of_its_own(tmp_path):
    own = f'[scenarios.double."police.teams"]\n{GOOD.replace("From b.", "Doubled.")}'
    path = written(tmp_path, f'["police.teams"]\n{GOOD}{own}')
    assert evidence.load(path).line("police.teams").note == "From b."
    assert evidence.load(path).line("police.teams", "double").note == "Doubled."
    assert evidence.load([tmp_path / "double.toml"]).line("police.teams").note == "Doubled."


def test_a_later_scenario_file_wins_over_the_one_it_is_based_on():
    ledger = evidence.load(reading.chain("london/uptake-50-effect-30"))
    assert ledger.line("diversion.attendance") == ledger.layers[0].changes["uptake-50"]["diversion.attendance"]
    assert ledger.line("disposals.community_resolution_with_intervention.hazard_ratio").note.startswith("A what-if")


def test_factors_become_a_range_in_the_unit_of_the_lever():
    line = evidence.Line(source="A", address="", date="2024", grade="assumed", note="b", low=0.5, high=2, relative=True)
    assert line.range_of(30.0) == (15.0, 60.0)
    assert line.range_of([1.0, 2.0]) == ([0.5, 1.0], [2.0, 4.0])


def test_factors_of_dated_sitting_days_give_days(baseline):
    days = reading.load(baseline).courts.crown.sitting_days
    low, high = ledger_of(baseline).line("courts.crown.sitting_days").range_of(days)
    assert all(least < dated.days < most for least, dated, most in zip(low, days, high, strict=True))


def test_only_lines_graded_assumed_are_listed_as_assumed():
    ledger, scenario = evidence.load(SCENARIOS / "london"), reading.load("london/baseline")
    assumed = ledger.assumed(scenario)
    assert "courts.magistrates.binds" in assumed
    assert "courts.crown.open" not in assumed


def test_a_misspelt_lever_is_left_over(tmp_path):
    ledger = evidence.load(written(tmp_path, f'["police.teems"]\n{GOOD}["police.teams"]\n{GOOD}'))
    assert ledger.left_over(reading.load("london/baseline")) == ["police.teems"]


def test_a_lever_without_a_line_is_named(tmp_path):
    ledger = evidence.load(written(tmp_path, f'["police.*"]\n{GOOD}'))
    assert "demand.trend" in ledger.unmatched(reading.load("london/baseline"))
    with pytest.raises(LookupError, match=r"no evidence for 'demand.trend' in .*evidence.toml"):
        ledger.line("demand.trend")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GOOD.replace("derived", "guess"), "unknown grade 'guess'; known: official statistic, research"),
        (GOOD.replace("address", "adress"), "unknown field 'adress'; did you mean 'address'?"),
        (GOOD.replace("https://a", ""), "a line graded 'derived' needs an address"),
        (GOOD.replace("From b.", ""), "source, date and note must not be empty"),
        ('source = "A"\n', "grade is missing"),
        (GOOD + "low = 2\nhigh = 1\n", "low = 2 exceeds high = 1"),
        (GOOD + "low = 2\n", "give both low and high, or neither"),
        (GOOD + "relative = true\n", "relative = true needs low and high"),
        (GOOD + 'low = "two"\nhigh = 3\n', "low = 'two': Input should be a valid number"),
        (GOOD + "low = nan\nhigh = 3\n", "low = nan: Input should be a finite number"),
    ],
)
def test_a_faulty_line_is_refused_with_file_line_and_reason(tmp_path, line, message):
    path = written(tmp_path, f'["police.teams"]\n{line}')
    with pytest.raises(evidence.EvidenceError, match=re.escape(message)) as refused:
        evidence.load(path)
    assert str(refused.value).startswith(f"{path}: ['police.teams']: ")


def test_a_lever_name_without_quotes_is_refused(tmp_path):
    with pytest.raises(evidence.EvidenceError, match="put the whole lever name in quotes"):
        evidence.load(written(tmp_path, f"[police.teams]\n{GOOD}"))


def test_every_fault_of_a_ledger_is_listed(tmp_path):
    faulty = GOOD.replace("derived", "guess")
    with pytest.raises(evidence.EvidenceError) as refused:
        evidence.load(written(tmp_path, f'["police.teams"]\n{faulty}[scenarios.more."police.officers"]\n{faulty}'))
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["not TOML", "[scenarios]\nuptake = 1\n"])
def test_a_file_that_is_no_ledger_is_refused(tmp_path, text):
    with pytest.raises(evidence.EvidenceError, match=r"evidence.toml: "):
        evidence.load(written(tmp_path, text))


def test_a_folder_without_a_ledger_is_refused(tmp_path):
    with pytest.raises(evidence.EvidenceError, match="no evidence ledger: expected"):
        evidence.load(tmp_path)
