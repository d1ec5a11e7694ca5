"""A scan from what is wanted to its report; pages are visited by a stand-in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from server.core.addresses import FetchFault
from server.core.errors import Invalid
from server.core.guarded_fetch import Answer
from server.scanner import scanning
from server.scanner.crawl.job import Job
from server.scanner.crawl.running import NotPossible, Progress
from server.scanner.observations import Crawl, Page, Request, Stored, Tool, Visit
from server.scanner.reports.report import Report
from server.scanner.scanning import NOT_GIVEN, Held, Wanted
from server.sites import service as sites
from server.sites.document_types import Document
from tests.scanner.reports import scans

SHOP = "https://shop.example/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

GOOGLE = Request(
    "https://www.google-analytics.com/g/collect",
    "www.google-analytics.com",
    "beacon",
    third_party=True,
    phase="before",
    at=700,
)
CART = Stored("butikk_cart", "cookie", "shop.example", third_party=False, phase="before")

CONSENT = Tool("samtykke", shown=True, site="butikk", server="https://consent.example")


class Browser:
    """Visits one page as it was told that it is, and keeps what it was asked for."""

    def __init__(self, *visits: Visit, fault: Exception | None = None) -> None:
        self.visits = visits or (Visit("none", requests=(GOOGLE,), stored=(CART,)),)
        self.fault = fault
        self.job: Job | None = None
        self.state: Path | None = None

    def __call__(
        self,
        job: Job,
        *,
        now: Callable[[], datetime],
        progress: Callable[[Progress], None],
        state: Path | None,
    ) -> Crawl:
        self.job, self.state = job, state
        if self.fault:
            raise self.fault
        progress(Progress(1, 2, ()))
        time = now().isoformat()
        return Crawl(
            job.start, time, time, "Chromium 142", (Page(job.start, "start", self.visits),), whole=True
        )


class Web:
    """What is at some addresses; nothing anywhere else."""

    def __init__(self, answers: Mapping[str, bytes] = MappingProxyType({}), status: int = 200) -> None:
        self.answers = answers
        self.status = status
        self.asked: list[str] = []

    def __call__(self, url: str) -> Answer:
        self.asked.append(url)
        if url not in self.answers:
            raise FetchFault("connection_failed", f"{url} cannot be reached")
        return Answer(self.status, {"content-type": "text/html"}, self.answers[url], complete=True)


def scanned(
    wanted: Wanted | None = None,
    held: Held = NOT_GIVEN,
    *,
    browser: Browser | None = None,
    web: Web | None = None,
) -> Report:
    return scanning.scan(
        wanted or Wanted(SHOP),
        held,
        get=web or Web(),
        now=lambda: NOW,
        progress=lambda _done, _found: None,
        crawl=browser or Browser(),
    )


def document() -> Document:
    """A banner that declares a cookie of the shop's own, and nothing else."""
    made = sites.default_document("en", name="Shop")
    service = {
        "key": "shop",
        "name": "Shop",
        "category": "necessary",
        "necessary_reason": {"en": "The basket."},
        "cookies": [{"name": "butikk_cart", "kind": "cookie", "lifetime": "session"}],
    }
    return sites.validate({**made, "services": [service]})


def published(*services: Mapping[str, object], key: str = "statistics") -> bytes:
    """What `cookies.json` answers."""
    categories = [
        {"key": "necessary", "necessary": True, "services": []},
        {"key": key, "necessary": False, "services": list(services)},
    ]
    return json.dumps({"categories": categories}).encode()


ANALYTICS = {
    "key": "google_analytics",
    "name": "Google Analytics",
    "catalog": "google_analytics",
    "hosts": ["www.google-analytics.com"],
    "facts": [],
    "cookies": [],
}

COOKIES = "https://consent.example/s/butikk/cookies.json"


def kinds_of(report: Report) -> set[tuple[str, str]]:
    return {(each.finding.kind, each.finding.subject) for each in report.findings}


def test_a_scan_has_what_was_seen_what_that_means_and_the_version_that_says_so() -> None:
    report = scanned()
    assert ("before-consent", "google_analytics") in kinds_of(report)
    assert report.summary.pages == 1
    assert "Google Analytics" in [group.name for group in report.groups]
    assert report.version
    assert all(each.title and each.finding for each in report.findings)


