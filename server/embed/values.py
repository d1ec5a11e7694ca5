"""Values of this slice: assets, scripts and the built widget."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

SHOWN_DIGEST = 32
"""Hexadecimal characters of a digest in the URL of a pinned script: 128 bits."""

CHUNK_DIGEST = 10
"""The same for a chunk, and for an ETag: 40 bits are enough within a site, and shorter."""

CHUNK_DIGESTS = (CHUNK_DIGEST, 16)
"""Lengths of the digests in the URLs of chunks, today's first; scripts of earlier releases name the other."""

SCRIPT = "script"
"""Name of the script itself among the assets of a site."""

PREVIEW_KEY = "-preview-"
"""Site key of a preview: no decision can be stored under it."""

PREVIEW_GROWN = 2
"""Version in which the scope of a preview has grown: who decided before is asked again."""

PREVIEW_ANNOUNCED = 3
"""Version whose change a preview announces: who decided before, and is not asked again, is notified of it."""

PREVIEW_VERSION = 3
"""Version of a preview's banner."""

SIGNALS = "signals.js"
"""The inline module that signals decisions to other tools on the page."""

BLOCKING = "blocking.js"
"""The inline module that blocks unmarked elements, by the declared hosts of services."""

DOMAIN = "domain.js"
"""The inline module that finds out how wide the page's cookie may be."""

FLOATING = "floating.js"
"""The inline module with the small button that opens the settings."""

COUNTING = "counting.js"
"""The inline module that sends events without identifiers."""

ANNOUNCING = "announcing.js"
"""The inline module that finds out whether a visitor is to be notified of what has changed."""

INLINE_MODULES = (DOMAIN, SIGNALS, BLOCKING, FLOATING, COUNTING, ANNOUNCING)
"""Files of the built widget that only some sites have in their script."""


def path_of(key: str, name: str, digest: str, characters: int = CHUNK_DIGEST) -> str:
    """The URL path of a lazy chunk of a site; its content never changes.

    :param characters: of the digest; one of `CHUNK_DIGESTS`
    """
    return f"/w/{key}/{digest[:characters]}/{name}"


@dataclass(frozen=True)
class Announcement:
    """What visitors who decided before a version are notified of."""

    version: int
    texts: Mapping[str, str]
    """What changed, by language."""
    language: str
    """That of the text for visitors who read a language that has none."""

    def text(self, language: str) -> tuple[str, str]:
        """What changed, and the language that it is in."""
        found = language if language in self.texts else self.language
        return self.texts[found], found


@dataclass(frozen=True)
class Asset:
    """A file as browsers get it, in each of its content codings."""

    name: str
    """`script`, or the name of a lazy chunk, e.g. `settings-nb.js`."""
    digest: str
    """SHA-256 of `identity`, hexadecimal, 64 characters."""
    identity: bytes
    gzip: bytes
    brotli: bytes

    @property
    def shown_digest(self) -> str:
        """The digest as it appears in the URL."""
        return self.digest[:SHOWN_DIGEST]

    @property
    def integrity(self) -> str:
        """What a page writes into `integrity=` to pin these bytes."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.identity).digest()).decode("ascii")


@dataclass(frozen=True)
class Script:
    """What a site serves for one published version of its banner."""

    site_id: str
    key: str
    version: int
    asset: Asset
    chunks: tuple[Asset, ...]
    """The lazy chunks of the script."""

    @property
    def pinned_path(self) -> str:
        """The URL path of exactly these bytes."""
        return f"/w/{self.key}/{self.asset.shown_digest}.js"


@dataclass(frozen=True)
class ShownScript:
    """A script that pages got for a version."""

    asset: Asset
    variant: int | None
    """Place of the version among the two that the script chooses from; None if it is alone."""


@dataclass(frozen=True)
class Bundle:
    """The built widget: the same bytes for every site."""

    widget: bytes
    """One function expression, called with the configuration and the inline modules that the site needs."""
    inline_modules: Mapping[str, bytes]
    """Function expressions by their names in `INLINE_MODULES`."""
    settings: bytes
    """A module that exports one function expression, as the next one does."""
    extra: bytes
    debug: bytes
    """A module that exports a function, served as it is, as the next one is."""
    asked: bytes
    draft: bytes
    """A module that exports a function, served as it is."""
    announcement: bytes
    """A module that exports one function expression, as `settings` does."""
    offline: bytes
    """One function expression, called with the chunks that a banner without its server may fetch."""
    choosing: bytes
    """One function expression that returns one of the configurations that it is called with."""
    rules: Mapping[str, str]
    """Style rules that only some sites need, by layout, position, size or `logo`; what has none is absent."""


@dataclass(frozen=True)
class StoredRelease:
    """Something that a site once served."""

    name: str
    version: int
    digest: str
    intact: bool
    """Whether the stored bytes still have this digest."""
