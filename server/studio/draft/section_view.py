"""Sections of the notice as the editor lists them: whose words they have, and what the page adds. Pure."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from server.sites import standard_sections
from server.sites.document_types import STANDARD_SECTIONS, Document, Section
from server.sites.values import SectionWords, languages
from server.studio.draft import keyed_parts
from server.studio.language import lazy_gettext


@dataclass(frozen=True)
class Addition:
    """What the page adds by itself below the words of a section."""

    sentence: str
    """What that is."""
    endpoint: str = ""
    """The page of the studio where it is edited; empty: nowhere."""
    label: str = ""
    """The title of that page."""
    section: str = ""
    """Which section of the editor, if several share the endpoint."""


_CONTROLLER = ("section", lazy_gettext("Controller"), "controller")
_SERVICES = ("services", lazy_gettext("Services"))
_ACTIVITIES = ("activities", lazy_gettext("Other processing"))
_PROCESSORS = ("processors", lazy_gettext("Recipients"))

ADDITIONS: Mapping[str, tuple[Addition, ...]] = {
    "who": (
        Addition(
            lazy_gettext("Name, organisation number, address and contacts of the controller."), *_CONTROLLER
        ),
    ),
    "collected": (
        Addition(lazy_gettext("A table of the information that each service processes."), *_SERVICES),
        Addition(lazy_gettext("A table of other processing, with purpose and information."), *_ACTIVITIES),
    ),
    "legal_basis": (
        Addition(lazy_gettext("The legal basis of each category, by its services."), *_SERVICES),
        Addition(
            lazy_gettext("The legal basis of other processing, with interests or the law."), *_ACTIVITIES
        ),
    ),
    "sources": (Addition(lazy_gettext("Where information about people comes from."), *_ACTIVITIES),),
    "recipients": (
        Addition(lazy_gettext("The providers of services, and whom they share with."), *_SERVICES),
        Addition(lazy_gettext("Processors and other recipients."), *_PROCESSORS),
        Addition(lazy_gettext("The recipients of other processing."), *_ACTIVITIES),
    ),
    "transfers": (
        Addition(
            lazy_gettext("Services in countries outside the EEA, and what the transfer rests on."), *_SERVICES
        ),
        Addition(
            lazy_gettext("Processors and recipients outside the EEA, and what the transfer rests on."),
            *_PROCESSORS,
        ),
        Addition(
            lazy_gettext("Other processing outside the EEA, and what the transfer rests on."), *_ACTIVITIES
        ),
    ),
    "retention": (
        Addition(
            lazy_gettext("For how long decisions are valid and stored."),
            "section",
            lazy_gettext("Behaviour"),
            "behaviour",
        ),
        Addition(lazy_gettext("How long the providers of services keep information."), *_SERVICES),
        Addition(lazy_gettext("How long the data of other processing is kept."), *_ACTIVITIES),
    ),
    "about": (
        Addition(
            lazy_gettext("A table of the cookies of each category, and a link to all of them."), *_SERVICES
        ),
    ),
    "rights": (Addition(lazy_gettext("Each right, with how to use it."), *_CONTROLLER),),
    "complaint": (Addition(lazy_gettext("The supervisory authority, with its website."), *_CONTROLLER),),
    "changes": (Addition(lazy_gettext("The day from which the notice is in force.")),),
    "contact": (
        Addition(lazy_gettext("E-mail, telephone, contact page and data protection officer."), *_CONTROLLER),
    ),
}
"""Key of a standard section → what the page adds to it. The others have their own words alone."""


@dataclass(frozen=True)
class SectionRow:
    """A section in the list."""

    key: str
    title: str
    """Its heading in the default language, or its key."""
    standard: bool
    """Whether every notice has it; others were added by the site."""
    hidden: bool
    words: Mapping[str, SectionWords]
    """Language → whose words it has."""
    standard_beside_own: tuple[str, ...]
    """Languages in which the text is still the standard one, though it is the site's own in another."""
    article: str
    """Article of the GDPR that asks for it, so that it may not be hidden; empty: it may."""
    additions: tuple[Addition, ...]

    @property
    def may_hide(self) -> bool:
        """Whether the notice is complete without it."""
        return not self.article

    @property
    def missing(self) -> tuple[str, ...]:
        """Languages without a heading or a text."""
        return tuple(code for code, words in self.words.items() if words == "missing")

    @property
    def untranslated(self) -> tuple[str, ...]:
        """Languages in which visitors read it in another one."""
        return tuple(code for code, words in self.words.items() if words == "untranslated")

    @property
    def own(self) -> tuple[str, ...]:
        """Languages with the site's own words."""
        return tuple(code for code, words in self.words.items() if words == "own")

    @property
    def state(self) -> SectionWords:
        """Whose words it has in any language; the site's own before those of earlier releases."""
        there = set(self.words.values())
        order: tuple[SectionWords, ...] = ("own", "earlier", "standard")
        return next((words for words in order if words in there), "missing")


def rows(document: Document) -> list[SectionRow]:
    """All sections in order."""
    return [row(document, section) for section in document["notice"]["sections"]]


def row(document: Document, section: Section) -> SectionRow:
    """A section as the list shows it."""
    return SectionRow(
        key=section["key"],
        title=section["heading"].get(document["default_language"]) or section["key"],
        standard=section["key"] in STANDARD_SECTIONS,
        hidden=section["hidden"],
        words={code: standard_sections.words_of(section, code) for code in languages(document)},
        standard_beside_own=standard_sections.standard_beside_own(section, languages(document)),
        article=standard_sections.required_sections(document).get(section["key"], ""),
        additions=ADDITIONS.get(section["key"], ()),
    )


def with_section(document: Document, title: str) -> tuple[Document, str]:
    """With one more section, with a heading in the default language, in front of how to contact the site.

    Returns its key too.
    """
    taken = {*STANDARD_SECTIONS, *(each["key"] for each in document["notice"]["sections"])}
    key = keyed_parts.free_key(title, taken, "section")
    new: Section = {
        "key": key,
        "heading": {document["default_language"]: title},
        "body": {},
        "hidden": False,
    }
    edited = copy.deepcopy(document)
    sections = edited["notice"]["sections"]
    keys = [each["key"] for each in sections]
    sections.insert(keys.index("contact") if "contact" in keys else len(keys), new)
    return edited, key


def without_section(document: Document, key: str) -> Document:
    """Without a section that the site has added; a standard one stays."""
    return (
        document
        if key in STANDARD_SECTIONS
        else keyed_parts.without_part(document, keyed_parts.SECTIONS, key)
    )


def with_hidden_section(document: Document, key: str, *, hidden: bool) -> Document:
    """With a section left out of the notice, or shown in it."""
    edited = copy.deepcopy(document)
    for section in edited["notice"]["sections"]:
        if section["key"] == key:
            section["hidden"] = hidden
    return edited
