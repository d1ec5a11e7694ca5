"""What is deleted of a site 30 days after staff have deleted it, and the job that does so (ADR 38)."""

from datetime import datetime, timedelta
from functools import partial

from server.accounts import values as accounts
from server.accounts.service import audit_log
from server.analytics import values as analytics
from server.audience import values as audience
from server.core import clock, site_rows
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, drain
from server.notices import values as notices
from server.notifications import values as notifications
from server.scanner import values as scanner
from server.sites import deletion, groups
from server.sites import values as sites

BATCH = 500
"""Rows deleted in one transaction."""

TABLES = (
    *notices.TABLES_OF_A_SITE,
    *analytics.TABLES_OF_A_SITE,
    *audience.TABLES_OF_A_SITE,
    *scanner.TABLES_OF_A_SITE,
    *notifications.TABLES_OF_A_SITE,
    *sites.TABLES_OF_A_SITE,
    *accounts.TABLES_OF_A_SITE,
)
"""Tables whose rows go with their site; what refers to others comes first."""

KEPT = frozenset(
    {
        "banner_version",
        "consent",
        "consent_erasure",
        "consent_retention_run",
        "ledger_entry",
        "ledger_manifest",
        "ledger_outbox",
        "script_release",
        "site_domain",
        "trail_entry",
    }
)
"""Tables that prove what visitors were shown and decided, or who did what; records go by their retention."""


def purge(now: datetime | None = None) -> int:
    """Delete the rows of sites that cannot be restored any more; returns how many sites are done.

    In small transactions: a worker that is stopped goes on where it was.
    """
    moment, done = now or clock.now(), 0
    with transaction():
        due = deletion.begin_purge(now=moment)
    for site in due:
        with transaction():
            groups.hand_on_logo(site, public_url=settings().public_url, now=moment)
        rows = sum(drain(partial(_step, table, site.id), batch=BATCH) for table in TABLES)
        with transaction():
            deletion.end_purge(site.id, now=moment)
            audit_log.record_event(
                "site_purged",
                by=accounts.SCHEDULE,
                site_id=site.id,
                subject=site.key,
                detail=f"{rows} rows",
                now=clock.now(),
            )
        done += 1
    return done


def _step(table: str, site_id: str) -> int:
    return site_rows.delete_some(table, site_id, most=BATCH)


JOBS = (Job("delete sites for good", timedelta(hours=1), purge),)
