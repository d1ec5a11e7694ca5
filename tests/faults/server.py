"""A real server whose parts can be killed one by one, and started again on the same data."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.processes import free_port

READY_SECONDS = 60


@dataclass
class Server:
    """The product as `make run` starts it."""

    folder: Path
    database_url: str = ""
    workers: int = 2
    wrapper: Sequence[str] = ()
    """A command that starts the server's command, e.g. strace."""
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    """More settings of the server, by variable."""

    process: "subprocess.Popen[bytes] | None" = None
    _known: list[psutil.Process] = field(default_factory=list)
    """Every process of it that was ever seen: those whose parent is gone are still to be found."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The settings of the server and of its commands."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SAMTYKKE_")}
        database = {"SAMTYKKE_DATABASE_URL": self.database_url} if self.database_url else {}
        own = {"SAMTYKKE_DATA_DIR": str(self.folder), "SAMTYKKE_PUBLIC_URL": self.url, "SAMTYKKE_DEMO": "on"}
        own["SAMTYKKE_CHECKPOINT_EVERY"] = "1"
        return {**inherited, **own, **database, **self.settings}

    def start(self) -> None:
        """Start, and wait until it is ready."""
        command = ["-m", "server", "up", "--port", str(self.port), "--workers", str(self.workers)]
        self.process = subprocess.Popen(
            [*self.wrapper, sys.executable, *command],
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(self.ready, "the start of the server")

    def ready(self) -> bool:
        """Whether it answers that it is ready."""
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    def alive(self) -> bool:
        """Whether the parent of all its processes is there."""
        return self.process is not None and self.process.poll() is None

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run one of the product's commands on the same data."""
        return subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def parts(self) -> dict[str, list[psutil.Process]]:
        """Its processes: `parent`, `web` (gunicorn's own), `answering` (its children) and `worker`."""
        assert self.process is not None
        found: dict[str, list[psutil.Process]] = {"parent": [], "web": [], "answering": [], "worker": []}
        with suppress(psutil.Error):
            parent = psutil.Process(self.process.pid)
            if self.wrapper:
                parent = parent.children()[0]
            found["parent"] = [parent]
            for child in parent.children():
                answering = child.children()
                found["web" if answering else "worker"].append(child)
                found["answering"] += answering
        self._known += [process for part in found.values() for process in part]
        return found

    def kill(self) -> None:
        """Kill every process that is left, as a supervisor does before it starts a service again."""
        self.parts()
        for process in self._known:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        psutil.wait_procs(self._known, timeout=10)
        self._known.clear()

    def stop(self) -> None:
        """Stop in order."""
        if self.alive():
            assert self.process is not None
            target = self.parts()["parent"][0] if self.wrapper else self.process
            target.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Started, and at the end gone in any case."""
    server.start()
    try:
        yield server
    finally:
        server.kill()


def until(holds: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Wait until `holds()` is true.

    :raises RuntimeError: it is not within `seconds`.
    """
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)
