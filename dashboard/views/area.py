"""An area of one's own: a zipped folder of scenarios, checked in words and kept for this session alone."""

from __future__ import annotations

import jobs
import lay_out
import streamlit as st
from address import QUICK, question
from brief import in_brief

from sim.report.levers import changed_table, report_check
from sim.scenario.evidence import EvidenceError
from sim.scenario.faults import ScenarioError
from sim.study.question import Asked
from sim.study.upload import BASELINE, MOST_FILES, OwnArea, unpack


def show() -> None:
    """Show the page."""
    lay_out.heading("An area of your own")
    lay_out.lead(
        "Bring a folder of scenario files, zipped: it is checked in words, run here, and forgotten when you leave."
    )
    lay_out.paragraph(
        "It needs a baseline.toml, which may be based on london/baseline and state only what differs, and a file for "
        "each scenario, based on baseline. Files are read as data and never executed; nobody else sees them, and no "
        f"link leads to them. At most {MOST_FILES} files and 1 MB."
    )
    given = st.file_uploader("Folder of scenarios (zip)", type="zip", key="area")
    if given is None:
        return
    area = _unpacked(given.file_id, given.name, given.getvalue())
    if area:
        _tell(area)


def _unpacked(file: str, name: str, content: bytes) -> OwnArea | None:
    """What was brought: unpacked once, and kept in this session alone."""
    kept = st.session_state.get("own area")
    if kept is None or kept[0] != file:
        try:
            kept = (file, unpack(name, content))
        except ScenarioError as error:
            lay_out.faults(error.faults)
            return None
        st.session_state["own area"] = kept
    return kept[1]


def _tell(area: OwnArea) -> None:
    lay_out.faults(area.faults)
    name = st.selectbox("Scenario", area.scenarios, len(area.scenarios) - 1, key="own scenario")
    try:
        checked = report_check(area.path(name)).replace(f"{area.folder.name}/", "")
    except EvidenceError as error:
        checked = str(error).replace(f"{area.folder.name}/", "")
    with st.expander("What the check says", expanded=name == BASELINE):
        for line in filter(None, checked.splitlines()):
            lay_out.paragraph(line)
    if name == BASELINE:
        lay_out.paragraph("Choose a scenario: every answer is a difference from the baseline.")
        return
    asked = Asked(area.path(name), {})
    sizes = {} if st.toggle("Everybody, eight seeds (minutes); else a tenth, four seeds", key="own size") else QUICK
    try:
        scenarios = question(asked, sizes).study.scenarios
    except ScenarioError as error:
        lay_out.faults(fault.replace(f"{area.folder.name}/", "") for fault in error.faults)
        return
    known, shown = jobs.known(asked, sizes), list(scenarios)[-1]
    if known:
        in_brief(known.comparison, shown)
    elif jobs.changes_nothing(asked, sizes):
        lay_out.lead("This is the baseline itself: nothing differs from it.")
    else:
        lay_out.lead("Not computed yet.")
    jobs.offer(asked, sizes, shown)
    baseline, scenario = scenarios.values()
    lay_out.table(changed_table(scenario, baseline))


if __name__ == "__main__":
    show()
