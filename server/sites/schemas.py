"""Sites, drafts and versions as scripts send and get them."""

from typing import Any, get_args

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
    Moment,
    PerLanguage,
    ProseText,
    Switch,
    Text,
    Whole,
    fully,
    plain,
    shape,
)
from server.sites.publication_rules import State
from server.sites.schema_fields import Strict
from server.sites.values import CONTENT_HASH, KEY, LARGEST_VERSION, LONGEST_ANNOUNCEMENT, LONGEST_PAUSE_NOTE

LIST_LIMIT = 100
"""Entries of a list in one answer, at most."""

REASONS = (
    "category_added",
    "service_added",
    "provider_added",
    "recipient_added",
    "country_outside",
    "signal_added",
)
"""Why those who had accepted a category are asked again (`ScopeChange`)."""


SITE_NAME = Text(
    required=True,
    metadata={
        "minLength": 1,
        "maxLength": 200,
        "pattern": f"^{LINE}*[^\\s{CONTROL}]{LINE}*$",
        "example": "Butikken på hjørnet",
    },
)
DOMAINS = Many(
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


def _staging(absent: str, **default: Any) -> Many:
    return Many(
        Text(required=True, metadata={"maxLength": 253, "pattern": DOMAIN}),
        100,
        metadata={
            "maxItems": 100,
            "description": "Host names for testing, written as in `domains`; none stands in both. "
            "What their pages send is checked and answered (202), and neither recorded nor counted. "
            f"Absent: {absent}.",
            "example": ["staging.example.no"],
        },
        **default,
    )


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
    name = SITE_NAME
    domains = DOMAINS
    staging_domains = _staging("none", load_default=())


class SiteChangeSchema(Strict):
    """What a site is to be called, and its domains."""

    name = SITE_NAME
    domains = DOMAINS
    staging_domains = _staging("they stay as they are")


class SiteSchema(Schema):
    """A site."""

    key = fields.String(required=True, metadata=shape(KEY))
    name = fields.String(required=True, metadata={"maxLength": 200})
    domains = fields.List(
        fields.String(metadata={"maxLength": 255, "description": "In ASCII and lower case"}), required=True
    )
    staging_domains = fields.List(
        fields.String(metadata={"maxLength": 255}),
        required=True,
        metadata={"description": "Host names for testing: what their pages send is not recorded."},
    )
    created_at = fields.AwareDateTime(required=True)
    paused_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        attribute="pause.at",
        dump_default=None,
        metadata={"description": "Since when its script does nothing; null: it is not paused."},
    )


class PauseSchema(Strict):
    """Why a site is paused."""

    note = Text(
        load_default="",
        metadata={
            "maxLength": LONGEST_PAUSE_NOTE,
            "pattern": f"^{LINE}*$",
            "description": "For colleagues.",
        },
    )


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
        metadata={"maxLength": 1000, "pattern": f"^{LINES}*$", "description": "For colleagues."},
    )
    at = Moment(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "When to publish the draft as it is now, at most a year ahead. Absent: now.",
            "example": "2026-12-24T09:00:00+01:00",
        },
    )
    replace = Switch(
        load_default=False,
        metadata={"description": "Cancel what is scheduled, in place of which this comes."},
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


class PublicationSchema(Schema):
    """What is to be published: what it holds is frozen, whatever becomes of the draft."""

    number = fields.Integer(required=True, metadata={"minimum": 1, "maximum": LARGEST_VERSION})
    kind = fields.String(
        required=True,
        metadata={
            "enum": ["draft", "version", "experiment"],
            "description": "`draft`: the draft as it was. `version`: an old version again. `experiment`: two "
            "variants, compared.",
        },
    )
    state = fields.String(
        required=True,
        metadata={
            "enum": list(get_args(State)),
            "description": "`requested`: it waits for approval. `scheduled`: it waits for its time. The "
            "others are over.",
        },
    )
    publish_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it is published; null: as soon as it is approved."},
    )
    asked_at = fields.AwareDateTime(required=True)
    asked_by = fields.String(
        required=True, metadata={"maxLength": 254, "description": "A person's address, or a program's name"}
    )
    note = fields.String(required=True, metadata={"maxLength": 1000})
    content_hash = fields.String(
        required=True, metadata={**shape(CONTENT_HASH), "description": "Of what visitors are to get."}
    )


class WaitingSchema(Schema):
    """What waits on a site."""

    waiting = fields.Nested(
        PublicationSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null: nothing waits."},
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
            "enum": list(REASONS),
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
