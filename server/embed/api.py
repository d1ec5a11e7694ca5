"""The one script per site: `GET /w/{site}.js`, the same bytes for every visitor."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask, Response, current_app, request
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_etags

from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound, Unavailable
from server.core.http import Blueprint, settings
from server.embed import service
from server.embed.values import SCRIPT, Asset, Script

log = structlog.get_logger("samtykke.embed")

blueprint = Blueprint("embed", __name__, description="The banner script that websites embed")

MOVING = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
IMMUTABLE = "public, max-age=31536000, immutable"
ABSENT = "public, max-age=60"
"""A site that is published a minute later is not to be missed for long."""

_KEY = re.compile(r"[a-z0-9-]{2,40}")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[a-z]+(?:-[A-Za-z0-9-]{2,20})?\.(?:js|json)")

_OK, _UNCHANGED = "200 OK", "304 NOT MODIFIED"

_ANSWER = "samtykke.embed.answer"
"""Where the view tells the front, in the request's environment, what it answered with."""

_SERVED = Counter(
    "samtykke_scripts_from_memory_total", "Banner scripts answered before the framework", ["status"]
)

Headers = list[tuple[str, str]]

_SHARED = (
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Timing-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
)

_NO_SITE = b"/* Samtykke: no banner is published under this address. Nothing was loaded. */\n"
_NO_FILE = b"/* Samtykke: this site never served such a file. */\n"
_DOWN = b"/* Samtykke: the banner cannot be delivered just now. Everything stays blocked. */\n"

_DOC: dict[str, Any] = {"content": {"text/javascript": {"schema": {"type": "string"}}}}


@dataclass
class _Answer:
    """One content coding of an asset, with its headers ready to be sent."""

    etag: str
    body: bytes
    headers: Headers
    unchanged: Headers
    """Headers of a 304."""
    sent: dict[str, Headers] = field(default_factory=dict)
    """By status: the headers that left this application, those of its own hooks included."""


@dataclass
class _Ready:
    """The newest script of a site, with every answer made."""

    script: Script
    answers: dict[str, _Answer]
    store_at: datetime | None
    """When to (try again to) store it; None when the database has it."""
    look_again: datetime
    """Until when it is served without a question to the database."""


