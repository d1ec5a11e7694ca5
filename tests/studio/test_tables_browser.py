"""Texts in all languages, and what a service stores, typed by keyboard in a real Chromium."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from server.studio.draft import form_binding
from tests.studio.conftest import PASSWORD, make_site
from tests.studio.live import Live, live_studio
from tests.studio.test_browser import KARI, barriers, press

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with one site that has two services of which nothing is known yet."""
    with live_studio(tmp_path_factory.mktemp("studio")) as live:
        with live.app.app_context():
            site = make_site("butikken", "Butikken")
            draft = sites.draft(site.id).document
            for key, name in (("teller", "Teller"), ("statistikk", "Statistikk")):
                draft = form_binding.with_service(draft, key, name, "statistics")
            with transaction():
                sites.save_draft(site.id, draft, by="tests", now=clock.now())
                users.create_user(
                    "kari@example.no", "owner", password=PASSWORD, site_ids=None, now=clock.now()
                )
        yield live


@pytest.fixture
def page(browser: Browser, studio: Live) -> Iterator[Page]:
    """Somebody's browser, logged in."""
    with studio.page(browser, KARI, axe=True, bypass_csp=True, reduced_motion="reduce") as opened:
        yield opened


def document(studio: Live) -> Any:
    """The draft of the site."""
    with studio.app.app_context():
        return sites.draft(sites.find("butikken").id).document


def without_barriers(page: Page) -> None:
    """Nothing of the page stops anybody, on a phone and on a desktop."""
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert barriers(page) == [], width


def test_a_text_is_written_in_three_languages_and_saved_once_by_keyboard(page: Page, studio: Live) -> None:
    page.goto(f"{studio.address}/sites/butikken/banner/texts")
    for language, title in (("norsk bokmål", "Du velger"), ("English", "You choose"), ("norsk nynorsk", "")):
        field = page.get_by_label(f"Title, {language}").first
        press(page, field, "Control+a")
        page.keyboard.press("Delete")
        page.keyboard.type(title)
    with page.expect_response(lambda answer: answer.request.redirected_from is not None):
        page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    titles = {code: texts["title"] for code, texts in document(studio)["texts"].items()}
    assert titles == {"nb": "Du velger", "en": "You choose", "nn": ""}

    # What is missing is counted, and one key away.
    press(page, page.get_by_role("link", name="norsk nynorsk: 1 text is missing"))
    nynorsk = page.get_by_label("Title, norsk nynorsk").first
    expect(nynorsk).to_be_focused()
    mark = page.locator("label", has_text="norsk nynorsk").get_by_text("missing")
    expect(mark).to_be_visible()
    page.keyboard.type("Du vel")
    expect(mark).to_be_hidden()
    without_barriers(page)

    # A language that is not shown stays in the form with what was typed, and comes back with it.
    tick = page.get_by_role("checkbox", name="norsk nynorsk")
    tick.focus()
    page.keyboard.press("Space")
    expect(nynorsk).to_be_hidden()
    with page.expect_response(lambda answer: "show=nn" in answer.url):
        page.keyboard.press("Space")
    expect(nynorsk).to_be_visible()
    expect(nynorsk).to_have_value("Du vel")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("link", name=re.compile("missing"))).to_have_count(0)
    assert document(studio)["texts"]["nn"]["title"] == "Du vel"

    # Of a page that was loaded without a language, its fields come without the page.
    tick.uncheck()
    expect(nynorsk).to_be_hidden()
    page.goto(f"{studio.address}/sites/butikken/banner/categories")
    english = page.get_by_label("Name, English").nth(1)
    english.fill("Tools that help")
    expect(page.get_by_label("Name, norsk nynorsk")).to_have_count(0)
    page.get_by_role("checkbox", name="norsk nynorsk").check()
    expect(page.get_by_label("Name, norsk nynorsk").nth(1)).to_have_value("Funksjonelle")
    expect(english).to_have_value("Tools that help")


