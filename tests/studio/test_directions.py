"""Names that run from right to left turn no title, label or question of the studio."""

import copy
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from server.accounts.service import tokens, users
from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from server.studio.language import gettext
from tests.studio.conftest import PASSWORD, Visitor, log_in_without_hashing
from tests.studio.test_browser import furnish
from tests.studio.walking import walk

NAME = "חנות (1)"
PLAIN = ("aria-label", "title", "alt", "data-confirm", "placeholder", "label")
"""Attributes that are read as a sentence, in which no element can isolate a name."""
DELETED = '{{ ngettext("Delete %(name)s?", "Delete %(num)s of %(name)s?", 1, name=name) }}'
ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")
HEBREW = re.compile("[\u0590-\u05ff]")
ALONE = re.compile("[\u0590-\u05ff ]*")
"""The name of a language in itself, for one."""


class Sentences(HTMLParser):
    """What a page has in plain text: its title, options, and attributes that are read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A name alone stands beside nothing.
        self.found += [value for name, value in attrs if name in PLAIN and value and value.strip() != NAME]
        if tag in ("title", "option"):
            self._inside = tag
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""
            if self.found[-1].strip() == NAME:
                self.found.pop()

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def turned(page: str) -> Iterator[str]:
    """Sentences in which a name from right to left is not isolated."""
    for sentence in Sentences(page).found:
        left = ISOLATED.sub("", sentence)
        if HEBREW.search(left) and not ALONE.fullmatch(left):
            yield sentence


@pytest.fixture
def owner(app: Flask) -> Visitor:
    """An owner of a studio in use, in which everything that has a name is called the same in Hebrew."""
    furnish(app, "")
    shop, now = sites.find("butikken"), clock.now()
    document: Any = copy.deepcopy(sites.draft(shop.id).document)
    languages = dict.fromkeys(document["texts"], NAME)
    document["categories"][-1]["names"] = languages
    for part in document["notice"]["activities"]:
        part["name"] = languages
    for part in (*document["services"], *document["notice"]["processors"]):
        part["name"] = NAME
    document["controller"]["name"] = NAME
    with transaction():
        sites.rename(shop.id, NAME)
        sites.save_draft(shop.id, document, by="tests", now=now)
        sites.publish(shop.id, note=NAME, by="tests", now=now)
        tokens.create_token(
            name=NAME, scopes=["sites:read"], site_ids=[shop.id], by="kari@example.no", now=now
        )
    return log_in_without_hashing(app, users.authenticate("kari@example.no", PASSWORD, now=now))


def test_no_name_turns_a_title_a_label_or_a_question(owner: Visitor) -> None:
    named, found = 0, {}
    for path, _page in walk(owner, "/sites/butikken/"):
        text = owner.get(path).text
        named += NAME in text
        if wrong := list(turned(text)):
            found[path] = wrong
    assert found == {}
    assert named > 40


def test_the_walk_finds_a_name_that_is_not_isolated() -> None:
    assert list(turned(f"<title>{NAME} · x</title>")) == [f"{NAME} · x"]
    assert list(turned(f'<b aria-label="Slett {NAME}">{NAME}</b>')) == [f"Slett {NAME}"]
    assert list(turned(f"<title>\u2068{NAME}\u2069 · x</title><option>{NAME}</option>")) == []


def test_sentences_isolate_the_names_in_them_in_modules_and_templates(app: Flask) -> None:
    with app.test_request_context():
        assert gettext("Delete %(name)s?", name=NAME) == f"Delete \u2068{NAME}\u2069?"
        for template in ('{{ _("Delete %(name)s?", name=name) }}', DELETED):
            filled = app.jinja_env.from_string(template).render(name=NAME)
            assert filled == f"Delete \u2068{NAME}\u2069?"
