"""Who had a log before it had a tree finds the tree made, and the log goes on."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from server.app import create_app
from server.core.db import db, transaction
from server.core.ids import new_id
from server.ledger import tiles
from server.ledger.service import outbox, reading, sequencing, verification
from server.ledger.values import KIND_DECISION, KIND_RELEASE, entry_bytes, release_commitment
from tests.conftest import settings_for
from tests.ledger import merkle
from tests.ledger.keys import SIGNER

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG = "2026h2"


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Flask]:
    """An application whose database has the schema of before."""
    app = create_app(settings_for(tmp_path))
    with app.app_context():
        upgrade(revision="0001")
        yield app
        db.session.remove()
        db.engine.dispose()


def fill(count: int) -> None:
    row = {"log": LOG, "kind": 1, "site": "s" * 22, "at": "2026-11-22 12:00:00.000000"}
    with db.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO ledger_entry (log, leaf_index, kind, site_id, subject, commitment, sequenced_at)"
                " VALUES (:log, :i, :kind, :site, :subject, :c, :at)"
            ),
            [{**row, "i": i, "subject": str(i), "c": i.to_bytes(32, "big")} for i in range(count)] or [],
        )
        connection.execute(
            sa.text("INSERT INTO ledger_state (log, size, updated_at) VALUES (:log, :n, :at)"),
            {**row, "n": count},
        )


@pytest.mark.parametrize("count", [1, 256, 2560, 3000])
def test_a_log_of_before_gets_its_tree_and_goes_on(before: Flask, count: int) -> None:
    fill(count)
    upgrade()
    entries = [entry_bytes(KIND_DECISION, number.to_bytes(32, "big")) for number in range(count)]
    root = db.session.scalar(sa.text("SELECT root FROM ledger_state"))
    assert root == merkle.mth(entries) == tiles.root(count, reading.tiles_of(LOG))
    assert db.session.scalar(sa.text("SELECT count(*) FROM ledger_tile")) == len(list(tiles.tiles_of(count)))
    with transaction():
        outbox.append(KIND_DECISION, "s" * 22, "next", bytes(32), now=NOON)
        sequencing.sequence(now=NOON, signer=SIGNER)
    list(verification.check([], lambda _: None, verification.Found()))
    proof = reading.prove("s" * 22, "0")
    assert proof is not None
    assert proof.size == count + 2


def test_scripts_that_were_served_before_wait_for_their_places(before: Flask) -> None:
    digest = hashlib.sha256(b"script").hexdigest()
    site_id = new_id()
    with db.engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO site (id, key, name, created_at) VALUES (:i, 'shop', 'Shop', '2026-11-22')"),
            {"i": site_id},
        )
        for name, each in (("script", digest), ("settings-nb.js", "f" * 64)):
            connection.execute(
                sa.text(
                    "INSERT INTO script_release (site_id, digest, name, version, brotli, released_at)"
                    " VALUES (:i, :d, :n, 3, :b, '2026-11-22')"
                ),
                {"i": site_id, "d": each, "n": name, "b": b""},
            )
    upgrade()
    with transaction():
        sequencing.sequence(now=NOON)
    (entry,) = reading.entries(LOG, 0, 10)
    assert (entry.kind, entry.site_id, entry.subject) == (KIND_RELEASE, site_id, digest[:26])
    assert entry.commitment == release_commitment("shop", 3, digest)


def test_the_change_can_be_taken_back(before: Flask) -> None:
    fill(300)
    upgrade()
    downgrade(revision="0001")
    tables = sa.inspect(db.engine).get_table_names()
    assert not {"ledger_tile", "ledger_key", "ledger_day", "ledger_manifest"} & set(tables)
    upgrade()
    assert reading.sizes() == {LOG: 300}
