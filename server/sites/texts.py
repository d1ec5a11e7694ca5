"""The texts that come with the product, per language; each site's own document starts from them."""

import functools
import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

from server.sites.immutable_json import freeze
from server.sites.values import TEXT_KEYS, Document, Language

FIRST = ("nb", "nn", "en")
"""Languages that a new site begins with."""

SHIPPED = (
    *("nb", "nn", "se", "en", "sv", "da", "fi", "is", "de", "nl", "fr"),
    *("es", "it", "pt", "pl", "cs", "et", "lv", "lt", "uk", "ar", "he"),
)
"""Languages whose texts come with the product, those of the home market first."""


@functools.cache
def shipped(language: str) -> Document:
    """Texts, categories, notice and the consent service's own words in one language.

    :raises ValueError: the product has no texts in `language`.
    """
    if language not in SHIPPED:
        raise ValueError(f"there are no texts in {language!r}; there are {', '.join(SHIPPED)}")
    file = importlib.resources.files("server.sites") / "texts" / f"{language}.json"
    content: Any = json.loads(file.read_text(encoding="utf-8"))
    frozen: Document = freeze(content)
    return frozen


@functools.cache
def known_languages() -> tuple[Language, ...]:
    """Every shipped language, in the order of `SHIPPED`."""
    return tuple(Language(code, **shipped(code)["about"]) for code in SHIPPED)


def is_ours(language: str, body: str) -> bool:
    """Whether this or an earlier release shipped `body` as a section of the notice in `language`."""
    return digest(body) in _shipped_notices().get(language, ())


def digest(body: str) -> str:
    """By what `is_ours` knows a section of the notice."""
    return hashlib.sha256(body.encode()).hexdigest()[:16]


@functools.cache
def _shipped_notices() -> Mapping[str, list[str]]:
    """Language → digests of the sections that any release shipped; none is removed, for drafts stay."""
    file = importlib.resources.files("server.sites") / "shipped_notices.json"
    digests: dict[str, list[str]] = json.loads(file.read_text(encoding="ascii"))
    return digests


def spoken(document: Document) -> Document:
    """A stored document with the texts that the product has learnt since, in the product's own words."""
    added = {
        language: {key: ours[key] for key in TEXT_KEYS if key not in texts}
        for language, texts in document["texts"].items()
        for ours in (shipped(language if language in SHIPPED else "en")["texts"],)
    }
    if not any(added.values()):
        return document
    texts = {language: {**texts, **added[language]} for language, texts in document["texts"].items()}
    return {**document, "texts": texts}
