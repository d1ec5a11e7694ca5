"""Daily manifests: what the log holds of each site and ended day, and the checkpoint of the day."""

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from server.core.db import Base, db, insert
from server.ledger import manifest, models
from server.ledger.manifest import Tally
from server.ledger.service.outbox import append_all
from server.ledger.service.reading import entries
from server.ledger.values import KIND_MANIFEST, Commitment, Entry, Manifest

_DAY = Base.metadata.tables[models.Day.__tablename__]
_MANIFEST = Base.metadata.tables[models.Manifest.__tablename__]
_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_STATE = Base.metadata.tables[models.State.__tablename__]

GRACE = timedelta(minutes=5)
"""Time after midnight (UTC) until a day is closed: clocks of several nodes may differ."""

_BATCH = 5000
"""Most entries in memory."""


@dataclass(frozen=True)
class EndedDay:
    """A day of a log to which no entry can be added any more."""

    log: str
    origin: str
    day: date
    start: int
    """Index of its first entry."""
    size: int
    """Number of entries of the log at its end."""
    tallies: Mapping[str, Tally]
    """By site id."""


def due_day(log: str, *, now: datetime) -> date | None:
    """The first day of a log that is over and not closed; None if there is none."""
    row = db.session.execute(
        sa.select(_ENTRY.c.sequenced_at).where(_ENTRY.c.log == log, _ENTRY.c.leaf_index == _closed(log))
    ).first()
    if row is None:
        return None
    day: date = row.sequenced_at.astimezone(UTC).date()
    again = sa.select(_DAY.c.day).where(_DAY.c.log == log, _DAY.c.day == day)
    if db.session.scalar(again) is not None:
        return None  # the end of a day was changed; `samtykke log fsck` says so
    return day if _end(day) + GRACE <= now else None


def end_day(log: str, day: date) -> None:
    """Ensure that no entry is sequenced in this day or earlier, in the caller's transaction."""
    db.session.execute(
        sa.update(_STATE)
        .where(_STATE.c.log == log, _STATE.c.updated_at < _end(day))
        .values(updated_at=_end(day))
    )


def ended(log: str, day: date) -> EndedDay:
    """The entries of a day that `end_day` has ended and that is due, as tallies by site."""
    start = size = _closed(log)
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for entry in of_day(log, start, day):
        size = entry.index + 1
        if _listed(entry):
            tallies[entry.site_id].add(entry.index, entry.encoded)
    origin = db.session.scalar(sa.select(_STATE.c.origin).where(_STATE.c.log == log)) or ""
    return EndedDay(log, origin, day, start, size, dict(tallies))


def build_manifests(ended: EndedDay, site_keys: Mapping[str, str], *, now: datetime) -> None:
    """Store the manifests of these sites (id → public key) and append their commitments, once."""
    built = [
        Manifest(
            site_id,
            ended.log,
            ended.day,
            manifest.body(key, ended.day, ended.origin, ended.tallies[site_id]),
            secrets.token_bytes(manifest.SALT_BYTES),
        )
        for site_id, key in site_keys.items()
    ]
    if not built:
        return
    statement = insert(_MANIFEST).on_conflict_do_nothing().returning(_MANIFEST.c.site_id)
    new = set(db.session.execute(statement, [vars(each) for each in built]).scalars())
    append_all([committed(each) for each in built if each.site_id in new], now=now)


def committed(found: Manifest) -> Commitment:
    """The commitment of a manifest in the log."""
    commitment = manifest.commitment(found.salt, found.body)
    return Commitment(KIND_MANIFEST, found.site_id, found.day.isoformat(), commitment)


def close(ended: EndedDay) -> None:
    """Record that the manifests of a day are built, with the checkpoint that covers its entries."""
    signed = db.session.scalar(sa.select(_STATE.c.checkpoint).where(_STATE.c.log == ended.log)) or ""
    row = {
        "log": ended.log,
        "day": ended.day,
        "start": ended.start,
        "size": ended.size,
        "checkpoint": signed,
    }
    db.session.execute(insert(_DAY).values(row).on_conflict_do_nothing())


def manifests(site_id: str, day: date) -> tuple[Manifest, ...]:
    """The manifests of a site and a day: one for each log, so nearly always one."""
    rows = db.session.execute(
        sa.select(_MANIFEST.c.log, _MANIFEST.c.body, _MANIFEST.c.salt)
        .where(_MANIFEST.c.site_id == site_id, _MANIFEST.c.day == day)
        .order_by(_MANIFEST.c.log)
    )
    return tuple(Manifest(site_id, row.log, day, row.body, row.salt) for row in rows)


def listed(found: Manifest) -> Iterator[tuple[int, bytes]]:
    """The entries that a manifest must list, with their indices."""
    row = db.session.execute(
        sa.select(_DAY.c.start).where(_DAY.c.log == found.log, _DAY.c.day == found.day)
    ).first()
    if row is None:
        return
    for entry in of_day(found.log, row.start, found.day):
        if entry.site_id == found.site_id and _listed(entry):
            yield entry.index, entry.encoded


def of_day(log: str, start: int, day: date) -> Iterator[Entry]:
    """The entries of a day, which begins at index `start`; read in batches."""
    while True:
        some = entries(log, start, _BATCH)
        for entry in some:
            if entry.sequenced_at >= _end(day):
                return
            yield entry
        if len(some) < _BATCH:
            return
        start += len(some)


def _listed(entry: Entry) -> bool:
    return bool(entry.site_id) and entry.kind != KIND_MANIFEST


def _closed(log: str) -> int:
    """Number of entries in the days that are closed."""
    return db.session.scalar(sa.select(sa.func.max(_DAY.c.size)).where(_DAY.c.log == log)) or 0


def _end(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
