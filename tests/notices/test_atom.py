"""Feeds follow RFC 4287, whatever texts are in them."""

import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from server.notices.atom import Feed, FeedEntry, document, paragraphs

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

TEXTS = st.text(max_size=30)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def valid(xml: bytes) -> ET.Element:
    """The feed, if it has what RFC 4287 § 4.1 and 4.2 ask for, in the numbers that they allow."""
    root = ET.fromstring(xml)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    for element in (root, *entries):
        for tag in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{tag}")) == 1, tag
        assert re.match(r"[a-z][a-z0-9+.-]*:\S+", element.findtext(f"{ATOM}id") or "")
        links = element.findall(f"{ATOM}link")
        assert all(link.get("href") for link in links)
        alternates = [
            (link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"
        ]
        assert len(alternates) == len(set(alternates)) >= 1
        for tag in ("updated", "published"):
            assert all(RFC_3339.fullmatch(found.text or "") for found in element.findall(f"{ATOM}{tag}"))
    # § 4.1.1: an author of the feed stands for each entry without one; § 4.1.1: a feed links to itself.
    assert root.findtext(f"{ATOM}author/{ATOM}name") is not None
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")].count("self") == 1
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    for entry in entries:
        contents = entry.findall(f"{ATOM}content")
        assert [content.get("type") for content in contents] == ["html"]
        assert all(each.get("term") for each in entry.findall(f"{ATOM}category"))
    return root


def feed(*entries: FeedEntry, **changes: Any) -> Feed:
    values = {
        "id": "urn:uuid:00000000-0000-5000-8000-000000000000",
        "title": "Endringer",
        "author": "Butikken AS",
        "language": "nb",
        "itself": "https://samtykke.example/s/shop/notice.atom?lang=nb",
        "page": "https://samtykke.example/s/shop/notice/versions?lang=nb",
        "updated": datetime(2026, 11, 29, tzinfo=UTC),
        **changes,
    }
    return Feed(entries=entries, **values)


def entry(number: int, text: str, moment: datetime) -> FeedEntry:
    link = f"https://samtykke.example/s/shop/notice/versions/{number}?lang=nb"
    return FeedEntry(f"urn:x:{number}", text, moment, link, paragraphs([text]), ("small", text), "nb")


@given(TEXTS, st.lists(st.tuples(TEXTS, MOMENTS), max_size=3))
def test_feed_is_valid_whatever_its_texts_are(title: str, found: list[tuple[str, datetime]]) -> None:
    entries = [entry(number, text, moment) for number, (text, moment) in enumerate(found)]
    root = valid(document(feed(*entries, title=title, author=title)))
    assert root.get(LANG) == "nb"
    assert len(root.findall(f"{ATOM}entry")) == len(found)


def test_content_is_html_in_which_texts_are_only_texts() -> None:
    made = entry(1, "Vi bruker <b>Matomo</b>\n& deler ingenting", datetime(2026, 11, 29, tzinfo=UTC))
    content = valid(document(feed(made))).findtext(f"{ATOM}entry/{ATOM}content")
    assert content == "<p>Vi bruker &lt;b&gt;Matomo&lt;/b&gt;<br>&amp; deler ingenting</p>"
