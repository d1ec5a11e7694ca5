"""Visitors are notified of larger changes, in a text that is published with the version."""

import copy
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.core.db import transaction
from server.core.errors import Invalid
from server.sites import announcements
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import LONGEST_ANNOUNCEMENT, Site, languages
from tests.sites.documents import in_every_language, publishable, service, with_services
from tests.sites.test_service import NOW

CODES = languages(publishable())
MATOMO = in_every_language("Vi bruker Matomo.\nVi deler ingenting.")


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        made = sites.create("shop", "Butikken", ["shop.no"], by="kari@shop.no", now=NOW)
        sites.save_draft(made.id, publishable(), by="kari@shop.no", now=NOW)
    return made


def publish(site: Site, announcement: dict[str, str] | None = None) -> int:
    with transaction():
        made = sites.publish(site.id, note="", announcement=announcement, by="kari@shop.no", now=NOW)
    return made.number


def test_announcement_is_stored_with_the_version_and_not_in_its_hash(shop: Site) -> None:
    publish(shop)
    assert sites.newest_announcement(shop.id) is None
    publish(shop, {code: f" {text} \n" for code, text in MATOMO.items()})
    publish(shop)
    plain, announced, newest = (sites.version(shop.id, number) for number in (1, 2, 3))
    assert announced.announcement == MATOMO
    assert plain.announcement == newest.announcement == {}
    assert plain.content_hash == announced.content_hash
    assert sites.newest_announcement(shop.id) == announced


def test_going_back_to_a_version_announces_nothing(shop: Site) -> None:
    publish(shop, MATOMO)
    with transaction():
        made = sites.rollback(shop.id, 1, by="kari@shop.no", now=NOW)
    assert made.announcement == {}


@pytest.mark.parametrize(
    ("changes", "field", "fault"),
    [
        ({"nn": ""}, "announcement.nn", "is empty: every language of the banner needs the text"),
        ({"nn": " \n"}, "announcement.nn", "is empty: every language of the banner needs the text"),
        ({"nb": "a\x00"}, "announcement.nb", "has the control character U+0000"),
        ({"nb": "å" * 501}, "announcement.nb", "has more than 500 characters"),
        ({"de": "Neu"}, "announcement.de", "is in a language that the banner does not have"),
    ],
)
def test_wrong_announcement_is_refused_by_language_and_publishes_nothing(
    shop: Site, changes: dict[str, str], field: str, fault: str
) -> None:
    with pytest.raises(Invalid) as caught:
        publish(shop, {**MATOMO, **changes})
    assert dict(caught.value.errors) == {field: fault}
    assert sites.newest(shop.id) is None


@given(st.dictionaries(st.sampled_from([*CODES, "de", "se"]), st.text(max_size=600)))
def test_announcement_has_exactly_the_languages_of_the_banner(texts: dict[str, str]) -> None:
    found = announcements.faults(texts, publishable())
    if found:
        assert all(name.partition(".")[0] == "announcement" for name in found)
    else:
        stored = announcements.checked(texts, publishable())
        assert set(stored) == set(CODES)
        assert all(0 < len(text) <= LONGEST_ANNOUNCEMENT for text in stored.values())


def _with_body(document: Document, text: str) -> Document:
    changed: Any = copy.deepcopy(document)
    section = changed["notice"]["sections"][0]
    section["body"] = {code: body + text for code, body in section["body"].items()}
    return changed  # type: ignore[no-any-return]


def test_notifying_is_proposed_for_larger_changes_alone() -> None:
    before = publishable()
    renamed = copy.deepcopy(before)
    renamed["controller"]["name"] = "Kjøpmannen AS"
    long = " ".join(f"ord{index}" for index in range(announcements.SUBSTANTIAL))
    assert announcements.proposed(None, before, "scope") is None
    assert announcements.proposed(before, before, "text") is None
    assert announcements.proposed(before, with_services(service()), "scope") == "scope"
    assert announcements.proposed(before, renamed, "text") == "controller"
    assert announcements.proposed(before, _with_body(before, " Rettet."), "text") is None
    assert announcements.proposed(before, _with_body(before, f" {long}"), "text") == "notice"
