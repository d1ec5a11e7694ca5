"""Starting and stopping, as an operator sees it."""

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.ops import serve
from tests.conftest import settings_for
from tests.processes import (
    PATIENCE,
    ROOT,
    a_decision,
    ask,
    environment,
    eventually,
    free_port,
    running,
    samtykke,
)

CHUNKED = b"""\
POST /api/v1/sites/demo/decisions HTTP/1.1\r
Host: 127.0.0.1\r
Origin: %s\r
Content-Type: text/plain\r
Transfer-Encoding: chunked\r
\r
%s"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="module")
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("migrated") / "data"
    assert samtykke(data, "migrate").returncode == 0
    return data


@pytest.fixture
def migrated(migrated_once: Path, folder: Path) -> Path:
    """What `samtykke migrate` leaves in a data folder."""
    return Path(shutil.copytree(migrated_once, folder))


def test_one_command_sets_up_serves_stores_counts_and_stops(folder: Path) -> None:
    with running(folder) as product:
        decisions = f"{product.url}/api/v1/sites/demo/decisions"
        for _ in range(20):
            answer = ask(
                decisions, body=a_decision(), headers={"Origin": product.url, "Content-Type": "text/plain"}
            )
            assert answer is not None
            assert answer.status == 201, answer.body

        def counted() -> bool:
            done = samtykke(folder, "analytics", "reconcile", "--json")
            return bool(json.loads(done.stdout)["decisions"] == 20)

        eventually(counted, what="counting")
        metrics = ask(f"{product.url}/metrics")
        assert metrics is not None
        assert b'samtykke_log_entries{log="' in metrics.body
        families = [family.name for family in text_string_to_metric_families(metrics.body.decode())]
        assert len(set(families)) == len(families)
        family = psutil.Process(product.process.pid).children(recursive=True)
        product.process.send_signal(signal.SIGINT)
        output, _ = product.process.communicate(timeout=PATIENCE)
    assert product.process.returncode == 0
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert f"{product.url}/demo/" in output
    assert output.count("  password  ") == 1


@pytest.mark.parametrize("command", ["up", "serve"])
def test_the_address_is_printed_in_one_line_of_json(request: pytest.FixtureRequest, command: str) -> None:
    folder = request.getfixturevalue("migrated" if command == "serve" else "folder")
    port = free_port()
    with started(folder, command, "--port", str(port), "--json") as process:
        assert process.stdout is not None
        printed = json.loads(process.stdout.readline())
        assert printed["listening"] == f"http://127.0.0.1:{port}"
        assert (printed["login"] is not None) == (command == "up")
        with socket.create_connection(("127.0.0.1", port)):
            pass  # and so it does
    assert process.returncode == 0


@pytest.mark.parametrize(("command", "line"), [("serve", "Listening on http://"), ("worker", "The ")])
def test_a_line_of_text_says_that_it_runs(migrated: Path, command: str, line: str) -> None:
    port = ("--port", str(free_port())) if command == "serve" else ()
    with started(migrated, command, *port) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(line)


@pytest.mark.parametrize(
    ("host", "proxies", "warned"),
    [
        ("127.0.0.1", 0, False),
        ("::1", 0, False),
        ("localhost", 0, False),
        ("0.0.0.0", 0, True),
        ("::", 0, True),
        ("192.0.2.7", 0, True),
        ("consent.example.no", 0, True),
        ("0.0.0.0", 1, False),
    ],
)
def test_an_address_that_strangers_reach_without_a_proxy_is_warned_about(
    tmp_path: Path, host: str, proxies: int, warned: bool
) -> None:
    settings = settings_for(tmp_path, trusted_proxies=proxies)
    warning = serve.warning_of(serve.Listening(host, 8000, workers=2), settings)
    assert (warning is not None) == warned


def test_the_warning_is_printed_beside_what_programs_read(migrated: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "server",
        "serve",
        "--host",
        "0.0.0.0",
        "--port",
        str(free_port()),
        "--json",
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(migrated),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=PATIENCE)
    assert printed["listening"].startswith("http://0.0.0.0:")
    assert "SAMTYKKE_TRUSTED_PROXIES" in complaints


def test_the_jobs_that_run_are_printed_as_json(migrated: Path) -> None:
    with started(migrated, "worker", "--json") as process:
        assert process.stdout is not None
        assert "sequence the log" in json.loads(process.stdout.readline())["jobs"]


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that goes on, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def test_an_end_that_is_asked_for_while_the_parts_are_started_comes_in_order() -> None:
    parts = "lambda: (os.kill(os.getppid(), signal.SIGTERM), signal.pause()), signal.pause"
    program = f"""
