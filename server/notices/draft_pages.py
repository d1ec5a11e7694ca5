"""The privacy notice and the cookie declaration of a draft as visitors would see them, for the studio."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from server.core.headers import csp_nonce
from server.notices.circumstances import circumstances
from server.notices.declaration import AREA, declared
from server.notices.notice import composed
from server.notices.notice_dates import in_force
from server.notices.site_pages import Asked, template
from server.notices.style_pages import rules
from server.notices.words import words
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site, Version

Addresses = Callable[[str | None], str]
"""The address of the preview in a language of the banner."""


def draft_page(
    site: Site,
    document: Document,
    language: str,
    *,
    here: Addresses,
    back: str = "",
    script: str = "",
    now: datetime,
) -> str:
    """The notice that publishing this document now would make, as a page in a language of the banner.

    `back` is the address of the editor; empty: the page stands beside it, and does not say what it is.
    `script` is the address of a script that the page runs; empty: none.
    """
    about, published = _asked(site, document, language, now)
    made = circumstances(about)
    if not published:
        # None of the pages that belong to the notice is there yet.
        made = replace(made, links={})
    return _page(
        "draft.html",
        about,
        notice=composed(document, site.domains, language, made),
        here=here,
        back=back,
        script=script,
        w=words("notice", language),
    )


def draft_cookies_page(
    site: Site, document: Document, language: str, *, here: Addresses, script: str, now: datetime
) -> str:
    """The cookie declaration that publishing this document now would make, by what `draft_page` is given."""
    about, _published = _asked(site, document, language, now)
    return _page(
        "draft_cookies.html",
        about,
        declaration=declared(document, site.domains, language),
        in_force=in_force(about),
        here=here,
        script=script,
        level=2,
        w=words(AREA, language),
    )


def _asked(site: Site, document: Document, language: str, now: datetime) -> tuple[Asked, bool]:
    """What the page is about, and whether the site has published anything yet."""
    newest = sites.newest(site.id)
    number = 1 if newest is None else newest.number + 1
    return Asked(site, _unpublished(site, document, number, now), language), newest is not None


def _page(name: str, about: Asked, **values: object) -> str:
    """A template with the look of the draft in it, which has no address yet."""
    look = rules(about.document["appearance"]).replace("<", "\\3c ")
    return template(name, about, rules=look, nonce=csp_nonce(), **values)


def _unpublished(site: Site, document: Document, number: int, now: datetime) -> Version:
    return Version(
        site_id=site.id,
        number=number,
        document=document,
        published_document=document,
        content_hash="",
        change="text",
        scope_changes=(),
        slots={},
        since={},
        service_slots={},
        service_since={},
        note="",
        published_at=now,
        published_by="",
    )
