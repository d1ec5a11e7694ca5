"""The sections that every notice has, in the product's words until a site writes its own. Pure."""

import copy
from collections.abc import Mapping, Sequence

from server.sites.document_types import STANDARD_SECTIONS, Document, Section, SectionKey
from server.sites.texts import SHIPPED, ShippedSection, is_ours, shipped
from server.sites.values import SectionWords, languages

_WRITTEN = "en"
"""The language of a section that has words in none of a document's own: then visitors read that one."""

_REQUIRED: Mapping[SectionKey, str] = {
    "who": "13(1)(a)",
    "collected": "13(1)(c)",
    "legal_basis": "13(1)(c)",
    "recipients": "13(1)(e)",
    "transfers": "13(1)(f)",
    "retention": "13(2)(a)",
    "choice": "13(2)(c)",
    "rights": "13(2)(b)",
    "complaint": "13(2)(d)",
    "contact": "13(1)(a)",
}
"""Section that may not be hidden → the article of the GDPR that asks for it."""

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


def required_sections(document: Document) -> Mapping[str, str]:
    """Key of a section that a notice may not lack → the article of the GDPR that asks for it."""
    required: dict[str, str] = dict(_REQUIRED.items())
    activities = document["notice"]["activities"]
    if any(text.strip() for each in activities for text in each["sources"].values()):
        required["sources"] = "14(2)(f)"
    return required


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


def words_of(section: Section, language: str) -> SectionWords:
    """Whose words a section has in a language."""
    heading, body = section["heading"].get(language, ""), section["body"].get(language, "")
    known = shipped_section(section["key"], language)
    if not heading.strip() or not body.strip():
        elsewhere = any(text.strip() for text in section["body"].values())
        ours = section["key"] in STANDARD_SECTIONS and known is None
        return "untranslated" if ours and elsewhere else "missing"
    if known is not None and (known["heading"], known["body"]) == (heading, body):
        return "standard"
    # The headings of earlier releases are not kept; who changed one has written a heading of their own.
    return "earlier" if known is not None and body != known["body"] and is_ours(language, body) else "own"


def standard_beside_own(section: Section, spoken: Sequence[str]) -> tuple[str, ...]:
    """Those of these languages in which a section has the product's text, beside one of the site's own.

    Visitors then read another notice in one language than in another.
    """
    written = {code: text for code in spoken if (text := section["body"].get(code, "")).strip()}
    standard = tuple(code for code, text in written.items() if is_ours(code, text))
    return standard if len(standard) < len(written) else ()


def with_standard_words(document: Document, key: str, language: str) -> Document:
    """With the product's words in a section, in one language; unchanged if it has none."""
    known = shipped_section(key, language)
    if known is None:
        return document
    edited = copy.deepcopy(document)
    for each in edited["notice"]["sections"]:
        if each["key"] == key:
            each["heading"][language] = known["heading"]
            each["body"][language] = known["body"]
    return edited
