"""The debug panel: only for who asks, true to the page, and without any trace on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import WIDGET, World
from playwright.sync_api import BrowserContext, Page, expect

from tests.processes import eventually

PANEL = "#samtykke-debug"
ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
STATE = """async () => {
  // What follows a paint is done.
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
  return { cookie: document.cookie, stored: [localStorage, sessionStorage].flatMap(Object.keys),
  layer: window.dataLayer?.length, push: String(window.dataLayer?.push), ran: window.ran,
  html: document.body.outerHTML, consent: JSON.stringify(samtykke.consent) }; }"""

OUTSIDE = """() => [...document.querySelector("#samtykke-debug").shadowRoot.querySelectorAll("*")]
  .filter(e => !e.closest("[role=tablist], .unseen")).map(e => [e, e.getBoundingClientRect()])
  .filter(([_, box]) => box.width && (box.left < 0 || box.right > innerWidth)).map(([e]) => e.outerHTML)"""


def faulty(world: World) -> str:
    """A page with one of each common fault."""
    third = world.third.url
    head = (
        f'<script src="{third}/early.js"></script>'
        "<script>window.dataLayer = []; function gtag() { dataLayer.push(arguments) }"
        'gtag("js", new Date()); gtag("config", "G-1")</script>' + world.script
    )
    body = (
        "<main><h1>Butikken</h1><p>Åpent for alle.</p>"
        '<script data-consent="statistics">(window.ran ||= []).push("careless")</script>'
        f'<script type="text/plain" data-consent="analytics" src="{third}/never.js"></script>'
        f'<script type="text/plain" data-consent="statistics" src="{third}/held.js"></script>'
        + world.frame('data-consent-service="youtube"')
        + '<script>document.cookie = "_pk_id.1=a;path=/"; document.cookie = "basket=1;path=/";'
        "localStorage.theme = 1</script></main>"
    )
    return world.put(body, head=head)


def debug(page: Page, address: str) -> None:
    page.goto(address + "?a=b&samtykke=debug")
    expect(page.locator(PANEL)).to_be_visible()


def tab(page: Page, name: str) -> None:
    page.locator(PANEL).get_by_role("tab", name=name).click()


def box(page: Page, selector: str) -> Any:
    """Where the first such element stands."""
    return page.locator(selector).first.bounding_box()


def todo(page: Page, title: str) -> Any:
    """One finding, by its heading."""
    heading = page.get_by_role("heading", name=title)
    return page.locator(f"{PANEL} li").filter(has=heading)


def test_the_panel_is_loaded_on_request_alone(world: World, page: Page) -> None:
    address = faulty(world)
    for query in ("", "?samtykke", "?samtykke=debugger", "?x=samtykke=debug", "#samtykke=debug"):
        page.goto(address + query)
        page.wait_for_selector("#samtykke")
        page.evaluate("samtykke.settings()")
        page.wait_for_selector("#samtykke-settings")
        expect(page.locator(PANEL)).to_have_count(0)
    assert not [path for path in world.server.paths() if "debug" in path.rpartition("/")[2]]


def test_the_panel_leaves_the_page_as_it_is(world: World, page: Page, context: BrowserContext) -> None:
    address = faulty(world)
    page.goto(address)
    page.wait_for_selector("#samtykke")
    page.wait_for_selector(".samtykke.placeholder")
    before = page.evaluate(STATE)
    context.clear_cookies()
    page.evaluate("localStorage.clear()")
    debug(page, address)
    page.wait_for_selector(".samtykke.placeholder")
    eventually(lambda: page.evaluate(STATE) == before, what="the page as it was")
    assert page.evaluate("document.activeElement === document.body")
    page.click(ACCEPT)
    page.wait_for_function("window.ran?.includes('held')")
    assert [each["action"] for each in world.decisions] == ["accept_all"]


def test_each_fault_is_reported_with_the_line_that_fixes_it(world: World, page: Page) -> None:
    debug(page, faulty(world))
    third = world.third.url
    held = '<script type="text/plain" data-consent="statistics"'
    lines = {
        "A marked script runs at once": f"{held}>",
        "There is no category “analytics”": f'{held} src="{third}/never.js">',
        "Nothing holds back": f'<script type="text/plain" data-consent="functional" src="{third}/early.js">',
        "The banner's script is not the first": f"<head>\n  {world.script}",
        "_pk_id.1 was set without consent": f'{held} data-consent-service="matomo" …>',
        "theme is not declared": '{"name": "theme", "kind": "local_storage", "lifetime": "session",'
        ' "purpose": {"en": "…"}}',
        "Google's tags start without a default": '"consent_mode": "basic"',
    }
    for title, line in lines.items():
        expect(todo(page, title)).to_have_count(1)
        assert todo(page, title).locator(".to code").text_content() == line
    expect(page.locator(PANEL)).not_to_contain_text("basket is")
    tab(page, "Elements")
    for text in ("not held back", "held back", "Needs youtube: nothing is decided yet."):
        expect(page.get_by_role("tabpanel")).to_contain_text(text)
    tab(page, "Storage")
    expect(page.get_by_role("tabpanel")).to_contain_text("Butikken (necessary)")
    tab(page, "Requests")
    expect(page.get_by_role("tabpanel")).to_contain_text("without consent")
    tab(page, "Google")
    expect(page.get_by_role("tabpanel")).to_contain_text("before a default")


def test_a_line_is_copied_and_its_element_shown(world: World, page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    debug(page, faulty(world))
    todo(page, "A marked script runs").get_by_role("button", name="Copy the line").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert (
        page.evaluate("navigator.clipboard.readText()")
        == '<script type="text/plain" data-consent="statistics">'
    )
    tab(page, "Elements")
    html = page.evaluate("document.body.outerHTML")
    page.get_by_role("button", name="Show the element").click()
    frame, mark = box(page, "iframe"), box(page, f"{PANEL} .frame")
    assert (round(mark["x"]) + 6, round(mark["y"]) + 6) == (round(frame["x"]), round(frame["y"]))
    assert page.evaluate("document.body.outerHTML") == html


def test_the_panel_follows_the_page(world: World, page: Page) -> None:
    debug(page, world.put(world.marked("statistics", "one")))
    expect(page.locator(PANEL)).to_contain_text("Nothing to change")
    page.evaluate(
        """() => { const image = document.createElement("img");
        image.setAttribute("data-consent", "advertisement"); image.dataset.consentSrc = "/a.gif";
        document.body.append(image); document.cookie = "_pk_ses=1" }"""
    )
    expect(todo(page, "There is no category “advertisement”")).to_be_visible()
    expect(todo(page, "_pk_ses was set without consent")).to_be_visible()
    page.click(ACCEPT)
    expect(page.locator(PANEL)).to_contain_text("functional, statistics, advertising allowed")
    tab(page, "Elements")
    expect(page.get_by_role("tabpanel")).to_contain_text("loaded")
    page.evaluate("samtykke.withdraw()")
    expect(page.get_by_role("tabpanel")).to_contain_text("ran before the withdrawal")


TYPES = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
GOOGLE = """<script>{} || []; function gtag() {{ dataLayer.push(arguments) }}
gtag("js", new Date()); gtag("config", "G-1")</script>"""


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("window.dataLayer = window.dataLayer", "Nothing to change"),
        ("window.dataLayer = null", "Google's tags start without a default consent"),
    ],
)
def test_the_default_that_the_banner_sets_is_seen_and_missed(
    world: World, page: Page, code: str, title: str
) -> None:
    world.fragments = ["signals.js"]
    mapping = dict.fromkeys((*TYPES, "functionality_storage", "personalization_storage"), "statistics")
    world.config["signals"] = {
        "mapping": mapping,
        "google": {"default": {"wait_for_update": 500}, "set": {"ads_data_redaction": True}},
    }
    world.debug["consent_mode"] = "basic"
    debug(page, world.put(head=world.script + GOOGLE.format(code)))
    expect(page.locator(PANEL)).to_contain_text(title)
    expect(page.locator(PANEL)).to_contain_text("Consent Mode: basic")
    page.click(ACCEPT)
    tab(page, "Google")
    expect(page.get_by_role("tabpanel")).to_contain_text("consent update")


def test_what_automatic_blocking_marks_is_shown_and_no_fault(world: World, page: Page) -> None:
    host = world.third.url.replace("127.0.0.1", "localhost")
    world.fragments = ["blocking.js"]
    world.config["blocking"] = [["youtube", ["localhost"]], ["matomo", ["localhost"]]]
    world.debug["automatic_blocking"] = True
    for service in world.debug["services"][:2]:
        service["hosts"] = ["localhost"]
    image = f'<img src="{host}/a.gif" alt="" width="20" height="20">'
    debug(page, world.put(image + f'<script src="{host}/a.js"></script>'))
    tab(page, "Elements")
    expect(page.get_by_role("tabpanel")).to_contain_text("Needs youtube, matomo: nothing is decided yet.")
    expect(page.get_by_role("heading", name="There is no category")).to_have_count(0)
    expect(page.locator(PANEL)).to_contain_text("Automatic blocking is on")


def test_whatever_loads_is_named_with_the_attribute_that_makes_it_wait(world: World, page: Page) -> None:
    host = world.third.url.replace("127.0.0.1", "localhost")
    world.debug["services"][1]["hosts"] = ["localhost"]
    parts = {
        "img": f'srcset="{host}/a.gif 2x" alt=""',
        "video": f'poster="{host}/b.gif"',
        "object": f'data="{host}/c"',
        "source": f'srcset="{host}/d.gif"',
        "embed": f'src="{host}/e"',
    }
    lines = {
        "img": f'data-consent-srcset="{host}/a.gif 2x" alt=""',
        "video": f'data-consent-poster="{host}/b.gif"',
        "object": f'data-consent-data="{host}/c"',
        "source": f'data-consent-srcset="{host}/d.gif"',
        "embed": f'data-consent-src="{host}/e"',
    }
    for name, attributes in parts.items():
        element = f"<{name} {attributes}></{name}>"
        shadow = f'<div><template shadowrootmode="open">{element}</template></div>'
        for body in (element, shadow):
            debug(page, world.put(f"<picture>{body}</picture>" if name == "source" else body))
            found = todo(page, "Nothing holds back localhost")
            line = f'<{name} data-consent="statistics" data-consent-service="matomo" {lines[name]}>'
            expect(found.locator(".from code")).to_have_text(f"<{name} {attributes}>")
            expect(found.locator(".to code")).to_have_text(line)
            expect(page.locator(PANEL)).not_to_contain_text("No element of the page")


def test_a_marked_element_in_a_shadow_root_is_seen(world: World, page: Page) -> None:
    element = (
        '<iframe data-consent="nonsense" data-consent-src="/x" title="Film" width="5" height="5"></iframe>'
    )
    debug(page, world.put(f'<div><template shadowrootmode="open">{element}</template></div>'))
    expect(todo(page, "There is no category “nonsense”")).to_be_visible()


SNIPPET = """(function(w,d,s,l,i){{w[l]=w[l]||[];w[l].push({{'gtm.start':1,event:'gtm.js'}});
var f=d.getElementsByTagName(s)[0],j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;
j.src='{}/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);}})(window,document,'script','dataLayer','GTM-ABC')"""
TAGS = [
    {
        "function": "__html",
        "vtp_html": "<script>load('//connect.facebook.net/en_US/fbevents.js')</script>",
        "tag_id": 3,
    },
    {"function": "__html", "vtp_html": "<b>", "consent": ["list", "ad_storage"], "tag_id": 4},
    {"function": "__googtag", "vtp_tagId": "G-1", "tag_id": 5},
]


def serve_container(world: World) -> str:
    """Let the third party serve a container of Tag Manager; the answer is its address."""
    other = world.third.answer
    code = (
        "var data = "
        + json.dumps({"resource": {"version": "1", "tags": TAGS}})
        + ";(window.ran ||= []).push('gtm')"
    )

    def answer(method: str, path: str, body: bytes) -> Any:
        if path.startswith("/gtm.js"):
            headers = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}
            return 200, {**headers, "Cache-Control": "private, max-age=900"}, code.encode()
        return other(method, path, body)

    world.third.answer = answer
    return world.third.url.replace("127.0.0.1", "localhost")


def test_the_snippet_is_named_not_the_script_that_it_inserts(world: World, page: Page) -> None:
    host = serve_container(world)
    world.debug["services"][1]["hosts"] = ["localhost"]
    debug(page, world.put(head=world.script + f"<script>{SNIPPET.format(host)}</script>"))
    found = todo(page, "Nothing holds back localhost")
    expect(found.locator(".from code")).to_contain_text("<script>(function(w,d,s,l,i)")
    expect(found.locator(".to code")).to_have_text(
        '<script type="text/plain" data-consent="statistics" data-consent-service="matomo">'
    )
    assert page.locator("head script").first.get_attribute("src") == f"{host}/gtm.js?id=GTM-ABC"
    expect(page.get_by_role("heading", name="is not the first in the head")).to_have_count(0)


def test_what_a_marked_snippet_inserts_waited_with_it(world: World, page: Page) -> None:
    host = serve_container(world)
    snippet = f'<script type="text/plain" data-consent="statistics">{SNIPPET.format(host)}</script>'
    debug(page, world.put(head=world.script + snippet))
    expect(page.locator(PANEL)).to_contain_text("Nothing to change")
    assert world.third.paths() == []
    page.click(ACCEPT)
    expect(todo(page, "1 tag of GTM-ABC without a consent check")).to_contain_text("Note")
    expect(page.get_by_role("heading", name="Nothing holds back")).to_have_count(0)


def test_tags_of_a_container_without_a_consent_check_are_reported(world: World, page: Page) -> None:
    host = serve_container(world)
    debug(page, world.put(f'<script async src="{host}/gtm.js?id=GTM-ABC"></script>'))
    found = todo(page, "1 tag of GTM-ABC without a consent check")
    expect(found).to_contain_text("3 (custom HTML, connect.facebook.net)")
    expect(found.locator(".to code")).to_have_text("tag 3: ad_storage")
    tab(page, "Google")
    rows = page.get_by_role("tabpanel").locator("li")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("no check")
    expect(rows.nth(2)).to_contain_text("Needs ad_storage.")
    expect(rows.nth(3)).to_contain_text("own check")
    # The browser had it: nobody was asked again, and the panel's own reading is not shown as the page's.
    assert [path for path in world.third.paths() if "gtm.js" in path] == ["/gtm.js?id=GTM-ABC"]
    tab(page, "Requests")
    expect(page.get_by_role("tabpanel")).to_contain_text("1 request,")


def test_a_container_that_the_page_hides_from_the_panel_is_reported(world: World, page: Page) -> None:
    host = serve_container(world)
    policy = f"connect-src {world.server.url}"
    body = f'<script type="text/plain" data-consent="statistics" src="{host}/gtm.js?id=GTM-ABC"></script>'
    debug(page, world.put(body, Content_Security_Policy=policy))
    page.click(ACCEPT)
    expect(todo(page, "The tags of GTM-ABC cannot be read")).to_contain_text("consent overview")
    expect(page.get_by_role("heading", name="Content-Security-Policy stops")).to_have_count(0)
    tab(page, "Google")
    expect(page.get_by_role("tabpanel")).to_contain_text("not readable")


def test_the_keyboard_reaches_all_of_it(world: World, page: Page) -> None:
    debug(page, faulty(world))
    panel = page.locator(PANEL)
    panel.get_by_role("tab", name="To do").focus()
    for name in ("Elements", "Requests", "Storage", "Google", "To do"):
        page.keyboard.press("ArrowRight")
        expect(panel.get_by_role("tab", name=name)).to_be_focused()
        expect(panel.get_by_role("tabpanel", name=name)).to_be_visible()
    page.keyboard.press("Tab")
    expect(panel.get_by_role("tabpanel")).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Copy the line").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("button", name="Unfold")).to_be_focused()
    expect(panel.get_by_role("tablist")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("tablist")).to_be_visible()
    corners = []
    move = panel.get_by_role("button", name="Move")
    for _ in range(4):
        move.press("Enter")
        place = box(page, PANEL)
        corners.append((place["x"] < 100, place["y"] < 100))
    assert corners == [(False, False), (True, False), (True, True), (False, True)]
    panel.get_by_role("button", name="Close").press("Enter")
    expect(panel).to_have_count(0)
    page.evaluate("document.body.append(document.createElement('script'))")
    page.wait_for_timeout(300)
    expect(panel).to_have_count(0)


def test_the_pointer_drags_it_to_a_corner(world: World, page: Page) -> None:
    debug(page, faulty(world))
    title = box(page, f"{PANEL} h2")
    page.mouse.move(title["x"] + 5, title["y"] + 5)
    page.mouse.down()
    page.mouse.move(40, 600, steps=4)
    page.mouse.up()
    place = box(page, PANEL)
    assert place["x"] == 8
    assert place["y"] + place["height"] > 600


HOSTILE = """<style>* { all: unset !important } div, section, button, ul { display: none !important }
#samtykke-debug { position: static !important; opacity: 0 !important; width: 1px !important }</style>"""


def test_no_page_can_undress_or_stop_it(world: World, page: Page) -> None:
    server = world.server.url
    policy = (
        f"default-src 'none'; script-src {server} 'nonce-n'; connect-src {server}; style-src 'nonce-n';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )
    body = HOSTILE.replace("<style", '<style nonce="n"') + "<p>Innhold</p>"
    page.goto(world.put(body, Content_Security_Policy=policy) + "?samtykke=debug")
    panel = page.locator(PANEL)
    expect(panel.get_by_text("Nothing to change")).to_be_visible()
    place = box(page, PANEL)
    assert place["width"] > 400
    assert place["height"] > 100
    look = "e => { const s = getComputedStyle(e); return [s.opacity, s.position] }"
    assert panel.evaluate(look) == ["1", "fixed"]
    page.evaluate("document.documentElement.replaceChild(document.createElement('body'), document.body)")
    page.evaluate("document.querySelector('#samtykke-debug').remove()")
    expect(panel.get_by_text("Nothing to change")).to_be_visible()


def test_the_message_that_nothing_is_to_do_fits_the_narrowest_phones(world: World, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    debug(page, world.put("<main><h1>Butikken</h1></main>"))
    badge = page.locator(f"{PANEL} header .chip")
    expect(badge).to_have_text("OK")
    assert badge.inner_text().strip() == "OK"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_width_and_axe_finds_nothing(world: World, page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    debug(page, faulty(world))
    page.add_script_tag(path=WIDGET / "node_modules" / "axe-core" / "axe.min.js")
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        for name in ("To do", "Elements", "Requests", "Storage", "Google"):
            tab(page, name)
            assert page.evaluate(OUTSIDE) == []
            found = page.evaluate("() => axe.run('#samtykke-debug')")
            assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def test_the_console_says_in_debug_mode_that_a_page_for_testing_records_nothing(
    world: World, page: Page
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "info" else None)
    address = world.put("<p>Tekst</p>")
    world.failing = 202  # as for a website for testing
    debug(page, address)
    with page.expect_console_message(lambda message: "nothing is recorded or counted" in message.text):
        page.click(ACCEPT)
    page.evaluate("samtykke.rejectAll()")
    page.wait_for_function("!JSON.parse(localStorage['samtykke:queue:demo']).items.length")
    host = page.evaluate("location.host")
    assert said == [f"samtykke: {host} is for testing, nothing is recorded or counted"]


@pytest.mark.parametrize(("staging", "asked"), [(True, ""), (False, "?samtykke=debug")])
def test_the_console_says_nothing_of_testing_to_others_or_where_decisions_are_recorded(
    world: World, page: Page, staging: bool, asked: str
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    world.failing = 202 if staging else None
    page.goto(world.put("<p>Tekst</p>") + asked)
    page.click(ACCEPT)
    page.wait_for_function("localStorage['samtykke:queue:demo']?.startsWith('{\"items\":[]')")
    assert [text for text in said if "testing" in text] == []
