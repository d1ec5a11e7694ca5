"""The sections that every notice has, in the product's words until a site writes its own. Pure."""

from collections.abc import Sequence

from server.sites.document_types import STANDARD_SECTIONS, Document, Section, SectionKey
from server.sites.texts import SHIPPED, ShippedSection, is_ours, shipped
from server.sites.values import languages

_WRITTEN = "en"
"""The language of a section that has words in none of a document's own: then visitors read that one."""

_LAST: tuple[SectionKey, ...] = ("contact", "law")
"""Sections at the end, behind those that a site added."""


def shipped_section(key: str, language: str) -> ShippedSection | None:
    """The product's words for a section in a language; None if it has none."""
    if language not in SHIPPED:
        return None
    return next((each for each in shipped(language)["notice"] if each["key"] == key), None)


def section(key: SectionKey, spoken: Sequence[str]) -> Section:
    """A standard section in those of these languages in which the product has words for it."""
    words = {code: found for code in spoken if (found := shipped_section(key, code))}
    if not words and (found := shipped_section(key, _WRITTEN)):
        words = {_WRITTEN: found}
    return {
        "key": key,
        "heading": {code: each["heading"] for code, each in words.items()},
        "body": {code: each["body"] for code, each in words.items()},
        "hidden": False,
    }


def untouched(edited: Section) -> bool:
    """Whether every language of a section still has the words of this or an earlier release, or none."""
    return all(is_ours(language, body) for language, body in edited["body"].items() if body.strip())


def with_standard_sections(document: Document) -> Document:
    """The document with the standard sections that it lacks; the same object if it lacks none.

    Each comes behind the standard section before it, and the last ones at the end: what a site added stays
    where it was, in front of how to contact it.
    """
    sections = document["notice"]["sections"]
    there = {each["key"] for each in sections}
    if there.issuperset(STANDARD_SECTIONS):
        return document
    whole = list(sections)
    spoken = languages(document)
    for place, key in enumerate(STANDARD_SECTIONS):
        if key not in there:
            whole.insert(_index(whole, place), section(key, spoken))
    return {**document, "notice": {**document["notice"], "sections": whole}}


def _index(sections: Sequence[Section], place: int) -> int:
    """Where the standard section that is at `place` among them belongs; those before it are there."""
    keys = [each["key"] for each in sections]
    if STANDARD_SECTIONS[place] in _LAST:
        later = [keys.index(key) for key in STANDARD_SECTIONS[place + 1 :] if key in keys]
        return min(later, default=len(keys))
    return keys.index(STANDARD_SECTIONS[place - 1]) + 1 if place else 0
