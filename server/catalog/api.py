"""The catalog over HTTP, for everybody."""

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import Response, request

from server.catalog import service
from server.catalog.values import CATEGORIES, SERVICE_KEY, CategoryKey, Service
from server.core.errors import Invalid
from server.core.http import Blueprint, as_json, whole

blueprint = Blueprint(
    "catalog",
    __name__,
    url_prefix="/api/v1/catalog",
    description="What is known of services that websites use. Anybody may read it, without a token.",
    path={"key": {"type": "string", "pattern": whole(SERVICE_KEY), "example": "google_analytics"}},
)

CACHED = "public, max-age=3600, stale-if-error=604800"
"""Cache-Control: the catalog changes with a release."""

MAX_QUESTION = 200
"""Most characters of what is searched for."""

_ENTRY = service.schema()
_LIST: dict[str, Any] = {
    "type": "object",
    "properties": {"services": {"type": "array", "items": _ENTRY}},
    "required": ["services"],
    "additionalProperties": False,
}


def _answered(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


@blueprint.get("")
@blueprint.doc(
    parameters=[
        {
            "in": "query",
            "name": "q",
            "schema": {"type": "string", "maxLength": MAX_QUESTION, "example": "_ga_8XYZ"},
            "description": "Name, alias, provider, host or cookie, whole or in part; the best come first",
        },
        {
            "in": "query",
            "name": "category",
            "schema": {"type": "string", "enum": list(CATEGORIES)},
            "description": "Only services that this category is suggested for",
        },
    ],
    responses={
        200: _answered("The services; without `q` in the order of their names", _LIST),
        422: {"description": "`category` is none of these, or `q` is too long"},
    },
)
def services() -> Response:
    """Known services: providers, hosts, what they store, for how long and what for"""
    question = request.args.get("q", "")
    if len(question) > MAX_QUESTION:
        fault = f"has more than {MAX_QUESTION} characters"
        raise Invalid(f"q {fault}", errors={"q": fault})
    category = _category(request.args.get("category", ""))
    found = service.search(question) if question else service.services()
    return _cached({"services": _shown([each for each in found if category in (None, each.category)])})


@blueprint.get("/<string:key>")
@blueprint.doc(
    responses={
        200: _answered("The service", _ENTRY),
        404: {"description": "There is no such service in the catalog"},
    }
)
def one_service(key: str) -> Response:
    """One known service"""
    return _cached(service.as_json(service.find(key)))


def _category(text: str) -> CategoryKey | None:
    found = next((each for each in CATEGORIES if each == text), None)
    if text and found is None:
        fault = f"is not one of {', '.join(CATEGORIES)}"
        raise Invalid(f"category {fault}", errors={"category": fault})
    return found


def _shown(found: Sequence[Service]) -> list[dict[str, Any]]:
    return [service.as_json(each) for each in found]


def _cached(value: object) -> Response:
    answer = as_json(value)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    answer.headers["Cache-Control"] = CACHED
    answer.make_conditional(request)
    return answer
