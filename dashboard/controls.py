"""Controls for levers, each drawn from what the lever says of itself; a change goes into the address."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial
from typing import Any

import address
import lay_out
import streamlit as st
import told

from sim.report.levers import is_by_date, number_of
from sim.scenario.lever import Lever
from sim.scenario.reading import load
from sim.study.question import Asked, as_toml, settings

UPTAKE = "diversion.uptake"
BOUND = (
    "diversion.acceptance",
    "diversion.attendance",
    "diversion.trained",
)  # uptake can be no more than their product
_PERCENT = (UPTAKE, "diversion.attendance")  # shown as sliders
_FOLLOWED = "uptake followed"
_MOST_SHOWN = 20


def front(asked: Asked, wrong: list[str]) -> None:
    """The five levers in front."""
    every = {one.name: one for one in told.levers(asked.file)}
    disposal = value_of(every["diversion.disposal"], asked)
    for name in (
        UPTAKE,
        "diversion.attendance",
        f"disposals.{disposal}.needs_admission",
        "diversion.offences",
        "courts.crown.sitting_days",
    ):
        if name in every:
            control(every[name], asked, wrong)


def every(asked: Asked, wrong: list[str]) -> None:
    """All levers, by a word and a group."""
    lay_out.heading("All levers", 2)
    found = told.levers(asked.file)
    groups = list(dict.fromkeys(_group(one) for one in found))
    words, group = st.columns(2)
    word = words.text_input("Search levers", key="search levers", placeholder="such as attendance, hours, remand")
    only = group.selectbox("Group", ["all", *groups], key="group of levers")
    if not word and only == "all":
        lay_out.paragraph(f"{len(found)} levers. Type a word or choose a group to see and change them.", quiet=True)
        return
    chosen = [
        one
        for one in found
        if only in ("all", _group(one)) and word.lower() in f"{one.name} {one.label} {one.unit}".lower()
    ]
    for one in chosen[:_MOST_SHOWN]:
        control(one, asked, wrong, where="all")
    if not chosen:
        lay_out.paragraph("No lever holds this word.")
    elif len(chosen) > _MOST_SHOWN:
        lay_out.paragraph(f"{len(chosen) - _MOST_SHOWN} more: type another word or choose a group.", quiet=True)


def control(lever: Lever, asked: Asked, wrong: list[str], where: str = "front") -> None:
    """Draw the control of one lever, with its unit, range, grade and source, and what is wrong with it."""
    now = value_of(lever, asked)
    key = f"{where} {asked.file} {lever.name} {most_uptake(asked) if lever.name == UPTAKE else ''}"
    for number, (part, label) in enumerate(_parts(lever, now)):
        _draw(lever, part, label, f"{key} {number}", asked, number)
    allowed = f", {lever.allowed}" if lever.low is not None or lever.high is not None else ""
    notes = [f"{lever.unit[:1].upper()}{lever.unit[1:]}{allowed}"]
    notes.append(f"{lever.grade.capitalize()}: {lever.source}" if lever.grade else "No evidence: assumed")
    if lever.name == UPTAKE:
        notes.insert(0, f"At most {100 * most_uptake(asked):.4g}%: acceptance x attendance. Raise attendance for more")
        if st.session_state.pop(_FOLLOWED, False):
            lay_out.tag("Uptake was lowered: no more can start than accept and attend.")
    lay_out.paragraph(". ".join(notes) + f". Lever: {lever.name}", quiet=True)
    lay_out.faults(fault for fault in wrong if fault.startswith((f"{lever.name} ", f"{lever.name}:")))


def value_of(lever: Lever, asked: Asked) -> Any:
    """The value of a lever with the changes made."""
    return asked.changes.get(lever.name, lever.value)


def most_uptake(asked: Asked) -> float:
    """The highest uptake that acceptance, attendance and training allow."""
    every = {one.name: one for one in told.levers(asked.file)}
    return math.prod(float(value_of(every[name], asked)) for name in BOUND)


def _group(lever: Lever) -> str:
    return lever.name.rpartition(".")[0] or "general"


def _parts(lever: Lever, value: Any) -> list[tuple[Any, str]]:
    """What is drawn for a lever: one control, or for rows by date one for each."""
    name = lever.name.rpartition(".")[2].replace("_", " ").capitalize()
    label = lay_out.plain(f"{name}: {lever.label[:1].lower()}{lever.label[1:]}")
    if is_by_date(value):
        return [
            (row[number_of(row)], f"{label} from {row['starts']:%d %B %Y}".replace(" from 0", " from "))
            for row in value
        ]
    return [(value, label)]


def _draw(lever: Lever, value: Any, label: str, key: str, asked: Asked, number: int) -> None:
    """Draw one control that shows what the address holds; what it is set to is put there."""
    how: dict[str, Any] = {"key": key, "on_change": _change, "args": (lever, key, asked, number)}
    if lever.name in _PERCENT:
        most = 100 * most_uptake(asked) if lever.name == UPTAKE else 100.0
        most = max(math.floor(most * 10 + 1e-9) / 10, 1.0)
        _show(key, min(round(100 * float(value), 1), most))
        st.slider(f"{label}, %", 0.0, most, step=0.5, format="%g%%", **how)
    elif isinstance(value, bool):
        _show(key, value)
        st.selectbox(label, [True, False], format_func=_yes, **how)
    elif isinstance(value, list) and lever.choices and all(isinstance(one, str) for one in value):
        _show(key, [one for one in value if one in lever.choices])
        st.pills(label, lever.choices, selection_mode="multi", format_func=partial(_called, asked.file), **how)
    elif isinstance(value, str) and value in lever.choices and "a date" not in lever.choices and lever.low is None:
        _show(key, value)
        st.selectbox(label, lever.choices, format_func=partial(_called, asked.file), **how)
    elif isinstance(value, int | float) and (isinstance(value, int) or not lever.choices):
        _number(lever, value, label, key, how)
    else:
        _show(key, str(value) if isinstance(value, str | date) else as_toml(value))
        st.text_input(label, **how)


def _show(key: str, value: Any) -> None:
    """Let a control show *value*: it may have changed by a link, or by another control."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _number(lever: Lever, value: float, label: str, key: str, how: Mapping[str, Any]) -> None:
    """Draw a control for a number, whole or not, within the bounds of its lever."""
    kind = int if isinstance(value, int) else float
    low = 0 if is_by_date(lever.value) else lever.low
    least, most = (None if end is None else kind(end) for end in (low, lever.high))
    within = (least is None or value >= least) and (most is None or value <= most)
    _show(key, value if within else kind(lever.value))
    if kind is int:
        st.number_input(label, least, most, step=1, **how)
    else:
        step = 0.01 if most == 1 else 1.0 if abs(value) >= 10 else 0.1
        st.number_input(label, least, most, step=step, format="%0.6g", **how)


