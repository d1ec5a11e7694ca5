"""When something recurs on a schedule."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.core.schedule import next_multiple

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.integers(1, 86_400))
def test_the_next_moment_is_a_multiple_and_no_more_than_an_interval_away(now: datetime, seconds: int) -> None:
    interval = timedelta(seconds=seconds)
    found = next_multiple(interval, now)
    assert now < found <= now + interval
    assert found.timestamp() % seconds == 0


def test_an_hourly_schedule_is_that_of_the_clock() -> None:
    assert next_multiple(timedelta(hours=1), datetime(2026, 11, 29, 11, 58, tzinfo=UTC)) == datetime(
        2026, 11, 29, 12, tzinfo=UTC
    )
