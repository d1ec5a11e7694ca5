"""Decisions on their way, several tabs, coming back, and pages that do odd things."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from conftest import SENT, Reply, World
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.processes import PATIENCE

REJECT = "#samtykke [data-samtykke-action=reject-all]"
ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
WAITS = "document.cookie.startsWith('samtykke=2.')"
SETTLED = "document.cookie.startsWith('samtykke=1.')"
LOOKED = """window.looked = 0; const storage = Object.getOwnPropertyDescriptor(window, "localStorage");
Object.defineProperty(window, "localStorage",
  {...storage, get() { looked++; return storage.get.call(window); }});"""
"""Counts how often the page's storage is opened."""
HIDE = "document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))"


def test_the_cookie_is_small_and_first_party(world: World, page: Page, context: BrowserContext) -> None:
    page.goto(world.put())
    page.click(ACCEPT)
    page.wait_for_function(SETTLED)
    (cookie,) = context.cookies()
    assert (cookie["name"], cookie["sameSite"], cookie["path"]) == ("samtykke", "Lax", "/")
    assert len(cookie["name"] + "=" + cookie["value"]) <= 64
    assert cookie["value"].startswith("1.3.7..")


def test_a_decision_is_sent_as_the_contract_says(world: World, page: Page) -> None:
    page.goto(world.put(lang="nn"))
    page.click(ACCEPT)
    page.wait_for_function(SENT)
    (decision,) = world.decisions
    assert len(decision.pop("id")) == len(decision["visitor"]) == 22
    assert decision.pop("visitor") == page.evaluate("samtykke.me.id")
    assert decision.pop("decided_at") == page.evaluate("samtykke.consent.decidedAt")
    assert decision == {
        "version": 3,
        "language": "nn",
        "action": "accept_all",
        "surface": "banner",
        "choices": {"functional": True, "statistics": True, "advertising": True},
        "services": {},
        "signals": {"gpc": False, "dnt": False},
    }


def test_an_outage_denies_nothing_to_the_visitor_and_the_decision_arrives_once(
    world: World, page: Page
) -> None:
    world.failing = 503
    address = world.put(world.marked("statistics", "one"))
    page.goto(address)
    page.click(ACCEPT)
    page.wait_for_function("JSON.stringify(window.ran) === '[\"one\"]'")
    page.click("#samtykke-open")
    expect(page.locator("#samtykke-settings")).to_contain_text("ikke sendt til oss ennå")
    assert world.decisions == []
    world.failing = None
    page.goto(address)
    page.wait_for_function(SENT)
    page.goto(address)
    page.wait_for_function("samtykke.consent.decided")
    assert len(world.decisions) == 1


def test_a_decision_is_tried_again_on_the_same_page(world: World, page: Page) -> None:
    world.failing = 503
    page.goto(world.put())
    with page.expect_response("**/decisions"):
        page.click(ACCEPT)
    world.failing = None
    page.wait_for_function(SENT)
    assert len(world.decisions) == 1


def test_a_decision_that_the_server_refuses_is_given_up(world: World, page: Page) -> None:
    world.failing = 422
    page.goto(world.put())
    page.click(ACCEPT)
    page.wait_for_function(SETTLED)
    page.wait_for_function(SENT)
    assert page.evaluate("samtykke.allows('statistics')") is True


def test_a_decision_that_never_arrives_does_not_stay_in_the_browser(world: World, page: Page) -> None:
    world.failing = 503
    address = world.put()
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.goto(address)
    with page.expect_response("**/decisions"):
        page.click(ACCEPT)
    for day, waits in (("2026-12-22T11:59:00Z", 1), ("2026-12-22T12:01:00Z", 0)):
        page.clock.set_system_time(day)
        page.goto(address)
        page.wait_for_function(
            "count => JSON.parse(localStorage['samtykke:queue:demo'] || '0')?.items?.length === count",
            arg=waits,
        )
        assert page.evaluate("samtykke.allows('statistics')") is True


