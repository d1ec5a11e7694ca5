"""Queries of stored decisions: to count, to export, to find one, and for the browser that made them."""

import heapq
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from server.consents import models
from server.consents.values import (
    ACTIONS,
    NUMBER,
    ConsentRow,
    Cursor,
    Due,
    Fact,
    Filters,
    LoggedErasure,
    OwnRecord,
    RetentionRun,
    number_as_written,
)
from server.core.db import Base, UtcDateTime, db
from server.core.errors import NotFound
from server.core.ids import PATTERN

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]
_SITE = sa.table("site", sa.column("id", sa.String))
_RUN = Base.metadata.tables[models.RetentionRun.__tablename__]
Key = TypeVar("Key", str, bytes)
_Row = sa.Row[tuple[Any, ...]]

MAX_PER_BROWSER = 1000
"""Most records of one browser per page."""

_BATCH = 500
"""Most keys in one query: engines limit the number of parameters."""


def facts(keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Fact]:
    """What may be counted of these decisions, by site id and consent number; unknown ones are left out."""
    columns = _CONSENT.c
    selected = (
        columns.site_id,
        columns.consent_id,
        columns.version,
        columns.language,
        columns.action,
        columns.choices,
    )
    return {
        (row.site_id, row.consent_id): Fact(
            row.site_id,
            row.version,
            row.language,
            row.action,
            json.loads(row.choices),
        )
        for site_id, numbers in by_site(keys)
        for row in db.session.execute(
            sa.select(*selected).where(columns.site_id == site_id, columns.consent_id.in_(numbers))
        )
    }


def any_received(site_id: str) -> bool:
    """Whether a decision of this site is stored, or was until it was erased."""
    found = sa.or_(
        *(sa.exists().where(table.c.site_id == site_id) for table in (_CONSENT, _ERASURE)),
    )
    return bool(db.session.scalar(sa.select(found)))


def received(site_ids: Collection[str]) -> frozenset[str]:
    """Those of the sites that a decision of is stored, or was until it was erased; one read."""
    found = sa.or_(*(sa.exists().where(table.c.site_id == _SITE.c.id) for table in (_CONSENT, _ERASURE)))
    return frozenset(db.session.scalars(sa.select(_SITE.c.id).where(_SITE.c.id.in_(site_ids), found)))


def last_received(site_id: str) -> datetime | None:
    """When the newest stored decision of this site was recorded; None if there is none."""
    found: datetime | None = db.session.scalar(
        sa.select(sa.func.max(_CONSENT.c.recorded_at)).where(_CONSENT.c.site_id == site_id)
    )
    return found


def received_between(site_id: str, first: datetime, last: datetime) -> int:
    """Number of stored decisions recorded after `first`, and until `last`."""
    number: int | None = db.session.scalar(
        sa.select(sa.func.count()).where(
            _CONSENT.c.site_id == site_id, _CONSENT.c.recorded_at > first, _CONSENT.c.recorded_at <= last
        )
    )
    return number or 0


def export(site_id: str, filters: Filters, *, batch: int) -> Iterator[ConsentRow]:
    """Stored decisions of a site, oldest first; at most about `batch` of them are in memory."""
    yield from map(_consent, _in_order(site_id, filters, after=None, newest_first=False, batch=batch))


def page(site_id: str, filters: Filters, *, after: Cursor | None, limit: int) -> list[ConsentRow]:
    """At most `limit` stored decisions of a site, newest first: those after a cursor."""
    rows = _in_order(site_id, filters, after=after, newest_first=True, batch=limit)
    return [_consent(row) for row in islice(rows, limit)]


def find(site_id: str, consent_id: str) -> ConsentRow:
    """The decision with this public number, however it is written.

    :raises NotFound: `consent_unknown`.
    """
    number = number_as_written(consent_id)
    by_number = sa.select(_CONSENT).where(_CONSENT.c.site_id == site_id, _CONSENT.c.consent_id == number)
    # A malformed number is not sent to the database.
    row = db.session.execute(by_number).first() if NUMBER.fullmatch(number) else None
    if row is None:
        raise NotFound("no decision with this number is stored for this site", reason="consent_unknown")
    return _consent(row)


