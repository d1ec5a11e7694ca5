"""What differs between two banner documents, as lines that staff read in their language."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from server.sites.document_diff import Change, Path
from server.sites.document_types import Document
from server.studio import catalog_words, field_words, findings
from server.studio.findings import FindingLink
from server.studio.language import gettext

SECTIONS: Mapping[str, str] = {
    "texts": field_words.SECTIONS["texts"],
    "categories": field_words.LISTS["categories"],
    "services": field_words.LISTS["services"],
    "appearance": field_words.SECTIONS["appearance"],
    "behaviour": field_words.SECTIONS["behaviour"],
    "controller": field_words.SECTIONS["controller"],
    "notice": field_words.LISTS["notice"],
}
"""First step of a path → the page of the editor that it belongs to."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

_NAMES = ("name", "names", "heading", "key")
"""Fields by which a part is called, the best first."""


@dataclass(frozen=True)
class Shown:
    """A value as it is shown."""

    text: str
    """Empty: there is nothing."""
    colour: str = ""
    """The value, if it is a colour."""


@dataclass(frozen=True)
class Line:
    """A change."""

    label: str
    """Which field of what."""
    before: Shown
    after: Shown
    language: str
    """BCP 47 tag of both values, if they are in a language; empty: they are not."""
    link: FindingLink | None
    """Where the second value is edited; None: nowhere any more."""
    kind: str
    """`added`, `removed`, `moved` or `changed`."""


@dataclass(frozen=True)
class Group:
    """The changes of one page of the editor."""

    title: str
    lines: tuple[Line, ...]


def groups(changes: Iterable[Change], old: Document, new: Document) -> tuple[Group, ...]:
    """All changes, by page of the editor and in its order."""
    order = list(SECTIONS)

    def page(change: Change) -> str:
        head = str((change.new or change.old or ("",))[0])
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
    link = findings.link_to(".".join(map(str, path)), document)
    language = next((str(step) for step in path[1:] if step in document["texts"]), "")
    return Line(
        label=link.label,
        before=_shown(change.before, path, document),
        after=_shown(change.after, path, document),
        language=language or (str(path[1]) if path[:1] == ("texts",) and len(path) > 1 else ""),
        link=link if change.new is not None else None,
        kind=_kind(change),
    )


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
    if "colours" in path and _COLOUR.fullmatch(text):
        return Shown(text, colour=text)
    return Shown(catalog_words.shown(tuple(map(str, path)), text, document))


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
