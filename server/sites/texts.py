"""The shipped texts by language, from which the documents of sites start."""

import functools
import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

from server.sites.document_types import TEXT_KEYS, Authority, Document, TextKey
from server.sites.immutable_json import freeze
from server.sites.values import Language, Review

FIRST = ("nb", "nn", "en")
"""Languages of a new site."""

SHIPPED = (
    *("nb", "nn", "se", "en", "sv", "da", "fi", "is", "de", "nl", "fr"),
    *("es", "it", "pt", "pl", "cs", "et", "lv", "lt", "uk", "ar", "he"),
)
"""Languages with shipped texts, those of the home market first."""


class About(TypedDict):
    """A language, as `Language` holds it."""

    name: str
    english: str
    review: Review


class ShippedCategory(TypedDict):
    """Texts of a category."""

    name: str
    description: str


class ConsentService(TypedDict):
    """Texts of the service that declares our own storage."""

    name: str
    purpose: str
    reason: str
    """Why it is necessary."""
    cookie: str
    """The purpose of the cookie."""
    queue: str
    """The purpose of the queue in localStorage."""
    seen: str
    """The purpose of the mark that an announcement was closed, in localStorage."""
    data: NotRequired[str]
    """Which information is processed."""


class ShippedSection(TypedDict):
    """A section of the notice."""

    key: str
    heading: str
    body: str


class ShippedTexts(TypedDict):
    """The shipped texts of one language."""

    about: About
    texts: dict[TextKey, str]
    categories: dict[str, ShippedCategory]
    consent_service: ConsentService
    supervisory_authority: Authority
    notice: list[ShippedSection]
    """Sections in the order of `STANDARD_SECTIONS`; a language may lack some."""


@functools.cache
def shipped(language: str) -> ShippedTexts:
    """Texts, categories, notice and names of the consent service in one language.

    :raises ValueError: there are no shipped texts in `language`.
    """
    if language not in SHIPPED:
        raise ValueError(f"there are no texts in {language!r}; there are {', '.join(SHIPPED)}")
    file = importlib.resources.files("server.sites") / "texts" / f"{language}.json"
    content: ShippedTexts = json.loads(file.read_text(encoding="utf-8"))
    return freeze(content)


@functools.cache
def known_languages() -> tuple[Language, ...]:
    """Every shipped language, in the order of `SHIPPED`."""
    return tuple(Language(code, **shipped(code)["about"]) for code in SHIPPED)


def is_ours(language: str, body: str) -> bool:
    """Whether this or an earlier release shipped `body` as a section of the notice in `language`."""
    return digest(body) in _shipped_notices().get(language, ())


def digest(body: str) -> str:
    """The digest by which `is_ours` recognises a section of the notice."""
    return hashlib.sha256(body.encode()).hexdigest()[:16]


@functools.cache
def _shipped_notices() -> Mapping[str, list[str]]:
    """Language → digests of the sections of all releases; none is removed, because drafts contain them."""
    file = importlib.resources.files("server.sites") / "shipped_notices.json"
    digests: dict[str, list[str]] = json.loads(file.read_text(encoding="ascii"))
    return digests


def spoken(document: Document) -> Document:
    """A stored document with the shipped texts that were added since."""
    added: dict[str, dict[TextKey, str]] = {
        language: {key: ours[key] for key in TEXT_KEYS if key not in texts}
        for language, texts in document["texts"].items()
        for ours in (shipped(language if language in SHIPPED else "en")["texts"],)
    }
    if not any(added.values()):
        return document
    texts = {language: {**texts, **added[language]} for language, texts in document["texts"].items()}
    return {**document, "texts": texts}
