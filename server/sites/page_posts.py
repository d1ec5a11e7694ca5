"""What browsers send from pages of a site without a preflight: the rules that all such requests share.

A subclass stores or counts the body; here are the methods, the limit, the origin, CORS, and how faults are
answered.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request

from server.core.answers import Answer, Headers
from server.core.errors import DomainError, Forbidden, NotFound, RateLimited
from server.core.json_bodies import JSON_TYPE
from server.core.mounting import MethodNotAllowed, fault_answer, log_unexpected
from server.sites.site_cache import SiteCache

ACCEPTED_TYPES = frozenset({"", JSON_TYPE, "text/plain"})
"""Media types of JSON: `text/plain` needs no preflight, and a body may have no type at all."""

PREFLIGHT_SECONDS = 86_400
"""Lifetime of a preflight in browsers, in seconds."""

NOT_CACHED: Headers = (("Cache-Control", "no-store"), ("Vary", "Origin"))
"""Headers of every answer to a visitor's browser: it is for one page, and not cached."""

_METHODS = "OPTIONS, POST"

Limit = Callable[[str | None, str], None]
"""Counts one request from an address about a site, by its key.

:raises RateLimited: the limit of the address' network is reached.
"""


@dataclass(frozen=True)
class Page:
    """The page that sent a request."""

    origin: str | None
    credentials: bool = False
    """Whether the request has cookies, and its answer may be read all the same."""

    @property
    def cors(self) -> Headers:
        """CORS headers of an answer that it may read."""
        headers: Headers = (
            ("Access-Control-Allow-Origin", self.origin or ""),
            ("Access-Control-Expose-Headers", "Retry-After"),
        )
        return (*headers, ("Access-Control-Allow-Credentials", "true")) if self.credentials else headers


class PagePosts(ABC):
    """Answers every outcome of a path that pages of a site POST to."""

    def __init__(self, sites: SiteCache, limit: Limit) -> None:
        self._sites = sites
        self._limit = limit

    def answer(self, request: Request, site: str) -> Answer:
        """The answer to a request about the site with this key.

        CORS headers are on all answers, errors included, but for pages of the site only.
        """
        page = self._page(request)
        try:
            if request.method == "OPTIONS":
                return self._preflight(page, site)
            return self._post(request, page, site)
        except DomainError as fault:
            return self._refuse(page, site, fault)
        except Exception as fault:  # noqa: BLE001 - Mount would answer without CORS headers
            return self._refuse(page, site, log_unexpected(fault))

    def _post(self, request: Request, page: Page, key: str) -> Answer:
        if request.method != "POST":
            raise MethodNotAllowed("the method is not allowed for this URL")
        self._limit(request.remote_addr, key)
        return self._accept(request, page, key)

    @abstractmethod
    def _accept(self, request: Request, page: Page, key: str) -> Answer:
        """The answer to a POST within the limit; `self._sites.find` checks site and origin.

        :raises DomainError: it is refused.
        """

    def _page(self, request: Request) -> Page:
        return Page(request.headers.get("Origin"))

    def _preflight(self, page: Page, key: str) -> Answer:
        headers: Headers = (("Allow", _METHODS), *NOT_CACHED)
        if self._allows(page, key):
            headers += (
                *page.cors,
                ("Access-Control-Allow-Methods", "POST"),
                ("Access-Control-Allow-Headers", "Content-Type"),
                ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
            )
        return Answer(200, headers)

    def _refuse(self, page: Page, key: str, fault: DomainError) -> Answer:
        headers = NOT_CACHED
        if isinstance(fault, MethodNotAllowed):
            headers += (("Allow", _METHODS),)
        if isinstance(fault, RateLimited):  # who sends too much gets nothing from the database
            allowed = page.origin is not None and self._sites.allows(key, page.origin)
        else:
            allowed = not isinstance(fault, Forbidden | NotFound) and self._allows(page, key)
        return fault_answer(fault, headers + page.cors if allowed else headers)

    def _allows(self, page: Page, key: str) -> bool:
        """Whether the page is known to be one of the site's."""
        try:
            return bool(page.origin and self._sites.find(key, page.origin))
        except (DomainError, SQLAlchemyError):
            return False


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Whether a body of this `Content-Type` is JSON."""
    return parse_options_header(content_type)[0].lower() in ACCEPTED_TYPES
