"""What visitors may do with the decisions of their browser: read them, prove them, erase them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from server.consents import queries
from server.consents.erasure import records
from server.consents.receipts import issuing
from server.consents.record import visitor_digest
from server.consents.service.paging import cursor
from server.consents.values import OwnRecord
from server.sites.document_types import Document
from server.sites.values import Site


def own_records(
    site_id: str, visitor: str, *, secret_key: str, before: str | None = None
) -> tuple[list[OwnRecord], str | None]:
    """The records of a browser, by its secret for this site, newest first; and a cursor for the rest.

    The cursor is None if there are no more; pass it as `before` to continue.

    :raises Invalid: `before` is not a cursor.
    """
    digest = visitor_digest(secret_key, site_id, visitor)
    return queries.of_browser(site_id, digest, before=cursor(before, "before"))


def erase(site_id: str, visitor: str, *, secret_key: str, data_dir: Path, now: datetime) -> int:
    """Delete all records of a browser, by its secret for this site; returns their number.

    In the caller's transaction. Their entries stay in the consent log without a subject, and a tombstone is
    appended for each. They are added to the erasure log, which outlives the database.

    :raises Unavailable: the erasure log in `data_dir` cannot be written; nothing is erased.
    """
    digest = visitor_digest(secret_key, site_id, visitor)
    return records.erase_browser(site_id, digest, secret_key=secret_key, data_dir=data_dir, now=now)


def own_receipt(
    site_id: str, visitor: str, name: str, *, secret_key: str, now: datetime, checkpoint_every: timedelta
) -> tuple[str, str]:
    """The number, and the receipt, of this browser's record with this number or decision id.

    :raises NotFound: `consent_unknown`.
    :raises ReceiptPending: the consent log does not have it yet; says when it will.
    """
    own = queries.own(site_id, visitor_digest(secret_key, site_id, visitor), name)
    return _number(own), issuing.receipt(site_id, own, now=now, checkpoint_every=checkpoint_every)


def own_profile(
    site: Site, visitor: str, name: str, form: str, *, secret_key: str, public_url: str
) -> tuple[str, Mapping[str, object]]:
    """The number, and the receipt in a standard form, of this browser's record; needs no log.

    :raises NotFound: `consent_unknown`.
    :raises Invalid: there is no such form.
    :raises Conflict: `controller_incomplete`, and `errors` names what the banner does not say.
    """
    own = queries.own(site.id, visitor_digest(secret_key, site.id, visitor), name)
    return _number(own), issuing.profile(site, own, form, public_url)


def complete_forms(document: Document) -> tuple[str, ...]:
    """The standard forms in which decisions on a banner can be given: it says all that they demand."""
    return issuing.complete_forms(document)


def _number(own: OwnRecord) -> str:
    return str(own.record["cid"])
