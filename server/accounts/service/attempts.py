"""Rate limits of failed logins, counted in the database and thereby shared by all processes and nodes.

Attempts are counted by OWASP's device cookies
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies): a browser in which a
user has logged in before has a counter of its own, so that strangers who guess passwords do not lock the user
out. All other browsers share one counter for their network and one for the account.

A code of a second factor is short, so that its guesses are also counted for the account, by all browsers
together: many known browsers, and an open session, do not add up to more.

An attempt is counted before the password is checked, and uncounted when it was right: concurrent attempts
cannot exceed a limit.
"""

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import SQLAlchemyError

from server.accounts.models import LoginAttempt
from server.core.db import Base, db, insert
from server.core.errors import RateLimited

_ROW = Base.metadata.tables[LoginAttempt.__tablename__]
_NAMESPACE = "login"


def _limits(per_minute: int, per_hour: int) -> tuple[RateLimitItem, ...]:
    return (RateLimitItemPerMinute(per_minute, 1, _NAMESPACE), RateLimitItemPerHour(per_hour, 1, _NAMESPACE))


LIMITS = {
    "device": _limits(10, 50),
    "network": _limits(10, 50),
    # More than one network can use up, so that a single network cannot lock others out.
    "account": _limits(30, 150),
    "password": _limits(10, 50),
    # Of an account's second factor: by browsers that nobody knows, and by its open sessions.
    "factor": _limits(5, 20),
    "confirm": _limits(5, 20),
    # Of an account's second factor in all: three codes among a million are valid, and 960 guesses a day find
    # one in a year. More than unknown browsers can use up, so that they do not lock out a known one.
    "factors": _limits(10, 40),
}
"""Kind of counter → failed attempts allowed per minute and per hour, in windows that begin with the first."""


@dataclass(frozen=True)
class Attempt:
    """A login attempt, with the counters that its failure increments."""

    counts: tuple[tuple[str, str], ...]
    """Kind of counter (a key of `LIMITS`) and keyed digest of its subject."""


def account_digest(email: str, *, secret_key: str) -> str:
    """Keyed digest of an address: 24 hexadecimal digits of HMAC-SHA256."""
    text = b"samtykke/login/account\n" + email.strip().lower().encode("utf-8", "replace")
    return hmac.new(secret_key.encode(), text, hashlib.sha256).hexdigest()[:24]


def login_attempt(email: str, *, network: str, device: str | None, secret_key: str) -> Attempt:
    """An attempt with this address, from this network (a digest), in this known browser if it is one."""
    if device is not None:
        return Attempt((("device", device),))
    return Attempt((("account", account_digest(email, secret_key=secret_key)), ("network", network)))


def factor_attempt(email: str, *, network: str, device: str | None, secret_key: str) -> Attempt:
    """An attempt to show the second factor of an account, whose password was right.

    :param device: of a browser in which the second factor was shown before
    """
    account = account_digest(email, secret_key=secret_key)
    if device is not None:
        return Attempt((("factors", account), ("device", device)))
    return Attempt((("factors", account), ("factor", account), ("network", network)))


def confirming_attempt(email: str, *, secret_key: str) -> Attempt:
    """An attempt of a logged-in user to show their second factor again."""
    account = account_digest(email, secret_key=secret_key)
    return Attempt((("factors", account), ("confirm", account)))


def network_attempt(*, network: str) -> Attempt:
    """An attempt to log in as whoever a passkey belongs to, from this network (a digest)."""
    return Attempt((("network", network),))


def owner_attempt(*, network: str, secret_key: str) -> Attempt:
    """An attempt to make the first owner with a token, from this network (a digest)."""
    return Attempt(
        (("account", account_digest("the first owner", secret_key=secret_key)), ("network", network))
    )


def password_attempt(user_id: str) -> Attempt:
    """An attempt of a logged-in user to confirm their current password."""
    return Attempt((("password", user_id),))


def check_attempt(attempt: Attempt, *, now: datetime) -> None:
    """Refuse an attempt beyond a limit. Only reads, so that a flood of refused attempts writes nothing.

    :raises RateLimited: with the seconds to wait.
    """
    limiter = _limiter(now)
    for kind, item, who in _items(attempt):
        if not limiter.test(item, kind, who):
            raise _refused(limiter, attempt, now)


