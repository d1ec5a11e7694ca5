"""The form for requests in a real Chromium: by keyboard alone, without barriers, and without JavaScript."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from server.core import clock
from server.core.db import db, transaction
from server.notices.service import requests
from server.sites import service as sites
from tests.chromium import AXE
from tests.serving import serving
from tests.studio.conftest import make_publishable, make_site

pytestmark = pytest.mark.browser

RUN_AXE = """axe.run(document, {runOnly:
    ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    .then((found) => found.violations.map((each) => each.id + ": " + each.nodes[0].target))"""
NOW = datetime(2026, 11, 10, 9, 30, tzinfo=UTC)
WIDER = "document.documentElement.scrollWidth - innerWidth"


@dataclass(frozen=True)
class Shop:
    """A site whose public pages can be opened."""

    app: Flask
    address: str


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A product that listens, without a mail server."""
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: NOW)
    with serving(tmp_path_factory.mktemp("requests")) as served:
        with served.app.app_context():
            site = make_site("butikken", "Butikken på nett")
            make_publishable(site)
            with transaction():
                sites.publish(site.id, note="", by="kari@example.no", now=NOW)
        yield Shop(served.app, f"{served.address}/s/butikken")
    patch.undo()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A visitor's browser; whatever it complains about fails the test."""
    context = browser.new_context(viewport={"width": 320, "height": 800})
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda entry: complaints.append(entry.text) if "Content Security" in entry.text else None
    )
    yield opened
    context.close()
    assert complaints == []


def assert_no_barriers(page: Page) -> None:
    """In both colours, and at the widths of a phone, a tablet and a desk."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(WIDER) <= 0, (page.url, width)
        page.evaluate(AXE.read_text("utf-8"))
        assert page.evaluate(RUN_AXE) == [], (page.url, scheme)
    page.set_viewport_size({"width": 320, "height": 800})


def tab_to(page: Page, name: str) -> None:
    """Go to a field or button by its name in the page, by keyboard."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || document.activeElement.type") == name:
            return
    pytest.fail(f"{name} is not reached by keyboard")


def test_request_is_sent_followed_and_withdrawn_by_keyboard_alone(page: Page, shop: Shop) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(f"{shop.address}/request?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Use your privacy rights")
    expect(page.locator("#without-script")).to_be_hidden()
    assert_no_barriers(page)
    tab_to(page, "email")
    page.keyboard.type("kari")
    tab_to(page, "message")
    page.keyboard.type("Linje én\nlinje to")
    tab_to(page, "submit")
    page.keyboard.press("Enter")
    expect(page.locator("#problems")).to_be_focused()
    expect(page.get_by_label("Message")).to_have_value("Linje én\nlinje to")
    expect(page.get_by_label("E-mail address")).to_have_accessible_description(re.compile("such as kari@"))
    assert_no_barriers(page)

    tab_to(page, "kind")
    page.keyboard.press("Space")
    tab_to(page, "email")
    page.keyboard.press("End")
    page.keyboard.type("@example.no")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="request/status")
    expect(link).to_be_visible()
    code = str(link.get_attribute("href")).partition("#")[2]
    assert_no_barriers(page)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Request ")
    expect(page.get_by_text("Linje én")).to_be_visible()
    assert_no_barriers(page)
    tab_to(page, "do")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your request is withdrawn")
    # The secret was in no address that a server or a proxy could log.
    assert [url for url in addresses if code in url.partition("#")[0]] == []
    with shop.app.app_context():
        assert requests.numbers(sites.find("butikken").id) == [("access", "withdrawn", 1)]
        db.session.remove()


def test_without_javascript_the_form_says_how_to_reach_the_controller(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop.address}/request?lang=nb")
    expect(page.get_by_role("link", name="post@butikken.no")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    # A request is followed without JavaScript too, by its code.
    page.goto(f"{shop.address}/request/status?lang=nb")
    page.get_by_label("Kode").fill("feil")
    page.get_by_role("button", name="Vis kravet").click()
    expect(page.get_by_role("alert")).to_contain_text("Vi finner ikke noe krav med denne koden")
    context.close()
