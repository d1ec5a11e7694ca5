"""The catalog over HTTP, for everybody."""

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import brotli
from flask import Response, request

from server.catalog import service
from server.catalog.values import CATEGORIES, SERVICE_KEY, CategoryKey, Service
from server.core.errors import Invalid
from server.core.http import Blueprint, conditional, whole
from server.core.json_bodies import JSON_TYPE, json_body

blueprint = Blueprint(
    "catalog",
    __name__,
    url_prefix="/api/v1/catalog",
    description="What is known of services that websites use. Anybody may read it, without a token.",
    path={"key": {"type": "string", "pattern": whole(SERVICE_KEY), "example": "google_analytics"}},
)

CACHED = "public, max-age=3600, stale-if-error=604800"
"""Cache-Control: the catalog changes with a release."""

FIELDS = tuple(field.name for field in fields(Service))
"""Fields of a service, any of which can be asked for."""

_QUALITY = 5
"""Brotli's where the answer is kept: 10 ms for all services. The best would need more than a second, for a
sixth fewer bytes."""

_QUALITY_ONCE = 1
"""Brotli's where it is made for one question: 2 ms for as much."""

_CHANGED = "`If-Match` names another `ETag` than the answer has"

_ENTRY = service.schema()
_LIST: dict[str, Any] = {
    "type": "object",
    "properties": {
        "services": {
            "type": "array",
            # With `fields`, what was not asked for is absent.
            "items": {**_ENTRY, "required": ["key"]},
        }
    },
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
            "schema": {"type": "string", "maxLength": service.MAX_QUESTION, "example": "_ga_8XYZ"},
            "description": "Name, alias, provider, host or cookie, whole or in part; the best come first",
        },
        {
            "in": "query",
            "name": "category",
            "schema": {"type": "string", "enum": list(CATEGORIES)},
            "description": "Only services that this category is suggested for",
        },
        {
            "in": "query",
            "name": "fields",
            "style": "form",
            "explode": False,
            "schema": {
                "type": "array",
                "items": {"type": "string", "enum": list(FIELDS)},
                "example": ["name", "category", "hosts"],
            },
            "description": "Only these fields, beside `key`, with commas between them. With all of them, the "
            "list of all services is more than half a megabyte, uncompressed",
        },
    ],
    responses={
        200: _answered("The services; without `q` in the order of their names", _LIST),
        412: {"description": _CHANGED},
        422: {"description": "`category` or a field is none of these, or `q` is too long"},
    },
)
def services() -> Response:
    """Known services: providers, hosts, what they store, for how long and what for"""
    question = request.args.get("q", "")
    if len(question) > service.MAX_QUESTION:
        fault = f"has more than {service.MAX_QUESTION} characters"
        raise Invalid(f"q {fault}", errors={"q": fault})
    category = _category(request.args.get("category", ""))
    asked = _fields(request.args.get("fields", ""))
    return _answer(_searched(question, category, asked) if question else _all(category, asked))


@blueprint.get("/<string:key>")
@blueprint.doc(
    responses={
        200: _answered("The service", _ENTRY),
        404: {"description": "There is no such service in the catalog"},
        412: {"description": _CHANGED},
    }
)
def one_service(key: str) -> Response:
    """One known service"""
    return _answer(_body(json_body(service.as_json(service.find(key)))))


def _category(text: str) -> CategoryKey | None:
    found = next((each for each in CATEGORIES if each == text), None)
    if text and found is None:
        fault = f"is not one of {', '.join(CATEGORIES)}"
        raise Invalid(f"category {fault}", errors={"category": fault})
    return found


def _fields(text: str) -> frozenset[str]:
    """The fields that are asked for; without any, all."""
    asked = frozenset(filter(None, text.split(",")))
    if unknown := sorted(asked.difference(FIELDS)):
        fault = f"has {unknown[0][:40]}, which is not one of {', '.join(FIELDS)}"
        raise Invalid(f"fields {fault}", errors={"fields": fault})
    return asked | {"key"} if asked else frozenset(FIELDS)


# --- out -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Body:
    """A body in both content codings."""

    digest: str
    identity: bytes
    brotli: bytes


def _searched(question: str, category: CategoryKey | None, asked: frozenset[str]) -> _Body:
    found = [each for each in service.search(question) if category in (None, each.category)]
    return _list(found, asked, _QUALITY_ONCE)


# Without a question many ask for the same, and it is the largest. Few, since each may be half a megabyte.
@functools.lru_cache(maxsize=4)
def _all(category: CategoryKey | None, asked: frozenset[str]) -> _Body:
    return _list(service.services(category), asked)


def _list(found: Iterable[Service], asked: frozenset[str], quality: int = _QUALITY) -> _Body:
    each_in_json = (_in_parts(each) for each in found)
    shown = (",".join(part for name, part in parts.items() if name in asked) for parts in each_in_json)
    return _body(f'{{"services":[{",".join(f"{{{each}}}" for each in shown)}]}}\n'.encode(), quality)


_PARTS: dict[str, tuple[Service, Mapping[str, str]]] = {}
"""Key → a service and its fields in JSON. Anybody may ask for all of them, in ever other words: encoding them
each time would be most of the work."""


def _in_parts(each: Service) -> Mapping[str, str]:
    """Field → the field in JSON with its name, made once for each service."""
    kept = _PARTS.get(each.key)
    if kept is None or kept[0] is not each:
        fields_in_json = {
            name: json_body({name: value}).decode().strip()[1:-1]
            for name, value in service.as_json(each).items()
        }
        kept = _PARTS[each.key] = (each, fields_in_json)
    return kept[1]


def _body(identity: bytes, quality: int = _QUALITY) -> _Body:
    packed = brotli.compress(identity, mode=brotli.MODE_TEXT, quality=quality)
    return _Body(hashlib.sha256(identity).hexdigest()[:32], identity, packed)


def _answer(body: _Body) -> Response:
    packed = request.accept_encodings.quality("br") > 0
    answer = Response(body.brotli if packed else body.identity, mimetype=JSON_TYPE)
    # Each coding is another representation, so a strong tag must differ.
    answer.set_etag(f"{body.digest}-br" if packed else body.digest)
    if packed:
        answer.headers["Content-Encoding"] = "br"
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = CACHED
    return conditional(answer)


# Also where no operation answers: a script reads what was wrong with its address as it reads the catalog.
@blueprint.after_app_request
def _for_everybody(answer: Response) -> Response:
    if f"{request.path}/".startswith(f"{blueprint.url_prefix}/"):
        answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
