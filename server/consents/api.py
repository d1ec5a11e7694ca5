"""HTTP interface of visitors' browsers: store a decision, access to own records, erasure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import cast

import structlog
from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from server.consents import admission
from server.consents.admission import MAX_DECISION, PreparedDecision
from server.consents.middleware import (
    FAULT,
    JSON_TYPES,
    WAIT,
    DecisionMiddleware,
    cookie_header,
    cors_headers,
)
from server.consents.schemas import (
    SECRET,
    DecisionSchema,
    ErasedSchema,
    KeptReceiptSchema,
    OwnQuerySchema,
    OwnRecordsSchema,
    ReceiptQuerySchema,
    ReceiptSchema,
)
from server.consents.service import visitors as service
from server.consents.store import Stored
from server.consents.values import NUMBER, Decision, OwnRecord
from server.core import clock
from server.core.db import transaction
from server.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from server.core.headers import security_headers
from server.core.http import Blueprint, as_json, content, read_body, settings, whole
from server.core.settings import Settings
from server.sites.values import KEY, Site

_DECISIONS = "/sites/<site>/decisions"

blueprint = Blueprint(
    "decisions",
    __name__,
    url_prefix="/api/v1",
    description="Visitors' decisions",
    path={
        "site": {"type": "string", "pattern": whole(KEY)},
        "name": {"type": "string", "pattern": f"{whole(NUMBER)}|{whole(SECRET)}"},
    },
)

PREFLIGHT_SECONDS = 86_400
"""Lifetime of a preflight in browsers, in seconds."""

VISITOR_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "The browser's secret for the site, 22 base64url characters: the last field of its cookie",
}
"""OpenAPI security scheme of a visitor's secret."""

_ORIGIN_DECIDED = "samtykke.consents.origin"
"""Key in the WSGI environment: whether the origin belongs to the site."""

_UNREMEMBERED = (("Cache-Control", "no-store"), ("Vary", "Origin"))
"""Headers of every answer: it is for one page, and not cached."""

log = structlog.get_logger("samtykke.consents")


def install(app: Flask) -> None:
    """Wrap the application in a `DecisionMiddleware`."""
    known: Settings = app.extensions["samtykke"]
    app.wsgi_app = DecisionMiddleware(  # type: ignore[method-assign]
        app.wsgi_app,
        admission.install(app, known),
        route=f"{blueprint.url_prefix}{_DECISIONS}",
        headers=(*_UNREMEMBERED, *security_headers(secure=known.secure)),
        trusted_hosts=app.config["TRUSTED_HOSTS"],
    )


class UnsupportedMediaType(DomainError):
    """The body has another media type than JSON."""

    status = 415
    reason = "unsupported_media_type"


def _from_visitors(view: Callable[..., Response]) -> Callable[..., Response]:
    """Accept only small bodies, of an origin of the site, and with a media type of JSON."""

    @wraps(view)
    def admitted(site: str) -> Response:
        _spend_one(site)
        with _or_unavailable():
            _refuse_large_body()
            _admitted(site)
        if request.mimetype not in JSON_TYPES:
            raise UnsupportedMediaType("send JSON as application/json or text/plain")
        return view(site=site)

    return admitted


def _refuse_large_body() -> None:
    read_body(MAX_DECISION)


def _spend_one(site: str) -> None:
    """Count the request towards the limit of its network, unless the middleware has.

    :raises RateLimited: the limit is reached.
    """
    wait = request.environ.get(WAIT)
    if wait is None:
        wait = _admission().wait(request.remote_addr, site)
    if wait:
        raise RateLimited("too many requests; try again later", retry_after=wait)


@blueprint.post(_DECISIONS)
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
@blueprint.doc(
    requestBody={"content": {"text/plain": {"schema": {"$ref": "#/components/schemas/Decision"}}}},
)
def decide(decision: Decision, site: str) -> Response:
    """Store a visitor's decision

    The answer comes once the record is durable. Send the same decision again, with the same `id`, until it is
    answered: it is stored once.
    """
    with _or_unavailable():
        if (fault := request.environ.get(FAULT)) is not None:
            raise fault
        try:
            prepared, outcome = _submit(decision, _admitted(site))
        except DomainError:
            outcome = None  # a cached site may be stale: refuse only by the database
        if outcome is None:
            prepared, outcome = _submit(decision, _admitted(site, fresh=True))
    if outcome is None:
        raise Unavailable("the site is being changed; send the decision again", retry_after=1)
    if isinstance(outcome, Conflict):
        raise outcome
    answer = as_json(admission.receipt_body(outcome.receipt), 201 if outcome.created else 200)
    answer.headers.extend(cookie_header(_admission(), prepared, request.environ))
    return answer


def _from_the_browser(view: Callable[..., Response]) -> Callable[..., Response]:
    """Require a visitor's secret, and an origin of the site."""

    @wraps(view)
    def admitted(site: str, **named: str) -> Response:
        _spend_one(site)
        found = _admitted(site, fresh=True)
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or len(secret) > 22 or not SECRET.fullmatch(secret):
            raise Unauthenticated("show the browser's secret for this site as a bearer token")
        return view(found, secret, **named)

    return admitted


def _about_me(operation: Callable[..., Response]) -> Callable[..., Response]:
    """OpenAPI description shared by the operations on own records."""
    for status, sentence in (
        (401, "`authentication_required`: no Authorization header, or not a browser's secret"),
        (403, "`origin_not_allowed`: no Origin header, or one of another site"),
        (404, "`site_unknown`, or `consent_unknown` for a receipt"),
        (429, "Too many requests from one network; see Retry-After"),
        (503, "The database cannot be reached, or `receipt_pending`; see Retry-After"),
    ):
        operation = blueprint.alt_response(status, description=sentence)(operation)
    return cast("Callable[..., Response]", blueprint.doc(security=[{"visitor": []}])(operation))


