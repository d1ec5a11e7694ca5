"""Records are retained as long as they may be needed, and no longer."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from server.app import create_app
from server.consents import jobs
from server.consents.service import decisions, retention
from server.core import clock
from server.core.db import db, transaction
from server.ledger.service import reading, sequencing
from server.ledger.values import KIND_ERASURE
from server.notices.retention import RULES
from server.ops.cli import run
from server.sites import service as sites
from tests.conftest import settings_for
from tests.consents.shops import Shop, decision, open_shop, publish, sent
from tests.processes import PATIENCE

KEY = "tests-only-" + "k" * 32
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(milliseconds=1)


def decide(shop: Shop, *, now: datetime = NOON, version: int = 1) -> tuple[str, datetime]:
    """A stored decision: its number, and when it expires."""
    with transaction():
        receipt, _ = decisions.record(shop.site, decision(version=version), secret_key=KEY, now=now)
    return receipt.consent_id, receipt.expires_at


def retain(shop: Shop, now: datetime, *, batch: int = 500) -> int:
    with transaction():
        return retention.retain(sites.find_by_id(shop.site.id), secret_key=KEY, now=now, batch=batch)


def retained(shop: Shop) -> set[str]:
    db.session.rollback()
    return {row.consent_id for row in decisions.export(shop.site.id)}


def test_a_record_is_retained_a_year_longer_than_its_decision_lasts(shop: Shop) -> None:
    number, expires = decide(shop)
    assert retain(shop, expires + 365 * DAY - TICK) == 0
    assert retained(shop) == {number}
    assert retain(shop, expires + 365 * DAY) == 1
    assert retained(shop) == set()


def test_no_record_is_retained_longer_than_five_years(shop: Shop) -> None:
    publish(shop.site, refusal_days=3650)
    with transaction():
        refused = decision(version=2, choices=dict.fromkeys(decision().choices, False))
        decisions.record(shop.site, refused, secret_key=KEY, now=NOON)
    assert retain(shop, NOON + 5 * 365 * DAY - TICK) == 0
    assert retain(shop, NOON + 5 * 365 * DAY) == 1


def test_only_what_is_due_is_deleted(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    _, expires = decide(shop)
    later, _ = decide(shop, now=NOON + DAY)
    elsewhere, _ = decide(other)
    assert retain(shop, expires + 365 * DAY) == 1
    assert (retained(shop), retained(other)) == ({later}, {elsewhere})


def test_batches_are_as_small_as_asked_for(shop: Shop) -> None:
    for _ in range(5):
        decide(shop)
    long_after = NOON + 900 * DAY
    assert [retain(shop, long_after, batch=2) for _ in range(4)] == [2, 2, 1, 0]


def test_every_deletion_leaves_a_tombstone_and_no_name(shop: Shop) -> None:
    for _ in range(3):
        decide(shop)
    retain(shop, NOON + 900 * DAY)
    with transaction():
        sequencing.sequence(now=clock.now())
    found = [entry for log in reading.logs() for entry in reading.entries(log, 0, 100)]
    assert sum(entry.kind == KIND_ERASURE for entry in found) == 3
    assert {entry.subject for entry in found} == {"", "1"}  # the published version has its number


def test_a_late_repeat_of_what_was_deleted_is_refused(shop: Shop) -> None:
    body = sent()
    shop.post(body)
    retain(shop, clock.now() + 900 * DAY)
    answer = shop.post(body)
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "decision_erased")


def test_the_job_deletes_what_is_due_of_every_site(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    other = open_shop(shop.client, "kiosk")
    for _ in range(5):
        decide(shop)
    decide(other)
    fresh, _ = decide(other, now=NOON + 400 * DAY)
    assert jobs.retain(NOON + 900 * DAY) == 6
    assert (retained(shop), retained(other)) == (set(), {fresh})
    assert jobs.retain(NOON + 900 * DAY) == 0


def test_the_job_deletes_nothing_that_is_young(shop: Shop) -> None:
    shop.post(sent())
    assert jobs.retain() == 0
    assert len(retained(shop)) == 1


def test_decisions_are_stored_while_others_are_deleted(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 5)
    long_ago = clock.now() - 800 * DAY
    for _ in range(60):
        decide(shop, now=long_ago)
    start = threading.Barrier(3)

    def send(_side: int) -> list[int]:
        browser = Shop(shop.site, app.test_client())
        start.wait(timeout=PATIENCE)
        return [browser.post(sent()).status_code for _ in range(15)]

    with ThreadPoolExecutor(2) as pool:
        sending = [pool.submit(send, side) for side in range(2)]
        start.wait(timeout=PATIENCE)
        deleted = jobs.retain()
        assert [each.result() for each in sending] == [[201] * 15] * 2
    assert deleted == 60
    assert len(retained(shop)) == 30


# --- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def old_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """A database of its own with two records of last year; gives the number that is left."""
    settings = settings_for(tmp_path)
    monkeypatch.setenv("SAMTYKKE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SAMTYKKE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SAMTYKKE_SECRET_KEY", settings.secret_key)
    assert run(create_app, ["migrate"]) == 0
    made = create_app(settings)
    with made.app_context():
        shop = open_shop(made.test_client())
        for _ in range(2):
            decide(shop)

    def left() -> int:
        with made.app_context():
            return len(retained(shop))

    return left


def test_the_command_says_how_many_it_has_deleted(
    old_shop: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(create_app, ["retention", "run", "--now", "2027-11-01T00:00:00Z"]) == 0
    # Below, a line for each rule of notices.
    assert (capsys.readouterr().out.splitlines()[0], old_shop()) == ("0 records were deleted.", 2)
    assert run(create_app, ["retention", "run", "--now", "2029-01-01", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown.pop("now"), shown.pop("deleted")) == ("2029-01-01T00:00:00+00:00", 2)
    assert shown == {name: 0 for name, rule in RULES.items() if rule.period is not None}
    assert old_shop() == 0


@pytest.mark.parametrize("moment", ["soon", "", "2026-13-01", "0001-01-01T00:00:00+23:59"])
def test_a_time_that_is_none_is_wrong_usage(
    old_shop: Callable[[], int], capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    capsys.readouterr()
    assert run(create_app, ["retention", "run", "--now", moment]) == 2
    assert "--now" in capsys.readouterr().err
    assert old_shop() == 2
