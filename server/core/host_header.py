"""Refuses HTTP/1.1 requests without a Host (RFC 9112 § 3.2), which gunicorn accepts.

Werkzeug would use the server's own name instead, and not check the trusted hosts.
A Host that is there but unknown is refused by Flask: `TRUSTED_HOSTS` in `server/app.py`, answered in
`server/core/error_answers.py`.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from server.core.errors import Malformed, error_body
from server.core.json_bodies import JSON_TYPE, json_body

_BODY = json_body(error_body(Malformed("an HTTP/1.1 request needs a Host header", reason="host_missing")))
_HEADERS = (
    ("Content-Type", JSON_TYPE),
    ("Content-Length", str(len(_BODY))),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)


_HOST_OPTIONAL = ("HTTP/0.9", "HTTP/1.0")
"""Versions older than the header. A later minor version is answered as 1.1 is (RFC 9110 § 2.5)."""


class RequireHost:
    """WSGI middleware that requires a Host header; HTTP/1.0 needs none."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, or answer 400."""
        host: str = environ.get("HTTP_HOST", "")
        if host or environ.get("SERVER_PROTOCOL") in _HOST_OPTIONAL:
            if host != host.lower():
                environ["HTTP_HOST"] = host.lower()  # they are compared exactly; RFC 9110 § 4.2.3
            return self._inner(environ, start_response)
        start_response("400 Bad Request", list(_HEADERS))
        return [_BODY]