class _Front:
    """Serves from memory, before Flask wakes up, what the view has answered within the last second.

    A cookie-consent script is asked for by every page of every visitor: this is the path that counts.
    """

    def __init__(self, inner: WSGIApplication) -> None:
        self.ready: dict[str, _Ready] = {}
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/w/") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._inner(environ, start_response)
        ready = self.ready.get(path[3:-3])
        if ready is not None and path.endswith(".js") and clock.now() < ready.look_again:
            answer = ready.answers[_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
            status = _status(answer, environ)
            sent = answer.sent.get(status)
            if sent is not None:
                _count(status).inc()
                start_response(status, list(sent))
                return [answer.body] if status == _OK and environ["REQUEST_METHOD"] == "GET" else []
        return self._inner(environ, _remembering(environ, start_response))


def install(app: Flask) -> None:
    """Put the fast path in front of the application."""
    front = _Front(app.wsgi_app)
    app.extensions["samtykke_embed"] = front
    app.wsgi_app = front  # type: ignore[method-assign]


def forget(app: Flask) -> None:
    """Empty the memory of this process; the next visitor's request asks the database."""
    front: _Front = app.extensions["samtykke_embed"]
    front.ready.clear()
    service.forget()


def _remembering(environ: WSGIEnvironment, start_response: StartResponse) -> StartResponse:
    """`start_response` that notes the finished headers of what the view said may be served again."""

    def start(status: str, headers: Headers, *rest: Any) -> Any:
        answer = environ.get(_ANSWER)
        # What is the same for everybody sets no cookie; were a hook to set one, it is not repeated to others.
        if answer is not None and not any(name.lower() == "set-cookie" for name, _ in headers):
            answer.sent[status] = list(headers)
        return start_response(status, headers, *rest)

    return start


@blueprint.get("/w/<site>.js")
@blueprint.doc(
    responses={
        "200": {"description": "The script", **_DOC},
        "304": {"description": "Unchanged"},
        "404": {"description": "A comment that does nothing"},
        "503": {"description": "A comment that does nothing"},
    }
)
def newest_script(site: str) -> Response:
    """The banner script of a site: the newest published version"""
    if not _KEY.fullmatch(site):
        return _comment(_NO_SITE, 404)
    now = clock.now()
    found = service.script(site, public_url=settings().public_url, now=now)
    front: _Front = current_app.extensions["samtykke_embed"]
    ready = front.ready.get(site)
    if ready is None or ready.script is not found:
        ready = _remember(front.ready, found, now)
    if ready.store_at is not None and ready.store_at <= now:
        _store(ready, now)
    ready.look_again = now + service.FRESH
    return _negotiated(ready.answers, repeatable=True)


@blueprint.get("/w/<site>/<digest>.js")
@blueprint.doc(responses={"200": {"description": "The script", **_DOC}})
def pinned_script(site: str, digest: str) -> Response:
    """Exactly these bytes of a site's script, for `integrity=`; they never change"""
    return _immutable(site, digest, SCRIPT)


@blueprint.get("/w/<site>/<digest>/<name>")
@blueprint.doc(responses={"200": {"description": "The part"}})
def part(site: str, digest: str, name: str) -> Response:
    """A lazily loaded part: the settings dialog, or the banner's texts in another language"""
    return _immutable(site, digest, name) if _NAME.fullmatch(name) else _comment(_NO_FILE, 404)


@blueprint.errorhandler(NotFound)
def _absent(fault: NotFound) -> Response:
    return _comment(_NO_FILE if fault.reason == "not_found" else _NO_SITE, 404)


@blueprint.errorhandler(Exception)
def _failed(fault: Exception) -> Response | HTTPException:
    """A page that embeds the script must never get more than a comment, whatever went wrong here."""
    if isinstance(fault, HTTPException):
        return fault
    if isinstance(fault, Unavailable):
        log.error("script_unavailable", why=fault.message)
        return _comment(f"/* Samtykke: {fault.message} */\n".encode(), 503)
    log.error("script_unavailable", exc_info=fault)
    return _comment(_DOWN, 503)


# --- inside ----------------------------------------------------------------------------------------------


def _remember(shelf: dict[str, _Ready], script: Script, now: datetime) -> _Ready:
    if len(shelf) >= service.MOST_SITES:
        shelf.clear()
    ready = _Ready(script, _answers(script.asset, MOVING), store_at=now, look_again=now)
    shelf[script.key] = ready
    return ready


def _store(ready: _Ready, now: datetime) -> None:
    """Store what this worker serves for the first time. When that fails, serving goes on all the same."""
    ready.store_at = now + service.PATIENCE
    try:
        with transaction():
            service.store(ready.script, now=now)
    except SQLAlchemyError as fault:
        log.warning("release_not_stored", exc_info=fault)
    else:
        ready.store_at = None


def _immutable(site: str, digest: str, name: str) -> Response:
    if not (_KEY.fullmatch(site) and _DIGEST.fullmatch(digest)):
        return _comment(_NO_FILE, 404)
    try:
        found = service.asset(site, digest, name)
    except NotFound:
        # Another worker may have made it moments ago without being able to store it.
        service.script(site, public_url=settings().public_url, now=clock.now())
        found = service.asset(site, digest, name)
    return _negotiated(_answers(found, IMMUTABLE))


def _answers(asset: Asset, cache: str) -> dict[str, _Answer]:
    kind = "application/json" if asset.name.endswith(".json") else "text/javascript; charset=utf-8"
    return {
        coding: _answer(asset, coding, body, kind, cache)
        for coding, body in (("br", asset.brotli), ("gzip", asset.gzip), ("identity", asset.identity))
    }


def _answer(asset: Asset, coding: str, body: bytes, kind: str, cache: str) -> _Answer:
    # Each coding is another representation, so a strong tag must differ.
    etag = asset.shown_digest if coding == "identity" else f"{asset.shown_digest}-{coding}"
    unchanged: Headers = [("ETag", f'"{etag}"'), ("Cache-Control", cache), *_SHARED]
    headers: Headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *unchanged]
    if coding != "identity":
        headers.append(("Content-Encoding", coding))
    return _Answer(etag, body, headers, unchanged)


def _negotiated(answers: dict[str, _Answer], *, repeatable: bool = False) -> Response:
    environ = request.environ
    answer = answers[_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
    if repeatable:
        environ[_ANSWER] = answer
    if _status(answer, environ) == _OK:
        return Response(answer.body, _OK, answer.headers)
    response = Response(b"", _UNCHANGED, answer.unchanged)
    response.headers.remove("Content-Type")
    return response


def _status(answer: _Answer, environ: WSGIEnvironment) -> str:
    tags = environ.get("HTTP_IF_NONE_MATCH")
    return _UNCHANGED if tags and parse_etags(tags).contains_weak(answer.etag) else _OK


@cache
def _count(status: str) -> Counter:
    """The figure for a status; made at its first use, when it is decided whether processes share figures."""
    return _SERVED.labels(status[:3])


def _comment(text: bytes, status: int) -> Response:
    """A script that does nothing: pages that embed it stay as they are, with everything blocked."""
    response = Response(text, status, [*_SHARED], content_type="text/javascript; charset=utf-8")
    if status == 503:
        response.headers["Retry-After"] = "5"
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = ABSENT
    return response


@lru_cache(maxsize=512)
def _coding(accepted: str) -> str:
    """The best of our content codings for an Accept-Encoding header (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for item in accepted.lower().split(","):
        coding, _, parameters = item.partition(";")
        weights[coding.strip()] = _weight(parameters)
    anything = weights.get("*", 0.0)
    offered = {
        "br": weights.get("br", anything),
        "gzip": weights.get("gzip", weights.get("x-gzip", anything)),
        # Acceptable unless it is refused, but never preferred unasked: it is the largest.
        "identity": weights.get("identity", 0.001),
    }
    best = max(offered, key=lambda coding: offered[coding])
    return best if offered[best] > 0 else "identity"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
