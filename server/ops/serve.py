"""Web and background worker under one parent, which stops them together."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from server.core.errors import Invalid
from server.core.settings import Settings

THREADS = 16
"""Threads of each web process; they mostly wait for the disk."""

STOP_SECONDS = 20
"""How long running requests may take after a stop was asked for."""


def serve(settings: Settings, *, host: str, port: int, workers: int) -> int:
    """Serve until told to stop; the exit status of the part that ended first.

    :raises Invalid: the address cannot be listened on.
    """
    _check_free(host, port)
    metrics = _fresh_folder(settings.data_dir / "metrics")
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    web = _start(_gunicorn(host, port, workers), environ)
    worker = _start([sys.executable, "-m", "server", "worker"], environ)
    return _watch(web, worker, environ)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Invalid(
                f"cannot listen on {host}:{port}: {fault.strerror}; choose another port with PORT or --port"
            ) from fault


def _fresh_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    return path


def _gunicorn(host: str, port: int, workers: int) -> list[str]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = {
        "--bind": address,
        "--worker-class": "gthread",
        "--workers": str(workers),
        "--threads": str(THREADS),
        "--keep-alive": "5",
        "--timeout": "30",
        "--graceful-timeout": str(STOP_SECONDS - 5),
        "--log-level": "warning",
        "--worker-tmp-dir": "/dev/shm" if Path("/dev/shm").is_dir() else ".",  # noqa: S108 - heartbeats in memory
    }
    flat = [part for option in options.items() for part in option]
    return [sys.executable, "-m", "gunicorn", *flat, "--no-control-socket", "server.app:application()"]


def _start(command: Sequence[str], environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches the parent alone, which then stops the parts in order.
    return subprocess.Popen(command, env=environ, start_new_session=True, preexec_fn=_end_with_parent)  # noqa: S603, PLW1509


def _end_with_parent() -> None:
    """Ask Linux to stop this process when its parent is killed; elsewhere there is no such request."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


class _Stopped(Exception):
    """A signal asked for the end."""


def _watch(web: "subprocess.Popen[bytes]", worker: "subprocess.Popen[bytes]", environ: dict[str, str]) -> int:
    def stop(signum: int, _frame: FrameType | None) -> None:
        raise _Stopped(signum)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    status = 0
    try:
        while (ended := web.poll()) is None:
            if worker.poll() is not None:
                # Visitors are served without it; the log and the counters catch up once it is back.
                worker = _start(worker.args, environ)  # type: ignore[arg-type]
            time.sleep(1)
        status = ended
    except _Stopped:
        pass
    finally:
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, signal.SIG_IGN)  # an impatient second Ctrl-C would orphan the parts
        for part in (web, worker):
            part.terminate()
        for part in (web, worker):
            try:
                part.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.kill()
    return status
