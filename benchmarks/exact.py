"""Whether counters are exact after many decisions over HTTP, whose true numbers are known."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import serving
from server.core.settings import Settings

CONNECTIONS = 32
PATIENCE = 1_200
"""Seconds until everything that was sent has to be counted."""

_COUNTED = sa.text("SELECT action, sum(count) FROM decision_count GROUP BY action")
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
        sent = _send(address, number)
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


def _send(address: str, number: int) -> dict[str, Any]:
    description = {
        "url": f"{address}/api/v1/sites/demo/decisions",
        "kind": "decide",
        "amount": number,
        "connections": CONNECTIONS,
        "version": 1,
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


def _analyze(engine: sa.Engine) -> None:
    """Let the database know how many rows there are now, as it does by itself where autovacuum is on."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