def test_the_cookie_shows_later_pages_whether_something_waits(world: World, page: Page) -> None:
    world.failing = 503
    address = world.put()
    page.goto(address)
    with page.expect_response("**/decisions"):
        page.click(ACCEPT)
    with page.expect_response("**/decisions"):
        page.goto(address)
    page.wait_for_selector("#samtykke-open")
    assert page.evaluate(WAITS) is True
    assert page.evaluate("samtykke.allows('statistics')") is True
    world.failing = None
    page.goto(address)
    page.wait_for_function(SETTLED)
    page.wait_for_function(SENT)
    assert len(world.decisions) == 1


def test_who_has_nothing_to_send_is_spared_the_look_into_the_storage(world: World, page: Page) -> None:
    page.add_init_script(LOOKED)
    address = world.put()
    page.goto(address)
    page.wait_for_selector("#samtykke")
    assert page.evaluate("looked") == 0
    page.click(ACCEPT)
    page.wait_for_function(SETTLED)
    page.goto(address)
    page.wait_for_selector("#samtykke-open")
    assert page.evaluate("looked") == 0


@pytest.mark.parametrize("left", ["without its mark", "not at all"])
def test_a_decision_whose_cookie_is_lost_is_sent_when_the_page_is_hidden(
    world: World, page: Page, context: BrowserContext, left: str
) -> None:
    world.failing = 503
    address = world.put()
    page.goto(address)
    with page.expect_response("**/decisions"):
        page.click(ACCEPT)
    (cookie,) = context.cookies()
    context.clear_cookies()
    if left == "without its mark":
        value = "1" + cookie.get("value", "")[1:]
        context.add_cookies([{"name": "samtykke", "value": value, "url": world.site.url}])
    page.goto(address)
    page.wait_for_selector("#samtykke-open" if left == "without its mark" else "#samtykke")
    world.failing = None
    page.evaluate(HIDE)
    page.wait_for_function(SENT)
    page.evaluate(HIDE)
    page.wait_for_function(SENT)
    assert len(world.decisions) == 1


def test_an_answer_to_an_older_page_leaves_a_newer_choice_in_peace(
    world: World, page: Page, context: BrowserContext
) -> None:
    world.failing = 503
    address = world.put()
    page.goto(address)
    other = context.new_page()
    other.goto(address)
    with page.expect_response("**/decisions"):
        page.click(ACCEPT)
    other.wait_for_function("samtykke.consent.decided")
    other.evaluate("samtykke.withdraw()")
    world.failing = None
    page.wait_for_function(SENT)
    for each in (page, other):
        each.wait_for_function("document.cookie.startsWith('samtykke=1.3.0.')")
        assert each.evaluate("samtykke.allows('statistics')") is False
    assert [each["action"] for each in world.decisions] == ["accept_all", "withdraw"]


def test_a_click_on_the_way_out_is_not_lost(world: World, page: Page) -> None:
    page.goto(world.put('<a href="/next">Neste</a>'))
    world.put(path="/next")
    page.wait_for_selector("#samtykke")
    page.evaluate(
        "document.querySelector('[data-samtykke-action=reject-all]').click(); document.links[0].click()"
    )
    page.wait_for_url("**/next")
    page.wait_for_function("samtykke.consent.decided && " + SENT)
    assert len(world.decisions) == 1


def test_without_the_script_the_page_is_usable_and_everything_denied(world: World, page: Page) -> None:
    page.goto(
        world.put(
            "<h1>Side</h1>" + world.marked("statistics", "one"),
            head=f'<script src="{world.server.url}/missing.js"></script>',
        )
    )
    expect(page.get_by_role("heading")).to_be_visible()
    assert world.third.requests == []


