"""What can be done with decisions: store one, once; read stored ones; delete what is asked for or due."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from server.consents import models, reading
from server.consents.reading import by_site, export, facts, find
from server.consents.record import SALT_BYTES, decision_digest, draw_up, tombstone, visitor_digest
from server.consents.terms import Terms, objections, terms_of
from server.consents.values import Decision, NewConsent, OwnRecord, Receipt
from server.core import ids
from server.core.canonical import canonical
from server.core.db import Base, db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.ledger import service as ledger
from server.ledger.values import KIND_DECISION, KIND_ERASURE, Commitment
from server.sites import service as sites
from server.sites.values import Site

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]
_RESIDUE = Base.metadata.tables[models.Residue.__tablename__]

KEPT_AFTER_EXPIRY = timedelta(days=365)
"""How long a record can prove the consent after that has expired."""

KEPT_AT_MOST = timedelta(days=5 * 365)
"""How long a record is kept, however long the decision lasts."""

WRITTEN_ANEW = 64 * 1024 * 1024
"""Bytes up to which PostgreSQL writes a table anew after a deletion; nobody can use the table meanwhile."""

__all__ = [
    "KEPT_AFTER_EXPIRY",
    "KEPT_AT_MOST",
    "WRITTEN_ANEW",
    "Stored",
    "erase",
    "export",
    "facts",
    "find",
    "own_records",
    "prepare",
    "record",
    "residues",
    "retain",
    "scrub",
    "settle",
    "store",
    "terms",
]


@dataclass(frozen=True)
class Stored:
    """A decision that is in the database once the caller's transaction is."""

    receipt: Receipt
    created: bool
    """False when it was there already."""


# --- storing ---------------------------------------------------------------------------------------------


def record(site: Site, decision: Decision, *, secret_key: str, now: datetime) -> tuple[Receipt, bool]:
    """Store a decision in the caller's transaction; its receipt, and whether it is new.

    :raises Conflict: `version_unknown`, or `decision_differs` for a known id with other content.
    :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
    """
    new = prepare(site, decision, terms(site.id, decision.version), secret_key=secret_key, now=now)
    outcome = store((new,))[0]
    if isinstance(outcome, Conflict):
        raise outcome
    return outcome.receipt, outcome.created


def terms(site_id: str, version: int) -> Terms:
    """What a version of this site lets a visitor decide. It never changes.

    :raises Conflict: `version_unknown`.
    """
    try:
        return terms_of(sites.version(site_id, version))
    except NotFound as fault:
        raise Conflict(
            f"version {version} of this site's banner was never published",
            reason="version_unknown",
            errors={"version": "was never published"},
        ) from fault


def prepare(site: Site, decision: Decision, terms: Terms, *, secret_key: str, now: datetime) -> NewConsent:
    """Draw up a decision for storing; needs no database.

    :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
    """
    if errors := objections(decision, terms):
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"{field} {sentence}", errors=errors)
    return draw_up(
        decision,
        terms,
        site_id=site.id,
        site_key=site.key,
        consent_id=ids.new_number(),
        salt=secrets.token_bytes(SALT_BYTES),
        secret_key=secret_key,
        now=now,
    )


def store(batch: Sequence[NewConsent]) -> list[Stored | Conflict]:
    """Store decisions in the caller's transaction; the outcome of each, in their order.

    One that is known already is not stored again: the same content gets the first receipt once more, other
    content a Conflict `decision_differs`, and one that was erased a Conflict `decision_erased`. The same
    decision may come twice in one batch, too.
    """
    if not batch:
        return []
    # One order for everybody: two transactions with the same decisions never wait for each other in a circle.
    ordered = sorted(batch, key=lambda new: (new.site_id, new.decision_id))
    statement = insert(_CONSENT).on_conflict_do_nothing(index_elements=["site_id", "decision_id"])
    created = set(
        db.session.execute(
            statement.returning(_CONSENT.c.consent_id), [_row(new) for new in ordered]
        ).scalars()
    )
    erased = _take_back([new for new in batch if new.consent_id in created])
    fresh = [new for new in batch if new.consent_id in created and _erasure_key(new) not in erased]
    if fresh:
        ledger.append_all(
            [Commitment(KIND_DECISION, new.site_id, new.consent_id, new.commitment) for new in fresh],
            now=max(new.recorded_at for new in fresh),
        )
    stored = {new.consent_id for new in fresh}
    known = _known([new for new in batch if new.consent_id not in stored])
    return [
        Stored(_receipt(new), created=True)
        if new.consent_id in stored
        else _outcome(new, known.get((new.site_id, new.decision_id)))
        for new in batch
    ]


