"""Change a scenario and watch the answer come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import address
import controls
import jobs
import lay_out
import links
import streamlit as st
from brief import in_brief

from sim.report.levers import changed_table
from sim.scenario.faults import ScenarioError
from sim.scenario.reading import differences, load, names
from sim.study.exchange import as_file, from_file
from sim.study.question import Asked
from views.answer import mark

_WHERE = re.compile(r"; \w+ is set at [^;]*")  # the line of a file, of no use on a page


def show() -> None:
    """Show the page."""
    found = address.read()
    lay_out.faults(found.faults)
    lay_out.heading("Change a scenario")
    left, right = st.columns([2, 3], gap="large")
    asked, sizes = found.first, found.sizes
    with left:
        _choose(asked)
        wrong = _faults(asked)
        controls.front(asked, wrong)
    with right:
        _answer(asked, sizes, wrong)
    if not wrong:
        lay_out.heading("Where in the process the changes act", 2)
        baseline, scenario = address.question(asked, sizes).study.scenarios.values()
        lay_out.process(list(differences(scenario, baseline)))
    controls.every(asked, wrong)
    _files(asked, wrong)


def _choose(asked: Asked) -> None:
    """Which scenario to start from; another forgets the changes."""
    area = asked.file.partition("/")[0]
    known = [name for name in names() if name.startswith(f"{area}/")]

    def choose() -> None:
        address.write(address.Address((Asked(st.session_state[key], {}),)))

    key = f"start from {asked.file}"
    st.selectbox("Start from", known, known.index(asked.file), key=key, on_change=choose)
    lay_out.paragraph(load(asked.file).title, quiet=True)


def _faults(asked: Asked) -> list[str]:
    try:
        address.question(asked, {})
    except ScenarioError as error:
        return [_WHERE.sub("", fault.removeprefix("the change: ")) for fault in error.faults]
    return []


def _answer(asked: Asked, sizes: Mapping[str, Any], wrong: list[str]) -> None:
    lay_out.heading("The answer", 2)
    if wrong:
        lay_out.paragraph("There is no answer while something is wrong:")
        lay_out.faults(wrong)
        return
    question = address.question(asked, sizes)
    name = list(question.study.scenarios)[-1]
    known = jobs.known(asked, sizes)
    if known:
        in_brief(known.comparison, name, mark(known))
    elif jobs.changes_nothing(asked, sizes):
        lay_out.lead("This is the baseline itself: nothing differs from it.")
    else:
        lay_out.lead("Not computed yet: no computed points lie around it.")
        _quick(asked, sizes, name)
    jobs.offer(asked, sizes, name, quick=True)
    links.to("answer", "See the whole answer", asked, sizes=sizes)
    baseline, scenario = question.study.scenarios.values()
    lay_out.table(changed_table(scenario, baseline))


def _quick(asked: Asked, sizes: Mapping[str, Any], name: str) -> None:
    """What a quick look has said, where there was one."""
    quick = {**sizes, **address.QUICK}
    job = jobs.job_of(asked, quick)
    known = jobs.known(asked, quick) if job and job.state == "done" else None
    if known:
        lay_out.tag("A quick look: a tenth of London, so more is left to chance. Run it in full before you quote it.")
        in_brief(known.comparison, name)


def _files(asked: Asked, wrong: list[str]) -> None:
    lay_out.heading("Save and load", 2)
    if not wrong:
        st.download_button("Save this scenario (TOML)", as_file(asked), "scenario.toml", "application/toml")
    given = st.file_uploader("Load a scenario (TOML, at most 256 kB)", type="toml", key="upload")
    if given is None:
        return
    try:
        loaded = from_file(given.name, given.getvalue())
    except ScenarioError as error:
        lay_out.faults(error.faults)
        return
    links.to("change", f"Use {given.name}: {len(loaded.changes)} changes to {loaded.file}", loaded)


if __name__ == "__main__":
    show()
