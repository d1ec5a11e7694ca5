"""Periodic jobs, apart from any request."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from server.core import clock
from server.core.db import end_reading, transaction
from server.core.schedule import next_multiple

log = structlog.get_logger("samtykke.jobs")


Thing = TypeVar("Thing")

stopping = threading.Event()
"""Set while the worker waits for its jobs to end: one that may go on for long looks at it."""


@dataclass(frozen=True)
class Job:
    """A periodic job. It opens its own transaction and must be idempotent."""

    name: str
    every: timedelta
    run: Callable[[], object]
    on_schedule: bool = False
    """Run at whole multiples of the interval since 1970, whenever the process was started."""


def drain(step: Callable[[], int], *, batch: int) -> int:
    """Repeat a step, each in a transaction of its own, until it does less than a `batch`; returns the sum."""
    total = 0
    while True:
        with transaction():
            done = step()
        total += done
        if done < batch:
            return total


def each(found: Iterable[Thing], step: Callable[[Thing], int], *, fault: str) -> int:
    """Do a step for each of these, such as a site, until the worker is stopped; returns the sum.

    The others do not wait for one whose step fails: that is logged as the event `fault`, with its place among
    them, and left to the next run.
    """
    total = 0
    for place, one in enumerate(found):
        if stopping.is_set():
            break
        try:
            total += step(one)
        except Exception:
            log.exception(fault, place=place, about=getattr(one, "id", one))
            # What was being read may be unusable: PostgreSQL refuses all that follows an error.
            end_reading()
    return total


def run_until(stop: threading.Event, jobs: Sequence[Job], app: Flask) -> None:
    """Run each job at once and then at its interval, until `stop` is set; on schedule, at the next multiple.

    At once, because a worker that is restarted more often than hourly would never run what is hourly. A job
    that fails is logged and tried again. One that takes longer than its interval is followed by one run.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    for job in jobs:
        now = clock.now()
        scheduler.add_job(
            _guarded(job, app),
            "interval",
            seconds=job.every.total_seconds(),
            next_run_time=next_multiple(job.every, now) if job.on_schedule else now,
            id=job.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # a run that is late is better than none
        )
    scheduler.start()
    stop.wait()
    stopping.set()
    try:
        scheduler.shutdown(wait=True)
    finally:
        stopping.clear()


def _guarded(job: Job, app: Flask) -> Callable[[], None]:
    def run() -> None:
        try:
            with app.app_context():
                job.run()
        except Exception:
            # The next run may succeed, whatever the fault. The scheduler would log it in another format.
            log.exception("job_failed", job=job.name)

    return run
