"""Sample sites are no ordinary sites where the product is put back to before there were any."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from server.app import create_app
from server.core.db import db, transaction
from server.core.errors import NotFound
from server.core.ids import new_id
from server.ops import site_deletion
from server.sites import deletion, samples
from server.sites import service as sites
from tests.conftest import settings_for

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application with the newest schema, which the test takes back."""
    changes: dict[str, object] = {}
    if request.param == "postgresql":
        changes["database_url"] = request.getfixturevalue("empty_schema")
    made = create_app(settings_for(tmp_path, **changes))
    with made.app_context():
        upgrade()
        yield made
        db.session.remove()
        db.engine.dispose()


def test_a_sample_site_is_deleted_for_good_by_going_back(app: Flask) -> None:
    with transaction():
        real = sites.create("butikk", "Butikken", ["butikk.no"], by="kari", now=NOW)
        kept, removed = (samples.make(new_id(), language="nb", now=NOW) for _ in range(2))
        samples.remove(removed, by="kari", now=NOW)
    db.session.remove()
    downgrade(revision="0042")
    with db.engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT id FROM site WHERE deleted_at IS NULL OR deleted_by IS NULL OR purging_at IS NULL"
            )
        )
        assert [row.id for row in rows] == [real.id]
    upgrade()
    assert [one.key for one in sites.each_site(deleted=True) if one.deletion is None] == ["butikk"]
    assert sites.restorable(only=None) == ()
    for one in (kept, removed):
        with pytest.raises(NotFound) as refused, transaction():
            deletion.restore(one.id)
        assert refused.value.reason == "site_purged"
    while site_deletion.purge(now=NOW):
        pass
    with pytest.raises(NotFound):
        sites.draft(kept.id)
    assert sites.draft(real.id).revision == 1
