"""Requests of data subjects: from the form to the answer, and what is left of them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.core.ids import new_id
from server.core.local_days import day_of
from server.notices import models, proof_of_work, request_rules, sealing
from server.notices.request_rules import Content, Counts, Event, Request, Summary
from server.sites import service as sites

_REQUEST = cast("sa.Table", models.NoticeRequest.__table__)
_EVENT = cast("sa.Table", models.NoticeRequestEvent.__table__)
_CHALLENGE = cast("sa.Table", models.SolvedChallenge.__table__)

LISTED = 50
"""Closed requests on one page."""

MOST_OPEN = 500
"""Open requests on one page; the earliest due date first."""


@dataclass(frozen=True)
class Sent:
    """A request that was stored."""

    summary: Summary
    token: str
    """The requester's secret."""


# --- the requester ---------------------------------------------------------------------------------------


def challenge(site_key: str, *, secret_key: str, now: datetime) -> str:
    """Work for a browser that has the form, as JSON."""
    key = sealing.derived(secret_key, "challenge")
    return proof_of_work.challenge(site_key, key=key, now=now)


def spend(site_id: str, site_key: str, answer: str, *, secret_key: str, now: datetime) -> None:
    """Accept the solution of a challenge, once.

    :raises Invalid: it is none; `errors` names `proof`.
    :raises Conflict: `already_sent`: it was accepted before.
    """
    key = sealing.derived(secret_key, "challenge")
    try:
        found = proof_of_work.solved(answer, site_key, key=key, now=now)
    except proof_of_work.NotSolved as fault:
        raise Invalid(str(fault), reason="proof_invalid", errors={"proof": str(fault)}) from fault
    row = {"site_id": site_id, "challenge": found.challenge, "expires_at": found.expires_at}
    once = insert(_CHALLENGE).values(row).on_conflict_do_nothing()
    if db.session.execute(once.returning(_CHALLENGE.c.challenge)).one_or_none() is None:
        raise Conflict("this form was sent before", reason="already_sent")


def send(
    site_id: str,
    kind: str,
    content: Content,
    *,
    language: str,
    confirmable: bool,
    secret_key: str,
    now: datetime,
) -> Sent:
    """Store a request, whose month begins now.

    :param confirmable: whether an e-mail asks the requester to confirm; otherwise staff see at once that
        the address is not confirmed
    """
    request_id, state = new_id(), "unconfirmed" if confirmable else "received"
    text = json.dumps(asdict(content), ensure_ascii=False)
    row = {
        "site_id": site_id,
        "id": request_id,
        "reference": request_rules.new_reference(),
        "kind": kind,
        "state": state,
        "language": language,
        "received_at": now,
        "confirmed_at": None,
        "due_on": request_rules.due_on(today(site_id, now=now)),
        "closed_at": None,
        "revision": 0,
        "sealed": sealing.seal(text, _place(site_id, request_id, "content"), secret_key=secret_key),
    }
    db.session.execute(_REQUEST.insert(), [row])
    _add_event(site_id, request_id, "sent", "", "", secret_key=secret_key, now=now)
    token = sealing.token(site_id, request_id, secret_key=secret_key)
    return Sent(_summary(row), token)


def of_token(site_id: str, token: str, *, secret_key: str) -> Request:
    """The request whose secret this is.

    :raises NotFound: `request_unknown`: there is none, or its content was deleted.
    """
    request_id = sealing.request_of(token.strip(), site_id, secret_key=secret_key)
    if request_id is None:
        raise _unknown()
    return find(site_id, request_id, secret_key=secret_key)


def confirm(found: Request, *, secret_key: str, now: datetime) -> Request:
    """Note that the requester reads the e-mail address; changes nothing the second time.

    :raises Conflict: `not_now`: the request is withdrawn.
    """
    if found.confirmed_at is not None:
        return found
    return _step(found, "confirm", "", "", {"confirmed_at": now}, secret_key=secret_key, now=now)


def withdraw(found: Request, *, secret_key: str, now: datetime) -> Request:
    """Close a request because the requester wants no answer; changes nothing the second time.

    One that nobody confirmed is deleted: its address may be that of somebody who never sent it.

    :raises Conflict: `not_now`: it is closed.
    """
    if found.state == "withdrawn":
        return found
    if found.state == "unconfirmed":
        delete(found)
        return replace(found, state=request_rules.after(found.state, "withdraw"))
    return _step(found, "withdraw", "", "", {"closed_at": now}, secret_key=secret_key, now=now)


# --- staff -----------------------------------------------------------------------------------------------


def find(site_id: str, request_id: str, *, secret_key: str) -> Request:
    """A request with its content and steps.

    :raises NotFound: `request_unknown`: there is none, or its content was deleted.
    """
    query = sa.select(_REQUEST).where(_REQUEST.c.site_id == site_id, _REQUEST.c.id == request_id)
    row = db.session.execute(query).mappings().one_or_none()
    if row is None or row["reference"] is None:
        raise _unknown()
    return _request(row, secret_key)


