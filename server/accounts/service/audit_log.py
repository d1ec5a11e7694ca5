"""The audit log: who did what, when, to what; a hash chain written in the transaction of each event.

A row's digest covers the row and the digest of its predecessor; the head holds the number and digest of the
newest. So a row that was changed, removed or inserted is found by verifying the chain from the start. Anyone
who can write to the database could recompute the whole chain: a digest stored elsewhere reveals that, too.
"""

import hashlib
import hmac
from collections.abc import Collection
from datetime import UTC, datetime
from typing import cast

import sqlalchemy as sa

from server.accounts.models import AuditEntry, AuditHead, User
from server.accounts.values import ACTIONS, Actor, AuditEvent, AuditLogState
from server.core.canonical import canonical
from server.core.db import Base, db, insert

MAX_LENGTH = 300
"""Most characters of a subject or a detail; longer ones are truncated."""

_ENTRY = Base.metadata.tables[AuditEntry.__tablename__]
_HEAD = cast("sa.Table", AuditHead.__table__)
_START = bytes(32)
_FORM = b"samtykke/trail/v1\n"
_BATCH = 1000
_MISREAD = str.maketrans("OIL", "011")
"""Letters that no consent number contains, and the digits that they are mistaken for."""


def record_event(
    action: str, *, by: Actor, now: datetime, site_id: str | None = None, subject: str = "", detail: str = ""
) -> None:
    """Append an event, in the caller's transaction.

    Call it last in the transaction: it locks the head until the end, so that other events wait.

    :raises ValueError: there is no such action.
    """
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action!r}")
    number, previous = _next()
    event = AuditEvent(number, now, by, action, site_id, _truncated(subject), _truncated(detail))
    digest = _digest(previous, event)
    db.session.execute(_ENTRY.insert(), [_row(event, digest)])
    db.session.execute(sa.update(_HEAD).where(_HEAD.c.id == 1).values(digest=digest))


def record_refusal(email: str, *, now: datetime) -> None:
    """Append a refused login with the address of a user; nothing for an unknown address.

    So the log cannot be filled by guessing addresses, and mistyped input is not stored.
    """
    address = email.strip().lower()
    known = (
        db.session.scalar(sa.select(User.email).where(User.email == address)) if _typable(address) else None
    )
    if known is not None:
        record_event("login_refused", by=Actor("person", known), now=now)


def mark(number: str, *, secret_key: str) -> str:
    """The pseudonym of a consent number in the audit log: a keyed digest, e.g. `consent 1f2e-…` (64 bits).

    It does not reveal the number of an erased record, but anyone who has the number can be shown its events.
    """
    plain = "".join(number.upper().split()).replace("-", "").translate(_MISREAD)
    keyed = hmac.new(secret_key.encode(), b"samtykke/trail/consent\n" + plain.encode(), hashlib.sha256)
    text = keyed.hexdigest()[:16]
    return "consent " + "-".join(text[at : at + 4] for at in range(0, 16, 4))


