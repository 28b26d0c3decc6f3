"""The columns of every output table: what each holds, its unit and its type, declared once.

A table always has a `seed` column. Days count from the first simulated day, which is day 0; a day
that has not come is NaN. Money, shares and times are in the unit named here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column: its name, what it means, its unit and its numpy type ('category' for names)."""

    name: str
    meaning: str
    unit: str
    dtype: str


_SEED = Column("seed", "Replication", "number", "int64")


def _day(name: str, meaning: str) -> Column:
    return Column(name, meaning, "days since the start", "float32")


def _flag(name: str, meaning: str) -> Column:
    return Column(name, meaning, "yes or no", "bool")


def _name(name: str, meaning: str) -> Column:
    return Column(name, meaning, "name", "category")


def _count(name: str, meaning: str, unit: str = "cases") -> Column:
    return Column(name, meaning, unit, "int64")


WEEKS = (
    _SEED,
    Column("day", "Last day of the period: a week, cut at each year end", "days since the start", "int32"),
    _name("court", "Which tier: magistrates or crown"),
    _name("group", "Offence group"),
    _name("route", "for trial, summary, paper (magistrates); for trial, for sentence, appeal (Crown)"),
    _count("opening", "Open when the period began"),
    _count("received", "Received from the police or from another court"),
    _count("returned", "Returned from a warrant"),
    _count("closed", "Closed by this court"),
    _count("sent_on", "Sent or committed to the Crown Court"),
    _count("warrants_out", "Taken out of the count by a warrant"),
    _count("closing", "Open when the period ended: opening + received + returned - closed - sent_on - warrants_out"),
)

SITTINGS = (
    _SEED,
    Column("day", "Last day of the period: a week, cut at each year end", "days since the start", "int32"),
    _name("court", "Which tier: magistrates or crown"),
    _count("room_days", "Sitting days", "courtroom-days"),
    _count("supplied", "Court time supplied", "minutes"),
    _count("used", "Court time used", "minutes"),
    _count("idle", "Court time nobody was ready to use", "minutes"),
    _count(
        "carried", "Court time carried to the next sitting day: supplied = used + idle + change of carried", "minutes"
    ),
    _count("hearings", "Hearings held", "hearings"),
)

OFFICERS = (
    _SEED,
    Column("day", "Last day of the period: a week, cut at each year end", "days since the start", "int32"),
    Column("team", "Basic command unit", "number", "int32"),
    _count("decisions", "Contacts decided"),
    _count("offers", "Interventions offered"),
    Column("hours", "Officer time spent on cases", "officer hours", "float64"),
    Column("readiness", "Mean readiness of the team's officers to offer", "share", "float64"),
)

CASES = (
    _SEED,
    Column("case", "Row of the case: one for each contact or court case", "number", "int32"),
    Column("offender", "Row of the person in the offenders table", "number", "int32"),
    _name("group", "Offence group"),
    _day("contact_day", "Contact with the police"),
    _name("would_have", "What would have happened without the scheme: charge, disposal, no action"),
    _flag("own_case", "Whether a charge heads a court case of its own"),
    _flag("eligible", "Whether the scheme is open to this person for this contact"),
    _flag("offered", "Offered the intervention"),
    _flag("accepted", "Accepted it"),
    _flag("started", "Started it"),
    _flag("completed", "Completed it"),
    _flag("breached", "Started and left it"),
    _name(
        "police_outcome",
        "What the police did in the end: a disposal, charge, no action; empty if the case began before",
    ),
    _day("outcome_day", "That outcome took effect"),
    _name("route", "Route in the magistrates' court: for trial, summary"),
    _name("crown_route", "Route in the Crown Court: for trial, for sentence, appeal"),
    _day("received", "Charged: received by the magistrates' court, or by the Crown Court if it began there"),
    _day("first_hearing", "First hearing in the magistrates' court"),
    _day("closed", "Closed by the magistrates' court"),
    _day("crown_received", "Received by the Crown Court"),
    _day("crown_closed", "Closed by the Crown Court"),
    _name("outcome", "How the court case ended: guilty plea, convicted, acquitted, withdrawn, no verdict, decided"),
    _flag("remanded", "Remanded in custody when sent to the Crown Court"),
    Column("hearings", "Hearings held", "hearings", "int16"),
    Column("minutes", "Court time used", "minutes", "int32"),
    _day("index_day", "Caution, non-custodial conviction or release: the official reoffending clock starts"),
    _day("proven_day", "Caution or conviction: proof in the official sense"),
    _day("next_day", "The same person's next detected offence"),
)

OFFENDERS = (
    _SEED,
    Column("offender", "Row of the person", "number", "int32"),
    _name("ethnicity", "Self-defined ethnicity"),
    _name("sex", "men or women"),
    _name("age_band", "under 18, 18 to 24, 25 and over"),
    _name("record", "Previous convictions and cautions at first contact, by band"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "weeks": WEEKS,
    "sittings": SITTINGS,
    "officers": OFFICERS,
    "cases": CASES,
    "offenders": OFFENDERS,
}


def frame(table: str, columns: dict[str, np.ndarray | pd.Categorical]) -> pd.DataFrame:
    """Return *columns* as the declared *table*, in order and of the declared types.

    Raises:
        ValueError: a column is missing or is not declared.
    """
    declared = {column.name: column for column in TABLES[table]}
    if set(declared) != set(columns):
        raise ValueError(f"{table}: columns differ from the declared ones: {sorted(set(declared) ^ set(columns))}")
    data = {
        name: columns[name]
        if column.dtype == "category"
        else np.asarray(columns[name]).astype(column.dtype, copy=False)
        for name, column in declared.items()
    }
    return pd.DataFrame(data)
