"""A receipt proves one decision to anyone who has the log's key; one that was changed proves nothing."""

import base64
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from server.app import create_app
from server.consents.receipts import InvalidReceipt, verify, write
from server.consents.service import decisions
from server.core import clock
from server.core.db import transaction
from server.core.ids import new_id, new_number
from server.ledger import note
from server.ledger.service import reading, sequencing
from server.ops.cli import run
from tests.consents.receipts.forgeries import (
    GENUINE,
    KEYS,
    LOG,
    OTHER_KEYS,
    RECORD,
    SALT,
    Forgery,
    forgeries,
    proof,
)
from tests.consents.shops import ORIGIN, Shop, open_shop, sent
from tests.ledger.keys import NEXT, SIGNER


def sequence() -> None:
    with transaction():
        sequencing.sequence(now=clock.now(), signer=SIGNER)


def ask(shop: Shop, visitor: str, name: str, query: str = "") -> TestResponse:
    return shop.client.get(
        f"/api/v1/sites/{shop.site.key}/me/receipts/{name}{query}",
        headers={"Authorization": f"Bearer {visitor}", "Origin": ORIGIN},
    )


def decide(shop: Shop, visitor: str, **changes: object) -> dict[str, Any]:
    answer = shop.post(sent(visitor=visitor, **changes))
    assert answer.status_code == 201
    return dict(answer.get_json())


def keys_of(log_keys: Any = None) -> list[note.Key]:
    return list(log_keys or reading.keys())


# --- over HTTP ---------------------------------------------------------------------------------------------


def test_a_browser_gets_a_file_that_proves_its_decision(shop: Shop) -> None:
    visitor = new_id()
    for _ in range(5):
        decide(shop, new_id())
    receipt = decide(shop, visitor)
    sequence()
    answer = ask(shop, visitor, receipt["consent_id"])
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert f'filename="samtykke-{receipt["consent_id"]}.json"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.get_json()) == {"format", "record", "salt", "entry", "proof"}
    proved = verify(answer.data, keys_of())
    assert proved.record["cid"] == receipt["consent_id"]
    assert proved.record["choices"] == receipt["choices"]


def test_the_browsers_own_id_of_the_decision_finds_it_too(shop: Shop) -> None:
    visitor = new_id()
    receipt = decide(shop, visitor)
    sequence()
    assert ask(shop, visitor, receipt["id"]).data == ask(shop, visitor, receipt["consent_id"]).data


def test_nobody_gets_the_receipt_of_another_browser_or_site(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    visitor = new_id()
    receipt = decide(shop, visitor)
    sequence()
    for asked in (
        ask(shop, new_id(), receipt["consent_id"]),
        ask(shop, new_id(), receipt["id"]),
        ask(other, visitor, receipt["consent_id"]),
        ask(shop, visitor, new_number()),
        ask(shop, visitor, new_id()),
        ask(shop, visitor, "x"),
    ):
        assert (asked.status_code, asked.get_json()["reason"]) == (404, "consent_unknown")
    assert shop.client.get(f"/api/v1/sites/butikk/me/receipts/{receipt['id']}").status_code == 403


def test_a_record_that_waits_for_the_log_asks_for_a_moments_patience(shop: Shop) -> None:
    visitor = new_id()
    receipt = decide(shop, visitor)
    answer = ask(shop, visitor, receipt["consent_id"])
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "receipt_pending")
    assert 1 < int(answer.headers["Retry-After"]) <= 6
    sequence()
    assert ask(shop, visitor, receipt["consent_id"]).status_code == 200


