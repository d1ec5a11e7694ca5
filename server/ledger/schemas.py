"""Query parameters of proofs."""

import marshmallow as ma


class InclusionSchema(ma.Schema):
    """An entry and the size of a tree that has it."""

    index = ma.fields.Integer(required=True, validate=ma.validate.Range(min=0, max=2**62))
    size = ma.fields.Integer(required=True, validate=ma.validate.Range(min=1, max=2**62))


class ConsistencySchema(ma.Schema):
    """Two sizes of a log."""

    old = ma.fields.Integer(required=True, data_key="from", validate=ma.validate.Range(min=0, max=2**62))
    new = ma.fields.Integer(required=True, data_key="to", validate=ma.validate.Range(min=0, max=2**62))


class HashesSchema(ma.Schema):
    """A proof."""

    hashes = ma.fields.List(
        ma.fields.String(metadata={"pattern": "^[A-Za-z0-9+/]{43}=$"}),
        required=True,
        metadata={"description": "base64, 32 bytes each"},
    )
