"""Requests of data subjects: the list, and one with everything that staff do with it."""

from datetime import date, datetime
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.core.http import settings
from server.core.ids import PATTERN
from server.core.keyset import place, place_after
from server.notices import replies, request_rules
from server.notices.request_rules import Request, Summary
from server.notices.service import request_answers, request_messages, requests
from server.sites import service as sites
from server.studio.guard import blueprint, identity, may, needs, site
from server.studio.language import gettext, language_name, lazy_gettext
from server.studio.records import request_replies
from server.studio.views import page, redirect_with_flash

KINDS = {
    "access": lazy_gettext("Access"),
    "rectification": lazy_gettext("Rectification"),
    "erasure": lazy_gettext("Erasure"),
    "restriction": lazy_gettext("Restriction"),
    "portability": lazy_gettext("Data portability"),
    "objection": lazy_gettext("Objection"),
}
"""Kind → label."""

GUIDANCE = {
    "access": lazy_gettext(
        "Say what information you have, what for, who gets it, how long you keep it and where it comes from, "
        "name the rights and where to complain, and give a copy of the information (GDPR article 15)."
    ),
    "rectification": lazy_gettext(
        "Say what you have put right, or why not, and whom you have notified of it (GDPR articles 16 and 19)."
    ),
    "erasure": lazy_gettext(
        "Say what you have deleted, what you have to keep and why, and whom you have notified of it "
        "(GDPR articles 17 and 19)."
    ),
    "restriction": lazy_gettext(
        "Say which information you no longer use, and until when, or why you go on (GDPR article 18)."
    ),
    "portability": lazy_gettext(
        "Say which information the requester gets, in a format that programs can read, and how "
        "(GDPR article 20)."
    ),
    "objection": lazy_gettext(
        "Say what you have stopped, or which compelling grounds you have to go on. Direct marketing has to "
        "stop (GDPR article 21)."
    ),
}
"""Kind → what an answer has to say."""

STATES = {
    "unconfirmed": lazy_gettext("Not confirmed"),
    "received": lazy_gettext("Received"),
    "extended": lazy_gettext("Extended"),
    "answered": lazy_gettext("Answered"),
    "refused": lazy_gettext("Refused"),
    "withdrawn": lazy_gettext("Withdrawn"),
}
"""State → label."""

CAME = {
    "phone": lazy_gettext("By telephone"),
    "letter": lazy_gettext("By letter"),
    "email": lazy_gettext("By e-mail"),
    "person": lazy_gettext("In person"),
}
"""How a request came that staff have entered → label."""

STEPS = {
    "entered": lazy_gettext("Entered by %(who)s"),
    "sent": lazy_gettext("Sent by the requester"),
    "confirm": lazy_gettext("E-mail address confirmed by the requester"),
    "extend": lazy_gettext("Period extended by %(who)s"),
    "answer": lazy_gettext("Answered by %(who)s"),
    "refuse": lazy_gettext("Refused by %(who)s"),
    "withdraw": lazy_gettext("Withdrawn by the requester"),
    "note": lazy_gettext("Note by %(who)s"),
    "erased": lazy_gettext("Decisions erased by %(who)s"),
}
"""Step → a sentence, which says who of the staff took it."""

DONE = {
    "answer": ("request_answered", lazy_gettext("The answer is saved.")),
    "refuse": ("request_refused", lazy_gettext("The refusal is saved.")),
    "extend": ("request_extended", lazy_gettext("The period is extended.")),
    "note": ("request_noted", lazy_gettext("The note is saved.")),
}
"""Step → action in the audit log, and the sentence that says it is done."""


# --- the list --------------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/requests")
@needs("request.read")
def request_list() -> ResponseReturnValue:
    """The requests that wait, the earliest due date first, and those that are closed. No content."""
    return _list()


