"""The script of a site: built once per published version, cached in memory, stored permanently."""

from collections.abc import Iterator
from datetime import datetime

from server.embed import build, lazy_chunks, offline
from server.embed import bundle as built
from server.embed import releases as stored
from server.embed.cache import script_cache
from server.embed.values import CHUNK_DIGESTS, Bundle, Script, ShownScript, StoredRelease, path_of
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site


def script(key: str, *, public_url: str, now: datetime) -> Script:
    """The script of the newest published version of a site (`ScriptCache.current`).

    :raises NotFound: there is no such site, or nothing of it was ever published.
    :raises Unavailable: the widget has not been built.
    :raises SQLAlchemyError: the database is unavailable, and nothing is cached.
    """
    return script_cache().current(key, public_url=public_url, now=now).script


def store(made: Script, *, now: datetime) -> None:
    """Store a script and its chunks, and append the release to the log; safe to call concurrently."""
    stored.store(made, now=now)


def releases(site_id: str) -> Iterator[StoredRelease]:
    """All releases of a site, ordered by digest, one in memory at a time."""
    return stored.releases(site_id)


def shown(site_id: str, version: int, *, at: datetime) -> ShownScript:
    """The script that pages got for a version at a time: the last release before, else the first after.

    :raises NotFound: the site never served that version.
    """
    places = _places(site_id, version)
    carrier, asset = stored.shown(site_id, places.keys(), at=at)
    return ShownScript(asset, places[carrier])


def _places(site_id: str, version: int) -> dict[int, int | None]:
    """The versions whose scripts show a version → its place among the variants in there; None: it is alone.

    The first variant of an experiment was alone before, and is served in the script of the second one.
    """
    if sites.version(site_id, version).variant_of is not None:
        return {version: 1}
    following = sites.versions(site_id, before=version + 2, limit=1)
    compared = following and following[0].variant_of == version
    return {version: None, version + 1: 0} if compared else {version: None}


def page_shown(site: Site, version: int, language: str, *, at: datetime) -> bytes:
    """A page that shows the banner that a page in `language` showed at a moment, using the same script.

    :raises NotFound: the site never served that version.
    :raises Unavailable: the widget has not been built.
    """
    found = shown(site.id, version, at=at)
    words = {
        path_of(site.key, chunk.name, chunk.digest, characters): chunk.identity.decode("utf-8")
        for chunk in stored.chunks_served(site.id, lazy_chunks.banner_name(language))
        for characters in CHUNK_DIGESTS
    }
    title, script = f"{site.key}, version {version}", found.asset.identity
    return offline.page(bundle().offline, script, language, words, title=title, variant=found.variant)


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
    script_cache().entries.clear()
