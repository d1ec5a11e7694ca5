"""Sites that are silent while decisions are usual. Exact, and so for those alone who run the server."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.analytics.alarms import silence
from server.consents.service import decisions
from server.sites import service as sites


@dataclass(frozen=True)
class SilentSite:
    """A site on which decisions have stopped."""

    key: str
    since: datetime
    """When the last decision was stored; a day ago at most."""
    usually: int
    """The median of what came in the same time of the last seven days."""


def silent_sites(*, now: datetime) -> tuple[SilentSite, ...]:
    """Sites without a decision for 15 minutes or longer, on which thirty or more are usual in that time.

    To be shown to nobody who has no access to the server: whether a decision came in these minutes is exact.
    """
    return tuple(_silent(now))


def _silent(now: datetime) -> Iterator[SilentSite]:
    published = sites.published_ids()
    for site in sites.each_site():
        if site.id not in published or site.stopped:
            continue
        last = decisions.last_received(site.id)
        if last is None or now - last < silence.LEAST:
            continue
        since = max(last, now - silence.LONGEST)
        # One look is enough for most: on small sites nothing came yesterday either.
        if not _came(site.id, since, now, days=1):
            continue
        earlier = [_came(site.id, since, now, days=days) for days in range(1, silence.DAYS + 1)]
        if silence.is_silent(now - since, earlier):
            yield SilentSite(site.key, since, sorted(earlier)[len(earlier) // 2])


def _came(site_id: str, since: datetime, until: datetime, *, days: int) -> int:
    """Decisions in the same time so many days before."""
    back = timedelta(days=days)
    return decisions.received_between(site_id, since - back, until - back)
