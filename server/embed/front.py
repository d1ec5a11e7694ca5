"""The newest scripts, served from memory before Flask wakes up.

A cookie-consent script is asked for by every page of every visitor: this is the path that counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, current_app
from prometheus_client import Counter

from server.core import clock
from server.embed import service
from server.embed.answers import MOVING, OK, Answer, Headers, answers, best_coding, status_of
from server.embed.values import Script

ANSWER = "samtykke.embed.answer"
"""Where the view tells the front, in the request's environment, what it answered with."""

_SERVED = Counter(
    "samtykke_scripts_from_memory_total", "Banner scripts answered before the framework", ["status"]
)


@dataclass
class Ready:
    """The newest script of a site, with every answer made."""

    script: Script
    answers: dict[str, Answer]
    store_at: datetime | None
    """When to (try again to) store it; None when the database has it."""
    look_again: datetime
    """Until when it is served without a question to the database."""


class Front:
    """Serves what the view has answered within the last second."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.ready: dict[str, Ready] = {}
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from memory, or let the application answer and remember what it said."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/w/") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._inner(environ, start_response)
        ready = self.ready.get(path[3:-3])
        if ready is not None and path.endswith(".js") and clock.now() < ready.look_again:
            answer = ready.answers[best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
            status = status_of(answer, environ)
            sent = answer.sent.get(status)
            if sent is not None:
                _count(status).inc()
                start_response(status, list(sent))
                return [answer.body] if status == OK and environ["REQUEST_METHOD"] == "GET" else []
        return self._inner(environ, _remembering(environ, start_response))


def install(app: Flask) -> None:
    """Put the fast path in front of the application."""
    front = Front(app.wsgi_app)
    app.extensions["samtykke_embed"] = front
    app.wsgi_app = front  # type: ignore[method-assign]


def forget(app: Flask) -> None:
    """Empty the memory of this process; the next visitor's request asks the database."""
    front: Front = app.extensions["samtykke_embed"]
    front.ready.clear()
    service.forget()


def ready_for(script: Script, now: datetime) -> Ready:
    """What this process has ready of a site whose newest script this is."""
    front: Front = current_app.extensions["samtykke_embed"]
    ready = front.ready.get(script.key)
    if ready is not None and ready.script is script:
        return ready
    if len(front.ready) >= service.MOST_SITES:
        front.ready.clear()
    made = Ready(script, answers(script.asset, MOVING), store_at=now, look_again=now)
    front.ready[script.key] = made
    return made


def _remembering(environ: WSGIEnvironment, start_response: StartResponse) -> StartResponse:
    """`start_response` that notes the finished headers of what the view said may be served again."""

    def start(status: str, headers: Headers, *rest: Any) -> Any:
        answer = environ.get(ANSWER)
        # What is the same for everybody sets no cookie; were a hook to set one, it is not repeated to others.
        if answer is not None and not any(name.lower() == "set-cookie" for name, _ in headers):
            answer.sent[status] = list(headers)
        return start_response(status, headers, *rest)

    return start


@cache
def _count(status: str) -> Counter:
    """The figure for a status; made at its first use, when it is decided whether processes share figures."""
    return _SERVED.labels(status[:3])
