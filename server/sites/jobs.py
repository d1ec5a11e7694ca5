"""Jobs of sites: what the log holds of each site and ended day, as a manifest."""

from datetime import datetime, timedelta

from server.core import clock
from server.core.db import transaction
from server.core.jobs import Job
from server.ledger.service import days, reading
from server.sites import service

BATCH = 200
"""Most manifests built in one transaction."""


def close_days(now: datetime | None = None) -> int:
    """Build the manifests of all days that are over; returns the number of days."""
    closed = 0
    for name in reading.logs():
        while (day := days.due_day(name, now=now or clock.now())) is not None:
            with transaction():
                days.end_day(name, day)
            ended = days.ended(name, day)
            site_ids = sorted(ended.tallies)
            for start in range(0, len(site_ids), BATCH):
                with transaction():
                    some = service.with_ids(site_ids[start : start + BATCH])
                    keys = {site.id: site.key for site in some}
                    days.build_manifests(ended, keys, now=now or clock.now())
            with transaction():
                days.close(ended)
            closed += 1
    return closed


JOBS = (Job("close days", timedelta(minutes=10), close_days),)
