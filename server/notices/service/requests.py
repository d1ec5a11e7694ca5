"""Requests of data subjects as they are stored: found, listed, counted, changed by a step, and deleted."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa

from server.core import sealing
from server.core.db import db
from server.core.errors import Conflict, NotFound, PreconditionFailed
from server.core.ids import new_id
from server.core.local_days import day_of
from server.notices import models, request_rules
from server.notices.request_rules import Content, Counts, Event, Request, Summary
from server.sites import service as sites

REQUEST = cast("sa.Table", models.NoticeRequest.__table__)

SEALED = "requests/content"
"""The kind of what is encrypted of a request."""

_EVENT = cast("sa.Table", models.NoticeRequestEvent.__table__)

LISTED = 50
"""Closed requests on one page."""

MOST_OPEN = 500
"""Open requests on one page; the earliest due date first."""


def find(site_id: str, request_id: str, *, secret_key: str, locked: bool = False) -> Request:
    """A request with its content and steps.

    :param locked: whether steps of others wait until the transaction ends; without it, who is second of two
        that take a step at once gets `PreconditionFailed`
    :raises NotFound: `request_unknown`: there is none, or its content was deleted.
    """
    query = sa.select(REQUEST).where(REQUEST.c.site_id == site_id, REQUEST.c.id == request_id)
    if locked:
        query = query.with_for_update()
    row = db.session.execute(query).mappings().one_or_none()
    if row is None or row["reference"] is None:
        raise unknown()
    return _request(row, secret_key)


def store(
    site_id: str,
    kind: str,
    content: Content,
    *,
    state: str,
    language: str,
    received_at: datetime,
    due_on: date,
    came: str,
    secret_key: str,
) -> Summary:
    """Store a new request, with its content encrypted.

    :param came: how; empty: by the form
    """
    request_id = new_id()
    row = {
        "site_id": site_id,
        "id": request_id,
        "reference": request_rules.new_reference(),
        "kind": kind,
        "state": state,
        "language": language,
        "received_at": received_at,
        "confirmed_at": None,
        "due_on": due_on,
        "closed_at": None,
        "came": came,
        "revision": 0,
        "sealed": _sealed(site_id, request_id, content, secret_key),
    }
    db.session.execute(REQUEST.insert(), [row])
    return summary_of(row)


def find_reference(site_id: str, typed: str) -> str:
    """The id of the request with a reference number, as somebody typed it.

    :raises NotFound: `reference_mistyped`, or `request_unknown`.
    """
    reference = request_rules.reference_as_written(typed)
    if reference is None:
        raise NotFound("a sign of this number is wrong", reason="reference_mistyped")
    query = sa.select(REQUEST.c.id).where(REQUEST.c.site_id == site_id, REQUEST.c.reference == reference)
    found = db.session.scalar(query)
    if found is None:
        raise unknown()
    return str(found)


def open_requests(site_id: str) -> tuple[Summary, ...]:
    """The requests that wait for staff, the earliest due date first, `MOST_OPEN` at most."""
    return _summaries(_open(site_id).limit(MOST_OPEN))


def open_of_sites(only: Collection[str] | None, *, limit: int) -> tuple[Summary, ...]:
    """At most `limit` requests of all sites that wait for staff, the earliest due date first.

    :param only: ids of sites; None: all
    """
    query = sa.select(REQUEST).where(
        REQUEST.c.state.in_(request_rules.OPEN), REQUEST.c.reference.is_not(None)
    )
    if only is not None:
        query = query.where(REQUEST.c.site_id.in_(sorted(only)))
    return _summaries(query.order_by(REQUEST.c.due_on, REQUEST.c.id).limit(limit))


def to_remind_of(
    site_id: str, *, today: date, after: tuple[date, str] | None, limit: int
) -> tuple[Summary, ...]:
    """At most `limit` requests that are due soon or overdue, the earliest due date first.

    :param after: due date and id of the last one of those before
    """
    query = _open(site_id).where(REQUEST.c.due_on <= request_rules.reminded_of_until(today))
    if after is not None:
        query = query.where(sa.tuple_(REQUEST.c.due_on, REQUEST.c.id) > sa.tuple_(*after))
    return _summaries(query.limit(limit))


def _open(site_id: str) -> sa.Select[Any]:
    query = sa.select(REQUEST).where(
        REQUEST.c.site_id == site_id,
        REQUEST.c.state.in_(request_rules.OPEN),
        REQUEST.c.reference.is_not(None),
    )
    return query.order_by(REQUEST.c.due_on, REQUEST.c.id)


def _summaries(query: sa.Select[Any]) -> tuple[Summary, ...]:
    return tuple(summary_of(row) for row in db.session.execute(query).mappings())


def closed_requests(site_id: str, *, before: tuple[datetime, str] | None = None) -> tuple[Summary, ...]:
    """The closed requests whose content is still stored, newest first; `LISTED` + 1 at most.

    :param before: `closed_at` and id of the last one of the page before
    """
    query = sa.select(REQUEST).where(
        REQUEST.c.site_id == site_id, REQUEST.c.closed_at.is_not(None), REQUEST.c.reference.is_not(None)
    )
    if before is not None:
        query = query.where(sa.tuple_(REQUEST.c.closed_at, REQUEST.c.id) < sa.tuple_(*_bound(before)))
    return _summaries(query.order_by(REQUEST.c.closed_at.desc(), REQUEST.c.id.desc()).limit(LISTED + 1))


def counts(site_id: str, *, now: datetime) -> Counts:
    """How many requests wait."""
    waiting = (
        sa.select(REQUEST.c.state, REQUEST.c.due_on, sa.func.count())
        .where(REQUEST.c.site_id == site_id, REQUEST.c.state.in_(request_rules.OPEN))
        .group_by(REQUEST.c.state, REQUEST.c.due_on)
    )
    unconfirmed = sa.select(sa.func.count()).where(
        REQUEST.c.site_id == site_id, REQUEST.c.state == "unconfirmed"
    )
    total, late, day = 0, 0, today(site_id, now=now)
    for state, due, count in db.session.execute(waiting):
        total += count
        late += count if request_rules.is_overdue(state, due, today=day) else 0
    return Counts(total, late, int(db.session.scalar(unconfirmed) or 0))


def open_numbers(site_ids: Collection[str]) -> dict[str, int]:
    """How many requests wait on each of these sites that has any; one indexed read."""
    query = (
        sa.select(REQUEST.c.site_id, sa.func.count())
        .where(REQUEST.c.site_id.in_(site_ids), REQUEST.c.state.in_(request_rules.OPEN))
        .group_by(REQUEST.c.site_id)
    )
    return {site_id: int(number) for site_id, number in db.session.execute(query)}


def numbers(site_id: str) -> Sequence[tuple[str, str, int]]:
    """Kind, state and how many, of all requests that were ever received and not deleted at once."""
    query = (
        sa.select(REQUEST.c.kind, REQUEST.c.state, sa.func.count())
        .where(REQUEST.c.site_id == site_id, REQUEST.c.state != "unconfirmed")
        .group_by(REQUEST.c.kind, REQUEST.c.state)
    )
    return [(kind, state, int(count)) for kind, state, count in db.session.execute(query)]


def delete(found: Request) -> None:
    """Delete a request with all its steps; nothing of it is left to be counted."""
    db.session.execute(
        sa.delete(_EVENT).where(_EVENT.c.site_id == found.site_id, _EVENT.c.request_id == found.request_id)
    )
    db.session.execute(
        sa.delete(REQUEST).where(REQUEST.c.site_id == found.site_id, REQUEST.c.id == found.request_id)
    )


def today(site_id: str, *, now: datetime) -> date:
    """The day of the site's time zone."""
    return day_of(now, sites.time_zone(site_id))