def _row(new: NewConsent) -> dict[str, object]:
    row = {**vars(new), "choices": canonical(new.choices).decode("ascii")}
    del row["decision_digest"]  # kept only of what is erased
    return row


def _erasure_key(new: NewConsent) -> tuple[str, bytes]:
    return new.site_id, new.decision_digest


def _take_back(created: Sequence[NewConsent]) -> set[tuple[str, bytes]]:
    """Remove again what was erased before; their keys.

    Looked up after the insert, which waits for an erasure that is at work.
    """
    by_key = {_erasure_key(new): new for new in created}
    erased = {
        (site_id, digest)
        for site_id, digests in by_site(by_key)
        for digest in db.session.scalars(
            sa.select(_ERASURE.c.decision_digest).where(
                _ERASURE.c.site_id == site_id, _ERASURE.c.decision_digest.in_(digests)
            )
        )
    }
    for site_id, numbers in by_site((key[0], by_key[key].consent_id) for key in erased):
        db.session.execute(
            sa.delete(_CONSENT).where(_CONSENT.c.site_id == site_id, _CONSENT.c.consent_id.in_(numbers))
        )
    if erased:
        _leave_residue()
    return erased


def _receipt(new: NewConsent) -> Receipt:
    return Receipt(new.decision_id, new.consent_id, new.recorded_at, new.expires_at, new.version, new.choices)


def _known(batch: Iterable[NewConsent]) -> Mapping[tuple[str, str], sa.Row[tuple[object, ...]]]:
    """What is stored under the ids of these decisions."""
    return {
        (row.site_id, row.decision_id): row
        for site_id, decision_ids in by_site((new.site_id, new.decision_id) for new in batch)
        for row in db.session.execute(
            sa.select(_CONSENT).where(_CONSENT.c.site_id == site_id, _CONSENT.c.decision_id.in_(decision_ids))
        )
    }


def _outcome(new: NewConsent, row: sa.Row[tuple[object, ...]] | None) -> Stored | Conflict:
    if row is None:  # erased before, or since the insert met it
        return Conflict(
            "this decision was erased, and is not stored again",
            reason="decision_erased",
            errors={"id": "belongs to an erased decision"},
        )
    if row.request_digest != new.request_digest:
        return Conflict(
            "another decision was stored under this id",
            reason="decision_differs",
            errors={"id": "belongs to another decision"},
        )
    first = Receipt(
        row.decision_id, row.consent_id, row.recorded_at, row.expires_at, row.version, json.loads(row.choices)
    )
    return Stored(first, created=False)


# --- for the visitor -------------------------------------------------------------------------------------


def own_records(site_id: str, visitor: str, *, secret_key: str) -> list[OwnRecord]:
    """Everything stored under this secret of a browser for this site, newest first."""
    return reading.of_browser(site_id, visitor_digest(secret_key, site_id, visitor))


def erase(site_id: str, visitor: str, *, secret_key: str, now: datetime) -> int:
    """Delete everything stored under this secret of a browser for this site; how many records that were.

    In the caller's transaction, at once and without asking why. Their entries keep their places in the log,
    nameless, and a tombstone follows each.
    """
    mine = _CONSENT.c.visitor_digest == visitor_digest(secret_key, site_id, visitor)
    return _delete(site_id, mine, secret_key=secret_key, now=now)


