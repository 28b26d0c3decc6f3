"""A sweep of one's own, started on the page: two levers crossed over ranges, a twentieth of everybody."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import address
import jobs
import lay_out
import streamlit as st
import told

from sim.scenario.draws import ranges
from sim.scenario.evidence import EvidenceError
from sim.scenario.evidence import load as load_ledger
from sim.scenario.faults import ScenarioError
from sim.scenario.reading import chain, load
from sim.study.plan import Plan, Span, points
from sim.study.question import Asked
from sim.study.sweep import STAMP, identity_of, runs_of, seconds_of
from sim.study.swept import crossed, users_sweeps

SIZES = {"seeds": 4, "years": 5, "share": 0.05}
MOST_STEPS = 5
_FIRST = ("diversion.uptake", "courts.reuse")


def offer(asked: Asked) -> None:
    """Offer to cross two levers of a scenario over ranges, or show the sweep that is on its way."""
    lay_out.heading("A sweep of your own", 2)
    folder = users_sweeps()
    if folder is None:
        lay_out.paragraph("This server keeps no sweeps. On the command line: sliproad sweep PLAN --out DIR.")
        return
    lay_out.paragraph(
        f"Cross two levers of {asked.file}, the scenario that the other pages show, over ranges: every pair of values "
        "is run against the baseline and joins the sweeps above. More levers, points and seeds: sliproad sweep PLAN."
    )
    spans: dict[str, Span] = {}
    in_world = []
    try:
        every = _ranges(asked.file)
    except ScenarioError as error:
        lay_out.faults(error.faults)
        return
    if len(every) < len(_FIRST):
        lay_out.paragraph("The ledger of this scenario has too few levers with ranges; a plan may name others.")
        return
    named = {one.name: f"{one.label} ({one.name})" for one in told.levers(asked.file) if one.name in every}
    for number, column in enumerate(st.columns(2)):
        with column:
            lever, span, is_world = _lever(number, every, named)
        spans[lever] = span
        in_world += [lever] if is_world else []
    steps = st.select_slider("Values of each", range(2, MOST_STEPS + 1), 3, key="own steps")
    if len(spans) < 2:
        lay_out.faults(["Choose two different levers."])
        return
    try:
        plan, text = crossed(asked, address.baseline_of(asked).file, spans, in_world, steps=steps, **SIZES)
    except ScenarioError as error:
        lay_out.faults(error.faults)
        return
    _run(plan, folder / identity_of(plan, points(plan)))
    if not asked.changes:
        st.download_button("This plan (TOML)", text, "plan.toml", "application/toml", key="plan")


def _run(plan: Plan, folder: Path) -> None:
    if busy := st.session_state.pop("busy", ""):
        lay_out.faults([busy])
    work = jobs.queue().find_sweep(plan)
    if work and work.state in ("waiting", "running"):
        jobs.watch_sweep(work)
        return
    if work and work.state == "failed":
        lay_out.faults([f"The sweep could not be done: {work.message}"])
    if (folder / STAMP).is_file():
        lay_out.paragraph("These points have been run: the sweep is among those above.")
        return
    seconds = runs_of(plan) * seconds_of(plan) / jobs.CORES
    lay_out.paragraph(
        f"{runs_of(plan):,} runs at most, about {lay_out.duration(seconds)}; what is done is kept if you stop."
    )
    if st.button("Run these points", type="primary", key="run sweep"):
        jobs.start_sweep(plan, folder)
        st.rerun()


def _lever(number: int, every: dict[str, Span], named: dict[str, str]) -> tuple[str, Span, bool]:
    """One lever with its range, and whether the baseline has it too."""
    names = list(every)
    first = names.index(_FIRST[number]) if _FIRST[number] in every else number
    lever = st.selectbox(f"Lever {number + 1}", names, first, format_func=named.__getitem__, key=f"own lever {number}")
    span = every[lever]
    low = st.number_input("from", value=span.low, format="%g", key=f"own low {number} {lever}")
    high = st.number_input("to", value=span.high, format="%g", key=f"own high {number} {lever}")
    where = st.selectbox(
        "Changes", [_SCHEME, _WORLD], int(not lever.startswith(_OF_THE_SCHEME)), key=f"own where {number} {lever}"
    )
    return lever, Span(low, high), where == _WORLD


_SCHEME, _WORLD = "the scheme only", "the baseline and the scheme alike"
_OF_THE_SCHEME = ("diversion.", "disposals.", "provider.")


@lru_cache(maxsize=32)
def _ranges(file: str) -> dict[str, Span]:
    """Every lever that is a number and has a range in its ledger."""
    scenario, files = load(file), chain(file)
    try:
        found = ranges(scenario, load_ledger(files), files[-1].stem)
    except (EvidenceError, LookupError):
        return {}
    spans = {name: Span(float(of.low), float(of.high)) for name, of in found.items() if not of.is_factor}
    return {"diversion.uptake": Span(0.1, scenario.diversion.uptake or 0.5), **spans}
