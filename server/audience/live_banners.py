"""Which banners of a site are on pages now, looked up every few seconds."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from server.sites import service as sites
from server.sites.site_cache import SiteCache
from server.sites.values import Site, languages

FRESHNESS = timedelta(seconds=10)
"""How long a version is taken for the newest without a query."""

LIFE_OF_OLD_PAGES = timedelta(days=1)
"""How long pages that were loaded before a publish send events of the version before."""

_MAX_SITES = 4096
"""Sites whose banner one process remembers."""


@dataclass(frozen=True)
class LiveBanner:
    """What is counted of a site, by its newest published version."""

    counted: bool
    """Whether that version counts events (`behaviour.impressions`)."""
    version: int
    published_at: datetime
    languages: frozenset[str]
    before: frozenset[int] = frozenset()
    """What was live when it was published: the version before it, or both variants of an experiment."""
    variant_of: int | None = None
    """The version that is live beside it, in an experiment."""

    def version_of(self, sent: object, now: datetime) -> int:
        """The version that an event is counted for: the one sent if it is live, else the newest."""
        if type(sent) is not int:
            return self.version
        is_before = sent in self.before and now - self.published_at < LIFE_OF_OLD_PAGES
        return sent if is_before or sent == self.variant_of else self.version


class LiveBanners:
    """The live banners that one process remembers, by site key; served while the database is away.

    `session` opens a database session for the calling thread, and closes it.
    """

    def __init__(self, cached: SiteCache, session: Callable[[], AbstractContextManager[object]]) -> None:
        self._sites = cached
        self._session = session
        self._known: dict[str, tuple[datetime, LiveBanner | None]] = {}
        """When it was read, and None for a site of which nothing was published, or that is paused."""

    def find(self, key: str, origin: str | None, now: datetime) -> tuple[Site, LiveBanner | None]:
        """The site of a page, and its live banner.

        :raises NotFound: `site_unknown`.
        :raises Forbidden: `origin_not_allowed`.
        :raises SQLAlchemyError: the database is away, and the site is not remembered.
        """
        known = self._known.get(key)
        if known is not None and abs(now - known[0]) < FRESHNESS:
            return self._sites.find(key, origin), known[1]
        try:
            site = self._sites.find(key, origin, fresh=True)
            banner = self._read(site)
        except SQLAlchemyError:
            if known is None:
                raise
            return self._sites.find(key, origin), known[1]
        if len(self._known) >= _MAX_SITES:
            self._known.clear()
        self._known[key] = now, banner
        return site, banner

    def _read(self, site: Site) -> LiveBanner | None:
        with self._session():
            newest = sites.newest(site.id)
            if newest is None or site.stopped:
                return None
            before = sites.version(site.id, newest.number - 1) if newest.number > 1 else None
        return LiveBanner(
            newest.document["behaviour"]["impressions"],
            newest.number,
            newest.published_at,
            frozenset(languages(newest.document)),
            frozenset() if before is None else frozenset({before.number, before.variant_of or before.number}),
            newest.variant_of,
        )
