"""A session that ends while a page is open, in real Chromium: the login comes to the form, which goes on."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.service import sessions, users
from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from tests.studio.conftest import PASSWORD, make_publishable, make_site
from tests.studio.live import COOKIE, Live, live_studio
from tests.studio.test_confirmation import age

pytestmark = pytest.mark.browser

ANNA, KARI = "anna@example.no", "kari@example.no"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with two owners and a site that may be published."""
    with live_studio(tmp_path_factory.mktemp("login-again")) as studio:
        studio.user(ANNA, "owner")
        studio.user(KARI, "owner")
        with studio.app.app_context():
            make_publishable(make_site("butikken", "Butikken"))
        yield studio


@pytest.fixture
def kari(live: Live, browser: Browser) -> Iterator[Page]:
    """The browser of an owner who is logged in."""
    with live.page(browser, KARI, axe=True) as page:
        yield page


def end_session(live: Live) -> None:
    """Every session of Kari ends on the server, as after twelve hours."""
    with live.app.app_context(), transaction():
        kari = users.authenticate(KARI, PASSWORD, now=clock.now())
        sessions.end_all(kari.user_id)


def dialog(page: Page) -> Any:
    return page.get_by_role("dialog", name="Log in again")


def log_in(page: Page, email: str = KARI) -> None:
    if email != KARI:
        dialog(page).get_by_label("E-mail address").fill(email)
    dialog(page).get_by_label("Password").fill(PASSWORD)
    dialog(page).get_by_role("button", name="Log in").click()


def give(live: Live, role: str, *, only: str | None = None) -> None:
    """Somebody else changes Kari's role; her sessions end by that."""
    with live.app.app_context():
        kari = users.authenticate(KARI, PASSWORD, now=clock.now())
        only_there = [sites.find(only).id] if only else None
        with transaction():
            users.change_user(kari.user_id, role=role, site_ids=only_there, now=clock.now())


def test_who_may_not_save_any_more_reads_that_their_role_was_changed(live: Live, kari: Page) -> None:
    with live.app.app_context():
        make_site("fjellet", "Fjellet")
    state, address = kari.locator("#save-state"), kari.locator('[id="controller.address"]')
    kari.goto(f"{live.address}/sites/butikken/banner/controller")
    give(live, "auditor")
    address.fill("Kaigata 3, Bergen")
    expect(state).to_contain_text("Not saved: your login has ended.")
    state.get_by_role("button", name="Log in again").click()
    log_in(kari)

    expect(state).to_contain_text(
        "Not saved: your role was changed, and does not include editing here any more."
    )
    expect(state).to_contain_text("ask an owner")
    expect(state).to_have_attribute("data-state", "problem")
    expect(kari.locator("#save-news")).to_contain_text("your role was changed")
    expect(address).to_have_value("Kaigata 3, Bergen")
    checked = "async () => (await axe.run(document, {iframes: false})).violations.map(one => one.id)"
    assert kari.evaluate(checked) == []
    # The button says the same.
    address.fill("Kaigata 4, Bergen")
    kari.get_by_role("button", name="Save draft").click()
    expect(kari.locator("#messages")).to_contain_text("Your role, auditor, does not include this.")
    expect(state).to_contain_text("your role was changed")

    # The role is as it was: what was typed is saved after the next login.
    give(live, "owner")
    address.fill("Kaigata 5, Bergen")
    state.get_by_role("button", name="Log in again").click()
    log_in(kari)
    expect(state).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))

    # A role that is not for this site any more.
    give(live, "editor", only="fjellet")
    address.fill("Kaigata 6, Bergen")
    state.get_by_role("button", name="Log in again").click()
    log_in(kari)
    expect(state).to_contain_text("your role is not for it any more")
    give(live, "owner")


