"""Which pages of a website are found, and in which order they are visited."""

import gzip

import pytest

from server.scanner.crawl.job import FoundPage
from server.scanner.crawl.site_pages import Frontier, robots, sitemap

START = "https://shop.example/"


def order(frontier: Frontier) -> list[str]:
    """The pages that are given, in their order."""
    given = []
    while page := frontier.next():
        given.append(page.url)
    return given


def test_pages_come_by_how_they_were_found() -> None:
    frontier = Frontier(START, 10)
    frontier.add(["/from-sitemap"], "sitemap", START)
    frontier.add(["/linked"], "link", START)
    frontier.add(["/nn/"], "alternate", START)
    frontier.add(["https://shop.example/listed"], "list", START)
    frontier.add([START], "start", START)

    paths = ["", "listed", "nn/", "linked", "from-sitemap"]
    assert order(frontier) == [f"https://shop.example/{path}" for path in paths]


def test_no_more_pages_are_given_than_were_asked_for() -> None:
    """Also of a calendar whose every page links to the next month."""
    frontier = Frontier(START, 3)
    frontier.add([f"/calendar?month={month}" for month in range(1_000)], "link", START)

    assert len(order(frontier)) == 3
    assert frontier.left == 997
    assert frontier.is_full


@pytest.mark.parametrize(
    "twin",
    [
        "https://shop.example/a#part",
        "https://SHOP.example/a",
        "https://shop.example:443/a",
        "https://shop.example/a/",
        "http://shop.example/a",
        "https://www.shop.example/a",
        " /a ",
        "./b/../a",
    ],
)
def test_a_page_is_visited_once_however_it_is_written(twin: str) -> None:
    frontier = Frontier(START, 10)
    frontier.add(["/a"], "link", START)

    assert frontier.add([twin], "link", START) == []


@pytest.mark.parametrize("other", ["/b", "/a?x=1", "/A"])
def test_another_page_is_another_page(other: str) -> None:
    frontier = Frontier(START, 10)
    frontier.add(["/a"], "link", START)

    assert len(frontier.add([other], "link", START)) == 1


@pytest.mark.parametrize(
    "stranger",
    [
        "https://elsewhere.example/",
        "https://shop.example.evil.example/",
        "https://notshop.example/",
        "mailto:kari@shop.example",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "view-source:https://shop.example/",
        "chrome://version",
        "https://kari:secret@shop.example/",
        "https://shop.example:99999/",
        "https://[half/",
        "/catalogue.PDF",
        "/photo.jpg?size=2",
        "/" + "x" * 2_100,
    ],
)
def test_what_is_no_page_of_the_website_is_left_out(stranger: str) -> None:
    assert Frontier(START, 10).add([stranger], "link", START) == []


@pytest.mark.parametrize("sibling", ["https://www.shop.example/", "https://help.shop.example/"])
def test_hosts_below_that_of_the_start_belong_to_it(sibling: str) -> None:
    assert len(Frontier("https://shop.example/", 10).add([sibling + "x"], "link", START)) == 1


def test_a_host_beside_that_of_the_start_does_not_belong_to_it() -> None:
    """As of two customers of one provider of websites."""
    assert (
        Frontier("https://shop.pages.example/", 10).add(["https://other.pages.example/"], "link", START) == []
    )


def test_what_is_listed_may_be_elsewhere() -> None:
    assert len(Frontier(START, 10).add(["https://campaign.example/"], "list", START)) == 1


def test_what_was_visited_before_counts_and_is_not_visited_again() -> None:
    frontier = Frontier(START, 3)
    frontier.add([START], "start", START)
    frontier.again([FoundPage(f"{START}{name}", "link") for name in "abcd"])
    frontier.skip([START, f"{START}b"])

    assert order(frontier) == [f"{START}a"]
    assert frontier.left == 2


SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc> https://shop.example/a </loc><lastmod>2026-01-01</lastmod></url>
<url><loc>/b</loc></url></urlset>"""

INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://shop.example/one.xml</loc></sitemap></sitemapindex>"""


@pytest.mark.parametrize("packed", [False, True])
def test_a_sitemap_names_pages(packed: bool) -> None:
    body = gzip.compress(SITEMAP.encode()) if packed else SITEMAP.encode()

    assert sitemap(body, START) == (("https://shop.example/a", "https://shop.example/b"), ())


def test_an_index_names_sitemaps() -> None:
    assert sitemap(INDEX.encode(), START) == ((), ("https://shop.example/one.xml",))


def test_a_sitemap_may_be_lines_of_text() -> None:
    assert sitemap(b"https://shop.example/a\nhttps://shop.example/b\n", START)[0] == (
        "https://shop.example/a",
        "https://shop.example/b",
    )


BOMB = gzip.compress(b"<urlset>" + b" " * 100_000_000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><p>not found",
        b"\x1f\x8bbroken",
        BOMB[: len(BOMB) // 2],
        BOMB,
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
        b"<urlset>" * 100_000,
    ],
)
def test_what_is_no_sitemap_names_nothing(body: bytes) -> None:
    assert sitemap(body, START) == ((), ())


def test_what_robots_txt_says_holds_for_scans() -> None:
    rules = robots("User-agent: *\nDisallow: /cart\nSitemap: https://shop.example/s.xml\nCrawl-delay: 2\n")

    assert not rules.can_fetch("https://shop.example/cart/1", "Samtykke")
    assert rules.can_fetch("https://shop.example/", "Samtykke")
    assert list(rules.sitemaps) == ["https://shop.example/s.xml"]
    assert rules.crawl_delay("Samtykke") == 2
