"""The process map: every lever acts on a stage, changed stages are lit, and the picture says in words what it shows."""

from xml.etree import ElementTree

import pytest

from sim.report.levers import levers_of
from sim.report.process_map import LINKS, STAGES, in_words, lit, picture, stage_of
from sim.scenario.reading import names


@pytest.mark.parametrize("name", names())
def test_every_lever_of_every_scenario_acts_on_a_stage(name):
    assert {stage_of(lever.name) for lever in levers_of(name)} == set(STAGES)


def test_an_unknown_lever_has_no_stage():
    with pytest.raises(LookupError):
        stage_of("weather.rain")


@pytest.mark.parametrize(
    ("lever", "stage"),
    [
        ("diversion.uptake", "offer"),
        ("diversion.completion", "course"),
        ("provider.places_a_week", "course"),
        ("disposals.community_caution.breach", "disposal"),
        ("disposals.community_caution.hazard_ratio", "reoffending"),
        ("police.hours_charge", "decision"),
        ("police.freed_to_searches", "contact"),
        ("groups.cannabis_possession.contacts", "contact"),
        ("groups.cannabis_possession.crown_sentences", "sentence"),
        ("groups.cannabis_possession.crown_plea_share", "crown"),
        ("demand.crown_receipts", "crown"),
        ("courts.reuse", "magistrates"),
        ("costs.prison_place", "accounts"),
    ],
)
def test_a_lever_acts_on_its_stage(lever, stage):
    assert stage_of(lever) == stage


@pytest.mark.parametrize("is_narrow", [False, True])
def test_the_stages_acted_on_are_lit_and_say_why(is_narrow):
    drawn = ElementTree.fromstring(picture(["diversion.uptake", "courts.reuse"], is_narrow))
    stages = drawn.findall("g")
    assert len(stages) == len(STAGES)
    bright = [one.get("aria-label") for one in stages if "lit" in one.get("class").split()]
    assert [label.partition(".")[0] for label in bright] == ["Offer of the scheme", "Magistrates' courts"]
    assert "Changed: diversion.uptake." in bright[0]
    assert all(one.get("tabindex") == "0" and one.get("role") == "img" for one in stages)
    assert len(drawn.findall("line")) == len(LINKS)
    _, _, width, height = map(int, drawn.get("viewBox").split())
    boxes = [tuple(int(one.find("rect").get(name)) for name in ("x", "y", "width", "height")) for one in stages]
    assert all(x + wide <= width and y + high <= height for x, y, wide, high in boxes)
    apart = [abs(a[0] - b[0]) >= a[2] or abs(a[1] - b[1]) >= a[3] for n, a in enumerate(boxes) for b in boxes[:n]]
    assert all(apart)


def test_what_is_lit_is_said_in_words():
    assert in_words([]) == "Nothing is changed, so no stage is lit."
    assert lit(["courts.reuse", "diversion.uptake"]) == {"offer": ["diversion.uptake"], "magistrates": ["courts.reuse"]}
    assert "offer of the scheme (diversion.uptake); magistrates' courts (courts.reuse)" in in_words(
        ["diversion.uptake", "courts.reuse"]
    )
