"""Whether the product lives, and whether it is ready to serve."""

import sqlalchemy as sa
from flask import Response

from server.core.errors import Unavailable
from server.core.http import Blueprint, as_json, content
from server.core.json_bodies import JSON_TYPE
from server.ops.schema import newest_revision, schema_revision

blueprint = Blueprint("health", __name__, description="For operators")


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


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
