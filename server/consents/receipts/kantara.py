"""A record as a consent receipt of the Kantara Initiative, version 1.1.0.

It lists what was granted; of a refusal there is nothing to list. The form demands the controller's postal
address, e-mail address and telephone number.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from server.consents.receipts.profiles import JURISDICTION, ConsentItem, Evidence, consent_items
from server.sites.document_types import Service

VERSION = "KI-CR-v1.1.0"

DEMANDED = ("name", "address", "contacts.email", "contacts.phone")
"""What the form demands of the controller."""

_PURPOSES = {
    "functional": "5 - Personalize Experience",
    "statistics": "16 - Improve Performance",
    "advertising": "6 - Marketing",
}
"""Category → purpose category of the specification; others keep their names."""

_NOT_STATED = "Not stated in the banner"


def receipt(evidence: Evidence) -> dict[str, Any]:
    """The receipt. Its controller must have what is `DEMANDED`."""
    record, controller = evidence.record, evidence.controller
    contacts, officer = controller["contacts"], controller["data_protection_officer"]
    return {
        "version": VERSION,
        "jurisdiction": JURISDICTION,
        "consentTimestamp": int(datetime.fromisoformat(record["decided_at"]).timestamp()),
        "collectionMethod": f"Cookie banner: {record['action']}, {record['surface']}",
        "consentReceiptID": evidence.number,
        "language": record["lang"],
        # There is no other identifier of the browser.
        "piiPrincipalId": evidence.number,
        "piiControllers": [
            {
                "piiController": controller["name"],
                "contact": officer["name"] or controller["name"],
                "address": {"streetAddress": controller["address"]},
                "email": contacts["email"],
                "phone": contacts["phone"],
                **({"piiControllerUrl": contacts["url"]} if contacts["url"] else {}),
            }
        ],
        "policyUrl": evidence.notice,
        "services": [
            service
            for matter in consent_items(evidence)
            if matter.granted
            for service in _services(evidence, matter)
        ],
        "sensitive": False,
        "spiCat": [],
    }


def _services(evidence: Evidence, matter: ConsentItem) -> Iterator[dict[str, Any]]:
    name = evidence.localized(matter.category["names"]) or matter.category["key"]
    if not matter.services:
        yield _service(evidence, matter, name, None)
    for each in matter.services:
        yield _service(evidence, matter, each["name"], each)


def _service(evidence: Evidence, matter: ConsentItem, name: str, service: Service | None) -> dict[str, Any]:
    purpose = evidence.localized(service["purpose"] if service else matter.category["descriptions"])
    category = matter.category["key"]
    own = evidence.localized(matter.category["names"]) or category
    others = [service["provider"], *service["shared_with"]] if service else []
    return {
        "service": name,
        "purposes": [
            {
                **({"purpose": purpose} if purpose else {}),
                "purposeCategory": [_PURPOSES.get(category, own)],
                "consentType": "EXPLICIT",
                "piiCategory": _stored_items(service) or [_NOT_STATED],
                "termination": f"{evidence.record['expires_at']}, or withdrawal at {evidence.pages}",
                "thirdPartyDisclosure": bool(others),
                **({"thirdPartyName": ", ".join(others)} if others else {}),
            }
        ],
    }


def _stored_items(service: Service | None) -> list[str]:
    cookies = service["cookies"] if service else []
    return [f"{cookie['kind'].replace('_', ' ')} {cookie['name']}" for cookie in cookies]
