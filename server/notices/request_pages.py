"""The form for requests of data subjects."""

import math
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Response, current_app, request
from limits import RateLimitItemPerDay, RateLimitItemPerHour

from server.core import clock, email_addresses, limits
from server.core.bodies import read_form
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, RateLimited
from server.core.http import Blueprint, settings
from server.core.text_direction import isolated
from server.notices import request_rules
from server.notices.proof_of_work import LONGEST_ANSWER
from server.notices.request_input import Typed, checked
from server.notices.request_rules import Content
from server.notices.requester_pages import (
    HTML,
    TOO_LARGE,
    WAIT,
    day_in_words,
    form_of,
    words_of,
)
from server.notices.service import challenges, request_messages, requester
from server.notices.site_pages import (
    CLOSED,
    LANGUAGE_PARAMETER,
    MAX_FORM,
    NO_SUCH_PAGE,
    SITE,
    Asked,
    asked_open,
    contact,
    page,
    private,
    sends_mail,
)
from server.notices.ways_back import way_back
from server.sites import deletion

blueprint = Blueprint(
    "site_requests",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE},
)

SENDING = RateLimitItemPerHour(20, 1, "request_form")
"""Forms that a network may send about a site."""

MAILS = RateLimitItemPerDay(3, 1, "request_mail")
MAILS_IN_ALL = RateLimitItemPerDay(10, 1, "request_mail_in_all")
"""E-mails that ask to confirm, to one address: about a site, and about all.

So nobody's mailbox is filled by others. A request beyond them is stored, or others could keep somebody from
exercising a right by typing their address.
"""

WITHOUT_MAIL = RateLimitItemPerDay(50, 1, "request_without_mail")
"""Requests beyond those that staff of a site get, with an address that is not confirmed."""

_REQUEST_FORM = form_of(
    {
        "kind": {"type": "string", "enum": list(request_rules.KINDS)},
        "name": {"type": "string", "maxLength": request_rules.LONGEST_NAME},
        "email": {"type": "string", "format": "email", "maxLength": email_addresses.LONGEST},
        "message": {"type": "string", "maxLength": request_rules.LONGEST_MESSAGE},
        "proof": {
            "type": "string",
            "maxLength": LONGEST_ANSWER,
            "description": "Base64 of the JSON that solves the challenge of the page, as ALTCHA has it",
        },
    },
    "kind",
    "email",
    "proof",
)


@blueprint.get("/<string:site>/request")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    responses={
        200: {"description": "The form, with a challenge for the browser", **HTML},
        404: NO_SUCH_PAGE,
        410: CLOSED,
    },
)
def request_form(site: str) -> Response:
    """The form for a request under the GDPR"""
    kind = request.args.get("kind", "")
    return _shown(asked_open(site), Typed({"kind": kind if kind in request_rules.KINDS else ""}))


@blueprint.post("/<string:site>/request")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    requestBody=_REQUEST_FORM,
    responses={
        200: {"description": "It is stored; what comes next", **HTML},
        404: NO_SUCH_PAGE,
        409: {"description": "This form was sent before", **HTML},
        410: CLOSED,
        413: TOO_LARGE,
        422: {"description": "The form, with what is to be put right", **HTML},
        429: WAIT,
    },
)
def send_request(site: str) -> Response:
    """Send a request under the GDPR"""
    about = asked_open(site)
    form = read_form(request, MAX_FORM)
    typed = checked(form)
    try:
        limits.spend_one(current_app, SENDING, request.remote_addr, about.site.key)
        if typed.errors:
            return _shown(about, typed, 422)
        sent = _stored(about, typed.values, form.get("proof", ""))
    except RateLimited as fault:
        return _shown(about, Typed(typed.values, {"": "wait"}), 429, retry_after=fault.retry_after)
    except Invalid:
        return _shown(about, Typed(typed.values, {"": "proof"}), 422)
    except Conflict:
        return _shown(about, Typed(typed.values, {"": "sent_before"}), 409)
    mailed = sent.summary.state == "unconfirmed"
    return private(
        page(
            "request_sent.html",
            about,
            sent=sent,
            mailed=mailed,
            email=typed.values["email"],
            link=None
            if mailed
            else request_messages.link(
                about.site.key, sent.token, about.language, public=settings().public_url
            ),
            due=day_in_words(about)(sent.summary.due_on),
            **words_of(about),
        )
    )


def _stored(about: Asked, values: Mapping[str, str], proof: str) -> requester.Sent:
    known, now = settings(), clock.now()
    written = Content(values["name"], values["email"], values["message"])
    with transaction():
        deletion.hold_open(about.site.id)
        challenges.accept(about.site.id, about.site.key, proof, secret_key=known.secret_key, now=now)
        # After the work, so that nobody uses up an address of others without it.
        mailed = sends_mail() and _may_mail(about, written.email)
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


def _may_mail(about: Asked, address: str) -> bool:
    """Whether the requester is asked by e-mail to confirm the address; else staff get the request as it is.

    :raises RateLimited: they have had enough of those.
    """
    if limits.may_mail(current_app, MAILS, address, about.site.key) and limits.may_mail(
        current_app, MAILS_IN_ALL, address
    ):
        return True
    if wait := limits.counters(current_app).spend(WITHOUT_MAIL, about.site.key, now=clock.now()):
        raise RateLimited("too many requests with addresses that are not confirmed", retry_after=wait)
    return False


def _shown(about: Asked, typed: Typed, status: int = 200, *, retry_after: int | None = None) -> Response:
    back = way_back(about)
    challenge = challenges.challenge(about.site.key, secret_key=settings().secret_key, now=clock.now())
    answer = page(
        "request.html",
        about,
        status,
        typed=typed,
        challenge=challenge,
        kinds=request_rules.KINDS,
        minutes=None if retry_after is None else math.ceil(retry_after / 60),
        mailed=sends_mail(),
        contact=contact(about),
        back=back,
        host=isolated(urlsplit(back).netloc),
        **words_of(about),
    )
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return private(answer)
