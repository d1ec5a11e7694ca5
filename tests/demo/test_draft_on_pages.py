"""The draft on the website's own pages, in a browser: the demo shop shows what its editor has saved."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Request, expect

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from server.demo import service as demo
from server.embed.draft_tokens import LIFETIME
from server.sites import service as sites
from tests.chromium import AXE
from tests.serving import serving
from tests.studio.conftest import PASSWORD, Visitor, log_in_without_hashing

pytestmark = pytest.mark.browser

BANNER, STRIP = "#samtykke", "#samtykke-draft"
PUBLISHED = "Informasjonskapsler: du bestemmer"


@dataclass
class Shop:
    """The demo shop on a server, and its editor in the studio."""

    app: Flask
    url: str
    editor: Visitor

    def save(self, title: str, **behaviour: object) -> None:
        """Save another draft."""
        with self.app.app_context():
            site = sites.find("demo")
            document: Any = copy.deepcopy(sites.draft(site.id).document)
            document["texts"]["nb"]["title"] = title
            document["texts"]["nb"]["settings_title"] = f"{title}: valg"
            document["behaviour"] |= behaviour
            with transaction():
                sites.save_draft(site.id, document, by="a test", now=clock.now())

    def link(self, path: str) -> str:
        """What the studio gives for a page of the shop."""
        with self.app.app_context():
            answer = self.editor.post(
                "/sites/demo/own-page", {"address": self.url + path}, headers={"Accept-Language": "nb"}
            )
        found = re.search(r'<a class="btn btn-primary" href="([^"]+)"', answer.text)
        assert found, answer.text
        return unescape(found[1])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, built_widget: None) -> Iterator[Shop]:
    """The seeded demo, of which somebody may edit the banner."""
    with serving(tmp_path_factory.mktemp("shop"), demo=True) as served:
        with served.app.app_context():
            with transaction():
                demo.seed(served.address, now=clock.now())
                ada, _ = users.create_user(
                    "ada@example.no", "editor", password=PASSWORD, site_ids=None, now=clock.now()
                )
            editor = log_in_without_hashing(served.app, ada)
        yield Shop(served.app, served.address, editor)


@pytest.fixture
def page(browser: BrowserContext, shop: Shop) -> Iterator[Page]:
    """A tab; afterwards the browser is as new."""
    made = browser.new_page()
    yield made
    made.goto("about:blank")
    clear = {"origin": shop.url, "storageTypes": "all"}
    browser.new_cdp_session(made).send("Storage.clearDataForOrigin", clear)
    browser.clear_cookies()
    made.close()


def stored(page: Page) -> tuple[list[str], list[str], str]:
    """Names in localStorage and sessionStorage, and the cookies that scripts see."""
    local, session, cookies = page.evaluate(
        "[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]"
    )
    return local, session, cookies


def ours(page: Page) -> dict[str, str]:
    """What this browser has of our own: the decision, and its place in the log."""
    found: dict[str, str] = page.evaluate(
        """({ queue: localStorage.getItem('samtykke:queue:demo'),
        cookie: document.cookie.split('; ').find(each => each.startsWith('samtykke=')) })"""
    )
    return found


def banners_of(page: Page) -> list[str]:
    """Titles of the banners that the pages of a tab show from now on, in their order."""
    seen: list[str] = []
    page.on("console", lambda said: seen.append(said.text[7:]) if said.text.startswith("banner ") else None)
    page.add_init_script(
        """let last; new MutationObserver(() => {
            const title = document.querySelector('#samtykke h2')?.textContent;
            if (title && title !== last) console.debug('banner ' + (last = title));
        }).observe(document, { childList: true, subtree: true })"""
    )
    return seen


def begin(page: Page, link: str, title: str) -> None:
    """Open a link, and wait until the page shows the draft."""
    page.goto(link)
    expect(page.locator(STRIP)).to_contain_text("Ingenting du velger her, blir lagret")
    expect(page.locator(f"{BANNER} h2")).to_have_text(title)


def test_a_link_shows_the_draft_on_the_shops_pages_and_nothing_of_it_is_stored(
    page: Page, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.save("Helt nytt spørsmål")
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each))  # noqa: PLW0108 - Playwright marks what it calls

    def strangers() -> list[str]:
        return [each.url for each in sent if not each.url.startswith((shop.url, "data:"))]

    begin(page, shop.link("/demo/inspirasjon?lang=nb"), "Helt nytt spørsmål")
    assert page.url == f"{shop.url}/demo/inspirasjon?lang=nb"
    assert strangers() == []
    assert stored(page) == ([], ["samtykke"], "")

    # The settings are the draft's, too, and an answer takes effect; neither it nor anything else is sent.
    page.locator(f"{BANNER} [data-samtykke-action=settings]").click()
    expect(page.locator("#samtykke-settings h2").first).to_have_text("Helt nytt spørsmål: valg")
    page.locator("#samtykke-settings [data-samtykke-action=accept-all]").click()
    page.wait_for_function("window.samtykke.consent.statistics")
    page.wait_for_function("document.querySelector('[data-panel-calls]').textContent > 0")
    assert page.locator(BANNER).count() == 0
    local, session, cookies = stored(page)
    assert [name for name in local if "samtykke" in name] == []
    assert "samtykke=" not in cookies
    assert session == ["samtykke"]
    assert strangers()

    # The next page of the tab begins from the start, and shows what has been saved meanwhile.
    shop.save("Enda nyere spørsmål")
    page.goto(f"{shop.url}/demo/pledd?lang=nb")
    expect(page.locator(f"{BANNER} h2")).to_have_text("Enda nyere spørsmål")
    expect(page.locator(STRIP)).to_contain_text("Forhåndsvisning av utkastet")
    assert page.evaluate("samtykke.consent.decided") is False

    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('#samtykke-draft').then(r => r.violations.map(v => v.id))")
    assert found == []

    page.get_by_role("button", name="Avslutt").click()
    expect(page.locator(f"{BANNER} h2")).to_have_text(PUBLISHED)
    assert page.locator(STRIP).count() == 0
    assert stored(page)[1] == []
    assert page.evaluate("window.name") == ""
    assert [each.url for each in sent if each.method == "POST"] == []


def test_the_published_banner_is_not_seen_before_the_draft_and_comes_where_there_is_none(
    page: Page, shop: Shop
) -> None:
    shop.save("Bare utkastet")
    seen = banners_of(page)
    begin(page, shop.link("/demo/inspirasjon?lang=nb"), "Bare utkastet")
    assert seen == ["Bare utkastet"]
    page.get_by_role("button", name="Avslutt").click()
    expect(page.locator(f"{BANNER} h2")).to_have_text(PUBLISHED)

    page.goto(f"{shop.url}/demo/votter?lang=nb#samtykke-draft=made.up")
    expect(page.locator(f"{BANNER} h2")).to_have_text(PUBLISHED)
    page.locator(f"{BANNER} [data-samtykke-action=reject-all]").click()
    expect(page.locator(BANNER)).to_have_count(0)
    # Who has decided is not asked again by a link that shows nothing, either.
    page.goto(f"{shop.url}/demo/pledd?lang=nb#samtykke-draft=made.up")
    expect(page.locator(STRIP)).to_contain_text("viser ikke noe utkast for dette nettstedet")
    expect(page.locator(BANNER)).to_have_count(0)


def test_a_preview_begins_as_a_first_visit_and_leaves_the_decision_that_there_was(
    page: Page, shop: Shop
) -> None:
    shop.save("Spør på nytt", floating_button=False)
    page.goto(f"{shop.url}/demo/?lang=nb")
    page.locator(f"{BANNER} [data-samtykke-action=accept-all]").click()
    page.wait_for_function(
        "() => JSON.parse(localStorage.getItem('samtykke:queue:demo') || '{}').number?.length === 26"
    )
    before = ours(page)

    begin(page, shop.link("/demo/?lang=nb"), "Spør på nytt")
    assert page.evaluate("samtykke.allows('statistics')") is False
    page.locator(f"{BANNER} [data-samtykke-action=reject-all]").click()
    expect(page.locator("#samtykke-open")).to_be_hidden()
    assert ours(page) == before

    page.get_by_role("button", name="Avslutt").click()
    expect(page.locator(STRIP)).to_have_count(0)
    page.wait_for_function("window.samtykke?.allows('statistics')")
    assert ours(page) == before


def test_an_expired_link_leads_to_the_published_banner_and_says_so(
    page: Page, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.save("Snart utløpt")
    link = shop.link("/demo/?lang=nb")
    begin(page, link, "Snart utløpt")
    late = clock.now() + LIFETIME + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)

    page.goto(f"{shop.url}/demo/pledd?lang=nb")
    expect(page.locator(STRIP)).to_contain_text("lenken er utløpt")
    expect(page.locator(f"{BANNER} h2")).to_have_text(PUBLISHED)
    assert page.url == f"{shop.url}/demo/pledd?lang=nb"
    assert stored(page)[1] == []

    # The same for who opens it only now, and for a link that somebody has made up.
    page.goto(link)
    expect(page.locator(STRIP)).to_contain_text("lenken er utløpt")
    page.goto(f"{shop.url}/demo/votter?lang=nb#samtykke-draft=made.up")
    expect(page.locator(STRIP)).to_contain_text("viser ikke noe utkast for dette nettstedet")
    expect(page.locator(f"{BANNER} h2")).to_have_text(PUBLISHED)
    page.get_by_role("button", name="Lukk").click()
    expect(page.locator(STRIP)).to_have_count(0)


def test_a_name_that_another_website_gave_the_tab_changes_nothing(page: Page, shop: Shop) -> None:
    page.evaluate("window.name = 'samtykke-draft'")
    page.goto(f"{shop.url}/demo/?lang=nb")

    expect(page.locator(f"{BANNER} h2")).to_have_text(PUBLISHED)
    expect(page.locator(STRIP)).to_have_count(0)
