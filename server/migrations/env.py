"""How Alembic reaches the running application's database and rows."""

from typing import Literal

from alembic import context
from sqlalchemy.engine import Connection

from server.core.db import UtcDateTime, db


def _render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our column types as what they are in the database, so that a migration outlives our modules."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def migrate(connection: Connection) -> None:
    """Bring `connection`'s database to the newest schema in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


if given := context.config.attributes.get("connection"):
    migrate(given)
else:
    with db.engine.connect() as connection:
        migrate(connection)
