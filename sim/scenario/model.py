"""A scenario: every lever of a run, each with its unit and allowed range, checked and frozen.

No lever has a value in the code: a baseline file states them all, and each has a line in the
evidence ledger beside it (see sim.scenario.evidence). A scenario file states only what it changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

ETHNICITIES = ("White", "Black", "Asian", "Mixed", "Other")
SEXES = ("women", "men")
AGE_BANDS = ("under 18", "18 to 24", "25 and over")
RECORD_BANDS = ("none", "1 to 2", "3 to 6", "7 to 10", "11 to 14", "15 or more")
RECORD_BAND_STARTS = (0, 1, 3, 7, 11, 15)  # previous convictions and cautions, lower end of each band
MAGISTRATES_SENTENCES = ("fine", "discharge", "community order", "suspended sentence", "custody", "other")
CROWN_SENTENCES = ("suspended sentence", "custody", "other")


def lever(label: str, unit: str, ge: float | None = None, le: float | None = None) -> Any:
    """Declare a lever: what it is in words, its unit, and the lowest and highest value allowed."""
    return Field(ge=ge, le=le, description=label, json_schema_extra={"unit": unit})


def _share(label: str, of: str) -> Any:
    return lever(label, f"share of {of}", 0, 1)


def _sums_to_one(shares: list[float]) -> list[float]:
    if any(not 0 <= share <= 1 for share in shares):
        raise ValueError("each share must lie between 0 and 1")
    if abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"the shares must sum to 1; they sum to {sum(shares):.10g}")
    return shares


def _by_name(table: dict[str, Any]) -> dict[str, Any]:
    """Put tables in order of name, so that the order in the file changes nothing."""
    return dict(sorted(table.items()))


def _shares_sum_to_one(shares: dict[str, float]) -> dict[str, float]:
    _sums_to_one(list(shares.values()))
    return _by_name(shares)


def _mix(names: tuple[str, ...]) -> Any:
    """The type of a list of shares, one for each of *names*, that sum to 1."""

    def right_length(shares: list[float]) -> list[float]:
        if len(shares) != len(names):
            raise ValueError(f"needs {len(names)} shares, for {', '.join(names)}; it has {len(shares)}")
        return shares

    return Annotated[list[float], AfterValidator(right_length), AfterValidator(_sums_to_one)]


_SETS: dict[frozenset[str], set[str]] = {}  # names of fields that were set, each once


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def model_post_init(self, _: Any) -> None:
        """Share the names of the fields that were set: a set for each part would take 48 of 77 kB."""
        same = _SETS.setdefault(frozenset(self.__pydantic_fields_set__), self.__pydantic_fields_set__)
        object.__setattr__(self, "__pydantic_fields_set__", same)


class Receipts(_Part):
    """Cases the Crown Court receives in one quarter."""

    quarter: str = Field(pattern=r"^\d{4}Q[1-4]$")
    for_trial: float = Field(ge=0, le=1_000_000)
    for_sentence: float = Field(ge=0, le=1_000_000)
    appeals: float = Field(ge=0, le=1_000_000)


class Demand(_Part):
    """How many people the police come into first contact with, and when."""

    trend: float = lever("Change of first contacts", "share a year", -0.5, 0.5)
    season: float = _share("Height of the yearly peak of first contacts", "the mean")
    season_peak: int = lever("When first contacts peak", "day of the year", 1, 366)
    crown_receipts: list[Receipts] = lever(
        "Crown Court receipts imposed from outside, in place of police and magistrates; empty if none are",
        "cases by quarter and route",
    )


class Searches(_Part):
    """Stop and search, by which officers find offences nobody reports."""

    a_year: float = lever("Searches", "searches a year", 0, 20_000_000)
    hours: float = lever("A search, found or not", "officer hours", 0.01, 50)


class OffenceGroup(_Part):
    """One group of offences: how many contacts, how they are prosecuted, heard and sentenced."""

    label: str
    people: str = lever("Which people are met for it", "name")
    contacts: float = lever(
        "Contacts with an identified suspect, first and repeat, searches apart", "contacts a year", 0, 5_000_000
    )
    find_rate: float = lever("Searches that find one of its suspects", "contacts a search", 0, 1)
    first_share: float = _share("With people not seen in the two years before", "contacts")
    victim: bool = lever("Whether there is a direct victim", "yes or no")
    recordable_share: float = _share(
        "Recordable, so counted in official reoffending statistics", "convictions and cautions"
    )
    charge_share: float = _share("Charged, were there no scheme", "contacts")
    disposed_share: float = _share("Given a disposal without intervention, were there no scheme", "contacts")
    own_case_share: float = _share("Charges that head a court case of their own", "charges")
    excluded_share: float = _share("Kept out of any scheme by circumstances, such as domestic abuse", "contacts")
    time_limited: bool = lever("Whether its summary offences must be charged within six months", "yes or no")
    for_trial_share: float = _share("Triable either way or indictable only, whatever the plea", "court cases")
    sent_share: float = _share("Sent to the Crown Court for trial", "for-trial cases")
    indictable_share: float = _share("Indictable only", "cases sent for trial")
    not_guilty_share: float = _share("Contested in the magistrates' court", "cases kept there")
    withdrawn_share: float = _share("Withdrawn or discontinued before trial", "cases kept there")
    committed_share: float = _share("Committed to the Crown Court for sentence", "for-trial cases kept there")
    plea_minutes: float = lever("First hearing that ends in a plea or proof in absence", "minutes", 0, 600)
    not_guilty_minutes: float = lever("First hearing that does not", "minutes", 0, 600)
    tried_hours: float = lever("A magistrates' trial", "hours", 0, 200)
    crown_plea_share: float = _share("Guilty at the plea and trial preparation hearing", "cases sent for trial")
    crown_tried_share: float = _share("Contested to verdict", "listed trials that go ahead or crack")
    crown_hours_contested: float = lever("A contested Crown Court case, all its hearings", "hours", 0.1, 1000)
    crown_hours_other: float = lever("Any other for-trial case, all its hearings", "hours", 0.1, 100)
    magistrates_sentences: _mix(MAGISTRATES_SENTENCES) = lever(  # type: ignore[valid-type]
        "Sentences in the magistrates' court: " + ", ".join(MAGISTRATES_SENTENCES), "shares of sentences"
    )
    crown_sentences: _mix(CROWN_SENTENCES) = lever(  # type: ignore[valid-type]
        "Sentences in the Crown Court: " + ", ".join(CROWN_SENTENCES), "shares of sentences"
    )

    @model_validator(mode="after")
    def _shares_leave_room(self) -> OffenceGroup:
        for first, second in (("charge_share", "disposed_share"), ("not_guilty_share", "withdrawn_share")):
            total = getattr(self, first) + getattr(self, second)
            if total > 1 + 1e-9:
                raise ValueError(f"{first} + {second} = {total:.4g}: together at most 1")
        return self


class SingleJustice(_Part):
    """Single Justice Procedure: cases decided on paper, counted but given no court time."""

    notices: float = lever("Cases begun by Single Justice Procedure notice", "cases a year", 0, 5_000_000)
    referred: float = _share("Referred to a courtroom", "notices")
    referred_to: str = lever("Offence group that referred cases are heard with", "name")
    days: float = lever("Notice to decision on paper", "days, mean", 1, 2000)


class People(_Part):
    """Who the police come into contact with, for the offence groups that name this mix."""

    ethnicity: _mix(ETHNICITIES) = lever(  # type: ignore[valid-type]
        "Self-defined ethnicity: " + ", ".join(ETHNICITIES), "shares of people"
    )
    male: float = _share("Men", "people")
    under_18_if_charged: float = _share("Under 18, of those charged", "people")
    under_18_if_not: float = _share("Under 18, of those not charged", "people")
    age_18_to_24: float = _share("Aged 18 to 24", "adults")
    record_if_charged: _mix(RECORD_BANDS) = lever(  # type: ignore[valid-type]
        "Previous convictions and cautions of those charged: " + ", ".join(RECORD_BANDS), "shares of people"
    )
    record_if_not: _mix(RECORD_BANDS) = lever(  # type: ignore[valid-type]
        "Previous convictions and cautions of those not charged: " + ", ".join(RECORD_BANDS), "shares of people"
    )
    record_met_again: _mix(RECORD_BANDS) = lever(  # type: ignore[valid-type]
        "Previous convictions and cautions of people met again: " + ", ".join(RECORD_BANDS), "shares of contacts"
    )
    admits: list[float] = lever("Admit the offence, by ethnicity: " + ", ".join(ETHNICITIES), "shares of people")

    @model_validator(mode="after")
    def _one_share_each(self) -> People:
        if len(self.admits) != len(ETHNICITIES) or any(not 0 <= share <= 1 for share in self.admits):
            raise ValueError(f"admits needs {len(ETHNICITIES)} shares between 0 and 1, for {', '.join(ETHNICITIES)}")
        return self


class Police(_Part):
    """Officers, their time, and what they do today without the scheme."""

    teams: int = lever("Basic command units", "teams", 1, 200)
    officers: float = lever("Officers who meet suspects", "officers", 1, 1_000_000)
    officers_per_agent: float = lever("Real officers each simulated one stands for", "officers", 0.01, 1000)
    charge_delay_median: float = lever("Contact to charge", "days, median", 0.5, 1000)
    charge_delay_mean: float = lever("Contact to charge", "days, mean", 0.5, 2000)
    disposal_delay_median: float = lever("Contact to out-of-court disposal", "days, median", 0.5, 1000)
    disposal_delay_mean: float = lever("Contact to out-of-court disposal", "days, mean", 0.5, 2000)
    disposal_mix: Annotated[dict[str, float], AfterValidator(_shares_sum_to_one)] = lever(
        "Which disposals are given without the scheme", "shares of disposals"
    )
    with_intervention: float = _share("Already given with an intervention outside the scheme", "disposals")
    intervention_hazard_ratio: float = lever("Hazard after such an intervention, against none", "ratio", 0.05, 5)
    hours_charge: float = lever("A case that is charged", "officer hours", 0, 500)
    hours_saved: Annotated[dict[str, float], AfterValidator(_by_name)] = lever(
        "Saved by a disposal instead of a charge, as each source has it", "officer hours"
    )
    hours_saved_source: str = lever("Which of these is used", "name")
    hours_no_action: float = lever("A case that ends in no further action", "officer hours", 0, 500)
    hours_referral: float = lever("Offering and referring to an intervention", "officer hours", 0, 50)

    charging_spread: float = _share("Of whether people are charged, due to the officer", "variance")
    charging_record: Literal["now", "first contact", "none"] = lever(
        "Which record decides who of the people met again is charged", "name"
    )
    hours_a_week: float = lever("An officer's time for files and searches", "officer hours a week", 0.01, 168)
    freed_to_searches: float = _share("Spent on more searches", "officer hours the scheme frees")
    victim_objects: float = _share("Object, where their views are sought", "victims")
    charge_limit: float = lever("Contact to the last day a time-limited charge can be brought", "days", 1, 10_000)

    @model_validator(mode="after")
    def _means_exceed_medians(self) -> Police:
        for name in ("charge_delay", "disposal_delay"):
            if getattr(self, f"{name}_mean") < getattr(self, f"{name}_median"):
                raise ValueError(f"{name}_mean must be at least {name}_median: waits are right-skewed")
        for source, hours in self.hours_saved.items():
            if not 0 <= hours <= self.hours_charge:
                raise ValueError(f"hours_saved.{source} = {hours:g}: must lie between 0 and hours_charge")
        return self

    @property
    def hours_disposal(self) -> float:
        """Officer hours of a case that ends in a disposal."""
        return self.hours_charge - self.hours_saved[self.hours_saved_source]


class Disposal(_Part):
    """One kind of out-of-court disposal: its law, and what it does."""

    label: str
    in_force: date | Literal["always", "not commenced"] = lever("When it can first be given", "date or name")
    replaced_by: str = lever("What adults get instead once that is in force, or nothing", "name")
    needs_admission: bool = lever("Whether the person must admit the offence", "yes or no")
    victim_consulted: bool = lever("Whether a victim's views are sought before it is offered", "yes or no")
    indictable_only: bool = lever("Whether it can be given for indictable-only offences", "yes or no")
    min_age: int = lever("Youngest age", "years", 10, 120)
    on_record: bool = lever("Recorded as a caution, so it starts and counts in official reoffending", "yes or no")
    sessions: int = lever("Weekly sessions of its intervention; 0 if it has none", "sessions", 0, 104)
    conditions_broken: float = _share("Break its conditions or leave it unpaid, outside the scheme", "people given it")
    conditions_days: float = lever("Given to conditions broken, outside the scheme", "days", 1, 1000)
    refused: Literal["counterfactual", "charge"] = lever(
        "If the person refuses it in the scheme: what would have happened, or a charge", "name"
    )
    not_attended: Literal["stands", "fine", "counterfactual", "charge"] = lever(
        "If the person accepts but never attends: it stands, a fine, what would have happened, or a charge", "name"
    )
    breach: Literal["none", "fine", "charge"] = lever("What leaving early or breaking conditions leads to", "name")
    later_offers: Literal["always", "if attended"] = lever(
        "Who may be offered it again: everyone, or only those who attended and did not leave", "name"
    )
    hazard_ratio: float = lever("Hazard of the next detected offence, against no intervention", "ratio", 0.05, 5)
    effect_reaches: Literal["everyone offered", "starters", "completers"] = lever("Whom that ratio applies to", "name")
    repeat_limit: int = lever("Times a person may be given it; 0 for no limit", "times", 0, 100)

    def in_force_on(self, day: date) -> bool:
        """Whether it can be given on *day*."""
        return self.in_force == "always" or (isinstance(self.in_force, date) and self.in_force <= day)


class Wave(_Part):
    """Teams that join the scheme together, some weeks after it starts."""

    weeks: int = Field(ge=0, le=5200)
    teams: int = Field(ge=1, le=200)


def _share_or_as_uptake(value: float | str) -> float | str:
    if isinstance(value, float) and not 0 <= value <= 1:
        raise ValueError("must lie between 0 and 1, or be 'as uptake'")
    return value


Offer = Annotated[float | Literal["as uptake"], AfterValidator(_share_or_as_uptake)]


class Diversion(_Part):
    """The scheme: an intervention offered instead of what would have happened."""

    starts: date = lever("First day of the scheme", "date")
    rollout: list[Wave] = lever("Teams that join, so many weeks after the first day", "weeks and teams")
    reaches: Literal["new contacts", "waiting cases too"] = lever(
        "Whom it reaches when a team joins: new contacts only, or people charged and not yet heard too", "name"
    )
    discontinued: float = _share("Discontinued by the prosecution service", "charged people who accept")
    uptake: float = _share("Start the intervention", "eligible people")
    acceptance: float = _share("Accept", "people offered it")
    attendance: float = _share("Attend the first session", "people who accept")
    completion: float = _share("Complete", "people who start")
    trained: float = lever(
        "Trained when their team joins; the others do not offer it unless the team's practice draws them in",
        "share of officers",
        0.01,
        1,
    )
    offer_if_charged: Offer = lever("Offered it, of those who would be charged", "share of eligible people or name")
    offer_if_disposed: Offer = lever(
        "Offered it, of those who would get a disposal", "share of eligible people or name"
    )
    offer_if_no_action: Offer = lever(
        "Offered it, of those against whom no action would be taken", "share of eligible people or name"
    )
    disposal: str = lever("Disposal it is offered as", "name")
    offences: list[str] = lever("Offence groups it is open to", "names")
    min_age: int = lever("Youngest age", "years", 10, 120)
    max_record: int = lever("Most previous convictions and cautions", "convictions and cautions", 0, 1000)
    effect_by: dict[str, Annotated[float, Field(ge=0.05, le=5)]] = lever(
        "Hazard ratio of the disposal times this, for people or offences of that name", "ratio"
    )
    readiness_spread: float = lever(
        "How far officers differ in offering it: 0 all alike, 1 all or nothing", "share", 0, 1
    )
    team_drift: float = lever("How far an officer moves toward the team's practice", "share a week", 0, 1)

    @property
    def offer(self) -> float:
        """Share of eligible people who must be offered the intervention to reach the uptake."""
        return self.uptake / (self.acceptance * self.attendance) if self.uptake else 0.0

    @property
    def offers(self) -> tuple[float, float, float]:
        """Share offered it, of those who would be charged, given a disposal, or left without action."""
        chosen = (self.offer_if_charged, self.offer_if_disposed, self.offer_if_no_action)
        return tuple(self.offer if isinstance(share, str) else share for share in chosen)  # type: ignore[return-value]

    @property
    def most(self) -> float:
        """The highest uptake that can be reached: as many as accept, attend and meet a trained officer."""
        return self.acceptance * self.attendance * self.trained

    @model_validator(mode="after")
    def _uptake_can_be_reached(self) -> Diversion:
        if self.uptake > self.most + 1e-12:
            trained = f" x trained {self.trained:g}" if self.trained < 1 else ""
            remedy = ", diversion.attendance or diversion.trained" if trained else " or diversion.attendance"
            raise ValueError(
                f"uptake = {self.uptake:g}: at most {self.most:.4g} can start (acceptance {self.acceptance:g} x "
                f"attendance {self.attendance:g}{trained}); raise diversion.acceptance{remedy}"
            )
        for name in ("offer_if_charged", "offer_if_disposed", "offer_if_no_action"):
            share = getattr(self, name)
            if isinstance(share, float) and share > self.trained:
                raise ValueError(f"{name} = {share:g}: only trained officers offer it, {self.trained:g} of all")
        return self


class Provider(_Part):
    """Who delivers the intervention."""

    label: str
    places_a_week: float = lever("People who can start each Monday", "places a week", 0, 1_000_000)
    longest_wait: float = lever("Referral to the day it lapses if no place is free", "days", 1, 10_000)
    cost_referral: float = lever("A person referred", "pounds", 0, 1_000_000)
    cost_session: float = lever("A session planned for those who start", "pounds", 0, 1_000_000)


class Sitting(_Part):
    """Days sat in a year, from a date on."""

    starts: date
    days: float = Field(ge=0, le=1_000_000)


class Step(_Part):
    """A number in force from a date on."""

    starts: date
    value: float


Row = TypeVar("Row", Sitting, Step)


def _in_order(rows: list[Row]) -> list[Row]:
    if not rows:
        raise ValueError("needs at least one entry {starts = DATE, ... = NUMBER}")
    if any(later.starts <= earlier.starts for earlier, later in pairwise(rows)):
        raise ValueError("each entry must start later than the one before")
    return rows


SittingDays = Annotated[list[Sitting], AfterValidator(_in_order)]


@dataclass(frozen=True)
class Bounds:
    """Lowest and highest number allowed, where a lever is one number or several by date."""

    ge: float
    le: float

    def check(self, value: float | list[Step]) -> float | list[Step]:
        """Return *value* if it keeps within the bounds and its dates are in order."""
        numbers = [value] if isinstance(value, float) else [step.value for step in _in_order(value)]
        if any(not self.ge <= number <= self.le for number in numbers):
            raise ValueError(f"must lie between {self.ge:,.10g} and {self.le:,.10g}")
        return value


def _by_date(ge: float, le: float) -> Any:
    """The type of a number that may change on stated dates: before the first of them the first holds."""
    bounds = Bounds(ge, le)
    return Annotated[float | list[Step], bounds, AfterValidator(bounds.check)]


Listing = Literal["custody first", "oldest first", "shortest first", "victim priority", "newest first"]


class Closure(_Part):
    """Rooms that do not sit between two dates, the last one included."""

    starts: date
    ends: date
    share: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Closure:
        if self.ends < self.starts:
            raise ValueError(f"ends = {self.ends} lies before starts = {self.starts}")
        return self


_CLOSURES = "Rooms that stay shut, such as in the spring of 2020; empty if none do"
LawFrom = date | Literal["never"]


class CourtsLaw(_Part):
    """Changes to who tries what, each from a date or never."""

    election_ends: LawFrom = lever("No right to elect trial in the Crown Court from", "date or name")
    elected_share: float = _share("Sent because the defendant elected it", "either-way cases sent for trial")
    powers_from: LawFrom = lever("Longer sentences in the magistrates' court from", "date or name")
    powers_kept: float = _share("Sentenced there from then on", "cases that would be committed for sentence")
    judge_only_from: LawFrom = lever("Trials without a jury from", "date or name")
    judge_only_share: float = _share("Without a jury from then on", "either-way cases sent for trial")
    judge_only_saving: float = _share("Of its time saved without a jury", "a contested case")


class Magistrates(_Part):
    """The magistrates' courts of the area: first hearings run to a lead time or a list, trials to sitting days."""

    label: str
    sitting_days: SittingDays = lever("Days sat in crime", "sitting days a year, by date")
    closures: list[Closure] = lever(_CLOSURES, "share of rooms, by date")
    hours_per_sitting_day: _by_date(0.1, 24) = lever("Hearing time in a sitting day", "hours")  # type: ignore[valid-type]
    binds: Literal["nothing", "trials", "everything"] = lever("What the sitting days limit", "name")
    first_hearing_hours: float = lever(
        "Planned for first hearings and for sentence after a report, trials apart", "hours a year", 0, 5_000_000
    )
    unused_time: Literal["goes to trials", "stays idle"] = lever(
        "What becomes of planned time that those hearings do not use", "name"
    )
    listing: Listing = lever("Order in which trials are listed", "name")
    first_hearing_median: float = lever("Charge to first hearing, cases heard in court", "days, median", 0.5, 1000)
    first_hearing_mean: float = lever("Charge to first hearing, cases heard in court", "days, mean", 0.5, 2000)
    withdrawn_days: float = lever("First hearing to withdrawal, of cases later withdrawn", "days, mean", 1, 2000)
    report_share: float = _share("Adjourned for a report before sentence", "guilty pleas")
    report_days: float = lever("Adjournment for a report", "days", 1, 400)
    trial_days: float = lever("First hearing to the earliest trial date", "days", 1, 1000)
    trial_outcomes: _mix(("effective", "cracked", "ineffective")) = lever(  # type: ignore[valid-type]
        "Listed trials: effective, cracked, ineffective", "shares of listings"
    )
    cracked_hours: float = lever("A cracked trial", "hours", 0, 24)
    ineffective_hours: float = lever("An ineffective trial", "hours", 0, 24)
    relist_days: float = lever("Ineffective trial to the earliest new date", "days", 1, 1000)
    attrition_rate: float = lever("Withdrawn while waiting for trial", "a year per waiting case", 0, 5)
    tried_convicted: float = _share("Convicted", "trials")
    cracked_guilty: float = _share("End in a guilty plea", "cracked trials")
    open_for_trial: int = lever("Open for-trial cases on the first day", "cases", 0, 5_000_000)
    open_summary: int = lever("Open summary cases heard in court on the first day", "cases", 0, 5_000_000)
    open_paper: int = lever("Open Single Justice Procedure cases on the first day", "cases", 0, 5_000_000)
    trial_wait: float = lever("First hearing to trial, of cases waiting on the first day", "days, mean", 1, 3000)

    @model_validator(mode="after")
    def _mean_exceeds_median(self) -> Magistrates:
        if self.first_hearing_mean < self.first_hearing_median:
            raise ValueError("first_hearing_mean must be at least first_hearing_median: waits are right-skewed")
        return self


