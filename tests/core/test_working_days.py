"""Where time limits end: months, weekends and the public holidays of Norway."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.working_days import (
    easter,
    is_public_holiday,
    is_working_day,
    months_after,
    working_day_from,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    "day", [date(1961, 4, 2), date(2000, 4, 23), date(2024, 3, 31), date(2026, 4, 5), date(2038, 4, 25)]
)
def test_easter_is_when_the_almanac_says(day: date) -> None:
    assert easter(day.year) == day


@given(st.integers(1583, 4000))
def test_easter_is_a_sunday_from_22_march_to_25_april(year: int) -> None:
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


HOLIDAYS_2026 = (
    *(date(2026, 1, 1), date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 5), date(2026, 4, 6)),
    *(date(2026, 5, 1), date(2026, 5, 14), date(2026, 5, 17), date(2026, 5, 24), date(2026, 5, 25)),
    *(date(2026, 12, 25), date(2026, 12, 26)),
)


def test_public_holidays_of_a_year_are_those_of_the_calendar() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert tuple(day for day in days if is_public_holiday(day)) == HOLIDAYS_2026


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_month_ends_on_the_same_date_or_the_last_of_the_month(day: date, months: int, end: date) -> None:
    assert months_after(day, months) == end


@given(DAYS, st.integers(0, 24))
def test_so_many_months_later_is_in_that_month_and_never_past_the_date(day: date, months: int) -> None:
    end = months_after(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day <= day.day
    # It is less only on the last of a month.
    assert end.day == day.day or (end + timedelta(days=1)).day == 1


@given(DAYS)
def test_time_limit_ends_on_the_first_working_day_from_its_last_day(day: date) -> None:
    end = working_day_from(day)
    assert is_working_day(end)
    between = [day + timedelta(days=number) for number in range((end - day).days)]
    assert not any(is_working_day(one) for one in between)
    assert len(between) <= 5
