"""The marshmallow schema of a `TypedDict`, from the types and constraints in its annotations."""

import functools
import re
from collections.abc import Callable
from typing import Any, get_args, get_origin, is_typeddict

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from server.core import time_zones
from server.sites import hosts
from server.sites.constraints import (
    LONGEST_ADDRESS,
    LONGEST_FORM,
    Address,
    CategoryKey,
    Closed,
    CookieHost,
    Field,
    Fonts,
    Form,
    HostWithPath,
    LanguageKey,
    Line,
    Most,
    PartKey,
    Prose,
    Range,
    RichText,
    Zone,
    default_of,
    field_of,
    fields_of,
)
from server.sites.document_types import LANGUAGE, PART_KEY
from server.sites.fields import (
    ADDRESS,
    CONTROL,
    LINE,
    SENT_LINES,
    Changed,
    Many,
    Part,
    PerLanguage,
    ProseText,
    RichBody,
    Switch,
    Text,
    Whole,
    cookie_host,
    fonts,
    fully,
    plain,
    shape,
)

_RESERVED = frozenset({"constructor", "decided", "prototype", "services", "source", "version"})
"""Keys that would hide something else where scripts on the page read `samtykke.consent`."""

_ANYTHING = re.compile(r".*\S.*", re.DOTALL)


class Strict(Schema):
    """An object whose keys are all known."""

    class Meta:  # noqa: D106 - marshmallow's place for options
        unknown = RAISE

    error_messages = {"unknown": "is not a known key", "type": "is not an object"}  # noqa: RUF012


@functools.cache
def schema_of(part: type, name: str = "", base: type[Schema] = Strict) -> type[Schema]:
    """The schema of a `TypedDict`; `name` is that of its component in OpenAPI, if it is another."""
    return base.from_dict(
        {key: field_for(field) for key, field in fields_of(part)}, name=f"{name or part.__name__}Schema"
    )


def field_for(field: Field) -> fields.Field[Any]:
    """The marshmallow field of a field, of an entry of a list, or of a value of an object."""
    if field.words:
        fault = f"is not one of {', '.join(filter(None, field.words))}"
        return Text(validate=validate.OneOf(field.words, error=fault), **_options(field))
    if is_typeddict(field.type):
        return Part(schema_of(field.type), **_absent(field))
    if get_origin(field.type) is list:
        return _list(field)
    if get_origin(field.type) is dict:
        return _object(field)
    if field.type is bool:
        return Switch(**_options(field))
    if field.type is int:
        return _number(field)
    return _text(field)


def _list(field: Field) -> fields.Field[Any]:
    if field.entries is None or not isinstance(field.constraint, Most):
        raise TypeError(f"a list needs Most: {field}")
    return Many(field_for(field.entries), field.constraint.entries, **_options(field))


def _object(field: Field) -> fields.Field[Any]:
    if field.entries is None:
        raise TypeError(f"not an object: {field}")
    if isinstance(field.constraint, Closed):
        values = {key: field_for(value) for key, value in field.named.items()}
        return Part(Strict.from_dict(values, name=f"{field.constraint.name}Schema"), **_absent(field))
    code = field_for(field_of(get_args(field.type)[0]))
    return PerLanguage(code, field_for(field.entries), **_options(field))


def _number(field: Field) -> fields.Field[Any]:
    if not isinstance(field.constraint, Range):
        raise TypeError(f"a number needs Range: {field}")
    return Whole(field.constraint.low, field.constraint.high, **_options(field))


