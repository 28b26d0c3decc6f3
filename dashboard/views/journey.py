"""One person's case under the baseline and a scenario with the same luck, and who waits where over time."""

from __future__ import annotations

import address
import jobs
import lay_out
import links
import streamlit as st

from sim.report.journey import groups_of, side_by_side, timeline, told, who_differ
from sim.report.queues import at_week, queues
from sim.scenario.faults import ScenarioError
from sim.study.lives import Lives

_KINDS = {
    "avoided": "somebody kept from prosecution",
    "offered": "somebody offered the scheme",
    "differ": "somebody else whose case runs differently",
    "all": "anybody",
}
_ANY = "any offence"
_STRIDE = 0.618034  # of the list, from one person to the next: far apart, and each comes up
_A_STEP, _WEEKS_A_STEP = "0.8s", 4


def show() -> None:
    """Show the page."""
    found = address.read()
    lay_out.faults(found.faults)
    lay_out.heading("One person's case")
    asked = found.first
    try:
        address.question(asked, {})
    except ScenarioError as error:
        lay_out.faults(error.faults)
        links.to("change", "Change it", asked)
        return
    if jobs.changes_nothing(asked, {}):
        lay_out.lead("This is the baseline itself: no case differs from it.")
        return
    with st.spinner("Running a small world twice with the same luck: some seconds"):
        worlds = jobs.worlds(asked)
    _person(worlds)
    _queues(worlds)
    links.to("answer", "See the whole answer", asked)


def _person(worlds: Lives) -> None:
    """Choose somebody, and tell both lives."""
    first, other = worlds.values()
    name = list(worlds)[-1]
    everyone = who_differ(first, other)
    people = {kind: f"{len(of):,}" for kind, of in everyone.items()}
    lay_out.lead(
        f"Of {people['all']} people met in a small world, {name} keeps {people['avoided']} from a prosecution at least "
        f"once, offers its course to {people['offered']}, and the cases of {people['differ']} others run differently "
        "too, if only in their days in court."
    )
    lay_out.paragraph(
        f"One replication of {100 * first.share:g}% of the people. It shows how the rules work on a person; it "
        "measures nothing."
    )
    groups, kinds = st.columns(2)
    labels = {_ANY: _ANY, **groups_of(first)}
    group = groups.selectbox("Met for", list(labels), format_func=lambda one: lay_out.plain(labels[one]), key="group")
    kind = kinds.selectbox("Show", list(_KINDS), format_func=_KINDS.__getitem__, key="kind")
    chosen = who_differ(first, other, None if group == _ANY else group)[kind]
    if not chosen:
        lay_out.paragraph("There is nobody of this kind in so small a world.")
        return
    st.session_state.setdefault("turn", 0)
    if st.button("Another person", key="another"):
        st.session_state["turn"] += 1
    person = chosen[int((st.session_state["turn"] * _STRIDE) % 1 * len(chosen))]
    _lives(worlds, person)


def _lives(worlds: Lives, person: int) -> None:
    lives = told(worlds, person)
    lay_out.heading(lives[0][1], 2)
    lay_out.chart(timeline(worlds, person), f"timeline {person}")
    for column, (name, _, life) in zip(st.columns(len(lives), gap="large"), lives, strict=True):
        with column:
            lay_out.heading(f"{name}: what differs", 3)
            lay_out.events([(when, what) for when, what, differs in life if differs])
    with st.expander("The whole of both lives"):
        for name, _, life in lives:
            lay_out.heading(name, 3)
            lay_out.events([(when, f"{what}{' (here only)' * differs}") for when, what, differs in life])
    st.download_button(
        "Both lives (text)", "\n".join(side_by_side(worlds, person)), f"person-{person}.txt", key="lives"
    )


def _queues(worlds: Lives) -> None:
    lay_out.heading("Who waits where, over time", 2)
    of = {name: queues(result) for name, result in worlds.items()}
    last = len(next(iter(of.values()))) - 1
    playing = st.toggle("Play", key="playing")
    st.session_state.setdefault("week", last)

    @st.fragment(run_every=_A_STEP if playing else None)
    def _film() -> None:
        if playing:
            now = st.session_state["week"]
            st.session_state["week"] = 0 if now >= last else min(now + _WEEKS_A_STEP, last)
        week = st.slider("Week", 0, last, key="week")
        lay_out.chart(at_week(of, worlds, week), "queues")

    _film()


if __name__ == "__main__":
    show()
