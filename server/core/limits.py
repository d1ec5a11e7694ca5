"""Rate limits by network, without storing addresses."""

import hashlib
import hmac
import ipaddress
import math
import re
import threading
from datetime import datetime
from typing import NamedTuple, cast

import redis
import structlog
from flask import Flask, request
from limits import RateLimitItem
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from server.core import clock
from server.core.email_addresses import mailbox
from server.core.errors import RateLimited
from server.core.http import settings
from server.core.settings import Settings

REDIS_PATIENCE = 0.25
"""Timeout of Redis in seconds; no decision waits longer for a counter."""

REDIS_PAUSE = 5.0
"""Seconds after a timeout until Redis is asked again."""

MAX_COUNTERS = 100_000
"""Most counters in the memory of one process, about 25 MiB.

All are dropped when there would be more: a limit for each network does not stop so many networks.
"""

_SWEEP_SECONDS = 30.0
"""Seconds between removals of expired counters from memory."""

_COUNTERS = "samtykke_counters"

_ADDRESS = re.compile(r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<plain>[0-9.]+))(?::[0-9]{1,5})?")
"""An address with a port, as in `192.0.2.1:4711` and `[2001:db8::1]:443`."""

log = structlog.get_logger("samtykke.limits")


def network() -> str:
    """A keyed digest of the client's network (/24 or /56), which counts requests and identifies nobody.

    It lives as long as the limit's window: a visitor's in memory or Redis alone, that of a failed login to
    the studio in a table too (`server.accounts.service.attempts`). It is in no log.
    """
    return network_of(request.remote_addr, settings().secret_key)


def network_of(remote: str | None, secret_key: str) -> str:
    """The same for a given address."""
    address = _address(remote)
    if address is None:
        return "unknown"
    prefix = ipaddress.ip_network((address, 24 if address.version == 4 else 56), strict=False)
    return hmac.new(secret_key.encode(), str(prefix).encode(), hashlib.sha256).hexdigest()[:24]


def from_this_machine() -> bool:
    """Whether the client is on the loopback interface.

    An undeclared reverse proxy looks the same, and limiting it would lock out all visitors at once; so limits
    for visitors exempt it, limits for logins do not.
    """
    return is_this_machine(request.remote_addr)


def is_this_machine(remote: str | None) -> bool:
    """The same for a given address."""
    if remote == "127.0.0.1":
        return True
    address = _address(remote)
    return address is not None and address.is_loopback


