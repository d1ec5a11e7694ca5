"""Verification of all logs: everything derivable is recomputed from the entries, and compared.

Indices, tiles, roots, checkpoints, keys and manifests are recomputed in one pass over the entries, in
constant memory; callers get the entries to check what they commit to.
"""

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from server.core.db import Base, db
from server.ledger import models
from server.ledger.service.verification.checked_log import AT_ONCE, CheckedLog, state
from server.ledger.service.verification.faults import Fault, Found, Remembered, SiteKey
from server.ledger.service.verification.manifests import check_manifests, logged_commitments
from server.ledger.values import KIND_DECISION, Entry

__all__ = ["Fault", "Found", "Remembered", "SiteKey", "check", "logged_commitments"]

_OUTBOX = Base.metadata.tables[models.Outbox.__tablename__]

_OF_A_LOG = tuple(
    Base.metadata.tables[each.__tablename__]
    for each in (models.State, models.Entry, models.Tile, models.SigningKey, models.Day)
)
"""Tables that contain rows of a log."""


def check(remembered: Collection[Remembered], site_key: SiteKey, found: Found) -> Iterator[Sequence[Entry]]:
    """Verify all logs; yields the entries in order, for callers to check what they commit to.

    `site_key` looks up the public key of a site.

    :raises Fault: the first fault found.
    """
    names = list(_logs())
    for each in remembered:
        if not any(each.checkpoint.origin == state(name).origin for name in names):
            raise Fault(f"There is no log {each.checkpoint.origin}, which {each.where} is of.")
    for name in names:
        found.logs += 1
        yield from CheckedLog(name, remembered, site_key, found).check()
    _count_waiting(found)
    yield from _waiting()
    check_manifests(found)


def _logs() -> Iterator[str]:
    """The names of all logs with any row."""
    last = ""
    while True:
        following = [
            db.session.scalar(sa.select(sa.func.min(table.c.log)).where(table.c.log > last))
            for table in _OF_A_LOG
        ]
        named = [name for name in following if name is not None]
        if not named:
            return
        last = min(named)
        yield last


def _count_waiting(found: Found) -> None:
    waiting = db.session.execute(
        sa.select(
            _OUTBOX.c.kind,
            sa.func.count().label("all"),
            sa.func.count().filter(_OUTBOX.c.subject == "").label("nameless"),
        ).group_by(_OUTBOX.c.kind)
    )
    for row in waiting:
        found.kinds[row.kind] += row.all
        found.nameless += row.nameless if row.kind == KIND_DECISION else 0


def _waiting() -> Iterator[Sequence[Entry]]:
    """The waiting commitments, as entries with index -1."""
    last = ""
    while True:
        rows = db.session.execute(
            sa.select(_OUTBOX).where(_OUTBOX.c.id > last).order_by(_OUTBOX.c.id).limit(AT_ONCE)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        yield [
            Entry("", -1, row.kind, row.site_id, row.subject, bytes(row.commitment), row.created_at)
            for row in rows
        ]
