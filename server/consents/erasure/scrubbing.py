"""Removal of deleted rows' bytes from the database files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from server.consents import models
from server.core.db import Base, db, write_lock
from server.core.ids import new_id
from server.ledger.service import outbox

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_PENDING_PURGE = Base.metadata.tables[models.PendingPurge.__tablename__]

REWRITE_LIMIT = 64 * 1024 * 1024
"""Size in bytes up to which a table of PostgreSQL, or the file of SQLite, is rewritten after a deletion.

The table, or writing to the file, is locked meanwhile, for about a second.
"""


def add_pending_purge(*, now: datetime) -> None:
    """Record, in the caller's transaction, that the database files still contain bytes of deleted rows."""
    db.session.execute(_PENDING_PURGE.insert(), [{"id": new_id(), "created_at": now}])


def pending_purges() -> tuple[str, ...]:
    """Ids of the deletions whose bytes may still be in the database files."""
    return tuple(db.session.scalars(sa.select(_PENDING_PURGE.c.id)))


def oldest_pending_purge() -> datetime | None:
    """When the oldest of these deletions was made; None if there is none, or it is not known."""
    found: datetime | None = db.session.scalar(sa.select(sa.func.min(_PENDING_PURGE.c.created_at)))
    return found


def mark_purged(purge_ids: Sequence[str]) -> None:
    """Remove these pending purges, in the caller's transaction."""
    for start in range(0, len(purge_ids), 500):
        some = purge_ids[start : start + 500]
        db.session.execute(sa.delete(_PENDING_PURGE).where(_PENDING_PURGE.c.id.in_(some)))


def scrub(*, largest: int | None, patience: str) -> bool:
    """What `server.consents.service.retention.scrub` describes.

    PostgreSQL rewrites tables of up to `largest` bytes, all if None, and waits for at most `patience`
    (`lock_timeout`) for the lock of each; SQLite rewrites a file of up to `largest` bytes.
    """
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        return _rewrite_file(largest)
    try:
        _vacuum((_CONSENT.name, *outbox.tables()), largest, patience)
    except sa.exc.OperationalError:  # a table is in use for longer than others may wait
        return False
    return True


def _vacuum(tables: Sequence[str], largest: int | None, patience: str) -> None:
    """Free the space of deleted rows, and rewrite small tables: freed space keeps its bytes."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Also index entries, and the values that the planner sampled.
        connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON, ANALYZE) {', '.join(tables)}")
    for table in tables:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{patience}'")
            size = sa.func.pg_total_relation_size(sa.cast(table, REGCLASS))
            if largest is None or connection.execute(sa.select(size)).scalar_one() <= largest:
                connection.exec_driver_sql(f"CLUSTER {table} USING pk_{table}")


def _rewrite_file(largest: int | None) -> bool:
    """Empty the write-ahead log, rewrite a file of up to `largest` bytes; false if a reader prevents it.

    `secure_delete` overwrites a row where it is deleted. It does not know of the copies that SQLite leaves in
    the unallocated space of a page when it splits or merges pages: only `VACUUM` removes them.
    """
    raw = db.engine.raw_connection()  # SQLAlchemy would begin a transaction, which cannot do this
    try:
        cursor = raw.cursor()
        # Writers wait behind this while it waits for readers; better to retry later than to block them.
        patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout=500")
        try:
            if not _empty_write_ahead_log(cursor):
                return False
            pages, page_size = (cursor.execute(f"PRAGMA page_{of}").fetchone()[0] for of in ("count", "size"))
            if largest is not None and pages * page_size > largest:
                return True
            with write_lock(db.engine):
                cursor.execute("VACUUM")
            return _empty_write_ahead_log(cursor)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={patience}")
    finally:
        raw.close()


def _empty_write_ahead_log(cursor: Any) -> bool:
    """Move everything to the main file; false if a reader uses the log."""
    return not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