def find_reference(site_id: str, typed: str) -> str:
    """The id of the request with a reference number, as somebody typed it.

    :raises NotFound: `reference_mistyped`, or `request_unknown`.
    """
    reference = request_rules.reference_as_written(typed)
    if reference is None:
        raise NotFound("a sign of this number is wrong", reason="reference_mistyped")
    query = sa.select(_REQUEST.c.id).where(_REQUEST.c.site_id == site_id, _REQUEST.c.reference == reference)
    found = db.session.scalar(query)
    if found is None:
        raise _unknown()
    return str(found)


def open_requests(site_id: str) -> tuple[Summary, ...]:
    """The requests that wait for staff, the earliest due date first, `MOST_OPEN` at most."""
    return _summaries(_open(site_id).limit(MOST_OPEN))


def to_remind_of(
    site_id: str, *, today: date, after: tuple[date, str] | None, limit: int
) -> tuple[Summary, ...]:
    """At most `limit` requests that are due soon or overdue, the earliest due date first.

    :param after: due date and id of the last one of those before
    """
    query = _open(site_id).where(_REQUEST.c.due_on <= request_rules.reminded_of_until(today))
    if after is not None:
        query = query.where(sa.tuple_(_REQUEST.c.due_on, _REQUEST.c.id) > sa.tuple_(*after))
    return _summaries(query.limit(limit))


def _open(site_id: str) -> sa.Select[Any]:
    query = sa.select(_REQUEST).where(
        _REQUEST.c.site_id == site_id,
        _REQUEST.c.state.in_(request_rules.OPEN),
        _REQUEST.c.reference.is_not(None),
    )
    return query.order_by(_REQUEST.c.due_on, _REQUEST.c.id)


def _summaries(query: sa.Select[Any]) -> tuple[Summary, ...]:
    return tuple(_summary(row) for row in db.session.execute(query).mappings())


def closed_requests(site_id: str, *, before: tuple[datetime, str] | None = None) -> tuple[Summary, ...]:
    """The closed requests whose content is still stored, newest first; `LISTED` + 1 at most.

    :param before: `closed_at` and id of the last one of the page before
    """
    query = sa.select(_REQUEST).where(
        _REQUEST.c.site_id == site_id, _REQUEST.c.closed_at.is_not(None), _REQUEST.c.reference.is_not(None)
    )
    if before is not None:
        query = query.where(sa.tuple_(_REQUEST.c.closed_at, _REQUEST.c.id) < sa.tuple_(*_bound(before)))
    return _summaries(query.order_by(_REQUEST.c.closed_at.desc(), _REQUEST.c.id.desc()).limit(LISTED + 1))


def counts(site_id: str, *, now: datetime) -> Counts:
    """How many requests wait."""
    waiting = (
        sa.select(_REQUEST.c.state, _REQUEST.c.due_on, sa.func.count())
        .where(_REQUEST.c.site_id == site_id, _REQUEST.c.state.in_(request_rules.OPEN))
        .group_by(_REQUEST.c.state, _REQUEST.c.due_on)
    )
    unconfirmed = sa.select(sa.func.count()).where(
        _REQUEST.c.site_id == site_id, _REQUEST.c.state == "unconfirmed"
    )
    total, late, day = 0, 0, today(site_id, now=now)
    for state, due, count in db.session.execute(waiting):
        total += count
        late += count if request_rules.is_overdue(state, due, today=day) else 0
    return Counts(total, late, int(db.session.scalar(unconfirmed) or 0))


def numbers(site_id: str) -> Sequence[tuple[str, str, int]]:
    """Kind, state and how many, of all requests that were ever received and not deleted at once."""
    query = (
        sa.select(_REQUEST.c.kind, _REQUEST.c.state, sa.func.count())
        .where(_REQUEST.c.site_id == site_id, _REQUEST.c.state != "unconfirmed")
        .group_by(_REQUEST.c.kind, _REQUEST.c.state)
    )
    return [(kind, state, int(count)) for kind, state, count in db.session.execute(query)]


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
    text = _written(reason)
    received = day_of(found.received_at, sites.time_zone(found.site_id))
    try:
        due = request_rules.extended(received, months, today=today(found.site_id, now=now))
    except request_rules.NotNow as fault:
        raise Invalid(str(fault), errors={"months": str(fault)}) from fault
    return _step(found, "extend", by, text, {"due_on": due}, secret_key=secret_key, now=now)


def note(found: Request, text: str, *, by: str, secret_key: str, now: datetime) -> Request:
    """Add a note for colleagues, in any state.

    :raises Invalid: `errors` names `text`.
    """
    return _changed(found, {}, "note", by, _written(text), secret_key=secret_key, now=now)


