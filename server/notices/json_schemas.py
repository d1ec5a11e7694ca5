"""JSON Schemas of `TypedDict`s, for OpenAPI. Pure."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

_SCALARS: Mapping[object, str] = {str: "string", int: "integer", bool: "boolean", NoneType: "null"}


def json_schema(annotation: Any) -> dict[str, Any]:
    """The schema of a type: a `TypedDict`, a list, a dictionary, a literal or a scalar."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if is_typeddict(annotation):
        return _object(annotation)
    if origin is Annotated:
        return {**json_schema(arguments[0]), "description": arguments[1]}
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": json_schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": json_schema(arguments[1])}
    if origin is UnionType:
        return {"anyOf": [json_schema(each) for each in arguments]}
    # No number of these is negative.
    return {"type": _SCALARS[annotation], **({"minimum": 0} if annotation is int else {})}


def _object(part: type) -> dict[str, Any]:
    members = get_type_hints(part, include_extras=True)
    properties = {name: json_schema(_inner(annotation)) for name, annotation in members.items()}
    required = [name for name, annotation in members.items() if get_origin(annotation) is not NotRequired]
    return {
        "type": "object",
        "description": (part.__doc__ or "").strip(),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _inner(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is NotRequired else annotation