@pytest.mark.parametrize("told_by", ["cookies", "storage"])
def test_a_second_tab_follows(world: World, page: Page, context: BrowserContext, told_by: str) -> None:
    if told_by == "storage":
        context.add_init_script("delete window.cookieStore")
    address = world.put()
    other = context.new_page()
    other.goto(address)
    other.wait_for_selector("#samtykke")
    page.goto(address)
    page.click(ACCEPT)
    other.wait_for_function("samtykke.allows('statistics')")
    expect(other.locator("#samtykke")).to_have_count(0)
    page.evaluate("samtykke.withdraw()")
    other.wait_for_function("!samtykke.allows('statistics')")


@pytest.mark.parametrize("earlier", [None, "accept_all"])
def test_a_decision_made_elsewhere_while_the_page_was_loading_is_neither_missed_nor_overwritten(
    world: World, page: Page, context: BrowserContext, earlier: str | None
) -> None:
    """Another tab's cookie comes after ours was read, and before the page gets events of changes."""
    if earlier:
        page.goto(world.put())
        page.click(ACCEPT)
        page.wait_for_function(SETTLED)
    newer = "`samtykke=1.3.0..${(Date.now() / 1000 + 9 | 0).toString(36)}.aaaaaaaaaaaaaaaaaaaaaa`"
    page.goto(world.put(f"<script>document.cookie = {newer} + ';path=/;max-age=999'</script><h1>Side</h1>"))
    page.wait_for_function("samtykke.me.id === 'aaaaaaaaaaaaaaaaaaaaaa'")
    expect(page.locator("#samtykke")).to_have_count(0)
    assert page.evaluate("samtykke.allows('statistics')") is False
    (stored,) = context.cookies()
    assert stored["value"].startswith("1.3.0.")
    assert stored["value"].endswith(".aaaaaaaaaaaaaaaaaaaaaa")


def test_back_from_another_page_shows_the_decision_made_there(
    world: World, launch: Callable[..., Browser]
) -> None:
    browser = launch(whole=True, ignore_default_args=["--disable-back-forward-cache"])
    page = browser.new_page()
    first, second = world.put('<a href="/b">Neste</a>'), world.put(path="/b")
    page.goto(first)
    page.wait_for_selector("#samtykke")
    page.evaluate("window.alive = true")
    page.goto(second)
    page.click(REJECT)
    page.wait_for_function(SENT)
    page.evaluate("history.back()")
    # True only when the page came from the browser's cache, as it was left.
    page.wait_for_function("window.alive", timeout=PATIENCE * 1000)
    expect(page.locator("#samtykke")).to_have_count(0)
    assert page.evaluate("samtykke.consent.decided") is True
    browser.close()


def test_the_banner_survives_a_change_of_the_body(world: World, page: Page) -> None:
    page.goto(world.put())
    page.wait_for_selector("#samtykke")
    page.evaluate(
        """() => { const copy = document.body.cloneNode(true);
        document.body.replaceWith(document.createElement("body")); document.body.replaceWith(copy); }"""
    )
    expect(page.locator("#samtykke")).to_have_count(1)
    page.click(REJECT)
    expect(page.locator("#samtykke")).to_have_count(0)


def test_a_page_that_keeps_removing_us_is_not_blocked(world: World, page: Page) -> None:
    page.goto(
        world.put(
            "<script>new MutationObserver(() => document.querySelector('#samtykke')?.remove())"
            ".observe(document, {childList: true, subtree: true})</script><p>Side"
        )
    )
    page.wait_for_function("document.readyState === 'complete' && !samtykke.allows('statistics')")


@pytest.mark.parametrize("where", ["async", "defer", "body", "module"])
def test_the_script_may_be_anywhere(world: World, page: Page, where: str) -> None:
    address = f"{world.server.url}/w/demo.js"
    tag = {
        "async": f'<script async src="{address}"></script>',
        "defer": f'<script defer src="{address}"></script>',
        "body": "",
        "module": f'<script type="module" src="{address}"></script>',
    }[where]
    marked = world.marked("statistics", "one")
    page.goto(world.put(marked + (world.script if where == "body" else ""), head=tag))
    page.click(ACCEPT)
    page.wait_for_function("JSON.stringify(window.ran) === '[\"one\"]'")


