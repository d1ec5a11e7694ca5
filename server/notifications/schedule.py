"""When a delivery is tried: retries with jitter over a day, and the daily digest. Pure."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from server.core.schedule import next_multiple

RETRIES: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=7),
    timedelta(hours=9),
)
"""Time from each failed try to the next, after the schedule that Standard Webhooks recommends.

The last try is 23 h 35 min after the first; then the delivery is dead.
"""

JITTER = 0.2
"""Largest share by which a delay is shortened, so that retries after an outage do not arrive together."""

LONGEST_WAIT = timedelta(hours=24)
"""Most that a receiver can put off the next try."""

DIGEST_AT = timedelta(hours=6)
"""Time of day of the digest, in UTC: seven or eight in the morning in Norway."""

_DAY = timedelta(days=1)


def next_try(
    failures: int, *, now: datetime, random: float, retry_after: timedelta | None = None
) -> datetime | None:
    """When to try again after this many failed tries; None if it is to be given up.

    `random` is from 0 up to 1.
    """
    if failures > len(RETRIES):
        return None
    delay = RETRIES[failures - 1] * (1 - JITTER * random)
    if retry_after is not None:
        delay = max(delay, min(retry_after, LONGEST_WAIT))
    return now + delay


def retry_after(header: str | None, *, now: datetime) -> timedelta | None:
    """The time that a `Retry-After` header asks for, as seconds or a date (RFC 9110, 10.2.3).

    None if there is none, or it cannot be read.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(timedelta(0), moment - now)


def next_digest(now: datetime) -> datetime:
    """When the next daily digest is sent."""
    return next_multiple(_DAY, now - DIGEST_AT) + DIGEST_AT
