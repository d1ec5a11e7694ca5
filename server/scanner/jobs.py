"""The job of the scanner: look at the pages again that somebody has had checked."""

from datetime import datetime, timedelta
from functools import partial

from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound
from server.core.jobs import Job
from server.core.settings import Settings
from server.scanner import service
from server.sites import service as sites

DAILY = timedelta(hours=24)
"""How often a page is looked at that was all right, or whose faults staff know of."""

SECOND_LOOK = timedelta(minutes=15)
"""When a page that has just got a fault is looked at again, before anybody is sent a message."""


def look_again(settings: Settings, now: datetime | None = None) -> int:
    """Check what is due; returns how many pages. Nothing is requested inside of a transaction."""
    moment = now or clock.now()
    checked = 0
    for site_id, url in service.due(good_before=moment - DAILY, bad_before=moment - SECOND_LOOK):
        try:
            site = sites.find_by_id(site_id)
        except NotFound:
            continue
        if site.stopped:
            continue  # Staff know that visitors are not asked.
        made = service.check(
            site,
            url,
            get=service.getter(allow_private=settings.scan_private),
            public_url=settings.public_url,
            now=moment,
        )
        with transaction():
            service.store(site, made, now=moment)
        checked += 1
    return checked


def jobs(settings: Settings) -> tuple[Job, ...]:
    """The scanner's jobs."""
    return (Job("look at pages again", timedelta(minutes=5), partial(look_again, settings)),)
