"""Staff are told of newer descriptions in the catalog, each once."""

import dataclasses

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.service import users
from server.core.db import Base, db, transaction
from server.sites import catalog_news, jobs, known_services
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.known import ANALYTICS
from tests.sites.test_catalog_descriptions import release
from tests.studio.conftest import NOW, make_site

NEWER = dataclasses.replace(ANALYTICS, privacy_link="https://new.example/privacy")


@pytest.fixture
def site(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose draft has a service from the catalog, with an editor and an auditor."""
    release(monkeypatch, ANALYTICS)
    made = make_site("butikken", "Butikken")
    document = sites.draft(made.id).document
    with transaction():
        for role in ("editor", "auditor"):
            users.create_user(f"{role}@example.no", role, password=None, site_ids=None, now=NOW)
        filled = known_services.with_known(document, [ANALYTICS], {})[0]
        sites.save_draft(made.id, filled, by="editor@example.no", now=NOW)
    return made


def told() -> list[str]:
    inbox = Base.metadata.tables["inbox_message"]
    query = sa.select(inbox.c.data).where(inbox.c.kind == catalog_news.UPDATED).order_by(inbox.c.created_at)
    return list(db.session.scalars(query))


def test_nothing_is_told_while_the_catalog_says_the_same(site: Site) -> None:
    assert jobs.tell_of_catalog(NOW) == 0
    assert catalog_news.newer(sites.draft(site.id).document) == ()


def test_those_who_edit_are_told_once_of_what_is_newer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    release(monkeypatch, NEWER)
    assert [jobs.tell_of_catalog(NOW), jobs.tell_of_catalog(NOW)] == [1, 0]
    (message,) = told()
    assert '"services":"Google Analytics"' in message
    release(monkeypatch, dataclasses.replace(NEWER, privacy_link="https://newest.example/privacy"))
    assert jobs.tell_of_catalog(NOW) == 1
    assert len(told()) == 2


def test_what_was_taken_over_is_news_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    release(monkeypatch, NEWER)
    document = sites.draft(site.id).document
    own = [one for one in document["services"] if one["key"] != "google_analytics"]
    again = known_services.with_known({**document, "services": own}, [NEWER], {})[0]
    with transaction():
        sites.save_draft(site.id, again, by="editor@example.no", now=NOW)
    assert jobs.tell_of_catalog(NOW) == 0
