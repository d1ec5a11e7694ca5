"""Values from JSON and back, by the types of `values`. Pure."""

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, cast, get_args, get_origin

from server.catalog.constraints import Entries, Field, Form, Line, fields_of
from server.catalog.values import Service
from server.core.errors import Invalid

_LEAVE_OUT = "leave it out if it could not be confirmed, or if there is none"

_KINDS = {str: "a text", bool: "true or false"}


def read(value: object) -> Service:
    """The service that a file says.

    :raises Invalid: `errors` names each field that is wrong, e.g. `storage.2.name`.
    """
    errors = dict(_faults_of_part(Service, value, ""))
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"the service cannot be used: {field} {sentence}", errors=errors)
    return cast("Service", _part(Service, cast("Mapping[str, Any]", value)))


def written(value: object) -> Any:
    """A value as JSON has it, in the order of its type; what is absent is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = ((field.name, getattr(value, field.name)) for field in fields_of(type(value)))
        return {name: written(each) for name, each in found if each not in ("", None, ())}
    return [written(each) for each in value] if isinstance(value, tuple) else value


# --- faults ----------------------------------------------------------------------------------------------


def _faults_of_part(part: type, value: object, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping):
        yield path.rstrip(".") or "body", "is not an object"
        return
    fields = {field.name: field for field in fields_of(part)}
    yield from ((f"{path}{name}", _unknown(name, fields)) for name in value if name not in fields)
    for name, field in fields.items():
        if name in value and _is_empty(value[name]):
            yield f"{path}{name}", f"is empty{_choices(field) if field.required else f'; {_LEAVE_OUT}'}"
        elif name in value:
            yield from _faults(field.type, field.constraint, value[name], f"{path}{name}")
        elif field.required:
            yield f"{path}{name}", "is missing"


def _is_empty(value: object) -> bool:
    """Whether nobody has filled it in: an object or a list of nothing is nothing too."""
    if isinstance(value, Mapping):
        return all(_is_empty(each) for each in value.values())
    if isinstance(value, list):
        return all(_is_empty(each) for each in value)
    return value is None or value == ""


def _choices(field: Field) -> str:
    kind, _ = _plain(field.type, field.constraint)
    return f"; it is one of {', '.join(get_args(kind))}" if get_origin(kind) is Literal else ""


def _unknown(name: object, fields: Iterable[str]) -> str:
    alike = difflib.get_close_matches(str(name), list(fields), 1)
    return f"is not a known key; did you mean {alike[0]}?" if alike else "is not a known key"


def _faults(
    kind: Any, constraint: Line | Form | Entries | None, value: object, path: str
) -> Iterator[tuple[str, str]]:
    kind, constraint = _plain(kind, constraint)
    if dataclasses.is_dataclass(kind):
        yield from _faults_of_part(cast("type", kind), value, f"{path}.")
    elif get_origin(kind) is tuple:
        yield from _faults_of_list(get_args(kind)[0], cast("Entries", constraint), value, path)
    elif get_origin(kind) is Literal:
        # A set of words would have to hash what somebody sent.
        if not any(value == word for word in get_args(kind)):
            yield path, f"is not one of {', '.join(get_args(kind))}"
    elif type(value) is not kind:
        yield path, f"is not {_KINDS[kind]}"
    elif isinstance(value, str):
        yield from ((path, fault) for fault in _faults_of_text(constraint, value))


def _faults_of_list(kind: Any, entries: Entries, value: object, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield path, "is not a list"
        return
    if not entries.least <= len(value) <= entries.most:
        yield path, f"has not {entries.least} to {entries.most} entries; leave it out if there is none"
    for index, each in enumerate(value[: entries.most]):
        yield from _faults(kind, None, each, f"{path}.{index}")
        if each in value[:index]:
            yield f"{path}.{index}", "appears twice"


def _faults_of_text(constraint: Line | Form | Entries | None, text: str) -> Iterator[str]:
    match constraint:
        case Line(longest):
            if not text.isprintable() or not text.strip() or text != text.strip():
                yield "is not a text on one line without spaces around it"
            if len(text) > longest:
                yield f"has more than {longest} characters"
        case Form(pattern, what, holds):
            if not pattern.fullmatch(text) or not holds(text):
                yield f"is not {what}"


# --- values ----------------------------------------------------------------------------------------------


def _part(part: type, value: Mapping[str, Any]) -> object:
    fields = (field for field in fields_of(part) if field.name in value)
    return part(**{field.name: _made(field.type, value[field.name]) for field in fields})


def _made(kind: Any, value: Any) -> Any:
    kind, _ = _plain(kind, None)
    if dataclasses.is_dataclass(kind):
        return _part(cast("type", kind), value)
    if get_origin(kind) is tuple:
        return tuple(_made(get_args(kind)[0], each) for each in value)
    return value


def _plain(kind: Any, constraint: Line | Form | Entries | None) -> tuple[Any, Line | Form | Entries | None]:
    """A type without `Annotated` and without `| None`, and its constraint."""
    if notes := getattr(kind, "__metadata__", ()):
        constraint = next((note for note in notes if isinstance(note, Line | Form | Entries)), constraint)
        kind = get_args(kind)[0]
    if get_origin(kind) is UnionType or NoneType in get_args(kind):
        kind = next(each for each in get_args(kind) if each is not NoneType)
    return kind, constraint
