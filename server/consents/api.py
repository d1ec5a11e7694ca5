"""What visitors' browsers ask: to keep a decision, to show what is kept about them, and to erase it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import cast

import structlog
from flask import Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError

from server.consents import service
from server.consents.committer import Committer
from server.consents.record import moment
from server.consents.schemas import SECRET, DecisionSchema, ErasedSchema, OwnRecordsSchema, ReceiptSchema
from server.consents.terms import Terms
from server.consents.values import Decision, NewConsent, OwnRecord, Receipt
from server.core import clock
from server.core.db import transaction
from server.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from server.core.http import Blueprint, as_json, read_body, settings
from server.core.limits import from_this_machine, limiter, network
from server.sites import service as sites
from server.sites.values import Site

blueprint = Blueprint("decisions", __name__, url_prefix="/api/v1", description="Visitors' decisions")

MAX_DECISION = 8 * 1024
"""Bytes of one decision."""

VISITORS_LIMIT = "120 per minute"
"""What one network may ask about one site."""

PREFLIGHT_SECONDS = 86_400
"""How long a browser may remember what it may send."""

VISITOR_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "The browser's secret for the site, 22 base64url characters: the last field of its cookie",
}
"""How OpenAPI says what a visitor shows."""

_JSON_TYPES = frozenset({"", "application/json", "text/plain"})
"""`text/plain` spares the browser a pre-flight; a body without a type can only be ours, too."""

_ORIGIN_DECIDED = "samtykke.consents.origin"
"""Where a request's environment keeps whether its origin belongs to its site."""

_MEMORY = "samtykke.consents"

log = structlog.get_logger("samtykke.consents")


class UnsupportedMediaType(DomainError):
    """The body says that it is something else than JSON."""

    status = 415
    reason = "unsupported_media_type"


