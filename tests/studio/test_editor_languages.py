"""The editor of the banner in the language of its reader, page by page."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site, languages
from server.studio.draft import form_binding, keyed_parts, storage_rows
from tests.studio.conftest import NOW, Visitor
from tests.studio.test_translations import SPOKEN, first, forms, messages

SECTIONS = ("texts", "appearance", "behaviour", "tools", "controller", "categories", "services", "notice")
PAGES = (
    *SECTIONS,
    "services/samtykke",
    "services/google_analytics",
    "services/google_analytics/catalog",
    "known-services",
    "known-services/chosen?service=youtube&service=google_analytics",
    "notice/sections/who",
    "notice/activities",
    "notice/activities/orders",
    "notice/processors",
    "notice/processors/carrier",
)
ENGLISH = re.compile(r"\b(?:the|and|is|are|with|this|that|what|which|when)\b")
"""Words of English that neither Norwegian nor a name of a service or a country has, written small."""


def whole_document() -> Any:
    """A document with a part in every list."""
    document = sites.default_document(name="Butikken")
    document = form_binding.with_service(document, "hotjar", "Hotjar", "statistics")
    stored = storage_rows.cookie_of({"name": "_hj", "lifetime": "P1M"}, languages(document))
    document = storage_rows.with_rows(document, "hotjar", added=[stored])
    orders = keyed_parts.new_activity("orders", {"nb": "Bestillinger"})
    document = keyed_parts.with_part(document, keyed_parts.ACTIVITIES, orders)
    carrier = keyed_parts.new_processor("carrier", "Posten Bring AS")
    return keyed_parts.with_part(document, keyed_parts.PROCESSORS, carrier)


class _Read(HTMLParser):
    """What the reader's own language is for: text outside of elements with a language, and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        apart = tag in ("script", "style", "code", "textarea", "svg") or (
            tag != "html" and any(name == "lang" for name, _value in attrs)
        )
        if not self._apart():
            self.found += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in ("input", "meta", "link", "br", "img", "hr"):
            self._open.append((tag, apart))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._apart():
            self.found.append(data)

    def _apart(self) -> bool:
        return any(apart for _tag, apart in self._open)


def read(page: str) -> Iterator[str]:
    parser = _Read()
    parser.feed(page)
    yield from filter(None, map(str.strip, parser.found))


@pytest.fixture
def written(site: Site) -> Site:
    with transaction():
        sites.save_draft(site.id, whole_document(), by="ola@example.no", now=NOW)
    return site


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_no_page_of_the_editor_has_english_in_it(
    written: Site, language: str, as_role: Callable[..., Visitor]
) -> None:
    sentences = {first(each) for each in messages(language)} - {
        text for each in messages(language) for text in forms(each)
    }
    editor = as_role("editor", written)
    editor.post("/account/preferences", {"language": language, "time_zone": ""})
    banner = f"/sites/{written.key}/banner"
    editor.save(f"{banner}/known-services/chosen", {"service": ["google_analytics"]}, at=f"{banner}/services")

    for path in PAGES:
        page = editor.get(f"{banner}/{path}").text
        assert f'<html lang="{language}">' in page, path
        assert [text for text in read(page) if ENGLISH.search(text) or text in sentences] == [], path


def test_every_field_of_a_document_has_a_label() -> None:
    document = whole_document()
    names = form_binding.fields_of(document, *((root,) for root in document))
    form = form_binding.Form(document, 1, names)

    assert {form.subject(name) for name in names} & {name.rpartition(".")[2] for name in names} == set()


def test_a_field_is_called_as_in_its_own_form() -> None:
    document = whole_document()
    names = form_binding.fields_of(document, *((root,) for root in document))
    form = form_binding.Form(document, 1, names)

    assert form.subject("controller.supervisory_authority.url") == "Website"
    assert form.subject("controller.contacts.url") == "Contact page"
    assert form.subject("services.hotjar.retention") == "How long the provider keeps the information"
    assert form.subject("texts.nb.accept_all") == "Accept everything"


def test_articles_are_cited_as_the_language_does(written: Site, as_role: Callable[..., Visitor]) -> None:
    editor = as_role("editor", written)
    page = f"/sites/{written.key}/banner/notice/sections/who"

    assert "(GDPR article 13(1)(a))" in editor.get(page).text
    norwegian = editor.get(page, headers={"Accept-Language": "nn"}).text
    assert "(personvernforordninga artikkel 13 nr. 1 bokstav a)" in norwegian
