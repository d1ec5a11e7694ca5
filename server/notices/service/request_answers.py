"""What staff do about a request: answer, refuse, take longer, and note."""

from datetime import datetime

from server.core.errors import Invalid, PreconditionFailed
from server.core.local_days import day_of
from server.core.plain_text import prose
from server.notices import replies, request_rules
from server.notices.request_rules import Request
from server.notices.service import requests
from server.sites import service as sites


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
