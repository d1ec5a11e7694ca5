"""The law's cases, as far as the script alone decides them, each with its control: allowed, it does happen.

T01 … T14 and T27 are the numbers of the cases in the project's list of legal requirements.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from typing import Any

import pytest
from conftest import CATEGORIES, SENT, World
from playwright.sync_api import BrowserContext, Page, expect

BANNER, DIALOG = "#samtykke", "#samtykke-settings"
STORED = """async () => ({
  cookies: document.cookie, local: Object.keys(localStorage), session: Object.keys(sessionStorage),
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length })"""
NOTHING = {"cookies": "", "local": [], "session": [], "databases": 0, "caches": 0, "workers": 0}
CONTRAST = """button => {
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const { color, backgroundColor } = getComputedStyle(button);
  const [a, b] = [light(color), light(backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05); }"""


DECLARED = """all => all.map(service => {
  const facts = list => [...list.children].map(pair => pair.querySelector("dd").innerText.trim()
    && pair.querySelector("dt").innerText);
  return { name: service.querySelector("h4").innerText, facts: facts(service.querySelector(":scope > dl")),
    stored: [...service.querySelectorAll("ul > li")].map(each => ({
      name: each.querySelector("code").innerText, facts: facts(each.querySelector("dl")) })) }; })"""


def act(page: Page, action: str, root: str = BANNER) -> None:
    page.click(f"{root} [data-samtykke-action={action}]")


def everything(world: World) -> str:
    """A page with every kind of marked element."""
    third = world.third.url
    return (
        "<main><h1>Butikken</h1><p>Åpent for alle.</p><button id='buy'>Kjøp</button></main>"
        + "".join(world.marked(category, category) for category in CATEGORIES)
        + f'<img data-consent="advertising" data-consent-src="{third}/pixel.gif" alt="">'
        + world.frame('data-consent-service="youtube"')
        + '<script type="text/plain" data-consent="statistics">document.cookie = "_pk_id.1=a;path=/";'
        + 'localStorage["matomo.x"] = "1"</script>'
    )


def settled(page: Page) -> None:
    """Everything the page asks for by itself has come."""
    page.wait_for_load_state("networkidle")


def ran(page: Page, *names: str) -> None:
    page.wait_for_function(
        "names => JSON.stringify([...(window.ran || [])].sort()) === JSON.stringify([...names].sort())",
        arg=list(names),
    )


@pytest.mark.parametrize("path", ["/", "/kasse", "/kasse/takk"])
def test_t01_t02_a_new_visitor_leaves_no_trace_and_reaches_no_third_party(
    world: World, page: Page, context: BrowserContext, path: str
) -> None:
    page.goto(world.put(everything(world), path=path))
    page.wait_for_selector(BANNER)
    settled(page)
    assert page.evaluate(STORED) == NOTHING
    assert context.cookies() == []
    assert world.third.requests == []
    # The control: with consent all of it comes.
    act(page, "accept-all")
    ran(page, *CATEGORIES)
    page.wait_for_function("document.cookie.includes('_pk_id') && localStorage['matomo.x']")
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()
    page.wait_for_function("document.images[0].naturalWidth > 0")
    assert {"/pixel.gif", "/frame"} <= set(world.third.paths())


def test_t02_after_a_refusal_nobody_else_is_met_on_any_page(world: World, page: Page) -> None:
    address = world.put(everything(world))
    page.goto(address)
    act(page, "reject-all")
    for _ in range(2):
        page.goto(address)
        page.wait_for_function("samtykke.consent.decided")
        settled(page)
    assert world.third.requests == []
    # The control: the same page asks for all of it once that is allowed.
    page.evaluate("samtykke.acceptAll()")
    ran(page, *CATEGORIES)


def test_t03_each_layer_that_can_grant_all_can_refuse_all(world: World, page: Page) -> None:
    page.goto(world.put())
    layers = [page.get_by_role("region", name="Du bestemmer"), page.get_by_role("dialog")]
    for layer in layers:
        expect(layer.get_by_role("button", name="Godta alle", exact=True)).to_be_visible()
        expect(layer.get_by_role("button", name="Avvis alle", exact=True)).to_be_visible()
        if layer is layers[0]:
            layer.get_by_role("button", name="Tilpass").click()
    layers[1].get_by_role("button", name="Avvis alle", exact=True).click()
    page.wait_for_function("samtykke.consent.decided && !samtykke.allows('statistics')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("root", [BANNER, DIALOG])
def test_t04_refusing_and_accepting_are_equal_to_the_eye(
    world: World, page: Page, scheme: Any, root: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(world.put())
    page.wait_for_selector(BANNER)
    if root == DIALOG:
        act(page, "settings")
    page.mouse.move(1, 1)
    buttons = [page.locator(f"{root} [data-samtykke-action={name}]") for name in ("reject-all", "accept-all")]
    looks = [
        button.evaluate(
            """e => { const style = getComputedStyle(e);
            const names = [...style].filter(name => !/origin|inset|inline|block/.test(name));
            return [e.offsetWidth, e.offsetHeight, ...names.map(name => [name, style[name]])]; }"""
        )
        for button in buttons
    ]
    assert looks[0] == looks[1]
    assert all(button.evaluate(CONTRAST) >= 5 for button in buttons)


def test_t05_nothing_is_chosen_beforehand(world: World, page: Page) -> None:
    page.goto(world.put())
    act(page, "settings")
    page.wait_for_selector(DIALOG)
    assert page.locator(f"{DIALOG} input").evaluate_all("all => all.filter(e => e.checked).length") == 0
    assert page.locator(f"{DIALOG} input[name]").count() == len(CATEGORIES)
    # The control: saving untouched switches grants nothing.
    act(page, "save", DIALOG)
    page.wait_for_function("samtykke.consent.decided")
    assert page.evaluate("['functional', 'statistics', 'advertising'].some(samtykke.allows)") is False


def look_and_close(page: Page) -> None:
    act(page, "settings")
    act(page, "close", DIALOG)


def look_and_escape(page: Page) -> None:
    act(page, "settings")
    page.keyboard.press("Escape")


def switch_and_close(page: Page) -> None:
    act(page, "settings")
    page.check("[name=statistics]")
    act(page, "close", DIALOG)


@pytest.mark.parametrize(
    "action",
    [
        lambda page: page.mouse.wheel(0, 3000),
        lambda page: page.keyboard.press("Escape"),
        lambda page: page.click("#buy"),
        look_and_close,
        look_and_escape,
        switch_and_close,
        lambda page: page.clock.fast_forward(259_200_000),
        lambda page: page.evaluate("samtykke.hide()"),
        lambda page: page.reload(),
    ],
    ids=["scroll", "escape", "page's button", "close", "escape inside", "switch", "time", "hide", "reload"],
)  # fmt: skip
def test_t06_nothing_but_a_clear_answer_grants_anything(world: World, page: Page, action: Any) -> None:
    page.clock.install()
    page.goto(world.put(everything(world) + "<div style='height: 5000px'></div>"))
    page.wait_for_selector(BANNER)
    action(page)
    page.wait_for_function("!samtykke.consent.decided")
    settled(page)
    assert page.evaluate("document.cookie") == ""
    assert world.third.requests == [] == world.decisions
    # The control: an answer that is clear does.
    page.evaluate("samtykke.acceptAll()")
    ran(page, *CATEGORIES)


def test_t07_who_refuses_uses_the_page_like_everybody_else(world: World, page: Page) -> None:
    page.goto(world.put(everything(world) + "<div style='height: 5000px'></div>"))
    page.wait_for_selector(BANNER)
    reached = """() => { const r = document.querySelector("#buy").getBoundingClientRect();
      return document.elementFromPoint(r.x + 5, r.y + 5).id + getComputedStyle(document.body).overflow
        + getComputedStyle(document.documentElement).overflow; }"""
    assert page.evaluate(reached) == "buyvisiblevisible", "also before an answer"
    act(page, "reject-all")
    expect(page.locator(BANNER)).to_have_count(0)
    assert page.evaluate(reached) == "buyvisiblevisible"
    expect(page.get_by_text("Åpent for alle.")).to_be_visible()
    page.mouse.wheel(0, 2000)
    page.wait_for_function("scrollY > 0")


@pytest.mark.parametrize("chosen", list(itertools.product([False, True], repeat=3)), ids=str)
def test_t08_each_choice_takes_effect_exactly(world: World, page: Page, chosen: tuple[bool, ...]) -> None:
    page.goto(world.put("".join(world.marked(category, category) for category in CATEGORIES)))
    act(page, "settings")
    wanted = [category for category, granted in zip(CATEGORIES, chosen, strict=True) if granted]
    for category in wanted:
        page.check(f"{DIALOG} input[name={category}]")
    act(page, "save", DIALOG)
    ran(page, *wanted)
    page.wait_for_function(SENT)
    settled(page)
    assert sorted(world.third.paths()) == sorted(f"/{category}.js" for category in wanted)
    assert world.decisions[0]["choices"] == dict(zip(CATEGORIES, chosen, strict=True))


def test_t09_what_the_banner_states_is_what_happens(
    world: World, page: Page, context: BrowserContext
) -> None:
    page.goto(world.put(everything(world)))
    act(page, "settings")
    page.wait_for_selector(DIALOG)
    page.locator(f"{DIALOG} details").evaluate_all("all => all.forEach(e => { e.open = true })")
    declared = page.locator(f"{DIALOG} section > details > ul > li").evaluate_all(DECLARED)
    assert {each["name"] for each in declared} == {"Samtykke", "Matomo", "YouTube"}
    for service in declared:
        assert {"Formål", "Leverandør", "Land"} <= set(service["facts"]), "what for, who and where"
        assert all(
            {"Formål", "Lagringstid", "Domene", "Type"} <= set(each["facts"]) for each in service["stored"]
        )
    names = [each["name"] for service in declared for each in service["stored"]]

    def undeclared() -> set[str]:
        cookies = {cookie["name"] for cookie in context.cookies()}
        return {name for name in cookies if not any(fnmatch.fnmatchcase(name, each) for each in names)}

    act(page, "accept-all", DIALOG)
    ran(page, *CATEGORIES)
    page.wait_for_function("document.cookie.includes('_pk_id') && document.cookie.includes('samtykke')")
    assert undeclared() == set()
    # The control: something undeclared is noticed.
    page.evaluate("document.cookie = 'secret=1;path=/'")
    assert undeclared() == {"secret"}


@pytest.mark.parametrize("path", ["/", "/kasse"])
def test_t10_withdrawing_takes_no_more_than_opening_and_one_press(
    world: World, page: Page, path: str
) -> None:
    for each in ("/", "/kasse"):
        world.put(path=each)
    page.goto(world.site.url + "/")
    act(page, "accept-all")
    page.goto(world.site.url + path)
    expect(page.locator("#samtykke-open")).to_be_visible()
    page.click("[data-consent-open]")
    act(page, "withdraw", DIALOG)
    page.wait_for_function("samtykke.consent.decided && !samtykke.allows('statistics')")


def test_t11_a_withdrawal_stops_everything_at_the_next_load_and_clears(
    world: World, page: Page, context: BrowserContext
) -> None:
    address = world.put(everything(world))
    page.goto(address)
    act(page, "accept-all")
    ran(page, *CATEGORIES)
    page.wait_for_function("document.cookie.includes('_pk_id')")
    page.evaluate("samtykke.withdraw()")
    page.wait_for_function("!document.cookie.includes('_pk_id') && !localStorage['matomo.x']")
    page.wait_for_function(SENT)
    world.third.requests.clear()
    page.goto(address)
    page.wait_for_function("samtykke.consent.decided")
    settled(page)
    assert world.third.requests == []
    assert {cookie["name"] for cookie in context.cookies()} == {"samtykke"}


@pytest.mark.parametrize("chosen", [(), ("statistics",), ("functional", "advertising"), CATEGORIES], ids=str)
def test_t12_the_settings_show_what_is_stored(world: World, page: Page, chosen: tuple[str, ...]) -> None:
    address = world.put()
    page.goto(address)
    page.evaluate("keys => samtykke.save(Object.fromEntries(keys.map(k => [k, true])))", list(chosen))
    page.wait_for_function("document.cookie.includes('samtykke=')")
    page.goto(address)
    page.click("[data-consent-open]")
    switches = page.locator(f"{DIALOG} input[name]")
    expect(switches).to_have_count(len(CATEGORIES))
    found = switches.evaluate_all("all => all.filter(e => e.checked).map(e => e.name)")
    assert tuple(found) == chosen


@pytest.mark.parametrize(("day", "asked"), [(1, 0), (181, 0), (183, 1)])
def test_t13_a_refusal_is_left_in_peace_for_half_a_year(
    world: World, page: Page, day: int, asked: int
) -> None:
    world.config["validity"] = 30
    address = world.put()
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.goto(address)
    act(page, "reject-all")
    page.wait_for_function("document.cookie.includes('samtykke=')")
    page.clock.fast_forward(day * 86_400_000)
    # A new version with a wider scope is no reason either.
    world.config["version"] = 4
    for category in world.config["categories"]:
        category["since"] = 4
    page.goto(address)
    page.wait_for_function("samtykke && document.readyState === 'complete'")
    expect(page.locator(BANNER)).to_have_count(asked)


def test_t14_a_new_purpose_is_asked_about_and_old_refusals_stay(world: World, page: Page) -> None:
    address = world.put("".join(world.marked(key, key) for key in (*CATEGORIES, "social")))
    page.goto(address)
    page.evaluate("samtykke.save({statistics: true})")
    page.wait_for_function(SENT)
    world.config["version"] = 4
    new = {"key": "social", "slot": 3, "since": 4, "added": 4}
    world.config["categories"].append(new)
    world.reasons["nb"]["categories"]["social"] = "Sosiale medier"
    page.goto(address)
    expect(page.locator(BANNER)).to_contain_text("Sosiale medier")
    ran(page, "statistics")
    assert page.evaluate("['advertising', 'social'].some(samtykke.allows)") is False
    page.evaluate("samtykke.save({social: true})")
    ran(page, "statistics", "social")
    expect(page.locator(BANNER)).to_have_count(0)
    assert page.evaluate("samtykke.allows('advertising')") is False


@pytest.mark.parametrize("signal", ["globalPrivacyControl", "doNotTrack"])
@pytest.mark.parametrize("respected", [True, False])
def test_t27_a_signal_objects_and_never_consents(
    world: World, page: Page, signal: str, respected: bool
) -> None:
    world.config["gpc"] = world.config["dnt"] = respected
    value = "true" if signal == "globalPrivacyControl" else "'1'"
    page.add_init_script(f"Object.defineProperty(navigator, '{signal}', {{get: () => {value}}})")
    page.goto(world.put(everything(world)))
    page.wait_for_selector(BANNER)
    settled(page)
    source = "signal" if respected else None
    assert page.evaluate("[samtykke.consent.source, samtykke.consent.decided]") == [source, False]
    assert world.third.requests == []
    # The control: the visitor's own later word counts.
    act(page, "accept-all")
    ran(page, *CATEGORIES)


def test_a_status_is_announced_without_moving_the_focus(world: World, page: Page) -> None:
    """WCAG 4.1.3."""
    page.goto(world.put("<input id='field'>"))
    page.wait_for_selector(BANNER)
    page.focus("#field")
    page.evaluate("document.querySelector('[data-samtykke-action=settings]').click()")
    page.wait_for_selector(DIALOG)
    act(page, "save", DIALOG)
    expect(page.get_by_role("status")).to_have_text("Valget ditt er lagret.")
    assert page.evaluate("document.activeElement.id") == "field"


SPACING = """(() => { const sheet = new CSSStyleSheet(); sheet.replaceSync(`* { line-height: 1.5 !important;
letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }
.samtykke:not(#a):not(#b) * { line-height: 1.5 !important; letter-spacing: .12em !important;
word-spacing: .16em !important } .samtykke:not(#a):not(#b) p { margin-bottom: 2em !important }`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; })()"""
FAULTS = """root => { const faults = [], all = [...document.querySelectorAll(root + " *")];
for (const e of all) if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"
  && e.clientWidth) faults.push(["clipped", e.outerHTML.slice(0, 80)]);
const boxes = [...document.querySelectorAll(root + " :is(button, label, summary)")];
for (const a of boxes) for (const b of boxes) { if (a === b || a.contains(b) || b.contains(a)) continue;
  if (a.closest("footer,header,.actions") !== b.closest("footer,header,.actions")) continue;
  const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
  if (p.width && q.width && p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1
    && q.top < p.bottom - 1) faults.push(["overlap", a.outerHTML.slice(0, 120), b.outerHTML.slice(0, 120)]); }
return faults; }"""


@pytest.mark.parametrize("size", [(320, 256), (320, 800), (1280, 800)])
@pytest.mark.parametrize("spaced", [False, True])
def test_nothing_is_cut_off_however_small_or_widely_spaced(
    world: World, page: Page, size: tuple[int, int], spaced: bool
) -> None:
    """WCAG 1.4.10 and 1.4.12, in both layers, and every target at least 44 pixels (2.5.8)."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(world.put())
    page.wait_for_selector(BANNER)
    for root in (BANNER, DIALOG):
        if root == DIALOG:
            act(page, "settings")
            page.wait_for_selector(DIALOG)
            page.locator(f"{DIALOG} details").evaluate_all("all => all.forEach(e => { e.open = true })")
        if spaced:
            page.evaluate(SPACING)
        assert page.evaluate(FAULTS, root) == []
        assert page.locator(root).evaluate("e => e.scrollWidth <= e.clientWidth") is True
        for control in page.locator(f"{root} :is(button, input, summary)").all():
            control.scroll_into_view_if_needed()
            box = control.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
            assert 0 <= box["x"] <= size[0] - box["width"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
    expect(page.locator(DIALOG)).to_contain_text(re.compile("Statistikk"))
