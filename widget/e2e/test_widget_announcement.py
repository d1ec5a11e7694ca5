"""Visitors who decided before a larger change are notified of it once, without being asked (E5, E29)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import WIDGET, World
from playwright.sync_api import BrowserContext, Locator, Page, expect
from test_widget_axe import AXE, checked

BANNER = "#samtykke"
REGION = "#samtykke-announcement"
CLOSE = f"{REGION} [data-samtykke-action=close]"
TEXTS = WIDGET.parent / "server" / "sites" / "texts"
TEXT = "Vi har fått ny leverandør av kart.\nKartet lagrer ingenting på enheten din."
SEEN = "localStorage.getItem('samtykke:seen:demo')"
LATER = """new Promise(done => requestAnimationFrame(() => setTimeout(() =>
requestAnimationFrame(() => setTimeout(done, 0)), 0)))"""
"""Twice what an announcement waits for; the module that shows it is not even fetched."""
FETCHED = "performance.getEntriesByType('resource').filter(each => each.name.includes('announcement')).length"


def words(language: str, **more: str) -> dict[str, str]:
    texts = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))["texts"]
    around = {"heading": texts["privacy_link"], "link": texts["see_changes"], "close": texts["close"]}
    return {**around, "text": TEXT, **more}


def announced(world: World, **more: Any) -> None:
    """Publish version 5, in which something is announced."""
    world.config["version"] = 5
    spoken = {"nb": words("nb"), "nn": words("nn", lang="nb"), "en": words("en", text="A new map.")}
    world.announcement = {"version": 5, "words": spoken, "rules": "", "floating": True, **more}


def decided(world: World, page: Page, action: str = "accept-all", **options: str) -> str:
    """Decide on version 3."""
    address = world.put("<main><h1>Side</h1><button id=own>Kjøp</button></main>", **options)
    page.goto(address)
    page.click(f"{BANNER} [data-samtykke-action={action}]")
    expect(page.locator(BANNER)).to_have_count(0)
    return address


def shown(page: Page) -> Locator:
    region = page.locator(REGION)
    expect(region.get_by_role("heading")).to_be_visible()
    return region


def nothing(page: Page) -> None:
    page.evaluate(LATER)
    expect(page.locator(REGION)).to_have_count(0)
    assert page.evaluate(FETCHED) == 0


@pytest.mark.parametrize("action", ["accept-all", "reject-all"])
def test_a_returning_visitor_reads_what_has_changed_and_closes_it_for_good(
    world: World, page: Page, action: str
) -> None:
    address = decided(world, page, action)
    cookie = page.evaluate("document.cookie.split('.').slice(1)")
    announced(world)
    page.goto(address)
    region = shown(page)
    expect(page.get_by_role("region", name="Personvernerklæring")).to_have_count(1)
    assert region.locator("p").all_text_contents() == TEXT.split("\n")
    assert region.get_by_role("status").inner_text().startswith("Personvernerklæring\n")
    # It asks for nothing, takes nothing, and blocks nothing.
    assert region.locator("a, button, input, form").all_text_contents() == ["Se hva som er endret", "Lukk"]
    expect(page.locator(BANNER)).to_have_count(0)
    expect(page.locator("body")).to_be_focused()
    page.click("#own")
    expect(page.locator("#own")).to_be_focused()
    assert page.evaluate(SEEN) is None
    page.reload()
    shown(page)
    page.click(CLOSE)
    expect(page.locator(REGION)).to_have_count(0)
    assert page.evaluate(SEEN) == "5"
    page.reload()
    nothing(page)
    # The decision is the one from before.
    assert page.evaluate("document.cookie.split('.').slice(1)") == cookie
    assert [each["version"] for each in world.decisions] == [3]


def test_the_link_leads_to_what_changed_in_a_tab_of_its_own_and_counts_as_seen(
    world: World, page: Page, context: BrowserContext
) -> None:
    address = decided(world, page, lang="en")
    announced(world)
    page.goto(address)
    region = shown(page)
    assert region.locator("p").all_text_contents() == ["A new map."]
    with context.expect_page() as opened:
        region.get_by_role("link", name="See what has changed").click()
    expect(opened.value).to_have_url(f"{world.server.url}/s/demo/notice/versions/5/changes?lang=en")
    assert opened.value.evaluate("window.opener") is None
    expect(page.locator(REGION)).to_have_count(0)
    assert page.evaluate(SEEN) == "5"


def test_escape_closes_it_but_first_a_dialog_above_it(world: World, page: Page) -> None:
    address = decided(world, page)
    announced(world)
    page.goto(address)
    shown(page)
    page.click("#samtykke-open")
    expect(page.locator("#samtykke-settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#samtykke-settings")).to_have_count(0)
    expect(page.locator(REGION)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(REGION)).to_have_count(0)
    assert page.evaluate(SEEN) == "5"


def test_it_gives_way_to_a_new_decision_and_to_the_banner(world: World, page: Page) -> None:
    address = decided(world, page)
    announced(world)
    page.goto(address)
    shown(page)
    page.evaluate("samtykke.show()")
    expect(page.locator(BANNER)).to_be_visible()
    expect(page.locator(REGION)).to_have_count(0)
    page.reload()
    shown(page)
    page.evaluate("samtykke.rejectAll()")
    expect(page.locator(REGION)).to_have_count(0)
    page.reload()
    nothing(page)


def test_who_has_not_decided_or_decided_since_is_not_notified(world: World, page: Page) -> None:
    announced(world)
    page.goto(world.put())
    expect(page.locator(BANNER)).to_be_visible()
    nothing(page)
    page.click(f"{BANNER} [data-samtykke-action=accept-all]")
    nothing(page)
    page.reload()
    nothing(page)


def test_who_is_asked_anew_reads_it_in_the_banner_and_nowhere_else(world: World, page: Page) -> None:
    address = decided(world, page)
    announced(world)
    world.config["categories"][1]["since"] = 5
    world.reasons["nb"]["announcement"] = [5, TEXT, "nb"]
    page.goto(address)
    expect(page.locator(f"{BANNER} p").first).to_contain_text("Kartet lagrer ingenting på enheten din.")
    nothing(page)
    world.reasons["nb"]["announcement"] = [3, TEXT, "nb"]
    page.reload()
    expect(page.locator(f"{BANNER} p").first).not_to_contain_text("Kartet")


def test_a_browser_that_stores_nothing_shows_it_once_on_a_page(world: World, page: Page) -> None:
    address = decided(world, page)
    announced(world)
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw Error('no') } })")
    page.goto(address)
    shown(page)
    page.click(CLOSE)
    expect(page.locator(REGION)).to_have_count(0)
    page.evaluate(LATER)
    expect(page.locator(REGION)).to_have_count(0)


def test_forgetting_the_decision_forgets_what_was_closed(world: World, page: Page) -> None:
    address = decided(world, page)
    announced(world)
    page.goto(address)
    page.click(CLOSE)
    page.goto(address + "#samtykke-forget")
    expect(page.locator(BANNER)).to_be_visible()
    assert page.evaluate(SEEN) is None


def test_nothing_is_shown_and_nothing_fails_where_it_cannot_be_fetched(world: World, page: Page) -> None:
    address = decided(world, page)
    announced(world)
    world.parts_fail = True
    with page.expect_response("**/announcement.js"):
        page.goto(address)
    page.evaluate(LATER)
    expect(page.locator(REGION)).to_have_count(0)


LONG = "Vi har endret hvem som behandler opplysningene dine. " * 9


def test_every_form_of_it_is_accessible_and_leaves_the_small_button_free(world: World, page: Page) -> None:
    """Every width, both themes, both directions, and a text as long as it may be (WCAG 2.2 AA, 2.5.8)."""
    address = decided(world, page)
    announced(world, words={"nb": words("nb", text=LONG), "nn": words("ar", lang="nb", text=LONG)})
    for width, scheme, direction in ((320, "light", "ltr"), (768, "dark", "rtl"), (1280, "light", "ltr")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 640})
        world.config["words"]["dir"] = direction
        page.goto(address)
        region = shown(page)
        expect(region).to_have_attribute("dir", direction)
        page.wait_for_selector("#samtykke-open")
        own, button = region.bounding_box(), page.locator("#samtykke-open").bounding_box()
        assert own is not None
        assert button is not None
        assert own["y"] + own["height"] <= button["y"]
        assert own["height"] <= 320
        assert own["x"] >= 0
        assert own["x"] + own["width"] <= width
        expect(page.locator(CLOSE)).to_be_in_viewport(ratio=1)
        page.add_script_tag(path=AXE)
        assert checked(page) == [], (width, scheme, direction)
    page.emulate_media(media="print")
    expect(page.locator(REGION)).to_be_hidden()
