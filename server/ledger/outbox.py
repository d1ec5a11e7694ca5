"""What is durable and waits for its index."""

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
