"""Groups as scripts send and get them."""

from marshmallow import Schema, fields, validate

from server.sites.fields import Many, Switch, Text, fully, shape
from server.sites.inheritance import PARTS
from server.sites.schema_fields import Strict
from server.sites.schemas import LIST_LIMIT, SITE_NAME
from server.sites.values import KEY

_KEY = {**shape(KEY), "description": "Stands in addresses; cannot be changed.", "example": "butikkene"}
_DOCUMENT = {
    "description": "What the sites share: a part of a banner document, as `GET …/banner/draft` answers with "
    "it. What is absent is not shared; of `behaviour`, its keys are shared one by one. Absent keys of what "
    "is shared have their defaults.",
    "additionalProperties": True,
}


class NewGroupSchema(Strict):
    """A group to be made of a site."""

    key = Text(required=True, metadata=_KEY)
    name = SITE_NAME
    site = Text(
        required=True,
        metadata={**shape(KEY), "description": "Its first site, whose draft says what is shared."},
    )
    shares = Many(
        Text(required=True, metadata={"enum": list(PARTS)}),
        len(PARTS),
        load_default=tuple(PARTS),
        metadata={"minItems": 1, "maxItems": len(PARTS), "description": "Absent: all parts."},
    )


class GroupChangeSchema(Strict):
    """What a group is to be called, and what its sites share."""

    name = SITE_NAME
    document = fields.Dict(required=True, metadata=_DOCUMENT)


class MemberSchema(Strict):
    """How a site comes into a group."""

    take = Switch(
        load_default=False,
        metadata={
            "description": "Take all of the group's values. Otherwise the draft stays as it is, and what "
            "differs is the site's own."
        },
    )


class GroupSummarySchema(Schema):
    """A group in a list."""

    key = fields.String(required=True, metadata=shape(KEY))
    name = fields.String(required=True, metadata={"maxLength": 200})
    members = fields.Integer(
        required=True,
        metadata={"minimum": 0, "description": "Number of its sites that the token counts for."},
    )


class GroupPageSchema(Schema):
    """Some of the groups, by key."""

    groups = fields.List(fields.Nested(GroupSummarySchema), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={**shape(KEY), "description": "What to send as `after` for more; null at the end."},
    )


class GroupQuerySchema(Schema):
    """Which groups to list."""

    after = Text(
        validate=fully(KEY, "is not the key of a group", empty=False),
        metadata={**shape(KEY), "description": "Key after which the list goes on."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, LIST_LIMIT))


class GroupSchema(Schema):
    """Sites that share a part of their banners."""

    key = fields.String(required=True, metadata=shape(KEY))
    name = fields.String(required=True, metadata={"maxLength": 200})
    shares = fields.List(fields.String(metadata={"enum": list(PARTS)}), required=True)
    document = fields.Dict(required=True, metadata=_DOCUMENT)
    saved_at = fields.AwareDateTime(required=True)
    saved_by = fields.String(
        required=True, metadata={"maxLength": 254, "description": "A person's address, or a program's name"}
    )
    sites = fields.List(
        fields.String(metadata=shape(KEY)),
        required=True,
        metadata={"description": "Keys of its sites, by name: those that the token counts for."},
    )
