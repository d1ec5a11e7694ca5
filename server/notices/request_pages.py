"""The form for requests of data subjects, and the page on which a requester follows theirs.

No cookies, and no address that names anybody: the requester's secret stands in the fragment of a link, which
browsers do not send, and in the body of a form.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Response, current_app, request
from limits import RateLimitItemPerDay, RateLimitItemPerHour
from werkzeug.datastructures import MultiDict

from server.core import clock, email_addresses, limits
from server.core.bodies import read_body
from server.core.contact_uris import is_link, mailto, tel
from server.core.db import transaction
from server.core.email_addresses import email_address
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed, RateLimited
from server.core.http import Blueprint, content, settings
from server.core.local_days import day_of
from server.notices import request_rules
from server.notices.formats import day
from server.notices.languages import of_words
from server.notices.request_rules import Content, Request
from server.notices.sealing import LONGEST_TOKEN
from server.notices.service import request_messages, requester
from server.notices.site_pages import LANGUAGE_PARAMETER, NO_SUCH_PAGE, SITE, Asked, asked, page, sends_mail
from server.notices.values import Text
from server.notices.words import words
from server.sites import service as sites

blueprint = Blueprint(
    "site_requests",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE},
)

MAX_FORM = 64 * 1024
"""Most bytes of a form: 4000 characters of four bytes each, written as `%F0%9F%98%80`, and the rest."""

SENDING = RateLimitItemPerHour(20, 1, "request_form")
"""Forms that a network may send about a site."""

TO_ADDRESS = RateLimitItemPerDay(3, 1, "request_address")
"""Requests with the same e-mail address, at all sites: nobody's mailbox is filled by others."""

LOOKING = RateLimitItemPerHour(120, 1, "request_status")
"""Codes that a network may try."""

FIELDS = ("kind", "name", "email", "message")

_HTML = content("text/html")
_TOO_LARGE = {"description": "The body is too large", **_HTML}
_WAIT = {"description": "Too many were sent; what was typed is in the page", **_HTML}


def _form(fields: Mapping[str, Mapping[str, Any]], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(fields), "required": list(required)}
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


_REQUEST_FORM = _form(
    {
        "kind": {"type": "string", "enum": list(request_rules.KINDS)},
        "name": {"type": "string", "maxLength": request_rules.LONGEST_NAME},
        "email": {"type": "string", "format": "email", "maxLength": email_addresses.LONGEST},
        "message": {"type": "string", "maxLength": request_rules.LONGEST_MESSAGE},
        "proof": {
            "type": "string",
            "maxLength": 1000,
            "description": "Base64 of the JSON that solves the challenge of the page, as ALTCHA has it",
        },
    },
    "kind",
    "email",
    "proof",
)
_STATUS_FORM = _form(
    {
        "code": {"type": "string", "maxLength": LONGEST_TOKEN, "description": "The requester’s secret"},
        "do": {"type": "string", "enum": ["show", "confirm", "withdraw"]},
    },
    "code",
)


@dataclass(frozen=True)
class Typed:
    """What was typed into the form, and what is wrong with it."""

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    """Field → key of the sentence in the words of the page."""


class _AddressUsedUp(Exception):
    """As many requests were sent with an e-mail address as may be in a day."""


# --- the form --------------------------------------------------------------------------------------------


@blueprint.get("/<string:site>/request")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {"description": "The form, with a challenge for the browser", **_HTML},
        404: NO_SUCH_PAGE,
    },
)
def request_form(site: str) -> Response:
    """The form for a request under the GDPR"""
    kind = request.args.get("kind", "")
    return _shown(asked(site), Typed({"kind": kind if kind in request_rules.KINDS else ""}))


@blueprint.post("/<string:site>/request")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    requestBody=_REQUEST_FORM,
    responses={
        200: {"description": "It is stored; what comes next", **_HTML},
        404: NO_SUCH_PAGE,
        409: {"description": "This form was sent before", **_HTML},
        413: _TOO_LARGE,
        422: {"description": "The form, with what is to be put right", **_HTML},
        429: _WAIT,
    },
)
def send_request(site: str) -> Response:
    """Send a request under the GDPR"""
    about = asked(site)
    form = _sent_form()
    typed = _checked(form)
    try:
        limits.spend_one(current_app, SENDING, request.remote_addr, about.site.key)
        if typed.errors:
            return _shown(about, typed, 422)
        sent = _stored(about, typed.values, form.get("proof", ""))
    except RateLimited as fault:
        return _shown(about, Typed(typed.values, {"": "wait"}), 429, retry_after=fault.retry_after)
    except _AddressUsedUp:
        used_up = Typed(typed.values, {"email": "wait_address"})
        return _shown(about, used_up, 429, retry_after=TO_ADDRESS.get_expiry())
    except Invalid:
        return _shown(about, Typed(typed.values, {"": "proof"}), 422)
    except Conflict:
        return _shown(about, Typed(typed.values, {"": "sent_before"}), 409)
    mailed = sent.summary.state == "unconfirmed"
    return _private(
        page(
            "request_sent.html",
            about,
            sent=sent,
            mailed=mailed,
            link=None
            if mailed
            else request_messages.link(
                about.site.key, sent.token, about.language, public=settings().public_url
            ),
            due=_day_in_words(about)(sent.summary.due_on),
            **_words(about),
        )
    )


