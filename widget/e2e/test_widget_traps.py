"""Traps that other consent tools have fallen into, as far as no other module here has them: one test each.

The rest of the list is in gate, banner, journeys, focus, withdrawal, signals and autoconsent.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import CATEGORIES, SENT, World
from playwright.sync_api import Browser, BrowserContext, Page, expect
from test_widget_law import FAULTS

from tests.chromium import ARGUMENTS
from tests.processes import PATIENCE

REJECT = "#samtykke [data-samtykke-action=reject-all]"
ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
TELLING = """const shown = () => !!document.querySelector("#samtykke");
const report = () => fetch(`/report?${document.prerendering},${shown()},${document.cookie}`);
document.addEventListener("prerenderingchange", () => setTimeout(() => {
  report().then(() => document.querySelector("[data-samtykke-action=reject-all]").click()); }, 300));
if (document.prerendering) setTimeout(report, 300);"""
READY = "window.samtykke && document.readyState === 'complete'"
SHIFT = """() => new Promise(done => { let shift = 0; new PerformanceObserver(list => {
    for (const each of list.getEntries()) shift += each.value; })
  .observe({ type: "layout-shift", buffered: true }); setTimeout(() => done(shift), 100); })"""
HIDE = """new MutationObserver(() => { for (const ours of document.querySelectorAll("[id^=samtykke]"))
  ours.style.setProperty("display", "none", "important"); })
