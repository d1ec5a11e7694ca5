"""Banners side by side, and replies to requests, in a real browser."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server.core import clock
from server.core.db import transaction
from server.notices import replies
from server.sites import service as sites
from tests.studio.test_browser import KARI, SITE, Studio, studio

__all__ = ["studio"]

pytestmark = pytest.mark.browser

READABLE = 12
"""Pixels of the smallest text that people read with ease."""

SIZES = """frame => {
  const shown = frame.getBoundingClientRect().width / frame.offsetWidth;
  return {shown, left: frame.getBoundingClientRect().left, top: frame.getBoundingClientRect().top};
}"""


@pytest.fixture
def page(browser: Browser, studio: Studio) -> Iterator[Page]:
    with studio.app.app_context():
        shop = sites.find("butikken")
        changed: Any = copy.deepcopy(sites.draft(shop.id).document)
        changed["texts"]["nb"]["title"] = "Er det greit?"
        with transaction():
            sites.save_draft(shop.id, changed, by="ola@example.no", now=clock.now())
    with studio.page(browser, KARI) as opened:
        yield opened


def sizes(page: Page) -> list[dict[str, float]]:
    return [page.locator(".stage iframe").nth(place).evaluate(SIZES) for place in (0, 1)]


def test_both_banners_stand_beside_each_other_and_can_be_read(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}{SITE}/compare?language=nb")
    old, new = sizes(page)
    assert old["top"] == new["top"]
    assert old["left"] < new["left"]
    for place, title in ((0, "Informasjonskapsler: du bestemmer"), (1, "Er det greit?")):
        banner = page.frame_locator(".stage iframe").nth(place).locator("#samtykke")
        expect(banner.get_by_role("heading", name=title)).to_be_attached()
        text = banner.locator("p").first.evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
        assert text * old["shown"] >= READABLE


def test_on_a_phone_they_stand_below_each_other_at_full_size(page: Page, studio: Studio) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{studio.address}{SITE}/compare")
    old, new = sizes(page)
    assert (old["shown"], new["shown"]) == (1, 1)
    assert old["top"] < new["top"]
    assert old["left"] == new["left"]


def test_a_banner_is_enlarged_by_keyboard_and_both_are_looked_at_in_turn(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}{SITE}/compare?language=nb")
    page.get_by_role("link", name=re.compile("Full size ?: Version 1")).focus()
    page.keyboard.press("Tab")
    # Nothing in the pictures takes the focus on the way.
    expect(page.get_by_role("link", name=re.compile("Full size ?: The draft"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The draft")).to_be_visible()
    banner = page.frame_locator("iframe").locator("#samtykke")
    expect(banner.get_by_role("heading", name="Er det greit?")).to_be_visible()
    page.get_by_role("link", name="Show version 1").click()
    expect(banner.get_by_role("heading", name="Informasjonskapsler: du bestemmer")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/compare\?old=1&new=draft&language=nb&scheme=light$"))


def test_a_picture_is_enlarged_by_a_click_anywhere_on_it(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}{SITE}/compare")
    page.locator(".stage").first.click(position={"x": 60, "y": 200})
    expect(page.get_by_role("heading", name="Version 1")).to_be_visible()


def test_a_reply_is_inserted_with_its_first_gap_selected_and_can_be_undone(
    page: Page, studio: Studio
) -> None:
    page.goto(f"{studio.address}{SITE}/requests/{studio.request_id}")
    field = page.get_by_label("Answer to the requester")
    field.fill("Takk for meldingen.")
    insert = page.locator("form:has(#answer-text)").get_by_role("button", name="Insert a ready-made reply")
    insert.press("Enter")

    written = field.input_value()
    assert written.startswith("Takk for meldingen.\n\nHei ")
    gaps = replies.gaps(written)
    assert field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == gaps[0]
    page.keyboard.type("navn og adresse")
    assert gaps[0] not in field.input_value()
    insert.press("Enter")
    assert field.input_value().count("Hei ") == 2  # what was changed is another text by now
    page.keyboard.press("Control+z")
    assert field.input_value().count("Hei ") == 1


def test_a_reply_with_gaps_is_refused_by_name_at_its_field(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}{SITE}/requests/{studio.request_id}")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("form:has(#refuse-text)").get_by_role("button", name="Insert").click()
    page.get_by_role("button", name="Refuse the request").click()
    field = page.get_by_label("Reason, for the requester")
    expect(page.locator("#refuse-text-error")).to_contain_text("still has 2 gaps: [skriv grunnen")
    expect(field).to_have_value(re.compile(r"\[skriv grunnen"))
