"""What no checker sees by itself: where the focus is, what stands out, what moves, what is read aloud."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import World
from playwright.sync_api import Browser, Locator, Page, expect
from test_widget_law import FAULTS

BANNER, DIALOG = "#samtykke", "#samtykke-settings"
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "forced dark": {"forced_colors": "active", "color_scheme": "dark"},
}
LIGHT = """colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)"""
SWITCH = f"""input => {{ const light = {LIGHT}, root = input.closest("dialog");
  const ratio = (a, b) => {{ const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05); }};
  const around = getComputedStyle(root).backgroundColor, track = getComputedStyle(input, "::before"),
    knob = getComputedStyle(input, "::after").borderTopColor;
  const inside = track.backgroundColor === "rgba(0, 0, 0, 0)" ? around : track.backgroundColor;
  return [ratio(track.borderTopColor, around), ratio(knob, inside)]; }}"""
INSIDE = f"document.activeElement === document.body || !!document.activeElement.closest('{DIALOG}')"


def pictured(page: Page, element: Locator) -> bytes:
    """What an element and a little around it look like."""
    box = element.bounding_box()
    assert box
    clip = {"x": box["x"] - 6, "y": box["y"] - 6, "width": box["width"] + 12, "height": box["height"] + 12}
    return page.screenshot(clip=clip, animations="disabled", caret="hide")  # type: ignore[arg-type]


def read_out(layer: Locator) -> list[str]:
    """The main heading and the controls, as assistive technology gets them."""
    lines = [line.strip().removeprefix("- ") for line in layer.aria_snapshot().splitlines()]
    return [line for line in lines if re.match(r"button|switch|heading .*level=2", line)]


def open_settings(page: Page) -> None:
    page.click(f"{BANNER} [data-samtykke-action=settings]")
    page.wait_for_selector(DIALOG)


@pytest.mark.parametrize("mode", MODES)
def test_every_control_shows_that_it_has_the_focus(world: World, browser: Browser, mode: str) -> None:
    """WCAG 2.4.7, by the pixels."""
    page = browser.new_page(viewport={"width": 1000, "height": 1600}, **MODES[mode])
    page.goto(world.put())
    page.wait_for_selector(BANNER)
    for root in (BANNER, DIALOG):
        if root == DIALOG:
            open_settings(page)
        controls = page.locator(f"{root} :is(button, input, summary, a)").all()
        assert len(controls) >= 3
        page.mouse.move(1, 1)
        for control in controls:
            if not control.is_visible():
                continue
            page.evaluate("document.activeElement.blur()")
            before = pictured(page, control)
            # By script, after a key: the browser then shows the focus as it does to a keyboard.
            page.keyboard.press("Shift")
            control.focus()
            assert pictured(page, control) != before, control.evaluate("e => e.outerHTML")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_switch_stands_out_and_so_does_its_state(world: World, page: Page, scheme: Any) -> None:
    """WCAG 1.4.11: at least 3 to 1."""
    page.emulate_media(color_scheme=scheme)
    page.goto(world.put())
    open_settings(page)
    switch = page.locator(f"{DIALOG} input[name=statistics]")
    assert min(switch.evaluate(SWITCH)) >= 3
    switch.check()
    assert min(switch.evaluate(SWITCH)) >= 3


def test_a_switch_shows_its_state_in_forced_colours(world: World, browser: Browser) -> None:
    page = browser.new_page(forced_colors="active")
    page.goto(world.put())
    open_settings(page)
    switch = page.locator(f"{DIALOG} input[name=statistics]")
    off = pictured(page, switch)
    # By script, so that the focus does not change the picture.
    switch.evaluate("input => { input.checked = true }")
    assert pictured(page, switch) != off
    page.close()


@pytest.mark.parametrize("layout", ["bar", "dialog"])
def test_the_keyboard_is_never_caught(world: World, page: Page, layout: str) -> None:
    """WCAG 2.1.2: it passes through the banner, and leaves the settings when asked to."""
    world.appearance["layout"] = layout
    page.goto(world.put('<a id="away" href="#">Lenke</a>'))
    page.wait_for_selector(BANNER)
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "away"
    page.keyboard.press("Shift+Tab")
    expect(page.locator(f"{BANNER} [data-samtykke-action=settings]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector(DIALOG)
    met = set()
    for _ in range(50):
        page.keyboard.press("Tab")
        assert page.evaluate(INSIDE)
        met.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert len(met) >= page.locator(f"{DIALOG} :is(button, input, summary):visible").count()
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_have_count(0)
    expect(page.locator(f"{BANNER} [data-samtykke-action=settings]")).to_be_focused()


def test_nothing_moves(world: World, browser: Browser) -> None:
    """For everybody, and so for those who asked for less motion."""
    page = browser.new_page(reduced_motion="reduce")
    page.goto(world.put(world.frame()))
    page.wait_for_selector(BANNER)
    open_settings(page)
    page.check(f"{DIALOG} input[name=statistics]")
    assert page.evaluate("document.getAnimations().length") == 0
    page.click(f"{DIALOG} [data-samtykke-action=save]")
    expect(page.get_by_role("status")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
    page.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_letters_of_twice_the_size_fit(world: World, page: Page, width: int) -> None:
    """WCAG 1.4.4, where the visitor has set larger letters in the browser."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(world.put("<style>html { font-size: 200% }</style>"))
    page.wait_for_selector(BANNER)
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert page.locator(f"{BANNER} p").first.evaluate(size) == 32
    assert page.evaluate(FAULTS, BANNER) == []
    page.locator(f"{BANNER} [data-samtykke-action=settings]").scroll_into_view_if_needed()
    open_settings(page)
    page.locator(f"{DIALOG} details").evaluate_all("all => all.forEach(e => { e.open = true })")
    assert page.evaluate(FAULTS, DIALOG) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True


