"""What a page asks for by its address and its markup, and the way to the visitor's own page."""

from __future__ import annotations

import urllib.parse

import pytest
from conftest import World
from playwright.sync_api import Page, expect

BANNER = "#samtykke"
DIALOG = "#samtykke-settings"
ACCEPT = f"{BANNER} [data-samtykke-action=accept-all]"
PLACE = '<div id="place" data-samtykke-declaration {}><p>Uten JavaScript</p></div>'
SHOWN = "#place[data-samtykke-declaration=shown]"
ASKED = "performance.getEntriesByType('resource').filter(each => each.name.endsWith('asked.js')).length"


def states(page: Page) -> list[str]:
    return page.locator(f"{SHOWN} section > p:nth-of-type(2)").all_text_contents()


def test_the_address_opens_the_settings_when_the_page_loads_and_when_it_changes(
    world: World, page: Page
) -> None:
    address = world.put('<a href="#samtykke-settings">Mine valg</a>')
    page.goto(address + "?a=1#samtykke-settings")
    expect(page.locator(DIALOG)).to_be_visible()
    assert page.url == address + "?a=1"
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_have_count(0)
    page.click(ACCEPT)
    page.click("text=Mine valg")
    expect(page.locator(DIALOG)).to_be_visible()
    assert page.url == address + "?a=1"


def test_the_address_has_this_browsers_decision_forgotten_and_asks_again(world: World, page: Page) -> None:
    address = world.put()
    page.goto(address)
    page.click(ACCEPT)
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')")
    page.goto(address + "#samtykke-forget")
    expect(page.locator(BANNER)).to_be_visible()
    assert page.url == address
    assert page.evaluate("[document.cookie, localStorage.length, samtykke.allows('statistics')]") == [
        "",
        0,
        False,
    ]
    # Nothing is erased at the server: the person who follows such a link need not be its author.
    assert world.erased == []


@pytest.mark.parametrize("fragment", ["", "#samtykke-else", "#kapittel"])
def test_a_page_that_asks_for_nothing_loads_nothing_and_keeps_its_address(
    world: World, page: Page, fragment: str
) -> None:
    page.goto(world.put("<p>Tekst</p>") + fragment)
    expect(page.locator(BANNER)).to_be_visible()
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.locator(DIALOG)).to_have_count(0)
    assert page.url.endswith("/" + fragment)
    assert fragment or page.evaluate(ASKED) == 0


def test_after_a_decision_the_settings_lead_to_the_visitors_own_page(world: World, page: Page) -> None:
    page.goto(world.put())
    page.evaluate("samtykke.settings()")
    expect(page.locator(f"{DIALOG} dl").last).to_contain_text("Butikken AS")
    expect(page.locator(f"{DIALOG} a", has_text="Siden om valget ditt")).to_have_count(0)
    page.click(f"{DIALOG} [data-samtykke-action=accept-all]")
    page.click("#samtykke-open")
    link = page.locator(f"{DIALOG} a", has_text="Siden om valget ditt")
    secret = page.evaluate("samtykke.me.id")
    came = urllib.parse.quote(world.site.url, safe="")
    expect(link).to_have_attribute(
        "href", f"{world.server.url}/s/demo/my-choice?lang=nb&from={came}#{secret}"
    )
    expect(link).to_have_attribute("rel", "noopener noreferrer")


STRICT = (
    "default-src 'none'; script-src {0}; connect-src {0}; style-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def test_a_place_becomes_the_declaration_with_the_visitors_own_state(world: World, page: Page) -> None:
    """Under the strictest policies of a page: nothing is parsed as markup, and no style is inline."""
    world.debug["floating"] = False
    policy = STRICT.format(world.server.url)
    page.goto(world.put(PLACE.format('data-level="2"'), Content_Security_Policy=policy))
    expect(page.locator(SHOWN)).to_be_visible()
    assert page.locator(f"{SHOWN} :is(h2, h3, h4)").evaluate_all(
        "all => all.map(each => each.localName + ' ' + each.textContent)"
    ) == [
        "h2 Nødvendige",
        "h3 Samtykke",
        "h4 Informasjonskapsler og annen lagring",
        "h2 Statistikk",
        "h3 Matomo <b>",
        "h2 Markedsføring",
    ]
    assert "Uten JavaScript" not in page.inner_text(SHOWN)
    expect(page.locator(f"{SHOWN} [lang=en]")).to_have_text("Counts visits.")
    expect(page.locator(f"{SHOWN} dd", has_text="https://matomo.example/")).to_have_count(1)
    assert states(page) == ["Alltid på", "Du har ikke svart ennå", "Du har ikke svart ennå"]
    page.evaluate("samtykke.save({statistics: true})")
    expect(page.locator(f"{SHOWN} section", has_text="Statistikk")).to_contain_text("Du har sagt ja")
    assert states(page) == ["Alltid på", "Du har sagt ja", "Du har sagt nei"]
    page.get_by_role("button", name="Endre samtykket").click()
    expect(page.locator(DIALOG)).to_be_visible()


def test_a_place_that_a_script_adds_is_filled_too_and_once(world: World, page: Page) -> None:
    page.goto(world.put())
    page.evaluate("html => { document.body.insertAdjacentHTML('beforeend', html) }", PLACE.format(""))
    expect(page.locator(f"{SHOWN} h3").first).to_have_text("Nødvendige")
    page.evaluate("document.body.append(document.createElement('i'))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert [path for path in world.server.paths() if "cookies.json" in path] == [
        "/s/demo/cookies.json?lang=nb"
    ]


def test_what_the_page_put_there_stays_when_the_declaration_does_not_come(world: World, page: Page) -> None:
    world.declaration = None
    page.goto(world.put(PLACE.format("")))
    expect(page.locator("#place[data-samtykke-declaration=failed]")).to_have_text("Uten JavaScript")
    page.evaluate("document.body.append(document.createElement('i'))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert sum("cookies.json" in path for path in world.server.paths()) == 1


def test_a_declaration_in_another_direction_says_so(world: World, page: Page) -> None:
    assert world.declaration is not None
    world.declaration |= {"language": "ar", "dir": "rtl"}
    page.goto(world.put(PLACE.format("")))
    expect(page.locator(SHOWN)).to_have_attribute("dir", "rtl")
    expect(page.locator(SHOWN)).to_have_attribute("lang", "ar")
