"""Constraints on the fields of a banner document, written into its types with `typing.Annotated`. Pure.

`document_types` uses them; `schema_fields` makes a marshmallow field of each annotation, and the reference in
the documentation a row of a table. A string beside them says what the field means.
"""

import dataclasses
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

LONGEST_FORM = 300
"""Most characters of a text of one form."""

LONGEST_ADDRESS = 2000
"""Most characters of an address."""


@dataclass(frozen=True)
class Line:
    """A text on one line."""

    longest: int
    """Most characters."""
    filled: bool = False
    """Whether it has something besides spaces."""


@dataclass(frozen=True)
class Prose:
    """A text of any number of lines."""

    longest: int
    """Most characters."""


@dataclass(frozen=True)
class RichText:
    """A text of any number of lines, or a subset of HTML (`server.sites.rich_text`)."""

    longest: int
    """Most characters, tags included."""


@dataclass(frozen=True)
class Form:
    """A text that a pattern matches as a whole."""

    pattern: re.Pattern[str]
    what: str
    """What such a text is, e.g. `an e-mail address`."""
    empty: bool = True
    """Whether the text may be empty instead."""
    refusal: str = ""
    """Why another text is refused, if that is more than `is not` and `what`."""
    also: Callable[[str], bool] | None = None
    """A further condition, that no pattern states."""

    @property
    def fault(self) -> str:
        """Why another text is refused, as the end of a sentence."""
        return self.refusal or f"is not {self.what}"


@dataclass(frozen=True)
class PartKey:
    """The key of a category, a service or a section of the notice."""

    on_the_page: bool = True
    """Whether scripts on the page read it, so that it may not be a word that they use already."""


@dataclass(frozen=True)
class CategoryKey:
    """The key of a category of the document."""

    empty: bool = False
    """Whether it may be empty instead."""


@dataclass(frozen=True)
class LanguageKey:
    """A language of the document."""


@dataclass(frozen=True)
class Address:
    """An http(s) address, or nothing."""


@dataclass(frozen=True)
class HostWithPath:
    """A host name, perhaps with `*.` in front and the beginning of a path behind it."""


@dataclass(frozen=True)
class CookieHost:
    """A host name, perhaps with a dot or `*.` in front, or nothing."""


@dataclass(frozen=True)
class Fonts:
    """`inherit`, or names of fonts with commas between them."""

    longest: int
    """Most characters."""


@dataclass(frozen=True)
class Zone:
    """The name of a time zone in the IANA Time Zone Database: `Area/City`, or `UTC`."""


@dataclass(frozen=True)
class Range:
    """A whole number between two others, both included."""

    low: int
    high: int


@dataclass(frozen=True)
class Most:
    """A list of at most so many entries."""

    entries: int


@dataclass(frozen=True)
class Closed:
    """An object whose keys are those of a `Literal`."""

    name: str
    """Name of its type, which no class gives."""
    exceptions: Mapping[str, Prose] = dataclasses.field(default_factory=dict)
    """Keys whose values have another constraint than the others."""


@dataclass(frozen=True)
class Default:
    """The value of an absent field."""

    value: bool | int | str


@dataclass(frozen=True)
class Required:
    """The field may not be absent."""


REQUIRED = Required()
ON = Default(value=True)
OFF = Default(value=False)

Constraint = (
    Line
    | Prose
    | RichText
    | Form
    | PartKey
    | CategoryKey
    | LanguageKey
    | Address
    | HostWithPath
    | CookieHost
    | Fonts
    | Zone
    | Range
    | Most
    | Closed
)


@dataclass(frozen=True)
class Field:
    """A field of a type, or an entry of a list or an object, with what its annotation says."""

    type: Any
    """`str`, `int`, `bool`, a `Literal`, `list[…]`, `dict[…]` or a `TypedDict`; without `Annotated`."""
    constraint: Constraint | None
    default: Default | None
    required: bool
    meaning: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a closed list; empty for everything else."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    @functools.cached_property
    def entries(self) -> "Field | None":
        """The entries of a list, or the values of an object whose keys are data; None for everything else."""
        return field_of(get_args(self.type)[-1]) if get_origin(self.type) in (list, dict) else None

    @functools.cached_property
    def has_fields(self) -> bool:
        """Whether it is an object with fields of its own: a `TypedDict`."""
        return is_typeddict(self.type)

    @functools.cached_property
    def named(self) -> "dict[str, Field]":
        """The values of an object whose keys are a closed list, by key; empty for everything else."""
        if not isinstance(self.constraint, Closed) or self.entries is None:
            return {}
        exceptions, entry = self.constraint.exceptions, self.entries
        return {
            key: dataclasses.replace(entry, constraint=exceptions.get(key, entry.constraint))
            for key in field_of(get_args(self.type)[0]).words
        }


def field_of(annotation: Any) -> Field:
    """What an annotation says, e.g. `Annotated[str, Line(60), "Name that visitors read."]`."""
    notes: tuple[object, ...] = getattr(annotation, "__metadata__", ())
    return Field(
        type=annotation.__origin__ if notes else annotation,
        constraint=next((note for note in notes if isinstance(note, Constraint)), None),
        default=next((note for note in notes if isinstance(note, Default)), None),
        required=REQUIRED in notes,
        meaning=next((note for note in notes if isinstance(note, str)), ""),
    )


@functools.cache
def fields_of(part: type) -> tuple[tuple[str, Field], ...]:
    """The fields of a `TypedDict` by name, in the order in which they are written."""
    hints = get_type_hints(part, include_extras=True)
    return tuple((name, field_of(annotation)) for name, annotation in hints.items())


def defaults_of(part: type) -> dict[str, Any]:
    """The fields of a `TypedDict` that may be absent, with the value that they have then."""
    return {name: default_of(field) for name, field in fields_of(part) if not field.required}


def with_defaults(part: type, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A value of a `TypedDict` with the defaults of absent fields, those of its inner parts included.

    The same object if nothing is absent. A required field that is absent stays so.
    """
    optional, holding = _completion(part)
    changed = {name: default_of(field) for name, field in optional.items() if name not in value}
    for name, field in holding:
        if name in value and (inner := _with_defaults(field, value[name])) is not value[name]:
            changed[name] = inner
    return {**value, **changed} if changed else value


@functools.cache
def _completion(part: type) -> tuple[dict[str, Field], tuple[tuple[str, Field], ...]]:
    """The fields of a `TypedDict` that may be absent, and those that hold other `TypedDict`s."""
    fields = fields_of(part)
    holding = (
        (name, one) for name, one in fields if one.has_fields or (one.entries and one.entries.has_fields)
    )
    return {name: field for name, field in fields if not field.required}, tuple(holding)


def _with_defaults(field: Field, value: Any) -> Any:
    if field.has_fields:
        return with_defaults(field.type, value)
    entry = field.entries
    if entry is None or not entry.has_fields:
        return value
    if isinstance(value, Mapping):
        made = {key: with_defaults(entry.type, each) for key, each in value.items()}
        return made if any(made[key] is not value[key] for key in value) else value
    entries = [with_defaults(entry.type, each) for each in value]
    return entries if any(new is not old for new, old in zip(entries, value, strict=True)) else value


def default_of(field: Field) -> Any:
    """The value of an absent field: its `Default`, else empty; a `TypedDict` has its fields' defaults."""
    if field.default is not None:
        return field.default.value
    if field.has_fields:
        return defaults_of(field.type)
    return (get_origin(field.type) or field.type)()
