"""Many runs at once: what a scheme changes along two levers, what decides it, and where its sign turns."""

from __future__ import annotations

import address
import lay_out
import own_sweep
import pandas as pd
import streamlit as st
import told

from sim.report import swept as words
from sim.report.content import Table
from sim.study.shipped import MATTERS, sweeps, tables
from sim.study.swept import MEASURES, Swept, found_in, users_sweeps, varied_in

AREA = "london"
_WHOLE = 10  # differences beyond it are asked for in whole numbers


def show() -> None:
    """Show the page."""
    lay_out.heading("What the answer hangs on")
    found = address.read()
    lay_out.faults(found.faults)
    chosen = _choose()
    if chosen is None:
        lay_out.lead("No sweep ships with this version; start one below.")
    else:
        _tell(chosen)
    matters = tables(AREA, MATTERS)
    if "indices" in matters:
        _matters(matters["indices"], matters["screening"])
    own_sweep.offer(found.first)


def _choose() -> Swept | None:
    """The sweep that is looked at: one that ships, or one in the folder of sweeps."""
    folder = users_sweeps()
    own, faults = found_in(folder) if folder else ([], [])
    lay_out.faults(faults)
    every: dict[str, Swept] = {}
    for one in (*sweeps(AREA), *own):
        every[f"{one.title} ({one.name})" if one.title in every else one.title] = one
    if not every:
        return None
    newest = st.session_state.pop("sweep done", None)
    name = next((name for name, one in every.items() if one.name == newest), None)
    if name:
        st.session_state["sweep"] = name
    return every[st.selectbox("Sweep", list(every), key="sweep")]


def _tell(swept: Swept) -> None:
    scenarios = list(swept.table["scenario"].unique())
    scenario = scenarios[0]
    if len(scenarios) > 1:
        scenario = st.selectbox("Scenario", scenarios, key=f"explore scenario {swept.name}") or scenario
    table = words.of_scenario(swept, scenario)
    moved = set(table.loc[table["difference"].fillna(0) != 0, "measure"])
    measures = [name for name in MEASURES if name in moved] + sorted(moved - set(MEASURES))
    if not measures:
        lay_out.lead("At none of its points does the scenario change anything.")
        return
    key = f"{swept.name} {scenario}"
    measure = st.selectbox("What is looked at", measures, format_func=words.label_of, key=f"explore measure {key}")
    measure = measure or measures[0]
    row = _along(table, key)
    lead, charts = told.sweep(swept, scenario, measure, row)
    lay_out.lead(lead)
    for number, drawn in enumerate(charts):
        lay_out.chart(drawn, f"sweep {number} {measure} {row} {key}")
    if row:
        _needed(table, measure, row, key)
    lay_out.paragraph(words.about(swept, table))


def _along(table: pd.DataFrame, key: str) -> str:
    """The lever along which points are set out; none where each is moved alone."""
    if words.is_one_at_a_time(table):
        return ""
    levers = varied_in(table)
    row = st.segmented_control("Along", levers, default=levers[0], required=True, key=f"explore row {key}")
    return row or levers[0]


def _needed(table: pd.DataFrame, measure: str, row: str, key: str) -> None:
    """Ask for a difference, and say which value of the lever brings it."""
    if not pd.api.types.is_numeric_dtype(table[row]) or table[row].dtype == bool:
        return
    lay_out.heading("What would it take", 2)
    start = float(table.loc[table["measure"] == measure, "difference"].mean())
    start = float(round(start)) if abs(start) > _WHOLE else round(start, 4)
    label = f"Difference wanted: {words.label_of(measure)}"
    target = st.number_input(label, value=start, format="%g", key=f"target {key} {measure}")
    for line in words.needed(table, measure, row, target):
        lay_out.paragraph(line)
    lay_out.paragraph(
        "Read straight between the points, of their means; sliproad goal runs what it takes, with an interval.",
        quiet=True,
    )


def _matters(indices: pd.DataFrame, screening: pd.DataFrame) -> None:
    lay_out.heading(f"Which uncertain levers decide it, of {told.UNCERTAIN}", 2)
    labels = {one.name: f"{one.label}, {one.unit}" for one in told.levers(told.UNCERTAIN)}
    lay_out.chart(words.what_matters(indices, labels), "what matters")
    rows = tuple(
        (labels[row["lever"]], f"{row['mean']:+,.0f}", f"{row['mean_absolute']:,.0f}", _YES[bool(row["matters"])])
        for row in screening.sort_values("mean_absolute", ascending=False).to_dict("records")
    )
    columns = ("lever", "mean effect over its range", "mean size", "looked at again")
    lay_out.table(Table("All levers screened: open magistrates' cases", columns, rows, "Elementary effects (Morris)."))
    worth = indices.sort_values("learning", ascending=False).iloc[0]
    gain = (
        f"Most would be gained by learning this exactly before choosing: {labels[worth['lever']].lower()}. It would be "
        f"worth {worth['learning']:,.0f} open cases on average: the choice would seldom change."
    )
    same = "To learn any one of them exactly would not change the choice: the scheme leaves fewer cases open."
    lay_out.paragraph(gain if worth["learning"] > _WORTH else same)


_YES = {True: "yes", False: "no"}
_WORTH = 0.5  # cases: less is none


if __name__ == "__main__":
    show()
