"""Sites as files, as programs send and get them."""

from typing import get_args

from marshmallow import Schema, fields

from server.sites.document import BannerDocumentSchema
from server.sites.document_types import LANGUAGE, PART_KEY
from server.sites.fields import LINE, LINES, Switch, Text, plain, shape
from server.sites.publishing import LONGEST_NOTE
from server.sites.schema_fields import Strict
from server.sites.schemas import REASONS, FindingSchema
from server.sites.site_content import ContentSchema
from server.sites.site_differences import Kind, Origin
from server.sites.values import KEY, LARGEST_VERSION


class SiteFileSchema(ContentSchema):
    """A site as a file: its settings and its draft. What a file that is sent does not name stays as it is."""

    banner = fields.Nested(BannerDocumentSchema)  # type: ignore[assignment]


class PlanRequestSchema(Strict):
    """The file of a site."""

    file = fields.Raw(required=True, metadata={"description": "What the file says.", "type": "object"})


class ApplyRequestSchema(PlanRequestSchema):
    """The file of a site, and how to apply it."""

    overwrite = Switch(
        load_default=False,
        metadata={"description": "Also where that undoes what was changed since a file was last applied."},
    )
    publish = Switch(
        load_default=False,
        metadata={"description": "Publish the banner too, unless visitors have it already."},
    )
    note = Text(
        load_default="",
        validate=plain(LONGEST_NOTE, lines=True),
        metadata={"maxLength": LONGEST_NOTE, "pattern": f"^{LINES}*$", "description": "For colleagues."},
    )


class AppliedSchema(Schema):
    """When a file was last applied, and by whom."""

    at = fields.String(required=True, metadata={"format": "date-time"})
    by = fields.String(
        required=True,
        metadata={
            "maxLength": 254,
            "description": "An address; for programs `token ` and the id of the token.",
        },
    )
    program = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "maxLength": 100,
            "pattern": f"^{LINE}*$",
            "description": "The name of that token; null: no program applied it, or the token is gone.",
        },
    )


class ChangeSchema(Schema):
    """A value that applying the file changes."""

    field = fields.String(
        required=True,
        metadata={"description": "Path in the file, parts by their key: `banner.services.counter.name`."},
    )
    label = fields.String(required=True, metadata={"description": "Which value of what, in words."})
    kind = fields.String(required=True, metadata={"enum": list(get_args(Kind))})
    before = fields.Raw(
        required=True,
        allow_none=True,
        metadata={"description": "Of the site now; null: nothing. Of a list of words, those that go."},
    )
    after = fields.Raw(
        required=True,
        allow_none=True,
        metadata={"description": "In the file; null: nothing. Of a list of words, those that come."},
    )
    origin = fields.String(
        required=True,
        metadata={
            "enum": list(get_args(Origin)),
            "description": "Who changed the value since a file was last applied. `studio` and `both` are "
            "drift, which is overwritten only if that is asked for; so is `unknown`: no file named it yet.",
        },
    )


class AskedAgainSchema(Schema):
    """Why those who had accepted a category are asked again."""

    category = fields.String(required=True, metadata=shape(PART_KEY))
    name = fields.String(required=True, metadata={"description": "Of the category, in the main language."})
    reason = fields.String(
        required=True,
        metadata={"description": "As in a version.", "enum": list(REASONS)},
    )
    added = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Names of what came or grew."},
    )


class PublishingSchema(Schema):
    """What publishing the banner of the file would decide."""

    version = fields.Integer(required=True, metadata={"minimum": 1, "maximum": LARGEST_VERSION})
    change = fields.String(
        required=True,
        metadata={
            "enum": ["first", "text", "scope"],
            "description": "`text`: nobody is asked again. `scope`: those who had accepted what grew are.",
        },
    )
    asked_again = fields.List(fields.Nested(AskedAgainSchema), required=True)


class PlanSchema(Schema):
    """What applying a file would do."""

    site = fields.String(required=True, metadata=shape(KEY))
    new = fields.Boolean(required=True, metadata={"description": "Whether the site would be made."})
    applied = fields.Nested(
        AppliedSchema,
        required=True,
        allow_none=True,
        metadata={"description": "When a file was last applied to the site; null: none ever was."},
    )
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata={"description": "Of the banner as it would be; an `error` stops a publish."},
    )
    publishing = fields.Nested(
        PublishingSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null: visitors have this banner already."},
    )
    language = fields.String(
        required=True, metadata={**shape(LANGUAGE), "description": "The main language of the banner."}
    )


class OutcomeSchema(Schema):
    """What applying a file has done."""

    site = fields.String(required=True, metadata=shape(KEY))
    created = fields.Boolean(required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    published = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "minimum": 1,
            "maximum": LARGEST_VERSION,
            "description": "The version that was published; null: none.",
        },
    )
    language = fields.String(
        required=True, metadata={**shape(LANGUAGE), "description": "The main language of the banner."}
    )
