"""Keyboard focus is never lost behind the banner (WCAG 2.4.11), and the page is given back as it was."""

from __future__ import annotations

import pytest
from conftest import World
from playwright.sync_api import Page, expect

from tests.processes import PATIENCE

REJECT = "#samtykke [data-samtykke-action=reject-all]"
SETTINGS = "#samtykke [data-samtykke-action=settings]"
LINKS = "".join(f'<p><a href="#{number}">Lenke {number}</a> Tekst.</p>' for number in range(40))
VISIBLE = """() => { const r = document.activeElement.getBoundingClientRect();
for (let x = r.left + 1; x < r.right; x += 4) for (let y = r.top + 1; y < r.bottom; y += 4)
  if (document.activeElement.contains(document.elementFromPoint(x, y))) return true;
return false; }"""
PADDING = "getComputedStyle(document.documentElement).scrollPaddingBottom"


@pytest.mark.parametrize("size", [(320, 256), (320, 640), (1280, 800)])
@pytest.mark.parametrize(
    ("layout", "position"),
    [("bar", "bottom"), ("bar", "top"), ("box", "bottom_left"), ("dialog", "centre")],
)
def test_what_has_the_focus_is_never_covered(
    world: World, page: Page, layout: str, position: str, size: tuple[int, int]
) -> None:
    world.appearance.update(layout=layout, position=position)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(world.put(LINKS))
    page.wait_for_selector("#samtykke")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.wait_for_function(
        "getComputedStyle(document.documentElement).scrollPadding !== 'auto'", timeout=PATIENCE * 1000
    )
    for number in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.hash") == f"#{number}"
        page.wait_for_function(VISIBLE)
    page.keyboard.press("Shift+Tab")
    page.wait_for_function(VISIBLE)


def test_the_page_has_its_own_scrolling_back_when_the_banner_has_gone(world: World, page: Page) -> None:
    page.goto(world.put(f"<style>html {{ scroll-padding-bottom: 7px }}</style>{LINKS}"))
    page.wait_for_selector("#samtykke")
    height = page.evaluate("document.documentElement.scrollHeight")
    assert page.evaluate(PADDING) == "7px"
    page.keyboard.press("Tab")
    page.wait_for_function(f"parseFloat({PADDING}) > 50")
    page.click(REJECT)
    page.wait_for_function(f"{PADDING} === '7px'")
    page.wait_for_function("height => document.documentElement.scrollHeight === height", arg=height)
    page.click("#samtykke-open")
    expect(page.locator("#samtykke-settings")).to_be_visible()


def test_a_page_that_sets_its_own_style_sheets_does_not_undress_us(world: World, page: Page) -> None:
    page.goto(world.put("<main></main>"))
    page.wait_for_selector("#samtykke")
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet(); sheet.replaceSync("main { color: red }");
        document.adoptedStyleSheets = [sheet]; document.querySelector("main").append("Nytt"); }"""
    )
    page.wait_for_function("getComputedStyle(document.querySelector('#samtykke')).position === 'fixed'")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).color") == "rgb(255, 0, 0)"


@pytest.mark.parametrize("action", ["save", "reject-all", "accept-all"])
def test_after_an_answer_in_the_settings_the_focus_is_on_what_opens_them_again(
    world: World, page: Page, action: str
) -> None:
    page.goto(world.put(LINKS))
    page.focus(SETTINGS)
    page.keyboard.press("Enter")
    page.wait_for_selector("#samtykke-settings")
    page.focus(f"#samtykke-settings [data-samtykke-action={action}]")
    page.keyboard.press("Enter")
    expect(page.locator("#samtykke-open")).to_be_focused()
    page.keyboard.press("Enter")
    page.click("#samtykke-settings [data-samtykke-action=save]")
    expect(page.locator("#samtykke-open")).to_be_focused()


def test_without_the_small_button_the_focus_goes_to_the_page_s_own_link(world: World, page: Page) -> None:
    world.debug["floating"] = False
    page.goto(world.put('<a href="#" data-consent-open>Endre samtykke</a>'))
    page.click(SETTINGS)
    page.click("#samtykke-settings [data-samtykke-action=save]")
    expect(page.get_by_text("Endre samtykke")).to_be_focused()


def test_a_page_that_has_moved_the_focus_itself_keeps_it(world: World, page: Page) -> None:
    body = "<input id='field'><script>addEventListener('samtykke:change', () => field.focus(), true)</script>"
    page.goto(world.put(body))
    page.click(SETTINGS)
    page.click("#samtykke-settings [data-samtykke-action=save]")
    expect(page.locator("#field")).to_be_focused()
    page.wait_for_selector("#samtykke-open")
    expect(page.get_by_role("status")).to_have_text("Valget ditt er lagret.")
    expect(page.locator("#field")).to_be_focused()
