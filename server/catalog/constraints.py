"""Constraints on the fields of a service, written into the types of `values` with `typing.Annotated`. Pure.

`reading` makes values of files by them, and `json_schema` the JSON Schema. A string beside them says what
the field means.
"""

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_type_hints


@dataclass(frozen=True)
class Line:
    """A text on one line that is not empty."""

    longest: int
    """Most characters."""


@dataclass(frozen=True)
class Form:
    """A text that a pattern matches as a whole."""

    pattern: re.Pattern[str]
    what: str
    """What such a text is, e.g. `a country code of two capitals such as NO`."""
    holds: Callable[[str], bool] = lambda _text: True
    """What else must be so, that no pattern can say."""


@dataclass(frozen=True)
class Entries:
    """How many entries a list has."""

    most: int
    least: int = 1
    """A list without entries is absent."""


@dataclass(frozen=True)
class Field:
    """A field of a part, with what its annotation says."""

    name: str
    type: Any
    """Without `Annotated`."""
    required: bool
    constraint: Line | Form | Entries | None
    meaning: str


@cache
def fields_of(part: type) -> tuple[Field, ...]:
    """The fields of a dataclass, in the order in which they are written. Without a default: required."""
    hints = get_type_hints(part, include_extras=True)
    return tuple(_field(each, hints[each.name]) for each in dataclasses.fields(part))


def _field(field: "dataclasses.Field[Any]", annotation: Any) -> Field:
    notes: tuple[object, ...] = getattr(annotation, "__metadata__", ())
    absent = (field.default, field.default_factory)
    return Field(
        name=field.name,
        type=get_args(annotation)[0] if notes else annotation,
        required=all(each is dataclasses.MISSING for each in absent),
        constraint=next((note for note in notes if isinstance(note, Line | Form | Entries)), None),
        meaning=next((note for note in notes if isinstance(note, str)), ""),
    )
