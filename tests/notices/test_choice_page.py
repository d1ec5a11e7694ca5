"""A visitor sees, keeps and erases what this browser has decided, by a secret that nobody else ever gets."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import current_app
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from server.consents.receipts import verify
from server.core.db import transaction
from server.ledger import jobs
from server.ledger.service import reading
from server.sites import service as sites
from tests.chromium import AXE
from tests.conftest import PUBLIC_URL
from tests.consents.shops import ORIGIN, PUBLISHED, Shop, document, open_shop, sent
from tests.serving import Served, serving

SECRET = "c2VjcmV0LW9mLWEtYnJvdw"
"""What one browser has; two decisions are stored under it."""

LEAVER = "bGVhdmVyLW9mLXRoZS1zaA"
"""What another browser has, which erases everything."""


def furnish() -> None:
    shop = open_shop(current_app.test_client())
    for visitor in (SECRET, LEAVER):
        decide(shop, visitor=visitor)
    publish(shop, phone="+47 22 00 00 00")
    decide(shop, visitor=SECRET, version=2, action="accept_all", services=None, choices=all_yes())
    jobs.sequence()


def decide(shop: Shop, **changes: object) -> None:
    answer = shop.post(sent(**changes))
    assert answer.status_code == 201, answer.json


def all_yes() -> dict[str, bool]:
    return dict.fromkeys(("functional", "statistics", "advertising"), True)


def publish(shop: Shop, *, phone: str = "", url: str = "", names: dict[str, str] | None = None) -> int:
    """The next version, whose controller has a telephone number or a page, and a category other names."""
    made = copy.deepcopy(document())
    made["controller"]["contacts"] |= {"phone": phone, "url": url}
    for category in made["categories"]:
        if names and category["key"] == "statistics":
            category["names"] = category["names"] | names
    with transaction():
        sites.save_draft(shop.site.id, made, by="test", now=PUBLISHED)
        return sites.publish(shop.site.id, note="", by="test", now=PUBLISHED).number


# --- over HTTP ---------------------------------------------------------------------------------------------


def way_back(shop: Shop, query: str = "", referrer: str = "") -> str:
    headers = {"Referer": referrer} if referrer else {}
    answer = shop.client.get(f"/s/butikk/my-choice?lang=en{query}", headers=headers)
    assert answer.status_code == 200
    (found,) = {*re.findall(r'href="([^"]*)#samtykke-settings"', answer.text)}
    return str(found)


@pytest.fixture
def shop(client: FlaskClient) -> Shop:
    return open_shop(client)


@pytest.mark.parametrize(
    ("referrer", "address"),
    [
        ("", ORIGIN + "/"),
        (ORIGIN + "/", ORIGIN + "/"),
        ("http://butikk.example.no:8080/sko?farge=rød#x", "http://butikk.example.no:8080/sko"),
        ("https://evil.example.no/", ORIGIN + "/"),
        ("https://butikk.example.no.evil.example/", ORIGIN + "/"),
        ("https://user@butikk.example.no/", ORIGIN + "/"),
        ("javascript:alert(1)//butikk.example.no", ORIGIN + "/"),
        ("https://[", ORIGIN + "/"),
        (PUBLIC_URL + "/s/butikk/notice", ORIGIN + "/"),
    ],
)
def test_the_page_leads_back_to_the_page_of_the_site_that_the_visitor_came_from(
    shop: Shop, referrer: str, address: str
) -> None:
    assert way_back(shop, referrer=referrer.replace("ø", "%C3%B8")) == address


def test_the_way_back_can_be_named_or_is_the_controllers_page(shop: Shop) -> None:
    with transaction():
        sites.set_domains(shop.site.id, ["*.butikk.example.no", "butikk.example.no", "butikk.example.se"])
    assert way_back(shop, "&from=https://butikk.example.se") == "https://butikk.example.se/"
    assert way_back(shop, "&from=https://evil.example.no", ORIGIN) == ORIGIN + "/"
    assert way_back(shop) == ORIGIN + "/"
    publish(shop, url="https://www.butikk.example.no/personvern")
    assert way_back(shop) == "https://www.butikk.example.no/personvern"
    publish(shop, url="https://konsernet.example.no/")
    assert way_back(shop) == ORIGIN + "/"


def test_the_page_may_be_kept_by_no_cache_for_another_way_back(shop: Shop) -> None:
    answer = shop.client.get("/s/butikk/my-choice")
    assert {"Referer", "Accept-Language"} <= {each.strip() for each in answer.headers["Vary"].split(",")}
    assert answer.headers["Cache-Control"] == "no-cache"
    again = shop.client.get("/s/butikk/my-choice", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_scripts_of_the_page_are_files(shop: Shop) -> None:
    answer = shop.client.get("/s/butikk/my-choice")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))|\son[a-z]+=|\sstyle=", answer.text)


def test_a_site_without_a_banner_has_no_page(client: FlaskClient) -> None:
    with transaction():
        sites.create("kiosk", "Kiosk", ["kiosk.example.no"], by="test", now=PUBLISHED)
    assert client.get("/s/kiosk/my-choice").status_code == 404
    assert client.get("/s/nobody/my-choice").status_code == 404
    assert client.get("/s/kiosk/my-choice/versions/1.json").get_json()["reason"] == "version_unknown"


def test_what_a_decision_was_about_is_named_as_it_was_then(shop: Shop) -> None:
    number = publish(shop, phone="+47 22 00 00 00", names={"nb": "Telling"})
    before, after = (
        shop.client.get(f"/s/butikk/my-choice/versions/{each}.json?lang=nb").get_json()
        for each in (1, number)
    )
    assert [each["name"] for each in before["categories"]][2] == "Statistikk"
    assert [each["name"] for each in after["categories"]][2] == "Telling"
    assert before["categories"][0] == {"key": "necessary", "name": "Nødvendige", "necessary": True}
    assert (before["forms"], after["forms"]) == (["iso27560"], ["iso27560", "kantara"])
    assert before["services"]["chat"] == {"name": "Chat", "category": "functional"}
    assert shop.client.get(before["notice"].removeprefix(PUBLIC_URL)).status_code == 200
    assert shop.client.get("/s/butikk/my-choice/versions/0.json").status_code == 404
    assert shop.client.get(f"/s/butikk/my-choice/versions/{10**12}.json").status_code == 404


# --- in a browser ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("choice")) as started:
        with started.app.app_context():
            furnish()
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="en-GB", timezone_id="Europe/Oslo")
    yield made
    made.close()


def opened(context: BrowserContext, served: Served, secret: str = "", query: str = "?lang=en") -> Page:
    page = context.new_page()
    page.goto(f"{served.address}/s/butikk/my-choice{query}" + (f"#{secret}" if secret else ""))
    return page


def heading(page: Page, name: str) -> Any:
    return page.get_by_role("heading", name=name, exact=True)


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as started:
        page.get_by_role("button", name=button).first.click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def axe(page: Page) -> list[str]:
    """Barriers on the page as it is."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((found) => found.violations)")
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]


