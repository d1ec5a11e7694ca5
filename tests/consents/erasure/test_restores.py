"""What was erased stays erased when a backup from before is restored: the list of erasures outlives it."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.accounts.service import audit_log
from server.accounts.values import SCHEDULE
from server.app import create_app
from server.consents import jobs
from server.consents.erasure import log as erasure_log
from server.consents.service import decisions, retention
from server.consents.values import ERASURE_LOG, LoggedErasure
from server.core import clock
from server.core.db import db, transaction
from server.core.http import settings
from server.core.ids import new_id
from server.core.settings import Settings
from server.ledger.service import reading, sequencing
from server.ledger.values import KIND_ERASURE
from server.ops.cli import run
from tests.consents.shops import ORIGIN, Shop, decision, open_shop, sent
from tests.ledger.keys import SIGNER

KEY = "tests-only-" + "k" * 32
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(request: pytest.FixtureRequest) -> Iterator[Path | None]:
    """The data folder, with no list in it yet."""
    if "app" not in request.fixturenames and "shop" not in request.fixturenames:
        yield None
        return
    app: Flask = request.getfixturevalue("app")
    path = app.extensions["samtykke"].data_dir
    (path / ERASURE_LOG).unlink(missing_ok=True)
    yield path
    (path / ERASURE_LOG).unlink(missing_ok=True)


def listed() -> list[LoggedErasure]:
    return list(erasure_log.read(settings().data_dir / ERASURE_LOG))


def erase(shop: Shop, visitor: str) -> int:
    headers = {"Authorization": f"Bearer {visitor}", "Origin": ORIGIN}
    return int(shop.client.delete(f"/api/v1/sites/{shop.site.key}/me", headers=headers).get_json()["erased"])


def numbers(shop: Shop) -> set[str]:
    db.session.rollback()
    return {row.consent_id for row in decisions.export(shop.site.id)}


def backup() -> Callable[[], None]:
    """A function that restores every table to its rows of now."""
    db.session.rollback()
    tables = db.metadata.sorted_tables
    held = {
        table.name: [dict(row._mapping) for row in db.session.execute(table.select())] for table in tables
    }

    def restore() -> None:
        db.session.remove()
        with db.engine.begin() as connection:
            for table in reversed(tables):
                connection.execute(table.delete())
            for table in tables:
                if held[table.name]:
                    connection.execute(table.insert(), held[table.name])

    return restore


def entries(kind: int) -> int:
    with transaction():
        sequencing.sequence(now=clock.now(), signer=SIGNER)
    return sum(entry.kind == kind for log in reading.logs() for entry in reading.entries(log, 0, 1000))


# --- the list ----------------------------------------------------------------------------------------------


def test_an_erasure_is_on_the_list_before_it_is_promised(shop: Shop) -> None:
    visitor = new_id()
    for _ in range(3):
        shop.post(sent(visitor=visitor))
    commitments = {
        bytes(row.commitment) for row in db.session.execute(db.metadata.tables["consent"].select())
    }
    assert listed() == []
    assert erase(shop, visitor) == 3
    assert {each.commitment for each in listed()} == commitments


def test_nothing_on_the_list_is_anybodys(shop: Shop, folder: Path) -> None:
    visitor = new_id()
    bodies = [sent(visitor=visitor) for _ in range(2)]
    receipts = [shop.post(body).get_json() for body in bodies]
    erase(shop, visitor)
    text = (folder / ERASURE_LOG).read_text()
    for line in filter(None, text.splitlines()):
        assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d {shop.site.id} [0-9a-f]{{64}} [0-9a-f]{{64}}", line)
    for canary in (visitor, *(body["id"] for body in bodies), *(each["consent_id"] for each in receipts)):
        assert str(canary) not in text
    assert (folder / ERASURE_LOG).stat().st_mode & 0o777 == 0o600


def test_what_is_deleted_because_it_is_due_need_not_be_listed(shop: Shop) -> None:
    shop.post(sent())
    assert jobs.retain(clock.now() + timedelta(days=900)) == 1
    assert listed() == []


def test_an_erasure_that_cannot_be_listed_is_not_promised(shop: Shop, folder: Path) -> None:
    visitor = new_id()
    shop.post(sent(visitor=visitor))
    (folder / ERASURE_LOG).mkdir()
    try:
        headers = {"Authorization": f"Bearer {visitor}", "Origin": ORIGIN}
        answer = shop.client.delete("/api/v1/sites/butikk/me", headers=headers)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert len(numbers(shop)) == 1
    finally:
        (folder / ERASURE_LOG).rmdir()


@given(
    st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)), max_size=8),
    st.binary(max_size=90),
)
def test_a_list_is_read_as_it_was_written_whatever_was_cut_off_in_it(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[bytes, bytes]], torn: bytes
) -> None:
    folder = tmp_path_factory.mktemp("list")
    site_id = new_id()
    erased = [LoggedErasure(site_id, *pair) for pair in pairs]
    day = date(2026, 11, 22)
    erasure_log.append(folder, erased[:4], day=day)
    with (folder / ERASURE_LOG).open("ab") as file:
        file.write(erasure_log.line(LoggedErasure(site_id, bytes(32), bytes(32)), day).encode()[: len(torn)])
    erasure_log.append(folder, erased[4:], day=day)
    assert list(erasure_log.read(folder / ERASURE_LOG)) == erased
    assert erasure_log.newest(folder / ERASURE_LOG) == erased
    assert list(erasure_log.read(folder / "none")) == erasure_log.newest(folder / "none") == []


# --- after a restore ---------------------------------------------------------------------------------------


def test_what_a_backup_restores_is_erased_again(shop: Shop) -> None:
    gone, other, later = new_id(), new_id(), new_id()
    for visitor in (gone, gone, other):
        shop.post(sent(visitor=visitor))
    stays = {row.consent_id for row in decisions.export(shop.site.id)}
    entries(KIND_ERASURE)
    restore = backup()
    shop.post(sent(visitor=later))
    assert erase(shop, gone) == 2
    assert erase(shop, later) == 1
    assert jobs.replay() == 0, "as long as the database knows its erasures, there is nothing to do"
    restore()
    assert numbers(shop) == stays
    assert jobs.replay() == 2
    assert len(numbers(shop)) == 1
    assert shop.client.get(
        "/api/v1/sites/butikk/me", headers={"Authorization": f"Bearer {other}", "Origin": ORIGIN}
    ).get_json()["records"]
    # Each is known as erased again, the one too that the backup never had; and each has its tombstone.
    assert len(db.session.execute(db.metadata.tables["consent_erasure"].select()).all()) == 3
    assert entries(KIND_ERASURE) == 3
    assert jobs.replay() == 0


def test_a_late_repeat_of_what_was_erased_is_refused_after_the_restore_too(shop: Shop) -> None:
    body = sent()
    restore = backup()
    shop.post(body)
    erase(shop, body["visitor"])
    restore()
    jobs.replay()
    answer = shop.post(body)
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "decision_erased")


def test_a_replay_is_noted_in_the_audit_log(shop: Shop) -> None:
    visitor = new_id()
    shop.post(sent(visitor=visitor))
    restore = backup()
    erase(shop, visitor)
    restore()
    jobs.replay()
    (event,) = audit_log.audit_events(only=None, action="erasures_replayed", limit=9)
    assert (event.by, event.subject) == (SCHEDULE, "1 record")


def test_erasures_of_a_site_that_the_backup_does_not_have_are_passed_over(shop: Shop) -> None:
    restore = backup()
    other = open_shop(shop.client, "kiosk")
    visitor = new_id()
    other.post(sent(visitor=visitor))
    erase(other, visitor)
    restore()
    assert jobs.replay() == 0
    assert len(listed()) == 1


def test_a_long_list_is_replayed_in_parts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "REPLAY_BATCH", 3)
    visitor = new_id()
    with transaction():
        for _ in range(10):
            decisions.record(shop.site, decision(visitor=visitor), secret_key=KEY, now=NOON)
    restore = backup()
    erase(shop, visitor)
    restore()
    lost = list(retention.missing_erasures([settings().data_dir / ERASURE_LOG]))
    assert [len(each.numbers) for each in lost] == [3, 3, 3, 1, 0, 0, 0, 0]
    assert jobs.replay() == 10
    assert numbers(shop) == set()


# --- the commands ------------------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Flask]:
    """A data folder of its own, as commands see it."""
    for name, value in (
        ("DATA_DIR", str(tmp_path)),
        ("DATABASE_URL", f"sqlite:///{tmp_path / 'samtykke.db'}"),
        ("SECRET_KEY", KEY),
    ):
        monkeypatch.setenv(f"SAMTYKKE_{name}", value)
    assert run(create_app, ["migrate"]) == 0
    return tmp_path, create_app(Settings.from_env())


def test_a_list_from_the_database_replays_where_the_file_was_lost(
    own_folder: tuple[Path, Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, app = own_folder
    visitor = new_id()
    with app.app_context():
        shop = open_shop(app.test_client())
        for _ in range(2):
            shop.post(sent(visitor=visitor))
        shop.post(sent())
        restore = backup()
        erase(shop, visitor)
    capsys.readouterr()
    assert run(create_app, ["erasure", "list"]) == 0
    saved = folder / "saved"
    saved.write_text(capsys.readouterr().out)
    (folder / ERASURE_LOG).unlink()
    with app.app_context():
        restore()
    assert run(create_app, ["erasure", "replay", str(saved), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"deleted": 2}
    assert run(create_app, ["erasure", "replay", str(saved)]) == 0
    assert capsys.readouterr().out == "0 records were deleted again.\n"
    with app.app_context():
        assert len(numbers(shop)) == 1
    assert run(create_app, ["erasure", "scrub"]) == 0
    assert run(create_app, ["erasure", "scrub", "--rewrite"]) == 0


def test_a_file_that_is_no_list_of_erasures_is_not_taken_for_an_all_clear(
    own_folder: tuple[Path, Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = own_folder
    wrong, empty = folder / "wrong", folder / "empty"
    wrong.write_text('{"consent_id": "0123"}\n')
    empty.write_text("")
    assert run(create_app, ["erasure", "replay", str(wrong)]) == 2
    assert "is not a list of erasures" in capsys.readouterr().err
    assert run(create_app, ["erasure", "replay", str(empty)]) == 0


def commands(out: Callable[[], str]) -> Callable[..., Any]:
    def ask(*arguments: str, status: int = 0) -> Any:
        assert run(create_app, [*arguments, "--json"]) == status
        return json.loads(out())

    return ask


def test_a_number_shows_the_record_the_banner_and_erases_it(
    own_folder: tuple[Path, Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, app = own_folder
    ask = commands(lambda: capsys.readouterr().out)
    visitor = new_id()
    with app.app_context():
        shop = open_shop(app.test_client())
        mine = [shop.post(sent(visitor=visitor, language=language)).get_json() for language in ("nb", "en")]
        script = app.test_client().get("/w/butikk.js")
        assert script.status_code == 200
    number = mine[0]["consent_id"]
    capsys.readouterr()
    shown = ask("consents", "show", number.lower(), "--banner", str(folder / "banner.html"))
    assert shown["site"] == "butikk"
    assert [each["consent_id"] for each in shown["records"]] == [number]
    assert (shown["banner"]["version"], shown["banner"]["matches"], shown["log"]) == (1, True, None)
    page = (folder / "banner.html").read_text()
    assert script.data in base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])  # type: ignore[index]
    assert '<html lang="nb">' in page
    ask("consents", "show", mine[1]["consent_id"], "--banner", str(folder / "banner.html"))
    page = (folder / "banner.html").read_text()
    assert '<html lang="en">' in page
    carried = base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])  # type: ignore[index]
    assert b"Accept all" in page.encode() + carried, "other languages are in the page, not on a server"
    assert len(ask("consents", "show", number, "--browser")["records"]) == 2
    assert ask("consents", "erase", number) == {"erased": 1}
    assert run(create_app, ["consents", "show", number]) == 2
    assert "o decision with the number" in capsys.readouterr().err
    assert ask("consents", "erase", mine[1]["consent_id"], "--site", "butikk", "--browser") == {"erased": 1}
    with app.app_context():
        events = audit_log.audit_events(only=None, limit=4)
    assert [event.action for event in reversed(events)] == [
        "consent_looked_up",
        "consent_looked_up",
        "consent_erased",
        "consent_erased",
    ]
    assert number not in str(events)


def test_each_site_keeps_its_records_for_as_long_as_it_says(
    own_folder: tuple[Path, Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    _, app = own_folder
    ask = commands(lambda: capsys.readouterr().out)
    with app.app_context():
        for key in ("butikk", "kiosk"):
            shop = open_shop(app.test_client(), key)
            with transaction():
                receipt, _ = decisions.record(shop.site, decision(), secret_key=KEY, now=NOON)
    capsys.readouterr()
    assert ask("retention", "set", "kiosk", "30") == {"site": "kiosk", "days": 30}
    due = receipt.expires_at + timedelta(days=30)
    assert ask("retention", "run", "--now", due.isoformat())["deleted"] == 1
    shown = ask("retention", "show", "kiosk")
    assert shown["days"] == 30
    assert shown["runs"] == [{"due_at": due.isoformat(), "days": 30, "after_expiry": 1, "at_the_latest": 0}]
    assert ask("retention", "show", "butikk")["runs"] == []
    ask("retention", "set", "butikk", "1825")
    assert ask("retention", "run", "--now", (NOON + timedelta(days=5 * 365)).isoformat())["deleted"] == 1
    assert ask("retention", "show", "butikk")["runs"][0]["at_the_latest"] == 1
    assert run(create_app, ["retention", "set", "butikk", "1826"]) == 2
    with app.app_context():
        done = [event.action for event in audit_log.audit_events(only=None, limit=9)]
    assert done[::-1] == ["retention_changed", "retention_run", "retention_changed", "retention_run"]


def test_an_export_can_be_of_some_days_a_version_or_an_action(
    own_folder: tuple[Path, Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    _, app = own_folder
    with app.app_context():
        shop = open_shop(app.test_client())
        for day in range(4):
            with transaction():
                decisions.record(shop.site, decision(), secret_key=KEY, now=NOON + timedelta(days=day))

    def exported(*options: str) -> int:
        capsys.readouterr()
        assert run(create_app, ["consents", "export", "butikk", *options]) == 0
        return len(capsys.readouterr().out.splitlines())

    assert exported() == 4
    assert exported("--from", "2026-11-23", "--to", "2026-11-24") == 2
    assert exported("--to", "2026-11-22", "--format", "csv") == 2
    assert exported("--version", "2") == 0
    assert exported("--action", "save", "--version", "1") == 4
    assert exported("--action", "withdraw", "--format", "csv") == 1
    assert run(create_app, ["consents", "export", "butikk", "--from", "soon"]) == 2
    with app.app_context():
        events = audit_log.audit_events(only=None, limit=9)
    assert events[-2].detail == "from 2026-11-23, to 2026-11-24"
