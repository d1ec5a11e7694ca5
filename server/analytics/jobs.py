"""Jobs of analytics: count what the log has got since the last time, and release what has ended."""

import secrets
from datetime import datetime, timedelta

from server.analytics.service import closing, counting, opening, watermarks
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, drain
from server.sites import service as sites

BATCH = 1000
"""Entries counted per transaction."""


def count(now: datetime | None = None) -> int:
    """Project all new log entries into the counters; returns how many there were."""
    return drain(lambda: counting.project(now=now or clock.now(), limit=BATCH), batch=BATCH)


def close(now: datetime | None = None) -> int:
    """Begin the first lumps of new sites, and close what has ended; returns how many lumps were released."""
    count(now)
    moment = now or clock.now()
    if new := opening.without_lump(sites.published_ids()):
        with transaction():
            watermarks.lock()
            opening.open_first(new, begins=watermarks.position(), now=moment)
    released = 0
    for site_id in closing.due(moment):
        with transaction():
            released += closing.advance(
                site_id,
                now=moment,
                countries=settings().country_header is not None,
                randbelow=secrets.randbelow,
            )
    return released


def purge() -> int:
    """Delete the counters of lumps that were closed a week ago; returns how many rows."""
    with transaction():
        return counting.purge(now=clock.now())


JOBS = (
    Job("count decisions", timedelta(seconds=1), count),
    Job("release figures", timedelta(minutes=1), close, on_schedule=True),
    Job("delete counters", timedelta(hours=1), purge),
)
