"""Figure 15: the database is out of reach for a minute while browsers decide and load the script."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks import serving
from tests.faults.clients import Crowd, loading
from tests.faults.evidence import at_rest, settled, verdict
from tests.faults.figures import Figure, nothing
from tests.faults.server import Server, running, until
from tests.faults.wire import Wire
from tests.processes import free_port

AWAY_SECONDS = 60
ACKNOWLEDGED = 2000
"""Decisions before the database is away, and after it is back."""


def run() -> Iterator[Figure | str]:
    """Cut the connection of a server to PostgreSQL, in one life of it."""
    with tempfile.TemporaryDirectory() as folder, serving.postgresql() as address:
        url = sa.make_url(address)
        wire = Wire(url.host or "127.0.0.1", url.port or 5432, near=free_port())
        wire.join()
        through = url.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
        try:
            with running(Server(Path(folder), through)) as server:
                yield from _run(server, wire, address)
        finally:
            wire.cut()


def _run(server: Server, wire: Wire, database_url: str) -> Iterator[Figure | str]:
    crowd = Crowd(server.url)
    with loading(f"{server.url}/w/demo.js") as scripts, crowd.deciding() as history:
        until(lambda: len(history.acknowledged) >= ACKNOWLEDGED, "the first decisions")
        wire.cut()
        before = history.answers.copy()
        time.sleep(AWAY_SECONDS)
        meanwhile = history.answers - before
        wire.join()
        goal = len(history.acknowledged) + ACKNOWLEDGED
        until(lambda: len(history.acknowledged) >= goal, "decisions once it is back")
    found = at_rest(server.folder, database_url)
    yield f"{AWAY_SECONDS} s away, answers {dict(sorted(history.answers.items()))}"
    yield nothing("scripts that were not served", scripts.total() - scripts[200], scripts.total())
    # One that was already on its way back when the wire was cut may have been read after it.
    yield Figure("answers 503 meanwhile", "some", f"{meanwhile[503]:,}", met=meanwhile[503] > 0)
    odd = history.answers.total() - sum(history.answers[status] for status in (200, 201, 503))
    yield nothing("answers other than 201, 200 and 503", odd, history.answers.total())
    left = len(history.sent) - len(history.acknowledged)
    yield Figure("decisions never acknowledged", f"≤ {crowd.size}", f"{left:,}", met=left <= crowd.size)
    yield from verdict(history, found)
    yield from settled(found)
    checked = server.command("log", "fsck")
    yield Figure("samtykke log fsck", "sound", f"exit {checked.returncode}", met=not checked.returncode)
