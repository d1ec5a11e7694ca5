"""HTTP interface of visitors' browsers: decisions, access to own records, erasure."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from flask import Flask, Response, current_app, request
from limits import RateLimitItemPerMinute
from sqlalchemy.exc import SQLAlchemyError

from server.consents.intake.admission import Admission
from server.consents.intake.handler import DecisionHandler
from server.consents.intake.schemas import SECRET, DecisionSchema, ReceiptSchema
from server.consents.schemas import (
    ErasedSchema,
    KeptReceiptSchema,
    OwnQuerySchema,
    OwnRecordsSchema,
    ReceiptQuerySchema,
)
from server.consents.service import visitors
from server.consents.values import NUMBER, OwnRecord
from server.core import clock
from server.core.db import transaction
from server.core.errors import Forbidden, NotFound, Unauthenticated
from server.core.http import Api, Blueprint, as_json, content, settings, whole
from server.core.json_bodies import JSON_TYPE
from server.core.limits import spend_one
from server.core.settings import Settings
from server.sites import service as sites
from server.sites.page_posts import NOT_CACHED, PREFLIGHT_SECONDS
from server.sites.values import KEY, Site

_SITE = {"type": "string", "pattern": whole(KEY)}

blueprint = Blueprint(
    "decisions",
    __name__,
    url_prefix="/api/v1",
    description="Visitors' decisions",
    path={
        "site": _SITE,
        "name": {"type": "string", "pattern": f"{whole(NUMBER)}|{whole(SECRET)}"},
    },
)

VISITOR_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "The browser's secret for the site, 22 base64url characters: the last field of its cookie",
}
"""OpenAPI security scheme of a visitor's secret."""

REQUESTS_PER_NETWORK = RateLimitItemPerMinute(120, namespace="visitors")
"""Requests of visitors, decisions and `…/me`, that one network may send about one site in a minute."""


def handler(app: Flask) -> DecisionHandler:
    """The handler of decisions, to be mounted before the application (`server.core.mounting`)."""
    known: Settings = app.extensions["samtykke"]

    def limit(address: str | None, site_key: str) -> None:
        spend_one(app, REQUESTS_PER_NETWORK, address, site_key)

    admission = Admission(app.app_context, secret_key=known.secret_key)
    return DecisionHandler(admission, limit, public_url=known.public_url)


_NOT_RECORDED: dict[str, object] = {
    "type": "object",
    "required": ["id", "recorded"],
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$", "description": "As it was sent"},
        "recorded": {"type": "boolean", "enum": [False]},
    },
    "additionalProperties": False,
}


def describe(api: Api) -> None:
    """Add the operation of the handler to the OpenAPI document, beside those of the blueprint."""
    receipt: dict[str, object] = {JSON_TYPE: {"schema": ReceiptSchema}}
    faults = {
        400: "`malformed`: not sound JSON",
        403: "`origin_not_allowed`: no Origin header, or one of another site",
        404: "`site_unknown`",
        409: "`decision_differs`, `decision_erased` or `version_unknown`",
        413: "More than 8 KiB",
        415: "Neither application/json nor text/plain",
        429: "Too many decisions from one network; see Retry-After",
        503: "Nothing was stored; see Retry-After",
    }
    responses: dict[object, object] = {
        200: {"description": "The same decision was stored before", "content": receipt},
        201: {"description": "Stored durably", "content": receipt},
        202: {
            "description": "Sent from a website for testing: checked, and not recorded",
            "content": {JSON_TYPE: {"schema": _NOT_RECORDED}},
        },
        422: "UNPROCESSABLE_ENTITY",
        "default": "DEFAULT_ERROR",
        **{status: {"description": sentence} for status, sentence in faults.items()},
    }
    operation: dict[str, object] = {
        "tags": [blueprint.name],
        "summary": "Store a visitor's decision",
        "description": "The answer comes once the record is durable. Send the same decision again, with the"
        " same `id`, until it is answered: it is stored once.",
        "requestBody": {
            "required": True,
            "content": {each: {"schema": DecisionSchema} for each in (JSON_TYPE, "text/plain")},
        },
        "responses": responses,
    }
    api.describe(DecisionHandler.route, {"post": operation}, path={"site": _SITE})


def _from_the_browser(view: Callable[..., Response]) -> Callable[..., Response]:
    """Require a visitor's secret, and an origin of the site, or this server's own: `/s/{site}/my-choice`."""

    @wraps(view)
    def admitted(site: str, **named: str) -> Response:
        spend_one(current_app, REQUESTS_PER_NETWORK, request.remote_addr, site)
        found = sites.find(site)
        origin = _origin()
        if origin != settings().origin and not found.allows_origin(origin):
            raise Forbidden(
                "pages of this origin may not ask this about this site", reason="origin_not_allowed"
            )
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or len(secret) > 22 or not SECRET.fullmatch(secret):
            raise Unauthenticated("show the browser's secret for this site as a bearer token")
        return view(found, secret, **named)

    return admitted


def _about_me(operation: Callable[..., Response]) -> Callable[..., Response]:
    """OpenAPI description shared by the operations on own records."""
    for status, sentence in (
        (401, "`authentication_required`: no Authorization header, or not a browser's secret"),
        (403, "`origin_not_allowed`: no Origin header, or neither one of the site nor this server's own"),
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
    records, rest = visitors.own_records(
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
    `samtykke log verify` or anything that knows C2SP logs. Until the next checkpoint gives a new record
    its place in the log, the answer is 503 `receipt_pending`, which says when. The profiles need no log.
    """
    secret_key = settings().secret_key
    form = query.get("profile")
    if form is None:
        number, text = visitors.own_receipt(
            site.id,
            visitor,
            name,
            secret_key=secret_key,
            now=clock.now(),
            checkpoint_every=settings().checkpoint_every,
        )
        answer, file = Response(text, mimetype="application/json"), f"samtykke-{number}.json"
    else:
        number, value = visitors.own_profile(
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
        erased = visitors.erase(
            site.id,
            visitor,
            secret_key=settings().secret_key,
            data_dir=settings().data_dir,
            now=clock.now(),
        )
    return as_json({"erased": erased})


@blueprint.after_request
def _let_the_page_read(response: Response) -> Response:
    """CORS headers of all answers, errors included, for pages of the site only."""
    headers = response.headers
    for name, value in NOT_CACHED:
        headers.set(name, value)
    if response.status_code == Unauthenticated.status:
        headers["WWW-Authenticate"] = "Bearer"
    origin = request.headers.get("Origin")
    if origin and _allows(origin):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":  # the preflight, which Flask has answered
            headers["Access-Control-Allow-Methods"] = "GET, DELETE"
            headers["Access-Control-Allow-Headers"] = "Authorization"
            headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _allows(origin: str) -> bool:
    """Whether the origin is known to be one of the site's."""
    try:
        return sites.find((request.view_args or {}).get("site", "")).allows_origin(origin)
    except (NotFound, SQLAlchemyError):
        return False


def _origin() -> str | None:
    """The origin of the request, as sent by the browser."""
    named = request.headers.get("Origin")
    if named is None and request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return settings().origin  # browsers send no Origin with same-origin reads
    return named


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
