"""Periods and windows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.values import MAX_DAYS, period_of, window

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(days)
def test_a_period_is_named_by_day_week_and_month(day: date) -> None:
    year, week, _ = day.isocalendar()
    assert date.fromisoformat(period_of(day, "day")) == day
    assert period_of(day, "week") == f"{year}-W{week:02}"
    assert period_of(day, "month") == day.isoformat()[:7]


def test_week_of_new_year_has_its_iso_name() -> None:
    assert period_of(date(2027, 1, 1), "week") == "2026-W53"


@given(days)
def test_a_window_has_four_weeks_until_today_unless_its_days_are_given(today: date) -> None:
    assert window(None, None, today=today) == (today - timedelta(27), today)
    assert window(None, date.min, today=today) == (date.min, date.min)
    assert window(today, today, today=date.max) == (today, today)


@given(days)
def test_a_window_neither_ends_before_it_begins_nor_is_longer_than_three_years(last: date) -> None:
    assert window(last - timedelta(MAX_DAYS - 1), last, today=last)
    with pytest.raises(ValueError, match="at most"):
        window(last - timedelta(MAX_DAYS), last, today=last)
    with pytest.raises(ValueError, match="after the last day"):
        window(last + timedelta(1), last, today=last)
