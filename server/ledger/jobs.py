"""Jobs of the log: sequence what waits, and store checkpoints outside the database."""

from datetime import datetime, timedelta

import structlog

from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, drain
from server.core.monitoring import CONTRADICTIONS, MERGE_SECONDS
from server.core.settings import Settings
from server.ledger.service import checkpoints, reading, sequencing, signing

BATCH = 500
"""Entries sequenced per transaction: on SQLite, decisions wait for it."""

log = structlog.get_logger("samtykke.worker")


def sequence(now: datetime | None = None) -> int:
    """Sequence all waiting commitments, and sign; returns how many."""
    _succeed_what_was_rolled_back(now or clock.now())
    signer = signing.signer(settings().data_dir, settings().public_host)
    began = now or clock.now()
    oldest = reading.waiting(now=began).oldest
    done = drain(lambda: sequencing.sequence(now=now or clock.now(), limit=BATCH, signer=signer), batch=BATCH)
    if done:
        name = reading.current_log(began)
        MERGE_SECONDS.labels(name).observe((oldest + ((now or clock.now()) - began)).total_seconds())
    return done


def _succeed_what_was_rolled_back(now: datetime) -> None:
    """Start another log if the database lacks signed entries, because it was restored from a backup."""
    name = reading.current_log(now)
    try:
        last = checkpoints.newest(settings().data_dir / checkpoints.FOLDER / name)
    except checkpoints.Contradiction as fault:
        log.error("checkpoint_unreadable", why=str(fault))  # noqa: TRY400 - no fault of the code
        return
    # Stored checkpoints were read first: the log can only have grown since.
    if last is not None and last.checkpoint.size > reading.sizes().get(name, 0):
        with transaction():
            following = sequencing.succeed(name, now=now)
        log.warning("log_succeeded", log=name, by=following, signed=last.checkpoint.size)


def store_checkpoints(now: datetime | None = None) -> None:
    """Store the newest checkpoint of each log outside the database; log an error if it is inconsistent."""
    folder = settings().data_dir / checkpoints.FOLDER
    today = (now or clock.now()).date()
    for name in reading.logs():
        signed = reading.checkpoint(name)
        if signed is None:
            continue
        try:
            checkpoints.store(signed, reading.keys(name), reading.tiles_of(name), folder, today=today)
        except checkpoints.Contradiction as contradiction:
            CONTRADICTIONS.labels(name).inc()
            log.error("log_contradicts_itself", why=str(contradiction))  # noqa: TRY400 - no fault of the code


def jobs(settings: Settings) -> tuple[Job, ...]:
    """The jobs of the log. It grows on a schedule, so that its size does not tell when a decision came."""
    return (
        Job("sequence the log", settings.checkpoint_every, sequence, on_schedule=True),
        Job("keep checkpoints", timedelta(minutes=1), store_checkpoints),
    )
