"""What the studio calls the values of a service that are closed lists. Pure."""

from collections.abc import Mapping

from server.sites.document_types import LegalBasis, StorageKind, TransferBasis
from server.studio.language import lazy_gettext

KINDS: Mapping[StorageKind, str] = {
    "cookie": lazy_gettext("Cookie"),
    "local_storage": lazy_gettext("Local storage"),
    "session_storage": lazy_gettext("Session storage"),
    "indexed_db": "IndexedDB",
    "pixel": lazy_gettext("Tracking pixel"),
}
BASES: Mapping[LegalBasis, str] = {
    "consent": lazy_gettext("Consent"),
    "contract": lazy_gettext("Contract with the visitor"),
    "legal_obligation": lazy_gettext("Legal obligation"),
    "public_task": lazy_gettext("Public task"),
    "vital_interests": lazy_gettext("Vital interests"),
}
TRANSFER_BASES: Mapping[TransferBasis, str] = {
    "": lazy_gettext("Not stated"),
    "adequacy_decision": lazy_gettext("Adequacy decision of the European Commission"),
    "data_privacy_framework": lazy_gettext("EU–US Data Privacy Framework"),
    "standard_contractual_clauses": lazy_gettext("Standard contractual clauses"),
    "binding_corporate_rules": lazy_gettext("Binding corporate rules"),
    "explicit_consent": lazy_gettext("The visitor’s explicit consent"),
}
