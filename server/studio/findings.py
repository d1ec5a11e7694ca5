"""Where in the studio a finding is put right, and what its field is called there. Pure."""

from dataclasses import dataclass, field

from server.sites.values import Document
from server.studio import edits

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

TELLING = ("consent_mode", "google", "tools", "mapping")
"""Parts of the behaviour that are between the website and other tools: they have a page of their own."""


@dataclass(frozen=True)
class Place:
    """A page of the editor, and a field on it."""

    endpoint: str
    label: str
    """For people: section and what it is about."""
    anchor: str
    """The field's name, which is its id too."""
    values: dict[str, str] = field(default_factory=dict)
    """What the page's address needs."""


def place(path: str, document: Document) -> Place:
    """The place of a path such as `services.2.cookies.0.purpose.nb`."""
    steps: edits.Path = tuple(int(step) if step.isdigit() else step for step in path.split("."))
    head = str(steps[0])
    values = {"language": language} if (language := _language(steps, document)) else {}
    if head in ("categories", "services") and len(steps) > 1 and isinstance(steps[1], int):
        return _part(head, steps, document, values)
    if head in ("categories", "services"):
        return Place(head, _LABELS[head], "", values)
    section = head if head in _LABELS else "texts"
    if head == "behaviour" and len(steps) > 1 and steps[1] in TELLING:
        return Place("section", _label("tools", _told(steps[1:])), path, {"section": "tools"})
    return Place("section", _label(section, steps[1:]), path, {**values, "section": section})


def _part(head: str, steps: edits.Path, document: Document, values: dict[str, str]) -> Place:
    parts = document[head]
    index = int(steps[1])
    if index >= len(parts):
        return Place(head, _LABELS[head], "", values)
    part = parts[index]
    title = part.get("name") or part.get("names", {}).get(document["default_language"]) or part["key"]
    label = _label(title, steps[2:])
    anchor = edits.name(document, steps)
    if head == "services":
        return Place("service", label, anchor, {**values, "service": part["key"]})
    return Place("categories", label, anchor, values)


def _told(steps: edits.Path) -> edits.Path:
    """What the field is called on the page about tools: without the document's own drawers."""
    return tuple(_TOOLS.get(step, step) for step in steps if step not in ("google", "tools", "mapping"))


def _label(subject: str, steps: edits.Path) -> str:
    words = (str(step + 1) if isinstance(step, int) else step.replace("_", " ") for step in steps)
    return " › ".join((_LABELS.get(subject, subject), *words))


def _language(steps: edits.Path, document: Document) -> str | None:
    return next((str(step) for step in steps[1:] if step in document["texts"]), None)
