"""The script of a site: built once per published version, cached in memory, stored permanently."""

from datetime import datetime

from server.embed import lazy_chunks, offline
from server.embed import releases as stored
from server.embed.build import PREVIEW_KEY, preview
from server.embed.bundle import bundle
from server.embed.cache import script_cache
from server.embed.releases import releases, shown, store
from server.embed.values import Script, path_of
from server.sites.values import Site

__all__ = [
    "PREVIEW_KEY",
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


def script(key: str, *, public_url: str, now: datetime) -> Script:
    """The script of the newest published version of a site (`ScriptCache.current`).

    :raises NotFound: there is no such site, or nothing of it was ever published.
    :raises Unavailable: the widget has not been built.
    :raises SQLAlchemyError: the database is unavailable, and nothing is cached.
    """
    return script_cache().current(key, public_url=public_url, now=now).script


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


def integrity(site: Site, *, public_url: str, now: datetime) -> tuple[str, str]:
    """The pinned URL of a site's script, and the value of `integrity=` for it.

    :raises NotFound: nothing was published yet.
    """
    made = script(site.key, public_url=public_url, now=now)
    return public_url + made.pinned_path, made.asset.integrity


def forget() -> None:
    """Empty the cache; the next request asks the database."""
    script_cache().entries.clear()
