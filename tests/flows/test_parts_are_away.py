"""The database or Redis goes away and comes back: no page notices, nothing is lost, nothing is restarted."""

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from server.app import create_app
from server.core import clock
from server.core.db import db
from server.core.limits import REDIS_PAUSE
from tests.absence import absent
from tests.conftest import settings_for
from tests.consents.shops import Shop, open_shop, sent
from tests.faults.wire import Wire
from tests.processes import eventually, free_port


def emptied(app: Flask) -> None:
    db.session.remove()
    db.engine.dispose()


@pytest.fixture
def wire(empty_schema: str) -> Iterator[tuple[Wire, str]]:
    """The wire, and the URL through it."""
    url = sa.make_url(empty_schema)
    made = Wire(url.host or "127.0.0.1", url.port or 5432, near=free_port())
    made.join()
    through = url.set(host="127.0.0.1", port=made.port)
    yield made, through.render_as_string(hide_password=False)
    made.cut()


def test_while_the_database_is_away_pages_get_their_script_and_decisions_wait(
    wire: tuple[Wire, str], tmp_path: Path
) -> None:
    cable, url = wire
    app = create_app(settings_for(tmp_path, database_url=url))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        upgrade()
        shop = open_shop(app.test_client())
        first = shop.post(sent())
        assert first.status_code == 201
        script = app.test_client().get(f"/w/{shop.site.key}.js")
        assert script.status_code == 200
        db.session.remove()

        waiting = [sent() for _ in range(20)]
        cable.cut()
        for body in waiting:
            refused = shop.post(body)
            assert (refused.status_code, refused.get_json()["reason"]) == (503, "unavailable")
            assert int(refused.headers["Retry-After"]) > 0
            served = app.test_client().get(f"/w/{shop.site.key}.js")
            assert (served.status_code, served.data) == (200, script.data)
        assert app.test_client().get("/healthz").status_code == 200
        assert app.test_client().get("/readyz").status_code == 503

        cable.join()
        assert {shop.post(body).status_code for body in waiting} == {201}
        assert {shop.post(body).status_code for body in waiting} == {200}
        table = db.metadata.tables["consent"]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == len(waiting) + 1
        emptied(app)


@pytest.fixture
def redis() -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A Redis of this test's own, and its URL."""
    command = shutil.which("redis-server")
    if command is None:
        absent("Redis", "there is no redis-server")
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    process = subprocess.Popen([command, *options], stdout=subprocess.DEVNULL)

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(listens, what="Redis")
    yield process, f"redis://127.0.0.1:{port}/0"
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


def test_a_redis_that_hangs_or_dies_fails_no_decision(
    redis: tuple["subprocess.Popen[bytes]", str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, url = redis
    app = create_app(settings_for(tmp_path, redis_url=url))
    with app.app_context():
        db.create_all()
        shop = open_shop(app.test_client())
        assert decide_from(shop, "203.0.113.7", 20) == [201] * 20
        process.send_signal(signal.SIGSTOP)
        assert decide_from(shop, "203.0.114.7", 20) == [201] * 20
        process.send_signal(signal.SIGCONT)
        assert decide_from(shop, "203.0.115.7", 20) == [201] * 20
        process.kill()
        process.wait()
        # Without it, this process counts for itself: all of these in one minute, however long they take.
        moment = clock.now() + timedelta(seconds=2 * REDIS_PAUSE)
        monkeypatch.setattr(clock, "now", lambda: moment)
        assert decide_from(shop, "203.0.116.7", 125) == [201] * 120 + [429] * 5
        emptied(app)


def decide_from(shop: Shop, address: str, times: int) -> list[int]:
    return [shop.post(sent(), environ_overrides={"REMOTE_ADDR": address}).status_code for _ in range(times)]