def audit_events(
    *,
    only: Collection[str] | None,
    site_id: str | None = None,
    by: str = "",
    action: str = "",
    actions: Collection[str] | None = None,
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> tuple[AuditEvent, ...]:
    """At most `limit` events, newest first; with `before`, only those with smaller numbers.

    With `only`, events of these sites; those of no single site are left out. With `actions`, only these.

    :param since: only events from this moment on
    :param until: only events before this moment
    """
    query = sa.select(_ENTRY).order_by(_ENTRY.c.number.desc()).limit(limit)
    if only is not None:
        query = query.where(_ENTRY.c.site_id.in_(sorted(only)))
    for column, value in (("site_id", site_id), ("by", by), ("action", action), ("subject", subject)):
        if value:
            query = query.where(_ENTRY.c[column] == value) if _typable(value) else query.where(sa.false())
    if actions is not None:
        query = query.where(_ENTRY.c.action.in_(sorted(actions)))
    if since is not None:
        query = query.where(_ENTRY.c.at >= since)
    if until is not None:
        query = query.where(_ENTRY.c.at < until)
    if before is not None:
        query = query.where(_ENTRY.c.number < max(0, min(before, 2**63 - 1)))
    return tuple(_event(row) for row in db.session.execute(query))


def events_after(
    number: int, *, limit: int, since: datetime | None = None
) -> tuple[tuple[AuditEvent, str], ...]:
    """At most `limit` events with greater numbers, oldest first, each with its hexadecimal digest.

    :param since: only those from this moment on
    """
    query = sa.select(_ENTRY).where(_ENTRY.c.number > min(number, 2**63 - 1))
    if since is not None:
        query = query.where(_ENTRY.c.at >= since)
    found = db.session.execute(query.order_by(_ENTRY.c.number).limit(limit))
    return tuple((_event(row), row.digest.hex()) for row in found)


def actors(*, only: Collection[str] | None) -> tuple[str, ...]:
    """The names of all actors in `audit_events`, sorted."""
    query = sa.select(_ENTRY.c.by).distinct().order_by(_ENTRY.c.by)
    if only is not None:
        query = query.where(_ENTRY.c.site_id.in_(sorted(only)))
    return tuple(db.session.scalars(query))


def audit_log_head() -> tuple[int, str] | None:
    """Number and hexadecimal digest of the newest entry; None if the log is empty."""
    row = db.session.execute(sa.select(_HEAD.c.size, _HEAD.c.digest).where(_HEAD.c.id == 1)).one_or_none()
    return (row.size, row.digest.hex()) if row else None


def audit_log_digest(number: int) -> str | None:
    """The hexadecimal digest of an entry; None if there is no such entry."""
    found = db.session.scalar(sa.select(_ENTRY.c.digest).where(_ENTRY.c.number == number))
    return found.hex() if found else None


def verify_audit_log() -> AuditLogState:
    """Verify the whole chain, oldest first, in constant memory; returns its state with the first fault."""
    ends = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.select(_HEAD.c.size).where(_HEAD.c.id == 1).scalar_subquery(), 0),
            sa.select(_HEAD.c.digest).where(_HEAD.c.id == 1).scalar_subquery(),
            sa.func.min(_ENTRY.c.number),
            sa.func.max(_ENTRY.c.number),
        )
    ).one()
    size, expected, first, last = ends[0], ends[1] or _START, ends[2], ends[3]
    fault = _first_fault(size, expected)
    if fault is None and (first, last) != ((1, size) if size else (None, None)):
        fault = f"the audit log has entries {first} to {last}, but its head says {size}"
    return AuditLogState(size, expected.hex(), fault)


def _first_fault(size: int, expected: bytes) -> str | None:
    """The first fault in a chain of `size` entries that must end in this digest; None if it is intact."""
    digest, number = _START, 0
    while rows := db.session.execute(
        sa.select(_ENTRY)
        .where(_ENTRY.c.number > number, _ENTRY.c.number <= size)
        .order_by(_ENTRY.c.number)
        .limit(_BATCH)
    ).all():
        for row in rows:
            number += 1
            if row.number != number:
                return f"entry {number} of the audit log is missing"
            digest = _digest(digest, _event(row))
            if digest != row.digest:
                return f"entry {number} of the audit log was altered"
    if number < size:
        return f"entry {number + 1} of the audit log is missing"
    return None if digest == expected else f"the audit log's head does not belong to entry {size}"


def _next() -> tuple[int, bytes]:
    """The number of the next entry and the previous digest; locks the head until the transaction ends."""
    taken = (
        sa.update(_HEAD)
        .where(_HEAD.c.id == 1)
        .values(size=_HEAD.c.size + 1)
        .returning(_HEAD.c.size, _HEAD.c.digest)
    )
    found = db.session.execute(taken).one_or_none()
    if found is None:
        first = insert(_HEAD).values(id=1, size=0, digest=_START).on_conflict_do_nothing()
        db.session.execute(first)
        found = db.session.execute(taken).one()
    return found.size, found.digest


def _digest(previous: bytes, event: AuditEvent) -> bytes:
    facts = {
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": event.by.name,
        "kind": event.by.kind,
        "action": event.action,
        "site": event.site_id,
        "subject": event.subject,
        "detail": event.detail,
    }
    return hashlib.sha256(_FORM + previous + canonical(facts)).digest()


def _row(event: AuditEvent, digest: bytes) -> dict[str, object]:
    return {
        "number": event.number,
        "at": event.at,
        "by": event.by.name,
        "kind": event.by.kind,
        "action": event.action,
        "site_id": event.site_id,
        "subject": event.subject,
        "detail": event.detail,
        "digest": digest,
    }


def _event(row: sa.Row[tuple[object, ...]]) -> AuditEvent:
    by = Actor(row.kind, row.by)
    return AuditEvent(row.number, row.at, by, row.action, row.site_id, row.subject, row.detail)


def _truncated(text: str) -> str:
    # Control characters cannot be stored by every database, nor shown.
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 1] + "…"


def _typable(text: str) -> bool:
    return len(text) <= MAX_LENGTH and text.isprintable()