def test_a_form_of_any_kind_goes_on_after_the_login(live: Live, kari: Page) -> None:
    # A page of its own, sent by the browser: a wrong password first, by keyboard.
    kari.goto(f"{live.address}/sites/new")
    kari.get_by_label("Name").fill("Hytta")
    kari.get_by_label("Key").fill("hytta")
    kari.get_by_label("Domains").fill("www.hytta.no")
    kari.get_by_label("Do not count").check()
    end_session(live)
    kari.get_by_label("Key").press("Enter")
    expect(dialog(kari).get_by_label("Password")).to_be_focused()
    expect(dialog(kari).get_by_label("E-mail address")).to_have_value(KARI)
    kari.keyboard.type("galt passord her")
    kari.keyboard.press("Enter")
    expect(dialog(kari).get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    expect(dialog(kari).get_by_label("Password")).to_be_focused()
    checked = "async () => (await axe.run(document)).violations.map(one => one.id)"
    assert kari.evaluate(checked) == []
    # Not now: the form is as it was, and asks again.
    kari.keyboard.press("Escape")
    expect(dialog(kari)).to_have_count(0)
    expect(kari.get_by_label("Key")).to_have_value("hytta")
    kari.get_by_role("button", name="Create site").click()
    log_in(kari)
    kari.wait_for_url(re.compile("/sites/hytta/"))

    # The note of a publication, with the button that was pressed.
    kari.goto(f"{live.address}/sites/butikken/publish")
    kari.get_by_label("Note for colleagues").fill("Første versjon")
    end_session(live)
    kari.get_by_role("button", name="Publish version 1").click()
    log_in(kari)
    expect(kari.locator("#messages")).to_contain_text("Version 1 is published.")
    with live.app.app_context():
        assert sites.version(sites.find("butikken").id, 1).note == "Første versjon"


def test_the_editor_goes_on_by_its_button_and_by_itself(live: Live, kari: Page) -> None:
    kari.goto(f"{live.address}/sites/butikken/banner/categories")
    end_session(live)
    kari.get_by_role("button", name="Move Markedsføring up").click()
    log_in(kari)
    expect(kari.locator("#messages")).to_contain_text("Saved in the draft.")
    expect(kari.get_by_role("heading", level=2).nth(2)).to_contain_text("Markedsføring")

    # Somebody who types is not interrupted: the line says so, and everything is saved after the login.
    kari.goto(f"{live.address}/sites/butikken/banner/controller")
    end_session(live)
    address = kari.locator('[id="controller.address"]')
    address.fill("Kaigata 2, Bergen")
    state = kari.locator("#save-state")
    expect(state).to_contain_text("Not saved: your login has ended.")
    expect(address).to_be_focused()
    expect(kari.locator("#preview")).to_contain_text("The preview did not load. Your login may have ended")
    state.get_by_role("button", name="Log in again").click()
    log_in(kari)
    expect(state).to_have_text(re.compile("^Saved"))
    with live.app.app_context():
        document = sites.draft(sites.find("butikken").id).document
    assert document["controller"]["address"] == "Kaigata 2, Bergen"


def test_nothing_is_sent_in_another_persons_name_without_asking(live: Live, kari: Page) -> None:
    kari.goto(f"{live.address}/sites/butikken/banner/controller")
    # Meanwhile somebody else has logged in, in another tab.
    kari.context.add_cookies([{"name": COOKIE, "value": live.cookie(ANNA), "url": live.address}])
    kari.locator('[id="controller.organisation_number"]').fill("123 456 789")
    other = kari.get_by_role("dialog").filter(has_text="Somebody else is logged in")
    expect(other).to_contain_text(f"You are logged in as {ANNA}, and this page was opened by {KARI}.")
    with live.app.app_context():
        site = sites.find("butikken")
        assert sites.draft(site.id).updated_by != ANNA
    other.get_by_role("button", name=f"Send it as {ANNA}").click()
    expect(kari.locator("#save-state")).to_have_text(re.compile("^Saved"))
    with live.app.app_context():
        saved = sites.draft(site.id)
    assert (saved.updated_by, saved.document["controller"]["organisation_number"]) == (ANNA, "123 456 789")


def test_an_old_login_is_confirmed_in_place(live: Live, kari: Page) -> None:
    kari.goto(f"{live.address}/users/new")
    kari.get_by_label("E-mail address").fill("ola@example.no")
    kari.get_by_label("Every site").check()
    with live.app.app_context():
        age(60)
    kari.get_by_role("button", name="Make a link").click()
    asked = kari.get_by_role("dialog", name="Confirm that it is you")
    expect(asked.get_by_label("Password")).to_be_focused()
    assert kari.evaluate("async () => (await axe.run(document)).violations.map(one => one.id)") == []
    kari.keyboard.type("galt passord her")
    kari.keyboard.press("Enter")
    expect(asked.get_by_role("alert")).to_have_text("The password is not right.")
    # Not now: what was typed is there, and is asked about again.
    kari.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(kari.get_by_label("E-mail address")).to_have_value("ola@example.no")
    kari.get_by_role("button", name="Make a link").click()
    asked.get_by_label("Password").fill(PASSWORD)
    asked.get_by_role("button", name="Confirm").click()
    expect(kari.get_by_role("heading", name="Give ola@example.no this link")).to_be_visible()


def test_without_scripts_the_login_carries_the_form(live: Live, browser: Browser) -> None:
    context = live.enter(browser, KARI, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live.address}/sites/butikken/banner/controller")
    page.locator('[id="controller.address"]').fill("Storgata 9\n0155 Oslo")
    end_session(live)
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_text("What you typed is kept: log in, and go on with it.")).to_be_visible()
    page.get_by_label("E-mail address").fill(KARI)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(f"You are logged in as {KARI}.")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    expect(page.locator('[id="controller.address"]')).to_have_value("Storgata 9\n0155 Oslo")
    context.close()
