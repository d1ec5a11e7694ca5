"""Withdrawing consent also removes what its services have stored; what others stored stays."""

from __future__ import annotations

import pytest
from conftest import World
from playwright.sync_api import BrowserContext, Page

ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
SEED = """() => {
  document.cookie = "_pk_id.1=a;path=/"; document.cookie = "_pk_id.2=b;path=/shop/";
  document.cookie = "_pk_id.3=c;path=/shop"; document.cookie = "basket=3;path=/";
  document.cookie = "YSC=d;path=/";
  localStorage["matomo.visit"] = "1"; localStorage["theme"] = "dark";
  sessionStorage["yt-player"] = "1";
}"""


def names(context: BrowserContext) -> set[str]:
    return {cookie["name"] for cookie in context.cookies()}


def gone(context: BrowserContext, page: Page, *expected: str) -> None:
    """Wait until the browser has exactly these cookies besides our own."""
    page.wait_for_function("names => !names.some(n => document.cookie.includes(n))", arg=list(expected))


def test_withdrawal_removes_cookies_and_storage_of_its_services_only(
    world: World, page: Page, context: BrowserContext
) -> None:
    page.goto(world.put(path="/shop/list"))
    page.click(ACCEPT)
    page.evaluate(SEED)
    assert {"_pk_id.1", "_pk_id.2", "_pk_id.3", "basket", "YSC", "samtykke"} <= names(context)
    page.click("#samtykke-open")
    page.click("#samtykke-settings [data-samtykke-action=withdraw]")
    gone(context, page, "_pk_id", "YSC")
    assert names(context) == {"basket", "samtykke"}
    page.wait_for_function("!sessionStorage.length")
    assert page.evaluate("Object.keys(localStorage).sort()") == ["samtykke:queue:demo", "theme"]


def test_a_cookie_that_is_written_again_is_removed_again(
    world: World, page: Page, context: BrowserContext
) -> None:
    page.goto(world.put())
    page.click(ACCEPT)
    page.evaluate(SEED)
    page.evaluate("samtykke.withdraw()")
    gone(context, page, "_pk_id")
    page.evaluate("document.cookie = '_pk_id.9=again;path=/'")
    gone(context, page, "_pk_id")


def test_only_the_category_that_lost_its_grant_is_cleared(
    world: World, page: Page, context: BrowserContext
) -> None:
    page.goto(world.put())
    page.click(ACCEPT)
    page.evaluate(SEED)
    page.evaluate("samtykke.save({statistics: false})")
    gone(context, page, "_pk_id")
    assert {"YSC", "basket"} <= names(context)
    assert page.evaluate("sessionStorage['yt-player']") == "1"
    page.evaluate("samtykke.save({youtube: false})")
    gone(context, page, "YSC")
    page.wait_for_function("!sessionStorage.length")
    assert page.evaluate("samtykke.allows('advertising')") is True


@pytest.mark.parametrize("name", ["__Secure-visit", "__Host-visit"])
def test_a_cookie_that_browsers_take_by_secure_addresses_alone_is_removed(
    world: World, page: Page, context: BrowserContext, name: str
) -> None:
    """A loopback address counts as one."""
    world.traces["matomo"] = [["cookie", "__*-visit", ""]]
    page.goto(world.put())
    page.click(ACCEPT)
    page.evaluate("name => { document.cookie = name + '=1;path=/;secure' }", name)
    assert name in names(context)
    page.evaluate("samtykke.withdraw()")
    gone(context, page, "-visit")


def test_what_an_allowed_service_stores_stays_whatever_another_declares(
    world: World, page: Page, context: BrowserContext
) -> None:
    world.traces["matomo"] = [["cookie", "_pk*", ""], ["local_storage", "t*", ""]]
    world.traces["youtube"] = [["cookie", "_pk_id.1", ""], ["cookie", "b*", ""], ["local_storage", "*", ""]]
    world.traces["necessary"] = [["cookie", "basket", ""]]
    page.goto(world.put(path="/shop/list"))
    page.click(ACCEPT)
    page.evaluate(SEED)
    page.evaluate("samtykke.save({statistics: false})")
    gone(context, page, "_pk_id.2", "_pk_id.3")
    assert {"_pk_id.1", "basket"} <= names(context)
    page.wait_for_function("!localStorage.theme")
    page.evaluate("samtykke.withdraw()")
    gone(context, page, "_pk_id")
    assert names(context) == {"basket", "samtykke", "YSC"}


def test_what_an_allowed_service_stores_for_another_host_spares_nothing_of_the_websites_own(
    world: World, page: Page, context: BrowserContext
) -> None:
    address = world.put(path="/shop/list").replace("127.0.0.1", "www.shop.localhost")
    world.traces["youtube"] = [
        ["cookie", "_pk_id.1", ".video.localhost"],
        ["cookie", "_pk_id.2", ".localhost"],
    ]
    page.goto(address)
    page.click(ACCEPT)
    page.evaluate(SEED)
    page.evaluate("samtykke.save({statistics: false})")
    gone(context, page, "_pk_id.1", "_pk_id.3")
    assert "_pk_id.2" in names(context)


def test_a_first_refusal_fetches_nothing_more(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click("#samtykke [data-samtykke-action=reject-all]")
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')")
    assert [path for path in world.server.paths() if path.startswith("/w/")] == ["/w/demo.js"]


def test_other_tabs_clear_their_own_storage(world: World, page: Page, context: BrowserContext) -> None:
    address = world.put()
    page.goto(address)
    page.click(ACCEPT)
    other = context.new_page()
    other.goto(address)
    other.wait_for_function("samtykke.allows('advertising')")
    other.evaluate("sessionStorage['yt-player'] = '1'")
    page.evaluate("samtykke.withdraw()")
    other.wait_for_function("!sessionStorage.length")


def test_every_parent_domain_is_cleared(world: World, page: Page, context: BrowserContext) -> None:
    address = world.put().replace("127.0.0.1", "www.shop.example.localhost")
    page.goto(address)
    page.click(ACCEPT)
    page.evaluate(
        """() => { for (const domain of ["www.shop.example.localhost", "shop.example.localhost",
        "example.localhost"]) document.cookie = `_pk_id.${domain.length}=1;path=/;domain=${domain}`; }"""
    )
    assert len(names(context)) == 4
    page.evaluate("samtykke.withdraw()")
    gone(context, page, "_pk_id")
    assert names(context) == {"samtykke"}


def test_where_a_site_wants_it_the_page_is_reloaded_after_a_withdrawal(
    world: World, page: Page, context: BrowserContext
) -> None:
    world.config["reload"] = True
    address = world.put(world.marked("statistics", "one"))
    page.goto(address)
    page.click(ACCEPT)
    page.wait_for_function("window.ran")
    other = context.new_page()
    other.clock.install()
    other.goto(address)
    other.evaluate("window.typed = true")
    with page.expect_navigation():
        page.evaluate("samtykke.withdraw()")
    page.wait_for_function("samtykke.consent.decided && !samtykke.allows('statistics')")
    assert page.evaluate("window.ran") is None
    other.wait_for_function("!samtykke.allows('statistics')")
    other.clock.run_for(5000)
    assert other.evaluate("window.typed") is True, "what was typed in another tab is not lost"
