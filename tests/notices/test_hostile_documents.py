"""What a document holds is text on the pages, whatever is written in it."""

import dataclasses
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from server.core.db import transaction
from server.notices import pdf
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.rich_text import TAGS
from server.sites.values import Version
from tests.notices.test_notice import activity, processor
from tests.sites.documents import in_every_language, publishable, service

PATHS = (
    "notice",
    "notice/versions/1",
    "notice.json",
    "cookies",
    "cookies.json",
    "cookies?embed=1&level=4",
    "my-choice",
    "my-choice/versions/1.json",
    "notice/versions",
    "notice/versions/1/changes",
    "notice/versions/2/changes?from=1",
    "notice.atom",
    "notice.pdf",
    "notice/subscribe",
    "request",
    "request/status",
)

HOSTILE = (
    "<script>alert(1)</script>",
    '"onmouseover="alert(1)" x="',
    "'><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "</title></style></textarea><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}{name}{0.__class__}",
    "\u202eetirw\u2066",
    "w" * 500,
    "&lt;b&gt;&#0;&#x26;",
)

CLOSED = frozenset(
    ("key", "category", "legal_basis", "kind", "lifetime", "country", "transfer_basis", "retention", "role")
)
"""Fields with values from closed lists, or durations: they cannot be filled with anything."""

ROOT = Path(__file__).parents[2]

AT = datetime(2026, 3, 1, tzinfo=UTC)


def harmless() -> Document:
    """A document that has something in every part."""
    made = publishable()
    made["services"].append(
        service(shared_with=["Ads Ltd"], category="necessary", necessary_reason=in_every_language("Needed"))
    )
    made["notice"]["activities"], made["notice"]["processors"] = [activity()], [processor()]
    made["controller"]["data_protection_officer"] = {"name": "Ola", "email": "ola@example.no"}
    made["controller"]["contacts"]["url"] = "https://example.no/"
    return made


def filled(value: Any, hostile: str, key: str = "") -> Any:
    """A value with every text replaced, written past the schema."""
    if isinstance(value, dict):
        return {name: filled(each, hostile, name) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, hostile, key) for each in value]
    return hostile if isinstance(value, str) and key not in CLOSED else value


class Vocabulary(HTMLParser):
    """Elements with their attributes, and the schemes of addresses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.used: set[tuple[str, str]] = set()
        self.schemes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.used |= {(tag, ""), *((tag, name) for name, _ in attrs)}
        for name, value in attrs:
            if name in {"href", "src", "action"}:
                self.schemes.add((value or "").partition(":")[0] if ":" in (value or "") else "")


@pytest.fixture
def shop(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    with transaction():
        site = sites.create("butikk", "Butikken", ["butikk.example.no"], by="kari", now=AT)
        sites.save_draft(site.id, harmless(), by="kari", now=AT)
        sites.publish(site.id, note="", by="kari", now=AT)
        sites.publish(site.id, note="", by="kari", now=AT, announcement=in_every_language("Changed"))
    # What is laid out for print is HTML too, and read here as such.
    monkeypatch.setattr(pdf, "rendered", lambda html, _styles: html.encode())
    return client


def test_no_text_of_a_document_becomes_an_element_an_attribute_or_a_scheme(
    shop: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours: dict[str, set[tuple[str, str]]] = {
        path: Vocabulary(shop.get(f"/s/butikk/{path}").text).used for path in PATHS
    }
    rich = {(tag, "") for tag in TAGS} | {
        ("a", "href"),
        ("a", "rel"),
        ("a", "dir"),
        ("span", ""),
        ("span", "lang"),
        ("span", "dir"),
        ("br", ""),
    }
    published = sites.newest(sites.find("butikk").id)
    assert published is not None
    for number, hostile in enumerate(HOSTILE):
        document = harmless()
        parts = ("services", "categories", "controller", "notice")
        document.update({part: filled(document[part], hostile) for part in parts})  # type: ignore[typeddict-item, literal-required]
        document["controller"]["time_zone"] = "Europe/Oslo"
        for language in document["texts"].values():
            language.update(dict.fromkeys(language, hostile))
        shown = dataclasses.replace(
            published, document=document, content_hash=str(number), announcement={"en": hostile}
        )
        show(shown, monkeypatch)
        for path in PATHS:
            answer = shop.get(f"/s/butikk/{path}")
            assert answer.status_code == 200, (path, hostile)
            if answer.is_json:
                assert all(
                    each.startswith(("http", "mailto:", "tel:")) for each in _addresses(answer.get_json())
                )
                continue
            found = Vocabulary(answer.text)
            assert found.used <= ours[path] | rich, (path, hostile, found.used - ours[path])
            assert found.schemes <= {"", "http", "https", "mailto", "tel"}, (path, hostile)


def show(version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every version of every site be this one, with the number that is asked for."""
    monkeypatch.setattr(sites, "newest", lambda _site_id: version)
    monkeypatch.setattr(
        sites, "version", lambda _site_id, number: dataclasses.replace(version, number=number)
    )


def test_every_sentence_of_these_pages_is_filled_in_a_way_that_no_value_can_turn_around() -> None:
    files = (*(ROOT / "templates" / "notices").glob("*.html"), *(ROOT / "server" / "notices").rglob("*.py"))
    by_hand = re.compile(r"""(\bw\.\w+|\bw\[.*\]|\bwords\(.*\]|\bsentence)\.format(_map)?\(""")
    found = [file.name for file in files if by_hand.search(file.read_text(encoding="utf-8"))]
    assert found == ["words.py"]


def _addresses(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [each for name, each in value.items() if name in {"href", "page", "notice", "cookies"}]
        return [each for each in own if isinstance(each, str)] + [
            found for each in value.values() for found in _addresses(each)
        ]
    return [found for each in value for found in _addresses(each)] if isinstance(value, list) else []


class Sentences(HTMLParser):
    """The text of titles, leads and descriptions."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._inside = tag == "title" or named.get("class") in {"lead", "owner"}
        if tag == "meta":
            self.found.append(named.get("content") or "")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)


def test_a_name_cannot_turn_the_sentence_around_that_it_stands_in(
    shop: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = cast("Version", sites.newest(sites.find("butikk").id))
    document = harmless()
    document["controller"]["name"] = "Kari\u202e AS"
    show(dataclasses.replace(published, document=document), monkeypatch)
    for path in PATHS:
        answer = shop.get(f"/s/butikk/{path}{'&' if '?' in path else '?'}lang=en")
        sentences = Sentences(answer.text).found
        assert not [each for each in sentences if "\u202e" in each], path
        assert answer.is_json or "embed" in path or any("Kari AS" in each for each in sentences), path
    assert (
        shop.get("/s/butikk/cookies.json?lang=en")
        .get_json()["lead"]["text"]
        .startswith("This is what Kari AS stores")
    )
    assert (
        "\u202e"
        not in shop.get("/s/butikk/my-choice?lang=en").text.partition("<h1>")[2].partition("</main>")[0]
    )


def test_a_name_from_right_to_left_is_isolated_in_titles_and_sentences(
    shop: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = cast("Version", sites.newest(sites.find("butikk").id))
    document = harmless()
    document["controller"]["name"] = "חנות (1)"
    show(dataclasses.replace(published, document=document), monkeypatch)
    for path in ("notice", "cookies", "request", "notice/versions"):
        title = re.search("<title>(.*?)</title>", shop.get(f"/s/butikk/{path}?lang=en").text, re.DOTALL)
        assert title
        assert title[1].endswith("– \u2068חנות (1)\u2069"), path
