"""Jobs of requests: delete what is due of them, and remind staff of those that wait."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import partial

from server.accounts.service import audit_log
from server.accounts.values import SCHEDULE, Actor
from server.core import clock
from server.core.db import transaction
from server.core.jobs import drain, each
from server.notices.request_rules import Summary
from server.notices.retention import REQUESTS, UNCONFIRMED_REQUESTS
from server.notices.service import request_messages, request_retention, requests
from server.sites import service as sites
from server.sites.values import Site

BATCH = 500
"""Requests deleted per transaction, or read at once."""

STEPS = {
    REQUESTS: request_retention.delete_content,
    UNCONFIRMED_REQUESTS: request_retention.delete_unconfirmed,
}
"""Rule → what deletes by it."""


def retain(now: datetime | None = None, *, by: Actor = SCHEDULE) -> Mapping[str, int]:
    """Delete of requests what is due at this moment, by default now; returns of how many, by rule."""
    moment = now or clock.now()
    total = {rule.name: 0 for rule in STEPS}
    for site in sites.each_site(deleted=True):
        for rule, step in STEPS.items():
            deleted = drain(partial(step, site.id, now=moment, batch=BATCH), batch=BATCH)
            total[rule.name] += deleted
            if deleted:
                with transaction():
                    audit_log.record_event(
                        "retention_run",
                        by=by,
                        now=clock.now(),
                        site_id=site.id,
                        subject=f"{rule.what}: {deleted}",
                        detail=f"due {moment:%Y-%m-%d %H:%M}",
                    )
    with transaction():
        request_retention.delete_challenges(now=moment)
    return total


def remind(now: datetime | None = None) -> int:
    """Inform staff of requests that are due in a few days or overdue; returns of how many."""
    return each(sites.each_site(), partial(_remind, now or clock.now()), fault="request_reminder_failed")


def _remind(now: datetime, site: Site) -> int:
    today, sent = requests.today(site.id, now=now), 0
    for summary in _to_remind_of(site.id, today):
        with transaction():
            sent += request_messages.remind(site, summary, today=today, now=now)
    return sent


def _to_remind_of(site_id: str, today: date) -> Iterator[Summary]:
    after = None
    while found := requests.to_remind_of(site_id, today=today, after=after, limit=BATCH):
        yield from found
        after = found[-1].due_on, found[-1].request_id
