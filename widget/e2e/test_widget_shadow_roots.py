"""What is marked in an open shadow root waits and loads as it does in the page itself."""

from __future__ import annotations

import pytest
from conftest import World
from playwright.sync_api import Page, expect

from tests.processes import eventually

ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
COVER = ".samtykke.placeholder"
SCRIPT = "<script>{}</script>"

DEFINED = """customElements.define("our-film", class extends HTMLElement {{
  connectedCallback() {{ this.attachShadow({{ mode: "open" }}).innerHTML = `{}`; }}
}});"""
BUILT = """const host = document.createElement("div");
host.attachShadow({{ mode: "open" }}).innerHTML = `{}`;"""


def components(inside: str) -> dict[str, str]:
    """Bodies whose open shadow root holds this, by how the root comes about."""
    nested = "<p><our-film></our-film></p>"
    outer = DEFINED.format(nested).replace("our-film", "our-page", 1)
    return {
        "declared": f'<div><template shadowrootmode="open">{inside}</template></div>',
        "defined": SCRIPT.format(DEFINED.format(inside)) + "<our-film></our-film>",
        "defined later": "<our-film></our-film>"
        + SCRIPT.format(f"onload = () => {{{DEFINED.format(inside)}}};"),
        "attached on the page": "<div id=a></div>"
        + SCRIPT.format(f"onload = () => {{a.attachShadow({{ mode: 'open' }}).innerHTML = `{inside}`}};"),
        "built aside": SCRIPT.format(
            f"onload = () => {{{BUILT.format(inside)} setTimeout(() => document.body.append(host)); }};"
        ),
        "nested": SCRIPT.format(DEFINED.format(inside) + outer) + "<our-page></our-page>",
    }


KINDS = list(components(""))


@pytest.mark.parametrize("kind", KINDS)
def test_frames_images_and_links_in_a_shadow_root_wait_for_consent(
    world: World, page: Page, kind: str
) -> None:
    image = f'<img data-consent="statistics" data-consent-src="{world.third.url}/a.gif" alt="">'
    page.goto(world.put(components(world.frame() + image)[kind]))
    expect(page.locator(COVER)).to_be_visible()
    expect(page.locator("#samtykke")).to_be_visible()
    assert world.third.requests == []

    page.click(ACCEPT)

    expect(page.locator("iframe[src]")).to_be_visible()
    eventually(lambda: sorted(world.third.paths()) == ["/a.gif", "/frame"], what="both requests")
    expect(page.locator(COVER)).to_have_count(0)
    page.evaluate("samtykke.withdraw()")
    expect(page.locator(COVER)).to_be_visible()
    expect(page.locator("iframe[src]")).to_have_count(0)


@pytest.mark.parametrize("kind", KINDS)
def test_who_has_consented_before_sees_a_shadow_roots_frame_at_once(
    world: World, page: Page, kind: str
) -> None:
    page.goto(world.put())
    page.click(ACCEPT)
    page.goto(world.put(components(world.frame())[kind], path="/film"))
    expect(page.locator("iframe[src]")).to_be_visible()
    expect(page.locator(COVER)).to_have_count(0)


def test_a_script_in_a_shadow_root_runs_after_consent_and_once(world: World, page: Page) -> None:
    code = """const host = document.createElement("div"); document.body.append(host);
    const script = document.createElement("script");
    Object.assign(script, { type: "text/plain", textContent: "window.times = (window.times || 0) + 1" });
    script.dataset.consent = "statistics";
    host.attachShadow({ mode: "open" }).append(script);"""
    page.goto(world.put(SCRIPT.format(f"onload = () => {{ {code} }};")))
    expect(page.locator("#samtykke")).to_be_visible()
    assert page.evaluate("window.times") is None
    page.click(ACCEPT)
    page.wait_for_function("window.times")
    page.evaluate("samtykke.save({functional: false})")
    page.evaluate("samtykke.acceptAll()")
    page.wait_for_function("samtykke.consent.functional")
    assert page.evaluate("window.times") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_placeholder_in_a_shadow_root_looks_and_works_as_elsewhere(
    world: World, page: Page, kind: str
) -> None:
    page.goto(world.put(components(world.frame('data-consent-service="youtube"'))[kind]))
    cover = page.locator(COVER)
    expect(cover).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(cover).to_have_css("width", "304px")
    cover.locator("[data-samtykke-action=load-always]").click()
    expect(page.locator("iframe[src]")).to_be_visible()
    eventually(lambda: len(world.decisions) == 1, what="the decision")
    assert world.decisions[0]["services"] == {"youtube": True}


def test_a_link_in_a_shadow_root_opens_the_settings(world: World, page: Page) -> None:
    link = "<a href=# data-consent-open><b>Endre samtykket</b></a>"
    page.goto(world.put(components(link)["declared"]))
    page.click("text=Endre samtykket")
    expect(page.locator("#samtykke-settings")).to_be_visible()
    assert not page.url.endswith("#")


def test_what_comes_to_a_shadow_root_later_is_found(world: World, page: Page) -> None:
    page.goto(world.put(components("<p></p>")["declared"]))
    page.click(ACCEPT)
    page.evaluate("html => { document.querySelector('div').shadowRoot.innerHTML = html; }", world.frame())
    expect(page.locator("iframe[src]")).to_be_visible()


def test_a_closed_shadow_root_stays_as_it_is(world: World, page: Page) -> None:
    body = components(world.frame())["attached on the page"].replace("mode: 'open'", "mode: 'closed'")
    body = body.replace("a.attachShadow", "window.root = a.attachShadow").replace(
        "}).innerHTML", "}); root.innerHTML"
    )
    page.goto(world.put(body))
    page.click(ACCEPT)
    page.wait_for_function("samtykke.consent.decided")
    page.evaluate("samtykke.rejectAll()")
    page.evaluate("samtykke.acceptAll()")
    page.wait_for_function("samtykke.consent.advertising")
    assert page.evaluate("root.querySelector('iframe').hasAttribute('src')") is False
    assert world.third.requests == []
