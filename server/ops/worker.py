"""The background worker: everything that follows a decision."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from flask import Flask

from server.accounts import audit_log_heads
from server.accounts import service as accounts
from server.accounts.values import SCHEDULE, Actor
from server.analytics import service as analytics
from server.consents import service as consents
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, run_until
from server.ledger import checkpoints
from server.ledger import service as ledger
from server.ops.metrics import CONTRADICTIONS, MERGE_SECONDS
from server.sites import service as sites

BATCH = 1000
"""Entries per transaction."""

SEQUENCED = 500
"""Entries sequenced per transaction: on SQLite, decisions wait for it."""

SITES = 200
"""Most manifests built in one transaction."""

log = structlog.get_logger("samtykke.worker")


def sequence(now: datetime | None = None) -> int:
    """Sequence all waiting commitments, and sign; returns how many."""
    _succeed_what_was_rolled_back(now or clock.now())
    signer = ledger.signer(settings().data_dir, settings().public_host)
    began = now or clock.now()
    oldest = ledger.waiting(now=began).oldest
    done = _drain(
        lambda: ledger.sequence(now=now or clock.now(), limit=SEQUENCED, signer=signer), batch=SEQUENCED
    )
    if done:
        name = ledger.current_log(began)
        MERGE_SECONDS.labels(name).observe((oldest + ((now or clock.now()) - began)).total_seconds())
    return done


def _succeed_what_was_rolled_back(now: datetime) -> None:
    """Start another log if the database lacks signed entries, because it was restored from a backup."""
    name = ledger.current_log(now)
    try:
        last = checkpoints.newest(settings().data_dir / checkpoints.FOLDER / name)
    except checkpoints.Contradiction as fault:
        log.error("checkpoint_unreadable", why=str(fault))  # noqa: TRY400 - no fault of the code
        return
    # Stored checkpoints were read first: the log can only have grown since.
    if last is not None and last.checkpoint.size > ledger.sizes().get(name, 0):
        with transaction():
            following = ledger.succeed(name, now=now)
        log.warning("log_succeeded", log=name, by=following, signed=last.checkpoint.size)


def close_days(now: datetime | None = None) -> int:
    """Build the manifests of all days that are over; returns the number of days."""
    site_keys = {site.id: site.key for site in sites.all_sites()}
    closed = 0
    for name in ledger.logs():
        while (day := ledger.due_day(name, now=now or clock.now())) is not None:
            with transaction():
                ledger.end_day(name, day)
            ended = ledger.ended(name, day)
            built = sorted(ended.tallies.keys() & site_keys.keys())
            for start in range(0, len(built), SITES):
                with transaction():
                    some = {site_id: site_keys[site_id] for site_id in built[start : start + SITES]}
                    ledger.build_manifests(ended, some, now=now or clock.now())
            with transaction():
                ledger.close(ended)
            closed += 1
    return closed


def keep_checkpoints(now: datetime | None = None) -> None:
    """Store the newest checkpoint of each log outside the database; log an error if it is inconsistent."""
    folder = settings().data_dir / checkpoints.FOLDER
    today = (now or clock.now()).date()
    for name in ledger.logs():
        signed = ledger.checkpoint(name)
        if signed is None:
            continue
        try:
            checkpoints.store(signed, ledger.keys(name), ledger.tiles_of(name), folder, today=today)
        except checkpoints.Contradiction as contradiction:
            CONTRADICTIONS.labels(name).inc()
            log.error("log_contradicts_itself", why=str(contradiction))  # noqa: TRY400 - no fault of the code


def store_audit_log_head(now: datetime | None = None) -> None:
    """Store the head of the audit log outside the database; log an error if it contradicts the last one."""
    head = accounts.audit_log_head()
    if head is None:
        return
    folder = settings().data_dir / audit_log_heads.FOLDER
    today = (now or clock.now()).date()
    if fault := audit_log_heads.store(*head, accounts.audit_log_digest, folder, today=today):
        CONTRADICTIONS.labels("trail").inc()
        log.error("trail_contradicts_itself", why=fault)


def count() -> int:
    """Project all new log entries into the counters; returns how many there were."""
    return _drain(lambda: analytics.project(now=clock.now(), limit=BATCH))


def retain(now: datetime | None = None, *, by: Actor = SCHEDULE) -> int:
    """Delete all records that are due at this moment, by default now; returns how many."""
    moment = now or clock.now()
    secret_key = settings().secret_key
    total = 0
    for site in sites.all_sites():
        step = partial(consents.retain, site, secret_key=secret_key, now=moment, batch=BATCH)
        deleted = _drain(step, batch=BATCH)
        if deleted:
            with transaction():
                accounts.record_event(
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
    if lists is None and not consents.has_missing_erasures(folder):
        return 0
    deleted = listed = 0
    for missing in consents.missing_erasures(lists or [folder / consents.LIST]):
        with transaction():
            deleted += consents.replay(missing, secret_key=secret_key, now=clock.now())
        listed += len(missing.erasures)
    if listed:
        with transaction():
            accounts.record_event(
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
    found = consents.pending_purges()
    if not found or not consents.scrub():
        return 0
    with transaction():
        consents.mark_purged(found)
    return len(found)


def forget_attempts() -> int:
    """Delete expired counters of failed logins; returns how many."""
    with transaction():
        return accounts.forget_attempts(now=clock.now())


JOBS = (
    Job("sequence the log", timedelta(seconds=1), sequence),
    Job("keep checkpoints", timedelta(minutes=1), keep_checkpoints),
    Job("keep the audit trail's head", timedelta(minutes=1), store_audit_log_head),
    Job("close days", timedelta(minutes=10), close_days),
    Job("count decisions", timedelta(seconds=1), count),
    Job("delete what is due", timedelta(hours=1), retain),
    Job("erase again what a backup brought back", timedelta(minutes=1), replay),
    Job("forget failed logins", timedelta(minutes=10), forget_attempts),
    Job("scrub what was erased", timedelta(minutes=5), scrub),
)


def work(app: Flask) -> None:
    """Run the jobs until SIGTERM or SIGINT, or until the process that started this one is gone."""
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    parent = os.getppid()
    watch = Job(
        "watch the parent", timedelta(seconds=1), lambda: stop.set() if os.getppid() != parent else None
    )
    run_until(stop, (*JOBS, watch), app)


def _drain(step: Callable[[], int], *, batch: int = BATCH) -> int:
    total = 0
    while True:
        with transaction():
            done = step()
        total += done
        if done < batch:
            return total
