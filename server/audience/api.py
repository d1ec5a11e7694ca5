"""The events of pages: how their handler is set up, and its description in OpenAPI."""

from flask import Flask
from limits import RateLimitItemPerMinute

from server.audience.handler import EventHandler
from server.audience.live_banners import LiveBanners
from server.audience.schemas import EventSchema
from server.audience.spool import Spool
from server.core.http import Api, whole
from server.core.json_bodies import JSON_TYPE
from server.core.limits import spend_one
from server.core.settings import Settings
from server.sites.site_cache import SiteCache
from server.sites.values import KEY

EVENTS_PER_NETWORK = RateLimitItemPerMinute(480, namespace="events")
"""Events that one network may send about one site in a minute.

Four times as many as decisions, which have a limit of their own: a visitor who does not answer sees the
banner on every page, and no number of events may keep a decision from being stored.
"""


def handler(app: Flask) -> EventHandler:
    """The handler of events, to be mounted before the application (`server.core.mounting`)."""
    known: Settings = app.extensions["samtykke"]

    def limit(address: str | None, site_key: str) -> None:
        spend_one(app, EVENTS_PER_NETWORK, address, site_key)

    sites = SiteCache(app.app_context)
    return EventHandler(
        sites,
        LiveBanners(sites, app.app_context),
        Spool(known.data_dir),
        limit,
        country_header=known.country_header,
    )


def describe(api: Api) -> None:
    """Add the operation of the handler to the OpenAPI document."""
    api.spec.tag({"name": "events", "description": "What happens to the banner, without identifiers"})
    faults = {
        403: "`origin_not_allowed`: no Origin header, or one of another site",
        404: "`site_unknown`",
        429: "Too many events from one network; see Retry-After",
        503: "It was not counted; see Retry-After",
    }
    responses: dict[object, object] = {
        204: {"description": "Received; what cannot be used is dropped"},
        "default": "DEFAULT_ERROR",
        **{status: {"description": sentence} for status, sentence in faults.items()},
    }
    operation: dict[str, object] = {
        "tags": ["events"],
        "summary": "Count what happened to the banner on a page",
        "description": "Counted if the newest published version counts impressions. Device class, browser and"
        " system family, and the country if the operator has it measured, are read from the headers into"
        " closed lists; nothing else of the request is kept, and nothing joins it to a decision.",
        "requestBody": {
            "required": True,
            "content": {each: {"schema": EventSchema} for each in (JSON_TYPE, "text/plain")},
        },
        "responses": responses,
    }
    site = {"type": "string", "pattern": whole(KEY)}
    api.describe(EventHandler.route, {"post": operation}, path={"site": site})
