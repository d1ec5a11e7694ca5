"""Kinds of field of the banner document: strict about types, and plain about what is wrong.

Messages are the end of a sentence whose subject is the field: `categories.2.key` "appears twice".
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from marshmallow import ValidationError, fields, validate

from server.core.host_names import host_name
from server.core.moments import moment
from server.core.strict_json import whole_number
from server.sites import hosts, rich_text
from server.sites.document_types import LANGUAGE, MAX_LANGUAGES
from server.sites.values import fault_in_text

_FAMILY = re.compile(r"\"[\w -]+\"|'[\w -]+'|-?[a-zA-Z_][\w-]*(?: [a-zA-Z_][\w-]*)*", re.ASCII)

CONTROL = r"\x00-\x1f\x7f-\x9f"
"""What no text has, for a class of characters in a pattern; texts of several lines have line feeds."""

LINE = f"[^{CONTROL}]"
"""A character of a text on one line, as a pattern."""

LINES = r"[^\x00-\x09\x0b-\x1f\x7f-\x9f]"
"""A character of a text of several lines, as a pattern."""

SENT_LINES = r"[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]"
"""The same where line ends of every kind are read."""

_LETTERS = r"a-zA-Z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u013e\u0141-\u017f"
_ASCII = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_SHORT = f"(?!..--)[{_LETTERS}](?:[{_LETTERS}-]{{0,14}}[{_LETTERS}])?"
"""So short that its ASCII form is not too long, whatever letters it has.

Its third and fourth sign are not both hyphens, which RFC 5891 keeps for itself.
"""
_NO_NUMBER = "(?!(?:[0-9]+|0[xX][0-9a-fA-F]*)$)"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_HOST = (
    rf"(?:{_BYTE}(?:\.{_BYTE}){{3}}"
    rf"|(?:{_ASCII}\.)*{_NO_NUMBER}{_ASCII}|(?:{_SHORT}\.){{0,3}}{_NO_NUMBER}{_SHORT})"
)
_PARENT = rf"(?:localhost|(?:{_ASCII}\.)+{_NO_NUMBER}{_ASCII}|(?:{_SHORT}\.){{1,3}}{_NO_NUMBER}{_SHORT})"

DOMAIN = rf"^(?:{_HOST}|\*\.{_PARENT})$"
"""A host name as most people write one, for OpenAPI: `server.sites.hosts` knows more letters."""

ADDRESS = r"^(?:https?://[^\s\x00-\x20\x7f-\x9f<>\"\\^`{|}]+)?$"
"""An http(s) address or nothing, for OpenAPI."""

_ABSENT = {"required": "is missing", "null": "may not be null", "validator_failed": "is not allowed"}


class Text(fields.String):
    """A text, and nothing that could be turned into one."""

    default_error_messages = {**_ABSENT, "invalid": "is not a text"}  # noqa: RUF012 - as marshmallow has it


class ProseText(Text):
    """A text of several lines, whichever way the sender ends them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return text.replace("\r\n", "\n").replace("\r", "\n")


