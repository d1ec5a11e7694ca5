"""Failed logins are counted once for all processes, whichever database there is, and not for long."""

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from server.accounts import jobs
from server.accounts.models import LoginAttempt
from server.accounts.service import attempts
from server.app import create_app
from server.core import clock
from server.core.db import db, transaction
from server.core.errors import RateLimited
from tests.conftest import settings_for
from tests.processes import PATIENCE, ROOT, environment

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "tests-only-" + "k" * 32


def attempt(network: str = "n" * 24, email: str = "kari@example.no") -> attempts.Attempt:
    return attempts.login_attempt(email, network=network, device=None, secret_key=KEY)


def fails(tried: attempts.Attempt, *, now: datetime = NOON) -> int:
    """Try once, in vain; 0, or the seconds to wait."""
    try:
        attempts.check_attempt(tried, now=now)
        with transaction():
            attempts.count_attempt(tried, now=now)
    except RateLimited as refused:
        return refused.retry_after
    return 0


def rows() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(LoginAttempt)) or 0


def test_ten_failures_a_minute_and_fifty_an_hour_are_the_last_of_a_network(app: Flask) -> None:
    for minute in range(5):
        at = NOON + timedelta(minutes=minute)
        assert [fails(attempt(), now=at) for _ in range(11)] == [0] * 10 + [60 if minute < 4 else 56 * 60]
    assert fails(attempt(), now=NOON + timedelta(minutes=59.5)) == 30
    assert fails(attempt(), now=NOON + timedelta(hours=1)) == 0


def test_refused_try_writes_nothing(app: Flask) -> None:
    for _ in range(10):
        fails(attempt())
    before = list(db.session.execute(sa.select(LoginAttempt.name, LoginAttempt.count)))
    with pytest.raises(RateLimited):
        attempts.check_attempt(attempt(), now=NOON)
    # Nor does one that got past the first look together with others.
    with pytest.raises(RateLimited), transaction():
        attempts.count_attempt(attempt(), now=NOON)
    assert list(db.session.execute(sa.select(LoginAttempt.name, LoginAttempt.count))) == before


def test_what_is_given_back_was_never_counted(app: Flask) -> None:
    for _ in range(30):
        assert fails(attempt()) == 0
        with transaction():
            attempts.forgive_attempt(attempt(), now=NOON)
    with transaction():
        attempts.forgive_attempt(attempt(), now=NOON)
    assert [fails(attempt()) for _ in range(11)] == [0] * 10 + [60]


def test_counts_are_deleted_when_they_are_over(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(attempt())
    assert rows() == 4
    fails(attempt("m" * 24, "ola@example.no"), now=NOON + timedelta(minutes=1))
    assert rows() == 2 + 4
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=60))
    assert jobs.forget_attempts() == 2 + 1 + 1
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=61))
    jobs.forget_attempts()
    assert rows() == 0


def test_address_is_counted_however_it_is_written(app: Flask) -> None:
    assert attempt(email=" Kari@Example.no ") == attempt()
    assert attempt(email="kari@example.no.") != attempt()
    assert "kari" not in str(attempt())


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The URL of a migrated database that several instances of the product have, and their data folder."""
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_schema")
    app = create_app(settings_for(tmp_path, database_url=url))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    return url, tmp_path


def test_two_instances_on_one_database_share_the_count(shared: tuple[str, Path], tmp_path: Path) -> None:
    url, _ = shared
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    instances = [create_app(settings_for(folder, database_url=url)) for folder in folders]
    counted = []
    for turn in range(13):
        with instances[turn % 2].app_context():
            counted.append(fails(attempt()))
            db.session.remove()
    assert counted == [0] * 10 + [60] * 3
    for instance in instances:
        with instance.app_context():
            db.engine.dispose()


_TRIES = """
import sys
from datetime import datetime
from server.accounts.service import attempts
from server.app import application
from server.core.db import transaction
from server.core.errors import RateLimited

now = datetime.fromisoformat(sys.argv[1])
tried = attempts.login_attempt("kari@example.no", network="n" * 24, device=None, secret_key="k" * 32)
with application().app_context():
    sys.stdin.readline()
    allowed = 0
    for _ in range(8):
        try:
            with transaction():
                attempts.count_attempt(tried, now=now)
        except RateLimited:
            continue
        allowed += 1
    print(allowed)
"""


def test_processes_that_try_at_once_get_no_more_than_one(shared: tuple[str, Path]) -> None:
    url, folder = shared
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _TRIES, NOON.isoformat()],
            cwd=ROOT,
            env=environment(folder, SAMTYKKE_DATABASE_URL=url, SAMTYKKE_SECRET_KEY=KEY),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write("\n")
            process.stdin.flush()
    allowed = [int(process.communicate(timeout=PATIENCE)[0]) for process in processes]
    assert sum(allowed) == 10
