"""One open transaction, a site, and people to tell."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from server.core.db import db, transaction
from server.core.ids import new_id
from server.notifications.service import endpoints
from server.notifications.values import Endpoint, Message
from server.sites.models import Site

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KIND = "banner.published"


@pytest.fixture
def store(app: Flask) -> Iterator[None]:
    """One open transaction, as an edge would hold it."""
    with transaction():
        yield


def make_site() -> str:
    """A site's id."""
    made = Site(id=new_id(), key=new_id().lower().replace("_", "-"), name="Butikken", created_at=NOW)
    db.session.add(made)
    db.session.flush()
    return made.id


def make_endpoint(site_id: str, *, in_order: bool = False, name: str = "hook") -> Endpoint:
    """An endpoint for all kinds."""
    url = f"https://receiver.example.no/{name}"
    return endpoints.create_endpoint(site_id, url, [KIND], in_order=in_order, by="kari", now=NOW)


def message(site_id: str, number: int = 1) -> Message:
    """A message; those with equal numbers are duplicates."""
    data: dict[str, str | int | None] = {
        "site": "butikken",
        "site_name": "Butikken",
        "version": number,
        "change": "text",
        "shown_to": "all",
    }
    return Message(site_id, KIND, data, key=f"{KIND} {number}")
