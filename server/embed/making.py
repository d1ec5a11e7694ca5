"""The script of a version: its configuration and parts, put together and packed."""

from functools import lru_cache

from server.embed import assemble, configuration, packing, parts
from server.embed.bundle import bundle
from server.embed.values import SCRIPT, Asset, Script, path_of
from server.sites import service as sites
from server.sites.values import Document, Numbering, Version

NOWHERE = "-preview-"
"""Site key of a preview: no decision can be stored under it."""


def make(key: str, version: Version, public_url: str) -> Script:
    """What the site with this key serves for a published version.

    :raises Unavailable: the widget has not been built.
    """
    document, built = version.document, bundle()
    language = document["default_language"]
    files = parts.make(document, built, language, lambda name, data: path_of(key, name, packing.digest(data)))
    packed = [_packed(name, data) for name, data in files.items()]
    told = configuration.make(
        document,
        site=key,
        version=version.number,
        public_url=public_url,
        numbering=Numbering(version.slots, version.since, version.service_slots, version.service_since),
        language=language,
        addresses={part.name: path_of(key, part.name, part.digest) for part in packed},
        rules=built.rules,
        added=_added(version),
        domains=sites.find_by_id(version.site_id).domains,
    )
    asset = packing.pack(SCRIPT, assemble.script(document, built, told))
    return Script(version.site_id, key, version.number, asset, tuple(packed))


def preview(document: Document, language: str, *, public_url: str, parts_at: str = "") -> dict[str, bytes]:
    """The real script of a banner that was not published, by file name: `script` and its parts.

    Its decisions lead nowhere. The page that shows it must keep cookies and storage from it: an iframe with
    `sandbox="allow-scripts"` does. `parts_at` is the path under which the caller serves the parts.
    """
    built = bundle()
    files = parts.make(document, built, language, lambda name, _: f"{parts_at}/{name}")
    told = configuration.make(
        document,
        site=NOWHERE,
        version=1,
        public_url=public_url,
        numbering=configuration.sequential(document),
        language=language,
        addresses={name: f"{parts_at}/{name}" for name in files},
        rules=built.rules,
    )
    return {SCRIPT: assemble.script(document, built, told), **files}


def _packed(name: str, identity: bytes) -> Asset:
    # The one part that is alike for every site is compressed, and kept in memory, once.
    return _packed_once(name, identity) if name == parts.DEBUG else packing.pack(name, identity)


_packed_once = lru_cache(maxsize=1)(packing.pack)


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
