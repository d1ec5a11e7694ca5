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
from server.embed.representations import REVALIDATED, Representation, representations
from server.embed.values import Asset, Script
from server.sites import service as sites
from server.sites.values import Version

log = structlog.get_logger("samtykke.embed")

FRESHNESS = timedelta(seconds=1)
"""How long a cached script is served before its version is looked up again."""

RETRY_INTERVAL = timedelta(seconds=5)
"""Time after a failed query until the database is asked again; cached scripts are served meanwhile."""

MAX_SITES = 512
"""Scripts cached per process; about 100 kB each."""


@dataclass
class CachedScript:
    """The newest script of a site, as it is sent in each content coding."""

    script: Script
    representations: dict[str, Representation]
    revalidate_at: datetime
    """Until when it is served without a query."""
    store_at: datetime | None
    """When to try (again) to store it in the database; None when it is stored."""
    revalidating: threading.Lock = field(default_factory=threading.Lock)

    def is_fresh(self, now: datetime) -> bool:
        """Whether it is served without a query; a clock that was set back makes it stale at once."""
        return self.revalidate_at - FRESHNESS * 10 < now < self.revalidate_at


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
            return self._assembled(key, public_url, now)
        # Only one thread revalidates, the others serve the cached script.
        if entry.is_fresh(now) or not entry.revalidating.acquire(blocking=False):
            return entry
        try:
            return self._revalidated(entry, key, public_url, now)
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

    def _revalidated(self, entry: CachedScript, key: str, public_url: str, now: datetime) -> CachedScript:
        try:
            newest = _published(key)
        except SQLAlchemyError:
            log.warning("served_from_memory", why="the database cannot be reached")
            entry.revalidate_at = now + RETRY_INTERVAL
            return entry
        except NotFound:
            self.entries.pop(key, None)
            raise
        if _is_of(entry.script, newest):
            entry.revalidate_at = now + FRESHNESS
            return entry
        return self._assembled(key, public_url, now)

    def _assembled(self, key: str, public_url: str, now: datetime) -> CachedScript:
        with self._assembling:
            newest = _published(key)
            entry = self.entries.get(key)
            if entry and _is_of(entry.script, newest):
                # Another thread has built it meanwhile.
                return entry
            script = build.build_script(key, newest, public_url)
            sent = representations(script.asset, REVALIDATED)
            made = CachedScript(script, sent, revalidate_at=now + FRESHNESS, store_at=now)
            while len(self.entries) >= MAX_SITES:
                self.entries.pop(next(iter(self.entries)))
            self.entries[key] = made
            return made


# One cache per database: several applications may run in one process.
_caches: WeakKeyDictionary[Engine, ScriptCache] = WeakKeyDictionary()


def script_cache() -> ScriptCache:
    """The cache of this application's database."""
    return _caches.setdefault(db.engine, ScriptCache())


def _is_of(script: Script, newest: Version) -> bool:
    return (script.site_id, script.version) == (newest.site_id, newest.number)


def _published(key: str) -> Version:
    site = sites.find(key)
    newest = sites.newest(site.id)
    if newest is None:
        raise NotFound("nothing of this site was published yet", reason="not_published")
    return newest