def same_browser(site_id: str, consent_id: str) -> tuple[ConsentRow, ...]:
    """The decisions of the browser that made the one with this number, newest first."""
    if not NUMBER.fullmatch(number_as_written(consent_id)):
        return ()
    rows = db.session.execute(
        sa.select(_CONSENT)
        .where(_CONSENT.c.site_id == site_id, _CONSENT.c.visitor_digest == browser_of(site_id, consent_id))
        .order_by(_CONSENT.c.recorded_at.desc(), _CONSENT.c.consent_id.desc())
        .limit(MAX_PER_BROWSER)
    )
    return tuple(map(_consent, rows))


def browser_of(site_id: str, consent_id: str) -> sa.ScalarSelect[bytes]:
    """The digest of the browser that made the decision with this number."""
    return (
        sa.select(_CONSENT.c.visitor_digest)
        .where(_CONSENT.c.site_id == site_id, _CONSENT.c.consent_id == number_as_written(consent_id))
        .scalar_subquery()
    )


# --- lists -----------------------------------------------------------------------------------------------


def _in_order(
    site_id: str, filters: Filters, *, after: Cursor | None, newest_first: bool, batch: int
) -> Iterator[_Row]:
    """The rows that match the filters, in order of time and number.

    Each combination of version and action is a range of its own in the index, so that a rare one is found
    without scanning the others; the ranges are merged.
    """
    ranges = list(_ranges(site_id, filters))
    some = max(20, batch // max(1, len(ranges)))
    streams = [
        _range(site_id, filters, range_, after=after, newest_first=newest_first, batch=some)
        for range_ in ranges
    ]
    return heapq.merge(*streams, key=lambda row: (row.recorded_at, row.consent_id), reverse=newest_first)


def _ranges(site_id: str, filters: Filters) -> Iterator[tuple[int, str] | None]:
    """Version and action of each index range; None for the range of all rows."""
    if filters.version is None and filters.action is None:
        yield None
        return
    versions = _versions(site_id) if filters.version is None else (filters.version,)
    actions = sorted(ACTIONS) if filters.action is None else (filters.action,)
    for version in versions:
        for action in actions:
            yield version, action


def _versions(site_id: str) -> Iterator[int]:
    """The versions of which decisions are stored; one index lookup for each."""
    found: int | None = 0
    while found is not None:
        found = db.session.scalar(
            sa.select(_CONSENT.c.version)
            .where(_CONSENT.c.site_id == site_id, _CONSENT.c.version > found)
            .order_by(_CONSENT.c.version)
            .limit(1)
        )
        if found is not None:
            yield found


def _range(
    site_id: str,
    filters: Filters,
    range_: tuple[int, str] | None,
    *,
    after: Cursor | None,
    newest_first: bool,
    batch: int,
) -> Iterator[_Row]:
    query = sa.select(_CONSENT).where(_CONSENT.c.site_id == site_id).limit(batch)
    if range_ is not None:
        query = query.where(_CONSENT.c.version == range_[0], _CONSENT.c.action == range_[1])
    if filters.since is not None:
        query = query.where(_CONSENT.c.recorded_at >= filters.since)
    if filters.until is not None:
        query = query.where(_CONSENT.c.recorded_at < filters.until)
    order = (_CONSENT.c.recorded_at, _CONSENT.c.consent_id)
    query = query.order_by(*(column.desc() for column in order) if newest_first else order)
    while True:
        rows = db.session.execute(
            query if after is None else query.where(_after(after, newest_first=newest_first))
        ).all()
        yield from rows
        if len(rows) < batch:
            return
        after = Cursor(rows[-1].recorded_at, rows[-1].consent_id)


def _after(cursor: Cursor, *, newest_first: bool) -> sa.ColumnElement[bool]:
    here = sa.tuple_(_CONSENT.c.recorded_at, _CONSENT.c.consent_id)
    there = sa.tuple_(cursor.recorded_at, cursor.consent_id, types=(UtcDateTime, sa.String))
    return here < there if newest_first else here > there


def of_browser(
    site_id: str, visitor_digest: bytes, *, before: Cursor | None
) -> tuple[list[OwnRecord], str | None]:
    """The records of a browser, by the digest of its secret, newest first; and a cursor for the rest."""
    query = sa.select(_CONSENT).where(
        _CONSENT.c.site_id == site_id, _CONSENT.c.visitor_digest == visitor_digest
    )
    if before is not None:
        query = query.where(_after(before, newest_first=True))
    newest = query.order_by(_CONSENT.c.recorded_at.desc(), _CONSENT.c.consent_id.desc())
    rows = db.session.execute(newest.limit(MAX_PER_BROWSER)).all()
    rest = len(rows) == MAX_PER_BROWSER and str(Cursor(rows[-1].recorded_at, rows[-1].consent_id))
    return [_own(row) for row in rows], rest or None


def own(site_id: str, visitor_digest: bytes, name: str) -> OwnRecord:
    """The record with this number or decision id, if it is stored under this digest of a browser's secret.

    :raises NotFound: `consent_unknown`.
    """
    number = number_as_written(name)
    by_id = PATTERN.fullmatch(name) is not None
    named = _CONSENT.c.decision_id == name if by_id else _CONSENT.c.consent_id == number
    mine = sa.select(_CONSENT).where(
        _CONSENT.c.site_id == site_id, _CONSENT.c.visitor_digest == visitor_digest, named
    )
    row = db.session.execute(mine).first() if by_id or NUMBER.fullmatch(number) else None
    if row is None:
        raise NotFound("this browser has no such record", reason="consent_unknown")
    return _own(row)


def whole(site_id: str, consent_id: str) -> OwnRecord:
    """The record with this public number, including salt and commitment.

    :raises NotFound: `consent_unknown`.
    """
    found = find(site_id, consent_id)
    row = db.session.execute(
        sa.select(_CONSENT).where(_CONSENT.c.site_id == site_id, _CONSENT.c.consent_id == found.consent_id)
    ).one()
    return _own(row)


def retention_runs(site_id: str, limit: int) -> tuple[RetentionRun, ...]:
    """What the newest runs have deleted of a site, newest first."""
    rows = db.session.execute(
        sa.select(_RUN).where(_RUN.c.site_id == site_id).order_by(_RUN.c.ran_at.desc()).limit(limit)
    )
    return tuple(
        RetentionRun(row.ran_at, row.retention_days, Due(row.after_expiry, row.at_the_latest)) for row in rows
    )


def erasures(*, batch: int = 1000) -> Iterator[LoggedErasure]:
    """All erasures."""
    key = sa.tuple_(_ERASURE.c.site_id, _ERASURE.c.commitment)
    columns = (_ERASURE.c.site_id, _ERASURE.c.commitment, _ERASURE.c.decision_digest)
    query = sa.select(*columns).order_by(_ERASURE.c.site_id, _ERASURE.c.commitment).limit(batch)
    after: tuple[str, bytes] = ("", b"")
    while True:
        beyond = key > sa.tuple_(*after, types=(sa.String, sa.LargeBinary))
        rows = db.session.execute(query.where(beyond)).all()
        yield from (
            LoggedErasure(row.site_id, bytes(row.commitment), bytes(row.decision_digest)) for row in rows
        )
        if len(rows) < batch:
            return
        after = (rows[-1].site_id, bytes(rows[-1].commitment))


def _own(row: sa.Row[Any]) -> OwnRecord:
    return OwnRecord(row.decision_id, json.loads(row.record), bytes(row.salt), bytes(row.commitment))


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
    """Keys per site, at most `_BATCH` at a time: no query spans two sites."""
    groups: defaultdict[str, list[Key]] = defaultdict(list)
    for site_id, key in keys:
        groups[site_id].append(key)
    for site_id, found in groups.items():
        for start in range(0, len(found), _BATCH):
            yield site_id, found[start : start + _BATCH]
