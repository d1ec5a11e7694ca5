"""Who did what, when, to what: written in the transaction of the deed, each row chained to the one before.

A row's digest covers the row and the digest of its predecessor; the head keeps the number and digest of the
newest. So a row that was altered, taken out or put in between is found by reading the chain from the start.
Who can write to the database could compute all of it anew: a digest that was kept elsewhere tells that too.
"""

import hashlib
import hmac
from collections.abc import Collection
from datetime import UTC, datetime
from typing import cast

import sqlalchemy as sa

from server.accounts.models import TrailEntry, TrailHead, User
from server.accounts.values import ACTIONS, Actor, Deed, TrailState
from server.core.canonical import canonical
from server.core.db import Base, db, insert

LONGEST = 300
"""Characters of a subject or a detail; more are cut off."""

_ENTRY = Base.metadata.tables[TrailEntry.__tablename__]
_HEAD = cast("sa.Table", TrailHead.__table__)
_START = bytes(32)
_FORM = b"samtykke/trail/v1\n"
_AT_ONCE = 1000
_MISREAD = str.maketrans("OIL", "011")
"""Letters that no number has, and the digits that they were."""


def note(
    action: str, *, by: Actor, now: datetime, site_id: str | None = None, subject: str = "", detail: str = ""
) -> None:
    """Write down a deed, durable once the caller's transaction is, and undone with it.

    To be called last in the transaction: everybody else's deeds wait from here to its end.

    :raises ValueError: there is no such action.
    """
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action!r}")
    number, previous = _next()
    deed = Deed(number, now, by, action, site_id, _cut(subject), _cut(detail))
    made = _digest(previous, deed)
    db.session.execute(_ENTRY.insert(), [_row(deed, made)])
    db.session.execute(sa.update(_HEAD).where(_HEAD.c.id == 1).values(digest=made))


def note_refusal(email: str, *, now: datetime) -> None:
    """Write down that a login with somebody's address was refused; nothing where nobody has the address.

    So nobody fills the trail by guessing addresses, and what was typed by mistake is not kept.
    """
    address = email.strip().lower()
    known = (
        db.session.scalar(sa.select(User.email).where(User.email == address)) if _typable(address) else None
    )
    if known is not None:
        note("login_refused", by=Actor("person", known), now=now)


def mark(number: str, *, secret_key: str) -> str:
    """What stands in the trail for a consent's number: the same for the same number, and leading nowhere.

    An erased record's number may live on in somebody's mail; with the trail alone, nobody finds from it who
    asked for what, and whoever has the number can still be shown what was done with it.
    """
    plain = "".join(number.upper().split()).replace("-", "").translate(_MISREAD)
    keyed = hmac.new(secret_key.encode(), b"samtykke/trail/consent\n" + plain.encode(), hashlib.sha256)
    text = keyed.hexdigest()[:16]
    return "consent " + "-".join(text[at : at + 4] for at in range(0, 16, 4))


def trail(
    *,
    only: Collection[str] | None,
    site_id: str | None = None,
    by: str = "",
    action: str = "",
    subject: str = "",
    before: int | None = None,
    limit: int,
) -> tuple[Deed, ...]:
    """At most `limit` deeds, newest first; with `before`, those with smaller numbers.

    With `only`, those on these sites alone: what concerns no one site is then left out.
    """
    found = sa.select(_ENTRY).order_by(_ENTRY.c.number.desc()).limit(limit)
    if only is not None:
        found = found.where(_ENTRY.c.site_id.in_(sorted(only)))
    for column, wanted in (("site_id", site_id), ("by", by), ("action", action), ("subject", subject)):
        if wanted:
            found = found.where(_ENTRY.c[column] == wanted) if _typable(wanted) else found.where(sa.false())
    if before is not None:
        found = found.where(_ENTRY.c.number < max(0, min(before, 2**63 - 1)))
    return tuple(_deed(row) for row in db.session.execute(found))


