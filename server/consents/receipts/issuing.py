"""The receipt of a stored record, as a file and in the standard forms."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from types import MappingProxyType, ModuleType
from typing import cast

from server.consents.receipts import iso27560, kantara
from server.consents.receipts import receipt as receipts
from server.consents.receipts.profiles import Evidence, missing
from server.consents.values import PROFILES, OwnRecord
from server.core.errors import Conflict, Invalid, Unavailable
from server.core.schedule import next_multiple
from server.ledger.service import reading
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.page_addresses import page_of
from server.sites.values import Site

_FORMS: Mapping[str, ModuleType] = MappingProxyType(dict(zip(PROFILES, (iso27560, kantara), strict=True)))


class ReceiptPending(Unavailable):
    """The consent log lacks the record; it is appended with the next checkpoint."""

    reason = "receipt_pending"


def receipt(site_id: str, own: OwnRecord, *, now: datetime, checkpoint_every: timedelta) -> str:
    """The receipt of a record.

    :raises ReceiptPending: the consent log does not have it yet; says when it will.
    """
    proof = reading.prove(site_id, str(own.record["cid"]))
    if proof is None:
        due = next_multiple(checkpoint_every, now)
        raise ReceiptPending(
            f"the record is stored, and will be in the consent log at {due:%Y-%m-%dT%H:%M:%SZ}",
            retry_after=ceil((due - now).total_seconds()) + 1,  # the second in which the log is written
        )
    return receipts.write(own.record, own.salt, proof)


def profile(site: Site, own: OwnRecord, form: str, public_url: str) -> Mapping[str, object]:
    """The receipt of a record in a standard form.

    :raises Invalid: there is no such form.
    :raises Conflict: `controller_incomplete`, and `errors` names what the banner does not say.
    """
    if form not in _FORMS:
        fault = f"is not one of {', '.join(sorted(_FORMS))}"
        raise Invalid(f"the profile {fault}", errors={"profile": fault})
    version = sites.version(site.id, cast("int", own.record["version"]))
    contact = version.document["controller"]["contacts"]["url"]
    here, language = f"{public_url}/s/{site.key}", f"?lang={own.record['lang']}"
    evidence = Evidence(
        record=own.record,
        document=version.document,
        published_at=version.published_at,
        pages=page_of(site.domains, contact, public_url=public_url),
        notice=f"{here}/notice/versions/{version.number}{language}",
        own_page=f"{here}/my-choice{language}",
        requests=f"{here}/request{language}",
    )
    if lacking := missing(evidence.controller, *_FORMS[form].DEMANDED):
        why = f"is empty in version {version.number} of the banner"
        raise Conflict(
            f"this form of receipt needs more than the banner says: {lacking[0]} {why}",
            reason="controller_incomplete",
            errors=dict.fromkeys(lacking, why),
        )
    made: Mapping[str, object] = _FORMS[form].receipt(evidence)
    return made


def complete_forms(document: Document) -> tuple[str, ...]:
    """The standard forms for which a banner says all that they demand of the controller."""
    return tuple(name for name, form in _FORMS.items() if not missing(document["controller"], *form.DEMANDED))
