"""Builds the script of a version: its configuration and lazy chunks, assembled and compressed."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType

from server.embed import assemble, compression, configuration, lazy_chunks
from server.embed.bundle import bundle
from server.embed.configuration_types import Configuration
from server.embed.values import (
    PREVIEW_ANNOUNCED,
    PREVIEW_GROWN,
    PREVIEW_KEY,
    PREVIEW_VERSION,
    SCRIPT,
    Announcement,
    Asset,
    Script,
    path_of,
)
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Numbering, Site, Version


def build_script(site: Site, version: Version, public_url: str) -> Script:
    """The script and chunks that a site serves for a published version.

    A version that is a variant of another one is served together with that (`sites.experiments`).

    :raises Unavailable: the widget has not been built.
    """
    live = [version]
    if version.variant_of is not None:
        live.insert(0, sites.version(site.id, version.variant_of))
    announced = _announcement(version)
    variants = [_variant(site, each, public_url, announced) for each in live]
    configurations = (settings for settings, _ in variants)
    script = assemble.script(version.document, bundle(), *configurations, announced=announced is not None)
    asset = compression.compress(SCRIPT, script)
    # What both variants load is served once.
    chunks = {(chunk.name, chunk.digest): chunk for _, theirs in variants for chunk in theirs}
    return Script(site.id, site.key, version.number, asset, tuple(chunks.values()))


def _announcement(version: Version) -> Announcement | None:
    """What visitors are notified of who decided before it was published; None if there is nothing.

    A function of the version alone, so that every process builds the same bytes at any time. Too old is
    what was announced so long before the version that no decision from before it is remembered any more.
    """
    found = sites.announcement_until(version.site_id, until=version.number)
    # Before the first version nobody has decided.
    if found is None or found.number == 1:
        return None
    behaviour = version.document["behaviour"]
    longest = timedelta(days=max(behaviour["validity_days"], behaviour["refusal_days"]))
    if version.published_at - found.published_at > longest:
        return None
    return Announcement(found.number, found.announcement, found.document["default_language"])


def _variant(
    site: Site, version: Version, public_url: str, announced: Announcement | None
) -> tuple[Configuration, list[Asset]]:
    """The configuration of a version, and its lazy chunks."""
    document, built = version.document, bundle()
    language = document["default_language"]
    files = lazy_chunks.build_chunks(
        document,
        built,
        language,
        lambda name, data: path_of(site.key, name, compression.digest(data)),
        announced,
    )
    chunks = [_compressed(name, data) for name, data in files.items()]
    settings = configuration.build_configuration(
        document,
        site=site.key,
        version=version.number,
        public_url=public_url,
        numbering=Numbering(version.slots, version.since, version.service_slots, version.service_since),
        language=language,
        addresses={chunk.name: path_of(site.key, chunk.name, chunk.digest) for chunk in chunks},
        rules=built.rules,
        added=_added(version),
        domains=site.domains,
        announced=None if announced is None else announced.version,
    )
    return settings, chunks


def preview(
    document: Document,
    language: str,
    *,
    public_url: str,
    chunks_at: str = "",
    grown: Collection[str] = (),
    announcement: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, bytes]:
    """What `server.embed.service.preview` describes."""
    built = bundle()
    # Nothing that staff do in a preview is an event of visitors.
    document = {**document, "behaviour": {**document["behaviour"], "impressions": False}}
    announced = (
        Announcement(PREVIEW_ANNOUNCED, announcement, next(iter(announcement))) if announcement else None
    )
    files = lazy_chunks.build_chunks(
        document, built, language, lambda name, _: f"{chunks_at}/{name}", announced
    )
    # A preview is never asked for a draft on a page of the website.
    del files[lazy_chunks.DRAFT]
    settings = configuration.build_configuration(
        document,
        site=PREVIEW_KEY,
        version=PREVIEW_VERSION,
        public_url=public_url,
        numbering=configuration.sequential(document, grown=grown, version=PREVIEW_GROWN),
        language=language,
        addresses={name: f"{chunks_at}/{name}" for name in files},
        rules=built.rules,
        announced=None if announced is None else announced.version,
    )
    script = assemble.script(document, built, settings, announced=announced is not None)
    return {SCRIPT: script, **files}


def _compressed(name: str, identity: bytes) -> Asset:
    # The chunks that are identical for every site are compressed, and kept in memory, once.
    return (
        _compressed_once(name, identity)
        if name in (lazy_chunks.DEBUG, lazy_chunks.ASKED, lazy_chunks.DRAFT)
        else compression.compress(name, identity)
    )


_compressed_once = lru_cache(maxsize=3)(compression.compress)


def _added(version: Version) -> dict[str, int]:
    """The version in which each category came to a banner that visitors had decided on before."""
    if all(since == 1 for since in version.since.values()):
        return {}
    earlier = sites.versions(version.site_id, before=version.number + 1)
    return {
        change.category: each.number
        for each in reversed(earlier)
        for change in each.scope_changes
        if change.reason == "category_added" and each.number > 1
    }
