"""Days and dates: bank holidays, year ends, and sitting days spread over the working days of a year."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest

from sim.base.clock import Clock, season

# Bank holidays of England and Wales that fall on a weekday (www.gov.uk/bank-holidays).
BANK_HOLIDAYS = {
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",  # with the jubilee and the state funeral
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",  # with the coronation
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
}


@dataclass
class Sitting:
    starts: date
    days: float


def closed_weekdays(year: int) -> list[str]:
    first = date(year, 1, 1)
    open_days = Clock(first).working_days((date(year, 12, 31) - first).days + 1)
    days = [first + timedelta(days=n) for n in np.flatnonzero(~open_days).tolist()]
    return [day.strftime("%m-%d") for day in days if day.weekday() < 5]


@pytest.mark.parametrize("year", BANK_HOLIDAYS)
def test_courts_close_on_the_bank_holidays_of_england_and_wales(year):
    assert closed_weekdays(year) == BANK_HOLIDAYS[year].split()


def test_courts_sit_on_253_days_of_2026_and_on_no_weekend():
    """261 weekdays less 8 bank holidays; 1 January 2026 is a Thursday."""
    open_days = Clock(date(2026, 1, 1)).working_days(365)
    assert open_days.sum() == 261 - 8
    assert open_days[:12].astype(int).tolist() == [0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1]


def test_days_and_dates_are_inverse():
    clock = Clock(date(2026, 1, 1))
    assert [clock.day(date(2026, 1, 1)), clock.day(date(2025, 12, 31)), clock.day(date(2028, 3, 1))] == [0, -1, 790]
    assert all(clock.day(clock.date(day)) == day for day in (-400, 0, 59, 789, 7304))


def test_mondays_are_mondays():
    clock = Clock(date(2026, 1, 1))
    assert [day for day in range(20) if clock.is_monday(day)] == [4, 11, 18]


def test_year_ends_count_the_leap_day():
    assert Clock(date(2026, 1, 1)).year_ends(3) == [364, 729, 1095]  # 2028 is a leap year
    assert Clock(date(2027, 3, 1)).year_ends(2) == [365, 730]  # 29 February 2028 lies in the first


def test_a_year_from_29_february_ends_on_28_february():
    clock = Clock(date(2024, 2, 29))
    ends = clock.year_ends(4)
    assert [clock.date(end) for end in ends] == [date(year, 2, 28) for year in (2025, 2026, 2027, 2028)]
    assert ends == [365, 730, 1095, 1460]


def test_periods_are_weeks_cut_at_each_year_end():
    ends = Clock(date(2026, 1, 1)).period_ends(2)
    assert ends[:3] == [6, 13, 20]
    assert ends[51:54] == [363, 364, 370]
    assert (ends[-1], len(ends), len(set(ends))) == (729, 106, 106)


@pytest.mark.parametrize("days", [0, 100, 253, 19_300, 22_905])
def test_a_calendar_years_rooms_add_up_to_its_sitting_days(days):
    clock = Clock(date(2026, 1, 1))
    rooms = clock.rooms([Sitting(date(2026, 1, 1), days)], clock.year_ends(3)[-1] + 1)
    for first, last in ((0, 364), (365, 729), (730, 1095)):
        assert abs(rooms[first : last + 1].sum() - days) <= 1


def test_rooms_are_whole_alike_from_day_to_day_and_never_on_a_closed_day():
    clock = Clock(date(2026, 1, 1))
    rooms = clock.rooms([Sitting(date(2026, 1, 1), 22_905)], 365)
    assert rooms.dtype == np.int64
    assert set(rooms[clock.working_days(365)]) == {90, 91}  # 22,905 / 253 = 90.5
    assert set(rooms[~clock.working_days(365)]) == {0}


def test_rooms_written_out_for_a_week_in_which_half_a_room_is_carried():
    """506 / 4 = 126.5 sitting days over 253 working days: one room every other working day."""
    rooms = Clock(date(2026, 1, 1)).rooms([Sitting(date(2026, 1, 1), 126.5)], 14)
    assert rooms.tolist() == [0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0]


def test_a_new_figure_holds_from_its_own_date():
    """253 and 506 sitting days over 253 working days: one room, and two from Wednesday 1 April 2026."""
    figures = [Sitting(date(2025, 1, 1), 253), Sitting(date(2026, 4, 1), 506)]
    clock = Clock(date(2026, 3, 30))
    assert clock.rooms(figures, 4).tolist() == [1, 1, 2, 2]


def test_before_its_first_date_the_first_figure_holds():
    assert Clock(date(2026, 3, 30)).rooms([Sitting(date(2026, 4, 1), 253)], 4).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_a_share_leaves_fewer_rooms_of_the_same_year(share):
    clock = Clock(date(2026, 1, 1))
    rooms = clock.rooms([Sitting(date(2026, 1, 1), 22_905)], 365, share)
    assert abs(rooms.sum() - 22_905 * share) <= 1
    assert rooms.dtype == np.int64


def test_the_season_has_mean_1_and_peaks_on_its_day():
    """1,461 days are four whole waves of 365.25 days."""
    wave = season(np.arange(1461), 0.2, 182)
    assert wave.mean() == pytest.approx(1, abs=1e-12)
    assert (np.argmax(wave[:365]), wave[182]) == (182, pytest.approx(1.2))
    assert season(np.arange(1461), 0.0, 182).tolist() == [1.0] * 1461
