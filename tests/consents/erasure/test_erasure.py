"""What is erased is gone, from the tables and from the files, and what remains leads to nobody."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from werkzeug.test import TestResponse

from server.accounts.service import users
from server.analytics.service import counting
from server.app import create_app
from server.consents import jobs
from server.consents.erasure import scrubbing
from server.consents.intake import store as consents_store
from server.consents.intake.store import Stored
from server.consents.record import commitment, tombstone
from server.consents.service import decisions as consents_decisions
from server.consents.service import retention, visitors
from server.consents.values import Decision
from server.core import clock
from server.core.canonical import canonical
from server.core.db import db, transaction
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.ledger.service import reading
from server.ledger.service import sequencing as ledger_sequencing
from server.ledger.values import KIND_DECISION, KIND_ERASURE, Entry, log_of
from tests.conftest import settings_for
from tests.consents.shops import ORIGIN, Shop, decision, open_shop, sent
from tests.processes import PATIENCE

KEY = "tests-only-" + "k" * 32
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def me(shop: Shop, visitor: str, method: str = "GET") -> TestResponse:
    headers = {"Authorization": f"Bearer {visitor}", "Origin": ORIGIN}
    return shop.client.open(f"/api/v1/sites/{shop.site.key}/me", method=method, headers=headers)


def erase(shop: Shop, visitor: str) -> int:
    answer = me(shop, visitor, "DELETE")
    assert answer.status_code == 200
    return int(answer.get_json()["erased"])


def post(shop: Shop, **changes: object) -> dict[str, Any]:
    answer = shop.post(sent(**changes))
    assert answer.status_code == 201
    return dict(answer.get_json())


def rows(table: str) -> list[Any]:
    db.session.rollback()
    return list(db.session.execute(db.metadata.tables[table].select()))


def entries() -> list[Entry]:
    with transaction():
        ledger_sequencing.sequence(now=clock.now())
    return [entry for log in reading.logs() for entry in reading.entries(log, 0, 1000)]


def test_everything_of_the_browser_is_erased_at_once_and_nothing_else(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    visitor, somebody = new_id(), new_id()
    for _ in range(3):
        post(shop, visitor=visitor)
    remaining = [post(shop, visitor=somebody), post(other, visitor=visitor)]
    assert erase(shop, visitor) == 3
    assert me(shop, visitor).get_json()["records"] == []
    assert {row.consent_id for row in rows("consent")} == {receipt["consent_id"] for receipt in remaining}


def test_a_second_erasure_finds_nothing(shop: Shop) -> None:
    visitor = new_id()
    post(shop, visitor=visitor)
    assert [erase(shop, visitor), erase(shop, visitor), erase(shop, new_id())] == [1, 0, 0]
    assert len(rows("consent_erasure")) == 1


def test_the_browser_may_decide_again_afterwards(shop: Shop) -> None:
    visitor = new_id()
    post(shop, visitor=visitor)
    erase(shop, visitor)
    receipt = post(shop, visitor=visitor)
    assert [record["consent_id"] for record in me(shop, visitor).get_json()["records"]] == [
        receipt["consent_id"]
    ]


def test_an_erased_number_leads_nowhere(shop: Shop) -> None:
    visitor = new_id()
    receipt = post(shop, visitor=visitor)
    erase(shop, visitor)
    with pytest.raises(NotFound):
        consents_decisions.find(shop.site.id, receipt["consent_id"])
    assert list(consents_decisions.export(shop.site.id)) == []


# --- the log -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sequenced_before", [True, False])
def test_every_record_leaves_its_commitment_and_a_tombstone(shop: Shop, sequenced_before: bool) -> None:
    visitor = new_id()
    for _ in range(2):
        post(shop, visitor=visitor)
    shown = me(shop, visitor).get_json()["records"]
    if sequenced_before:
        entries()
    erase(shop, visitor)
    logged = entries()
    decided = {entry.commitment for entry in logged if entry.kind == KIND_DECISION}
    tombstones = [entry for entry in logged if entry.kind == KIND_ERASURE]
    # A visitor who saved a receipt can still prove it.
    for each in shown:
        assert commitment(bytes.fromhex(each["salt"]), canonical(each["record"])) in decided
    remains = rows("consent_erasure")
    assert {bytes(row.commitment) for row in remains} == decided
    assert {entry.commitment for entry in tombstones} == {
        tombstone(bytes(row.salt), bytes(row.commitment)) for row in remains
    }
    assert not {entry.commitment for entry in tombstones} & decided


def test_a_tombstone_names_nobody(shop: Shop) -> None:
    visitor = new_id()
    post(shop, visitor=visitor)
    entries()
    erase(shop, visitor)
    assert {entry.subject for entry in entries() if entry.kind in (KIND_DECISION, KIND_ERASURE)} == {""}


def test_nothing_that_remains_has_any_of_the_browsers_own_values(shop: Shop) -> None:
    visitor = new_id()
    bodies = [sent(visitor=visitor) for _ in range(2)]
    receipts = [shop.post(body).get_json() for body in bodies]
    stored = rows("consent")
    entries()
    erase(shop, visitor)
    remains = dump()
    digests = [
        bytes(value).hex() for row in stored for value in (row.visitor_digest, row.request_digest, row.salt)
    ]
    names = [visitor, *(body["id"] for body in bodies), *(receipt["consent_id"] for receipt in receipts)]
    assert bytes(stored[0].commitment).hex() in remains  # the dump sees what is there
    for canary in (*digests, *names):
        assert canary not in remains
    assert "recorded_at" not in remains


def dump() -> str:
    """Every value of every table, bytes as text and in hexadecimal."""
    found: list[str] = []
    for name in db.metadata.tables:
        for row in rows(name):
            for value in row:
                raw = bytes(value) if isinstance(value, bytes | memoryview) else None
                found += [str(value)] if raw is None else [raw.decode("latin-1"), raw.hex()]
    return "\n".join(found)


# --- it stays erased ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{}, {"language": "en"}, {"visitor": new_id()}])
def test_a_late_repeat_does_not_restore_it(shop: Shop, change: dict[str, Any]) -> None:
    body = sent()
    shop.post(body)
    erase(shop, body["visitor"])
    logged = len(entries())
    answer = shop.post({**body, **change})
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "decision_erased")
    assert (rows("consent"), len(entries())) == ([], logged)


def test_the_same_id_on_another_site_is_not_erased(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    body = sent()
    shop.post(body)
    erase(shop, body["visitor"])
    assert other.post(body).status_code == 201


def test_an_erased_decision_in_a_batch_harms_no_other(shop: Shop, tmp_path: Path) -> None:
    gone, fresh, known = decision(), decision(), decision()
    store(shop, [gone, known])
    with transaction():
        assert visitors.erase(shop.site.id, gone.visitor, secret_key=KEY, data_dir=tmp_path, now=NOON) == 1
    answers = [
        outcome.created if isinstance(outcome, Stored) else outcome.reason
        for outcome in store(shop, [gone, fresh, gone, known])
    ]
    assert answers == ["decision_erased", True, "decision_erased", False]
    assert {row.decision_id for row in rows("consent")} == {fresh.id, known.id}


def store(shop: Shop, decisions: list[Decision]) -> list[Stored | Conflict]:
    rules = consents_store.find_rules(shop.site.id, 1)
    prepared = [consents_store.prepare(shop.site, one, rules, secret_key=KEY, now=NOON) for one in decisions]
    with transaction():
        return consents_store.store(prepared)


def test_erasing_from_several_sides_erases_once(app: Flask, shop: Shop) -> None:
    visitor = new_id()
    for _ in range(5):
        post(shop, visitor=visitor)
    sides = 4
    start = threading.Barrier(sides)

    def ask(_side: int) -> int:
        browser = Shop(shop.site, app.test_client())
        start.wait(timeout=PATIENCE)
        return erase(browser, visitor)

    with ThreadPoolExecutor(sides) as pool:
        assert sorted(pool.map(ask, range(sides))) == [0] * (sides - 1) + [5]


def test_repeats_during_an_erasure_never_restore_it(app: Flask, shop: Shop) -> None:
    bodies = [sent() for _ in range(12)]
    for body in bodies:
        shop.post(body)
    sides = 4
    start = threading.Barrier(sides)

    def repeat(side: int) -> set[int]:
        browser = Shop(shop.site, app.test_client())
        start.wait(timeout=PATIENCE)
        if side == 0:
            return {me(browser, body["visitor"], "DELETE").status_code for body in bodies}
        return {browser.post(body).status_code for body in bodies}

    with ThreadPoolExecutor(sides) as pool:
        codes = set().union(*pool.map(repeat, range(sides)))
    assert codes <= {200, 409}
    assert rows("consent") == []
    assert len(rows("consent_erasure")) == len(bodies)


def test_a_record_that_is_sequenced_while_it_is_erased_ends_without_a_name(app: Flask, shop: Shop) -> None:
    bodies = [sent() for _ in range(12)]
    for body in bodies:
        shop.post(body)
    start = threading.Barrier(2)

    def sequence() -> None:
        with app.app_context():
            start.wait(timeout=PATIENCE)
            for _ in range(12):
                with transaction():
                    ledger_sequencing.sequence(now=clock.now(), limit=2)

    with ThreadPoolExecutor(1) as pool:
        sequencing = pool.submit(sequence)
        start.wait(timeout=PATIENCE)
        for body in bodies:
            erase(shop, body["visitor"])
        sequencing.result()
    assert {entry.subject for entry in entries() if entry.kind == KIND_DECISION} == {""}


# --- the counters ------------------------------------------------------------------------------------------


def counters() -> list[Any]:
    return sorted(tuple(row) for row in rows("decision_count"))


def fold() -> None:
    entries()
    with transaction():
        counting.project(now=clock.now())


def test_counters_are_unchanged_by_an_erasure(shop: Shop) -> None:
    visitor = new_id()
    post(shop, visitor=visitor)
    post(shop)
    fold()
    before = counters()
    erase(shop, visitor)
    fold()
    assert before
    assert counters() == before
    assert counting.recount(now=clock.now()).differing == ()


def test_what_was_erased_before_it_was_counted_is_passed_over(shop: Shop) -> None:
    visitor = new_id()
    post(shop, visitor=visitor)
    post(shop)
    erase(shop, visitor)
    fold()
    assert [row[-1] for row in counters()] == [1]
    recounted = counting.recount(now=clock.now())
    assert (recounted.decisions, recounted.erased, recounted.differing) == (1, 1, ())


# --- the files ---------------------------------------------------------------------------------------------


def files() -> bytes:
    """The database's file and what is written ahead of it."""
    path = str(db.engine.url.database)
    return Path(path).read_bytes() + Path(path + "-wal").read_bytes()


