"""A scan as a file to read, print and attach."""

import re
from dataclasses import replace

import pytest
from lxml import html as parser

from server.core.plain_text import unseen
from server.scanner.reports import html
from tests.scanner.reports import scans

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def words(element: parser.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def document(report: object, pictures: dict[str, bytes] | None = None) -> parser.HtmlElement:
    made = html.page(report, pictures or {})  # type: ignore[arg-type]
    return parser.document_fromstring(made.decode())


def test_a_reader_sees_what_was_asked_what_it_means_and_what_was_found() -> None:
    page = document(scans.shop())
    assert [words(each) for each in page.iter("h2")] == [
        "What this says, and what it cannot say",
        "Summary",
        "Findings",
        "By page",
        "By service",
        "Not observed, or not whole",
    ]
    assert words(page.find(".//h1")) == "What was seen on shop.example"
    said = words(page)
    assert "2026-11-22 12:00 UTC to 2026-11-22 12:03 UTC" in said
    assert "Held against the published banner of the site shop." in said
    assert "2 pages visited, 1 page could not be visited, 2 more pages found and not asked for." in said
    assert "not whether that is lawful" in said


def test_a_finding_shows_its_evidence_and_the_line_to_change() -> None:
    page = document(scans.shop())
    first = page.get_element_by_id("finding-1")
    assert words(first.find("h4")) == "fault: Stats was requested before an answer"
    assert [words(each) for each in first.iter("del", "ins")] == [
        f"- {scans.TAG}",
        '+ <script type="text/plain" data-consent="statistics" src="https://stats.example/s.js">',
    ]
    cells = [words(each) for each in first.iter("td")]
    assert cells == [
        "https://shop.example/",
        "no answer",
        "before an answer, 0.3 s after the page was asked for",
        "https://stats.example/s.js",
        f"{scans.TAG} https://shop.example/:12",
    ]
    assert "In https://shop.example/, line 12:" in words(first)
    second = page.get_element_by_id("finding-2")
    assert "https://shop.example/" in [words(each) for each in second.iter("p")]
    assert "In the banner document:" in words(second)
    assert len(list(second.iter("ins"))) == 2


def test_everything_that_was_seen_stands_at_its_service() -> None:
    page = document(scans.shop())
    section = page.get_element_by_id("services").getparent()
    assert [words(each) for each in section.iter("h3")] == ["Stats (statistics)", "The website itself"]
    rows = [[words(cell) for cell in row.iter("td")] for row in section.iter("tr")]
    assert [
        "_st cookie",
        "shop.example",
        "before an answer; 2 pages",
        "2 years",
        "",
        "by the name _st: the catalog of services (certain)",
    ] in rows


def test_a_page_leads_to_its_findings_and_one_that_was_not_visited_says_why() -> None:
    page = document(scans.shop())
    rows = page.get_element_by_id("pages").getparent().findall(".//tbody/tr")
    assert [[link.get("href") for link in row.findall("td//a")] for row in rows] == [
        ["#finding-1", "#finding-2"],
        [],
        [],
    ]
    assert "https://shop.example/slow: it took too long" in words(
        page.get_element_by_id("unobserved").getparent()
    )


def test_pages_stand_in_the_order_in_which_they_are_found_and_not_visited() -> None:
    made = scans.shop()
    turned = replace(made, crawl=replace(made.crawl, pages=made.crawl.pages[::-1]))
    assert html.page(turned, {}) == html.page(made, {})


def test_pictures_are_in_the_file_each_once() -> None:
    page = document(scans.shop(), {"a.jpg": JPEG, "b.jpg": PNG, "c.jpg": JPEG})
    pictures = [each.get("src").partition(",")[0] for each in page.iter("img")]
    assert pictures == ["data:image/jpeg;base64", "data:image/png;base64"]
    assert [link.get("href") for link in page.get_element_by_id("finding-1").findall(".//p/a")][
        -1
    ] == "#picture-1"
    assert page.get_element_by_id("picture-1") is not None


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"", JPEG + b"\0" * html.PICTURE_BYTES])
def test_what_is_no_picture_or_too_large_is_left_out(content: bytes) -> None:
    assert list(document(scans.shop(), {"a.jpg": content}).iter("img")) == []


def test_pictures_end_where_the_file_would_become_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "PICTURES_BYTES", len(JPEG) + 1)
    assert len(list(document(scans.shop(), {"a.jpg": JPEG, "b.jpg": JPEG}).iter("img"))) == 1


def test_a_clean_scan_says_so() -> None:
    said = words(document(scans.clean()))
    assert "None. That says what was seen on these pages, and not more." in said
    assert "Every page that was asked for was observed whole." in said


def test_nothing_that_a_page_is_called_runs_or_becomes_an_element() -> None:
    ours, theirs = document(scans.shop()), document(scans.hostile())
    assert {each.tag for each in theirs.iter("*")} <= {each.tag for each in ours.iter("*")} | {"br"}
    for each in theirs.iter("*"):
        assert [name for name in each.attrib if name.startswith("on")] == []
        for name in ("href", "src"):
            assert each.get(name, "#").startswith(("#", "https://", "http://")), each.get(name)
    said = theirs.text_content()
    for name in scans.HOSTILE:
        if name.isprintable():
            assert name in said


def test_nothing_is_loaded_and_nothing_runs() -> None:
    made = html.page(scans.shop(), {"a.jpg": JPEG}).decode()
    page = parser.document_fromstring(made)
    assert list(page.iter("script", "link", "iframe", "object", "form")) == []
    assert "url(" not in made
    assert "@import" not in made
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy.get("content") == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_what_cannot_be_seen_is_written_out_and_names_turn_nothing_around_them() -> None:
    made = html.page(scans.hostile(), {}).decode()
    assert unseen(re.sub(r"[\n\t]", "", made)) is None
    page = parser.document_fromstring(made)
    section = page.get_element_by_id("services").getparent()
    hebrew = [each for each in section.iter("*") if (each.text or "").strip() == scans.HOSTILE[5]]
    assert hebrew
    assert {each.tag for each in hebrew} == {"bdi"}


def test_very_many_findings_and_entries_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_FINDINGS", 2)
    monkeypatch.setattr(html, "MOST_ENTRIES", 1)
    monkeypatch.setattr(html, "MOST_GROUPS", 1)
    page = document(scans.shop())
    assert len(page.find_class("finding")) == 2
    said = words(page)
    assert "1 more are in the report as JSON." in said
    assert "1 more service in the report as JSON." in said