def _from_visitors(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let in what pages of the site send: small, from an origin of the site, and said to be JSON."""

    @wraps(view)
    def admitted(site: str) -> Response:
        if not from_this_machine():
            _spend_one()
        with _or_unavailable():
            _refuse_large_body()
            _admitted(site)
        if request.mimetype not in _JSON_TYPES:
            raise UnsupportedMediaType("send JSON as application/json or text/plain")
        return view(site=site)

    return admitted


def _refuse_large_body() -> None:
    read_body(MAX_DECISION)


def _network_and_site() -> str:
    return f"{network()}:{(request.view_args or {}).get('site')}"


@limiter.limit(VISITORS_LIMIT, key_func=_network_and_site)
def _spend_one() -> None:
    """Count what is asked towards the limit of its network."""


@blueprint.post("/sites/<site>/decisions")
@_from_visitors
@blueprint.arguments(DecisionSchema())
@blueprint.response(201, ReceiptSchema, description="Stored durably")
@blueprint.alt_response(200, schema=ReceiptSchema, description="The same decision was stored before")
@blueprint.alt_response(400, description="`malformed`: not sound JSON")
@blueprint.alt_response(403, description="`origin_not_allowed`: no Origin header, or one of another site")
@blueprint.alt_response(404, description="`site_unknown`")
@blueprint.alt_response(409, description="`decision_differs`, `decision_erased` or `version_unknown`")
@blueprint.alt_response(413, description="More than 8 KiB")
@blueprint.alt_response(415, description="Neither application/json nor text/plain")
@blueprint.alt_response(429, description="Too many decisions from one network; see Retry-After")
@blueprint.alt_response(503, description="Nothing was stored; see Retry-After")
def decide(decision: Decision, site: str) -> Response:
    """Store a visitor's decision

    The answer comes once the record is durable. Send the same decision again, with the same `id`, until it is
    answered: it is stored once.
    """
    with _or_unavailable():
        try:
            outcome = _submit(decision, _admitted(site))
        except DomainError:
            outcome = None  # nobody is refused for what is only remembered
        if outcome is None:
            outcome = _submit(decision, _admitted(site, fresh=True))
    if outcome is None:
        raise Unavailable("the site is being changed; send the decision again", retry_after=1)
    if isinstance(outcome, Conflict):
        raise outcome
    return as_json(_body(outcome.receipt), 201 if outcome.created else 200)


def _from_the_browser(view: Callable[[Site, str], Response]) -> Callable[..., Response]:
    """Let in a browser that shows its secret, on a page of the site."""

    @wraps(view)
    def admitted(site: str) -> Response:
        if not from_this_machine():
            _spend_one()
        found = _admitted(site, fresh=True)
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or len(secret) > 22 or not SECRET.fullmatch(secret):
            raise Unauthenticated("show the browser's secret for this site as a bearer token")
        return view(found, secret)

    return admitted


def _about_me(operation: Callable[..., Response]) -> Callable[..., Response]:
    """Describe what all that a visitor may ask about himself has in common."""
    for status, sentence in (
        (401, "`authentication_required`: no Authorization header, or not a browser's secret"),
        (403, "`origin_not_allowed`: no Origin header, or one of another site"),
        (404, "`site_unknown`"),
        (429, "Too many requests from one network; see Retry-After"),
        (503, "The database cannot be reached; see Retry-After"),
    ):
        operation = blueprint.alt_response(status, description=sentence)(operation)
    return cast("Callable[..., Response]", blueprint.doc(security=[{"visitor": []}])(operation))


@blueprint.get("/sites/<site>/me")
@_about_me
@blueprint.response(200, OwnRecordsSchema, description="Empty when nothing is stored")
@_from_the_browser
def show_own(site: Site, visitor: str) -> Response:
    """Show everything stored about this browser

    What is stored under the browser's secret for this site, newest first, and nothing of anybody else's.
    """
    records = service.own_records(site.id, visitor, secret_key=settings().secret_key)
    return as_json({"site": site.key, "records": [_own(record) for record in records]})


@blueprint.delete("/sites/<site>/me")
@_about_me
@blueprint.response(200, ErasedSchema, description="Deleted; zero when nothing was stored")
@_from_the_browser
def erase_own(site: Site, visitor: str) -> Response:
    """Erase everything stored about this browser

    At once, and without a reason. A late repeat of an erased decision is answered with 409 `decision_erased`.
    """
    with transaction():
        erased = service.erase(site.id, visitor, secret_key=settings().secret_key, now=clock.now())
    return as_json({"erased": erased})


def _submit(decision: Decision, site: Site) -> service.Stored | Conflict | None:
    """Store the decision; none when the site is not as it was remembered."""
    memory = _memory()
    terms = memory.terms(site.id, decision.version)
    new = service.prepare(site, decision, terms, secret_key=settings().secret_key, now=clock.now())
    return memory.committer.submit(_Drawn(site, new))


@blueprint.after_request
def _let_the_page_read(response: Response) -> Response:
    """Show the answer, errors included, to pages of the site, and to no others."""
    headers = response.headers
    headers["Cache-Control"] = "no-store"
    headers.add("Vary", "Origin")
    if response.status_code == Unauthenticated.status:
        headers["WWW-Authenticate"] = "Bearer"
    origin = request.headers.get("Origin")
    if origin and _known_to_allow(origin):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":  # the pre-flight, which Flask has answered
            deciding = request.endpoint == f"{blueprint.name}.{decide.__name__}"
            headers["Access-Control-Allow-Methods"] = "POST" if deciding else "GET, DELETE"
            headers["Access-Control-Allow-Headers"] = "Content-Type" if deciding else "Authorization"
            headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _known_to_allow(origin: str) -> bool:
    if _ORIGIN_DECIDED in request.environ:
        return bool(request.environ[_ORIGIN_DECIDED])
    try:
        return _admits((request.view_args or {}).get("site", ""), origin) is not None
    except (NotFound, SQLAlchemyError):
        return False


def _admitted(key: str, *, fresh: bool = False) -> Site:
    """The site, when the page that asks belongs to it.

    :raises NotFound: `site_unknown`.
    :raises Forbidden: `origin_not_allowed`.
    """
    request.environ[_ORIGIN_DECIDED] = False
    site = _admits(key, _origin(), fresh=fresh)
    if site is None:
        raise Forbidden("pages of this origin may not ask this about this site", reason="origin_not_allowed")
    request.environ[_ORIGIN_DECIDED] = True
    return site


def _origin() -> str | None:
    """Where the asking page comes from, as the browser says."""
    named = request.headers.get("Origin")
    if named is None and request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return settings().public_url  # browsers name no origin when they read from their page's own
    return named


def _admits(key: str, origin: str | None, *, fresh: bool = False) -> Site | None:
    """The site, if its pages have this origin.

    :raises NotFound: `site_unknown`.
    """
    remembered = _memory().sites
    site = None if fresh else remembered.get(key)
    if site is None or not site.allows_origin(origin):
        remembered.pop(key, None)
        site = remembered[key] = sites.find(key)
    return site if site.allows_origin(origin) else None


# --- what a process keeps ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Drawn:
    """A decision to be stored, and the site as it was remembered."""

    site: Site
    new: NewConsent


def _store(take: Callable[[], Sequence[_Drawn]]) -> list[service.Stored | Conflict | None]:
    """Store what there is in one transaction; none for a decision whose site is not what was remembered."""
    with transaction():
        batch = take()
        current = sites.page(after=None, limit=len(batch), only={drawn.site.id for drawn in batch})
        outcomes = iter(service.store([drawn.new for drawn in batch if drawn.site in current]))
        return [next(outcomes) if drawn.site in current else None for drawn in batch]


@dataclass(frozen=True)
class _Memory:
    """What one application keeps in this process, so that a decision costs no read of its own."""

    sites: dict[str, Site] = field(default_factory=dict)
    """By key, as last read; checked again in the transaction that stores a decision."""
    terms: Callable[[str, int], Terms] = field(
        # Read outside of any write, so only what is published for good; and that never changes.
        default_factory=lambda: lru_cache(maxsize=4096)(service.terms)
    )
    committer: Committer[_Drawn, service.Stored | Conflict | None] = field(
        default_factory=lambda: Committer(_store)
    )


@blueprint.record
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_MEMORY] = _Memory()


def _memory() -> _Memory:
    return cast("_Memory", current_app.extensions[_MEMORY])


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """Say that nothing was stored, whatever has happened to the database or its disk."""
    try:
        yield
    except (SQLAlchemyError, OSError) as fault:
        # Its kind alone: the message would repeat what was to be stored.
        log.error("decision_not_stored", fault=type(getattr(fault, "orig", None) or fault).__name__)  # noqa: TRY400
        raise Unavailable("the decision could not be stored; send it again") from fault


def _own(own: OwnRecord) -> dict[str, object]:
    record = own.record
    return {
        "consent_id": record["cid"],
        "id": own.id,
        "recorded_at": record["recorded_at"],
        "expires_at": record["expires_at"],
        "version": record["version"],
        "language": record["lang"],
        "action": record["action"],
        "choices": record["choices"],
        "services": record["services"],
        "signals": record["signals"],
        "record": dict(record),
        "salt": own.salt.hex(),
        "commitment": own.commitment.hex(),
    }


def _body(receipt: Receipt) -> dict[str, object]:
    return {
        "id": receipt.id,
        "consent_id": receipt.consent_id,
        "recorded_at": moment(receipt.recorded_at),
        "expires_at": moment(receipt.expires_at),
        "version": receipt.version,
        "choices": dict(receipt.choices),
    }
