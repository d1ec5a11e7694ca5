"""The studio in a real Chromium: from the login to a published banner, and no barriers on any page."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from server.accounts.service import tokens, users
from server.analytics.privacy.release import Counted
from server.analytics.service import opening, watermarks
from server.catalog import service as catalog
from server.consents.service import decisions
from server.consents.values import Decision
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.ids import new_id
from server.notices.parties import Agreement, party_id
from server.notices.request_rules import Content
from server.notices.service import agreements, requester
from server.notifications.service import delivering, endpoints, outbox
from server.notifications.values import WEBHOOK_KINDS, Outcome
from server.sites import approvals, experiments, groups, jobs, known_services, publications
from server.sites import service as sites
from server.sites.document_types import CatalogEntry
from server.sites.values import ExperimentResult, Planned, Site
from server.studio.sites import websites
from tests.analytics.visitors import release_days
from tests.chromium import AXE
from tests.notices.test_notice import activity, processor
from tests.sites.documents import service
from tests.studio.alarms import store_alarms
from tests.studio.conftest import PASSWORD, make_publishable, make_site
from tests.studio.live import Live, live_studio

pytestmark = pytest.mark.browser

OUTCOMES = (
    Outcome("delivered", 204, "The receiver answered 204."),
    Outcome("refused", 400, "The receiver answered 400. unknown type"),
    Outcome("failed", 503, "The receiver answered 503."),
)
OUTCOMES_LEASE = timedelta(minutes=1)


KARI = "kari@example.no"


@dataclass(frozen=True)
class Studio(Live):
    """A studio that has something on every page."""

    user_id: str
    consents: list[str]
    """Numbers of decisions that visitors of the shop have made."""
    endpoint_id: str
    """A webhook endpoint of the shop."""
    request_id: str
    """A request under the GDPR."""

    @property
    def ids(self) -> dict[str, str]:
        """What the addresses of pages name."""
        return {
            "user": self.user_id,
            "number": self.consents[0],
            "endpoint": self.endpoint_id,
            "request": self.request_id,
        }


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with a site that has figures, one that is published, and one that has nothing yet."""
    with live_studio(tmp_path_factory.mktemp("studio")) as live:
        with live.app.app_context():
            furnished = furnish(live.app, live.address)
        yield furnished


def furnish(app: Flask, address: str) -> Studio:
    """Fill an empty studio."""
    user_id = _furnish()
    numbers = [_decide() for _ in range(4)]
    endpoint_id = _deliver()
    request_id = _ask()
    _employ()
    _group()
    return Studio(app, address, user_id, numbers, endpoint_id, request_id)


def _furnish() -> str:
    now = clock.now()
    shop = make_site("butikken", "Butikken på nett")
    make_site("hytta", "Hytteutleie")
    kiosk = make_site("kiosk", "Kiosken")
    market = make_site("torget", "Torget")
    quay, loft = make_site("brygga", "Brygga"), make_site("loftet", "Loftet")
    for site in (shop, kiosk, market, quay, loft):
        make_publishable(site)
    _describe(shop)
    with transaction():
        kari, _ = users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=now)
        tokens.create_token(name="Nightly", scopes=["sites:read"], site_ids=[shop.id], by=kari.email, now=now)
        sites.publish(shop.id, note="Første", by=kari.email, now=now - timedelta(days=9))
        sites.publish(kiosk.id, note="", by=kari.email, now=now)
        _count(shop)
        for site in (quay, loft):
            for role in ("editor", "developer", "auditor"):
                email = f"{role}@{site.key}.no"
                users.create_user(email, role, password=PASSWORD, site_ids=[site.id], now=now)
            sites.publish(site.id, note="", by=kari.email, now=now)
        _wait(loft)
        opening.open_first([kiosk.id], begins=watermarks.position(), now=now)
        _compare(market)
    return kari.user_id


def _describe(site: Site) -> None:
    """The site has some other processing, and a processor."""
    document: Any = copy.deepcopy(sites.draft(site.id).document)
    words = dict.fromkeys(document["texts"], "Bestillinger")
    texts = dict.fromkeys(("name", "purpose", "data", "subjects", "retention"), words)
    document["notice"]["activities"] = [{"key": "orders", **texts, "legal_basis": "contract"}]
    host = {"key": "host", "name": "Host AS", "purpose": words, "country": "NO"}
    document["notice"]["processors"] = [host]
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=clock.now())


def _compare(site: Site) -> None:
    """An experiment has ended on the site, and another one runs."""
    now = clock.now()
    sites.publish(site.id, note="", by="kari@example.no", now=now - timedelta(days=9))
    for number in (1, 2):
        draft = copy.deepcopy(sites.draft(site.id).document)
        draft["texts"]["nb"]["title"] = f"Er det greit? {number}"
        sites.save_draft(site.id, draft, by="kari@example.no", now=now)
        experiments.start(site.id, Planned(28, 4000.0, 0.04), by="kari@example.no", now=now)
        if number == 1:
            won = ExperimentResult("b_is_better", 12, 0.03, 0.07)
            experiments.end(site.id, 1, won, by="worker", now=now)


def _wait(site: Site) -> None:
    """What an editor asked for waits for approval on the site, and the draft has changed since."""
    now = clock.now()
    approvals.require(site.id, required=True, now=now)
    for title in ("God jul fra loftet", "Godt nytt år"):
        draft = copy.deepcopy(sites.draft(site.id).document)
        draft["texts"]["nb"]["title"] = title
        sites.save_draft(site.id, draft, by="editor@loftet.no", now=now)
        if publications.waiting(site.id) is None:
            at = now + timedelta(days=30)
            approvals.ask(site.id, note="Til jul", by="editor@loftet.no", publish_at=at, now=now)


