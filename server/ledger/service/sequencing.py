"""The sequencer: assigns indices to the rows of the outbox, in order and once, under a signed checkpoint.

A fact is committed to in the transaction that stores it, by a row in the outbox. One sequencer at a time then
assigns indices to the rows. Consumers read the log by index, so they miss nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.core.db import Base, db, insert
from server.ledger import models, tiles
from server.ledger.note import Checkpoint
from server.ledger.service.reading import current_log, tiles_of
from server.ledger.service.signing import Signer
from server.ledger.tiles import Tile
from server.ledger.tree import EMPTY_ROOT, HASH_BYTES, leaf_hash
from server.ledger.values import (
    KIND_KEY,
    Commitment,
    entry_bytes,
    key_commitment,
    successor,
)

_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_KEY = Base.metadata.tables[models.SigningKey.__tablename__]
_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]
_STATE = Base.metadata.tables[models.State.__tablename__]
_TILE = Base.metadata.tables[models.Tile.__tablename__]


class _Outrun(Exception):
    """Another sequencer was faster."""


def succeed(log: str, *, now: datetime) -> str:
    """Start another log for new entries, in the caller's transaction; returns its name.

    For a log that has signed more than the database contains, because that was restored from a backup:
    continuing it would sign a second history of the same log.
    """
    following = successor(log)
    _begin(log, now)
    _begin(following, now)
    return following


def sequence(*, now: datetime, limit: int = 1000, signer: Signer | None = None) -> int:
    """Assign the next indices of the log of `now` to up to `limit` waiting commitments; returns how many.

    Entries, tree and checkpoint are written in the caller's transaction. Returns 0 also if another sequencer
    was faster; then nothing was changed, and the caller retries later. A signer that is new to this log adds
    an entry for its key, which is included in the count. Without a signer the newest checkpoint stays.

    :raises RuntimeError: stored tiles contradict the root.
    """
    log = current_log(now)
    # The size is read before the outbox: in the other order, another sequencer could take the rows between
    # the two reads, and the swap below would still succeed and assign a second index.
    head = _head(log, now)
    waiting = db.session.execute(
        # Oldest first for fairness; correctness does not depend on the order.
        sa.select(_OUTBOX).order_by(_OUTBOX.c.created_at, _OUTBOX.c.id).limit(limit)
    ).all()
    origin = head.origin or (signer.origin(log) if signer else "")
    event = _event(log, origin, signer)
    if not waiting and event is None:
        return 0
    events = [event] if event else []
    new = [(each.kind, each.commitment) for each in events] + [(row.kind, row.commitment) for row in waiting]
    leaves = [leaf_hash(entry_bytes(kind, commitment)) for kind, commitment in new]
    try:
        with db.session.begin_nested():  # undoes the work of a losing sequencer, and not that of its caller
            grown = _grown(log, head, leaves)
            # Clocks that differ or are set back never make an entry older than its predecessor.
            moment = max(now, head.updated_at)
            _swap(log, head, grown, origin, moment)
            taken = _take([row.id for row in waiting])
            _write_tiles(log, grown)
            db.session.execute(_ENTRY.insert(), _placed([*events, *taken], log, head.size, moment))
            if signer and event:
                key = {"log": log, "public": signer.public, "since": head.size}
                db.session.execute(_KEY.insert(), key)
            if signer:
                # Last of all, after the swap: a history that may still lose is never signed.
                _publish(log, signer.sign(Checkpoint(origin, grown.size, grown.root)))
    except _Outrun:
        return 0
    return len(leaves)


@dataclass(frozen=True)
class _Head:
    """The state of a log as read."""

    size: int
    root: bytes
    origin: str
    updated_at: datetime


@dataclass(frozen=True)
class _Grown:
    """The state of a log to be written."""

    size: int
    root: bytes
    tiles: dict[Tile, bytes]
    """Tiles that are new or have become wider."""


def _head(log: str, now: datetime) -> _Head:
    known = sa.select(_STATE.c.size, _STATE.c.root, _STATE.c.origin, _STATE.c.updated_at).where(
        _STATE.c.log == log
    )
    row = db.session.execute(known).first()
    if row is None:
        _begin(log, now)
        row = db.session.execute(known).one()
    return _Head(*row)


def _begin(log: str, now: datetime) -> None:
    begun = {"log": log, "size": 0, "root": EMPTY_ROOT, "origin": "", "checkpoint": "", "updated_at": now}
    db.session.execute(insert(_STATE).values(begun).on_conflict_do_nothing())


def _event(log: str, origin: str, signer: Signer | None) -> Commitment | None:
    """The commitment to a key that is new to the log; it can be recomputed from the public key."""
    if signer is None:
        return None
    known = sa.select(_KEY.c.since).where(_KEY.c.log == log, _KEY.c.public == signer.public)
    if db.session.scalar(known) is not None:
        return None
    key = signer.key(origin)
    return Commitment(KIND_KEY, "", key.id.hex(), key_commitment(key.vkey))


def _grown(log: str, head: _Head, leaves: Sequence[bytes]) -> _Grown:
    known = dict(tiles_of(log)(tiles.edge(head.size)))
    # Another sequencer may have extended these tiles since the head was read; their prefix is unchanged.
    _check_edge(log, head, known)
    size = head.size + len(leaves)
    grown = tiles.grown(head.size, known, leaves)
    widest = {(tile.level, tile.index): hashes for tile, hashes in (*known.items(), *grown.items())}

    def read(requested: Sequence[Tile]) -> dict[Tile, bytes]:
        return {tile: widest[tile.level, tile.index][: tile.width * HASH_BYTES] for tile in requested}

    return _Grown(size, tiles.root(size, read), grown)


def _check_edge(log: str, head: _Head, known: Mapping[Tile, bytes]) -> None:
    """Verify that the stored tiles give the current root, so that only a continuation is signed."""
    try:
        sound = (
            tiles.root(head.size, lambda requested: {tile: known[tile] for tile in requested}) == head.root
        )
    except (ValueError, KeyError):
        sound = False
    if not sound:
        raise RuntimeError(f"the tree of the log {log} was altered; `samtykke log fsck` says where")


def _swap(log: str, head: _Head, grown: _Grown, origin: str, moment: datetime) -> None:
    """Compare-and-swap of the state; False if another sequencer has changed it."""
    state = sa.update(_STATE).where(
        _STATE.c.log == log,
        _STATE.c.size == head.size,
        _STATE.c.root == head.root,
        _STATE.c.updated_at == head.updated_at,
    )
    swapped = db.session.execute(
        state.values(size=grown.size, root=grown.root, origin=origin, updated_at=moment)
    )
    if cast("sa.CursorResult[tuple[()]]", swapped).rowcount != 1:
        raise _Outrun


def _publish(log: str, checkpoint: str) -> None:
    db.session.execute(sa.update(_STATE).where(_STATE.c.log == log).values(checkpoint=checkpoint))


def _take(outbox_ids: Sequence[str]) -> list[sa.Row[tuple[object, ...]]]:
    """Remove all of these rows from the outbox, unless another sequencer has removed some.

    Only sequencers whose clocks are in different half-years can conflict here: they swap different sizes. The
    rows are returned as removed: a subject that was emptied since they were read stays empty.
    """
    positions = {outbox_id: position for position, outbox_id in enumerate(outbox_ids)}
    taking = sa.delete(_OUTBOX).where(_OUTBOX.c.id.in_(outbox_ids)).returning(*_OUTBOX.c)
    taken = list(db.session.execute(taking).all())
    if len(taken) != len(outbox_ids):
        raise _Outrun
    return sorted(taken, key=lambda row: positions[row.id])


def _write_tiles(log: str, grown: _Grown) -> None:
    statement = insert(_TILE)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["log", "level", "tile_index"], set_={"hashes": statement.excluded.hashes}
        ),
        [
            {"log": log, "level": tile.level, "tile_index": tile.index, "hashes": hashes}
            for tile, hashes in grown.tiles.items()
        ],
    )


def _placed(
    taken: Sequence[sa.Row[tuple[object, ...]] | Commitment], log: str, first: int, moment: datetime
) -> list[dict[str, object]]:
    return [
        {
            "log": log,
            "leaf_index": index,
            "kind": each.kind,
            "site_id": each.site_id,
            "subject": each.subject,
            "commitment": each.commitment,
            "sequenced_at": moment,
        }
        for index, each in enumerate(taken, first)
    ]
