"""The job of the scanner: look at the pages again that somebody has had checked.

Daily, and soon after a new version is published, of which the check before says nothing.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog

from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound
from server.core.jobs import Job, stopping
from server.core.settings import Settings
from server.scanner import service
from server.sites import service as sites

log = structlog.get_logger("samtykke.scanner")

DAILY = timedelta(hours=24)
"""How often a page is looked at that was all right, or whose faults staff know of."""

SECOND_LOOK = timedelta(minutes=15)
"""When a page that has just got a fault is looked at again, before anybody is sent a message."""


def look_again(settings: Settings, now: datetime | None = None) -> int:
    """Check what is due, one site after another; returns how many pages.

    Nothing is requested inside of a transaction. A worker that is stopped leaves the rest to the next one.
    """
    moment = now or clock.now()
    checked = 0
    for site_id, url in service.due(good_before=moment - DAILY, bad_before=moment - SECOND_LOOK):
        if stopping.is_set():
            break
        try:
            checked += _looked(site_id, url, settings, moment)
        except Exception:
            # The other sites do not wait for this one, which is looked at when it is due again.
            log.exception("page_not_checked", site_id=site_id)
            with transaction():
                service.postpone(site_id, now=moment)
    return checked


def _looked(site_id: str, url: str, settings: Settings, now: datetime) -> bool:
    """Check a page of a site, and store what is found; False: there is nothing to check."""
    try:
        site = sites.find_by_id(site_id)
    except NotFound:
        return False
    page = service.page_to_look_at(site, url)
    if site.stopped or not page:
        return False  # Staff know that visitors are not asked.
    made = service.check(
        site,
        page,
        get=service.getter(allow_private=settings.scan_private),
        public_url=settings.public_url,
        now=now,
    )
    with transaction():
        service.store(site, made, now=now)
    return True


def jobs(settings: Settings) -> tuple[Job, ...]:
    """The scanner's jobs."""
    return (Job("look at pages again", timedelta(minutes=1), partial(look_again, settings)),)
