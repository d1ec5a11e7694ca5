"""Whether the product lives, and whether it is ready to serve."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Response

from server.core.db import db
from server.core.errors import Unavailable
from server.core.http import JSON_TYPE, Blueprint, as_json, content

blueprint = Blueprint("health", __name__, description="For operators")

_MIGRATIONS = Path(__file__).parents[1] / "migrations"


@blueprint.get("/healthz")
@blueprint.doc(tags=["operations"], responses={200: {"description": "It does", **content(JSON_TYPE)}})
def healthz() -> Response:
    """Whether the process lives"""
    return _unstored(as_json({"status": "ok"}))


@blueprint.get("/readyz")
@blueprint.doc(
    tags=["operations"],
    responses={
        200: {"description": "It is", **content(JSON_TYPE)},
        503: {"description": "It is not; the message says why"},
    },
)
def readyz() -> Response:
    """Whether the database is reachable and has the schema that this release needs"""
    try:
        current = schema_revision()
    except sa.exc.SQLAlchemyError as fault:
        raise Unavailable("the database cannot be reached", retry_after=5) from fault
    if current != newest_revision():
        raise Unavailable(f"the database has schema {current}, this release needs {newest_revision()}")
    return _unstored(as_json({"status": "ok", "schema": current}))


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


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
