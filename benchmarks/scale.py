"""Lists, look-ups, figures, exports and retention over ten million records, on both engines (`make scale`).

The records are generated straight into the database, in the shape and size of real ones; what is measured is
the product's own code on them. `make scale ARGS=100000` takes fewer, on one engine with its name.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

import psutil
import sqlalchemy as sa

from benchmarks import dashboard, exact, generated, serving
from server.analytics.service import figures as released
from server.analytics.values import Query
from server.app import create_app
from server.consents.service import decisions
from server.consents.values import Action, Filters
from server.core import clock, garbage_collection
from server.core.db import db, engine_options, prepare
from server.core.settings import Settings
from server.sites import service as sites
from server.sites.values import Site
from tests.faults.clients import Crowd
from tests.faults.server import Server, running

RECORDS = 10_000_000
EXPORTED = 2_000_000
"""Records of an export that are read: enough to see whether its memory grows."""

SAMPLES = 300
DONE: tuple[Action, ...] = ("accept_all", "reject_all", "save")
"""What browsers did in the generated records."""

DUE = timedelta(days=5)
"""How far the clock is set forward for retention: more than half a per cent of the records are due then."""


ENGINES = ("sqlite", "postgresql")


def report(number: int, engines: Sequence[str]) -> None:
    """Print a table for each engine."""
    if "sqlite" in engines:
        with tempfile.TemporaryDirectory() as folder:
            _measure("SQLite", Path(folder), "", number)
        exact.report(number // 10, "SQLite")
        exact.report_events(number // 10, "SQLite")
    if "postgresql" in engines:
        for fewer in (number // 100, number // 10):
            with tempfile.TemporaryDirectory() as folder, serving.postgresql() as url:
                _measure("PostgreSQL", Path(folder), url, fewer, dashboard_alone=True)
        with tempfile.TemporaryDirectory() as folder, serving.postgresql() as url:
            _measure("PostgreSQL", Path(folder), url, number)
        with serving.postgresql() as url:
            exact.report(number // 10, "PostgreSQL", url)
        with serving.postgresql() as url:
            exact.report_events(number // 10, "PostgreSQL", url)


def _measure(
    name: str, folder: Path, database_url: str, number: int, *, dashboard_alone: bool = False
) -> None:
    server = Server(folder, database_url)
    with running(server):
        server.stop()
    settings = Settings.from_env(server.environ)
    app = create_app(settings)
    with app.app_context():
        site = sites.find("demo")
        newest = sites.newest(site.id)
        assert newest is not None
        db.session.rollback()  # an open read would keep the engine from emptying its write-ahead log
        begun = time.monotonic()
        with _loading(settings.database_url) as engine:
            counted = generated.fill(engine, site.id, newest.content_hash, number, now=clock.now())
        took = time.monotonic() - begun
        print(f"\n## {number:,} records on {name} (generated in {took:.0f} s, {_size(settings):.1f} GB)\n")
        dashboard.release(site, counted, now=clock.now())
        del counted
        garbage_collection.freeze()  # as a web process does when it has loaded
        if not dashboard_alone:
            _reads(site, number)
        db.session.remove()
    dashboard.report(app, settings.database_url, number)
    with app.app_context():
        db.engine.dispose()
    if dashboard_alone:
        return
    _exports(server, number)
    _retains(server)


def _reads(site: Site, number: int) -> None:
    today = clock.now().date()
    dice = random.Random(1)
    page = decisions.page(site.id, after=None, limit=50)

    def a_page() -> None:
        nonlocal page
        after = page.after if dice.random() < 0.7 else None  # staff turn pages more often than they filter
        first = today - timedelta(days=dice.randrange(700))
        filters = Filters() if after or dice.random() < 0.5 else Filters.of_days(first, today)
        page = decisions.page(site.id, after=after, limit=50, filters=filters)

    def a_filtered_page() -> None:
        first = today - timedelta(days=dice.randrange(30, 700))
        chosen = dice.choice(DONE)
        filters = Filters.of_days(first, first + timedelta(days=30), version=1, action=chosen)
        assert len(decisions.page(site.id, after=None, limit=50, filters=filters).rows) == min(
            50, number // 200
        )

    def figures(days: int) -> Callable[[], object]:
        query = Query(today - timedelta(days=days), today, "day")
        return lambda: released.figures(query, site=site)

    _print("list page of 50, newest first or a page on", 100, _p95(a_page))
    _print("list page of 50, by days, version and action", 100, _p95(a_filtered_page))
    look_up = _p95(lambda: decisions.find(site.id, generated.number_of(dice.randrange(number))))
    _print("look-up by consent number", 20, look_up)
    _print("analytics, 28 days", 50, _p95(figures(28)))
    _print("analytics, 365 days", 50, _p95(figures(365)))


def _print(what: str, budget: int, p95: float) -> None:
    print(f"{what:50} p95 {p95:8.1f} ms   budget {budget:4} ms  {'ok' if p95 < budget else 'MISSED'}")


def _p95(act: Callable[[], object]) -> float:
    """95th percentile in milliseconds; each call begins as a request does, without a transaction."""
    took = []
    for _ in range(SAMPLES):
        db.session.rollback()
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return quantiles(took, n=20)[-1]


def _exports(server: Server, number: int) -> None:
    """Read an export, and watch how much memory it takes."""
    number = min(number, EXPORTED)
    command = [sys.executable, "-m", "server", "consents", "export", "demo", "--format", "jsonl"]
    process = subprocess.Popen(command, env=server.environ, stdout=subprocess.PIPE)
    assert process.stdout is not None
    watched = psutil.Process(process.pid)
    begun, lines, early = time.monotonic(), 0, 0
    late = 0
    for lines, _ in enumerate(process.stdout, 1):
        if lines == number // 100:
            early = watched.memory_info().rss
        elif lines % 10_000 == 0:
            late = max(late, watched.memory_info().rss)
        if lines == number:
            break
    process.stdout.close()
    process.terminate()
    process.wait()
    took = time.monotonic() - begun
    constant = lines == number and late < early * 1.1
    print(
        f"{f'export as jsonl, {number:,} of them':50} {lines / took:9,.0f}/s   "
        f"memory {early / 1e6:.0f} MB after 1 %, {late / 1e6:.0f} MB most  {'ok' if constant else 'MISSED'}"
    )


def _retains(server: Server) -> None:
    """Delete what is due while browsers decide."""
    moment = (clock.now() + DUE).isoformat()
    with running(server):
        crowd = Crowd(server.url, size=4, repeat=0)
        with crowd.deciding() as history:
            begun = time.monotonic()
            done = server.command("retention", "run", "--now", moment)
            took = time.monotonic() - begun
        answered = sum(times for status, times in history.answers.items() if status == 201)
        refused = sum(history.answers.values()) - answered
    output = " ".join((done.stdout or done.stderr).split())
    print(f"{'retention, while browsers decide':50} {output[:100]} in {took:.0f} s")
    print(f"{'decisions answered meanwhile':50} {answered / took:9,.0f} a second, {refused} refused")


@contextmanager
def _loading(database_url: str) -> Iterator[sa.Engine]:
    """An engine that need not survive a power cut while it is filled."""
    engine = sa.create_engine(**engine_options(database_url))
    prepare(engine)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _hurry(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
            for pragma in ("synchronous=OFF", "cache_size=-2000000", "temp_store=FILE"):
                connection.execute(f"PRAGMA {pragma}")

    try:
        yield engine
        if engine.dialect.name == "sqlite":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def _size(settings: Settings) -> float:
    if db.engine.dialect.name == "sqlite":
        return sum(file.stat().st_size for file in settings.data_dir.glob("samtykke.db*")) / 1e9
    size = db.session.scalar(
        sa.text("SELECT pg_total_relation_size('consent') + pg_total_relation_size('ledger_entry')")
    )
    return float(size or 0) / 1e9


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:] if each not in ENGINES]
    report(numbers[0] if numbers else RECORDS, [each for each in sys.argv[1:] if each in ENGINES] or ENGINES)