AGE_BANDS_DAYS = (0, 28, 56, 84, 112, 140, 182, 365, 730, 1460)  # edges of the published bands; the last is assumed


class Crown(_Part):
    """The Crown Court centres of the area, taken together."""

    label: str
    sitting_days: SittingDays = lever("Days sat", "sitting days a year, by date")
    closures: list[Closure] = lever(_CLOSURES, "share of rooms, by date")
    hours_per_sitting_day: _by_date(0.1, 24) = lever("Hearing time in a sitting day", "hours")  # type: ignore[valid-type]
    listing: Listing = lever("Order in which trials are listed", "name")
    custody_lead: float = lever(
        "Lead of people in custody on the trial list; 10,000 puts them all before all others", "days", 0, 10_000
    )
    list_spread: float = lever(
        "How far cases are listed sooner or later than their turn, for reasons not modelled: standard deviation",
        "days",
        0,
        5000,
    )
    ring_fenced: list[str] = lever("Offence groups whose trials are listed before all others", "names")
    remand_either_way: float = _share("Remanded in custody, either way", "cases sent for trial")
    remand_indictable: float = _share("Remanded in custody, indictable only", "cases sent for trial")
    plea_hearing_days: float = lever("Receipt to plea and trial preparation hearing", "days", 1, 365)
    plea_hearing_hours: float = lever("A plea and trial preparation hearing", "hours", 0, 24)
    mentions: _by_date(0, 50) = lever(  # type: ignore[valid-type]
        "Mentions and other short hearings, their time within that of the case", "hearings"
    )
    trial_days_custody: float = lever("Plea hearing to the earliest trial, in custody", "days, mean", 1, 2000)
    trial_days_bail: float = lever("Plea hearing to the earliest trial, on bail", "days, mean", 1, 2000)
    trial_days_spread: float = lever("Coefficient of variation of that time", "ratio", 0, 5)
    custody_limit_days: float = lever("Receipt to the custody time limit", "days", 1, 2000)
    custody_limit_extended: float = _share("Whose custody is extended at the limit; the others are bailed", "people")
    late_plea_share: float = _share(
        "Plead guilty later, before any trial is listed", "cases that did not at the hearing"
    )
    late_pleas: Literal["as the trial nears", "at a time of their own"] = lever(
        "When they do: once a court is ready to list the trial, or so long after the plea hearing", "name"
    )
    late_plea_days: float = lever("Plea hearing to such a plea, at a time of its own", "days, mean", 1, 2000)
    attrition_rate: float = lever("Ended with neither plea nor verdict while waiting", "a year per waiting case", 0, 5)
    ineffective_share: _by_date(0, 0.95) = lever("Ineffective", "share of listed trials")  # type: ignore[valid-type]
    ineffective_hours: float = lever("An ineffective trial", "hours", 0, 24)
    relist_days: float = lever("Ineffective trial to the earliest new date", "days", 1, 2000)
    cracked_guilty: float = _share("End in a guilty plea", "cracked trials")
    tried_convicted: float = _share("Convicted", "contested trials")
    contested_spread: float = lever("Coefficient of variation of contested hours", "ratio", 0, 5)
    other_spread: float = lever("Coefficient of variation of the hours of other cases", "ratio", 0, 5)
    sentence_delay_median: float = lever("Plea or verdict to sentence", "days, median", 0.5, 1000)
    sentence_delay_mean: float = lever("Plea or verdict to sentence", "days, mean", 0.5, 2000)
    breach_receipts: float = lever("Breaches of orders and other cases for sentence", "cases a year", 0, 1_000_000)
    appeal_receipts: float = lever("Appeals", "cases a year", 0, 1_000_000)
    for_sentence_days: _by_date(1, 2000) = lever("Receipt for sentence to hearing", "days, mean")  # type: ignore[valid-type]
    for_sentence_hours: float = lever("A case for sentence", "hours", 0, 24)
    appeal_days: _by_date(1, 2000) = lever("Receipt of appeal to hearing", "days, mean")  # type: ignore[valid-type]
    appeal_hours: float = lever("An appeal", "hours", 0, 24)
    warrant_share: float = _share("Fail to attend the plea hearing: a warrant is issued", "cases sent for trial")
    warrant_days: float = lever("Warrant issued to return", "days, mean", 1, 3000)
    open: int = lever("Open cases on the first day", "cases", 0, 5_000_000)
    open_for_trial_share: float = _share("For trial", "open cases on the first day")
    open_awaiting_sentence: float = _share("Awaiting sentence after plea or verdict", "open for-trial cases")
    open_appeal_share: float = _share("Appeals", "open cases on the first day")
    open_custody_share: float = _share("In custody", "open for-trial cases on the first day")
    open_age_bands: list[float] = lever("Open cases by age band, any area, to be tilted", "cases")
    open_over_12_months: float = _share("Open over 12 months", "open cases on the first day")
    custody_over_12_months: float = _share("Open over 12 months, in custody", "open for-trial cases")
    bail_over_12_months: float = _share("Open over 12 months, on bail", "open for-trial cases")

    @model_validator(mode="after")
    def _bands_and_shares(self) -> Crown:
        if len(self.open_age_bands) != len(AGE_BANDS_DAYS) - 1 or min(self.open_age_bands) < 0:
            raise ValueError(f"open_age_bands needs {len(AGE_BANDS_DAYS) - 1} counts of at least 0")
        over_12_months = self.open_age_bands[AGE_BANDS_DAYS.index(365) :]
        if not sum(over_12_months) or sum(over_12_months) == sum(self.open_age_bands):
            raise ValueError(
                "open_age_bands needs cases both under and over 12 months: the others are spread like them"
            )
        if self.open_for_trial_share + self.open_appeal_share > 1 + 1e-9:
            raise ValueError("open_for_trial_share + open_appeal_share: together at most 1")
        if self.sentence_delay_mean < self.sentence_delay_median:
            raise ValueError("sentence_delay_mean must be at least sentence_delay_median: waits are right-skewed")
        return self


