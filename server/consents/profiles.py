"""What the standard forms of a receipt are made of: the record, and the banner that it names.

Nothing is made up: what a form demands and the banner does not say is named by `missing`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from server.sites.values import Document, optional_categories, ordered_categories

JURISDICTION = "EEA"
"""Where the law applies that banners are made for: the GDPR's area, Norway included."""


@dataclass(frozen=True)
class Evidence:
    """A record with all that the visitor was told."""

    record: Mapping[str, Any]
    document: Document
    """Of the version that the visitor saw."""
    published_at: datetime
    """When that version was published."""
    pages: str
    """A page of the site, on which the visitor may change the choice."""
    notice: str
    """Address of the site's privacy and cookie notice."""

    @property
    def number(self) -> str:
        """The public number of the record."""
        return str(self.record["cid"])

    @property
    def controller(self) -> Mapping[str, Any]:
        """Who decides why and how."""
        found: Mapping[str, Any] = self.document["controller"]
        return found

    def told(self, texts: Mapping[str, str]) -> str:
        """A text in the language that the visitor saw, or else in the banner's first."""
        return texts.get(self.record["lang"]) or texts.get(self.document["default_language"], "")


@dataclass(frozen=True)
class Matter:
    """Something that the visitor said yes or no to, as one: a category, or a service that differs from it."""

    key: str
    granted: bool
    category: Mapping[str, Any]
    services: tuple[Mapping[str, Any], ...]
    """Empty for a category that no service is in."""


def matters(evidence: Evidence) -> Iterator[Matter]:
    """What the visitor decided, in the order of the banner."""
    shown = set(optional_categories(evidence.document))
    differing: Mapping[str, bool] = evidence.record["services"]
    for category in ordered_categories(evidence.document):
        key = category["key"]
        if key not in shown:
            continue
        granted = evidence.record["choices"][key]
        services = [each for each in evidence.document["services"] if each["category"] == key]
        apart = [each for each in services if differing.get(each["key"], granted) != granted]
        together = tuple(each for each in services if each not in apart)
        if together or not apart:
            yield Matter(key, granted, category, together)
        for each in apart:
            yield Matter(each["key"], not granted, category, (each,))


def missing(evidence: Evidence, *fields: str) -> dict[str, str]:
    """Which of these fields of the controller the banner leaves empty; of those with `|`, one will do."""
    why = f"is empty in version {evidence.record['version']} of the banner"
    return {
        f"controller.{either.split('|')[0]}": why
        for either in fields
        if not any(_stands(evidence.controller, field) for field in either.split("|"))
    }


def _stands(controller: Mapping[str, Any], path: str) -> bool:
    value: Any = controller
    for part in path.split("."):
        value = value[part]
    return bool(value.strip())


def page_of(domains: Collection[str], contact: str, *, public_url: str) -> str:
    """The address of a page of the site with these domains, on which a visitor may change the choice.

    Pages of a site are taken to be on https and its usual port. Where the site shares its host with this
    server, as the demo does, scheme and port are the server's, and the controller's `contact` page counts
    as the site's where it is there too.
    """
    server = urlsplit(public_url)
    if server.hostname in domains:
        there = urlsplit(contact)
        return contact if (there.scheme, there.netloc) == (server.scheme, server.netloc) else f"{public_url}/"
    host = min(domains, key=lambda name: name[0] == "*").removeprefix("*.")
    return f"https://{host}/"
