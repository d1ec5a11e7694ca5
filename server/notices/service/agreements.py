"""Agreements with processors and other parties: what staff know of them, stored beside the document."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import NotFound, PreconditionFailed
from server.notices import models
from server.notices.parties import Agreement

_AGREEMENT = cast("sa.Table", models.ProcessingAgreement.__table__)

_FACTS = ("capacity", "reference", "signed_on", "expires_on", "remind_days", "contact", "note")


def agreements(site_id: str) -> Mapping[str, Agreement]:
    """What is stored for a site, by the id of the party."""
    rows = db.session.execute(sa.select(_AGREEMENT).where(_AGREEMENT.c.site_id == site_id))
    return {row.party_id: _of_row(row) for row in rows}


def with_an_end(site_id: str) -> Iterator[Agreement]:
    """The agreements of a site that end some day, the earliest first."""
    ends = sa.select(_AGREEMENT).where(_AGREEMENT.c.site_id == site_id, _AGREEMENT.c.expires_on.is_not(None))
    for row in db.session.execute(ends.order_by(_AGREEMENT.c.expires_on, _AGREEMENT.c.party_id)).all():
        yield _of_row(row)


def save(site_id: str, agreement: Agreement, *, by: str, now: datetime) -> Agreement:
    """Store an agreement, if `revision` is still the stored one.

    :raises PreconditionFailed: somebody has saved or removed it meanwhile.
    """
    facts = {name: getattr(agreement, name) for name in _FACTS}
    changed = {
        **facts,
        "party": agreement.party[:200],
        "revision": agreement.revision + 1,
        "updated_at": now,
        "updated_by": by,
    }
    if agreement.revision == 0:
        row = {"site_id": site_id, "party_id": agreement.party_id, **changed}
        statement: Any = insert(_AGREEMENT).values(row).on_conflict_do_nothing()
    else:
        statement = sa.update(_AGREEMENT).where(*_of(site_id, agreement)).values(changed)
    if db.session.execute(statement.returning(_AGREEMENT.c.revision)).one_or_none() is None:
        raise PreconditionFailed("somebody has changed this agreement meanwhile")
    return replace(agreement, revision=agreement.revision + 1, updated_by=by)


def remove(site_id: str, agreement: Agreement) -> None:
    """Delete what is stored of an agreement, if `revision` is still the stored one.

    :raises NotFound: `agreement_unknown`: nothing is stored.
    :raises PreconditionFailed: somebody has saved it meanwhile.
    """
    if agreement.revision == 0:
        raise NotFound("nothing is stored of this agreement", reason="agreement_unknown")
    deleted = sa.delete(_AGREEMENT).where(*_of(site_id, agreement)).returning(_AGREEMENT.c.revision)
    if db.session.execute(deleted).one_or_none() is None:
        raise PreconditionFailed("somebody has changed this agreement meanwhile")


def _of(site_id: str, agreement: Agreement) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _AGREEMENT.c.site_id == site_id,
        _AGREEMENT.c.party_id == agreement.party_id,
        _AGREEMENT.c.revision == agreement.revision,
    )


def _of_row(row: Any) -> Agreement:
    return Agreement(
        party_id=row.party_id,
        party=row.party,
        capacity=row.capacity,
        reference=row.reference,
        signed_on=cast("date | None", row.signed_on),
        expires_on=cast("date | None", row.expires_on),
        remind_days=row.remind_days,
        contact=row.contact,
        note=row.note,
        revision=row.revision,
        updated_by=row.updated_by,
    )
