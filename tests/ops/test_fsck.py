"""Whatever is altered behind the product's back is found, and what was not altered is left in peace."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from server.app import create_app
from server.core.db import db, transaction
from server.core.errors import Unavailable
from server.embed import service as embed
from server.ledger import jobs
from server.ledger.service import checkpoints, reading, verification
from server.ops import fsck
from server.ops.cli import cli, run
from server.sites import service as sites
from tests.absence import absent
from tests.conftest import empty
from tests.faults import history
from tests.faults.attacks import ATTACKS, Attack, Scene
from tests.faults.product import product, settings
from tests.faults.three_days import DAYS, FIRST_DAY, SITE, build, mirror_of


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a product with three days of history, on SQLite."""
    try:
        embed.bundle()
    except Unavailable as fault:
        absent("the built widget", fault.message)
    folder = tmp_path_factory.mktemp("history") / "original"
    with product(folder, migrated=False) as app:
        build(app, per_day=30)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A product in whose folder each test finds other data."""
    return create_app(settings(tmp_path_factory.mktemp("copies")))


@pytest.fixture
def copy(original: Path, installed: Flask) -> Iterator[Path]:
    """A copy of it that one test may spoil."""
    folder: Path = installed.extensions["samtykke"].data_dir
    shutil.rmtree(folder)
    shutil.copytree(original, folder)
    with installed.app_context():
        yield folder
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__[1:])
def test_altered_history_is_found(attack: Attack, original: Path, copy: Path) -> None:
    attack(Scene(copy, random.Random(1)))
    db.session.remove()
    assert history.found(copy, mirror_of(original))


def test_history_as_it_was_is_found_sound(original: Path, copy: Path) -> None:
    found = fsck.check(copy)
    assert (found.logs, found.kinds.total()) == (1, found.entries + 5)
    assert found.checkpoints > DAYS
    assert history.found(copy, mirror_of(original)) == ""


# --- on both engines -------------------------------------------------------------------------------------


FILES = (checkpoints.FOLDER, "log-key.pem", "yesterday.db", "erasures.log")
"""What history leaves in the data folder beside the database."""


@dataclass(frozen=True)
class History:
    """The rows and files of three days of history, restored for each test."""

    rows: dict[sa.Table, list[dict[str, Any]]]
    files: Path
    mirror: Path


@pytest.fixture(scope="module")
def recorded(migrated_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> History:
    """Three days of history, made once on each engine, then removed from it."""
    folder: Path = migrated_app.extensions["samtykke"].data_dir
    made = History({}, tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("mirror") / "kept")
    with migrated_app.app_context():
        build(migrated_app, per_day=20)
        for table in db.metadata.sorted_tables:
            made.rows[table] = [dict(row) for row in db.session.execute(sa.select(table)).mappings()]
        db.session.remove()
        empty(db.engine)
    for name in FILES:
        if (folder / name).exists():
            shutil.move(folder / name, made.files / name)
    shutil.move(mirror_of(folder), made.mirror)
    return made


@pytest.fixture
def lived(recorded: History, app: Flask) -> Iterator[Path]:
    """The data folder of an application with three days of history."""
    folder = app.extensions["samtykke"].data_dir
    with transaction():
        for table, rows in recorded.rows.items():
            if rows:
                db.session.execute(table.insert(), rows)
    shutil.copytree(recorded.files, folder, dirs_exist_ok=True)
    shutil.copytree(recorded.mirror, mirror_of(folder))
    yield folder
    db.session.remove()
    for name in FILES:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(mirror_of(folder))


def test_a_log_is_sound_on_each_engine(lived: Path) -> None:
    assert fsck.check(lived).entries > 120


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE consent SET language = 'en'", "is stored beside another value of lang"),
        ("UPDATE ledger_entry SET kind = 2 WHERE leaf_index = 9", "are not those of"),
        ("DELETE FROM ledger_entry WHERE leaf_index = 9", "Entry 9 of the log 2026h2 is missing"),
        ("DELETE FROM ledger_state", "has entries, tiles, keys or days, and no state"),
        ("UPDATE ledger_state SET size = size + 1", "in its state"),
        ("DELETE FROM consent_erasure", "not stored, and was not erased"),
        ("DELETE FROM ledger_manifest", "does not list"),
        ("DELETE FROM ledger_key", "is not signed by any key"),
        ("DELETE FROM ledger_outbox", "is not in the log exactly once"),
        (
            "INSERT INTO ledger_key (log, public, since) SELECT '2020h1', public, since FROM ledger_key",
            "The log 2020h1 has .* keys .* and no state",
        ),
        (
            "DELETE FROM consent WHERE consent_id = (SELECT min(consent_id) FROM consent)",
            r"stored: (entry \d+|an entry that waits) is the first of one that is not, [0-9A-Z]{26}\.",
        ),
        ("DELETE FROM script_release", r"scripts, and 0 are stored: .*entry .* is"),
        ("UPDATE consent_erasure SET salt = commitment", r"ntry .* is a tombstone that belongs to no"),
        ("UPDATE consent SET choices = 'x'", "[0-9A-Z]{26} of .* is stored with a value that cannot be read"),
        ("UPDATE banner_version SET document = 'x'", "published versions has a value that cannot be read"),
    ],
)
def test_the_first_fault_is_named(lived: Path, statement: str, sentence: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text(statement))
    with pytest.raises(verification.Fault, match=sentence):
        fsck.check(lived)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE consent SET recorded_at = 'x'", "[0-9A-Z]{26} of .* is stored with a value"),
        ("UPDATE consent SET language = CAST(x'ff' AS TEXT)", "decisions has a text that is not UTF-8"),
        ("UPDATE consent_erasure SET salt = x'00'", "erasures has a value that cannot be read"),
        ("UPDATE ledger_entry SET sequenced_at = 'x' WHERE leaf_index = 5", "The log has a value"),
    ],
)
def test_bytes_without_a_meaning_are_a_fault(copy: Path, statement: str, sentence: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text(statement))
    with pytest.raises(verification.Fault, match=sentence):
        fsck.check(copy)


def test_the_check_sees_one_moment_while_the_product_works(lived: Path, app: Flask) -> None:
    site_keys = {site.id: site.key for site in sites.each_site()}
    steps = verification.check([], site_keys.get, found := verification.Found())
    fsck._one_snapshot()
    next(steps)
    with app.app_context():
        jobs.sequence(FIRST_DAY + timedelta(days=2, hours=9))  # what waited gets its places meanwhile
    assert sum(1 for batch in steps for entry in batch if entry.index < 0) == 5
    assert found.entries == reading.sizes()["2026h2"]
    db.session.rollback()
    assert found.entries < reading.sizes()["2026h2"]


# --- as a command ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    shutil.copytree(original, data)
    monkeypatch.setenv("SAMTYKKE_DATA_DIR", str(data))
    monkeypatch.setenv("SAMTYKKE_PUBLIC_URL", "https://consent.example.no")
    return data


def test_the_command_says_that_all_is_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(create_app, ["log", "fsck"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("all is well.")


def test_the_command_names_the_first_fault(folder: Path) -> None:
    with product(folder), db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM consent"))
    done = CliRunner().invoke(cli, ["log", "fsck", "--json"], obj=create_app, standalone_mode=False)
    assert done.return_value == 1
    assert '"ok": false' in done.output
    assert "and 0 are stored: entry " in done.output


def test_the_command_finds_an_altered_audit_log(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(create_app, ["log", "rotate-key"]) == 0
    assert run(create_app, ["log", "fsck"]) == 0
    assert "1 in the audit log" in capsys.readouterr().out
    with product(folder), db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE trail_entry SET by = 'somebody else'"))
    assert run(create_app, ["log", "fsck"]) == 1
    assert "Entry 1 of the audit log was altered." in capsys.readouterr().out


def test_a_manifest_is_printed_and_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(create_app, ["log", "manifest", SITE, "2026-11-20", "--entries"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert '"count": 34' in printed[0]
    assert (len(printed), printed[-1]) == (36, "Nothing is missing.")
    assert run(create_app, ["log", "manifest", SITE, "2020-01-01"]) == 2
    with product(folder), db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_entry SET site_id = 'x' WHERE leaf_index < 60"))
    assert run(create_app, ["log", "manifest", SITE, "2026-11-20", "--json"]) == 1


def test_a_rotated_key_signs_and_the_old_one_stays_published(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with product(folder):
        before = reading.keys()
    assert run(create_app, ["log", "rotate-key"]) == 0
    assert run(create_app, ["log", "fsck"]) == 0
    with product(folder):
        after = reading.keys()
        assert len({key.public for key in after}) == 2
        assert set(before) <= set(after)
        assert after[0] not in before
        assert after[0].vkey in capsys.readouterr().out


def test_the_log_goes_on_after_a_check(copy: Path) -> None:
    fsck.check(copy)
    with transaction():
        assert reading.waiting(now=FIRST_DAY).entries == 5
    jobs.sequence(FIRST_DAY + timedelta(days=3))
    fsck.check(copy)