@blueprint.get("/sites/<key>/requests/find")
@needs("request.handle")
def find_request() -> ResponseReturnValue:
    """Redirect to the request with a reference number."""
    typed = request.args.get("reference", "").strip()
    try:
        found = requests.find_reference(site().id, typed)
    except NotFound as fault:
        mistyped = gettext("A character of this number is wrong. It looks like K7QF-3MXD-9TB.")
        missing = gettext("No request with this number is stored for this site. It may have been deleted.")
        return _list(404, typed=typed, fault=mistyped if fault.reason == "reference_mistyped" else missing)
    return redirect(url_for("studio.request_page", key=site().key, request_id=found), 303)


def _list(status: int = 200, *, typed: str = "", fault: str = "") -> Response:
    now = clock.now()
    today = requests.today(site().id, now=now)
    closed = requests.closed_requests(site().id, before=place(request.args.get("after", "")))
    more = len(closed) > requests.LISTED
    closed = closed[: requests.LISTED]
    return page(
        "requests/list.html",
        status,
        waiting=[(one, urgency(one, today)) for one in requests.open_requests(site().id)],
        closed=closed,
        older=_place_after(closed[-1]) if more else "",
        newer="after" in request.args,
        counts=requests.counts(site().id, now=now),
        numbers=_table(site().id),
        kinds=KINDS,
        states=STATES,
        published=sites.newest(site().id) is not None,
        kept=request_rules.KEPT.days,
        most=requests.MOST_OPEN,
        typed=typed,
        fault=fault,
    )


def urgency(one: Summary, today: date) -> str:
    """How urgent an open request is: `overdue`, `soon`, or nothing."""
    if request_rules.is_overdue(one.state, one.due_on, today=today):
        return "overdue"
    return "soon" if today >= one.due_on - request_rules.WARNED else ""


def _table(site_id: str) -> list[tuple[str, list[int], int]]:
    """Kind, its number in each state but `unconfirmed`, and their sum; kinds without any are left out."""
    numbers = {(kind, state): count for kind, state, count in requests.numbers(site_id)}
    rows = [(kind, [numbers.get((kind, state), 0) for state in list(STATES)[1:]]) for kind in KINDS]
    return [(kind, counted, sum(counted)) for kind, counted in rows if any(counted)]


def _place_after(last: Summary) -> str:
    if last.closed_at is None:
        raise RuntimeError("a request in the list of closed ones is not closed")
    return place_after(last.closed_at, last.request_id)


# --- one -------------------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/requests/<request_id>")
@needs("request.handle")
def request_page(request_id: str) -> ResponseReturnValue:
    """A request with its content. The access is written to the audit log."""
    return _shown(_opened(request_id))


@blueprint.post("/sites/<key>/requests/<request_id>/<any(answer, refuse, extend, note):step>")
@needs("request.handle")
def handle_request(request_id: str, step: str) -> ResponseReturnValue:
    """Answer, refuse or extend a request, or add a note; or put a reply into the form."""
    if "insert" in request.form and step in replies.STEPS:
        return _shown(_opened(request_id), step=step, insert=True)
    now, by = clock.now(), identity().email
    try:
        with transaction():
            changed = _taken(_found(request_id, locked=True), step, by, now)
            note_request(DONE[step][0], changed)
    except Invalid as fault:
        return _shown(_opened(request_id), 422, step=step, errors=fault.errors)
    except (Conflict, PreconditionFailed):
        return _shown(_opened(request_id), 409, step=step, moved=True)
    return redirect_with_flash(
        "request_page", f"{DONE[step][1]} {_sent(changed, step)}".rstrip(), request_id=request_id
    )


