"""Retries come within a day, later and later, and a receiver may ask for more time."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notifications.schedule import (
    JITTER,
    LONGEST_WAIT,
    RETRIES,
    next_digest,
    next_try,
    retry_after,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

moments = st.timedeltas(timedelta(0), timedelta(days=9000)).map(lambda passed: NOW + passed)
shares = st.floats(0, 1, exclude_max=True)


@given(shares)
def test_the_last_try_is_within_a_day_and_then_it_is_given_up(random: float) -> None:
    moment = NOW
    for failures in range(1, len(RETRIES) + 1):
        again = next_try(failures, now=moment, random=random)
        assert again is not None
        assert again > moment
        moment = again
    assert timedelta(hours=18) < moment - NOW < timedelta(hours=24)
    assert next_try(len(RETRIES) + 1, now=moment, random=random) is None


@given(st.integers(1, len(RETRIES)), shares)
def test_jitter_shortens_a_delay_by_a_fifth_at_most(failures: int, random: float) -> None:
    again = next_try(failures, now=NOW, random=random)
    assert again is not None
    assert RETRIES[failures - 1] * (1 - JITTER) <= again - NOW <= RETRIES[failures - 1]


@given(st.integers(1, len(RETRIES)), shares, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_receiver_is_left_alone_as_long_as_it_asks_but_a_day_at_most(
    failures: int, random: float, asked: timedelta
) -> None:
    again = next_try(failures, now=NOW, random=random, retry_after=asked)
    assert again is not None
    assert again - NOW >= min(asked, LONGEST_WAIT)
    assert again - NOW <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999", 86_400),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), 180),
        (format_datetime(NOW - timedelta(minutes=3), usegmt=True), 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, seconds: int) -> None:
    assert retry_after(header, now=NOW) == timedelta(seconds=seconds)


@given(st.text())
def test_no_header_is_a_fault(header: str) -> None:
    found = retry_after(header, now=NOW)
    assert found is None or found >= timedelta(0)


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1.5", "١٢"])
def test_a_header_that_cannot_be_read_asks_for_nothing(header: str | None) -> None:
    assert retry_after(header, now=NOW) is None


@given(moments)
def test_the_next_digest_is_at_six_within_a_day(now: datetime) -> None:
    due = next_digest(now)
    assert timedelta(0) < due - now <= timedelta(days=1)
    assert (due.hour, due.minute, due.second, due.microsecond) == (6, 0, 0, 0)
