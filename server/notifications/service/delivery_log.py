"""The delivery log of a site: reading it, sending again, and deleting what is old."""

from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from server.core.db import db
from server.core.errors import Conflict, NotFound
from server.core.ids import PATTERN
from server.notifications import models, queries
from server.notifications.values import (
    DEAD_VISITOR_MAIL_KEPT,
    VISITOR_CHANNELS,
    VISITOR_MAIL_KEPT,
    Channel,
    Delivery,
    State,
)

KEPT = timedelta(days=30)
"""How long a message and its deliveries are stored after the last of these has ended."""

UNSENT_EMAIL = timedelta(days=1)
"""How long an e-mail waits for a mail server to be set."""

_WEBHOOKS: tuple[Channel, ...] = ("webhook",)

_D = cast("sa.Table", models.Delivery.__table__)
_E = cast("sa.Table", models.Endpoint.__table__)
_N = cast("sa.Table", models.Notification.__table__)


def deliveries(
    site_id: str,
    *,
    state: State | None = None,
    endpoint_id: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> tuple[Delivery, ...]:
    """At most `limit` webhook deliveries, newest first; with `before`, those older than this time and id."""
    if endpoint_id is not None and not PATTERN.fullmatch(endpoint_id):
        return ()
    return queries.deliveries(
        site_id, channels=_WEBHOOKS, state=state, endpoint_id=endpoint_id, before=before, limit=limit
    )


def visitor_mail(
    site_id: str, *, state: State | None = None, before: tuple[datetime, str] | None = None, limit: int
) -> tuple[Delivery, ...]:
    """At most `limit` e-mails to visitors, as `deliveries`; without their addresses, so `target` is empty."""
    return queries.deliveries(
        site_id, channels=VISITOR_CHANNELS, state=state, endpoint_id=None, before=before, limit=limit
    )


def newest_test_email(address: str) -> Delivery | None:
    """What became of the newest test message to an address; None if there is none."""
    return queries.newest_test_email(address)


def dead_count(site_id: str) -> int:
    """How many webhook deliveries of a site were given up."""
    return queries.dead_count(site_id)


def send_again(site_id: str, delivery_id: str, *, now: datetime) -> None:
    """Try a delivery that waits for its next try, or has ended without success, now.

    It has the same id as before, and a new schedule. It is a webhook, or an e-mail to a visitor.

    :raises NotFound: `delivery_unknown`.
    :raises Conflict: `not_resendable`: it was delivered, is being tried, or its endpoint is switched off.
    """
    if not PATTERN.fullmatch(delivery_id):
        raise NotFound("there is no such delivery", reason="delivery_unknown")
    one = sa.and_(
        _D.c.site_id == site_id, _D.c.id == delivery_id, _D.c.channel.in_(("webhook", *VISITOR_CHANNELS))
    )
    if db.session.scalar(sa.select(_D.c.id).where(one)) is None:
        raise NotFound("there is no such delivery", reason="delivery_unknown")
    if not _send_again(one, ("pending", "dead", "gone"), now):
        raise Conflict(
            "this cannot be sent again: it was delivered, is being tried, or its endpoint is switched off",
            reason="not_resendable",
        )


def send_all_again(site_id: str, *, now: datetime) -> int:
    """Try all dead deliveries to the site's enabled endpoints again; returns how many."""
    return _send_again(sa.and_(_D.c.site_id == site_id, _D.c.channel == "webhook"), ("dead",), now)


def _send_again(which: sa.ColumnElement[bool], states: tuple[State, ...], now: datetime) -> int:
    enabled = sa.exists().where(
        _E.c.site_id == _D.c.site_id, _E.c.id == _D.c.target, _E.c.disabled_at.is_(None)
    )
    receivable = sa.or_(_D.c.channel.in_(VISITOR_CHANNELS), enabled)
    again = sa.update(_D).where(which, _D.c.state.in_(states), queries.free(now), receivable)
    fresh = {"state": "pending", "attempts": 0, "next_at": now, "locked_until": None, "finished_at": None}
    return cast("sa.CursorResult[tuple[()]]", db.session.execute(again.values(fresh))).rowcount


def drop_unsent_emails(*, now: datetime) -> None:
    """Give up e-mails that have waited a day while no mail server is set."""
    db.session.execute(
        sa.update(_D)
        .where(
            _D.c.channel.in_(("email", "digest", *VISITOR_CHANNELS)),
            _D.c.state == "pending",
            _D.c.next_at <= now - UNSENT_EMAIL,
        )
        .values(state="dead", finished_at=now, answer="No mail server is set.")
    )


def purge(*, now: datetime, batch: int) -> int:
    """Delete at most `batch` messages whose deliveries have all ended 30 days ago; returns how many.

    A message is then forgotten with its key: the same could be recorded again.
    """
    busy = sa.exists().where(
        _D.c.site_id == _N.c.site_id,
        _D.c.notification_id == _N.c.id,
        sa.or_(_D.c.finished_at.is_(None), _D.c.finished_at > now - KEPT),
    )
    old = sa.select(_N.c.site_id, _N.c.id).where(_N.c.created_at <= now - KEPT, ~busy)
    return _delete([(row.site_id, row.id) for row in db.session.execute(old.limit(batch))])


def purge_sent_visitor_mail(*, now: datetime, batch: int) -> int:
    """Delete at most `batch` e-mails to visitors that were sent `VISITOR_MAIL_KEPT` ago; returns how many."""
    return _purge_visitor_mail(("delivered", "gone"), now - VISITOR_MAIL_KEPT, batch)


def purge_unsent_visitor_mail(*, now: datetime, batch: int) -> int:
    """Delete at most `batch` e-mails to visitors that were given up `DEAD_VISITOR_MAIL_KEPT` ago."""
    return _purge_visitor_mail(("dead",), now - DEAD_VISITOR_MAIL_KEPT, batch)


def _purge_visitor_mail(states: tuple[State, ...], ended_before: datetime, batch: int) -> int:
    old = sa.select(_D.c.site_id, _D.c.notification_id).where(
        _D.c.channel.in_(VISITOR_CHANNELS), _D.c.state.in_(states), _D.c.finished_at <= ended_before
    )
    return _delete([(row.site_id, row.notification_id) for row in db.session.execute(old.limit(batch))])


def _delete(messages: list[tuple[str, str]]) -> int:
    if messages:
        of_them = sa.tuple_(_D.c.site_id, _D.c.notification_id).in_(messages)
        db.session.execute(sa.delete(_D).where(of_them))
        db.session.execute(sa.delete(_N).where(sa.tuple_(_N.c.site_id, _N.c.id).in_(messages)))
    return len(messages)
