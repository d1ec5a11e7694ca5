"""The instructions for one platform, of a site's banner document: what its page and its templates need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flask import url_for

from server.catalog import service as catalog
from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound, Unavailable
from server.core.http import settings
from server.embed import service as embed
from server.sites.document_types import Document
from server.sites.installation_links import InstallationLink
from server.sites.values import Site, tells_others
from server.studio.installation import link_tokens as installation_tokens
from server.studio.installation import snippets
from server.studio.installation.snippets import markup, tag_manager
from server.studio.installation.snippets.website import Website, website
from server.studio.language import lazy_gettext

NAMES: Mapping[str, str] = {
    "html": lazy_gettext("Plain HTML"),
    "tag-manager": lazy_gettext("Google Tag Manager"),
    "wordpress": lazy_gettext("WordPress"),
    "shopify": lazy_gettext("Shopify"),
    "nextjs": lazy_gettext("Next.js"),
    "webflow": lazy_gettext("Webflow"),
    "squarespace": lazy_gettext("Squarespace"),
}
"""Platform → what it is called."""


NeedsEarly = Literal["", "consent_mode", "automatic_blocking", "tools"]
"""Why `async` and `defer` would come too late, by what does; empty: they would not."""


@dataclass(frozen=True)
class Guide:
    """Instructions for one platform."""

    platform: str
    published: bool
    """Whether the tag does something yet."""
    pinned: bool
    """Whether the tag is for today's bytes alone."""
    code: snippets.Snippets
    examples: tuple[tuple[str, str], ...]
    """Name of each service that waits, and its marked code."""
    checks: tuple[tuple[str, str, str], ...]
    """Category, consent types and variable, for tags of a tag manager."""
    website: Website
    consent_mode: bool
    data_layer: bool
    automatic_blocking: bool
    needs_early: NeedsEarly

    @property
    def has_frame(self) -> bool:
        """Whether one of the examples is a frame."""
        return any("<iframe" in code for _, code in self.examples)

    @property
    def name(self) -> str:
        """What the platform is called."""
        return str(NAMES[self.platform])


def guide(site: Site, document: Document, platform: str, *, published: bool, pinned: bool) -> Guide:
    """The instructions for a platform.

    :param pinned: whether the tag is to have `integrity`; it has none before the first publish
    """
    address, integrity = f"{settings().public_url}/w/{site.key}.js", ""
    if pinned and published:
        address, integrity = _pinned(site) or (address, integrity)
    shown = website(
        document,
        server=settings().public_url,
        key=site.key,
        address=address,
        integrity=integrity,
        marking=_marking,
    )
    behaviour = document["behaviour"]
    return Guide(
        platform=platform,
        published=published,
        pinned=bool(integrity),
        code=snippets.PLATFORMS[platform](shown),
        examples=markup.examples(shown),
        checks=tag_manager.checks(shown),
        website=shown,
        consent_mode=behaviour["consent_mode"] != "off",
        data_layer=behaviour["tools"]["data_layer"],
        automatic_blocking=behaviour["automatic_blocking"],
        needs_early=needs_early(document),
    )


def needs_early(document: Document) -> NeedsEarly:
    """Why the script must not wait on the pages of this banner."""
    behaviour = document["behaviour"]
    if behaviour["consent_mode"] != "off":
        return "consent_mode"
    if behaviour["automatic_blocking"]:
        return "automatic_blocking"
    return "tools" if tells_others(document) else ""


def address_of(link: InstallationLink, platform: str = snippets.FIRST) -> str:
    """The address of the instructions for somebody without an account."""
    token = installation_tokens.sign(link.site_id, link.link_id, secret_key=settings().secret_key)
    return settings().public_url + url_for("studio.shared_installation", token=token, platform=platform)


def _marking(key: str) -> str:
    try:
        return catalog.find(key).marking
    except NotFound:
        # A service of an earlier release's catalog.
        return ""


def _pinned(site: Site) -> tuple[str, str] | None:
    """Address and integrity of today's bytes; None if they cannot be had."""
    now, public_url = clock.now(), settings().public_url
    try:
        found = embed.integrity(site, public_url=public_url, now=now)
        made = embed.script(site.key, public_url=public_url, now=now)
    except (NotFound, Unavailable):
        return None
    with transaction():
        # A pinned script stays in use long after the next version is published.
        embed.store(made, now=now)
    return found
