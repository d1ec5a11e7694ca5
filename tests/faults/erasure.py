"""Figure 12: five in a hundred visitors erase their records while others decide, and a backup is restored."""

import json
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.serving import POSTGRESQL
from server.consents.receipts import InvalidReceipt, verify
from server.ledger.note import Key, key_of
from tests.faults.clients import Crowd, a_decision
from tests.faults.figures import Figure, everything, nothing
from tests.faults.server import Server, running, until

ACKNOWLEDGED = 4_000
"""Decisions of the crowd, at least, while others erase theirs."""

LEAVING = 200
"""Browsers that erase: five in a hundred of the records. As many stay, to see that nothing of theirs goes."""


def run() -> Iterator[Figure | str]:
    """On both engines."""
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite"
        yield from _run(Server(Path(folder)), _sqlite_backup(Path(folder)), lambda: _bytes(Path(folder)))
    with tempfile.TemporaryDirectory() as folder, _database() as url:
        yield "PostgreSQL"
        yield from _run(
            Server(Path(folder), url), _postgresql_backup(url, Path(folder)), lambda: _relations(url)
        )


@dataclass
class Browser:
    """A visitor who keeps the receipt."""

    visitor: str
    number: str
    receipt: bytes = b""
    canaries: list[bytes] = field(default_factory=list)
    """What is in the record alone, in each form in which a file may have it."""


def _run(
    server: Server, backup: Callable[[], Callable[[], None]], stored: Callable[[], bytes]
) -> Iterator[Figure]:
    with running(server):
        crowd = Crowd(server.url)
        with crowd.deciding() as history:
            leaving, staying = (_decided(server) for _ in range(2))
            held = all(_has(stored(), each) for each in leaving[:20])
            restore = backup()
            erased = sum(_erase(server, each) for each in leaving)
            until(lambda: len(history.acknowledged) >= ACKNOWLEDGED, "the crowd's decisions", seconds=600)
        until(lambda: server.command("erasure", "scrub").returncode == 0, "the scrub", seconds=60)
        keys = [key_of(line) for line in _get(server, "/log/key").decode().splitlines() if line]
        left = stored() + _dump(server)
        yield everything("records erased under load", erased, LEAVING)
        yield everything("saved proofs of erased records that still hold", _proved(leaving, keys), LEAVING)
        yield everything("proofs of others that still hold", _proved(staying, keys), LEAVING)
        yield Figure("canaries that were there before", "all", f"{held}", met=held)
        yield nothing("erased records with bytes in database, log or dump", _found(left, leaving), LEAVING)
        yield everything("records of others that are still there", _there(server, staying), LEAVING)
        server.stop()
        restore()
        server.start()
        back = LEAVING - sum(_shown(server, each) == 0 for each in leaving)
        replayed = json.loads(server.command("erasure", "replay", "--json").stdout)["deleted"]
        left = stored() + _dump(server)
        yield nothing(
            "erased records that anybody sees after restore and replay", _seen(server, leaving), LEAVING
        )
        yield Figure("records brought back by the backup", "> 0", f"{back:,}", met=back > 0)
        yield Figure("of these erased again by the command, not the worker", "any", f"{replayed:,}", met=True)
        yield nothing("erased records with bytes in the restored database", _found(left, leaving), LEAVING)
        # The stored checkpoints show that the log was set back, as the operator knows who has done it.
        shutil.rmtree(server.folder / "checkpoints", ignore_errors=True)
        sound = server.command("log", "fsck").returncode == 0
        yield Figure(
            "restored log in which samtykke log fsck finds no fault",
            "yes",
            "yes" if sound else "no",
            met=sound,
        )


# --- browsers --------------------------------------------------------------------------------------------


def _decided(server: Server) -> list[Browser]:
    made = []
    for _ in range(LEAVING):
        decision = a_decision()
        answer = json.loads(_ask(server, "POST", "decisions", body=decision)[1])
        made.append(Browser(decision["visitor"], answer["consent_id"]))
    for each in made:
        until(lambda each=each: _keep_receipt(server, each), "the receipt")  # type: ignore[misc]
    return made


