"""Entries, tree and checkpoint grow together, and what was once signed can be checked for good."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, transaction
from server.core.ids import new_id
from server.ledger import note, tiles, tree
from server.ledger.note import Checkpoint
from server.ledger.service import outbox, reading, sequencing
from server.ledger.service.signing import Signer
from server.ledger.values import KIND_DECISION, KIND_KEY, KIND_VERSION, Proof, entry_bytes, key_commitment
from tests.ledger import merkle
from tests.ledger.keys import HOST, NEXT, SIGNER
from tests.ledger.service.test_sequencing import if_writers_can_overlap, overtaken

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG = "2026h2"
SITE = new_id()


def append(count: int, *, now: datetime = NOON) -> list[str]:
    """Let commitments wait; their subjects."""
    subjects = [new_id() for _ in range(count)]
    with transaction():
        for number, subject in enumerate(subjects):
            outbox.append(KIND_DECISION, SITE, subject, number.to_bytes(32, "big"), now=now)
    return subjects


def sequence(*, now: datetime = NOON, signer: Signer | None = SIGNER, limit: int = 1000) -> int:
    with transaction():
        return sequencing.sequence(now=now, signer=signer, limit=limit)


def head(log: str = LOG) -> Checkpoint:
    """The newest checkpoint, when one of the published keys has signed it."""
    signed = reading.checkpoint(log)
    assert signed is not None
    return note.trusted_checkpoint(signed, reading.keys(log))


def leaves(log: str = LOG) -> list[bytes]:
    return [entry.encoded for entry in reading.entries(log, 0, 100_000)]


def holds(proof: Proof | None) -> bool:
    """Whether a proof is one, as anybody can find out who has the keys."""
    assert proof is not None
    signed = note.trusted_checkpoint(proof.checkpoint, reading.keys())
    assert (signed.origin, signed.size) == (proof.origin, proof.size)
    return tree.verify_inclusion(
        leaf=tree.leaf_hash(proof.entry),
        index=proof.index,
        size=proof.size,
        path=proof.path,
        root=signed.root,
    )


def test_a_log_begins_with_its_key(app: Flask) -> None:
    assert sequence() == 1
    entry = reading.entries(LOG, 0, 10)[0]
    (key,) = reading.keys(LOG)
    assert key == SIGNER.key(f"{HOST}/log/{LOG}")
    assert (entry.kind, entry.site_id, entry.commitment) == (KIND_KEY, "", key_commitment(key.vkey))
    assert head() == Checkpoint(f"{HOST}/log/{LOG}", 1, tree.leaf_hash(entry.encoded))
    assert sequence() == 0


def test_the_checkpoint_says_what_the_entries_are(app: Flask) -> None:
    for count in (1, 254, 1, 3, 300):
        append(count)
        sequence()
        assert head() == Checkpoint(f"{HOST}/log/{LOG}", len(leaves()), merkle.mth(leaves()))
    assert [entry.index for entry in reading.entries(LOG, 0, 1000)] == list(range(560))


def test_tiles_are_what_the_specification_says_they_are(app: Flask) -> None:
    append(600)
    while sequence(limit=97):
        pass
    hashes = [tree.leaf_hash(entry) for entry in leaves()]
    assert len(hashes) == 601
    read = reading.tile
    assert read(LOG, tiles.Tile(0, 1)) == b"".join(hashes[256:512])
    assert read(LOG, tiles.Tile(0, 2, 89)) == b"".join(hashes[512:])
    assert read(LOG, tiles.Tile(0, 2, 4)) == b"".join(hashes[512:516])
    assert read(LOG, tiles.Tile(1, 0, 2)) == merkle.mth(leaves()[:256]) + merkle.mth(leaves()[256:512])
    for absent in (tiles.Tile(0, 2, 90), tiles.Tile(0, 2), tiles.Tile(0, 3, 1), tiles.Tile(2, 0, 1)):
        assert read(LOG, absent) is None
    bundle = b"".join(b"\x00\x33" + entry for entry in leaves()[512:520])
    assert read(LOG, tiles.Tile(tiles.ENTRIES, 2, 8)) == bundle
    assert read(LOG, tiles.Tile(tiles.ENTRIES, 2)) is None
    assert read("2026h1", tiles.Tile(0, 0, 1)) is None


def test_every_entry_can_be_proven(app: Flask) -> None:
    subjects = append(260)
    sequence()
    for subject in subjects[::20]:
        assert holds(reading.prove(SITE, subject))
    proof = reading.prove(SITE, subjects[7])
    assert proof is not None
    assert proof.entry == entry_bytes(KIND_DECISION, (7).to_bytes(32, "big"))
    assert (proof.log, proof.size, leaves()[proof.index]) == (LOG, 261, proof.entry)


def test_what_waits_or_was_never_committed_to_has_no_proof(app: Flask) -> None:
    waiting, elsewhere = append(1)[0], new_id()
    assert reading.prove(SITE, waiting) is None
    sequence()
    assert reading.prove(SITE, waiting) is not None
    for site_id, subject, kind in (
        (elsewhere, waiting, KIND_DECISION),
        (SITE, "unknown", KIND_DECISION),
        (SITE, waiting, KIND_VERSION),
        (SITE, "", KIND_DECISION),
    ):
        assert reading.prove(site_id, subject, kind=kind) is None


def test_what_is_forgotten_has_no_proof_any_more_and_spoils_no_other(app: Flask) -> None:
    subjects = append(3)
    sequence()
    before = reading.prove(SITE, subjects[0])
    with transaction():
        outbox.forget(SITE, subjects[1:2])
    assert reading.prove(SITE, subjects[1]) is None
    assert reading.prove(SITE, subjects[0]) == before
    assert merkle.mth(leaves()) == head().root


def test_without_a_signer_the_log_grows_and_the_last_checkpoint_stays(app: Flask) -> None:
    append(3)
    sequence(signer=None)
    assert reading.checkpoint(LOG) is None
    assert reading.keys() == ()
    signed = append(1)[0]
    sequence()
    unsigned = append(1)[0]
    sequence(signer=None)
    assert head().size == 5
    assert holds(reading.prove(SITE, signed))
    assert reading.prove(SITE, unsigned) is None
    append(1)
    sequence()
    assert holds(reading.prove(SITE, unsigned))


def test_a_new_key_is_in_the_log_and_old_proofs_stay_valid(app: Flask) -> None:
    subject = append(1)[0]
    sequence()
    old, proof = reading.keys(LOG)[0], reading.prove(SITE, subject)
    assert sequence(signer=NEXT) == 1
    new = NEXT.key(old.name)
    assert reading.keys(LOG) == (new, old)
    event = reading.entries(LOG, 2, 1)[0]
    assert (event.kind, event.commitment) == (KIND_KEY, key_commitment(new.vkey))
    assert holds(proof)
    assert holds(reading.prove(SITE, subject))
    signed = reading.checkpoint(LOG)
    assert signed is not None
    with pytest.raises(note.BadNote, match="not signed by any key"):
        note.trusted_checkpoint(signed, [old])


def test_each_half_year_is_a_log_with_a_name_and_a_key_event_of_its_own(app: Flask) -> None:
    append(2)
    sequence(now=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    append(2)
    sequence(now=datetime(2027, 1, 1, tzinfo=UTC))
    assert (head().size, head("2027h1").size) == (3, 3)
    newest, older = reading.keys()
    assert (newest.name, older.name) == (f"{HOST}/log/2027h1", f"{HOST}/log/2026h2")
    assert reading.newest_log() == "2027h1"


def test_a_log_keeps_its_name_when_the_server_gets_another(app: Flask) -> None:
    sequence()
    append(1)
    sequence(signer=Signer("elsewhere.example", SIGNER.private))
    assert (head().origin, head().size) == (f"{HOST}/log/{LOG}", 2)


def test_checkpoints_of_all_sizes_are_of_one_log(app: Flask) -> None:
    seen = []
    for count in (1, 5, 250, 7, 300, 1):
        append(count)
        sequence()
        seen.append(head())
    for old in seen:
        for new in seen[seen.index(old) :]:
            assert tree.verify_consistency(
                old_size=old.size,
                old_root=old.root,
                new_size=new.size,
                new_root=new.root,
                proof=reading.consistency(LOG, old.size, new.size),
            )


def test_a_clock_that_is_set_back_makes_no_entry_older_than_the_one_before(app: Flask) -> None:
    for hours in (0, 1, -1, 2):
        append(1)
        sequence(now=NOON + timedelta(hours=hours))
    times = [entry.sequenced_at for entry in reading.entries(LOG, 0, 10)]
    assert times == sorted(times)
    assert times[-1] == NOON + timedelta(hours=2)


def test_who_is_overtaken_signs_nothing(app: Flask) -> None:
    if_writers_can_overlap(app)
    append(1)
    sequence()
    append(2)
    with overtaken(app, before="UPDATE ledger_state", by=lambda: sequence(limit=1)):
        assert sequence(limit=2) == 0
    assert (head().size, head().root) == (3, merkle.mth(leaves()))


def test_the_first_key_is_logged_once_when_two_start_together(app: Flask) -> None:
    if_writers_can_overlap(app)
    append(1)
    sequence(signer=None)
    append(1)
    with overtaken(app, before="UPDATE ledger_state", by=sequence):
        assert sequence() == 0
    assert [entry.kind for entry in reading.entries(LOG, 0, 10)] == [KIND_DECISION, KIND_KEY, KIND_DECISION]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM ledger_tile",
        "UPDATE ledger_tile SET hashes = :bytes",
        "UPDATE ledger_state SET root = :bytes",
        "UPDATE ledger_state SET size = size - 1",
    ],
)
def test_a_tree_that_was_altered_is_not_grown_and_not_signed(app: Flask, damage: str) -> None:
    append(3)
    sequence()
    append(1)
    with db.engine.begin() as connection:
        values = {"bytes": bytes(32)} if ":bytes" in damage else {}
        connection.execute(sa.text(damage), values)
    with pytest.raises(RuntimeError, match="was altered"):
        sequence()
    assert (head().size, reading.waiting(now=NOON).entries) == (4, 1)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513])
def test_a_log_of_any_size_goes_on(app: Flask, size: int) -> None:
    append(size - 1)
    sequence()
    for _ in range(2):
        append(1)
        assert sequence() == 1
    assert (head().size, head().root) == (size + 2, merkle.mth(leaves()))
