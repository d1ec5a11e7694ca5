"""The script of a site: built once per published version, cached in memory, stored permanently."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.core.db import db
from server.core.errors import NotFound
from server.embed import build, lazy_chunks, offline
from server.embed import bundle as built
from server.embed import releases as stored
from server.embed.values import Asset, Bundle, Script, StoredRelease, path_of
from server.sites import service as sites
from server.sites.values import Document, Site, Version

log = structlog.get_logger("samtykke.embed")

FRESHNESS = timedelta(seconds=1)
"""How long a cached script is served before its version is looked up again."""

RETRY_INTERVAL = timedelta(seconds=5)
"""Time after a failed query until the database is asked again; cached scripts are served meanwhile."""

MAX_SITES = 512
"""Scripts cached per process; about 100 kB each."""


@dataclass
class _CacheEntry:
    """A cached script, and when its version must be looked up again."""

    script: Script
    revalidate_at: datetime
    revalidating: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class _EngineCache:
    """The cached scripts of one database, by site key."""

    entries: dict[str, _CacheEntry] = field(default_factory=dict)
    assembling: threading.Lock = field(default_factory=threading.Lock)


# One cache per database: several applications may run in one process.
_engine_caches: WeakKeyDictionary[Engine, _EngineCache] = WeakKeyDictionary()


def script(key: str, *, public_url: str, now: datetime) -> Script:
    """The script of the newest published version of a site.

    A cached script is revalidated at most once a second, and still served while the database is unavailable.

    :raises NotFound: there is no such site, or nothing of it was ever published.
    :raises Unavailable: the widget has not been built.
    :raises SQLAlchemyError: the database is unavailable, and nothing is cached.
    """
    cache = _engine_cache()
    entry = cache.entries.get(key)
    if entry is None:
        return _assembled(cache, key, public_url, now).script
    # Only one thread revalidates, the others serve the cached script. A clock set back revalidates at once.
    if entry.revalidate_at - FRESHNESS * 10 < now < entry.revalidate_at or not entry.revalidating.acquire(
        blocking=False
    ):
        return entry.script
    try:
        return _revalidated(cache, entry, key, public_url, now)
    finally:
        entry.revalidating.release()


def asset(key: str, shown_digest: str, name: str) -> Asset:
    """A script (name `script`) or chunk that a site serves or once served, by the digest in its URL.

    :raises NotFound: the site never served it.
    """
    entry = _engine_cache().entries.get(key)
    if entry is not None:
        for each in (entry.script.asset, *entry.script.chunks):
            if each.digest.startswith(shown_digest) and each.name == name:
                return each
    return stored.find(sites.find(key).id, shown_digest, name)


def store(made: Script, *, now: datetime) -> None:
    """Store a script and its chunks, and append the release to the log; safe to call concurrently."""
    stored.store(made, now=now)


def releases(site_id: str) -> Iterator[StoredRelease]:
    """All releases of a site, ordered by digest, one in memory at a time."""
    return stored.releases(site_id)


def shown(site_id: str, version: int, *, at: datetime) -> Asset:
    """The script that pages got for a version at a time: the last release before, else the first after.

    :raises NotFound: the site never served that version.
    """
    return stored.shown(site_id, version, at=at)


def page_shown(site: Site, version: int, language: str, *, at: datetime) -> bytes:
    """A page that shows the banner that a page in `language` showed at a moment, using the same script.

    :raises NotFound: the site never served that version.
    :raises Unavailable: the widget has not been built.
    """
    script = shown(site.id, version, at=at)
    words = {
        path_of(site.key, chunk.name, chunk.digest): chunk.identity.decode("utf-8")
        for chunk in stored.chunks_shown(site.id, version, lazy_chunks.banner_name(language))
    }
    title = f"{site.key}, version {version}"
    return offline.page(bundle().offline, script.identity, language, words, title=title)


def bundle() -> Bundle:
    """The built widget.

    :raises Unavailable: it has not been built.
    """
    return built.bundle()


def preview(document: Document, language: str, *, public_url: str, chunks_at: str = "") -> dict[str, bytes]:
    """The real script of a banner that was not published, by file name: `script` and its lazy chunks.

    Its decisions cannot be stored. The page that shows it must deny it cookies and storage, e.g. in an iframe
    with `sandbox="allow-scripts"`. `chunks_at` is the path under which the caller serves the chunks.
    """
    return build.preview(document, language, public_url=public_url, chunks_at=chunks_at)


def integrity(site: Site, *, public_url: str, now: datetime) -> tuple[str, str]:
    """The pinned URL of a site's script, and the value of `integrity=` for it.

    :raises NotFound: nothing was published yet.
    """
    made = script(site.key, public_url=public_url, now=now)
    return public_url + made.pinned_path, made.asset.integrity


def forget() -> None:
    """Empty the cache; the next request asks the database."""
    _engine_cache().entries.clear()


# --- internal --------------------------------------------------------------------------------------------


def _engine_cache() -> _EngineCache:
    engine = db.engine
    cache = _engine_caches.get(engine)
    return _engine_caches.setdefault(engine, _EngineCache()) if cache is None else cache


def _revalidated(cache: _EngineCache, entry: _CacheEntry, key: str, public_url: str, now: datetime) -> Script:
    try:
        newest = _published(key)
    except SQLAlchemyError:
        log.warning("served_from_memory", why="the database cannot be reached")
        entry.revalidate_at = now + RETRY_INTERVAL
        return entry.script
    except NotFound:
        cache.entries.pop(key, None)
        raise
    if (newest.site_id, newest.number) == (entry.script.site_id, entry.script.version):
        entry.revalidate_at = now + FRESHNESS
        return entry.script
    return _assembled(cache, key, public_url, now).script


def _assembled(cache: _EngineCache, key: str, public_url: str, now: datetime) -> _CacheEntry:
    with cache.assembling:
        newest = _published(key)
        entry = cache.entries.get(key)
        if entry and (newest.site_id, newest.number) == (entry.script.site_id, entry.script.version):
            # Another thread has built it meanwhile.
            return entry
        made = _CacheEntry(build.build_script(key, newest, public_url), now + FRESHNESS)
        while len(cache.entries) >= MAX_SITES:
            cache.entries.pop(next(iter(cache.entries)))
        cache.entries[key] = made
        return made


def _published(key: str) -> Version:
    site = sites.find(key)
    newest = sites.newest(site.id)
    if newest is None:
        raise NotFound("nothing of this site was published yet", reason="not_published")
    return newest
