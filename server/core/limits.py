"""Rate limits by network, without keeping anybody's address."""

import hashlib
import hmac
import ipaddress

from flask import Flask, request
from flask_limiter import Limiter

from server.core.http import settings


def network() -> str:
    """A keyed digest of the caller's network (/24 or /56): counts requests, and names nobody.

    It lives as long as the limit's window, in memory or Redis, and is never written to a table or a log.
    """
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    prefix = ipaddress.ip_network((address, 24 if address.version == 4 else 56), strict=False)
    return hmac.new(settings().secret_key.encode(), str(prefix).encode(), hashlib.sha256).hexdigest()[:24]


def from_this_machine() -> bool:
    """Whether the caller sits on the loopback interface.

    A reverse proxy that the operator has not declared looks like that too, and limiting it would lock out
    every visitor at once; so limits for visitors spare it, limits for logins do not.
    """
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


limiter = Limiter(key_func=network, headers_enabled=False, in_memory_fallback_enabled=True)


def install(app: Flask, redis_url: str | None) -> None:
    """Count in Redis where there is one, and in this process where there is none or it is gone."""
    app.config["RATELIMIT_STORAGE_URI"] = redis_url or "memory://"
    app.config["RATELIMIT_STRATEGY"] = "moving-window"
    app.config["RATELIMIT_KEY_PREFIX"] = "samtykke"
    limiter.init_app(app)
