"""What staff do about a request: enter one that came by telephone, answer, refuse, take longer, note."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from server.core.email_addresses import email_address
from server.core.errors import Invalid, PreconditionFailed
from server.core.local_days import day_of
from server.core.plain_text import prose
from server.notices import replies, request_rules
from server.notices.request_rules import Content, Entry, Request, Summary
from server.notices.service import requests
from server.sites import service as sites


def _checked(site_id: str, entry: Entry, faults: Mapping[str, str], now: datetime) -> tuple[Content, date]:
    """What a request says, and the day it came.

    :raises Invalid: `errors` names all fields that are wrong.
    """
    today, typed = requests.today(site_id, now=now), entry.content
    content = Content(
        " ".join(prose(typed.name).split()),
        email_address(typed.email) or typed.email.strip(),
        prose(typed.message),
        typed.consent,
    )
    earliest = today - timedelta(days=request_rules.ENTERED_WITHIN)
    wrong = {
        **faults,
        "kind": "must be chosen" if entry.kind not in request_rules.KINDS else "",
        "came": "must be chosen" if entry.came not in request_rules.CAME else "",
        "received": _day_fault(entry.received, earliest, today),
        "name": _too_long(content.name, request_rules.LONGEST_NAME),
        "email": "is not an e-mail address" if content.email and not email_address(content.email) else "",
        "message": _too_long(content.message, request_rules.LONGEST_MESSAGE),
    }
    if not (content.name or content.email or content.message or content.consent):
        wrong["message"] = "must say who asks, or what for"
    errors: dict[str, object] = {field: why for field, why in wrong.items() if why}
    if errors or entry.received is None:
        raise Invalid("the request cannot be entered", errors=errors)
    return content, entry.received


def _day_fault(day: date | None, earliest: date, today: date) -> str:
    if day is None:
        return "is not a day"
    if day > today:
        return "is in the future"
    return "is more than a year ago" if day < earliest else ""


def _too_long(text: str, most: int) -> str:
    return f"must have at most {most} characters" if len(text) > most else ""


def enter(
    site_id: str,
    entry: Entry,
    *,
    by: str,
    secret_key: str,
    now: datetime,
    faults: Mapping[str, str] | None = None,
) -> Summary:
    """Store a request that came by telephone or in another way; its month began on the day it came.

    Nobody has confirmed the address, and no e-mail goes to it: the answer is given as it was asked for.

    :param faults: what else is wrong with it, by field
    :raises Invalid: `errors` names all fields that are wrong.
    """
    content, received = _checked(site_id, entry, faults or {}, now)
    stored = requests.store(
        site_id,
        entry.kind,
        content,
        state="received",
        language=entry.language,
        received_at=now if received == requests.today(site_id, now=now) else _noon(site_id, received),
        due_on=request_rules.due_on(received),
        came=entry.came,
        secret_key=secret_key,
    )
    requests.add_event(site_id, stored.request_id, "entered", by, "", secret_key=secret_key, now=now)
    return stored


def _noon(site_id: str, day: date) -> datetime:
    return datetime.combine(day, time(12), sites.time_zone(site_id)).astimezone(UTC)


def answer(found: Request, text: str, *, by: str, revision: int, secret_key: str, now: datetime) -> Request:
    """Answer a request.

    :raises Invalid: `errors` names `text`.
    :raises Conflict: `not_now`: it is closed.
    :raises PreconditionFailed: somebody changed it since `revision`.
    """
    return _close(found, "answer", text, by=by, revision=revision, secret_key=secret_key, now=now)


def refuse(found: Request, text: str, *, by: str, revision: int, secret_key: str, now: datetime) -> Request:
    """Refuse a request with the reason (GDPR 12(4)); raises as `answer`."""
    return _close(found, "refuse", text, by=by, revision=revision, secret_key=secret_key, now=now)


def extend(
    found: Request,
    months: int,
    reason: str,
    *,
    by: str,
    revision: int,
    secret_key: str,
    now: datetime,
) -> Request:
    """Take longer, for a reason that the requester is informed of (GDPR 12(3)).

    :raises Invalid: `errors` names `months` or `text`.
    :raises Conflict, PreconditionFailed: as `answer`.
    """
    _check_revision(found, revision)
    text = _complete(reason)
    received = day_of(found.received_at, sites.time_zone(found.site_id))
    try:
        due = request_rules.extended(received, months, today=requests.today(found.site_id, now=now))
    except request_rules.StepNotAllowed as fault:
        raise Invalid(str(fault), errors={"months": str(fault)}) from fault
    return requests.take_step(found, "extend", by, text, {"due_on": due}, secret_key=secret_key, now=now)


def note(found: Request, text: str, *, by: str, secret_key: str, now: datetime) -> Request:
    """Add a note for colleagues, in any state.

    :raises Invalid: `errors` names `text`.
    """
    return requests.changed(found, {}, "note", by, _written(text), secret_key=secret_key, now=now)


def erased(found: Request, *, by: str, secret_key: str, now: datetime) -> Request:
    """Note that decisions were erased for a request, in any state; its consent number goes with them.

    :raises PreconditionFailed: somebody changed it meanwhile.
    """
    values: dict[str, object] = {}
    if found.content is not None and found.content.consent:
        values = {"sealed": requests.sealed(found, replace(found.content, consent=""), secret_key=secret_key)}
    return requests.changed(found, values, "erased", by, "", secret_key=secret_key, now=now)


def _close(
    found: Request, step: str, text: str, *, by: str, revision: int, secret_key: str, now: datetime
) -> Request:
    _check_revision(found, revision)
    written = _complete(text)
    return requests.take_step(found, step, by, written, {"closed_at": now}, secret_key=secret_key, now=now)


def _written(text: str) -> str:
    written = prose(text)
    if not written:
        raise Invalid("nothing is written", errors={"text": "is empty"})
    if len(written) > request_rules.LONGEST_REPLY:
        fault = f"has more than {request_rules.LONGEST_REPLY} characters"
        raise Invalid(f"the text {fault}", errors={"text": fault})
    return written


def _complete(text: str) -> str:
    """What the requester is sent: nothing that is left to be filled in of a reply."""
    written = _written(text)
    left = replies.gaps(written)
    if left:
        one = len(left) == 1
        fault = f"still has a gap: {left[0]}" if one else f"still has {len(left)} gaps: {' '.join(left)}"
        raise Invalid(f"the text {fault}", errors={"text": fault})
    return written


def _check_revision(found: Request, revision: int) -> None:
    if found.revision != revision:
        raise PreconditionFailed("somebody changed this request meanwhile")