def delete(found: Request) -> None:
    """Delete a request with all its steps; nothing of it is left to be counted."""
    db.session.execute(
        sa.delete(_EVENT).where(_EVENT.c.site_id == found.site_id, _EVENT.c.request_id == found.request_id)
    )
    db.session.execute(
        sa.delete(_REQUEST).where(_REQUEST.c.site_id == found.site_id, _REQUEST.c.id == found.request_id)
    )


def today(site_id: str, *, now: datetime) -> date:
    """The day of the site's time zone."""
    return day_of(now, sites.time_zone(site_id))


# --- internal --------------------------------------------------------------------------------------------


def _close(
    found: Request, step: str, text: str, *, by: str, revision: int, secret_key: str, now: datetime
) -> Request:
    _check_revision(found, revision)
    written = _written(text)
    return _step(found, step, by, written, {"closed_at": now}, secret_key=secret_key, now=now)


def _written(text: str) -> str:
    written = request_rules.prose_of(text)
    if not written:
        raise Invalid("nothing is written", errors={"text": "is empty"})
    if len(written) > request_rules.LONGEST_REPLY:
        fault = f"has more than {request_rules.LONGEST_REPLY} characters"
        raise Invalid(f"the text {fault}", errors={"text": fault})
    return written


def _check_revision(found: Request, revision: int) -> None:
    if found.revision != revision:
        raise PreconditionFailed("somebody changed this request meanwhile")


def _step(
    found: Request, step: str, by: str, text: str, values: dict[str, Any], *, secret_key: str, now: datetime
) -> Request:
    try:
        state = request_rules.after(found.state, step)
    except request_rules.NotNow as fault:
        raise Conflict(str(fault), reason="not_now") from fault
    return _changed(found, {"state": state, **values}, step, by, text, secret_key=secret_key, now=now)


def _changed(
    found: Request, values: dict[str, Any], action: str, by: str, text: str, *, secret_key: str, now: datetime
) -> Request:
    """Change the row if it is as it was read, and add the step."""
    same = (
        _REQUEST.c.site_id == found.site_id,
        _REQUEST.c.id == found.request_id,
        _REQUEST.c.revision == found.revision,
    )
    change = sa.update(_REQUEST).where(*same).values(**values, revision=found.revision + 1)
    if db.session.execute(change.returning(_REQUEST.c.id)).one_or_none() is None:
        raise PreconditionFailed("somebody changed this request meanwhile")
    _add_event(found.site_id, found.request_id, action, by, text, secret_key=secret_key, now=now)
    return find(found.site_id, found.request_id, secret_key=secret_key)


def _add_event(
    site_id: str, request_id: str, action: str, by: str, text: str, *, secret_key: str, now: datetime
) -> None:
    of_request = (_EVENT.c.site_id == site_id, _EVENT.c.request_id == request_id)
    newest = db.session.scalar(sa.select(sa.func.max(_EVENT.c.number)).where(*of_request)) or 0
    place = _place(site_id, request_id, str(newest + 1))
    row = {
        "site_id": site_id,
        "request_id": request_id,
        "number": newest + 1,
        "at": now,
        "action": action,
        "by": by,
        "sealed": sealing.seal(text, place, secret_key=secret_key) if text else None,
    }
    db.session.execute(_EVENT.insert(), [row])


def _place(site_id: str, request_id: str, part: str) -> str:
    return f"{site_id}/{request_id}/{part}"


def _bound(before: tuple[datetime, str]) -> tuple[Any, Any]:
    return sa.literal(before[0], _REQUEST.c.closed_at.type), sa.literal(before[1])


def _unknown() -> NotFound:
    return NotFound("there is no such request", reason="request_unknown")


def _summary(row: Any) -> Summary:
    return Summary(**_fields(row))


def _fields(row: Any) -> dict[str, Any]:
    names = (
        "site_id",
        "reference",
        "kind",
        "state",
        "received_at",
        "confirmed_at",
        "due_on",
        "closed_at",
        "revision",
    )
    return {"request_id": row["id"], **{name: row[name] for name in names}}


def _request(row: Any, secret_key: str) -> Request:
    query = sa.select(_EVENT).where(_EVENT.c.site_id == row["site_id"], _EVENT.c.request_id == row["id"])
    events = db.session.execute(query.order_by(_EVENT.c.number)).mappings()
    content = _unsealed(row["sealed"], _place(row["site_id"], row["id"], "content"), secret_key)
    return Request(
        **_fields(row),
        language=row["language"],
        content=None if content is None else Content(**json.loads(content)),
        events=tuple(_event(each, secret_key) for each in events),
    )


def _event(row: Any, secret_key: str) -> Event:
    place = _place(row["site_id"], row["request_id"], str(row["number"]))
    text = _unsealed(row["sealed"], place, secret_key) if row["sealed"] is not None else ""
    return Event(row["number"], row["at"], row["action"], row["by"], text)


def _unsealed(sealed: bytes, place: str, secret_key: str) -> str | None:
    """The text; None if the server's key was replaced."""
    try:
        return sealing.unseal(sealed, place, secret_key=secret_key)
    except sealing.Unreadable:
        return None
