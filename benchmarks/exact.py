"""Whether counters are exact after many decisions, and events, over HTTP, whose true numbers are known."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import serving
from server.audience.spool import FEWEST
from server.core.settings import Settings

CONNECTIONS = 32
PATIENCE = 1_200
"""Seconds until everything that was sent has to be counted."""

_COUNTED = sa.text("SELECT action, sum(count) FROM decision_count GROUP BY action")
_EVENTS = sa.text("SELECT event, sum(count) FROM audience_count WHERE dimension = '' GROUP BY event")
_STORED = sa.text("SELECT count(*) FROM consent")


def report(number: int, name: str, database_url: str = "") -> None:
    """Send so many decisions of four kinds, and compare what was counted with what was acknowledged."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving.product(database_url, data_dir=Path(folder)) as address,
    ):
        environ = {"SAMTYKKE_DATA_DIR": folder, "SAMTYKKE_PUBLIC_URL": address}
        environ |= {"SAMTYKKE_DATABASE_URL": database_url} if database_url else {}
        begun = time.monotonic()
        sent = _send(address, number, "decide")
        rate = number / (time.monotonic() - begun)
        counted = _counted(Settings.from_env(environ).database_url)
        command = [sys.executable, "-m", "server", "analytics", "reconcile", "--json"]
        done = subprocess.run(
            command, env={**os.environ, **environ}, capture_output=True, text=True, check=False
        )
    acknowledged: Mapping[str, int] = sent["byAction"]
    print(f"\n## {number:,} decisions over HTTP on {name}, {rate:,.0f} a second, {sent['failed']} failed\n")
    for action, true in sorted(acknowledged.items()):
        # What was not acknowledged may be stored all the same, and only that.
        exact = 0 <= counted.get(action, 0) - true <= sent["failed"]
        print(f"{action:12} {true:12,} acknowledged {counted.get(action, 0):12,} counted  {_verdict(exact)}")
    found = json.loads(done.stdout)
    equal = done.returncode == 0 and found["differing"] == []
    print(
        f"counted again from the log: {found['decisions']:,}, "
        f"{len(found['differing'])} counters differ  {_verdict(equal)}"
    )


def _verdict(met: bool) -> str:  # noqa: FBT001 - it is the question
    return "ok" if met else "MISSED"


def report_events(number: int, name: str, database_url: str = "") -> None:
    """Send so many events of four kinds from two devices, and compare what was counted with what was sent."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving.product(database_url, data_dir=Path(folder)) as address,
    ):
        environ = {"SAMTYKKE_DATA_DIR": folder, "SAMTYKKE_PUBLIC_URL": address}
        environ |= {"SAMTYKKE_DATABASE_URL": database_url} if database_url else {}
        _count_impressions({**os.environ, **environ})
        begun = time.monotonic()
        sent = _send(address, number, "event")
        rate = number / (time.monotonic() - begun)
        found = _counted_events(Settings.from_env(environ).database_url, Path(folder), number)
    print(f"\n## {number:,} events over HTTP on {name}, {rate:,.0f} a second, {sent['failed']} failed\n")
    for event, true in sorted(sent["byAction"].items()):
        counted = found[event]
        # The spool keeps what is fewer than a batch for the next one.
        exact = 0 <= true - counted <= found["waiting"] or 0 <= counted - true <= sent["failed"]
        print(f"{event:16} {true:12,} acknowledged {counted:12,} counted  {_verdict(exact)}")
    whole, waiting = sum(sent["byAction"].values()), found["waiting"]
    counted = sum(found[event] for event in sent["byAction"])
    exact = 0 <= counted + waiting - whole <= sent["failed"]
    together = f"{whole:12,} acknowledged {counted:12,} counted, {waiting} wait for more"
    print(f"{'together':16} {together}  {_verdict(exact)}")


def _count_impressions(environ: Mapping[str, str]) -> None:
    """Publish a version of the demo site's banner that counts impressions."""
    samtykke = [sys.executable, "-m", "server", "banner"]
    exported = subprocess.run([*samtykke, "export", "demo"], env=environ, capture_output=True, check=True)
    document = json.loads(exported.stdout)
    document["behaviour"]["impressions"] = True
    changed = json.dumps(document).encode()
    for command in (["import", "demo", "-"], ["publish", "demo"]):
        subprocess.run([*samtykke, *command], env=environ, input=changed, capture_output=True, check=True)


def _send(address: str, number: int, kind: str) -> dict[str, Any]:
    description = {
        "url": f"{address}/api/v1/sites/demo/{'events' if kind == 'event' else 'decisions'}",
        "kind": kind,
        "amount": number,
        "connections": CONNECTIONS,
        "version": 2 if kind == "event" else 1,
        "origin": address,
    }
    script = Path(__file__).parent / "load.mjs"
    done = subprocess.run(
        ["node", script, json.dumps(description)], check=True, capture_output=True, text=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _counted(url: str) -> dict[str, int]:
    """The counters, once every stored decision is in them."""
    engine = sa.create_engine(url)
    try:
        for _ in range(PATIENCE):
            with engine.connect() as connection:
                stored = connection.scalar(_STORED)
                counted = {action: int(count) for action, count in connection.execute(_COUNTED)}
            if sum(counted.values()) == stored:
                _analyze(engine)
                return counted
            # The worker counts by itself, and gives no sign.
            time.sleep(1)
        raise RuntimeError(f"{stored} decisions are stored, {sum(counted.values())} counted")
    finally:
        engine.dispose()


def _counted_events(url: str, folder: Path, number: int) -> dict[str, int]:
    """Event → how often it was counted, once fewer than a batch wait; `waiting`: how many do."""
    engine = sa.create_engine(url)
    try:
        for _ in range(PATIENCE):
            with engine.connect() as connection:
                counted = {event: int(count) for event, count in connection.execute(_EVENTS)}
            waiting = sum(file.read_bytes().count(b"\n") for file in folder.glob("spool/*.events"))
            if sum(counted.values()) + waiting >= number and waiting < FEWEST:
                return Counter({**counted, "waiting": waiting})
            # The worker counts by itself, and gives no sign.
            time.sleep(1)
        raise RuntimeError(f"{number} events were sent, {sum(counted.values())} counted, {waiting} wait")
    finally:
        engine.dispose()


def _analyze(engine: sa.Engine) -> None:
    """Let the database know how many rows there are now, as it does by itself where autovacuum is on."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
