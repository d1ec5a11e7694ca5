"""The log of commitments: what waits gets its place, in order, once.

A fact is committed to in the same transaction that stores it, by a row in the outbox. One sequencer at a
time then gives the rows their indices. Who follows the facts reads the log by index, and so misses nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from server.core import ids
from server.core.db import Base, db, insert
from server.ledger import models
from server.ledger.values import COMMITMENT_BYTES, Commitment, Entry, Waiting, log_of

_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]
_STATE = Base.metadata.tables[models.State.__tablename__]


class _Outrun(Exception):
    """Another sequencer was faster."""


def append(kind: int, site_id: str, subject: str, commitment: bytes, *, now: datetime) -> None:
    """Let a commitment wait for its index, durable once the caller's transaction is.

    :raises ValueError: the commitment does not have its length.
    """
    append_all((Commitment(kind, site_id, subject, commitment),), now=now)


def append_all(commitments: Sequence[Commitment], *, now: datetime) -> None:
    """Let commitments wait for their indices, durable once the caller's transaction is.

    :raises ValueError: a commitment does not have its length.
    """
    if not commitments:
        return
    if any(len(each.commitment) != COMMITMENT_BYTES for each in commitments):
        raise ValueError(f"a commitment has {COMMITMENT_BYTES} bytes")
    db.session.execute(
        _OUTBOX.insert(),
        [
            {
                "id": ids.new_id(),
                "kind": each.kind,
                "site_id": each.site_id,
                "subject": each.subject,
                "commitment": each.commitment,
                "created_at": now,
            }
            for each in commitments
        ],
    )


def forget(site_id: str, subjects: Collection[str]) -> None:
    """Empty the names of these subjects wherever they stand; their commitments keep their places.

    In the caller's transaction, for at most a few hundred at a time.
    """
    # The outbox first: what a sequencer has taken from it meanwhile is an entry once this has waited for it.
    for table in (_OUTBOX, _ENTRY):
        named = sa.update(table).where(table.c.site_id == site_id, table.c.subject.in_(subjects))
        db.session.execute(named.values(subject=""))


def tables() -> tuple[str, ...]:
    """The names of the tables in which subjects are named."""
    return _OUTBOX.name, _ENTRY.name


def sequence(*, now: datetime, limit: int = 1000) -> int:
    """Give up to `limit` waiting commitments the next indices of the log of `now`; how many got one.

    Zero too when another sequencer was faster; then nothing was changed, and the caller tries again later.
    Everything happens in the caller's transaction.
    """
    log = log_of(now)
    # The size is read before the outbox: were it the other way round, a rival could take the rows between
    # the two reads, and the swap below would still succeed and give them a second index.
    size = _size(log, now)
    waiting = db.session.execute(
        # The order is courtesy to who has waited longest; nothing depends on it.
        sa.select(_OUTBOX).order_by(_OUTBOX.c.created_at, _OUTBOX.c.id).limit(limit)
    ).all()
    if not waiting:
        return 0
    try:
        with db.session.begin_nested():  # what a loser has done is undone here, and not what its caller has
            _swap(log, size, size + len(waiting), now)
            taken = _take([row.id for row in waiting])
            db.session.execute(_ENTRY.insert(), _placed(taken, log, size, now))
    except _Outrun:
        return 0
    return len(waiting)


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
    """How much waits for an index, and for how long."""
    number = db.session.scalar(sa.select(sa.func.count()).select_from(_OUTBOX)) or 0
    oldest = db.session.scalar(sa.select(sa.func.min(_OUTBOX.c.created_at)))
    # The clock of the node that appended may be ahead of this one's.
    return Waiting(number, max(now - oldest, timedelta(0)) if oldest else timedelta(0))


def _size(log: str, now: datetime) -> int:
    known = sa.select(_STATE.c.size).where(_STATE.c.log == log)
    size = db.session.scalar(known)
    if size is None:
        row = {"log": log, "size": 0, "updated_at": now}
        db.session.execute(insert(_STATE).values(row).on_conflict_do_nothing())
        size = db.session.scalar(known)
    return size or 0


def _swap(log: str, old: int, new: int, now: datetime) -> None:
    """Move the log's size, unless somebody else has moved it."""
    state = sa.update(_STATE).where(_STATE.c.log == log, _STATE.c.size == old)
    swapped = db.session.execute(state.values(size=new, updated_at=now))
    if cast("sa.CursorResult[tuple[()]]", swapped).rowcount != 1:
        raise _Outrun


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


def _placed(
    taken: Sequence[sa.Row[tuple[object, ...]]], log: str, first: int, now: datetime
) -> list[dict[str, object]]:
    return [
        {
            "log": log,
            "leaf_index": index,
            "kind": row.kind,
            "site_id": row.site_id,
            "subject": row.subject,
            "commitment": row.commitment,
            "sequenced_at": now,
        }
        for index, row in enumerate(taken, first)
    ]
