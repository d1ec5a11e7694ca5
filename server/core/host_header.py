"""Refuses HTTP/1.1 requests without a Host (RFC 9112 § 3.2), which gunicorn lets through.

Werkzeug would take the server's own name for the missing one, and never ask the list of trusted hosts.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from server.core.http import JSON_TYPE, json_body

_BODY = json_body(
    {
        "code": 400,
        "status": "Bad Request",
        "message": "an HTTP/1.1 request needs a Host header",
        "reason": "host_missing",
    }
)
_HEADERS = (
    ("Content-Type", JSON_TYPE),
    ("Content-Length", str(len(_BODY))),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)


class RequireHost:
    """WSGI middleware: hands on what names its host; HTTP/1.0 need not."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request on, or answer 400."""
        if environ.get("HTTP_HOST") or environ.get("SERVER_PROTOCOL") != "HTTP/1.1":
            return self._inner(environ, start_response)
        start_response("400 Bad Request", list(_HEADERS))
        return [_BODY]
