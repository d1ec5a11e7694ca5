"""Tokens that were made before they had a maker get one, and those of the command line have none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from server.accounts.digests import digest
from server.accounts.service import tokens
from server.app import create_app
from server.core import clock
from server.core.db import db
from server.core.errors import Unauthenticated
from server.core.ids import new_id
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
        upgrade(revision="0004")
        yield app
        db.session.remove()
        db.engine.dispose()


def insert(table: str, **values: object) -> None:
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with db.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def user(email: str, *, disabled_at: str | None) -> None:
    insert("user_account", id=new_id(), email=email, password_hash="x", role="owner", all_sites=True,
           created_at=AT, disabled_at=disabled_at)  # fmt: skip


def token(by: str, letter: str) -> str:
    secret = "smt_" + letter * 43
    insert("api_token", id=new_id(), digest=digest(secret), name=by, scopes="sites:read", all_sites=True,
           created_at=AT, created_by=by)  # fmt: skip
    return f"Bearer {secret}"


def test_token_of_somebody_disabled_stops_with_the_update_and_the_command_lines_goes_on(
    before: Flask,
) -> None:
    user("kari@example.no", disabled_at=AT)
    user("ola@example.no", disabled_at=None)
    karis, olas = token("kari@example.no", "k"), token("ola@example.no", "o")
    machine = token("command line", "c")
    upgrade()
    with pytest.raises(Unauthenticated):
        tokens.authorise(karis, "sites:read", site_id=None, now=clock.now())
    assert tokens.authorise(olas, "sites:read", site_id=None, now=clock.now()).maker is not None
    assert tokens.authorise(machine, "sites:read", site_id=None, now=clock.now()).maker is None
    db.session.remove()
    downgrade(revision="0004")
    assert "maker_id" not in {one["name"] for one in sa.inspect(db.engine).get_columns("api_token")}
    upgrade()
    assert tokens.authorise(olas, "sites:read", site_id=None, now=clock.now()).maker is not None
