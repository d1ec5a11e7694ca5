"""Jobs of decisions: delete what is due, erase again what a backup restored, purge what was deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from server.accounts.service import audit_log, message_choices
from server.accounts.values import SCHEDULE, Actor
from server.consents.service import retention
from server.consents.values import ERASURE_LOG
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, drain
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import service as sites

BATCH = 1000
"""Records deleted per transaction."""

OVERDUE = timedelta(days=1)
"""How long the bytes of deleted records may be in the database files before somebody has to look."""


def retain(now: datetime | None = None, *, by: Actor = SCHEDULE) -> int:
    """Delete all records that are due at this moment, by default now; returns how many."""
    moment = now or clock.now()
    secret_key = settings().secret_key
    total = 0
    for site in sites.each_site(deleted=True):
        step = partial(retention.retain, site, secret_key=secret_key, now=moment, batch=BATCH)
        deleted = drain(step, batch=BATCH)
        if deleted:
            with transaction():
                audit_log.record_event(
                    "retention_run",
                    by=by,
                    now=clock.now(),
                    site_id=site.id,
                    subject=_records(deleted),
                    detail=f"due {moment:%Y-%m-%d %H:%M}, {site.retention.days} days after expiry",
                )
        total += deleted
    return total


def replay(lists: Sequence[Path] | None = None, *, by: Actor = SCHEDULE) -> int:
    """Replay erasures that a restored backup lacks; returns the number of deleted records.

    By default those of the erasure log in the data folder, if the database lacks its last entries.
    """
    folder, secret_key = settings().data_dir, settings().secret_key
    if lists is None and not retention.has_missing_erasures(folder):
        return 0
    deleted = listed = 0
    for missing in retention.missing_erasures(lists or [folder / ERASURE_LOG]):
        with transaction():
            deleted += retention.replay(missing, secret_key=secret_key, now=clock.now())
        listed += len(missing.erasures)
    if listed:
        with transaction():
            audit_log.record_event(
                "erasures_replayed",
                by=by,
                now=clock.now(),
                subject=_records(deleted),
                detail=f"{listed} erasures that the database did not know",
            )
    return deleted


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{number} records"


def scrub() -> int:
    """Remove the bytes of erased records from the database files; returns how many deletions were purged."""
    found = retention.pending_purges()
    if not found:
        return 0
    if not retention.scrub():
        _report_overdue(clock.now())
        return 0
    with transaction():
        retention.mark_purged(found)
    return len(found)


def _report_overdue(now: datetime) -> None:
    """Once a day, tell owners of all sites of deletions whose bytes could not be removed in `OVERDUE`."""
    oldest = retention.oldest_pending_purge()
    if oldest is None or now - oldest < OVERDUE:
        return
    kind = "erasure.overdue"
    message = Message("", kind, {"hours": (now - oldest) // timedelta(hours=1)}, key=f"{kind} {now.date()}")
    with transaction():
        outbox.record(message, message_choices.recipients("", kind), now=now)


JOBS = (
    Job("delete what is due", timedelta(hours=1), retain),
    Job("erase again what a backup brought back", timedelta(minutes=1), replay),
    Job("scrub what was erased", timedelta(minutes=5), scrub),
)