class RichBody(ProseText):
    """A text of several lines, or HTML, of which only what `rich_text` allows is stored."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        # What is refused as text is not parsed as HTML; the validators name the fault.
        refused = fault_in_text(text, longest=self._longest, lines=True)
        cleaned = text if refused else rich_text.clean(text)
        if not refused and len(cleaned) > self._longest:
            # Not the validators' sentence: people count what they wrote.
            raise ValidationError(
                f"has {len(text)} characters as written, and {len(cleaned)} as it is stored, of which "
                f"{self._longest} are allowed: links, and the signs & < >, take more room there"
            )
        return cleaned


class Changed(Text):
    """A text that has one stored form, which `form` makes or refuses to make."""

    def __init__(self, form: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._form = form

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text and not self.required:
            return ""
        try:
            return self._form(text)
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


class Moment(fields.AwareDateTime):
    """A time with its distance to UTC, as RFC 3339 writes it; read in UTC."""

    default_error_messages = {**_ABSENT}  # noqa: RUF012

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> datetime:
        try:
            return moment(value)
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


class Whole(fields.Integer):
    """A whole number between two others; `true` is none, and `1.0` is 1, as JSON Schema has it."""

    default_error_messages = {**_ABSENT, "invalid": "is not a whole number"}  # noqa: RUF012

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        limits = validate.Range(low, high, error=f"is not a whole number from {low} to {high}")
        super().__init__(strict=True, validate=limits, **kwargs)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> int:
        return super()._deserialize(whole_number(value), *rest, **more)


class Switch(fields.Boolean):
    """True or false."""

    default_error_messages = {**_ABSENT, "invalid": "is neither true nor false"}  # noqa: RUF012

    def _deserialize(self, value: Any, *_rest: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):  # marshmallow would take "yes" and 1
            raise self.make_error("invalid", input=value)
        return value


class Many(fields.List[Any]):
    """A list of bounded length."""

    default_error_messages = {**_ABSENT, "invalid": "is not a list"}  # noqa: RUF012

    def __init__(self, inner: Any, most: int, **kwargs: Any) -> None:
        limits = validate.Length(max=most, error=f"has more than {most} entries")
        super().__init__(inner, validate=limits, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Part(fields.Nested):
    """An object of known keys."""

    default_error_messages = {**_ABSENT, "type": "is not an object"}  # noqa: RUF012


class PerLanguage(fields.Dict):
    """Language → something. Faults name the language, without marshmallow's `key` and `value` below it."""

    default_error_messages = {**_ABSENT, "invalid": "is not an object of languages"}  # noqa: RUF012

    def __init__(
        self,
        code: fields.Field[Any],
        values: fields.Field[Any],
        *,
        metadata: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        limits = {"maxProperties": MAX_LANGUAGES, "propertyNames": shape(LANGUAGE)}
        super().__init__(keys=code, values=values, metadata={**limits, **metadata}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[Any, Any]:
        if isinstance(value, dict) and len(value) > MAX_LANGUAGES:
            raise ValidationError(f"has more than {MAX_LANGUAGES} languages")
        try:
            return cast("dict[Any, Any]", super()._deserialize(value, attr, data, **kwargs))  # type: ignore[no-untyped-call]
        except ValidationError as fault:
            if not isinstance(fault.messages, dict):
                raise
            errors = {key: inner.get("key") or inner["value"] for key, inner in fault.messages.items()}
            raise ValidationError(errors) from fault


def fully(pattern: re.Pattern[str], sentence: str, *, empty: bool = True) -> Callable[[str], None]:
    """A validator: the whole text has this form, or, where `empty` says so, there is none."""

    def check(text: str) -> None:
        if not (empty and not text) and not pattern.fullmatch(text):
            raise ValidationError(sentence)

    return check


def shape(pattern: re.Pattern[str], *, empty: bool = False) -> dict[str, str]:
    """How the OpenAPI document describes the form of a text."""
    return {"pattern": f"^(?:{pattern.pattern}){'?' if empty else ''}$"}


def plain(longest: int, *, lines: bool = False) -> Callable[[str], None]:
    """A validator: a text of at most so many characters, on one line unless `lines`."""

    def check(text: str) -> None:
        fault = fault_in_text(text, longest=longest, lines=lines)
        if fault is not None:
            raise ValidationError(fault)

    return check


def fonts(text: str) -> None:
    """A validator: `inherit`, or names of fonts with commas between them."""
    if not all(_FAMILY.fullmatch(family.strip()) for family in text.split(",")):
        raise ValidationError('is neither inherit nor a list of fonts such as "Open Sans", sans-serif')


def cookie_host(text: str) -> str:
    """A host name; the dot in front, which some write for sub-domains, stays."""
    return "." + host_name(text[1:]) if text.startswith(".") else hosts.domain(text)
