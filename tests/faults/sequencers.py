"""Several sequencers at once, with clocks that jump and pauses of up to half a minute: still one history.

Each process writes down every checkpoint that it signs, before anybody else can see it.
"""

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy.exc import SQLAlchemyError

from benchmarks import serving
from server.app import create_app
from server.core import clock
from server.core.db import db, transaction
from server.core.ids import new_id
from server.ledger import note, tree
from server.ledger.note import Checkpoint
from server.ledger.service import outbox, reading, sequencing, signing, verification
from server.ledger.service.signing import Signer
from server.ledger.values import KIND_DECISION
from server.ops import fsck
from tests.faults.figures import Figure, everything, nothing
from tests.faults.product import settings

PROCESSES = 3
SECONDS = 60
PAUSES = (1.0, 2.0, 0.5, 30.0, 1.0)
"""How long one process after the other is stopped, in seconds."""

HOURS = (-1, 0, 0, 1)
"""How far a clock may jump."""

SEED = 20261122


def run() -> Iterator[Figure | str]:
    """On SQLite, then on PostgreSQL."""
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = f"sqlite:///{folder / 'samtykke.db'}"
            if name == "PostgreSQL":
                url = stack.enter_context(serving.postgresql())
            yield f"{name}, {PROCESSES} sequencers and a writer for {SECONDS} s, paused {len(PAUSES)} times"
            yield from _contest(folder, url)


def _contest(folder: Path, url: str) -> Iterator[Figure]:
    app = create_app(settings(folder, url))
    with app.app_context():
        upgrade()
        signing.signer(folder, "consent.example.no")
        db.session.remove()
        db.engine.dispose()
        drivers = [
            subprocess.Popen([sys.executable, "-m", "tests.faults.sequencers", str(folder), url, str(number)])
            for number in range(PROCESSES)
        ]
        while len(list(folder.glob("signed-*"))) < PROCESSES:
            time.sleep(0.1)
        appended = _write_and_pause(drivers)
        for driver in drivers:
            driver.send_signal(signal.SIGTERM)
        for driver in drivers:
            driver.wait(timeout=60)
        while _once(Signer("consent.example.no", signing.signer(folder, "").private)):
            pass
        yield from _verdict(folder, appended)
        db.session.remove()
        db.engine.dispose()


def _write_and_pause(drivers: "list[subprocess.Popen[bytes]]") -> int:
    """Append for a while, and stop one sequencer after the other meanwhile; how much was appended."""
    appended = 0
    end = time.monotonic() + SECONDS
    pauses = iter(PAUSES)
    resume_at, stopped = 0.0, None
    next_pause = time.monotonic() + 2
    while time.monotonic() < end or stopped is not None:
        moment = time.monotonic()
        if stopped is not None and moment >= resume_at:
            stopped.send_signal(signal.SIGCONT)
            stopped, next_pause = None, moment + 2
        elif stopped is None and moment >= next_pause and (pause := next(pauses, 0.0)):
            stopped = random.Random(pause).choice(drivers)
            stopped.send_signal(signal.SIGSTOP)
            resume_at = moment + pause
        # On SQLite a process that is stopped while it writes blocks the writer: so it does not write then.
        if stopped is None or db.engine.dialect.name != "sqlite":
            with transaction():
                for _ in range(20):
                    outbox.append(
                        KIND_DECISION, "s" * 22, new_id(), new_id()[:22].encode() + bytes(10), now=clock.now()
                    )
            appended += 20
        time.sleep(0.05)
    return appended


def _verdict(folder: Path, appended: int) -> Iterator[Figure]:
    (name,) = reading.logs()
    keys = reading.keys(name)
    signed: defaultdict[int, set[str]] = defaultdict(set)
    for path in folder.glob("signed-*"):
        for text in path.read_text("utf-8").split("\0")[:-1]:
            signed[note.trusted_checkpoint(text, keys).size].add(text)
    yield nothing(
        "sizes with more than one checkpoint", sum(len(each) > 1 for each in signed.values()), len(signed)
    )
    final = reading.checkpoint(name)
    assert final is not None
    newest = note.trusted_checkpoint(final, keys)
    fit = sum(
        _fits(name, note.trusted_checkpoint(text, keys), newest) for each in signed.values() for text in each
    )
    yield everything("signed checkpoints that the final log continues", fit, sum(map(len, signed.values())))
    entries = reading.entries(name, 0, 10_000_000)
    decisions = [entry for entry in entries if entry.kind == KIND_DECISION]
    yield everything(
        "appended commitments with one place", len({each.subject for each in decisions}), appended
    )
    times = [entry.sequenced_at for entry in entries]
    older = sum(later < earlier for earlier, later in pairwise(times))
    yield nothing("entries older than the one before", older, len(entries))
    signers = sum(path.stat().st_size > 0 for path in folder.glob("signed-*"))
    yield everything("sequencers that had their turn", signers, PROCESSES)
    found = verification.Found()
    with suppress(StopIteration):
        fsck._one_snapshot()
        for _ in verification.check([], lambda _: None, found):
            pass
    yield everything("entries that the check made again", found.entries, len(entries))


def _fits(name: str, old: Checkpoint, new: Checkpoint) -> bool:
    return tree.verify_consistency(
        old_size=old.size,
        old_root=old.root,
        new_size=new.size,
        new_root=new.root,
        proof=reading.consistency(name, old.size, new.size),
    )


# --- one sequencer ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Witness(Signer):
    """A signer that writes down what it signs."""

    path: Path = Path()

    def sign(self, checkpoint: Checkpoint) -> str:
        """Sign, and remember it."""
        signed = super().sign(checkpoint)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(signed + "\0")
        return signed


def _once(signer: Signer, hours: int = 0) -> int:
    with transaction():
        return sequencing.sequence(now=clock.now() + timedelta(hours=hours), limit=50, signer=signer)


def drive(folder: Path, url: str, number: int) -> None:
    """Sequence until stopped, with a clock that jumps."""
    going = True

    def stop(*_: object) -> None:
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    chance = random.Random(SEED + number)
    with create_app(settings(folder, url)).app_context():
        private = signing.signer(folder, "").private
        signer = Witness("consent.example.no", private, folder / f"signed-{number}")
        signer.path.touch()
        while going:
            with suppress(SQLAlchemyError):  # e.g. two that lock each other's rows: tried again
                _once(signer, chance.choice(HOURS))
            db.session.remove()
            time.sleep(chance.random() / 50)


if __name__ == "__main__":
    drive(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
