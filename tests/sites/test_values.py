"""Which pages may send decisions, and how a document is read."""

import sys
import unicodedata
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.core import time_zones
from server.sites.document import load
from server.sites.document_types import FIRST_LAYER, PLACEHOLDER, SECOND_LAYER, TEXT_KEYS
from server.sites.texts import shipped
from server.sites.values import (
    Site,
    fault_in_text,
    languages,
    optional_categories,
    ordered_categories,
    time_zone,
)
from tests.sites.documents import category, publishable


def site(*domains: str) -> Site:
    return Site("i" * 22, "shop", "Shop", domains, datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.no",
        "http://example.no",
        "https://example.no:8443",
        "http://127.0.0.1:5000",
        "http://localhost:1",
        "https://a.shop.no",
        "https://a.b.shop.no:80",
    ],
)
def test_any_port_and_both_schemes_of_a_domain_are_allowed(origin: str) -> None:
    assert site("127.0.0.1", "example.no", "localhost", "*.shop.no").allows_origin(origin)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "example.no",
        "https://shop.no",
        "https://.shop.no",
        "https://evilshop.no",
        "https://example.no.evil.com",
        "https://www.example.no",
        "https://example.no/",
        "https://example.no:",
        "https://example.no:x",
        "https://user@example.no",
        "ftp://example.no",
        "chrome-extension://example.no",
        "https://example.no https://evil.com",
        "https://example.no\n",
        "https://xshop.no",
    ],
)
def test_no_other_origin_is_allowed(origin: str | None) -> None:
    assert not site("example.no", "*.shop.no").allows_origin(origin)


def test_a_site_without_domains_allows_nobody() -> None:
    assert not site().allows_origin("https://example.no")


def test_visitors_decide_about_visible_categories_in_their_order() -> None:
    document: Any = publishable()
    document["categories"] = [
        category("maps", order=3),
        category("chat", order=1),
        category("hidden_one", order=2, hidden=True),
        category("necessary", order=9),
        category("adverts", order=1),
    ]
    del document["behaviour"]["mapping"]
    assert optional_categories(load(document)) == ("chat", "adverts", "maps")
    keys = [each["key"] for each in ordered_categories(document)]
    assert keys == ["necessary", "chat", "adverts", "hidden_one", "maps"]


def test_the_default_language_comes_first() -> None:
    assert languages(publishable("nn")) == ("nn", "en", "nb")


def test_a_site_has_norwegian_time_unless_it_names_another_zone() -> None:
    document = publishable()
    assert time_zone(document) == ZoneInfo("Europe/Oslo")
    for name in time_zones.known():
        document["controller"]["time_zone"] = name
        assert time_zone(load(document)) == ZoneInfo(name)


def test_each_text_belongs_to_one_layer() -> None:
    assert len(TEXT_KEYS) == len(set(TEXT_KEYS)) == len(FIRST_LAYER) + len(PLACEHOLDER) + len(SECOND_LAYER)
    assert set(shipped("nb")["texts"]) == set(TEXT_KEYS)


def test_a_text_may_have_every_character_of_unicode_but_control_characters_and_surrogates() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    excluded = {each for each in every if unicodedata.category(each) in ("Cc", "Cs") and each != "\n"}
    allowed = every.translate(dict.fromkeys(map(ord, excluded)))

    assert fault_in_text(allowed, longest=len(allowed), lines=True) is None
    assert all(fault_in_text(each, longest=1, lines=True) for each in excluded)


@pytest.mark.parametrize(
    ("text", "lines", "fault"),
    [
        ("å\nb", True, None),
        ("å\nb\x00", False, "has more than one line"),
        ("å\x00b\n", False, "has the control character U+0000"),
        ("a\nb\ud800", True, "has the control character U+D800"),
        ("en lang tekst\n", False, "has more than 9 characters"),
    ],
)
def test_the_first_character_that_is_not_allowed_is_named(text: str, lines: bool, fault: str | None) -> None:
    assert fault_in_text(text, longest=9, lines=lines) == fault
