"""How stored decisions are read: to count, to export, to find one, and to show a browser its own."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from server.consents import models
from server.consents.values import ConsentRow, Fact, OwnRecord
from server.core.db import Base, UtcDateTime, db
from server.core.errors import NotFound

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
Key = TypeVar("Key", str, bytes)

_AT_ONCE = 500
"""Rows named in one query: engines limit the number of parameters."""


def facts(keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Fact]:
    """What may be counted of these decisions, by site id and consent number; unknown ones are left out."""
    columns = _CONSENT.c
    wanted = (
        columns.site_id,
        columns.consent_id,
        columns.recorded_at,
        columns.version,
        columns.language,
        columns.action,
        columns.choices,
    )
    return {
        (row.site_id, row.consent_id): Fact(
            row.site_id,
            row.recorded_at.date(),
            row.version,
            row.language,
            row.action,
            json.loads(row.choices),
        )
        for site_id, numbers in by_site(keys)
        for row in db.session.execute(
            sa.select(*wanted).where(columns.site_id == site_id, columns.consent_id.in_(numbers))
        )
    }


def export(site_id: str, *, batch: int = 500) -> Iterator[ConsentRow]:
    """Every stored decision of a site, oldest first; at most `batch` of them are in memory."""
    last: tuple[datetime, str] | None = None
    place = sa.tuple_(_CONSENT.c.recorded_at, _CONSENT.c.consent_id)
    query = (
        sa.select(_CONSENT)
        .where(_CONSENT.c.site_id == site_id)
        .order_by(_CONSENT.c.recorded_at, _CONSENT.c.consent_id)
        .limit(batch)
    )
    while True:
        after = query.where(place > sa.tuple_(*last, types=(UtcDateTime, sa.String))) if last else query
        rows = db.session.execute(after).all()
        yield from map(_consent, rows)
        if len(rows) < batch:
            return
        last = (rows[-1].recorded_at, rows[-1].consent_id)


def find(site_id: str, consent_id: str) -> ConsentRow:
    """The decision with this public number, however its letters are written.

    :raises NotFound: `consent_unknown`.
    """
    row = db.session.execute(
        sa.select(_CONSENT).where(
            _CONSENT.c.site_id == site_id, _CONSENT.c.consent_id == consent_id.strip().upper()
        )
    ).first()
    if row is None:
        raise NotFound("no decision with this number is stored for this site", reason="consent_unknown")
    return _consent(row)


def of_browser(site_id: str, visitor_digest: bytes) -> list[OwnRecord]:
    """Everything stored under this digest of a browser's secret, newest first."""
    rows = db.session.execute(
        sa.select(_CONSENT)
        .where(_CONSENT.c.site_id == site_id, _CONSENT.c.visitor_digest == visitor_digest)
        .order_by(_CONSENT.c.recorded_at.desc(), _CONSENT.c.consent_id.desc())
    )
    return [OwnRecord(row.decision_id, json.loads(row.record), row.salt, row.commitment) for row in rows]


def _consent(row: sa.Row[tuple[object, ...]]) -> ConsentRow:
    return ConsentRow(
        site_id=row.site_id,
        consent_id=row.consent_id,
        version=row.version,
        language=row.language,
        action=row.action,
        choices=json.loads(row.choices),
        recorded_at=row.recorded_at,
        expires_at=row.expires_at,
        record=row.record.decode("utf-8"),
        commitment=row.commitment,
    )


def by_site(keys: Iterable[tuple[str, Key]]) -> Iterator[tuple[str, list[Key]]]:
    """Keys per site, at most `_AT_ONCE` at a time: no query spans two sites."""
    groups: defaultdict[str, list[Key]] = defaultdict(list)
    for site_id, key in keys:
        groups[site_id].append(key)
    for site_id, found in groups.items():
        for start in range(0, len(found), _AT_ONCE):
            yield site_id, found[start : start + _AT_ONCE]
