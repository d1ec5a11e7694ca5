"""Programs that show a token: how many requests each may send, told in the headers of every answer to it.

The headers are those of the IETF's draft *RateLimit header fields for HTTP*
(draft-ietf-httpapi-ratelimit-headers).
"""

from typing import NamedTuple, cast

from flask import Flask, Response, current_app, g
from limits import RateLimitItemPerHour

from server.core import clock, limits
from server.core.errors import RateLimited
from server.core.limits import Spent

PER_TOKEN = RateLimitItemPerHour(36_000, 1, "token")
"""Requests of a token in an hour that begins with its first: ten a second, for a loop that does not end."""

_POLICY = f'"token";q={PER_TOKEN.amount};w={PER_TOKEN.get_expiry()}'


class Program(NamedTuple):
    """The program of this request."""

    token_id: str
    noted: bool
    """Whether it was written down lately that the token is used."""
    old_secret: bool
    """Whether it showed a secret that is to be replaced."""
    spent: Spent


def enter(token_id: str, *, noted: bool, old_secret: bool) -> None:
    """Count a request of a program towards its limit.

    :raises RateLimited: the limit is reached.
    """
    spent = limits.counters(current_app).take(PER_TOKEN, token_id, now=clock.now())
    g.program = Program(token_id, noted, old_secret, spent)
    if spent.wait:
        raise RateLimited("this token has sent too many requests; try again later", retry_after=spent.wait)


def entered() -> Program | None:
    """The program of this request; None if it showed no token that is valid."""
    return cast("Program | None", g.get("program"))


def install(app: Flask) -> None:
    """Tell programs what is left of their limit."""

    @app.after_request
    def _tell(response: Response) -> Response:
        program = entered()
        if program is not None:
            response.headers["RateLimit-Policy"] = _POLICY
            response.headers["RateLimit"] = f'"token";r={program.spent.left};t={program.spent.reset}'
        return response
