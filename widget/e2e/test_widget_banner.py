"""The first layer: how it looks, what it says and what it never does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLE, World, first_layer
from playwright.sync_api import Browser, Page, expect

REJECT = "#samtykke [data-samtykke-action=reject-all]"
ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
SETTINGS = "#samtykke [data-samtykke-action=settings]"
TEXTS = Path(__file__).parents[2] / "server" / "sites" / "texts"
SEEN = """e => { const r = e.getBoundingClientRect(), box = e.closest("#samtykke").getBoundingClientRect();
return r.height > 0 && r.top >= Math.max(0, box.top) && r.bottom <= Math.min(innerHeight, box.bottom)
  && e.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); }"""
"""Whether all of an element is in sight, and nothing lies over its middle."""
FREE = """e => { const bottom = e.getBoundingClientRect().bottom;
return bottom <= document.querySelector("#samtykke .actions").getBoundingClientRect().top + 1; }"""
"""Whether a paragraph ends above the answers."""
LOOK = (
    "width height font-size font-weight font-family padding background-color color border border-radius "
    "text-decoration opacity box-shadow"
)


READ = "(e, names) => Object.fromEntries(names.split(' ').map(name => [name, getComputedStyle(e)[name]]))"
IN_SIGHT = f"""([reject, accept, names]) => {{
  const one = selector => document.querySelector(selector);
  const all = selector => [...document.querySelectorAll(selector)];
  const banner = one("#samtykke"), height = banner.getBoundingClientRect().height;
  banner.scrollTo(0, 0);
  const title = ({SEEN})(one("#samtykke h2")), answers = all("#samtykke button").map({SEEN});
  const looks = [reject, accept].map(selector => ({READ})(one(selector), names));
  banner.scrollTo(0, 9999);
  return {{ height, title, answers, looks, last: ({FREE})(all("#samtykke p:not(:empty)").at(-1)) }};
}}"""
"""All that a small page is asked, at once: the last paragraph once the banner is scrolled to its end."""


def look(page: Page, selector: str) -> dict[str, Any]:
    found: dict[str, Any] = page.locator(selector).evaluate(READ, LOOK)
    return found


def resize(page: Page, width: int) -> None:
    """As somebody who turns a phone, or drags a window."""
    page.set_viewport_size({"width": width, "height": 700})
    page.wait_for_function("width => innerWidth === width", arg=width)


@pytest.mark.parametrize("layout", ["bar", "box", "dialog"])
def test_refusing_looks_exactly_like_accepting(world: World, page: Page, layout: str) -> None:
    world.appearance["layout"] = layout
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    page.mouse.move(0, 0)
    for width in (320, 768, 1280):
        resize(page, width)
        assert look(page, REJECT) == look(page, ACCEPT)
    actions = page.locator("#samtykke button").evaluate_all("all => all.map(b => b.dataset.samtykkeAction)")
    assert actions == ["reject-all", "accept-all", "settings"]


@pytest.mark.parametrize("width", [320, 1280])
def test_every_target_is_large_enough(world: World, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(world.put())
    page.click(SETTINGS)
    page.wait_for_selector("#samtykke-settings")
    for root in ("#samtykke", "#samtykke-settings"):
        for box in page.locator(f"{root} :is(button, input, summary)").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])"
        ):
            assert min(box) >= 44


def words(language: str) -> dict[str, Any]:
    """The first layer as the product says it."""
    texts = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    right = {"dir": "rtl"} if language in ("ar", "he") else {}
    return {"language": language, "texts": first_layer(texts["texts"]), **right}


@pytest.mark.parametrize("language", sorted(path.stem for path in TEXTS.glob("*.json")))
def test_a_small_page_is_left_half_to_its_reader_and_every_answer_is_in_sight(
    world: World, page: Page, language: str
) -> None:
    """Also at 400 % zoom (WCAG 1.4.10), where what does not fit is scrolled beneath the answers."""
    world.config["words"] = words(language)
    world.config["languages"] = {}
    sizes = [(700, 350), (640, 320), (256, 240)]
    for layout, position in (("bar", "bottom"), ("box", "bottom_left"), ("dialog", "centre")):
        world.appearance.update(layout=layout, position=position)
        address = world.put("<style>body { font-family: sans-serif }</style>", lang=language)
        page.set_viewport_size({"width": 320, "height": sizes[0][0]})
        page.goto(address)
        page.wait_for_selector("#samtykke")
        # Then as somebody who zooms: the page stays. Each layout begins with another size.
        for height, most in sizes:
            page.set_viewport_size({"width": 320, "height": height})
            page.wait_for_function("height => innerHeight === height", arg=height)
            found = page.evaluate(IN_SIGHT, [REJECT, ACCEPT, LOOK])
            assert found["height"] <= most
            assert found["title"]
            assert len(found["answers"]) == 3
            assert all(found["answers"])
            assert found["looks"][0] == found["looks"][1]
            # The last word can be scrolled to.
            assert found["last"]
        sizes.append(sizes.pop(0))


@pytest.mark.parametrize(
    ("layout", "position"), [("bar", "top"), ("box", "bottom_right"), ("dialog", "centre")]
)
def test_a_short_window_has_every_answer_in_sight(
    world: World, page: Page, layout: str, position: str
) -> None:
    """A laptop at 200 % zoom: the answers stay where they are, and the text is scrolled beneath them."""
    world.config["words"] = words("nb")
    world.config["languages"] = {}
    world.appearance.update(layout=layout, position=position)
    page.set_viewport_size({"width": 560, "height": 270})
    page.goto(world.put("<style>body { font-family: sans-serif }</style>", lang="nb"))
    page.wait_for_selector("#samtykke")
    found = page.evaluate(IN_SIGHT, [REJECT, ACCEPT, LOOK])
    assert found["answers"] == [True, True, True]
    assert found["last"]


@pytest.mark.parametrize("layout", ["bar", "box", "dialog"])
def test_german_answers_stand_on_one_line_side_by_side(world: World, page: Page, layout: str) -> None:
    world.config["words"] = words("de")
    world.config["languages"] = {}
    world.appearance["layout"] = layout
    page.goto(world.put("<style>body { font-family: Arial, sans-serif }</style>", lang="de"))
    page.wait_for_selector("#samtykke")
    page.locator("#samtykke h2").wait_for()
    lines = (
        "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"
    )
    for width in (320, 360, 768, 1280):
        resize(page, width)
        boxes = [page.locator(each).bounding_box() for each in (REJECT, ACCEPT)]
        assert boxes[0]["y"] == boxes[1]["y"]  # type: ignore[index]
        assert [page.locator(each).evaluate(lines) for each in (REJECT, ACCEPT)] == [1, 1]


def test_the_focus_is_not_taken_and_the_banner_comes_first(world: World, page: Page) -> None:
    page.goto(world.put('<a href="/x">Lenke</a>'))
    page.wait_for_selector("#samtykke")
    assert page.evaluate("[document.activeElement.localName, document.body.firstElementChild.id]") == [
        "body",
        "samtykke",
    ]
    expect(page.get_by_role("region", name="Du bestemmer over informasjonskapslene")).to_be_visible()


def test_a_visitor_with_a_keyboard_alone_can_decide_and_change_it(world: World, page: Page) -> None:
    page.goto(world.put('<a href="/x">Lenke</a>'))
    page.wait_for_selector("#samtykke")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Innstillinger for samtykke")
    expect(dialog.get_by_role("heading", level=2)).to_be_focused()
    switch = dialog.get_by_role("switch", name="Statistikk")
    for _ in range(12):
        page.keyboard.press("Tab")
        if switch.evaluate("e => e === document.activeElement"):
            break
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()
    save = dialog.get_by_role("button", name="Lagre valg")
    while not save.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    page.wait_for_function("samtykke.allows('statistics') && !samtykke.allows('advertising')")
    page.locator("#samtykke-open").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("switch", name="Statistikk")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#samtykke-open")).to_be_focused()


def test_escape_scrolling_and_clicks_elsewhere_decide_nothing(world: World, page: Page) -> None:
    page.goto(world.put('<div style="height: 4000px"><a id="away" href="#away">Lenke</a></div>'))
    page.wait_for_selector("#samtykke")
    page.keyboard.press("Escape")
    page.mouse.wheel(0, 2000)
    page.evaluate("document.querySelector('#away').click()")
    page.click(SETTINGS)
    page.wait_for_selector("#samtykke-settings")
    page.keyboard.press("Escape")
    expect(page.locator("#samtykke-settings")).to_have_count(0)
    expect(page.locator("#samtykke")).to_be_visible()
    assert page.evaluate("[samtykke.consent.decided, document.cookie]") == [False, ""]
    assert world.decisions == []


@pytest.mark.parametrize(
    "css",
    [
        "*{all:unset!important}",
        "button{display:none!important}section,dialog{visibility:hidden!important}",
        "html{font-size:1px}body{font:4px/1 serif;color:red;text-transform:uppercase;letter-spacing:1em}",
        "*::before,*::after{content:'!!!!';display:block;height:500px}h2,p{position:absolute;left:-999px}",
        "div{position:fixed;inset:0;z-index:2147483647;background:red}button{opacity:.1;transform:scale(.1)}",
        ".actions,.bar,.bottom{display:none!important}input{appearance:auto!important;width:1px!important}",
    ],
)
def test_the_page_cannot_break_the_banner(world: World, page: Page, css: str) -> None:
    page.goto(world.put(f"<div>Side</div><style>{css}</style>"))
    page.wait_for_selector("#samtykke")
    assert page.locator(REJECT).evaluate(
        """button => { const r = button.getBoundingClientRect(), style = getComputedStyle(button);
        return r.height >= 44 && r.width >= 100 && parseFloat(style.fontSize) >= 16 && style.opacity === "1"
          && style.textTransform === "none"
          && button.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); }"""
    )
    page.click(SETTINGS)
    switch = page.locator("#samtykke-settings input[name=statistics]")
    assert switch.evaluate("e => e.getBoundingClientRect().width") == 52
    page.click("#samtykke-settings [data-samtykke-action=reject-all]")
    expect(page.locator("#samtykke")).to_have_count(0)


@pytest.mark.parametrize("layout", ["bar", "box", "dialog"])
def test_at_400_percent_all_is_reached_by_scrolling_inside(world: World, page: Page, layout: str) -> None:
    world.appearance["layout"] = layout
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(world.put())
    for selector in (REJECT, ACCEPT, SETTINGS):
        page.locator(selector).scroll_into_view_if_needed()
        assert page.locator(selector).evaluate(
            """b => { const r = b.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight
            && b.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); }"""
        )
    assert page.locator("#samtykke").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("lang", "spoken", "word"),
    [("nn", "nn", "Du avgjer"), ("nn-NO", "nn", "Du avgjer"), ("no", "nb", "Du bestemmer"),
     ("en-GB", "en", "You decide"), ("fi", "nb", "Du bestemmer"), ("", "nb", "Du bestemmer")],
)  # fmt: skip
def test_the_banner_has_the_language_of_the_page(
    world: World, page: Page, lang: str, spoken: str, word: str
) -> None:
    page.goto(world.put(lang=lang))
    expect(page.locator("#samtykke h2")).to_contain_text(word)
    assert page.locator("#samtykke").get_attribute("lang") == spoken
    page.click(SETTINGS)
    expect(page.locator("#samtykke-settings")).to_have_attribute("lang", spoken)


def test_a_language_that_came_with_the_script_is_spoken_at_once(world: World, page: Page) -> None:
    world.config["languages"]["nn"] = SAMPLE["languages"]["nn"]
    page.goto(world.put(lang="nn"))
    expect(page.locator("#samtykke h2")).to_contain_text("Du avgjer")
    page.click(SETTINGS)
    expect(page.locator("#samtykke-settings")).to_have_attribute("lang", "nn")
    assert not [path for path in world.server.paths() if "banner-" in path]


def test_a_language_that_cannot_be_fetched_gives_way_to_the_main_one(world: World, page: Page) -> None:
    world.languages_fail = True
    page.goto(world.put(lang="nn"))
    expect(page.locator("#samtykke h2")).to_contain_text("Du bestemmer")
    assert page.locator("#samtykke").get_attribute("lang") == "nb"


def with_wider_statistics(world: World, page: Page) -> str:
    """The address of a page whose visitor has allowed statistics, before that category grew in version 4."""
    address = world.put()
    page.goto(address)
    page.evaluate("samtykke.save({statistics: true})")
    page.wait_for_function("samtykke.consent.decided")
    world.config["version"] = 4
    world.config["categories"][1]["since"] = 4
    return address


def test_a_grown_category_is_asked_about_by_name_and_old_refusals_stay(world: World, page: Page) -> None:
    address = with_wider_statistics(world, page)
    page.goto(address)
    expect(page.locator("#samtykke")).to_contain_text("Dette er nytt siden sist: Statistikk.")
    assert page.evaluate("samtykke.allows('statistics')") is False
    page.click(SETTINGS)
    expect(page.locator("#samtykke-settings input[name=advertising]")).not_to_be_checked()
    expect(page.locator("#samtykke-settings input[name=statistics]")).not_to_be_checked()


@pytest.mark.parametrize("objects", [True, False])
def test_the_browsers_objection_is_read_when_somebody_asks_for_it(
    world: World, page: Page, objects: bool
) -> None:
    # The first look at `navigator` takes more memory than the banner's own code: most pages never need one.
    page.add_init_script(
        f"""window.asked = 0; Object.defineProperty(Navigator.prototype, 'globalPrivacyControl',
        {{get() {{ asked++; return {json.dumps(objects)}; }}}})"""
    )
    page.goto(world.put())
    expect(page.locator("#samtykke")).to_be_visible()
    assert page.evaluate("asked") == 0
    assert page.evaluate("samtykke.consent.source") == ("signal" if objects else None)
    assert page.evaluate("asked") == 1


def test_a_refusal_survives_a_change_of_scope(world: World, page: Page) -> None:
    address = world.put()
    page.goto(address)
    page.click(REJECT)
    world.config["version"] = 4
    world.config["categories"][1]["since"] = 4
    page.goto(address)
    page.wait_for_function("samtykke.consent.decided")
    expect(page.locator("#samtykke")).to_have_count(0)


def test_an_objection_by_signal_is_no_decision_and_is_reported(world: World, page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    assert page.evaluate("[samtykke.consent.source, samtykke.consent.decided]") == ["signal", False]
    page.click(ACCEPT)
    page.wait_for_function("samtykke.allows('advertising') && samtykke.consent.source === 'banner'")
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')")
    assert world.decisions[0]["signals"]["gpc"] is True


def test_it_is_not_printed_and_has_borders_in_forced_colours(world: World, browser: Browser) -> None:
    page = browser.new_page(forced_colors="active")
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    assert page.locator(REJECT).evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"
    page.emulate_media(media="print")
    expect(page.locator("#samtykke")).to_be_hidden()
    page.close()


def test_without_popovers_and_constructable_style_sheets_it_still_works(world: World, page: Page) -> None:
    page.add_init_script(
        "delete HTMLElement.prototype.popover; delete HTMLElement.prototype.showPopover;"
        "CSSStyleSheet.prototype.replaceSync = undefined"
    )
    page.goto(world.put())
    assert page.locator(REJECT).evaluate("e => e.getBoundingClientRect().height") >= 44
    page.click(REJECT)
    expect(page.locator("#samtykke")).to_have_count(0)


def test_the_page_may_set_its_own_colours_font_and_radius(world: World, page: Page) -> None:
    own = (
        "--samtykke-accent: rgb(1, 2, 3); --samtykke-accent-text: rgb(250, 251, 252); "
        "--samtykke-radius: 0px; --samtykke-font: monospace"
    )
    page.goto(world.put(f"<style>* {{ --accent: red }} .samtykke {{ {own} }}</style>"))
    page.wait_for_selector("#samtykke")
    assert page.locator(REJECT).evaluate(
        """e => ["backgroundColor", "color", "borderRadius", "fontFamily"].map(n => getComputedStyle(e)[n])"""
    ) == ["rgb(1, 2, 3)", "rgb(250, 251, 252)", "0px", "monospace"]
    page.goto(world.put("<style>* { --accent: red; --background: red } :root { --text: red }</style>"))
    page.wait_for_selector("#samtykke")
    assert look(page, REJECT)["background-color"] == "rgb(31, 75, 153)"


def test_the_colours_follow_the_visitor_s_wish_for_dark_at_once(world: World, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    assert look(page, "#samtykke")["background-color"] == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    assert look(page, "#samtykke")["background-color"] == "rgb(23, 26, 31)"


def test_new_services_are_named_beside_their_category(world: World, page: Page) -> None:
    address = with_wider_statistics(world, page)
    world.config["services"].append({"key": "heat", "slot": 2, "category": "statistics", "since": 4})
    world.reasons["nb"]["services"]["heat"] = "Varme"
    page.goto(address)
    expect(page.locator("#samtykke")).to_contain_text("Dette er nytt siden sist: Statistikk (Varme).")


def test_who_is_asked_again_is_so_also_where_the_reason_cannot_be_fetched(world: World, page: Page) -> None:
    address = world.put()
    page.goto(address)
    page.click(ACCEPT)
    page.wait_for_function("samtykke.consent.decided")
    world.config["version"] = 4
    world.config["categories"][1]["since"] = 4
    world.parts_fail = True
    page.goto(address)
    expect(page.locator("#samtykke")).to_be_visible()
    expect(page.locator("#samtykke")).not_to_contain_text("nytt siden sist")
    page.click(REJECT)
    page.wait_for_function("samtykke.consent.version === 4")
    assert page.evaluate("samtykke.allows('statistics')") is False
