"""Input of the standard receipt profiles: the record, and the banner version that it names.

Nothing is invented: `missing` names what a profile demands and the banner lacks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.sites.document_types import Category, Controller, Document, Service
from server.sites.values import optional_categories, ordered_categories

JURISDICTION = "EEA"
"""Area of the GDPR, Norway included."""


@dataclass(frozen=True)
class Evidence:
    """A record with the banner that the visitor saw."""

    record: Mapping[str, Any]
    document: Document
    """Of the version that the visitor saw."""
    published_at: datetime
    """When that version was published."""
    pages: str
    """A page of the site, on which the visitor may change the choice."""
    notice: str
    """Address of the privacy notice of that version; it is permanent."""
    own_page: str
    """Address of the page on which a browser's own records can be read and erased."""
    requests: str
    """Address of the form for requests to the controller."""

    @property
    def number(self) -> str:
        """The public number of the record."""
        return str(self.record["cid"])

    @property
    def controller(self) -> Controller:
        """The data controller."""
        return self.document["controller"]

    def localized(self, texts: Mapping[str, str]) -> str:
        """A text in the language that the visitor saw, or else in the banner's first."""
        return texts.get(self.record["lang"]) or texts.get(self.document["default_language"], "")


@dataclass(frozen=True)
class ConsentItem:
    """A single choice of the visitor: a category, or a service that differs from its category."""

    key: str
    granted: bool
    category: Category
    services: tuple[Service, ...]
    """Empty for a category that no service is in."""


def consent_items(evidence: Evidence) -> Iterator[ConsentItem]:
    """The visitor's choices, in the order of the banner."""
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
            yield ConsentItem(key, granted, category, together)
        for each in apart:
            yield ConsentItem(each["key"], not granted, category, (each,))


def missing(controller: Controller, *fields: str) -> tuple[str, ...]:
    """Those of these fields of the controller that are empty; `a|b` needs one of both."""
    return tuple(
        f"controller.{either.split('|')[0]}"
        for either in fields
        if not any(_is_filled(controller, field) for field in either.split("|"))
    )


def _is_filled(controller: Controller, path: str) -> bool:
    value: object = controller
    for part in path.split("."):
        value = value[part] if isinstance(value, Mapping) else ""
    return bool(str(value).strip())
