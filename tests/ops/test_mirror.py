"""Who keeps the log's checkpoints elsewhere finds out when it is rewritten, rolled back or forked."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from server.app import create_app
from server.core.db import db, transaction
from server.core.monitoring import CONTRADICTIONS
from server.ledger import jobs
from server.ledger.note import Checkpoint
from server.ledger.service import checkpoints, outbox, reading, sequencing
from server.ledger.service.checkpoints import Contradiction
from server.ledger.values import KIND_DECISION
from server.ops.cli import cli
from tests.ledger.keys import NEXT, SIGNER
from tests.serving import listening

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG = "2026h2"
ORIGIN = "consent.example.no/log/2026h2"


def grow(count: int, *, now: datetime = NOON) -> None:
    with transaction():
        for number in range(count):
            outbox.append(KIND_DECISION, "s" * 22, str(number), number.to_bytes(32, "big"), now=now)
        sequencing.sequence(now=now, signer=SIGNER)


def keep(folder: Path, *, day: int = 22, signed: str | None = None) -> checkpoints.StoredCheckpoint:
    db.session.rollback()
    text = signed or reading.checkpoint(LOG)
    assert text is not None
    keys = [SIGNER.key(ORIGIN)]
    return checkpoints.store(text, keys, reading.tiles_of(LOG), folder, today=date(2026, 11, day))


def sizes(folder: Path) -> dict[str, int]:
    return {each.path.name: each.checkpoint.size for each in checkpoints.stored(folder)}


def test_one_file_a_day_is_stored_with_the_newest_checkpoint(app: Flask, tmp_path: Path) -> None:
    for count, day in ((3, 21), (300, 21), (5, 22), (0, 23)):
        grow(count)
        keep(tmp_path, day=day)
    assert sizes(tmp_path) == {"2026-11-21.txt": 304, "2026-11-22.txt": 309, "2026-11-23.txt": 309}


def test_a_clock_that_is_set_back_does_not_hide_the_newest(app: Flask, tmp_path: Path) -> None:
    grow(3)
    keep(tmp_path, day=22)
    grow(3)
    keep(tmp_path, day=20)
    assert sizes(tmp_path) == {"2026-11-22.txt": 7}


def test_a_log_that_was_rolled_back_is_found(app: Flask, tmp_path: Path) -> None:
    grow(3)
    earlier = reading.checkpoint(LOG)
    grow(3)
    keep(tmp_path)
    with pytest.raises(Contradiction, match="has 4 entries, and had 7"):
        keep(tmp_path, signed=earlier)


@pytest.mark.parametrize("size", [7, 8, 300])
def test_a_log_that_was_forked_is_found(app: Flask, tmp_path: Path, size: int) -> None:
    grow(6)
    keep(tmp_path)
    grow(300)
    fork = SIGNER.sign(Checkpoint(ORIGIN, size, b"f" * 32))
    with pytest.raises(Contradiction, match="does not begin with the 7"):
        keep(tmp_path, signed=fork)
    assert sizes(tmp_path) == {"2026-11-22.txt": 7}


def test_tiles_need_not_be_believed(app: Flask, tmp_path: Path) -> None:
    grow(6)
    keep(tmp_path)
    grow(300)
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_tile SET hashes = :h WHERE level = 0"), {"h": bytes(8192)})
    with pytest.raises(Contradiction, match="does not begin with"):
        keep(tmp_path)
    with db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM ledger_tile WHERE level = 0"))
    with pytest.raises(Contradiction, match="cannot show its history"):
        keep(tmp_path)


def test_a_checkpoint_without_a_trusted_signature_is_not_stored(app: Flask, tmp_path: Path) -> None:
    grow(3)
    forged = NEXT.sign(Checkpoint(ORIGIN, 4, b"f" * 32))
    with pytest.raises(Contradiction, match="not signed by any key"):
        keep(tmp_path, signed=forged)
    assert sizes(tmp_path) == {}


def test_a_damaged_copy_is_not_taken_for_none(app: Flask, tmp_path: Path) -> None:
    grow(3)
    stored = keep(tmp_path)
    stored.path.write_text("", "utf-8")
    grow(1)
    with pytest.raises(Contradiction, match="cannot be read"):
        keep(tmp_path)


def test_the_worker_keeps_checkpoints_and_says_when_they_contradict(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = app.extensions["samtykke"].data_dir / checkpoints.FOLDER
    grow(3)
    jobs.store_checkpoints(NOON)
    assert sizes(folder) == {"2026-11-22.txt": 4}
    with db.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE ledger_state SET checkpoint = :c"),
            {"c": SIGNER.sign(Checkpoint(ORIGIN, 3, b"f" * 32))},
        )
    db.session.rollback()
    before = CONTRADICTIONS.labels(LOG)._value.get()
    jobs.store_checkpoints(NOON)
    assert CONTRADICTIONS.labels(LOG)._value.get() == before + 1
    assert sizes(folder) == {"2026-11-22.txt": 4}
    (folder / LOG / "2026-11-22.txt").unlink()


# --- over HTTP -------------------------------------------------------------------------------------------

Mirror = Callable[..., Result]


@pytest.fixture
def mirror(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Runs `samtykke log mirror` against the application, served on this machine."""
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def command(*, path: str = "/log", key: str = "", to: Path = tmp_path) -> Result:
        vkey = key or SIGNER.key(ORIGIN).vkey
        arguments = ["log", "mirror", f"{address}{path}", "--to", str(to), "--key", vkey]
        return CliRunner().invoke(cli, [*arguments, "--json"], obj=create_app, standalone_mode=False)

    with listening(app, threaded=False) as address:
        yield command