class Courts(_Part):
    """Both tiers, the law on who tries what, and what becomes of the time that diversion frees."""

    reuse: float = _share("Spent on other cases that wait", "court time that avoided prosecutions free")
    refill: float = _share("Followed by a charge of somebody else, because there is room", "prosecutions avoided")
    law: CourtsLaw
    magistrates: Magistrates
    crown: Crown


class Sentencing(_Part):
    """Custody served, and the law on short sentences."""

    suspension_starts: date = lever("Short custody is suspended from", "date")
    suspended_magistrates: float = _share("Custody suspended from then on, magistrates' court", "custodial sentences")
    suspended_crown: float = _share("Custody suspended from then on, Crown Court", "custodial sentences")
    custody_days_magistrates: float = lever("Custody served", "days, mean", 1, 10_000)
    custody_days_crown: float = lever("Custody served", "days, mean", 1, 10_000)


class Reoffending(_Part):
    """When a person is next detected offending."""

    share_12_months: list[float] = lever(
        "Next detected offence within 12 months at liberty, by record: " + ", ".join(RECORD_BANDS), "shares of people"
    )
    shape: float = lever("How the hazard falls with time: Weibull shape, 1 is constant", "number", 0.05, 3)
    early: float = lever("Hazard spent by 12 months, of all that is ever spent; 0 never dies out", "share", 0, 0.999)
    frailty_variance: float = lever(
        "How far people of one record differ: variance of the hazard", "ratio squared", 0, 10
    )
    under_25_ratio: float = lever("Hazard under 25, against older", "ratio", 0.1, 10)
    female_ratio: float = lever("Hazard of women, against men", "ratio", 0.1, 10)
    record_years: float = lever("That a conviction or caution counts, as days at liberty", "years, mean", 0.1, 1000)
    history_years: float = lever("Contacts before the first day that are still followed", "years", 0, 20)
    same_group_share: float = _share("In the group of the last one; others follow the area's mix", "next offences")

    @model_validator(mode="after")
    def _one_share_each(self) -> Reoffending:
        if len(self.share_12_months) != len(RECORD_BANDS):
            raise ValueError(f"share_12_months needs {len(RECORD_BANDS)} shares, for {', '.join(RECORD_BANDS)}")
        if any(not 0 <= share < 1 for share in self.share_12_months):
            raise ValueError("share_12_months: each share must be at least 0 and below 1")
        return self