def take_step(
    found: Request, step: str, by: str, text: str, values: dict[str, Any], *, secret_key: str, now: datetime
) -> Request:
    """The request after a step that its state allows.

    :raises Conflict: `not_now`.
    :raises PreconditionFailed: somebody changed it since it was read.
    """
    try:
        state = request_rules.after(found.state, step)
    except request_rules.StepNotAllowed as fault:
        raise Conflict(str(fault), reason="not_now") from fault
    return changed(found, {"state": state, **values}, step, by, text, secret_key=secret_key, now=now)


def changed(
    found: Request, values: dict[str, Any], action: str, by: str, text: str, *, secret_key: str, now: datetime
) -> Request:
    """Change the row if it is as it was read, and add the step.

    :raises PreconditionFailed: it is not.
    """
    same = (
        REQUEST.c.site_id == found.site_id,
        REQUEST.c.id == found.request_id,
        REQUEST.c.revision == found.revision,
    )
    change = sa.update(REQUEST).where(*same).values(**values, revision=found.revision + 1)
    if db.session.execute(change.returning(REQUEST.c.id)).one_or_none() is None:
        raise PreconditionFailed("somebody changed this request meanwhile")
    add_event(found.site_id, found.request_id, action, by, text, secret_key=secret_key, now=now)
    return find(found.site_id, found.request_id, secret_key=secret_key)


