"""The product as real processes, for tests about starting, stopping and everything in between."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from server.core.ids import new_id

T = TypeVar("T")

ROOT = Path(__file__).parents[1]


_chance = random.SystemRandom()

PATIENCE = 180
"""Seconds after which something that has to come counts as missing: ten times what a busy machine takes."""


def free_port() -> int:
    """A port on which nothing listens at the moment.

    Not one that systems give to connections by themselves: between this look and the start of who listens,
    any process on the machine could be given it.
    """
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", _chance.randrange(20_000, 32_000)))
            return int(probe.getsockname()[1])


def eventually(look: Callable[[], T | None], *, what: str) -> T:
    """What `look` finds, as soon as it finds something."""
    pause = threading.Event()
    for _ in range(PATIENCE * 20):
        if found := look():
            return found
        pause.wait(0.05)
    raise AssertionError(f"{what} did not happen")


@dataclass(frozen=True)
class Answer:
    """What a server printed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


def ask(url: str, *, body: object = None, headers: Mapping[str, str] | None = None) -> Answer | None:
    """One request, POST where there is a body; none when nobody listens."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, dict(refusal.headers), refusal.read())
    except OSError:
        return None


def a_decision() -> dict[str, object]:
    """What the browser of somebody who accepts everything in the demo shop sends."""
    return {
        "id": new_id(),
        "visitor": new_id(),
        "version": 1,
        "language": "nb",
        "action": "accept_all",
        "surface": "banner",
        "choices": {"functional": True, "statistics": True, "advertising": True},
    }


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The process environment of a product whose data is in `data_dir`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SAMTYKKE_")}
    # Shorter than the default: many tests wait for a checkpoint.
    return {**inherited, "SAMTYKKE_DATA_DIR": str(data_dir), "SAMTYKKE_CHECKPOINT_EVERY": "1", **more}


def samtykke(
    data_dir: Path, *arguments: str, given: str | None = None, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        env=environment(data_dir, **more),
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@dataclass(frozen=True)
class Running:
    """A product that serves."""

    url: str
    data_dir: Path
    process: "subprocess.Popen[str]"


@contextmanager
def running(
    data_dir: Path, *, port: int | None = None, log: Path | None = None, **more: str
) -> Iterator[Running]:
    """The product as `make run` starts it, until the end of the block; its log goes to `log`, if named."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"SAMTYKKE_PUBLIC_URL": url, "SAMTYKKE_DEMO": "on", **more}
    with ExitStack() as opened:
        process = subprocess.Popen(
            [sys.executable, "-m", "server", "up", "--port", str(port), "--workers", "2"],
            cwd=ROOT,
            env=environment(data_dir, **settings),
            stdout=subprocess.PIPE,
            stderr=opened.enter_context(log.open("w")) if log else None,
            text=True,
        )
    try:
        eventually(lambda: _ready(url, process), what="the start")
        yield Running(url, data_dir, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def _ready(url: str, process: "subprocess.Popen[str]") -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the product ended at its start with {process.returncode}")
    answer = ask(f"{url}/readyz")
    return answer is not None and answer.status == 200
