"""The marks beside the fields of a site in a group, in real Chromium, by keyboard."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server.core import clock
from server.core.db import transaction
from server.sites import groups
from server.sites import service as sites
from tests.studio.conftest import make_site
from tests.studio.live import Live, live_studio
from tests.studio.test_browser_autosave import saved

pytestmark = pytest.mark.browser

KARI = "kari@example.no"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with two sites that share their texts."""
    with live_studio(tmp_path_factory.mktemp("groups")) as studio:
        studio.user(KARI)
        with studio.app.app_context():
            first, second = make_site("kaffe", "Kaffe"), make_site("te", "Te")
            with transaction():
                made = groups.create("kjeden", "Kjeden", first, ("texts",), by="tests", now=clock.now())
                groups.add(made, second, take=False, by="tests", now=clock.now(), public_url="")
        yield studio


@pytest.fixture
def page(live: Live, browser: Browser) -> Iterator[Page]:
    """Kari's browser."""
    with live.page(browser, KARI) as opened:
        yield opened


def title(live: Live, key: str) -> str:
    with live.app.app_context():
        return sites.draft(sites.find(key).id).document["texts"]["nb"]["title"]


def write(live: Live, key: str, text: str) -> None:
    with live.app.app_context():
        document: Any = copy.deepcopy(sites.draft(sites.find(key).id).document)
        document["texts"]["nb"]["title"] = text
        with transaction():
            sites.save_draft(sites.find(key).id, document, by="tests", now=clock.now())


def test_the_mark_of_a_field_follows_what_is_typed_and_leads_back(live: Live, page: Page) -> None:
    shared = title(live, "kaffe")
    page.goto(f"{live.address}/sites/te/banner/texts")
    field, mark = page.locator("[id='texts.nb.title']"), page.locator("[data-origin='texts.nb.title']")
    expect(mark).to_have_text("From the group Kjeden")
    field.fill("Te og kaker")
    with saved(page, "Te og kaker"):
        field.press("Tab")
    expect(mark.locator("summary")).to_contain_text("Own value")
    expect(page.locator("#group-bar")).to_contain_text("with one own value here")
    mark.locator("summary").press("Enter")
    expect(mark.locator(".origin-box")).to_contain_text(f"In the group: {shared}")
    mark.locator("summary").press("Escape")
    expect(mark.locator(".origin-box")).to_be_hidden()
    mark.locator("summary").press("Enter")
    mark.get_by_role("button", name="Use the group’s value").press("Enter")
    expect(page.locator("#messages")).to_contain_text("One value is the group’s again.")
    expect(field).to_have_value(shared)
    page.locator("#undo-button").press("Enter")
    expect(field).to_have_value("Te og kaker")


def test_a_shared_value_is_in_the_other_drafts_at_once(live: Live, page: Page) -> None:
    write(live, "te", title(live, "kaffe"))
    write(live, "kaffe", "Kaffe for alle")
    page.goto(f"{live.address}/sites/kaffe/banner/texts")
    mark = page.locator("[data-origin='texts.nb.title']")
    mark.locator("summary").click()
    mark.get_by_role("button", name="Share with the group").click()
    expect(page.locator("main")).to_contain_text("One draft follows, as the site has the group’s value: Te")
    page.locator("form[action$='/group/share']").get_by_role("button", name="Share with the group").click()
    expect(page.locator("#messages")).to_contain_text("One value is shared. The draft of one site changed.")
    expect(mark).to_have_text("From the group Kjeden")
    assert title(live, "te") == "Kaffe for alle"


def test_sites_with_own_values_are_ticked_one_by_one_or_all_at_once(live: Live, browser: Browser) -> None:
    with live.app.app_context():
        made = [make_site(key, key.title()) for key in ("is", "boller")]
        with transaction():
            for one in made:
                groups.add(groups.find("kjeden"), one, take=False, by="tests", now=clock.now(), public_url="")
    for key, text in (("kaffe", "Kaffe og te"), ("is", ""), ("boller", "Boller spør")):
        write(live, key, text)
    with live.page(browser, KARI, axe=True) as page:
        page.goto(f"{live.address}/sites/kaffe/banner/texts")
        mark = page.locator("[data-origin='texts.nb.title']")
        mark.locator("summary").click()
        mark.get_by_role("button", name="Share with the group").click()
        ticks = page.locator(".takers")
        every = ticks.get_by_label("All 2")
        expect(ticks.get_by_label("Is")).to_be_checked()
        expect(ticks.get_by_label("Boller", exact=True)).not_to_be_checked()
        ticks.get_by_text("1 own value").click()
        expect(ticks.get_by_text("Boller spør")).to_be_visible()
        found = page.evaluate("async () => (await axe.run(document)).violations.map(({id}) => id)")
        assert found == []
        every.check()
        expect(ticks.get_by_label("Boller", exact=True)).to_be_checked()
        page.locator("form[action$='/group/share']").get_by_role(
            "button", name="Share with the group"
        ).click()
        expect(page.locator("#messages")).to_contain_text("One value is shared. The drafts of")
    assert [title(live, key) for key in ("is", "boller")] == ["Kaffe og te"] * 2
