"""Jobs of analytics: count what is new in the log, release what has ended, and end experiments."""

import secrets
from datetime import datetime, timedelta

import structlog

from server.accounts.values import SCHEDULE
from server.analytics import last_releases
from server.analytics.service import (
    alarm_messages,
    alarms,
    closing,
    counting,
    experiments,
    opening,
    silence,
    watermarks,
)
from server.analytics.values import DECISIONS
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict
from server.core.http import settings
from server.core.jobs import Job, drain
from server.core.monitoring import SILENT_SITES
from server.sites import experiments as site_experiments
from server.sites import service as sites
from server.sites.values import Experiment

log = structlog.get_logger("samtykke.analytics")

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
            # Not on a day to come, which `analytics close --now` may name.
            opening.open_first(new, begins=watermarks.position(), now=min(moment, clock.now()))
    return sum(_advance(site_id, moment) for site_id in closing.due(moment))


def _advance(site_id: str, moment: datetime) -> int:
    folder = settings().data_dir
    try:
        before = last_releases.read(folder, site_id, DECISIONS)
    except (OSError, ValueError) as fault:
        # Nothing of this site is released until the file can be read: it might be the second time.
        log.error("last_release_unreadable", site=site_id, why=str(fault))  # noqa: TRY400 - no fault of the code
        return 0
    with transaction():
        released = closing.advance(
            site_id,
            now=moment,
            countries=settings().country_header is not None,
            randbelow=secrets.randbelow,
            before=before,
        )
    try:
        last_releases.store(folder, site_id, DECISIONS, closing.last_release(site_id))
    except OSError as fault:
        # The next release writes it; only a backup that is restored before then would be released again.
        log.error("last_release_unwritten", site=site_id, why=str(fault))  # noqa: TRY400 - no fault of the code
    _review(site_id, moment, lump_released=released > 0)
    return released


def _review(site_id: str, moment: datetime, *, lump_released: bool) -> None:
    """Open and close alarms by what was released just now, and send messages about them."""
    with transaction():
        changes = alarms.review(site_id, now=moment, lump_released=lump_released)
        alarm_messages.record(site_id, changes, now=moment)


def watch_for_silence() -> int:
    """Count the sites that are silent while many decisions are usual; which ones, the command says."""
    number = len(silence.silent_sites(now=clock.now()))
    SILENT_SITES.labels("decisions").inc(number)
    return number


def purge() -> int:
    """Delete the counters of lumps that were closed a week ago; returns how many rows."""
    with transaction():
        return counting.purge(now=clock.now())


def end_experiments(now: datetime | None = None) -> int:
    """End the experiments whose result is clear or whose limit is reached; returns how many."""
    moment = now or clock.now()
    return sum(_ended(experiment, moment) for experiment in site_experiments.running())


def _ended(experiment: Experiment, now: datetime) -> bool:
    try:
        with transaction():
            return experiments.end_if_due(experiment, by=SCHEDULE, now=now) is not None
    except Conflict:
        return False  # Another worker, or somebody of the staff, was faster.


JOBS = (
    Job("count decisions", timedelta(seconds=1), count),
    Job("release figures", timedelta(minutes=1), close, on_schedule=True),
    Job("watch for silence", timedelta(minutes=1), watch_for_silence),
    Job("end experiments", timedelta(minutes=1), end_experiments),
    Job("delete counters", timedelta(hours=1), purge),
)