def _taken(found: Request, step: str, by: str, now: datetime) -> Request:
    """The request after a step of the form, with the requester informed."""
    known, text = settings(), request.form.get("text", "")
    if step == "note":
        return request_answers.note(found, text, by=by, secret_key=known.secret_key, now=now)
    revision = parsing.number(request.form.get("revision", ""))
    read = -1 if revision is None else revision
    if step == "extend":
        months = parsing.number(request.form.get("months", "")) or 0
        changed = request_answers.extend(
            found, months, text, by=by, revision=read, secret_key=known.secret_key, now=now
        )
        request_messages.announce_extension(
            site(), changed, secret_key=known.secret_key, public=known.public_url, now=now
        )
        return changed
    act = request_answers.answer if step == "answer" else request_answers.refuse
    changed = act(found, text, by=by, revision=read, secret_key=known.secret_key, now=now)
    request_messages.announce_answer(
        site(), changed, secret_key=known.secret_key, public=known.public_url, now=now
    )
    return changed


def _sent(found: Request, step: str) -> str:
    """Whether the requester is informed, for the sentence after a step."""
    if step == "note":
        return ""
    if found.came:
        return gettext("No e-mail is sent: give the requester the answer in the way it was asked for.")
    if found.confirmed_at is not None and settings().smtp_url is not None:
        return gettext("The requester gets an e-mail with a link to it.")
    if found.confirmed_at is not None:
        return gettext(
            "No e-mail is sent, since no mail server is set. The requester reads it by their link."
        )
    return gettext(
        "No e-mail is sent, since the address is not confirmed. The requester reads it by their link."
    )


@blueprint.post("/sites/<key>/requests/<request_id>/delete")
@needs("request.handle", proof=True)
def delete_request(request_id: str) -> ResponseReturnValue:
    """Delete a request with everything in it."""
    with transaction():
        found = _found(request_id, locked=True)
        request_messages.forget(site(), found, now=clock.now())
        requests.delete(found)
        note_request("request_deleted", found)
    return redirect_with_flash(
        "request_list", gettext("Request %(reference)s is deleted for good.", reference=found.reference)
    )


def _opened(request_id: str) -> Request:
    """A request whose page is shown: the audit log says who has read it, by whatever form."""
    with transaction():
        found = _found(request_id)
        note_request("request_opened", found)
    return found


def _found(request_id: str, *, locked: bool = False) -> Request:
    if not PATTERN.fullmatch(request_id):
        raise NotFound("there is no such request", reason="request_unknown")
    return requests.find(site().id, request_id, secret_key=settings().secret_key, locked=locked)


def _shown(
    found: Request,
    status: int = 200,
    *,
    step: str = "",
    errors: Any = None,
    moved: bool = False,
    insert: bool = False,
) -> Response:
    now = clock.now()
    today = requests.today(site().id, now=now)
    waits = found.state in request_rules.OPEN
    extensible = found.state == "received" and today <= found.due_on
    if (moved and not waits) or (step == "extend" and not extensible):
        # Its form is gone; what was written there must not be.
        step = "note"
    offered = request_replies.offered(found) if waits else {}
    typed = request.form.get("text", "") if step else ""
    if insert and step in offered:
        typed = request_replies.inserted(typed, offered[step])
    return page(
        "requests/one.html",
        status,
        found=found,
        open=waits,
        due=urgency(found, today),
        extensible=extensible,
        kinds=KINDS,
        states=STATES,
        steps=STEPS,
        came=CAME,
        guidance=GUIDANCE,
        language_name=language_name,
        step=step,
        typed=typed,
        replies=offered,
        reply_language=language_name(replies.language_of(found.language)),
        months=request.form.get("months", "1"),
        errors=errors or {},
        moved=moved,
        kept=request_rules.KEPT.days,
        longest=request_rules.LONGEST_REPLY,
    )


def note_request(action: str, found: Summary) -> None:
    """Append an event about a request to the audit log."""
    audit_log.record_event(
        action, by=identity().actor, site_id=site().id, subject=f"request {found.reference}", now=clock.now()
    )


def waiting() -> dict[str, Any]:
    """Counts for the overview of a site, if the user may see them."""
    counts = requests.counts(site().id, now=clock.now()) if may("request.read") else None
    return {"requests": counts if counts and counts.open else None}
