"""A shop with a published notice and a mail server, and what its subscribers are sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask

from server.core.db import db, end_reading, transaction
from server.core.http import settings
from server.core.mail_server import MailServer
from server.core.sealing import seal
from server.notices.models import Subscriber
from server.notices.service import subscriptions
from server.notifications.models import Delivery, Notification
from server.notifications.values import VISITOR_CHANNELS
from server.sites import service as sites
from server.sites.values import Site, Version
from tests.sites.documents import in_every_language, publishable

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WHAT = in_every_language("Vi bruker Matomo.")


def make_shop(key: str = "butikk") -> Site:
    """A site of which one version is published."""
    with transaction():
        made = sites.create(key, "Butikken", [f"{key}.example.no"], by="kari@example.no", now=NOW)
        sites.save_draft(made.id, publishable(), by="kari@example.no", now=NOW)
        sites.publish(made.id, note="", by="kari@example.no", now=NOW)
    return made


def announce(site: Site, now: datetime = NOW) -> Version:
    """Publish a version that announces a change."""
    with transaction():
        return sites.publish(site.id, note="", announcement=WHAT, by="kari@example.no", now=now)


def subscribed(site: Site, number: int, *, confirmed: datetime | None = NOW, since: datetime = NOW) -> None:
    """That many subscribers, in one statement."""
    rows = [
        {
            "site_id": site.id,
            "id": f"{place:022}",
            "sealed": seal(
                f"s{place}@example.no",
                f"{site.id}/{place:022}/address",
                secret_key=settings().secret_key,
                kind="subscribers/address",
            ),
            "address_digest": f"{place}",
            "language": ("nb", "en")[place % 2],
            "created_at": since,
            "confirmed_at": confirmed,
        }
        for place in range(number)
    ]
    with transaction():
        db.session.execute(sa.insert(Subscriber), rows)


def letters(kind: str) -> list[tuple[str, dict[str, str]]]:
    """Address and content of what is in the outbox for visitors, by address."""
    end_reading()
    query = sa.select(Delivery.target, Notification.data)
    query = query.join(
        Notification,
        sa.and_(Notification.site_id == Delivery.site_id, Notification.id == Delivery.notification_id),
    ).where(Delivery.channel.in_(VISITOR_CHANNELS), Notification.kind == kind)
    rows = db.session.execute(query.order_by(Delivery.target, Delivery.number))
    return [(row.target, json.loads(row.data)) for row in rows]


def stored() -> list[tuple[str, Subscriber]]:
    """All subscribers with their addresses, by address."""
    end_reading()
    found = db.session.scalars(sa.select(Subscriber)).all()
    return sorted(((address(each), each) for each in found), key=lambda one: one[0])


def address(subscriber: Subscriber) -> str:
    """The address of a subscriber, decrypted."""
    found = subscriptions.address_of(
        subscriber.site_id, subscriber.id, subscriber.sealed, secret_key=settings().secret_key
    )
    assert found is not None
    return found


@contextmanager
def mail_set(app: Flask) -> Iterator[None]:
    """The application has a mail server."""
    before = app.extensions["samtykke"]
    server = MailServer("smtp", "127.0.0.1", 25)
    app.extensions["samtykke"] = replace(before, smtp_url=server, mail_from="samtykke@example.no")
    yield
    app.extensions["samtykke"] = before
