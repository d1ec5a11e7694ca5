"""The way through the findings of a draft, from one to the next, while they are put right. Pure.

A link to the field of a finding says in its address which finding it is of. The editor's page of this address
then says whether it is put right, and leads on; nobody has to go back to the list for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.core import parsing
from server.sites.document_types import Document
from server.sites.values import Finding
from server.studio.draft import finding_words
from server.studio.draft.editor_links import EditorLink, link_to

PARAMETER = "finding"
"""The parameter of an address that says which finding led to it: its place in the list, and its field."""


@dataclass(frozen=True)
class Way:
    """Where somebody is who came from a finding, and how it goes on."""

    said: str
    """What is still wrong at the field; empty: it is put right."""
    next: EditorLink | None
    """The next finding that is elsewhere; None: there is none."""
    left: int
    """How many findings there are: of those that stop publishing, if any does."""
    stops: bool
    """Whether any stops publishing."""


def marked(link: EditorLink, place: int, finding: Finding) -> EditorLink:
    """A link to a field that says from which finding it comes, the `place`th of the draft's from 0."""
    return replace(link, values={**link.values, PARAMETER: f"{place}-{finding.field}"})


def way(mark: str, found: Sequence[Finding], document: Document) -> Way | None:
    """The way on from a finding; None if the mark is none.

    The findings may be others by now: what was put right is not among them, and what came after has moved up.
    """
    number, dash, field = mark.partition("-")
    place = parsing.number(number)
    if place is None or not dash or not field:
        return None
    here = [index for index, each in enumerate(found) if each.field == field]
    behind = min(here, key=lambda index: abs(index - place)) + 1 if here else min(place, len(found))
    # From there to the end, then what was passed over.
    order = [*range(behind, len(found)), *range(behind)]
    onward = next((index for index in order if index not in here), None)
    stopping = sum(each.severity == "error" for each in found)
    return Way(
        said=finding_words.said(found[behind - 1], document) if here else "",
        next=None if onward is None else _link(onward, found[onward], document),
        left=stopping or len(found),
        stops=stopping > 0,
    )


def _link(place: int, finding: Finding, document: Document) -> EditorLink:
    return marked(link_to(finding.field, document), place, finding)
