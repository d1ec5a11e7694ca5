"""How decisions are stored: drawn up by what their version allows, and written once each."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from server.consents import models
from server.consents.reading import by_site
from server.consents.record import SALT_BYTES, draw_up
from server.consents.terms import Terms, objections, terms_of
from server.consents.values import Decision, NewConsent, Receipt
from server.core import ids
from server.core.canonical import canonical
from server.core.db import Base, db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.ledger import service as ledger
from server.ledger.values import KIND_DECISION, Commitment
from server.sites import service as sites
from server.sites.values import Site

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]
_RESIDUE = Base.metadata.tables[models.Residue.__tablename__]

# Statements that every decision takes are built once: building one costs more than running it.

_ERASED = sa.select(_ERASURE.c.decision_digest).where(
    _ERASURE.c.site_id == sa.bindparam("site_id"),
    _ERASURE.c.decision_digest.in_(sa.bindparam("digests", expanding=True)),
)


_CREATED = sa.select(_CONSENT.c.consent_id).where(
    _CONSENT.c.site_id == sa.bindparam("site_id"),
    _CONSENT.c.consent_id.in_(sa.bindparam("numbers", expanding=True)),
)


@cache
def _insertion(_dialect: str) -> sa.Insert:
    """Stores what is new, and tells how much that was."""
    statement = insert(_CONSENT).on_conflict_do_nothing(index_elements=["site_id", "decision_id"])
    return statement.execution_options(preserve_rowcount=True)


@dataclass(frozen=True)
class Stored:
    """A decision that is in the database once the caller's transaction is."""

    receipt: Receipt
    created: bool
    """False when it was there already."""


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
    connection = db.session.connection()
    inserted = connection.execute(_insertion(connection.dialect.name), [_row(new) for new in ordered])
    created = {new.consent_id for new in ordered}
    if inserted.rowcount != len(ordered):
        created = _created(ordered)
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


def _created(batch: Iterable[NewConsent]) -> set[str]:
    """The numbers of those that were not known before."""
    return {
        number
        for site_id, numbers in by_site((new.site_id, new.consent_id) for new in batch)
        for number in db.session.connection().scalars(_CREATED, {"site_id": site_id, "numbers": numbers})
    }


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
        for digest in db.session.connection().scalars(_ERASED, {"site_id": site_id, "digests": digests})
    }
    for site_id, numbers in by_site((key[0], by_key[key].consent_id) for key in erased):
        db.session.execute(
            sa.delete(_CONSENT).where(_CONSENT.c.site_id == site_id, _CONSENT.c.consent_id.in_(numbers))
        )
    if erased:
        leave_residue()
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


def leave_residue() -> None:
    """Note, in the caller's transaction, that bytes of deleted rows are still in the database's files."""
    db.session.execute(_RESIDUE.insert(), [{"id": ids.new_id()}])