PROVIDER_COSTS = "provider"  # the costs among the provider's own levers, in the table of price years


class Costs(_Part):
    """What one event costs a public budget, or society, each in the prices of its own year."""

    price_year: int = lever("Prices that money is given in", "year a financial year begins in", 1950, 2100)
    deflators: Annotated[dict[str, float], AfterValidator(_by_name)] = lever(
        "Level of prices, by the year a financial year begins in", "index"
    )
    price_years: Annotated[dict[str, int], AfterValidator(_by_name)] = lever(
        "Prices that each cost is stated in; provider: the costs of the provider", "year a financial year begins in"
    )
    discount_rate: float = lever("By how much less a pound counts a year later", "share a year", 0, 0.2)
    police_hour: float = lever("An officer's hour", "pounds", 0, 1000)
    magistrates_sitting_day: float = lever("A sitting day, magistrates' court", "pounds", 0, 100_000)
    crown_sitting_day: float = lever("A sitting day, Crown Court", "pounds", 0, 100_000)
    prosecution_magistrates: float = lever("Prosecuting a case in the magistrates' court", "pounds", 0, 100_000)
    prosecution_crown: float = lever("Prosecuting a for-trial case in the Crown Court", "pounds", 0, 1_000_000)
    legal_aid_magistrates: float = lever("A legal aid claim, magistrates' court", "pounds", 0, 100_000)
    legal_aid_share: float = _share("With a legal aid claim, magistrates' court", "cases heard in court")
    legal_aid_crown: float = lever("Legal aid of a for-trial case, Crown Court", "pounds", 0, 1_000_000)
    other_crown_share: float = _share(
        "Prosecution and legal aid of a Crown Court case for sentence or on appeal", "those of one for trial"
    )
    prison_place: float = lever("A prison place, for a year", "pounds", 0, 1_000_000)
    reoffence: float = lever("A detected reoffence, to victims and society", "pounds", 0, 1_000_000)

    def at_price_year(self, pounds: float, cost: str) -> float:
        """*Pounds* stated in the prices of *cost*, in those of the price year."""
        return pounds * self.deflators[str(self.price_year)] / self.deflators[str(self.price_years[cost])]

    def of(self, cost: str) -> float:
        """One *cost* by its name, in pounds of the price year."""
        return self.at_price_year(getattr(self, cost), cost)

    @model_validator(mode="after")
    def _every_price_has_a_year(self) -> Costs:
        costs = {name for name, field in type(self).model_fields.items() if _unit(field) == "pounds"} | {PROVIDER_COSTS}
        if costs != set(self.price_years):
            raise ValueError(
                f"price_years must name each cost once; wrong: {', '.join(sorted(costs ^ set(self.price_years)))}"
            )
        if any(level <= 0 for level in self.deflators.values()):
            raise ValueError("deflators: each must be above 0")
        for year in sorted({self.price_year, *self.price_years.values()}):
            if str(year) not in self.deflators:
                raise ValueError(f"deflators: no level of prices for {year}; known: {', '.join(self.deflators)}")
        return self


