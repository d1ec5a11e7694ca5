"""However many sequence, whatever their clocks say: one history, and one checkpoint for each size."""

import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import Flask

from server.core.db import db, transaction
from server.ledger import note, tree
from server.ledger.note import Checkpoint
from server.ledger.service import outbox, reading, sequencing
from server.ledger.service.signing import Signer
from server.ledger.values import KIND_DECISION
from tests.ledger import merkle
from tests.ledger.keys import HOST, SIGNER
from tests.processes import PATIENCE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG = "2026h2"


@dataclass(frozen=True)
class Witness(Signer):
    """A signer that remembers what it signed."""

    signed: list[str] = field(default_factory=list)

    def sign(self, checkpoint: Checkpoint) -> str:
        self.signed.append(super().sign(checkpoint))
        return self.signed[-1]


def test_sequencers_whose_clocks_jump_sign_one_history(app: Flask) -> None:
    wanted, witnesses = 240, [Witness(HOST, SIGNER.private) for _ in range(3)]
    start = threading.Barrier(len(witnesses) + 1)

    def sequence(number: int) -> None:
        chance = random.Random(number)
        with app.app_context():
            start.wait(timeout=PATIENCE)
            while sum(reading.sizes().values()) <= wanted:
                db.session.rollback()
                hours = timedelta(hours=chance.choice((-1, 0, 1)))
                with transaction():
                    sequencing.sequence(now=NOON + hours, limit=7, signer=witnesses[number])

    def write() -> None:
        with app.app_context():
            start.wait(timeout=PATIENCE)
            for number in range(wanted // 4):
                with transaction():
                    for part in range(4):
                        commitment = (number * 4 + part).to_bytes(32, "big")
                        outbox.append(KIND_DECISION, "s" * 22, "x", commitment, now=NOON)

    with ThreadPoolExecutor(len(witnesses) + 1) as pool:
        work = [pool.submit(write), *(pool.submit(sequence, number) for number in range(len(witnesses)))]
        for each in work:
            each.result(timeout=PATIENCE)

    db.session.rollback()
    entries = reading.entries(LOG, 0, 1000)
    assert sorted(entry.commitment for entry in entries[1:]) == [n.to_bytes(32, "big") for n in range(wanted)]
    times = [entry.sequenced_at for entry in entries]
    assert times == sorted(times)
    leaves = [entry.encoded for entry in entries]
    by_size = defaultdict(set)
    for text in (text for witness in witnesses for text in witness.signed):
        checkpoint = note.trusted_checkpoint(text, reading.keys(LOG))
        by_size[checkpoint.size].add(text)
        assert checkpoint.root == merkle.mth(leaves[: checkpoint.size])
    assert all(len(texts) == 1 for texts in by_size.values())
    assert max(by_size) == len(entries)
    assert tree.root_of([tree.leaf_hash(leaf) for leaf in leaves]) == merkle.mth(leaves)