# --- for as long as it is needed -------------------------------------------------------------------------


def retain(site_id: str, *, secret_key: str, now: datetime, batch: int = 500) -> int:
    """Delete at most `batch` records of a site that are due, as if erased; how many were.

    Everything happens in the caller's transaction. Fewer than `batch` means that no more are due.
    """
    due = sa.or_(
        _CONSENT.c.expires_at <= now - KEPT_AFTER_EXPIRY, _CONSENT.c.recorded_at <= now - KEPT_AT_MOST
    )
    numbers = db.session.scalars(
        sa.select(_CONSENT.c.consent_id).where(_CONSENT.c.site_id == site_id, due).limit(batch)
    ).all()
    return _delete(site_id, _CONSENT.c.consent_id.in_(numbers), secret_key=secret_key, now=now)


def _delete(site_id: str, which: sa.ColumnElement[bool], *, secret_key: str, now: datetime) -> int:
    """Delete records, leaving of each an erasure and a tombstone."""
    gone = db.session.execute(
        sa.delete(_CONSENT)
        .where(_CONSENT.c.site_id == site_id, which)
        .returning(_CONSENT.c.consent_id, _CONSENT.c.decision_id, _CONSENT.c.commitment)
    ).all()
    if not gone:
        return 0
    remains = [
        {
            "site_id": site_id,
            "commitment": row.commitment,
            "decision_digest": decision_digest(secret_key, site_id, row.decision_id),
            "salt": secrets.token_bytes(SALT_BYTES),
        }
        for row in gone
    ]
    db.session.execute(_ERASURE.insert(), remains)
    for _, numbers in by_site((site_id, row.consent_id) for row in gone):
        ledger.forget(site_id, numbers)
    ledger.append_all(
        [
            Commitment(KIND_ERASURE, site_id, "", tombstone(each["salt"], each["commitment"]))
            for each in remains
        ],
        now=now,
    )
    _leave_residue()
    return len(gone)


def _leave_residue() -> None:
    db.session.execute(_RESIDUE.insert(), [{"id": ids.new_id()}])


def residues() -> tuple[str, ...]:
    """The deletions whose bytes may still be in the database's files."""
    return tuple(db.session.scalars(sa.select(_RESIDUE.c.id)))


def scrub() -> bool:
    """Remove the bytes of deleted rows from the database's files; false when somebody's reading prevents it.

    To be called outside of any transaction; ends the read that this session has begun.
    """
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        return _empty_write_ahead_log()
    try:
        _vacuum((_CONSENT.name, *ledger.tables()))
    except sa.exc.OperationalError:  # somebody uses a table for longer than we would keep others waiting
        return False
    return True


def settle(residue_ids: Sequence[str]) -> None:
    """Note that the bytes of these deletions are gone, in the caller's transaction."""
    for start in range(0, len(residue_ids), 500):
        some = residue_ids[start : start + 500]
        db.session.execute(sa.delete(_RESIDUE).where(_RESIDUE.c.id.in_(some)))


def _vacuum(tables: Sequence[str]) -> None:
    """Free the space of deleted rows, and write tables anew that are small: freed space keeps its bytes."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Also the keys in the indices, and the samples that the planner keeps of ids.
        connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON, ANALYZE) {', '.join(tables)}")
    for table in tables:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '500ms'")
            size = sa.func.pg_total_relation_size(sa.cast(table, REGCLASS))
            if connection.execute(sa.select(size)).scalar_one() <= WRITTEN_ANEW:
                connection.exec_driver_sql(f"CLUSTER {table} USING pk_{table}")


def _empty_write_ahead_log() -> bool:
    """Move everything to the main file, in which deleted bytes are overwritten (`secure_delete`)."""
    raw = db.engine.raw_connection()  # SQLAlchemy would begin a transaction, which cannot do this
    try:
        cursor = raw.cursor()
        # Writers wait behind this while it waits for readers; better to come again than to keep them.
        patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout=500")
        try:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={patience}")
        return not busy
    finally:
        raw.close()
