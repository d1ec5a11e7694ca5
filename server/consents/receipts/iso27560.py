"""A record as a consent receipt of ISO/IEC TS 27560:2023, in JSON-LD with the Data Privacy Vocabulary 2.3.

The receipt holds one consent record for each matter that was decided, so that a yes to one thing and a no to
another have states of their own. Records have what the profile `dpv-27560:record-eu-gdpr` requires.
"""

from collections.abc import Iterator
from typing import Any

from server.consents.receipts.profiles import JURISDICTION, ConsentItem, Evidence, consent_items
from server.sites.document_types import Cookie, Service

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes of the terms that are used."""

SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#"

DEMANDED = ("name", "address", "contacts.email|contacts.phone|contacts.url")
"""What the form demands of the controller."""

_PURPOSES = {
    "functional": "dpv:ServicePersonalisation",
    "statistics": "dpv:ServiceUsageAnalytics",
    "advertising": "dpv:Advertising",
}
"""Categories whose meaning is settled. Of any other, nothing narrower is claimed than the banner's words."""

_RIGHTS = ("A7-3", "A13", "A15", "A16", "A17", "A18", "A20", "A77")
"""Those that come with consent as the legal basis (`eu-gdpr:A6-1-a`)."""

_OWN_RIGHTS = ("A15", "A17", "A20")
"""Those that a browser exercises by itself over its own records: access, erasure, portability."""

_Node = dict[str, Any]


def receipt(evidence: Evidence) -> _Node:
    """The receipt. Its controller must have what is `DEMANDED`."""
    controller = f"urn:samtykke:controller:{evidence.record['site']}"
    return {
        "@context": CONTEXT,
        "@id": f"urn:samtykke:receipt:{evidence.number}",
        "@type": "dpv:ConsentReceipt",
        "dpv:hasIdentifier": evidence.number,
        "dct:conformsTo": _iri(SCHEMA + "receipt-eu-gdpr"),
        "dct:created": _moment(evidence.record["recorded_at"]),
        "dct:publisher": _iri(controller),
        "dpv:hasDataController": _controller(evidence, controller),
        "dpv:hasRecordOfActivity": [_record(evidence, each, controller) for each in consent_items(evidence)],
    }


def _record(evidence: Evidence, matter: ConsentItem, controller: str) -> _Node:
    identifier = f"{evidence.number}/{matter.key}"
    return {
        "@id": f"urn:samtykke:record:{identifier}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": identifier,
        "dct:conformsTo": [_iri(SCHEMA + "record"), _iri(SCHEMA + "record-eu-gdpr")],
        "dpv:hasDataSubject": {
            "@type": ["dpv:DataSubject", "dpv:Visitor"],
            # The browser is known by nothing else.
            "dct:identifier": evidence.number,
        },
        "dpv:hasDataController": _iri(controller),
        "dpv:hasJurisdiction": _iri(f"loc:{JURISDICTION}"),
        "dpv:hasApplicableLaw": _iri("legal-eu:law-GDPR"),
        "dpv:hasLegalBasis": _iri("eu-gdpr:A6-1-a"),
        "dpv:hasProcess": list(_processes(evidence, matter, controller)),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": _iri(evidence.pages),
        },
        "dpv:hasRight": [
            {
                "@type": ["dpv:DataSubjectRight", f"eu-gdpr:{right}"],
                "dpv:isExercisedAt": _exercised_at(evidence, right),
            }
            for right in _RIGHTS
        ],
        "dpv:hasAuthority": _authority(evidence),
        "dpv:hasNotice": {
            "@id": evidence.notice,
            "@type": ["dpv:PrivacyNotice", "dpv:ConsentNotice"],
            "dct:identifier": evidence.record["cfg"],
            "dct:title": f"Version {evidence.record['version']}",
            "dct:date": _moment(evidence.published_at.isoformat(timespec="milliseconds")),
            "dct:language": evidence.record["lang"],
        },
        "dpv:hasConsentStatus": {
            "@type": [f"dpv:{_state(evidence, matter)}", "dpv:ExpressedConsent"],
            "dpv:isIndicatedBy": _iri("dpv:DataSubject"),
            "dpv:hasIndicationMethod": f"{evidence.record['action']}, {evidence.record['surface']}",
            "dpv:isIndicatedAtTime": _moment(evidence.record["decided_at"]),
            "dct:valid": _moment(evidence.record["expires_at"]),
        },
    }


def _exercised_at(evidence: Evidence, right: str) -> _Node | list[_Node]:
    """The pages on which a right is exercised."""
    if right == "A7-3":  # withdrawal, for which the site's own settings are needed
        return _iri(evidence.pages)
    if right == "A77":  # to complain
        return _iri(evidence.controller["supervisory_authority"]["url"] or evidence.notice)
    if right == "A13":  # to be informed
        return _iri(evidence.notice)
    request = _iri(evidence.requests)
    return [_iri(evidence.own_page), request] if right in _OWN_RIGHTS else request


