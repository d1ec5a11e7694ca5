"""The configuration with which a page of the website shows its draft (docs/adr/0033)."""

from collections.abc import Mapping
from typing import cast

from server.embed import configuration, lazy_chunks
from server.embed.configuration_types import DraftConfiguration
from server.embed.inline_modules import enabled
from server.embed.values import BLOCKING, FLOATING, SIGNALS
from server.sites.document_types import Document
from server.sites.values import Site, languages

NOWHERE = "//:"
"""An address that no browser can ask: what a page would send of a preview goes there."""

_LATE = (SIGNALS, BLOCKING, FLOATING)
"""Inline modules that still do their work when a page gets them late."""


def draft_configuration(
    document: Document,
    site: Site,
    *,
    published: Document,
    public_url: str,
    urls: Mapping[str, str],
    rules: Mapping[str, str],
    seconds: int,
    language: str,
) -> DraftConfiguration:
    """The draft as a page of a website with a published banner shows it, for `seconds`.

    `document` has no gaps; `urls` are those of the chunks of the published script, by name. All words and
    declarations of the draft are in the answer itself: no file that anybody could fetch has them.
    """
    names = [lazy_chunks.EXTRA, *map(lazy_chunks.settings_name, languages(document))]
    settings = configuration.build_configuration(
        document,
        site=site.key,
        version=1,
        public_url=public_url,
        numbering=configuration.sequential(document),
        language=document["default_language"],
        addresses=dict.fromkeys(names, urls[lazy_chunks.DRAFT]),
        rules=rules,
    )
    needed, there = enabled(document), enabled(published)
    parts = {
        "settings": {each: lazy_chunks.settings_chunk(document, each) for each in languages(document)},
        "extra": lazy_chunks.extra_chunk(document, urls),
        "missing": [name for name in _LATE if name in needed and name not in there],
        "floating": FLOATING in needed,
    }
    # The page's published script may look for an announcement; for a first visit there is none.
    more = {
        "announcement": (0, ""),
        "draft": NOWHERE,
        "parts": parts,
        "seconds": seconds,
        "language": language,
    }
    return cast("DraftConfiguration", {**settings, **more})
