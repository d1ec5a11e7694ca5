"""The API's documentation as a page, rendered from the OpenAPI document.

Not by Swagger UI, Redoc or RapiDoc, for which flask-smorest has pages: this one needs no script.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, current_app, render_template
from flask_smorest import Api

blueprint = Blueprint("api_docs", __name__)

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    anchor: str
    summary: str
    description: str
    needs_token: bool
    parameters: tuple[Mapping[str, Any], ...]
    body: Any
    responses: Mapping[str, str]


@blueprint.get("/api/v1/docs")
def docs() -> str:
    """The page."""
    api = cast("Api", current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"])
    spec = api.spec.to_dict()
    areas: dict[str, list[Operation]] = {}
    for area, operation in _operations(spec):
        areas.setdefault(area, []).append(operation)
    return render_template("api/docs.html", areas=areas)


def _operations(spec: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, item in spec["paths"].items():
        for method in _METHODS:
            if method in item:
                found = item[method]
                yield found.get("tags", ["Other"])[0], _operation(spec, method, path, item, found)


def _operation(
    spec: Mapping[str, Any], method: str, path: str, item: Mapping[str, Any], found: Mapping[str, Any]
) -> Operation:
    parameters = (*item.get("parameters", ()), *found.get("parameters", ()))
    contents: Mapping[str, Any] = found.get("requestBody", {}).get("content", {})
    schema = next((content.get("schema") for content in contents.values()), None)
    return Operation(
        method=method,
        path=path,
        anchor=f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        summary=found.get("summary", ""),
        description=found.get("description", ""),
        needs_token="security" in found,
        parameters=tuple(_resolved(spec, one) for one in parameters),
        body=_resolved(spec, schema) if schema else None,
        responses={
            code: str(_resolved(spec, answer).get("description", ""))
            for code, answer in found["responses"].items()
            if code != "default"
        },
    )


def _resolved(spec: Mapping[str, Any], value: Any) -> Any:
    """`value` with its own reference followed; references deeper inside stay names."""
    if isinstance(value, Mapping) and "$ref" in value:
        target: Any = spec
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return target
    return value