def _sent_form() -> MultiDict[str, str]:
    """The fields of the body; none if it is not a form without files.

    :raises TooLarge: it has more than `MAX_FORM` bytes.
    """
    read_body(request, MAX_FORM)
    plain = request.mimetype == "application/x-www-form-urlencoded"
    return MultiDict(request.form) if plain else MultiDict()


def _checked(form: MultiDict[str, str]) -> Typed:
    """What was typed, made ready to be stored; a value with an error stays as it was typed."""
    values = {name: form.get(name, "") for name in FIELDS}
    errors = {name: "twice" for name in FIELDS if len(form.getlist(name)) > 1}
    if values["kind"] not in request_rules.KINDS:
        errors.setdefault("kind", "kind")
    name = " ".join(request_rules.prose_of(values["name"]).split())
    if len(name) > request_rules.LONGEST_NAME:
        errors.setdefault("name", "name")
    email = email_address(values["email"])
    if email is None:
        errors.setdefault("email", "email" if values["email"].strip() else "email_missing")
    message = request_rules.prose_of(values["message"])
    if len(message) > request_rules.LONGEST_MESSAGE:
        errors.setdefault("message", "message")
    ready = {**values, "name": name, "email": email or values["email"], "message": message}
    return Typed(ready, errors)


def _stored(about: Asked, values: Mapping[str, str], proof: str) -> requester.Sent:
    known, now = settings(), clock.now()
    mailed = sends_mail()
    written = Content(values["name"], values["email"], values["message"])
    with transaction():
        requester.spend(about.site.id, about.site.key, proof, secret_key=known.secret_key, now=now)
        # After the work, so that nobody uses up an address of others without it.
        if not limits.may_mail(current_app, TO_ADDRESS, written.email):
            raise _AddressUsedUp
        sent = requester.send(
            about.site.id,
            values["kind"],
            written,
            language=about.language,
            confirmable=mailed,
            secret_key=known.secret_key,
            now=now,
        )
        if mailed:
            request_messages.ask_to_confirm(
                about.site, sent, written.email, about.language, public=known.public_url, now=now
            )
        else:
            request_messages.announce(about.site, sent.summary, now=now)
    return sent


def _shown(about: Asked, typed: Typed, status: int = 200, *, retry_after: int | None = None) -> Response:
    challenge = requester.challenge(about.site.key, secret_key=settings().secret_key, now=clock.now())
    answer = page(
        "request.html",
        about,
        status,
        typed=typed,
        challenge=challenge,
        kinds=request_rules.KINDS,
        minutes=None if retry_after is None else math.ceil(retry_after / 60),
        mailed=sends_mail(),
        contact=_contact(about),
        longest=request_rules,
        **_words(about),
    )
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return _private(answer)


# --- the requester's page --------------------------------------------------------------------------------


@blueprint.get("/<string:site>/request/status")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={200: {"description": "Asks for the code of the request", **_HTML}, 404: NO_SUCH_PAGE},
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
        200: {"description": "The request, with its answer", **_HTML},
        404: {"description": "There is no such site, or no request with this code", **_HTML},
        409: {"description": "The state of the request does not allow this any more", **_HTML},
        413: _TOO_LARGE,
        429: _WAIT,
    },
)
def change_request(site: str) -> Response:
    """Show a request; confirm or withdraw it"""
    about = asked(site)
    form = _sent_form()
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
        found = _found(about, code)
        if step == "withdraw":
            request_messages.forget(about.site, found, now=now)
            return requester.withdraw(found, secret_key=secret_key, now=now)
        confirmed = requester.confirm(found, secret_key=secret_key, now=now)
        if found.confirmed_at is None:
            request_messages.announce(about.site, confirmed, now=now)
        return confirmed


def _found(about: Asked, code: str) -> Request:
    return requester.of_token(about.site.id, code, secret_key=settings().secret_key)


def _asking(about: Asked, status: int = 200, error: str = "", *, minutes: int | None = None) -> Response:
    values = {"error": error, "minutes": minutes, "longest": LONGEST_TOKEN, "contact": _contact(about)}
    return _private(page("request_code.html", about, status, **values, **_words(about)))


def _followed(about: Asked, found: Request, code: str, status: int = 200, *, changed: str = "") -> Response:
    authority = about.document["controller"]["supervisory_authority"]
    values = {
        "found": found,
        "code": code,
        "changed": changed,
        "authority": authority,
        "authority_link": is_link(authority["url"]),
        "steps": [event for event in found.events if event.action != "note"],
        "day": _day_in_words(about),
        "open": found.state in request_rules.OPEN,
    }
    return _private(page("request_status.html", about, status, **values, **_words(about)))


# --- both ------------------------------------------------------------------------------------------------


def _words(about: Asked) -> dict[str, Any]:
    return {"w": words("requests", about.language)}


def _day_in_words(about: Asked) -> Callable[[date], str]:
    """Writes a day, or that of a moment in the site's time zone, with the month in letters."""
    language, zone = of_words(about.language), sites.time_zone(about.site.id)

    def write(when: date) -> str:
        return day(day_of(when, zone) if isinstance(when, datetime) else when, language).text

    return write


def _contact(about: Asked) -> list[Text]:
    """How to reach the controller without this form."""
    contacts = about.document["controller"]["contacts"]
    email, url, phone = contacts["email"], contacts["url"], contacts["phone"]
    ways = ((email, mailto(email)), (url, url), (phone, tel(phone)))
    return [Text(text, about.language, href or "") for text, href in ways if text]


def _private(answer: Response) -> Response:
    """The answer, which no cache stores and no search engine lists, and whose address no link passes on."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
