"""The script of a site: built once per published version, cached in memory, stored permanently."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from server.accounts.service import sessions
from server.core.errors import Forbidden
from server.embed import build, draft_tokens, lazy_chunks, offline
from server.embed import bundle as built
from server.embed import releases as stored
from server.embed.cache import script_cache
from server.embed.configuration_types import DraftConfiguration
from server.embed.draft_configuration import draft_configuration
from server.embed.values import CHUNK_DIGESTS, Bundle, Script, ShownScript, StoredRelease, path_of
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.gaps import without_gaps
from server.sites.values import Site

DRAFT_LINKS_LAST = draft_tokens.LIFETIME
"""How long a link shows the draft on the website's own pages."""


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


def preview(
    document: Document,
    language: str,
    *,
    public_url: str,
    chunks_at: str = "",
    grown: Collection[str] = (),
    announcement: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, bytes]:
    """The real script of a banner that was not published, by file name: `script` and its lazy chunks.

    Its decisions cannot be stored. The page that shows it must deny it cookies and storage, e.g. in an iframe
    with `sandbox="allow-scripts"`. `chunks_at` is the path under which the caller serves the chunks.

    Who decided on version 1 is asked again because of `grown`, keys of categories and services; who decided
    before version 3 is notified of the change that `announcement` describes, by language.
    """
    return build.preview(
        document,
        language,
        public_url=public_url,
        chunks_at=chunks_at,
        grown=grown,
        announcement=announcement,
    )


def draft_token(
    site: Site, session_secret: str, language: str, *, secret_key: str, now: datetime
) -> tuple[str, datetime]:
    """The token with which pages of a site show its draft, and when it expires (`draft_tokens.LIFETIME`).

    It ends before that with the session of the studio, or when its user may no longer edit the banner.
    `language` is that of the words around the draft.
    """
    grant = draft_tokens.granted(site.id, sessions.reference(session_secret), language, now=now)
    return draft_tokens.sign(grant, secret_key=secret_key), grant.expires_at


def draft(key: str, token: str, *, public_url: str, secret_key: str, now: datetime) -> DraftConfiguration:
    """The draft of a site as it is saved now, for a page of the website.

    :raises Forbidden: `draft_refused`, the token is not one of this server and site; `draft_expired`;
        `draft_ended`, its user has logged out or may no longer edit the banner.
    :raises NotFound: there is no such site, or nothing of it was published yet.
    :raises Unavailable: the widget has not been built.
    """
    grant = draft_tokens.read(token, secret_key=secret_key, now=now)
    site = sites.find_live(key)
    if grant.site_id != site.id:
        raise Forbidden("this link is for another site", reason="draft_refused")
    person = sessions.referred(grant.session, now=now)
    if person is None or not person.may("banner.edit", site.id):
        raise Forbidden("who made this link may not show the draft any more", reason="draft_ended")
    current = script_cache().current(key, public_url=public_url, now=now).script
    return draft_configuration(
        without_gaps(sites.draft(site.id).document),
        site,
        published=sites.version(site.id, current.version).document,
        public_url=public_url,
        urls={each.name: path_of(key, each.name, each.digest) for each in current.chunks},
        rules=built.bundle().rules,
        seconds=int((grant.expires_at - now).total_seconds()),
        language=grant.language,
    )


def integrity(site: Site, *, public_url: str, now: datetime) -> tuple[str, str]:
    """The pinned URL of a site's script, and the value of `integrity=` for it.

    :raises NotFound: nothing was published yet.
    """
    made = script(site.key, public_url=public_url, now=now)
    return public_url + made.pinned_path, made.asset.integrity


def forget() -> None:
    """Empty the cache; the next request asks the database."""
    script_cache().entries.clear()