def _keep_receipt(server: Server, browser: Browser) -> bool:
    status, body = _ask(server, "GET", f"me/receipts/{browser.number}", browser.visitor)
    if status != 200:
        return False
    browser.receipt = body
    salt = json.loads(body)["salt"]
    browser.canaries = [bytes.fromhex(salt), salt.encode(), salt.upper().encode(), browser.number.encode()]
    return True


def _erase(server: Server, browser: Browser) -> int:
    status, body = _ask(server, "DELETE", "me", browser.visitor)
    return int(json.loads(body)["erased"]) if status == 200 else 0


def _shown(server: Server, browser: Browser) -> int:
    status, body = _ask(server, "GET", "me", browser.visitor)
    return len(json.loads(body)["records"]) if status == 200 else 0


def _seen(server: Server, browsers: list[Browser]) -> int:
    return sum(_shown(server, each) for each in browsers)


def _there(server: Server, browsers: list[Browser]) -> int:
    return sum(_shown(server, each) == 1 for each in browsers)


def _ask(server: Server, method: str, path: str, visitor: str = "", body: object = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Origin": server.url, "Authorization": f"Bearer {visitor}", "Content-Type": "text/plain"}
    sent = None if body is None else json.dumps(body)
    try:
        connection.request(method, f"/api/v1/sites/demo/{path}", sent, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _get(server: Server, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path)
    return connection.getresponse().read()


def _proved(browsers: list[Browser], keys: list[Key]) -> int:
    def holds(browser: Browser) -> bool:
        try:
            return bool(verify(browser.receipt, keys).record["cid"] == browser.number)
        except InvalidReceipt:
            return False

    return sum(map(holds, browsers))


def _found(content: bytes, browsers: list[Browser]) -> int:
    return sum(any(canary in content for canary in each.canaries) for each in browsers)


def _has(content: bytes, browser: Browser) -> bool:
    return any(canary in content for canary in browser.canaries)


# --- what is on disk -------------------------------------------------------------------------------------


def _bytes(folder: Path) -> bytes:
    """Every file of the data folder: database, write-ahead log, list of erasures and all others."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _relations(url: str) -> bytes:
    """Every table, index and overflow table of the database, as they are on disk."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CHECKPOINT"))
        paths = connection.scalars(
            sa.text("SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't', 'm')")
        ).all()
        read = sa.text("SELECT pg_read_binary_file(:path)")
        content = b"".join(bytes(connection.execute(read, {"path": path}).scalar_one()) for path in paths)
    engine.dispose()
    return content


def _dump(server: Server) -> bytes:
    """A dump of the database, as somebody might make one for a backup."""
    if server.database_url:
        command = ["pg_dump", _plain(server.database_url)]
        return subprocess.run(command, capture_output=True, check=True).stdout
    with sqlite3.connect(f"file:{server.folder / 'samtykke.db'}?mode=ro", uri=True) as connection:
        return "\n".join(connection.iterdump()).encode()


def _sqlite_backup(folder: Path) -> Callable[[], Callable[[], None]]:
    def backup() -> Callable[[], None]:
        copy = folder.with_name(folder.name + ".backup")
        with sqlite3.connect(folder / "samtykke.db") as source, sqlite3.connect(copy) as target:
            source.backup(target)

        def restore() -> None:
            for name in ("samtykke.db", "samtykke.db-wal", "samtykke.db-shm"):
                (folder / name).unlink(missing_ok=True)
            shutil.move(copy, folder / "samtykke.db")

        return restore

    return backup


def _postgresql_backup(url: str, folder: Path) -> Callable[[], Callable[[], None]]:
    def backup() -> Callable[[], None]:
        copy = folder.with_name(folder.name + ".backup")
        dumped = subprocess.run(["pg_dump", "--clean", _plain(url)], capture_output=True, check=True).stdout
        copy.write_bytes(dumped)

        def restore() -> None:
            command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(copy), _plain(url)]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            copy.unlink()

        return restore

    return backup


def _plain(url: str) -> str:
    """The address as PostgreSQL's own programs write it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def _database() -> Iterator[str]:
    """A database of its own: what others read in theirs keeps nothing alive in it."""
    name = f"bench_{secrets.token_hex(8)}"
    engine: Any = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        engine.dispose()
