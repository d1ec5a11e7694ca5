"""A request that came by telephone, letter or in another way than the form, entered by a member of staff."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.consents.service import decisions
from server.consents.values import NUMBER, number_as_written
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Invalid, NotFound
from server.core.http import settings
from server.notices import request_rules
from server.notices.request_rules import Content, Entry
from server.notices.service import request_answers, request_messages, requests
from server.sites import deletion
from server.sites import service as sites
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext, language_name, lazy_gettext
from server.studio.records.requests import CAME, KINDS, note_request
from server.studio.views import page, redirect_with_flash

FIELDS = ("kind", "came", "received", "name", "email", "number", "language", "message")

LABELS = {
    "kind": lazy_gettext("What is asked for"),
    "came": lazy_gettext("How it came"),
    "received": lazy_gettext("The day it came"),
    "name": lazy_gettext("Name"),
    "email": lazy_gettext("E-mail address"),
    "number": lazy_gettext("Consent number"),
    "language": lazy_gettext("Language of the answer"),
    "message": lazy_gettext("What was said or written"),
}
"""Field → label."""


@blueprint.get("/sites/<key>/requests/new")
@needs("request.handle")
def new_request() -> ResponseReturnValue:
    """The form for a request; the page of a decision gives its number."""
    today = requests.today(site().id, now=clock.now())
    empty = dict.fromkeys(FIELDS, "")
    number = request.args.get("number", "")[:40]
    return _form({**empty, "received": today.isoformat(), "number": number, "came": "phone"}, {})


@blueprint.post("/sites/<key>/requests/new")
@needs("request.handle")
def enter_request() -> ResponseReturnValue:
    """Store the request, whose month began on the day it came."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    now, by = clock.now(), identity().email
    wrong = _consent_fault(typed["number"])
    entry = Entry(
        typed["kind"],
        typed["came"],
        parsing.day(typed["received"]),
        Content(typed["name"], typed["email"], typed["message"], number_as_written(typed["number"])),
        typed["language"] if typed["language"] in _languages() else _languages()[0],
    )
    try:
        with transaction():
            deletion.hold_open(site().id)
            found = request_answers.enter(
                site().id,
                entry,
                by=by,
                secret_key=settings().secret_key,
                now=now,
                faults={"number": wrong} if wrong else {},
            )
            request_messages.announce(site(), found, by=by, now=now)
            note_request("request_entered", found)
    except Invalid as fault:
        return _form(typed, fault.errors, 422)
    said = gettext(
        "Request %(reference)s is entered. Give the requester this number.", reference=found.reference
    )
    return redirect_with_flash("request_page", said, request_id=found.request_id)


def _consent_fault(typed: str) -> str:
    """What is wrong with a consent number; nothing if there is none, or a decision has it."""
    number = number_as_written(typed)
    wrong = "is the number of no decision that is stored for this site"
    if not typed:
        return ""
    if not NUMBER.fullmatch(number):
        return wrong
    try:
        decisions.find(site().id, number)
    except NotFound:
        return wrong
    return ""


def _languages() -> tuple[str, ...]:
    newest = sites.newest(site().id)
    document = newest.document if newest else sites.draft(site().id).document
    first = document["default_language"]
    return (first, *(code for code in document["texts"] if code != first))


def _form(typed: Mapping[str, str], errors: Mapping[str, object], status: int = 200) -> Response:
    today = requests.today(site().id, now=clock.now())
    return page(
        "requests/new.html",
        status,
        typed=typed,
        errors=errors,
        labels=LABELS,
        kinds=KINDS,
        came=CAME,
        languages=[(code, language_name(code)) for code in _languages()],
        today=today.isoformat(),
        earliest=(today - timedelta(days=request_rules.ENTERED_WITHIN)).isoformat(),
    )