def _text(field: Field) -> fields.Field[Any]:
    match field.constraint:
        case Line(longest, filled):
            return _line(field, longest, filled=filled)
        case Prose(longest):
            form = {"maxLength": longest, "pattern": f"^{SENT_LINES}*$"}
            return ProseText(validate=plain(longest, lines=True), **_options(field, form))
        case RichText(longest):
            form = {"maxLength": longest, "pattern": f"^{SENT_LINES}*$"}
            return RichBody(longest, validate=plain(longest, lines=True), **_options(field, form))
        case Form():
            return _form(field, field.constraint)
        case Fonts(longest):
            form = {"maxLength": longest, "pattern": f"^{LINE}+$"}
            return Text(validate=[plain(longest), fonts], **_options(field, form))
        case Zone():
            fault = "is not a time zone of the IANA database such as Europe/Oslo"
            return Text(validate=validate.OneOf(time_zones.known(), error=fault), **_options(field))
        case PartKey() | CategoryKey() | LanguageKey():
            return _key(field, field.constraint)
        case Address() | HostWithPath() | CookieHost():
            return _place(field, field.constraint)
        case _:
            raise TypeError(f"a text needs a constraint: {field}")


def _key(field: Field, constraint: PartKey | CategoryKey | LanguageKey) -> Text:
    match constraint:
        case PartKey(on_the_page):
            return Text(validate=_part_key(on_the_page=on_the_page), **_options(field, shape(PART_KEY)))
        case CategoryKey(empty):
            # Checked with the whole document, which also decides what an absent one is.
            return Text(required=field.required, metadata=_described(field, shape(PART_KEY, empty=empty)))
        case LanguageKey():
            return Text(**_options(field, shape(LANGUAGE)))


def _place(field: Field, constraint: Address | HostWithPath | CookieHost) -> Text:
    match constraint:
        case Address():
            form = {"maxLength": LONGEST_ADDRESS, "pattern": ADDRESS}
            return Changed(hosts.url, validate=plain(LONGEST_ADDRESS), **_options(field, form))
        case HostWithPath():
            form = {"maxLength": 255 + hosts.MAX_PATH}
            return Changed(hosts.host_with_path, required=True, metadata=_described(field, form))
        case CookieHost():
            return Changed(cookie_host, **_options(field, {"maxLength": 254}))


def _line(field: Field, longest: int, *, filled: bool) -> Text:
    if filled:
        form = {"maxLength": longest, "pattern": f"^{LINE}*[^\\s{CONTROL}]{LINE}*$"}
        validators = [plain(longest), fully(_ANYTHING, "is empty", empty=False)]
        return Text(validate=validators, **_options(field, form))
    return Text(validate=plain(longest), **_options(field, {"maxLength": longest, "pattern": f"^{LINE}*$"}))


def _form(field: Field, form: Form) -> Text:
    matches = fully(form.pattern, form.fault, empty=form.empty)
    if form.empty:
        options = _options(field, shape(form.pattern, empty=True))
        also = [_also(form.also, form.fault)] if form.also else []
        return Text(validate=[plain(LONGEST_FORM), matches, *also], **options)
    metadata = _described(field, shape(form.pattern))
    return Text(required=field.required, validate=matches, metadata=metadata)


def _also(holds: Callable[[str], bool], fault: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if text and not holds(text):
            raise ValidationError(fault)

    return check


def _part_key(*, on_the_page: bool) -> Callable[[str], None]:
    def check(text: str) -> None:
        if not PART_KEY.fullmatch(text):
            raise ValidationError("is not 2 to 24 of a-z, 0-9 and _, starting with a letter")
        if on_the_page and text in _RESERVED:
            raise ValidationError("is a word that scripts on the page already use")

    return check


def _options(field: Field, form: dict[str, Any] | None = None) -> dict[str, Any]:
    """What every field has: what it is if it is absent, and its description in OpenAPI."""
    return {**_absent(field), "metadata": _described(field, form or {})}


def _absent(field: Field) -> dict[str, Any]:
    if field.required:
        return {"required": True}
    value = default_of(field)
    # A list or an object is made for each document.
    return {"load_default": functools.partial(default_of, field) if isinstance(value, list | dict) else value}


def _described(field: Field, form: dict[str, Any]) -> dict[str, Any]:
    return {**form, "description": field.meaning} if field.meaning else form
