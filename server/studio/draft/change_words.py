"""What differs between two banner documents, as lines that staff read in their language."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from server.sites import page_addresses
from server.sites.document_diff import Change, Path
from server.sites.document_types import Document
from server.sites.inheritance import TOOL_KEYS
from server.studio.draft import appearance_words, catalog_words, durations, editor_links, field_words
from server.studio.draft.catalog_words import Fact
from server.studio.draft.editor_links import EditorLink
from server.studio.language import gettext, lazy_gettext

SECTIONS: Mapping[str, str] = {
    "texts": field_words.SECTIONS["texts"],
    "categories": field_words.LISTS["categories"],
    "services": field_words.LISTS["services"],
    "appearance": field_words.SECTIONS["appearance"],
    "behaviour": field_words.SECTIONS["behaviour"],
    "tools": field_words.SECTIONS["tools"],
    "controller": field_words.SECTIONS["controller"],
    "notice": field_words.LISTS["notice"],
}
"""Page of the editor → its title; but for the tools, the name of a page is the first step of its paths."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

_CHOICES: Mapping[str, Mapping[str, str]] = {
    "consent_mode": {
        "off": lazy_gettext("Off"),
        "basic": lazy_gettext("Basic"),
        "advanced": lazy_gettext("Advanced"),
    },
    "cookie_domain": {
        "host": lazy_gettext("This host only"),
        "site": lazy_gettext("The whole domain with its sub-domains"),
    },
}
"""Key of a field of the behaviour → its values, and what each is called."""

_NAMES = ("name", "names", "heading", "key")
"""Fields by which a part is called, the best first."""


@dataclass(frozen=True)
class Shown:
    """A value as it is shown."""

    text: str
    """Empty: there is nothing."""
    colour: str = ""
    """The value, if it is a colour."""
    picture: str = ""
    """The path of the value on this server, if it is an uploaded logo."""


@dataclass(frozen=True)
class Line:
    """A change."""

    label: str
    """Which field of what."""
    before: Shown
    after: Shown
    language: str
    """BCP 47 tag of both values, if they are in a language; empty: they are not."""
    link: EditorLink | None
    """Where the second value is edited; None: nowhere any more."""
    kind: str
    """`added`, `removed`, `moved` or `changed`."""
    facts: tuple[Fact, ...] = ()
    """What is stated of a service that was added, with its texts in the main language, and what it stores."""


@dataclass(frozen=True)
class Group:
    """The changes of one page of the editor."""

    title: str
    lines: tuple[Line, ...]


def groups(changes: Iterable[Change], old: Document, new: Document) -> tuple[Group, ...]:
    """All changes, by page of the editor and in its order."""
    order = list(SECTIONS)

    def page(change: Change) -> str:
        head, *below = map(str, change.new or change.old or ("",))
        if head == "behaviour" and below[:1] and below[0] in TOOL_KEYS:
            return "tools"
        return head if head in order else ""

    ranked = sorted(changes, key=lambda change: [*order, ""].index(page(change)))
    return tuple(
        Group(
            str(SECTIONS[head]) if head else gettext("Other"),
            tuple(_line(change, old, new) for change in found),
        )
        for head, found in groupby(ranked, key=page)
    )


def _line(change: Change, old: Document, new: Document) -> Line:
    path, document = (change.new, new) if change.new is not None else (change.old or (), old)
    link = editor_links.link_to(".".join(map(str, path)), document)
    language = next((str(step) for step in path[1:] if step in document["texts"]), "")
    return Line(
        label=link.label,
        before=_shown(change.before, path, document),
        after=_shown(change.after, path, document),
        language=language or (str(path[1]) if path[:1] == ("texts",) and len(path) > 1 else ""),
        link=link if change.new is not None else None,
        kind=_kind(change),
        facts=_facts(change, new),
    )


def _facts(change: Change, document: Document) -> tuple[Fact, ...]:
    """What is stated of a service that was added; nothing of other changes."""
    match change.new:
        case ("services", int(index)) if change.before is None and change.old is None:
            service = document["services"][index]
            where = Fact(gettext("Category"), catalog_words.category_name(service["category"], document))
            stored = ", ".join(cookie["name"] for cookie in service["cookies"])
            what = [Fact(gettext("What it stores"), stored, mono=True)] if stored else []
            main = document["default_language"]
            stated = (each for each in catalog_words.facts(service, document) if each.language in ("", main))
            return (where, *stated, *what)
    return ()


def _kind(change: Change) -> str:
    if change.moved:
        return "moved"
    if isinstance(change.before or change.after, Mapping) and None in (change.before, change.after):
        return "added" if change.before is None else "removed"
    return "changed"


def _shown(value: Any, path: Path, document: Document) -> Shown:
    if value is None or value in ("", [], {}):
        return Shown("")
    if isinstance(value, bool):
        return Shown(gettext("On") if value else gettext("Off"))
    if isinstance(value, Mapping):
        return Shown(called(value, document))
    if isinstance(value, list):
        return Shown(", ".join(_shown(each, path, document).text for each in value))
    text = str(value)
    if path[-1] == "logo" and page_addresses.is_logo(text):
        return Shown(gettext("Uploaded logo"), picture=urlsplit(text).path)
    if "colours" in path and _COLOUR.fullmatch(text):
        return Shown(text, colour=text)
    if path[:1] == ("appearance",):
        return Shown(_of_appearance(str(path[-1]), text))
    if path[:1] == ("behaviour",):
        return Shown(_of_behaviour(path, text, document))
    return Shown(catalog_words.shown(tuple(map(str, path)), text, document))


def _of_behaviour(path: Path, text: str, document: Document) -> str:
    field = str(path[-1])
    if path[1:2] == ("mapping",):
        return catalog_words.category_name(text, document)
    if field.endswith("_days"):
        return durations.readable(f"P{text}D")
    words = _CHOICES.get(field, {})
    return str(words[text]) if text in words else catalog_words.shown(tuple(map(str, path)), text, document)


def _of_appearance(field: str, text: str) -> str:
    if field == "radius":
        return f"{text} px"
    words = appearance_words.FONTS if field == "font" else appearance_words.CHOICES.get(field, {})
    return str(words.get(text, text))


def called(part: Mapping[str, Any], document: Document) -> str:
    """What a part is called, in the main language of the banner; a text in languages is its main text."""
    for name in _NAMES:
        value = part.get(name)
        if isinstance(value, Mapping):
            value = value.get(document["default_language"])
        if value:
            return str(value)
    main = part.get(document["default_language"])
    return str(main) if isinstance(main, str) else ", ".join(map(str, part))