@pytest.mark.browser
def test_a_visitor_reads_and_keeps_what_is_stored(context: BrowserContext, served: Served) -> None:
    page = opened(context, served, SECRET)
    expect(heading(page, "Your answer now")).to_be_visible()
    now = page.locator("#now .answers")
    assert re.sub(r"\s+", " ", now.inner_text()) == (
        "Necessary always on Functional yes Statistics yes Advertising yes"
    )
    expect(page.locator("#now .facts")).to_contain_text("Accepted all")
    earlier = page.locator("#earlier details")
    expect(earlier).to_have_count(1)
    earlier.locator("summary").click()
    expect(earlier.locator(".answers li:nth-child(2)")).to_have_text("Functionalyes")
    expect(earlier.locator(".answers li:nth-child(3)")).to_have_text("Chatno")
    expect(earlier.get_by_role("link", name="version 1")).to_be_visible()
    assert earlier.get_by_role("button").all_inner_texts() == ["Receipt with proof", "ISO/IEC TS 27560"]
    assert axe(page) == []

    name, receipt = downloaded(page, "Receipt with proof")
    with served.app.app_context():
        proved = verify(receipt, reading.keys())
    assert name == f"samtykke-{proved.record['cid']}.json"
    assert proved.record["action"] == "accept_all"
    assert json.loads(downloaded(page, "ISO/IEC TS 27560")[1])["@type"] == "dpv:ConsentReceipt"
    assert json.loads(downloaded(page, "Kantara")[1])["version"] == "KI-CR-v1.1.0"
    name, everything = downloaded(page, "Download everything")
    assert name == "samtykke-butikk.json"
    assert [each["action"] for each in json.loads(everything)["records"]] == ["accept_all", "save"]
    page.get_by_role("link", name="version 2").click()
    expect(page.get_by_role("main")).to_be_visible()
    assert page.url.endswith("/notice/versions/2?lang=en")


