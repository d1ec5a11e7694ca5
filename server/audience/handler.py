"""The one handler of events: it answers every outcome of `POST /api/v1/sites/{site}/events`."""

import re
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Request

from server.audience import buckets, record
from server.audience.live_banners import LiveBanner, LiveBanners
from server.audience.schemas import read_event
from server.audience.spool import Spool
from server.audience.values import Client
from server.core import clock, monitoring
from server.core.answers import Answer
from server.core.bodies import read_body
from server.core.errors import Invalid, Malformed, TooLarge, Unavailable
from server.core.strict_json import strict_json
from server.sites.page_posts import NOT_CACHED, Limit, Page, PagePosts, is_json
from server.sites.site_cache import SiteCache

MAX_EVENT = 1024
"""Bytes of one event."""

log = structlog.get_logger("samtykke.audience")


class EventHandler(PagePosts):
    """Puts an event into the spool, and answers; drops what cannot be used, and counts it by its reason."""

    prefix = "/api/v1/sites/"
    timed = True
    route = "/api/v1/sites/<site>/events"
    routes: Mapping[re.Pattern[str], str] = MappingProxyType(
        {re.compile(r"/api/v1/sites/(?P<site>[^/]+)/events"): route}
    )

    def __init__(
        self,
        sites: SiteCache,
        banners: LiveBanners,
        spool: Spool,
        limit: Limit,
        *,
        country_header: str | None,
    ) -> None:
        super().__init__(sites, limit)
        self._banners = banners
        self._spool = spool
        self._country_header = country_header

    def _accept(self, request: Request, page: Page, key: str) -> Answer:
        try:
            site, banner = self._banners.find(key, page.origin, clock.now())
            staging = site.is_staging(page.origin)
            dropped = "staging" if staging else self._dropped(request, site.id, banner)
        except (SQLAlchemyError, OSError) as fault:
            log.error("event_not_spooled", fault=type(getattr(fault, "orig", None) or fault).__name__)  # noqa: TRY400
            raise Unavailable("the event could not be counted") from fault
        if dropped:
            monitoring.EVENTS_DROPPED.labels(dropped).inc()
        return Answer(204, NOT_CACHED + page.cors)

    def _dropped(self, request: Request, site_id: str, banner: LiveBanner | None) -> str:
        """Put the event into the spool; why it was dropped instead, or nothing."""
        if banner is None or not banner.counted:
            return "not_counted"
        client = self._client(request)
        if client is None:
            return "bot"
        try:
            value = strict_json(read_body(request, MAX_EVENT))
        except TooLarge:
            return "too_large"
        except (Malformed, Invalid):
            return "malformed"
        event = read_event(value, client=client, banner=banner, now=clock.now())
        if event is None or not is_json(request.headers.get("Content-Type", "")):
            return "malformed"
        self._spool.append(site_id, record.line(event))
        return ""

    def _client(self, request: Request) -> Client | None:
        headers = request.headers
        country = headers.get(self._country_header, "") if self._country_header else None
        return buckets.client(headers.get("User-Agent", ""), country)
