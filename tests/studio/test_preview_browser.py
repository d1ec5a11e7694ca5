"""The live preview in a real Chromium: it shows what somebody is writing about, and stays where they are."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from tests.chromium import AXE
from tests.processes import eventually
from tests.sites.documents import service
from tests.studio.conftest import PASSWORD, make_publishable, make_site
from tests.studio.live import Live, live_studio
from tests.studio.test_browser import KARI, barriers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with a site of twelve services."""
    with live_studio(tmp_path_factory.mktemp("preview")) as studio:
        with studio.app.app_context():
            site = make_site("butikken", "Butikken")
            make_publishable(site)
            document = sites.draft(site.id).document
            document["services"] = [service(f"tool{number}", name=f"Tool {number}") for number in range(12)]
            document["behaviour"]["floating_button"] = True
            with transaction():
                sites.save_draft(site.id, document, by="tests", now=clock.now())
                users.create_user(
                    "kari@example.no", "owner", password=PASSWORD, site_ids=None, now=clock.now()
                )
        yield studio


@pytest.fixture
def address(live: Live) -> str:
    """Of that studio."""
    return live.address


@pytest.fixture
def page(browser: Browser, live: Live) -> Iterator[Page]:
    """Somebody who is logged in."""
    with live.page(browser, KARI, reduced_motion="reduce") as opened:
        yield opened


def shown(page: Page) -> Frame:
    """The frame of the preview, once it shows what it is to show."""
    expect(page.locator("[data-stage]")).to_have_attribute("aria-busy", "false")
    frame = page.locator("#preview iframe:not(.is-coming)").element_handle().content_frame()
    assert frame is not None
    return frame


def settings_in(page: Page) -> Locator:
    return shown(page).locator("dialog#samtykke-settings")


SCROLLED = "Math.max(...[...document.querySelectorAll('.samtykke, .samtykke *')].map(each => each.scrollTop))"


def test_preview_shows_what_is_being_written_and_stays_there(page: Page, address: str) -> None:
    page.goto(f"{address}/sites/butikken/banner/categories")
    field = page.locator('[name="categories.statistics.descriptions.nb"]')
    field.click()
    frame = shown(page)
    services = frame.locator("#samtykke-statistics-services")
    expect(frame.locator("#samtykke-statistics-why")).to_be_in_viewport()
    services.evaluate("summary => { summary.parentElement.open = true; }")
    frame.locator("#samtykke-service-tool11").evaluate("name => name.scrollIntoView()")
    before = frame.evaluate(SCROLLED)
    assert before > 200

    field.press("Control+End")
    field.press_sequentially(" Og mer til.", delay=20)
    expect(field).to_be_focused()
    again = shown(page)
    assert again != frame
    expect(again.locator("#samtykke-statistics-why")).to_contain_text("Og mer til.")
    expect(again.locator("#samtykke-service-tool11")).to_be_in_viewport()
    assert again.evaluate(SCROLLED) == pytest.approx(before, abs=60)
    expect(field).to_be_focused()
    assert field.input_value().endswith(" Og mer til.")


def test_preview_follows_the_field_until_something_else_is_chosen(page: Page, address: str) -> None:
    page.goto(f"{address}/sites/butikken/banner/texts")
    expect(shown(page).locator("#samtykke h2")).to_be_visible()
    visitor, state = page.get_by_label("Visitor of the preview"), page.get_by_label("What the preview shows")

    def at(key: str) -> Frame:
        page.locator(f'[name="texts.nb.{key}"]').focus()
        return shown(page)

    expect(at("settings_intro").locator("dialog#samtykke-settings")).to_be_visible()
    expect(at("changed").locator("#samtykke")).to_contain_text("(Tool 11)")
    expect(visitor).to_have_value("returning")
    expect(page.get_by_text("As an example, the last service is shown as new.")).to_be_visible()
    withdraw = at("withdraw").locator('[data-samtykke-action="withdraw"]')
    expect(withdraw).to_be_visible()
    expect(at("reopen").locator("#samtykke-open")).to_be_visible()
    page.get_by_text("Labels and short texts").click()
    expect(at("load_always").locator(".placeholder").first).to_be_in_viewport()
    expect(at("erase_yes").locator('[data-samtykke-action="erase-yes"]')).to_be_in_viewport()
    expect(at("objection").locator("dialog")).to_contain_text("Nettleseren din sier fra")
    expect(at("not_sent").locator("dialog")).to_contain_text("ikke sendt til oss")
    at("days")
    expect(page.get_by_text("Visitors do not see this field.")).to_be_visible()

    # Somebody looks at one state, whatever they write in.
    state.select_option("Settings")
    expect(at("title").locator("dialog#samtykke-settings")).to_be_visible()
    visitor.select_option("Has answered")
    expect(shown(page).locator('[data-samtykke-action="withdraw"]')).to_have_count(1)
    page.get_by_label("Language of the preview").select_option("English")
    expect(settings_in(page)).to_contain_text("Withdraw")
    state.select_option("What you are editing")
    expect(at("title").locator("#samtykke")).to_contain_text("Cookies: you decide")
    expect(visitor).to_have_value("first")
    page.locator('[name="texts.nn.title"]').focus()
    expect(shown(page).locator("#samtykke")).to_contain_text("Informasjonskapslar")
    expect(page.get_by_label("Language of the preview")).to_have_value("nn")


def test_the_page_itself_stays_where_it_is_while_the_preview_follows(page: Page, address: str) -> None:
    page.goto(f"{address}/sites/butikken/banner/services/tool9")
    shown(page)
    assert page.evaluate("scrollY") == 0
    for key in ("purpose.nb", "cookies.0.purpose.nb", "data.nb"):
        field = page.locator(f'[name="services.tool9.{key}"]')
        field.scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        field.focus()
        shown(page)
        assert page.evaluate("scrollY") == before


