"""Who asks: the first layer leads to their privacy notice, and the settings name them."""

from __future__ import annotations

import pytest
from conftest import World
from playwright.sync_api import BrowserContext, Page, expect

BANNER = "#samtykke"
DIALOG = "#samtykke-settings"
LINK = f"{BANNER} a"

FACTS = """all => all.map(each =>
    [each.children[0], ...each.children[1].childNodes].map(part => part.textContent).filter(Boolean))"""
"""Terms, each with what is said of it."""


@pytest.mark.parametrize(("lang", "words"), [("nb", "Personvernerklæring"), ("en", "Privacy policy")])
def test_the_first_layer_names_who_asks_and_leads_to_their_notice(
    world: World, page: Page, lang: str, words: str
) -> None:
    page.goto(world.put(lang=lang))
    link = page.get_by_role("link", name=f"Butikken AS: {words}")
    expect(link).to_have_attribute("href", f"{world.server.url}/s/demo/notice?lang={lang}")


def test_the_notice_opens_beside_the_question_which_stays(
    world: World, page: Page, context: BrowserContext
) -> None:
    page.goto(world.put())
    page.focus(f"{BANNER} [data-samtykke-action=reject-all]")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(LINK)).to_be_focused()
    with context.expect_page() as opened:
        page.keyboard.press("Enter")
    expect(opened.value.locator("body")).to_have_text("Innhold")
    assert opened.value.evaluate("window.opener") is None
    expect(page.locator(BANNER)).to_have_count(1)
    assert world.decisions == []


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_link_is_as_large_as_a_finger_needs(world: World, page: Page, width: int) -> None:
    """WCAG 2.5.8; and every size of page has the same controls in the same order (E29a)."""
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(world.put())
    box = page.locator(LINK).bounding_box()
    assert box is not None
    assert box["width"] >= 24
    assert box["height"] >= 24
    controls = page.locator(f"{BANNER} :is(a, button)")
    assert controls.all_text_contents() == [
        "Butikken AS: Personvernerklæring",
        "Avvis alle",
        "Godta alle",
        "Tilpass",
    ]


def test_a_site_that_does_not_name_its_controller_has_no_link_and_no_facts(world: World, page: Page) -> None:
    world.config["words"]["texts"][-1] = ""
    world.controller = []
    page.goto(world.put())
    page.click(f"{BANNER} [data-samtykke-action=settings]")
    expect(page.locator(f"{DIALOG} h2")).to_be_focused()
    page.wait_for_function("!document.querySelector('#samtykke-settings .body > section:empty')")
    expect(page.locator(LINK)).to_have_count(0)
    expect(page.locator(f"{DIALOG} .body > section > dl")).to_have_count(0)


def test_the_settings_name_who_is_responsible_and_how_to_reach_them(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click(f"{BANNER} [data-samtykke-action=settings]")
    facts = page.locator(f"{DIALOG} .body > section > dl")
    expect(facts).to_have_count(1)
    assert facts.locator("div").evaluate_all(FACTS) == [
        ["Behandlingsansvarlig", "Butikken AS"],
        ["Organisasjonsnummer", "311874020"],
        ["Kontakt", "hei@butikken.example", "+47 00 00 00 00", "https://butikken.example/kontakt"],
        ["Personvernombud", "Ola Ombud"],
    ]
    links = page.locator(f"{DIALOG} .body > section:last-child a")
    address = f"{world.server.url}/s/demo"
    assert links.evaluate_all("all => all.map(each => [each.getAttribute('href'), each.target])") == [
        ["mailto:hei@butikken.example", ""],
        ["tel:+4700000000", ""],
        ["https://butikken.example/kontakt", "_blank"],
        [f"{address}/notice?lang=nb", "_blank"],
        [f"{address}/cookies?lang=nb", "_blank"],
    ]
