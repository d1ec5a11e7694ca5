"""Parts of a server are killed (`kill -9`) while pages send events without identifiers."""

import json
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from benchmarks import serving
from server.audience.spool import FEWEST
from tests.consents.shops import document
from tests.faults.evidence import engine_of
from tests.faults.figures import Figure, everything, nothing
from tests.faults.kills import kill_one
from tests.faults.server import Server, running, until

ACKNOWLEDGED = 5_000
"""Events that must be acknowledged in each run, at least."""

KILLS = 20

SEED = secrets.randbits(32)
"""Which part is killed when; printed, so that a run can be identified."""

SITE = "counting"

USER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0"


def run() -> Iterator[Figure | str]:
    """The figures on both engines."""
    yield f"{KILLS} kill -9 of every part, SQLite, seed {SEED}"
    yield from _run("")
    with serving.postgresql() as url:
        yield f"{KILLS} kill -9 of every part, PostgreSQL, seed {SEED}"
        yield from _run(url)


def _run(database_url: str) -> Iterator[Figure]:
    dice = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder, running(Server(Path(folder), database_url)) as server:
        _open_site(server)
        killed = 0
        with _sending(server.url) as sent:
            while killed < KILLS or sent.acknowledged < ACKNOWLEDGED:
                time.sleep(dice.uniform(0.2, 1.0))
                if killed < KILLS:
                    killed += kill_one(server, dice.choice(["answering", "web", "worker", "parent"]), dice)
        yield from _verdict(sent, server.folder, engine_of(server.folder, database_url))


def _open_site(server: Server) -> None:
    """A site whose published banner counts impressions."""
    file = server.folder / "banner.json"
    file.write_text(json.dumps(document(impressions=True)))
    for words in (
        ["site", "create", SITE, "--name", "Counting", "--domain", "127.0.0.1"],
        ["banner", "import", SITE, str(file)],
        ["banner", "publish", SITE],
    ):
        done = server.command(*words)
        assert done.returncode == 0, done.stderr


@dataclass
class _Sent:
    """What pages sent, and how much of it was acknowledged."""

    total: int = 0
    acknowledged: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def _sending(url: str) -> Iterator[_Sent]:
    """Eight pages send events without pause, each once, whatever is answered."""
    sent, stop = _Sent(), threading.Event()
    threads = [threading.Thread(target=_send, args=(url, sent, stop)) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        yield sent
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)


def _send(url: str, sent: _Sent, stop: threading.Event) -> None:
    netloc = urlsplit(url).netloc
    body = json.dumps({"event": "shown", "version": 1, "language": "nb"})
    headers = {"Origin": url, "Content-Type": "text/plain", "User-Agent": USER_AGENT}
    connection = HTTPConnection(netloc, timeout=20)
    while not stop.wait(0.005):
        with sent.guard:
            sent.total += 1
        try:
            connection.request("POST", f"/api/v1/sites/{SITE}/events", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            connection.close()
            stop.wait(0.05)
            continue
        with sent.guard:
            sent.acknowledged += answer.status == 204


def _verdict(sent: _Sent, folder: Path, engine: sa.Engine) -> Iterator[Figure]:
    """Never above what was sent, and never below what was acknowledged."""
    until(lambda: _waiting(folder) < FEWEST and not _batches(folder), "a spool that is applied")
    waiting, by_dimension = _waiting(folder), _counted(engine)
    found = by_dimension.pop("", 0) + waiting
    yield Figure(
        "acknowledged", f"{ACKNOWLEDGED:,}", f"{sent.acknowledged:,}", met=sent.acknowledged >= ACKNOWLEDGED
    )
    yield nothing("acknowledged events lost", max(0, sent.acknowledged - found), sent.acknowledged)
    yield nothing("events above what was sent", max(0, found - sent.total), sent.total)
    for dimension in ("device", "browser", "os", "language"):
        yield everything(f"counted events by {dimension}", by_dimension.get(dimension, 0), found - waiting)
    yield nothing("batches that are still named", _named(engine), found)
    engine.dispose()


def _waiting(folder: Path) -> int:
    return sum(file.read_bytes().count(b"\n") for file in folder.glob("spool/*.events"))


def _batches(folder: Path) -> list[Path]:
    return [*folder.glob("spool/*.taken"), *folder.glob("spool/*.counted")]


def _counted(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT dimension, sum(count) FROM audience_count GROUP BY dimension")
        )
        return {row[0]: int(row[1]) for row in rows}


def _named(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM audience_batch")).scalar_one())
