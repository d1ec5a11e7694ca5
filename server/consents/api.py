"""The one thing that visitors' browsers send to be kept: a decision."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps

import structlog
from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from server.consents import service
from server.consents.record import moment
from server.consents.schemas import DecisionSchema, ReceiptSchema
from server.consents.terms import Terms
from server.consents.values import Decision, Receipt
from server.core import clock
from server.core.db import transaction
from server.core.errors import DomainError, Forbidden, NotFound, Unavailable
from server.core.http import Blueprint, as_json, read_body, settings
from server.core.limits import from_this_machine, limiter, network
from server.sites import service as sites
from server.sites.values import Site

blueprint = Blueprint("decisions", __name__, url_prefix="/api/v1", description="Visitors' decisions")

MAX_DECISION = 8 * 1024
"""Bytes of one decision."""

VISITORS_LIMIT = "120 per minute"
"""Decisions from one network about one site."""

PREFLIGHT_SECONDS = 86_400
"""How long a browser may remember that it may send JSON."""

_JSON_TYPES = frozenset({"", "application/json", "text/plain"})
"""`text/plain` spares the browser a pre-flight; a body without a type can only be ours, too."""

_FOUND = "samtykke.consents.site"
"""Where a request's environment keeps the site that was read for it."""

log = structlog.get_logger("samtykke.consents")


class UnsupportedMediaType(DomainError):
    """The body says that it is something else than JSON."""

    status = 415
    reason = "unsupported_media_type"


def _from_visitors(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let in what pages of the site send: small, from an origin of the site, and said to be JSON."""

    @wraps(view)
    def admitted(site: str) -> Response:
        with _or_unavailable():
            read_body(MAX_DECISION)
            found = _site(site)
            if not found.allows_origin(request.headers.get("Origin")):
                raise Forbidden(
                    "pages of this origin may not send decisions for this site", reason="origin_not_allowed"
                )
            if request.mimetype not in _JSON_TYPES:
                raise UnsupportedMediaType("send JSON as application/json or text/plain")
            return view(site=site)

    return admitted


def _network_and_site() -> str:
    return f"{network()}:{(request.view_args or {}).get('site')}"


@blueprint.post("/sites/<site>/decisions")
@limiter.limit(VISITORS_LIMIT, key_func=_network_and_site, exempt_when=from_this_machine)
@_from_visitors
@blueprint.arguments(DecisionSchema)
@blueprint.response(201, ReceiptSchema, description="Stored durably")
@blueprint.alt_response(200, schema=ReceiptSchema, description="The same decision was stored before")
@blueprint.alt_response(403, description="`origin_not_allowed`: no Origin header, or one of another site")
@blueprint.alt_response(404, description="`site_unknown`")
@blueprint.alt_response(409, description="`decision_differs` or `version_unknown`")
@blueprint.alt_response(413, description="More than 8 KiB")
@blueprint.alt_response(415, description="Neither application/json nor text/plain")
@blueprint.alt_response(429, description="Too many decisions from one network; see Retry-After")
@blueprint.alt_response(503, description="Nothing was stored; see Retry-After")
def decide(decision: Decision, site: str) -> Response:
    """Store a visitor's decision

    The answer comes once the record is durable. Send the same decision again, with the same `id`, until it is
    answered: it is stored once.
    """
    found = _site(site)
    new = service.prepare(
        found,
        decision,
        _terms(found.id, decision.version),
        secret_key=settings().secret_key,
        now=clock.now(),
    )
    with transaction():
        outcome = service.store((new,))[0]
    if isinstance(outcome, DomainError):
        raise outcome
    return as_json(_body(outcome.receipt), 201 if outcome.created else 200)


@blueprint.after_request
def _let_the_page_read(response: Response) -> Response:
    """Show the answer, errors included, to pages of the site, and to no others."""
    headers = response.headers
    headers["Cache-Control"] = "no-store"
    headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin and _known_to_allow(origin):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":  # the pre-flight, which Flask has answered
            headers["Access-Control-Allow-Methods"] = "POST"
            headers["Access-Control-Allow-Headers"] = "Content-Type"
            headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _known_to_allow(origin: str) -> bool:
    try:
        return _site((request.view_args or {}).get("site", "")).allows_origin(origin)
    except (NotFound, SQLAlchemyError):
        return False


def _site(key: str) -> Site:
    """The site of this request; read once.

    :raises NotFound: `site_unknown`.
    """
    if _FOUND not in request.environ:
        request.environ[_FOUND] = (
            None  # a database that is gone is asked once: it may take its time to say so
        )
        request.environ[_FOUND] = sites.find(key)
    found: Site | None = request.environ[_FOUND]
    if found is None:
        raise NotFound("there is no such site", reason="site_unknown")
    return found


@lru_cache(maxsize=4096)
def _terms(site_id: str, version: int) -> Terms:
    # Read outside of any write, so only what is published for good; and that never changes.
    return service.terms(site_id, version)


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """Say that nothing was stored, whatever has happened to the database or its disk."""
    try:
        yield
    except (SQLAlchemyError, OSError) as fault:
        # Its kind alone: the message would repeat what was to be stored.
        log.error("decision_not_stored", fault=type(getattr(fault, "orig", None) or fault).__name__)  # noqa: TRY400
        raise Unavailable("the decision could not be stored; send it again") from fault


def _body(receipt: Receipt) -> dict[str, object]:
    return {
        "id": receipt.id,
        "consent_id": receipt.consent_id,
        "recorded_at": moment(receipt.recorded_at),
        "expires_at": moment(receipt.expires_at),
        "version": receipt.version,
        "choices": dict(receipt.choices),
    }