def sealed(found: Summary, content: Content, *, secret_key: str) -> bytes:
    """Another content of a request, encrypted as it is stored."""
    return _sealed(found.site_id, found.request_id, content, secret_key)


def _sealed(site_id: str, request_id: str, content: Content, secret_key: str) -> bytes:
    text, place = json.dumps(asdict(content), ensure_ascii=False), place_of(site_id, request_id, "content")
    return sealing.seal(text, place, secret_key=secret_key, kind=SEALED)


def add_event(
    site_id: str, request_id: str, action: str, by: str, text: str, *, secret_key: str, now: datetime
) -> None:
    """Store a step of a request, behind those before; what is written about it is encrypted."""
    of_request = (_EVENT.c.site_id == site_id, _EVENT.c.request_id == request_id)
    newest = db.session.scalar(sa.select(sa.func.max(_EVENT.c.number)).where(*of_request)) or 0
    place = place_of(site_id, request_id, str(newest + 1))
    row = {
        "site_id": site_id,
        "request_id": request_id,
        "number": newest + 1,
        "at": now,
        "action": action,
        "by": by,
        "sealed": sealing.seal(text, place, secret_key=secret_key, kind=SEALED) if text else None,
    }
    db.session.execute(_EVENT.insert(), [row])


def place_of(site_id: str, request_id: str, part: str) -> str:
    """What the encrypted part of a request is tied to: moved elsewhere, it cannot be read."""
    return f"{site_id}/{request_id}/{part}"


def _bound(before: tuple[datetime, str]) -> tuple[Any, Any]:
    return sa.literal(before[0], REQUEST.c.closed_at.type), sa.literal(before[1])


def unknown() -> NotFound:
    """The error for a request that is not there."""
    return NotFound("there is no such request", reason="request_unknown")


def summary_of(row: Any) -> Summary:
    """The summary of a request by its row."""
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
        "came",
    )
    return {"request_id": row["id"], **{name: row[name] for name in names}}


def _request(row: Any, secret_key: str) -> Request:
    query = sa.select(_EVENT).where(_EVENT.c.site_id == row["site_id"], _EVENT.c.request_id == row["id"])
    events = db.session.execute(query.order_by(_EVENT.c.number)).mappings()
    content = _unsealed(row["sealed"], place_of(row["site_id"], row["id"], "content"), secret_key)
    return Request(
        **_fields(row),
        language=row["language"],
        content=None if content is None else Content(**json.loads(content)),
        events=tuple(_event(each, secret_key) for each in events),
    )


def _event(row: Any, secret_key: str) -> Event:
    place = place_of(row["site_id"], row["request_id"], str(row["number"]))
    text = _unsealed(row["sealed"], place, secret_key) if row["sealed"] is not None else ""
    return Event(row["number"], row["at"], row["action"], row["by"], text)


def _unsealed(sealed: bytes, place: str, secret_key: str) -> str | None:
    """The text; None if the server's key was replaced."""
    try:
        return sealing.unseal(sealed, place, secret_key=secret_key, kind=SEALED)
    except sealing.Unreadable:
        return None
