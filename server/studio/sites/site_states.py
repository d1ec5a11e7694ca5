"""What the server knows of the banners of sites: what staff did, what checks found, what arrives."""

from collections.abc import Mapping, Sequence

from server.analytics.service import alarms
from server.consents.service import decisions
from server.scanner import service as scanner
from server.sites import service as sites
from server.sites.values import Site
from server.studio.publishing.banner_state import BannerState, Known, banner_state


def of_sites(listed: Sequence[Site]) -> Mapping[str, BannerState]:
    """Site id → the state of its banner; a fixed number of reads."""
    ids = [one.id for one in listed]
    published, checks = sites.publishing_times(ids), scanner.statuses(ids)
    silent, received = alarms.silent_since(ids), decisions.received(ids)
    found = {}
    for one in listed:
        first, newest = published.get(one.id, (None, None))
        check = checks.get(one.id)
        found[one.id] = banner_state(
            Known(
                first_published=first,
                paused_at=one.pause.at if one.pause else None,
                found=check.standing(newest) if check else None,
                live_since=check.live_since if check else None,
                silent_since=silent.get(one.id),
                received=one.id in received,
            )
        )
    return found
