"""What the newest check of a website found, as pages show it: in words, with the ways to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from server.catalog import service as catalog
from server.core.errors import NotFound
from server.scanner.values import Fault, Standing, Status
from server.sites import known_services
from server.sites.document_types import Document
from server.sites.values import Version
from server.studio.draft.editor_links import link_to
from server.studio.guard import may, site
from server.studio.installation import installation_words
from server.studio.installation.installation_words import SaidFault
from server.studio.language import gettext


@dataclass(frozen=True)
class Way:
    """A page where a fault is mended."""

    label: str
    address: str


@dataclass(frozen=True)
class ShownFault:
    """A fault, and the ways to mend it that the reader may go."""

    said: SaidFault
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class ShownCheck:
    """What a check found."""

    standing: Standing
    url: str
    at: datetime
    live_since: datetime | None
    faults: tuple[ShownFault, ...]


def shown(check: Status | None, newest: Version | None, draft: Document, platform: str) -> ShownCheck | None:
    """What the newest check of the site in the URL found; None: there was none.

    :param newest: the newest version; None: nothing is published
    :param platform: whose instructions say how something is marked
    """
    if check is None:
        return None
    return ShownCheck(
        check.standing(newest.published_at if newest else None),
        check.newest.url,
        check.newest.at,
        check.live_since,
        tuple(
            ShownFault(installation_words.said(fault), tuple(_ways(fault, draft, platform)))
            for fault in check.newest.faults
        ),
    )


def _ways(fault: Fault, draft: Document, platform: str) -> Iterator[Way]:
    key, edits = site().key, may("banner.edit")
    match fault.code:
        case "not_published":
            yield Way(gettext("Go to Publish"), url_for("studio.publish", key=key))
        case "redirected_away" if may("site.edit"):
            yield Way(gettext("Go to Website"), url_for("studio.domains", key=key))
        case "unmarked_service":
            marking = url_for("studio.install", key=key, platform=platform, _anchor="marking")
            yield Way(gettext("How to mark it"), marking)
            if draft["behaviour"]["automatic_blocking"]:
                # It is on in the draft, and not in what was checked.
                yield Way(gettext("Go to Publish"), url_for("studio.publish", key=key))
            elif edits:
                yield _to("behaviour.automatic_blocking", gettext("Turn on automatic blocking"), draft)
        case "host_missing" if edits:
            index = _index(fault.facts["declared"], draft)
            field = "services" if index is None else f"services.{index}.hosts"
            yield _to(field, gettext("Add the host"), draft)
        case "undeclared_service" if edits:
            yield _addition(fault.facts["known"], draft)
        case _:
            return


def _to(field: str, label: str, draft: Document) -> Way:
    link = link_to(field, draft)
    address = url_for(f"studio.{link.endpoint}", key=site().key, **dict[str, Any](link.values))
    return Way(label, f"{address}#{link.anchor}" if link.anchor else address)


def _index(service: str, draft: Document) -> int | None:
    """Where a service stands in the draft; None: it was removed there."""
    keys = [each["key"] for each in draft["services"]]
    return keys.index(service) if service in keys else None


def _addition(known: str, draft: Document) -> Way:
    """The way to add a service of the catalog, or to publish it if it is in the draft already."""
    try:
        present = known_services.present(catalog.find(known), draft["services"]) is not None
    except NotFound:
        # A service of an earlier release's catalog.
        return _to("services", gettext("Go to Services"), draft)
    if present:
        return Way(gettext("Go to Publish"), url_for("studio.publish", key=site().key))
    label = gettext("Add it to the services")
    return Way(label, url_for("studio.known_services_chosen", key=site().key, service=known))
