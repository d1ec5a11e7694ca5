"""Lint of banner documents before publishing: legal requirements, dark patterns, readability.

Pure: takes a document and its site's domains, returns findings. Errors prevent publishing, warnings do not.
Each module checks one part of the document.
"""

from collections.abc import Iterator, Sequence

from server.sites.document_types import Document
from server.sites.lint import appearance, article_13, behaviour, controller, notice, purposes, wording
from server.sites.lint.finding import error
from server.sites.values import LAST_SLOT, Finding, Numbering


def findings(document: Document, domains: Sequence[str] = ()) -> tuple[Finding, ...]:
    """All findings, errors first and otherwise in the order of the document."""
    found = [
        *purposes.findings(document),
        *wording.findings(document),
        *appearance.findings(document, domains),
        *behaviour.findings(document),
        *controller.findings(document),
        *notice.findings(document),
        *article_13.findings(document),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))


def unnumberable(document: Document, numbering: Numbering) -> Iterator[Finding]:
    """Categories whose bit does not fit the visitor's cookie."""
    for index, category in enumerate(document["categories"]):
        if numbering.slots.get(category["key"], 0) > LAST_SLOT:
            yield error(
                f"categories.{index}.key",
                "is one new key too many for the visitors' cookie; use that of a removed category",
                "slots_used_up",
            )
