"""The one handler of decisions: it answers every outcome of `POST /api/v1/sites/{site}/decisions`."""

import re
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Request

from server.consents.intake import cookie
from server.consents.intake.admission import Admission, PreparedDecision
from server.consents.intake.schemas import read_decision
from server.consents.record import timestamp
from server.consents.values import Receipt
from server.core import clock
from server.core.answers import Answer, Headers
from server.core.bodies import read_body
from server.core.errors import DomainError, Unavailable
from server.core.mounting import json_answer
from server.core.strict_json import strict_json
from server.sites.page_posts import NOT_CACHED, Limit, Page, PagePosts, is_json

MAX_DECISION = 8 * 1024
"""Bytes of one decision."""

log = structlog.get_logger("samtykke.consents")


class UnsupportedMediaType(DomainError):
    """The body has another media type than JSON."""

    status = 415
    reason = "unsupported_media_type"


class DecisionHandler(PagePosts):
    """Validates a decision, has it stored, and answers."""

    prefix = "/api/v1/sites/"
    timed = True
    route = "/api/v1/sites/<site>/decisions"
    routes: Mapping[re.Pattern[str], str] = MappingProxyType(
        {re.compile(r"/api/v1/sites/(?P<site>[^/]+)/decisions"): route}
    )

    def __init__(self, admission: Admission, limit: Limit, *, public_url: str) -> None:
        super().__init__(admission.sites, limit)
        self._admission = admission
        self._public_url = public_url

    def _page(self, request: Request) -> Page:
        # A page that requests its cookie sends the one that it has.
        return Page(request.headers.get("Origin"), credentials=_requested_domain(request) is not None)

    def _accept(self, request: Request, page: Page, key: str) -> Answer:
        try:
            body = read_body(request, MAX_DECISION)
            site = self._sites.find(key, page.origin)
            if not is_json(request.headers.get("Content-Type", "")):
                raise UnsupportedMediaType("send JSON as application/json or text/plain")
            decision = read_decision(strict_json(body))
            prepared, stored = self._admission.store(site, decision, page.origin)
        except (SQLAlchemyError, OSError) as fault:
            # The type alone: the message would contain what was to be stored.
            log.error("decision_not_stored", fault=type(getattr(fault, "orig", None) or fault).__name__)  # noqa: TRY400
            raise Unavailable("the decision could not be stored; send it again") from fault
        headers = NOT_CACHED + page.cors
        if stored is None:
            return json_answer(202, {"id": decision.id, "recorded": False}, headers)
        domain = _requested_domain(request)
        if domain is not None:
            headers += self._cookie(page, prepared, domain, request.headers.get("Cookie", ""))
        return json_answer(201 if stored.created else 200, _receipt_body(stored.receipt), headers)

    def _cookie(self, page: Page, prepared: PreparedDecision, domain: str, cookies: str) -> Headers:
        """The `Set-Cookie` that renews the page's cookie for a domain, if the page may have it."""
        renewed = cookie.renewed_cookie(
            cookies,
            domain,
            site=prepared.site,
            visitor=prepared.visitor,
            origin=page.origin or "",
            public_url=self._public_url,
            decided_at=prepared.decided_at,
            lasts=prepared.lasts,
            now=clock.now(),
        )
        return (("Set-Cookie", renewed),) if renewed else ()


def _requested_domain(request: Request) -> str | None:
    """The domain for which the page requests its cookie (`intake.cookie`); None if it requests none."""
    return cookie.requested_domain(request.query_string.decode("latin-1"))


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
