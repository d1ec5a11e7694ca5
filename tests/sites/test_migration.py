"""A draft that was kept as variant A, before variants were states of the draft, is not lost by the update."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from server.app import create_app
from server.core.canonical import canonical_text
from server.core.db import db
from server.core.ids import new_id
from server.sites import draft_history, queries
from tests.conftest import settings_for
from tests.sites.documents import publishable

AT = "2026-11-22 12:00:00.000000"


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database has the schema of before."""
    changes: dict[str, object] = {}
    if request.param == "postgresql":
        changes["database_url"] = request.getfixturevalue("empty_schema")
    app = create_app(settings_for(tmp_path, **changes))
    with app.app_context():
        upgrade(revision="0022")
        yield app
        db.session.remove()
        db.engine.dispose()


def insert(table: str, **values: object) -> None:
    places = ", ".join(f":{name}" for name in values)
    with db.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})"), values)


def site(key: str, *, kept: str) -> str:
    """A site with its first draft, and another document that was kept."""
    made, first = new_id(), canonical_text(publishable())
    insert("site", id=made, key=key, name=key, created_at=AT, retention_days=30)
    insert("banner_draft", site_id=made, document=first, revision=3, updated_at=AT, updated_by="kari")
    insert("variant_draft", site_id=made, document=kept or first, kept_at=AT, kept_by="ola")
    return made


def test_a_kept_draft_is_the_earliest_state_unless_it_is_a_known_one(before: Flask) -> None:
    kept = publishable()
    kept["texts"]["nb"]["title"] = "Et annet forslag"
    other, same = site("other", kept=canonical_text(kept)), site("same", kept="")
    upgrade()
    now, found = draft_history.states(other)
    # What was edited before the audit log had edits of drafts is not put on record.
    assert queries.recorded_revision(other) == now.revision == 3
    assert (found.revision, found.updated_by) == (0, "ola")
    assert found.document["texts"]["nb"]["title"] == "Et annet forslag"
    assert len(draft_history.states(same)) == 1
    assert "variant_draft" not in sa.inspect(db.engine).get_table_names()
    db.session.remove()
    downgrade(revision="0022")
    upgrade()
    assert len(draft_history.states(other)) == 2
