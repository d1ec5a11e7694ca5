"""After a restore the log that had signed more is left alone, and another goes on."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, transaction
from server.ledger import jobs, note
from server.ledger.service import checkpoints, outbox, reading, verification
from server.ledger.values import KIND_DECISION, end_of, successor

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def folder(app: Flask) -> Iterator[Path]:
    data: Path = app.extensions["samtykke"].data_dir
    yield data
    shutil.rmtree(data / checkpoints.FOLDER, ignore_errors=True)
    (data / "log-key.pem").unlink(missing_ok=True)


def grow(count: int, *, now: datetime = NOON) -> None:
    with transaction():
        for number in range(count):
            outbox.append(KIND_DECISION, "s" * 22, str(number), number.to_bytes(32, "big"), now=now)
    jobs.sequence(now)
    db.session.rollback()


def lose_everything() -> None:
    with db.engine.begin() as connection:
        for table in ("ledger_entry", "ledger_tile", "ledger_state", "ledger_key"):
            connection.execute(sa.text(f"DELETE FROM {table}"))


def test_a_log_that_was_rolled_back_signs_nothing_more(app: Flask, folder: Path) -> None:
    grow(9)
    jobs.store_checkpoints(NOON)
    lose_everything()
    grow(3)
    assert reading.sizes() == {"2026h2b": 4}
    assert reading.checkpoint("2026h2") is None
    signed = reading.checkpoint("2026h2b")
    assert signed is not None
    assert note.trusted_checkpoint(signed, reading.keys()).origin == "127.0.0.1:8000/log/2026h2b"
    assert app.test_client().get("/log/2026h2b/checkpoint").text == signed


def test_the_next_log_goes_on_like_any_other(app: Flask, folder: Path) -> None:
    grow(9)
    jobs.store_checkpoints(NOON)
    lose_everything()
    for _ in range(3):
        grow(3)
        jobs.store_checkpoints(NOON)
    assert reading.sizes() == {"2026h2b": 10}
    assert {each.checkpoint.size for each in checkpoints.stored(folder / checkpoints.FOLDER)} == {10}
    grow(1, now=NOON + timedelta(days=60))
    assert list(reading.sizes()) == ["2026h2b", "2027h1"]


def test_a_check_reports_what_was_lost(app: Flask, folder: Path) -> None:
    grow(9)
    jobs.store_checkpoints(NOON)
    remembered = [
        verification.Remembered("a stored file", each.checkpoint)
        for each in checkpoints.stored(folder / "checkpoints")
    ]
    lose_everything()
    grow(3)
    with pytest.raises(verification.Fault, match="There is no log"):
        list(verification.check(remembered, lambda _: None, verification.Found()))


def test_a_log_that_was_not_rolled_back_has_no_successor(app: Flask, folder: Path) -> None:
    for _ in range(3):
        grow(3)
        jobs.store_checkpoints(NOON)
    assert reading.sizes() == {"2026h2": 10}


def test_a_damaged_copy_does_not_stop_the_log(app: Flask, folder: Path) -> None:
    grow(3)
    jobs.store_checkpoints(NOON)
    (path,) = (folder / checkpoints.FOLDER / "2026h2").iterdir()
    path.write_text("", "utf-8")
    grow(3)
    assert reading.sizes() == {"2026h2": 7}


def test_successors_are_counted_by_letters() -> None:
    assert (successor("2026h2"), successor("2026h2b")) == ("2026h2b", "2026h2c")
    assert end_of("2026h1c") == datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="too many"):
        successor("2026h2z")
