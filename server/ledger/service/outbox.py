"""The outbox: durable commitments that wait for their index."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from server.core import ids
from server.core.db import Base, db
from server.ledger import models
from server.ledger.values import COMMITMENT_BYTES, Commitment

_ENTRY = Base.metadata.tables[models.Entry.__tablename__]
_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]


def append(kind: int, site_id: str, subject: str, commitment: bytes, *, now: datetime) -> None:
    """Append a commitment to the outbox, in the caller's transaction.

    :raises ValueError: the commitment does not have its length.
    """
    append_all((Commitment(kind, site_id, subject, commitment),), now=now)


def append_all(commitments: Sequence[Commitment], *, now: datetime) -> None:
    """Append commitments to the outbox, in the caller's transaction.

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
    """Empty these subjects in outbox and entries; the commitments keep their indices.

    In the caller's transaction, for at most a few hundred at a time.
    """
    # The outbox first: a row that a sequencer moves meanwhile is an entry by the time this update has waited.
    for table in (_OUTBOX, _ENTRY):
        named = sa.update(table).where(table.c.site_id == site_id, table.c.subject.in_(subjects))
        db.session.execute(named.values(subject=""))


def tables() -> tuple[str, ...]:
    """The names of the tables that contain subjects."""
    return _OUTBOX.name, _ENTRY.name
