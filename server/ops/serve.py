"""Web and background worker under one parent process, which stops them together.

The child processes are forked from a parent that has imported everything once: one import instead of four.
Process managers such as honcho start commands, which import everything again.
"""

import ctypes
import hashlib
import ipaddress
import multiprocessing
import os
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from prometheus_client import values

from server.core import garbage_collection
from server.core.db import db
from server.core.errors import Invalid
from server.core.settings import Settings
from server.ops.worker import work

THREADS = 16
"""Threads of each web process; they mostly wait for the disk."""

STOP_SECONDS = 20
"""Seconds that running requests may take after a stop was requested."""

ENDING = (signal.SIGTERM, signal.SIGINT)
"""Signals that stop the server."""

MOST_FILES = 4096
"""Open files per web process; gunicorn accepts a thousand connections at most."""

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has a mode and a name of its own
"""Linux' file system in memory."""

LOOPBACK_NAMES = ("127.0.0.1", "localhost")

CreateApp = Callable[[Settings], Flask]


@dataclass(frozen=True)
class Listening:
    """The address of the web server."""

    host: str
    port: int
    workers: int
    """Web processes."""

    @property
    def address(self) -> str:
        """The address for gunicorn, and in URLs."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_public(self) -> bool:
        """Whether other machines may reach it."""
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"


def serve(
    create_app: CreateApp, settings: Settings, listening: Listening, *, ready: Callable[[], None]
) -> int:
    """Serve until a signal; returns the exit status of the web process if it ended by itself, else 0.

    `ready` is called once, in the first web process, as soon as it answers.

    :raises Invalid: the address cannot be bound.
    """
    check_free(listening)
    figures = _share_figures(settings.data_dir)

    def web() -> None:
        _allow_many_files()
        _Web(lambda: create_app(settings), _gunicorn(listening, ready)).run()

    def worker() -> None:
        work(create_app(settings))

    try:
        return _watch(web, worker)
    finally:
        shutil.rmtree(figures, ignore_errors=True)


class _Web(BaseApplication):
    """gunicorn, configured by code instead of a command line."""

    def __init__(self, load: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._load, self._options = load, options
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Each web process creates its own application, and thereby its own connections."""
        app = self._load()
        garbage_collection.freeze()
        return app


class _Log(Logger):
    """gunicorn's log as JSON lines, without client addresses and URLs."""

    def setup(self, cfg: Any) -> None:
        """Use the product's single handler."""
        super().setup(cfg)
        for handler in tuple(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Omit the client's address."""
        if msg.startswith("Invalid request from"):
            msg, args = "invalid_request", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Omit the URL, and the traceback of a malformed request."""
        if str(msg).startswith("Socket error"):
            super().warning("connection_lost")
            return
        if str(msg).startswith("Error handling request"):
            msg, args = "request_failed", ()
        super().exception(msg, *args, **kwargs)


def _gunicorn(listening: Listening, ready: Callable[[], None]) -> dict[str, Any]:
    return {
        "bind": listening.address,
        # With `reuse_port` the processes listen, not their parent; the first one reports it.
        "post_worker_init": lambda worker: ready() if worker.age == 1 else None,
        "worker_class": "gthread",
        # Named, so that a gunicorn_h1c that happens to be installed is not taken: the releases that can be
        # had are older than what this gunicorn asks for, and take what RFC 9112 refuses (ADR 12).
        "http_parser": "python",
        "workers": listening.workers,
        "threads": THREADS,
        # The kernel distributes connections over the processes; of a shared socket the first one takes all.
        "reuse_port": True,
        # Trusted proxies are a setting of the product (SAMTYKKE_TRUSTED_PROXIES).
        "forwarded_allow_ips": "",
        "keepalive": 5,
        "timeout": 30,
        "graceful_timeout": STOP_SECONDS - 5,
        "loglevel": "warning",
        "logger_class": _Log,
        # The heartbeat file of a process is in memory, where a busy disk cannot delay it.
        "worker_tmp_dir": str(MEMORY) if MEMORY.is_dir() else None,
        "control_socket_disable": True,
    }


def warnings_of(listening: Listening, settings: Settings) -> Iterator[str]:
    """Warnings to an operator: others reach web processes without a proxy, or browsers look elsewhere."""
    if listening.is_public and not settings.trusted_proxies:
        yield (
            f"Warning: other machines reach {listening.address} without a reverse proxy. Clients that send "
            "slowly can then make everybody wait. Put nginx or Caddy in front of it, with the settings in "
            "deploy/, and set SAMTYKKE_TRUSTED_PROXIES."
        )
    public = urlsplit(settings.public_url)
    if settings.own_host in LOOPBACK_NAMES and not settings.trusted_proxies and public.port != listening.port:
        yield (
            f"Warning: browsers look for this server at {settings.public_url}, but it listens on port "
            f"{listening.port}. Set SAMTYKKE_PUBLIC_URL."
        )


def check_free(listening: Listening) -> None:
    """Check that the address can be bound, before anything is printed that is shown only once.

    :raises Invalid: it cannot.
    """
    host, port = listening.host, listening.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Invalid(
                f"cannot listen on {host}:{port}: {fault.strerror}; choose another port with PORT or --port"
            ) from fault


def _allow_many_files() -> None:
    """Raise the limits of open files and connections above the default of many systems."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _share_figures(data_dir: Path) -> Path:
    """Enable the multiprocess mode of the Prometheus client; returns its folder."""
    folder = _folder_for_figures(data_dir)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    # The library reads the variable when it is imported, which was before the data folder was known.
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    return folder


def _folder_for_figures(data_dir: Path) -> Path:
    """A new folder, in memory where possible: a full disk kills processes that count into it (SIGBUS)."""
    name = "samtykke-" + hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    beside = data_dir / "metrics"
    for folder in (MEMORY / name, beside) if MEMORY.is_dir() else (beside,):
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # belongs to another user, or is not writable
            folder.mkdir(mode=0o700)
            return folder
    raise Invalid(f"cannot make the folder {beside}")


def _start(part: Callable[[], None]) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=_run, args=(part,))
    process.start()
    return process


def _run(part: Callable[[], None]) -> None:
    for signum in ENDING:
        signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    os.setsid()  # Ctrl-C reaches the parent alone, which then stops the children in order
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)  # children end if the parent is killed
    part()


class _Stopped(Exception):
    """A stop was requested by a signal."""


def _watch(web: Callable[[], None], worker: Callable[[], None]) -> int:
    def stop(signum: int, _frame: FrameType | None) -> None:
        raise _Stopped(signum)

    # A stop may be requested as soon as the server listens, before the second child has started: signals are
    # blocked until they can be handled.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    for signum in ENDING:
        signal.signal(signum, stop)
    parts = [_start(web), _start(worker)]
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        while parts[0].is_alive():
            if not parts[1].is_alive():
                # Decisions are served without it; log and counters catch up once it is back.
                parts[1] = _start(worker)
            parts[0].join(timeout=1)
        return parts[0].exitcode or 0
    except _Stopped:
        return 0
    finally:
        for signum in ENDING:
            signal.signal(signum, signal.SIG_IGN)  # a second Ctrl-C would orphan the children
        _stop(parts)


def _stop(parts: list[BaseProcess]) -> None:
    for part in parts:
        part.terminate()
    for part in parts:
        part.join(timeout=STOP_SECONDS)
        if part.is_alive():
            part.kill()


def close_connections() -> None:
    """Close the database connections of this process: a child must not inherit any."""
    db.session.remove()
    db.engine.dispose()
