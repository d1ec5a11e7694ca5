"""Figures 1 and 2: parts of a server are killed (`kill -9`) while browsers decide."""

import random
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks import serving
from tests.faults.clients import Crowd
from tests.faults.evidence import at_rest, settled, verdict
from tests.faults.figures import Figure
from tests.faults.server import Server, running, until

ACKNOWLEDGED = 10_000
"""Decisions that must be acknowledged in each run, at least."""

KILLS = 20

SEED = secrets.randbits(32)
"""Which part is killed when; printed, so that a run can be identified."""


def run() -> Iterator[Figure | str]:
    """Both figures on both engines."""
    for engine in ("SQLite", "PostgreSQL"):
        yield from _killed(engine, "20 kill -9 of web processes", ["answering"])
        yield from _killed(engine, "20 kill -9 of masters and workers", ["web", "worker", "parent"])


def _killed(engine: str, what: str, targets: list[str]) -> Iterator[Figure | str]:
    if engine == "SQLite":
        yield from _run(f"{what}, {engine}", targets, "")
    else:
        with serving.postgresql() as url:
            yield from _run(f"{what}, {engine}", targets, url)


def _run(what: str, targets: list[str], database_url: str) -> Iterator[Figure | str]:
    yield f"{what}, seed {SEED}"
    dice = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder, running(Server(Path(folder), database_url)) as server:
        crowd = Crowd(server.url)
        killed = 0
        with crowd.deciding() as history:
            while killed < KILLS or len(history.acknowledged) < ACKNOWLEDGED:
                time.sleep(dice.uniform(0.5, 1.5))
                if killed < KILLS:
                    killed += kill_one(server, dice.choice(targets), dice)
        found = at_rest(server.folder, database_url)
        yield Figure("acknowledged", f"{ACKNOWLEDGED:,}", f"{len(history.acknowledged):,}", met=True)
        yield from verdict(history, found)
        yield from settled(found)
        checked = server.command("log", "fsck")
        yield Figure("samtykke log fsck", "sound", f"exit {checked.returncode}", met=not checked.returncode)


def kill_one(server: Server, target: str, dice: random.Random) -> bool:
    """Kill one process of this part, and start the server again where that takes it down."""
    there = server.parts()[target]
    if not there:
        return False
    with suppress(psutil.Error):
        dice.choice(there).send_signal(signal.SIGKILL)
    if target in ("web", "parent"):
        until(lambda: not server.alive(), "the end of the server without its master")
        server.kill()
        server.start()
    return True