def test_another_machine_keeps_what_it_can_check_by_itself(mirror: Mirror, tmp_path: Path) -> None:
    for count in (3, 300):
        grow(count)
        done = mirror(path=f"/log/{LOG}")
        assert done.return_value == 0, done.output
    printed = json.loads(done.output)
    assert (printed["origin"], printed["size"]) == (ORIGIN, 304)
    assert list(sizes(tmp_path).values()) == [304]


def test_the_mirror_leaves_with_1_when_history_was_rewritten(mirror: Mirror, tmp_path: Path) -> None:
    grow(3)
    assert mirror().return_value == 0
    grow(3)
    fork = SIGNER.sign(Checkpoint(ORIGIN, 7, b"f" * 32))
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_state SET checkpoint = :c"), {"c": fork})
    done = mirror()
    assert done.return_value == 1
    assert "does not begin with the 4" in json.loads(done.output)["fault"]


def test_a_log_that_hides_its_tiles_is_not_believed(mirror: Mirror) -> None:
    grow(3)
    assert mirror().return_value == 0
    grow(3)
    with db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM ledger_tile"))
    done = mirror()
    assert done.return_value == 1
    assert "cannot show its history" in json.loads(done.output)["fault"]


def test_a_mirror_with_another_key_believes_nothing(mirror: Mirror) -> None:
    grow(3)
    done = mirror(key=NEXT.key(ORIGIN).vkey)
    assert done.return_value == 1
    assert "not signed by any key" in json.loads(done.output)["fault"]


def test_a_mirror_that_reaches_nobody_says_so(mirror: Mirror) -> None:
    done = mirror(path="/nowhere")
    assert done.exception is not None
    assert "answers 404" in str(done.exception)
    done = mirror(key="not a key")
    assert "is not a key of the form" in str(done.exception)


def test_a_mirror_trusts_both_keys_through_a_rotation(app: Flask, tmp_path: Path) -> None:
    grow(3)
    keep(tmp_path, day=21)
    with transaction():
        sequencing.sequence(now=NOON + timedelta(hours=1), signer=NEXT)
    with pytest.raises(Contradiction, match="not signed by any key"):
        keep(tmp_path)
    signed = reading.checkpoint(LOG)
    assert signed is not None
    both = [SIGNER.key(ORIGIN), NEXT.key(ORIGIN)]
    stored = checkpoints.store(signed, both, reading.tiles_of(LOG), tmp_path, today=date(2026, 11, 22))
    assert stored.checkpoint.size == 5