def found(canaries: list[bytes]) -> int:
    content = files()
    return sum(canary in content for canary in canaries)


def only_on(app: Flask, dialect: str) -> None:
    if db.engine.dialect.name != dialect:
        pytest.skip(f"only {dialect} has such files")


def leave_canaries(shop: Shop, number: int) -> tuple[str, list[bytes]]:
    """Records of one browser; its secret, and byte strings that are in them alone."""
    visitor = new_id()
    with transaction():
        for _ in range(number):
            consents_decisions.record(shop.site, decision(visitor=visitor), secret_key=KEY, now=NOON)
    stored = rows("consent")
    canaries = [
        value if isinstance(value, bytes) else value.encode()
        for row in stored
        for value in (row.record, row.salt, row.request_digest, row.decision_id, row.consent_id)
        if row.visitor_digest == stored[-1].visitor_digest
    ]
    entries()
    return visitor, [*canaries, bytes(stored[-1].visitor_digest)]


def test_no_byte_of_it_is_in_the_files_after_the_scrub(app: Flask, shop: Shop) -> None:
    only_on(app, "sqlite")
    remaining = [post(shop) for _ in range(40)]
    visitor, canaries = leave_canaries(shop, 60)
    remaining += [post(shop) for _ in range(40)]
    assert found(canaries) == len(canaries)
    erase(shop, visitor)
    assert jobs.scrub() == 1
    assert found(canaries) == 0
    assert found([receipt["consent_id"].encode() for receipt in remaining]) == len(remaining)


