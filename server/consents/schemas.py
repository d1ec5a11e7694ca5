"""A browser's own records in JSON, for their access and erasure."""

from marshmallow import Schema, fields

from server.consents.intake.schemas import CONSENT_NUMBER, LANGUAGE, RANDOM, VERSION, Word
from server.consents.values import ACTIONS, CURSOR, PROFILES
from server.core.http import whole
from server.sites.values import KEY

_HEXADECIMAL = {"pattern": "^[0-9a-f]{64}$"}


def _flags() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)


class OwnRecordSchema(Schema):
    """A stored decision, for the browser that made it."""

    consent_id = fields.String(
        required=True, metadata={**CONSENT_NUMBER, "description": "Public number of the record"}
    )
    id = fields.String(
        required=True,
        metadata={"pattern": whole(RANDOM), "description": "The browser's own id of the decision"},
    )
    recorded_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    version = fields.Integer(required=True, metadata=VERSION)
    language = fields.String(required=True, metadata={"pattern": whole(LANGUAGE), "maxLength": 20})
    action = fields.String(required=True, metadata={"enum": sorted(ACTIONS)})
    choices = _flags()
    services = _flags()
    signals = _flags()
    record = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "The canonical record"}
    )
    salt = fields.String(
        required=True,
        metadata={**_HEXADECIMAL, "description": "Key of the commitment, 32 random bytes in hexadecimal"},
    )
    commitment = fields.String(
        required=True,
        metadata={
            **_HEXADECIMAL,
            "description": "What the consent log holds, in hexadecimal: HMAC-SHA256 with the salt of"
            " `samtykke/record/v1`, a line feed and the canonical record",
        },
    )


class OwnRecordsSchema(Schema):
    """Everything that is stored about a browser on a site."""

    site = fields.String(
        required=True, metadata={"pattern": whole(KEY), "description": "Public key of the site"}
    )
    records = fields.List(
        fields.Nested(OwnRecordSchema), required=True, metadata={"description": "Newest first"}
    )
    before = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "pattern": whole(CURSOR),
            "description": "What to ask for the rest with; null when this is everything",
        },
    )


class OwnQuerySchema(Schema):
    """Which of a browser's records."""

    before = fields.String(
        metadata={"pattern": whole(CURSOR), "description": "What an earlier answer gave as `before`"}
    )


class ReceiptQuerySchema(Schema):
    """Which form a receipt shall have."""

    profile = Word(
        PROFILES,
        required=False,
        metadata={"description": "ISO/IEC TS 27560 in JSON-LD (DPV 2.3), or Kantara v1.1"},
    )


class KeptReceiptSchema(Schema):
    """What a visitor keeps."""

    format = fields.String(required=True, metadata={"enum": ["samtykke/receipt/v1"]})
    record = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "The canonical record"}
    )
    salt = fields.String(
        required=True, metadata={**_HEXADECIMAL, "description": "Key of the commitment, hexadecimal"}
    )
    entry = fields.String(
        required=True, metadata={"pattern": "^[0-9a-f]+$", "description": "The log's entry, hexadecimal"}
    )
    proof = fields.String(
        required=True, metadata={"description": "C2SP tlog-proof: place, path and signed checkpoint"}
    )


class ErasedSchema(Schema):
    """What was deleted."""

    erased = fields.Integer(required=True, metadata={"minimum": 0, "description": "Number of records"})
