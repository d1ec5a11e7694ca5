"""The description that a draft was filled from is kept, on each database."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.catalog import files
from server.catalog import service as catalog
from server.catalog.values import Service
from server.core.db import db, transaction
from server.core.errors import PreconditionFailed
from server.embed import service as embed
from server.sites import catalog_descriptions, known_services
from server.sites import service as sites
from server.sites.catalog_differences import Difference, differences
from server.sites.document_types import Document
from server.sites.models import ServiceDescription
from server.sites.values import Site
from tests.conftest import PUBLIC_URL
from tests.sites.documents import publishable, service
from tests.sites.known import ANALYTICS

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.fixture
def shop(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Site:
    release(monkeypatch, ANALYTICS)
    with transaction():
        return sites.create("shop", "Butikken", ["shop.no"], by="kari@shop.no", now=NOW)


def save(site: Site, document: object, *, now: datetime = NOW, **expected: Any) -> None:
    with transaction():
        sites.save_draft(site.id, document, by="kari@shop.no", now=now, **expected)


def fill(site: Site) -> None:
    save(site, known_services.with_known(publishable(), [ANALYTICS], {})[0])


def release(monkeypatch: pytest.MonkeyPatch, newer: Service) -> None:
    """Another release describes a service otherwise."""
    today = {**files.services(), newer.key: newer}
    monkeypatch.setattr(files, "services", lambda: today)


def offers(document: Document) -> dict[str, tuple[Difference, ...]]:
    """What today's catalog would change of each service."""
    bases, found = catalog_descriptions.of_document(document), {}
    for each in document["services"]:
        if (known := catalog_descriptions.newest(each)) is not None:
            found[each["key"]] = differences(each, bases.get(each["key"]), known, document)
    return {key: changes for key, changes in found.items() if changes}


def stored() -> list[Any]:
    table = ServiceDescription.__table__
    return list(db.session.execute(sa.select(table)).all())


def test_saving_what_was_filled_keeps_the_description_and_the_day(shop: Site) -> None:
    fill(shop)
    save(shop, sites.draft(shop.id).document, now=NOW + timedelta(days=9))
    (row,) = stored()
    assert (row.key, row.version) == ("google_analytics", catalog.version(ANALYTICS))
    assert json.loads(row.description) == catalog.as_json(ANALYTICS)
    assert row.first_used == NOW


def test_a_draft_that_could_not_be_saved_keeps_no_description(shop: Site) -> None:
    with pytest.raises(PreconditionFailed):
        save(shop, known_services.with_known(publishable(), [ANALYTICS], {})[0], expected_revision=99)
    assert stored() == []


def test_a_document_with_an_invented_version_is_saved_and_has_no_base(shop: Site) -> None:
    document = publishable()
    document["services"] += [
        service("one", catalog={"key": "google_analytics", "version": "0" * 16}),
        service("two", catalog={"key": "nobody", "version": "0" * 16}),
        service("three", catalog={"key": "google_analytics", "version": ""}),
    ]
    save(shop, document)
    draft = sites.draft(shop.id).document
    assert stored() == []
    assert catalog_descriptions.of_document(draft) == {}
    offered = offers(draft)
    assert set(offered) == {"one", "three"}
    assert {each.kind for found in offered.values() for each in found} == {"unknown"}


def test_nothing_is_offered_until_another_release_says_something_else(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop)
    draft = sites.draft(shop.id).document
    assert catalog_descriptions.of_document(draft) == {"google_analytics": ANALYTICS}
    assert offers(draft) == {}
    release(monkeypatch, dataclasses.replace(ANALYTICS, privacy_link="https://new.example/privacy"))
    (found,) = offers(draft)["google_analytics"]
    assert (found.path, found.kind) == (("privacy_link",), "updated")


def test_a_release_that_only_looked_again_offers_nothing(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shop)
    release(monkeypatch, dataclasses.replace(ANALYTICS, reviewed="2027-01-01"))
    assert offers(sites.draft(shop.id).document) == {}


def test_a_description_of_other_fields_counts_as_unknown(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shop)
    release(monkeypatch, dataclasses.replace(ANALYTICS, reviewed="2027-01-01"))
    with transaction():
        db.session.execute(sa.update(ServiceDescription).values(description='{"key": "google_analytics"}'))
    assert catalog_descriptions.of_document(sites.draft(shop.id).document) == {}


def test_a_service_that_the_catalog_has_no_more_is_left_alone(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop)
    rest = {key: each for key, each in files.services().items() if key != "google_analytics"}
    monkeypatch.setattr(files, "services", lambda: rest)
    assert offers(sites.draft(shop.id).document) == {}


def test_visitors_are_not_sent_where_a_service_came_from(shop: Site) -> None:
    fill(shop)
    with transaction():
        sites.publish(shop.id, note="", by="kari@shop.no", now=NOW)
    script = embed.script(shop.key, public_url=PUBLIC_URL, now=NOW)
    version = catalog.version(ANALYTICS).encode()
    assert b"google_analytics" in script.asset.identity
    assert not any(version in each.identity for each in (script.asset, *script.chunks))
