"""The way of a case from contact to reoffending as a picture, with the stages that a scenario's changes act on lit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

Place = tuple[int, int]  # column and row of a stage in the picture


@dataclass(frozen=True)
class Stage:
    """A stage of the process.

    Args:
        label: as it is written in its box, at most two lines.
        mechanism: what happens there in the model.
        wide: its place in the picture for a wide screen.
        narrow: the same for a narrow one.
    """

    label: tuple[str, ...]
    mechanism: str
    wide: Place
    narrow: Place

    @property
    def name(self) -> str:
        """The label on one line."""
        return " ".join(self.label)


STAGES = {
    "contact": Stage(
        ("Contact with", "the police"),
        "People come to notice by search or report, at rates by offence, age, sex, ethnicity and record.",
        *((0, 1), (0, 0)),
    ),
    "decision": Stage(
        ("Police", "decision"),
        "Officers charge, dispose or drop, as their hours and leanings allow; what diversion frees may be used again.",
        *((1, 1), (0, 1)),
    ),
    "offer": Stage(
        ("Offer of", "the scheme"),
        "Teams that joined offer it to those the rules admit; some accept.",
        *((2, 0), (1, 2)),
    ),
    "course": Stage(
        ("Course", ""),
        "The provider has so many places a week; some attend and complete, others leave.",
        (3, 0),
        (1, 3),
    ),
    "disposal": Stage(
        ("Disposal", "out of court"),
        "What stands instead of a charge; breaking its conditions leads to nothing, a fine or a charge.",
        *((4, 0), (1, 4)),
    ),
    "magistrates": Stage(
        ("Magistrates'", "courts"),
        "First hearings and trials share the sitting days; freed time goes to cases that wait, or is lost or filled.",
        *((2, 2), (0, 2)),
    ),
    "crown": Stage(("Crown Court", ""), "Cases wait for court time by age, custody and plea.", (3, 2), (0, 3)),
    "sentence": Stage(("Sentence", ""), "Custody holds people back; other sentences do not.", (4, 2), (0, 4)),
    "reoffending": Stage(
        ("Reoffending", ""),
        "A hazard by age, sex and record, times what a course or a record does to it; it begets new contacts.",
        *((5, 1), (0, 5)),
    ),
    "accounts": Stage(
        ("Money and", "victims"), "Counted from what happened; it changes nothing that happens.", (5, 2), (1, 5)
    ),
}
LINKS = (
    *(("contact", "decision"), ("decision", "offer"), ("offer", "course"), ("course", "disposal")),
    *(("decision", "magistrates"), ("magistrates", "crown"), ("crown", "sentence")),
    *(("disposal", "reoffending"), ("sentence", "reoffending")),
)
_ACTS_ON = (  # the first whose pattern the lever's name begins with
    (r"diversion\.(attendance|completion)|provider|disposals\.\w+\.(sessions|refused|not_attended)", "course"),
    (
        r"diversion\.effect_by|reoffending|police\.intervention_hazard_ratio|disposals\.\w+\.(hazard|effect)",
        "reoffending",
    ),
    (r"diversion|disposals\.\w+\.(needs_admission|victim_consulted|indictable_only|min_age|later_offers)", "offer"),
    (r"police\.victim_objects", "offer"),
    (r"police\.(disposal_mix|with_intervention|disposal_delay)|disposals", "disposal"),
    (r"demand\.crown", "crown"),
    (r"demand|people|searches|starts|police\.freed_to_searches", "contact"),
    (r"groups\.\w+\.(people|contacts|find_rate|first_share|victim|recordable_share)", "contact"),
    (r"groups\.\w+\.(charge_share|disposed_share|own_case_share|excluded_share|time_limited)|police", "decision"),
    (r"groups\.\w+\.\w*sentences|sentencing", "sentence"),
    (r"groups\.\w+\.crown|courts\.crown", "crown"),
    (r"courts|single_justice|groups", "magistrates"),
    (r"costs|victims", "accounts"),
)
_BOX, _PITCH, _ROW = (160, 58), (190, 176), (92, 86)  # of a box; from one to the next, wide and narrow
_MARGIN, _STRIP = 6, 30


def stage_of(lever: str) -> str:
    """Return the stage that a *lever* acts on: a key of STAGES.

    Raises:
        LookupError: no stage is known for it.
    """
    for pattern, stage in _ACTS_ON:
        if re.match(pattern, lever):
            return stage
    raise LookupError(lever)


def lit(levers: Iterable[str]) -> dict[str, list[str]]:
    """Return the stages that some of *levers* act on, in the order of the process: stage -> levers."""
    found: dict[str, list[str]] = {stage: [] for stage in STAGES}
    for lever in levers:
        found[stage_of(lever)].append(lever)
    return {stage: of for stage, of in found.items() if of}


def in_words(levers: Iterable[str]) -> str:
    """Say which stages *levers* act on, and what happens there."""
    found = lit(levers)
    if not found:
        return "Nothing is changed, so no stage is lit."
    told = [f"{STAGES[stage].name.lower()} ({', '.join(of)})" for stage, of in found.items()]
    return f"What is changed acts on {'; '.join(told)}. What follows from it may move every later stage."


def picture(levers: Iterable[str], is_narrow: bool = False) -> str:
    """Draw the process as SVG; stages that *levers* act on are lit, and each names its mechanism on hover or focus."""
    found = lit(levers)
    places = {key: stage.narrow if is_narrow else stage.wide for key, stage in STAGES.items()}
    columns, rows = (max(place[axis] for place in places.values()) + 1 for axis in (0, 1))
    pitch, row = _PITCH[is_narrow], _ROW[is_narrow]
    width = _MARGIN * 2 + pitch * (columns - 1) + _BOX[0]
    height = _MARGIN * 2 + row * (rows - 1) + _BOX[1] + _STRIP * (1 + 2 * is_narrow)
    corners = {key: (_MARGIN + pitch * x, _MARGIN + row * y) for key, (x, y) in places.items()}
    links = "".join(_link(corners[one], corners[other], is_narrow) for one, other in LINKS)
    boxes = "".join(_box(key, corners[key], found.get(key, []), (width, height), is_narrow) for key in STAGES)
    name = "The way of a case, with the stages lit that the changes act on"
    return f'<svg viewBox="0 0 {width} {height}" role="group" aria-label="{name}">{links}{boxes}</svg>'


def _box(key: str, corner: Place, levers: list[str], size: Place, is_narrow: bool) -> str:
    stage, (x, y) = STAGES[key], corner
    lines = [line for line in stage.label if line]
    first = y + _BOX[1] / 2 + 6 - 10 * (len(lines) - 1)
    words = "".join(
        f'<text x="{x + _BOX[0] / 2:g}" y="{first + 20 * n:g}" text-anchor="middle">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    said = f"{stage.name}. {stage.mechanism}" + (f" Changed: {', '.join(levers)}." if levers else "")
    mechanism = _wrapped(stage.mechanism, 46 if is_narrow else 130)
    below = "".join(
        f'<text class="mechanism" x="{_MARGIN}" y="{size[1] - _STRIP * (1 + 2 * is_narrow) + 22 + 20 * n}">'
        f"{escape(line)}</text>"
        for n, line in enumerate(mechanism)
    )
    rest = f'<rect x="{x}" y="{y}" width="{_BOX[0]}" height="{_BOX[1]}" rx="4"></rect>'
    kind = "stage lit" if levers else "stage"
    return f'<g class="{kind}" role="img" tabindex="0" aria-label="{escape(said)}">{rest}{words}{below}</g>'


def _link(one: Place, other: Place, is_narrow: bool) -> str:
    """An arrow from the edge of one box to the edge of another."""
    right, down = _BOX
    (x1, y1), (x2, y2) = one, other
    if x2 > x1 and not is_narrow:
        start, end = (x1 + right, y1 + down // 2), (x2, y2 + down // 2)
    elif y2 > y1:
        start, end = (x1 + right // 2, y1 + down), (x2 + right // 2, y2)
    else:
        start, end = (x1 + right // 2, y1), (x2 + right // 2, y2 + down)
    line = f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"></line>'
    return f'{line}<circle cx="{end[0]}" cy="{end[1]}" r="4"></circle>'


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, width)
