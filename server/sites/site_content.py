"""What a file says of a site: its settings and its banner, read, checked and put into one order. Pure.

A site has every key of `KEYS`. What a file says may lack some: what it does not name stays as it is.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin, is_typeddict

from marshmallow import ValidationError, fields

from server.core.errors import Invalid, flatten
from server.sites import document, site_input
from server.sites.constraints import Field, field_of, fields_of
from server.sites.document_types import Document
from server.sites.fields import Many, Switch, Text, Whole, fully, shape
from server.sites.schema_fields import Strict
from server.sites.values import DEFAULT_RETENTION, KEY, LONGEST_TAG, MAX_AGE, MOST_TAGS

Content = Mapping[str, Any]
"""Key of `KEYS` → value, in that order."""

KEYS: Final = (
    "key",
    "name",
    "domains",
    "staging_domains",
    "tags",
    "group",
    "retention_days",
    "approval_required",
    "banner",
)
"""What a file may say of a site, in the order in which it is written."""

NEW: Final[Content] = {
    "key": "",
    "name": "",
    "domains": [],
    "staging_domains": [],
    "tags": [],
    "group": None,
    "retention_days": DEFAULT_RETENTION.days,
    "approval_required": False,
    "banner": {},
}
"""What a site is before it is made."""


class ContentSchema(Strict):
    """The settings of a site as a file has them. What is absent stays as it is."""

    key = Text(validate=fully(KEY, "is not 2 to 40 of a-z, 0-9 and -", empty=False), metadata=shape(KEY))
    name = Text(metadata={"minLength": 1, "maxLength": site_input.LONGEST_NAME})
    domains = Many(Text(metadata={"maxLength": 253}), site_input.MAX_DOMAINS, metadata={"minItems": 1})
    staging_domains = Many(Text(metadata={"maxLength": 253}), site_input.MAX_DOMAINS)
    tags = Many(Text(metadata={"maxLength": LONGEST_TAG}), MOST_TAGS)
    group = Text(
        allow_none=True,
        validate=fully(KEY, "is not the key of a group", empty=False),
        metadata={**shape(KEY), "description": "Key of the group; null: it is in none."},
    )
    retention_days = Whole(
        0,
        MAX_AGE.days,
        metadata={"description": "Days that decisions are stored after they have expired."},
    )
    approval_required = Switch(
        metadata={"description": "Whether a second person approves what is published."}
    )
    banner = fields.Raw(metadata={"description": "The banner document."})


def loaded(value: object, *, key: str) -> tuple[dict[str, Any], dict[str, object]]:
    """What a file says of the site `key`, and what is wrong with it, by field; without what is wrong.

    Domains and tags are as they were written.
    """
    errors: dict[str, object] = {}
    try:
        said = ContentSchema().load(value)  # type: ignore[arg-type]
    except ValidationError as fault:
        errors = flatten(fault.messages)
        valid = fault.valid_data if isinstance(fault.valid_data, Mapping) else {}
        said = _without_faults(valid, errors)
    if said.get("key", key) != key:
        errors["key"] = f"is not {key}"
    if "name" in said:
        errors |= _faults(site_input.check_name, said["name"])
    if "banner" in said:
        try:
            said["banner"] = ordered(document.load(said["banner"]))
        except Invalid as fault:
            errors |= {_in_banner(field): wrong for field, wrong in fault.errors.items()}
    sound = _without_faults(said, errors)
    return {name: sound[name] for name in KEYS if name in sound}, errors


def ordered(content: Document) -> dict[str, Any]:
    """A banner document with its fields in the order of their types, and the main language first."""
    made: dict[str, Any] = _ordered(content, field_of(Document), content["default_language"])
    return made


# --- internal ---------------------------------------------------------------------------------------------


def _without_faults(said: Mapping[str, Any], errors: Mapping[str, object]) -> dict[str, Any]:
    broken = {field.partition(".")[0] for field in errors}
    return {name: each for name, each in said.items() if name not in broken}


def _in_banner(field: str) -> str:
    return "banner" if field == "body" else f"banner.{field}"


def _faults(check: Any, value: Any) -> Mapping[str, object]:
    try:
        check(value)
    except Invalid as fault:
        return fault.errors
    return {}


def _ordered(value: Any, field: Field, main: str) -> Any:
    if is_typeddict(field.type):
        return {
            name: _ordered(value[name], one, main) for name, one in fields_of(field.type) if name in value
        }
    entries = field.entries
    if entries is None:
        return value
    if get_origin(field.type) is list:
        return [_ordered(each, entries, main) for each in value]
    words = field_of(get_args(field.type)[0]).words
    rank = {name: number for number, name in enumerate(words or (main,))}
    names = sorted(value, key=lambda name: (rank.get(name, len(rank)), name))
    return {name: _ordered(value[name], entries, main) for name in names}
