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


def _hours(name: str, meaning: str) -> Column:
    return Column(name, meaning, "officer hours", "float64")


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
        "lost",
        "Of it, time nobody else may use: freed by avoided prosecutions, or planned for first hearings",
        "minutes",
    ),
    _count(
        "carried", "Court time carried to the next sitting day: supplied = used + idle + change of carried", "minutes"
    ),
    _count(
        "hearings", "Hearings held: a trial counts on each of its days, mentions on the day the case ends", "hearings"
    ),
    _count("effective", "Listed trials that were heard", "listings"),
    _count("cracked", "Listed trials that ended without being heard", "listings"),
    _count("ineffective", "Listed trials that must be listed again", "listings"),
    _count("waiting", "Cases on the list that waited for court time when the period ended", "cases"),
    _count("waiting_first", "Of them, cases that waited for a first hearing", "cases"),
)

OFFICERS = (
    _SEED,
    Column("day", "Last day of the period: a week, cut at each year end", "days since the start", "int32"),
    Column("team", "Basic command unit", "number", "int32"),
    _count("decisions", "Contacts decided", "contacts"),
    _count("offers", "Interventions offered", "contacts"),
    _hours("available", "Officer time for files and searches: worked + searching + idle"),
    _hours("booked", "Officer time the files opened will take"),
    _hours("worked", "Officer time spent on files"),
    _hours("searching", "Freed officer time spent on more searches"),
    _hours("idle", "Officer time that neither files nor those searches needed"),
    _hours("hours_at_start", "Officer time that files open at the start of the period still needed"),
    _hours("hours_at_end", "The same at its end: hours_at_start + booked - worked"),
    _hours("freed", "Officer time saved by the scheme, on what would have happened; negative where it took more"),
    _count("files_waiting", "Files not begun at the end of the period", "files"),
    Column(
        "readiness", "Mean readiness of the team's officers to offer it to people they would charge", "share", "float64"
    ),
)

PROVIDERS = (
    _SEED,
    Column("day", "Last day of the period: a week, cut at each year end", "days since the start", "int32"),
    _count("referred", "Referred to the provider", "people"),
    _count("places", "Places offered", "places"),
    _count("used", "Places given to somebody", "places"),
    _count("started", "Of these, attended and started", "people"),
    _count("lapsed", "Referrals that lapsed for want of a place", "people"),
    _count("came_up", "Came up for a place for the first time", "people"),
    _count("waiting", "Waiting for a place at the end of the period", "people"),
)

CUSTODY = (
    _SEED,
    Column("day", "Last day of the period: a week, cut at each year end", "days since the start", "int32"),
    _count("held", "Held at the end of the period, on remand or under sentence", "people"),
    _count("held_days", "Days held, each person once a day, whatever the number of cases", "days"),
)

CASES = (
    _SEED,
    Column("case", "Row of the case: one for each contact or court case", "number", "int32"),
    Column("offender", "Row of the person in the offenders table", "number", "int32"),
    _name("group", "Offence group"),
    _day("contact_day", "Contact with the police"),
    Column("record", "The person's previous convictions and cautions at the contact", "number", "int16"),
    _name("would_have", "What the police would have done without the scheme; empty if it began in the Crown Court"),
    _flag("own_case", "Whether a charge heads a court case of its own"),
    _flag("in_scope", "Meets the scheme's rules, admission and a victim's views apart"),
    _flag("admits", "Admits the offence; known only for those in scope"),
    _flag("eligible", "The scheme is open to this person for this contact"),
    _flag("offered", "Offered the intervention"),
    _flag("accepted", "Accepted it"),
    _flag("started", "Started it"),
    _flag("completed", "Completed it"),
    _flag("breached", "Started and left it"),
    _flag("discontinued", "Already charged: the prosecution stopped the case before a first hearing"),
    _flag("conditions_broken", "Broke the conditions of a disposal outside the scheme, or left a penalty unpaid"),
    _flag("fined", "Fined for leaving or never attending, for broken conditions, or for a penalty left unpaid"),
    _name(
        "police_outcome",
        "What the police did in the end: a disposal, charge, no action; empty if the case began before",
    ),
    _day("outcome_day", "That outcome took effect"),
    _name(
        "path_avoided", "Prosecution avoided: where a first hearing would have led: plea, withdrawn, trial list, sent"
    ),
    _name("route", "Route in the magistrates' court: for trial, summary"),
    _name("crown_route", "Route in the Crown Court: for trial, for sentence, appeal"),
    _day("received", "Charged: received by the magistrates' court, or by the Crown Court if it began there"),
    _day("first_hearing", "First hearing in the magistrates' court"),
    _day("closed", "Closed by the magistrates' court"),
    _day("crown_received", "Received by the Crown Court"),
    _day("main_hearing", "Crown Court: the guilty plea that ended it, or the trial began"),
    _day("crown_closed", "Closed by the Crown Court"),
    _name("outcome", "How the court case ended: guilty plea, convicted, acquitted, withdrawn, no verdict, decided"),
    _flag("remanded", "In custody for the Crown Court, unless bailed since"),
    _day("bailed", "Bailed at the custody time limit"),
    _flag("imprisoned", "Sentenced to custody, to be served at once"),
    Column("hearings", "Hearings held", "hearings", "int16"),
    Column("minutes", "Court time used", "minutes", "int32"),
    _day("index_day", "Caution, non-custodial conviction or release: the official reoffending clock starts"),
    _day("proven_day", "Caution or conviction: proof in the official sense"),
    _day("next_day", "The same person's next detected offence"),
)

OFFENDERS = (
    _SEED,
    Column("offender", "Row of the person", "number", "int32"),
    Column("key", "Who the person is: the same in every scenario of one seed", "number", "uint64"),
    _name("ethnicity", "Self-defined ethnicity"),
    _name("sex", "men or women"),
    _name("age_band", "under 18, 18 to 24, 25 and over"),
    _name("record", "Previous convictions and cautions at first contact, by band"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "weeks": WEEKS,
    "sittings": SITTINGS,
    "officers": OFFICERS,
    "providers": PROVIDERS,
    "custody": CUSTODY,
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
