"""From the login to a website that asks its visitors, in real Chromium: how many clicks, how much typing."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from server.accounts.service import first_owner
from server.core import clock
from server.core.db import transaction
from server.scanner import service as scanner
from server.sites import service as sites
from tests.scanner.answers import Web, html
from tests.studio.conftest import PASSWORD
from tests.studio.live import Live, live_studio, watched

pytestmark = pytest.mark.browser

KARI = "kari@example.no"
SHOP = "http://www.fjellkaffe.no/"
"""As the studio of the tests, which is not encrypted either."""

MOST_CLICKS, MOST_TYPED = 25, 12
"""From the login to a live banner, by somebody who takes what is proposed."""

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
    '<rect width="40" height="20" fill="#7a3e1d"/></svg>'
)

KAFFE = """<!doctype html>
<html lang="nb-NO"><head><title>Kaffe på døra – Fjellkaffe</title><meta name="theme-color" content="#7a3e1d">
%s<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC123"></script></head>
<body><a class="site-logo" href="/"><img src="/logo.svg" alt="Fjellkaffe"></a>
<iframe data-consent="advertising" data-consent-src="https://www.youtube.com/embed/abc"></iframe>
<footer>Org.nr. 311 874 020. <a href="mailto:post@fjellkaffe.no">Skriv til oss</a></footer></body></html>"""


@dataclass
class Walker:
    """Somebody at a page, whose work is counted."""

    page: Page
    clicks: int = 0
    typed: int = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def type(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.fill(text)
        self.typed += 1


@pytest.fixture(scope="module")
def web() -> Web:
    """What answers instead of the internet: the website of a coffee roaster."""
    return Web({SHOP: html(KAFFE % ""), f"{SHOP}logo.svg": html(LOGO)})


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, web: Web) -> Iterator[Live]:
    """A studio that was just started: without an owner, without a site."""
    with pytest.MonkeyPatch.context() as patch, live_studio(tmp_path_factory.mktemp("setup")) as studio:
        patch.setattr(scanner, "getter", lambda **_options: web)
        yield studio


@pytest.fixture
def page(live: Live, browser: Browser) -> Iterator[Page]:
    """A browser in which nobody is logged in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="Europe/Paris")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    with watched(context, axe=True) as opened:
        yield opened


def axe(page: Page) -> list[str]:
    found: list[str] = page.evaluate("async () => (await axe.run(document)).violations.map(one => one.id)")
    return found


def step(page: Page, title: str) -> None:
    """Until the page of a step is there; it has no fault that axe finds."""
    expect(
        page.get_by_role("navigation", name="Steps of the set-up").locator("[aria-current]")
    ).to_contain_text(title)
    assert axe(page) == [], title


COPIED_FOR = """async part => {
  const text = await navigator.clipboard.readText();
  return text.includes(part) && text;
}"""
"""A text in the clipboard, once it has a certain part."""


def become_owner(live: Live, page: Page) -> None:
    """Make the first account with the token from the terminal, and get to the address of the website."""
    with live.app.app_context(), transaction():
        token = first_owner.issue_token(now=clock.now())
    page.goto(f"{live.address}/sites")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Paris")
    assert axe(page) == []
    for label, text in (("Token from the terminal", token), ("E-mail address", KARI), ("Password", PASSWORD)):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Create the account and go on").click()
    expect(page.get_by_label("Address of the website")).to_be_visible()


def make_site(kari: Walker) -> None:
    """From the login to a site that is made of what its page proposes."""
    page = kari.page
    kari.type("E-mail address", KARI)
    kari.type("Password", PASSWORD)
    kari.button("Log in")
    kari.click(page.get_by_role("link", name="Create the first site"))
    assert axe(page) == []
    kari.type("Address of the website", SHOP)
    kari.button("Read the page")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Fjellkaffe")
    expect(page.get_by_label("Domains", exact=True)).to_have_value("fjellkaffe.no\nwww.fjellkaffe.no")
    assert axe(page) == []
    kari.click(page.get_by_label("Do not count"))
    kari.button("Create site")


def test_a_website_asks_its_visitors_after_few_clicks_and_little_typing(
    live: Live, web: Web, page: Page
) -> None:
    become_owner(live, page)
    page.context.clear_cookies()

    kari = Walker(page)
    page.goto(f"{live.address}/")
    make_site(kari)

    step(page, "Who you are")
    expect(page.get_by_label("Organisation number")).to_have_value("311 874 020")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("post@fjellkaffe.no")
    kari.type("Name", "Fjellkaffe AS")
    kari.type("Postal address", "Fjellveien 1\n2680 Vågå")
    kari.button("Save and go on")
    step(page, "What you use")
    expect(page.get_by_label("Google Analytics", exact=True)).to_be_checked()
    kari.button("Save and go on")
    step(page, "How it looks")
    kari.click(page.get_by_role("button", name="Card in the corner"))
    kari.button("Save and go on")
    step(page, "What the law asks")
    if page.get_by_role("button", name="Fix all of them").count():
        kari.button("Fix all of them")
    kari.button("Go on")
    step(page, "On your website")
    kari.button("Publish the banner")
    expect(page.get_by_text("Version 1 is published", exact=True)).to_be_visible()
    kari.button("Copy: Script tag")
    tag = page.wait_for_function(COPIED_FOR, arg="/w/fjellkaffe.js").json_value()
    web.pages[SHOP] = html(KAFFE % tag)
    kari.button("Check now")
    expect(page.get_by_text("Visitors are asked, but not everything waits for their answer")).to_be_visible()
    expect(page.get_by_text("is on the page and does not wait for an answer.")).to_be_visible()
    marked = KAFFE.replace("<script async", '<script type="text/plain" data-consent="statistics"')
    web.pages[SHOP] = html(marked % tag)
    kari.button("Check again")
    expect(page.get_by_text("Visitors are asked", exact=True)).to_be_visible()
    assert axe(page) == []
    assert kari.clicks <= MOST_CLICKS
    assert kari.typed <= MOST_TYPED

    with live.app.app_context():
        made = sites.newest(sites.find("fjellkaffe").id)
    assert made is not None
    look = made.document["appearance"]
    assert (look["layout"], look["logo_text"]) == ("box", "Fjellkaffe")
    assert look["colours"]["light"]["accent"] == "#7a3e1d"
    assert [each["name"] for each in made.document["services"][1:]] == ["Google Analytics", "YouTube"]
