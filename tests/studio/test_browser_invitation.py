"""An invitation in real Chromium: from the link to the studio, with scripts and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.service import invitations
from server.core import clock
from server.core.db import transaction
from tests.chromium import AXE
from tests.studio.conftest import PASSWORD
from tests.studio.live import Live, live_studio
from tests.studio.test_browser import barriers

pytestmark = pytest.mark.browser

OWNER = "kari@example.no"
INVITED = "ola@example.no"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with an owner."""
    with live_studio(tmp_path_factory.mktemp("invitation")) as live:
        live.user(OWNER, "owner")
        yield live


def link_to(studio: Live, email: str) -> str:
    """The link of a new invitation."""
    with studio.app.app_context(), transaction():
        _invited, token = invitations.invite(email, "editor", site_ids=None, by=OWNER, now=clock.now())
    return invitations.link(token, public_url=studio.address.removesuffix("/studio"))


def test_a_link_opens_the_invitation_and_leaves_the_address_and_the_history(
    browser: Browser, studio: Live
) -> None:
    page = browser.new_page(timezone_id="Asia/Tokyo")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url + (request.headers.get("referer", ""))))
    link = link_to(studio, INVITED)
    page.goto(link)
    expect(page.get_by_role("heading", name="You are invited")).to_be_visible()
    token = link.partition("#")[2]
    assert page.url == f"{studio.address}/invitation/answer"
    assert all(token not in url for url in asked)
    page.go_back()
    assert token not in page.url

    page.goto(link)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Welcome. Your account is made, and you are logged in.")).to_be_visible()
    page.goto(f"{studio.address}/account")
    expect(page.locator("#time_zone")).to_have_value("Asia/Tokyo")
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role("heading", name="This invitation has been used")).to_be_visible()
    page.context.close()


def test_without_scripts_the_link_is_pasted(browser: Browser, studio: Live) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    link = link_to(studio, "siv@example.no")
    page.goto(link)
    page.get_by_label("Link").fill(link)
    page.get_by_role("button", name="Open the invitation").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    assert page.url == f"{studio.address}/sites"
    context.close()


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_an_invitation_has_a_barrier(
    browser: Browser, studio: Live, language: str, scheme: str, tmp_path: Path
) -> None:
    options = {"bypass_csp": True, "reduced_motion": "reduce", "locale": language, "color_scheme": scheme}
    owner = studio.enter(browser, OWNER, **options)
    stranger = browser.new_context(**options)  # type: ignore[arg-type]
    for context in (owner, stranger):
        context.add_init_script(path=AXE)
    inside, outside = owner.new_page(), stranger.new_page()
    address = f"anne-{language}-{scheme}@example.no"
    found: dict[str, list[str]] = {}

    def examine(page: Page, name: str) -> None:
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=tmp_path / f"{name}-{language}-{scheme}-{width}.png", full_page=True)
            if wrong := barriers(page):
                found[f"{name} {width}"] = wrong

    inside.goto(f"{studio.address}/users/new")
    examine(inside, "form")
    inside.locator("[name=email]").fill(address)
    inside.locator("main form .btn-primary").click()
    link = inside.locator("#secret").inner_text()
    examine(inside, "link")
    inside.goto(f"{studio.address}/users")
    examine(inside, "list")
    outside.goto(f"{studio.address}/invitation")
    examine(outside, "open")
    outside.goto(link.replace("http://127.0.0.1:8000/studio", studio.address))
    outside.wait_for_url("**/invitation/answer")
    examine(outside, "answer")
    outside.locator("[name=password]").fill("short")
    outside.locator("main form [type=submit]").click()
    examine(outside, "refused")
    inside.goto(link.replace("http://127.0.0.1:8000/studio", studio.address))
    inside.wait_for_url("**/invitation/answer")
    examine(inside, "other")
    inside.goto(f"{studio.address}/users")
    inside.on("dialog", lambda dialog: dialog.accept())
    inside.locator("form[action$=withdraw] button").first.click()
    expect(inside.locator(".notice-success")).to_be_visible()
    outside.reload()
    examine(outside, "ended")
    assert found == {}
    owner.close()
    stranger.close()
