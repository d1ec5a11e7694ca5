"""What can be done with decisions: store one, once; count, export and find stored ones."""

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from server.consents import models
from server.consents.record import SALT_BYTES, draw_up
from server.consents.terms import Terms, objections, terms_of
from server.consents.values import ConsentRow, Decision, Fact, NewConsent, Receipt
from server.core import ids
from server.core.canonical import canonical
from server.core.db import Base, UtcDateTime, db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.ledger import service as ledger
from server.ledger.values import KIND_DECISION, Commitment
from server.sites import service as sites
from server.sites.values import Site

_CONSENT = Base.metadata.tables[models.Consent.__tablename__]
_AT_ONCE = 500
"""Rows named in one query: engines limit the number of parameters."""


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
        for site_id, decision_ids in _by_site((new.site_id, new.decision_id) for new in batch)
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


# --- reading ---------------------------------------------------------------------------------------------


def facts(keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Fact]:
    """What may be counted of these decisions, by site id and consent number; unknown ones are left out."""
    columns = _CONSENT.c
    wanted = (
        columns.site_id,
        columns.consent_id,
        columns.recorded_at,
        columns.version,
        columns.language,
        columns.action,
        columns.choices,
    )
    return {
        (row.site_id, row.consent_id): Fact(
            row.site_id,
            row.recorded_at.date(),
            row.version,
            row.language,
            row.action,
            json.loads(row.choices),
        )
        for site_id, numbers in _by_site(keys)
        for row in db.session.execute(
            sa.select(*wanted).where(columns.site_id == site_id, columns.consent_id.in_(numbers))
        )
    }


def export(site_id: str, *, batch: int = 500) -> Iterator[ConsentRow]:
    """Every stored decision of a site, oldest first; at most `batch` of them are in memory."""
    last: tuple[datetime, str] | None = None
    place = sa.tuple_(_CONSENT.c.recorded_at, _CONSENT.c.consent_id)
    query = (
        sa.select(_CONSENT)
        .where(_CONSENT.c.site_id == site_id)
        .order_by(_CONSENT.c.recorded_at, _CONSENT.c.consent_id)
        .limit(batch)
    )
    while True:
        after = query.where(place > sa.tuple_(*last, types=(UtcDateTime, sa.String))) if last else query
        rows = db.session.execute(after).all()
        yield from map(_consent, rows)
        if len(rows) < batch:
            return
        last = (rows[-1].recorded_at, rows[-1].consent_id)


def find(site_id: str, consent_id: str) -> ConsentRow:
    """The decision with this public number, however its letters are written.

    :raises NotFound: `consent_unknown`.
    """
    row = db.session.execute(
        sa.select(_CONSENT).where(
            _CONSENT.c.site_id == site_id, _CONSENT.c.consent_id == consent_id.strip().upper()
        )
    ).first()
    if row is None:
        raise NotFound("no decision with this number is stored for this site", reason="consent_unknown")
    return _consent(row)


def _consent(row: sa.Row[tuple[object, ...]]) -> ConsentRow:
    return ConsentRow(
        site_id=row.site_id,
        consent_id=row.consent_id,
        version=row.version,
        language=row.language,
        action=row.action,
        choices=json.loads(row.choices),
        recorded_at=row.recorded_at,
        expires_at=row.expires_at,
        record=row.record.decode("utf-8") if row.record is not None else None,
        commitment=row.commitment,
    )


def _by_site(keys: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Keys per site, at most `_AT_ONCE` at a time: no query spans two sites."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for site_id, key in keys:
        groups[site_id].append(key)
    for site_id, found in groups.items():
        for start in range(0, len(found), _AT_ONCE):
            yield site_id, found[start : start + _AT_ONCE]