import os, signal
from server.ops import serve
for _ in range(5):
    if not (child := os.fork()):
        os._exit(serve._watch({parts}))
    assert os.waitpid(child, 0)[1] == 0
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=PATIENCE, check=False)
    assert ended.returncode == 0


def test_a_port_that_is_taken_is_reported_before_anything_is_set_up(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = samtykke(folder, "up", "--port", str(taken.getsockname()[1]))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert not (folder / "samtykke.db").exists()


def test_every_line_of_the_log_is_json_and_none_has_an_address(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(folder, log=log) as product:
        port = int(product.url.rsplit(":", 1)[1])
        for line in (b"NONSENSE\r\n\r\n", b"GET /secret-path HTTP/1.1\r\nBad Header: x\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port)) as visitor:
                visitor.sendall(line)
                assert visitor.recv(100).startswith(b"HTTP/1.1 400")
        eventually(lambda: log.read_text().count("invalid_request") == 2, what="the lines")
        for chunks in (b"zz\r\n", b"5\r\nab", b"5\r\nabcdeXX0\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port)) as visitor:
                visitor.sendall(CHUNKED % (product.url.encode(), chunks))
                visitor.shutdown(socket.SHUT_WR)
                assert visitor.recv(100).startswith(b"HTTP/1.1 400")
    text = log.read_text()
    events = [json.loads(line)["event"] for line in text.splitlines()]
    assert "invalid_request" in events
    assert "unexpected_error" not in events
    for printed in ("127.0.0.1", "NONSENSE", "secret-path", "Bad Header"):
        assert printed not in text


def test_the_password_is_shown_on_the_first_start_alone(folder: Path) -> None:
    with running(folder) as product:
        product.process.send_signal(signal.SIGTERM)
        first, _ = product.process.communicate(timeout=PATIENCE)
    with running(folder) as product:
        product.process.send_signal(signal.SIGTERM)
        second, _ = product.process.communicate(timeout=PATIENCE)
    assert "  password  " in first
    assert "  password  " not in second


def test_a_worker_that_dies_is_started_again(folder: Path) -> None:
    with running(folder) as product:
        parent = psutil.Process(product.process.pid)

        def worker() -> psutil.Process | None:
            # The web part has processes of its own, the worker has none.
            parts = parent.children()
            with suppress(psutil.NoSuchProcess):  # it ended between the two looks
                return next((one for one in parts if not one.children()), None) if len(parts) == 2 else None
            return None

        first = eventually(worker, what="a worker")
        first.kill()
        again = eventually(lambda: (one := worker()) and one.pid != first.pid and one, what="another worker")
        assert again


def test_a_port_in_use_is_one_clear_sentence(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = samtykke(folder, "up", "--port", str(port))
    assert done.returncode == 2
    assert _one_sentence_about(done, str(port))


def test_a_database_that_was_not_migrated_is_one_clear_sentence(folder: Path) -> None:
    done = samtykke(folder, "serve", "--port", str(free_port()))
    assert done.returncode == 2
    assert _one_sentence_about(done, "samtykke migrate")


def test_a_wrong_setting_is_one_clear_sentence(folder: Path) -> None:
    done = samtykke(folder, "migrate", SAMTYKKE_DEMO="perhaps")
    assert done.returncode == 2
    assert _one_sentence_about(done, "SAMTYKKE_DEMO")


def test_an_unwritable_data_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = samtykke(tmp_path / "file" / "data", "migrate")
    assert done.returncode == 2
    assert _one_sentence_about(done, "SAMTYKKE_DATA_DIR")


def test_a_database_that_is_away_is_one_clear_sentence(folder: Path) -> None:
    away = f"postgresql+psycopg://127.0.0.1:{free_port()}/none"
    done = samtykke(folder, "migrate", SAMTYKKE_DATABASE_URL=away)
    assert done.returncode == 2
    assert _one_sentence_about(done, "database")


def _one_sentence_about(done: "subprocess.CompletedProcess[str]", what: str) -> bool:
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    return len(lines) == 1 and what in lines[0]