def test_loading_twice_shows_one_banner_and_a_warning(world: World, page: Page) -> None:
    with page.expect_console_message(lambda message: "twice" in message.text):
        page.goto(world.put(head=world.script * 2))
    expect(page.locator("#samtykke")).to_have_count(1)
    page.click(REJECT)
    page.wait_for_function(SENT)
    assert len(world.decisions) == 1


@pytest.mark.parametrize(
    "value",
    [
        "%",
        "x" * 4000,
        "1.3.7..zzzzzzzz.aaaaaaaaaaaaaaaaaaaaaa",
        "0.3.7..t0cgvk.aaaaaaaaaaaaaaaaaaaaaa",
        "yes",
    ],
)
def test_an_odd_cookie_means_not_decided(
    world: World, page: Page, context: BrowserContext, value: str
) -> None:
    context.add_cookies([{"name": "samtykke", "value": value, "url": world.site.url}])
    page.goto(world.put())
    expect(page.locator("#samtykke")).to_be_visible()
    page.click(REJECT)
    page.reload()
    page.wait_for_function("samtykke.consent.decided")


def test_of_two_cookies_the_newest_wins(world: World, page: Page, context: BrowserContext) -> None:
    visitor = "a" * 22
    context.add_cookies(
        [
            {"name": "samtykke", "value": f"1.3.7..sha2kg.{visitor}", "domain": "127.0.0.1", "path": "/"},
            {"name": "samtykke", "value": f"1.3.0..t0cgvk.{visitor}", "domain": "127.0.0.1", "path": "/side"},
        ]
    )
    page.goto(world.put(path="/side"))
    page.wait_for_function("samtykke.consent.decidedAt")
    assert page.evaluate("samtykke.allows('statistics')") is False


def test_where_storage_is_refused_the_decision_lives_as_long_as_the_page(world: World, page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set() {}});"
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('SecurityError') }})"
    )
    page.goto(world.put())
    with page.expect_response("**/decisions"):
        page.click(ACCEPT)
    expect(page.locator("#samtykke")).to_have_count(0)
    assert page.evaluate("samtykke.allows('statistics')") is True


def test_in_a_sandbox_nothing_throws(world: World, page: Page) -> None:
    world.put("<p>Inni", path="/inner")
    page.goto(world.put('<iframe sandbox="allow-scripts" src="/inner" width="600" height="600">', head=""))
    frame = page.frame_locator("iframe")
    frame.locator(REJECT).click()
    expect(frame.locator("#samtykke")).to_have_count(0)


def test_a_listener_that_throws_harms_nobody(world: World, page: Page) -> None:
    page.goto(world.put())
    page.evaluate(
        """() => { window.received = []; samtykke.on("change", () => { throw new Error("bad") });
        samtykke.on("change", consent => received.push(["on", consent.statistics]));
        document.addEventListener("samtykke:change", e => received.push(["event", e.detail.statistics])); }"""
    )
    page.click(ACCEPT)
    page.wait_for_function('JSON.stringify(received) === \'[["on",true],["event",true]]\'')
    assert (
        page.evaluate("new Promise(done => samtykke.on('ready', consent => done(Object.isFrozen(consent))))")
        is True
    )


def test_a_nonsensical_configuration_stays_silent(world: World, page: Page) -> None:
    world.config["categories"] = "all"
    page.goto(world.put(world.marked("statistics", "one")))
    assert page.evaluate("[typeof samtykke, document.querySelectorAll('.samtykke').length]") == [
        "undefined",
        0,
    ]
    assert world.third.requests == []


