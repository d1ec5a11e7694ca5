"""Websites of which code for installing is made, in tests."""

from collections.abc import Mapping
from typing import Any

from server.catalog import service as catalog
from server.core.errors import NotFound
from server.sites import known_services
from server.sites.document_types import Document
from server.studio.installation.snippets.website import Website, website
from tests.sites.documents import publishable, service

SERVER = "https://consent.example.no"
INTEGRITY = "sha384-AbC+/09="


def marking(key: str) -> str:
    """The catalog's marking example of a service."""
    try:
        return catalog.find(key).marking
    except NotFound:
        return ""


def document(*keys: str, **changes: Mapping[str, Any]) -> Document:
    """A document with services of the catalog, and one that the catalog does not know."""
    made = publishable()
    for key in keys:
        made["services"].append(known_services.filled(catalog.find(key), made))
    made["services"].append(service("counter", hosts=["counter.example/js"]))
    return {**made, **changes}  # type: ignore[typeddict-item]


def made(
    of: Document | None = None, *, server: str = SERVER, key: str = "butikken", pinned: bool = False
) -> Website:
    """The website of a document."""
    where = f"{server}/w/{key}/0123456789abcdef.js" if pinned else f"{server}/w/{key}.js"
    return website(
        of or document("google_analytics", "hotjar", "youtube", "meta_pixel"),
        server=server,
        key=key,
        address=where,
        integrity=INTEGRITY if pinned else "",
        marking=marking,
    )
