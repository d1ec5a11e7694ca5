"""The bell in a real Chromium: opened by keyboard, without scripts, in narrow windows and both colours."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.service import message_choices
from server.core import clock
from server.core.db import transaction
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import service as sites
from tests.chromium import AXE
from tests.studio.test_browser import KARI, SITE, Studio, barriers, page, studio  # noqa: F401

pytestmark = pytest.mark.browser


def tell(studio: Studio, version: int) -> None:  # noqa: F811
    """Tell everybody who sees the shop of a version."""
    with studio.app.app_context(), transaction():
        site, kind = sites.find("butikken"), "banner.published"
        data: dict[str, str | int | None] = {
            "site": site.key,
            "site_name": site.name,
            "version": version,
            "change": "text",
            "shown_to": "all",
        }
        people = message_choices.recipients(site.id, kind)
        outbox.record(Message(site.id, kind, data, f"bell {version}"), people, now=clock.now())


def test_bell_is_opened_and_a_message_read_by_keyboard(page: Page, studio: Studio) -> None:  # noqa: F811
    tell(studio, 101)
    page.goto(f"{studio.address}{SITE}/")
    bell = page.locator(".bell summary")
    expect(bell).to_contain_text("unread")
    bell.focus()
    page.keyboard.press("Enter")
    first = page.locator(".bell li button").first
    expect(first).to_contain_text("version 101 is published")
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(bell).to_be_focused()
    expect(first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{SITE}/versions")
    page.goto(f"{studio.address}/inbox")
    expect(page.locator(".inbox .is-unread", has_text="version 101")).to_have_count(0)


def test_number_follows_while_the_page_is_open(page: Page, studio: Studio) -> None:  # noqa: F811
    page.goto(f"{studio.address}/inbox")
    while page.get_by_role("button", name="Mark all as read").count():
        page.get_by_role("button", name="Mark all as read").click()
        expect(page.locator("#messages")).to_contain_text("marked as read")
    expect(page.locator("#unread")).to_have_text("")
    page.locator("#unread").evaluate("number => { number.dataset.poll = 1 }")
    tell(studio, 102)
    expect(page.locator("#unread")).to_contain_text("one unread")
    assert page.locator("#unread").get_attribute("data-poll") == "60"


def test_without_scripts_the_bell_leads_to_all_messages(browser: Browser, studio: Studio) -> None:  # noqa: F811
    tell(studio, 103)
    context = studio.enter(browser, KARI, java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{studio.address}{SITE}/")
    opened.locator(".bell summary").click()
    opened.get_by_role("link", name="All messages").click()
    opened.locator(".inbox button", has_text="version 103").click()
    expect(opened.get_by_role("heading", level=1)).to_have_text("Versions")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_bell_has_no_barrier(browser: Browser, studio: Studio, scheme: Literal["light", "dark"]) -> None:  # noqa: F811
    tell(studio, 104)
    context = studio.enter(browser, KARI, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    opened = context.new_page()
    for width in (320, 768, 1280):
        opened.set_viewport_size({"width": width, "height": 800})
        opened.goto(f"{studio.address}{SITE}/")
        opened.locator(".bell summary").click()
        expect(opened.locator(".bell li").first).to_be_visible()
        assert barriers(opened) == []
        body = opened.locator(".bell .menu-body").bounding_box()
        assert body is not None
        assert body["x"] >= 0
        assert body["x"] + body["width"] <= width
    context.close()
