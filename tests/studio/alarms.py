"""Alarms as the job would have stored them."""

from dataclasses import asdict
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from server.analytics.alarms.rule import Alarm
from server.core.db import Base, db
from server.sites.values import Site

TUESDAY = date(2026, 11, 24)
SILENT = Alarm("no_events", "en", "day", TUESDAY, TUESDAY, 120.0, 190.0, 0.0)
FELL = Alarm("decisions_fell", "", "day", TUESDAY, TUESDAY, 302.0, 421.0, 112.0)
LESS_ACCEPTED = Alarm("opt_in_fell", "", "7 days", date(2026, 11, 3), date(2026, 11, 9), 0.52, 0.58, 0.38)


def store(site: Site, alarm: Alarm, *, opened_at: datetime, **closed: object) -> None:
    """Store an alarm in the caller's transaction."""
    row = {"site_id": site.id, "opened_at": opened_at, **asdict(alarm), **closed}
    db.session.execute(sa.insert(Base.metadata.tables["analytics_alarm"]).values(row))


def store_alarms(site: Site, now: datetime) -> None:
    """Two open alarms and one that is closed."""
    store(site, SILENT, opened_at=now - timedelta(hours=9))
    store(site, FELL, opened_at=now - timedelta(hours=9))
    closed = {"closed_at": now - timedelta(days=6), "last": TUESDAY, "outcome": "usual_again"}
    store(site, LESS_ACCEPTED, opened_at=now - timedelta(days=15), **closed)
