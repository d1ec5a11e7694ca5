"""How long requests are stored, and what is left of them then: numbers without reference to a person."""

from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa

from server.core.db import db
from server.notices import models, request_rules

_REQUEST = cast("sa.Table", models.NoticeRequest.__table__)
_EVENT = cast("sa.Table", models.NoticeRequestEvent.__table__)
_CHALLENGE = cast("sa.Table", models.SolvedChallenge.__table__)


def delete_unconfirmed(site_id: str, *, now: datetime, batch: int) -> int:
    """Delete requests that nobody confirmed in `TO_CONFIRM`, wholly; returns how many.

    One that is being confirmed this moment stays.
    """
    old = _REQUEST.c.received_at <= now - request_rules.TO_CONFIRM
    ids = _ids(site_id, _REQUEST.c.state == "unconfirmed", old, batch=batch)
    if ids:
        _delete_events(site_id, ids)
        here = (_REQUEST.c.site_id == site_id, _REQUEST.c.id.in_(ids))
        db.session.execute(sa.delete(_REQUEST).where(*here))
    return len(ids)


def delete_content(site_id: str, *, now: datetime, batch: int) -> int:
    """Delete the content of requests closed `KEPT` ago; returns how many.

    Kind, state, and the days of receipt, due date and answer are left: the reference number that the
    requester may still have is gone, and so are the times of day.
    """
    old = _REQUEST.c.closed_at <= now - request_rules.KEPT
    here = _REQUEST.c.reference.is_not(None)
    query = sa.select(_REQUEST.c.id, _REQUEST.c.received_at, _REQUEST.c.closed_at)
    query = query.where(_REQUEST.c.site_id == site_id, old, here).order_by(_REQUEST.c.closed_at).limit(batch)
    rows = db.session.execute(query.with_for_update(skip_locked=True)).all()
    _delete_events(site_id, [row.id for row in rows])
    for row in rows:
        left = {
            "reference": None,
            "sealed": None,
            "confirmed_at": None,
            "received_at": _day(row.received_at),
            "closed_at": _day(row.closed_at),
            "language": "",
        }
        this = (_REQUEST.c.site_id == site_id, _REQUEST.c.id == row.id)
        db.session.execute(sa.update(_REQUEST).where(*this).values(left))
    return len(rows)


def delete_challenges(*, now: datetime) -> int:
    """Delete solved challenges that have expired, and so are refused anyway; returns how many."""
    ended = sa.delete(_CHALLENGE).where(_CHALLENGE.c.expires_at < now)
    return len(db.session.execute(ended.returning(_CHALLENGE.c.challenge)).all())


def _ids(site_id: str, *conditions: Any, batch: int) -> list[str]:
    """Ids of requests that nobody changes before this transaction ends; those being changed are left out."""
    query = sa.select(_REQUEST.c.id).where(_REQUEST.c.site_id == site_id, *conditions)
    query = query.order_by(_REQUEST.c.received_at).limit(batch)
    return list(db.session.scalars(query.with_for_update(skip_locked=True)))


def _delete_events(site_id: str, ids: list[str]) -> None:
    if ids:
        here = (_EVENT.c.site_id == site_id, _EVENT.c.request_id.in_(ids))
        db.session.execute(sa.delete(_EVENT).where(*here))


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
