"""Lint of the controller: what notice and receipts need."""

from collections.abc import Iterator

from server.sites.document_types import Document
from server.sites.lint.finding import error, warning
from server.sites.lint.visible_text import visible
from server.sites.values import Finding


def findings(document: Document) -> Iterator[Finding]:
    """Findings of the controller."""
    controller = document["controller"]
    contacts = controller["contacts"]
    if not visible(controller["name"]):
        yield error(
            "controller.name",
            "is missing: visitors must know who asks (GDPR article 13(1)(a))",
            "controller_missing",
        )
    if not contacts["email"] and not contacts["url"]:
        yield error(
            "controller.contacts",
            "is missing, and so is the contact page: visitors must be able to reach you by one of them "
            "(GDPR article 13(1)(a))",
            "contact_missing",
        )
    if not visible(controller["address"]):
        yield warning(
            "controller.address", "is missing: consent receipts in standard forms need it", "address_missing"
        )
    for way, contact in (("email", contacts["email"]), ("phone", contacts["phone"])):
        if not contact:
            yield warning(
                f"controller.contacts.{way}",
                "is missing: one of the standard forms in which visitors can download a consent receipt, "
                "Kantara’s, needs it",
                "receipts_incomplete",
            )
    if not visible(controller["supervisory_authority"]["name"]):
        yield error(
            "controller.supervisory_authority.name",
            "is missing: visitors may complain there (GDPR article 13(2)(d))",
            "authority_missing",
        )
    officer = controller["data_protection_officer"]
    if visible(officer["name"]) and not officer["email"]:
        yield warning(
            "controller.data_protection_officer.email",
            "is missing: visitors may contact the officer (GDPR article 13(1)(b))",
            "officer_unreachable",
        )
