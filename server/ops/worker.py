"""The background worker: runs the jobs of all slices."""

import os
import signal
import threading
from datetime import timedelta

from flask import Flask

from server.accounts import jobs as accounts
from server.analytics import jobs as analytics
from server.audience import jobs as audience
from server.consents import jobs as consents
from server.core.jobs import Job, run_until
from server.core.settings import Settings
from server.ledger import jobs as ledger
from server.notices import jobs as notices
from server.notifications import jobs as notifications
from server.ops import site_deletion
from server.ops.audit_export import delivering
from server.scanner import jobs as scanner
from server.sites import jobs as sites


def jobs(settings: Settings) -> tuple[Job, ...]:
    """The jobs of all slices."""
    return (
        *ledger.jobs(settings),
        *notifications.JOBS,
        *accounts.JOBS,
        *sites.JOBS,
        *consents.JOBS,
        *audience.jobs(settings),
        *analytics.JOBS,
        *notices.JOBS,
        *scanner.jobs(settings),
        *site_deletion.JOBS,
        *delivering.JOBS,
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
    run_until(stop, (*jobs(app.extensions["samtykke"]), watch), app)
