"""What can be done with decisions: store one, once; read stored ones; show a browser its own."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from server.consents import models, reading
from server.consents.reading import by_site, export, facts, find
from server.consents.record import SALT_BYTES, draw_up, visitor_digest
from server.consents.terms import Terms, objections, terms_of
from server.consents.values import Decision, NewConsent, OwnRecord, Receipt
from server.core import ids
from server.core.canonical import canonical
from server.core.db import Base, db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.ledger import service as ledger
from server.ledger.values import KIND_DECISION, Commitment
from server.sites import service as sites
from server.sites.values import Site

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]

__all__ = [
    "Stored",
    "export",
    "facts",
    "find",
    "own_records",
    "prepare",
    "record",
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
    content a Conflict `decision_differs`. The same decision may come twice in one batch, too.
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
    fresh = [new for new in batch if new.consent_id in created]
    if fresh:
        ledger.append_all(
            [Commitment(KIND_DECISION, new.site_id, new.consent_id, new.commitment) for new in fresh],
            now=max(new.recorded_at for new in fresh),
        )
    known = _known([new for new in batch if new.consent_id not in created])
    return [
        Stored(_receipt(new), created=True)
        if new.consent_id in created
        else _outcome(new, known[new.site_id, new.decision_id])
        for new in batch
    ]


def _row(new: NewConsent) -> dict[str, object]:
    return {**vars(new), "choices": canonical(new.choices).decode("ascii")}


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


def _outcome(new: NewConsent, row: sa.Row[tuple[object, ...]]) -> Stored | Conflict:
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
