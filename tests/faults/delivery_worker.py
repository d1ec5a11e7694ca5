"""A worker that does nothing but deliver webhooks, with short times, until it is killed.

Apart from the run that starts and kills it, because it needs no routes and so starts sooner.
"""

import time
from dataclasses import replace
from datetime import timedelta

from server import database
from server.core.db import end_reading
from server.core.settings import Settings
from server.notifications import jobs, schedule
from server.notifications.channels import webhook

RETRIES = tuple(timedelta(milliseconds=50 * step) for step in range(1, 31))
LEASE = timedelta(seconds=2)
TIMEOUT = 0.5
"""Seconds that a receiver may take."""


def deliver() -> None:
    """Deliver for ever; the environment names the database."""
    schedule.RETRIES = RETRIES
    webhook.TIMEOUT = TIMEOUT
    lane = replace(jobs.WEBHOOKS, lease=LEASE)
    with database.application(Settings.from_env()).app_context():
        while True:
            jobs.deliver_webhooks(lane)
            end_reading()
            time.sleep(0.02)


if __name__ == "__main__":
    deliver()
