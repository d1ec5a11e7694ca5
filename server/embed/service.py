"""The script of a site: assembled once per published version, kept in memory, stored for good."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.core.db import db
from server.core.errors import NotFound
from server.embed import making, offline, parts
from server.embed import releases as stored
from server.embed.bundle import bundle
from server.embed.making import NOWHERE, preview
from server.embed.releases import releases, shown, store
from server.embed.values import Asset, Script, path_of
from server.sites import service as sites
from server.sites.values import Site, Version

__all__ = [
    "FRESH",
    "MOST_SITES",
    "NOWHERE",
    "PATIENCE",
    "asset",
    "bundle",
    "forget",
    "integrity",
    "page_shown",
    "preview",
    "releases",
    "script",
    "shown",
    "store",
]

log = structlog.get_logger("samtykke.embed")

FRESH = timedelta(seconds=1)
"""How long a script is served before its version is looked up again."""

PATIENCE = timedelta(seconds=5)
"""How long a database that did not answer is left alone, while what is in memory goes on being served."""

MOST_SITES = 512
"""Scripts kept in memory per process; about 100 kB each."""


@dataclass
class _Kept:
    """A script in memory, and when the database must be asked again."""

    script: Script
    look_again: datetime
    looking: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class _Shelf:
    """What one application holds in memory."""

    scripts: dict[str, _Kept] = field(default_factory=dict)
    assembling: threading.Lock = field(default_factory=threading.Lock)


# One shelf per database: several applications may live in one process.
_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()


def script(key: str, *, public_url: str, now: datetime) -> Script:
    """The script of the newest published version of a site.

    What is in memory is looked up again at most once a second, and goes on being served while the database
    is out of reach.

    :raises NotFound: there is no such site, or nothing of it was ever published.
    :raises Unavailable: the widget has not been built.
    :raises SQLAlchemyError: the database is out of reach, and nothing is in memory.
    """
    shelf = _shelf()
    kept = shelf.scripts.get(key)
    if kept is None:
        return _assembled(shelf, key, public_url, now).script
    # Only one thread asks; the others serve what they have. A clock that was set back asks at once.
    if kept.look_again - FRESH * 10 < now < kept.look_again or not kept.looking.acquire(blocking=False):
        return kept.script
    try:
        return _looked_up(shelf, kept, key, public_url, now)
    finally:
        kept.looking.release()


def asset(key: str, shown_digest: str, name: str) -> Asset:
    """A script (name `script`) or part that a site serves or once served, by the digest in its address.

    :raises NotFound: the site never served it.
    """
    kept = _shelf().scripts.get(key)
    if kept is not None:
        for each in (kept.script.asset, *kept.script.parts):
            if each.digest.startswith(shown_digest) and each.name == name:
                return each
    return stored.find(sites.find(key).id, shown_digest, name)


def page_shown(site: Site, version: int, language: str, *, at: datetime) -> bytes:
    """A page that shows the banner which a page in `language` showed at a moment, by the very script.

    :raises NotFound: the site never served that version.
    :raises Unavailable: the widget has not been built.
    """
    script = shown(site.id, version, at=at)
    words = {
        path_of(site.key, part.name, part.digest): part.identity.decode("utf-8")
        for part in stored.parts_shown(site.id, version, parts.banner_name(language))
    }
    title = f"{site.key}, version {version}"
    return offline.page(bundle().offline, script.identity, language, words, title=title)


def integrity(site: Site, *, public_url: str, now: datetime) -> tuple[str, str]:
    """The pinned address of a site's script, and what stands in `integrity=` beside it.

    :raises NotFound: nothing was published yet.
    """
    made = script(site.key, public_url=public_url, now=now)
    return public_url + made.pinned_path, made.asset.integrity


def forget() -> None:
    """Empty the memory; the next request asks the database."""
    _shelf().scripts.clear()


# --- inside ----------------------------------------------------------------------------------------------


def _shelf() -> _Shelf:
    engine = db.engine
    shelf = _shelves.get(engine)
    return _shelves.setdefault(engine, _Shelf()) if shelf is None else shelf


def _looked_up(shelf: _Shelf, kept: _Kept, key: str, public_url: str, now: datetime) -> Script:
    try:
        newest = _published(key)
    except SQLAlchemyError:
        log.warning("served_from_memory", why="the database cannot be reached")
        kept.look_again = now + PATIENCE
        return kept.script
    except NotFound:
        shelf.scripts.pop(key, None)
        raise
    if (newest.site_id, newest.number) == (kept.script.site_id, kept.script.version):
        kept.look_again = now + FRESH
        return kept.script
    return _assembled(shelf, key, public_url, now).script


def _assembled(shelf: _Shelf, key: str, public_url: str, now: datetime) -> _Kept:
    with shelf.assembling:
        newest = _published(key)
        kept = shelf.scripts.get(key)
        if kept and (newest.site_id, newest.number) == (kept.script.site_id, kept.script.version):
            # Another thread was faster.
            return kept
        made = _Kept(making.make(key, newest, public_url), now + FRESH)
        while len(shelf.scripts) >= MOST_SITES:
            shelf.scripts.pop(next(iter(shelf.scripts)))
        shelf.scripts[key] = made
        return made


def _published(key: str) -> Version:
    site = sites.find(key)
    newest = sites.newest(site.id)
    if newest is None:
        raise NotFound("nothing of this site was published yet", reason="not_published")
    return newest
