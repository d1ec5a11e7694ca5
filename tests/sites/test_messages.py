"""Staff and webhooks get a message about a version that is published, with its facts and nobody's name."""

import json
import re
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from server.accounts.service import users
from server.core.db import db, end_reading, transaction
from server.notifications.models import Delivery, Notification
from server.notifications.service import endpoints
from server.sites import service as sites
from tests.sites.documents import publishable
from tests.sites.test_service import NOW, publish

WEBHOOKS = Path(__file__).parents[2] / "docs" / "webhooks.md"


def test_a_version_has_a_message_in_the_transaction_that_publishes_it(app: Flask) -> None:
    with transaction():
        shop = sites.create("shop", "Butikken", ["shop.no"], by="kari@shop.no", now=NOW)
        users.create_user("ola@shop.no", "editor", password=None, site_ids=None, now=NOW)
        url = "https://receiver.example.no/hook"
        endpoints.create_endpoint(
            shop.id, url, ["banner.published"], in_order=False, by="kari@shop.no", now=NOW
        )
    first = publish(shop, publishable(), note="Kari sin første")
    with transaction():
        sites.rollback(shop.id, 1, by="kari@shop.no", now=NOW)
    end_reading()
    rows = db.session.scalars(sa.select(Notification).order_by(Notification.number)).all()
    assert [json.loads(row.data)["version"] for row in rows] == [1, 2]
    assert json.loads(rows[0].data) == {
        "site": "shop",
        "site_name": "Butikken",
        "version": 1,
        "change": "first",
        "shown_to": "all",
        "announced": False,
        "content_hash": first.content_hash,
        "published_at": "2026-11-22T12:00:00+00:00",
    }
    documented = re.search(r"```json\n(.+?)```", WEBHOOKS.read_text(encoding="utf-8"), re.S)
    assert documented is not None
    example = json.loads(documented[1])
    assert (example["type"], example["data"].keys()) == (rows[0].kind, json.loads(rows[0].data).keys())
    channels = db.session.scalars(sa.select(Delivery.channel).order_by(Delivery.number, Delivery.channel))
    assert list(channels) == ["digest", "webhook"] * 2
