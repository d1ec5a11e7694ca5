"""A decision that cannot be stored is not acknowledged, the sender is asked to come back, and may."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.app import create_app
from server.core.db import db
from tests.conftest import settings_for
from tests.consents.shops import ORIGIN, Shop, sent
from tests.processes import PATIENCE


def stored(shop: Shop) -> set[str]:
    db.session.rollback()
    table = db.metadata.tables["consent"]
    return set(db.session.scalars(sa.select(table.c.decision_id).where(table.c.site_id == shop.site.id)))


def assert_unavailable(answer: Any) -> None:
    assert (answer.status_code, answer.json["reason"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert "INSERT" not in answer.text


@contextmanager
def listening(event: str, listener: Callable[..., None]) -> Iterator[None]:
    engine = db.engine
    sa.event.listen(engine, event, listener)
    try:
        yield
    finally:
        sa.event.remove(engine, event, listener)


def only_on(app: Flask, dialect: str) -> None:
    if db.engine.dialect.name != dialect:
        pytest.skip(f"this outage is one of {dialect} alone")


def terminate(process: int) -> None:
    """End a server process of PostgreSQL's, as an operator or a crash would."""
    with db.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})


def leave_no_free_page() -> None:
    """Rows that earlier tests deleted have left room in the file; a full disk has none."""
    raw = db.engine.raw_connection()
    raw.cursor().execute("VACUUM")
    raw.close()


def test_a_full_disk_is_reported_and_nothing_is_acknowledged(app: Flask, shop: Shop) -> None:
    only_on(app, "sqlite")

    def fill(connection: Any, _record: object, _proxy: object) -> None:
        # The engine's own limit raises what a full disk does, at the same place.
        connection.execute("PRAGMA max_page_count = 1")

    def free(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA max_page_count = 1073741823")

    bodies = [sent() for _ in range(60)]
    assert shop.post(bodies[0]).status_code == 201
    db.session.remove()
    leave_no_free_page()
    with listening("checkout", fill):
        answers = [shop.post(body) for body in bodies[1:]]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert refused
    for answer in refused:
        assert_unavailable(answer)
    db.session.remove()
    with listening("checkout", free):
        acknowledged = {a.get_json()["id"] for a in answers if a.status_code == 201} | {bodies[0]["id"]}
        assert stored(shop) == acknowledged
        # It recovers by itself, and a repeat of what was acknowledged is recognised.
        assert {shop.post(body).status_code for body in bodies} <= {200, 201}
        assert stored(shop) == {body["id"] for body in bodies}


def test_a_locked_database_is_reported(app: Flask, shop: Shop) -> None:
    only_on(app, "sqlite")

    def impatient(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    def patient(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10000")

    body = sent()
    db.session.remove()
    with db.engine.connect() as other:
        other.exec_driver_sql("COMMIT")  # ends the read that the engine's own hook has begun
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with listening("checkout", impatient):
            assert_unavailable(shop.post(body))
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN")
    with listening("checkout", patient):
        assert stored(shop) == set()
        assert shop.post(body).status_code == 201


def test_a_connection_lost_during_the_write_is_reported(app: Flask, shop: Shop) -> None:
    only_on(app, "postgresql")
    me = threading.get_ident()
    killed: list[int] = []

    def kill(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.get_ident() == me and statement.startswith("INSERT INTO consent") and not killed:
            killed.append(connection.connection.driver_connection.info.backend_pid)
            in_a_thread(app, lambda: terminate(killed[0]))

    body = sent()
    assert shop.post(sent()).status_code == 201
    with listening("before_cursor_execute", kill):
        answer = shop.post(body)
    assert killed
    assert_unavailable(answer)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert body["id"] not in stored(shop)
    assert shop.post(body).status_code == 201


def test_a_connection_that_dies_at_the_commit_leaves_one_row_in_the_end(app: Flask, shop: Shop) -> None:
    only_on(app, "postgresql")
    killed: list[int] = []

    def kill(connection: Any) -> None:
        if not killed:
            killed.append(connection.connection.driver_connection.info.backend_pid)
            in_a_thread(app, lambda: terminate(killed[0]))

    body = sent()
    with listening("commit", kill):
        assert_unavailable(shop.post(body))
    assert shop.post(body).status_code == 201
    assert shop.post(body).status_code == 200
    assert stored(shop) == {body["id"]}


def test_those_who_were_stored_together_are_all_answered(app: Flask, shop: Shop) -> None:
    """However the failing transactions fall, an answer and the table never contradict each other."""

    def fail(connection: Any) -> None:
        if next(count) % 3 == 0:
            raise sa.exc.OperationalError("COMMIT", {}, Exception("the disk is gone"))

    count = iter(range(10_000))
    bodies = [sent() for _ in range(60)]

    def post(body: dict[str, Any]) -> int:
        return Shop(shop.site, app.test_client()).post(body).status_code

    db.session.remove()
    with listening("commit", fail), ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(post, bodies))
    assert set(codes) <= {201, 503}
    assert stored(shop) == {body["id"] for body, code in zip(bodies, codes, strict=True) if code == 201}


def test_a_missing_database_is_reported(tmp_path: Path) -> None:
    gone = "postgresql+psycopg://127.0.0.1:1/nowhere"
    app = create_app(settings_for(tmp_path, database_url=gone))
    answer = app.test_client().post("/api/v1/sites/butikk/decisions", json=sent(), headers={"Origin": ORIGIN})
    assert_unavailable(answer)


def test_a_database_without_tables_is_reported(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path))
    try:
        answer = app.test_client().post(
            "/api/v1/sites/butikk/decisions", json=sent(), headers={"Origin": ORIGIN}
        )
        assert_unavailable(answer)
    finally:
        with app.app_context():
            db.engine.dispose()


def test_a_log_line_has_the_kind_of_fault_and_nothing_of_the_decision(
    app: Flask, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_connection: Any) -> None:
        raise sa.exc.OperationalError("INSERT", {"visitor": "seeded"}, Exception("disk I/O error"))

    body = sent()
    with listening("commit", fail):
        assert shop.post(body).status_code == 503
    assert "decision_not_stored" in caplog.text
    for secret in ("seeded", body["id"], body["visitor"]):
        assert secret not in caplog.text


def in_a_thread(app: Flask, work: Callable[[], None]) -> None:
    def run() -> None:
        with app.app_context():
            work()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(timeout=PATIENCE)
