"""Rate limits by network, without storing addresses."""

import hashlib
import hmac
import ipaddress
import math
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import redis
import structlog
from flask import Flask, request
from redis.backoff import NoBackoff
from redis.retry import Retry

from server.core.http import settings

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

log = structlog.get_logger("samtykke.limits")


def network() -> str:
    """A keyed digest of the client's network (/24 or /56), which counts requests and identifies nobody.

    It lives as long as the limit's window: a visitor's in memory or Redis alone, that of a failed login to
    the studio in a table too (`server.accounts.attempts`). It is in no log.
    """
    return network_of(request.remote_addr, settings().secret_key)


def network_of(remote: str | None, secret_key: str) -> str:
    """The same for a given address."""
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:
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
    try:
        return ipaddress.ip_address(remote or "").is_loopback
    except ValueError:
        return False


def install(app: Flask, redis_url: str | None) -> None:
    """Count in Redis if it is set and reachable, else in this process."""
    app.extensions[_COUNTERS] = Counters(redis_url)


def counters(app: Flask) -> "Counters":
    """The counters of this application."""
    return cast("Counters", app.extensions[_COUNTERS])


def _patience() -> dict[str, Any]:
    """A single retry; the library's default has growing pauses."""
    once = Retry(NoBackoff(), 0)
    return {"socket_timeout": REDIS_PATIENCE, "socket_connect_timeout": REDIS_PATIENCE, "retry": once}


# --- what visitors may ask -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Allowance:
    """A fixed-window limit: `number` requests in `seconds` from the first one."""

    name: str
    number: int
    seconds: int


class Counters:
    """Counters of a limit. Shared through Redis if set, else of this process alone."""

    def __init__(self, redis_url: str | None) -> None:
        self._own: dict[str, tuple[float, int]] = {}
        """Client → end of its window, and requests in it."""
        self._guard = threading.Lock()
        self._look_again = 0.0
        """When to remove expired counters."""
        self._redis = redis.Redis.from_url(redis_url, **_patience()) if redis_url else None
        self._redis_again = 0.0
        """When to ask Redis again after a timeout."""

    def spend(self, allowance: Allowance, who: str, *, now: datetime) -> int:
        """Count one request of a client; returns 0, or the seconds to wait if the limit is reached."""
        key, moment = f"samtykke:{allowance.name}:{_digest(who)}", now.timestamp()
        if self._redis is not None and moment >= self._redis_again:
            try:
                return _in_redis(self._redis, allowance, key)
            except redis.RedisError as fault:
                self._redis_again = moment + REDIS_PAUSE
                log.warning("redis_away", fault=type(fault).__name__)
        return self._in_memory(allowance, key, moment)

    def forget(self) -> None:
        """Reset, for tests."""
        with self._guard:
            self._own.clear()
        if self._redis is not None:
            for key in self._redis.scan_iter("samtykke:*"):
                self._redis.delete(key)

    def _in_memory(self, allowance: Allowance, key: str, moment: float) -> int:
        with self._guard:
            if moment >= self._look_again:
                self._look_again = moment + _SWEEP_SECONDS
                self._own = {who: count for who, count in self._own.items() if count[0] > moment}
            counter = self._own.get(key)
            if counter is None and len(self._own) >= MAX_COUNTERS:
                self._own.clear()
            ends, spent = counter or (0.0, 0)
            if ends <= moment:
                ends, spent = moment + allowance.seconds, 0
            if spent >= allowance.number:
                return math.ceil(ends - moment)
            self._own[key] = ends, spent + 1
            return 0


def _digest(who: str) -> str:
    """32 hexadecimal digits for a client, whose name may contain a site key as long as a URL."""
    return hashlib.blake2b(who.encode(), digest_size=16).hexdigest()


def _in_redis(shared: "redis.Redis", allowance: Allowance, key: str) -> int:
    with shared.pipeline(transaction=False) as pipeline:
        pipeline.set(key, 0, ex=allowance.seconds, nx=True)
        pipeline.incr(key)
        pipeline.ttl(key)
        _, spent, left = pipeline.execute()
    if left < 0:  # it expired between the first command and the second
        shared.expire(key, allowance.seconds)
    return max(int(left), 1) if spent > allowance.number else 0
