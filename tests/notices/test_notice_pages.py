"""Notice and cookie declaration over HTTP."""

import copy
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from server.core.db import transaction
from server.sites import service as sites
from tests.conftest import PUBLIC_URL
from tests.sites.documents import publishable, service

FIRST, SECOND = datetime(2026, 3, 1, 23, 30, tzinfo=UTC), datetime(2026, 5, 2, 12, tzinfo=UTC)

PAGES = ("/s/butikk/notice", "/s/butikk/notice/versions/1", "/s/butikk/cookies")
JSON = ("/s/butikk/notice.json", "/s/butikk/cookies.json")


@pytest.fixture
def shop(client: FlaskClient) -> FlaskClient:
    """A shop with two published versions."""
    made = publishable()
    with transaction():
        site = sites.create("butikk", "Butikken", ["butikk.example.no"], by="kari", now=FIRST)
        sites.save_draft(site.id, made, by="kari", now=FIRST)
        sites.publish(site.id, note="", by="kari", now=FIRST)
        more = copy.deepcopy(made)
        more["services"].append(service(name="Telleren"))
        sites.save_draft(site.id, more, by="kari", now=SECOND)
        sites.publish(site.id, note="", by="kari", now=SECOND)
    return client


class Outline(HTMLParser):
    """Languages, links and identifiers of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        self.alternates: dict[str, str] = {}
        self.canonical = ""
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.headings: list[str] = []
        self.robots = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = at["lang"]
        if tag == "link" and at["rel"] == "alternate" and "hreflang" in at:
            self.alternates[at["hreflang"]] = at["href"]
        if tag == "link" and at["rel"] == "canonical":
            self.canonical = at["href"]
        if tag == "meta" and at.get("name") == "robots":
            self.robots = True
        if "id" in at:
            self.ids.append(at["id"])
        if tag == "a" and at["href"].startswith("#"):
            self.anchors.append(at["href"][1:])
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.headings.append(tag)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_in_each_language_of_the_banner_and_names_the_others(shop: FlaskClient, path: str) -> None:
    for language in ("nb", "nn", "en"):
        answer = shop.get(f"{path}?lang={language}")
        assert answer.status_code == 200
        found = Outline(answer.text)
        assert found.lang == answer.headers["Content-Language"] == language
        assert found.alternates == {
            **{each: f"{PUBLIC_URL}{path}?lang={each}" for each in ("nb", "nn", "en")},
            "x-default": PUBLIC_URL + path,
        }
        assert found.canonical == f"{PUBLIC_URL}{path}?lang={language}"
        assert not found.robots
        assert len(set(found.ids)) == len(found.ids)
        assert set(found.anchors) <= set(found.ids)
    assert Outline(shop.get(path, headers={"Accept-Language": "en-GB,nb;q=0.5"}).text).lang == "en"


@pytest.mark.parametrize("path", [*PAGES, *JSON, "/s/butikk/cookies?embed=1"])
def test_what_has_not_changed_is_not_sent_again(shop: FlaskClient, path: str) -> None:
    first = shop.get(path)
    assert not first.headers["ETag"].startswith("W/")
    again = shop.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Accept-Language" in first.headers["Vary"]
    other = shop.get(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert other.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("path", [*PAGES, *JSON])
def test_a_site_that_is_unknown_or_has_published_nothing_has_no_such_page(
    client: FlaskClient, path: str
) -> None:
    assert client.get(path).status_code == 404
    with transaction():
        sites.create("butikk", "Butikken", ["butikk.example.no"], by="kari", now=FIRST)
    assert client.get(path).status_code == 404


def test_a_version_says_from_when_to_when_it_was_in_force(shop: FlaskClient) -> None:
    old = shop.get("/s/butikk/notice/versions/1?lang=nb").text
    # Published at half past eleven in the evening in UTC, which is the next day in Oslo.
    assert "Dette er versjon 1, som gjaldt fra 2. mars 2026 til 2. mai 2026." in old
    assert 'href="/s/butikk/notice?lang=nb"' in old
    assert "Telleren" not in old
    new = shop.get("/s/butikk/notice/versions/2?lang=nb").text
    assert "Versjon 2, gjelder fra 2. mai 2026" in new
    assert "Telleren" in new
    assert "Telleren" in shop.get("/s/butikk/notice?lang=nb").text


@pytest.mark.parametrize("number", ["0", "3", "99999999999999999999", "-1", "x"])
def test_a_version_that_was_never_published_has_no_page(shop: FlaskClient, number: str) -> None:
    assert shop.get(f"/s/butikk/notice/versions/{number}").status_code == 404


def test_scripts_of_every_website_may_read_what_is_for_them(shop: FlaskClient) -> None:
    for path in (*JSON, "/s/butikk/cookies?embed=1"):
        assert shop.get(path).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in shop.get("/s/butikk/notice").headers


@pytest.mark.parametrize(("level", "first"), [("", "h2"), ("&level=3", "h3"), ("&level=4", "h4")])
def test_the_fragment_has_headings_from_the_level_asked_for_and_is_no_page(
    shop: FlaskClient, level: str, first: str
) -> None:
    html = shop.get(f"/s/butikk/cookies?embed=1{level}").text
    assert min(Outline(html).headings) == first
    assert html.startswith('<div class="samtykke-declaration" lang="nb"')
    assert "<html" not in html
    assert "style" not in html


@pytest.mark.parametrize("level", ["1", "5", "", "x", "²"])
def test_another_level_is_refused_by_name(shop: FlaskClient, level: str) -> None:
    answer = shop.get("/s/butikk/cookies", query_string={"embed": "1", "level": level})
    assert answer.status_code == 422
    assert "level of the headings is not 2 to 4" in answer.text


def test_the_json_forms_are_in_the_language_and_name_the_pages(shop: FlaskClient) -> None:
    cookies = shop.get("/s/butikk/cookies.json?lang=en").get_json()
    assert cookies["title"] == {"text": "Cookies and other storage", "lang": "en"}
    assert cookies["page"] == f"{PUBLIC_URL}/s/butikk/cookies?lang=en"
    notice = shop.get("/s/butikk/notice.json?lang=en").get_json()
    assert (notice["version"], notice["in_force_from"]) == (2, "2026-05-02")
    for address in (cookies["page"], cookies["notice"], notice["page"], notice["cookies"]):
        assert shop.get(address.removeprefix(PUBLIC_URL)).status_code == 200


def test_the_logo_may_be_shown_wherever_it_is(shop: FlaskClient) -> None:
    with transaction():
        site = sites.find("butikk")
        made = copy.deepcopy(sites.draft(site.id).document)
        made["appearance"]["logo"] = "https://cdn.example:8443/logo.svg?x=1"
        sites.save_draft(site.id, made, by="kari", now=SECOND)
        sites.publish(site.id, note="", by="kari", now=SECOND)
    policy = shop.get("/s/butikk/notice").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://cdn.example:8443;" in policy
