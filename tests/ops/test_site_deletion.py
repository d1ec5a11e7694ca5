"""A deleted site: closed at once, restorable for 30 days, then gone but for its proofs."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from server.accounts.service import users
from server.core import clock, site_rows
from server.core.db import Base, db, transaction
from server.core.errors import Conflict, NotFound
from server.embed import service as embed
from server.embed.paused import paused_script
from server.ledger import jobs as ledger
from server.ops import fsck, site_deletion
from server.sites import deletion, schedules
from server.sites import service as sites
from server.sites.values import RESTORABLE
from tests.consents.shops import Shop, open_shop, sent

NOW = clock.now()


@pytest.fixture
def shop(client: FlaskClient) -> Shop:
    return open_shop(client, key="nedlagt")


def delete(shop: Shop) -> None:
    with transaction():
        deletion.delete(shop.site.id, by="kari@example.no", now=NOW)
    embed.forget()


def test_every_table_of_sites_is_deleted_from_or_kept_on_purpose() -> None:
    of_sites = {name for name, table in Base.metadata.tables.items() if "site_id" in table.c}
    assert of_sites == set(site_deletion.TABLES) | site_deletion.KEPT
    assert not set(site_deletion.TABLES) & site_deletion.KEPT
    assert len(set(site_deletion.TABLES)) == len(site_deletion.TABLES)


def test_deleted_site_is_closed_and_comes_back_as_it_was(client: FlaskClient, shop: Shop) -> None:
    before, script = sites.find("nedlagt"), client.get("/w/nedlagt.js").data
    delete(shop)
    assert client.get("/w/nedlagt.js").data == paused_script("nedlagt").identity
    refused = shop.post(sent())
    assert (refused.status_code, refused.get_json()["reason"]) == (404, "site_deleted")
    assert "nedlagt" not in {one.key for one in sites.each_site()}
    with pytest.raises(NotFound):
        sites.find_live("nedlagt")
    with pytest.raises(Conflict), transaction():
        deletion.delete(shop.site.id, by="kari", now=NOW)
    with transaction():
        assert deletion.restore(shop.site.id) == before
    embed.forget()
    assert client.get("/w/nedlagt.js").data == script
    assert shop.post(sent()).status_code == 201


def test_what_was_scheduled_is_not_published_after_all(shop: Shop) -> None:
    with transaction():
        schedules.schedule(shop.site.id, NOW + timedelta(days=1), note="", by="kari", now=NOW)
    delete(shop)
    with transaction():
        deletion.restore(shop.site.id)
    with transaction():
        assert schedules.run(shop.site.id, 1, now=NOW + timedelta(days=2)) is None


def test_owners_get_a_message(app: Flask, shop: Shop) -> None:
    with transaction():
        users.create_user("eier@example.no", "owner", password=None, site_ids=[shop.site.id], now=NOW)
        users.create_user("red@example.no", "editor", password=None, site_ids=[shop.site.id], now=NOW)
    delete(shop)
    deliveries = Base.metadata.tables["notification_delivery"]
    told = {row.target for row in db.session.execute(deliveries.select()) if row.site_id == shop.site.id}
    assert told == {"eier@example.no"}


def test_who_deletes_a_site_is_not_told_of_it(app: Flask, shop: Shop) -> None:
    with transaction():
        ids = {
            name: users.create_user(
                f"{name}@example.no", "owner", password=None, site_ids=[shop.site.id], now=NOW
            )[0].user_id
            for name in ("kari", "eier")
        }
    delete(shop)
    deliveries, inboxes = (Base.metadata.tables[name] for name in ("notification_delivery", "inbox_message"))
    mailed = db.session.scalars(sa.select(deliveries.c.target).where(deliveries.c.site_id == shop.site.id))
    assert set(mailed) == {"eier@example.no"}
    told = db.session.scalars(sa.select(inboxes.c.user_id).where(inboxes.c.site_id == shop.site.id))
    assert set(told) == {ids["eier"]}


def test_after_thirty_days_all_but_the_proofs_is_deleted(app: Flask, client: FlaskClient, shop: Shop) -> None:
    client.get("/w/nedlagt.js")
    assert shop.post(sent()).status_code == 201
    with transaction():
        users.create_user("eier@example.no", "owner", password=None, site_ids=[shop.site.id], now=NOW)
    ledger.sequence()
    delete(shop)
    assert site_deletion.purge(NOW + RESTORABLE - timedelta(seconds=1)) == 0
    assert site_rows.count("banner_draft", shop.site.id) == 1
    assert site_deletion.purge(NOW + RESTORABLE) == 1
    assert site_deletion.purge(NOW + RESTORABLE) == 0
    left = {name for name in site_deletion.TABLES if site_rows.count(name, shop.site.id)}
    assert left == set()
    assert site_rows.count("consent", shop.site.id) == 1
    assert site_rows.count("banner_version", shop.site.id) == 1
    with pytest.raises(NotFound), transaction():
        deletion.restore(shop.site.id)
    with pytest.raises(Conflict), transaction():
        sites.create("nedlagt", "En annen", ["annen.no"], by="kari", now=NOW)
    fsck.check(app.extensions["samtykke"].data_dir)


def test_worker_that_is_stopped_goes_on_where_it_was(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    delete(shop)
    steps = []

    def stopped(table: str, site_id: str) -> int:
        steps.append(table)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(site_deletion, "_step", stopped)
        with pytest.raises(KeyboardInterrupt):
            site_deletion.purge(NOW + RESTORABLE)
    assert steps == [site_deletion.TABLES[0]]
    db.session.rollback()
    with pytest.raises(NotFound), transaction():
        deletion.restore(shop.site.id)
    assert site_deletion.purge(NOW + RESTORABLE) == 1
