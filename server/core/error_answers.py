"""Answers to faults: JSON for programs, a page for people, and no traceback for either."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from server.core.errors import (
    DomainError,
    Invalid,
    Malformed,
    NotFound,
    RateLimited,
    Unavailable,
    error_body,
    flatten,
)
from server.core.http import as_json

_API_PREFIXES = ("/api/", "/w/", "/log/", "/healthz", "/readyz", "/metrics", "/.well-known/")

log = structlog.get_logger("samtykke.http")

_PAGES = ("/log/verify",)
"""Pages for people among these."""

Page = Callable[[DomainError], Response]
"""Makes the page that answers a fault."""


def install(app: Flask, page: Page) -> None:
    """Register the handlers of all faults: JSON for programs, a page for people."""

    @app.errorhandler(DomainError)
    def _domain(fault: DomainError) -> Response:
        return _answer(fault, page)

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def _database(fault: DBAPIError) -> Response:
        app.logger.error("database_unavailable", exc_info=fault)
        return _answer(Unavailable("the database cannot be reached; nothing was stored"), page)

    @app.errorhandler(HTTPException)
    def _http(fault: HTTPException) -> Response | HTTPException:
        if (fault.code or 500) < 400:
            return fault
        response = _answer(_from_http(fault), page)
        for name, value in fault.get_headers():
            if name.lower() in ("allow", "retry-after", "www-authenticate"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def _unexpected(fault: Exception) -> Response:
        app.logger.error("unexpected_error", exc_info=fault)
        return _answer(DomainError("something went wrong here; it has been logged"), page)


def _from_http(fault: HTTPException) -> DomainError:
    code = fault.code or 500
    if isinstance(fault, SecurityError):
        # Werkzeug's message repeats the Host header, which could be cached or logged.
        log.warning("host_unknown")
        return Malformed("this server does not answer to that host name", reason="host_unknown")
    if code == 422:
        return Invalid("some fields are not as they should be", errors=_field_errors(fault))
    if code == 404:
        return NotFound("there is nothing here")
    reason = HTTPStatus(code).phrase.lower().replace(" ", "_").replace("-", "_").replace("'", "")
    known = DomainError(fault.description or HTTPStatus(code).phrase, reason=reason)
    known.status = code
    return known


def _field_errors(fault: HTTPException) -> Mapping[str, object]:
    data = getattr(fault, "data", None) or {}
    messages = data.get("messages", {})
    exc = getattr(fault, "exc", None)
    if isinstance(exc, ValidationError):
        messages = exc.messages
    if isinstance(messages, dict) and set(messages) <= {"json", "query", "query_args", "headers", "form"}:
        inner: dict[str, object] = {}
        for part in messages.values():
            inner.update(part if isinstance(part, dict) else {"body": part})
        messages = inner
    return flatten(messages)


def _answer(fault: DomainError, page: Page) -> Response:
    g.reason = fault.reason
    for_programs = _is_for_programs(request.path)
    response = as_json(error_body(fault), fault.status) if for_programs else page(fault)
    if isinstance(fault, RateLimited | Unavailable):
        response.headers["Retry-After"] = str(fault.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_for_programs(path: str) -> bool:
    return path not in _PAGES and (path.startswith(_API_PREFIXES) or path.endswith(".json"))
