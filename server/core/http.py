"""HTTP as every slice speaks it: strict JSON in, errors and security headers out."""

import json
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

import flask
import flask_smorest
from flask import Flask, Response, g, request
from flask_smorest.error_handler import ErrorSchema
from marshmallow import ValidationError, fields
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from server.core.errors import (
    DomainError,
    Invalid,
    Malformed,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
    flatten,
)
from server.core.settings import Settings

MAX_BODY = 1024 * 1024
"""Bytes of any request body; endpoints that visitors reach read less."""

MAX_DEPTH = 32
"""Levels of nesting in a JSON body."""

MAX_INTEGER = 2**53 - 1
"""The largest whole number that a browser can read back unchanged."""


def settings() -> Settings:
    """The settings of the running application."""
    return cast("Settings", flask.current_app.extensions["samtykke"])


# --- in --------------------------------------------------------------------------------------------------


def read_body(limit: int = MAX_BODY) -> bytes:
    """The request's body.

    :raises TooLarge: it has more than `limit` bytes.
    :raises Malformed: it breaks off, or is not packed as HTTP demands.
    """
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body has more than {limit} bytes")
    # Werkzeug cuts off a chunked body, which claims no length, without a word: one byte more tells.
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=True)
    except RequestEntityTooLarge as fault:
        raise TooLarge(f"the body has more than {limit} bytes") from fault
    except HTTPException:
        raise
    except Exception as fault:  # every WSGI server has its own for what it cannot unpack
        raise Malformed("the body is not packed as HTTP demands") from fault
    if len(body) > limit:
        raise TooLarge(f"the body has more than {limit} bytes")
    return body


def strict_json(raw: bytes) -> Any:
    """The value of a JSON text that every reader understands alike.

    :raises Malformed: it is not UTF-8, not JSON, repeats a key, nests deeper than `MAX_DEPTH`, or has NaN,
        Infinity, a number beyond `MAX_INTEGER` or half a surrogate pair (RFC 8259 leaves these to chance).
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Malformed("the body is not UTF-8") from fault
    try:
        value = _DECODER.decode(text)
    except RecursionError as fault:
        raise Malformed(f"the JSON nests deeper than {MAX_DEPTH} levels") from fault
    except ValueError as fault:
        raise Malformed(f"the body is not JSON: {fault}") from fault
    _check_depth(value)
    if "\\u" in text:  # only an escape can write half a pair: what was decoded has none
        _check_text(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise Malformed(f"the key {key!r} appears twice", errors={key: "appears twice"})
        result[key] = value
    return result


def _refuse_constant(name: str) -> None:
    raise Malformed(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise Malformed(f"the number {digits[:20]} is larger than {MAX_INTEGER}")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Malformed(f"the number {digits[:20]} is too large")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_float
)


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise Malformed(f"the JSON nests deeper than {MAX_DEPTH} levels")
        below: list[Any] = []
        for item in level:
            if isinstance(item, list):
                below.extend(item)
            elif isinstance(item, dict):
                below.extend(item.values())
        level, depth = below, depth + 1


def _check_text(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            _refuse_surrogates(item)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise Malformed("the JSON has half of a surrogate pair") from fault


class _StrictParser(FlaskParser):
    """webargs, with our reading of JSON. `text/plain` is read alike: it spares browsers the pre-flight."""

    DEFAULT_VALIDATION_STATUS = 422

    def load_json(self, _req: flask.Request, _schema: Any) -> Any:
        return strict_json(read_body())


TOKEN_SCHEME = {"type": "http", "scheme": "bearer", "description": "An API token, `smt_…`"}
"""How OpenAPI says what `needs_token` needs."""


class FaultSchema(ErrorSchema):
    """A fault as it is answered."""

    reason = fields.String(required=True, metadata={"description": "A word that stays, in snake_case"})


class Api(flask_smorest.Api):
    """flask-smorest's API, which describes faults as they are answered here."""

    ERROR_SCHEMA = FaultSchema


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint, with strict JSON. `needs_token` describes its operations as such."""

    ARGUMENTS_PARSER = _StrictParser()

    def __init__(self, *args: Any, needs_token: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_token:
            self._prepare_doc_cbks.append(_describe_token)


def _describe_token(doc: dict[str, Any], _info: object, **_context: object) -> dict[str, Any]:
    return {**doc, "security": [{"token": []}]}


# --- out -------------------------------------------------------------------------------------------------

_API_PREFIXES = ("/api/", "/w/", "/log/", "/healthz", "/readyz", "/metrics", "/.well-known/")

Page = Callable[[int, str], str]
"""Renders the error page for people: status, sentence → HTML."""


def install_errors(app: Flask, page: Page) -> None:
    """Answer every fault: JSON for programs, a page for people, and never a traceback for either."""

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
        # Werkzeug's sentence repeats the Host header, which a cache might keep for others.
        return Malformed("this server does not answer to that host name", reason="host_unknown")
    if code == 422:
        return Invalid("some fields are not as they should be", errors=_field_errors(fault))
    if code == 404:
        return NotFound("there is nothing here")
    if code == 429:
        # Flask-Limiter's exception carries the limit that was passed.
        limit = getattr(getattr(fault, "limit", None), "limit", None)
        return RateLimited(
            "too many requests; try again later", retry_after=limit.get_expiry() if limit else 60
        )
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
    if request.path.startswith(_API_PREFIXES):
        response = as_json(error_body(fault), fault.status)
    else:
        response = Response(page(fault.status, fault.message), fault.status, mimetype="text/html")
    if isinstance(fault, RateLimited | Unavailable):
        response.headers["Retry-After"] = str(fault.retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def error_body(fault: DomainError) -> dict[str, object]:
    """The contract's shape of an error."""
    body: dict[str, object] = {
        "code": fault.status,
        "status": HTTPStatus(fault.status).phrase,
        "message": fault.message,
        "reason": fault.reason,
    }
    if fault.errors:
        body["errors"] = dict(fault.errors)
    return body


JSON_TYPE = "application/json"

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def as_json(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json_body(value), status, mimetype=JSON_TYPE)


def json_body(value: object) -> bytes:
    """The bytes of a JSON answer."""
    return (_ENCODER.encode(value) + "\n").encode()


def csp_nonce() -> str:
    """The nonce that this answer's own scripts and styles carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return cast("str", g.csp_nonce)


def allow_content(**directives: str) -> None:
    """Widen this answer's Content-Security-Policy, e.g. `allow_content(frame_src="https://video.example")`."""
    g.setdefault("csp_extra", {}).update(directives)


def install_security_headers(app: Flask) -> None:
    """Headers on every answer, errors included (OWASP ASVS 5.0, 3.4)."""

    @app.after_request
    def _secure(response: Response) -> Response:
        headers = response.headers
        for name, value in security_headers(secure=settings().secure):
            headers.setdefault(name, value)
        if response.mimetype == "text/html":
            headers.setdefault("Content-Security-Policy", _policy())
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


def security_headers(*, secure: bool) -> tuple[tuple[str, str], ...]:
    """What every answer carries, whatever it is."""
    always = (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    )
    only_https = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    return (*always, only_https) if secure else always


def _policy() -> str:
    nonce = f"'nonce-{csp_nonce()}'"
    directives = {
        "default-src": "'none'",
        "script-src": f"'self' {nonce}",
        "style-src": f"'self' {nonce}",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    for name, value in g.get("csp_extra", {}).items():
        directive = name.replace("_", "-")
        directives[directive] = f"{directives.get(directive, '')} {value}".strip()
    return "; ".join(f"{name} {value}" for name, value in directives.items())
