"""WSGI middleware that serves the newest scripts from memory, before Flask.

Every page view of every visitor requests this script: it is the most frequent request of all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, current_app
from prometheus_client import Counter

from server.core import clock
from server.embed import service
from server.embed.representations import (
    OK,
    REVALIDATED,
    Headers,
    Representation,
    best_coding,
    representations,
    status_of,
)
from server.embed.values import Script

REPRESENTATION = "samtykke.embed.answer"
"""Key in the WSGI environment under which the view stores the `Representation` that it answered with."""

_SERVED = Counter(
    "samtykke_scripts_from_memory_total", "Banner scripts answered before the framework", ["status"]
)


@dataclass
class CachedScript:
    """The newest script of a site with its representations by content coding."""

    script: Script
    representations: dict[str, Representation]
    store_at: datetime | None
    """When to try (again) to store it in the database; None when it is stored."""
    revalidate_at: datetime
    """Until when it is served without a query."""


class ScriptCache:
    """Serves what the view has answered within the last second (`service.FRESHNESS`)."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.entries: dict[str, CachedScript] = {}
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the cache, or pass the request on and store the answer's headers."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/w/") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._inner(environ, start_response)
        entry = self.entries.get(path[3:-3])
        if entry is not None and path.endswith(".js") and clock.now() < entry.revalidate_at:
            representation = entry.representations[best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
            status = status_of(representation, environ)
            headers = representation.sent_headers.get(status)
            if headers is not None:
                _count(status).inc()
                start_response(status, list(headers))
                return [representation.body] if status == OK and environ["REQUEST_METHOD"] == "GET" else []
        return self._inner(environ, _storing_headers(environ, start_response))


def install(app: Flask) -> None:
    """Wrap the application in a `ScriptCache`."""
    script_cache = ScriptCache(app.wsgi_app)
    app.extensions["samtykke_embed"] = script_cache
    app.wsgi_app = script_cache  # type: ignore[method-assign]


def forget(app: Flask) -> None:
    """Empty the cache of this process; the next request asks the database."""
    script_cache: ScriptCache = app.extensions["samtykke_embed"]
    script_cache.entries.clear()
    service.forget()


def entry_for(script: Script, now: datetime) -> CachedScript:
    """The cache entry of a site whose newest script this is, made if absent."""
    script_cache: ScriptCache = current_app.extensions["samtykke_embed"]
    entry = script_cache.entries.get(script.key)
    if entry is not None and entry.script is script:
        return entry
    if len(script_cache.entries) >= service.MAX_SITES:
        script_cache.entries.clear()
    entry = CachedScript(script, representations(script.asset, REVALIDATED), store_at=now, revalidate_at=now)
    script_cache.entries[script.key] = entry
    return entry


def _storing_headers(environ: WSGIEnvironment, start_response: StartResponse) -> StartResponse:
    """`start_response` that stores the final headers in the `Representation` that the view answered with."""

    def start(status: str, headers: Headers, *rest: Any) -> Any:
        representation = environ.get(REPRESENTATION)
        # A shared answer sets no cookie; if a hook sets one, it must not be repeated to others.
        if representation is not None and not any(name.lower() == "set-cookie" for name, _ in headers):
            representation.sent_headers[status] = list(headers)
        return start_response(status, headers, *rest)

    return start


@cache
def _count(status: str) -> Counter:
    """The counter of a status code; made at first use, when the multiprocess mode of the client is known."""
    return _SERVED.labels(status[:3])