def test_both_layers_are_read_out_with_roles_names_and_states(world: World, page: Page) -> None:
    """WCAG 1.3.1 and 4.1.2, as assistive technology gets it."""
    page.goto(world.put(lang="nb"))
    assert read_out(page.get_by_role("region")) == [
        'heading "Du bestemmer over informasjonskapslene" [level=2]',
        'button "Avvis alle"',
        'button "Godta alle"',
        'button "Tilpass"',
    ]
    open_settings(page)
    page.check(f"{DIALOG} input[name=statistics]")
    assert read_out(page.get_by_role("dialog", name="Innstillinger for samtykke")) == [
        'heading "Innstillinger for samtykke" [level=2]',
        'button "Lukk"',
        'switch "Funksjonelle"',
        'switch "Statistikk" [checked]',
        'switch "Markedsføring"',
        'button "Avvis alle"',
        'button "Godta alle"',
        'button "Lagre valg"',
    ]
    description = page.locator(f"{DIALOG} input[name=statistics]").get_attribute("aria-describedby")
    expect(page.locator(f"#{description}")).to_have_text(re.compile(r"\w{5,}"))


@pytest.mark.parametrize("lang", ["nb", "en"])
def test_the_services_of_a_category_are_read_out_with_its_name(world: World, page: Page, lang: str) -> None:
    """WCAG 2.4.6: by ear, "Services (2)" may stand under any heading."""
    page.goto(world.put(lang=lang))
    open_settings(page)
    summaries = page.locator(f"{DIALOG} summary")
    names = summaries.evaluate_all(
        "all => all.map(each => each.getAttribute('aria-labelledby').split(' ')"
        ".map(id => document.getElementById(id).textContent).join(' '))"
    )
    visible = summaries.evaluate_all(
        "all => all.map(each => [each, each.closest('section').querySelector('h3')])"
        ".map(pair => pair.map(each => each.textContent).join(' '))"
    )
    assert names == visible
    assert len(set(names)) == len(names) > 1
