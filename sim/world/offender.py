"""An offender: a person the police have met, as an agent that views its row of the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.base import luck
from sim.base.clock import DAYS_A_YEAR
from sim.scenario.model import ETHNICITIES, RECORD_BAND_STARTS, SEXES
from sim.world import reoffending
from sim.world.columns import NEVER, Ids

if TYPE_CHECKING:
    from sim.world import World

_AGES = np.array([[10, 18], [18, 25], [25, 60]])  # bands: under 18, 18 to 24, 25 and over (drawn evenly up to 59)
_RECORDS = np.array([[0, 1], [1, 3], [3, 7], [7, 11], [11, 15], [15, 26]])  # the last band drawn evenly up to 25

_WHO = ("under 18", "age band", "age", "record", "record within band", "ethnicity", "sex", "frailty")


class Offender(mesa.Agent):
    """One person: age, sex, self-defined ethnicity, record, liberty and the spell at risk."""

    def __init__(self, world: World, row: int) -> None:
        self.model, self.row, self.unique_id = world, row, row
        world.register_agent(self)  # newer Mesa gives a unique_id of its own

    @property
    def ethnicity(self) -> str:
        """Self-defined ethnicity."""
        return ETHNICITIES[self.model.people.ethnicity[self.row]]

    @property
    def sex(self) -> str:
        """'men' or 'women'."""
        return SEXES[int(self.model.people.male[self.row])]

    @property
    def age(self) -> int:
        """Years, at first contact."""
        return int(self.model.people.age[self.row])

    @property
    def record(self) -> int:
        """Previous convictions and cautions now."""
        return int(self.model.people.record[self.row])

    @property
    def in_custody(self) -> bool:
        """Whether the person is held, on remand or under sentence."""
        return bool(self.model.people.held[self.row])

    def hazard(self) -> float:
        """Hazard the person would spend by 12 months at liberty: the same rule as for everybody at once."""
        return float(reoffending.rate(self.model, np.array([self.row]))[0])

    def next_offence(self) -> int | None:
        """Day of the next detected offence if nothing changes; None if there is none to come."""
        due = self.model.people.due[self.row]
        return None if due == NEVER else int(due)


def settle_record(world: World, people: Ids, keys: np.ndarray) -> None:
    """Let old convictions and cautions of people met again cease to count, at one rate, since they were last met.

    *Keys* are those of the new contacts.

    Without it records would only grow, though those of the people whom police meet do not.
    """
    years = world.levers.reoffending.record_years
    who = world.people
    days = reoffending.days_at_liberty(world, people)
    left = who.record[people] * np.exp(-days / (DAYS_A_YEAR * years))
    who.record[people] = np.floor(left + luck.uniform(keys, "record settles")).astype(np.int16)


def record_band(records: np.ndarray) -> np.ndarray:
    """Band (see sim.scenario.model.RECORD_BANDS) of each number of previous convictions and cautions."""
    return np.searchsorted(RECORD_BAND_STARTS, records, side="right") - 1


def age_band(ages: np.ndarray) -> np.ndarray:
    """Band (see sim.scenario.model.AGE_BANDS) of each age."""
    return np.searchsorted((18, 25), ages, side="right")


def meet(world: World, keys: np.ndarray, groups: np.ndarray, charged: np.ndarray) -> Ids:
    """Make the people behind first contacts, with the ages and records of those *charged* today or not."""
    return make(world, describe(world, keys, groups, charged))


def make(world: World, described: dict[str, np.ndarray]) -> Ids:
    """Give each described person a row; the agent that views it is there as soon as somebody asks for agents."""
    return world.people.add(len(described["key"]), **described)


def describe(
    world: World, keys: np.ndarray, groups: np.ndarray, charged: np.ndarray, again: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Draw who people are, as columns: the draw of age and record depends on whether they are *charged*.

    People met *again* have the records of those met again, and are frailer: the frail are met again more often.
    """
    own = world.groups
    under_18, band, age, record, within, ethnicity, sex, frailty = luck.uniform(keys, _WHO)
    is_under_18 = under_18 < np.where(charged, own.under_18_if_charged[groups], own.under_18_if_not[groups])
    age_bands = np.where(is_under_18, 0, np.where(band < own.age_18_to_24[groups], 1, 2))
    kind = np.where(charged, 0, 1) if again is None else np.where(again, 2, np.where(charged, 0, 1))
    mixes = np.concatenate([own.record_if_charged, own.record_if_not, own.record_met_again])
    records = _within(_RECORDS[luck.choose_by_row(record, mixes, groups + kind * len(own.key))], within)
    return {
        "key": keys,
        "group": groups,
        "ethnicity": luck.choose_by_row(ethnicity, own.ethnicity, groups),
        "male": sex < own.male[groups],
        "age": _within(_AGES[age_bands], age),
        "record": records,
        "first_record": records,
        "frailty": luck.gamma(frailty, world.levers.reoffending.frailty_variance, 0 if again is None else again),
    }


def _within(bounds: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Whole numbers drawn evenly between bounds (lowest, one above highest)."""
    return (bounds[:, 0] + np.floor(draws * (bounds[:, 1] - bounds[:, 0]))).astype(np.int16)
