"""What the standard forms of receipts demand: Kantara's JSON schema, the fields of ISO/IEC TS 27560, DPV 2.3.

The lists were taken from the specifications' own files: the schema of Kantara's receipt v1.1
(KantaraInitiative/consent-receipt-v-next), the guide to 27560 and the vocabularies of DPV 2.3 (w3c/dpv).
"""

import re
from collections.abc import Iterator
from typing import Any

TEXT = {"type": "string"}
TRUTH = {"type": "boolean"}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


KANTARA = _object(
    [
        "version",
        "jurisdiction",
        "consentTimestamp",
        "collectionMethod",
        "consentReceiptID",
        "piiPrincipalId",
        "piiControllers",
        "services",
        "policyUrl",
        "sensitive",
        "spiCat",
    ],
    version=TEXT,
    jurisdiction=TEXT,
    consentTimestamp={"type": "integer", "minimum": 0},
    collectionMethod=TEXT,
    consentReceiptID=TEXT,
    publicKey=TEXT,
    language=TEXT,
    piiPrincipalId=TEXT,
    piiControllers=_array(
        _object(
            ["piiController", "contact", "address", "email", "phone"],
            piiController=TEXT,
            onBehalf=TRUTH,
            contact=TEXT,
            address={"type": "object"},
            email=TEXT,
            phone=TEXT,
            piiControllerUrl=TEXT,
        )
    ),
    policyUrl=TEXT,
    services=_array(
        _object(
            ["service", "purposes"],
            service=TEXT,
            purposes=_array(
                {
                    **_object(
                        [
                            "consentType",
                            "purposeCategory",
                            "piiCategory",
                            "termination",
                            "thirdPartyDisclosure",
                        ],
                        purpose=TEXT,
                        consentType=TEXT,
                        purposeCategory=_array(TEXT),
                        piiCategory=_array(TEXT),
                        primaryPurpose=TRUTH,
                        termination=TEXT,
                    ),
                    "oneOf": [
                        _object(["thirdPartyDisclosure"], thirdPartyDisclosure={**TRUTH, "enum": [False]}),
                        _object(
                            ["thirdPartyDisclosure", "thirdPartyName"],
                            thirdPartyDisclosure={**TRUTH, "enum": [True]},
                            thirdPartyName=TEXT,
                        ),
                    ],
                }
            ),
        )
    ),
    sensitive=TRUTH,
    spiCat=_array(TEXT),
)
"""The schema's rules; keys that it does not name are refused besides."""

_TYPES = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}


def faults(value: object, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where a value breaks a JSON schema, for the keywords that `KANTARA` uses."""
    if type(value) is not _TYPES[schema["type"]]:
        yield f"{path} is not of type {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} is not one of {schema['enum']}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{path} is less than {schema['minimum']}"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema["items"], f"{path}.{index}")
    if isinstance(value, dict):
        yield from (f"{path} lacks {name}" for name in schema.get("required", ()) if name not in value)
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from faults(value[name], inner, f"{path}.{name}")
    if "oneOf" in schema and sum(not list(faults(value, one, path)) for one in schema["oneOf"]) != 1:
        yield f"{path} fits not exactly one of the alternatives"


def unknown(value: object, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Keys of a value that the schema does not name."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown(item, schema["items"], f"{path}.{index}")
    if isinstance(value, dict) and "properties" in schema:
        named = {**schema["properties"]}
        for one in schema.get("oneOf", ()):
            named.update(one["properties"])
        for name, inner in value.items():
            if name in named:
                yield from unknown(inner, named[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"


# --- DPV 2.3 -----------------------------------------------------------------------------------------------

_NAMES = """
    ConsentReceipt ConsentRecord ConsentGiven ConsentRefused ConsentWithdrawn ExpressedConsent ConsentNotice
    PrivacyNotice DataSubject Visitor DataController DataProtectionOfficer DataProtectionAuthority LegalEntity
    Recipient ThirdParty Process Purpose Service ServicePersonalisation ServiceUsageAnalytics Advertising
    PersonalData DataSubjectDataSource Optional Store Use StorageLocation StorageDuration ProcessingLocation
    LocalLocation TemporalDuration UntilEventDuration IndeterminateDuration ProvideConsent WithdrawConsent
    DataSubjectRight NotAvailable
    hasIdentifier hasRecordOfActivity hasDataSubject hasDataController hasJurisdiction hasApplicableLaw
    hasLegalBasis hasProcess hasPurpose hasPersonalData hasNecessity hasDataSource hasProcessing
    hasStorageCondition hasProcessingCondition hasLocation hasDuration hasRecipient hasService hasName
    hasAddress hasContact hasCountry hasDataProtectionOfficer hasAuthority hasConsentControl isExercisedAt
    hasRight hasNotice hasConsentStatus isIndicatedBy hasIndicationMethod isIndicatedAtTime hasApplicability
"""
_DUBLIN_CORE = "identifier conformsTo created publisher title description date language valid"
DPV = frozenset(_NAMES.split())
"""Terms that exist in the vocabulary itself: those that receipts may use."""

TERMS = {
    "dpv": DPV,
    "eu-gdpr": frozenset({"A6-1-a", "A7-3", "A13", "A14", "A15", "A16", "A17", "A18", "A20", "A22", "A77"}),
    "legal-eu": frozenset({"law-GDPR"}),
    "dct": frozenset(_DUBLIN_CORE.split()),
    "rdf": frozenset({"value"}),
    "skos": frozenset({"broader"}),
    "xsd": frozenset({"dateTime", "duration"}),
}
"""By prefix; `loc` has the EEA and every country by the two letters of ISO 3166."""

NAMESPACES = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_LOCATION = re.compile(r"EEA|[A-Z]{2}")


def terms(node: object) -> Iterator[str]:
    """Every term that a JSON-LD value uses: keys, types, and names of things by a prefix."""
    if isinstance(node, list):
        for each in node:
            yield from terms(each)
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "@context":
                continue
            if not key.startswith("@"):
                yield key
                yield from terms(value)
            elif key == "@type":
                yield from [value] if isinstance(value, str) else value
            elif key == "@id" and value.split(":")[0] in NAMESPACES:
                yield value


def exists(term: str) -> bool:
    """Whether this prefixed term is one of DPV 2.3, or of a vocabulary that it builds on."""
    prefix, _, name = term.partition(":")
    if prefix == "loc":
        return _LOCATION.fullmatch(name) is not None
    return name in TERMS.get(prefix, ())


RECORD = (
    "dct:conformsTo",
    "dct:identifier",
    "dpv:hasDataSubject",
    "dpv:hasNotice",
    "dpv:hasProcess",
    "dpv:hasDataController",
    "dpv:hasJurisdiction",
    "dpv:hasConsentControl",
    "dpv:hasConsentStatus",
    # what the profile for the GDPR adds
    "dpv:hasLegalBasis",
    "dpv:hasRight",
    "dpv:hasAuthority",
)
PROCESS = (
    "dpv:hasPurpose",
    "dpv:hasPersonalData",
    "dpv:hasStorageCondition",
    "dpv:hasRecipient",
    "dpv:hasProcessing",
    "dpv:hasProcessingCondition",
)
PARTY = ("dct:identifier", "dpv:hasName", "dpv:hasAddress", "dpv:hasContact", "@type")
STATUS = ("@type", "dpv:isIndicatedBy", "dpv:hasIndicationMethod", "dpv:isIndicatedAtTime", "dct:valid")
"""Fields that must be there, and not be empty."""
