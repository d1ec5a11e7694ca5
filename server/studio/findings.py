"""Links from lint findings to the page and field of the studio where they are corrected. Pure."""

from dataclasses import dataclass, field

from server.core import parsing
from server.sites.document_types import Document
from server.studio import form_binding

_LABELS = {
    "texts": "Texts",
    "categories": "Categories",
    "services": "Services",
    "appearance": "Appearance",
    "behaviour": "Behaviour",
    "tools": "Tools",
    "controller": "Controller",
    "notice": "Notice",
    "sections": "Sections",
    "activities": "Other processing",
    "processors": "Processors and recipients",
}
"""Path of a page or a list → its title."""

_TOOLS: dict[str | int, str] = {
    "consent_mode": "Google Consent Mode",
    "uet": "Microsoft Advertising",
    "clarity": "Microsoft Clarity",
    "matomo": "Matomo",
    "data_layer": "Tag managers",
}

_FIELD_LABELS = {"data": "information", "transfer_basis": "basis of a transfer"}
"""Key of a field → what the form calls it, where that is another word."""

_FIRST_FIELDS = {"controller.contacts": "controller.contacts.email"}
"""Path of several fields that are at fault together → the first of them."""

TOOL_KEYS = ("consent_mode", "google", "tools", "mapping")
"""Keys of `behaviour` that are edited on the page of tools."""


@dataclass(frozen=True)
class FindingLink:
    """A page of the editor, and a field on it."""

    endpoint: str
    label: str
    """Section and field, for display."""
    anchor: str
    """The field's name, which is its id too."""
    values: dict[str, str] = field(default_factory=dict)
    """URL parameters of the page."""


def link_to(path: str, document: Document) -> FindingLink:
    """The link for a path such as `services.2.cookies.0.purpose.nb`."""
    steps: form_binding.Path = tuple(map(_step, path.split(".")))
    head = str(steps[0])
    values = {"language": language} if (language := _language(steps, document)) else {}
    if head in ("categories", "services") and len(steps) > 1 and isinstance(steps[1], int):
        return _part(head, steps, document, values)
    if head in ("categories", "services"):
        return FindingLink(head, _LABELS[head], "", values)
    if head == "notice":
        return _of_notice(steps, document, values)
    section = head if head in _LABELS else "texts"
    path = _FIRST_FIELDS.get(path, path)
    if head == "behaviour" and len(steps) > 1 and steps[1] in TOOL_KEYS:
        return FindingLink("section", _label("tools", _tool_steps(steps[1:])), path, {"section": "tools"})
    return FindingLink("section", _label(section, steps[1:]), path, {**values, "section": section})


def _step(step: str) -> str | int:
    index = parsing.number(step)
    return step if index is None else index


def _part(head: str, steps: form_binding.Path, document: Document, values: dict[str, str]) -> FindingLink:
    parts = form_binding.parts_of(document, head)
    index = int(steps[1])
    if index >= len(parts):
        return FindingLink(head, _LABELS[head], "", values)
    part = parts[index]
    title = _title(document, head, index)
    label = _label(title, steps[2:])
    names: form_binding.Path = ("names", document["default_language"]) if head == "categories" else ("name",)
    # What is wrong with a whole part, or with what a button sets, is shown at its name.
    at = steps if len(steps) > 2 and steps[2] != "hidden" else (*steps[:2], *names)
    anchor = form_binding.field_name(document, at)
    if head == "services":
        return FindingLink("service", label, anchor, {**values, "service": part["key"]})
    return FindingLink("categories", label, anchor, values)


def _of_notice(steps: form_binding.Path, document: Document, values: dict[str, str]) -> FindingLink:
    """The link for a section of the notice, or to the page for what has no field there."""
    values = {**values, "section": "notice"}
    kind, index = (*(str(step) for step in steps[1:3]), "", "")[:2]
    title = _title_in_notice(document, kind, parsing.number(index))
    if title is None:
        return FindingLink("section", _LABELS["notice"], "", values)
    label = " › ".join((_LABELS["notice"], title or f"{_LABELS[kind]} {int(index) + 1}", *_words(steps[3:])))
    if kind != "sections":
        return FindingLink("section", label, "", values)
    # Hiding has no text field of its own: the section's heading is where it is seen.
    part = steps[3] if len(steps) > 3 and steps[3] in ("heading", "body") else "heading"
    language = _language(steps, document) or document["default_language"]
    return FindingLink("section", label, f"notice.sections.{index}.{part}.{language}", values)


def _title_in_notice(document: Document, kind: str, index: int | None) -> str | None:
    """What readers call an entry of a list of the notice; None if there is no such entry."""
    notice, main = document["notice"], document["default_language"]
    titles = {
        "sections": [each["heading"].get(main, "") for each in notice["sections"]],
        "activities": [each["name"].get(main, "") for each in notice["activities"]],
        "processors": [each["name"] for each in notice["processors"]],
    }.get(kind, [])
    return titles[index] if index is not None and index < len(titles) else None


def _title(document: Document, head: str, index: int) -> str:
    if head == "categories":
        category = document["categories"][index]
        return category["names"].get(document["default_language"]) or category["key"]
    service = document["services"][index]
    return service["name"] or service["key"]


def _tool_steps(steps: form_binding.Path) -> form_binding.Path:
    """The path with the labels of the page of tools, without the grouping keys of the document."""
    return tuple(_TOOLS.get(step, step) for step in steps if step not in ("google", "tools", "mapping"))


def _label(subject: str, steps: form_binding.Path) -> str:
    return " › ".join((_LABELS.get(subject, subject), *_words(steps)))


def _words(steps: form_binding.Path) -> tuple[str, ...]:
    return tuple(str(step + 1) if isinstance(step, int) else _called(step) for step in steps)


def _called(key: str) -> str:
    return _FIELD_LABELS.get(key, key.replace("_", " "))


def _language(steps: form_binding.Path, document: Document) -> str | None:
    return next((str(step) for step in steps[1:] if step in document["texts"]), None)
