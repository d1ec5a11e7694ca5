"""The one script per site: `GET /w/{site}.js`, the same bytes for every visitor."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import structlog
from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

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
_NAME = re.compile(r"[a-z]+-[A-Za-z0-9-]{2,20}\.(?:js|json)")

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


@dataclass(frozen=True)
class _Answer:
    """One content coding of an asset, with its headers ready to be sent."""

    etag: str
    body: bytes
    headers: list[tuple[str, str]]
    unchanged: list[tuple[str, str]]
    """Headers of a 304."""


@dataclass
class _Ready:
    """The newest script of a site, with every answer made."""

    script: Script
    answers: dict[str, _Answer]
    store_at: datetime | None
    """When to (try again to) store it; None when the database has it."""


_ready: dict[str, _Ready] = {}


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
    ready = _ready.get(site)
    if ready is None or ready.script is not found:
        ready = _remember(found, now)
    if ready.store_at is not None and ready.store_at <= now:
        _store(ready, now)
    return _negotiated(ready.answers)


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


def _remember(script: Script, now: datetime) -> _Ready:
    if len(_ready) >= service.MOST_SITES:
        _ready.clear()
    ready = _ready[script.key] = _Ready(script, _answers(script.asset, MOVING), store_at=now)
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
    unchanged = [("ETag", f'"{etag}"'), ("Cache-Control", cache), *_SHARED]
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *unchanged]
    if coding != "identity":
        headers.append(("Content-Encoding", coding))
    return _Answer(etag, body, headers, unchanged)


def _negotiated(answers: dict[str, _Answer]) -> Response:
    environ = request.environ
    answer = answers[_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
    if "HTTP_IF_NONE_MATCH" in environ and request.if_none_match.contains_weak(answer.etag):
        return _bare(b"", 304, answer.unchanged)
    return _bare(answer.body, 200, answer.headers)


def _bare(body: bytes, status: int, headers: list[tuple[str, str]]) -> Response:
    response = Response(body, status, headers)
    if status == 304:
        response.headers.remove("Content-Type")
    return response


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
