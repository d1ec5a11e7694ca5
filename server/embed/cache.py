"""The scripts of one process: built once per published version, looked up again once a second.

Every page view of every visitor requests a script: it is the most frequent request of all.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.core.db import db
from server.core.errors import NotFound
from server.embed import build, releases
from server.embed.paused import paused_script
from server.embed.representations import REVALIDATED, Representation, representations
from server.embed.values import Asset, Script
from server.sites import service as sites
from server.sites.values import Site, Version

log = structlog.get_logger("samtykke.embed")

FRESHNESS = timedelta(seconds=1)
"""How long a cached script is served before its version is looked up again."""

RETRY_INTERVAL = timedelta(seconds=5)
"""Time after a failed query until the database is asked again; cached scripts are served meanwhile."""

MAX_SITES = 512
"""Scripts cached per process; about 100 kB each. One more, and the one that was built first is dropped."""


@dataclass
class CachedScript:
    """The newest script of a site, as it is sent in each content coding."""

    script: Script
    """Of the newest version; while the site is stopped, it is served under pinned URLs alone."""
    domains: tuple[str, ...]
    """The site's, which decide who may keep its cookie (`configuration.keeps_cookie`)."""
    stopped: bool
    """Whether the site was paused or deleted."""
    representations: dict[str, Representation]
    """Of the script; of one that does nothing while the site is stopped."""
    revalidate_at: datetime
    """Until when it is served without a query."""
    store_at: datetime | None
    """When to try (again) to store it in the database; None when it is stored."""
    revalidating: threading.Lock = field(default_factory=threading.Lock)
    """Held by the one thread that asks the database; the others serve it as it is."""

    def is_fresh(self, now: datetime) -> bool:
        """Whether it is served without a query; no longer when the clock was set back by some seconds."""
        return self.revalidate_at - RETRY_INTERVAL <= now < self.revalidate_at

    def is_of(self, site: Site, newest: Version) -> bool:
        """Whether it was built from this site and version."""
        built = (self.script.site_id, self.script.version, self.domains, self.stopped)
        return built == (newest.site_id, newest.number, site.domains, site.stopped)


class ScriptCache:
    """The cached scripts of one database, by site key."""

    def __init__(self) -> None:
        self.entries: dict[str, CachedScript] = {}
        self._assembling = threading.Lock()

    def fresh(self, key: str, now: datetime) -> CachedScript | None:
        """The script of a site, if it can be served without a query."""
        entry = self.entries.get(key)
        return entry if entry is not None and entry.is_fresh(now) else None

    def current(self, key: str, *, public_url: str, now: datetime) -> CachedScript:
        """The script of the newest published version of a site.

        Cached, it is revalidated at most once a second, and still served while the database is unavailable.

        :raises NotFound: there is no such site, or nothing of it was ever published.
        :raises Unavailable: the widget has not been built.
        :raises SQLAlchemyError: the database is unavailable, and nothing is cached.
        """
        entry = self.entries.get(key)
        if entry is None:
            return self._assemble(key, public_url, now)
        # Only one thread revalidates, the others serve the cached script.
        if entry.is_fresh(now) or not entry.revalidating.acquire(blocking=False):
            return entry
        try:
            return self._revalidate(entry, key, public_url, now)
        finally:
            entry.revalidating.release()

    def asset(self, key: str, shown_digest: str, name: str) -> Asset:
        """A script (name `script`) or chunk that a site serves or once served, by the digest in its URL.

        :raises NotFound: the site never served it.
        """
        entry = self.entries.get(key)
        if entry is not None:
            for each in (entry.script.asset, *entry.script.chunks):
                if each.digest.startswith(shown_digest) and each.name == name:
                    return each
        return releases.find(sites.find(key).id, shown_digest, name)

    def _revalidate(self, entry: CachedScript, key: str, public_url: str, now: datetime) -> CachedScript:
        try:
            site, newest = _published(key)
            if not entry.is_of(site, newest):
                return self._assemble(key, public_url, now)
        except SQLAlchemyError:
            log.warning("served_from_memory", why="the database cannot be reached")
            entry.revalidate_at = now + RETRY_INTERVAL
            return entry
        except NotFound:
            self.entries.pop(key, None)
            raise
        entry.revalidate_at = now + FRESHNESS
        return entry

    def _assemble(self, key: str, public_url: str, now: datetime) -> CachedScript:
        with self._assembling:  # once, however many threads ask for it
            site, newest = _published(key)
            entry = self.entries.get(key)
            if entry and entry.is_of(site, newest):
                return entry
            script = build.build_script(site, newest, public_url)
            served = paused_script(key) if site.stopped else script.asset
            made = CachedScript(
                script,
                site.domains,
                site.stopped,
                representations(served, REVALIDATED),
                revalidate_at=now + FRESHNESS,
                store_at=now,
            )
            while key not in self.entries and len(self.entries) >= MAX_SITES:
                self.entries.pop(next(iter(self.entries)))
            self.entries[key] = made
            return made


# One cache per database: several applications may run in one process.
_caches: WeakKeyDictionary[Engine, ScriptCache] = WeakKeyDictionary()


def script_cache() -> ScriptCache:
    """The cache of this application's database."""
    return _caches.setdefault(db.engine, ScriptCache())


def _published(key: str) -> tuple[Site, Version]:
    site = sites.find(key)
    newest = sites.newest(site.id)
    if newest is None:
        raise NotFound("nothing of this site was published yet", reason="not_published")
    return site, newest
