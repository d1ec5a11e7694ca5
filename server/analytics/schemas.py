"""Query parameters of analytics, and the forms of the answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from server.analytics.privacy.lumps import LUMP_KINDS
from server.analytics.values import (
    CONFIDENCE,
    DEFAULT_DAYS,
    DIMENSIONS,
    INTERVALS,
    MAX_DAYS,
    THRESHOLD,
    Query,
    window,
)
from server.analytics.vocabulary import definition
from server.audience.values import DELAYS
from server.core import parsing
from server.core.errors import Invalid
from server.core.http import whole
from server.sites.values import KEY

_NOT_A_DAY = "is not a day; write it like 2026-11-22"


class Day(fields.Date):
    """A day as `YYYY-MM-DD`; other forms of ISO 8601 are refused."""

    default_error_messages = {"invalid": _NOT_A_DAY, "format": _NOT_A_DAY}  # noqa: RUF012 - marshmallow's way

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> date:
        day = parsing.day(value) if isinstance(value, str) else None
        if day is None:
            raise self.make_error("invalid", input=value)
        return day


def _known(by: str) -> None:
    if by not in DIMENSIONS:
        raise ValidationError(f"must be one of {', '.join(DIMENSIONS)}")


class QuerySchema(Schema):
    """Which figures."""

    start = Day(
        data_key="from",
        metadata={
            "description": "First day, in the site's time zone. "
            f"Without it the window has {DEFAULT_DAYS} days.",
        },
    )
    end = Day(
        data_key="to",
        metadata={
            "description": "Last day, in the site's time zone; today if absent. "
            f"A window has at most {MAX_DAYS} days.",
        },
    )
    interval = fields.String(
        load_default="day",
        validate=validate.OneOf(INTERVALS, error="must be one of {choices}"),
        metadata={"description": "Length of a period; weeks begin on Monday."},
    )
    by = fields.String(
        load_default=lambda: None,
        validate=_known,
        metadata={
            "enum": list(DIMENSIONS),
            "description": "Divide every period by this. Only sites that count impressions have figures by "
            "device, browser, os and country.",
        },
    )


def check_given_once(arguments: MultiDict[str, str]) -> None:
    """Check that no parameter is given twice: which one is meant cannot be known.

    :raises Invalid: names those that are.
    """
    repeated = [name for name in arguments if len(arguments.getlist(name)) > 1]
    if repeated:
        errors = dict.fromkeys(repeated, "is given more than once")
        raise Invalid(f"{', '.join(f'`{name}`' for name in repeated)} may be given once", errors=errors)


def query_of(asked: Mapping[str, Any], *, today: date) -> Query:
    """The query of the parameters.

    :raises Invalid: the window ends before it begins, or is too long.
    """
    try:
        start, end = window(asked.get("start"), asked.get("end"), today=today)
    except ValueError as wrong:
        raise Invalid(f"`from` {wrong}", errors={"from": str(wrong)}) from wrong
    return Query(start, end, asked["interval"], asked["by"])


def _cell(description: str) -> fields.Integer:
    return fields.Integer(allow_none=True, metadata={"minimum": 0, "description": description})


_FIGURE = {"pattern": r"^[a-z_]+(?:\.[a-z0-9_+-]+)?$"}


class CellsSchema(Schema):
    """Figures with noise. `null` is below the threshold; what is absent was not measured on all days."""

    shown = _cell(definition("shown"))
    ignored = _cell(definition("ignored"))
    decided = _cell(definition("decided"))
    accept_all = _cell(definition("accept_all"))
    reject_all = _cell(definition("reject_all"))
    save = _cell(definition("save"))
    withdraw = _cell(definition("withdraw"))
    closed = _cell(definition("closed"))
    settings_opened = _cell(definition("settings_opened"))
    placeholder = _cell(definition("placeholder"))
    signal = _cell(definition("signal"))
    failed = _cell(definition("failed"))
    granted = fields.Dict(
        keys=fields.String(),
        values=_cell("Granted"),
        metadata={"description": f"By optional category: {definition('granted')}"},
    )
    time_to_decision = fields.Dict(
        keys=fields.String(validate=validate.OneOf(DELAYS)),
        values=_cell("Decided in that time"),
        metadata={"description": f"By class of times: {definition('time_to_decision')}"},
    )
    plus_minus = fields.Dict(
        keys=fields.String(metadata=_FIGURE),
        values=fields.Integer(metadata={"minimum": 0}),
        metadata={"description": "Name of a figure, e.g. `save` or `granted.statistics` → its 95 % margin"},
    )
    suppressed = fields.List(
        fields.String(metadata=_FIGURE),
        metadata={"description": "Names of the figures below the threshold"},
    )


class RowSchema(CellsSchema):
    """The figures of one period, and of one value where the figures are divided."""

    period = fields.String(
        required=True,
        metadata={
            "pattern": "^[0-9]{4}-(?:[0-9]{2}(?:-[0-9]{2})?|W[0-9]{2})$",
            "description": "`2026-11-22`, `2026-W47` (ISO 8601) or `2026-11`, by the last day of its lumps",
        },
    )
    start = fields.Date(
        required=True, data_key="from", metadata={"description": "First day of the period's first lump"}
    )
    end = fields.Date(required=True, data_key="to", metadata={"description": "Last day of its last lump"})
    value = fields.String(metadata={"description": "Absent where the figures are not divided"})


class EpsilonSchema(Schema):
    """ε per decision (differential privacy), over all figures, windows and reads, for ever."""

    closed = fields.Float(required=True, metadata={"description": "Spent when a lump is closed"})
    live = fields.Float(required=True, metadata={"description": "Spent on the running lump"})


class AudiencePrivacySchema(Schema):
    """What is promised about figures that come from events."""

    unit = fields.Constant("event", required=True)
    epsilon = fields.Float(required=True, metadata={"description": "Per event"})


class PrivacySchema(Schema):
    """What is promised about the figures, and until when they are released."""

    unit = fields.Constant("decision", required=True)
    epsilon = fields.Nested(EpsilonSchema, required=True)
    threshold = fields.Integer(
        required=True,
        metadata={"description": "Smaller figures are not shown", "enum": [THRESHOLD], "minimum": THRESHOLD},
    )
    confidence = fields.Float(
        required=True, metadata={"description": "Of `plus_minus`", "enum": [CONFIDENCE]}
    )
    lump = fields.String(
        required=True,
        validate=validate.OneOf(LUMP_KINDS),
        metadata={"description": "Length of the running lump: noise is drawn once for each"},
    )
    released_since = fields.Date(
        required=True, allow_none=True, metadata={"description": "First day with figures; null before"}
    )
    released_until = fields.Date(
        required=True, allow_none=True, metadata={"description": "Last day of the last closed lump"}
    )
    audience = fields.Nested(
        AudiencePrivacySchema, metadata={"description": "Present where events were counted on these days"}
    )
    sample_until = fields.Date(
        metadata={"description": "Last day whose figures are a sample; absent where all are real"}
    )


class LiveSchema(Schema):
    """The coarse figure of the running lump; the closed figures replace it."""

    start = fields.Date(required=True, data_key="from", metadata={"description": "First day of the lump"})
    as_of = fields.String(
        required=True,
        metadata={
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
            "description": "When its last block ended, in the site's time zone",
        },
    )
    decided = _cell(definition("decided"))
    plus_minus = fields.Integer(required=True, metadata={"minimum": 0})


class FiguresSchema(Schema):
    """Anonymised figures of a site."""

    site = fields.String(required=True, metadata={"pattern": whole(KEY)})
    start = fields.Date(required=True, data_key="from")
    end = fields.Date(required=True, data_key="to")
    interval = fields.String(required=True, validate=validate.OneOf(INTERVALS))
    by = fields.String(
        allow_none=True,
        metadata={"enum": [*DIMENSIONS, None], "description": "Null where they are not divided"},
    )
    time_zone = fields.String(required=True, metadata={"description": "Whose days they are (IANA name)"})
    privacy = fields.Nested(PrivacySchema, required=True)
    definitions = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "What each measure counts; formulas of rates"},
    )
    rows = fields.List(fields.Nested(RowSchema), required=True)
    totals = fields.Nested(CellsSchema, required=True)
    live = fields.Nested(LiveSchema, metadata={"description": "Absent until the first block has ended"})
