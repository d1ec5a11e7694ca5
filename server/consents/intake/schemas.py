"""How a decision is written in JSON. What is let through here has every type and bound of the contract."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, post_load, validate

from server.consents.values import ACTIONS, NUMBER, SIGNALS, SURFACES, Decision
from server.core.errors import Invalid, flatten
from server.core.http import whole
from server.core.moments import moment
from server.core.strict_json import whole_number
from server.sites.values import LARGEST_VERSION

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
RANDOM = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
"""16 bytes in unpadded base64url: the last of 22 characters has only two bits of its own."""
SECRET = RANDOM
"""How a browser's secret for a site looks."""


VERSION = {"minimum": 1, "maximum": LARGEST_VERSION}
CONSENT_NUMBER = {"pattern": whole(NUMBER)}


class Text(fields.String):
    """A string that fits a pattern."""

    def __init__(self, pattern: re.Pattern[str], meaning: str, *, longest: int, **kwargs: Any) -> None:
        described = {"pattern": whole(pattern), "maxLength": longest, **kwargs.pop("metadata", {})}
        super().__init__(required=True, metadata=described, **kwargs)
        self.pattern, self.meaning, self.longest = pattern, meaning, longest

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest or not self.pattern.fullmatch(value):
            raise ValidationError(f"is not {self.meaning}")
        return value


class Word(fields.String):
    """One of a few words."""

    def __init__(self, words: Collection[str], *, required: bool = True, **kwargs: Any) -> None:
        # Sorted, also for the OpenAPI description.
        super().__init__(required=required, validate=validate.OneOf(sorted(words)), **kwargs)
        self.words = words

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ValidationError(f"is not one of {', '.join(sorted(self.words))}")
        return value


class _WholeNumber(fields.Integer):
    """A whole number; neither a text nor a truth value that looks like one."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> int:
        number = whole_number(value)
        if type(number) is not int or not 1 <= number <= LARGEST_VERSION:
            raise ValidationError(f"is not a whole number from 1 to {LARGEST_VERSION}")
        return number


class _Flags(fields.Dict):
    """An object of truth values; with `keys`, of no others than these."""

    def __init__(self, keys: Collection[str] | None = None, **kwargs: Any) -> None:
        # What OpenAPI says of the values of known keys, these say themselves.
        values = fields.Boolean() if keys is None else None
        super().__init__(keys=fields.String(), values=values, **kwargs)
        self.keys = keys

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise ValidationError("is not an object")
        faults: dict[str, list[str]] = {}
        for key, flag in value.items():
            if self.keys is not None and key not in self.keys:
                faults[key] = ["is not known"]
            elif flag is not True and flag is not False:
                faults[key] = ["is neither true nor false"]
        if faults:
            raise ValidationError(faults)
        return value


class _Moment(fields.AwareDateTime):
    """A time with its distance to UTC, as RFC 3339 writes it."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> datetime:
        try:
            return moment(value)
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


class DecisionSchema(Schema):
    """A visitor's decision, as the browser sends it."""

    error_messages = {"unknown": "is not known", "type": "is not an object"}  # noqa: RUF012 - marshmallow's

    id = Text(
        RANDOM,
        "128 random bits in 22 base64url characters",
        longest=22,
        metadata={"description": "Made before the first try to send; the same for every try"},
    )
    visitor = Text(
        RANDOM,
        "128 random bits in 22 base64url characters",
        longest=22,
        metadata={"description": "This browser's secret for this site; only a keyed digest is stored"},
    )
    version = _WholeNumber(
        required=True, metadata={**VERSION, "description": "Number of the banner version that was shown"}
    )
    language = Text(
        LANGUAGE,
        "a language tag such as nb or pt-BR",
        longest=20,
        metadata={"description": "Language in which it was shown"},
    )
    action = Word(ACTIONS)
    surface = Word(SURFACES)
    choices = _Flags(
        required=True, metadata={"description": "Every optional category of the version: granted or not"}
    )
    services = _Flags(load_default=dict, metadata={"description": "Services that differ from their category"})
    signals = _Flags(
        SIGNALS,
        load_default=dict,
        metadata={
            "description": "What the browser asks for by itself",
            "properties": {name: {"type": "boolean"} for name in sorted(SIGNALS)},
            "additionalProperties": False,
        },
    )
    decided_at = _Moment(
        load_default=lambda: None,
        allow_none=False,
        metadata={"description": "The browser's time; never believed further than it can be true"},
    )

    @post_load
    def _freeze(self, data: dict[str, Any], **_: Any) -> Decision:
        return Decision(**data)


def read_decision(value: object) -> Decision:
    """The decision in a JSON value: what `DecisionSchema().load` gives, or the same errors.

    Reads the schema's fields one after the other. marshmallow's `load` takes six times as long for what this
    schema does not use: hooks, partial loading, nested schemas, validators beside the fields' own.

    :raises Invalid: `errors` names the fields.
    """
    if not isinstance(value, dict):
        raise _invalid({"body": [_MESSAGES["type"]]})
    found: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    for name, deserialize, default in _FIELDS:
        if name in value:
            try:
                found[name] = deserialize(value[name], name, value)
            except ValidationError as fault:
                faults[name] = fault.messages if value[name] is not None else [_NULL]
        elif default is missing:
            faults[name] = [_REQUIRED]
        else:
            found[name] = default() if callable(default) else default
    faults.update({key: [_MESSAGES["unknown"]] for key in value if key not in _NAMES})
    if faults:
        raise _invalid(faults)
    return Decision(**found)


def _invalid(faults: dict[str, Any]) -> Invalid:
    return Invalid("some fields are not as they should be", errors=flatten(faults))


_MESSAGES = DecisionSchema.error_messages
_REQUIRED = fields.Field.default_error_messages["required"]
_NULL = fields.Field.default_error_messages["null"]
_FIELDS = tuple(
    (name, field._deserialize, field.load_default) for name, field in DecisionSchema().fields.items()
)
"""Field name, deserializer and default; the default is `missing` for required fields."""
_NAMES = frozenset(name for name, _, _ in _FIELDS)


class ReceiptSchema(Schema):
    """What was stored."""

    id = fields.String(required=True, metadata={"pattern": whole(RANDOM), "description": "As it was sent"})
    consent_id = fields.String(
        required=True,
        metadata={
            **CONSENT_NUMBER,
            "description": "Public number of the record, for quoting; it gives no access",
        },
    )
    recorded_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(
        required=True, metadata={"description": "When the visitor may be asked again"}
    )
    version = fields.Integer(required=True, metadata=VERSION)
    choices = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
