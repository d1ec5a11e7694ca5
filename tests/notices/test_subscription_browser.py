"""Subscribing in a real browser: by keyboard, without JavaScript, and without barriers on any page."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from server.core import limits
from server.core.mail_server import MailServer
from tests.chromium import AXE
from tests.notices.subscribers import letters, make_shop
from tests.serving import Served, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("subscriptions")) as started:
        with started.app.app_context():
            make_shop()
        before = started.app.extensions["samtykke"]
        server = MailServer("smtp", "127.0.0.1", 25)
        started.app.extensions["samtykke"] = replace(before, smtp_url=server, mail_from="s@example.no")
        yield started


def barriers(page: Page) -> list[str]:
    """What axe-core finds, in a page narrow enough that it would scroll sideways if it could."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run().then((result) => result.violations.map((one) => one.id))")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*found, *(["scrolls sideways"] if wide else [])]


def newest_link(served: Served) -> str:
    with served.app.app_context():
        return letters("notice.subscription")[-1][1]["link"]


def test_a_visitor_subscribes_and_unsubscribes_by_keyboard(browser: Browser, served: Served) -> None:
    with served.app.app_context():
        limits.counters(served.app).forget()
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{served.address}/s/butikk/notice?lang=nn")
    page.get_by_role("link", name="E-post om endringar").focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("E-postadresse")
    expect(field).to_be_visible()
    assert barriers(page) == []

    page.evaluate("document.querySelector('form').noValidate = true")
    field.fill("kari")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Skriv ei e-postadresse")
    expect(field).to_have_value("kari")
    assert barriers(page) == []

    field.fill("kari@example.no")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sjå i innboksen din")
    assert barriers(page) == []

    link = newest_link(served)
    page.goto(link)
    for heading in ("Stadfest abonnementet", "No abonnerer du", "Meld deg av", "Du er meld av"):
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert barriers(page) == []
        if heading != "Du er meld av":
            page.locator("main button, main a").first.focus()
            page.keyboard.press("Enter")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lenkja gjeld ikkje lenger")
    assert barriers(page) == []
    page.close()


def test_everything_works_without_javascript(browser: Browser, served: Served) -> None:
    with served.app.app_context():
        limits.counters(served.app).forget()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.address}/s/butikk/notice/subscribe?lang=en")
    page.get_by_label("E-mail address").fill("ola@example.no")
    page.get_by_label("Language of the e-mail").select_option("nb")
    page.get_by_role("button", name="Subscribe").click()
    page.goto(newest_link(served))
    page.get_by_role("button", name="Bekreft abonnementet").click()
    page.get_by_role("link", name="Meld deg av").click()
    page.get_by_role("button", name="Meld meg av").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Du er meldt av")
    context.close()
