"""Queries of the log: entries by index, tiles by path, and proofs computed from tiles."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.core.db import Base, db
from server.ledger import models, note, tiles
from server.ledger.note import Checkpoint, Key
from server.ledger.tiles import ENTRIES, Read, Tile
from server.ledger.tree import HASH_BYTES
from server.ledger.values import KIND_DECISION, Entry, Proof, Waiting, entry_bytes, log_of

_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]
_STATE = Base.metadata.tables[models.State.__tablename__]
_TILE = Base.metadata.tables[models.Tile.__tablename__]
_KEY = Base.metadata.tables[models.SigningKey.__tablename__]

_LARGEST = 2**62
"""Upper limit of indices: databases could not count more."""


def entries(log: str, start: int, limit: int) -> tuple[Entry, ...]:
    """At most `limit` entries of a log from index `start` on, in order."""
    rows = db.session.execute(
        sa.select(_ENTRY)
        .where(_ENTRY.c.log == log, _ENTRY.c.leaf_index >= start)
        .order_by(_ENTRY.c.leaf_index)
        .limit(limit)
    )
    return tuple(Entry(*row) for row in rows)


def logs() -> tuple[str, ...]:
    """The names of the logs that have entries, oldest first."""
    return tuple(sizes())


def sizes() -> Mapping[str, int]:
    """Number of entries in each log that has any, oldest first."""
    rows = db.session.execute(
        sa.select(_STATE.c.log, _STATE.c.size).where(_STATE.c.size > 0).order_by(_STATE.c.log)
    )
    return {row.log: row.size for row in rows}


def waiting(*, now: datetime) -> Waiting:
    """Number of waiting commitments, and the age of the oldest."""
    number = db.session.scalar(sa.select(sa.func.count()).select_from(_OUTBOX)) or 0
    oldest = db.session.scalar(sa.select(sa.func.min(_OUTBOX.c.created_at)))
    # The clock of the node that appended may be ahead.
    return Waiting(number, max(now - oldest, timedelta(0)) if oldest else timedelta(0))


# --- what others check -------------------------------------------------------------------------------------


def newest_log() -> str | None:
    """The name of the newest log; None before the first entry."""
    found: str | None = db.session.scalar(sa.select(sa.func.max(_STATE.c.log)).where(_STATE.c.size > 0))
    return found


def current_log(now: datetime) -> str:
    """The name of the log that takes entries now; it may have none yet."""
    first = log_of(now)
    newest: str | None = db.session.scalar(
        sa.select(sa.func.max(_STATE.c.log)).where(_STATE.c.log.between(first, f"{first}z"))
    )
    return newest or first


def checkpoint(log: str) -> str | None:
    """The newest signed checkpoint of a log; None if nothing was signed."""
    return db.session.scalar(sa.select(_STATE.c.checkpoint).where(_STATE.c.log == log)) or None


def keys(log: str | None = None) -> tuple[Key, ...]:
    """The keys that have signed a log, by default any log: the newest log's first, the newest key first."""
    query = (
        sa.select(_STATE.c.origin, _KEY.c.public)
        .join(_STATE, _STATE.c.log == _KEY.c.log)
        .order_by(_KEY.c.log.desc(), _KEY.c.since.desc())
    )
    if log is not None:
        query = query.where(_KEY.c.log == log)
    return tuple(Key(row.origin, row.public) for row in db.session.execute(query))


def tile(log: str, requested: Tile) -> bytes | None:
    """The hashes of a tile, or a bundle of entries; None if the log is not that large."""
    if requested.level == ENTRIES:
        return _bundle(log, requested)
    return tiles_of(log)([requested]).get(requested)


def tiles_of(log: str) -> Read:
    """A reader of the tiles of a log, for `server.ledger.tiles`."""

    def read(requested: Sequence[Tile]) -> Mapping[Tile, bytes]:
        if not requested:
            return {}
        key = sa.tuple_(_TILE.c.level, _TILE.c.tile_index)
        rows = db.session.execute(
            sa.select(_TILE.c.level, _TILE.c.tile_index, _TILE.c.hashes).where(
                _TILE.c.log == log, key.in_([(tile.level, tile.index) for tile in requested])
            )
        )
        found = {(row.level, row.tile_index): row.hashes for row in rows}
        return {
            tile: hashes[: tile.width * HASH_BYTES]
            for tile in requested
            if len(hashes := found.get((tile.level, tile.index), b"")) >= tile.width * HASH_BYTES
        }

    return read


def _bundle(log: str, requested: Tile) -> bytes | None:
    """Entries, each prefixed with its length in two bytes (C2SP tlog-tiles, Log entries)."""
    start = requested.index * tiles.WIDTH
    if start >= _LARGEST:
        return None
    rows = db.session.execute(
        sa.select(_ENTRY.c.kind, _ENTRY.c.commitment)
        .where(_ENTRY.c.log == log, _ENTRY.c.leaf_index.between(start, start + requested.width - 1))
        .order_by(_ENTRY.c.leaf_index)
    ).all()
    if len(rows) < requested.width:
        return None
    encoded = [entry_bytes(row.kind, row.commitment) for row in rows]
    return b"".join(len(each).to_bytes(2, "big") + each for each in encoded)


def prove(site_id: str, subject: str, *, kind: int = KIND_DECISION) -> Proof | None:
    """The proof that the log has the commitment to this subject, under the newest checkpoint.

    None while it waits for its index or a signature, and if there is no such commitment.
    """
    row = db.session.execute(
        sa.select(_ENTRY.c.log, _ENTRY.c.leaf_index, _ENTRY.c.commitment)
        .where(_ENTRY.c.site_id == site_id, _ENTRY.c.subject == subject, _ENTRY.c.kind == kind)
        .order_by(_ENTRY.c.log, _ENTRY.c.leaf_index)
        .limit(1)
    ).first()
    signed = checkpoint(row.log) if row is not None and subject else None
    if row is None or signed is None:
        return None
    head = head_of(signed)
    if row.leaf_index >= head.size:
        return None
    return Proof(
        log=row.log,
        origin=head.origin,
        index=row.leaf_index,
        size=head.size,
        entry=entry_bytes(kind, row.commitment),
        path=tiles.inclusion(row.leaf_index, head.size, tiles_of(row.log)),
        checkpoint=signed,
    )


def head_of(signed: str) -> Checkpoint:
    """Parse a checkpoint of our own, without verifying its signature."""
    return note.checkpoint_of(note.split(signed)[0])


def inclusion(log: str, index: int, size: int) -> tuple[bytes, ...]:
    """The inclusion proof of entry `index` at a size.

    :raises ValueError: there is no such entry, or the log never had that size.
    """
    return tiles.inclusion(index, size, tiles_of(log))


def consistency(log: str, old: int, new: int) -> tuple[bytes, ...]:
    """The consistency proof from size `old` to size `new`.

    :raises ValueError: the log never had these sizes, in this order.
    """
    if new > sizes().get(log, 0):  # a proof from size 0, or from a size to itself, needs no tile
        raise ValueError(f"the log never had {new} entries")
    return tiles.consistency(old, new, tiles_of(log))
