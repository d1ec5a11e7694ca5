"""Many sites are chosen and changed in a real browser, by the keyboard alone, and the page follows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from server.core import clock
from server.sites import jobs
from server.studio.sites import site_list
from tests.chromium import AXE
from tests.studio.conftest import make_site
from tests.studio.live import Live, live_studio

pytestmark = pytest.mark.browser

KARI = "kari@example.no"


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """A studio with twelve sites, four on a page."""
    monkeypatch.setattr(site_list, "LISTED", 4)
    with live_studio(tmp_path) as live:
        with live.app.app_context():
            for number in range(12):
                make_site(f"site-{number:02}", f"Site {number:02}")
        live.user(KARI, "owner")
        yield live


@pytest.fixture
def page(studio: Live, browser: Browser) -> Iterator[Page]:
    """The browser of an owner."""
    with studio.page(browser, KARI) as opened:
        yield opened


def barriers(page: Page) -> object:
    page.evaluate(f"{AXE.read_text()};0")
    return page.evaluate(
        "async () => (await axe.run(document, {iframes: false})).violations.map(({id}) => id)"
    )


def test_all_sites_are_chosen_by_the_keyboard_and_the_page_follows_to_the_end(
    studio: Live, page: Page
) -> None:
    page.goto(f"{studio.address}/sites")
    every = page.get_by_label("Choose all 12 sites")
    expect(every).to_be_hidden()
    of_page = page.get_by_label("Choose all 4 on this page")
    of_page.focus()
    page.keyboard.press("Space")
    expect(page.locator("input[name=site]:checked")).to_have_count(4)
    expect(every).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(every).to_be_checked()
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agree)
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_role("heading", name="Pause 12 sites")).to_be_visible()
    assert asked
    assert asked[0].startswith("Pause all 12 sites?")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0")
    assert barriers(page) == []
    with studio.app.app_context():
        assert jobs.run_bulk_actions(clock.now()) == 12
    expect(page.get_by_role("heading", name="How it ended")).to_be_visible()
    expect(page.get_by_text("12 done", exact=True)).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("heading", name="Resume 12 sites")).to_be_visible()


def test_a_site_that_is_taken_out_is_not_among_all(studio: Live, page: Page) -> None:
    page.goto(f"{studio.address}/sites")
    page.get_by_label("Choose all 4 on this page").check()
    page.get_by_label("Choose all 12 sites").check()
    page.get_by_label("Choose: Site 01").uncheck()
    expect(page.get_by_label("Choose all 12 sites")).to_be_hidden()
    page.get_by_label("Tag", exact=True).last.fill("oslo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 sites have the tag oslo now.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The tag oslo is taken from 3 sites.")).to_be_visible()
