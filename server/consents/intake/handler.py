"""The one handler of decisions: it answers every outcome of `POST /api/v1/sites/{site}/decisions`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request

from server.consents.intake import cookie
from server.consents.intake.admission import Admission, PreparedDecision
from server.consents.intake.schemas import read_decision
from server.consents.record import timestamp
from server.consents.values import Receipt
from server.core import clock
from server.core.answers import Answer, Headers
from server.core.bodies import read_body
from server.core.errors import DomainError, Forbidden, NotFound, RateLimited, Unavailable
from server.core.json_bodies import JSON_TYPE
from server.core.mounting import MethodNotAllowed, fault_answer, json_answer, log_unexpected
from server.core.strict_json import strict_json

MAX_DECISION = 8 * 1024
"""Bytes of one decision."""

ACCEPTED_TYPES = frozenset({"", JSON_TYPE, "text/plain"})
"""Media types of a decision: `text/plain` needs no preflight, and a body may have no type at all."""

PREFLIGHT_SECONDS = 86_400
"""Lifetime of a preflight in browsers, in seconds."""

NOT_CACHED: Headers = (("Cache-Control", "no-store"), ("Vary", "Origin"))
"""Headers of every answer to a visitor's browser: it is for one page, and not cached."""

_METHODS = "OPTIONS, POST"

log = structlog.get_logger("samtykke.consents")

Limit = Callable[[str | None, str], None]
"""Counts one request from an address about a site, by its key.

:raises RateLimited: the limit of the address' network is reached.
"""


class UnsupportedMediaType(DomainError):
    """The body has another media type than JSON."""

    status = 415
    reason = "unsupported_media_type"


class DecisionHandler:
    """Validates a decision, has it stored, and answers."""

    prefix = "/api/v1/sites/"
    timed = True
    route = "/api/v1/sites/<site>/decisions"
    routes: Mapping[re.Pattern[str], str] = MappingProxyType(
        {re.compile(r"/api/v1/sites/(?P<site>[^/]+)/decisions"): route}
    )

    def __init__(self, admission: Admission, limit: Limit, *, public_url: str) -> None:
        self._admission = admission
        self._limit = limit
        self._public_url = public_url

    def answer(self, request: Request, site: str) -> Answer:
        """The answer to a request for the decisions of a site.

        CORS headers are on all answers, errors included, but for pages of the site only.
        """
        page = _Page(
            request.headers.get("Origin"), cookie.requested_domain(request.query_string.decode("latin-1"))
        )
        try:
            if request.method == "OPTIONS":
                return self._preflight(page, site)
            return self._decide(request, page, site)
        except DomainError as fault:
            return self._refuse(page, site, fault)
        except Exception as fault:  # noqa: BLE001 - Mount would answer without CORS headers
            return self._refuse(page, site, log_unexpected(fault))

    def _decide(self, request: Request, page: "_Page", key: str) -> Answer:
        if request.method != "POST":
            raise MethodNotAllowed("the method is not allowed for this URL")
        self._limit(request.remote_addr, key)
        try:
            body = read_body(request, MAX_DECISION)
            site = self._admission.site(key, page.origin)
            if not _is_json(request.headers.get("Content-Type", "")):
                raise UnsupportedMediaType("send JSON as application/json or text/plain")
            decision = read_decision(strict_json(body))
            prepared, stored = self._admission.store(site, decision, page.origin)
        except (SQLAlchemyError, OSError) as fault:
            # The type alone: the message would contain what was to be stored.
            log.error("decision_not_stored", fault=type(getattr(fault, "orig", None) or fault).__name__)  # noqa: TRY400
            raise Unavailable("the decision could not be stored; send it again") from fault
        headers = NOT_CACHED + page.cors
        if page.requested_domain is not None:
            headers += self._cookie(page, prepared, request.headers.get("Cookie", ""))
        return json_answer(201 if stored.created else 200, _receipt_body(stored.receipt), headers)

    def _cookie(self, page: "_Page", prepared: PreparedDecision, cookies: str) -> Headers:
        """The `Set-Cookie` that renews the page's cookie, if the page may have it."""
        renewed = cookie.renewed_cookie(
            cookies,
            page.requested_domain or "",
            site=prepared.site,
            visitor=prepared.visitor,
            origin=page.origin or "",
            public_url=self._public_url,
            decided_at=prepared.decided_at,
            lasts=prepared.lasts,
            now=clock.now(),
        )
        return (("Set-Cookie", renewed),) if renewed else ()

    def _preflight(self, page: "_Page", key: str) -> Answer:
        headers: Headers = (("Allow", _METHODS), *NOT_CACHED)
        if self._allows(page, key):
            headers += (
                *page.cors,
                ("Access-Control-Allow-Methods", "POST"),
                ("Access-Control-Allow-Headers", "Content-Type"),
                ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
            )
        return Answer(200, headers)

    def _refuse(self, page: "_Page", key: str, fault: DomainError) -> Answer:
        headers = NOT_CACHED
        if isinstance(fault, MethodNotAllowed):
            headers += (("Allow", _METHODS),)
        if isinstance(fault, RateLimited):  # who sends too much gets nothing from the database
            allowed = page.origin is not None and self._admission.allows(key, page.origin)
        else:
            allowed = not isinstance(fault, Forbidden | NotFound) and self._allows(page, key)
        return fault_answer(fault, headers + page.cors if allowed else headers)

    def _allows(self, page: "_Page", key: str) -> bool:
        """Whether the page is known to be one of the site's."""
        try:
            return bool(page.origin and self._admission.site(key, page.origin))
        except (DomainError, SQLAlchemyError):
            return False


@dataclass(frozen=True)
class _Page:
    """The page that sent the request."""

    origin: str | None
    requested_domain: str | None
    """The domain for which it requests its cookie (`intake.cookie`); None if it requests none."""

    @property
    def cors(self) -> Headers:
        """CORS headers of an answer that it may read."""
        headers: Headers = (
            ("Access-Control-Allow-Origin", self.origin or ""),
            ("Access-Control-Expose-Headers", "Retry-After"),
        )
        if self.requested_domain is not None:
            headers += (("Access-Control-Allow-Credentials", "true"),)  # the request has credentials
        return headers


def _receipt_body(receipt: Receipt) -> dict[str, object]:
    """The body of the answer to a stored decision."""
    return {
        "id": receipt.id,
        "consent_id": receipt.consent_id,
        "recorded_at": timestamp(receipt.recorded_at),
        "expires_at": timestamp(receipt.expires_at),
        "version": receipt.version,
        "choices": dict(receipt.choices),
    }


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    return parse_options_header(content_type)[0].lower() in ACCEPTED_TYPES
