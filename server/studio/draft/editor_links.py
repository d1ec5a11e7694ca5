"""Links from paths in a banner document to the page and field of the studio where they are edited. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from server.core import parsing
from server.sites.document_types import Document
from server.sites.inheritance import TOOL_KEYS
from server.studio.draft import field_words, form_binding, keyed_parts
from server.studio.draft.form_binding import Elsewhere
from server.studio.draft.keyed_parts import Path
from server.studio.language import language_name


@dataclass(frozen=True)
class _ListPages:
    """Where the parts of a list are edited."""

    endpoint: str
    """The page of the whole list."""
    part: str = ""
    """The page of one part; empty: that of the list."""
    parameter: str = "part"
    """The URL parameter with the part's key."""

    @property
    def label(self) -> str:
        """Its title."""
        return str(field_words.LISTS[self.endpoint])


_LISTS: Mapping[Path, _ListPages] = {
    ("categories",): _ListPages("categories"),
    ("services",): _ListPages("services", "service", "service"),
    keyed_parts.SECTIONS: _ListPages("notice", "notice_section"),
    keyed_parts.ACTIVITIES: _ListPages("activities", "activity"),
    keyed_parts.PROCESSORS: _ListPages("processors", "processor"),
}

_GROUPS = frozenset(("colours", "contacts", "signals"))
"""Keys that group fields of a form that has no heading for them."""

_FIRST_FIELDS = {"controller.contacts": "controller.contacts.email"}
"""Path of several fields that are at fault together → the first of them."""


@dataclass(frozen=True)
class EditorLink:
    """A page of the editor, and a field on it."""

    endpoint: str
    label: str
    """Section and field, for display."""
    anchor: str
    """The field's name, which is its id too."""
    values: dict[str, str] = field(default_factory=dict)
    """URL parameters of the page."""


def link_to(path: str, document: Document) -> EditorLink:
    """The link for a path such as `services.2.cookies.0.purpose.nb`."""
    path = _FIRST_FIELDS.get(path, path)
    steps: Path = tuple(map(_step, path.split(".")))
    head = str(steps[0])
    values = {"language": language} if (language := _language(steps, document)) else {}
    for list_path, pages in _LISTS.items():
        if steps[: len(list_path)] == list_path:
            return _in_list(list_path, pages, steps, document, values)
    if head == "notice":
        return EditorLink("notice", _LISTS[keyed_parts.SECTIONS].label, "", values)
    section = head if head in field_words.SECTIONS else "texts"
    if head == "behaviour" and len(steps) > 1 and steps[1] in TOOL_KEYS:
        label = _label("tools", _tool_steps(steps[1:]), document)
        return EditorLink("section", label, path, {"section": "tools"})
    return EditorLink("section", _label(section, steps[1:], document), path, {**values, "section": section})


def named(faults: Iterable[Elsewhere], document: Document) -> tuple[Elsewhere, ...]:
    """The errors with what staff call their places in the refused document."""
    return tuple(replace(each, label=link_to(each.path, document).label) for each in faults)


def _step(step: str) -> str | int:
    index = parsing.number(step)
    return step if index is None else index


def _in_list(
    list_path: Path,
    pages: _ListPages,
    steps: Path,
    document: Document,
    values: dict[str, str],
) -> EditorLink:
    """The link for a part of a list or a field of it, else for the list."""
    at, parts = len(list_path), keyed_parts.parts_of(document, list_path)
    index = steps[at] if len(steps) > at else None
    if not isinstance(index, int) or index >= len(parts):
        return EditorLink(pages.endpoint, pages.label, "", values)
    part, inside = parts[index], steps[at + 1 :]
    if not inside or inside[0] == "hidden":
        # What is wrong with a whole part, or with what a button sets, is shown at its name.
        inside = _name_field(part, document)
        values = {**values, **({"language": str(inside[1])} if len(inside) > 1 else {})}
    label = _joined(_under_cookie(_title(part, document), part, steps[at + 1 :]), list_path, document)
    if pages.endpoint == "notice":
        label = f"{pages.label} › {label}"
    anchor = form_binding.field_name(document, (*list_path, index, *inside))
    if not pages.part:
        return EditorLink(pages.endpoint, label, anchor, values)
    return EditorLink(pages.part, label, anchor, {**values, pages.parameter: part["key"]})


_NAMES = ("names", "heading", "name")
"""Keys of what a part is called: of categories, of sections, of the others."""


def _name_field(part: Mapping[str, Any], document: Document) -> Path:
    """The path, within a part, of what it is called."""
    key = next(key for key in _NAMES if key in part)
    return (key,) if isinstance(part[key], str) else (key, document["default_language"])


def _title(part: Mapping[str, Any], document: Document) -> str:
    """What a part is called; its key if it has no name."""
    key, *language = map(str, _name_field(part, document))
    name = part[key].get(language[0], "") if language else part[key]
    return str(name or part["key"])


def _tool_steps(steps: Path) -> Path:
    """The path without the keys of the document that the page of tools does not have."""
    return tuple(step for step in steps if step not in ("google", "tools", "mapping"))


def _under_cookie(title: str, part: Mapping[str, Any], steps: Path) -> Path:
    """A title and the path below it; of a service's cookie, its name is in the title."""
    match steps:
        case ("cookies", int(index), *rest) if index < len(part["cookies"]):
            return (f"{title} › {part['cookies'][index]['name']}", *rest)
    return (title, *steps)


def _label(subject: str, steps: Path, document: Document) -> str:
    title = field_words.SECTIONS.get(subject) or field_words.field_label(subject)
    return _joined((str(title), *steps), subject, document)


def _joined(steps: Path, place: str | Path, document: Document) -> str:
    """A title and the fields below it, as the form calls them; the language of a text comes last."""
    title, *below = steps
    spoken = document["texts"]
    inside = place if isinstance(place, str) else place[-1]
    inside = "supervisory" if "supervisory_authority" in below else str(inside)
    languages = [language_name(str(step)) for step in below if step in spoken]
    fields = [step for step in below if step not in spoken and step not in _GROUPS]
    return ", ".join([" › ".join([str(title), *(_called(step, inside) for step in fields)]), *languages])


def _called(step: str | int, place: str) -> str:
    return str(step + 1) if isinstance(step, int) else field_words.field_label(step, place)


def _language(steps: Path, document: Document) -> str | None:
    return next((str(step) for step in steps[1:] if step in document["texts"]), None)


def part_at(path: str, document: Document) -> str:
    """What the part of a list is called that a path leads into; empty if it leads into none."""
    steps: Path = tuple(map(_step, path.split(".")))
    for list_path in _LISTS:
        at, parts = len(list_path), keyed_parts.parts_of(document, list_path)
        index = steps[at] if steps[:at] == list_path and len(steps) > at else None
        if isinstance(index, int) and index < len(parts):
            return _title(parts[index], document)
    return ""