class Victims(_Part):
    """How many victims are satisfied with how their case was dealt with, by what came of it."""

    prosecuted: float = _share("Satisfied where the person is prosecuted", "victims")
    diverted_explained: float = _share("Satisfied with a disposal whose reasons are explained to them", "victims")
    diverted_unexplained: float = _share("Satisfied with a disposal whose reasons are not explained", "victims")
    no_action: float = _share("Satisfied where no action is taken", "victims")
    reasons_explained: float = _share("Whose reasons are explained to the victim", "disposals")

    @property
    def diverted(self) -> float:
        """Share satisfied of all victims whose case ends in a disposal."""
        explained = self.reasons_explained
        return explained * self.diverted_explained + (1 - explained) * self.diverted_unexplained


_MOST_GROUPS = 100  # the number of a group or of a disposal has 8 bits
_NOT_GROUPS = ("all", "single_justice_procedure")
_NOT_DISPOSALS = ("charge", "no_action")


class Scenario(_Part):
    """Every lever of one run of one area."""

    title: str
    about: str
    area: str
    starts: date = lever("First day simulated", "date")
    demand: Demand
    searches: Searches
    groups: Annotated[dict[str, OffenceGroup], AfterValidator(_by_name)]
    single_justice: SingleJustice
    people: Annotated[dict[str, People], AfterValidator(_by_name)]
    police: Police
    disposals: Annotated[dict[str, Disposal], AfterValidator(_by_name)]
    diversion: Diversion
    provider: Provider
    courts: Courts
    sentencing: Sentencing
    reoffending: Reoffending
    costs: Costs
    victims: Victims

    def contacts(self, group: str) -> float:
        """Contacts a year of an offence group: searches x find rate, and those that come otherwise."""
        row = self.groups[group]
        return row.contacts + self.searches.a_year * row.find_rate

    @model_validator(mode="after")
    def _names_are_free(self) -> Scenario:
        for table, most, taken in (("groups", _MOST_GROUPS, _NOT_GROUPS), ("disposals", _MOST_GROUPS, _NOT_DISPOSALS)):
            names = getattr(self, table)
            if len(names) > most:
                raise ValueError(f"{table}: {len(names)} of them, at most {most} can be simulated")
            for name in names:
                if name in taken:
                    raise ValueError(f"{table}.{name}: this name means something else in the results; choose another")
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Scenario:
        for name, group in self.groups.items():
            self._check(f"groups.{name}.people", [group.people], self.people)
        for name, disposal in self.disposals.items():
            replaced_by = [disposal.replaced_by] if disposal.replaced_by != "nothing" else []
            self._check(f"disposals.{name}.replaced_by", replaced_by, self.disposals)
            self._check_replacements(name)
        self._check("diversion.offences", self.diversion.offences, self.groups)
        self._check("single_justice.referred_to", [self.single_justice.referred_to], self.groups)
        self._check("courts.crown.ring_fenced", self.courts.crown.ring_fenced, self.groups)
        self._check("diversion.disposal", [self.diversion.disposal], self.disposals)
        self._check("police.disposal_mix", self.police.disposal_mix, self.disposals)
        self._check("diversion.effect_by", self.diversion.effect_by, [*ETHNICITIES, *SEXES, *AGE_BANDS, *self.groups])
        self._check("police.hours_saved_source", [self.police.hours_saved_source], self.police.hours_saved)
        return self

    @model_validator(mode="after")
    def _the_law_allows_it(self) -> Scenario:
        today = [name for name, share in self.police.disposal_mix.items() if share]
        scheme = [self.diversion.disposal] if any(self.diversion.offers) else []
        self._check_in_force("police.disposal_mix", today, self.starts)
        self._check_in_force("diversion.disposal", scheme, self.diversion.starts)
        return self

    def _check_replacements(self, name: str) -> None:
        seen, following = [name], self.disposals[name].replaced_by
        while following != "nothing" and following in self.disposals:
            if following in seen:
                raise ValueError(f"disposals.{name}.replaced_by: {' -> '.join([*seen, following])} goes in a circle")
            seen.append(following)
            following = self.disposals[following].replaced_by

    def _check_in_force(self, lever_name: str, disposals: list[str], day: date) -> None:
        for name in disposals:
            if not self.disposals[name].in_force_on(day):
                raise ValueError(
                    f"{lever_name}: {name!r} cannot be given on {day}, since disposals.{name}.in_force = "
                    f"{self.disposals[name].in_force}; give it a date no later"
                )

    @model_validator(mode="after")
    def _teams_exist(self) -> Scenario:
        joining = sum(wave.teams for wave in self.diversion.rollout)
        if joining > self.police.teams:
            raise ValueError(f"diversion.rollout: {joining} teams join, but police.teams = {self.police.teams}")
        return self

    def _check(self, lever_name: str, names: Any, known: Collection[str]) -> None:
        for name in names:
            if name not in known:
                raise ValueError(f"{lever_name}: no such name {name!r}; known: {', '.join(known)}")


def levers(part: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield (dotted name, value, pydantic field) for every lever in *part*, in file order."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if _unit(field):
            yield prefix + name, value, field
        elif isinstance(value, BaseModel):
            yield from levers(value, f"{prefix}{name}.")
        elif isinstance(value, dict):
            for key, item in value.items():
                yield from levers(item, f"{prefix}{name}.{key}.")


def _unit(field: Any) -> str:
    return (field.json_schema_extra or {}).get("unit", "")
