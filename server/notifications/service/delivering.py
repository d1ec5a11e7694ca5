"""Claiming deliveries that are due, and storing what became of each try."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from server.core.db import db
from server.notifications import models, queries, schedule
from server.notifications.values import (
    VISITOR_CHANNELS,
    Channel,
    Claim,
    Outcome,
    printable,
    without_addresses,
)

_DELIVERY = cast("sa.Table", models.Delivery.__table__)
_ENDPOINT = cast("sa.Table", models.Endpoint.__table__)
_NOTIFICATION = cast("sa.Table", models.Notification.__table__)


def any_due(channels: Collection[Channel], *, now: datetime) -> bool:
    """Whether a delivery by these channels is due and not being tried."""
    return queries.any_due(channels, now=now)


def claim(
    channels: Collection[Channel],
    *,
    now: datetime,
    lease: timedelta,
    busy: Collection[str] = (),
    per_target: int,
    limit: int,
    busy_sites: Collection[str] = (),
    per_site: int | None = None,
    one_target: bool = False,
) -> tuple[Claim, ...]:
    """Lock deliveries that are due for this worker alone, until `lease` has passed.

    Two workers never get the same one: the second finds it locked. A worker that dies leaves its lease to
    end. At most `per_target` of each receiver and `per_site` of each site; of a receiver that wants its
    messages in order, the first alone. Receivers in `busy` and sites in `busy_sites` are left out; with
    `one_target`, all receivers but the one who has waited longest.
    """
    wanted = queries.due(
        channels,
        now=now,
        busy=busy,
        per_target=per_target,
        limit=limit,
        busy_sites=busy_sites,
        per_site=per_site,
        one_target=one_target,
    )
    return _locked(wanted, now, lease)


def claim_in_turn(
    channels: Collection[Channel], *, now: datetime, lease: timedelta, after_site: str, limit: int
) -> tuple[Claim, ...]:
    """As `claim`, one of each site in turn, beginning with the one that follows `after_site`.

    So the thousands of one site keep those of another waiting for one try only. It takes no longer where
    thousands wait, and does not look at receivers: of these, each has one or two.
    """
    return _locked(queries.due_in_turn(channels, now=now, after_site=after_site, limit=limit), now, lease)


def _locked(wanted: Sequence[tuple[str, str]], now: datetime, lease: timedelta) -> tuple[Claim, ...]:
    if not wanted:
        return ()
    taken = (
        sa.update(_DELIVERY)
        .where(
            sa.tuple_(_DELIVERY.c.site_id, _DELIVERY.c.id).in_(wanted),
            _DELIVERY.c.state == "pending",
            queries.free(now),
        )
        .values(locked_until=now + lease)
        .returning(_DELIVERY.c.site_id, _DELIVERY.c.id)
    )
    pairs = [(row.site_id, row.id) for row in db.session.execute(taken)]
    return queries.claims(pairs) if pairs else ()


def store_outcomes(outcomes: Iterable[tuple[Claim, Outcome]], *, now: datetime, random: float) -> None:
    """Store the outcome of each try. That of a worker whose lease has ended and was taken over is dropped.

    Address and content of an e-mail to a visitor are deleted when it was delivered: they were for that alone.

    `random` is from 0 up to 1, for the jitter.
    """
    for claimed, outcome in outcomes:
        changes = _changes(claimed, outcome, now, random)
        stored = sa.update(_DELIVERY).where(
            _DELIVERY.c.site_id == claimed.site_id,
            _DELIVERY.c.id == claimed.delivery_id,
            _DELIVERY.c.state == "pending",
            _DELIVERY.c.locked_until == claimed.locked_until,
        )
        done = cast("sa.CursorResult[tuple[()]]", db.session.execute(stored.values(changes)))
        if outcome.result == "gone" and done.rowcount:
            _disable(claimed, now)
        if claimed.channel in VISITOR_CHANNELS and outcome.result == "delivered" and done.rowcount:
            _forget_content(claimed)


def _changes(claimed: Claim, outcome: Outcome, now: datetime, random: float) -> dict[str, object]:
    to_visitor = claimed.channel in VISITOR_CHANNELS
    answer = without_addresses(outcome.answer) if to_visitor else outcome.answer
    changes: dict[str, object] = {
        "attempts": claimed.attempts + 1,
        "locked_until": None,
        "status": outcome.status,
        "answer": printable(answer),
    }
    if outcome.result == "delivered":
        address = {"target": ""} if to_visitor else {}
        return {**changes, **address, "state": "delivered", "finished_at": now}
    if outcome.result == "gone":
        return {**changes, "state": "gone", "finished_at": now}
    again = schedule.next_try(claimed.attempts + 1, now=now, random=random, retry_after=outcome.retry_after)
    if outcome.result == "refused" or again is None:
        return {**changes, "state": "dead", "finished_at": now}
    return {**changes, "next_at": again}


def _forget_content(claimed: Claim) -> None:
    of_it = sa.exists().where(
        _DELIVERY.c.site_id == _NOTIFICATION.c.site_id,
        _DELIVERY.c.notification_id == _NOTIFICATION.c.id,
        _DELIVERY.c.id == claimed.delivery_id,
    )
    content = sa.update(_NOTIFICATION).where(_NOTIFICATION.c.site_id == claimed.site_id, of_it)
    db.session.execute(content.values(data="{}"))


def _disable(claimed: Claim, now: datetime) -> None:
    """Switch an endpoint off, unless it has got another address since: that one did not answer."""
    if claimed.endpoint is None:
        return
    here = sa.and_(
        _ENDPOINT.c.site_id == claimed.site_id,
        _ENDPOINT.c.id == claimed.target,
        _ENDPOINT.c.url == claimed.endpoint.url,
    )
    why = "The receiver answered 410 Gone: it wants no more messages."
    not_sent = "The endpoint was switched off, as its receiver answered 410 Gone to another message."
    disabled = sa.update(_ENDPOINT).where(here, _ENDPOINT.c.disabled_at.is_(None))
    done = db.session.execute(disabled.values(disabled_at=now, disabled_why=why))
    if not cast("sa.CursorResult[tuple[()]]", done).rowcount:
        return
    drop_pending(claimed.site_id, claimed.target, why=not_sent, now=now)


def drop_pending(site_id: str, endpoint_id: str, *, why: str, now: datetime) -> None:
    """Send an endpoint nothing of what still waits for it."""
    db.session.execute(
        sa.update(_DELIVERY)
        .where(
            _DELIVERY.c.site_id == site_id,
            _DELIVERY.c.channel == "webhook",
            _DELIVERY.c.target == endpoint_id,
            _DELIVERY.c.state == "pending",
        )
        .values(state="gone", finished_at=now, locked_until=None, answer=why)
    )


def drop_emails(address: str, *, sites: Collection[str] | None, why: str, now: datetime) -> None:
    """Send a person no e-mail of what still waits; of `sites` alone what is left, None for no site at all."""
    pending = sa.update(_DELIVERY).where(
        _DELIVERY.c.channel.in_(("email", "digest")),
        _DELIVERY.c.target == address,
        _DELIVERY.c.state == "pending",
    )
    if sites is not None:
        pending = pending.where(_DELIVERY.c.site_id.not_in(sorted(sites)))
    db.session.execute(pending.values(state="gone", finished_at=now, locked_until=None, answer=why))
