"""The log of commitments: what waits gets its place, in order, once, under a signed checkpoint.

A fact is committed to in the same transaction that stores it, by a row in the outbox. One sequencer at a
time then gives the rows their indices. Who follows the facts reads the log by index, and so misses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.core.db import Base, db, insert
from server.ledger import models, tiles
from server.ledger.daily_manifests import build_manifests, close, due_day, end_day, ended, listed, manifests
from server.ledger.note import Checkpoint
from server.ledger.outbox import append, append_all, forget, tables
from server.ledger.queries import (
    checkpoint,
    consistency,
    current_log,
    entries,
    inclusion,
    keys,
    logs,
    newest_log,
    prove,
    sizes,
    tile,
    tiles_of,
    waiting,
)
from server.ledger.signing import Signer, rotate, signer
from server.ledger.tiles import Tile
from server.ledger.tree import EMPTY_ROOT, HASH_BYTES, leaf_hash
from server.ledger.values import (
    KIND_KEY,
    Commitment,
    entry_bytes,
    key_commitment,
    successor,
)
from server.ledger.verification import Fault, Found, Remembered, check, placed

_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_KEY = Base.metadata.tables[models.SigningKey.__tablename__]
_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]
_STATE = Base.metadata.tables[models.State.__tablename__]
_TILE = Base.metadata.tables[models.Tile.__tablename__]

__all__ = [
    "Fault",
    "Found",
    "Remembered",
    "Signer",
    "append",
    "append_all",
    "build_manifests",
    "check",
    "checkpoint",
    "close",
    "consistency",
    "current_log",
    "due_day",
    "end_day",
    "ended",
    "entries",
    "forget",
    "inclusion",
    "keys",
    "listed",
    "logs",
    "manifests",
    "newest_log",
    "placed",
    "prove",
    "rotate",
    "sequence",
    "signer",
    "sizes",
    "succeed",
    "tables",
    "tile",
    "tiles_of",
    "waiting",
]


class _Outrun(Exception):
    """Another sequencer was faster."""


# --- the sequencer ---------------------------------------------------------------------------------------


def succeed(log: str, *, now: datetime) -> str:
    """Let another log take the entries from now on, in the caller's transaction; its name.

    For a log that has signed more than the database knows of, because that was restored from a backup: to go
    on with it would be to sign another history of the same log.
    """
    following = successor(log)
    _begin(log, now)
    _begin(following, now)
    return following


def sequence(*, now: datetime, limit: int = 1000, signer: Signer | None = None) -> int:
    """Give up to `limit` waiting commitments the next indices of the log of `now`; how many got one.

    Entries, tree and checkpoint grow together, in the caller's transaction. Zero too when another sequencer
    was faster; then nothing was changed, and the caller tries again later. A signer that this log has not
    seen gets the first index for the event of its key, which counts. Without one nothing is signed, and the
    newest checkpoint stays what it was.

    :raises RuntimeError: the tree was altered behind our back.
    """
    log = current_log(now)
    # The size is read before the outbox: were it the other way round, a rival could take the rows between
    # the two reads, and the swap below would still succeed and give them a second index.
    head = _head(log, now)
    waiting = db.session.execute(
        # The order is courtesy to who has waited longest; nothing depends on it.
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
        with db.session.begin_nested():  # what a loser has done is undone here, and not what its caller has
            grown = _grown(log, head, leaves)
            # The clocks of two sequencers, or one that is set back, never make an entry older than the last.
            moment = max(now, head.updated_at)
            _swap(log, head, grown, origin, moment)
            taken = _take([row.id for row in waiting])
            _write_tiles(log, grown)
            db.session.execute(_ENTRY.insert(), _placed([*events, *taken], log, head.size, moment))
            if signer and event:
                key = {"log": log, "public": signer.public, "since": head.size}
                db.session.execute(_KEY.insert(), key)
            if signer:
                # Last of all: nobody signs a history that somebody else can still be faster than.
                _publish(log, signer.sign(Checkpoint(origin, grown.size, grown.root)))
    except _Outrun:
        return 0
    return len(leaves)


@dataclass(frozen=True)
class _Head:
    """A log as it was read."""

    size: int
    root: bytes
    origin: str
    updated_at: datetime


@dataclass(frozen=True)
class _Grown:
    """A log as it is about to be."""

    size: int
    root: bytes
    tiles: dict[Tile, bytes]
    """Those that are new or wider than they were."""


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
    """What tells the log of a key that it has not seen; anybody can make it again from the key."""
    if signer is None:
        return None
    known = sa.select(_KEY.c.since).where(_KEY.c.log == log, _KEY.c.public == signer.public)
    if db.session.scalar(known) is not None:
        return None
    key = signer.key(origin)
    return Commitment(KIND_KEY, "", key.id.hex(), key_commitment(key.vkey))


def _grown(log: str, head: _Head, leaves: Sequence[bytes]) -> _Grown:
    known = dict(tiles_of(log)(tiles.edge(head.size)))
    # A rival may have made these tiles wider since the head was read; what they began with is still there.
    _check_edge(log, head, known)
    size = head.size + len(leaves)
    grown = tiles.grown(head.size, known, leaves)
    widest = {(tile.level, tile.index): hashes for tile, hashes in (*known.items(), *grown.items())}

    def read(wanted: Sequence[Tile]) -> dict[Tile, bytes]:
        return {tile: widest[tile.level, tile.index][: tile.width * HASH_BYTES] for tile in wanted}

    return _Grown(size, tiles.root(size, read), grown)


def _check_edge(log: str, head: _Head, known: Mapping[Tile, bytes]) -> None:
    """Never sign what does not continue the log: the tiles that will be grown must give the root of now."""
    try:
        sound = tiles.root(head.size, lambda wanted: {tile: known[tile] for tile in wanted}) == head.root
    except (ValueError, KeyError):
        sound = False
    if not sound:
        raise RuntimeError(f"the tree of the log {log} was altered; `samtykke log fsck` says where")


def _swap(log: str, head: _Head, grown: _Grown, origin: str, moment: datetime) -> None:
    """Move the log on, unless somebody else has moved it."""
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
    """Remove all of these rows from the outbox, unless somebody else has taken some.

    Only sequencers whose clocks are in different half-years can meet here: they swap different sizes. The
    rows are given as they were removed: what has been forgotten since they were read stays forgotten.
    """
    places = {outbox_id: place for place, outbox_id in enumerate(outbox_ids)}
    taking = sa.delete(_OUTBOX).where(_OUTBOX.c.id.in_(outbox_ids)).returning(*_OUTBOX.c)
    taken = list(db.session.execute(taking).all())
    if len(taken) != len(outbox_ids):
        raise _Outrun
    return sorted(taken, key=lambda row: places[row.id])


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
