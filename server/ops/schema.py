"""Which schema the database has, which one this release needs, and the way there."""

from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import Migrate
from flask_migrate import upgrade as upgrade_database

from server.core.db import db

_MIGRATIONS = Path(__file__).parents[1] / "migrations"


def schema_revision() -> str | None:
    """The revision that the database is at; none before the first migration."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_revision() -> str | None:
    """The revision that this release was made for."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this release has such a schema; one that it has not comes from a newer release."""
    return any(each.revision == revision for each in ScriptDirectory(str(_MIGRATIONS)).walk_revisions())


def upgrade() -> None:
    """Bring the database to the newest schema."""
    if "migrate" not in current_app.extensions:
        Migrate(current_app, db, directory=str(_MIGRATIONS))
    upgrade_database()
