"""The pages by which somebody subscribes to changes of a notice by e-mail, confirms it, and ends it.

Programs that check e-mail for malware follow its links: so a link shows a page with a button, whose `POST`
does what it says. The pages set no cookie, and what they are about is in their address alone.
"""

import math
from functools import partial
from typing import Any

from flask import Response, current_app, request, url_for
from limits import RateLimitItemPerHour

from server.core import clock
from server.core.bodies import read_form
from server.core.db import transaction
from server.core.email_addresses import LONGEST, email_address
from server.core.errors import Conflict, Invalid, NotFound, RateLimited
from server.core.http import Blueprint, content, settings
from server.core.limits import may_mail, spend_one
from server.notices import retention
from server.notices.proof_of_work import LONGEST_ANSWER
from server.notices.secret_links import LENGTH, id_of
from server.notices.service import challenges, subscriptions
from server.notices.site_pages import (
    CLOSED,
    LANGUAGE_PARAMETER,
    NO_SUCH_PAGE,
    SITE,
    Asked,
    asked,
    asked_open,
    page,
    private,
    sends_mail,
)
from server.notices.words import words
from server.sites import deletion
from server.sites.values import languages

PER_NETWORK = RateLimitItemPerHour(20, namespace="subscriptions")
"""How often somebody may subscribe to one site from one network, with work that the browser has done."""

WITHOUT_WORK = RateLimitItemPerHour(3, namespace="subscriptions without work")
"""How often without, to all sites: a browser without JavaScript, or without HTTPS, can do none."""

PER_ADDRESS = RateLimitItemPerHour(3, namespace="subscription mail")
"""How many e-mails an address gets that anybody could have typed."""

MAX_FORM = 4096
"""Bytes of a form, of which the proof of the work has most."""

_TOKEN = {"type": "string", "pattern": rf"^[A-Za-z0-9_-]{{{LENGTH}}}$"}
_HTML = content("text/html")
_PAGE = {"description": "The page", **_HTML}
_FORM = {
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "required": ["address"],
                "properties": {
                    "address": {"type": "string", "format": "email", "maxLength": LONGEST},
                    "language": {
                        "type": "string",
                        "maxLength": 35,
                        "description": "One of the banner's; by default the page's",
                    },
                    "proof": {
                        "type": "string",
                        "maxLength": LONGEST_ANSWER,
                        "description": "Base64 of the JSON that solves the challenge of the page, as ALTCHA "
                        "has it; without it, few forms are taken",
                    },
                },
            }
        }
    }
}
_ONE_CLICK = {
    "required": False,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "properties": {"List-Unsubscribe": {"type": "string", "enum": ["One-Click"]}},
            }
        }
    },
}

blueprint = Blueprint(
    "site_subscriptions",
    __name__,
    url_prefix="/s",
    description="Public pages of a site",
    path={"site": SITE, "token": _TOKEN},
)


@blueprint.get("/<string:site>/notice/subscribe")
@blueprint.doc(
    tags=["notices"], parameters=[LANGUAGE_PARAMETER], responses={200: _PAGE, 404: NO_SUCH_PAGE, 410: CLOSED}
)
def subscribe(site: str) -> Response:
    """Subscribe to changes of the privacy notice by e-mail"""
    answer = _form(asked_open(site))
    # Each form has work of its own.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<string:site>/notice/subscribe")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    requestBody=_FORM,
    responses={
        200: {
            "description": "An e-mail asks for confirmation, whether or not the address was known",
            **_HTML,
        },
        404: NO_SUCH_PAGE,
        409: {"description": "This server sends no e-mail", **_HTML},
        410: CLOSED,
        413: {"description": "The form is too large", **_HTML},
        422: {"description": "The form, with what has to be corrected", **_HTML},
        429: {"description": "Too many from this network; try again after `Retry-After` seconds", **_HTML},
    },
)
def ask(site: str) -> Response:
    """Have an e-mail sent that asks for confirmation"""
    about = asked_open(site)
    form = read_form(request, MAX_FORM)
    typed, language = form.get("address", ""), form.get("language", about.language)
    if not sends_mail():
        return private(_form(about, 409))
    address, errors = email_address(typed), {}
    if address is None:
        errors["address"] = "fault_address"
    if language not in languages(about.document):
        errors["language"] = "fault_language"
    if errors or address is None:
        return private(_form(about, 422, typed=typed, language=language, errors=errors))
    try:
        if _worked(about, form.get("proof", "")):
            spend_one(current_app, PER_NETWORK, request.remote_addr, site)
        else:
            spend_one(current_app, WITHOUT_WORK, request.remote_addr, "")
    except RateLimited as fault:
        wait = _form(about, 429, typed=typed, language=language, wait=fault.retry_after)
        wait.headers["Retry-After"] = str(fault.retry_after)
        return private(wait)
    if may_mail(current_app, PER_ADDRESS, address):
        with transaction():
            deletion.hold_open(about.site.id)
            subscriptions.ask(
                about.site,
                about.document,
                address,
                language,
                link=partial(_link, about, language),
                secret_key=settings().secret_key,
                now=clock.now(),
            )
    return private(_page("subscription_sent", about, address=typed.strip(), most=PER_ADDRESS.amount))


