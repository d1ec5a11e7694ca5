"""How an event is written in JSON, and read into closed lists."""

from datetime import datetime

from marshmallow import Schema, fields, validate

from server.audience.live_banners import LiveBanner
from server.audience.values import DELAYED_EVENTS, DELAYS, EVENTS, OTHER, Client, Event
from server.core.strict_json import whole_number
from server.sites.values import LARGEST_VERSION


class EventSchema(Schema):
    """What happened to the banner on a page; no field of it is about a person."""

    event = fields.String(required=True, validate=validate.OneOf(EVENTS))
    version = fields.Integer(
        metadata={
            "minimum": 1,
            "maximum": LARGEST_VERSION,
            "description": "Number of the banner version; one that is not live counts as the newest",
        }
    )
    language = fields.String(
        metadata={
            "maxLength": 20,
            "description": "Language of the banner; `other` if it has no such one",
        }
    )
    after = fields.String(
        validate=validate.OneOf(DELAYS),
        metadata={"description": f"Time since the banner was shown; for {', '.join(sorted(DELAYED_EVENTS))}"},
    )
    variant = fields.String(metadata={"maxLength": 20, "description": "Accepted, and not counted yet"})
    surface = fields.String(metadata={"maxLength": 20, "description": "Accepted, and not counted"})


def read_event(value: object, *, client: Client, banner: LiveBanner, now: datetime) -> Event | None:
    """The event in a JSON value, as it is counted; None if it is none that is known."""
    if not isinstance(value, dict) or value.get("event") not in EVENTS:
        return None
    name, after, language = value["event"], value.get("after"), value.get("language")
    return Event(
        name,
        banner.version_of(whole_number(value.get("version")), now),
        after if name in DELAYED_EVENTS and after in DELAYS else "",
        language if isinstance(language, str) and language in banner.languages else OTHER,
        client,
    )
