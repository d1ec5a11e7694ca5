"""A forgotten password and one's sessions in real Chromium, by the keyboard and without barriers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.service import password_resets, users
from server.core import clock
from server.core.db import transaction
from server.core.mail_server import mail_server
from tests.chromium import AXE
from tests.studio.live import Live, live_studio
from tests.studio.test_browser import barriers

pytestmark = pytest.mark.browser

KARI = "kari@example.no"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio that can send e-mail, with an owner."""
    with live_studio(tmp_path_factory.mktemp("passwords")) as live:
        found = live.app.extensions["samtykke"]
        server = mail_server("smtps://mail.example.no")
        live.app.extensions["samtykke"] = replace(found, smtp_url=server, mail_from="samtykke@example.no")
        live.user(KARI, "owner")
        yield live


def link_for(studio: Live, email: str) -> str:
    with studio.app.app_context(), transaction():
        known = users.with_address(email)
        assert known is not None
        token = password_resets.issue(known.user_id, now=clock.now())
    return password_resets.link(token, public_url=studio.address.removesuffix("/studio"))


def test_the_keyboard_alone_leads_from_the_login_to_a_new_password(browser: Browser, studio: Live) -> None:
    studio.user("ola@example.no")
    page = browser.new_page(locale="en")
    page.goto(f"{studio.address}/login")
    page.get_by_role("link", name="Forgotten password?").focus()
    page.keyboard.press("Enter")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type("ola@example.no")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    link = link_for(studio, "ola@example.no")
    page.goto(link)
    page.wait_for_url("**/new-password/choose")
    page.get_by_label("New password").focus()
    page.keyboard.type("fire rever i skogen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is changed, and all your sessions have ended.")).to_be_visible()
    page.get_by_label("E-mail address").fill("ola@example.no")
    page.get_by_label("Password").fill("fire rever i skogen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studio/sites")
    page.context.close()


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_about_passwords_and_sessions_has_a_barrier(
    browser: Browser, studio: Live, language: str, scheme: str, tmp_path: Path
) -> None:
    options = {"bypass_csp": True, "reduced_motion": "reduce", "locale": language, "color_scheme": scheme}
    owner, other = (studio.enter(browser, KARI, **options) for _ in range(2))
    stranger = browser.new_context(**options)  # type: ignore[arg-type]
    for context in (owner, stranger):
        context.add_init_script(path=AXE)
    inside, outside = owner.new_page(), stranger.new_page()
    found: dict[str, list[str]] = {}

    def examine(page: Page, name: str) -> None:
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=tmp_path / f"{name}-{language}-{scheme}-{width}.png", full_page=True)
            if wrong := barriers(page):
                found[f"{name} {width}"] = wrong

    for path in ("login", "forgotten", "new-password"):
        outside.goto(f"{studio.address}/{path}")
        examine(outside, path)
    outside.goto(link_for(studio, KARI))
    outside.wait_for_url("**/new-password/choose")
    examine(outside, "choose")
    outside.locator("[name=password]").fill("short")
    outside.locator("main form [type=submit]").click()
    examine(outside, "refused")
    with studio.app.app_context():
        (user_id,) = (one.user_id for one in users.users() if one.email == KARI)
    for path in ("account/sessions", f"users/{user_id}", "account"):
        inside.goto(f"{studio.address}/{path}")
        examine(inside, path.split("/")[-1] if "users" not in path else "user")
    assert found == {}
    for context in (owner, other, stranger):
        context.close()