def count_attempt(attempt: Attempt, *, now: datetime) -> None:
    """Count an attempt as failed until `forgive_attempt`; delete expired counters.

    :raises RateLimited: a limit is reached. The transaction must not be committed then.
    """
    limiter = _limiter(now)
    forget_attempts(now=now)
    for kind, item, who in _items(attempt):
        if not limiter.hit(item, kind, who):
            raise _refused(limiter, attempt, now)


def forgive_attempt(attempt: Attempt, *, now: datetime) -> None:
    """Uncount an attempt that was right, or whose password was not checked."""
    storage = _Counts(now)
    for kind, item, who in _items(attempt):
        storage.give_back(item.key_for(kind, who))


def count_event(name: str, *, window: timedelta, now: datetime) -> int:
    """Count something within a window that begins with the first; returns how often it has happened in it."""
    return _Counts(now).incr(name, int(window.total_seconds()))


def forget_attempts(*, now: datetime) -> int:
    """Delete expired counters; returns their number."""
    ended = db.session.execute(sa.delete(_ROW).where(_ROW.c.ends_at <= now).returning(_ROW.c.name))
    return len(ended.all())


# --- internal --------------------------------------------------------------------------------------------


def _items(attempt: Attempt) -> list[tuple[str, RateLimitItem, str]]:
    """All counters of an attempt, in a fixed order: otherwise row locks could deadlock."""
    found = [(kind, item, who) for kind, who in attempt.counts for item in LIMITS[kind]]
    return sorted(found, key=lambda one: one[1].key_for(one[0], one[2]))


def _refused(limiter: FixedWindowRateLimiter, attempt: Attempt, now: datetime) -> RateLimited:
    used_up = [
        stats.reset_time
        for kind, item, who in _items(attempt)
        if (stats := limiter.get_window_stats(item, kind, who)).remaining == 0
    ]
    wait = max(1, math.ceil(max(used_up, default=0.0) - now.timestamp()))
    minutes = math.ceil(wait / 60)
    when = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return RateLimited(f"too many tries have failed; try again {when}", retry_after=wait)


def _limiter(now: datetime) -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(_Counts(now))


class _Counts(Storage):
    """Storage of `limits` in database rows, at a fixed time, in the caller's transaction."""

    STORAGE_SCHEME = None

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Increment a counter and return it; an expired one restarts."""
        fresh = {"count": amount, "ends_at": self._now + timedelta(seconds=expiry)}
        over = _ROW.c.ends_at <= self._now
        upsert = (
            insert(_ROW)
            .values(name=key, **fresh)
            .on_conflict_do_update(
                index_elements=[_ROW.c.name],
                set_={
                    "count": sa.case((over, amount), else_=_ROW.c.count + amount),
                    "ends_at": sa.case((over, sa.literal(fresh["ends_at"])), else_=_ROW.c.ends_at),
                },
            )
        )
        return int(db.session.execute(upsert.returning(_ROW.c.count)).scalar_one())

    def give_back(self, key: str) -> None:
        """Decrement a counter that has not expired, not below 0."""
        running = sa.and_(_ROW.c.name == key, _ROW.c.ends_at > self._now, _ROW.c.count > 0)
        db.session.execute(sa.update(_ROW).where(running).values(count=_ROW.c.count - 1))

    def get(self, key: str) -> int:
        """The counter; 0 if there is none or it has expired."""
        running = sa.select(_ROW.c.count).where(_ROW.c.name == key, _ROW.c.ends_at > self._now)
        return db.session.scalar(running) or 0

    def get_expiry(self, key: str) -> float:
        """When the counter expires, in seconds since 1970; now if there is none."""
        ends_at: datetime | None = db.session.scalar(sa.select(_ROW.c.ends_at).where(_ROW.c.name == key))
        return max(ends_at or self._now, self._now).astimezone(UTC).timestamp()

    def check(self) -> bool:
        """Whether the database answers."""
        return db.session.scalar(sa.select(sa.literal(1))) == 1

    def reset(self) -> int:
        """Delete all counters; returns their number."""
        return len(db.session.execute(sa.delete(_ROW).returning(_ROW.c.name)).all())

    def clear(self, key: str) -> None:
        """Delete a counter."""
        db.session.execute(sa.delete(_ROW).where(_ROW.c.name == key))
