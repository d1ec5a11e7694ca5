"""Days on which fewer visitors are no fault."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.alarms.holidays import BRIDGE, FEAST, SUMMER, least_share

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (date(2026, 12, 24), FEAST),
        (date(2026, 12, 28), BRIDGE),
        (date(2027, 1, 2), BRIDGE),
        (date(2026, 4, 3), FEAST),
        (date(2026, 3, 31), BRIDGE),
        (date(2026, 5, 14), FEAST),
        (date(2026, 5, 17), FEAST),
        (date(2026, 7, 15), SUMMER),
        (date(2026, 9, 15), 1.0),
    ],
)
def test_holidays_leave_a_part_of_the_usual_number(day: date, share: float) -> None:
    assert least_share(day, day) == share


@given(DAYS, st.integers(0, 40))
def test_a_span_of_days_leaves_between_what_its_days_leave(first: date, more: int) -> None:
    shares = [least_share(day, day) for day in (first + timedelta(days=number) for number in range(more + 1))]
    assert min(shares) - 1e-9 <= least_share(first, first + timedelta(days=more)) <= max(shares) + 1e-9
