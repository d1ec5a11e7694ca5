from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from server.core.db import transaction
from server.core.errors import Unavailable
from server.embed import service as embed
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Version
from tests.absence import absent
from tests.sites.documents import service, with_behaviour, with_services

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

Publish = Callable[..., Version]


@pytest.fixture
def publish(app: Flask) -> Publish:
    """Publishes the next version of the site `shop`; its banner says `title`."""
    try:
        embed.bundle()
    except Unavailable as fault:
        absent("the built widget", fault.message)

    def next_version(title: str = "Får vi?", key: str = "shop", **behaviour: object) -> Version:
        with transaction():
            site = _site(key)
            wanted = with_behaviour(document(title), **behaviour)
            sites.save_draft(site.id, wanted, by="a test", now=NOW)
            return sites.publish(site.id, note="", by="a test", now=NOW)

    return next_version


def _site(key: str) -> Any:
    known = [site for site in sites.each_site() if site.key == key]
    return known[0] if known else sites.create(key, key.title(), ["shop.example.no"], by="a test", now=NOW)


def document(title: str) -> Document:
    """A banner that can be published, with one service."""
    made = with_services(service())
    made["texts"]["nb"]["title"] = title
    return made
