"""Anyone who has an earlier head of the audit log can detect that it was rewritten."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import jobs
from server.accounts.service import audit_log, audit_log_heads
from server.accounts.values import COMMAND_LINE
from server.core.db import db, transaction
from server.core.monitoring import CONTRADICTIONS
from server.ledger.service.verification import Fault
from server.ops import fsck

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def heads(app: Flask) -> Path:
    folder: Path = app.extensions["samtykke"].data_dir / audit_log_heads.FOLDER
    for path in folder.glob("*"):
        path.unlink()
    return folder


def work(times: int, what: str = "butikk") -> None:
    for _ in range(times):
        with transaction():
            audit_log.record_event("site_created", by=COMMAND_LINE, now=NOON, subject=what)


def rewrite(what: str, times: int) -> None:
    """Another history that fits itself, as anyone who can write to the database may make one."""
    with db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM trail_entry"))
        connection.execute(sa.text("DELETE FROM trail_head"))
    db.session.rollback()
    work(times, what)


def test_one_head_a_day_is_stored_and_it_is_the_newest(heads: Path) -> None:
    jobs.store_audit_log_head(NOON)
    assert not heads.exists() or list(heads.iterdir()) == []
    work(2)
    jobs.store_audit_log_head(NOON)
    work(1)
    jobs.store_audit_log_head(NOON)
    work(1)
    jobs.store_audit_log_head(NOON + DAY)
    jobs.store_audit_log_head(NOON - DAY)
    sizes = {path.name: path.read_text().split()[0] for path in heads.iterdir()}
    assert sizes == {"2026-11-22.txt": "3", "2026-11-23.txt": "4"}
    assert fsck.check_audit_log(heads).size == 4


@pytest.mark.parametrize(
    ("times", "fault"), [(4, "was rewritten at or before entry 3"), (2, "has lost entry 3"), (9, "rewritten")]
)
def test_a_rewritten_audit_log_is_found(heads: Path, times: int, fault: str) -> None:
    work(3)
    jobs.store_audit_log_head(NOON)
    rewrite("another", times)
    assert fsck.check_audit_log().size == times, "it fits itself"
    with pytest.raises(Fault, match=fault):
        fsck.check_audit_log(heads)
    before = CONTRADICTIONS.labels("trail")._value.get()
    jobs.store_audit_log_head(NOON + DAY)
    assert CONTRADICTIONS.labels("trail")._value.get() == before + 1
    assert [path.name for path in heads.iterdir()] == ["2026-11-22.txt"], "what proves it stays"


def test_a_copy_from_another_machine_counts_too(heads: Path, tmp_path: Path) -> None:
    work(3)
    jobs.store_audit_log_head(NOON)
    (tmp_path / "2026-11-22.txt").write_text((heads / "2026-11-22.txt").read_text())
    (heads / "2026-11-22.txt").unlink()
    rewrite("another", 3)
    assert fsck.check_audit_log(heads).size == 3
    with pytest.raises(Fault, match="rewritten"):
        fsck.check_audit_log(heads, tmp_path)


def test_a_damaged_head_is_not_taken_for_none(heads: Path) -> None:
    work(1)
    jobs.store_audit_log_head(NOON)
    (heads / "2026-11-22.txt").write_text("")
    with pytest.raises(Fault, match="cannot be read"):
        fsck.check_audit_log(heads)
