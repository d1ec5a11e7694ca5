"""The script of a site that compares two variants of its banner."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from server.consents.service import decisions
from server.core import clock
from server.core.db import transaction
from server.embed import service as embed
from server.ledger import jobs
from server.sites import experiments
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import ExperimentResult, Planned, Site
from tests.conftest import PUBLIC_URL
from tests.embed.conftest import NOW, Publish, document
from tests.serving import serving

PLAN = Planned(28, 4000.0, 0.04)
EVERY = timedelta(seconds=5)
STOPPED = ExperimentResult("stopped", 5, -0.1, 0.1)
TITLE_A, TITLE_B = "Får vi?", "Er det greit?"


def start(key: str = "shop") -> Site:
    """Compare what is published with a banner that has another title."""
    site = sites.find(key)
    draft: Document = {**sites.draft(site.id).document}
    draft["texts"] = {
        code: {**texts, "title": TITLE_B, "settings_intro": texts["settings_intro"] + "!"}
        for code, texts in draft["texts"].items()
    }
    draft["appearance"] = {**draft["appearance"], "layout": "dialog", "position": "centre"}
    with transaction():
        sites.save_draft(site.id, draft, by="a test", now=clock.now())
        experiments.start(site.id, PLAN, by="a test", now=clock.now())
    return site


def end(site: Site) -> None:
    with transaction():
        experiments.end(site.id, 1, STOPPED, by="a test", now=clock.now())


def configurations(script: bytes) -> list[dict[str, Any]]:
    """What a script chooses from: the bundle is called with `choosing([…])`, which is built as well."""
    built = embed.bundle()
    before = built.widget.rstrip() + b"(" + built.choosing.rstrip() + b"("
    assert script.startswith(before)
    value: list[dict[str, Any]]
    value, _ = json.JSONDecoder().raw_decode(script.removeprefix(before).decode())
    return value


def served(client: FlaskClient) -> bytes:
    embed.forget()
    return bytes(client.get("/w/shop.js").data)


def test_the_script_has_both_variants_each_as_it_would_be_alone(
    client: FlaskClient, publish: Publish
) -> None:
    publish(TITLE_A)
    alone = served(client)
    start()

    a, b = configurations(served(client))

    built = embed.bundle().widget.rstrip()
    assert json.JSONDecoder().raw_decode(alone.removeprefix(built + b"(").decode())[0] == a
    assert (a["version"], a["words"]["texts"][0]) == (1, TITLE_A)
    assert (b["version"], b["words"]["texts"][0]) == (2, TITLE_B)
    assert (a["categories"], a["services"]) == (b["categories"], b["services"])


def test_a_site_without_an_experiment_has_no_byte_of_it(client: FlaskClient, publish: Publish) -> None:
    publish(TITLE_A)
    before = served(client)
    site = start()
    assert b"getRandomValues" in embed.bundle().choosing
    end(site)

    after = served(client)

    assert embed.bundle().choosing.rstrip() not in before + after
    assert after == before.replace(b'"version":1', b'"version":3')


def test_everybody_gets_the_same_bytes_and_each_address_of_both_variants(
    client: FlaskClient, publish: Publish
) -> None:
    publish(TITLE_A)
    start()
    first = client.get("/w/shop.js", headers={"Accept-Encoding": "br"})
    again = client.get("/w/shop.js", headers={"Accept-Encoding": "br"})
    assert (first.data, first.headers["ETag"]) == (again.data, again.headers["ETag"])
    made = embed.script("shop", public_url=PUBLIC_URL, now=clock.now())
    assert client.get(made.pinned_path).data == brotli.decompress(first.data)
    assert "immutable" in client.get(made.pinned_path).headers["Cache-Control"]
    addresses = {
        address
        for variant in configurations(made.asset.identity)
        for address in (*variant["settings"].values(), variant["extra"])
    }
    assert len(addresses) > len(configurations(made.asset.identity)[0]["settings"]) + 1
    embed.forget()
    for address in addresses:
        assert client.get(address).status_code == 200, address


def test_the_second_variant_costs_visitors_little(client: FlaskClient, publish: Publish) -> None:
    publish(TITLE_A)
    alone = len(brotli.compress(served(client)))
    start()
    assert len(brotli.compress(served(client))) - alone < 700


def test_the_end_is_noticed_as_a_publish_is(
    client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(TITLE_A)
    site = start()
    configurations(client.get("/w/shop.js").data)
    end(site)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=1))
    assert embed.bundle().choosing.rstrip() not in client.get("/w/shop.js").data


def test_what_a_visitor_saw_is_the_script_with_the_place_of_the_variant(
    client: FlaskClient, publish: Publish
) -> None:
    publish(TITLE_A)
    alone = served(client)
    site, at = start(), clock.now()
    both = served(client)
    later = clock.now()
    for version, moment, script, variant in (
        (1, at, alone, None),
        (1, later, both, 0),
        (2, later, both, 1),
    ):
        found = embed.shown(site.id, version, at=moment)
        assert (found.asset.identity, found.variant) == (script, variant), version
    end(site)
    served(client)
    assert embed.shown(site.id, 3, at=clock.now()).variant is None
    assert embed.shown(site.id, 1, at=clock.now()).variant == 0


# --- in a browser ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """A server with a site `shop` that compares two variants, whose script any page of 127.0.0.1 may use."""
    with serving(tmp_path_factory.mktemp("experiment")) as served:
        with served.app.app_context():
            with transaction():
                site = sites.create("shop", "Butikken", ["127.0.0.1"], by="a test", now=NOW)
                sites.save_draft(site.id, document(TITLE_A), by="a test", now=NOW)
                sites.publish(site.id, note="", by="a test", now=NOW)
            start()
        page = '<!doctype html><title>Shop</title><script src="/w/shop.js"></script>'
        served.app.add_url_rule("/page", view_func=lambda: page)
        yield served.app, served.address


def _page(browser: Browser, byte: int) -> Page:
    """A page in a browser whose generator says `byte` where one byte is asked for."""
    page = browser.new_page(locale="nb-NO")
    page.add_init_script(
        "const random = crypto.getRandomValues.bind(crypto);"
        f"crypto.getRandomValues = (a) => (a.length === 1 ? a.fill({byte}) : random(a));"
    )
    return page


@pytest.mark.browser
def test_a_decision_is_recorded_with_the_variant_that_was_seen_and_nobody_is_asked_twice(
    shop_server: tuple[Flask, str], browser: Browser
) -> None:
    app, address = shop_server
    with _page(browser, 6) as page:
        page.goto(f"{address}/page")
        expect(page.locator("#samtykke")).to_contain_text(TITLE_A)
        assert page.context.cookies() == []
        assert page.evaluate("Object.keys(localStorage).length") == 0
    with _page(browser, 7) as page:
        page.goto(f"{address}/page")
        expect(page.locator("#samtykke")).to_contain_text(TITLE_B)
        with page.expect_response(lambda answer: "/decisions" in answer.url) as answered:
            page.locator("[data-samtykke-action='accept-all']").click()
        assert answered.value.status == 201
        assert answered.value.json()["version"] == 2
        number = answered.value.json()["consent_id"]
        # The next page load draws the other variant.
        page.add_init_script("crypto.getRandomValues = (a) => a.fill(6)")
        page.goto(f"{address}/page")
        page.wait_for_function("window.samtykke.consent.decided")
        assert page.evaluate("[samtykke.consent.version, samtykke.allows('statistics')]") == [2, True]
        expect(page.locator("#samtykke")).to_have_count(0)
    with app.app_context():
        site = sites.find("shop")
        jobs.sequence()
        receipt = json.loads(decisions.receipt(site.id, number, now=clock.now(), checkpoint_every=EVERY))
        assert receipt["record"]["version"] == 2


@pytest.mark.browser
@pytest.mark.parametrize(("version", "title"), [(1, TITLE_A), (2, TITLE_B)])
def test_the_page_for_an_auditor_shows_the_variant_of_the_decision(
    shop_server: tuple[Flask, str], browser: Browser, tmp_path: Path, version: int, title: str
) -> None:
    app, _ = shop_server
    with app.app_context():
        app.test_client().get("/w/shop.js")
        file = tmp_path / "banner.html"
        file.write_bytes(embed.page_shown(sites.find("shop"), version, "nb", at=clock.now()))
    page = browser.new_page(locale="nb-NO")
    page.goto(file.as_uri())
    expect(page.locator("#samtykke")).to_contain_text(title)
    page.close()