def test_it_waits_with_the_banner_while_the_page_is_only_prepared(world: World, page: Page) -> None:
    page.add_init_script(
        "window.waiting = true; Object.defineProperty(document, 'prerendering', {get: () => waiting})"
    )
    page.goto(world.put())
    page.wait_for_function("samtykke && document.readyState === 'complete'")
    expect(page.locator("#samtykke")).to_have_count(0)
    page.evaluate("window.waiting = false; document.dispatchEvent(new Event('prerenderingchange'))")
    expect(page.locator("#samtykke")).to_be_visible()


def test_after_its_validity_a_grant_lapses_and_is_asked_for_again(world: World, page: Page) -> None:
    address = world.put()
    page.clock.install(time="2026-11-22T12:00:00Z")
    page.goto(address)
    page.click(ACCEPT)
    page.wait_for_function("document.cookie.includes('samtykke')")
    for day, asked in (("2027-11-21T12:00:00Z", 0), ("2027-11-22T12:00:01Z", 1)):
        page.clock.set_system_time(day)
        page.goto(address)
        page.wait_for_function("samtykke && document.readyState === 'complete'")
        expect(page.locator("#samtykke")).to_have_count(asked)
        assert page.evaluate("samtykke.allows('statistics')") is (not asked)


def test_where_the_server_is_first_party_the_cookie_goes_along_and_is_not_written_again(
    world: World, page: Page
) -> None:
    world.config["http"] = True
    address = world.put()
    page.goto(address)
    with page.expect_request("**/decisions?cookie=") as sent:
        page.click(ACCEPT)
    assert "samtykke=2.3.7.." in sent.value.all_headers()["cookie"]
    page.wait_for_function(SETTLED)
    page.add_init_script(
        """const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie"); window.writes = 0;
        Object.defineProperty(Document.prototype, "cookie",
          {...cookie, set(text) { writes++; cookie.set.call(this, text); }});"""
    )
    page.goto(address)
    page.wait_for_selector("#samtykke-open")
    assert page.evaluate("writes") == 0
    world.config["http"] = False
    page.goto(address)
    page.wait_for_selector("#samtykke-open")
    page.wait_for_function("writes")
    assert page.evaluate("writes") == 1


def test_an_answer_that_a_closed_page_missed_is_requested_by_the_next(world: World, page: Page) -> None:
    """The answer's cookie says that nothing waits any more, but nobody was there to take it off the list."""
    world.config["http"] = True
    world.failing = 503
    address = world.put()
    page.goto(address)
    with page.expect_request("**/decisions?cookie="):
        page.click(ACCEPT)
    page.evaluate("document.cookie = document.cookie.replace('=2.', '=1.') + ';path=/'")
    page.goto("about:blank")
    world.failing = 0
    page.goto(address)
    page.wait_for_function(SENT)
    assert [each["action"] for each in world.decisions] == ["accept_all"]


def test_an_answer_that_comes_while_its_page_unloads_is_handled_by_the_next(world: World, page: Page) -> None:
    world.config["http"] = True
    left = threading.Event()
    answer = world.server.answer

    def late(method: str, path: str, body: bytes) -> Reply:
        first = not world.decisions
        answered = answer(method, path, body)
        if first and world.decisions:
            left.wait(30)
        return answered

    world.server.answer = late
    page.goto(world.put())
    with page.expect_request("**/decisions?cookie="):
        page.click(ACCEPT)
    page.goto(world.put("<h1>Neste</h1>", path="/next"))
    left.set()
    page.wait_for_function(SENT)
    page.wait_for_function(SETTLED)
    assert [each["action"] for each in world.decisions] == ["accept_all"]


