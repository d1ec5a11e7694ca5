"""The frame of the studio's pages in a real Chromium: menus on a phone, with and without scripts."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import AXE
from tests.studio.test_browser import KARI, SITE, Studio, barriers, page, press, studio  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def phone(request: pytest.FixtureRequest, browser: Browser, studio: Studio) -> Iterator[Page]:  # noqa: F811
    """Somebody who is logged in on a phone."""
    context = studio.enter(
        browser,
        KARI,
        viewport={"width": 360, "height": 740},
        java_script_enabled=request.param,
        reduced_motion="reduce",
    )
    opened = context.new_page()
    yield opened
    context.close()


def test_sections_and_parts_are_menus_on_a_phone_which_work_by_keyboard(phone: Page, studio: Studio) -> None:  # noqa: F811
    phone.goto(f"{studio.address}{SITE}/")
    sections = phone.get_by_role("navigation", name="Butikken på nett")
    expect(sections.get_by_role("link")).to_have_count(0)
    sections.locator("summary").focus()
    phone.keyboard.press("Enter")
    expect(sections.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")
    press(phone, sections.get_by_role("link", name="Banner"))
    expect(sections.locator("summary")).to_contain_text("Banner")

    parts = phone.get_by_role("navigation", name="Parts of the banner")
    expect(parts.locator("summary")).to_contain_text("Texts")
    parts.locator("summary").click()
    expect(parts.get_by_role("link")).to_have_count(8)
    press(phone, parts.get_by_role("link", name="Behaviour"))
    expect(parts.locator("summary")).to_contain_text("Behaviour")

    # Nothing is beside the screen, to be found by scrolling sideways.
    for strip in phone.locator("nav").all():
        assert strip.evaluate("nav => nav.scrollWidth <= nav.clientWidth")
    phone.locator(".menu-end summary").click()
    phone.get_by_role("link", name="Users").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Users")


def test_setting_is_found_by_keyboard_alone_and_stands_ready(page: Page, studio: Studio) -> None:  # noqa: F811
    page.goto(f"{studio.address}{SITE}/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Pages, settings, services and sites")
    expect(field).to_be_focused()
    options = page.get_by_role("listbox", name="Results").get_by_role("option")
    expect(options.first).to_contain_text("Overview")
    page.keyboard.type("ask again")
    expect(options.filter(has_text="A no is valid for")).to_be_visible()
    while "refusal_days" not in (
        options.and_(page.locator("[aria-selected=true]")).get_attribute("href") or ""
    ):
        page.keyboard.press("ArrowDown")
    selected = page.locator("[role=option][aria-selected=true]")
    assert field.get_attribute("aria-activedescendant") == selected.get_attribute("id")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text(re.compile(r"^\d+ results$"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("A no is valid for")).to_be_focused()

    # On the page that is open already, nothing is loaded; and Escape leaves everything as it was.
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.get_by_label("A no is valid for")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("do not track")
    expect(options.first).to_contain_text("Do Not Track counts as a no")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Do Not Track counts as a no")).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("xyzzy")
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("Nothing found. Try another word.")
    expect(field).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_search_has_no_barrier(browser: Browser, studio: Studio, scheme: Literal["light", "dark"]) -> None:  # noqa: F811
    context = studio.enter(browser, KARI, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    opened = context.new_page()
    opened.goto(f"{studio.address}/search?site=butikken&q=logo")
    for width in (320, 1280):
        opened.set_viewport_size({"width": width, "height": 800})
        assert barriers(opened) == []
        opened.get_by_role("link", name="Search", exact=False).first.click()
        expect(opened.get_by_role("option").first).to_be_visible()
        assert barriers(opened) == []
        opened.get_by_role("button", name="Close").click()
    context.close()
