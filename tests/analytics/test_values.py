"""Periods of a window."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.values import INTERVALS, MAX_DAYS, Query, periods, window

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(days, st.integers(0, 1099), st.sampled_from(INTERVALS))
def test_periods_cover_the_window_without_gap_or_overlap(start: date, length: int, interval: str) -> None:
    end = start + timedelta(length)
    found = list(periods(Query(start, end, interval)))  # type: ignore[arg-type]
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(b.start == a.end + timedelta(1) for a, b in pairwise(found))
    assert len({period.name for period in found}) == len(found)


def test_week_of_new_year_has_its_iso_name() -> None:
    (period,) = periods(Query(date(2027, 1, 1), date(2027, 1, 3), "week"))
    assert (period.name, period.start, period.end) == ("2026-W53", date(2027, 1, 1), date(2027, 1, 3))


def test_months_are_clipped_to_the_window() -> None:
    found = list(periods(Query(date(2026, 11, 22), date(2027, 1, 2), "month")))
    assert [(p.name, p.start.day, p.end.day) for p in found] == [
        ("2026-11", 22, 30),
        ("2026-12", 1, 31),
        ("2027-01", 1, 2),
    ]


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