def test_what_a_transfer_rests_on_is_asked_in_every_language_of_the_studio(page: Page, studio: Live) -> None:
    page.goto(f"{studio.address}/sites/butikken/banner/services/teller")
    for language, label, rests in (
        ("en", "Country where the information goes", "Basis of the transfer"),
        ("nb", "Landet opplysningene havner i", "Overføringsgrunnlag"),
    ):
        page.set_extra_http_headers({"Accept-Language": language})
        page.reload()
        for code, asked in (("NO", False), ("US", True), ("CH", True), ("", False)):
            page.get_by_label(label).select_option(code)
            expect(page.get_by_label(rests)).to_be_visible(visible=asked)


COPIED = (
    "Navn\tLagringstid\tFormål\tType\n"
    "_gid\t24 timer\tSkiller besøk\tHTTP Cookie\n"
    "_gat\tsnart\tBegrenser målinger\tHTTP Cookie\n"
)
PASTE = """text => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
}"""


def stored(studio: Live, key: str) -> list[tuple[str, str, str]]:
    """Name, lifetime and Norwegian purpose of what a service stores."""
    [service] = [each for each in document(studio)["services"] if each["key"] == key]
    return [(each["name"], each["lifetime"], each["purpose"]["nb"]) for each in service["cookies"]]


def test_five_cookies_are_typed_and_saved_by_keyboard(page: Page, studio: Live) -> None:
    page.goto(f"{studio.address}/sites/butikken/banner/services/teller")
    rows = page.locator("table[data-storage] > .storage-row")
    press(page, page.get_by_role("button", name="Add rows"))
    for number in range(5):
        expect(rows.nth(number).locator(".storage-fields input.form-control").first).to_be_focused()
        page.keyboard.type(f"_c{number}")
        page.keyboard.press("Tab")  # the kind stays a cookie
        page.keyboard.press("Tab")
        page.keyboard.type("for ever" if number == 1 else "13 mnd")
        for _ in range(3):
            page.keyboard.press("Tab")
        # Tab goes on to the purposes, the button to remove the row between.
        page.keyboard.type(f"Teller {number}")
        page.keyboard.press("Enter")

    # What is taken away comes back.
    press(page, rows.nth(0).locator("[data-remove-row]"))
    undo = rows.nth(0).get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(undo).to_have_accessible_description("_c0 is removed.")
    page.keyboard.press("Enter")
    expect(rows.nth(0).locator(".storage-fields input.form-control").first).to_be_focused()
    press(page, rows.nth(4).locator("[data-remove-row]"))
    without_barriers(page)

    wrong = rows.nth(1).get_by_label("Lifetime")
    expect(wrong).to_have_accessible_description(re.compile("not a time such as"))
    expect(page.locator("#save-state")).to_contain_text("one field has to be put right")
    without_barriers(page)
    wrong.fill("1 y")
    press(page, page.locator("#save"))
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    assert sorted(stored(studio, "teller")) == [
        (f"_c{n}", "P1Y" if n == 1 else "P13M", f"Teller {n}") for n in range(4)
    ]


def test_cells_of_a_spreadsheet_are_pasted_into_the_table(page: Page, studio: Live) -> None:
    page.goto(f"{studio.address}/sites/butikken/banner/services/statistikk")
    page.get_by_label("Provider", exact=True).fill("Statistikk AS")
    name = page.get_by_label("Name, new row")
    name.focus()
    # One cell is pasted as usual.
    page.evaluate(PASTE, "_x")
    expect(page.locator("#reading")).to_have_count(0)
    page.evaluate(PASTE, COPIED)
    reading = page.locator("#reading")
    expect(reading).to_be_focused()
    expect(reading.get_by_role("heading")).to_have_text("2 rows to take")
    expect(reading).to_contain_text("Lifetime is not a time such as")
    without_barriers(page)
    press(page, page.get_by_role("button", name="Put 2 rows into the draft"))
    wrong = page.get_by_label("Lifetime, _gat")
    expect(wrong).to_have_value("snart")
    wrong.fill("1 min")
    press(page, page.locator("#save"))
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    assert stored(studio, "statistikk") == [
        ("_gid", "PT24H", "Skiller besøk"),
        ("_gat", "PT1M", "Begrenser målinger"),
    ]
    expect(page.get_by_label("Provider", exact=True)).to_have_value("Statistikk AS")
