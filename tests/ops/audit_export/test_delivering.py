"""The worker delivers each event to each target in order, on both databases."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.accounts.service import audit_deliveries, audit_log
from server.accounts.values import Actor
from server.core import clock
from server.core.db import transaction
from server.core.event_targets import EventTarget, event_target
from server.core.http import settings
from server.ops.audit_export import delivering, targets

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
KARI = Actor("person", "kari@example.no")


@pytest.fixture
def file(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is a target."""
    found = tmp_path / "audit.jsonl"
    aim(app, monkeypatch, event_target(f"file://{found}"))
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return found


def aim(app: Flask, monkeypatch: pytest.MonkeyPatch, *where: EventTarget) -> None:
    monkeypatch.setitem(app.extensions, "samtykke", replace(settings(), audit_targets=where))


def happen(times: int = 1) -> None:
    with transaction():
        for _ in range(times):
            audit_log.record_event("login", by=KARI, now=NOW)


def numbers(file: Path) -> list[int]:
    return [json.loads(line)["number"] for line in file.read_text().splitlines()]


def test_every_event_comes_once_and_in_order_across_batches(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "BATCH", 2)
    assert delivering.deliver() == 0
    assert not file.exists()
    happen(5)
    assert delivering.deliver() == 5
    assert delivering.deliver() == 0
    happen(2)
    assert delivering.deliver() == 2
    assert numbers(file) == [1, 2, 3, 4, 5, 6, 7]


def test_a_receiver_of_otlp_gets_a_batch_in_one_request(
    file: Path, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[list[bytes]] = []
    monkeypatch.setattr(targets, "deliver", lambda _target, messages, tls: sent.append(list(messages)))
    aim(app, monkeypatch, event_target("otlp+https://otel.example.no"))
    happen(3)
    assert delivering.deliver() == 3
    ((request,),) = sent
    logs = json.loads(request)["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert [json.loads(one["body"]["stringValue"])["number"] for one in logs] == [1, 2, 3]


def test_a_target_that_fails_is_left_alone_for_a_while_and_gets_everything_then(
    file: Path, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: FlaskClient
) -> None:
    broken = event_target(f"file://{tmp_path}/none/audit.jsonl")
    aim(app, monkeypatch, broken, event_target(f"file://{file}"))
    happen(3)
    assert delivering.deliver() == 3
    assert numbers(file) == [1, 2, 3]
    lines = client.get("/metrics").text.splitlines()
    behind = [line for line in lines if line.startswith("samtykke_audit_export_behind{")]
    assert sorted(line[-3:] for line in behind) == ["0.0", "3.0"]
    broken.path.parent.mkdir()
    assert delivering.deliver() == 0
    monkeypatch.setattr(clock, "now", lambda: NOW + delivering.PAUSE)
    assert delivering.deliver() == 3
    assert numbers(broken.path) == [1, 2, 3]


def test_what_was_delivered_and_not_noted_comes_again_with_the_same_number(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(2)
    with monkeypatch.context() as patch:

        def die(*_arguments: object, **_named: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(audit_deliveries, "advance", die)
        with pytest.raises(KeyboardInterrupt):
            delivering.deliver()
    assert delivering.deliver() == 0, "the claim goes on"
    monkeypatch.setattr(clock, "now", lambda: NOW + delivering.LEASE)
    assert delivering.deliver() == 2
    assert numbers(file) == [1, 2, 1, 2]


def test_two_workers_do_not_deliver_to_one_target_at_once(file: Path, app: Flask) -> None:
    happen()
    name = settings().audit_targets[0].name
    with transaction():
        first = audit_deliveries.claim(name, until=NOW + delivering.LEASE, now=NOW)
    assert first is not None
    with transaction():
        assert audit_deliveries.claim(name, until=NOW + delivering.LEASE, now=NOW) is None
    assert delivering.deliver() == 0
    late = NOW + timedelta(minutes=3)
    with transaction():
        second = audit_deliveries.claim(name, until=late + delivering.LEASE, now=late)
    assert second is not None
    with transaction():
        audit_deliveries.advance(first, number=1, now=late)
    assert audit_deliveries.behind(name) == 1, "whose claim has ended notes nothing"
    with transaction():
        audit_deliveries.advance(second, number=1, now=late)
    assert audit_deliveries.behind(name) == 0


def test_the_database_is_free_while_a_receiver_takes_its_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen()

    def slow(*_arguments: object, **_named: object) -> None:
        happen()  # waits for ever if a transaction were open on SQLite

    monkeypatch.setattr(targets, "deliver", slow)
    assert delivering.deliver() == 1
    assert audit_deliveries.behind(settings().audit_targets[0].name) == 1