@blueprint.get("/<string:site>/notice/subscribe/<string:token>")
@blueprint.doc(
    tags=["notices"], parameters=[LANGUAGE_PARAMETER], responses={200: _PAGE, 404: NO_SUCH_PAGE, 410: CLOSED}
)
def confirmation(site: str, token: str) -> Response:
    """Ask whether to confirm a subscription"""
    about = asked_open(site)
    try:
        subscriptions.waiting(about.site.id, token, secret_key=settings().secret_key)
    except NotFound:
        return _unknown(about)
    return private(_page("subscription_confirm", about))


@blueprint.post("/<string:site>/notice/subscribe/<string:token>")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    requestBody=_ONE_CLICK,
    responses={200: _PAGE, 404: NO_SUCH_PAGE, 410: CLOSED},
)
def confirm(site: str, token: str) -> Response:
    """Confirm a subscription"""
    about = asked_open(site)
    try:
        with transaction():
            deletion.hold_open(about.site.id)
            leave = subscriptions.confirm(
                about.site.id, token, about.language, secret_key=settings().secret_key, now=clock.now()
            )
    except NotFound:
        return _unknown(about)
    return private(_page("subscription_confirmed", about, leave=leave))


@blueprint.get("/<string:site>/notice/unsubscribe/<string:token>")
@blueprint.doc(tags=["notices"], parameters=[LANGUAGE_PARAMETER], responses={200: _PAGE, 404: NO_SUCH_PAGE})
def end(site: str, token: str) -> Response:
    """Ask whether to end a subscription"""
    about = asked(site)
    if id_of(token, about.site.id, "unsubscribe", secret_key=settings().secret_key) is None:
        return _unknown(about)
    return private(_page("subscription_leave", about))


@blueprint.post("/<string:site>/notice/unsubscribe/<string:token>")
@blueprint.doc(
    tags=["notices"],
    parameters=[LANGUAGE_PARAMETER],
    requestBody=_ONE_CLICK,
    responses={200: _PAGE, 404: NO_SUCH_PAGE},
)
def unsubscribe(site: str, token: str) -> Response:
    """End a subscription, without further questions (RFC 8058)"""
    about = asked(site)
    try:
        with transaction():
            subscriptions.unsubscribe(about.site.id, token, secret_key=settings().secret_key, now=clock.now())
    except NotFound:
        return _unknown(about)
    return private(_page("subscription_left", about))


# --- internal --------------------------------------------------------------------------------------------


def _worked(about: Asked, proof: str) -> bool:
    """Whether the browser has done its work for this form; what is too old, or was sent before, is none."""
    if not proof:
        return False
    try:
        with transaction():
            challenges.accept(
                about.site.id, about.site.key, proof, secret_key=settings().secret_key, now=clock.now()
            )
    except (Invalid, Conflict):
        return False
    return True


def _form(
    about: Asked,
    status: int = 200,
    *,
    typed: str = "",
    language: str = "",
    errors: dict[str, str] | None = None,
    wait: int = 0,
) -> Response:
    return _page(
        "subscription",
        about,
        status,
        offers_mail=sends_mail(),
        typed=typed,
        chosen=language or about.language,
        errors=errors or {},
        minutes=math.ceil(wait / 60),
        challenge=challenges.challenge(about.site.key, secret_key=settings().secret_key, now=clock.now()),
        longest=LONGEST,
    )


def _page(template: str, about: Asked, status: int = 200, **values: Any) -> Response:
    return page(
        f"{template}.html",
        about,
        status,
        w=words("subscription", about.language),
        unconfirmed=retention.CONFIRMED_WITHIN.days,
        **values,
    )


def _unknown(about: Asked) -> Response:
    return private(_page("subscription_unknown", about, 404))


def _link(about: Asked, language: str, token: str) -> str:
    """The address of the page that confirms."""
    path = url_for("site_subscriptions.confirmation", site=about.site.key, token=token, lang=language)
    return settings().public_url + path
