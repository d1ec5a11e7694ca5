"""The draft of a site, for pages of the website in the browser of somebody who edits it."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType

from werkzeug.wrappers import Request

from server.core import clock
from server.core.answers import Answer, Headers
from server.core.errors import DomainError, Unauthenticated
from server.core.mounting import MethodNotAllowed, fault_answer, json_answer, log_unexpected
from server.embed import service
from server.sites import service as sites

DRAFT = "/w/<site>/draft"

_METHODS = "GET, OPTIONS"
_PREFLIGHT_SECONDS = 600
_PRIVATE: Headers = (("Cache-Control", "no-store"), ("Vary", "Origin"))


class DraftHandler:
    """Answers with the draft anybody who has a valid token, on pages of the site alone.

    `session` opens a database session for the calling thread, and closes it.
    """

    prefix = "/w/"
    timed = True
    routes: Mapping[re.Pattern[str], str] = MappingProxyType({re.compile(r"/w/(?P<site>[^/]+)/draft"): DRAFT})

    def __init__(
        self, session: Callable[[], AbstractContextManager[object]], *, public_url: str, secret_key: str
    ) -> None:
        self._session = session
        self._public_url = public_url
        self._secret_key = secret_key

    def answer(self, request: Request, site: str) -> Answer:
        """The draft as JSON, or why it is not shown; CORS headers are for pages of the site only."""
        with self._session():
            headers = _PRIVATE + _cors(site, request.headers.get("Origin"))
            try:
                if request.method == "OPTIONS":
                    return Answer(200, (("Allow", _METHODS), *headers))
                if request.method != "GET":
                    return fault_answer(
                        MethodNotAllowed("the method is not allowed for this URL"),
                        (("Allow", _METHODS), *headers),
                    )
                found = service.draft(
                    site,
                    _token(request),
                    public_url=self._public_url,
                    secret_key=self._secret_key,
                    now=clock.now(),
                )
                return json_answer(200, found, headers)
            except DomainError as fault:
                return fault_answer(fault, headers)
            except Exception as fault:  # noqa: BLE001 - Mount would answer without CORS headers
                return fault_answer(log_unexpected(fault), headers)


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated("the token of a link to the draft is needed")
    return token


def _cors(key: str, origin: str | None) -> Headers:
    try:
        if not sites.find(key).allows_origin(origin):
            return ()
    except DomainError:
        return ()
    return (
        ("Access-Control-Allow-Origin", origin or ""),
        ("Access-Control-Allow-Methods", "GET"),
        ("Access-Control-Allow-Headers", "Authorization"),
        ("Access-Control-Max-Age", str(_PREFLIGHT_SECONDS)),
    )
