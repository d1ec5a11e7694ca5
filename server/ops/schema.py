"""The schema of the database, the one that this release needs, and migration."""

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
    """The revision of the database; None before the first migration."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_revision() -> str | None:
    """The revision of this release."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this release knows a revision; an unknown one belongs to a newer release."""
    return any(each.revision == revision for each in ScriptDirectory(str(_MIGRATIONS)).walk_revisions())


def upgrade() -> None:
    """Migrate the database to the newest schema."""
    if "migrate" not in current_app.extensions:
        Migrate(current_app, db, directory=str(_MIGRATIONS))
    upgrade_database()