def _group() -> None:
    """The shop and the cabin share texts and looks; the shop has a text of its own."""
    cabin, now = sites.find("hytta"), clock.now()
    document = copy.deepcopy(sites.draft(cabin.id).document)
    document["texts"]["nn"]["changed"] = "Vi har endra noko."
    with transaction():
        sites.save_draft(cabin.id, document, by="tests", now=now)
        made = groups.create("kjeden", "Kjeden", cabin, ("texts", "appearance"), by="tests", now=now)
        shop = sites.find("butikken")
        groups.add(made, shop, take=False, by="tests", now=now, public_url=settings().public_url)


def _decide(key: str = "butikken") -> str:
    """A visitor of a site allows some of it."""
    allowed = {"functional": True, "statistics": True, "advertising": False}
    decision = Decision(new_id(), new_id(), 1, "nb", "save", "settings", allowed)
    with transaction():
        receipt, _ = decisions.record(
            sites.find(key), decision, secret_key=settings().secret_key, now=clock.now()
        )
    return receipt.consent_id


def _deliver() -> str:
    """Webhooks of the shop in every state; returns the id of an endpoint."""
    shop, now = sites.find("butikken"), clock.now()
    with transaction():
        made = [
            endpoints.create_endpoint(
                shop.id, f"https://{name}.example.no/hook", WEBHOOK_KINDS, in_order=order, by="kari", now=now
            )
            for name, order in (("varsler-i-en-veldig-lang-adresse", True), ("gammel", False))
        ]
        for outcome in OUTCOMES:
            facts: dict[str, str | int | None] = {"site": shop.key, "site_name": shop.name}
            outbox.send_test(made[0], facts, now=now)
            claimed = delivering.claim(["webhook"], now=now, lease=OUTCOMES_LEASE, per_target=1, limit=1)
            delivering.store_outcomes([(one, outcome) for one in claimed], now=now, random=0)
        endpoints.disable_endpoint(shop.id, made[1].endpoint_id, by="kari@example.no", now=now)
    return made[0].endpoint_id


def _employ() -> None:
    """The cabin has a processor whose agreement ends soon, and others without one."""
    cabin, now = sites.find("hytta"), clock.now()
    draft = sites.draft(cabin.id)
    document = draft.document
    vimeo = known_services.filled(catalog.find("vimeo"), document)
    older: CatalogEntry = {"key": "vimeo", "version": "0" * 16}
    document["services"] = [
        service(provider="Counter Analytics International Holdings Ltd", country="US"),
        service("ga4", name="GA4"),
        {**vimeo, "provider": "Vimeo", "catalog": older},
    ]
    document["notice"]["processors"] = [processor()]
    document["notice"]["activities"] = [activity(purpose={})]
    ends = now.date() + timedelta(days=20)
    stored = Agreement(party_id("Drift AS"), "Drift AS", reference="2024/113", expires_on=ends)
    with transaction():
        sites.save_draft(cabin.id, document, by="kari@example.no", now=now)
        agreements.save(cabin.id, stored, by="kari@example.no", now=now)


def _ask() -> str:
    """Somebody has asked the shop for access long ago; returns the id of the request."""
    shop, now = sites.find("butikken"), clock.now() - timedelta(days=40)
    asked = Content("Ola Nordmann", "ola@example.no", "Hva har dere om meg?\n\nHilsen Ola")
    with transaction():
        sent = requester.send(
            shop.id,
            "access",
            asked,
            language="nb",
            confirmable=False,
            secret_key=settings().secret_key,
            now=now,
        )
    return sent.summary.request_id


def _count(site: Site) -> None:
    now = clock.now()
    days = {now.date() - timedelta(days=back): Counted(100 + back, 100 + back) for back in range(1, 9)}
    release_days(site, days, now=now)
    store_alarms(site, now)


@pytest.fixture
def page(browser: Browser, studio: Studio) -> Iterator[Page]:
    """The browser of somebody who is logged in."""
    with studio.page(browser, KARI, permissions=["clipboard-read", "clipboard-write"]) as opened:
        yield opened


def log_in_anew(page: Page, studio: Studio) -> None:
    """Log in by the form, as who has never been here."""
    page.context.clear_cookies()
    page.goto(studio.address + "/login")
    page.get_by_label("E-mail address").fill(KARI)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile("/studio/sites"))


COPIED = "async wanted => await navigator.clipboard.readText() === wanted"
"""True once a text is in the clipboard: browsers put it there a moment after the press."""


def banner_in(page: Page) -> Any:
    """The first layer in the live preview."""
    return page.frame_locator("#preview iframe:not(.is-coming)").locator("#samtykke")


def test_text_is_edited_seen_at_once_published_and_installed(page: Page, studio: Studio) -> None:
    log_in_anew(page, studio)
    page.get_by_role("link", name="Butikken på nett").click()
    page.get_by_role("navigation", name="Butikken på nett").get_by_role("link", name="Banner").click()
    expect(banner_in(page)).to_contain_text("Informasjonskapsler: du bestemmer")

    page.get_by_label("Title, norsk bokmål").first.fill("Kaker? Du velger")
    expect(banner_in(page)).to_contain_text("Kaker? Du velger")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    # Saved without leaving the page, and the next saving is no conflict.
    page.get_by_label("Accept everything, norsk bokmål").fill("Ja til alt")
    expect(banner_in(page)).to_contain_text("Ja til alt")
    # The sentence of the first saving stands there still.
    with page.expect_response(lambda response: response.request.redirected_from is not None):
        page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")

    page.get_by_role("link", name="Review and publish").click()
    expect(page.get_by_text("nobody is asked again")).to_be_visible()
    page.get_by_label("Note for colleagues").fill("Kortere")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.locator("#messages")).to_contain_text("Version 2 is published.")

    page.get_by_role("link", name="Install").click()
    page.get_by_role("button", name="Copy: Script tag", exact=True).click()
    address = studio.address.removesuffix("/studio")
    page.wait_for_function(COPIED, arg=f'<script src="{address}/w/butikken.js"></script>')
    script = page.request.get(f"{address}/w/butikken.js")
    assert "Kaker? Du velger" in script.text()


