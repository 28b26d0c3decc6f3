"""The address of a page: which scenarios are asked for, with which changes, and how large the runs are.

What matters lives here and in the store, so that a link shown to somebody else shows the same, and a reload loses
nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import streamlit as st

from sim.scenario.evidence import EvidenceError
from sim.scenario.faults import ScenarioError, nearest, printable
from sim.scenario.reading import names
from sim.study.question import Asked, Question, as_text, ask, asked_from

FIRST = Asked("london/uptake-50", {})
MOST_SCENARIOS = 4
SIZES: Mapping[str, tuple[type, float, float]] = {
    "seeds": (int, 1, 40),
    "years": (int, 1, 20),
    "share": (float, 0.001, 1),
}
QUICK: Mapping[str, Any] = {"seeds": 4, "share": 0.1}
_KEPT = "question"  # in the session: what was last asked, for pages opened by name
_LONGEST = 20_000  # characters of one scenario in an address


@dataclass(frozen=True)
class Address:
    """What an address asks for.

    Args:
        asked: scenarios and changes, at least one.
        sizes: seeds, years and share, where they are not as usual.
        faults: what could not be read, in words.
    """

    asked: tuple[Asked, ...]
    sizes: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def first(self) -> Asked:
        """The scenario that pages about one scenario show."""
        return self.asked[0]


def read() -> Address:
    """Read the address of this page; one opened by its name takes up what was asked last."""
    if not st.query_params and _KEPT in st.session_state:
        write(st.session_state[_KEPT])
    faults = [f"The address holds {printable(key)!r}, which means nothing here." for key in _unknown()]
    asked = [one for one in (_asked(text, faults) for text in st.query_params.get_all("scenario")) if one]
    if len(asked) > MOST_SCENARIOS:
        faults.append(f"The address names {len(asked)} scenarios; the first {MOST_SCENARIOS} are shown.")
    sizes = {name: value for name in SIZES if (value := _size(name, faults)) is not None}
    found = Address(tuple(asked[:MOST_SCENARIOS]) or (FIRST,), sizes, tuple(faults))
    st.session_state[_KEPT] = Address(found.asked, sizes)
    return found


def write(address: Address) -> None:
    """Put *address* in place of this page's."""
    st.query_params.from_dict(params(address))


def params(address: Address) -> dict[str, Any]:
    """What the address bar holds of *address*."""
    return {"scenario": [as_text(one) for one in address.asked], **{name: str(n) for name, n in address.sizes.items()}}


def link(asked: Asked) -> dict[str, Any]:
    """What the address bar holds for one scenario."""
    return params(Address((asked,)))


def baseline_of(asked: Asked) -> Asked:
    """The baseline of the folder that a scenario is in."""
    return Asked(str(PurePosixPath(asked.file).parent / "baseline"), {})


def question(asked: Asked, sizes: Mapping[str, Any]) -> Question:
    """Read a scenario and its baseline; the same again costs nothing.

    Raises:
        ScenarioError: it cannot be used.
    """
    return _question(as_text(asked), tuple(sorted(sizes.items())))


@functools.lru_cache(maxsize=64)  # some 0.3 MB each
def _question(text: str, sizes: tuple[tuple[str, Any], ...]) -> Question:
    asked = asked_from(text)
    try:
        return ask([baseline_of(asked), asked], **dict(sizes))
    except (EvidenceError, ValueError) as error:
        raise error if isinstance(error, ScenarioError) else ScenarioError([str(error)]) from None


def command(asked: Asked, sizes: Mapping[str, Any], structures: bool = False) -> str:
    """What to type for the same figures."""
    changes = "".join(f" --set '{change}'" for change in as_text(asked).split(";")[1:])
    size = "".join(f" --{name} {value}" for name, value in sizes.items())
    return f"sliproad compare {baseline_of(asked).file} {asked.file}{changes}{size}{' --structures' * structures}"


def _unknown() -> list[str]:
    return [key for key in st.query_params if key not in ("scenario", *SIZES)]


def _asked(text: str, faults: list[str]) -> Asked | None:
    """A scenario of the address; only names are taken, never paths."""
    if len(text) > _LONGEST:
        faults.append(
            f"A scenario in the address is longer than {_LONGEST:,} characters; {FIRST.file} is shown instead."
        )
        return None
    try:
        asked = asked_from(text)
    except ValueError as error:
        faults.append(f"The address: {error}")
        return None
    if asked.file not in names():
        near = nearest(asked.file, names())
        faults.append(f"The address names no known scenario: {printable(asked.file[:100])!r}{near}")
        return None
    return asked


def _size(name: str, faults: list[str]) -> Any:
    text = st.query_params.get(name)
    if text is None:
        return None
    kind, low, high = SIZES[name]
    convert: Callable[[str], Any] = kind
    try:
        value = convert(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        faults.append(f"The address: {name} = {printable(text[:40])}: must lie between {low:g} and {high:g}.")
        return None
    return value
