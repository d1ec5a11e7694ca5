"""Moments that recur at whole multiples of an interval. Pure."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_multiple(interval: timedelta, now: datetime) -> datetime:
    """The first moment after `now` that is a whole multiple of `interval` after 1970-01-01T00:00Z."""
    return now + interval - (now - _EPOCH) % interval
