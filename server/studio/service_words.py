"""What the studio calls the values of a service that are closed lists. Pure."""

from collections.abc import Mapping

from server.sites.document_types import LegalBasis, StorageKind, TransferBasis

KINDS: Mapping[StorageKind, str] = {
    "cookie": "Cookie",
    "local_storage": "Local storage",
    "session_storage": "Session storage",
    "indexed_db": "IndexedDB",
    "pixel": "Tracking pixel",
}
BASES: Mapping[LegalBasis, str] = {
    "consent": "Consent",
    "contract": "Contract with the visitor",
    "legal_obligation": "Legal obligation",
    "public_task": "Public task",
    "vital_interests": "Vital interests",
}
TRANSFER_BASES: Mapping[TransferBasis, str] = {
    "": "Not stated",
    "adequacy_decision": "Adequacy decision of the European Commission",
    "data_privacy_framework": "EU–US Data Privacy Framework",
    "standard_contractual_clauses": "Standard contractual clauses",
    "binding_corporate_rules": "Binding corporate rules",
    "explicit_consent": "The visitor’s explicit consent",
}
