"""The settings for reverse proxies that the product ships: clients that send slowly keep nobody waiting."""

import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.absence import absent
from tests.processes import PATIENCE, ROOT, a_decision, ask, eventually, free_port, running

pytestmark = pytest.mark.servers

SLOW_CLIENTS = 600
"""Half of them stop within their request's head, half within its body."""

OTHERS = 67
"""Requests of everybody else meanwhile."""


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/opt/homebrew/bin")
    if found is None:
        absent(name, "no such program on this machine")
    return str(found)


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""What nginx keeps files for, by default in folders of the system."""

MAIN = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
{temporary}
{site}
}}
"""
"""The file that includes nginx's settings for a site."""


def _shipped(name: str, changes: Mapping[str, str]) -> str:
    text = (ROOT / "deploy" / name).read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def _nginx(folder: Path, port: int, upstream: int) -> list[str]:
    """The shipped settings on another port and without TLS."""
    changes = {"listen 443 ssl;": f"listen 127.0.0.1:{port};", "127.0.0.1:8000": f"127.0.0.1:{upstream}"}
    lines = _shipped("nginx.conf", changes).splitlines()
    site = "\n".join(line for line in lines if "ssl_certificate" not in line)
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    main = folder / "main.conf"
    main.write_text(MAIN.format(folder=folder, temporary=temporary, site=site), "utf-8")
    return [_program("nginx"), "-p", str(folder), "-c", str(main), "-e", str(folder / "error.log")]


def _caddy(folder: Path, port: int, upstream: int) -> list[str]:
    """The shipped settings on another port, without TLS and without the address that takes commands."""
    program = _program("caddy")
    changes = {
        "{\n\tservers": "{\n\tadmin off\n\tgrace_period 1s\n\tservers",
        "consent.example.no {": f"http://127.0.0.1:{port} {{",
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
    }
    if _caddy_version(program) < (2, 6, 3):  # which has another name for it
        changes["request_buffers 1MiB"] = "buffer_requests\n\t\tmax_buffer_size 1MiB"
    (folder / "Caddyfile").write_text(_shipped("Caddyfile", changes), "utf-8")
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _caddy_version(program: str) -> tuple[int, ...]:
    printed = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", printed)[:3])


PROXIES = {"nginx": _nginx, "caddy": _caddy}


@contextmanager
def _proxy(command: list[str], folder: Path, port: int) -> Iterator[None]:
    environ = {"HOME": str(folder), "PATH": "/usr/bin"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
    try:
        eventually(lambda: ask(f"http://127.0.0.1:{port}/healthz"), what="the start of the proxy")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def _slow_client(port: int, *, stops_in_body: bool) -> socket.socket:
    head = "POST /api/v1/sites/demo/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n"
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(f"{head}\r\n{{".encode() if stops_in_body else head.encode())
    return connection


@pytest.fixture(params=list(PROXIES))
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of the product behind a proxy."""
    port, upstream = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path / "proxy"
    folder.mkdir()
    settings: Any = {"SAMTYKKE_PUBLIC_URL": url, "SAMTYKKE_TRUSTED_PROXIES": "1"}
    command = PROXIES[request.param](folder, port, upstream)
    with running(tmp_path / "data", port=upstream, **settings), _proxy(command, folder, port):
        yield url


def test_clients_that_send_slowly_keep_nobody_waiting(proxied: str) -> None:
    port = int(proxied.rpartition(":")[2])
    with ExitStack() as opened:
        for number in range(SLOW_CLIENTS):
            opened.enter_context(_slow_client(port, stops_in_body=number % 2 == 0))
        for number in range(OTHERS):
            if number % 2:
                answer = ask(f"{proxied}/w/demo.js")
            else:
                path = f"{proxied}/api/v1/sites/demo/decisions"
                answer = ask(
                    path, body=a_decision(), headers={"Origin": proxied, "Content-Type": "text/plain"}
                )
            assert answer is not None, number
            assert answer.status in (200, 201), (number, answer.body)
