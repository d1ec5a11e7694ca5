"""Lint of the controller: what notice and receipts need."""

from collections.abc import Iterator

from server.sites.document_types import Controller, Document
from server.sites.lint.finding import error, warning
from server.sites.lint.visible_text import visible
from server.sites.transfers import outside_eea
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
    yield from _representative(controller)
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
        yield error(
            "controller.data_protection_officer.email",
            "is missing: visitors may contact the officer (GDPR article 13(1)(b))",
            "officer_unreachable",
        )


def _representative(controller: Controller) -> Iterator[Finding]:
    """A controller outside the EEA has one, save where article 27(2) frees it."""
    representative = controller["representative"]
    if visible(representative["name"]):
        if not representative["email"] and not visible(representative["address"]):
            yield error(
                "controller.representative.email",
                "is missing, and so is the postal address: visitors must be able to reach the representative "
                "(GDPR article 13(1)(a))",
                "representative_unreachable",
            )
    elif outside_eea(controller["country"]):
        yield warning(
            "controller.representative.name",
            "is missing: a controller outside the EEA names a representative there (GDPR articles 13(1)(a) "
            "and 27), unless it needs none by article 27(2)",
            "representative_missing",
        )
