"""HTTP for all slices: bodies, strict JSON, answers, and OpenAPI."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, cast

import flask
import flask_smorest
from apispec import BasePlugin
from flask import Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_smorest.error_handler import ErrorSchema
from marshmallow import fields
from webargs.flaskparser import FlaskParser
from werkzeug.routing import IntegerConverter, Map, Rule

from server.core.bodies import read_body
from server.core.errors import PreconditionFailed
from server.core.json_bodies import JSON_TYPE, json_body
from server.core.settings import Settings
from server.core.strict_json import strict_json


def settings() -> Settings:
    """The settings of the running application."""
    return cast("Settings", flask.current_app.extensions["samtykke"])


class PlainNumber(IntegerConverter):
    """A number in an address, written in the one way that links write it: without leading zeros."""

    regex = r"0|[1-9]\d{0,17}"


class SessionCookie(SecureCookieSessionInterface):
    """Flask's session in a cookie, signed by HMAC-SHA256 as all else is (`server.core.signing`)."""

    digest_method = staticmethod(hashlib.sha256)


# --- in --------------------------------------------------------------------------------------------------


class _StrictParser(FlaskParser):
    """webargs with strict JSON, also as `text/plain`, which needs no preflight."""

    DEFAULT_VALIDATION_STATUS = 422

    def load_json(self, _req: flask.Request, _schema: Any) -> Any:
        return strict_json(read_body(request))


TOKEN_SCHEME = {"type": "http", "scheme": "bearer", "description": "An API token, `smt_…`"}
"""Security requirement of operations with `needs_token`, for OpenAPI."""


class FaultSchema(ErrorSchema):
    """A fault as answered (`server.core.errors.error_body`)."""

    code = fields.Integer(
        required=True, metadata={"description": "The HTTP status", "minimum": 400, "maximum": 599}
    )
    status = fields.String(required=True, metadata={"description": "The HTTP status in words"})
    message = fields.String(required=True, metadata={"description": "What is wrong, in one sentence"})
    reason = fields.String(
        required=True,
        metadata={
            "description": "A word that does not change between releases",
            "pattern": "^[a-z0-9]+(?:_[a-z0-9]+)*$",
        },
    )
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Field → what is wrong with it, e.g. `categories.2.key`: `appears twice`"},
    )


class _Faults(BasePlugin):
    """Describes the answers to faults, where an operation does not describe its own."""

    def operation_helper(
        self,
        path: str | None = None,  # noqa: ARG002 - apispec's signature
        operations: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Add the content to the descriptions of an operation's faults."""
        for operation in (operations or {}).values():
            for status, response in operation.get("responses", {}).items():
                if str(status) >= "400" and isinstance(response, dict) and "content" not in response:
                    response["content"] = {JSON_TYPE: {"schema": {"$ref": "#/components/schemas/Fault"}}}


def _property_names(_converter: object, field: fields.Field[Any], **_: object) -> dict[str, Any]:
    """The `propertyNames` of a field's metadata, which apispec would omit."""
    return {name: field.metadata[name] for name in ("propertyNames",) if name in field.metadata}


class Api(flask_smorest.Api):
    """flask-smorest's API, with faults described as they are answered."""

    ERROR_SCHEMA = FaultSchema

    def __init__(self, app: flask.Flask) -> None:
        super().__init__(app, spec_kwargs={"extra_plugins": [_Faults()]})
        self.ma_plugin.converter.add_attribute_function(_property_names)
        # flask-smorest's pagination, which is not used.
        self.spec.components.headers.pop("PAGINATION", None)
        self.spec.components.schemas.pop("PaginationMetadata", None)

    def describe(
        self, route: str, operations: Mapping[str, Any], *, path: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Add the operations of a handler that is mounted before the application.

        `operations` has an OpenAPI operation by method, `path` the schema of every parameter by name.
        """
        rule = Rule(route, defaults={})
        Map([rule])  # binds it, as Flask does with those of its views
        self.spec.path(rule=rule, operations=dict(operations), parameters=_path_parameters(route, path))


_NAMES_IN_PATH = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def _path_parameters(rule: str, path: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"in": "path", "name": name, "required": True, "schema": dict(path[name])}
        for name in _NAMES_IN_PATH.findall(rule)
    ]


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint, with strict JSON.

    `path` has the schema of every parameter that its paths have, by name; `needs_token` describes its
    operations as such.
    """

    ARGUMENTS_PARSER = _StrictParser()

    def __init__(
        self,
        *args: Any,
        path: Mapping[str, Mapping[str, Any]] | None = None,
        needs_token: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._path = path or {}
        if needs_token:
            self._prepare_doc_cbks.append(_describe_token)

    def add_url_rule(self, rule: str, *args: Any, **kwargs: Any) -> None:
        """Add a route, with its parameters described.

        :raises KeyError: the schema of a parameter is not known.
        """
        kwargs["parameters"] = _path_parameters(rule, self._path)
        super().add_url_rule(rule, *args, **kwargs)


def _describe_token(doc: dict[str, Any], _info: object, **_context: object) -> dict[str, Any]:
    return {**doc, "security": [{"token": []}]}


def whole(pattern: re.Pattern[str]) -> str:
    """The pattern for OpenAPI, anchored at both ends."""
    # Named groups are Python's syntax only.
    return "^(?:" + re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern) + ")$"


def content(*types: str) -> dict[str, Any]:
    """The OpenAPI content of a body of one of these types: an object as JSON, anything else as text."""
    return {
        "content": {each: {"schema": {"type": "object" if "json" in each else "string"}} for each in types}
    }


# --- out -------------------------------------------------------------------------------------------------


def conditional(answer: Response) -> Response:
    """The answer, or 304 without a body if the client has it already (`If-None-Match`).

    :raises PreconditionFailed: it has another `ETag` than those in `If-Match`.
    """
    answer.make_conditional(request)
    if answer.status_code == PreconditionFailed.status:
        # Werkzeug would send the body and its Cache-Control with this status.
        raise PreconditionFailed("what is here has another ETag than the request's If-Match")
    return answer


def as_json(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json_body(value), status, mimetype=JSON_TYPE)