@pytest.mark.parametrize("large", [False, True])
def test_no_copy_that_sqlite_made_of_it_is_in_the_files_after_the_scrub(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """When SQLite splits and merges pages, copies of rows stay in their unallocated space.

    They are gone after the worker's scrub of a small file; of a large one once it is rewritten on demand.
    """
    only_on(app, "sqlite")
    browsers = [leave_canaries(shop, 25) for _ in range(12)]
    canaries = [canary for _, each in browsers for canary in each]
    for visitor, _ in browsers[::2] + browsers[1::2]:
        erase(shop, visitor)
        post(shop)
    if large:
        monkeypatch.setattr(scrubbing, "REWRITE_LIMIT", 0)
    assert jobs.scrub() == len(browsers)
    if large:
        assert retention.scrub(everything=True)
    assert found(canaries) == 0


@pytest.fixture
def postgresql_alone(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """An application with a database of its own: what others read in theirs keeps nothing alive in it."""
    only_on(app, "postgresql")
    name = f"samtykke_{new_id().replace('-', '_').lower()}"
    administered = sa.create_engine(db.engine.url, isolation_level="AUTOCOMMIT")
    with administered.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    url = db.engine.url.set(database=name).difference_update_query(["options"])
    alone = create_app(settings_for(tmp_path, database_url=url.render_as_string(hide_password=False)))
    with alone.app_context():
        upgrade()
        yield alone
        db.session.remove()
        db.engine.dispose()
    with administered.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    administered.dispose()


def postgresql_files() -> bytes:
    """Every table, index and overflow table of the database, as they are on disk."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.execute(sa.text("CHECKPOINT"))
        except sa.exc.ProgrammingError:
            pytest.skip("this PostgreSQL shows its files to superusers alone")
        paths = connection.scalars(
            sa.text("SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't', 'm')")
        ).all()
        read = sa.text("SELECT pg_read_binary_file(:path)")
        return b"".join(bytes(connection.execute(read, {"path": path}).scalar_one()) for path in paths)


@pytest.mark.parametrize("large", [False, True])
def test_no_byte_of_it_is_in_postgresqls_files_after_the_scrub(
    postgresql_alone: Flask, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """Of small tables after the worker's; of large ones once they are rewritten on demand."""
    shop = open_shop(postgresql_alone.test_client())
    remaining = [post(shop) for _ in range(20)]
    visitor = new_id()
    for _ in range(40):
        post(shop, visitor=visitor)
    remaining += [post(shop) for _ in range(20)]
    entries()
    mine = {record["consent_id"] for record in me(shop, visitor).get_json()["records"]}
    canaries = [
        bytes(value)
        for row in rows("consent")
        for value in (row.record, row.salt, row.request_digest)
        if row.consent_id in mine
    ]
    db.session.remove()
    before = postgresql_files()
    assert all(canary in before for canary in canaries)
    erase(shop, visitor)
    if large:
        monkeypatch.setattr(scrubbing, "REWRITE_LIMIT", 0)
    assert jobs.scrub() == 1
    if large:
        assert retention.scrub(everything=True)
    after = postgresql_files()
    assert not [canary for canary in canaries if canary in after]
    assert all(receipt["consent_id"].encode() in after for receipt in remaining)


def test_somebody_who_reads_delays_the_scrub_and_does_not_stop_it(app: Flask, shop: Shop) -> None:
    only_on(app, "sqlite")
    visitor, canaries = leave_canaries(shop, 2)
    with db.engine.connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM consent"))
        erase(shop, visitor)
        assert jobs.scrub() == 0
    assert jobs.scrub() == 1
    assert found(canaries) == 0


def test_owners_are_told_once_a_day_of_a_scrub_that_is_delayed_for_a_day(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_on(app, "sqlite")
    visitor, _ = leave_canaries(shop, 2)
    with transaction():
        for name, role, limited_to in (
            ("kari", "owner", None),
            ("ola", "owner", [shop.site.id]),
            ("per", "editor", None),
        ):
            users.create_user(f"{name}@example.no", role, password=None, site_ids=limited_to, now=clock.now())
    erased_at = clock.now()
    with db.engine.connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM consent"))
        erase(shop, visitor)
        for hours in (1, 23, 25, 26, 50):
            monkeypatch.setattr(clock, "now", lambda hours=hours: erased_at + timedelta(hours=hours))
            jobs.scrub()
    db.session.rollback()
    told = db.session.execute(
        sa.text(
            "SELECT target, channel FROM notification_delivery AS delivery"
            " JOIN notification ON notification.id = delivery.notification_id WHERE kind = 'erasure.overdue'"
        )
    ).all()
    assert [tuple(row) for row in told] == [("kari@example.no", "email")] * len(told)
    days = {(erased_at + timedelta(hours=hours)).date() for hours in (25, 26, 50)}
    assert len(told) == len(days) >= 2


def test_the_scrub_has_something_to_do_only_when_something_was_erased(shop: Shop) -> None:
    visitor = new_id()
    post(shop, visitor=visitor)
    assert jobs.scrub() == 0
    erase(shop, new_id())
    assert jobs.scrub() == 0
    erase(shop, visitor)
    assert jobs.scrub() == 1
    assert jobs.scrub() == 0
    assert rows("consent_residue") == []


def test_the_log_of_today_is_where_tombstones_go(shop: Shop) -> None:
    visitor = new_id()
    with transaction():
        consents_decisions.record(
            shop.site, decision(visitor=visitor), secret_key=KEY, now=NOON - timedelta(days=400)
        )
    erase(shop, visitor)
    (entry,) = [entry for entry in entries() if entry.kind == KIND_ERASURE]
    assert entry.log == log_of(clock.now())
