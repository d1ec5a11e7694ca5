"""Handlers without a framework, and the WSGI middleware that mounts them before Flask.

The two requests that visitors' browsers send most, the script and the decision, would spend more processor
time in Flask's dispatch than in their own work. Each has one handler that answers every outcome of its paths,
so Flask never sees them. What Flask's hooks do for all other answers is done here: trusted hosts, security
headers, `/metrics`, and the log line of a fault.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import get_host
from werkzeug.wrappers import Request

from server.core import monitoring
from server.core.answers import Answer, Headers
from server.core.errors import DomainError, Malformed, RateLimited, Unavailable, error_body
from server.core.json_bodies import JSON_TYPE, json_body

_SLASHES = re.compile("//+")

_WITHOUT_LENGTH = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
"""Answers that have no body, and must not or need not say so (RFC 9110 § 8.6)."""

log = structlog.get_logger("samtykke.http")


class Handler(Protocol):
    """Answers all requests for some paths, whatever their method."""

    prefix: str
    """What its paths begin with: most requests are distinguished by it."""
    timed: bool
    """Whether `/metrics` has how long its answers take; not where counting would take longer than most."""
    routes: Mapping[re.Pattern[str], str]
    """Pattern of a whole path → its name in `/metrics`, e.g. `/w/<site>.js`."""

    @property
    def answer(self) -> Callable[..., Answer]:
        """The answer to a request (Werkzeug's); keyword arguments are the groups of the path's pattern."""


class MethodNotAllowed(DomainError):
    """The path has no such method."""

    status = 405
    reason = "method_not_allowed"


class Mount:
    """WSGI middleware: requests for the handlers' paths go to them, all others to `inner`."""

    def __init__(
        self,
        inner: WSGIApplication,
        handlers: Sequence[Handler],
        *,
        trusted_hosts: Iterable[str],
        headers: Headers,
    ) -> None:
        self._inner = inner
        self._handlers = tuple(handlers)
        self._headers = headers
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
        if "//" in path:  # the address of the server was joined with a path that has a slash, too
            path = _SLASHES.sub("/", path)
        for handler in self._handlers:
            if path.startswith(handler.prefix):
                for pattern, route in handler.routes.items():
                    if found := pattern.fullmatch(path):
                        return self._sent(handler, route, found.groupdict(), environ, start_response)
        return self._inner(environ, start_response)

    def _sent(
        self,
        handler: Handler,
        route: str,
        names: dict[str, str],
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        started = time.perf_counter()
        method: str = environ["REQUEST_METHOD"]
        answer = self._answer(handler, names, environ)
        took = time.perf_counter() - started if handler.timed else None
        monitoring.observe(route, method, answer.status, took)
        length = () if answer.status in _WITHOUT_LENGTH else (("Content-Length", str(len(answer.body))),)
        start_response(_status_line(answer.status), [*answer.headers, *length, *self._headers])
        return [] if method == "HEAD" else [answer.body]

    def _answer(self, handler: Handler, names: dict[str, str], environ: WSGIEnvironment) -> Answer:
        if not self._is_trusted(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")):
            log.warning("host_unknown")
            return fault_answer(
                Malformed("this server does not answer to that host name", reason="host_unknown")
            )
        try:
            return handler.answer(Request(environ, populate_request=False), **names)
        except DomainError as fault:
            return fault_answer(fault)
        except Exception as fault:  # noqa: BLE001 - a safety net; handlers answer their own
            return fault_answer(log_unexpected(fault))


def log_unexpected(fault: Exception) -> DomainError:
    """Log a fault that nobody foresaw; returns what its sender may know of it."""
    log.error("unexpected_error", exc_info=fault)
    return DomainError("something went wrong here; it has been logged")


def fault_answer(fault: DomainError, headers: Headers = (("Cache-Control", "no-store"),)) -> Answer:
    """A fault as JSON, as `FaultSchema` describes it."""
    more = (("Retry-After", str(fault.retry_after)),) if isinstance(fault, RateLimited | Unavailable) else ()
    return json_answer(fault.status, error_body(fault), (*headers, *more))


def json_answer(status: int, value: object, headers: Headers) -> Answer:
    """A value as JSON."""
    return Answer(status, (("Content-Type", JSON_TYPE), *headers), json_body(value))


@lru_cache
def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase.upper()}"
