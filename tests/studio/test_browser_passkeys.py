"""Passkeys in real Chromium with its virtual authenticator: added, used for all, copied and removed."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright, expect

from server.accounts.models import Passkey
from server.accounts.service import audit_log
from server.core.db import db, end_reading, transaction
from tests.chromium import ARGUMENTS, AXE, executable, patient
from tests.studio.conftest import PASSWORD
from tests.studio.live import Live, live_studio
from tests.studio.test_confirmation import age

pytestmark = pytest.mark.browser

KARI = "kari@example.no"
CHECKED = "async () => (await axe.run(document)).violations.map(one => one.id)"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio by a name: browsers allow no passkeys at an IP address."""
    with live_studio(tmp_path_factory.mktemp("passkeys"), host="localhost") as studio:
        studio.user(KARI, "owner")
        yield studio


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A whole Chromium: the engine alone knows no passkeys."""
    path = executable(playwright, whole=True)
    started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
    yield patient(started)
    started.close()


@pytest.fixture
def kari(live: Live, browser: Browser) -> Iterator[Page]:
    """The browser of an owner. What it complains about fails the test."""
    context: BrowserContext = live.enter(browser, KARI)
    context.add_init_script(path=AXE)
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """A device with a finger reader, whose owner is there."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def log_out(live: Live, page: Page) -> None:
    page.context.clear_cookies(name="samtykke_studio")
    page.goto(f"{live.address}/login")


def add_passkey(live: Live, page: Page) -> None:
    """Add the first passkey of an account, called "Den bærbare"."""
    page.goto(f"{live.address}/account/factors")
    page.get_by_label("Name").fill("Den bærbare")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Keep these codes")).to_be_visible()
    assert page.evaluate(CHECKED) == []
    page.get_by_role("link", name="I have them").click()
    expect(page.locator("#content")).to_contain_text("Den bærbare")


def remove_passkey(live: Live, page: Page) -> None:
    """Remove it again."""
    page.goto(f"{live.address}/account/factors")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove the passkey Den bærbare").click()
    expect(page.locator("#messages")).to_contain_text("The passkey is removed.")


def enter_by_passkey(page: Page) -> None:
    """Log in by it, without a password."""
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(re.compile(r"/studio/(?!login)"))


def test_a_passkey_is_added_and_used_for_everything(live: Live, kari: Page) -> None:
    authenticator(kari)
    add_passkey(live, kari)
    assert kari.evaluate(CHECKED) == []

    # The same device once more: the browser knows it.
    kari.get_by_label("Name").fill("Den samme")
    kari.get_by_role("button", name="Add a passkey").click()
    alert = kari.get_by_text("This device has a passkey for your account already.")
    expect(alert).to_be_visible()

    # Alone, without a password.
    log_out(live, kari)
    assert kari.evaluate(CHECKED) == []
    enter_by_passkey(kari)

    # After the password.
    log_out(live, kari)
    kari.get_by_label("E-mail address").fill(KARI)
    kari.get_by_label("Password").fill(PASSWORD)
    kari.get_by_role("button", name="Log in", exact=True).click()
    expect(kari.get_by_role("heading", name="Second step")).to_be_visible()
    assert kari.evaluate(CHECKED) == []
    kari.get_by_role("button", name="Use a passkey").click()
    kari.wait_for_url(re.compile(r"/studio/(?!login)"))

    # As the proof in place, and what was typed goes on.
    kari.goto(f"{live.address}/users/new")
    kari.get_by_label("E-mail address").fill("ola@example.no")
    kari.get_by_label("Every site").check()
    with live.app.app_context():
        age(60)
    kari.get_by_role("button", name="Make a link").click()
    asked = kari.get_by_role("dialog", name="Confirm that it is you")
    expect(asked.get_by_label("Code")).to_be_focused()
    asked.get_by_role("button", name="Use a passkey").click()
    expect(kari.get_by_role("heading", name="Give ola@example.no this link")).to_be_visible()

    # Where the session has ended while the page was open, alone again.
    kari.goto(f"{live.address}/users/new")
    kari.get_by_label("E-mail address").fill("siv@example.no")
    kari.get_by_label("Every site").check()
    kari.context.clear_cookies(name="samtykke_studio")
    kari.get_by_role("button", name="Make a link").click()
    again = kari.get_by_role("dialog", name="Log in again")
    expect(again.get_by_label("Password")).to_be_focused()
    assert kari.evaluate(CHECKED) == []
    again.get_by_role("button", name="Use a passkey").click()
    expect(kari.get_by_role("heading", name="Give siv@example.no this link")).to_be_visible()
    remove_passkey(live, kari)


def test_a_passkey_of_somebody_else_a_copy_and_a_removed_one_open_nothing(live: Live, kari: Page) -> None:
    session, device = authenticator(kari)
    add_passkey(live, kari)

    # Somebody who is not its owner: no finger that it knows.
    log_out(live, kari)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    kari.get_by_role("button", name="Log in with a passkey").click()
    expect(kari.get_by_role("alert").filter(has_text="No passkey was used.")).to_be_visible()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})

    # A copy that has signed more often.
    with live.app.app_context(), transaction():
        db.session.execute(sa.update(Passkey).values(sign_count=1000))
    kari.get_by_role("button", name="Log in with a passkey").click()
    expect(kari.locator("#problems")).to_contain_text(
        "This passkey seems to be copied; remove it, and add another."
    )
    with live.app.app_context():
        end_reading()
        event = audit_log.audit_events(only=None, action="passkey_refused", limit=1)[0]
        assert (event.by.name, event.subject) == (KARI, "Den bærbare")
        with transaction():
            db.session.execute(sa.update(Passkey).values(sign_count=0))

    enter_by_passkey(kari)
    remove_passkey(live, kari)
    log_out(live, kari)
    kari.get_by_role("button", name="Log in with a passkey").click()
    expect(kari.locator("#problems")).to_contain_text("This passkey was not accepted; try again.")


def test_without_scripts_there_is_no_button_that_does_nothing(live: Live, browser: Browser) -> None:
    context = live.enter(browser, KARI, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live.address}/account/factors")
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    context.clear_cookies()
    page.goto(f"{live.address}/login")
    expect(page.get_by_role("button", name="Log in with a passkey")).to_have_count(0)
    context.close()