def test_preview_decides_nothing_and_opens_the_settings(page: Page, studio: Studio) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/" in request.url else None)
    log_in_anew(page, studio)
    page.goto(f"{studio.address}/sites/butikken/banner/appearance")
    frame = page.frame_locator("#preview iframe:not(.is-coming)")
    # Clicked from inside: the driver does not aim right at a frame that is scaled down.
    frame.locator('[data-samtykke-action="settings"]').evaluate("button => button.click()")
    expect(frame.locator("dialog#samtykke-settings")).to_be_visible()
    frame.locator('dialog [data-samtykke-action="save"]').first.evaluate("button => button.click()")
    expect(frame.locator("#samtykke")).to_have_count(0)
    page.get_by_role("button", name="Reload").click()
    expect(banner_in(page)).to_be_visible()
    assert sent == []
    assert {cookie["name"] for cookie in page.context.cookies()} == {"samtykke_studio", "samtykke_device"}
    assert page.evaluate("localStorage.length") == 0


def test_preview_follows_language_colours_and_width(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/butikken/banner/appearance")
    page.get_by_label("Language of the preview").select_option("en")
    expect(banner_in(page)).to_contain_text("Cookies: you decide")
    page.get_by_label("Colours of the preview").select_option("dark")
    expect(banner_in(page)).to_have_css("background-color", "rgb(22, 24, 29)")
    page.get_by_role("button", name="Phone").click()
    expect(page.locator("#preview iframe")).to_have_css("width", "390px")


def test_an_invalid_text_is_reported_and_focused_and_stays(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/butikken/banner/behaviour")
    page.get_by_label("A no is valid for").fill("30")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#problems")).to_be_focused()
    field = page.get_by_label("A no is valid for")
    expect(field).to_have_value("30")
    expect(field).to_have_accessible_description(re.compile("not a whole number from 182"))


def test_finding_leads_to_its_field_though_that_is_folded_away(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/butikken/banner/tools#behaviour.google.regions")
    expect(page.get_by_label("Only in these countries or regions")).to_be_in_viewport()
    # Far down a long page, the bar is still there.
    expect(page.get_by_role("link", name="Samtykke studio, start")).to_be_in_viewport()


def test_category_is_moved_by_keyboard_alone(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/hytta/banner/categories")
    button = page.get_by_role("button", name="Move Markedsføring up")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    expect(page.get_by_role("heading", level=2).nth(2)).to_contain_text("Markedsføring")
    expect(button).to_be_focused()


def words_in(page: Page, language: str = "norsk bokmål") -> Any:
    """Heading and text of a section of the notice in a language."""
    return page.get_by_role("group", name=language)


PASTED = (
    "<style>p{color:red}</style><h1 style='color:red'>Regler</h1><p class=MsoNormal><b>Fet</b> og "
    "<span style='font-style:italic'>kursiv</span><o:p></o:p></p>"
    "<p class=MsoListParagraph style='mso-list:l0'><span style='mso-list:Ignore'>·</span>Ett</p>"
    "<p class=MsoListParagraph style='mso-list:l0'><span style='mso-list:Ignore'>·</span>To</p>"
    "<img src='https://tracker.example/x.png'><script>alert(1)</script>"
)
PASTE = """html => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/html', html);
  document.activeElement.dispatchEvent(
    new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
}"""


def test_section_of_the_notice_is_written_and_formatted_by_keyboard_alone(page: Page, studio: Studio) -> None:
    field = "notice.sections.security.body.nb"
    # As a finding leads there.
    page.goto(f"{studio.address}/sites/hytta/banner/notice/sections/security#{field}")
    text, sent = words_in(page).get_by_role("textbox", name="Text"), page.locator(f'[name="{field}"]')
    expect(text).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Vi låser døra.")
    page.keyboard.press("Enter")
    page.keyboard.type("Og vinduene.")
    expect(sent).to_have_value("Vi låser døra.\n\nOg vinduene.")

    page.keyboard.press("Enter")
    page.keyboard.press("Alt+F10")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(words_in(page).get_by_role("button", name="Bulleted list")).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_be_focused()
    page.keyboard.type("Alarm")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+k")
    page.keyboard.type("tull")
    page.keyboard.press("Enter")
    expect(words_in(page).get_by_text("This is not an address")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("www.example.no")
    page.keyboard.press("Enter")
    listed = '<ul><li>Alarm</li><li><a href="https://www.example.no">www.example.no</a></li></ul>'
    expect(sent).to_have_value(f"<p>Vi låser døra.</p><p>Og vinduene.</p>{listed}")

    save = page.get_by_role("button", name="Save draft")
    while not save.evaluate("button => button === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_have_text("Saved in the draft.")
    expect(text.get_by_role("listitem")).to_have_text(["Alarm", "www.example.no"])
    page.reload()
    text.focus()
    page.keyboard.press("Control+a")
    page.evaluate(PASTE, PASTED)
    expect(sent).to_have_value(
        "<h3>Regler</h3><p><strong>Fet</strong> og <em>kursiv</em></p><ul><li>Ett</li><li>To</li></ul>"
    )
    page.keyboard.press("Control+z")
    expect(text.get_by_role("link")).to_have_attribute("href", "https://www.example.no")


def test_what_is_typed_right_after_a_button_of_the_formatting_is_in_the_text(
    page: Page, studio: Studio
) -> None:
    page.goto(f"{studio.address}/sites/hytta/banner/notice/sections/security")
    section = words_in(page)
    text, heading = (
        section.get_by_role("textbox", name="Text"),
        section.get_by_label("Heading", exact=True).first,
    )
    # The focus is there when the click has been handled, not a frame later.
    at_once = "button => { button.click(); return document.activeElement.getAttribute('role'); }"
    bar = section.get_by_role("toolbar", name="Formatting")
    for name in ("Bold", "Heading", "Smaller heading", "Numbered list", "Undo"):
        heading.focus()
        assert bar.get_by_role("button", name=name, exact=True).evaluate(at_once) == "textbox"
    heading.focus()
    assert section.locator("label", has_text="Text").evaluate(at_once) == "textbox"
    # A mouse does not take the focus from the text either.
    bar.get_by_role("button", name="Italic").hover()
    page.mouse.down()
    expect(text).to_be_focused()
    page.mouse.up()


def test_key_of_a_new_site_is_proposed_while_its_name_is_typed(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/new")
    key = page.get_by_label("Key")
    for name, proposed in (("Blåbær & Hytta", "blabaer-hytta"), ("1881", "site-1881")):
        page.get_by_label("Name").fill(name)
        assert (key.get_attribute("placeholder"), websites.key_of(name)) == (proposed, proposed)
    page.get_by_label("Name").fill("")
    assert key.get_attribute("placeholder") == ""


def test_field_that_was_resized_by_hand_is_saved_within_the_security_policy(
    page: Page, studio: Studio
) -> None:
    page.goto(f"{studio.address}/sites/hytta/banner/controller")
    # As a browser does at the corner of a field.
    page.locator("[id='controller.address']").evaluate("field => { field.style.height = '12rem'; }")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator("#messages")).to_have_text("Saved in the draft.")


def test_what_matters_in_some_cases_alone_is_asked_then(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}{SITE}/banner/notice/activities/orders")
    interests, basis = (
        page.get_by_label("The interests, or the law, norsk bokmål"),
        page.get_by_label("Legal basis"),
    )
    basis.select_option("contract")
    expect(interests).to_be_hidden()
    basis.select_option("legitimate_interests")
    expect(interests).to_be_visible()
    country, rests = (
        page.get_by_label("Country where the data goes"),
        page.get_by_label("Basis of the transfer"),
    )
    for code, asked in (("NO", False), ("CH", True), ("US", True), ("", False)):
        country.select_option(code)
        expect(rests).to_be_visible(visible=asked)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(f"{studio.address}{SITE}/banner/notice")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="See the notice").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Personvernerklæring")
    expect(opened.value.get_by_role("note")).to_contain_text("This is the draft.")


def test_visitors_wish_is_found_and_granted_by_keyboard_alone(page: Page, studio: Studio) -> None:
    number = studio.consents.pop()
    page.goto(f"{studio.address}/sites/butikken/consents")
    page.get_by_label("The consent number from the visitor").focus()
    page.keyboard.type(number[:13].lower() + " " + number[13:])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Saved a selection")
    seen = page.frame_locator(".record-banner iframe").locator("#samtykke")
    expect(seen).to_contain_text("Informasjonskapsler: du bestemmer")
    erase = page.get_by_role("link", name="Erase…")
    while not erase.evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Erase")
    expect(button).to_be_visible()
    while not button.evaluate("button => button === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("One record is erased")
    page.goto(f"{studio.address}/sites/butikken/trail")
    expect(page.get_by_role("main")).to_contain_text("erased consent")
    expect(page.get_by_role("main")).not_to_contain_text(number)


def test_endpoint_is_added_tried_and_found_in_the_log_by_keyboard_alone(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/kiosk/messages")
    page.get_by_label("Address").focus()
    page.keyboard.type("https://kiosk.example.no/hook")
    page.keyboard.press("Enter")
    expect(page.locator("#secret")).to_contain_text("whsec_")
    page.get_by_role("link", name="Done").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("kiosk.example.no")
    page.get_by_role("button", name="Send test message").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("A test message is on its way.")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("On its way")


def press(page: Page, target: Any, key: str = "Enter") -> None:
    """Go to something by the tabulator, and press a key there."""
    # Looked for once: to find something by its role takes much longer on a large form than to press a key.
    element = target.element_handle()
    while not element.evaluate("element => element === document.activeElement"):
        page.keyboard.press("Tab")
        if not element.evaluate("element => element.isConnected"):
            element = target.element_handle()
    page.keyboard.press(key)


def test_three_known_services_are_found_and_added_by_keyboard_alone(page: Page, studio: Studio) -> None:
    """Docs/editing-the-banner.md says how many fields and clicks this takes."""
    fields = clicks = 0
    page.goto(f"{studio.address}/sites/kiosk/banner/texts")
    press(
        page, page.get_by_role("navigation", name="Parts of the banner").get_by_role("link", name="Services")
    )
    press(page, page.get_by_role("link", name="Add known services"))
    clicks += 2
    search = page.get_by_role("searchbox", name="Search by name, host or cookie")
    for asked, name in (("GA4", "Google Analytics"), ("_fbp", "Meta Pixel"), ("youtube", "YouTube")):
        search.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(asked)
        fields += 1
        found = page.get_by_role("checkbox", name=name, exact=True)
        # What is ticked already stays in sight; everything else is left out.
        expect(page.get_by_role("checkbox", name="Zendesk")).to_have_count(0)
        press(page, found, "Space")
        clicks += 1
        expect(found).to_be_checked()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    press(page, page.get_by_role("button", name="Show what is filled in"))
    expect(page.get_by_role("heading", level=2)).to_have_text("What is filled in")
    page.go_back()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    press(page, page.get_by_role("button", name="Show what is filled in"))
    clicks += 1
    expect(page.get_by_role("heading", level=2)).to_have_text("What is filled in")
    expect(page.get_by_role("heading", name="Not confirmed, and left for you")).to_have_count(3)
    press(page, page.get_by_role("checkbox", name="Turn it on as Basic"), "Space")
    clicks += 1
    press(page, page.get_by_role("button", name="Add 3 services to the draft"))
    clicks += 1
    expect(page.locator("#messages")).to_contain_text("3 services are in the draft.")
    expect(page.get_by_role("link", name="Meta Pixel")).to_be_visible()
    assert (fields, clicks) == (3, 8)


def test_the_search_of_known_services_is_ready_and_in_sight_on_a_small_screen(
    page: Page, studio: Studio
) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    for chosen in ("", "?service=youtube"):
        page.goto(f"{studio.address}/sites/kiosk/banner/known-services{chosen}")
        search = page.get_by_role("searchbox", name="Search by name, host or cookie")
        expect(search).to_be_focused()
        assert search.evaluate(
            """field => {
                const { left, top, bottom } = field.getBoundingClientRect();
                return [top + 1, bottom - 1].every(y => document.elementFromPoint(left + 9, y) === field);
            }"""
        )


def test_values_of_a_service_are_not_cut_off_beside_the_preview(page: Page, studio: Studio) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{studio.address}/sites/hytta/banner/services/vimeo")
    provider = page.get_by_label("Provider", exact=True)
    # And back at once, since what stands in a field is saved.
    fits = """field => {
        const before = field.value;
        field.value = "Google Ireland Limited";
        const fits = field.scrollWidth <= field.clientWidth;
        field.value = before;
        return fits;
    }"""
    assert provider.evaluate(fits)
    basis = page.get_by_label("Legal basis", exact=True)
    room = """(field, text) => {
        const style = getComputedStyle(field);
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.font = style.font;
        const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        return field.clientWidth - padding - canvas.measureText(text).width;
    }"""
    assert basis.evaluate(room, "Contract with the visitor") >= 0
    transfer = page.get_by_label("Basis of the transfer", exact=True)
    assert transfer.evaluate(f"field => ({room})(field, field.selectedOptions[0].text)") >= 0


def _known(key: str) -> str:
    """The provider of a service, as the catalog names it."""
    provider = catalog.find(key).provider
    assert provider is not None
    return provider.name


def test_value_of_the_catalog_is_taken_over_by_keyboard_alone(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/hytta/banner/services")
    expect(page.get_by_text("Newer in the catalog")).to_have_count(1)
    press(page, page.get_by_role("link", name="Vimeo"))
    press(page, page.get_by_role("link", name="A newer description: see what differs"))
    provider = page.get_by_role("checkbox", name="Provider")
    expect(provider).to_have_accessible_description(re.compile("In the draft.*Vimeo.*In the catalog"))
    press(page, provider, "Space")
    press(page, page.get_by_role("button", name="Take over what is ticked"))
    expect(page.locator("#messages")).to_contain_text("1 value is taken over from the catalog.")
    expect(page.get_by_label("Provider", exact=True)).to_have_value(_known("vimeo"))


def test_first_decision_is_told_while_the_overview_is_open(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/kiosk/")
    steps = page.get_by_role("region", name="Next steps")
    expect(steps.get_by_role("link", name="Put the script tag on the pages")).to_be_visible()
    steps.evaluate("list => { list.dataset.poll = 1 }")
    with page.expect_response(lambda response: response.status == 204):
        pass
    with studio.app.app_context():
        _decide("kiosk")
    expect(page.locator("#messages")).to_contain_text("We received your first decision")
    expect(steps.get_by_role("link", name="Put the script tag on the pages")).to_have_count(0)
    expect(steps.get_by_role("link", name="Complete the privacy notice")).to_be_visible()


def test_figures_are_asked_for_by_keyboard_alone_and_the_address_has_the_question(
    page: Page, studio: Studio
) -> None:
    page.goto(f"{studio.address}/sites/butikken/analytics")
    page.get_by_role("link", name="7 days").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("range=7d"))
    page.get_by_label("Split by").focus()
    page.keyboard.press("v")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("range=7d&.*by=version"))
    expect(page.get_by_role("heading", name="Version against version")).to_be_visible()
    page.locator("summary", has_text=re.compile("^Figures per day$")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Figures per day", exact=True)).to_be_visible()
    drawn = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    )
    expect(page.locator("canvas")).to_have_count(4)
    for canvas in page.locator("canvas").all():
        page.wait_for_function(drawn, arg=canvas.element_handle())


@pytest.fixture
def two(browser: Browser, studio: Studio) -> Iterator[tuple[Page, Page]]:
    """Two browsers in which people are logged in, and where only saving tells what the other has saved."""
    contexts = [studio.enter(browser, KARI, bypass_csp=True, reduced_motion="reduce") for _ in range(2)]
    pages = []
    for context in contexts:
        context.route("**/banner/presence", lambda route: route.abort())
        context.add_init_script(path=AXE)
        pages.append(context.new_page())
    yield pages[0], pages[1]
    for context in contexts:
        context.close()


def save_draft(page: Page, said: str) -> None:
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text(said)


def write_unnoticed(field: Locator, text: str) -> None:
    """Write as somebody does who presses the button before the form is saved by itself."""
    field.evaluate("(field, text) => { field.value = text; }", text)


def test_two_who_edit_different_fields_or_pages_are_both_saved(
    two: tuple[Page, Page], studio: Studio
) -> None:
    one, other = two
    for page in two:
        page.goto(f"{studio.address}/sites/kiosk/banner/texts")
    other.get_by_label("Title, norsk bokmål").first.fill("Kaker i kiosken")
    save_draft(other, "Saved in the draft.")
    write_unnoticed(one.get_by_label("Accept everything, norsk bokmål"), "Ja til alt")
    save_draft(one, "Saved, together with what you changed in another window meanwhile.")
    expect(one.get_by_label("Title, norsk bokmål").first).to_have_value("Kaker i kiosken")

    one.reload()
    other.goto(f"{studio.address}/sites/kiosk/banner/behaviour")
    one.get_by_label("Accept everything, norsk bokmål").fill("Ja, alt")
    save_draft(one, "Saved in the draft.")
    write_unnoticed(other.get_by_label("A yes is valid for"), "90")
    save_draft(other, "Saved, together with")


def test_two_who_edit_the_same_field_choose_by_keyboard_which_to_keep(
    two: tuple[Page, Page], studio: Studio
) -> None:
    one, other = two
    for page, text in ((other, "Kollegaens"), (one, "Mine")):
        page.goto(f"{studio.address}/sites/kiosk/banner/texts")
        page.get_by_label("Title, norsk bokmål").first.fill(text)
    save_draft(other, "Saved in the draft.")
    one.get_by_role("button", name="Save draft").click()
    expect(one.locator("#problems")).to_be_focused()
    title = one.get_by_label("Title, norsk bokmål").first
    expect(title).to_have_value("Mine")
    choice = one.get_by_role("radiogroup", name="Which of the two to keep")
    expect(choice).to_contain_text("Kollegaens")
    assert barriers(one) == []
    choice.get_by_label("Keep mine").focus()
    one.keyboard.press("ArrowDown")
    # What is chosen is saved by itself.
    expect(title).to_have_value("Kollegaens")
    expect(choice).to_have_count(0)

    other.reload()
    other.get_by_label("Title, norsk bokmål").first.fill("Kollegaens andre")
    save_draft(other, "Saved in the draft.")
    write_unnoticed(title, "Mine")
    one.get_by_role("button", name="Save draft").click()
    expect(choice).to_contain_text("Kollegaens andre")
    # Who goes on writing keeps the own text.
    title.press_sequentially(" ord")
    expect(choice.get_by_label("Keep mine")).to_be_checked()


def test_what_one_removes_while_the_other_edits_it_is_put_back_with_what_was_written(
    two: tuple[Page, Page], studio: Studio
) -> None:
    one, other = two
    for page in two:
        page.goto(f"{studio.address}/sites/butikken/banner/notice/processors/host")
    write_unnoticed(one.get_by_label("Sub-processors"), "Underleverandøren AS")
    other.on("dialog", lambda dialog: dialog.accept())
    other.get_by_role("button", name="Remove recipient").click()
    expect(other.locator("#messages")).to_contain_text("is removed from the draft")
    one.get_by_role("button", name="Save draft").click()
    expect(one.locator("#problems")).to_contain_text("save to put it back")
    assert barriers(one) == []
    save_draft(one, "Saved in the draft.")
    one.reload()
    expect(one.get_by_label("Sub-processors")).to_have_value("Underleverandøren AS")


def test_skip_link_menus_and_escape_work_by_keyboard(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/butikken/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    menu = page.locator(".switcher summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="All sites")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.get_by_role("link", name="All sites")).to_be_hidden()


@pytest.fixture
def entered(browser: Browser, studio: Studio) -> Iterator[Callable[[str], Page]]:
    """The pages of colleagues who are logged in, each in a browser of their own."""
    contexts = []

    def enter(email: str) -> Page:
        contexts.append(studio.enter(browser, email))
        return contexts[-1].new_page()

    yield enter
    for context in contexts:
        context.close()


def change_title(who: Page, site: str, title: str) -> None:
    """Change the title of the draft, at the address of a site."""
    who.goto(f"{site}/banner/texts")
    who.get_by_label("Title, norsk bokmål").first.fill(title)
    who.get_by_role("button", name="Save draft").click()
    expect(who.locator("#messages")).to_contain_text("Saved in the draft.")


def ask_for_next_week(who: Page, site: str) -> None:
    """Compare the draft with what is live, and ask that it be published in a week."""
    who.goto(f"{site}/publish")
    who.get_by_role("link", name="Compare or restore").click()
    expect(who.get_by_text("One difference between version 1 and the draft.")).to_be_visible()
    who.go_back()
    expect(who.get_by_label("Date", exact=True)).to_be_hidden()
    who.get_by_label("On a date").check()
    who.get_by_label("Date", exact=True).fill((clock.now() + timedelta(days=7)).date().isoformat())
    who.get_by_label("Note for colleagues").fill("Til jul")
    who.get_by_role("button", name="Ask for approval").click()
    expect(who.locator("#messages")).to_contain_text("You asked for approval.")
    expect(who.get_by_role("button", name="Withdraw the request")).to_be_visible()
    expect(who.get_by_role("button", name="Approve")).to_have_count(0)


def see_both_and_approve(who: Page, site: str, *titles: str) -> None:
    """From the overview of a site: see what visitors have and would get, and approve it."""
    who.goto(f"{site}/")
    who.get_by_role("link", name="See it, and decide").click()
    for place, title in enumerate(titles):
        shown = who.frame_locator(".compared iframe").nth(place).locator("#samtykke")
        expect(shown).to_contain_text(title)
    who.get_by_role("button", name="Approve").click()


SCRIPT_HAS = """async ([address, text]) => {
  const answer = await fetch(address, {cache: 'no-store'});
  return (await answer.text()).includes(text);
}"""


def visitors_get(page: Page, script: str, title: str) -> None:
    """A site's script has a title, within the second after which the server looks for a newer version."""
    page.wait_for_function(SCRIPT_HAS, arg=[script, title])


def test_each_role_has_its_part_from_the_edit_to_the_live_banner_and_back(
    page: Page, studio: Studio, entered: Callable[[str], Page]
) -> None:
    quay, before, after = f"{studio.address}/sites/brygga", "Informasjonskapsler: du bestemmer", "God jul"
    script = studio.address.removesuffix("/studio") + "/w/brygga.js"
    page.goto(f"{quay}/domains")
    page.get_by_label("A second person approves what is published").check()
    page.get_by_role("button", name="Save approval").click()
    expect(page.locator("#messages")).to_contain_text("From now on a second person approves")

    editor = entered("editor@brygga.no")
    change_title(editor, quay, after)
    ask_for_next_week(editor, quay)
    # Who only reads sees it, and decides nothing.
    auditor = entered("auditor@brygga.no")
    auditor.goto(f"{quay}/publications/1")
    expect(auditor.get_by_role("heading", level=1)).to_contain_text("Waits for approval")
    expect(auditor.locator("main form[method=post]")).to_have_count(0)
    see_both_and_approve(page, quay, before, after)
    expect(page.locator("#messages")).to_contain_text("Approved. It is published on")
    expect(page.get_by_role("heading", name="Scheduled for")).to_be_visible()
    visitors_get(page, script, before)

    with studio.app.app_context():
        waiting = publications.waiting(sites.find("brygga").id)
        assert waiting is not None
        jobs.publish_due(waiting.publish_at)
    visitors_get(page, script, after)

    editor.goto(f"{quay}/versions")
    editor.get_by_role("link", name="Roll back to version 1").click()
    editor.get_by_label("Why, for colleagues").fill("Jula er over")
    editor.get_by_role("button", name="Ask for approval").click()
    expect(editor.locator("#messages")).to_contain_text("You asked for approval.")
    see_both_and_approve(page, quay, after, before)
    expect(page.locator("#messages")).to_contain_text("Version 3 is published.")
    visitors_get(page, script, before)


def test_a_developer_asks_and_is_told_what_should_be_changed(
    page: Page, studio: Studio, entered: Callable[[str], Page]
) -> None:
    quay = f"{studio.address}/sites/brygga"
    developer = entered("developer@brygga.no")
    change_title(developer, quay, "Godt nytt år")
    developer.goto(f"{quay}/publish")
    developer.get_by_role("button", name="Ask for approval").click()
    expect(developer.locator("#messages")).to_contain_text("You asked for approval.")
    asked = developer.url
    page.goto(asked)
    page.get_by_label("What should be changed").fill("For tidlig")
    page.get_by_role("button", name="Send back").click()
    expect(page.locator("#messages")).to_contain_text(
        "Sent back. This server sends no e-mail, so tell developer@brygga.no"
    )
    developer.goto(asked)
    expect(developer.get_by_text("For tidlig")).to_be_visible()


SITE = "/sites/butikken"
PAGES = [
    "/login", "/sites", "/bulk", "/sites/new", f"{SITE}/", "/sites/hytta/", f"{SITE}/banner/texts",
    f"{SITE}/banner/categories", f"{SITE}/banner/services", f"{SITE}/banner/services/samtykke",
    f"{SITE}/banner/appearance", f"{SITE}/banner/behaviour", f"{SITE}/banner/controller",
    f"{SITE}/banner/tools", "/trail", "/trail?check=1", "/trail?by=nobody", f"{SITE}/trail",
    f"{SITE}/consents", f"{SITE}/consents/find?number=x", "/sites/hytta/consents",
    f"{SITE}/consents/{{number}}", f"{SITE}/consents/{{number}}/erase",
    f"{SITE}/requests", f"{SITE}/requests/find?reference=x", "/sites/hytta/requests",
    f"{SITE}/requests/{{request}}", f"{SITE}/register", "/sites/hytta/register",
    f"/sites/hytta/register/{party_id('Drift AS')}",
    f"{SITE}/banner/notice", f"{SITE}/banner/notice/sections/who?language=nn",
    f"{SITE}/banner/notice/activities", f"{SITE}/banner/notice/activities/orders",
    f"{SITE}/banner/notice/processors", f"{SITE}/banner/notice/processors/host",
    f"{SITE}/publish", "/sites/hytta/publish", f"{SITE}/versions",
    f"{SITE}/banner/known-services", f"{SITE}/banner/known-services?q=ga4&service=matomo",
    f"{SITE}/banner/known-services?q=nobody-has-this", f"{SITE}/banner/known-services/chosen",
    f"{SITE}/banner/known-services/chosen?service=google_analytics&service=youtube&service=vimeo",
    "/sites/hytta/banner/services", "/sites/hytta/banner/services/ga4",
    "/sites/hytta/banner/services/ga4/catalog", "/sites/hytta/banner/services/vimeo",
    "/sites/hytta/banner/services/vimeo/catalog",
    "/sites/hytta/versions", f"{SITE}/install", "/sites/hytta/install/tag-manager",
    f"{SITE}/install/wordpress?pinned=1", "/sites/hytta/install/nextjs", f"{SITE}/analytics",
    "/sites/hytta/analytics",
    f"{SITE}/analytics?by=version&interval=week", f"{SITE}/analytics?from=x", f"{SITE}/tokens",
    f"{SITE}/analytics?range=today", f"{SITE}/analytics?range=12m&by=language", "/sites/kiosk/",
    "/sites/kiosk/analytics",
    "/sites/hytta/tokens", f"{SITE}/domains", "/users", "/users/new", "/users/{user}", "/account",
    "/account/sessions",
    "/account/messages", "/inbox", "/inbox?show=unread&before=x", f"{SITE}/messages",
    f"{SITE}/messages/log", "/sites/hytta/messages",
    "/sites/hytta/messages/log", f"{SITE}/messages/endpoints/{{endpoint}}", "/sites/nowhere/",
    f"{SITE}/preview/full", f"{SITE}/experiment", "/sites/hytta/experiment", "/sites/torget/experiment",
    "/sites/loftet/", "/sites/loftet/publish", "/sites/loftet/publications/1", "/sites/loftet/domains",
    "/sites/loftet/versions/1/rollback", "/groups", "/groups/new", "/groups/kjeden", "/groups/kjeden/add",
    f"{SITE}/group", "/sites/loftet/group", f"{SITE}/compare",
    f"{SITE}/states/1/full?old=1&new=draft",
]  # fmt: skip

# What somebody who cannot see, point or read small print would run into: axe's rules, all of them or those
# about colours, once no colour is on its way to another.
BARRIERS = """async (rules) => {
  const fading = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(fading.map(({finished}) => finished));
  const options = { iframes: false, resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  return (await axe.run(document, options)).violations.map(
    ({id, nodes}) => id + ': ' + nodes.map(({target}) => target).join(' | '));
}"""
COLOURS = ["color-contrast", "link-in-text-block"]
"""Rules that the other colours of a page can break."""


UNFOLD = "document.querySelectorAll('details.fold').forEach(fold => { fold.open = true })"


def barriers(page: Page, rules: list[str] | None = None) -> list[str]:
    """What is wrong with the page as it stands; by these rules, or by all."""
    found: list[str] = page.evaluate(BARRIERS, rules)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("scrolls sideways")
    return found


def log_in_in_any_language(page: Page) -> None:
    page.locator("[name=email]").fill("kari@example.no")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form [type=submit]").click()
    page.wait_for_url(re.compile("/studio/sites"))


def shown_secrets(page: Page, studio: Studio, unique: str) -> Iterator[str]:
    """Open each page that shows a secret, which it does once; yields what it is."""
    forms = (
        ("/users/new", {"email": f"at-{unique}@example.no"}, ""),
        (f"{SITE}/tokens", {"name": "Nightly export"}, "[name=scopes]"),
        (f"{SITE}/messages", {"url": f"https://at-{unique}.example.no/hook"}, ""),
    )
    for path, texts, tick in forms:
        page.goto(studio.address + path)
        for name, text in texts.items():
            page.locator(f"main [name={name}]").fill(text)
        if tick:
            page.locator(tick).first.check()
        page.locator("main form .btn-primary").click()
        expect(page.locator("#secret")).to_be_visible()
        yield f"{path}, a secret"


@pytest.mark.parametrize(
    ("language", "widths"),
    [
        pytest.param("en", (320,), id="English"),
        pytest.param("en", (768, 1280), id="English-wider", marks=pytest.mark.servers),
        pytest.param("nb", (320,), id="bokmål", marks=pytest.mark.servers),
        pytest.param("nn", (320,), id="nynorsk", marks=pytest.mark.servers),
    ],
)
def test_no_page_has_a_barrier(
    browser: Browser, studio: Studio, language: str, widths: tuple[int, ...]
) -> None:
    """Each page is loaded once, and looked at in all widths and in both colours."""
    # Without motion, new colours are there at once.
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce", locale=language)
    context.add_init_script(path=AXE)
    page = context.new_page()
    found: dict[str, list[str]] = {}

    def examine(path: str) -> None:
        page.goto(studio.address + path.format(**studio.ids))
        look(path)

    def look(path: str) -> None:
        page.evaluate(UNFOLD)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            for scheme, rules in schemes:
                page.emulate_media(color_scheme=scheme)
                page.wait_for_function(
                    "scheme => document.documentElement.dataset.bsTheme === scheme", arg=scheme
                )
                if faults := barriers(page, rules):
                    found[f"{path} {width} {scheme}"] = faults
            # The next page is loaded in the colours of this one.
            schemes.reverse()
            schemes[:] = [(schemes[0][0], None), (schemes[1][0], COLOURS)]

    schemes: list[tuple[Any, list[str] | None]] = [("light", None), ("dark", COLOURS)]
    examine("/login")
    log_in_in_any_language(page)
    for path in PAGES[1:]:
        examine(path)
    for path in shown_secrets(page, studio, f"{language}-{widths[0]}"):
        look(path)
    context.close()
    assert found == {}


def test_all_ticks_are_there_after_going_back(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.address}/sites/kiosk/banner/known-services")
    boxes = page.locator("input[name=service]")
    every = boxes.count()
    page.evaluate(
        "document.querySelectorAll('input[name=service]').forEach((box) => { box.checked = true; });"
        "document.querySelector('input[name=service]').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    page.locator(".save-bar button").click()
    expect(page.get_by_role("button", name=f"Add {every} services to the draft")).to_be_visible()
    page.go_back()
    expect(page.locator("input[name=service]:checked")).to_have_count(every)


def test_two_drafts_are_chosen_by_keyboard_and_started_together(page: Page, studio: Studio) -> None:
    with studio.app.app_context():
        shed = make_site("boden", "Boden")
        make_publishable(shed)
        with transaction():
            sites.publish(shed.id, note="", by="tests", now=clock.now() - timedelta(days=9))
            _count(shed)
        earlier = copy.deepcopy(sites.draft(shed.id).document)
        earlier["texts"]["nb"]["title"] = "Kan vi telle?"
        with transaction():
            sites.save_draft(shed.id, earlier, by="ola@example.no", now=clock.now() - timedelta(hours=1))
    page.goto(f"{studio.address}/sites/boden/banner/texts")
    page.get_by_label("Title, norsk bokmål").first.fill("Er det greit?")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text("Saved in the draft.")
    page.goto(f"{studio.address}/sites/boden/experiment")
    first = page.get_by_label("Variant A", exact=True)
    expect(first.locator("option:checked")).to_contain_text("Version 1, published now, since")
    first.focus()
    page.keyboard.type("Draft saved")
    expect(first.locator("option:checked")).to_contain_text("by ola@example.no")
    page.get_by_role("button", name="Show what it would find").press("Enter")
    expect(
        page.get_by_text("Variant A as version 2 and, at the same time, variant B as version 3.")
    ).to_be_visible()
    expect(page.get_by_text("nobody is asked again")).to_be_visible()
    for variant, heading in (
        ("Variant A, the draft as saved", "Kan vi telle?"),
        ("Variant B, the draft", "Er det greit?"),
    ):
        frame = page.locator(f'iframe[title^="{variant}"]')
        frame.scroll_into_view_if_needed()
        expect(frame.content_frame.locator("#samtykke")).to_contain_text(heading)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Start, at most 28 days").press("Enter")
    expect(page.get_by_role("heading", name="Experiment 1 is running")).to_be_visible()
    expect(page.get_by_role("region", name="Variant A, version 2")).to_be_visible()
    script = page.request.get(studio.address.removesuffix("/studio") + "/w/boden.js").text()
    assert all(heading in script for heading in ("Kan vi telle?", "Er det greit?"))
