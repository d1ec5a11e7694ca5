"""The audit log on standard output goes on where the last run ended, and loses nothing."""

import io
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from server.accounts.service import audit_log
from server.accounts.values import Actor
from server.core.db import transaction
from server.core.errors import Invalid
from server.ops.audit_export import exporting

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def happen(times: int) -> None:
    with transaction():
        for _ in range(times):
            audit_log.record_event("login", by=Actor("person", "kari@example.no"), now=NOW)


def written(number: int, **how: object) -> list[int]:
    out = io.StringIO()
    exporting.write_lines(out, number, server="consent.example.no", **how)  # type: ignore[arg-type]
    return [json.loads(line)["number"] for line in out.getvalue().splitlines()]


def test_a_cursor_file_has_the_last_number_and_the_next_run_goes_on(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    cursor = tmp_path / "cursor"
    happen(3)
    assert written(exporting.cursor_of(cursor), cursor=cursor) == [1, 2, 3]
    assert cursor.read_text() == "3\n"
    assert written(exporting.cursor_of(cursor), cursor=cursor) == []
    happen(2)
    assert written(exporting.cursor_of(cursor), cursor=cursor) == [4, 5]
    assert cursor.stat().st_mode & 0o077 == 0


def test_what_could_not_be_written_comes_again(app: Flask, tmp_path: Path) -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    cursor = tmp_path / "cursor"
    happen(2)
    with pytest.raises(OSError, match="No space left"):
        exporting.write_lines(Full(), 0, server="x", cursor=cursor)
    assert exporting.cursor_of(cursor) == 0


def test_who_follows_gets_what_comes_next_until_it_is_stopped(app: Flask, tmp_path: Path) -> None:
    class Stopped(threading.Event):
        """Two events come while it waits, and then it is stopped."""

        def wait(self, timeout: float | None = None) -> bool:
            if not waited:
                waited.append(timeout)
                happen(2)
                return False
            return True

    waited: list[float | None] = []
    cursor = tmp_path / "cursor"
    happen(1)
    assert written(0, cursor=cursor, stopped=Stopped()) == [1, 2, 3]
    assert waited == [exporting.PAUSE]
    assert cursor.read_text() == "3\n"


@pytest.mark.parametrize("text", ["", "4711x", "-1", "\ufeff1", "1" * 30])
def test_a_file_that_is_no_cursor_is_named_and_not_overwritten(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid, match=r"notes\.txt"):
        exporting.cursor_of(file)
    assert file.read_text("utf-8") == text
