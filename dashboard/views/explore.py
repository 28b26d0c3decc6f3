"""Many runs at once: what a scheme changes along two levers, what decides it, and where its sign turns."""

from __future__ import annotations

import address
import lay_out
import own_sweep
import pandas as pd
import streamlit as st

from sim.report import swept as told
from sim.report.content import Table
from sim.report.levers import levers_of
from sim.study.shipped import MATTERS, sweeps, tables
from sim.study.swept import MEASURES, Swept, found_in, users_sweeps

AREA, SCENARIO = "london", "london/uptake-50"


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
    every = {f"{one.name}: {one.title}" if one in own else one.title: one for one in (*sweeps(AREA), *own)}
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
    table = told.of_scenario(swept, scenario)
    moved = set(table.loc[table["difference"].fillna(0) != 0, "measure"])
    measures = [name for name in MEASURES if name in moved] + sorted(moved - set(MEASURES))
    if not measures:
        lay_out.lead("At none of its points does the scenario change anything.")
        return
    key = f"{swept.name} {scenario}"
    measure = st.selectbox("What is looked at", measures, format_func=told.label_of, key=f"explore measure {key}")
    measure = measure or measures[0]
    if told.is_one_at_a_time(table):
        _one_at_a_time(table, measure, key)
    else:
        _crossed(table, measure, key)
    lay_out.paragraph(told.about(swept, table))


def _one_at_a_time(table: pd.DataFrame, measure: str, key: str) -> None:
    every = levers_of(SCENARIO)
    drawn = told.tornado(table, measure, every)
    lay_out.lead(told.rests_on(table, measure, every))
    lay_out.chart(drawn, f"tornado {measure} {key}")


def _crossed(table: pd.DataFrame, measure: str, key: str) -> None:
    levers = told.varied_in(table)
    row = st.segmented_control("Along", levers, default=levers[0], required=True, key=f"explore row {key}")
    row = row or levers[0]
    others = [lever for lever in levers if lever != row]
    drawn = told.along(table, measure, row, others[0] if others else None)
    lay_out.lead(f"{drawn.title}. {told.turns(table, measure)}")
    if others:
        lay_out.chart(told.heat(table, measure, row, others[0]), f"heat {measure} {row} {key}")
    lay_out.chart(drawn, f"sweep {measure} {row} {key}")
    if not pd.api.types.is_numeric_dtype(table[row]):
        return
    lay_out.heading("What would it take", 2)
    start = float(table.loc[table["measure"] == measure, "difference"].mean())
    target = st.number_input(
        f"Difference wanted: {told.label_of(measure)}", value=round(start), key=f"target {key} {measure}"
    )
    for line in told.needed(table, measure, row, float(target)):
        lay_out.paragraph(line)
    lay_out.paragraph(
        "Read straight between the points, of their means; sliproad goal runs what it takes, with an interval.",
        quiet=True,
    )


def _matters(indices: pd.DataFrame, screening: pd.DataFrame) -> None:
    lay_out.heading("Which uncertain levers decide it", 2)
    labels = {one.name: f"{one.label}, {one.unit}" for one in levers_of(SCENARIO)}
    lay_out.chart(told.what_matters(indices, labels), "what matters")
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
