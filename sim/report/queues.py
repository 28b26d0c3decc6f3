"""Who waits where, week by week: the queues of one replication under each scenario, as pictures in a row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.base.clock import Clock
from sim.base.words import long_date, number
from sim.report.panels import BLUE, ORANGE, Chart, Dots, DotsPanel
from sim.run.result import Result

STAGES = (
    "files not begun by the police",
    "waiting for a place on a course",
    "magistrates: waiting for a first hearing",
    "magistrates: waiting for a trial or sentence",
    "magistrates: all open",
    "Crown Court: waiting for court time",
    "Crown Court: all open",
)


def queues(result: Result) -> pd.DataFrame:
    """Who waits at each of STAGES at the end of each week, scaled to everybody: rows by day, a column a stage."""
    tables = result.tables
    days = sorted(tables["weeks"]["day"].unique())
    sittings = tables["sittings"].set_index("day")
    courts = {court: sittings[sittings["court"] == court] for court in ("magistrates", "crown")}
    opened = tables["weeks"].groupby(["day", "court"], observed=True)["closing"].sum().unstack()
    first = courts["magistrates"]["waiting_first"]
    of = (
        tables["officers"].groupby("day")["files_waiting"].sum(),
        tables["providers"].set_index("day")["waiting"],
        first,
        courts["magistrates"]["waiting"] - first,
        opened["magistrates"],
        courts["crown"]["waiting"],
        opened["crown"],
    )
    columns = {stage: one.reindex(days).fillna(0) for stage, one in zip(STAGES, of, strict=True)}
    return pd.DataFrame(columns, index=days) / result.share


def at_week(of: Mapping[str, pd.DataFrame], results: Mapping[str, Result], week: int) -> Chart:
    """The queues at the end of one week under each scenario, on axes that hold for every week.

    Args:
        of: name -> its queues (see `queues`), the baseline first.
        results: name -> tables.
        week: row of the queues.
    """
    first = next(iter(results.values()))
    day = int(next(iter(of.values())).index[week])
    date = long_date(Clock(first.scenario.starts).date(day))
    dots = []
    for (name, table), colour in zip(of.items(), (BLUE, ORANGE), strict=False):
        values = table.iloc[week].to_numpy(float)
        dots.append(Dots(name, colour, values, np.full(len(values), np.nan), np.full(len(values), np.nan)))
    said = "; ".join(
        f"{number(table['magistrates: all open'].iloc[week], 'cases')} open magistrates' cases ({name})"
        for name, table in of.items()
    )
    most = max(float(table.to_numpy().max()) for table in of.values())
    return Chart(
        title=f"{date}: {said}",
        subtitle=f"Who waits where, {first.scenario.area}, one replication of {100 * first.share:g}% of the people",
        alt=f"Dots for each queue under each scenario on {date}: {said}.",
        note="Scaled to everybody. One replication shows how queues move; it measures nothing.",
        panels=(DotsPanel("people, cases or files", STAGES, tuple(dots), reaches=most),),
    )
