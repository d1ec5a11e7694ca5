"""A backup is taken while visitors decide, and restores what was acknowledged before it began."""

import shutil
import threading
from contextlib import closing
from pathlib import Path

import pytest
from flask_migrate import upgrade

from server.app import create_app
from server.core.db import db, sqlite
from server.core.errors import Invalid
from server.core.ids import new_id
from server.core.settings import Settings
from server.ops.backup import copy_database
from tests.conftest import settings_for
from tests.processes import PATIENCE, Running, a_decision, ask, running, samtykke


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def decide(product: Running) -> str:
    """One decision, acknowledged; its consent number."""
    answer = ask(
        f"{product.url}/api/v1/sites/demo/decisions",
        body=a_decision(),
        headers={"Origin": product.url, "Content-Type": "text/plain"},
    )
    assert answer is not None
    assert answer.status == 201, answer.body
    return str(answer.json["consent_id"])


def numbers(database: Path) -> set[str]:
    """The decisions in a database, once it was found sound."""
    with closing(sqlite.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {row[0] for row in connection.execute("SELECT consent_id FROM consent")}


def test_what_is_deleted_from_a_restored_copy_leaves_no_bytes(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    settings = settings_for(folder)
    rows = [(new_id(), new_id()) for _ in range(3000)]
    with closing(sqlite.connect(folder / "samtykke.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE consent (id TEXT PRIMARY KEY, number TEXT UNIQUE)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO consent VALUES (?, ?)", rows)
        connection.execute("COMMIT")

    restored = copy_database(settings, tmp_path / "copy.db").path

    with closing(sqlite.connect(restored, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.executemany("DELETE FROM consent WHERE id = ?", [row[:1] for row in rows[::7]])
    left = restored.read_bytes()
    assert not [number for row in rows[::7] for number in row if number.encode() in left]


@pytest.mark.servers
def test_a_backup_made_under_load_restores_to_all_that_was_acknowledged(folder: Path, tmp_path: Path) -> None:
    acknowledged: list[str] = []
    enough = threading.Event()
    stop = threading.Event()
    copies = [tmp_path / f"copy-{number}.db" for number in range(2)]
    before: list[set[str]] = []
    settings = settings_for(folder)
    with running(folder) as product:

        def visitors() -> None:
            while not stop.is_set():
                acknowledged.append(decide(product))
                if len(acknowledged) >= 30:
                    enough.set()

        threads = [threading.Thread(target=visitors) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            assert enough.wait(timeout=PATIENCE)
            for copy in copies:
                before.append(set(acknowledged))
                copy_database(settings, copy)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    for copy, known in zip(copies, before, strict=True):
        assert known <= numbers(copy) <= set(acknowledged)

    # Restored as the operators' guide says, it goes on from there.
    restored = tmp_path / "restored"
    restored.mkdir()
    for file in folder.iterdir():
        if file.is_file() and not file.name.startswith("samtykke.db"):
            shutil.copy(file, restored / file.name)
    shutil.copy(copies[-1], restored / "samtykke.db")
    with running(restored) as product:
        newer = decide(product)
    assert before[-1] | {newer} <= numbers(restored / "samtykke.db")


@pytest.fixture
def settings(folder: Path) -> Settings:
    """Settings whose database is migrated."""
    made = settings_for(folder)
    folder.mkdir()
    app = create_app(made)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return made


def test_a_backup_is_readable_by_its_owner_alone_and_replaces_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    made = copy_database(settings, copy)
    assert (made.path, made.size) == (copy, copy.stat().st_size)
    assert copy.stat().st_mode & 0o777 == 0o600
    content = copy.read_bytes()
    with pytest.raises(Invalid, match="there already"):
        copy_database(settings, copy)
    assert copy.read_bytes() == content
    assert {file.name for file in tmp_path.iterdir()} == {"copy.db", "data"}


def test_a_backup_that_cannot_be_written_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="not made"):
        copy_database(settings, tmp_path / "nowhere" / "copy.db")
    damaged = tmp_path / "data" / "samtykke.db"
    damaged.write_bytes(b"this is no database" * 1000)
    with pytest.raises(Invalid, match="not made"):
        copy_database(settings, tmp_path / "copy.db")
    assert {file.name for file in tmp_path.iterdir()} == {"data"}


def test_the_command_says_what_else_to_keep(settings: Settings, tmp_path: Path) -> None:
    done = samtykke(settings.data_dir, "backup", str(tmp_path / "copy.db"))
    assert done.returncode == 0, done.stderr
    assert "keys" in done.stdout
    assert (tmp_path / "copy.db").exists()


def test_of_postgresql_the_servers_own_tools_make_copies(folder: Path, tmp_path: Path) -> None:
    away = settings_for(folder, database_url="postgresql+psycopg://127.0.0.1:1/none")
    with pytest.raises(Invalid, match="pg_dump"):
        copy_database(away, tmp_path / "copy.db")
