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
}

_TOOLS: dict[str | int, str] = {
    "consent_mode": "Google Consent Mode",
    "uet": "Microsoft Advertising",
    "clarity": "Microsoft Clarity",
    "matomo": "Matomo",
    "data_layer": "Tag managers",
}

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
    section = head if head in _LABELS else "texts"
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
    anchor = form_binding.field_name(document, steps)
    if head == "services":
        return FindingLink("service", label, anchor, {**values, "service": part["key"]})
    return FindingLink("categories", label, anchor, values)


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
    words = (str(step + 1) if isinstance(step, int) else step.replace("_", " ") for step in steps)
    return " › ".join((_LABELS.get(subject, subject), *words))


def _language(steps: form_binding.Path, document: Document) -> str | None:
    return next((str(step) for step in steps[1:] if step in document["texts"]), None)
