"""WSGI middleware that answers ordinary decisions before Flask.

Nearly every decision comes from a page of a cached site, is well-formed, fits a cached version, and is
stored: for these, Flask would cost several times as much as storing. Everything else is passed to the route
unchanged, and validated, answered and counted there, so errors are handled in one place. What the middleware
accepts, the route accepts with the same record and the same answer.
"""

import io
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import SecurityError
from werkzeug.http import parse_options_header
from werkzeug.sansio.utils import get_host

from server.consents.admission import MAX_DECISION, Admission, PreparedDecision, receipt_body
from server.consents.cookie import requested_domain
from server.consents.schemas import ordinary
from server.consents.store import Stored
from server.core import counting
from server.core.errors import Invalid, Malformed
from server.core.http import JSON_TYPE, json_body
from server.core.strict_json import strict_json

JSON_TYPES = frozenset({"", JSON_TYPE, "text/plain"})
"""Accepted media types: `text/plain` needs no preflight, and a body may have no type at all."""

WAIT = "samtykke.consents.wait"
"""Key in the WSGI environment of the seconds that the client's network has to wait, once counted."""

FAULT = "samtykke.consents.fault"
"""Key in the WSGI environment of the exception that prevented storing."""

_BEFORE, _AFTER = "/api/v1/sites/", "/decisions"


class DecisionMiddleware:
    """Stores ordinary decisions; passes every other request on."""

    def __init__(
        self,
        inner: WSGIApplication,
        admission: Admission,
        *,
        route: str,
        headers: Iterable[tuple[str, str]],
        trusted_hosts: Iterable[str],
    ) -> None:
        self._inner = inner
        self._admission = admission
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
        """Answer, or pass the request on."""
        path: str = environ.get("PATH_INFO", "")
        if not (path.endswith(_AFTER) and path.startswith(_BEFORE) and environ["REQUEST_METHOD"] == "POST"):
            return self._inner(environ, start_response)
        started = time.perf_counter()
        prepared = self._prepared(environ, path[len(_BEFORE) : -len(_AFTER)])
        stored = None if prepared is None else self._stored(environ, prepared)
        if prepared is None or stored is None:
            return self._inner(environ, start_response)
        status, code = ("201 CREATED", 201) if stored.created else ("200 OK", 200)
        body = json_body(receipt_body(stored.receipt))
        headers = [
            ("Content-Type", JSON_TYPE),
            ("Content-Length", str(len(body))),
            *self._headers,
            *cors_headers(environ["HTTP_ORIGIN"], environ["QUERY_STRING"]),
            *cookie_header(self._admission, prepared, environ),
        ]
        counting.count(self._route, "POST", code, time.perf_counter() - started)
        start_response(status, headers)
        return [body]

    def _stored(self, environ: WSGIEnvironment, prepared: PreparedDecision) -> Stored | None:
        """The stored decision; None if the route must answer."""
        environ[WAIT] = self._admission.wait(environ.get("REMOTE_ADDR"), prepared.site.key)
        if environ[WAIT]:
            return None
        try:
            outcome = self._admission.submit(prepared)
        except Exception as fault:  # noqa: BLE001 - raised again by the route, which answers it
            environ[FAULT] = fault
            return None
        return outcome if isinstance(outcome, Stored) else None

    def _prepared(self, environ: WSGIEnvironment, key: str) -> PreparedDecision | None:
        """The decision, ready to be stored; None if the route must handle the request."""
        if not self._is_trusted(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")):
            return None
        site = self._admission.cached_site(key, environ.get("HTTP_ORIGIN"))
        if site is None or not _is_json(environ.get("CONTENT_TYPE", "")):
            return None
        body = _body(environ)
        if body is None:
            return None
        try:
            decision = ordinary(strict_json(body))
            rules = decision and self._admission.cached_rules(site, decision.version)
            return self._admission.prepare(site, decision, rules) if decision and rules else None
        except (Malformed, Invalid):
            return None


def cors_headers(origin: str, query: str) -> Iterator[tuple[str, str]]:
    """CORS headers of an answer to a page of this origin, which the site allows."""
    yield "Access-Control-Allow-Origin", origin
    yield "Access-Control-Expose-Headers", "Retry-After"
    if requested_domain(query) is not None:  # the request has credentials
        yield "Access-Control-Allow-Credentials", "true"


def cookie_header(
    admission: Admission, prepared: PreparedDecision, environ: WSGIEnvironment
) -> Iterator[tuple[str, str]]:
    """The `Set-Cookie` that renews the page's cookie, if the page requested it."""
    cookies: str = environ.get("HTTP_COOKIE", "")
    origin: str = environ.get("HTTP_ORIGIN", "")
    if cookie := admission.cookie(prepared, query=environ["QUERY_STRING"], origin=origin, cookies=cookies):
        yield "Set-Cookie", cookie


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    return parse_options_header(content_type)[0].lower() in JSON_TYPES


def _body(environ: WSGIEnvironment) -> bytes | None:
    """The complete body, if its declared length is allowed; the route can read it again."""
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
