"""The one handler of `/w/…`: the newest script of a site, pinned ones, and what they load later."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from types import MappingProxyType

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Request

from server.core import clock
from server.core.answers import Answer
from server.core.db import transaction
from server.core.errors import NotFound, Unavailable
from server.core.mounting import MethodNotAllowed, fault_answer
from server.embed import releases
from server.embed.cache import RETRY_INTERVAL, CachedScript, ScriptCache
from server.embed.representations import IMMUTABLE, SHARED, Representation, negotiated, representations
from server.embed.values import SCRIPT
from server.sites.values import KEY

ABSENT = "public, max-age=60"
"""Cache-Control of a 404: short, because the site may be published a minute later."""

DIGEST = re.compile(r"[0-9a-f]{10}(?:[0-9a-f]{6}(?:[0-9a-f]{16})?)?")
NAME = re.compile(r"[a-z]+(?:-[A-Za-z0-9-]{2,20})?\.(?:js|json)")

NEWEST, PINNED, CHUNK = "/w/<site>.js", "/w/<site>/<digest>.js", "/w/<site>/<digest>/<name>"

_METHODS = "GET, HEAD, OPTIONS"

_NO_SITE = b"/* Samtykke: no banner is published under this address. Nothing was loaded. */\n"
_NO_FILE = b"/* Samtykke: this site never served such a file. */\n"
_DOWN = b"/* Samtykke: the banner cannot be delivered just now. Everything stays blocked. */\n"

log = structlog.get_logger("samtykke.embed")


class ScriptHandler:
    """Serves scripts from memory, and from the database what is not there.

    `session` opens a database session for the calling thread, and closes it.
    """

    prefix = "/w/"
    timed = False
    routes: Mapping[re.Pattern[str], str] = MappingProxyType(
        {
            re.compile(r"/w/(?P<site>[^/]+)\.js"): NEWEST,
            re.compile(r"/w/(?P<site>[^/]+)/(?P<digest>[^/]+)\.js"): PINNED,
            re.compile(r"/w/(?P<site>[^/]+)/(?P<digest>[^/]+)/(?P<name>[^/]+)"): CHUNK,
        }
    )

    def __init__(
        self, cache: ScriptCache, session: Callable[[], AbstractContextManager[object]], *, public_url: str
    ) -> None:
        self._cache = cache
        self._session = session
        self._public_url = public_url

    def answer(self, request: Request, site: str, digest: str | None = None, name: str = SCRIPT) -> Answer:
        """The answer to a request for a script or a lazy chunk; the same for everybody.

        Pages that embed the script must not break: whatever fails, they get a JavaScript comment.
        """
        if request.method == "OPTIONS":
            return Answer(200, (("Allow", _METHODS),))
        if request.method not in ("GET", "HEAD"):
            fault = MethodNotAllowed("the method is not allowed for this URL")
            return fault_answer(fault, (("Allow", _METHODS),))
        try:
            if digest is None:
                return self._newest(request, site)
            return self._immutable(request, site, digest, name)
        except NotFound as fault:
            return _comment(_NO_FILE if fault.reason == "not_found" else _NO_SITE, 404)
        except Unavailable as fault:
            log.error("script_unavailable", why=fault.message)  # noqa: TRY400 - no fault of the code
            return _comment(f"/* Samtykke: {fault.message} */\n".encode(), 503)
        except Exception as fault:
            log.exception("script_unavailable", exc_info=fault)
            return _comment(_DOWN, 503)

    def _newest(self, request: Request, key: str) -> Answer:
        now = clock.now()
        entry = self._cache.fresh(key, now)
        if entry is None:
            if not KEY.fullmatch(key):
                return _comment(_NO_SITE, 404)
            with self._session():
                entry = self._cache.current(key, public_url=self._public_url, now=now)
                if entry.store_at is not None and entry.store_at <= now:
                    _store(entry, now)
        return _negotiated(request, entry.representations)

    def _immutable(self, request: Request, key: str, digest: str, name: str) -> Answer:
        if not (KEY.fullmatch(key) and DIGEST.fullmatch(digest) and (name == SCRIPT or NAME.fullmatch(name))):
            return _comment(_NO_FILE, 404)
        with self._session():
            try:
                found = self._cache.asset(key, digest, name)
            except NotFound:
                # Another worker may have built it just now and failed to store it.
                self._cache.current(key, public_url=self._public_url, now=clock.now())
                found = self._cache.asset(key, digest, name)
        return _negotiated(request, representations(found, IMMUTABLE))


def _store(entry: CachedScript, now: datetime) -> None:
    """Store a script that this process serves for the first time; a failure does not stop serving."""
    entry.store_at = now + RETRY_INTERVAL
    try:
        with transaction():
            releases.store(entry.script, now=now)
    except SQLAlchemyError as fault:
        log.warning("release_not_stored", exc_info=fault)
    else:
        entry.store_at = None


def _negotiated(request: Request, offered: Mapping[str, Representation]) -> Answer:
    headers = request.headers
    return negotiated(offered, headers.get("Accept-Encoding", ""), headers.get("If-None-Match", ""))


def _comment(text: bytes, status: int) -> Answer:
    """A script that does nothing: pages that embed it stay as they are, with everything blocked."""
    cached = (
        (("Retry-After", "5"), ("Cache-Control", "no-store"))
        if status == 503
        else (("Cache-Control", ABSENT),)
    )
    return Answer(status, (("Content-Type", "text/javascript; charset=utf-8"), *SHARED, *cached), text)
