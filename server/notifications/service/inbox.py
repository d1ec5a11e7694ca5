"""The inbox of each person in the studio: messages as they were recorded, read or not, for 90 days.

Written in the transaction of what happened, like the outbox. A row is shown only while its person may see
what it is about: that is asked when it is read.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from server.core.db import db
from server.core.errors import NotFound
from server.core.ids import PATTERN, new_id
from server.notifications import models
from server.notifications.values import OWN_KINDS, Recipient

KEPT = timedelta(days=90)
"""How long a message is kept in an inbox, read or not."""

COUNTED = 100
"""The most unread messages that are counted: beyond it, nobody reads the number."""

_INBOX = cast("sa.Table", models.InboxMessage.__table__)


@dataclass(frozen=True)
class Reach:
    """What a person may see of their inbox at this moment."""

    user_id: str
    kinds: Collection[str]
    """Those whose permission their role has; what is about their own account is seen besides."""
    site_ids: Collection[str] | None
    """The sites of their role; None: all, and what concerns no single site."""


@dataclass(frozen=True)
class InboxMessage:
    """A message in somebody's inbox."""

    message_id: str
    site_id: str
    """Empty if it concerns no single site."""
    kind: str
    data: Mapping[str, str | int | None]
    """What its words name."""
    created_at: datetime
    read_at: datetime | None


def add(site_id: str, kind: str, data: str, recipients: Collection[Recipient], *, now: datetime) -> None:
    """Put a message into the inboxes of those of these people who have one.

    :param data: canonical JSON
    """
    rows = [
        {
            "site_id": site_id,
            "id": new_id(),
            "user_id": one.user_id,
            "kind": kind,
            "data": data,
            "created_at": now,
            "read_at": None,
        }
        for one in recipients
        if one.user_id
    ]
    if rows:
        db.session.execute(_INBOX.insert(), rows)


def unread(reach: Reach) -> int:
    """How many messages are unread, at most `COUNTED`; one indexed read."""
    some = sa.select(sa.literal(1)).where(*_seen(reach), _INBOX.c.read_at.is_(None)).limit(COUNTED)
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0)


def page(
    reach: Reach,
    *,
    site_id: str | None = None,
    only_unread: bool = False,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> tuple[InboxMessage, ...]:
    """At most `limit` messages, newest first; with `before`, those older than this time and id.

    :param site_id: only those about this site; None: all
    """
    query = sa.select(_INBOX).where(*_seen(reach))
    if site_id is not None:
        query = query.where(_INBOX.c.site_id == site_id)
    if only_unread:
        query = query.where(_INBOX.c.read_at.is_(None))
    if before is not None:
        query = query.where(sa.tuple_(_INBOX.c.created_at, _INBOX.c.id) < sa.tuple_(*map(sa.literal, before)))
    newest = query.order_by(_INBOX.c.created_at.desc(), _INBOX.c.id.desc()).limit(limit)
    return tuple(_message(row) for row in db.session.execute(newest))


def read(reach: Reach, message_id: str, *, now: datetime) -> InboxMessage:
    """Mark a message as read, and return it; idempotent.

    :raises NotFound: `message_unknown`: there is none, or the person may not see it.
    """
    mine = [*_seen(reach), _INBOX.c.id == message_id]
    row = (
        db.session.execute(sa.select(_INBOX).where(*mine)).first() if PATTERN.fullmatch(message_id) else None
    )
    if row is None:
        raise NotFound("there is no such message", reason="message_unknown")
    db.session.execute(
        sa.update(_INBOX)
        .where(_INBOX.c.site_id == row.site_id, _INBOX.c.id == row.id, _INBOX.c.read_at.is_(None))
        .values(read_at=now)
    )
    return _message(row)


def read_all(reach: Reach, *, site_id: str | None = None, until: datetime, now: datetime) -> int:
    """Mark all messages as read that came until a moment; returns how many.

    :param site_id: only those about this site; None: all
    :param until: of the newest that the person has seen, so that none is marked that came meanwhile
    """
    which = [*_seen(reach), _INBOX.c.read_at.is_(None), _INBOX.c.created_at <= until]
    if site_id is not None:
        which.append(_INBOX.c.site_id == site_id)
    marked = sa.update(_INBOX).where(*which).values(read_at=now)
    return cast("sa.CursorResult[Any]", db.session.execute(marked)).rowcount


def purge(*, now: datetime, batch: int) -> int:
    """Delete at most `batch` messages that are older than `KEPT`; returns how many."""
    old = sa.select(_INBOX.c.site_id, _INBOX.c.id).where(_INBOX.c.created_at <= now - KEPT).limit(batch)
    found = [(row.site_id, row.id) for row in db.session.execute(old)]
    if found:
        db.session.execute(sa.delete(_INBOX).where(sa.tuple_(_INBOX.c.site_id, _INBOX.c.id).in_(found)))
    return len(found)


def _seen(reach: Reach) -> tuple[sa.ColumnElement[bool], ...]:
    of_role: sa.ColumnElement[bool] = _INBOX.c.kind.in_(sorted(reach.kinds))
    if reach.site_ids is not None:
        of_role = sa.and_(of_role, _INBOX.c.site_id.in_(sorted(reach.site_ids)))
    # What is about the account itself has no site, and is asked of no role.
    return _INBOX.c.user_id == reach.user_id, sa.or_(_INBOX.c.kind.in_(sorted(OWN_KINDS)), of_role)


def _message(row: sa.Row[Any]) -> InboxMessage:
    data = cast("Mapping[str, str | int | None]", json.loads(row.data))
    return InboxMessage(row.id, row.site_id, row.kind, data, row.created_at, row.read_at)