.observe(document, { childList: true, subtree: true });"""
FILTERS = (
    *("/cookie-banner", "/cookie-consent", "/cookieconsent", "/consent-manager.js", "/consent_banner.js"),
    *("/consent-modal.js", "/consent/app.js", "/consent/cookie.js", "/cmp/cmp.js", "/cmp-init.js"),
    *("/cmp-loader.js", "/cmp.bundle.js", "/gdpr/banner.js", "/gdpr-stub.js", "/privacy-banner.js"),
    *("/privacy-manager.js", "/tcf2.js", "/gtm-consent.js", "-consent-banner.", "-cookie-banner."),
    *(
        "cookiebanner",
        "cookie_bar",
        "consentbanner",
        "privacybanner",
        "cookie-notice",
        "cc-main",
        "cc-window",
    ),
)
"""What the lists that hide consent tools look for in addresses, ids and classes."""


def asked(page: Page, times: int) -> None:
    page.wait_for_function(READY)
    expect(page.locator("#samtykke")).to_have_count(times)


def test_a_robot_is_asked_like_everybody_else(world: World, page: Page) -> None:
    page.goto(world.put())
    assert page.evaluate("navigator.webdriver") is True
    expect(page.locator("#samtykke")).to_be_visible()


def test_a_page_in_a_language_we_lack_is_met_in_the_visitor_s_own(world: World, browser: Browser) -> None:
    page = browser.new_page(locale="en-GB")
    page.goto(world.put(lang="zh-TW"))
    expect(page.locator("#samtykke")).to_have_attribute("lang", "en")
    page.close()


def test_with_cookies_turned_off_a_visitor_is_asked_once_a_page(world: World, page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setDocumentCookieDisabled", {"disabled": True})
    refuse = "{get() { throw new DOMException('denied', 'SecurityError') }}"
    page.add_init_script(
        f"for (const n of ['localStorage', 'sessionStorage']) Object.defineProperty(window, n, {refuse})"
    )
    address = world.put(world.marked("statistics", "one"))
    for _ in range(2):
        page.goto(address)
        asked(page, 1)
        page.click(ACCEPT)
        page.wait_for_function("window.ran?.length === 1")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        asked(page, 0)
    page.goto(address)
    asked(page, 1)
    assert page.evaluate("samtykke.allows('statistics')") is False


def test_where_only_local_storage_is_refused_the_cookie_remembers(world: World, page: Page) -> None:
    page.add_init_script(
        "Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new Error('full') }"
    )
    address = world.put()
    page.goto(address)
    with page.expect_response("**/decisions"):
        page.click(REJECT)
    page.goto(address)
    asked(page, 0)
    assert [each["action"] for each in world.decisions] == ["reject_all"]


def test_a_decision_from_the_future_is_none(world: World, page: Page) -> None:
    """The clock was a year ahead when it was made, and has been put right."""
    address = world.put()
    page.clock.install(time="2027-11-22T12:00:00Z")
    page.goto(address)
    page.click(ACCEPT)
    page.wait_for_function("document.cookie.includes('samtykke')")
    page.clock.set_system_time("2026-11-22T12:00:00Z")
    page.goto(address)
    asked(page, 1)
    assert page.evaluate("samtykke.allows('statistics')") is False
    page.click(REJECT)
    page.goto(address)
    asked(page, 0)


@pytest.mark.parametrize("answer", [ACCEPT, REJECT])
def test_new_words_alone_are_no_reason_to_ask_again(world: World, page: Page, answer: str) -> None:
    address = world.put()
    page.goto(address)
    page.click(answer)
    page.wait_for_function("document.cookie.includes('samtykke')")
    world.config["version"] = 9
    page.goto(address)
    asked(page, 0)
    assert page.evaluate("samtykke.allows('statistics')") is (answer == ACCEPT)


def test_a_signal_that_comes_after_an_answer_does_not_undo_it(world: World, page: Page) -> None:
    address = world.put(world.marked("statistics", "one"))
    page.goto(address)
    page.click(ACCEPT)
    page.wait_for_function("document.cookie.includes('samtykke')")
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.goto(address)
    page.wait_for_function("window.ran?.length === 1")
    asked(page, 0)


def test_a_choice_without_a_network_arrives_once_when_there_is_one(
    world: World, page: Page, context: BrowserContext
) -> None:
    address = world.put()
    page.goto(address)
    page.wait_for_selector("#samtykke")
    context.set_offline(True)
    page.click(ACCEPT)
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('accept_all')")
    assert world.decisions == []
    context.set_offline(False)
    page.goto(address)
    page.wait_for_function(SENT)
    page.goto(address)
    asked(page, 0)
    page.wait_for_function(SENT)
    assert len(world.decisions) == 1


def test_a_server_that_is_away_for_an_hour_is_not_pestered(world: World, page: Page) -> None:
    world.failing = 503
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.goto(world.put())
    with page.expect_response("**/decisions"):
        page.click(REJECT)
    for _ in range(60):
        page.clock.run_for(60_000)
    tries = world.server.requests.count(("POST", "/api/v1/sites/demo/decisions"))
    assert 1 <= tries <= 70
    world.failing = None
    page.evaluate("dispatchEvent(new Event('online'))")
    # A try that was on its way may still fail, and the next is minutes off.
    for _ in range(500):
        if page.evaluate(SENT):
            break
        page.clock.run_for(60_000)
    assert len(world.decisions) == 1


@pytest.mark.parametrize("opened", [False, True], ids=["banner", "settings"])
def test_a_page_on_which_a_filter_hides_us_stays_usable(world: World, page: Page, opened: bool) -> None:
    page.add_init_script(HIDE)
    body = "<button id='buy' onclick='window.bought = true'>Kjøp</button><div style='height: 5000px'></div>"
    page.goto(world.put(body + world.marked("statistics", "one")))
    page.wait_for_function(READY)
    if opened:
        page.evaluate("samtykke.settings()")
    page.click("#buy", timeout=PATIENCE * 1000)
    assert page.evaluate("window.bought") is True
    page.mouse.wheel(0, 1000)
    page.wait_for_function("scrollY > 0")
    assert page.evaluate("samtykke.consent.decided") is False
    assert world.third.requests == []


def test_no_filter_list_knows_our_names(world: World, page: Page) -> None:
    page.goto(world.put(world.frame()))
    page.click("#samtykke [data-samtykke-action=settings]")
    page.wait_for_selector("#samtykke-settings")
    page.wait_for_selector(".samtykke.placeholder")
    markup = page.evaluate("[...document.querySelectorAll('.samtykke')].map(e => e.outerHTML).join('')")
    names = [*world.server.paths(), markup]
    assert [(rule, name[:80]) for rule in FILTERS for name in names if rule in name.lower()] == []


def test_a_frame_of_the_site_follows_the_page_around_it(world: World, page: Page) -> None:
    world.put(world.marked("statistics", "inner"), path="/inner")
    page.goto(world.put('<iframe src="/inner" width="600" height="600"></iframe>'))
    frame = page.frames[1]
    frame.wait_for_selector("#samtykke")
    page.click("body > #samtykke [data-samtykke-action=accept-all]")
    frame.wait_for_function("window.ran?.length === 1")
    frame.wait_for_function("!document.querySelector('#samtykke')")


def test_a_page_opened_from_a_file_has_its_banner(world: World, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "side.html"
    file.write_text(
        f"<!doctype html><html lang=nb><head>{world.script}</head>{world.marked('statistics', 'one')}"
    )
    page.goto(file.as_uri())
    page.click(ACCEPT)
    page.wait_for_function("window.ran?.length === 1")
    expect(page.locator("#samtykke")).to_have_count(0)


def test_nothing_on_the_page_moves_when_we_come_and_go(world: World, page: Page) -> None:
    page.goto(world.put(f"<h1>Side</h1><p>Tekst</p>{world.frame()}<p>Mer</p>"))
    page.wait_for_selector("#samtykke")
    page.wait_for_selector(".samtykke.placeholder")
    assert page.evaluate(SHIFT) == 0
    page.evaluate("samtykke.acceptAll()")
    expect(page.frame_locator("iframe").get_by_text("Innhold")).to_be_visible()
    assert page.evaluate(SHIFT) == 0


def test_a_warm_cache_changes_nothing(world: World, page: Page, context: BrowserContext) -> None:
    code = b"(window.ran ||= []).push('ga'); document.cookie = '_ga=1;path=/'"
    world.third.answer = lambda *_: (
        200,
        {"Content-Type": "text/javascript", "Cache-Control": "max-age=3600"},
        code,
    )
    address = world.put(world.marked("statistics", "ga"))
    for visit in range(2):
        page.goto(address)
        asked(page, 1)
        assert page.evaluate("[document.cookie, window.ran]") == ["", None]
        page.click(ACCEPT)
        page.wait_for_function("document.cookie.includes('_ga') && ran.length === 1")
        assert len(world.third.requests) == 1, f"from the cache at visit {visit}"
        page.wait_for_function(SENT)
        page.evaluate("localStorage.clear()")
        context.clear_cookies()


def test_a_dialog_of_the_page_that_was_there_first_does_not_answer_for_the_visitor(
    world: World, page: Page
) -> None:
    own = "<dialog id='own'><button onclick='own.close()'>Lukk</button></dialog>"
    page.goto(world.put(f"{own}<script>own.showModal()</script>"))
    page.wait_for_selector("#samtykke")
    page.click("#own button")
    assert page.evaluate("samtykke.consent.decided") is False
    page.click(REJECT)
    expect(page.locator("#samtykke")).to_have_count(0)


def test_a_page_that_is_really_prerendered_asks_when_it_is_seen(world: World, tmp_path: Path) -> None:
    """Without a driver: browsers prepare no page ahead while one is attached. The pages report themselves."""
    program = (
        os.environ.get("SAMTYKKE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if not program:
        pytest.skip("no Chromium on this machine")
    rules = '{"prerender": [{"source": "list", "urls": ["/b"], "eagerness": "immediate"}]}'
    leave = "setInterval(() => fetch('/go').then(answer => { if (answer.ok) location.href = '/b' }), 100)"
    world.put(f'<script type="speculationrules">{rules}</script><script>{leave}</script>')
    world.put(f"<script>{TELLING}</script>", path="/b")
    command = [program, *ARGUMENTS, "--headless", f"--user-data-dir={tmp_path}", world.site.url + "/"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pause = threading.Event()
    try:
        for _ in range(600):
            if world.decisions:
                break
            if "/report?true,false," in world.site.paths():
                world.put(path="/go", head="")
            pause.wait(0.05)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
    reports = [path for path in world.site.paths() if path.startswith("/report")]
    assert reports == ["/report?true,false,", "/report?false,true,"]
    assert [each["action"] for each in world.decisions] == ["reject_all"]


def test_a_released_script_that_writes_to_the_document_does_not_wipe_it(world: World, page: Page) -> None:
    code = b"document.write('<p>skrevet</p>'); (window.ran ||= []).push('written')"
    world.third.answer = lambda *_: (200, {"Content-Type": "text/javascript"}, code)
    page.goto(world.put("<h1>Side</h1>" + world.marked("statistics", "written")))
    page.click(ACCEPT)
    page.wait_for_function("window.ran?.length === 1")
    expect(page.get_by_role("heading", name="Side")).to_be_visible()


def test_the_cookie_stays_on_its_own_host(world: World, page: Page, context: BrowserContext) -> None:
    """Sub-domains share it only where the site has asked for that."""
    page.goto(world.put().replace("127.0.0.1", "www.shop.example.localhost"))
    page.click(ACCEPT)
    page.wait_for_function("document.cookie.includes('samtykke')")
    assert [each["domain"] for each in context.cookies()] == ["www.shop.example.localhost"]


def test_an_answer_counts_though_no_finger_gave_it(world: World, page: Page) -> None:
    """Tools click for people: by script, or with a switch instead of a mouse."""
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    page.evaluate("document.querySelector('[data-samtykke-action=reject-all]').click()")
    page.wait_for_function(SENT)
    assert world.decisions[0]["choices"] == dict.fromkeys(CATEGORIES, False)


def test_the_small_button_stands_where_a_line_begins(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click(REJECT)
    button = page.locator("#samtykke-open")
    left = button.bounding_box()
    button.evaluate("element => { element.dir = 'rtl' }")
    right = button.bounding_box()
    width = page.evaluate("document.documentElement.clientWidth")
    assert left
    assert right
    assert (left["x"], left["y"]) == (16, right["y"])
    assert right["x"] == width - left["width"] - 16


@pytest.mark.parametrize("width", [320, 1280])
def test_from_right_to_left_nothing_is_cut_off(world: World, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    page.evaluate("document.querySelector('#samtykke').dir = 'rtl'")
    assert page.evaluate(FAULTS, "#samtykke") == []
    page.click("#samtykke [data-samtykke-action=settings]")
    page.wait_for_selector("#samtykke-settings")
    page.evaluate("document.querySelector('#samtykke-settings').dir = 'rtl'")
    page.locator("#samtykke-settings details").evaluate_all("all => all.forEach(e => { e.open = true })")
    assert page.evaluate(FAULTS, "#samtykke-settings") == []
    heading, close = (
        page.locator(f"#samtykke-settings {part}").bounding_box()
        for part in ("h2", "[data-samtykke-action=close]")
    )
    assert heading
    assert close
    assert close["x"] < heading["x"]
