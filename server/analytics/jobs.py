"""Jobs of analytics: count what the log has got since the last time."""

from datetime import timedelta

from server.analytics import service
from server.core import clock
from server.core.jobs import Job, drain

BATCH = 1000
"""Entries counted per transaction."""


def count() -> int:
    """Project all new log entries into the counters; returns how many there were."""
    return drain(lambda: service.project(now=clock.now(), limit=BATCH), batch=BATCH)


JOBS = (Job("count decisions", timedelta(seconds=1), count),)
