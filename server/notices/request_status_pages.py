"""The page on which a requester follows, confirms or withdraws a request."""

import math

from flask import Response, current_app, request
from limits import RateLimitItemPerHour

from server.core import clock, limits
from server.core.bodies import read_form
from server.core.contact_uris import is_link
from server.core.db import transaction
from server.core.errors import Conflict, NotFound, PreconditionFailed, RateLimited
from server.core.http import Blueprint, settings
from server.notices import request_rules
from server.notices.request_rules import Request
from server.notices.requester_pages import (
    HTML,
    TOO_LARGE,
    WAIT,
    day_in_words,
    form_of,
    words_of,
)
from server.notices.secret_links import LENGTH
from server.notices.service import request_messages, requester
from server.notices.site_pages import (
    CLOSED,
    LANGUAGE_PARAMETER,
    MAX_FORM,
    NO_SUCH_PAGE,
    SITE,
    Asked,
    asked,
    contact,
    page,
    private,
)
from server.sites import deletion

blueprint = Blueprint(
    "site_request_status",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE},
)

LOOKING = RateLimitItemPerHour(120, 1, "request_status")
"""Codes that a network may try."""

_STATUS_FORM = form_of(
    {
        "code": {"type": "string", "maxLength": LENGTH, "description": "The requester’s secret"},
        "do": {"type": "string", "enum": ["show", "confirm", "withdraw"]},
    },
    "code",
)


@blueprint.get("/<string:site>/request/status")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={200: {"description": "Asks for the code of the request", **HTML}, 404: NO_SUCH_PAGE},
)
def request_status(site: str) -> Response:
    """Where a requester follows a request"""
    return _asking(asked(site))


@blueprint.post("/<string:site>/request/status")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    requestBody=_STATUS_FORM,
    responses={
        200: {"description": "The request, with its answer", **HTML},
        404: {"description": "There is no such site, or no request with this code", **HTML},
        409: {"description": "The state of the request does not allow this any more", **HTML},
        410: CLOSED,
        413: TOO_LARGE,
        429: WAIT,
    },
)
def change_request(site: str) -> Response:
    """Show a request; confirm or withdraw it"""
    about = asked(site)
    form = read_form(request, MAX_FORM)
    try:
        limits.spend_one(current_app, LOOKING, request.remote_addr, about.site.key)
    except RateLimited as fault:
        answer = _asking(about, 429, "wait", minutes=math.ceil(fault.retry_after / 60))
        answer.headers["Retry-After"] = str(fault.retry_after)
        return answer
    code, step = form.get("code", "").strip(), form.get("do", "show")
    try:
        return _followed(about, _done(about, code, step), code, changed=step)
    except NotFound:
        return _asking(about, 404, "unknown")
    except (Conflict, PreconditionFailed):
        return _followed(about, _found(about, code), code, 409, changed="late")


def _done(about: Asked, code: str, step: str) -> Request:
    """The request after the step that its requester asks for; any other word shows it as it is."""
    if step not in ("confirm", "withdraw"):
        return _found(about, code)
    secret_key, now = settings().secret_key, clock.now()
    with transaction():
        # Locked, so that the second click on a button finds what the first one did.
        found = _found(about, code, locked=True)
        if step == "withdraw":
            request_messages.forget(about.site, found, now=now)
            return requester.withdraw(found, secret_key=secret_key, now=now)
        deletion.hold_open(about.site.id)
        confirmed = requester.confirm(found, secret_key=secret_key, now=now)
        if found.confirmed_at is None:
            request_messages.announce(about.site, confirmed, now=now)
        return confirmed


def _found(about: Asked, code: str, *, locked: bool = False) -> Request:
    return requester.of_token(about.site.id, code, secret_key=settings().secret_key, locked=locked)


def _asking(about: Asked, status: int = 200, error: str = "", *, minutes: int | None = None) -> Response:
    values = {"error": error, "minutes": minutes, "longest": LENGTH, "contact": contact(about)}
    return private(page("request_code.html", about, status, **values, **words_of(about)))


def _followed(about: Asked, found: Request, code: str, status: int = 200, *, changed: str = "") -> Response:
    authority = about.document["controller"]["supervisory_authority"]
    values = {
        "found": found,
        "code": code,
        "changed": changed,
        "authority": authority,
        "authority_link": is_link(authority["url"]),
        "steps": [event for event in found.events if event.action not in request_rules.FOR_STAFF],
        "day": day_in_words(about),
        "open": found.state in request_rules.OPEN,
    }
    return private(page("request_status.html", about, status, **values, **words_of(about)))
