"""Queries for audits of the log: whether records match their commitments, and erasures."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.consents import models
from server.consents.record import commitment, timestamp, tombstone
from server.core.canonical import canonical
from server.core.db import Base, db

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]

_BATCH = 500
_UNREADABLE = "is stored with a value that cannot be read"


@dataclass(frozen=True)
class Audited:
    """A stored decision, and its fault if any."""

    consent_id: str
    commitment: bytes
    fault: str
    """The end of a sentence about it; empty if there is none."""


def audited(site_id: str, site_key: str) -> Iterator[Sequence[Audited]]:
    """All stored decisions of a site in batches, each compared with its own record."""
    last = ""
    while True:
        some = (
            sa.select(_CONSENT)
            .where(_CONSENT.c.site_id == site_id, _CONSENT.c.consent_id > last)
            .order_by(_CONSENT.c.consent_id)
            .limit(_BATCH)
        )
        try:
            rows = db.session.execute(some).all()
        except ValueError:
            yield [_unreadable(some)]
            return
        if not rows:
            return
        last = rows[-1].consent_id
        yield [Audited(row.consent_id, bytes(row.commitment), _fault(row, site_key)) for row in rows]


def _unreadable(some: "sa.Select[tuple[object, ...]]") -> Audited:
    """The first of these rows with a value that is not of its column's type."""
    for number in db.session.scalars(some.with_only_columns(_CONSENT.c.consent_id)).all():
        try:
            db.session.execute(sa.select(_CONSENT).where(_CONSENT.c.consent_id == number)).all()
        except ValueError:
            return Audited(number, b"", _UNREADABLE)
    raise LookupError("a row that cannot be read is gone")


def erased(site_id: str, commitments: Collection[bytes]) -> set[bytes]:
    """Those of these commitments, at most a few hundred, that have an erasure."""
    found = db.session.scalars(
        sa.select(_ERASURE.c.commitment).where(
            _ERASURE.c.site_id == site_id, _ERASURE.c.commitment.in_(commitments)
        )
    )
    return {bytes(each) for each in found}


def stored(site_id: str, numbers: Collection[str]) -> set[str]:
    """Those of these consent numbers, at most a few hundred, that are stored."""
    found = db.session.scalars(
        sa.select(_CONSENT.c.consent_id).where(
            _CONSENT.c.site_id == site_id, _CONSENT.c.consent_id.in_(numbers)
        )
    )
    return set(found)


def tombstones(site_id: str) -> Iterator[bytes]:
    """The tombstones of all erasures of a site, which the log must contain."""
    last = b""
    while True:
        rows = db.session.execute(
            sa.select(_ERASURE.c.commitment, _ERASURE.c.salt)
            .where(_ERASURE.c.site_id == site_id, _ERASURE.c.commitment > last)
            .order_by(_ERASURE.c.commitment)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        last = bytes(rows[-1].commitment)
        for row in rows:
            yield tombstone(bytes(row.salt), bytes(row.commitment))


def _fault(row: sa.Row[tuple[object, ...]], site_key: str) -> str:
    try:
        return _difference(row, site_key)
    except (ValueError, LookupError, TypeError):
        return _UNREADABLE


def _difference(row: sa.Row[tuple[object, ...]], site_key: str) -> str:
    if commitment(bytes(row.salt), bytes(row.record)) != bytes(row.commitment):
        return "is not what was committed to"
    record = json.loads(row.record)
    # Lists and analytics use the columns beside the record; they must be equal to it.
    beside = {
        "site": site_key,
        "cid": row.consent_id,
        "idem": row.decision_id,
        "version": row.version,
        "lang": row.language,
        "action": row.action,
        "choices": json.loads(row.choices),
        "recorded_at": timestamp(row.recorded_at),
        "expires_at": timestamp(row.expires_at),
    }
    for key, value in beside.items():
        if record[key] != value:
            return f"is stored beside another value of {key}"
    if canonical(record) != bytes(row.record):
        return "is not in its one form"
    return ""
