"""A court: its rooms by date, its trial list, and the time it has spent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, SupportsInt

import mesa
import numpy as np

from sim.world.columns import Ids
from sim.world.listing import DAY_OFFSET, LATEST, Policy

if TYPE_CHECKING:
    from sim.world import World

_MOST_IDS = 2**28
_ID = _MOST_IDS - 1  # the bits that hold the id
_TOTALS = ("room_days", "supplied", "used", "idle", "lost", "hearings", "effective", "cracked", "ineffective")


class Backlog:
    """Cases waiting, always in order: policy key, then day received, then id. Never sorted again.

    The three are packed in one integer, so merging a day's arrivals is one insertion.
    """

    def __init__(self) -> None:
        self._order = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._order)

    @property
    def ids(self) -> Ids:
        """All cases, in order."""
        return self._order & _ID

    def head(self, most: int) -> Ids:
        """The first cases, at most so many."""
        return self._order[:most] & _ID

    def add(self, keys: np.ndarray, joined: np.ndarray, ids: Ids) -> None:
        """Insert *ids* in their places."""
        order = np.sort((np.clip(keys, 0, LATEST) * (2 * DAY_OFFSET) + joined + DAY_OFFSET) * _MOST_IDS + ids)
        self._order = np.insert(self._order, np.searchsorted(self._order, order), order)

    def keep(self, still: np.ndarray) -> None:
        """Clear away the cases that have left the list in the meantime: array of bool, one a case."""
        self._order = self._order[still]

    def drop(self, first: int) -> None:
        """Take the *first* cases off the list."""
        self._order = self._order[first:]


class Court(mesa.Agent):
    """One court (or a tier of an area), its waiting list and its sitting days.

    Court time is kept in whole minutes, so that it is conserved exactly:
    supplied = used + idle + what is carried to the next sitting day. A trial that runs on is booked at the length of a
    room-day on its first day.

    Args:
        world: the World this court belongs to.
        tier: 'magistrates' or 'crown'.
        rooms: rooms that sit on each day of the run.
        minutes_a_room: hearing time of a room-day, on each day of the run.
        policy: listing policy (see sim.world.listing).
        stage: the stage of the cases on this court's trial list.
    """

    def __init__(
        self, world: World, tier: str, rooms: np.ndarray, minutes_a_room: np.ndarray, policy: Policy, stage: int
    ) -> None:
        self.model, self.unique_id, self.pos = world, f"{tier} court", None
        self.tier, self.rooms, self.policy, self.stage = tier, rooms, policy, stage
        self._minutes_a_room, self.minutes_a_room = minutes_a_room, int(minutes_a_room[0])
        self.sitting_days = np.flatnonzero(rooms)
        self._position = -1
        self._begun = 0  # trials that began on the last sitting day
        self._booked = np.zeros(len(self.sitting_days) + 1, np.int64)  # minutes promised to trials that run on
        self.trials = Backlog()
        self.available = self.carried = 0
        self.forgone = 0  # minutes that are to be left idle
        self.start_counting()
        world.register_agent(self)

    @property
    def outstanding(self) -> int:
        """Cases on the trial list that still wait for a trial."""
        return int((self.model.cases.stage[self.trials.ids] == self.stage).sum())

    def start_counting(self) -> None:
        """Begin a new period of the books."""
        self.totals = dict.fromkeys(_TOTALS, 0)
        self.carried_at_start = self.carried

    def receive(self, cases: Ids) -> None:
        """Put *cases* on the trial list in the policy's order."""
        columns = self.model.cases
        columns.stage[cases] = self.stage
        self.trials.add(self.policy(columns, cases), columns.joined[cases], cases)

    def called(self, limited: bool) -> Iterator[Ids]:
        """The head of the trial list, as far as the court may get: a few cases, then, if all of them fit, the rest.

        Without a limit the court gets through the whole list.
        """
        few = 2 * self._begun + 50
        if limited and few < len(self.trials):
            yield self.trials.head(few)
        yield self.trials.ids

    def fit(self, minutes: np.ndarray) -> int:
        """How many of the trials that take so many *minutes* can begin, one after the other, in the time there is."""
        today = np.cumsum(np.minimum(minutes, self.minutes_a_room))
        return int(np.searchsorted(today, self.available, side="right"))

    def clear(self) -> None:
        """Take off the trial list the cases that have left it in the meantime."""
        self.trials.keep(self.model.cases.stage[self.trials.ids] == self.stage)

    def open_day(self, today: int) -> None:
        """Open the doors: today's time is the rooms' time less what running trials hold, plus what was carried."""
        self._position = int(np.searchsorted(self.sitting_days, today))
        rooms, self.minutes_a_room = int(self.rooms[today]), int(self._minutes_a_room[today])
        running = int(self._booked[self._position])
        self.totals["room_days"] += rooms
        self.totals["supplied"] += rooms * self.minutes_a_room
        self.totals["used"] += running
        self.available = rooms * self.minutes_a_room - running + self.carried
        self.forgone -= self.leave_idle(self.forgone)

    def leave_idle(self, minutes: int) -> int:
        """Leave so many of today's *minutes* idle on purpose, or as many as there are; return how many."""
        left_idle = max(0, min(minutes, self.available))
        self.available -= left_idle
        self.totals["idle"] += left_idle
        self.totals["lost"] += left_idle
        return left_idle

    def spend(self, cases: Ids, minutes: np.ndarray) -> None:
        """Hold a short hearing of each case today."""
        total = int(minutes.sum())
        self.available -= total
        self.totals["used"] += total
        self.totals["hearings"] += len(cases)
        self.model.cases.minutes[cases] += minutes
        self.model.cases.hearings[cases] += 1

    def sit(self, cases: Ids, minutes: np.ndarray, limited: bool = True) -> tuple[Ids, np.ndarray]:
        """Begin the trials of *cases*, the first on the list, while there is time; return them and the day each ends.

        A trial longer than a room-day holds one room on the following sitting days until it is done.
        """
        today = np.minimum(minutes, self.minutes_a_room)
        begun = self._begun = self.fit(minutes) if limited else len(cases)
        cases, minutes, today = cases[:begun], minutes[:begun], today[:begun]
        if begun:
            self.trials.drop(begun)
            self.spend(cases, today)
            self.model.cases.minutes[cases] += minutes - today
            self.hear_again(cases, self._room_days(minutes - today))
        return cases, self._book(minutes - today)

    def hear_again(self, cases: Ids, hearings: np.ndarray) -> None:
        """Count further hearings of each case, whose time is counted elsewhere."""
        self.totals["hearings"] += int(hearings.sum())
        self.model.cases.hearings[cases] += hearings

    def count_listings(self, effective: SupportsInt, cracked: SupportsInt, ineffective: SupportsInt) -> None:
        """Count how today's listed trials went."""
        for name, number in (("effective", effective), ("cracked", cracked), ("ineffective", ineffective)):
            self.totals[name] += int(number)

    def close_day(self, waiting: bool) -> None:
        """Lock up: time left over is carried if somebody waits whom it did not fit, and idle otherwise."""
        left = self.available
        self.carried = left if waiting or left < 0 else 0
        self.totals["idle"] += left - self.carried

    def _book(self, rest: np.ndarray) -> np.ndarray:
        """Hold a room for the *rest* of each trial; return the day on which each ends."""
        last = np.minimum(self._position + self._room_days(rest), len(self.sitting_days))
        for minutes in rest[rest > 0]:
            self._hold(int(minutes), self._position + 1)
        days = np.append(self.sitting_days, len(self.rooms) + 1)  # past the end of the run
        return days[last]

    def _room_days(self, minutes: np.ndarray) -> np.ndarray:
        """Sitting days that each trial's *minutes* take up, begun ones included."""
        return -(-minutes // self.minutes_a_room)

    def _hold(self, minutes: int, begins: int) -> None:
        full, part = divmod(minutes, self.minutes_a_room)
        self._booked[begins : begins + full] += self.minutes_a_room
        if begins + full < len(self._booked):
            self._booked[begins + full] += part
