"""Services of drafts of which the catalog has a newer description, and the message about them."""

import hashlib
from datetime import datetime

from server.accounts.service import message_choices
from server.catalog import service as catalog
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import catalog_descriptions, catalog_differences, service
from server.sites.document_types import Document, Service
from server.sites.values import Site

UPDATED = "catalog.updated"
"""Kind of message."""

NAMED = 3
"""How many services a message names."""


def newer(document: Document) -> tuple[Service, ...]:
    """The services that were filled from the catalog, and for which that has something to take over."""
    bases = catalog_descriptions.of_document(document)
    found = []
    for one in document["services"]:
        known = catalog_descriptions.newest(one) if one["catalog"]["key"] else None
        if known and catalog_differences.differences(one, bases.get(one["key"]), known, document):
            found.append(one)
    return tuple(found)


def tell(site: Site, *, now: datetime) -> bool:
    """Put a message into the outbox about what the catalog has newer for a site; whether there was news.

    The same descriptions are told of once, and again after 30 days: a message is forgotten then.
    """
    found = newer(service.draft(site.id).document)
    if not found:
        return False
    names = [one["name"] or one["key"] for one in found]
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "services": ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else ""),
        "count": len(found),
    }
    message = Message(site.id, UPDATED, data, key=f"{UPDATED} {_digest(found)}")
    return outbox.record(message, message_choices.recipients(site.id, UPDATED), now=now)


def _digest(found: tuple[Service, ...]) -> str:
    known = ((one["key"], catalog_descriptions.newest(one)) for one in found)
    versions = sorted(f"{key} {catalog.version(one)}" for key, one in known if one)
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:32]
