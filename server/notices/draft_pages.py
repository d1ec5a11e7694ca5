"""The privacy notice of a draft as visitors would see it, for the preview in the studio."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from server.core.headers import csp_nonce
from server.notices.circumstances import circumstances
from server.notices.notice import composed
from server.notices.site_pages import Asked, template
from server.notices.style_pages import rules
from server.notices.words import words
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site, Version

Addresses = Callable[[str | None], str]
"""The address of the preview in a language of the banner."""


def draft_page(
    site: Site, document: Document, language: str, *, here: Addresses, back: str, now: datetime
) -> str:
    """The notice that publishing this document now would make, as a page in a language of the banner.

    `back` is the address of the editor.
    """
    newest = sites.newest(site.id)
    about = Asked(
        site, _unpublished(site, document, 1 if newest is None else newest.number + 1, now), language
    )
    made = circumstances(about)
    if newest is None:
        # None of the pages that belong to the notice is there yet.
        made = replace(made, links={})
    return template(
        "draft.html",
        about,
        notice=composed(document, site.domains, language, made),
        here=here,
        back=back,
        rules=rules(document["appearance"]).replace("<", "\\3c "),
        nonce=csp_nonce(),
        w=words("notice", language),
    )


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
