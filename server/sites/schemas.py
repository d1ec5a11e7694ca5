"""Sites, drafts and versions as scripts send and get them."""

from typing import Any

from marshmallow import Schema, fields, validate

from server.sites.document import BannerDocumentSchema
from server.sites.document_types import LANGUAGE, PART_KEY
from server.sites.fields import (
    CONTROL,
    DOMAIN,
    LINE,
    LINES,
    SENT_LINES,
    Many,
    PerLanguage,
    ProseText,
    Text,
    Whole,
    fully,
    plain,
    shape,
)
from server.sites.schema_fields import Strict
from server.sites.values import CONTENT_HASH, KEY, LARGEST_VERSION, LONGEST_ANNOUNCEMENT

LIST_LIMIT = 100
"""Entries of a list in one answer, at most."""


class NewSiteSchema(Strict):
    """A site to be made."""

    key = Text(
        required=True,
        metadata={
            **shape(KEY),
            "description": "Stands in the script's address; cannot be changed.",
            "example": "butikken",
        },
    )
    name = Text(
        required=True,
        metadata={
            "minLength": 1,
            "maxLength": 200,
            "pattern": f"^{LINE}*[^\\s{CONTROL}]{LINE}*$",
            "example": "Butikken på hjørnet",
        },
    )
    domains = Many(
        Text(required=True, metadata={"maxLength": 253, "pattern": DOMAIN}),
        100,
        required=True,
        metadata={
            "minItems": 1,
            "maxItems": 100,
            "description": "Host names whose pages may send decisions, without scheme, port or path. "
            "`*.example.no` stands for the sub-domains of example.no.",
            "example": ["example.no", "*.example.no"],
        },
    )


class SiteSchema(Schema):
    """A site."""

    key = fields.String(required=True, metadata=shape(KEY))
    name = fields.String(required=True, metadata={"maxLength": 200})
    domains = fields.List(
        fields.String(metadata={"maxLength": 255, "description": "In ASCII and lower case"}), required=True
    )
    created_at = fields.AwareDateTime(required=True)


class SitePageSchema(Schema):
    """Some of the sites, by key."""

    sites = fields.List(fields.Nested(SiteSchema), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={**shape(KEY), "description": "What to send as `after` for more; null at the end."},
    )


class SiteQuerySchema(Schema):
    """Which sites to list."""

    after = Text(
        validate=fully(KEY, "is not the key of a site", empty=False),
        metadata={**shape(KEY), "description": "Key after which the list goes on."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, LIST_LIMIT))


class PublishSchema(Strict):
    """What to say about a publish."""

    note = Text(
        load_default="",
        validate=plain(1000, lines=True),
        metadata={"maxLength": 1000, "pattern": f"^{LINES}*$"},
    )
    announcement = PerLanguage(
        Text(),
        ProseText(
            validate=plain(LONGEST_ANNOUNCEMENT, lines=True),
            metadata={"minLength": 1, "maxLength": LONGEST_ANNOUNCEMENT, "pattern": f"^{SENT_LINES}*$"},
        ),
        load_default=None,
        allow_none=True,
        metadata={
            "description": "What changed, in every language of the banner, of which visitors are notified. "
            "Absent or null: they are not.",
            "example": {
                "nb": "Vi bruker nå Matomo til statistikk.",
                "en": "We now use Matomo for statistics.",
            },
        },
    )


class RollbackSchema(Strict):
    """Which version to go back to."""

    version = Whole(1, LARGEST_VERSION, required=True)


class ScopeChangeSchema(Schema):
    """What grew in a category, so that those who had accepted it are asked again."""

    category = fields.String(required=True, metadata=shape(PART_KEY))
    added_services = fields.List(
        fields.String(),
        metadata={
            "description": "Names of the services that came or grew; for signal_added, types of storage."
        },
    )
    reason = fields.String(
        metadata={
            "enum": [
                "category_added",
                "service_added",
                "provider_added",
                "recipient_added",
                "country_outside",
                "signal_added",
            ]
        }
    )


class VersionSummarySchema(Schema):
    """A published version without its document."""

    number = fields.Integer(required=True, metadata={"minimum": 1, "maximum": LARGEST_VERSION})
    content_hash = fields.String(
        required=True,
        metadata={
            **shape(CONTENT_HASH),
            "description": "`sha256:` and the digest of the document's canonical JSON (RFC 8785).",
        },
    )
    change = fields.String(
        required=True,
        metadata={
            "enum": ["text", "scope"],
            "description": "`text`: nobody is asked again. `scope`: those who had accepted what grew are.",
        },
    )
    scope_changes = fields.List(fields.Nested(ScopeChangeSchema), required=True)
    note = fields.String(required=True, metadata={"maxLength": 1000})
    published_at = fields.AwareDateTime(required=True)
    published_by = fields.String(
        required=True, metadata={"maxLength": 254, "description": "A person's address, or a program's name"}
    )
    variant_of = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "minimum": 1,
            "maximum": LARGEST_VERSION,
            "description": "The version that stayed live beside this one, if an experiment compared both.",
        },
    )
    announcement = fields.Dict(
        keys=fields.String(metadata=shape(LANGUAGE)),
        values=fields.String(metadata={"maxLength": LONGEST_ANNOUNCEMENT}),
        required=True,
        metadata={
            "description": "What changed, of which visitors are notified, per language; empty: they are not."
        },
    )


class _Document(fields.Nested):
    """A document as it is stored, whatever today's schema would make of it."""

    def _serialize(self, nested_obj: Any, *_rest: Any, **_kwargs: Any) -> Any:  # type: ignore[override]
        return nested_obj


def _bit() -> fields.Integer:
    return fields.Integer(metadata={"minimum": 0})


def _number() -> fields.Integer:
    return fields.Integer(metadata={"minimum": 1, "maximum": LARGEST_VERSION})


class VersionSchema(VersionSummarySchema):
    """A published version."""

    document = _Document(BannerDocumentSchema, attribute="published_document")
    slots = fields.Dict(
        keys=fields.String(),
        values=_bit(),
        required=True,
        metadata={"description": "Bit of every optional category ever published; never used again."},
    )
    since = fields.Dict(
        keys=fields.String(),
        values=_number(),
        required=True,
        metadata={"description": "Version in which a category's scope last grew."},
    )
    service_slots = fields.Dict(keys=fields.String(), values=_bit(), required=True)
    service_since = fields.Dict(keys=fields.String(), values=_number(), required=True)


class VersionPageSchema(Schema):
    """Some of the versions, newest first."""

    versions = fields.List(fields.Nested(VersionSummarySchema), required=True)
    next = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "minimum": 1,
            "maximum": LARGEST_VERSION,
            "description": "What to send as `after` for more; null at the end.",
        },
    )


class VersionQuerySchema(Schema):
    """Which versions to list."""

    after = fields.Integer(
        validate=validate.Range(1, LARGEST_VERSION),
        metadata={"description": "Number after which the list goes on."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, LIST_LIMIT))


class FindingSchema(Schema):
    """Something that stops a publish (`error`), or that should be known before it (`warning`)."""

    severity = fields.String(required=True, metadata={"enum": ["error", "warning"]})
    field = fields.String(
        required=True, metadata={"description": "Path into the document, e.g. `services.0.purpose.nn`."}
    )
    message = fields.String(required=True)
    rule = fields.String(
        required=True,
        metadata={"pattern": "^[a-z0-9_]+$", "description": "A word that does not change between releases."},
    )


class CheckSchema(Schema):
    """Whether the draft can be published, and what was found."""

    publishable = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
