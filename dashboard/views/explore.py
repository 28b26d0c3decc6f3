"""Many runs at once: what a scheme changes along two levers, what decides it, and where its sign turns."""

from __future__ import annotations

import lay_out
import pandas as pd
import streamlit as st

from sim.report.content import Table
from sim.report.levers import levers_of
from sim.report.sweeps import along, label_of, turns, varied_in, what_matters
from sim.study.shipped import MATTERS, SWEEP, tables

AREA, SCENARIO = "london", "london/uptake-50"


_IN_ORDER = (
    *("magistrates.open", "crown.open", "diversion.prosecutions_avoided", "reoffending.scheme_12_months"),
    "cost.total",
)


def show() -> None:
    """Show the page."""
    lay_out.heading("What the answer hangs on")
    swept, matters = tables(AREA, SWEEP).get("results"), tables(AREA, MATTERS)
    if swept is None:
        lay_out.lead("No sweep ships with this version; `sliproad sweep PLAN` runs one.")
        return
    _sweep(swept)
    if "indices" in matters:
        _matters(matters["indices"], matters["screening"])
    lay_out.heading("A sweep of your own", 2)
    lay_out.paragraph(
        "On the command line: sliproad sweep london/sweeps/uptake --out DIR runs every point of a plan, sliproad "
        "sensitivity says what decides the answer, and sliproad goal what it would take to reach a target."
    )


def _sweep(table: pd.DataFrame) -> None:
    levers = varied_in(table)
    moved = table[table["difference"].fillna(0) != 0]
    measures = sorted(set(moved["measure"]), key=_IN_ORDER.index)
    measure = st.selectbox("What is looked at", measures, format_func=label_of, key="explore measure")
    row = st.segmented_control("Along", levers, default=levers[0], required=True, key="explore row")
    row = row or levers[0]
    others = [lever for lever in levers if lever != row]
    drawn = along(table, measure, row, others[0] if others else None)
    lay_out.lead(f"{drawn.title}. {turns(table, measure)}")
    lay_out.paragraph(
        "The points are a tenth of London with few seeds, and one structure of the model: a figure to quote is that of "
        "a scenario's own answer."
    )
    lay_out.chart(drawn, f"sweep {measure} {row}")


def _matters(indices: pd.DataFrame, screening: pd.DataFrame) -> None:
    lay_out.heading("Which uncertain levers decide it", 2)
    labels = {one.name: f"{one.label}, {one.unit}" for one in levers_of(SCENARIO)}
    lay_out.chart(what_matters(indices, labels), "what matters")
    rows = tuple(
        (labels[row["lever"]], f"{row['mean']:+,.0f}", f"{row['mean_absolute']:,.0f}", _YES[bool(row["matters"])])
        for row in screening.sort_values("mean_absolute", ascending=False).to_dict("records")
    )
    columns = ("lever", "mean effect over its range", "mean size", "looked at again")
    lay_out.table(Table("All levers screened: open magistrates' cases", columns, rows, "Elementary effects (Morris)."))
    worth = indices.sort_values("learning", ascending=False).iloc[0]
    told = (
        f"Most would be gained by learning this exactly before choosing: {labels[worth['lever']].lower()}. It would be "
        f"worth {worth['learning']:,.0f} open cases on average: the choice would seldom change."
    )
    same = "To learn any one of them exactly would not change the choice: the scheme leaves fewer cases open."
    lay_out.paragraph(told if worth["learning"] > _WORTH else same)


_YES = {True: "yes", False: "no"}
_WORTH = 0.5  # cases: less is none


if __name__ == "__main__":
    show()
