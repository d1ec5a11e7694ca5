"""The JSON Schema of a service, from the types of `values`. Pure."""

import dataclasses
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from server.catalog.constraints import Entries, Form, Line, fields_of


def json_schema(part: type) -> dict[str, Any]:
    """The schema of a dataclass, in draft 2020-12."""
    fields = fields_of(part)
    return {
        "title": part.__name__,
        "type": "object",
        "description": (part.__doc__ or "").strip(),
        "properties": {
            field.name: {
                **_schema(field.type, field.constraint),
                "title": field.name.replace("_", " ").capitalize(),
                "description": field.meaning,
            }
            for field in fields
        },
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _schema(kind: Any, constraint: Line | Form | Entries | None) -> dict[str, Any]:
    if notes := getattr(kind, "__metadata__", ()):
        own = next((note for note in notes if isinstance(note, Line | Form | Entries)), constraint)
        return _schema(get_args(kind)[0], own)
    if get_origin(kind) is UnionType or NoneType in get_args(kind):
        return _schema(next(each for each in get_args(kind) if each is not NoneType), constraint)
    if dataclasses.is_dataclass(kind):
        return json_schema(kind) if isinstance(kind, type) else {}
    if get_origin(kind) is Literal:
        return {"type": "string", "enum": list(get_args(kind))}
    if get_origin(kind) is tuple and isinstance(constraint, Entries):
        return {
            "type": "array",
            "items": _schema(get_args(kind)[0], None),
            "minItems": constraint.least,
            "maxItems": constraint.most,
            "uniqueItems": True,
        }
    return {"type": "boolean"} if kind is bool else _text(constraint)


def _text(constraint: Line | Form | Entries | None) -> dict[str, Any]:
    match constraint:
        case Line(longest):
            return {"type": "string", "minLength": 1, "maxLength": longest}
        case Form(pattern):
            return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}
        case _:
            raise TypeError("a text needs a constraint")