def _state(evidence: Evidence, matter: ConsentItem) -> str:
    if matter.granted:
        return "ConsentGiven"
    return "ConsentWithdrawn" if evidence.record["action"] == "withdraw" else "ConsentRefused"


def _processes(evidence: Evidence, matter: ConsentItem, controller: str) -> Iterator[_Node]:
    if not matter.services:
        yield _process(
            evidence, matter, evidence.localized(matter.category["descriptions"]), controller, None
        )
    for service in matter.services:
        yield _process(evidence, matter, evidence.localized(service["purpose"]), controller, service)


def _process(
    evidence: Evidence, matter: ConsentItem, purpose: str, controller: str, service: Service | None
) -> _Node:
    cookies = service["cookies"] if service else []
    places = [_iri("dpv:LocalLocation"), *_countries(service)]
    made: _Node = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "skos:broader": _iri(_PURPOSES.get(matter.category["key"], "dpv:Purpose")),
            "dct:title": _text(
                evidence, evidence.localized(matter.category["names"]) or matter.category["key"]
            ),
            **({"dct:description": _text(evidence, purpose)} if purpose else {}),
        },
        "dpv:hasPersonalData": {
            "@type": "dpv:PersonalData",
            "skos:broader": _iri("dpv:PersonalData"),
            "dpv:hasNecessity": _iri("dpv:Optional"),
            "dpv:hasDataSource": _iri("dpv:DataSubjectDataSource"),
            **({"dct:identifier": [cookie["name"] for cookie in cookies]} if cookies else {}),
        },
        "dpv:hasProcessing": [_iri("dpv:Store"), _iri("dpv:Use")],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": places},
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": list(_durations(cookies))},
        ],
        "dpv:hasProcessingCondition": {
            "@type": "dpv:ProcessingLocation",
            **(
                {"dpv:hasLocation": _countries(service)}
                if _countries(service)
                else {"dpv:hasApplicability": _iri("dpv:NotAvailable")}
            ),
        },
        "dpv:hasRecipient": [_iri(controller), *_recipients(service)],
    }
    if service:
        made["dpv:hasService"] = {
            "@type": "dpv:Service",
            "dct:identifier": service["key"],
            "dct:title": service["name"],
        }
    return made


def _recipients(service: Service | None) -> Iterator[_Node]:
    if service is None:
        return
    yield {
        "@type": ["dpv:LegalEntity", "dpv:Recipient"],
        "dpv:hasName": service["provider"],
        **({"dpv:hasCountry": _countries(service)} if service["country"] else {}),
        **({"dpv:hasContact": service["privacy_link"]} if service["privacy_link"] else {}),
    }
    for name in service["shared_with"]:
        yield {"@type": ["dpv:ThirdParty", "dpv:Recipient"], "dpv:hasName": name}


def _countries(service: Service | None) -> list[_Node]:
    return [_iri(f"loc:{service['country']}")] if service and service["country"] else []


def _durations(cookies: list[Cookie]) -> Iterator[_Node]:
    lifetimes = sorted({cookie["lifetime"] for cookie in cookies} - {""})
    for lifetime in lifetimes:
        if lifetime == "session":
            yield {"@type": "dpv:UntilEventDuration", "rdf:value": "end of the browser's session"}
        else:
            value = {"@type": "xsd:duration", "@value": lifetime}
            yield {"@type": "dpv:TemporalDuration", "rdf:value": value}
    if not lifetimes:
        yield _iri("dpv:IndeterminateDuration")


def _controller(evidence: Evidence, controller: str) -> _Node:
    details = evidence.controller
    officer = details["data_protection_officer"]
    made: _Node = {
        "@id": controller,
        "@type": "dpv:DataController",
        "dct:identifier": details["organisation_number"] or controller,
        "dpv:hasName": details["name"],
        "dpv:hasAddress": details["address"],
        "dpv:hasContact": [value for value in details["contacts"].values() if value],
    }
    if officer["name"] or officer["email"]:
        made["dpv:hasDataProtectionOfficer"] = {
            "@type": "dpv:DataProtectionOfficer",
            **({"dpv:hasName": officer["name"]} if officer["name"] else {}),
            **({"dpv:hasContact": officer["email"]} if officer["email"] else {}),
        }
    return made


def _authority(evidence: Evidence) -> _Node:
    authority = evidence.controller["supervisory_authority"]
    made: _Node = {"@type": "dpv:DataProtectionAuthority"}
    if authority["name"]:
        made["dpv:hasName"] = authority["name"]
    if authority["url"]:
        made["dpv:hasContact"] = authority["url"]
    return made if len(made) > 1 else {**made, "dpv:hasApplicability": _iri("dpv:NotAvailable")}


def _iri(iri: str) -> _Node:
    return {"@id": iri}


def _text(evidence: Evidence, text: str) -> _Node:
    return {"@value": text, "@language": evidence.record["lang"]}


def _moment(text: str) -> _Node:
    return {"@value": text, "@type": "xsd:dateTime"}
