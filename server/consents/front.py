"""The ordinary decision, answered before the framework wakes up.

Nearly every decision comes from a page of a known site, is well-formed, fits a version that this process
knows, and is stored: for these the framework would cost several times what the storing does. Whatever is not
so, or not surely so, goes on to the route untouched, and is judged, answered and counted there: errors have
one home. What the front lets through, the route lets through with the same record and the same answer.
"""

import io
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import SecurityError
from werkzeug.http import parse_options_header
from werkzeug.sansio.utils import get_host

from server.consents.cookie import asked
from server.consents.intake import MAX_DECISION, Drawn, Intake, receipt_body
from server.consents.schemas import ordinary
from server.consents.service import Stored
from server.core import counting
from server.core.errors import Invalid, Malformed
from server.core.http import JSON_TYPE, json_body
from server.core.strict_json import strict_json

JSON_TYPES = frozenset({"", JSON_TYPE, "text/plain"})
"""`text/plain` spares the browser a pre-flight; a body without a type can only be ours, too."""

WAIT = "samtykke.consents.wait"
"""Where a request's environment keeps how long its network has to wait, once it was counted."""

FAULT = "samtykke.consents.fault"
"""Where it keeps what has prevented its decision from being stored."""

_BEFORE, _AFTER = "/api/v1/sites/", "/decisions"


class Front:
    """Takes decisions in where the route would do nothing else; the rest is the route's."""

    def __init__(
        self,
        inner: WSGIApplication,
        intake: Intake,
        *,
        route: str,
        headers: Iterable[tuple[str, str]],
        trusted_hosts: Iterable[str],
    ) -> None:
        self._inner = inner
        self._intake = intake
        self._route = route
        self._headers = tuple(headers)
        trusted = tuple(trusted_hosts)

        @lru_cache(maxsize=256)
        def _is_trusted(scheme: str, host: str) -> bool:
            try:
                return bool(get_host(scheme, host, None, trusted))
            except SecurityError:
                return False

        self._is_trusted = _is_trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand over."""
        path: str = environ.get("PATH_INFO", "")
        if not (path.endswith(_AFTER) and path.startswith(_BEFORE) and environ["REQUEST_METHOD"] == "POST"):
            return self._inner(environ, start_response)
        started = time.perf_counter()
        drawn = self._drawn(environ, path[len(_BEFORE) : -len(_AFTER)])
        stored = None if drawn is None else self._stored(environ, drawn)
        if drawn is None or stored is None:
            return self._inner(environ, start_response)
        status, code = ("201 CREATED", 201) if stored.created else ("200 OK", 200)
        body = json_body(receipt_body(stored.receipt))
        headers = [
            ("Content-Type", JSON_TYPE),
            ("Content-Length", str(len(body))),
            *self._headers,
            *readable_by(environ["HTTP_ORIGIN"], environ["QUERY_STRING"]),
            *kept_by(self._intake, drawn, environ),
        ]
        counting.count(self._route, "POST", code, time.perf_counter() - started)
        start_response(status, headers)
        return [body]

    def _stored(self, environ: WSGIEnvironment, drawn: Drawn) -> Stored | None:
        """The stored decision; none for what is the route's to answer."""
        environ[WAIT] = self._intake.wait(environ.get("REMOTE_ADDR"), drawn.site.key)
        if environ[WAIT]:
            return None
        try:
            outcome = self._intake.submit(drawn)
        except Exception as fault:  # noqa: BLE001 - raised again by the route, which knows what to answer
            environ[FAULT] = fault
            return None
        return outcome if isinstance(outcome, Stored) else None

    def _drawn(self, environ: WSGIEnvironment, key: str) -> Drawn | None:
        """The decision, ready to be stored; none for what is the route's to judge."""
        if not self._is_trusted(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")):
            return None
        site = self._intake.remembered_site(key, environ.get("HTTP_ORIGIN"))
        if site is None or not _is_json(environ.get("CONTENT_TYPE", "")):
            return None
        body = _body(environ)
        if body is None:
            return None
        try:
            decision = ordinary(strict_json(body))
            terms = decision and self._intake.remembered_terms(site, decision.version)
            return self._intake.draw_up(site, decision, terms) if decision and terms else None
        except (Malformed, Invalid):
            return None


def readable_by(origin: str, query: str) -> Iterator[tuple[str, str]]:
    """Headers that let a page of this origin, which belongs to the site, read the answer."""
    yield "Access-Control-Allow-Origin", origin
    yield "Access-Control-Expose-Headers", "Retry-After"
    if asked(query) is not None:  # with its cookies sent along, a page may not read it otherwise
        yield "Access-Control-Allow-Credentials", "true"


def kept_by(intake: Intake, drawn: Drawn, environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    """The header that keeps the page's cookie, where the page has asked for it."""
    cookies: str = environ.get("HTTP_COOKIE", "")
    origin: str = environ.get("HTTP_ORIGIN", "")
    if kept := intake.cookie(drawn, query=environ["QUERY_STRING"], origin=origin, cookies=cookies):
        yield "Set-Cookie", kept


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    return parse_options_header(content_type)[0].lower() in JSON_TYPES


def _body(environ: WSGIEnvironment) -> bytes | None:
    """The body, if it is whole and as small as it says; the route can read it again."""
    length: str = environ.get("CONTENT_LENGTH", "")
    if not (length.isascii() and length.isdigit()) or len(length) > 5 or int(length) > MAX_DECISION:
        return None
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    try:
        body: bytes = environ["wsgi.input"].read(int(length))
    except OSError:
        return None
    environ["wsgi.input"] = io.BytesIO(body)
    return body if len(body) == int(length) else None
