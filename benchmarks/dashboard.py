"""The dashboard's server time on released figures, beside a query over the records that they are about.

The figures are those of the generated records: a lump a day, three languages, two versions.
"""

import os
import secrets
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import median, quantiles

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.generated import Counts
from server.accounts.service import sessions, users
from server.accounts.values import Identity
from server.analytics.service import opening, samples, watermarks
from server.analytics.service.samples import SampleDay
from server.core import clock
from server.core.db import Base, db, transaction
from server.sites import service as sites
from server.sites.values import Site

BUDGET, OVERVIEW_BUDGET = 300, 60
"""Milliseconds of server time, however many decisions there were."""

CALLS, QUERIES = 30, 5

_VERSION = Base.metadata.tables["banner_version"]

_OVER_RECORDS = {
    "postgresql": "(recorded_at AT TIME ZONE 'Europe/Oslo')::date",
    "sqlite": "date(recorded_at)",
}
"""The day of a record; SQLite knows no time zones."""


def release(site: Site, counted: Counts, *, now: datetime) -> None:
    """Release the figures of all days before today, with a second version since half a year."""
    with transaction():
        long_ago = {"published_at": now - timedelta(days=3 * 365)}
        db.session.execute(sa.update(_VERSION).where(_VERSION.c.site_id == site.id).values(long_ago))
        sites.publish(site.id, note="Second version", by="demo", now=now - timedelta(days=182))
        watermarks.lock()
        opening.open_first([site.id], begins=watermarks.position(), now=now)
        today = now.date()
        days = [SampleDay(day, leaves) for day, leaves in sorted(counted.items()) if day < today]
        samples.release_samples(site.id, days, randbelow=secrets.randbelow)


def report(app: Flask, url: str, number: int) -> None:
    """Print how long pages take, and how long the query over the records."""
    client = _logged_in(app)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    last = clock.now().date()
    year = f"/studio/sites/demo/analytics?from={last - timedelta(days=364)}&to={last}"
    for what, address in (
        ("overview", "/studio/sites/demo/"),
        ("analytics page, 28 days", "/studio/sites/demo/analytics"),
        ("analytics page, a year by day", year),
        ("analytics page, a year by day and language", f"{year}&by=language"),
        ("analytics page, a year by month and version", f"{year}&interval=month&by=version"),
    ):
        p95, processor = _asked(client, address)
        budget = OVERVIEW_BUDGET if what == "overview" else BUDGET
        verdict = "ok" if p95 < budget else "MISSED"
        asked = f"{what}, {number:,} decisions"
        print(
            f"{asked:62} p95 {p95:8.1f} ms   budget {budget:3} ms  {verdict:6}  processor {processor:6.1f} ms"
        )
    took = _over_records(url, last)
    print(f"{f'beside it: GROUP BY day, action over {number:,} records':62} p50 {took:8.1f} ms")


def _logged_in(app: Flask) -> FlaskClient:
    """A client with a session of the first owner."""
    with app.app_context(), transaction():
        (owner, *_) = users.users()
        identity = Identity(owner.user_id, owner.email, owner.role, owner.all_sites, owner.site_ids)
        secret = sessions.open_session(identity, now=clock.now())
    client = app.test_client()
    with client.session_transaction() as stored:
        stored["login"] = secret
    return client


def _asked(client: FlaskClient, address: str) -> tuple[float, float]:
    """The 95th percentile of a page's time, and what it takes of this machine's processor."""

    def ask() -> None:
        assert client.get(address).status_code == 200, address

    ask()
    before = time.process_time()
    took = _milliseconds(ask, CALLS)
    return quantiles(took, n=20)[-1], (time.process_time() - before) / CALLS * 1000


def _over_records(url: str, last: date) -> float:
    """The same chart from the records: what the dashboard would cost if nothing were released."""
    engine = sa.create_engine(url)
    try:
        day = _OVER_RECORDS[engine.dialect.name]
        query = sa.text(
            f"SELECT {day} AS day, action, count(*) FROM consent WHERE recorded_at >= :first GROUP BY 1, 2"
        )

        def ask() -> None:
            with engine.connect() as connection:
                first = (last - timedelta(days=364)).isoformat()
                assert connection.execute(query, {"first": first}).all()

        return median(_milliseconds(ask, QUERIES))
    finally:
        engine.dispose()


def _milliseconds(act: Callable[[], None], times: int) -> list[float]:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return took
