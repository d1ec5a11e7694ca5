"""A shop with a published banner, and the decisions that its visitors send."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.consents.values import Decision
from server.core import clock
from server.core.db import transaction
from server.core.ids import new_id
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site
from tests.sites.documents import with_behaviour

ORIGIN = "https://butikk.example.no"
PUBLISHED = datetime(2026, 1, 2, tzinfo=UTC)
CATEGORIES = ("functional", "statistics", "advertising")


@dataclass(frozen=True)
class Shop:
    """A site of which one version is published, and a browser on its pages."""

    site: Site
    client: FlaskClient

    def post(self, body: object, *, origin: str | None = ORIGIN, **kwargs: Any) -> TestResponse:
        """Send a decision as the widget does; bytes and texts as they are, everything else as JSON."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        headers = {**({"Origin": origin} if origin else {}), **kwargs.pop("headers", {})}
        content_type = kwargs.pop("content_type", "text/plain;charset=UTF-8")
        path = kwargs.pop("path", f"/api/v1/sites/{self.site.key}/decisions")
        return self.client.post(path, data=data, headers=headers, content_type=content_type, **kwargs)


def document(**behaviour: object) -> Document:
    """A banner that can be published: three optional categories and one service, `chat`, in `functional`."""
    made = sites.default_document("nb", name="Butikken")
    controller = made["controller"]
    controller["name"], controller["address"] = "Butikken AS", "Storgata 1, 0155 Oslo"
    controller["contacts"] = {"email": "hei@butikk.example.no", "phone": "", "url": ""}
    made["services"].append(
        {
            "key": "chat",
            "name": "Chat",
            "provider": "Chat AS",
            "category": "functional",
            "purpose": dict.fromkeys(made["texts"], "svarer på spørsmål"),
            "data": {},
            "legal_basis": "consent",
            "necessary_reason": {},
            "country": "NO",
            "transfer_basis": "",
            "retention": "",
            "privacy_link": "https://chat.example.no/privacy",
            "shared_with": [],
            "processor_agreement": "",
            "hosts": ["chat.example.no"],
            "cookies": [],
            "stores_nothing": False,
            "catalog": {"key": "", "version": ""},
        }
    )
    return with_behaviour(made, **behaviour)


def publish(site: Site, *, now: datetime = PUBLISHED, **behaviour: object) -> None:
    """The next version of the banner."""
    with transaction():
        sites.save_draft(site.id, document(**behaviour), by="test", now=now)
        sites.publish(site.id, note="", by="test", now=now)


def open_shop(client: FlaskClient, key: str = "butikk", domain: str = "butikk.example.no") -> Shop:
    """A new site with its first version."""
    with transaction():
        site = sites.create(key, "Butikk", [domain], by="test", now=PUBLISHED)
    publish(site)
    return Shop(site, client)


def sent(**changes: object) -> dict[str, Any]:
    """What the widget sends when somebody accepts everything but statistics and advertising."""
    body: dict[str, Any] = {
        "id": new_id(),
        "visitor": new_id(),
        "version": 1,
        "language": "nb",
        "action": "save",
        "surface": "settings",
        "choices": {"functional": True, "statistics": False, "advertising": False},
        "services": {"chat": False},
        "signals": {"gpc": False},
        "decided_at": (clock.now() - timedelta(minutes=1)).isoformat(timespec="milliseconds"),
    }
    body.update(changes)
    return {key: value for key, value in body.items() if value is not None}


def all_choices(granted: bool) -> dict[str, bool]:
    """Every optional category, answered alike."""
    return dict.fromkeys(CATEGORIES, granted)


def decision(**changes: Any) -> Decision:
    """The same as a value."""
    made = Decision(
        id=new_id(),
        visitor=new_id(),
        version=1,
        language="nb",
        action="save",
        surface="settings",
        choices={"functional": True, "statistics": False, "advertising": False},
    )
    return replace(made, **changes)