@blueprint.get("/sites/<site>/me")
@_about_me
@_from_the_browser
@blueprint.arguments(OwnQuerySchema(), location="query")
@blueprint.response(200, OwnRecordsSchema, description="Empty when nothing is stored")
@blueprint.alt_response(422, description="`before` is not what an earlier answer gave")
def show_own(site: Site, visitor: str, query: dict[str, str]) -> Response:
    """Show everything stored about this browser

    What is stored under the browser's secret for this site, newest first, and nothing of anybody else's. A
    browser that has made more than a thousand decisions asks for the rest with `before`.
    """
    records, rest = service.own_records(
        site.id, visitor, secret_key=settings().secret_key, before=query.get("before")
    )
    return as_json({"site": site.key, "records": [_own(record) for record in records], "before": rest})


@blueprint.get("/sites/<site>/me/receipts/<name>")
@_about_me
@_from_the_browser
@blueprint.arguments(ReceiptQuerySchema(), location="query")
@blueprint.response(200, KeptReceiptSchema, description="What proves the decision, or a standard form")
@blueprint.alt_response(409, description="`controller_incomplete`: the banner lacks what the form demands")
@blueprint.alt_response(422, description="There is no such profile")
@blueprint.doc(responses={200: content("application/ld+json")})
def show_receipt(site: Site, visitor: str, query: dict[str, str], name: str) -> Response:
    """Give the receipt of one decision of this browser

    By the consent number, or the browser's own id of the decision. It can be checked offline, with
    `samtykke log verify` or anything that knows C2SP logs. For the few seconds that a new record waits for
    its place in the log, the answer is 503 `receipt_pending`. The profiles need no log.
    """
    secret_key = settings().secret_key
    form = query.get("profile")
    if form is None:
        number, text = service.own_receipt(site.id, visitor, name, secret_key=secret_key)
        answer, file = Response(text, mimetype="application/json"), f"samtykke-{number}.json"
    else:
        number, value = service.own_profile(
            site, visitor, name, form, secret_key=secret_key, public_url=settings().public_url
        )
        answer, file = as_json(value), f"samtykke-{number}-{form}.json"
        if form == "iso27560":
            answer.mimetype = "application/ld+json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


@blueprint.delete("/sites/<site>/me")
@_about_me
@blueprint.response(200, ErasedSchema, description="Deleted; zero when nothing was stored")
@_from_the_browser
def erase_own(site: Site, visitor: str) -> Response:
    """Erase everything stored about this browser

    At once, and without a reason. A late repeat of an erased decision is answered with 409 `decision_erased`.
    """
    with transaction():
        erased = service.erase(
            site.id,
            visitor,
            secret_key=settings().secret_key,
            data_dir=settings().data_dir,
            now=clock.now(),
        )
    return as_json({"erased": erased})


def _submit(decision: Decision, site: Site) -> tuple[PreparedDecision, Stored | Conflict | None]:
    """Store the decision; no outcome if the cached site is stale."""
    admission = _admission()
    prepared = admission.prepare(site, decision, admission.rules(site, decision.version))
    return prepared, admission.submit(prepared)


def _admission() -> admission.Admission:
    return admission.of(current_app)


@blueprint.after_request
def _let_the_page_read(response: Response) -> Response:
    """CORS headers of all answers, errors included, for pages of the site only."""
    headers = response.headers
    for name, value in _UNREMEMBERED:
        headers.set(name, value)
    if response.status_code == Unauthenticated.status:
        headers["WWW-Authenticate"] = "Bearer"
    origin = request.headers.get("Origin")
    if origin and _known_to_allow(origin):
        headers.extend(cors_headers(origin, _query()))
        if request.method == "OPTIONS":  # the preflight, which Flask has answered
            headers["Access-Control-Allow-Methods"] = "POST" if _deciding() else "GET, DELETE"
            headers["Access-Control-Allow-Headers"] = "Content-Type" if _deciding() else "Authorization"
            headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _query() -> str:
    """The query string of a decision; other operations do not use it."""
    return str(request.environ.get("QUERY_STRING", "")) if _deciding() else ""


def _deciding() -> bool:
    return request.endpoint == f"{blueprint.name}.{decide.__name__}"


def _known_to_allow(origin: str) -> bool:
    if _ORIGIN_DECIDED in request.environ:
        return bool(request.environ[_ORIGIN_DECIDED])
    try:
        return _admission().site((request.view_args or {}).get("site", ""), origin) is not None
    except (NotFound, SQLAlchemyError):
        return False


def _admitted(key: str, *, fresh: bool = False) -> Site:
    """The site, if it allows the origin of the request.

    :raises NotFound: `site_unknown`.
    :raises Forbidden: `origin_not_allowed`.
    """
    request.environ[_ORIGIN_DECIDED] = False
    site = _admission().site(key, _origin(), fresh=fresh)
    if site is None:
        raise Forbidden("pages of this origin may not ask this about this site", reason="origin_not_allowed")
    request.environ[_ORIGIN_DECIDED] = True
    return site


def _origin() -> str | None:
    """The origin of the request, as sent by the browser."""
    named = request.headers.get("Origin")
    if named is None and request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return settings().public_url  # browsers send no Origin with same-origin reads
    return named


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """Answer 503 for any fault of the database or its disk."""
    try:
        yield
    except (SQLAlchemyError, OSError) as fault:
        # The type alone: the message would contain what was to be stored.
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
