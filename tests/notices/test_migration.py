"""Addresses of subscribers from before they were encrypted are encrypted by the update, and none is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from server.app import create_app
from server.core.db import db
from server.core.http import settings
from server.core.ids import new_id
from server.notices.service import subscriptions
from tests.conftest import settings_for

AT = "2026-11-22 12:00:00.000000"


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database has the schema of before."""
    changes: dict[str, object] = {}
    if request.param == "postgresql":
        changes["database_url"] = request.getfixturevalue("empty_schema")
    app = create_app(settings_for(tmp_path, **changes))
    with app.app_context():
        upgrade(revision="0024")
        yield app
        db.session.remove()
        db.engine.dispose()


def insert(table: str, **values: object) -> None:
    places = ", ".join(f":{name}" for name in values)
    with db.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})"), values)


def test_addresses_are_encrypted_by_the_update_and_decrypted_by_the_way_back(before: Flask) -> None:
    site_id, subscriber_id = new_id(), new_id()
    insert("site", id=site_id, key="shop", name="Shop", created_at=AT, retention_days=30)
    insert(
        "notice_subscriber",
        site_id=site_id,
        id=subscriber_id,
        address="kari@example.no",
        address_digest="0" * 32,
        language="nb",
        created_at=AT,
        confirmed_at=AT,
    )
    upgrade()
    sealed = db.session.execute(sa.text("SELECT sealed FROM notice_subscriber")).scalar_one()
    found = subscriptions.address_of(site_id, subscriber_id, bytes(sealed), secret_key=settings().secret_key)
    assert found == "kari@example.no"
    db.session.remove()
    downgrade(revision="0024")
    assert db.session.execute(sa.text("SELECT address FROM notice_subscriber")).scalar_one() == found
    db.session.remove()
    upgrade()
