"""The one script per site: `GET /w/{site}.js`, the same bytes for every visitor."""

import re
from datetime import datetime
from typing import Any

import structlog
from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound, Unavailable
from server.core.http import Blueprint, content, settings, whole
from server.embed import service
from server.embed.cache import REPRESENTATION, CachedScript, entry_for
from server.embed.representations import (
    IMMUTABLE,
    NOT_MODIFIED,
    OK,
    SHARED,
    Representation,
    best_coding,
    representations,
    status_of,
)
from server.embed.values import SCRIPT

log = structlog.get_logger("samtykke.embed")

ABSENT = "public, max-age=60"
"""Cache-Control of a 404: short, because the site may be published a minute later."""

_KEY = re.compile(r"[a-z0-9-]{2,40}")
_DIGEST = re.compile(r"[0-9a-f]{16}(?:[0-9a-f]{16})?")
_NAME = re.compile(r"[a-z]+(?:-[A-Za-z0-9-]{2,20})?\.(?:js|json)")

blueprint = Blueprint(
    "embed",
    __name__,
    description="The banner script that websites embed",
    path={
        "site": {"type": "string", "pattern": whole(_KEY)},
        "digest": {"type": "string", "pattern": whole(_DIGEST)},
        "name": {"type": "string", "pattern": whole(_NAME)},
    },
)

_NO_SITE = b"/* Samtykke: no banner is published under this address. Nothing was loaded. */\n"
_NO_FILE = b"/* Samtykke: this site never served such a file. */\n"
_DOWN = b"/* Samtykke: the banner cannot be delivered just now. Everything stays blocked. */\n"

_SCRIPT = content("text/javascript")
_FILES: dict[str, Any] = {
    "304": {"description": "Unchanged"},
    "404": {"description": "A comment that does nothing", **_SCRIPT},
    "503": {"description": "A comment that does nothing", **_SCRIPT},
}
"""Other answers of all routes."""


@blueprint.get("/w/<site>.js")
@blueprint.doc(responses={"200": {"description": "The script", **_SCRIPT}, **_FILES})
def newest_script(site: str) -> Response:
    """The banner script of a site: the newest published version"""
    if not _KEY.fullmatch(site):
        return _comment(_NO_SITE, 404)
    now = clock.now()
    found = service.script(site, public_url=settings().public_url, now=now)
    entry = entry_for(found, now)
    if entry.store_at is not None and entry.store_at <= now:
        _store(entry, now)
    entry.revalidate_at = now + service.FRESHNESS
    return _negotiated(entry.representations, repeatable=True)


@blueprint.get("/w/<site>/<digest>.js")
@blueprint.doc(responses={"200": {"description": "The script", **_SCRIPT}, **_FILES})
def pinned_script(site: str, digest: str) -> Response:
    """Exactly these bytes of a site's script, for `integrity=`; they never change"""
    return _immutable(site, digest, SCRIPT)


@blueprint.get("/w/<site>/<digest>/<name>")
@blueprint.doc(
    responses={
        "200": {"description": "The part", **content("text/javascript", "application/json")},
        **_FILES,
    }
)
def part(site: str, digest: str, name: str) -> Response:
    """A lazily loaded part: the settings dialog, or the banner's texts in another language"""
    return _immutable(site, digest, name) if _NAME.fullmatch(name) else _comment(_NO_FILE, 404)


@blueprint.errorhandler(NotFound)
def _absent(fault: NotFound) -> Response:
    return _comment(_NO_FILE if fault.reason == "not_found" else _NO_SITE, 404)


@blueprint.errorhandler(Exception)
def _failed(fault: Exception) -> Response | HTTPException:
    """Answer with a JavaScript comment, whatever failed: pages that embed the script must not break."""
    if isinstance(fault, HTTPException):
        return fault
    if isinstance(fault, Unavailable):
        log.error("script_unavailable", why=fault.message)
        return _comment(f"/* Samtykke: {fault.message} */\n".encode(), 503)
    log.error("script_unavailable", exc_info=fault)
    return _comment(_DOWN, 503)


# --- internal --------------------------------------------------------------------------------------------


def _store(entry: CachedScript, now: datetime) -> None:
    """Store a script that this worker serves for the first time; a failure does not stop serving."""
    entry.store_at = now + service.RETRY_INTERVAL
    try:
        with transaction():
            service.store(entry.script, now=now)
    except SQLAlchemyError as fault:
        log.warning("release_not_stored", exc_info=fault)
    else:
        entry.store_at = None


def _immutable(site: str, digest: str, name: str) -> Response:
    if not (_KEY.fullmatch(site) and _DIGEST.fullmatch(digest)):
        return _comment(_NO_FILE, 404)
    try:
        found = service.asset(site, digest, name)
    except NotFound:
        # Another worker may have built it just now and failed to store it.
        service.script(site, public_url=settings().public_url, now=clock.now())
        found = service.asset(site, digest, name)
    return _negotiated(representations(found, IMMUTABLE))


def _negotiated(offered: dict[str, Representation], *, repeatable: bool = False) -> Response:
    environ = request.environ
    representation = offered[best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
    if repeatable:
        environ[REPRESENTATION] = representation
    if status_of(representation, environ) == OK:
        return Response(representation.body, OK, representation.headers)
    response = Response(b"", NOT_MODIFIED, representation.not_modified_headers)
    response.headers.remove("Content-Type")
    return response


def _comment(text: bytes, status: int) -> Response:
    """A script that does nothing: pages that embed it stay as they are, with everything blocked."""
    response = Response(text, status, [*SHARED], content_type="text/javascript; charset=utf-8")
    if status == 503:
        response.headers["Retry-After"] = "5"
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = ABSENT
    return response