def test_what_is_chosen_stays_on_the_next_page_and_the_room_is_used(page: Page, address: str) -> None:
    page.goto(f"{address}/sites/butikken/banner/texts")
    shown(page)
    page.get_by_label("Colours of the preview").select_option("Dark")
    page.get_by_label("Language of the preview").select_option("English")
    page.get_by_role("button", name="Phone").click()
    page.get_by_role("navigation", name="Parts of the banner").get_by_role("link", name="Behaviour").click()
    expect(page.get_by_label("Colours of the preview")).to_have_value("dark")
    expect(page.get_by_role("button", name="Phone")).to_have_attribute("aria-pressed", "true")
    frame = shown(page)
    expect(frame.locator("#samtykke")).to_contain_text("Cookies: you decide")
    # A phone is shown whole, with all buttons of the banner.
    assert frame.evaluate("[innerWidth, innerHeight]") == [390, 664]
    stage = page.locator("[data-stage]")
    assert stage.evaluate("stage => stage.scrollHeight - stage.clientHeight") <= 1
    # Scaled down, it is whole to six digits.
    expect(frame.locator("#samtykke button").last).to_be_in_viewport(ratio=0.999999)
    page.mouse.wheel(0, 600)
    eventually(lambda: stage.evaluate("stage => stage.clientHeight > 500"), what="the preview has the room")


def test_preview_says_how_it_is_read_and_reached_and_hears_its_frame_alone(page: Page, address: str) -> None:
    page.goto(f"{address}/sites/butikken/banner/appearance")
    shown(page)
    expect(page.get_by_text("Lowest contrast:")).to_be_visible()
    page.get_by_text("Reached by keyboard, in this order:").click()
    items = page.locator("[data-keyboard] li")
    expect(items.nth(1)).to_have_text("Avvis alle – button")
    forged = {
        "samtykke": "preview",
        "event": "read",
        "contrast": None,
        "keyboard": {"count": 99, "first": []},
    }
    page.evaluate("data => window.postMessage(data, '*')", forged)
    # Dark colours are shown to somebody who chooses them, and ones that cannot be read are said to be so.
    background = page.locator('[name="appearance.colours.dark.background"]')
    background.fill("#eeeeee")
    expect(shown(page).locator("#samtykke")).to_have_css("background-color", "rgb(238, 238, 238)")
    expect(page.get_by_label("Colours of the preview")).to_have_value("dark")
    expect(page.get_by_text("Too little contrast:")).to_be_visible()
    expect(items.nth(1)).to_have_text("Avvis alle – button")
    for width, name in ((390, "Phone"), (768, "Tablet"), (1120, "Desktop")):
        page.get_by_role("button", name=name).click()
        assert shown(page).evaluate("innerWidth") == width
        assert shown(page).evaluate("visualViewport.scale") == 1


def test_page_of_its_own_shows_what_is_not_saved(page: Page, address: str) -> None:
    page.goto(f"{address}/sites/butikken/banner/controller")
    place = page.locator('[name="controller.address"]')
    place.fill("Kaigata 2, Bergen")
    expect(shown(page).locator("main")).to_contain_text("Kaigata 2, Bergen")
    page.locator('[name="controller.name"]').fill("Havna AS")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="Full size").click()
    full = opening.value
    expect(shown(full).locator("#samtykke")).to_contain_text("Havna AS")
    full.get_by_label("What the preview shows").select_option("Privacy notice")
    expect(shown(full).locator("main")).to_contain_text("Kaigata 2, Bergen")
    full.get_by_label("What the preview shows").select_option("Blocked content")
    # What is blocked can be looked at: it is a page of the sample's own.
    shown(full).locator('[data-samtykke-action="load-once"]').first.click()
    expect(shown(full).frame_locator("[data-preview-blocked=service]").locator("body")).to_have_text(
        "Here the content is shown."
    )
    full.evaluate(AXE.read_text(encoding="utf-8"))
    assert barriers(full) == []


def test_sheet_on_a_phone_is_opened_by_keyboard_and_leads_back(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{address}/sites/butikken/banner/services/tool3")
    assert page.locator("#preview iframe").count() == 0
    folded = page.get_by_role("button", name="Who gets the information")
    expect(folded).to_have_attribute("aria-expanded", "false")
    folded.press("Enter")
    field = page.locator('[name="services.tool3.shared_with"]')
    field.fill("Reklame AS")
    at = page.evaluate("scrollY")
    opener = page.get_by_role("link", name="Preview", exact=True)
    opener.press("Enter")
    sheet = page.get_by_role("dialog", name="Live preview")
    expect(sheet).to_be_visible()
    expect(settings_in(page).locator("#samtykke-service-tool3 >> xpath=ancestor::li[1]")).to_contain_text(
        "Reklame AS"
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(field).to_be_focused()
    assert page.evaluate("scrollY") == at
    # With room beside the form, it stands there.
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(shown(page).locator("dialog#samtykke-settings")).to_be_visible()
    expect(page.get_by_role("button", name="Who gets the information")).to_have_count(0)


def test_login_that_ended_is_said_instead_of_shown(page: Page, address: str) -> None:
    page.goto(f"{address}/sites/butikken/banner/texts")
    frame: Any = shown(page)
    page.context.clear_cookies()
    page.locator('[name="texts.nb.title"]').fill("Uten innlogging")
    expect(page.get_by_text(re.compile("The preview did not load"))).to_be_visible()
    assert shown(page) == frame
