"""Real servers on free ports, with throw-away data, for as long as a benchmark takes."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from server.core.ids import new_id

WORKERS = 2
THREADS = 16
POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1/test"


@contextmanager
def product(database_url: str | None = None, *, data_dir: Path | None = None) -> Iterator[str]:
    """The product with its demo site, as `make run` starts it; its address."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "SAMTYKKE_DATA_DIR": str(data_dir or folder),
            "SAMTYKKE_PUBLIC_URL": address,
            "SAMTYKKE_DEMO": "on",
        }
        if database_url:
            environ["SAMTYKKE_DATABASE_URL"] = database_url
        command = [sys.executable, "-m", "server", "up", "--port", str(port), "--workers", str(WORKERS)]
        with _running(command, environ, f"{address}/readyz"):
            yield address


@contextmanager
def bare_flask(script: bytes) -> Iterator[str]:
    """The yardstick under the same gunicorn; its address."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script"
        file.write_bytes(script)
        command = [
            *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
            *("--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "5", "--reuse-port"),
            *("--http-parser", "python", "--log-level", "warning", "--no-control-socket"),
            f"benchmarks.bare:app({str(file)!r})",
        ]
        with _running(command, dict(os.environ), f"http://127.0.0.1:{port}/script"):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a throw-away schema on the local PostgreSQL."""
    schema = f"bench_{new_id().replace('-', '_').lower()}"
    engine = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE SCHEMA "{schema}"'))
    url = sa.make_url(POSTGRESQL).update_query_dict({"options": f'-csearch_path="{schema}"'})
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP SCHEMA "{schema}" CASCADE'))
        engine.dispose()


@contextmanager
def _running(command: list[str], environ: dict[str, str], ready: str) -> Iterator[None]:
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        _wait_until_answered(ready, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait_until_answered(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
            if answer.status == 200:
                return
        # It gives no sign that it is ready, and asking without a pause would take the processor from it.
        time.sleep(0.1)
    raise RuntimeError(f"{address} did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
