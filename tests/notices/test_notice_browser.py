"""Notice and cookie declaration in a real Chromium: no barriers, no scrolling sideways, on paper too."""

import copy
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from server.core.db import transaction
from server.sites import service as sites
from tests.chromium import AXE
from tests.notices.test_hostile_documents import harmless
from tests.serving import serving
from tests.sites.documents import cookie, in_every_language, service

pytestmark = pytest.mark.browser

AT = datetime(2026, 3, 1, tzinfo=UTC)
PATHS = ("notice?lang=nb", "notice/versions/1?lang=en", "cookies?lang=nn")
WIDTHS: Mapping[int, Literal["light", "dark"]] = {320: "dark", 768: "light", 1280: "light"}
"""Widths of windows in CSS pixels, and the colours in which they are looked at."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a site whose second version has words that are far too long."""
    with serving(tmp_path_factory.mktemp("notices")) as served:
        with served.app.app_context(), transaction():
            site = sites.create("butikk", "Butikken", ["butikk.example.no"], by="kari", now=AT)
            for number in (1, 2):
                made = copy.deepcopy(harmless())
                if number == 2:
                    long = service("long", name="W" * 100, provider="w" * 200, shared_with=["w" * 200])
                    long["purpose"] = long["data"] = in_every_language("W" * 999)
                    long["cookies"] = [cookie("c" * 200)]
                    made["services"].append(long)
                    made["controller"]["address"] = "W" * 400
                sites.save_draft(site.id, made, by="kari", now=AT)
                sites.publish(site.id, note="", by="kari", now=AT)
        yield f"{served.address}/s/butikk/"


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_barriers_and_fits_at_every_width_in_light_and_dark(
    browser: Browser, address: str, path: str
) -> None:
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    page.goto(address + path)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width, scheme in WIDTHS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert width == 768 or _violations(page) == [], (scheme, width)
    assert refused == []
    page.close()


def test_the_contents_are_reached_and_followed_by_keyboard(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}notice?lang=nb")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href") == "#main-content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    while page.locator(":focus").get_attribute("href") != "#rights":
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement !== document.body")
    page.keyboard.press("Enter")
    page.wait_for_url("**#rights")
    assert page.evaluate("document.activeElement.id") == "rights"
    page.close()


def test_on_paper_tables_stay_tables_and_menus_are_left_out(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}notice?lang=nb")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 650, "height": 900})
    assert (
        page.locator("thead").first.evaluate("each => getComputedStyle(each).display") == "table-header-group"
    )
    for menu in page.locator("nav").all():
        assert not menu.is_visible()
    page.close()


def _violations(page: Page) -> list[str]:
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]