def actors(*, only: Collection[str] | None) -> tuple[str, ...]:
    """Whoever did something that `trail` shows, by name."""
    found = sa.select(_ENTRY.c.by).distinct().order_by(_ENTRY.c.by)
    if only is not None:
        found = found.where(_ENTRY.c.site_id.in_(sorted(only)))
    return tuple(db.session.scalars(found))


def trail_head() -> tuple[int, str] | None:
    """Number and digest, hexadecimal, of the newest entry; none where nobody has done anything yet."""
    row = db.session.execute(sa.select(_HEAD.c.size, _HEAD.c.digest).where(_HEAD.c.id == 1)).one_or_none()
    return (row.size, row.digest.hex()) if row else None


def trail_digest(number: int) -> str | None:
    """The digest of an entry, hexadecimal; none where there is no such entry."""
    found = db.session.scalar(sa.select(_ENTRY.c.digest).where(_ENTRY.c.number == number))
    return found.hex() if found else None


def check_trail() -> TrailState:
    """Read the whole chain, oldest first, in constant memory, and say where it breaks first."""
    ends = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.select(_HEAD.c.size).where(_HEAD.c.id == 1).scalar_subquery(), 0),
            sa.select(_HEAD.c.digest).where(_HEAD.c.id == 1).scalar_subquery(),
            sa.func.min(_ENTRY.c.number),
            sa.func.max(_ENTRY.c.number),
        )
    ).one()
    size, wanted, first, last = ends[0], ends[1] or _START, ends[2], ends[3]
    fault = _broken(size, wanted)
    if fault is None and (first, last) != ((1, size) if size else (None, None)):
        fault = f"the audit trail has entries {first} to {last}, but its head says {size}"
    return TrailState(size, wanted.hex(), fault)


def _broken(size: int, wanted: bytes) -> str | None:
    """Where the chain of this many entries breaks first, or that it does not end in this digest."""
    digest, number = _START, 0
    while rows := db.session.execute(
        sa.select(_ENTRY)
        .where(_ENTRY.c.number > number, _ENTRY.c.number <= size)
        .order_by(_ENTRY.c.number)
        .limit(_AT_ONCE)
    ).all():
        for row in rows:
            number += 1
            if row.number != number:
                return f"entry {number} of the audit trail is missing"
            digest = _digest(digest, _deed(row))
            if digest != row.digest:
                return f"entry {number} of the audit trail was altered"
    if number < size:
        return f"entry {number + 1} of the audit trail is missing"
    return None if digest == wanted else f"the audit trail's head does not belong to entry {size}"


def _next() -> tuple[int, bytes]:
    """The number of the next entry and the digest before it; the head is ours until the transaction ends."""
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


def _digest(previous: bytes, deed: Deed) -> bytes:
    facts = {
        "number": deed.number,
        "at": deed.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": deed.by.name,
        "kind": deed.by.kind,
        "action": deed.action,
        "site": deed.site_id,
        "subject": deed.subject,
        "detail": deed.detail,
    }
    return hashlib.sha256(_FORM + previous + canonical(facts)).digest()


def _row(deed: Deed, digest: bytes) -> dict[str, object]:
    return {
        "number": deed.number,
        "at": deed.at,
        "by": deed.by.name,
        "kind": deed.by.kind,
        "action": deed.action,
        "site_id": deed.site_id,
        "subject": deed.subject,
        "detail": deed.detail,
        "digest": digest,
    }


def _deed(row: sa.Row[tuple[object, ...]]) -> Deed:
    by = Actor(row.kind, row.by)
    return Deed(row.number, row.at, by, row.action, row.site_id, row.subject, row.detail)


def _cut(text: str) -> str:
    # What a database cannot store, or a page not show, has no place in a line of text.
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _typable(text: str) -> bool:
    return len(text) <= LONGEST and text.isprintable()
