"""Use cases of the demo site: seed, and counters."""

from datetime import datetime
from pathlib import Path

from server.core.errors import NotFound
from server.demo import parties, tally
from server.demo.document import document
from server.sites import publications
from server.sites import service as sites
from server.sites.values import Site

KEY = "demo"
NAME = "Ullvær"
BY = "demo"


def seed(public_url: str, *, now: datetime) -> Site:
    """Create or reset the demo site, with its banner published; idempotent.

    :raises Invalid: the host name of `public_url` is not one that a site can have.
    """
    return _restored(_site(public_url, now), public_url, now)


def keep_up_to_date(public_url: str, *, now: datetime) -> Site:
    """Create the demo site, or reset it unless somebody has saved a draft or published a version.

    :raises Invalid: the host name of `public_url` is not one that a site can have.
    """
    site = _site(public_url, now)
    newest = sites.newest(site.id)
    changed_by = {sites.draft(site.id).updated_by, newest.published_by if newest else BY}
    return site if changed_by != {BY} else _restored(site, public_url, now)


def _restored(site: Site, public_url: str, now: datetime) -> Site:
    expected = sites.validate(document(public_url))
    if sites.draft(site.id).document != expected:
        sites.save_draft(site.id, expected, by=BY, now=now)
    newest = sites.newest(site.id)
    if newest is not None and newest.variant_of is not None:
        return site  # An experiment that somebody started on it goes on.
    if newest is None or newest.document != expected:
        waiting = publications.waiting(site.id)
        replacing = waiting.number if waiting else None
        # Those who reset the demo operate the server: nobody approves it.
        sites.publish(site.id, note="Demo", by=BY, now=now, replacing=replacing, approved=True)
    return site


def seen(data_dir: Path) -> dict[str, dict[str, int]]:
    """Number of requests by stand-in and kind."""
    return {
        party.key: {kind: tally.count(data_dir, party.key, kind) for kind in party.requests}
        for party in parties.PARTIES
    }


def counted(data_dir: Path) -> int:
    """Number of requests to all stand-ins together, so far."""
    return sum(sum(kinds.values()) for kinds in seen(data_dir).values())


def _site(public_url: str, now: datetime) -> Site:
    domains = {"127.0.0.1", "localhost", parties.host(public_url)}
    try:
        site = sites.find(KEY)
    except NotFound:
        return sites.create(KEY, NAME, sorted(domains), by=BY, now=now)
    return site if set(site.domains) >= domains else sites.set_domains(site.id, {*site.domains, *domains})
