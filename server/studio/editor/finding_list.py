"""The findings of a draft as the page of publishing lists them: the first of many, and where the others are.

A draft of some services in many languages can have thousands. Nobody reads those at once, and to find out
which of them can be put right takes long; so a page has the first ones, and says where the others are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Finding
from server.studio.draft import field_words, finding_way, finding_words, keyed_parts
from server.studio.draft.editor_links import EditorLink, link_to

MOST = 100
"""Most findings of a severity that a page lists."""

MOST_PLACES = 30
"""Most places that are named where the others are."""


@dataclass(frozen=True)
class Shown:
    """A finding as a page shows it."""

    finding: Finding
    said: str
    place: EditorLink
    fixable: bool
    """Whether a button puts it right."""


@dataclass(frozen=True)
class Listed:
    """The findings of one severity."""

    count: int
    """All of them."""
    shown: tuple[Shown, ...]
    """The first `MOST`."""
    places: tuple[tuple[EditorLink, int], ...]
    """Pages and parts of the editor with how many of the others are there: the first `MOST_PLACES`."""

    @property
    def left(self) -> int:
        """How many are not listed."""
        return self.count - len(self.shown)

    @property
    def elsewhere(self) -> int:
        """How many of those are in no place that is named."""
        return self.left - sum(count for _, count in self.places)


def listed(document: Document, found: Sequence[Finding], *, editable: bool) -> tuple[Listed, Listed]:
    """The errors of a document and its warnings.

    :param editable: whether the reader can put something right
    """
    errors = [each for each in found if each.severity == "error"]
    warnings = [each for each in found if each.severity != "error"]
    first = [*errors[:MOST], *warnings[:MOST]]
    fixable = sites.fixable(document, found, among=first) if editable else frozenset()

    def of(findings: Sequence[Finding], start: int) -> Listed:
        numbered = list(enumerate(findings, start))
        shown = tuple(
            Shown(
                each,
                finding_words.said(each, document),
                finding_way.marked(link_to(each.field, document), number, each),
                each in fixable,
            )
            for number, each in numbered[:MOST]
        )
        return Listed(len(findings), shown, _places(numbered[MOST:], document))

    return of(errors, 0), of(warnings, len(errors))


def _places(
    findings: Iterable[tuple[int, Finding]], document: Document
) -> tuple[tuple[EditorLink, int], ...]:
    found: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in findings:
        found.setdefault(_part(finding.field), []).append((number, finding))
    links = []
    for part, inside in list(found.items())[:MOST_PLACES]:
        number, first = inside[0]
        link = _link(part, first.field, document)
        links.append((finding_way.marked(link, number, first), len(inside)))
    return tuple(links)


def _part(field: str) -> str:
    """The path of the part of a list that a field is in, or of the page that it is on."""
    steps = tuple(field.split("."))
    list_path = keyed_parts.list_of(steps)
    return ".".join(steps[: len(list_path) + 1] if list_path else steps[:1])


def _link(part: str, field: str, document: Document) -> EditorLink:
    """The link to a part by its name, or to the first of several fields by the name of its page."""
    if "." in part:
        return link_to(part, document)
    link = link_to(field, document)
    title = field_words.SECTIONS.get(link.values.get("section", "")) or field_words.LISTS.get(link.endpoint)
    return replace(link, label=str(title)) if title else link
