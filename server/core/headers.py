"""Security headers on every answer (OWASP ASVS 5.0, 3.4).

Not by Flask-Talisman, which has had no release since August 2023.
"""

import secrets
from typing import cast

from flask import Flask, Response, g, request
from werkzeug.datastructures import Headers

from server.core.http import settings


def csp_nonce() -> str:
    """The nonce of this answer's scripts and styles."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return cast("str", g.csp_nonce)


def allow_content(**directives: str) -> None:
    """Widen this answer's Content-Security-Policy, e.g. `allow_content(frame_src="https://video.example")`."""
    g.setdefault("csp_extra", {}).update(directives)


def install(app: Flask) -> None:
    """Add them to every answer, errors included."""

    @app.after_request
    def _secure(response: Response) -> Response:
        headers = response.headers
        for name, value in security_headers(secure=settings().secure):
            headers.setdefault(name, value)
        if response.mimetype == "text/html":
            headers.setdefault("Content-Security-Policy", _policy())
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
            # They apply to documents only; elsewhere they would be useless bytes.
            headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
            headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        _drop_host(headers)
        return response


def _drop_host(headers: Headers) -> None:
    """Make a redirect to this server relative (RFC 9110 § 10.2.2); the router names the request's Host."""
    location = headers.get("Location", "")
    # A request for an unknown host has no address of its own.
    if location and location.startswith(own := request.host_url):
        headers["Location"] = "/" + location.removeprefix(own).lstrip("/")


def security_headers(*, secure: bool) -> tuple[tuple[str, str], ...]:
    """The headers of every answer."""
    always = (("X-Content-Type-Options", "nosniff"),)
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
