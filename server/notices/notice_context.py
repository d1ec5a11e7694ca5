"""What the parts of a privacy notice are made from, and the words and tables that they share. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.notices.blocks import Cell, Table
from server.notices.declaration import Wording
from server.notices.formats import country
from server.notices.retention import Rule
from server.notices.values import Text
from server.notices.words import phrase
from server.sites.document_types import Category, Document, Service
from server.sites.values import ordered_categories

AREA = "notice"
"""Folder of the words."""


@dataclass(frozen=True)
class Circumstances:
    """What a notice says that is not in the document."""

    since: date
    """The day from which the version is in force, in the site's time zone."""
    retention: timedelta
    """Retention of decisions after expiry."""
    links: Mapping[str, str]
    """Addresses of pages that belong to the notice, by name: `cookies`, `request` and `request_KIND`,
    `my_choice`, `versions`, `feed`, `subscribe`. What has none is not offered."""
    rules: Sequence[Rule] = ()
    """How long else data about visitors is stored."""


@dataclass(frozen=True)
class Context:
    """What the generated parts are made from."""

    wording: Wording
    about: Circumstances

    @property
    def document(self) -> Document:
        """The document of the version."""
        return self.wording.document

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.wording.language

    def ours(self, *path: str, **filled: str) -> Text:
        """Words of the product by their path, filled in."""
        return phrase(AREA, self.language, *path, **filled)

    def link(self, page: str, *path: str) -> Iterator[Text]:
        """A link to a page that belongs to the notice, if there is one, with these words."""
        if address := self.about.links.get(page):
            text = self.ours(*path)
            yield Text(text.text, text.language, address)

    def columns(self, *keys: str) -> tuple[Text, ...]:
        """The headings of a table."""
        return tuple(self.ours("columns", key) for key in keys)

    def table(self, key: str, columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Iterator[Table]:
        """A table, unless it has no rows; columns in which nothing is stated are left out."""
        found = list(rows)
        used = [index for index in range(len(columns)) if index == 0 or any(row[index] for row in found)]
        if found:
            headings = self.columns(*(columns[index] for index in used))
            kept = tuple(tuple(row[index] for index in used) for row in found)
            yield Table(self.ours("captions", key), headings, kept)

    def written(self, texts: Mapping[str, str]) -> Cell:
        """A text of the document; nothing if there is none."""
        found = self.wording.of(texts)
        return (found,) if found.text else ()

    def stated(self, texts: Mapping[str, str]) -> Cell:
        """A text of the document, or that it is not stated."""
        return self.written(texts) or (self.ours("not_stated"),)

    def plain(self, *names: str) -> Cell:
        """Names, which are in no language of their own."""
        return tuple(self.wording.plain(name) for name in names if name.strip())

    def country(self, code: str) -> Cell:
        """A country's name; nothing if there is none."""
        return (country(code, self.language),) if code else ()

    def services(self, category: str) -> list[Service]:
        """The services that a category allows."""
        return [service for service in self.document["services"] if service["category"] == category]

    def categories(self) -> list[Category]:
        """The categories whose services may run, and that have any."""
        shown = (each for each in ordered_categories(self.document) if not each["hidden"])
        return [category for category in shown if self.services(category["key"])]

    def active(self) -> Iterator[Service]:
        """The services that may run, by category."""
        for category in self.categories():
            yield from self.services(category["key"])