def _address(remote: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The client's address; one in IPv6 that stands for an IPv4 address as the latter.

    A server that listens on both, and proxies that do, write `::ffff:192.0.2.1`; some proxies add the port.
    """
    found = _ADDRESS.fullmatch(remote or "")
    try:
        address = ipaddress.ip_address(found["bracketed"] or found["plain"] if found else remote or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def install(app: Flask, redis_url: str | None) -> None:
    """Count in Redis if it is set and reachable, else in this process."""
    app.extensions[_COUNTERS] = Counters(redis_url)


def counters(app: Flask) -> "Counters":
    """The counters of this application."""
    return cast("Counters", app.extensions[_COUNTERS])


def spend_one(app: Flask, limit: RateLimitItem, address: str | None, site_key: str) -> None:
    """Count a visitor's request about a site towards the limit of its network; none from this machine.

    :raises RateLimited: the limit is reached.
    """
    if is_this_machine(address):
        return
    known: Settings = app.extensions["samtykke"]
    client = f"{network_of(address, known.secret_key)}:{site_key}"
    if wait := counters(app).spend(limit, client, now=clock.now()):
        raise RateLimited("too many requests; try again later", retry_after=wait)


def may_mail(app: Flask, limit: RateLimitItem, address: str, site_key: str = "") -> bool:
    """Count an e-mail that a stranger has sent to an address; False if it has had as many as it may get.

    Those of one site are counted, or without `site_key` those of all.

    Whoever types it, and with whatever tag: so a form cannot fill somebody else's mailbox. The counter has a
    keyed digest of the address, in memory or Redis, for as long as the limit's window.
    """
    known: Settings = app.extensions["samtykke"]
    name = f"mail to {mailbox(address)} of {site_key}".encode("utf-8", "replace")
    who = hmac.new(known.secret_key.encode(), name, hashlib.sha256).hexdigest()
    return not counters(app).spend(limit, who, now=clock.now())


class Spent(NamedTuple):
    """What is left of a limit after a request."""

    wait: int
    """Seconds to wait, if the limit is reached; else 0."""
    left: int
    """Requests that may follow in this window."""
    reset: int
    """Seconds until the window ends."""


class Counters:
    """Counters of rate limits, in fixed windows that begin with the first request.

    Shared through Redis if set, else, and while Redis does not answer, of this process alone.
    """

    def __init__(self, redis_url: str | None) -> None:
        self._own = _MemoryCounters()
        self._redis = _RedisCounters(redis_url) if redis_url else None
        self._redis_again = 0.0
        """When to ask Redis again after a timeout, in seconds since 1970."""

    def spend(self, limit: RateLimitItem, who: str, *, now: datetime) -> int:
        """Count one request of a client; returns 0, or the seconds to wait if the limit is reached."""
        return self._take(limit, who, now, told=False).wait

    def take(self, limit: RateLimitItem, who: str, *, now: datetime) -> Spent:
        """Count one request of a client, and say what is left; asks Redis three times."""
        return self._take(limit, who, now, told=True)

    def _take(self, limit: RateLimitItem, who: str, now: datetime, *, told: bool) -> Spent:
        client, moment = _digest(who), now.timestamp()
        if self._redis is not None and moment >= self._redis_again:
            try:
                return self._redis.take(limit, client, told=told)
            except redis.RedisError as fault:
                self._redis_again = moment + REDIS_PAUSE
                log.warning("redis_away", fault=type(fault).__name__)
        return self._own.take(limit, client, moment)

    def forget(self) -> None:
        """Reset, for tests."""
        self._own.forget()
        if self._redis is not None:
            self._redis.forget()


def _digest(who: str) -> str:
    """32 hexadecimal digits for a client, whose name may contain a site key as long as a URL."""
    return hashlib.blake2b(who.encode(), digest_size=16).hexdigest()


class _MemoryCounters:
    """Counters of this process.

    Not `MemoryStorage` of `limits` 5.8: after nearly every request it reads all counters in a new thread
    (5 ms of processor with 100,000), and it raises `RuntimeError` when two threads start that at once.
    """

    def __init__(self) -> None:
        self._counters: dict[str, tuple[float, int]] = {}
        """Key → end of its window in seconds since 1970, and requests in it."""
        self._guard = threading.Lock()
        self._sweep_at = 0.0
        """When to remove expired counters."""

    def __len__(self) -> int:
        return len(self._counters)

    def take(self, limit: RateLimitItem, client: str, moment: float) -> Spent:
        """As `Counters.take`, at `moment` in seconds since 1970."""
        key = limit.key_for(client)
        with self._guard:
            self._make_room(key, moment)
            ends, spent = self._counters.get(key, (0.0, 0))
            if ends <= moment:
                ends, spent = moment + limit.get_expiry(), 0
            reset = math.ceil(ends - moment)
            if spent >= limit.amount:
                return Spent(reset, 0, reset)
            self._counters[key] = ends, spent + 1
            return Spent(0, limit.amount - spent - 1, reset)

    def forget(self) -> None:
        """Reset, for tests."""
        with self._guard:
            self._counters.clear()

    def _make_room(self, key: str, moment: float) -> None:
        if moment >= self._sweep_at:
            self._sweep_at = moment + _SWEEP_SECONDS
            self._counters = {name: one for name, one in self._counters.items() if one[0] > moment}
        if len(self._counters) >= MAX_COUNTERS and key not in self._counters:
            self._counters.clear()


class _RedisCounters:
    """Counters in Redis, by its clock. All methods raise `redis.RedisError`."""

    def __init__(self, url: str) -> None:
        # A single try: the client's default has retries with growing pauses.
        pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=REDIS_PATIENCE,
            socket_connect_timeout=REDIS_PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._storage = RedisStorage(url, connection_pool=pool, key_prefix="samtykke")
        self._limiter = FixedWindowRateLimiter(self._storage)

    def take(self, limit: RateLimitItem, client: str, *, told: bool) -> Spent:
        """As `Counters.take`; what is left is only read if it is `told`, as most requests need not know."""
        passed, name = self._limiter.hit(limit, client), limit.key_for(client)
        if passed and not told:
            return Spent(0, 0, 0)
        # Not by `get_window_stats`, which adds this machine's time to the seconds that are left.
        reset = max(int(self._storage.get_connection().ttl(self._storage.prefixed_key(name))), 1)
        left = max(limit.amount - self._storage.get(name), 0) if passed else 0
        return Spent(0 if passed else reset, left, reset)

    def forget(self) -> None:
        """Reset, for tests."""
        self._storage.reset()
