"""Erasure of records: the rows and their index entries, then their bytes in the database files."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from server.consents import erasure_log, models, queries
from server.consents.queries import by_site
from server.consents.record import SALT_BYTES, decision_digest, tombstone
from server.consents.values import Due, LoggedErasure
from server.core import ids
from server.core.db import Base, db, insert, write_lock
from server.core.errors import Unavailable
from server.ledger import service as ledger
from server.ledger.values import KIND_ERASURE, Commitment

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]
_PENDING_PURGE = Base.metadata.tables[models.PendingPurge.__tablename__]
_RUN = Base.metadata.tables[models.RetentionRun.__tablename__]

REWRITE_LIMIT = 64 * 1024 * 1024
"""Size in bytes up to which a table of PostgreSQL, or the file of SQLite, is rewritten after a deletion.

The table, or writing to the file, is locked meanwhile, for about a second.
"""


def erase_browser(
    site_id: str, visitor_digest: bytes, *, secret_key: str, data_dir: Path, now: datetime
) -> int:
    """Delete all records of one browser and append them to the erasure log; returns their number."""
    mine = _CONSENT.c.visitor_digest == visitor_digest
    return _delete(site_id, mine, secret_key=secret_key, log_folder=data_dir, now=now)


def erase_by_number(
    site_id: str, consent_id: str, *, whole_browser: bool, secret_key: str, data_dir: Path, now: datetime
) -> int:
    """Delete a record, or all of its browser, and append them to the erasure log; returns their number."""
    found = queries.find(site_id, consent_id)
    if whole_browser:
        which = _CONSENT.c.visitor_digest == queries.browser_of(site_id, found.consent_id)
    else:
        which = _CONSENT.c.consent_id == found.consent_id
    return _delete(site_id, which, secret_key=secret_key, log_folder=data_dir, now=now)


def find_due(
    site_id: str, *, expired_before: datetime, recorded_before: datetime, batch: int
) -> tuple[list[str], list[str]]:
    """At most `batch` consent numbers of records that are due: those long expired, and those too old."""
    expired = _oldest(site_id, _CONSENT.c.expires_at, expired_before, batch)
    old = _oldest(site_id, _CONSENT.c.recorded_at, recorded_before, batch)
    known = set(expired)
    return expired, [number for number in old if number not in known][: batch - len(expired)]


def _oldest(site_id: str, column: sa.Column[datetime], bound: datetime, batch: int) -> list[str]:
    query = sa.select(_CONSENT.c.consent_id).where(_CONSENT.c.site_id == site_id, column <= bound)
    return list(db.session.scalars(query.order_by(column).limit(batch)))


def erase_numbers(site_id: str, numbers: Collection[str], *, secret_key: str, now: datetime) -> int:
    """Delete these records, a few hundred per statement; returns their number.

    They are not in the erasure log: what is due is due after a restore, too.
    """
    return sum(
        _delete(site_id, _CONSENT.c.consent_id.in_(some), secret_key=secret_key, log_folder=None, now=now)
        for _, some in by_site((site_id, number) for number in numbers)
    )


def add_to_run(site_id: str, ran_at: datetime, retention_days: int, found: Due) -> None:
    """Add the counts of a batch to the row of its retention run."""
    row = {
        "site_id": site_id,
        "ran_at": ran_at,
        "retention_days": retention_days,
        "after_expiry": found.after_expiry,
        "at_the_latest": found.at_the_latest,
    }
    statement = insert(_RUN).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["site_id", "ran_at"],
            set_={
                "after_expiry": _RUN.c.after_expiry + statement.excluded.after_expiry,
                "at_the_latest": _RUN.c.at_the_latest + statement.excluded.at_the_latest,
            },
        )
    )


def _delete(
    site_id: str, which: sa.ColumnElement[bool], *, secret_key: str, log_folder: Path | None, now: datetime
) -> int:
    """Delete records, adding an erasure and a tombstone for each; returns their number."""
    deleted = db.session.execute(
        sa.delete(_CONSENT)
        .where(_CONSENT.c.site_id == site_id, which)
        .returning(_CONSENT.c.consent_id, _CONSENT.c.decision_id, _CONSENT.c.commitment)
    ).all()
    if not deleted:
        return 0
    erased = [
        LoggedErasure(site_id, bytes(row.commitment), decision_digest(secret_key, site_id, row.decision_id))
        for row in deleted
    ]
    for _, numbers in by_site((site_id, row.consent_id) for row in deleted):
        ledger.forget(site_id, numbers)
    record_erasures(erased, now=now)
    add_pending_purge()
    if log_folder is not None:
        # Before the commit: what is confirmed as erased is in the log, whatever happens next.
        try:
            erasure_log.append(log_folder, erased, day=now.date())
        except OSError as fault:
            raise Unavailable("the list of erasures cannot be written; nothing was erased") from fault
    return len(deleted)


def record_erasures(erased: Sequence[LoggedErasure], *, now: datetime) -> None:
    """Insert the erasures, and append a tombstone for each to the consent log."""
    rows = [{**vars(each), "salt": secrets.token_bytes(SALT_BYTES)} for each in erased]
    db.session.execute(_ERASURE.insert(), rows)
    ledger.append_all(
        [
            Commitment(KIND_ERASURE, each["site_id"], "", tombstone(each["salt"], each["commitment"]))
            for each in rows
        ],
        now=now,
    )


# --- after a restore -------------------------------------------------------------------------------------


def missing(listed: Iterable[LoggedErasure], sites: Collection[str]) -> list[LoggedErasure]:
    """Those of these erasures, of these sites, that the database lacks."""
    by_key = {(each.site_id, each.commitment): each for each in listed if each.site_id in sites}
    for site_id, commitments in by_site(by_key):
        known = sa.select(_ERASURE.c.commitment).where(
            _ERASURE.c.site_id == site_id, _ERASURE.c.commitment.in_(commitments)
        )
        for commitment in db.session.scalars(known):
            del by_key[site_id, bytes(commitment)]
    return list(by_key.values())


def numbers_of(site_id: str, commitments: Collection[bytes], *, batch: int = 5000) -> Iterator[str]:
    """The consent numbers of the stored records with these commitments; scans all records of the site."""
    sought, last = frozenset(commitments), ""
    columns = (_CONSENT.c.consent_id, _CONSENT.c.commitment)
    query = sa.select(*columns).where(_CONSENT.c.site_id == site_id).order_by(_CONSENT.c.consent_id)
    while True:
        rows = db.session.execute(query.where(_CONSENT.c.consent_id > last).limit(batch)).all()
        yield from (row.consent_id for row in rows if bytes(row.commitment) in sought)
        if len(rows) < batch:
            return
        last = rows[-1].consent_id


# --- database files --------------------------------------------------------------------------------------


def add_pending_purge() -> None:
    """Record, in the caller's transaction, that the database files still contain bytes of deleted rows."""
    db.session.execute(_PENDING_PURGE.insert(), [{"id": ids.new_id()}])


def pending_purges() -> tuple[str, ...]:
    """Ids of the deletions whose bytes may still be in the database files."""
    return tuple(db.session.scalars(sa.select(_PENDING_PURGE.c.id)))


def mark_purged(purge_ids: Sequence[str]) -> None:
    """Remove these pending purges, in the caller's transaction."""
    for start in range(0, len(purge_ids), 500):
        some = purge_ids[start : start + 500]
        db.session.execute(sa.delete(_PENDING_PURGE).where(_PENDING_PURGE.c.id.in_(some)))


def scrub(*, largest: int | None, patience: str) -> bool:
    """What `server.consents.service.scrub` describes.

    PostgreSQL rewrites tables of up to `largest` bytes, all if None, and waits for at most `patience`
    (`lock_timeout`) for the lock of each; SQLite rewrites a file of up to `largest` bytes.
    """
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        return _rewrite_file(largest)
    try:
        _vacuum((_CONSENT.name, *ledger.tables()), largest, patience)
    except sa.exc.OperationalError:  # a table is in use for longer than others may be kept waiting
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
