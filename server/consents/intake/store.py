"""Storing decisions: validated by the rules of their version, and inserted once each."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from server.consents import models
from server.consents.decision_rules import DecisionRules, rules_of, validate
from server.consents.erasure.scrubbing import add_pending_purge
from server.consents.queries import by_site
from server.consents.record import SALT_BYTES, new_consent
from server.consents.values import Decision, NewConsent, Receipt
from server.core import ids
from server.core.canonical import canonical
from server.core.db import Base, db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.ledger.service import outbox
from server.ledger.values import KIND_DECISION, Commitment
from server.sites import service as sites
from server.sites.values import Site

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_ERASURE = Base.metadata.tables[models.Erasure.__tablename__]

# Statements that every decision needs are built once: building one costs more than running it.

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
    """Inserts new decisions; the row count is the number of those."""
    statement = insert(_CONSENT).on_conflict_do_nothing(index_elements=["site_id", "decision_id"])
    return statement.execution_options(preserve_rowcount=True)


@dataclass(frozen=True)
class Stored:
    """A decision that is stored once the caller's transaction is committed."""

    receipt: Receipt
    created: bool
    """False if it was stored before."""


def record(site: Site, decision: Decision, *, secret_key: str, now: datetime) -> tuple[Receipt, bool]:
    """Store a decision in the caller's transaction; returns its receipt, and whether it is new.

    :raises Conflict: `version_unknown`, or `decision_differs` for a known id with other content.
    :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
    """
    new = prepare(site, decision, find_rules(site.id, decision.version), secret_key=secret_key, now=now)
    outcome = store((new,))[0]
    if isinstance(outcome, Conflict):
        raise outcome
    return outcome.receipt, outcome.created


def find_rules(site_id: str, version: int) -> DecisionRules:
    """The rules of a published version of a site; they never change.

    :raises Conflict: `version_unknown`.
    """
    try:
        return rules_of(sites.version(site_id, version))
    except NotFound as fault:
        raise Conflict(
            f"version {version} of this site's banner was never published",
            reason="version_unknown",
            errors={"version": "was never published"},
        ) from fault


def prepare(
    site: Site, decision: Decision, rules: DecisionRules, *, secret_key: str, now: datetime
) -> NewConsent:
    """Validate a decision and build what will be stored; needs no database.

    :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
    """
    if errors := validate(decision, rules):
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"{field} {sentence}", errors=errors)
    return new_consent(
        decision,
        rules,
        site_id=site.id,
        site_key=site.key,
        consent_id=ids.new_number(),
        salt=secrets.token_bytes(SALT_BYTES),
        secret_key=secret_key,
        now=now,
    )


def store(batch: Sequence[NewConsent]) -> list[Stored | Conflict]:
    """Store decisions in the caller's transaction; returns the outcome of each, in their order.

    A known decision is not stored again: the same content gets the first receipt, other content a Conflict
    `decision_differs`, and an erased one a Conflict `decision_erased`. A batch may contain a decision twice.
    """
    if not batch:
        return []
    # In the same order in every transaction, so that two with the same decisions cannot deadlock.
    ordered = sorted(batch, key=lambda new: (new.site_id, new.decision_id))
    connection = db.session.connection()
    inserted = connection.execute(_insertion(connection.dialect.name), [_row(new) for new in ordered])
    created = {new.consent_id for new in ordered}
    if inserted.rowcount != len(ordered):
        created = _created(ordered)
    erased = _remove_erased([new for new in batch if new.consent_id in created])
    fresh = [new for new in batch if new.consent_id in created and _erasure_key(new) not in erased]
    if fresh:
        outbox.append_all(
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
    """The consent numbers of those that were inserted."""
    return {
        number
        for site_id, numbers in by_site((new.site_id, new.consent_id) for new in batch)
        for number in db.session.connection().scalars(_CREATED, {"site_id": site_id, "numbers": numbers})
    }


def _row(new: NewConsent) -> dict[str, object]:
    row = {**vars(new), "choices": canonical(new.choices).decode("ascii")}
    del row["decision_digest"]  # stored for erased decisions only
    return row


def _erasure_key(new: NewConsent) -> tuple[str, bytes]:
    return new.site_id, new.decision_digest


def _remove_erased(created: Sequence[NewConsent]) -> set[tuple[str, bytes]]:
    """Delete rows of decisions that were erased before; returns their keys.

    Queried after the insert, which waits for a concurrent erasure.
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
        add_pending_purge(now=max(new.recorded_at for new in created))
    return erased


def _receipt(new: NewConsent) -> Receipt:
    return Receipt(new.decision_id, new.consent_id, new.recorded_at, new.expires_at, new.version, new.choices)


def _known(batch: Iterable[NewConsent]) -> Mapping[tuple[str, str], sa.Row[tuple[object, ...]]]:
    """The stored rows with the ids of these decisions, by site id and decision id."""
    return {
        (row.site_id, row.decision_id): row
        for site_id, decision_ids in by_site((new.site_id, new.decision_id) for new in batch)
        for row in db.session.execute(
            sa.select(_CONSENT).where(_CONSENT.c.site_id == site_id, _CONSENT.c.decision_id.in_(decision_ids))
        )
    }


def _outcome(new: NewConsent, row: sa.Row[tuple[object, ...]] | None) -> Stored | Conflict:
    if row is None:  # erased before, or after the insert found it
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