def _change(lever: Lever, key: str, asked: Asked, number: int) -> None:
    """Put what was set into the address; uptake follows what bounds it."""
    value = _read(lever, st.session_state[key], value_of(lever, asked), number)
    changes = {**asked.changes, lever.name: value}
    if lever.name in BOUND:
        most = most_uptake(Asked(asked.file, changes))
        every = {one.name: one for one in told.levers(asked.file)}
        if value_of(every[UPTAKE], asked) > most:
            changes[UPTAKE] = math.floor(most * 1000 + 1e-9) / 1000
            st.session_state[_FOLLOWED] = True
    own = {one.name: one.value for one in told.levers(asked.file)}
    kept = {name: value for name, value in changes.items() if name not in own or value != own[name]}
    found = address.read()
    address.write(address.Address((Asked(asked.file, kept), *found.asked[1:]), found.sizes))


def _read(lever: Lever, given: Any, before: Any, number: int) -> Any:
    """The value that a control's setting stands for."""
    if lever.name in _PERCENT:
        return round(given / 100, 6)
    if is_by_date(before):
        return [{**row, number_of(row): given} if at == number else row for at, row in enumerate(before)]
    if isinstance(given, str) and given not in lever.choices:
        return settings([f"value={given}"])["value"] if given.strip() else ""
    return list(given) if isinstance(given, tuple | list) else given


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _called(file: str, name: str) -> str:
    """A group or a disposal by its label, any other name by its words."""
    return lay_out.plain(_labels(file).get(name) or name.replace("_", " ").capitalize())


@lru_cache(maxsize=32)
def _labels(file: str) -> dict[str, str]:
    scenario = load(file)
    groups = {name: one.label for name, one in scenario.groups.items()}
    return groups | {name: one.label for name, one in scenario.disposals.items()}
