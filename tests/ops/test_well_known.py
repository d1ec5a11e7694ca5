"""What `/.well-known/` answers."""

import re
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from server.core.db import transaction
from server.sites import service as sites
from tests.sites.documents import publishable

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
GPC = "/.well-known/gpc.json"


def publish(key: str, domain: str, *, gpc: bool) -> None:
    with transaction():
        site = sites.create(key, "Butikken", [domain], by="a test", now=NOW)
        document = publishable()
        document["behaviour"]["signals"]["gpc"] = gpc
        sites.save_draft(site.id, document, by="a test", now=NOW)
        sites.publish(site.id, note="", by="a test", now=NOW)


def test_a_server_of_its_own_respects_privacy_control(app: Flask, client: FlaskClient) -> None:
    publish("elsewhere", "shop.example.no", gpc=False)

    answer = client.get(GPC)

    assert answer.content_type == "application/json"
    assert answer.json is not None
    assert answer.json["gpc"] is True
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", answer.json["lastUpdate"])


def test_a_host_that_is_a_site_s_too_says_what_the_site_does(app: Flask, client: FlaskClient) -> None:
    publish("first", "127.0.0.1", gpc=True)
    assert client.get(GPC).json == {"gpc": True, "lastUpdate": "2026-11-30"}

    publish("second", "127.0.0.1", gpc=False)
    assert client.get(GPC).json == {"gpc": False, "lastUpdate": "2026-11-30"}


def test_the_sites_of_a_host_are_those_that_name_it_or_its_parents(app: Flask) -> None:
    with transaction():
        for key, domain in (("own", "www.shop.no"), ("wild", "*.shop.no"), ("other", "shop.no")):
            sites.create(key, "Butikken", [domain, "unrelated.no"], by="a test", now=NOW)

    assert [site.key for site in sites.of_host("www.shop.no")] == ["own", "wild"]
    assert [site.key for site in sites.of_host("a.b.shop.no")] == ["wild"]
    assert [site.key for site in sites.of_host("shop.no")] == ["other"]
    assert all("unrelated.no" in site.domains for site in sites.of_host("www.shop.no"))


def test_the_icon_that_browsers_ask_for_is_there(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    with client.get(answer.location) as icon:
        assert icon.content_type.startswith("image/svg+xml")
