"""What the studio's tests ask for: people of every role, sites, a client that keeps its login."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.accounts import passwords
from server.accounts.service import sessions, users
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from server.sites.document_types import Controller
from server.sites.values import Site

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PASSWORD = "tre hester på vidda"

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_SEEN = re.compile(r'name="(revision|version)" value="([0-9]+)"')


_hash = passwords.digest
"""The real one, whatever a test puts in its place."""


@lru_cache(maxsize=1)
def _digest() -> str:
    return _hash(PASSWORD)


class Browser(FlaskClient):
    """A client whose requests share cookies alone, though the tests hold an application context open."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        for name in list(g):
            g.pop(name)
        return super().open(*args, **kwargs)


class Visitor:
    """Somebody with a browser in which every form carries its token, as pages give it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._tokens: dict[str, str] = {}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(f"/studio{path}", **options)

    def token(self, path: str = "/account") -> str:
        found = TOKEN.search(self.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def _usual_token(self) -> str:
        """That of the present session, read from a page once: pages take long to draw."""
        with self.client.session_transaction() as stored:
            begun = stored.get("csrf_token", "")
        if begun not in self._tokens:
            token = self.token()
            with self.client.session_transaction() as stored:
                begun = stored.get("csrf_token", "")
            self._tokens[begun] = token
        return self._tokens[begun]

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        fields = (
            data if data and "csrf_token" in data else {"csrf_token": self._usual_token(), **(data or {})}
        )
        return self.client.post(f"/studio{path}", data=fields, **options)

    def save(self, path: str, data: dict[str, Any], *, at: str | None = None) -> TestResponse:
        """Send the form of a page with these fields, and the revision and version that it was made of."""
        seen = dict(reversed(_SEEN.findall(self.get(at or path).text)))
        assert seen, f"{at or path} edits no draft"
        return self.post(path, {**seen, **data})

    def log_in(self, email: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        found = TOKEN.search(self.get("/login").text)
        assert found
        data = {"csrf_token": found[1], "email": email, "password": password, **fields}
        return self.client.post("/studio/login", data=data)


@pytest.fixture
def site(app: Flask) -> Site:
    """A site with its first draft."""
    return make_site("butikken", "Butikken")


@pytest.fixture
def other(app: Flask) -> Site:
    """Another site."""
    return make_site("hytta", "Hytta")


@pytest.fixture
def as_role(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Visitor]:
    """Somebody of a role, logged in; on all sites, or on those given."""

    def enter(role: str, *where: Site) -> Visitor:
        email = f"{role}-{len(where)}@example.no"
        stored = _digest()
        # One password, hashed once: what hashing does is tested where it lives.
        with monkeypatch.context() as patch, transaction():
            patch.setattr(passwords, "digest", lambda _password: stored)
            identity, _ = users.create_user(
                email, role, password=PASSWORD, site_ids=[one.id for one in where] or None, now=NOW
            )
        return log_in_without_hashing(app, identity)

    return enter


def log_in_without_hashing(app: Flask, identity: Identity) -> Visitor:
    """A visitor whose session was opened behind the login page."""
    client = browser(app)
    with transaction():
        secret = sessions.open_session(identity, now=clock.now())
    with client.session_transaction() as stored:
        stored["login"] = secret
    return Visitor(client)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who is not logged in."""
    return Visitor(browser(app))


def browser(app: Flask) -> Browser:
    """A client without cookies."""
    return Browser(app, app.response_class)


def make_site(key: str, name: str) -> Site:
    """A site with its first draft."""
    with transaction():
        return sites.create(key, name, [f"www.{key}.no"], by="tests", now=NOW)


def make_publishable(site: Site) -> None:
    """Fill in what only the site's owner knows, so that nothing stands against publishing."""
    draft = sites.draft(site.id)
    stored = draft.document["controller"]
    controller: Controller = {
        **stored,
        "name": "Butikken AS",
        "address": "Storgata 1, 0155 Oslo",
        "contacts": {**stored["contacts"], "email": "post@butikken.no"},
        "organisation_number": "999 999 999",
    }
    with transaction():
        sites.save_draft(site.id, {**draft.document, "controller": controller}, by="tests", now=NOW)