@pytest.mark.browser
def test_the_secret_is_in_no_request_but_its_header_and_stays_nowhere(
    context: BrowserContext, served: Served
) -> None:
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    context.on("request", note)
    page = opened(context, served, SECRET)
    expect(heading(page, "Your answer now")).to_be_visible()
    assert page.url == f"{served.address}/s/butikk/my-choice?lang=en"
    downloaded(page, "Receipt with proof")
    page.get_by_role("link", name="Norsk bokmål").click()
    expect(heading(page, "Slik er svaret ditt nå")).to_be_visible()
    assert SECRET not in page.url
    assert "from=" in page.url

    assert SECRET not in page.content()
    assert page.evaluate(
        "[...Object.values(localStorage), ...Object.values(sessionStorage), document.cookie]"
    ) == [""]
    assert page.evaluate("history.state") is None
    shown = [each for each in requests if SECRET in json.dumps(each.all_headers())]
    assert {each.url.split("/me")[0] for each in shown} == {f"{served.address}/api/v1/sites/butikk"}
    assert all(
        [name for name, value in each.all_headers().items() if SECRET in value] == ["authorization"]
        for each in shown
    )
    # The address of a page has its fragment in what Playwright reports, but not in what is sent.
    assert [line for line in served.lines if SECRET in line] == []
    page.reload()
    expect(heading(page, "Slik ser du svaret ditt")).to_be_visible()


@pytest.mark.browser
def test_a_visitor_erases_everything_after_a_question(context: BrowserContext, served: Served) -> None:
    page = opened(context, served, LEAVER)
    page.get_by_role("button", name="Erase everything").click()
    question = page.get_by_role("dialog", name="Erase everything that is stored about this browser?")
    expect(question).to_be_visible()
    expect(question).to_contain_text(
        "the browser remembers the answer until you have been to butikk.example.no"
    )
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(page.get_by_role("button", name="Erase everything")).to_be_focused()
    page.keyboard.press("Enter")
    context.set_offline(True)
    question.get_by_role("button", name="Erase everything").click()
    expect(question.get_by_role("alert")).to_contain_text("Nothing was erased")
    context.set_offline(False)
    question.get_by_role("button", name="Erase everything").click()
    expect(heading(page, "One step left")).to_be_visible()
    expect(page.locator("#erased p").first).to_contain_text("Your browser still remembers your answer")
    expect(page.locator("#erased")).to_contain_text("One answer was erased at Butikken AS.")
    expect(page.locator("#stored")).to_be_hidden()
    forget = page.get_by_role("link", name="Take the last step at butikk.example.no")
    assert forget.get_attribute("href") == f"{ORIGIN}/#samtykke-forget"
    assert axe(page) == []
    again = opened(context, served, LEAVER)
    expect(heading(again, "Nothing is stored")).to_be_visible()


@pytest.mark.browser
def test_a_visitor_who_has_nothing_to_show_is_helped_on(context: BrowserContext, served: Served) -> None:
    page = opened(context, served)
    expect(heading(page, "How to see your answer")).to_be_visible()
    link = page.get_by_role("link", name="Open the settings at butikk.example.no").first
    assert link.get_attribute("href") == f"{ORIGIN}/#samtykke-settings"
    assert axe(page) == []
    # A link from the site, followed while the page is open.
    page.evaluate(f"location.hash = '{SECRET}'")
    expect(heading(page, "Your answer now")).to_be_visible()
    for unknown in ("A" * 22, "A" * 21 + "B"):
        expect(heading(opened(context, served, unknown), "Nothing is stored")).to_be_visible()


@pytest.mark.browser
def test_a_server_that_is_away_is_named_and_can_be_asked_again(
    context: BrowserContext, served: Served
) -> None:
    context.route("**/me", lambda route: route.abort())
    page = opened(context, served, SECRET)
    expect(heading(page, "We could not fetch it")).to_be_visible()
    expect(page.get_by_text("The server did not answer.")).to_be_visible()
    context.unroute("**/me")
    busy = {"code": 429, "reason": "rate_limited", "message": "", "status": ""}
    context.route("**/me", lambda route: route.fulfill(status=429, json=busy, headers={"Retry-After": "7"}))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Try again in 7 seconds.")).to_be_visible()
    assert axe(page) == []
    context.unroute("**/me")
    page.get_by_role("button", name="Try again").click()
    expect(heading(page, "Your answer now")).to_be_visible()
    pending = {**busy, "code": 503, "reason": "receipt_pending"}
    context.route(
        "**/receipts/*",
        lambda route: route.fulfill(status=503, json=pending, headers={"Retry-After": "6"}),
    )
    page.get_by_role("button", name="Receipt with proof").first.click()
    expect(page.get_by_text("The proof is not ready yet. Try again in 6 seconds.")).to_be_visible()


@pytest.mark.browser
def test_without_scripts_the_page_says_why_it_needs_them(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = opened(context, served, SECRET, "?lang=nb")
    expect(page.locator("noscript p")).to_contain_text("Siden trenger skript")
    expect(page.locator("#stored")).to_be_hidden()
    expect(page.get_by_role("link", name="Åpne innstillingene på butikk.example.no").first).to_be_visible()
    context.close()
