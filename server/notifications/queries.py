"""Reading messages, deliveries and endpoints."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from server.core.db import db
from server.notifications import models
from server.notifications.payload import message_id
from server.notifications.values import TEST, VISITOR_CHANNELS, Channel, Claim, Delivery, Endpoint, State

_D = models.Delivery
_E = models.Endpoint
_N = models.Notification


def endpoints(site_id: str) -> tuple[Endpoint, ...]:
    """The endpoints of a site, oldest first."""
    query = sa.select(_E).where(_E.site_id == site_id).order_by(_E.created_at, _E.id)
    return tuple(_endpoint(row) for row in db.session.scalars(query))


def endpoint(site_id: str, endpoint_id: str) -> Endpoint | None:
    """One endpoint; None if there is no such endpoint."""
    row = db.session.get(_E, (site_id, endpoint_id), populate_existing=True)
    return _endpoint(row) if row else None


def _endpoint(row: models.Endpoint) -> Endpoint:
    return Endpoint(
        row.site_id,
        row.id,
        row.url,
        tuple(row.kinds.split()),
        row.in_order,
        row.secret_number,
        row.rotated_at,
        row.created_at,
        row.created_by,
        row.disabled_at,
        row.disabled_why,
    )


def recent_emails(addresses: Collection[str], *, since: datetime) -> Mapping[str, int]:
    """Address → how many e-mails for at once it was given since a moment; absent if none."""
    query = sa.select(_D.target, sa.func.count()).where(
        _D.channel == "email", _D.target.in_(sorted(addresses)), _D.created_at > since
    )
    rows = db.session.execute(query.group_by(_D.target))
    return {row[0]: int(row[1]) for row in rows}


# --- what is due -----------------------------------------------------------------------------------------


def any_due(channels: Collection[Channel], *, now: datetime) -> bool:
    """Whether a delivery by these channels is due and not being tried; one indexed read."""
    return db.session.scalar(sa.select(_D.id).where(*_due(channels, now)).limit(1)) is not None


def due(
    channels: Collection[Channel],
    *,
    now: datetime,
    busy: Collection[str],
    per_target: int,
    limit: int,
    busy_sites: Collection[str] = (),
    per_site: int | None = None,
    one_target: bool = False,
) -> list[tuple[str, str]]:
    """Site and id of deliveries to try now: at most `per_target` of each receiver, `per_site` of each site.

    A receiver that wants its messages in order gets one that follows no other on its way. Receivers in `busy`
    are left out, so that what waits for a slow one never fills the answer; with `one_target`, all but the
    one who has waited longest.
    """
    place = sa.func.row_number().over(partition_by=(_D.site_id, _D.target), order_by=_D.number)
    waiting = sa.select(_D.site_id, _D.id, _D.next_at, place.label("place")).outerjoin(_E, _is_target())
    waiting = waiting.where(*_due(channels, now), sa.or_(_E.id.is_(None), ~_E.in_order, ~_follows_another()))
    if busy:
        waiting = waiting.where(_D.target.not_in(sorted(busy)))
    if busy_sites:
        waiting = waiting.where(_D.site_id.not_in(sorted(busy_sites)))
    if one_target:
        first = sa.select(_D.target).where(*_due(channels, now), _D.target.not_in(sorted(busy)))
        waiting = waiting.where(_D.target == first.order_by(_D.next_at, _D.id).limit(1).scalar_subquery())
    ranked = waiting.subquery()
    of_site = sa.func.row_number().over(
        partition_by=ranked.c.site_id, order_by=(ranked.c.next_at, ranked.c.id)
    )
    chosen = sa.select(ranked, of_site.label("of_site")).where(ranked.c.place <= per_target).subquery()
    query = sa.select(chosen.c.site_id, chosen.c.id)
    if per_site is not None:
        query = query.where(chosen.c.of_site <= per_site)
    rows = db.session.execute(query.order_by(chosen.c.next_at, chosen.c.id).limit(limit))
    return [(row.site_id, row.id) for row in rows]


def due_in_turn(
    channels: Collection[Channel], *, now: datetime, after_site: str, limit: int
) -> list[tuple[str, str]]:
    """Site and id of deliveries to try now: the oldest of the site after `after_site`, then of the next one.

    Sites follow each other in the order of their ids, the first one after the last. However many wait, each
    is one read.
    """
    found: list[tuple[str, str]] = []
    turn = after_site
    while len(found) < limit:
        taken = [delivery_id for _site, delivery_id in found]
        waiting = sa.select(_D.site_id, _D.id).where(*_due(channels, now), _D.id.not_in(taken))
        first = waiting.order_by(_D.site_id, _D.next_at, _D.number).limit(1)
        row = db.session.execute(first.where(_D.site_id > turn)).first() or db.session.execute(first).first()
        if row is None:
            break
        found.append((row.site_id, row.id))
        turn = row.site_id
    return found


def _due(channels: Collection[Channel], now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (_D.state == "pending", _D.next_at <= now, _D.channel.in_(sorted(channels)), free(now))


def free(now: datetime) -> sa.ColumnElement[bool]:
    """No worker has a lease on the delivery."""
    return sa.or_(_D.locked_until.is_(None), _D.locked_until <= now)


def _is_target() -> sa.ColumnElement[bool]:
    return sa.and_(_D.channel == "webhook", _E.site_id == _D.site_id, _E.id == _D.target)


def _follows_another() -> sa.ColumnElement[bool]:
    """An earlier message to the same receiver is still on its way."""
    earlier = aliased(_D)
    return sa.exists().where(
        earlier.site_id == _D.site_id,
        earlier.target == _D.target,
        earlier.state == "pending",
        earlier.number < _D.number,
    )


def claims(pairs: Sequence[tuple[str, str]]) -> tuple[Claim, ...]:
    """These deliveries, which the caller has locked, with messages and endpoints."""
    query = (
        sa.select(_D, _N, _E)
        .join(_N, sa.and_(_N.site_id == _D.site_id, _N.id == _D.notification_id))
        .outerjoin(_E, _is_target())
        .where(sa.tuple_(_D.site_id, _D.id).in_(list(pairs)))
        .order_by(_D.site_id, _D.number)
        .execution_options(populate_existing=True)
    )
    return tuple(_claim(*row) for row in db.session.execute(query))


def _claim(row: models.Delivery, message: models.Notification, target: models.Endpoint | None) -> Claim:
    if row.locked_until is None:
        raise RuntimeError("a delivery was claimed, and is not locked")
    return Claim(
        row.site_id,
        row.id,
        message_id(message.id),
        message.kind,
        json.loads(message.data),
        message.created_at,
        cast("Channel", row.channel),
        row.target,
        row.language,
        row.attempts,
        row.locked_until,
        _endpoint(target) if target else None,
    )


# --- the delivery log ------------------------------------------------------------------------------------


def deliveries(
    site_id: str,
    *,
    channels: Collection[Channel],
    state: State | None,
    endpoint_id: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> tuple[Delivery, ...]:
    """At most `limit` deliveries of a site by these channels, newest first; with `before`, older ones."""
    query = sa.select(_D, _N.kind).join(_N, sa.and_(_N.site_id == _D.site_id, _N.id == _D.notification_id))
    query = query.where(_D.site_id == site_id, _D.channel.in_(sorted(channels)))
    if state is not None:
        query = query.where(_D.state == state)
    if endpoint_id is not None:
        query = query.where(_D.target == endpoint_id)
    if before is not None:
        query = query.where(sa.tuple_(_D.created_at, _D.id) < sa.tuple_(*before))
    query = query.order_by(_D.created_at.desc(), _D.id.desc()).limit(limit)
    return tuple(_delivery(row, kind) for row, kind in db.session.execute(query))


def newest_test_email(address: str) -> Delivery | None:
    """The newest test message to an address; None if there is none."""
    query = sa.select(_D, _N.kind).join(_N, sa.and_(_N.site_id == _D.site_id, _N.id == _D.notification_id))
    query = query.where(_D.site_id == "", _D.channel == "email", _D.target == address, _N.kind == TEST.name)
    row = db.session.execute(query.order_by(_D.created_at.desc()).limit(1)).first()
    return _delivery(row[0], row[1]) if row else None


def dead_count(site_id: str) -> int:
    """How many webhook deliveries of a site were given up."""
    dead: list[Any] = [_D.site_id == site_id, _D.channel == "webhook", _D.state == "dead"]
    return db.session.scalar(sa.select(sa.func.count()).where(*dead)) or 0


def _delivery(row: models.Delivery, kind: str) -> Delivery:
    return Delivery(
        row.id,
        message_id(row.notification_id),
        kind,
        cast("Channel", row.channel),
        "" if row.channel in VISITOR_CHANNELS else row.target,
        cast("State", row.state),
        row.attempts,
        row.created_at,
        row.next_at if row.state == "pending" else None,
        row.finished_at,
        row.status,
        row.answer,
    )