def test_a_receipt_says_when_it_will_be_there(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the log is published once an hour."""
    hourly = dataclasses.replace(app.extensions["samtykke"], checkpoint_every=timedelta(hours=1))
    monkeypatch.setitem(app.extensions, "samtykke", hourly)
    visitor = new_id()
    receipt = decide(shop, visitor)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 29, 11, 58, 59, 500_000, tzinfo=UTC))
    answer = ask(shop, visitor, receipt["consent_id"])
    assert "2026-11-29T12:00:00Z" in answer.get_json()["message"]
    assert answer.headers["Retry-After"] == "62"


def test_a_saved_receipt_proves_the_decision_after_everything_was_erased(shop: Shop) -> None:
    visitor = new_id()
    receipt = decide(shop, visitor)
    sequence()
    saved = ask(shop, visitor, receipt["consent_id"]).data
    shop.client.delete(
        "/api/v1/sites/butikk/me", headers={"Authorization": f"Bearer {visitor}", "Origin": ORIGIN}
    )
    sequence()
    assert verify(saved, keys_of()).record["cid"] == receipt["consent_id"]
    assert ask(shop, visitor, receipt["consent_id"]).status_code == 404


def test_a_receipt_made_before_the_key_was_rotated_is_proved_by_the_key_of_then(shop: Shop) -> None:
    visitor = new_id()
    receipt = decide(shop, visitor)
    sequence()
    before = ask(shop, visitor, receipt["consent_id"]).data
    decide(shop, new_id())
    with transaction():
        sequencing.sequence(now=clock.now(), signer=NEXT)
    after = ask(shop, visitor, receipt["consent_id"]).data
    assert verify(before, keys_of()).index == verify(after, keys_of()).index
    origin = verify(after, keys_of()).origin
    with pytest.raises(InvalidReceipt, match="not signed by any key"):
        verify(after, [SIGNER.key(origin)])


def test_every_record_of_a_browser_has_a_receipt_and_they_differ(shop: Shop) -> None:
    visitor = new_id()
    numbers = {decide(shop, visitor)["consent_id"] for _ in range(3)}
    sequence()
    proved = {verify(ask(shop, visitor, number).data, keys_of()).record["cid"] for number in numbers}
    assert proved == numbers


# --- forgeries ---------------------------------------------------------------------------------------------


def test_the_genuine_receipt_proves_its_record() -> None:
    proved = verify(GENUINE, KEYS)
    assert (proved.record, proved.origin, proved.index, proved.size) == (RECORD, LOG, 5, 11)


@given(st.integers(0, len(GENUINE) * 8 - 1))
@settings(max_examples=1500)
def test_a_receipt_with_one_bit_flipped_anywhere_proves_nothing(bit: int) -> None:
    forged = bytearray(GENUINE)
    forged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidReceipt):
        verify(bytes(forged), KEYS)


@given(st.data())
def test_a_receipt_with_a_bit_flipped_in_a_part_is_refused_by_name(data: st.DataObject) -> None:
    value = json.loads(GENUINE)
    part = data.draw(st.sampled_from(["salt", "entry", "path", "root", "signature", "index"]))
    if part in ("salt", "entry"):
        raw = bytearray.fromhex(value[part])
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        value[part] = raw.hex()
    else:
        above, signed = value["proof"].split("\n\n", 1)
        lines, below = above.split("\n"), signed.split("\n")
        if part == "index":
            lines[1] = f"index {5 ^ (1 << data.draw(st.integers(0, 62)))}"
        elif part == "path":
            at = data.draw(st.integers(2, len(lines) - 1))
            lines[at] = flipped(data, lines[at])
        elif part == "root":
            below[2] = flipped(data, below[2])
        else:
            line, encoded = below[4].rsplit(" ", 1)
            below[4] = f"{line} {flipped(data, encoded)}"
        value["proof"] = "\n".join(lines) + "\n\n" + "\n".join(below)
    with pytest.raises(InvalidReceipt) as fault:
        verify(json.dumps(value).encode(), KEYS)
    named = {"salt": "entry", "entry": "entry", "path": "place", "index": "place"}.get(part, "checkpoint")
    assert named in str(fault.value)


def flipped(data: st.DataObject, encoded: str) -> str:
    raw = bytearray(base64.b64decode(encoded))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    return base64.b64encode(raw).decode()


@given(st.integers(0, 40), st.integers(0, 40))
def test_every_place_of_every_tree_can_be_proved(index: int, more: int) -> None:
    made = proof(index, index + 1 + more)
    assert verify(write(RECORD, SALT, made).encode(), KEYS).size == made.size


@pytest.mark.parametrize("forgery", forgeries(), ids=lambda forgery: forgery.name)
def test_a_forgery_is_refused_in_a_sentence(forgery: Forgery) -> None:
    with pytest.raises(InvalidReceipt) as fault:
        verify(forgery.file, KEYS)
    assert forgery.named in str(fault.value)


def test_a_receipt_may_be_reformatted() -> None:
    assert verify(json.dumps(json.loads(GENUINE), indent=2).encode(), KEYS).record == RECORD


@pytest.mark.parametrize("keys", list(OTHER_KEYS.values()), ids=list(OTHER_KEYS))
def test_no_key_is_trusted_that_was_not_named(keys: list[note.Key]) -> None:
    with pytest.raises(InvalidReceipt, match="checkpoint is not signed"):
        verify(GENUINE, keys)


# --- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder, and no database that could be reached."""
    monkeypatch.setenv("SAMTYKKE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    (tmp_path / "receipt.json").write_bytes(GENUINE)
    return tmp_path


def test_the_command_needs_the_file_and_the_key_alone(
    offline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, vkey = str(offline / "receipt.json"), KEYS[0].vkey
    assert run(create_app, ["log", "verify", file, "--key", vkey]) == 0
    assert f"Proved: the log {LOG} has this record at place 5 of 11." in capsys.readouterr().out
    (offline / "keys").write_text(f"{NEXT.key(LOG).vkey}\n{vkey}\n\n")
    assert run(create_app, ["log", "verify", file, "--key", str(offline / "keys"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["record"] == RECORD


def test_the_command_reports_what_does_not_match(offline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = offline / "receipt.json"
    file.write_bytes(GENUINE.replace(b'"version":3', b'"version":4'))
    assert run(create_app, ["log", "verify", str(file), "--key", KEYS[0].vkey]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("The entry does not commit to this record")
    assert run(create_app, ["log", "verify", str(file), "--key", KEYS[0].vkey, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["proved"] is False


@pytest.mark.parametrize(
    ("file", "key"), [("nowhere.json", KEYS[0].vkey), ("receipt.json", "abc"), ("receipt.json", "empty")]
)
def test_the_command_says_when_it_is_used_wrongly(
    offline: Path, capsys: pytest.CaptureFixture[str], file: str, key: str
) -> None:
    (offline / "empty").write_text("\n")
    named = str(offline / key) if key == "empty" else key
    assert run(create_app, ["log", "verify", str(offline / file), "--key", named]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_staff_get_the_receipt_by_number(app: Flask, shop: Shop) -> None:
    receipt = decide(shop, new_id())
    sequence()
    number = receipt["consent_id"].lower()
    saved = decisions.receipt(shop.site.id, number, now=clock.now(), checkpoint_every=timedelta(seconds=5))
    assert verify(saved.encode(), keys_of()).record["cid"] == receipt["consent_id"]
    assert decisions.log_position(shop.site.id, receipt["consent_id"]) is not None
    assert decisions.log_position(shop.site.id, new_number()) is None
