"""Nothing runs before it is allowed, and exactly what is allowed runs then."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from conftest import CATEGORIES, World
from playwright.sync_api import BrowserContext, Page, expect

from tests.processes import eventually

REJECT = "#samtykke [data-samtykke-action=reject-all]"
ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
PACKAGES = Path(__file__).parents[2] / "static" / "node_modules"
HTMX = (PACKAGES / "htmx.org" / "dist" / "htmx.min.js").read_text(encoding="utf-8")


def ran(page: Page, *names: str) -> None:
    """Wait until exactly these scripts have run, in this order."""
    page.wait_for_function(
        "names => JSON.stringify(window.ran || []) === JSON.stringify(names)", arg=list(names)
    )


def test_nothing_is_stored_and_nobody_is_asked_before_a_choice(
    world: World, page: Page, context: BrowserContext
) -> None:
    body = "".join(world.marked(category, category) for category in CATEGORIES)
    body += f'<img data-consent="advertising" data-consent-src="{world.third.url}/a.gif" alt="">'
    body += f'<link rel="stylesheet" data-consent="statistics" data-consent-href="{world.third.url}/a.css">'
    body += world.frame()
    page.goto(world.put(body))
    expect(page.locator("#samtykke")).to_be_visible()
    expect(page.locator(".samtykke.placeholder")).to_be_visible()
    assert world.third.requests == []
    assert context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert world.decisions == []


def test_a_link_keeps_its_address_under_either_name(world: World, page: Page) -> None:
    link = f'<link rel="stylesheet" data-consent="statistics" data-consent-{{}}="{world.third.url}/{{}}.css">'
    page.goto(world.put(link.format("href", "one") + link.format("src", "two")))
    expect(page.locator("#samtykke")).to_be_visible()
    assert world.third.requests == []
    page.click(ACCEPT)
    expect(page.locator("link[href]")).to_have_count(2)
    # An address is set before it is asked for.
    eventually(lambda: sorted(world.third.paths()) == ["/one.css", "/two.css"], what="both requests")


@pytest.mark.parametrize("chosen", list(itertools.product([False, True], repeat=3)), ids=str)
def test_each_choice_releases_exactly_its_services(
    world: World, page: Page, chosen: tuple[bool, ...]
) -> None:
    address = world.put("".join(world.marked(category, category) for category in CATEGORIES))
    page.goto(address)
    choices = dict(zip(CATEGORIES, chosen, strict=True))
    page.evaluate("choices => samtykke.save(choices)", choices)
    wanted = [category for category, granted in choices.items() if granted]
    ran(page, *wanted)
    assert page.evaluate("['functional', 'statistics', 'advertising'].map(samtykke.allows)") == list(chosen)
    assert sorted(world.third.paths()) == sorted(f"/{category}.js" for category in wanted)
    page.goto(address)
    ran(page, *wanted)
    expect(page.locator("#samtykke")).to_have_count(0)


def test_order_is_preserved_and_a_missing_script_does_not_stop_the_chain(world: World, page: Page) -> None:
    inline = '<script type="text/plain" data-consent="statistics">(window.ran ||= []).push("{}")</script>'
    page.goto(
        world.put(
            world.marked("statistics", "one")
            + inline.format("two")
            + world.marked("statistics", "missing")
            + inline.format("three")
            + world.marked("statistics", "four")
        )
    )
    page.click(ACCEPT)
    ran(page, "one", "two", "three", "four")


def test_inline_classic_and_module_scripts_run_once_in_place(world: World, page: Page) -> None:
    kind = 'type="text/plain" data-consent="statistics functional"'
    page.goto(
        world.put(
            f'<div id="host"><script {kind}>window.count = (window.count || 0) + 1;'
            "window.parent_id = document.currentScript.parentNode.id</script></div>"
            f'<script {kind} data-consent-type="module">window.module = import.meta.url !== ""</script>'
        )
    )
    page.evaluate("samtykke.save({statistics: true})")
    page.evaluate("samtykke.save({functional: true})")
    page.wait_for_function("window.module === true")
    page.evaluate("samtykke.acceptAll()")
    page.wait_for_function("samtykke.allows('advertising')")
    assert page.evaluate("[count, parent_id]") == [1, "host"]


def test_scripts_added_later_run_in_order(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click(ACCEPT)
    page.evaluate(
        """origin => { for (let i = 0; i < 50; i++) {
          const wrapper = document.createElement("div"), script = document.createElement("script");
          script.type = "text/plain"; script.dataset.consent = "statistics";
          script.src = `${origin}/s${i}.js`;
          wrapper.append(script); document.body.append(wrapper); } }""",
        world.third.url,
    )
    ran(page, *(f"s{number}" for number in range(50)))


@pytest.mark.parametrize("chosen", ["before", "after"])
def test_a_fragment_that_htmx_fetches_is_held_and_released_in_order(
    world: World, page: Page, chosen: str
) -> None:
    inline = '<script type="text/plain" data-consent="statistics">(window.ran ||= []).push("{}")</script>'
    fragment = inline.format("one") + world.marked("statistics", "two") + inline.format("three")
    world.pages["/fragment"] = (f"<p id=there>Mer</p>{fragment}", {})
    button = "<button hx-get=/fragment hx-target=#more>Mer</button><div id=more></div>"
    page.goto(world.put(f"<script>{HTMX}</script>{button}"))
    if chosen == "before":
        page.click(ACCEPT)
        page.wait_for_function("samtykke.allows('statistics')")
    page.click("[hx-get]")
    page.wait_for_selector("#there")
    if chosen == "after":
        assert world.third.requests == []
        assert page.evaluate("window.ran") is None
        page.click(ACCEPT)
    ran(page, "one", "two", "three")


def test_a_script_that_browsers_never_run_does_not_hold_up_the_next_for_ever(
    world: World, page: Page
) -> None:
    """From `innerHTML` come scripts that neither load nor fail."""
    page.clock.install()
    page.goto(world.put("<div id=host></div>"))
    page.click(ACCEPT)
    page.wait_for_function("samtykke.allows('statistics')")
    page.evaluate(
        """markup => { document.querySelector("#host").innerHTML = markup;
          const script = document.createElement("script");
          Object.assign(script, {type: "text/plain", text: "(window.ran ||= []).push('next')"});
          script.dataset.consent = "statistics"; document.body.append(script); }""",
        world.marked("statistics", "dead"),
    )
    page.wait_for_function("!document.querySelector('#host script').type")
    page.clock.run_for(61_000)
    ran(page, "next")


def test_a_marked_script_that_would_run_anyway_is_reported_to_the_developer(world: World, page: Page) -> None:
    with page.expect_console_message(lambda message: "text/plain" in message.text):
        page.goto(world.put('<script data-consent="statistics">window.careless = true</script>'))


def test_withdrawal_blocks_frames_again(world: World, page: Page) -> None:
    page.goto(world.put(world.frame()))
    page.click(ACCEPT)
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()
    page.evaluate("samtykke.withdraw()")
    expect(page.locator(".samtykke.placeholder")).to_be_visible()
    assert page.locator("iframe").get_attribute("src") is None
    assert page.evaluate("frames[0].location.href") == "about:blank"


def test_a_placeholder_keeps_the_box_and_loads_its_service_alone(world: World, page: Page) -> None:
    frame = world.frame('data-consent-service="youtube" style="width: 70%; margin: 20px"')
    page.goto(world.put(f"<p>Tekst {frame} mer tekst</p>{world.marked('advertising', 'ads')}"))
    box = page.locator(".samtykke.placeholder")
    expect(box).to_contain_text("YouTube er blokkert til du samtykker til Markedsføring.")
    # The box follows the frame in the browser's next step of layout.
    page.wait_for_function(
        """() => { const box = selector => document.querySelector(selector).getBoundingClientRect();
        const a = box(".placeholder"), b = box("iframe");
        return ["x", "y", "width", "height"].every(k => Math.abs(a[k] - b[k]) < 1); }"""
    )
    box.get_by_role("button", name="Last inn alltid").click()
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()
    expect(page.locator("iframe")).to_be_focused()
    expect(box).to_have_count(0)
    expect(page.locator("#samtykke")).to_have_count(0)
    assert page.evaluate("[samtykke.allows('youtube'), samtykke.allows('advertising')]") == [True, False]
    assert "/ads.js" not in world.third.paths()
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')")
    assert world.decisions[0]["surface"] == "placeholder"
    assert world.decisions[0]["services"] == {"youtube": True}


def test_reject_then_twenty_pages_never_asks_again(world: World, page: Page) -> None:
    address = world.put(world.marked("statistics", "one"))
    page.goto(address)
    page.click(REJECT)
    expect(page.locator("#samtykke")).to_have_count(0)
    for number in range(20):
        page.goto(f"{address}?{number}")
        page.wait_for_function("samtykke.consent.decided && document.readyState === 'complete'")
        expect(page.locator("#samtykke")).to_have_count(0)
    assert world.third.requests == []
    assert len(world.decisions) == 1


def test_strict_policies_of_the_page_are_satisfied(world: World, page: Page) -> None:
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text) if message.type == "error" else None)
    script = f'<script nonce="n" src="{world.server.url}/w/demo.js"></script>'
    body = (
        '<script nonce="n" type="text/plain" data-consent="statistics">window.ran = ["inline"]</script>'
        + world.marked("statistics", "one")
    )
    policy = (
        "script-src 'nonce-n' 'strict-dynamic'; style-src 'nonce-n'; object-src 'none'; base-uri 'none'; "
        "require-trusted-types-for 'script'"
    )
    page.goto(world.put(body, head=script, Content_Security_Policy=policy))
    height = page.locator(REJECT).evaluate("button => button.getBoundingClientRect().height")
    assert height >= 44, "our style is in force"
    page.click("#samtykke [data-samtykke-action=settings]")
    page.click("#samtykke-settings [data-samtykke-action=accept-all]")
    ran(page, "inline", "one")
    assert [text for text in violations if "Security" in text or "Trusted" in text] == []


# Whatever an element loads from, in the attribute of that name; `{}` is the third party.
ELEMENTS = {
    "img": ('<img {m} data-consent-src="{t}/a.gif" data-consent-srcset="{t}/b.gif 1x" alt="">', ["/b.gif"]),
    "picture": (
        '<picture><source {m} data-consent-srcset="{t}/c.gif">'
        '<img {m} data-consent-src="{t}/d.gif" alt=""></picture>',
        ["/c.gif"],
    ),
    "poster": ('<video {m} data-consent-poster="{t}/e.gif"></video>', ["/e.gif"]),
    "video": (
        '<video {m} data-consent-src="{t}/f" data-consent-poster="{t}/g.gif" preload="auto"></video>',
        ["/f", "/g.gif"],
    ),
    "video source": (
        '<video preload="auto" muted><source {m} data-consent-src="{t}/h" type="video/mp4"></video>',
        ["/h"],
    ),
    "audio source": ('<audio preload="auto"><source {m} data-consent-src="{t}/i"></audio>', ["/i"]),
    "object": ('<object {m} data-consent-data="{t}/j" type="text/html"></object>', ["/j"]),
    "object as all": ('<object {m} data-consent-src="{t}/k" type="text/html"></object>', ["/k"]),
    "embed": ('<embed {m} data-consent-src="{t}/l" type="text/html">', ["/l"]),
    "script": ('<script type="text/plain" {m} data-consent-src="{t}/m.js"></script>', ["/m.js"]),
}


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("chosen", ["before", "after"])
def test_every_element_waits_with_every_address_and_loads_all_of_them(
    world: World, page: Page, element: str, chosen: str
) -> None:
    markup, requests = ELEMENTS[element]
    markup = markup.format(m='data-consent="advertising"', t=world.third.url)
    if chosen == "after":
        page.goto(world.put(markup))
        expect(page.locator("#samtykke")).to_be_visible()
        assert world.third.requests == []
        page.click(ACCEPT)
    else:
        page.goto(world.put())
        page.click(ACCEPT)
        page.wait_for_function("samtykke.allows('advertising')")
        page.evaluate(
            "markup => document.body.append(document.createRange().createContextualFragment(markup))", markup
        )
    eventually(lambda: set(requests) <= set(world.third.paths()), what=f"requests for {requests}")
    assert page.evaluate("document.querySelectorAll('[data-consent-src][srcdoc]').length") == 0


def test_withdrawal_takes_every_address_away_again(world: World, page: Page) -> None:
    markup = "".join(text for name, (text, _) in ELEMENTS.items() if name != "script")
    page.goto(world.put(markup.format(m='data-consent="advertising"', t=world.third.url)))
    page.click(ACCEPT)
    loading = "[src], [srcset], [poster], object[data]"
    count = f"document.body.querySelectorAll('{loading}').length"
    page.wait_for_function(f"{count} === 10")
    page.evaluate("samtykke.withdraw()")
    page.wait_for_function(f"{count} === 0")
    # A player without a source has nothing left to play.
    page.wait_for_function(
        """() => [...document.querySelectorAll("video, audio")]
        .every(player => [player.NETWORK_EMPTY, player.NETWORK_NO_SOURCE].includes(player.networkState))"""
    )


@pytest.mark.parametrize(
    "markup",
    [
        '<img {m} srcset="{t}/a.gif 1x" alt="">',
        '<video {m} poster="{t}/b.gif"></video>',
        '<object {m} data="{t}/c"></object>',
    ],
)
def test_a_marked_element_that_loads_at_once_is_reported_to_the_developer(
    world: World, page: Page, markup: str
) -> None:
    with page.expect_console_message(lambda message: "data-consent-" in message.text):
        page.goto(world.put(markup.format(m='data-consent="advertising"', t=world.third.url)))
