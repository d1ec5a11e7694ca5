"""A proposal from a website's page, from the form that shows it to the site that is made of it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from server.accounts.service import audit_log
from server.catalog import service as catalog
from server.core.db import transaction
from server.core.errors import Invalid, NotFound, Unavailable
from server.core.http import settings
from server.core.signing import signer
from server.scanner import reading
from server.scanner import service as scanner
from server.scanner.values import Loaded, Proposal
from server.sites import logos, page_addresses, setups
from server.sites import service as sites
from server.sites.setups import Suggestion
from server.sites.values import Site
from server.studio.guard import identity
from server.studio.sites import site_start

_PURPOSE = "samtykke/proposal"

SHOWN = 6
"""Services that are named before the site is made."""


def sealed(proposal: Proposal) -> str:
    """A proposal as a form carries it, signed: nobody is asked to check what comes back."""
    text = _serializer().dumps(asdict(proposal))
    return text if isinstance(text, str) else text.decode()


def unsealed(text: str) -> Proposal | None:
    """The proposal that a form carried; None if it carried none."""
    try:
        found = _serializer().loads(text)
    except BadData:
        return None
    return Proposal(
        **{
            **found,
            "domains": tuple(found["domains"]),
            "colours": tuple(found["colours"]),
            "logos": tuple(found["logos"]),
            "services": tuple(Loaded(**each) for each in found["services"]),
        }
    )


def _serializer() -> URLSafeSerializer:
    return signer(settings().secret_key, _PURPOSE)


def names_of(services: Sequence[Loaded]) -> tuple[list[str], int]:
    """What the certain ones of these services are called, the first few; and how many there are besides."""
    found = [name for each in services if each.certain and (name := _name(each.key))]
    return found[:SHOWN], max(0, len(found) - SHOWN)


def _name(key: str) -> str:
    try:
        return catalog.find(key).name
    except NotFound:
        return ""


def begin(made: Site, proposal: Proposal | None, *, now: datetime) -> None:
    """Begin the set-up of a new site, and take over into its draft what the page proposed."""
    url, loaded = (proposal.url, proposal.services) if proposal else ("", ())
    suggestions = [Suggestion(each.key, each.host, certain=each.certain) for each in loaded]
    setups.begin(made.id, url, suggestions, now=now)
    first = sites.draft(made.id)
    document = site_start.with_time_zone(first.document, identity().time_zone)
    if proposal is not None:
        document = site_start.started(document, proposal)
    if document != first.document:
        sites.save_draft(made.id, document, by=identity().email, now=now, expected_revision=first.revision)


def take_logo(made: Site, proposal: Proposal, *, now: datetime) -> bool:
    """Store the first image that may be the logo, and show it in the draft; whether there is one."""
    get = scanner.getter(allow_private=settings().scan_private, timeout=reading.PATIENCE)
    for address in proposal.logos:
        image = reading.image(address, get)
        if image is None:
            continue
        try:
            logo = logos.made(image)
            with transaction():
                logos.store(made.id, logo, by=identity().email, now=now)
                draft = sites.draft(made.id)
                shown_at = settings().public_url + page_addresses.logo_path(made.key, logo.name)
                sites.save_draft(
                    made.id,
                    site_start.with_logo(draft.document, shown_at, made.name),
                    by=identity().email,
                    now=now,
                    expected_revision=draft.revision,
                )
                audit_log.record_event(
                    "logo_uploaded",
                    by=identity().actor,
                    site_id=made.id,
                    subject=logo.name,
                    detail=f"{len(logo.content)} bytes from {address}"[:300],
                    now=now,
                )
        except (Invalid, Unavailable):
            continue
        return True
    return False
