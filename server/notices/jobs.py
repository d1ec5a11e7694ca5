"""Jobs of notices: notify of announced changes, delete what is due, and remind of requests and agreements."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from server.accounts.values import SCHEDULE, Actor
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, drain, each, stopping
from server.notices import agreement_jobs, request_jobs, retention
from server.notices.service import announcing, subscriptions
from server.notices.site_pages import outside_requests
from server.notifications.service import delivery_log

log = structlog.get_logger("samtykke.notices")

AT_ONCE = 50
"""E-mails put into the outbox by one transaction: some 30 ms."""

BATCH = 500
"""Rows deleted per transaction."""


def announce() -> int:
    """Notify of all changes that were announced; returns how many transactions that took.

    A worker that is stopped leaves the rest to the next one.
    """
    links = announcing.Links(_changes, _unsubscribe, settings().secret_key)
    return each(announcing.due(), partial(_announce, links), fault="announcement_failed")


def _announce(links: announcing.Links, site_id: str) -> int:
    steps, more = 0, True
    while more and not stopping.is_set():
        with transaction():
            more = announcing.announce(site_id, links, now=clock.now(), batch=AT_ONCE)
        steps += more
    return steps


def _changes(site: str, number: int, language: str) -> str:
    return outside_requests("site_versions.changes", site=site, number=number, lang=language)


def _unsubscribe(site: str, token: str, language: str) -> str:
    return outside_requests("site_subscriptions.end", site=site, token=token, lang=language)


def retain(now: datetime | None = None, *, by: Actor = SCHEDULE) -> Mapping[str, int]:
    """Delete what is due at this moment, by default now; returns how much by each rule that has a period."""
    moment = now or clock.now()
    steps = {
        retention.UNCONFIRMED_SUBSCRIPTIONS: subscriptions.delete_unconfirmed,
        retention.SENT_MAIL: delivery_log.purge_sent_visitor_mail,
        retention.UNSENT_MAIL: delivery_log.purge_unsent_visitor_mail,
    }
    deleted = {
        rule.name: drain(partial(step, now=moment, batch=BATCH), batch=BATCH) for rule, step in steps.items()
    }
    deleted |= request_jobs.retain(moment, by=by)
    if any(deleted.values()):
        log.info("retention", **deleted)
    return deleted


JOBS = (
    Job("notify of changes", timedelta(seconds=10), announce),
    Job("delete what is due of subscriptions and requests", timedelta(hours=1), retain),
    Job("remind of requests", timedelta(hours=12), request_jobs.remind),
    Job("remind of agreements", timedelta(hours=24), agreement_jobs.remind),
)