def test_a_request_at_unload_does_not_set_the_cookie_of_a_decision_that_has_arrived(
    world: World, page: Page, context: BrowserContext
) -> None:
    """No page would learn that it has: the mark that it may wait must stay."""
    world.config["http"] = True
    address = world.put()
    world.put("<h1>Neste</h1>", path="/next", head="")
    page.goto(address)
    page.wait_for_selector("#samtykke")
    # A page that is never painted again: what waits for that is done when the page is left.
    page.evaluate(
        "requestAnimationFrame = setTimeout = () => 0;"
        "document.querySelector('[data-samtykke-action=accept-all]').click(); location.href = '/next'"
    )
    pause = threading.Event()
    for _ in range(600):
        if world.decisions:
            break
        pause.wait(0.05)
    assert [path.partition("decisions")[2] for path in world.server.paths() if "decisions" in path] == [""]
    page.wait_for_url("**/next")
    assert page.evaluate(WAITS) is True
    page.goto(address)
    page.wait_for_function(SENT)
    page.wait_for_function(SETTLED)
    assert [each["action"] for each in world.decisions] == ["accept_all"]


def test_a_decision_overwritten_by_a_tab_that_wrote_at_the_same_moment_is_put_back(
    world: World, page: Page, context: BrowserContext
) -> None:
    world.failing = 503
    address = world.put()
    other = context.new_page()
    other.goto(address)
    other.evaluate(
        "new Promise(held => { navigator.locks.request('samtykke:queue:demo',"
        " () => new Promise(free => { window.free = free; held(); })) })"
    )
    page.goto(address)
    with page.expect_response("**/decisions"):
        page.click(ACCEPT)
    other.evaluate("localStorage.setItem('samtykke:queue:demo', '{\"items\": []}'); free()")
    page.wait_for_function(f"!({SENT})")


@pytest.mark.parametrize("seconds", [9, 0])
def test_an_answer_that_sets_an_older_cookie_does_not_undo_a_newer_choice(
    world: World, page: Page, seconds: int
) -> None:
    world.config["http"] = True
    page.clock.set_fixed_time("2026-11-22T12:00:00Z")
    page.goto(world.put())
    page.click(ACCEPT)
    page.wait_for_function(SENT)
    world.said_back = page.evaluate("document.cookie.split('=')[1]")
    page.clock.set_fixed_time(f"2026-11-22T12:00:0{seconds}Z")
    page.evaluate("samtykke.withdraw()")
    page.wait_for_function(SENT)
    page.wait_for_function("document.cookie.startsWith('samtykke=1.3.0.')")
    assert page.evaluate("samtykke.allows('statistics')") is False


def test_one_cookie_serves_all_hosts_of_a_site_that_wants_it(
    world: World, page: Page, context: BrowserContext
) -> None:
    world.fragments.append("domain.js")
    shop = world.put().replace("127.0.0.1", "shop.example.localhost")
    page.goto(shop)
    page.click(ACCEPT)
    page.wait_for_function("document.cookie.includes('samtykke')")
    assert [cookie["domain"] for cookie in context.cookies()] == [".example.localhost"]
    page.goto(shop.replace("shop.", "news."))
    page.wait_for_function("samtykke.allows('statistics')")
    expect(page.locator("#samtykke")).to_have_count(0)


def test_a_tab_that_gets_no_event_updates_when_it_becomes_visible(
    world: World, page: Page, context: BrowserContext
) -> None:
    context.add_init_script(
        "delete window.cookieStore;"
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('SecurityError') }})"
    )
    address = world.put()
    page.goto(address)
    other = context.new_page()
    other.goto(address)
    other.click(ACCEPT)
    other.wait_for_function("document.cookie.includes('samtykke=')")
    assert page.evaluate("samtykke.allows('statistics')") is False
    page.evaluate(HIDE)
    assert page.evaluate("samtykke.allows('statistics')") is True
    expect(page.locator("#samtykke")).to_have_count(0)


def test_showing_and_hiding_the_banner_raises_events(world: World, page: Page) -> None:
    page.add_init_script(
        """window.received = []; for (const name of ["ready", "show", "change", "hide"])
        document.addEventListener("samtykke:" + name, e => received.push([name, e.detail.decided]))"""
    )
    page.goto(world.put())
    page.click(REJECT)
    page.wait_for_function("received.length === 4")
    assert page.evaluate("received") == [
        ["ready", False],
        ["show", False],
        ["hide", True],
        ["change", True],
    ]
