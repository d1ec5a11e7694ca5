"""The background worker: what follows a decision, once the visitor has long been answered."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from flask import Flask

from server.analytics import service as analytics
from server.consents import service as consents
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, run_until
from server.ledger import service as ledger
from server.sites import service as sites

BATCH = 1000
"""Entries handled in one transaction."""


def sequence() -> int:
    """Give every waiting commitment its index; how many there were."""
    return _drain(lambda: ledger.sequence(now=clock.now(), limit=BATCH))


def count() -> int:
    """Fold every new decision into the counters; how many there were."""
    return _drain(lambda: analytics.fold(now=clock.now(), limit=BATCH))


def retain(now: datetime | None = None) -> int:
    """Delete every record that is due at this moment, by default the present; how many there were."""
    moment = now or clock.now()
    secret_key = settings().secret_key
    return sum(
        _drain(partial(consents.retain, site.id, secret_key=secret_key, now=moment, batch=BATCH))
        for site in sites.all_sites()
    )


def scrub() -> int:
    """Remove what was erased from the database's files, too; how many deletions that settles."""
    found = consents.residues()
    if not found or not consents.scrub():
        return 0
    with transaction():
        consents.settle(found)
    return len(found)


JOBS = (
    Job("sequence the log", timedelta(seconds=1), sequence),
    Job("count decisions", timedelta(seconds=1), count),
    Job("delete what is due", timedelta(hours=1), retain),
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


def _drain(step: Callable[[], int]) -> int:
    total = 0
    while True:
        with transaction():
            done = step()
        total += done
        if done < BATCH:
            return total
