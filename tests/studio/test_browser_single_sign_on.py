"""Single sign-on in real Chromium, with a provider on loopback: by the keyboard and without barriers."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from server.core.identity_provider import MappedRole
from tests.accounts.provider import Provider, serving_provider
from tests.chromium import AXE
from tests.studio.live import Live, live_studio
from tests.studio.test_browser import barriers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving_provider() as found:
        yield found


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Live]:
    """A studio with single sign-on, where passwords let in, too."""
    with live_studio(tmp_path_factory.mktemp("single-sign-on")) as live:
        known = provider.settings(role_map=(MappedRole("marketing", "editor", None),))
        live.app.extensions["samtykke"] = replace(live.app.extensions["samtykke"], oidc=known)
        live.user("ola@example.no", "owner")
        yield live


@pytest.fixture
def page(browser: Browser, studio: Live) -> Iterator[Page]:
    """The login page."""
    context = browser.new_context(locale="en", viewport={"width": 1280, "height": 900})
    context.add_init_script(path=AXE)
    found = context.new_page()
    found.goto(f"{studio.address}/login")
    yield found
    context.close()


def test_the_keyboard_alone_leads_through_the_provider_and_out_again(
    page: Page, studio: Live, provider: Provider
) -> None:
    page.get_by_role("button", name="Log in with Fjell-ID").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{studio.address}/sites")
    page.goto(f"{studio.address}/account")
    expect(page.get_by_text("You log in with Fjell-ID.")).to_be_visible()
    page.get_by_label("Your account: kari@example.no").press("Enter")
    page.get_by_role("button", name="Log out").press("Enter")
    page.wait_for_url(f"{studio.address}/login")
    assert "/logout" in provider.asked
    page.goto(f"{studio.address}/account")
    expect(page.get_by_role("button", name="Log in with Fjell-ID")).to_be_visible()


def test_what_was_typed_before_the_session_ended_goes_on_after_it(page: Page, studio: Live) -> None:
    page.get_by_role("button", name="Log in with Fjell-ID").click()
    page.wait_for_url(f"{studio.address}/sites")
    page.goto(f"{studio.address}/account")
    page.get_by_label("Language", exact=True).select_option("nn")
    # As where no script runs: the form itself is sent without a session.
    page.context.clear_cookies()
    page.evaluate("document.querySelector('form[action$=preferences]').submit()")
    page.get_by_role("button", name="Log in with Fjell-ID").click()
    expect(page.get_by_role("heading", name="Go on with what you typed?")).to_be_visible()


def test_a_page_that_is_open_logs_in_in_another_tab_and_sends_what_was_typed(
    page: Page, studio: Live
) -> None:
    page.get_by_role("button", name="Log in with Fjell-ID").click()
    page.wait_for_url(f"{studio.address}/sites")
    page.goto(f"{studio.address}/account")
    page.get_by_label("Time zone", exact=True).select_option("Europe/Oslo")
    page.context.clear_cookies()
    page.locator("form[action$=preferences]").get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Log in again")
    expect(dialog).to_be_visible()
    assert barriers(page) == []
    with page.context.expect_page() as opened:
        dialog.get_by_role("button", name="Go on to Fjell-ID").click()
    expect(opened.value.get_by_role("heading", name="You are logged in")).to_be_visible()
    opened.value.close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("Your language and time zone are saved.")).to_be_visible()


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_has_no_barriers(browser: Browser, studio: Live, local: bool, scheme: str) -> None:
    before = studio.app.extensions["samtykke"]
    studio.app.extensions["samtykke"] = replace(before, local_login=local)
    context = browser.new_context(locale="nb", color_scheme=scheme, viewport={"width": 320, "height": 700})  # type: ignore[arg-type]
    context.add_init_script(path=AXE)
    try:
        page = context.new_page()
        page.goto(f"{studio.address}/login")
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    finally:
        context.close()
        studio.app.extensions["samtykke"] = before


def test_the_page_that_leads_on_has_no_barriers(page: Page, provider: Provider) -> None:
    page.route(f"{provider.address}/**", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Log in with Fjell-ID").click()
    expect(page.get_by_role("link", name="Go on to Fjell-ID")).to_be_visible()
    assert barriers(page) == []