def test_without_a_declaration_the_report_says_why_there_is_none() -> None:
    report = scanned()
    assert (report.declaration.source, report.declaration.fault) == (
        "none",
        "no page has a script tag that names one",
    )
    assert "undeclared" not in {kind for kind, _ in kinds_of(report)}


def test_the_declaration_of_a_website_with_our_script_is_read_from_its_server() -> None:
    web = Web({COOKIES: published(ANALYTICS)})
    report = scanned(browser=Browser(Visit("none", tools=(CONSENT,), stored=(CART,))), web=web)
    assert web.asked == [COOKIES]
    assert (report.declaration.source, report.declaration.name) == ("website", COOKIES)
    assert ("undeclared", "butikk_cart") in kinds_of(report)


@pytest.mark.parametrize(
    ("web", "fault"),
    [
        (Web(), f"{COOKIES} cannot be reached"),
        (Web({COOKIES: b"{}"}, status=404), f"{COOKIES} answered 404"),
        (Web({COOKIES: b"<html>"}), f"{COOKIES} is no declaration that is understood here"),
        (Web({COOKIES: b'{"categories": 1}'}), f"{COOKIES} is no declaration that is understood here"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_said_to_be_none(web: Web, fault: str) -> None:
    report = scanned(browser=Browser(Visit("none", tools=(CONSENT,))), web=web)
    assert (report.declaration.source, report.declaration.fault) == ("none", fault)


def test_a_page_cannot_choose_another_address_by_the_name_of_its_site() -> None:
    web = Web()
    tool = replace(CONSENT, site="../../admin?x=")
    scanned(browser=Browser(Visit("none", tools=(tool,))), web=web)
    assert web.asked == ["https://consent.example/s/..%2F..%2Fadmin%3Fx%3D/cookies.json"]


def test_a_declaration_that_was_given_is_the_one_and_nothing_is_asked_for_another() -> None:
    web = Web()
    held = scanning.of_site("butikk", document(), published=False)
    report = scanned(held=held, browser=Browser(Visit("none", tools=(CONSENT,), stored=(CART,))), web=web)
    assert (report.declaration.source, web.asked) == ("draft", [])
    assert ("undeclared", "butikk_cart") not in kinds_of(report)


@pytest.mark.parametrize("value", [document(), json.loads(published(ANALYTICS))])
def test_a_file_is_a_banner_document_or_a_published_declaration(value: object) -> None:
    held = scanning.of_file("banner.json", value)
    assert held.declared is not None
    assert [each.key for each in held.declared.services] in (["shop"], ["google_analytics"])
    assert (held.declaration.source, held.declaration.name) == ("file", "banner.json")


@pytest.mark.parametrize("value", [{"services": 1}, {"categories": {}}, [], None, "x"])
def test_a_file_that_is_neither_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        scanning.of_file("banner.json", value)


def test_the_browser_is_asked_for_what_is_wanted(tmp_path: Path) -> None:
    browser = Browser()
    scanned(
        Wanted(
            SHOP,
            wait=2,
            robots=False,
            login=Path("state.json"),
            pictures=tmp_path,
            state=tmp_path / "state",
        ),
        browser=browser,
    )
    asked = browser.job
    assert asked is not None
    assert (asked.pages, asked.follow, asked.wait, asked.first_wait, asked.robots) == (20, True, 2, 8, False)
    assert asked.storage_state == str(Path("state.json").absolute())
    assert (asked.pictures, browser.state) == (str(tmp_path), tmp_path / "state")
    assert asked.allow_private
    assert asked.categories == ()


def test_pages_of_a_list_are_visited_and_no_others() -> None:
    browser = Browser()
    scanned(Wanted(SHOP, listed=("/about", "https://shop.example/cart", SHOP)), browser=browser)
    asked = browser.job
    assert asked is not None
    assert asked.listed == ("https://shop.example/about", "https://shop.example/cart", SHOP)
    assert (asked.follow, asked.pages) == (False, 3)


def test_more_pages_have_more_time() -> None:
    assert scanning.job(Wanted(SHOP, pages=20), ()).seconds == Job.seconds
    assert scanning.job(Wanted(SHOP, pages=1_000), ()).seconds == 60_000


def test_each_category_is_tried_alone_by_the_declaration_that_was_given() -> None:
    browser = Browser()
    scanned(
        Wanted(SHOP, each_category=True),
        scanning.of_file("x", json.loads(published(ANALYTICS))),
        browser=browser,
    )
    assert browser.job is not None
    assert browser.job.categories == ("statistics",)


def test_or_by_the_one_that_the_script_tag_of_the_first_page_leads_to() -> None:
    browser = Browser()
    tag = b'<script src="https://consent.example/w/butikk.0123abcd.js"></script>'
    web = Web({SHOP: b"<head><script src=/app.js></script>" + tag, COOKIES: published(ANALYTICS, key="own")})
    report = scanned(Wanted(SHOP, each_category=True), browser=browser, web=web)
    assert browser.job is not None
    assert browser.job.categories == ("own",)
    assert report.declaration.source == "website"


@pytest.mark.parametrize("page", [{}, {SHOP: b"<script src=/w/x.css></script>"}])
def test_else_nobody_knows_which_there_are(page: dict[str, bytes]) -> None:
    browser = Browser()
    with pytest.raises(Invalid, match="which categories there are is not known"):
        scanned(Wanted(SHOP, each_category=True), browser=browser, web=Web(page))
    assert browser.job is None


@pytest.mark.parametrize("fault", [NotPossible("install Chromium."), ValueError("install Chromium")])
def test_what_is_missing_is_one_sentence(fault: Exception) -> None:
    with pytest.raises(Invalid, match=r"^install Chromium$"):
        scanned(browser=Browser(fault=fault))


def test_kinds_are_named_with_commas_and_an_unknown_one_is_told_the_others() -> None:
    assert scanning.kinds("undeclared, before-consent,") == {"undeclared", "before-consent"}
    for wrong in ("", " , ", "undeclared,before"):
        with pytest.raises(ValueError, match="there are before-consent, after-refusal, "):
            scanning.kinds(wrong)


def test_a_finding_fails_a_scan_if_its_kind_is_named_and_it_weighs_enough() -> None:
    report, named = scans.shop(), {"before-consent", "undeclared", "not-observed"}
    failing = [
        [each.finding.kind for each in scanning.failing(report, named, least)]
        for least in ("note", "warning", "fault")
    ]
    assert failing == [
        ["before-consent", "undeclared", "not-observed"],
        ["before-consent", "undeclared"],
        ["before-consent"],
    ]
    assert scanning.failing(report, {"lifetime"}, "note") == ()


@pytest.fixture
def pictured(tmp_path: Path) -> tuple[Report, Path]:
    names = ("a.jpg", "../b.jpg", "/etc/passwd", "", "c.jpg", "gone.jpg")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for file in (folder / "a.jpg", tmp_path / "b.jpg"):
        file.write_bytes(b"\xff\xd8\xff" + file.name.encode())
    (folder / "c.jpg").write_bytes(b"\xff\xd8\xff" + b"c" * 2_000_000)
    return scanned(browser=Browser(Visit("none", pictures=names))), folder


def test_pictures_come_from_their_folder_alone(pictured: tuple[Report, Path]) -> None:
    report, folder = pictured
    assert scanning.as_html(report, folder).count(b"<img") == 1
    assert scanning.as_html(report, None).count(b"<img") == 0


def test_every_form_tells_the_same_findings() -> None:
    report = scanned()
    subjects = [each.finding.subject for each in report.findings]
    made = scanning.as_json(report)
    assert isinstance(made["findings"], list)
    assert [each["subject"] for each in made["findings"]] == subjects
    results = json.loads(scanning.as_sarif(report))["runs"][0]["results"]
    assert [each["properties"]["subject"] for each in results] == subjects
    assert scanning.as_html(report, None).count(b"<article") == len(subjects)
    assert len([line for line in scanning.as_text(report) if line.startswith("  ")]) == len(subjects)
